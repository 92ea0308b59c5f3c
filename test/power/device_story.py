"""A device that is told to go from one version of an application to the next,
again and again, and what has to hold whatever happens on the way.
"""
import itertools
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

from tee_world import (  # noqa: E402
    CONNECT, MESSAGE, OK, PATIENCE, POLICY_CHECK, REPLY, RESULT, STATUS,
    Broker, Device, Makers, Tam, attest, decode, eventually, install, keyring,
    teep, verify1)

APP = b"hello"
URI = "https://apps.example/hello"
# The launcher starts no more applications in a row than its own limit lets.
STARTS = 40


class Asks(Tam):
    """A TAM that hears an Error where it has asked for Evidence, and knows
    what it has sent last."""

    sent = None

    def __init__(self, device):
        super().__init__(device)
        # an agent takes so many Updates of one second and no more
        self.clock = itertools.count(int(time.time())).__next__

    def claims(self, response):
        payload, _ = verify1(response, keyring(self.teep))
        kind, options, *code = decode(payload)
        if kind == teep.ERROR:
            raise teep.TamError(code[0], options.get(teep.ERR_MSG, ""))
        return super().claims(response)

    def update(self, *words, **named):
        self.sent = super().update(*words, **named)
        return self.sent


class Story:
    def __init__(self, build, home):
        apps = pathlib.Path(build) / "examples"
        self.images = [(apps / f"ta-hello-{v}").read_bytes()
                       for v in ("2.0.0", "1.0.0")]
        self.makers = Makers()
        self.device = Device(build, home, self.makers)
        self.sequence, self.manifest, self.starts = 0, None, 0
        self.tam = None

    def make(self):
        """A new device with the first version."""
        self.device.init()
        self.tam = Asks(self.device)
        self.up()
        self.next()
        assert self.install()[0] == teep.SUCCESS

    def running(self):
        process = self.device.process
        return process is not None and process.poll() is None

    def up(self):
        """Run, if it does not; anew, if it has started many."""
        if self.running():
            if self.starts < STARTS:
                return
            assert self.device.stop() == 0
        elif self.device.log.exists():
            self.device.log.unlink()
        self.device.start()
        self.starts = 0

    def down(self):
        if self.running():
            assert self.device.stop() == 0

    def version(self, sequence):
        return b"ta-hello %d.0.0" % (2 - sequence % 2)

    def image(self, sequence):
        return self.images[sequence % 2]

    def next(self, uri=None):
        """The manifest of the other version, with its payload or where."""
        self.sequence += 1
        self.manifest = self.makers.app(
            APP, self.sequence, self.image(self.sequence), uri=uri)

    def install(self):
        with Broker(self.device) as b:
            return install(b, self.tam, self.manifest,
                           files={URI: self.image(self.sequence)})

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
        found = [row[1] for row in decode(status)[3]
                 if row[0] == [b"app", APP]]
        return found[0] if found else 0

    def replayed(self, update):
        """Does the agent take an Update of another day?"""
        with Broker(self.device) as b:
            op, _ = b.ask(POLICY_CHECK, True)
            assert op == CONNECT, op
            op, members = b.ask(MESSAGE, update)
        return op == REPLY and self.tam.outcome(members[0])[0] == teep.SUCCESS

    def answers(self, sequence):
        """Empty, or what is wrong with what the application says."""
        error, answer = self.call()
        if error == OK and self.version(sequence) in answer:
            return ""
        return f"{sequence} is installed, it answers {error:#x} {answer}"

    def settled(self, allowed):
        """Without faults: one of the sets that may be, and what was wanted
        comes about; what is wrong, or empty."""
        self.up()
        try:
            there = self.installed()
        except ConnectionError:  # it was about to end
            status = self.device.process.wait(PATIENCE)
            if status != 1:
                return f"left with {status}"
            self.up()
            there = self.installed()
        if there not in allowed:
            return f"{there} is installed, not one of {allowed}"
        wrong = self.answers(there) if there else ""
        if wrong:
            return wrong
        kind, options, code = self.install()
        if kind != teep.SUCCESS or self.installed() != self.sequence:
            return f"does not converge: {kind} {options} {code}"
        return self.answers(self.sequence)
