#!/usr/bin/python3
"""Sessions of the real programs in every dialect: one tamd with an endpoint
for each, and for each a device with a broker.       [docs/interop.md]

Usage: dialect_test.py BUILD
"""
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "interop"))

from cbor import decode  # noqa: E402
from cose import Key  # noqa: E402
from dialect_peers import PEER_TESTS, Scripted  # noqa: E402
from real_world import Managed, TrustsTamd, World, run  # noqa: E402
from tamd_process import Tamd  # noqa: E402
from tee_world import CLASS, VENDOR, Refused, text_uuid  # noqa: E402

# {name: {axis: value}}: each axis by itself, then all of them.
ONE = {"numbering": "legacy", "algorithms": "polymorphic", "profiles": "two",
       "first": "sign1", "reports": "bare", "evidence": "if-key",
       "update": "unbound"}
LIKE_LEGACY = {k: v for k, v in ONE.items() if k != "update"}
DIALECTS = {f"{axis}-{value}": {axis: value} for axis, value in ONE.items()}
DIALECTS |= {"reports-sealed": {"reports": "sealed"}, "legacy": LIKE_LEGACY}

# Numbers of axes and values in a policy.                  [docs/policy.md]
AXES = {"numbering": 1, "algorithms": 2, "profiles": 3, "first": 4,
        "reports": 5, "evidence": 6}
VALUES = {"sealed": 1, "bare": 2}


def numbers(axes):
    """These axes as a row of a policy has them."""
    return {AXES[a]: VALUES.get(v, 1) for a, v in axes.items() if a in AXES}


class Speaks(TrustsTamd):
    """A policy whose TAM row is of a dialect, with the keys of that."""

    def __init__(self, tamd, author, axes, name=None, path=None):
        super().__init__(tamd, [("author", author, [b"own"])], [[b"own"]])
        public = pathlib.Path(tamd.home) / "public"
        if name is not None:
            self.row[2] = [
                Key.from_pem((public / f"{key}-{name}.pem").read_bytes()).cose
                for key in ("teep-esp256", "teep-ed25519")]
            path = path or f"/tam-{name}"
        self.row[4] = f"http://127.0.0.1:{tamd.port}{path or '/tam'}"
        if axes.get("evidence") == "if-key":
            del self.row[3]
        if axes.get("update") == "unbound":
            self.row[7] = True
        if numbers(axes):
            self.row[8] = numbers(axes)


class Story(World):
    """One tamd that knows all dialects, and the author of one application."""

    dialects_all, numbers = DIALECTS, staticmethod(numbers)

    def __init__(self, build, home, tamd):
        super().__init__(build, home, tamd)
        self.author = Key.new()
        (home / "author.pem").write_bytes(self.author.private_pem())
        (home / "author.pub.pem").write_bytes(self.author.pem())
        (home / "payload").write_bytes(os.urandom(1000))
        self.dialects()
        self.devices_make()
        self.tamctl("anchor", "add", "author", "--key",
                    home / "author.pub.pem", "--for", "manifests")
        run(self.tool("suit"), "create", "--component", "own/app",
            "--payload", home / "payload", "--sequence", 1, "--vendor",
            text_uuid(VENDOR), "--class", text_uuid(CLASS), "--key",
            home / "author.pem", "-o", home / "app.suit")
        self.tamctl("component", "add", home / "app.suit")
        self.tamctl("assign", "all", "own/app")

    def dialects(self):
        """`tamd dialect` for each, and SIGHUP."""
        file = pathlib.Path(self.tamd.home) / "tamd.ini"
        for name, axes in DIALECTS.items():
            like = "legacy" if name == "legacy" else "default"
            made = json.loads(run(
                self.tamd.program, "dialect", "--dir", self.tamd.home,
                "--like", like, "--json", name))
            assert made["path"] == f"/tam-{name}", made
            assert len(made["keys"]) == 2, made
            if like == "legacy":
                continue
            (axis, value), = axes.items()
            before, _, section = file.read_text().partition(
                f"[dialect {name}]\n")
            lines = [f"{axis} = {value}" if line.startswith(f"{axis} = ")
                     else line for line in section.splitlines()]
            file.write_text(f"{before}[dialect {name}]\n" +
                            "\n".join(lines) + "\n")
        seen = len(self.tamd.lines)
        self.tamd.process.send_signal(signal.SIGHUP)
        assert self.tamd.wait_for("ready", after=seen), self.tamd.lines[seen:]

    def devices_make(self):
        everybody = {name: Speaks(self.tamd, self.author, axes, name)
                     for name, axes in DIALECTS.items()}
        # the words of legacy, to the default's keys and endpoint
        everybody["stubborn"] = Speaks(self.tamd, self.author, LIKE_LEGACY)
        # pinned to legacy by the operator, and sent elsewhere by its policy
        everybody["lost"] = Speaks(self.tamd, self.author, {})
        for i, (name, makers) in enumerate(everybody.items()):
            self.makers = makers
            self.devices[name] = Managed(self, name, i + 1)
        self.scripted = {name: Scripted(self, name, i)
                         for i, name in enumerate(DIALECTS)}
        self._endorse(self.scripted.values())
        for name, d in self.scripted.items():
            self.tamctl("device", "add", f"scripted-{name}", "--key",
                        d.home / "teep.pub.pem", "--dialect", name)
        for name, d in self.devices.items():
            pin = {"stubborn": "default", "lost": "legacy"}.get(name, name)
            self.tamctl("device", "add", name, "--key",
                        d.device.public / "teep.pub.pem", "--dialect", pin)
            d.start()


def refused(reason, call, *words):
    try:
        call(*words)
    except Refused as e:
        assert reason in str(e), (reason, str(e))
        return
    raise AssertionError(f"{words} was not refused")


def connect(w, path):
    """The first QueryRequest of an endpoint: tag, signatures, message."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{w.tamd.port}{path}", data=b"", method="POST",
        headers={"Accept": "application/teep+cbor"})
    with urllib.request.urlopen(request, timeout=30) as r:
        raw = r.read()
    tag = raw[0] - 0xc0 if raw[0] != 0xd8 else raw[1]
    body = decode(raw[1 if raw[0] != 0xd8 else 2:])
    signed = body[3] if tag == 98 else [[body[0], body[1], body[3]]]
    return tag, [decode(one[0])[1] for one in signed], decode(body[2])


def first_messages(w):
    """What stands on the wire, read by a decoder that shares no code."""
    for path, tag, algs, suites, shape in (
            ("/tam", 98, [-19, -9], {-9, -19}, 4),
            ("/tam-numbering-legacy", 98, [-19, -9], {-9, -19}, 4),
            ("/tam-algorithms-polymorphic", 98, [-8, -7], {-7, -8}, 4),
            ("/tam-profiles-two", 98, [-19, -9], {-9, -19}, 2),
            ("/tam-first-sign1", 18, [-9], {-9, -19}, 4),
            ("/tam-legacy", 18, [-7], {-7, -8}, 2)):
        got_tag, got_algs, message = connect(w, path)
        assert (got_tag, got_algs) == (tag, algs), (path, got_tag, got_algs)
        assert {s[0][1] for s in message[2]} == suites, (path, message)
        assert {len(p) for p in message[3]} == {shape}, (path, message)
        assert list(message[1]) == [2], (path, message)


def sessions(w):
    """Attested, installed, reported and proven in each."""
    for name in DIALECTS:
        d = w.devices[name]
        assert d.becomes("own/app", 1, "proven"), (name, d.device.events())
        assert "own/app" in d.status(), name
        line = [x for x in w.tamd.lines if x.get("event") == "message" and
                x.get("device") == name]
        assert line and {x.get("dialect") for x in line} == {name}, line
        if "unbound" in name:
            continue
        assert not [x for x in line if x.get("reason") != "ok"], line


def wrong_words(w):
    """An agent that was told another dialect than the TAM's key speaks."""
    log = w.devices["stubborn"].check()
    assert '"reason":"wrong-dialect"' in log, log
    assert "own/app" not in w.devices["stubborn"].status()


def wrong_endpoint(w):
    """A device that was pinned elsewhere: 204, and a line in the log."""
    seen = len(w.tamd.lines)
    w.devices["lost"].check()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        line = [x for x in w.tamd.lines[seen:] if x.get("device") == "lost"]
        if line:
            break
        time.sleep(0.05)
    assert line[0]["reason"] == "wrong-dialect", line
    assert line[0]["what"] == "endpoint" and line[0]["status"] == 204, line
    assert (line[0]["expected"], line[0]["found"]) == ("legacy", "default")
    assert "own/app" not in w.devices["lost"].status()


def operators(w):
    """What is shown, and what cannot be asked for."""
    shown = json.loads(w.tamctl("--json", "device", "show", "legacy"))
    assert shown["dialect"] == "legacy", shown
    refused("wrong-dialect", w.tamctl, "device", "add", "x", "--key",
            w.devices["lost"].device.public / "report.pub.pem", "--dialect",
            "klingon")
    refused("exists", run, w.tamd.program, "dialect", "--dir", w.tamd.home,
            "legacy")
    refused("", run, w.tamd.program, "dialect", "--dir", w.tamd.home,
            "../keys")


def keys_apart(w):
    """A key file of one dialect put in another's place: the keeper will not
    begin with it, and what ran goes on."""
    keys = pathlib.Path(w.tamd.home) / "keys"
    one, two = keys / "teep-esp256-legacy.pem", keys / "teep-esp256.pem"
    mine = one.read_bytes()
    one.write_bytes(two.read_bytes())
    try:
        run(w.tamd.program, "run", "--dir", w.tamd.home, "--listen",
            "127.0.0.1:0")
        raise AssertionError("it ran")
    except Refused as e:
        assert "wrong-key-purpose" in str(e), str(e)
    finally:
        one.write_bytes(mine)


TESTS = (first_messages, sessions, wrong_words, wrong_endpoint, operators) + \
    PEER_TESTS


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    home = pathlib.Path(tempfile.mkdtemp(prefix="dialect-"))
    home.chmod(0o755)
    try:
        with Tamd(sys.argv[1]) as tamd:
            start = time.monotonic()
            world = Story(sys.argv[1], home, tamd)
            print(f"ok     world ({time.monotonic() - start:.1f} s)",
                  flush=True)
            try:
                for test in TESTS:
                    start = time.monotonic()
                    test(world)
                    print(f"ok     {test.__name__} "
                          f"({time.monotonic() - start:.1f} s)", flush=True)
            finally:
                statuses = world.close()
            assert statuses == {(0, 0)}, statuses
            assert tamd.stop() == 0
            keys_apart(world)
            print("ok     keys_apart", flush=True)
    finally:
        shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
