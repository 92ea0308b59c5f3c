"""teep-agentd and teep-broker with a TAM that shares no code with them.

In both suites: whole sessions over HTTP (attest, install, one payload from
the message and one fetched by the broker, report, prove, remove), and every
forged, replayed and unbound Update refused: by the reason that the agent
tells its TAM, and in its log, with nothing installed and the next good
session done.

usage: foreign_tam_test.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import collections
import os
import pathlib
import shutil
import sys
import tempfile
import types

from real_world import ORIGIN, Managed, World
from tee_world import (
    ESP256, HWMODEL, OEMID, Key, Makers, decode, eventually, evidence, sha256,
    sign1, teep)
from cose import ED25519
from foreign_tam import ForeignTam, Known, Served

STRANGER = "message refused"  # all that an unauthenticated peer hears
HELLO, BIG = [b"app", b"hello"], [b"app", b"big"]


class Trusts(Makers):
    """Makers whose policy names the Python TAM."""

    def __init__(self, tam, uri):
        super().__init__()
        self.row = {1: "python", 2: [tam.key.cose], 3: tam.encryption.cose,
                    4: uri, 5: [[b"app"]]}

    def rules(self):
        rules = super().rules()
        rules[4][0] |= {4: [ORIGIN]}
        return rules | {3: [self.row]}


class Stage:
    """One device of one suite, its real broker, and its TAM."""

    def __init__(self, build, home, alg):
        self.tam = ForeignTam(alg, None)
        self.served = Served(self.tam)
        port = self.served.server.server_address[1]
        world = World(build, home, types.SimpleNamespace(port=port))
        world.makers = self.makers = Trusts(self.tam, self.served.uri)
        self.world, self.build = world, pathlib.Path(build)
        suite = "ed25519" if alg == ED25519 else "esp256"
        self.one = Managed(world, suite, 1, ("--suite", suite))
        self.tam.known = self._known(self.one.device)
        world.devices[suite] = self.one
        self.one.start()
        # The broker asks for a policy check when it starts.
        assert eventually(lambda: self.tam.heard), self.one.device.events()

    def _known(self, device):
        def key(name):
            return Key.from_pem(
                (device.public / f"{name}.pub.pem").read_bytes())

        return Known(key("teep"), key("evidence"), key("report"), {
            evidence.UEID: device.ueid, evidence.OEMID: OEMID,
            evidence.HWMODEL: HWMODEL}, {
                "launcher": sha256(
                    pathlib.Path(device.program()).read_bytes()),
                "agent": sha256(device.agent.read_bytes())})

    def hello(self, sequence):
        version = 2 - sequence % 2
        image = self.build / "examples" / f"ta-hello-{version}.0.0"
        return self.makers.app(b"hello", sequence, image.read_bytes())

    def check(self, change=None):
        """A policy check; what the TAM heard in it, and the log of it."""
        self.tam.change = change or {}
        self.tam.heard = []
        log = self.one.check()
        self.tam.change = {}
        return self.tam.heard, log

    def installed(self):
        """{manifest id: what makes it this one}."""
        return {name: (m["sequence"], m["digest"], m["owner"])
                for name, m in self.one.status().items()}

    def close(self):
        self.served.close()
        return self.world.close()


def sessions(s):
    """Nothing to do; install; upgrade and a fetched one; remove."""
    heard, _ = s.check()
    assert heard == [("QueryResponse", None)], heard
    s.tam.wanted = [s.hello(1)]
    heard, _ = s.check()
    assert heard == [("QueryResponse", None), ("Success", None),
                     ("QueryResponse", None)], heard
    assert "1.0.0" in s.one.ask("call", "app/hello", "x")
    image = os.urandom(300000)
    s.world.payloads.files["big"] = image
    s.tam.wanted = [s.hello(2), s.makers.app(b"big", 1, image,
                                             uri=f"{ORIGIN}big")]
    heard, _ = s.check()
    assert heard[1] == ("Success", None), heard
    assert s.world.payloads.served == ["big"], s.world.payloads.served
    assert "2.0.0" in s.one.ask("call", "app/hello", "x")
    assert set(s.installed()) == {"policy", "app/hello", "app/big"}
    s.tam.wanted, s.tam.unneeded = s.tam.wanted[:1], [BIG]
    heard, _ = s.check()
    assert heard[1:] == [("Success", None), ("QueryResponse", None)], heard
    assert set(s.installed()) == {"policy", "app/hello"}
    heard, _ = s.check()
    assert heard == [("QueryResponse", None)], heard


# Variants: name -> (change of steps, reason in the log, told to the TAM)


def flip(at):
    def change(_, wire):
        out = bytearray(wire)
        out[at] ^= 1
        return bytes(out)
    return change


def without(*labels):
    return lambda _, m: [m[0], {k: v for k, v in m[1].items()
                                if k not in labels}]


def claim(**changes):
    """Change claims of the Result; None leaves one out."""
    def change(_, claims):
        for name, value in changes.items():
            claims = {k: v for k, v in claims.items()
                      if k != getattr(evidence, name)}
            if value is not None:
                claims[getattr(evidence, name)] = value
        return claims
    return {"result": change}


def forged(s):
    thief = Key.new(s.tam.key.alg)
    named = {"protected": {1: thief.alg}, "unprotected": {4: s.tam.key.kid}}
    yield "signature", {"update-wire": flip(-1)}, "bad-signature", STRANGER
    yield "payload", {"update-wire": flip(200)}, "bad-signature", STRANGER
    yield ("stolen-kid", {"update-wire": lambda t, w: sign1(
        thief, payload_of(w), **named)}, "bad-signature", STRANGER)
    yield ("stranger", {"update-key": lambda t, k: thief}, "unknown-key",
           STRANGER)
    yield ("result-key", {"update-key": lambda t, k: t.result_key},
           "unknown-key", STRANGER)
    yield ("signer-key", {"update-key": lambda t, k: s.makers.signer},
           "unknown-key", STRANGER)
    yield ("unsigned", {"update-wire": lambda t, w: payload_of(w)},
           None, STRANGER)
    yield ("half", {"update-wire": lambda t, w: w[:len(w) // 2]}, None,
           STRANGER)
    yield ("not-cbor", {"update-bytes": lambda t, b: b"\xff" + b},
           "reserved-encoding", "reserved-encoding")
    yield ("trailing", {"update-bytes": lambda t, b: b + b"\x00"},
           "trailing-bytes", "trailing-bytes")
    yield ("manifest", {"update": lambda t, m: [m[0], m[1] | {
        teep.MANIFEST_LIST: [flip(-1)(t, x)
                             for x in m[1][teep.MANIFEST_LIST]]}]},
           "image-digest", "image-digest")
    yield ("manifest-of-another-signer", {"update": lambda t, m: [
        m[0], m[1] | {teep.MANIFEST_LIST: [stolen(s)]}]},
           "unknown-key", "unknown-key")


def payload_of(wire):
    return decode(wire).value[2]


def stolen(s):
    """The wanted application, signed by nobody that policy names."""
    return Makers().app(b"hello", 3, b"of somebody else")


def replayed(s):
    challenge, query, update = s.tam.applied
    yield ("old-update", {"update-wire": lambda t, w: update},
           "result-nonce", "result-nonce")
    yield ("old-exchange", {"query-wire": lambda t, w: query,
                            "update-wire": lambda t, w: update,
                            "challenge": lambda t, c: challenge},
           "replay", "replay")
    yield ("old-iat", claim(IAT=1000), "replay", "replay")
    yield ("update-first", {"first": lambda t, _: lambda: update},
           "no-open-exchange", "no-open-exchange")


def unbound(s):
    for label, name, reason in (
            (teep.PAYLOAD, "no-result", "unbound-update"),
            (teep.TOKEN, "no-token", "unbound-update")):
        yield name, {"update": without(label)}, reason, reason
    yield ("evidence-for-result", {"update": lambda t, m: [
        m[0], m[1] | {teep.FORMAT: evidence.FORMAT}]},
           "unbound-update", "unbound-update")
    yield ("removal-without-result", {"update": lambda t, m: [m[0], {
        teep.TOKEN: m[1][teep.TOKEN], teep.UNNEEDED: [HELLO]}]},
           "unbound-update", "unbound-update")
    for name, change, reason in (
            ("cnf-other", claim(CNF={3: os.urandom(32)}), "result-not-bound"),
            ("cnf-key-other", claim(CNF={1: Key.new().cose}),
             "result-not-bound"),
            ("cnf-absent", claim(CNF=None), "result-not-bound"),
            ("nonce-other", claim(NONCE=os.urandom(32)), "result-nonce"),
            ("nonce-absent", claim(NONCE=None), "result-nonce"),
            ("iat-absent", claim(IAT=None), "result-claims")):
        yield name, change, reason, reason


def play(s, group):
    """Each variant against a device that lacks a version: it is told by its
    name, and changes nothing.  The log comes at a pace of its own, so its
    reasons are counted at the end."""
    n = 0
    before_all = s.one.device.events()
    reasons = collections.Counter()
    for name, change, reason, told in group(s):
        before = s.installed()
        heard, _ = s.check(change)
        errors = [h[1] for h in heard if h[0] == "Error"]
        assert errors == [told], (name, heard)
        assert ("Success", None) not in heard, (name, heard)
        reasons[reason] += 1
        assert s.installed() == before, name
        n += 1
    del reasons[None]
    for reason, times in reasons.items():
        text = f'"reason":"{reason}"'
        assert s.one.device.logs(text, before_all.count(text) + times), reason
    return n


def second_update(s):
    """Success answered by one more Update under the same Result."""
    heard, _ = s.check({"again": lambda t, _: t.update})
    assert heard[1] == ("Success", None), heard
    assert heard[2][:2] == ("Error", "replay"), heard
    return 1


def suite(build, home, alg):
    """How many variants were refused."""
    s = Stage(build, home, alg)
    statuses = None
    try:
        sessions(s)
        s.tam.wanted = [s.hello(3)]
        count = sum(play(s, g) for g in (forged, replayed, unbound))
        count += second_update(s)
        heard, _ = s.check()
        assert heard == [("QueryResponse", None)], heard
        assert s.installed()["app/hello"][0] == 3
    except BaseException:
        print(s.one.device.events()[-3000:])
        raise
    finally:
        statuses = s.close()
    assert statuses == {(0, 0)}, statuses
    return count


def main():
    if os.geteuid() != 0:
        print("skipped: needs root, as teep-agentd does")
        return 77
    for name, alg in (("ESP256", ESP256), ("Ed25519", ED25519)):
        home = pathlib.Path(tempfile.mkdtemp(prefix="foreign-tam-"))
        os.chmod(home, 0o755)
        try:
            count = suite(sys.argv[1], home, alg)
        finally:
            shutil.rmtree(home)
        assert count > 20, count
        print(f"{name}: 5 sessions, {count} Updates refused by name")
    return 0


if __name__ == "__main__":
    sys.exit(main())
