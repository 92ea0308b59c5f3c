#!/usr/bin/python3
"""The process TEE dies, or its disk or its connections fail, at every store
operation and every frame, while it starts, installs what it fetches, and is
called: launcher, agent and application, each in turn.

usage: deaths_device.py BUILD-DIRECTORY [all | SEED]
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import os
import pathlib
import shutil
import sys
import tempfile

from device_story import URI, Story  # first: it knows where the others are
import tee_world
from power import Power
from scarce import Account, reasons
from tee_world import Refused, eventually, teep

KINDS = ("store", "load", "send", "receive")
DEATHS = ("kill-before", "kill-after", "torn")
# What is done to a point, by kind.  What is asked of a socket in vain is the
# other end's death.
DONE = {
    "store": (*DEATHS, "short", "ENOSPC", "EIO"),
    "load": ("kill-before", "kill-after", "EIO"),
    "send": (*DEATHS, "short", "EPIPE"),
    "receive": ("kill-before", "kill-after", "ECONNRESET"),
}
FAST = 3
# A broker gives up after minutes; what it was not answered is not lost.
GIVE_UP = 15


class Sweep:
    def __init__(self, build, home, account, most):
        self.account, self.most, self.home = account, most, home
        self.build = build
        self.story = Story(build, home)
        self.story.make()

    def power(self, *words):
        return Power(self.build, self.home / "report", self.story.device.state,
                     *words)

    def run(self, *words):
        """From one version to the next under power, as far as it comes; did
        Success leave, and the report of it."""
        s = self.story
        s.down()
        s.tam.sent, self.said, acknowledged = None, "", False
        s.next(URI)
        power = self.power(*words)
        s.device.under = power.command()
        patience, tee_world.PATIENCE = tee_world.PATIENCE, GIVE_UP
        try:
            s.up()
            acknowledged = s.install()[0] == teep.SUCCESS
            s.call()
            s.device.stop()
        except Refused as e:  # at its start: it says why
            self.said = str(e)
            named, lines = reasons(e.text)
            if e.status == 1 and not (named or lines):
                self.account.wrong(words, "did not start, without a word")
        except (ConnectionError, TimeoutError, AssertionError,
                teep.TamError) as e:
            self.said = repr(e)
        finally:
            s.device.under = []
            tee_world.PATIENCE = patience
        return acknowledged, power

    def end(self):
        """For what still serves, this is the end.  Its log."""
        device = self.story.device
        log = device.log.read_text() if device.log.exists() else ""
        device.kill()
        return log

    def point(self, role, kind, n, do):
        before = self.story.sequence
        acknowledged, power = self.run("--at", f"{role}:{kind}:{n}", "--do",
                                       do)
        hits = power.read().hits
        where = f"{role} {kind} {n} {do} {hits[:1]}"
        alive = self.story.running()
        if do in DEATHS and hits and alive and \
                not eventually(lambda: not self.story.running(), 40):
            self.account.wrong(where, "goes on without it")
        log = self.end()
        if not hits:
            return
        wrong = self.held(before, acknowledged)
        if wrong:
            self.account.wrong(where, f"{wrong}\n{log}{self.said}")
        self.account.ran(role, kind, f"{do}: " + (
            "after Success" if acknowledged else "before Success"))

    def held(self, before, acknowledged):
        """After the next start: nothing of the one before is believed, what
        was acknowledged is there, and all comes about."""
        s = self.story
        sent, new = s.tam.sent, s.sequence
        s.up()
        there = s.installed()
        if sent and s.replayed(sent):
            return "an Update was taken twice"
        if s.installed() != there:
            return "an Update that was refused changed something"
        wrong = s.settled((new,) if acknowledged else (before, new))
        if wrong:
            return wrong
        # what was counted is not forgotten
        s.sequence = before
        s.manifest = s.makers.app(b"hello", before, s.image(before))
        kind, options, _ = s.install()
        s.sequence = new
        if kind == teep.SUCCESS or options[teep.ERR_MSG] != "rollback":
            return f"took {before} after {new}: {kind} {options}"
        return ""

    def sweep(self):
        self.run()
        _, power = self.run()
        totals = power.read().totals
        self.end()
        assert self.held(self.story.sequence - 1, True) == ""
        for (role, kind), points in sorted(totals.items()):
            self.account.row(role, kind, points)
            tries = [(n, do) for n in range(1, points + 1)
                     for do in DONE[kind]]
            if self.most is not None and len(tries) > self.most:
                tries = self.account.random.sample(tries, self.most)
            for n, do in sorted(tries):
                self.point(role, kind, n, do)


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    word = sys.argv[2] if len(sys.argv) > 2 else "1"
    account = Account(1 if word == "all" else int(word))
    home = pathlib.Path(tempfile.mkdtemp(prefix="deaths-"))
    home.chmod(0o755)
    sweep = Sweep(sys.argv[1], home, account, None if word == "all" else FAST)
    try:
        sweep.sweep()
    finally:
        sweep.story.device.kill()
        shutil.rmtree(home)
    return account.close()


if __name__ == "__main__":
    sys.exit(main())
