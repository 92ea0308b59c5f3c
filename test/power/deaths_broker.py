#!/usr/bin/python3
"""The broker dies, or its disk or its connections fail, at every store
operation and every frame, while it starts and a check installs or removes.

usage: deaths_broker.py BUILD-DIRECTORY [all | SEED]
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import os
import pathlib
import shutil
import sys
import tempfile

from broker_story import AS_BROKER, Story, environment
from deaths_device import DEATHS, DONE, GIVE_UP
from power import Power
from scarce import Account, reasons
from tamd_process import Tamd
from tee_world import eventually

FAST = 4
# what its libraries open as it starts has most of the points
MANY = 120


class Sweep:
    def __init__(self, story, account, most):
        self.story, self.account, self.most = story, account, most

    def run(self, *words):
        """One check under power, as far as it comes."""
        s = self.story
        s.broker_down()
        s.change()
        power = Power(s.world.build, s.world.home / "report", None, *words)
        under = power.command(*AS_BROKER)
        self.said = ""
        if s.broker_up(under, environment()):
            self.said = s.check(GIVE_UP if words else None)
        return power

    def point(self, kind, n, do):
        power = self.run("--at", f"teep-broker:{kind}:{n}", "--do", do)
        s = self.story
        if do in DEATHS:
            eventually(lambda: s.device.broker.poll() is not None, 5)
        log = s.broker_says().decode()
        s.broker_down()
        hits = power.read().hits
        where = f"teep-broker {kind} {n} {do} {hits[:1]}"
        if hits:
            named, lines = reasons(log + self.said)
            if do not in DEATHS and "Sanitizer" in log:
                self.account.wrong(where, log)
            self.account.ran("teep-broker", kind, f"{do}: " + (
                "as if nothing were" if not (named or lines)
                else (named or ["broken off"])[0]))
        s.broker_up()
        wrong = s.settled()
        if wrong:
            self.account.wrong(where, f"{wrong}\n{log}")

    def sweep(self):
        points = {}
        for _ in range(2):  # an installation and a removal
            power = self.run()
            assert self.said == "", self.said
            self.story.broker_down()
            for (role, kind), n in power.read().totals.items():
                if role == "teep-broker":
                    points[kind] = max(n, points.get(kind, 0))
        for kind, n in sorted(points.items()):
            self.account.row("teep-broker", kind, n)
            tries = [(i, do) for i in range(1, n + 1) for do in DONE[kind]]
            most = self.most or MANY
            if len(tries) > most:
                tries = self.account.random.sample(tries, most)
            for i, do in sorted(tries):
                self.point(kind, i, do)


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    build = pathlib.Path(sys.argv[1])
    word = sys.argv[2] if len(sys.argv) > 2 else "1"
    account = Account(1 if word == "all" else int(word))
    home = pathlib.Path(tempfile.mkdtemp(prefix="deaths-"))
    home.chmod(0o755)
    try:
        with Tamd(build) as tamd:
            story = Story(build, home, tamd, build / "examples/ta-hello-1.0.0")
            try:
                Sweep(story, account,
                      None if word == "all" else FAST).sweep()
            finally:
                story.world.close()
    finally:
        shutil.rmtree(home)
    return account.close()


if __name__ == "__main__":
    sys.exit(main())
