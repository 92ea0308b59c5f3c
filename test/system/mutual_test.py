#!/usr/bin/python3
"""Both sides attested, over real processes: teep-agentd and teep-broker hear
no TAM that policy wants attested before a Verifier has vouched for it.

Once with a TAM in Python and a real verifierd that appraises its Evidence,
where every way in which a proof can be wrong is refused by name; and once with
tamd, which answers for itself.  In both a healthy TAM's Result in another's
hands is worth nothing, and what was proven is forgotten when its time is over.

usage: mutual_test.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import collections
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import types

from foreign_tam_test import Stage, claim, flip
from real_world import Managed, TrustsTamd, World, run
from tamd_process import Tamd
from tee_world import (
    CLASS, ESP256, VENDOR, Key, Makers, decode, encode, eventually, evidence,
    sha256, sign1, teep, text_uuid)
import ear
from agent import Agent, Http, Trust
from cose import verify_any
from foreign_tam import ForeignTam, Served
from tam import Programs
from verifier import EAR, TEEP, Verifierd, endorse, text64

# Seconds that a proof is remembered: a session takes less, mostly.
REMEMBERED = 6
DEMANDED = ("Error", "attestation-required", 7)


class Trusts(Makers):
    """A policy with these TAMs, each of which these verifiers vouch for."""

    def __init__(self, tams, verifiers):
        """tams: (name, ForeignTam, uri, prefix); verifiers: {name: key}."""
        super().__init__()
        self.rows = [
            {1: name, 2: [tam.key.cose], 3: tam.encryption.cose, 4: uri,
             5: [[prefix]], 9: {1: list(verifiers), 2: REMEMBERED}}
            for name, tam, uri, prefix in tams]
        self.verifiers = [{1: name, 2: [key.cose]}
                          for name, key in verifiers.items()]

    def rules(self):
        return super().rules() | {3: self.rows, 5: self.verifiers}


class Mutual(Stage):
    """A device, a TAM, another one that steals, and their Verifier."""

    def __init__(self, build, home, verifierd):
        self.build, self.v = pathlib.Path(build), verifierd
        self.voucher = Key.new(ESP256)
        self.tam, self.thief = (ForeignTam(ESP256, None) for _ in range(2))
        self.served = Served(self.tam)
        self.den = Served(self.thief)
        # only where it is played
        self.thief.change = {"first": lambda t, _: lambda: b""}
        port = self.served.server.server_address[1]
        world = World(build, home, types.SimpleNamespace(port=port))
        world.makers = self.makers = Trusts(
            [("python", self.tam, self.served.uri, b"app"),
             ("thief", self.thief, self.den.uri, b"other")],
            {"voucher": self.voucher, "verifierd": verifierd.key})
        self.world = world
        self.one = Managed(world, "one", 1)
        self.one.allow = [self.den.uri]
        self.tam.known = self.thief.known = self._known(self.one.device)
        self.tam.voucher = self.voucher
        # what verifierd knows of the TAM
        self.body = evidence.Device("tam")
        self.body.teep = self.tam.key
        endorse(verifierd, home, [self.body])
        world.devices["one"] = self.one
        self.one.start()
        assert eventually(lambda: self.tam.heard), self.one.device.events()

    def appraised(self, challenge, media=TEEP):
        """A Result about the TAM, by verifierd."""
        audience = bytes(32)
        sent = evidence.claims(self.body, challenge, audience)
        where, session = self.v.appraise(
            evidence.evidence(self.body, sent, None), challenge,
            kid=text64(self.body.teep.kid))
        assert "refusal" not in session, session
        options = {teep.PAYLOAD: self.v.form(where, media)}
        return options | ({teep.FORMAT: media} if media != TEEP else {})

    def forget(self):
        """The agent starts anew, and knows no proof; it hears of none."""
        self.tam.heard, self.tam.voucher = [], None
        assert self.one.stop() == (0, 0)
        shutil.rmtree(self.one.home / "broker")
        self.one.start()
        assert eventually(lambda: self.tam.heard), self.one.device.events()
        assert self.tam.heard == [DEMANDED], self.tam.heard
        with self.tam.lock:  # what it has heard, it has answered
            self.tam.voucher = self.voucher

    def close(self):
        self.den.close()
        return super().close()


def proof_of(challenge_of):
    return {"proof": lambda t, options: challenge_of(
        decode(decode(options[teep.PAYLOAD])[2])[evidence.NONCE])}


def about(**changes):
    return {"about": claim(**changes)["result"]}


def installs(s, sequence, change=None):
    """Demanded, proven, installed; not on the first try if it is slow."""
    s.tam.wanted = [s.hello(sequence)]
    for _ in range(5):
        heard, log = s.check(change)
        if ("Success", None) in heard:
            assert s.installed()["app/hello"][0] == sequence
            return heard, log
    raise AssertionError((heard, log))


def proves(s):
    # what the broker's start has led to
    assert eventually(lambda: len(s.tam.heard) > 1), s.tam.heard
    assert s.tam.heard == [DEMANDED, ("QueryResponse", None)], s.tam.heard
    installs(s, 1)
    # Remembered: the next session asks for no proof, until its time is over.
    deadline = time.monotonic() + 60
    sessions = 0
    while True:
        heard, _ = s.check()
        if DEMANDED in heard:
            break
        assert heard == [("QueryResponse", None)], heard
        sessions += 1
        assert time.monotonic() < deadline, "it is remembered for ever"
        time.sleep(0.5)
    assert sessions > 0, "it is not remembered at all"
    return sessions


def by_verifierd(s):
    """Its Results of the TEEP profile are believed; its EAR says what a
    process is worth, and this policy wants more."""
    s.forget()
    heard, _ = installs(s, 2, proof_of(s.appraised))
    assert heard[0] == DEMANDED, heard


def ear_of(s, status):
    """An EAR by the voucher."""
    def make(challenge):
        now = int(time.time())
        said = {ear.EXP: now + 3600, ear.IAT: now,
                ear.CNF: {3: s.tam.key.kid}, ear.NONCE: challenge,
                ear.EAT_PROFILE: ear.PROFILE,
                ear.VERIFIER_ID: {0: "python", 1: "1"},
                ear.SUBMODS: {"tam": {ear.STATUS: status}}}
        return {teep.PAYLOAD: sign1(s.voucher, encode(said), tagged=False),
                teep.FORMAT: EAR}
    return proof_of(make)


def wrong(s):
    """name, change, reason, code: what a TAM might say instead."""
    now = int(time.time())
    told = s.told
    stranger = Key.new(ESP256)
    old = {}

    def keep(options):
        return {"proof": lambda t, _: options}

    s.tam.change = {"proof": lambda t, o: old.update(o) or o}
    yield "none", keep({}), "attestation-required", 7
    yield "nonsense", keep({teep.PAYLOAD: b"Result"}), None, 1
    yield ("signer", {"voucher": lambda t, k: stranger}, "unknown-key", 1)
    yield ("tams-own-key", {"voucher": lambda t, k: t.key}, "unknown-key", 1)
    yield ("tams-result-key", {"voucher": lambda t, k: t.result_key},
           "unknown-key", 1)
    yield ("signature", {"proof": lambda t, o: o | {
        teep.PAYLOAD: flip(-1)(t, o[teep.PAYLOAD])}}, "bad-signature", 1)
    yield ("cnf", about(CNF={3: stranger.kid}), "result-not-bound", 1)
    yield ("cnf-of-the-agent", about(CNF={3: s.tam.known.teep.kid}),
           "result-not-bound", 1)
    yield "cnf-key", about(CNF={1: stranger.cose}), "result-not-bound", 1
    yield "no-cnf", about(CNF=None), "result-claims", 1
    yield "nonce", about(NONCE=os.urandom(32)), "result-nonce", 1
    yield "no-nonce", about(NONCE=None), "result-nonce", 1
    yield "no-iat", about(IAT=None), "result-claims", 1
    yield "no-exp", about(EXP=None), "result-claims", 1
    for name in ("UEID", "OEMID", "HWMODEL", "HWVERSION", "MANIFESTS"):
        yield f"no-{name.lower()}", about(**{name: None}), "result-claims", 1
    yield ("profile", about(EAT_PROFILE="urn:ietf:rfc:other"),
           "result-claims", 1)
    yield "old", about(IAT=told - 400), "expired", 1
    yield "over", about(IAT=told - 100, EXP=told - 1), "expired", 1
    yield "backwards", about(EXP=now - 10, IAT=now), "expired", 1
    yield ("not-yet", {"about": lambda t, c: c | {5: c[evidence.IAT] + 100}},
           "expired", 1)
    yield "ear-warning", ear_of(s, ear.WARNING), "attestation-required", 7
    yield ("ear-contraindicated", ear_of(s, ear.CONTRAINDICATED),
           "attestation-required", 7)
    yield ("ear-of-a-process", proof_of(lambda c: s.appraised(c, EAR)),
           "attestation-required", 7)
    yield ("ear-without-format", {"proof": lambda t, o: {
        teep.PAYLOAD: ear_of(s, ear.AFFIRMING)["proof"](t, o)[teep.PAYLOAD]}},
           "result-claims", 1)
    yield ("evidence", {"proof": lambda t, o: o | {
        teep.FORMAT: evidence.FORMAT}}, "attestation-required", 7)
    yield ("of-another-challenge", proof_of(
        lambda c: s.appraised(os.urandom(32))), "result-nonce", 1)


def refuses(s):
    """Nothing is told to such a TAM, and nothing of it installed."""
    before, n, reasons = s.installed(), 0, collections.Counter()
    s.tam.wanted = [s.hello(3)]
    for name, change, reason, code in wrong(s):
        heard, _ = s.check(change)
        first, last = heard
        assert first == DEMANDED, (name, heard)
        assert last[0] == "Error" and last[2] == code, (name, heard)
        assert reason in (None, last[1]), (name, heard)
        assert s.installed() == before, name
        reasons[last[1]] += 1
        n += 1
    assert n > 25, n
    # no refusal has harmed what an honest one can do
    heard, _ = installs(s, 3, ear_of(s, ear.AFFIRMING))
    assert heard[0] == DEMANDED, heard
    return n, reasons


def stolen(s):
    """The healthy TAM's Result, fresh and for the thief's challenge."""
    s.thief.voucher = s.voucher
    s.thief.heard, s.thief.change = [], proof_of(s.appraised)
    s.thief.wanted = [s.makers.app(b"hello", 9, b"of a thief")]
    before = s.installed()
    s.check()
    s.thief.change = {"first": lambda t, _: lambda: b""}
    assert s.thief.heard == [
        DEMANDED, ("Error", "result-not-bound", 1)], s.thief.heard
    assert s.installed() == before
    # and without any, the thief's own word
    s.thief.heard, s.thief.change = [], {"voucher": lambda t, k: t.key}
    s.check()
    assert s.thief.heard == [
        DEMANDED, ("Error", "unknown-key", 1)], s.thief.heard
    assert s.installed() == before


def foreign(build, home):
    programs = Programs(build)
    with Verifierd(programs, home) as v:
        s = Mutual(build, home, v)
        try:
            sessions = proves(s)
            by_verifierd(s)
            s.told = int(time.time())
            s.forget()
            n, reasons = refuses(s)
            stolen(s)
        except BaseException:
            print(s.one.device.events()[-3000:])
            raise
        finally:
            statuses = s.close()
        assert statuses == {(0, 0)}, statuses
    print(f"Python's TAM: {sessions} sessions remembered, {n} proofs refused "
          f"by name ({', '.join(sorted(reasons))}), 2 thefts")


# ---- tamd --------------------------------------------------------------------


class TrustsAttested(TrustsTamd):
    """A policy that wants tamd attested, by the key that it vouches with."""

    def __init__(self, tamd, author, thief, uri):
        super().__init__(tamd, [("author", author, [b"own"])], [[b"own"]])
        result = pathlib.Path(tamd.home) / "public/result-esp256.pem"
        self.vouches = Key.from_pem(result.read_bytes())
        attested = {1: ["tamd-itself"], 2: REMEMBERED}
        self.row[9] = attested
        self.thief = {1: "thief", 2: [thief.key.cose],
                      3: thief.encryption.cose, 4: uri, 5: [[b"other"]],
                      9: attested}

    def rules(self):
        return super().rules() | {
            3: [self.row, self.thief],
            5: [{1: "tamd-itself", 2: [self.vouches.cose]}]}


class TamdStory(World):
    """tamd, a device that wants it attested, and a thief who has a device of
    his own at that tamd."""

    def __init__(self, build, home, tamd):
        super().__init__(build, home, tamd)
        self.thief = ForeignTam(ESP256, None)
        self.den = Served(self.thief)
        self.thief.change = {"first": lambda t, _: lambda: b""}
        author = Key.new()
        file = home.joinpath
        file("author.pem").write_bytes(author.private_pem())
        file("author.pub.pem").write_bytes(author.pem())
        file("payload").write_bytes(os.urandom(1000))
        self.makers = TrustsAttested(tamd, author, self.thief, self.den.uri)
        self.tamctl("anchor", "add", "author", "--key",
                    file("author.pub.pem"), "--for", "manifests")
        run(self.tool("suit"), "create", "--component", "own/app",
            "--payload", file("payload"), "--sequence", 1, "--vendor",
            text_uuid(VENDOR), "--class", text_uuid(CLASS), "--key",
            file("author.pem"), "-o", file("app.suit"))
        self.tamctl("component", "add", file("app.suit"))
        self.tamctl("assign", "all", "own/app")
        self.add_spied(file)
        self.one = Managed(self, "one", 1)
        self.one.allow = [self.den.uri]
        self.devices["one"] = self.one
        self._endorse()
        self.tamctl("device", "add", "one", "--key",
                    self.one.device.public / "teep.pub.pem")
        self.thief.known = Stage._known(self, self.one.device)
        self.one.start()

    def add_spied(self, file):
        """The thief's own device, by whose key it may ask tamd."""
        self.mine = evidence.Device("mine")
        file("mine.pub.pem").write_bytes(self.mine.teep.pem())
        self.tamctl("device", "add", "mine", "--key", file("mine.pub.pem"))

    def spied(self, challenge):
        """tamd's own Result for this challenge."""
        public = pathlib.Path(self.tamd.home) / "public"
        keys = [Key.from_pem((public / f"teep-{k}.pem").read_bytes())
                for k in ("esp256", "ed25519")]
        trust = Trust(keys, None, [])
        http = Http(f"http://127.0.0.1:{self.tamd.port}/tam")
        agent = Agent(self.mine, trust, http.post)
        agent.query_request(http.post().body)
        agent.change = {"demand": lambda a, m: [
            m[0], m[1] | {teep.CHALLENGE: challenge}, m[2]]}
        body = http.post(agent.demand()).body
        message = decode(verify_any(body, trust.tam)[0])
        return {teep.PAYLOAD: message[1][teep.PAYLOAD]}

    def proofs(self):
        return self.one.device.events().count('"event":"tam-attested"')

    def close(self):
        self.den.close()
        return super().close()


def real(build, home):
    with Tamd(build) as tamd:
        w = TamdStory(build, home, tamd)
        try:
            assert w.one.becomes("own/app", 1, "proven"), \
                w.one.device.events()
            assert "own/app" in w.one.status()
            n = w.proofs()
            assert n > 0, w.one.device.events()
            # time runs out
            assert eventually(lambda: w.one.check() is None or
                              w.proofs() > n, 60), w.one.device.events()
            w.thief.voucher = w.thief.key
            w.thief.heard, w.thief.change = [], proof_of(w.spied)
            w.one.check()
            w.thief.change = {"first": lambda t, _: lambda: b""}
            assert w.thief.heard == [
                DEMANDED, ("Error", "result-not-bound", 1)], w.thief.heard
            demanded = [x for x in tamd.lines if x.get("event") == "message"
                        and x.get("type") == "Error"]
            assert demanded, tamd.lines
        except BaseException:
            print(w.one.device.events()[-3000:], tamd.lines[-10:])
            raise
        finally:
            statuses = w.close()
        assert statuses == {(0, 0)}, statuses
    print(f"tamd: proven, forgotten, proven again; its Result in another's "
          f"hands refused")


# ---- a scripted TAM ----------------------------------------------------------


def tool(build, home, device, tam, voucher, keys):
    """One session of `teep tam`; its exit status."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        uri = f"http://127.0.0.1:{s.getsockname()[1]}/tam"
    server = subprocess.Popen(
        [Programs(build).path("teep"), "tam", "--key", home / "tam.pem",
         *keys, "--vouch", home / "voucher.pem", "--sessions", "1", uri],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        assert b"listening" in server.stdout.readline()
        agent = Agent(device, Trust([tam], None, [], results=[voucher]),
                      Http(uri).post)
        agent.demands = True
        trace = agent.session()
        assert trace == ["QueryRequest", "Error", "QueryRequest",
                         "QueryResponse"], trace
        assert agent.tam_result[evidence.HWMODEL] == b"teep"
        server.stdout.read()
        return server.wait(60)
    finally:
        server.kill()
        server.wait()


def scripted(build, home):
    """`teep tam --vouch` meets the demand of an agent in Python, be it one
    that it knows or a stranger."""
    tam, voucher = Key.new(ESP256), Key.new(ESP256)
    for name, key in (("tam.pem", tam), ("voucher.pem", voucher)):
        (home / name).write_bytes(key.private_pem())
        (home / name).chmod(0o600)
    device = evidence.Device("device")
    (home / "known").mkdir()
    (home / "known/device.pem").write_bytes(device.teep.pem())
    for keys, status in ((["--keys", home / "known"], 0), ([], 1)):
        assert tool(build, home, device, tam, voucher, keys) == status, keys
    print("teep tam: vouched for, by a known agent and by a stranger")


def main():
    if os.geteuid() != 0:
        print("skipped: needs root, as teep-agentd does")
        return 77
    for part in (foreign, real, scripted):
        home = pathlib.Path(tempfile.mkdtemp(prefix="mutual-"))
        os.chmod(home, 0o755)
        try:
            part(sys.argv[1], home)
        finally:
            shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
