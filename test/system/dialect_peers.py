"""`teep agent` and `teep tam` with --dialect: against tamd's endpoints, against
teep-agentd with teep-broker, and against each other.    [docs/interop.md]

A part of dialect_test.py, whose world this is played in.
"""
import json
import pathlib
import shutil
import socket
import subprocess

from real_world import Managed
from tee_world import (
    HWMODEL, OEMID, Key, Makers, Refused, envelope, eventually, sha256)
from cose import ED25519, ESP256

PATIENCE = 120
# The other dialect that a peer was told, and the axis that both then name.
TOLD_WRONG = (("default", "legacy", "algorithms"),
              ("legacy", "default", "algorithms"),
              ("algorithms-polymorphic", "default", "algorithms"),
              ("default", "profiles-two", "profiles"),
              ("first-sign1", "numbering-legacy", "first"))


def words(axes):
    return ",".join(f"{a}={v}" for a, v in axes.items()) or "default"


def played(w, *arguments):
    """One scripted peer, begun; what it says goes to a file of its own."""
    w.peers = getattr(w, "peers", 0) + 1
    path = w.home / f"peer-{w.peers}"
    with open(path, "wb") as out:
        process = subprocess.Popen(
            [w.tool("teep"), *map(str, arguments)], stdout=out,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    return process, path


def told(one, status):
    """Its story, when it has ended with this status."""
    process, path = one
    try:
        got = process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        got = process.wait()
    text = path.read_text(errors="replace")
    assert got == status, (process.args, got, text[-3000:])
    return text


def listens(one):
    assert eventually(lambda: "listening on" in one[1].read_text() or
                      one[0].poll() is not None), one[0].args
    assert one[0].poll() is None, one[1].read_text()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Scripted:
    """A device for `teep agent`, as tamd is told of real ones."""

    def __init__(self, w, name, number):
        self.home = w.home / f"scripted-{name}"
        self.home.mkdir()
        self.device, self.public = self, self.home
        self.ueid = b"\x01" + bytes([128 + number]) * 16
        self.file = self.home / "device.json"
        for key in ("teep", "evidence", "report"):
            made = Key.new(ESP256)
            (self.home / f"{key}.pem").write_bytes(made.private_pem())
            (self.home / f"{key}.pub.pem").write_bytes(made.pem())
        one = next(iter(w.devices.values())).device
        self.file.write_text(json.dumps({
            **{key: f"{key}.pem" for key in ("teep", "evidence", "report")},
            "ueid": self.ueid.hex(), "oemid": OEMID.hex(),
            "hwmodel": HWMODEL.hex(), "hwversion": "1.0.0",
            "launcher": sha256(
                pathlib.Path(one.program()).read_bytes()).hex(),
            "agent": sha256(one.agent.read_bytes()).hex(),
            "policy": sha256(b"policy").hex()}))

    def run(self, w, axes, path):
        public = pathlib.Path(w.tamd.home) / "public"
        key = [] if "evidence" in axes else [
            "--encrypt-to", public / "encryption-p256.pem"]
        dialect = ["--dialect", words(axes)] if axes is not None else []
        return played(w, "agent", "--device", self.file, "--keys", public,
                      *key, *dialect, f"http://127.0.0.1:{w.tamd.port}{path}")


def scripted_agents(w):
    """`teep agent` at tamd's endpoint of each dialect: attested, given the
    application, its report taken and asked for proof.  And where it was told
    another dialect than the endpoint speaks."""
    seen = len(w.tamd.lines)
    stories = {name: w.scripted[name].run(w, axes, f"/tam-{name}")
               for name, axes in w.dialects_all.items()}
    for name, one in stories.items():
        story = told(one, 0)
        for said in ("Update", "Success", "the TAM has nothing more to say"):
            assert said in story, (name, said, story)
        assert story.count("signature holds") == 3, (name, story)
        assert "it looks like" not in story, (name, story)
    lines = [x for x in w.tamd.lines[seen:] if x.get("event") == "message"]
    for name in w.dialects_all:
        mine = [x for x in lines if x.get("device") == f"scripted-{name}"]
        assert len(mine) == 3 and {(x["dialect"], x["reason"])
                                   for x in mine} == {(name, "ok")}, mine
    one = w.scripted["legacy"]
    story = told(one.run(w, {}, "/tam-legacy"), 1)
    assert "wrong-dialect" in story and "algorithms" in story, story
    assert ("it looks like --dialect algorithms=polymorphic,profiles=two"
            in story), story
    # A first question may be the same in both numberings; its answer is not.
    told(w.scripted["numbering-legacy"].run(w, {}, "/tam-numbering-legacy"), 0)
    assert eventually(lambda: [
        x for x in w.tamd.lines[seen:] if x.get("what") == "numbering" and
        x.get("reason") == "wrong-dialect" and
        x.get("device") == "scripted-numbering-legacy"])


class Foreign:
    """A TAM to be scripted: its keys, its port, and its row of a policy."""

    def __init__(self, w, name, axes):
        self.axes, self.name = axes, name
        self.home = w.home / f"tam-{name}"
        self.home.mkdir()
        self.url = f"http://127.0.0.1:{free_port()}/tam"
        self.keys = [Key.new(ESP256), Key.new(ED25519)]
        self.encryption = Key.new(ESP256)
        for file, key in (("es", self.keys[0]), ("ed", self.keys[1]),
                          ("result", Key.new(ESP256))):
            (self.home / f"{file}.pem").write_bytes(key.private_pem())
        # what it trusts, and what it opens
        self.trusted = self.home / "keys"
        self.trusted.mkdir()
        (self.trusted / "own.pem").write_bytes(self.encryption.private_pem())
        # what whoever talks to it trusts
        self.public = self.home / "public"
        self.public.mkdir()
        for file, key in (("es", self.keys[0]), ("ed", self.keys[1]),
                          ("encryption", self.encryption)):
            (self.public / f"{file}.pem").write_bytes(key.pem())

    def knows(self, folder):
        for name in ("teep", "evidence", "report"):
            shutil.copy(folder / f"{name}.pub.pem", self.trusted)

    def serve(self, w, manifest, axes=None, *more):
        """One session, in this dialect or in its own."""
        axes = self.axes if axes is None else axes
        result = [] if "update" in axes else [
            "--result", self.home / "result.pem"]
        one = played(w, "tam", "--key", self.home / "es.pem", "--key",
                     self.home / "ed.pem", "--keys", self.trusted,
                     "--manifest", manifest, *result, "--sessions", 1,
                     "--dialect", words(axes), *more, self.url)
        listens(one)
        return one


class TrustsAll(Makers):
    """A policy with a row for each of these TAMs."""

    def __init__(self, tams, numbers):
        super().__init__()
        self.rows = []
        for t in tams:
            row = {1: t.name, 2: [k.cose for k in t.keys], 4: t.url,
                   5: [[t.name.encode()]]}
            if "evidence" not in t.axes:
                row[3] = t.encryption.cose
            if "update" in t.axes:
                row[7] = True
            if numbers(t.axes):
                row[8] = numbers(t.axes)
            self.rows.append(row)

    def rules(self):
        return super().rules() | {
            3: self.rows, 4: [{1: "acme", 2: [self.signer.cose], 3: [[]]}]}

    def manifest(self, home, name, sequence):
        path = home / f"{name}-{sequence}.suit"
        path.write_bytes(envelope(
            [self.signer], sequence, [name.encode(), b"app"],
            f"{name} {sequence}".encode(), False))
        return path


def scripted_tams(w):
    """One teep-agentd with a row for each of eight dialects, a `teep tam`
    behind each: attested, installed, reported.  Then three that speak
    otherwise than their row says, and install nothing."""
    names = [n for n in w.dialects_all if n != "reports-sealed"]
    tams = {n: Foreign(w, n, w.dialects_all[n]) for n in names}
    assert len(tams) == 8
    w.makers = makers = TrustsAll(tams.values(), w.numbers)
    d = Managed(w, "everybody", 40)
    d.allow = [t.url for t in tams.values()]
    for t in tams.values():
        t.knows(d.device.public)
    w.devices["everybody"] = d
    stories = {n: t.serve(w, makers.manifest(w.home, n, 1))
               for n, t in tams.items()}
    d.start()  # which asks all of them
    for name, one in stories.items():
        story = told(one, 0)
        assert story.count("signature holds") == 2, (name, story)
        assert "Success" in story and "eat_nonce" in story, (name, story)
    # what the agent says of a session, it says when it has ended
    assert eventually(lambda: {f"{n}/app" for n in names} <= set(d.status()))
    wrong = {"legacy": "algorithms", "first-sign1": "first",
             "profiles-two": "profiles"}
    stories = {n: tams[n].serve(w, makers.manifest(w.home, n, 2), {})
               for n in wrong}
    before = len(d.device.events())
    try:
        d.check()
        raise AssertionError("the other five do not listen")
    except Refused as e:
        assert "network" in str(e), str(e)
    for name, axis in wrong.items():
        story = told(stories[name], 1)
        assert "wrong-dialect" in story, story
        assert d.status()[f"{name}/app"]["sequence"] == 1, name
        assert eventually(lambda a=axis: [
            x for x in d.device.events()[before:].splitlines()
            if '"reason":"wrong-dialect"' in x and f'"{a}"' in x]), (
                name, d.device.events()[before:])


def each_other(w):
    """`teep agent` and `teep tam`, told the same and not."""
    device = w.scripted["legacy"]
    app = w.home / "app.suit"
    tam = Foreign(w, "each-other", {})
    tam.knows(device.home)
    every = w.dialects_all | {"default": {}}

    def session(agent, of_tam, *more):
        one = tam.serve(w, app, every[of_tam])
        key = [] if "evidence" in every[agent] else [
            "--encrypt-to", tam.public / "encryption.pem"]
        other = played(w, "agent", "--device", device.file, "--keys",
                       tam.public, *key, "--dialect", words(every[agent]),
                       *more, tam.url)
        return other, one

    for name in every:
        agent, one = session(name, name)
        assert "Success" in told(agent, 0), name
        assert told(one, 0).count("signature holds") == 2, name
    for agent, of_tam, axis in TOLD_WRONG:
        agent, one = session(agent, of_tam)
        story = told(agent, 1)
        one[0].terminate()  # its session never ended
        one[0].wait(PATIENCE)
        assert f"({axis}" in story or axis in story, story
        assert "wrong-dialect" in story, story
        assert "it looks like --dialect" in story, story
    # What a message carries is of an axis too, and the story goes on.
    for agent, of_tam, axis in (("evidence-if-key", "default", "evidence"),
                                ("reports-bare", "default", "reports"),
                                ("default", "reports-sealed", "reports")):
        agent, one = session(agent, of_tam)
        told(agent, 0)
        story = told(one, 1)
        assert "wrong-dialect" in story and axis in story, story
        assert "it looks like --dialect" in story, story
    agent, one = session("default", "update-unbound")
    assert "it looks like --dialect update=unbound" in told(agent, 1)
    told(one, 0)
    # A fault is in the words of the dialect, or it is none.
    agent, one = session("legacy", "legacy", "--fault", "success:token-short")
    assert "wrong on purpose: token-short of success" in told(agent, 0)
    assert "out-of-range" in told(one, 1)
    for why, agent in (
            ("is no fault in this dialect",
             ["--dialect", "legacy", "--fault", "success:legacy-type"]),
            ("--encrypt-to FILE is wanted", ["--dialect", "default"]),
            ("'legacy', 'default', AXIS=VALUE", ["--dialect", "klingon"])):
        assert why in told(played(
            w, "agent", "--device", device.file, "--keys", tam.public, *agent,
            tam.url), 2), why
    for why, more in (("--result PEM is wanted", ["--dialect", "legacy"]),
                      ("does not belong there",
                       ["--dialect", "legacy,update=unbound", "--result",
                        tam.home / "result.pem"])):
        assert why in told(played(
            w, "tam", "--key", tam.home / "es.pem", "--manifest", app, *more,
            tam.url), 2), why


PEER_TESTS = (scripted_agents, scripted_tams, each_other)
