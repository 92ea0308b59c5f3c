"""What a hostile broker meets: a device with an application installed, the
states it may be brought into, and what must be true whatever was tried.
"""
import os
import pathlib
import random
import struct
import threading

from tee_world import (
    CALL, CONNECT, DATA, ERROR, FETCH, MESSAGE, OK, POLICY_CHECK, REPLY,
    REQUEST_TA, RESULT, STATUS, UID_AGENT, UNREQUEST_TA, Broker, Device,
    Makers, Tam, attest, decode, encode, install, status_of, teep)

RSS_KB = 64 << 10  # the agent at its worst, a message of 33 MiB included
FRAME_MAX = 33 << 20
NO_EXCHANGE, BUSY, RATE, LIMIT = 0x216, 0x262, 0x263, 0x255
URI = "https://files.example/large"
HELLO = [b"app", b"hello"]
PHASES = {1: "idle", 2: "waiting", 4: "fetching"}
STATES = ("idle", "waiting", "answered", "fetching")
# One good frame of every kind.
FRAMES = {
    REQUEST_TA: (HELLO,), UNREQUEST_TA: (HELLO,), POLICY_CHECK: (True,),
    MESSAGE: (b"\xd2\x84",), ERROR: (1,), DATA: (77, b"unasked", True),
    CALL: (HELLO, b"", 1000), STATUS: (), 16: (), 17: ("https://e.example/",),
    18: (b"x",), 19: ("https://e.example/", 0, 1), 20: (1,), 21: (0, b"")}


class World:
    def __init__(self, build, home):
        self.build = pathlib.Path(build)
        self.device = Device(build, home, Makers())
        self.device.init()
        self.tam = Tam(self.device)
        self.most = 0  # kilobytes that an agent has needed
        self.large = random.Random(1).randbytes(300000)
        self.old = self.app(b"hello", 1, "ta-hello-1.0.0")

    def __enter__(self):
        self.start()
        with Broker(self.device) as b:
            for manifest in (self.old,
                             self.app(b"hello", 2, "ta-hello-2.0.0")):
                assert install(b, self.tam, manifest)[0] == teep.SUCCESS
            self.before = self.installed(b)
        self.blobs = self.stored()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            print(self.device.events()[-4000:])
        if self.device.process.poll() is None:
            self.status_at_end = self.device.stop()

    def start(self):
        self.device.start()
        self.agent, = (p for p, u in self.device.children().items()
                       if u == UID_AGENT)

    def restart(self):
        """A launcher that has not been made to work hard yet."""
        assert self.device.stop() == 0
        self.start()

    def app(self, name, sequence, file):
        image = (self.build / "examples" / file).read_bytes()
        return self.device.makers.app(name, sequence, image)

    def status(self, b):
        op, (error, body) = b.ask(STATUS)
        assert (op, error) == (RESULT, OK), (op, error)
        return decode(body)

    def installed(self, b):
        """What no broker may change: policy and manifests."""
        s = self.status(b)
        return s[2], [m[:6] + [[c[:3] for c in m[6]]] for m in s[3]]

    def stored(self):
        blobs = self.device.state / "agent/store/blobs"
        return sorted(p.name for p in blobs.iterdir())

    def holds(self):
        """Whatever was tried: it has changed and cost nothing."""
        with Broker(self.device) as b:
            assert self.installed(b) == self.before
            assert PHASES[self.status(b)[7]] == "idle"
            error, answer = b.call(b"hello", b"still there?")
            assert error == OK and b"2.0.0" in answer, (error, answer)
        assert self.stored() == self.blobs
        assert self.device.process.poll() is None
        assert self.agent in self.device.children()
        self.most = max(self.most, status_of(self.agent, "VmHWM")[0])
        assert self.most <= RSS_KB, self.most

    # The states a broker may find, or bring, the agent in.

    def idle(self, b):
        pass

    def waiting(self, b):
        op, _ = b.ask(POLICY_CHECK, True)
        assert op == CONNECT, op

    def answered(self, b):
        """An exchange is open, and an Update would be taken."""
        return attest(b, self.tam)

    def fetching(self, b, sequence=1):
        manifest = self.device.makers.app(b"large", sequence, self.large,
                                          uri=URI)
        op, members = b.ask(MESSAGE, self.tam.update(
            self.answered(b), manifest))
        assert (op, members[:2]) == (FETCH, [URI, 0]), (op, members)
        return members[2]


def frame(*items):
    body = encode(list(items))
    return struct.pack(">I", len(body)) + body


def hung_up_on(w, raw, state="idle"):
    with Broker(w.device) as b:
        getattr(w, state)(b)
        try:
            b.socket.sendall(raw)
        except (BrokenPipeError, ConnectionResetError):
            return
        assert b.closed(), (state, raw[:40])


def undo(w):
    """Give back what chance may have wished for: it is not installed."""
    with Broker(w.device) as b:
        s = w.status(b)
        for component, _ in s[4]:
            b.ask(UNREQUEST_TA, component)
        b.ask(REQUEST_TA, HELLO)
        s = w.status(b)
        assert s[4] == [] and s[5] == [], s


def refused(w, b, message):
    op, (reply,) = b.ask(MESSAGE, message)
    assert op == REPLY, op
    assert w.tam.outcome(reply)[0] == teep.ERROR


def session(w, b, *manifests, unneeded=()):
    """QueryRequest, Update and Success of a new one."""
    w.waiting(b)
    query = w.tam.query(os.urandom(32))
    _, (response,) = b.ask(MESSAGE, query)
    update = w.tam.update(w.tam.claims(response), *manifests,
                          unneeded=unneeded)
    _, (reply,) = b.ask(MESSAGE, update)
    assert w.tam.outcome(reply)[0] == teep.SUCCESS
    return query, update, reply


def pour(b, data, frames):
    """Send without waiting, and count what comes back."""
    writer = threading.Thread(target=b.socket.sendall, args=(data,))
    writer.start()
    ops = [b.receive()[0] for _ in range(frames)]
    writer.join()
    return ops
