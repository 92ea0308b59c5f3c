"""A microcontroller's whole session: teep-device on an emulated Cortex-M33,
over a serial line to the real teep-broker, to the real tamd on loopback.

usage: an505_test.py BUILD-DIRECTORY
"""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from an505_world import Board, HWMODEL, HWVERSION
from real_world import ORIGIN, Payloads, TrustsTamd, run
from tamd_process import Tamd
from tee_world import (
    CLASS, OEMID, VENDOR, Key, encode, eventually, sha256, sign1, text_uuid)
from cbor import Tag

ROOT = pathlib.Path(__file__).resolve().parents[2]
UEID = b"\x01" + bytes([0x33]) * 16


class Maker(TrustsTamd):
    """The device's library lacks Ed25519: its policy names no such key."""

    def rules(self):
        self.row[2] = self.row[2][:1]
        return super().rules()


class World:
    def __init__(self, build, home, image, tamd):
        self.build, self.home, self.tamd = pathlib.Path(build), home, tamd
        self.payloads, self.author = Payloads(), Key.new()
        self.board = Board(image, home, UEID)
        self.board.provision(Maker(
            tamd, [("author", self.author, [b"own"])], [[b"own"]]).policy())
        self.broker = None
        self.file("author.pem").write_bytes(self.author.private_pem())
        self.file("author.pub.pem").write_bytes(self.author.pem())
        self.tamctl("anchor", "add", "author", "--key",
                    self.file("author.pub.pem"), "--for", "manifests")
        self._endorse()
        self.tamctl("device", "add", "meter", "--key",
                    self.file("teep.pub.pem"))

    def file(self, name):
        return self.home / name

    def tool(self, name):
        return str(self.build / "cmd" / name / name)

    def tamctl(self, *words):
        return run(self.tool("tamctl"), "--socket",
                   f"{self.tamd.home}/run/admin.sock", *words)

    def _endorse(self):
        """What the maker says of the image: it measures itself, no more."""
        maker = Key.new()
        self.file("maker.pem").write_bytes(maker.private_pem())
        self.file("maker.pub.pem").write_bytes(maker.pem())
        image = str(self.board.binary)
        self.file("corim.json").write_text(json.dumps({
            "id": "meters-1", "tag-id": "meters", "environments": [{
                "oemid": OEMID.hex(), "hwmodel": HWMODEL.hex(),
                "hwversion": [HWVERSION], "assurance": "self-reported",
                "reference": [{"name": "launcher", "file": image},
                              {"name": "agent", "file": image}],
                "attest-keys": [{
                    "ueid": UEID.hex(),
                    "key": str(self.file("evidence.pub.pem"))}]}]}))
        run(self.tool("teep"), "corim", "create", self.file("corim.json"),
            "-o", self.file("corim"))
        run(self.tool("teep"), "corim", "sign", "--key",
            self.file("maker.pem"), "--name", "maker", self.file("corim"),
            "-o", self.file("corim.signed"))
        self.tamctl("anchor", "add", "maker", "--key",
                    self.file("maker.pub.pem"), "--for",
                    "reference,endorsed,attest-key", "--vendor", OEMID.hex())
        self.tamctl("corim", "add", self.file("corim.signed"))

    def start_broker(self):
        self.file("broker.ini").write_text(f"""[broker]
agent = {self.board.link}
control = {self.home}/broker.sock
check_every = 3600
allow = http://127.0.0.1:{self.tamd.port}/
allow = {self.payloads.uri}
map = {ORIGIN} {self.payloads.uri}
""")
        with open(self.file("broker.log"), "ab") as log:
            self.broker = subprocess.Popen(
                [self.tool("teep-broker"), "-c", self.file("broker.ini"),
                 "daemon"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        assert eventually(self.file("broker.sock").exists)

    def stop_broker(self):
        if self.broker is not None:
            self.broker.terminate()
            assert self.broker.wait(30) == 0
            self.broker = None

    def ask(self, *words):
        return run(self.tool("teep-broker"), "--control",
                   self.file("broker.sock"), *words)

    def create(self, component, sequence, payload, *more):
        self.file("payload").write_bytes(payload)
        run(self.tool("suit"), "create", "--component", component,
            "--payload", self.file("payload"), "--sequence", sequence,
            "--vendor", text_uuid(VENDOR), "--class", text_uuid(CLASS),
            "--key", self.file("author.pem"), "-o", self.file("out.suit"),
            *more)
        self.tamctl("component", "add", self.file("out.suit"))

    def book(self):
        """What tamd's book says of the device."""
        return json.loads(self.tamctl("--json", "device", "show", "meter"))

    def state(self, component, sequence):
        return [c["state"] for c in self.book()["components"]
                if c["id"] == component and c.get("sequence") == sequence]

    def becomes(self, component, sequence, state):
        """After a check, or some more: what was sent in the second of a
        challenge may not have been there."""
        for _ in range(4):
            self.ask("check")
            if self.state(component, sequence) == [state]:
                return True
            time.sleep(0.5)
        return False

    def installed(self):
        """{manifest id: [SHA-256 of each component]}, as the agent says."""
        return {m["id"]: [c["sha256"] for c in m["components"]]
                for m in json.loads(self.ask("--json", "status"))["manifests"]}

    def close(self):
        self.stop_broker()
        self.board.kill()
        self.payloads.close()


# The story, in order


def no_seed(w):
    """Without randomness of its own nothing starts, and nothing is sealed."""
    w.board.start(seed=bytes(32))
    assert "start-failed reason=no-randomness" in w.board.events()
    assert eventually(lambda: w.board.process.poll() is not None)
    w.board.kill()


def starts(w):
    w.board.start()
    events = w.board.events().split("\n")
    assert "policy-sealed" in events and "started" in events, events
    measured = sha256(w.board.binary.read_bytes()).hex()
    assert f"image subject={measured}" in events, events
    assert f"teep-key subject={w.board.teep.kid.hex()}" in events, events


def half_a_frame(w):
    """Who stops in the middle of a frame costs nobody else theirs."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(w.board.link))
        s.sendall(b"\0\0\0")
    assert eventually(
        lambda: "broker-refused reason=network" in w.board.events())


def attests(w):
    w.start_broker()
    w.ask("check")
    book = w.book()
    assert book["verdict"] == "accepted", book
    assert book["assurance"] == "self-reported", book
    assert "query-answered" in w.board.events()


def installs(w):
    """In the envelope: installed, reported, proven."""
    w.first = os.urandom(3000)
    w.create("own/app", 1, w.first)
    w.tamctl("assign", "all", "own/app")
    assert w.becomes("own/app", 1, "proven"), w.book()
    assert w.installed()["own/app"] == [sha256(w.first).hex()]
    assert "update-applied" in w.board.events()


def fetches(w):
    """By URI: the device pulls the pieces over the line."""
    w.second = os.urandom(20000)
    w.payloads.files["app-2"] = w.second
    w.create("own/app", 2, w.second, "--uri", ORIGIN + "app-2")
    assert w.becomes("own/app", 2, "proven"), w.book()
    assert w.payloads.served == ["app-2"], w.payloads.served
    assert w.installed()["own/app"] == [sha256(w.second).hex()]


def profile(w):
    """A command that the image's profile does not list is refused by name."""
    shared = [20, {1: VENDOR, 2: CLASS, 3: encode([-16, sha256(b"x")]),
                   14: 1}, 15, [encode([14, 15]), None]]
    raw = encode({1: 1, 2: 1, 3: encode({2: [[b"own", b"odd"]],
                                         4: encode(shared)}),
                  5: [b"own", b"odd"],
                  20: encode([20, {21: "#payload"}, 21, 15, 3, 15])})
    signed = encode([-16, sha256(encode(raw))])
    w.file("odd.suit").write_bytes(encode(Tag(107, {
        2: encode([signed, sign1(w.author, signed,
                                 unprotected={4: w.author.kid},
                                 detached=True)]),
        3: raw, "#payload": b"x"})))
    w.tamctl("component", "add", w.file("odd.suit"))
    w.tamctl("assign", "all", "own/odd")
    w.ask("check")
    assert "update-refused reason=unsupported-command" in w.board.events()
    assert "own/odd" not in w.installed()
    # and the operator reads what it would have taken
    told = w.book()["capabilities"]
    assert "try-each" not in told["commands"], told
    assert {"fetch", "image-match", "override-parameters"} <= set(
        told["commands"]), told
    assert "image-digest" in told["parameters"] and -16 in told["algorithms"]
    assert "own/..." in told["components"], told
    assert "\nCAPABILITIES, told " in w.tamctl("device", "show", "meter")
    w.tamctl("unassign", "all", "own/odd")


def power_cut(w):
    """The octets stand in the store, and after the cut they still run."""
    w.stop_broker()
    assert w.board.stop() == 0
    blobs = w.board.blobs()
    assert blobs[sha256(w.second)] == w.second
    assert sha256(w.first) not in blobs
    w.board.start()
    assert "policy-sealed" not in w.board.events(), w.board.events()
    w.start_broker()
    assert w.installed()["own/app"] == [sha256(w.second).hex()]
    assert w.becomes("own/app", 2, "proven"), w.book()


def removed(w):
    w.tamctl("unassign", "all", "own/app")
    assert w.becomes("own/app", 2, "proven gone"), w.book()
    assert "own/app" not in w.installed()


def measures(w):
    """What it took, painted and counted on the target."""
    b = w.board
    print("       stack used %d of 32768 octets, with crypto; crypto memory "
          "%d; agent %d; all memory %d" % (
              b.last("stack-used"), b.last("crypto-memory-used"),
              b.last("agent-octets"), b.last("memory-octets")), flush=True)
    assert 0 < b.last("stack-used") < 16384
    assert "fault" not in b.events()


STORY = (no_seed, starts, half_a_frame, attests, installs, fetches, profile,
         power_cut, removed, measures)


def main():
    images = subprocess.run([ROOT / "tools/an505"], check=True, text=True,
                            capture_output=True).stdout.strip()
    home = pathlib.Path(tempfile.mkdtemp(prefix="an505-"))
    try:
        with Tamd(sys.argv[1]) as tamd:
            world = World(sys.argv[1], home,
                          f"{images}/cmd/teep-device/teep-device.elf", tamd)
            try:
                for test in STORY:
                    start = time.monotonic()
                    test(world)
                    print(f"ok     {test.__name__} "
                          f"({time.monotonic() - start:.1f} s)", flush=True)
            except BaseException:
                for name in ("log", "broker.log"):
                    if world.file(name).exists():
                        print(world.file(name).read_text(), file=sys.stderr)
                raise
            finally:
                world.close()
    finally:
        shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
