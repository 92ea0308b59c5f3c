#!/usr/bin/python3
"""Devices whose TEEP keys somebody has certified: added by their certificates,
heard while these hold, and told by name when they do not.

usage: certified_test.py BUILD-DIRECTORY
"""
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]

from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

import agent  # noqa: E402
import certificates_test as made  # noqa: E402
from tam import Failed  # noqa: E402
from world import World  # noqa: E402

SECOND = made.DAY / 86400


class Stage:
    """A TAM that knows a device by its certificates."""

    def __init__(self, build, home):
        self.world = World(build, home)
        self.home = pathlib.Path(home)
        self.refusals = 0

    def start(self):
        self.world.start()
        self.device = self.world.devices[0]
        self.issuer = made.Party("issuer of agents", issues=True)
        self.ctl = self.world.tam.ctl
        self.ctl("device", "remove", self.device.name)

    def certificate(self, **more):
        """Of the device's key, by the issuer, unless more says otherwise."""
        by = more.pop("by", self.issuer)
        key = more.pop("key", self.device.teep.private)
        return made.Party(self.device.name, by, key=key, **more)

    def file(self, *parties):
        path = self.home / "certificates.pem"
        path.write_bytes(b"".join(p.pem() for p in parties))
        return path

    def refused(self, reason, *words):
        try:
            self.ctl(*words)
        except Failed as e:
            assert reason in str(e), (words, reason, str(e))
            self.refusals += 1
        else:
            raise AssertionError(f"{words}: accepted")

    def add(self, *parties):
        return json.loads(self.ctl(
            "--json", "device", "add", self.device.name, "--certificate",
            self.file(*parties)))

    def certify(self, *parties):
        return self.ctl("device", "certify", self.device.name,
                        "--certificate", self.file(*parties))

    def state(self):
        return self.world.tam.state(self.device)["certificate"]

    def is_heard(self):
        one = agent.Agent(self.device, self.world.trust,
                          self.world.http.post)
        trace = one.session()
        assert trace[:3] == ["QueryRequest", "QueryResponse", "Update"], trace

    def is_told(self, code, text):
        one = agent.Agent(self.device, self.world.trust,
                          self.world.http.post)
        self.world.tam.messages()
        try:
            trace = one.session()
        except agent.TamError as e:
            assert (e.code, e.text) == (code, text), e
        else:
            raise AssertionError(trace)
        said = [m for m in self.world.tam.messages() if m.get("reason")]
        assert said and said[-1]["reason"] == text, said
        self.refusals += 1
        return said[-1]["what"]


def anchors(s):
    """Only a certificate, for agents, and by that."""
    add = ("device", "add", s.device.name, "--certificate")
    s.refused("bad-certificate", *add, s.file(s.certificate()))
    s.refused("wrong-key-purpose", "anchor", "add", "a-key", "--key",
              s.world.files.maker, "--for", "agents")
    root = s.file(s.issuer)
    s.ctl("anchor", "add", "elsewhere", "--certificate", root, "--for",
          "reference")
    s.refused("bad-certificate", *add, s.file(s.certificate()))
    s.ctl("anchor", "remove", "elsewhere")
    s.ctl("anchor", "add", "issuer", "--certificate", s.file(s.issuer),
          "--for", "agents")


def paths(s):
    """The whole path, before anything is believed."""
    add = ("device", "add", s.device.name, "--certificate")
    other = made.Party("issuer of agents", issues=True)
    middle = made.Party("middle", s.issuer, issues=True)
    leaf = made.Party("no issuer", s.issuer)
    for reason, *chain in (
            ("bad-certificate", s.certificate(by=other)),
            ("bad-certificate", s.certificate(
                by=made.Party("stranger", issues=True))),
            ("bad-certificate", s.certificate(by=middle)),
            ("wrong-key-purpose", s.certificate(by=leaf), leaf),
            ("expired", s.certificate(begin=-2 * made.DAY,
                                      end=-made.DAY)),
            ("expired", s.certificate(begin=made.DAY)),
            ("wrong-key-purpose", s.certificate(signs=False)),
            ("", s.certificate(
                key=ec.generate_private_key(ec.SECP384R1())))):
        s.refused(reason, *add, s.file(*chain))
    s.refused("bad-certificate", *add, s.world.files.maker)
    s.add(s.certificate(by=middle), middle)
    assert s.state() == "holds"
    s.refused("exists", *add, s.file(s.certificate()))
    s.is_heard()
    s.ctl("device", "remove", s.device.name)


def revocation(s):
    first = s.certificate()
    until = s.add(first)["certified-until"]
    assert until, until
    s.is_heard()
    crl = s.home / "crl"
    crl.write_bytes(s.issuer.revokes(first))
    told = json.loads(s.ctl("--json", "anchor", "crl", "issuer", crl))
    assert told == {"dropped": 1}, told
    assert s.state() == "revoked"
    assert s.is_told(6, "bad-certificate") == "certificate revoked"
    s.refused("bad-certificate", "device", "certify", s.device.name,
              "--certificate", s.file(first))
    s.refused("wrong-key-purpose", "device", "certify", s.device.name,
              "--certificate", s.file(s.certificate(
                  key=ec.generate_private_key(ec.SECP256R1()))))
    s.refused("not-found", "device", "certify", "nobody", "--certificate",
              s.file(s.certificate()))
    s.certify(s.certificate())
    s.is_heard()
    # a list without it lets it count again
    s.certify(s.certificate())
    crl.write_bytes(s.issuer.revokes())
    told = json.loads(s.ctl("--json", "anchor", "crl", "issuer", crl))
    assert told == {"dropped": 0}, told
    assert s.state() == "holds"


def renewed_issuer(s):
    """The list of one anchor is that of its issuer, whatever else leads to
    another certificate of the same key; and what has a fault of its own is
    refused alone."""
    s.ctl("anchor", "remove", "issuer")
    s.ctl("anchor", "add", "issuer", "--certificate", s.file(s.issuer),
          "--for", "agents")
    first = s.certificate()
    s.certify(first)
    middle = made.Party("middle", s.issuer, issues=True)
    s.ctl("device", "add", "below", "--certificate",
          s.file(made.Party("below", middle), middle))
    again = made.Party("issuer of agents", issues=True, key=s.issuer.key)
    s.ctl("anchor", "add", "renewed", "--certificate", s.file(again),
          "--for", "agents")
    crl = s.home / "crl"

    def lists(anchor, *parties):
        crl.write_bytes(s.issuer.revokes(*parties))
        return json.loads(s.ctl("--json", "anchor", "crl", anchor, crl))

    # of its own issuer, the middle one, there is no list
    assert lists("issuer", first) == {"dropped": 2}
    assert s.state() == "revoked"
    # nor does the other one, of which the list knows nothing, let it in
    assert lists("renewed") == {"dropped": 2}
    assert s.state() == "revoked"
    assert s.is_told(6, "bad-certificate") == "certificate revoked"
    s.refused("bad-certificate", "device", "certify", s.device.name,
              "--certificate", s.file(first))
    # nor is there any use in the list of somebody else, or in none
    for reason, octets in (
            ("bad-certificate", made.Party("x", issues=True).revokes()),
            ("expired", s.issuer.revokes(begin=-2 * made.DAY,
                                         end=-made.DAY)),
            ("bad-certificate", b"no list")):
        crl.write_bytes(octets)
        s.refused(reason, "anchor", "crl", "issuer", crl)
    assert s.state() == "revoked"
    assert lists("issuer") == {"dropped": 1}
    assert s.state() == "holds"
    s.is_heard()
    s.ctl("device", "remove", "below")
    s.ctl("anchor", "remove", "renewed")
    s.certify(s.certificate())


def expiry(s):
    """Renewed in time, it is heard all the while; if not, it is told."""
    late = made.datetime.datetime.now(made.datetime.timezone.utc).replace(
        tzinfo=None) - made.NOW
    s.certify(s.certificate(end=late + 3 * SECOND))
    s.is_heard()
    s.certify(s.certificate())
    time.sleep(4)
    s.is_heard()
    late += 4 * SECOND
    s.certify(s.certificate(end=late + 3 * SECOND))
    for _ in range(200):
        if s.state() == "expired":
            break
        time.sleep(0.1)
    assert s.is_told(9, "expired") == "certificate expired"
    s.certify(s.certificate())
    s.is_heard()
    s.ctl("anchor", "remove", "issuer")
    assert s.state() == "no anchor"
    assert s.is_told(6, "bad-certificate") == "certificate issuer"


def main():
    home = tempfile.mkdtemp(prefix="certified-")
    os.chmod(home, 0o755)
    s = Stage(sys.argv[1], home)
    try:
        s.start()
        anchors(s)
        paths(s)
        revocation(s)
        renewed_issuer(s)
        expiry(s)
    finally:
        faults = s.world.stop()
        shutil.rmtree(home)
    assert not faults, faults
    assert s.refusals > 15, s.refusals
    print(f"{s.refusals} refused by name")


if __name__ == "__main__":
    main()
