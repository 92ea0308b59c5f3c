"""Makers of hardware, from docs/evidence.md 10 and what those makers have
published alone: PSA and CCA tokens made anew, SNP reports and TDX quotes
that are published examples with other values, signed again.

Each has a type, the identity that a Verifier will find, a CoRIM of what is
to be expected, and Evidence about a statement; `spoil` names what is wrong.
"""
import datetime
import os
import pathlib
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import \
    decode_dss_signature

from cbor import Tag, encode
from cose import sha256
from evidence import HWMODEL, HWVERSION, OEMID, UEID

EXAMPLES = pathlib.Path(__file__).resolve().parents[1] / "vectors/cc"
REFERENCE, ENDORSED, ATTEST_KEY = 0, 1, 3
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


def digest(alg, data):
    h = hashes.Hash(alg)
    h.update(data)
    return h.finalize()


def sha512(data):
    return digest(hashes.SHA512(), data)


def public_pem(key):
    return key.public_key().public_bytes(
        PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def point(key):
    n = key.public_key().public_numbers()
    size = (key.curve.key_size + 7) // 8
    return n.x.to_bytes(size, "big") + n.y.to_bytes(size, "big")


def raw_signature(key, data, order="big"):
    """r and s."""
    size = key.curve.key_size // 8
    alg = hashes.SHA256() if size == 32 else hashes.SHA384()
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(alg)))
    return r.to_bytes(size, order), s.to_bytes(size, order)


def sign1(key, payload, alg):
    protected = encode({1: alg})
    signed = encode(["Signature1", protected, b"", payload])
    return encode(Tag(18, [protected, {}, payload,
                           b"".join(raw_signature(key, signed))]))


def certificate(name, key, by=None, issuer=None, extensions=()):
    """by: the key of the issuer, whose certificate is given; or itself."""
    now = datetime.datetime.utcnow()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(
        issuer.subject if issuer else subject).public_key(
        key.public_key()).serial_number(7).not_valid_before(
        now - datetime.timedelta(1)).not_valid_after(
        now + datetime.timedelta(1))
    if not extensions:
        builder = builder.add_extension(x509.BasicConstraints(True, None),
                                        True)
    for oid, value in extensions:
        builder = builder.add_extension(x509.UnrecognizedExtension(
            x509.ObjectIdentifier(oid), value), False)
    return builder.sign(by or key, hashes.SHA384())


# ---- what is expected, as a CoRIM -------------------------------------------

def environment(class_id=None, vendor=None, ueid=None):
    klass = {}
    if class_id is not None:
        klass[0] = Tag(560, class_id)
    if vendor is not None:
        klass[1] = vendor
    return {0: klass, **({1: Tag(550, ueid)} if ueid else {})}


def measured(name, value):
    return {0: name, 1: value}


def digests(name, alg, value):
    return measured(name, {2: [[alg, value]]})


def least(name, svn):
    return measured(name, {1: Tag(553, svn)})


def corim(name, statements):
    """statements: (kind, environment, items)"""
    triples = {}
    for kind, about, items in statements:
        triples.setdefault(kind, []).append([about, items])
    comid = encode({1: {0: name}, 4: triples})
    return encode(Tag(501, {0: name, 1: [Tag(506, comid)]}))


class Maker:
    """What they have in common."""
    vendor = None
    certificates = b""

    def __init__(self, launcher, agent):
        self.software = [digests("launcher", 1, launcher),
                         digests("agent", 1, agent)]
        self.type = f"tag:tamarind.example,2026:{self.name}"
        self.media = f'application/cmw+cbor; cmwc_t="{self.type}"'
        self.make()
        self.identity = {UEID: self.ueid, OEMID: self.oemid,
                         HWMODEL: self.model, HWVERSION: [self.version]}

    def corim(self):
        about = environment(self.model, self.vendor)
        return corim(self.name, [
            (REFERENCE, about, self.software),
            (ENDORSED, about, [measured("assurance",
                                        {11: "hardware-rooted"})]),
            *self.expects(about)])

    def evidence(self, statement, spoil=None):
        report = self.report(sha512(statement), spoil)
        if spoil == "signature":
            report = self.flip_signature(report)
        if spoil == "statement":
            statement = statement.replace(self.ueid, bytes(len(self.ueid)))
        if spoil == "cut off":
            report = report[:-1]
        return self.wrapped(report, b"" if spoil == "no statement"
                            else statement)

    def wrapped(self, report, statement=b""):
        parts = {"report": report, "statement": statement,
                 "certificates": self.certificates}
        return encode({"__cmwc_t": self.type, **{
            k: ["application/octet-stream", v]
            for k, v in parts.items() if v}})

    def flip_signature(self, report):
        return report[:-1] + bytes([report[-1] ^ 1])


class Psa(Maker):
    name, oemid, vendor, version = "psa", bytes.fromhex("12ab34"), "12ab34", \
        "psa"
    # what is wrong: its name, and what it is told with
    wrong = {
        "signature": ("bad-signature", "token signature"),
        "cut off": ("truncated", "COSE_Sign1"),
        "statement": ("evidence-not-bound", "report data"),
        "no statement": ("evidence-not-bound", "report data"),
        "another device": ("evidence-key-not-endorsed", "evidence key"),
        "another key": ("bad-signature", "token signature"),
        "lifecycle": ("state-proves-nothing", "lifecycle"),
        "client": ("state-proves-nothing", "client-id"),
        "profile": ("unexpected-field", "profile"),
        "software": ("measurement-mismatch", "software component"),
    }

    def make(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.model, self.signer = os.urandom(32), os.urandom(32)
        self.ueid = b"\x01" + os.urandom(32)
        self.boot = os.urandom(32)

    def expects(self, about):
        yield (ATTEST_KEY, environment(self.model, self.vendor, self.ueid),
               [Tag(554, public_pem(self.key))])
        yield (REFERENCE, about, [measured("psa.software-component", {
            2: [[1, self.boot]], 13: [Tag(560, self.signer)]})])

    def report(self, user, spoil):
        ueid = self.ueid
        if spoil == "another device":
            ueid = b"\x01" + bytes(32)
        key = self.key
        if spoil == "another key":
            key = ec.generate_private_key(ec.SECP256R1())
        return sign1(key, encode({
            10: user, 256: ueid,
            265: "tag:psacertified.org,2030:psa#x" if spoil == "profile"
            else "tag:psacertified.org,2023:psa#tfm",
            2394: -1 if spoil == "client" else 1,
            2395: 0x4000 if spoil == "lifecycle" else 0x3000,
            2396: self.model,
            2399: [{1: "BL", 2: bytes(32) if spoil == "software"
                    else self.boot, 5: self.signer}]}), -7)


class Cca(Maker):
    name, oemid, vendor = "cca", 4711, "4711"
    wrong = {
        "signature": ("bad-signature", "realm signature"),
        "cut off": ("truncated", "CCA token"),
        "statement": ("evidence-not-bound", "report data"),
        "no statement": ("evidence-not-bound", "report data"),
        "another device": ("evidence-key-not-endorsed", "evidence key"),
        "another key": ("bad-signature", "platform signature"),
        "another realm": ("wrong-key-purpose", "realm key"),
        "lifecycle": ("state-proves-nothing", "lifecycle"),
        "software": ("measurement-mismatch", "software component"),
        "config": ("measurement-mismatch", "platform config"),
        "realm": ("no-reference-value", "cca.rim"),
        "extended": ("no-reference-value", "cca.rem0"),
    }

    def make(self):
        self.key = ec.generate_private_key(ec.SECP384R1())
        self.realm = ec.generate_private_key(ec.SECP384R1())
        self.model, self.rim = os.urandom(32), os.urandom(32)
        self.ueid = b"\x01" + os.urandom(32)
        self.rmm, self.signer = os.urandom(32), os.urandom(32)
        self.config = os.urandom(4)
        self.version = self.config.hex()

    def expects(self, about):
        realm = environment(self.rim)
        yield (ATTEST_KEY, environment(self.model, self.vendor, self.ueid),
               [Tag(554, public_pem(self.key))])
        yield (REFERENCE, about, [measured("cca.software-component", {
            2: [[1, self.rmm]], 11: "RMM", 13: [Tag(560, self.signer)]})])
        yield (REFERENCE, about, [measured("cca.platform-config",
                                           {4: Tag(560, self.config)})])
        yield REFERENCE, realm, [digests("cca.rim", 1, self.rim)]
        yield ENDORSED, realm, [measured("assurance",
                                         {11: "hardware-rooted"})]

    def report(self, user, spoil):
        key, realm = self.key, self.realm
        if spoil == "another key":
            key = ec.generate_private_key(ec.SECP384R1())
        named = b"\x04" + point(realm)
        bound = sha256(named)
        if spoil == "another realm":
            realm = ec.generate_private_key(ec.SECP384R1())
            named = b"\x04" + point(realm)
        platform = encode({
            10: bound,
            256: b"\x01" + bytes(32) if spoil == "another device"
            else self.ueid,
            265: "tag:arm.com,2023:cca_platform#1.0.0",
            2395: 0x4000 if spoil == "lifecycle" else 0x3003,
            2396: self.model,
            2399: [{1: "RMM", 2: bytes(32) if spoil == "software"
                    else self.rmm, 5: self.signer}],
            2401: bytes(4) if spoil == "config" else self.config,
            2402: "sha-256"})
        rem = os.urandom(32) if spoil == "extended" else bytes(32)
        inside = encode({
            10: user, 265: "tag:arm.com,2023:realm#1.0.0", 44235: bytes(64),
            44236: "sha-256", 44237: named,
            44238: os.urandom(32) if spoil == "realm" else self.rim,
            44239: [rem] + 3 * [bytes(32)], 44240: "sha-256"})
        return encode(Tag(399, {44234: sign1(key, platform, -51),
                                44241: sign1(realm, inside, -51)}))


class Snp(Maker):
    name, oemid, vendor, model = "snp", 3704, "3704", b"Milan"
    wrong = {
        "signature": ("bad-signature", "report signature"),
        "cut off": ("truncated", "report"),
        "statement": ("evidence-not-bound", "report data"),
        "no statement": ("evidence-not-bound", "report data"),
        "another key": ("bad-signature", "report signature"),
        "another maker": ("bad-certificate", "certificate issuer"),
        "another chip": ("claim-mismatch", "chip id"),
        "debug": ("state-proves-nothing", "policy debug"),
        "another level": ("state-proves-nothing", "vmpl"),
        "measurement": ("measurement-mismatch", "measurement"),
        "version": ("claim-mismatch", "tcb bootloader"),
    }
    TCB = 0xd108000000000003

    def make(self):
        self.chip = os.urandom(64)
        self.keys = [ec.generate_private_key(ec.SECP384R1())
                     for _ in range(3)]
        root, between, own = self.keys
        self.root = certificate("ARK", root)
        self.between = certificate("ASK", between, root, self.root)
        says = [("2", b"\x16\x08Milan-B0"), ("3.1", b"\x02\x01\x03"),
                ("3.2", b"\x02\x01\x00"), ("3.3", b"\x02\x01\x08"),
                ("3.8", b"\x02\x02\x00\xd1"), ("4", self.chip)]
        self.chip_says = [(f"1.3.6.1.4.1.3704.1.{o}", v) for o, v in says]
        self.certify(between, self.between)
        self.example = (EXAMPLES / "snp-report.bin").read_bytes()
        self.ueid = b"\x01" + sha256(self.chip)
        self.version = struct.pack("<Q", self.TCB).hex()

    def certify(self, by, issuer):
        own = certificate("VCEK", self.keys[2], by, issuer, self.chip_says)
        self.certificates = own.public_bytes(PEM) + issuer.public_bytes(PEM)

    def expects(self, about):
        yield (ATTEST_KEY, environment(vendor=self.vendor),
               [Tag(562, self.root.public_bytes(DER))])
        yield REFERENCE, about, [digests("measurement", 7,
                                         self.example[0x90:0xc0])]
        for name, svn in (("bootloader", 3), ("tee", 0), ("snp", 8),
                          ("microcode", 0x73)):
            yield REFERENCE, about, [least(f"tcb.{name}", svn)]

    def report(self, user, spoil):
        r = bytearray(self.example)
        r[0x50:0x90] = user
        r[0x1a0:0x1e0] = self.chip
        r[0x180:0x188] = struct.pack("<Q", self.TCB)
        if spoil == "another chip":
            r[0x1a0] ^= 1
        if spoil == "debug":
            r[0x08:0x10] = struct.pack("<Q", 0xb0000)
        if spoil == "another level":
            r[0x30] = 1
        if spoil == "measurement":
            r[0x90] ^= 1
        if spoil == "version":
            r[0x180] = 4
        self.certify(self.keys[1], self.between)
        if spoil == "another maker":
            key = ec.generate_private_key(ec.SECP384R1())
            self.certify(key, certificate("ASK", key))
        key = self.keys[2]
        if spoil == "another key":
            key = ec.generate_private_key(ec.SECP384R1())
        one, two = raw_signature(key, bytes(r[:0x2a0]), "little")
        r[0x2a0:0x2a0 + 144] = one + bytes(24) + two + bytes(24)
        return bytes(r)

    def flip_signature(self, report):
        return report[:0x2a0] + bytes([report[0x2a0] ^ 1]) + report[0x2a1:]


BODY = 48
SIG = BODY + 584 + 4
QE = SIG + 128 + 6
QE_SIG = QE + 384
CERTS = QE_SIG + 64 + 2 + 32 + 6
SGX = "1.2.840.113741.1.13.1"
SGX_DER = bytes.fromhex("2a864886f84d010d01")


class Tdx(Maker):
    name, oemid, vendor = "tdx", 343, "343"
    wrong = {
        "signature": ("bad-signature", "quote signature"),
        "cut off": ("trailing-bytes", "signature data"),
        "statement": ("evidence-not-bound", "report data"),
        "no statement": ("evidence-not-bound", "report data"),
        "another key": ("wrong-key-purpose", "attestation key"),
        "another maker": ("bad-certificate", "certificate issuer"),
        "debug": ("state-proves-nothing", "TD attributes debug"),
        "mrtd": ("measurement-mismatch", "mrtd"),
        "rtmr2": ("measurement-mismatch", "rtmr2"),
        "enclave": ("bad-signature", "QE report signature"),
        "version": ("measurement-mismatch", "tcb.tdx.0"),
    }

    def make(self):
        self.example = bytearray(
            (EXAMPLES / "tdx-quote-v4.bin").read_bytes())
        pem = bytes(self.example[CERTS:])
        leaf = x509.load_pem_x509_certificate(
            pem[:pem.index(b"-----END") + 26])
        self.sgx = leaf.extensions.get_extension_for_oid(
            x509.ObjectIdentifier(SGX)).value.value
        self.model = self.after(b"\x06\x0a" + SGX_DER + b"\x04\x04\x06", 6)
        ppid = self.after(b"\x06\x0a" + SGX_DER + b"\x01\x04\x10", 16)
        self.ueid = b"\x01" + sha256(ppid)
        self.example[BODY + 120] = 0  # it may not be debugged
        self.version = self.example[BODY:BODY + 16].hex()
        self.root_key, self.pck, self.key = (
            ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self.root = certificate("root", self.root_key)

    def after(self, prefix, n):
        at = self.sgx.index(prefix) + len(prefix)
        return self.sgx[at:at + n]

    def svn(self, n):
        at = self.after(b"\x06\x0b" + SGX_DER + b"\x02" + bytes([n]), 4)
        assert at[0] == 2
        return int.from_bytes(at[2:2 + at[1]], "big")

    def expects(self, about):
        yield (ATTEST_KEY, environment(vendor=self.vendor),
               [Tag(562, self.root.public_bytes(DER))])
        q = bytes(self.example)
        for name, at in (("mrtd", 136), ("mrseam", 16), ("rtmr0", 328),
                         ("rtmr1", 376), ("rtmr2", 424), ("rtmr3", 472)):
            yield REFERENCE, about, [digests(
                name, 7, q[BODY + at:BODY + at + 48])]
        yield REFERENCE, about, [digests("qe.signer", 1,
                                         q[QE + 128:QE + 160])]
        yield REFERENCE, about, [least("qe.svn", 4)]
        for i in range(3):
            yield REFERENCE, about, [least(f"tcb.tdx.{i}", q[BODY + i])]
        for i in range(1, 17):
            yield REFERENCE, about, [least(f"tcb.sgx.{i:02}", self.svn(i))]
        yield REFERENCE, about, [least("tcb.pce", self.svn(17))]

    def report(self, user, spoil):
        q = bytearray(self.example[:CERTS])
        q[BODY + 520:BODY + 584] = user
        if spoil == "debug":
            q[BODY + 120] = 1
        if spoil == "mrtd":
            q[BODY + 136] ^= 1
        if spoil == "rtmr2":
            q[BODY + 424] ^= 1
        if spoil == "version":
            q[BODY] -= 1
        key = self.key
        bound = point(key) + q[QE_SIG + 66:QE_SIG + 98]
        if spoil == "another key":
            key = ec.generate_private_key(ec.SECP256R1())
        q[SIG + 64:SIG + 128] = point(key)
        q[QE + 320:QE + 352] = sha256(bytes(bound))
        q[QE_SIG:QE_SIG + 64] = b"".join(
            raw_signature(self.pck, bytes(q[QE:QE_SIG])))
        if spoil == "enclave":
            q[QE + 100] ^= 1
        q[SIG:SIG + 64] = b"".join(
            raw_signature(key, bytes(q[:BODY + 584])))
        by, issuer = self.root_key, self.root
        if spoil == "another maker":
            by = ec.generate_private_key(ec.SECP256R1())
            issuer = certificate("another root", by)
        own = certificate("PCK", self.pck, by, issuer,
                          [(SGX, self.sgx)]).public_bytes(DER)
        end = CERTS + len(own)
        for at, n in ((CERTS, len(own)), (QE, end - QE), (SIG, end - SIG)):
            q[at - 4:at] = struct.pack("<I", n)
        return bytes(q) + own

    def flip_signature(self, report):
        return report[:SIG] + bytes([report[SIG] ^ 1]) + report[SIG + 1:]


MAKERS = (Psa, Cca, Snp, Tdx)
