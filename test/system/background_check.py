#!/usr/bin/python3
"""Another Verifier appraises: tamd, verifierd, a device and its broker, all of
them real.  A healthy device is provisioned; what the Verifier says of one that
is not stands in tamd's book; a Verifier that is away, or that signs with a key
that nobody has pinned, is named, and all goes on when that is over.

usage: background_check.py BUILD-DIRECTORY
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from real_world import TrustsTamd, World, run
from tamd_process import Tamd
from tee_world import CLASS, OEMID, VENDOR, Key, Refused, text_uuid
from verifierd_test import Verifierd


class Relying(Tamd):
    """A tamd that has its Evidence appraised elsewhere."""

    def __init__(self, build, verifier):
        uri = f"http://127.0.0.1:{verifier.port}"
        super().__init__(build, TAMD_VERIFIER_URI=uri,
                         TAMD_VERIFIER_ACCEPTS="warning")
        self.verifier = verifier

    def _start(self):
        subprocess.run([self.program, "init", "--dir", self.home], check=True,
                       stdout=subprocess.DEVNULL)
        assert not self.run(), "it started, and believes no Verifier"
        self.pin(self.key_id())
        assert self.run(), f"tamd did not start: {self.lines}"

    def key_id(self):
        return self.ask("verifier").strip()

    def pin(self, kid):
        self.ask("verifier", kid)

    def ask(self, *words):
        done = subprocess.run([self.program, "--dir", self.home, "--", *words],
                              check=False, capture_output=True, timeout=60,
                              env=self.environment)
        if done.returncode != 0:
            raise Refused(done.returncode, done.stderr.decode())
        return done.stdout.decode()


class Checked(World):
    """Endorsements go to the Verifier."""

    def __init__(self, build, home, tamd, verifier):
        super().__init__(build, home, tamd)
        self.verifier, self.author = verifier, Key.new()

    def verifierd(self, *words):
        return run(self.verifier.program, *words, "--dir", self.verifier.dir)

    def believe(self):
        file = self.home.joinpath
        self.verifierd("anchor", "add", "maker", file("maker.pub.pem"),
                       "reference,endorsed,attest-key", OEMID.hex())
        self.verifierd("corim", "add", file("corim.signed"))

    def says(self, name):
        """What tamd's book has of the last appraisal."""
        shown = json.loads(self.tamctl("--json", "device", "show", name))
        last = shown["appraisals"][0]
        # who has said nothing has changed nothing
        known = "accepted" if last.get("what") == "Verifier" else last["reason"]
        assert shown["verdict"] == known, shown
        return shown, last


def offer(world):
    """An application for every device."""
    key = world.author
    file = world.home.joinpath
    file("author.pem").write_bytes(key.private_pem())
    file("author.pub.pem").write_bytes(key.pem())
    world.tamctl("anchor", "add", "author", "--key", file("author.pub.pem"),
                 "--for", "manifests")
    file("payload").write_bytes(os.urandom(3000))
    run(world.tool("suit"), "create", "--component", "own/app",
        "--payload", file("payload"), "--sequence", "1",
        "--vendor", text_uuid(VENDOR), "--class", text_uuid(CLASS),
        "--key", file("author.pem"), "-o", file("out.suit"))
    world.tamctl("component", "add", file("out.suit"))
    world.tamctl("assign", "all", "own/app")


def install(world, device):
    offer(world)
    assert device.becomes("own/app", 1, "proven"), world.says("one")
    shown, last = world.says("one")
    assert (last["reason"], last["assurance"], shown["verdict"]) == (
        "accepted", "process-grade", "accepted"), shown


def unhealthy(world, device):
    """The maker takes its word back: the Verifier's reason is the TAM's."""
    world.verifierd("corim", "withdraw", "devices-1")
    device.check()
    _, last = world.says("one")
    assert last["reason"] == "evidence-key-not-endorsed", last
    file = world.home.joinpath
    recipe = json.loads(file("corim.json").read_text())
    good = json.dumps(recipe)
    recipe["id"] = "devices-2"
    recipe["environments"][0]["reference"][1] = {
        "name": "agent", "sha256": 64 * "a"}
    endorse(world, recipe)
    device.check()
    _, last = world.says("one")
    assert (last["reason"], last["what"], last["source"]) == (
        "measurement-mismatch", "measurement agent", "devices"), last
    assert last["expected"] == 64 * "a" and last["found"] != "", last
    # and what it had stays where it is
    assert "own/app" in str(device.status()), device.status()
    world.verifierd("corim", "withdraw", "devices-2")
    recipe = json.loads(good)
    recipe["id"] = "devices-3"
    endorse(world, recipe)
    device.check()
    assert world.says("one")[1]["reason"] == "accepted"


def endorse(world, recipe):
    file = world.home.joinpath
    file("again.json").write_text(json.dumps(recipe))
    run(world.tool("teep"), "corim", "create", file("again.json"), "-o",
        file("again"))
    run(world.tool("teep"), "corim", "sign", "--key", file("maker.pem"),
        "--name", "maker", file("again"), "-o", file("again.signed"))
    world.verifierd("corim", "add", file("again.signed"))


def named(world, device, reason, uri):
    """The Verifier's fault is told as such, and to the device as something
    that passes."""
    log = device.check()
    assert "tam-error" in log, log
    shown, last = world.says("one")
    assert (last["reason"], last["what"], last["source"]) == (
        reason, "Verifier", uri), last
    assert [c["state"] for c in shown["components"]] == ["proven"], shown
    return last


def story(world, tamd):
    verifier = world.verifier
    uri = tamd.environment["TAMD_VERIFIER_URI"]
    world.add_devices(TrustsTamd(
        tamd, [("author", world.author, [b"own"])], [[b"own"]]), "one")
    device = world.devices["one"]
    install(world, device)
    unhealthy(world, device)
    verifier.stop()
    last = named(world, device, "network", uri)
    assert "onnect" in last["found"], last
    verifier.start()
    device.check()
    assert world.says("one")[1]["reason"] == "accepted"
    verifier.stop()
    for name in ("keys/result-esp256.pem", "public/result-esp256.pem"):
        (verifier.dir / name).unlink()
    verifier.start()
    named(world, device, "bad-signature", uri)
    new = tamd.key_id()
    try:
        tamd.pin("A" * 43)
        raise SystemExit("it pinned another key")
    except Refused as e:
        assert new in e.text and "unknown-key" in e.text, e.text
    tamd.pin(new)
    before = len(tamd.lines)
    tamd.process.send_signal(signal.SIGHUP)
    assert tamd.wait_for("ready", 60, before)
    device.check()
    assert world.says("one")[1]["reason"] == "accepted"


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    build = sys.argv[1]
    home = pathlib.Path(tempfile.mkdtemp(prefix="check-"))
    home.chmod(0o755)
    verifier = Verifierd(build, home)
    try:
        with verifier as v, Relying(build, v) as tamd:
            world = Checked(build, home, tamd, v)
            try:
                story(world, tamd)
            finally:
                statuses = world.close()
            assert statuses == {(0, 0)}, statuses
    finally:
        shutil.rmtree(home)
    print("background check: healthy, refused by name, away, another key")
    return 0


if __name__ == "__main__":
    sys.exit(main())
