#!/usr/bin/python3
"""Hold teep-agentd to the cases of `teep conform agent`.

    conform_agent.py BUILD [--target BUILD] [--compare FILE | --write FILE]
                     [--broker] [options of teep conform agent]

BUILD has the tool; --target names another build whose agent is the target;
FILE is the published report.  With --broker a teep-broker stands in between,
else the tool takes its place.  Exit status of the tool; 3 and above: the
world.  Needs root: each process of a device has a user of its own.
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

from common import Report  # noqa: E402
import tee_world  # noqa: E402
from tee_world import UID_BROKER, Device, Makers, Refused  # noqa: E402

SKIPPED = 77
# As setup_tell of the tool says.
tee_world.VENDOR = bytes.fromhex("0c0f5e5c3a1d5b6e9a530b7c551e2a01")
tee_world.CLASS = bytes.fromhex("7d11903e6c2f5d448f6a1b92c4087702")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Broker:
    """A teep-broker of its own, which asks only when it is told to."""

    def __init__(self, build, home, device, port):
        self.program = str(pathlib.Path(build) / "cmd/teep-broker/teep-broker")
        self.run = home / "broker"
        self.run.mkdir()
        os.chown(self.run, UID_BROKER, UID_BROKER)
        self.ini = home / "broker.ini"
        self.ini.write_text(
            f"[broker]\nagent = {device.socket}\ncontrol = {self.run}/sock\n"
            f"check_every = 86400\nallow = http://127.0.0.1:{port}/\n")
        self.log = open(home / "broker.log", "wb")
        self.process = subprocess.Popen(
            [self.program, "-c", self.ini, "daemon"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            user=UID_BROKER, group=UID_BROKER, extra_groups=[])
        tee_world.eventually((self.run / "sock").exists)
        # Its own first check finds nobody there yet.
        time.sleep(0.2)

    @property
    def trigger(self):
        return f"{self.program} -c {self.ini} check >/dev/null 2>&1"

    def stop(self):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def conform(build, device, setup, report, broker, port):
    tool = str(pathlib.Path(build) / "cmd/teep/teep")
    words = [tool, "conform", "agent", "--setup", str(setup), "--keys",
             str(device.public), *report.options]
    if broker:
        words += ["--trigger", broker.trigger,
                  f"http://127.0.0.1:{port}/tam"]
        return subprocess.run(words, timeout=500).returncode
    os.chown(setup, UID_BROKER, UID_BROKER)
    words.append(f"unix:{device.socket}")
    # The agent's socket takes the broker's user only.
    return subprocess.run(
        ["setpriv", "--reuid", str(UID_BROKER), "--regid", str(UID_BROKER),
         "--clear-groups", *words], timeout=500).returncode


def shared(path):
    """Let the broker's user read it."""
    for name in [path, *path.rglob("*")]:
        os.chown(name, UID_BROKER, UID_BROKER)


def run(build, other, options):
    home = pathlib.Path(tempfile.mkdtemp(prefix="conform-agent-"))
    home.chmod(0o755)
    with_broker = "--broker" in options
    options = [o for o in options if o != "--broker"]
    report = Report(options, home, "teep-agentd")
    setup, port = home / "setup", free_port()
    tool = str(pathlib.Path(build) / "cmd/teep/teep")
    device = Device(other, home, Makers())
    broker = None
    try:
        subprocess.run(
            [tool, "conform", "setup", "agent", "--uri",
             f"http://127.0.0.1:{port}/tam", str(setup)], check=True,
            stdout=subprocess.DEVNULL, timeout=60)
        device.init(policy=(setup / "policy.suit").read_bytes())
        shared(setup)
        shared(device.public)
        os.chown(home, UID_BROKER, UID_BROKER)
        device.start()
        if with_broker:
            broker = Broker(build, home, device, port)
        status = conform(build, device, setup, report, broker, port)
        status = status or report.settle()
        if "--log" in os.environ.get("CONFORM", ""):
            print(device.events())
    except Refused as e:
        print(f"teep-agentd: {e}")
        status = 3
    finally:
        if broker:
            broker.stop()
        if device.process is not None and device.process.poll() is None:
            device.stop()
        shutil.rmtree(home, ignore_errors=True)
    return status


def main():
    if os.geteuid() != 0:
        print("not root: skipped")
        return SKIPPED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    build, *options = sys.argv[1:]
    other = build
    if options[:1] == ["--target"]:
        other, options = options[1], options[2:]
    return run(build, other, options)


if __name__ == "__main__":
    sys.exit(main())
