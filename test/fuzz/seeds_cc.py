"""Inputs made of what makers of hardware have published (test/vectors/cc)."""
import base64
import os
import re

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
