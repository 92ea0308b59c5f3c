"""Inputs made of what makers of hardware have published (test/vectors/cc)."""
import base64
import os
import re

import cbor2

CC = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors",
                  "cc")


def octets(name):
    with open(os.path.join(CC, name), "rb") as f:
        return f.read()


def pem(der):
    return (b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der)
            + b"-----END CERTIFICATE-----\n")


def paths():
    """An anchor, and certificates that lead to it, or do not."""
    ask, ark, _ = re.findall(rb"-----BEGIN.*?-----END CERTIFICATE-----\n",
                             octets("snp-milan-ask-ark-asvk.pem"), re.S)
    for chip in "", "-bad-1", "-bad-2":
        der = octets("snp-vcek%s.der" % chip)
        yield ark + pem(der) + ask
        yield ask + der
    quote = octets("tdx-quote-v4.bin")
    certs = re.findall(rb"-----BEGIN.*?-----END CERTIFICATE-----\n", quote,
                       re.S)
    yield certs[-1] + b"".join(certs) + b"\0"
    yield ark + b"-----BEGIN PUBLIC KEY-----\n"


def wrap(kind, report, **beside):
    one = {"__cmwc_t": "tag:tamarind.example,2026:" + kind}
    for name, value in dict(beside, report=report).items():
        one[name] = ["application/octet-stream", value]
    return cbor2.dumps(one)


def signed(token, **changed):
    """A token with claims changed: whoever reads it believes it."""
    token = cbor2.loads(token)
    claims = cbor2.loads(token.value[2])
    for key, value in changed.items():
        claims[int(key[1:])] = value
    token.value[2] = cbor2.dumps(claims)
    return cbor2.dumps(token)


def reports():
    """Reports that answer a challenge of nothing, bare and in wrappers."""
    snp = bytearray(octets("snp-report.bin"))
    snp[0x50:0x90] = bytes(64)
    yield wrap("snp", bytes(snp), certificates=bytes(snp[0x1a0:0x1e0]))
    yield wrap("snp", bytes(snp), certificates=b"x", statement=b"\xa0")
    tdx = bytearray(octets("tdx-quote-v4.bin"))
    tdx[48 + 520:48 + 584] = bytes(64)
    tdx[48 + 120] = 0
    yield bytes(tdx)
    # The certificate says what the platform is: see maker.c.
    der = base64.b64decode(re.findall(
        rb"-----BEGIN CERTIFICATE-----\n(.*?)-----END", tdx, re.S)[0])
    at = der.index(bytes.fromhex("2a864886f84d010d01")) + 11
    at = der.index(b"\x30\x82", at)
    says = der[at:at + 4 + int.from_bytes(der[at + 2:at + 4], "big")]
    end = 48 + 584 + 4 + 128 + 6 + 384 + 64 + 2 + 32 + 6
    tdx = tdx[:end] + says
    for here in end, 48 + 584 + 4 + 128 + 6, 48 + 584 + 4:
        tdx[here - 4:here] = (len(tdx) - here).to_bytes(4, "little")
    yield bytes(tdx)
    yield wrap("tdx", bytes(tdx), statement=b"\xd9\x02\x59\xa0")
    with open(os.path.join(CC, "..", "rats", "psa", "psa-evidence.cbor"),
              "rb") as f:
        psa = f.read()
    yield signed(psa, _10=bytes(32))
    yield wrap("psa", psa, statement=b"\xa0")
    yield cbor2.dumps(cbor2.CBORTag(17, cbor2.loads(psa).value))
    both = cbor2.loads(octets("cca-token.cbor"))
    both.value[44241] = signed(both.value[44241], _10=bytes(64))
    yield cbor2.dumps(both)
    yield wrap("cca", cbor2.dumps(both))
