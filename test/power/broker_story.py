"""One tamd, one device and its broker, all real; an application that is
assigned and taken away again, so that each check has something to do.
"""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

from real_world import ORIGIN, TrustsTamd, World, run  # noqa: E402
from tee_world import (  # noqa: E402
    CLASS, PATIENCE, UID_BROKER, VENDOR, Key, eventually, text_uuid)

OWN = "own/app"
# Who traces is root; the broker is not.
AS_BROKER = ("/usr/bin/setpriv", f"--reuid={UID_BROKER}",
             f"--regid={UID_BROKER}", "--clear-groups")


class Story:
    def __init__(self, build, home, tamd, image):
        self.world = world = World(build, home, tamd)
        key, file = Key.new(), home.joinpath
        file("author.pem").write_bytes(key.private_pem())
        file("author.pub.pem").write_bytes(key.pem())
        world.add_devices(TrustsTamd(tamd, [("author", key, [b"own"])],
                                     [[b"own"]]), "one")
        world.tamctl("anchor", "add", "author", "--key",
                     file("author.pub.pem"), "--for", "manifests")
        world.payloads.files["app"] = image.read_bytes()
        run(world.tool("suit"), "create", "--component", OWN, "--payload",
            image, "--uri", ORIGIN + "app", "--sequence", "1", "--vendor",
            text_uuid(VENDOR), "--class", text_uuid(CLASS), "--key",
            file("author.pem"), "-o", file("app.suit"))
        world.tamctl("component", "add", file("app.suit"))
        self.device = world.devices["one"]
        self.assigned = False

    def change(self):
        """Something to do: the application is assigned, or no more."""
        self.assigned = not self.assigned
        self.world.tamctl("assign" if self.assigned else "unassign", "all",
                          OWN)

    def is_assigned(self):
        """By tamd's word, not by ours."""
        listed = json.loads(self.world.tamctl("--json", "assignments"))
        return any(row["component"] == OWN for row in listed)

    def broker_down(self):
        """Its exit status."""
        d = self.device
        if d.broker.poll() is None:
            d.broker.terminate()
        status = d.broker.wait(60)
        (d.home / "broker/sock").unlink(missing_ok=True)
        return status

    def broker_up(self, under=(), environment=None):
        """Does it serve?"""
        d = self.device
        with open(d.home / "broker.log", "wb") as log:
            d.broker = subprocess.Popen(
                [*under, self.world.tool("teep-broker"), "-c",
                 d.home / "broker.ini", "daemon"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=environment,
                **({} if under else dict(user=UID_BROKER, group=UID_BROKER,
                                         extra_groups=[])))
        eventually(lambda: b'"event":"ready"' in self.broker_says() or
                   d.broker.poll() is not None)
        return d.broker.poll() is None

    def broker_says(self):
        return (self.device.home / "broker.log").read_bytes()

    def check(self, patience=None):
        """Empty, or what the command says; who has lost a frame is waited
        for no longer than that."""
        words = [self.world.tool("teep-broker"), "--control",
                 str(self.device.home / "broker/sock"), "check"]
        try:
            done = subprocess.run(words, capture_output=True, check=False,
                                  timeout=patience or PATIENCE)
        except subprocess.TimeoutExpired:
            return "gave up"
        return done.stderr.decode() if done.returncode != 0 else ""

    def settled(self):
        """Without faults: what is assigned comes about, is proven and
        answers; what is wrong, or empty."""
        want = "proven" if self.assigned else "proven gone"
        if not self.device.becomes(OWN, 1, want):
            return (f"not {want}: {self.device.state(OWN, 1)} "
                    f"{self.broker_says().decode()[-600:]}")
        there = OWN in self.device.status()
        if there != self.assigned:
            return f"installed: {there}, assigned: {self.assigned}"
        return ""


def environment():
    """Of programs that are traced: no search for leaks, which is a tracer."""
    options = os.environ.get("ASAN_OPTIONS", "")
    return {**os.environ,
            "ASAN_OPTIONS": options + ":detect_leaks=0:abort_on_error=1"}
