#!/usr/bin/python3
"""A TAM and a broker without memory: an allocation fails, each in turn, of
every process of tamd and of teep-broker, while they start, serve a check that
installs or removes, and obey commands.

usage: allocations_tam.py BUILD-DIRECTORY [all | SEED]
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

from broker_story import AS_BROKER, OWN, Story
from scarce import Account, Scarce, blamed, reasons
from tamd_process import Tamd
from tee_world import Refused

TAMD = ("tamd", "front", "admin", "keeper")
BROKER = "teep-broker"
# What tamctl says when no memory was left for the answer alone.
LOST = "may have been carried out"
OWN_FAULTS = (r"CHECK failed: sanitizer_linux_libcdep\.cpp|"
              r"#1 .* in __interceptor_strndup")
# tens of thousands, most of them in libraries: these many of each, of all
MANY = 100


class Sweep:
    def __init__(self, story, tamd, scarce, account, most):
        self.story, self.tamd, self.scarce = story, tamd, scarce
        self.account, self.most = account, most
        self.last = ""  # what was logged in the run before

    # What is swept.  Each answers what the program that asked was told, empty
    # if it got what it wanted.

    def check(self):
        return self.story.check()

    def assign(self):
        try:
            self.story.change()
        except Refused as e:
            self.story.assigned = not self.story.assigned
            return e.text
        return ""

    def show(self):
        try:
            self.story.world.tamctl("--json", "device", "show", "one")
        except Refused as e:
            return e.text
        return ""

    # One point

    def logged(self, since):
        """Of tamd and of the broker."""
        lines = self.tamd.lines[since[0]:]
        return "\n".join(
            line["text"].decode(errors="replace")
            if isinstance(line.get("text"), bytes)  # no line of a log
            else json.dumps(line, separators=(",", ":"))
            for line in lines) + "\n" + \
            self.story.broker_says()[since[1]:].decode(errors="replace")

    def point(self, role, action, at, on):
        self.alive()
        if action == self.check:
            self.story.change()
        since = len(self.tamd.lines), len(self.story.broker_says())
        self.scarce.arm(role, at, on)
        said = action()
        seen = self.scarce.disarm()
        if LOST in said:
            self.story.assigned = self.story.is_assigned()
        if at and seen.failed == 0:
            return seen
        text = self.last = self.logged(since)
        where = (f"{role} {action.__name__} {at}{'+' if on else ''} of "
                 f"{seen.caller:#x}")
        if at == 0:
            assert said == "", said + text
        else:
            self.judge(where, seen, said, text)
            self.account.ran(role, kind(action, on), "done all the same"
                             if not said else "refused: " + (
                                 reasons(text)[0] or [said.split(":")[-1]]
                                 )[0][:60].strip())
        wrong = self.settled(where)
        if wrong:
            self.account.wrong(where, f"{wrong}\n{text}")
        return seen

    def judge(self, where, seen, said, text):
        # AddressSanitizer itself does not live without memory in these places
        if seen.crashed() and re.search(OWN_FAULTS, text):
            return
        if seen.crashed() or "Sanitizer" in text or "runtime error" in text:
            self.account.wrong(where, f"{seen.crashed()}\n{text}")
        if blamed(reasons(text)[0]):
            self.account.wrong(where, "blames others: "
                               f"{reasons(text)[0]}\n{text}")

    def settled(self, where):
        """What was about to end may do so first."""
        for _ in range(5):
            self.alive(where)
            try:
                return self.story.settled()
            except Refused as e:
                said = e.text
                time.sleep(0.5)
        return said

    def alive(self, where=""):
        """Run again what has ended, which it must have done with a word."""
        tamd, story = self.tamd, self.story
        for process in (tamd.process, story.device.broker):
            if process.poll() not in (None, 0, 1) and not re.search(
                    OWN_FAULTS, self.last):
                self.account.wrong(where, f"left with {process.poll()}")
        if tamd.process.poll() is not None:
            assert tamd.run(), tamd.lines
        if story.device.broker.poll() is not None:
            assert story.broker_up(self.scarce.under + list(AS_BROKER))

    def sweep(self, role, action):
        self.point(role, action, 0, False)
        self.point(role, action, 0, False)
        points = max(self.point(role, action, 0, False).seen
                     for _ in range(2))
        for on in (False, True):
            self.account.row(role, kind(action, on), points)
            for at in self.account.sample(points, self.most):
                self.point(role, action, at, on)

    # Beginnings

    def start(self, role, at, on):
        since = [len(self.tamd.lines), 0]
        if role != BROKER:
            since[1] = len(self.story.broker_says())
        self.scarce.arm(role, at, on, last=True)
        if role == BROKER:
            self.story.broker_down()
            up = self.story.broker_up(self.scarce.under + list(AS_BROKER))
            process = self.story.device.broker
        else:
            self.tamd.stop()
            up, process = self.tamd.run(), self.tamd.process
            if up and role == "admin":
                self.show()  # who is ready is the front; this one may not be
        seen = self.scarce.disarm()
        text = self.last = self.logged(since)
        where = f"{role} start {at}{'+' if on else ''} of {seen.caller:#x}"
        if seen.failed:
            self.judge(where, seen, "", text)
            named, lines = reasons(text)
            said = "started all the same"
            if not up:
                said = f"refused: {(named or lines or ['?'])[0][:60]}"
                if process.poll() != 1 or not (named or lines):
                    self.account.wrong(where, f"{process.poll()} {text}")
            self.account.ran(role, "start, all after" if on else "start, one",
                             said)
        wrong = self.settled(where)
        if wrong:
            self.account.wrong(where, f"{wrong}\n{text}")
        return seen

    def sweep_start(self, role, most):
        points = self.start(role, 0, False).seen
        for on in (False, True):
            self.account.row(role, "start, all after" if on else "start, one",
                             points)
            for at in self.account.sample(points, most):
                # how many there are differs from start to start
                while self.start(role, at, on).failed == 0 and at > 1:
                    at //= 2


def kind(action, on):
    return action.__name__ + (", all after" if on else ", one")


def sweep_all(sweep, starts):
    for role, action in (("front", sweep.check), ("keeper", sweep.check),
                         ("admin", sweep.assign), ("admin", sweep.show),
                         (BROKER, sweep.check)):
        sweep.sweep(role, action)
    for role in (*TAMD, BROKER):
        sweep.sweep_start(role, starts)


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    build = pathlib.Path(sys.argv[1])
    word = sys.argv[2] if len(sys.argv) > 2 else "1"
    account = Account(1 if word == "all" else int(word))
    home = pathlib.Path(tempfile.mkdtemp(prefix="scarce-"))
    home.chmod(0o755)
    scarce = Scarce(build, home)
    tamd = Tamd(build)
    tamd.under = scarce.under
    try:
        with tamd:
            story = Story(build, home, tamd, build / "examples/ta-hello-1.0.0")
            try:
                story.broker_down()
                story.broker_up(scarce.under + list(AS_BROKER))
                sweep = Sweep(story, tamd, scarce, account,
                              MANY if word == "all" else 4)
                sweep_all(sweep, 15 if word == "all" else 1)
            finally:
                story.broker_down()
                story.device.device.stop()
                story.world.payloads.close()
    finally:
        shutil.rmtree(home)
    return account.close()


if __name__ == "__main__":
    sys.exit(main())
