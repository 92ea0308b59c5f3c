#!/usr/bin/python3
"""The process TEE without memory: an allocation fails, each in turn, of the
launcher and of the agent, while they start, install, call and remove.

usage: allocations_device.py BUILD-DIRECTORY [all | SEED]
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import os
import pathlib
import shutil
import sys
import tempfile

from device_story import Story
from scarce import REFUSALS, Account, Scarce, blamed, reasons
from tee_world import OK, PATIENCE, Device, Refused, eventually, teep

LAUNCHER, AGENT = "teep-agentd", "teep-agent"


class Sweep(Story):
    def __init__(self, build, home, account, most):
        super().__init__(build, home)
        self.account, self.most = account, most
        self.scarce = Scarce(build, home)
        self.device.under = self.scarce.under

    def step(self, on):
        """Where nothing is to be had from a point on, the next points are
        much the same: one of four, if all are tried."""
        return 4 if on and self.most is None else 1

    def attempt(self, action):
        """Did it do what it was to do?  And what the answer names, if not."""
        try:
            result, options, *_ = action()
        except (ConnectionError, AssertionError) as e:
            return False, [], repr(e)
        except teep.TamError as e:
            result, options = teep.ERROR, {teep.ERR_MSG: e.text}
        if action == self.call:
            named = [k for k, v in REFUSALS.items() if v == result]
            return result == OK, named, f"{result:#x}"
        named = [options.get(teep.ERR_MSG, "")]
        return (result == teep.SUCCESS, [n for n in named if n in REFUSALS],
                f"{result} {named}")

    def point(self, role, action, at, on):
        """Let one allocation of role fail during action, or all from it on."""
        before = self.sequence
        if action == self.install:
            self.next()
            allowed = (before, self.sequence)
        else:
            allowed = (before, 0) if action == self.remove else (before,)
            if action == self.call:
                self.next()
                allowed = (self.sequence,)
                assert self.install()[0] == teep.SUCCESS
        log = len(self.device.events())
        self.scarce.arm(role, at, on)
        done, named, outcome = self.attempt(action)
        seen = self.scarce.disarm()
        if at == 0 or seen.failed == 0:
            assert done, self.device.events()[log:]
            wrong = self.settled((0, before, self.sequence))
            assert not wrong, wrong
            return seen
        text = self.device.events()[log:]
        where = (f"{role} {action.__name__} {at}{'+' if on else ''} "
                 f"of {seen.caller:#x}")
        # what the agent writes comes by way of the launcher
        if not done and not named:
            eventually(lambda: any(reasons(self.device.events()[log:])))
            text = self.device.events()[log:]
        logged, said = reasons(text)
        named += logged
        if seen.crashed():
            self.account.wrong(where, seen.crashed() + "\n" + text)
        if not done and not named and not said:
            self.account.wrong(where, 
                               f"failed without a word: {outcome}\n" + text)
        if blamed(named):
            self.account.wrong(where, f"blames others: {named}\n" + text)
        status = self.ended()
        if status not in (None, 1):
            self.account.wrong(where, f"left with {status}\n" + text)
        self.account.ran(role, self.kind(action, on), "done all the same"
                         if done else f"refused: {(named or said or [outcome])[0]}")
        wrong = self.settled(allowed)
        if wrong:
            self.account.wrong(where, wrong + "\n" + text)
        return seen

    def kind(self, action, on):
        return action.__name__ + (", all after" if on else ", one")

    def ended(self):
        """Its exit status, when it ends because its agent has."""
        if '"agent-gone"' in self.device.events() or \
                '"agent-broken"' in self.device.events():
            return self.device.process.wait(PATIENCE)
        return self.device.process.poll()

    def sweep(self, role, action):
        self.scarce.arm(role)
        self.up()
        self.point(role, action, 0, False)  # what is made once, is made now
        points = self.point(role, action, 0, False).seen
        for on in (False, True):
            self.account.row(role, self.kind(action, on), points)
            for at in self.account.sample(points, self.most)[::self.step(on)]:
                self.up()
                self.point(role, action, at, on)

    # Beginnings

    def start(self, role, at, on):
        self.scarce.arm(role, at, on, last=True)
        try:
            self.device.start()
            said = "started all the same"
        except Refused as e:
            named, lines = reasons(e.text)
            said = "refused: " + (named or lines or ["?"])[0][:60]
            if e.status != 1 or not (named or lines):
                self.account.wrong(f"{role} start {at}", f"{e}")
        seen = self.scarce.disarm()
        if seen.crashed():
            self.account.wrong(f"{role} start {at} of {seen.caller:#x}",
                               seen.crashed())
        return seen, said

    def sweep_start(self, role, most):
        self.down()
        seen, _ = self.start(role, 0, False)
        assert self.device.stop() == 0
        for on in (False, True):
            kind = "start, all after" if on else "start, one"
            self.account.row(role, kind, seen.seen)
            for at in self.account.sample(seen.seen, most):
                tried, said = self.start(role, at, on)
                if tried.failed:
                    self.account.ran(role, kind, said)
                wrong = self.settled((self.sequence,))
                if wrong:
                    self.account.wrong(f"{role} start {at}", wrong)
                assert self.device.stop() == 0

    def sweep_init(self, role, most):
        """A device that could not be made leaves a word, and a directory that
        says it was never finished; removed, the next try succeeds."""
        other = Device(self.device.build, self.device.home / "other",
                       self.device.makers)
        other.home.mkdir(exist_ok=True)
        other.under = self.scarce.under

        def init(at, on):
            self.scarce.arm(role, at, on, last=True)
            said = "made all the same"
            try:
                other.init()
            except Refused as e:
                named, lines = reasons(e.text)
                said = "refused: " + (named or lines or ["?"])[0][:60]
                if e.status != 1 or not (named or lines):
                    self.account.wrong(f"{role} init {at}", f"{e}")
            seen = self.scarce.disarm()
            if seen.crashed():
                self.account.wrong(f"{role} init {at} of {seen.caller:#x}",
                                   seen.crashed())
            for made in (other.state, other.public):
                shutil.rmtree(made, ignore_errors=True)
            return seen, said

        points = init(0, False)[0].seen
        for on in (False, True):
            kind = "init, all after" if on else "init, one"
            self.account.row(role, kind, points)
            for at in self.account.sample(points, most):
                tried, said = init(at, on)
                if tried.failed:
                    self.account.ran(role, kind, said)


def sweep_all(sweep, starts):
    sweep.make()
    for role in (AGENT, LAUNCHER):
        for action in (sweep.install, sweep.call, sweep.remove):
            sweep.sweep(role, action)
        sweep.sweep_start(role, starts)
        sweep.sweep_init(role, starts)


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    word = sys.argv[2] if len(sys.argv) > 2 else "1"
    account = Account(1 if word == "all" else int(word))
    home = pathlib.Path(tempfile.mkdtemp(prefix="scarce-"))
    home.chmod(0o755)
    sweep = Sweep(sys.argv[1], home, account, None if word == "all" else 5)
    try:
        sweep_all(sweep, 25 if word == "all" else 1)
    finally:
        sweep.device.kill()
        shutil.rmtree(home)
    return account.close()


if __name__ == "__main__":
    sys.exit(main())
