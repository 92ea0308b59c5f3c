#!/usr/bin/python3
"""The process TEE without memory: an allocation fails, each in turn, of the
launcher and of the agent, while they start, install, call and remove.

usage: allocations_device.py BUILD-DIRECTORY [all | SEED]
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import itertools
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

from scarce import REFUSALS, Account, Scarce, blamed  # noqa: E402
from tee_world import (  # noqa: E402
    MESSAGE, OK, REPLY, RESULT, STATUS, Broker, Device, Makers, Refused, Tam,
    attest, decode, eventually, install, keyring, teep, verify1)

LAUNCHER, AGENT = "teep-agentd", "teep-agent"
APP = b"hello"
# The launcher starts no more applications in a row than its own limit lets.
STARTS = 40


class Asks(Tam):
    """A TAM that hears an Error where it has asked for Evidence."""

    def claims(self, response):
        payload, _ = verify1(response, keyring(self.teep))
        kind, options, *code = decode(payload)
        if kind == teep.ERROR:
            raise teep.TamError(code[0], options.get(teep.ERR_MSG, ""))
        return super().claims(response)


def reasons(text):
    """Names of refusals in a log, and what a program said on its way out."""
    found = re.findall(r'"reason":"([a-z0-9-]+)"', text)
    said = [line for line in text.splitlines() if line[:1] not in ("{", "")]
    return [r for r in found if r != "ok"], said


class Sweep:
    def __init__(self, build, home, account, most):
        self.account, self.most = account, most
        self.scarce = Scarce(build, home)
        apps = pathlib.Path(build) / "examples"
        self.images = [(apps / f"ta-hello-{v}").read_bytes()
                       for v in ("2.0.0", "1.0.0")]
        self.device = Device(build, home, Makers())
        self.device.under = self.scarce.under
        self.sequence, self.manifest, self.starts = 0, None, 0
        self.tam = None

    # The device

    def up(self):
        """Run, if it does not; anew, if it has started many."""
        process = self.device.process
        if process is not None and process.poll() is None:
            if self.starts < STARTS:
                return
            assert self.device.stop() == 0
        elif process is not None and self.device.log.exists():
            self.device.log.unlink()
        self.device.start()
        self.starts = 0

    def version(self, sequence):
        return b"ta-hello %d.0.0" % (2 - sequence % 2)

    def next(self):
        """The manifest of another version."""
        self.sequence += 1
        self.manifest = self.device.makers.app(
            APP, self.sequence, self.images[self.sequence % 2])

    def install(self):
        with Broker(self.device) as b:
            return install(b, self.tam, self.manifest)

    def call(self):
        self.starts += 1
        with Broker(self.device) as b:
            return b.call(APP, b"")

    def remove(self):
        with Broker(self.device) as b:
            claims = attest(b, self.tam)
            op, members = b.ask(MESSAGE, self.tam.update(
                claims, unneeded=[[b"app", APP]]))
            assert op == REPLY, op
            return self.tam.outcome(members[0])

    def installed(self):
        """The sequence number that the agent states, 0 for none."""
        with Broker(self.device) as b:
            op, (error, status) = b.ask(STATUS)
        assert (op, error) == (RESULT, OK), (op, error)
        found = [row[1] for row in decode(status)[3] if row[0] == [b"app", APP]]
        return found[0] if found else 0

    # One point

    def settled(self, allowed):
        """Without faults: one of the sets that may be, and what was wanted
        comes about; what is wrong, or empty."""
        self.up()
        try:
            there = self.installed()
        except ConnectionError:  # it was about to end
            status = self.device.process.wait(60)
            if status != 1:
                return f"left with {status}"
            self.up()
            there = self.installed()
        if there not in allowed:
            return f"{there} is installed, not one of {allowed}"
        if there:
            error, answer = self.call()
            if error != OK or self.version(there) not in answer:
                return f"installed {there}, answers {error:#x} {answer}"
        kind, options, code = self.install()
        if kind != teep.SUCCESS or self.installed() != self.sequence:
            return f"does not converge: {kind} {options} {code}"
        error, answer = self.call()
        if error != OK or self.version(self.sequence) not in answer:
            return f"converged, but answers {error:#x} {answer}"
        return ""

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
            eventually(lambda: any(reasons(self.device.events()[log:])), 10)
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
            return self.device.process.wait(60)
        return self.device.process.poll()

    def sweep(self, role, action):
        self.scarce.arm(role)
        self.up()
        self.point(role, action, 0, False)  # what is made once, is made now
        points = self.point(role, action, 0, False).seen
        for on in (False, True):
            self.account.row(role, self.kind(action, on), points)
            for at in self.account.sample(points, self.most):
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
        if self.device.process is not None and \
                self.device.process.poll() is None:
            self.device.stop()
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
    sweep.device.init()
    sweep.tam = Asks(sweep.device)
    # an agent takes so many Updates of one second and no more
    sweep.tam.clock = itertools.count(int(time.time())).__next__
    sweep.up()
    sweep.next()
    assert sweep.install()[0] == teep.SUCCESS
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
        sweep_all(sweep, 60 if word == "all" else 1)
    finally:
        sweep.device.kill()
        shutil.rmtree(home)
    return account.close()


if __name__ == "__main__":
    sys.exit(main())
