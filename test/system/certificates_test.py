"""Anchors that are certificates, through the real tools: a CoRIM whose signer
has a certificate counts if that leads to an anchor, today and within what the
anchor is trusted for; and goes when it is revoked.

usage: certificates_test.py BUILD-DIRECTORY
Certificates are made by python3-cryptography.
"""
import datetime
import json
import pathlib
import sys
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from real_world import run
from tamd_process import Tamd
from tee_world import Refused, encode
from cbor import Tag

NOW = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
DAY = datetime.timedelta(days=1)
PEM = serialization.Encoding.PEM
DER = serialization.Encoding.DER


class Party:
    """A key and its certificate; by None: itself."""

    serial = 100

    def __init__(self, name, by=None, issues=False, begin=-DAY, end=30 * DAY,
                 signs=True, curve=ec.SECP256R1, length=None, use=None,
                 key=None):
        self.name, self.key = name, key or ec.generate_private_key(curve())
        self.subject = x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = by or self
        Party.serial += 1
        public = self.key.public_key()
        builder = (
            x509.CertificateBuilder().subject_name(self.subject)
            .issuer_name(issuer.subject).public_key(public)
            .serial_number(Party.serial)
            .not_valid_before(NOW + begin).not_valid_after(NOW + end)
            .add_extension(x509.BasicConstraints(
                issues, length if issues else None), True)
            .add_extension(x509.KeyUsage(
                signs, False, False, False, not signs, issues, issues, False,
                False), True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    issuer.key.public_key()), False))
        if use is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([use]),
                                            False)
        self.certificate = builder.sign(issuer.key, hashes.SHA256())

    def pem(self):
        return self.certificate.public_bytes(PEM)

    def private(self):
        return self.key.private_bytes(
            PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption())

    def revokes(self, *parties, begin=-DAY, end=7 * DAY):
        """The list of it, DER."""
        b = (x509.CertificateRevocationListBuilder()
             .issuer_name(self.subject)
             .last_update(NOW + begin).next_update(NOW + end))
        for p in parties:
            b = b.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(p.certificate.serial_number)
                .revocation_date(NOW - DAY / 2).build())
        return b.sign(self.key, hashes.SHA256()).public_bytes(DER)


class Bench:
    def __init__(self, build, home, tamd):
        self.build, self.home, self.tamd = build, home, tamd
        self.refusals = 0

    def tool(self, name):
        return self.build / "cmd" / name / name

    def tamctl(self, *words):
        return run(self.tool("tamctl"), "--socket",
                   f"{self.tamd.home}/run/admin.sock", *words)

    def file(self, name, content):
        path = self.home / name
        path.write_bytes(content)
        return path

    def corim(self, name, chain, key=None, oemid="0a0b0c"):
        """A signed CoRIM with the certificates of chain."""
        recipe = {"id": name, "tag-id": name, "environments": [{
            "oemid": oemid, "hwmodel": "6d6f", "hwversion": ["1"],
            "assurance": "process-grade", "reference": [
                {"name": "agent", "sha256": "ab" * 32}]}]}
        plain = self.home / "plain"
        run(self.tool("teep"), "corim", "create",
            self.file("recipe.json", json.dumps(recipe).encode()), "-o",
            plain)
        words = ["--key", self.file("key.pem", (key or chain[0]).private())]
        if chain:
            words += ["--x5chain", self.file(
                "chain.pem", b"".join(p.pem() for p in chain))]
        run(self.tool("teep"), "corim", "sign", *words, "--name", "acme",
            plain, "-o", self.home / name)
        return self.home / name

    def add(self, name, chain, **more):
        self.tamctl("corim", "add", self.corim(name, chain, **more))

    def anchor(self, name, party, *kinds, vendor="0a0b0c"):
        self.tamctl("anchor", "add", name, "--certificate",
                    self.file(f"{name}.pem", party.pem()), "--for",
                    ",".join(kinds or ("reference", "endorsed")), "--vendor",
                    vendor)

    def refused(self, reason, action, *words, **more):
        try:
            action(*words, **more)
        except Refused as e:
            assert f"{reason}" in e.text, e.text
            self.refusals += 1
            return
        raise AssertionError(f"{reason}: {words} was taken")

    def corims(self):
        return {c["id"]: c for c in json.loads(
            self.tamctl("--json", "corim", "list"))}


def paths(b, root, middle):
    signer = Party("signer", middle)
    own = Party("own")  # signed by itself
    b.refused("certificate", b.add, "early", [signer, middle])
    b.anchor("acme", root)
    b.add("one", [signer, middle])
    found = b.corims()["one"]
    assert found["values"] == 3, found
    # it counts no longer than its certificates
    assert abs(found["not-after"] - int(
        (NOW + 30 * DAY).replace(tzinfo=datetime.timezone.utc).timestamp())
        ) < 2, found
    # by the same anchor: another signer of the same maker may replace it
    b.add("one", [Party("next", middle), middle])
    b.refused("certificate issuer", b.add, "x", [signer])
    b.refused("certificate issuer", b.add, "x", [own])
    b.refused("unknown-key", b.add, "x", [], key=signer)
    b.refused("unknown-key", b.add, "x", [], key=middle)
    b.refused("bad-signature", b.add, "x", [signer, middle],
              key=Party("other"))
    b.refused("outside-signer-scope", b.add, "x", [signer, middle],
              oemid="0a0b0d")
    b.refused("certificate expired", b.add, "x",
              [Party("old", middle, begin=-9 * DAY, end=-DAY), middle])
    b.refused("certificate not yet valid", b.add, "x",
              [Party("young", middle, begin=DAY), middle])
    b.refused("certificate usage", b.add, "x",
              [Party("cipher", middle, signs=False), middle])
    b.refused("certificate usage", b.add, "x",
              [Party("server", middle, use=ExtendedKeyUsageOID.SERVER_AUTH),
               middle])
    b.refused("octets of certificates", b.add, "x",
              [Party("child", signer), signer, middle])
    short = Party("short", None, True, length=0)
    b.anchor("short", short)
    child = Party("child", short)
    b.refused("certificate of no issuer", b.add, "x",
              [Party("grandchild", child), child])
    deeper = Party("deeper", short, True)
    b.refused("certificate path length", b.add, "x",
              [Party("deep", deeper), deeper])
    b.tamctl("anchor", "remove", "short")
    b.refused("certificate key", b.add, "x",
              [Party("wide", middle, curve=ec.SECP384R1), middle],
              key=Party("any"))
    assert set(b.corims()) == {"one"}, b.corims()


def anchors(b, root):
    """What is asked to be trusted is good itself."""
    own = Party("pinned")
    b.refused("expired", b.anchor, "old", Party(
        "old", None, True, begin=-9 * DAY, end=-DAY))
    b.refused("wrong-key-purpose", b.anchor, "m", root, "manifests")
    b.refused("certificate", b.tamctl, "anchor", "add", "n", "--certificate",
              b.file("n.pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n"
                     b"-----END CERTIFICATE-----\n"), "--for", "reference")
    b.refused("exists", b.anchor, "acme", root)
    # one certificate alone is an anchor for itself
    b.anchor("pin", own)
    b.add("pinned", [own])
    assert set(b.corims()) == {"one", "pinned"}
    kinds = {a["name"]: a["kind"] for a in json.loads(
        b.tamctl("--json", "anchor", "list"))}
    assert kinds == {"acme": "certificate", "pin": "certificate"}, kinds
    b.tamctl("anchor", "remove", "pin")
    assert set(b.corims()) == {"one"}


def revocation(b, root):
    """Of the signers' own issuer, which is the anchor."""
    issuer = Party("issuer", root, True)
    good, bad = Party("good", issuer), Party("bad", issuer)
    b.anchor("issuer", issuer, vendor="0c0c0c")
    for name, party in (("good", good), ("bad", bad)):
        b.add(name, [party], oemid="0c0c0c")

    def crl(content, name="issuer"):
        return json.loads(b.tamctl("--json", "anchor", "crl", name,
                                   b.file("crl", content)))

    other = Party("issuer", None, True)  # of the same name
    b.refused("revocation list", crl, other.revokes(good))
    b.refused("revocation list expired", crl,
              issuer.revokes(begin=-9 * DAY, end=-DAY))
    b.refused("certificate", crl, b"none")
    b.refused("not-found", crl, issuer.revokes(), name="nobody")
    assert set(b.corims()) == {"one", "good", "bad"}, b.corims()
    assert crl(issuer.revokes(bad)) == {"dropped": 1}
    assert set(b.corims()) == {"one", "good"}, b.corims()
    b.refused("certificate revoked", b.add, "bad", [bad], oemid="0c0c0c")
    b.add("good", [good], oemid="0c0c0c")
    # nor by another anchor of the same key, which has no list, does it count
    again = Party("issuer", None, True, key=issuer.key)
    b.anchor("renewed", again, vendor="0c0c0c")
    b.refused("certificate revoked", b.add, "bad", [bad], oemid="0c0c0c")
    # whichever of the two a CoRIM was stored under
    assert crl(issuer.revokes(bad, good)) == {"dropped": 1}
    assert set(b.corims()) == {"one"}
    b.refused("certificate revoked", b.add, "good", [good], oemid="0c0c0c")
    third = Party("third", issuer)
    b.add("third", [third], oemid="0c0c0c")
    assert crl(again.revokes(third), "renewed") == {"dropped": 1}
    assert set(b.corims()) == {"one"}
    b.tamctl("anchor", "remove", "renewed")


def stores(b, root):
    """CoTS: purposes are kept to, constraints too, or all is refused."""
    key = Party("raw")
    issuer = Party("stored", root, True)
    spki = key.key.public_key().public_bytes(
        DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    place = {0: {0: {0: Tag(560, b"mo"), 1: "0d0d0d"}}}

    def cots(name, *stores, **more):
        corim = Tag(501, {0: "ta", 1: [Tag(507, encode(list(stores)))],
                          **more})
        return json.loads(b.tamctl("--json", "anchor", "import", name,
                                   b.file("cots", encode(corim))))

    def store(*anchors, purposes=("corim",), places=(place,), **more):
        return {2: list(places), 3: list(purposes),
                6: {0: [list(a) for a in anchors]}, **more}

    raw, cert = (2, spki), (0, issuer.certificate.public_bytes(DER))
    assert cots("maker", store(raw, cert), store((2, b"x"),
                                                 purposes=["eat"])) == {
        "anchors": 2, "elsewhere": 1}
    b.add("by-key", [], key=key, oemid="0d0d0d")
    b.add("by-certificate", [Party("s", issuer)], oemid="0d0d0d")
    b.refused("outside-signer-scope", b.add, "x", [], key=key)
    b.tamctl("anchor", "remove", "maker-1")
    b.tamctl("anchor", "remove", "maker-2")
    assert set(b.corims()) == {"one"}
    fresh = Party("fresh", None, True)
    new = (0, fresh.certificate.public_bytes(DER))
    permitted = {4: [{1: 2}]}
    for word, what in (
            ("not-found", [store(new, purposes=["eat"])]),
            ("claims", [store(new, **{}) | permitted]),
            ("environments", [store(new, places=[{2: "a name"}])]),
            ("environments", [store(new, places=[
                {0: {0: {0: Tag(560, b"mo"), 2: "model"}}}])]),
            ("anchor", [store(new), store((1, b"\x30\x00"))]),
            ("anchor", [store(new), store((2, b"\x30\x00"))]),
            ("expired", [store(new), store((0, Party(
                "old", None, True, begin=-9 * DAY, end=-DAY)
                .certificate.public_bytes(DER)))]),
            ("", [store(new) | {9: 1}])):
        b.refused(word, cots, "bad", *what)
    assert [a["name"] for a in json.loads(
        b.tamctl("--json", "anchor", "list"))] == ["acme", "issuer"]


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as home, Tamd(build) as tamd:
        b = Bench(build, pathlib.Path(home), tamd)
        root = Party("root", None, True, curve=ec.SECP384R1)
        middle = Party("middle", root, True, length=0)
        paths(b, root, middle)
        anchors(b, root)
        revocation(b, root)
        stores(b, root)
        assert b.refusals > 30, b.refusals
        print(f"{b.refusals} refusals")


if __name__ == "__main__":
    main()
