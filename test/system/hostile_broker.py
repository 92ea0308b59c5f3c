"""The real teep-agentd, and a broker that is anything but one.

Whatever it sends: the agent and its launcher live, what is installed stays
what it is, nothing is left of what was not, memory stays small, and the next
broker is served.

usage: hostile_broker.py BUILD-DIRECTORY [TEST ...]
Needs root, as teep-agentd does; without it nothing is tested and the test
says so (77).
"""
import os
import pathlib
import random
import shutil
import struct
import sys
import tempfile
import time

from hostile_world import (
    BUSY, FRAME_MAX, FRAMES, HELLO, LIMIT, NO_EXCHANGE, RATE, RSS_KB, STATES,
    World, frame, hung_up_on, pour, refused, session, undo)
from tee_world import (
    ABORT, CALL, CONNECT, DATA, ERROR, FETCH, MESSAGE, NONE, OK, POLICY_CHECK,
    REPLY, REQUEST_TA, RESULT, STATUS, UNREQUEST_TA, Broker, Key, sign1,
    status_of, teep)

# Every frame in every state


def answer_of(op, state):
    """What docs/link.md has for it: (op, error) or op alone."""
    if op == STATUS:
        return RESULT, OK
    if op == CALL:
        return RESULT, BUSY if state == "fetching" else OK
    if op in (DATA, ERROR):
        if state == "fetching":
            return REPLY, None  # the Error about the fetch, for the TAM
        return (NONE, None) if op == ERROR else (RESULT, NO_EXCHANGE)
    if state == "fetching":
        return RESULT, BUSY
    if op >= NONE:  # an agent's own
        return RESULT, NO_EXCHANGE
    return {REQUEST_TA: NONE, UNREQUEST_TA: CONNECT, POLICY_CHECK: CONNECT,
            MESSAGE: REPLY}[op], None


def every_frame(w):
    """One answer each, the one that is written down, in the frame's own
    session; a noted wish to remove removes nothing."""
    for state in STATES:
        for op, members in FRAMES.items():
            with Broker(w.device) as b:
                getattr(w, state)(b)
                got, answer = b.ask(op, *members)
                want = answer_of(op, state)
                have = got, answer[0] if got == RESULT else None
                assert have == want, (state, op, have, want)
            with Broker(w.device) as b:  # what UnrequestTA has noted
                assert b.ask(REQUEST_TA, HELLO)[0] == NONE
    w.holds()


def other_sessions(w):
    """While a fetch is open everybody else is told so, and it goes on."""
    with Broker(w.device) as b:
        most = w.fetching(b)
        for session in (0, 2, 2**64 - 1):
            for op, members in FRAMES.items():
                b.session = session
                got, answer = b.ask(op, *members)
                want = OK if op == STATUS else BUSY
                assert (got, answer[0]) == (RESULT, want), (op, got)
        b.session = 1
        op, members = b.ask(DATA, 0, w.large[:most], False)
        assert (op, members[1]) == (FETCH, most), (op, members)
    w.holds()


def malformed(w):
    """Another shape than its row's: the connection ends, nothing else."""
    wrong = [(op,) for op in FRAMES]
    wrong += [(op, 1, *members, 0) for op, members in FRAMES.items()
              if op not in (REQUEST_TA, 17)]
    wrong += [(op, 1, *([None] * len(members)))
              for op, members in FRAMES.items() if members]
    wrong += [(op, 1) for op in (0, 9, 15, 22, 255, 2**32, 2**64 - 1, -1)]
    wrong += [(STATUS, s) for s in (-1, "1", None, 1.5, b"1")]
    wrong += [(REQUEST_TA, 1, [b"x"] * 2000), (CALL, 1, HELLO, b"", -1),
              (REQUEST_TA, 1, [b"x" * 1200]), (REQUEST_TA, 1, ["app"]),
              (REQUEST_TA, 1, HELLO, "https://" + "x" * 2048),
              (CALL, 1, HELLO, b"x" * 65537, 0), (ERROR, 1, 65536),
              (DATA, 1, 2**63, b"", True), (DATA, 1, 0, b"x" * 65537, True)]
    for items in wrong:
        hung_up_on(w, frame(*items))
    for items in wrong[::5]:
        hung_up_on(w, frame(*items), "fetching")
    for raw in (b"\x98\x02\x08\x01", b"\x9f\x08\x01\xff", b"\x82\x18\x08\x01",
                b"\x82\x08\x01\x00", b"\x82\x08", b"\x81" * 5000, b"\xa0",
                b"\xbb" + b"\xff" * 8, b"\x9b" + b"\xff" * 8,
                b"\x83\x04\x01\x5b" + b"\xff" * 8):
        hung_up_on(w, struct.pack(">I", len(raw)) + raw)
    w.holds()


def garbage(w):
    """Noise, in frames and without, and good frames with changed bits."""
    r = random.Random(2026)
    for _ in range(200):
        raw = r.randbytes(r.randrange(1, 400))
        with Broker(w.device) as b:
            b.socket.sendall(r.choice(
                (raw, struct.pack(">I", len(raw)) + raw)))
    for _ in range(300):
        op, members = r.choice(list(FRAMES.items()))
        raw = bytearray(frame(op, 1, *members))
        for _ in range(r.randrange(1, 4)):
            raw[r.randrange(4, len(raw))] ^= 1 << r.randrange(8)
        with Broker(w.device) as b:
            getattr(w, r.choice(STATES))(b)
            b.socket.sendall(raw)
    undo(w)
    w.holds()


# Lengths and halves


def lengths(w):
    """4 GiB, and the first length that is one too many; in every state."""
    for state in STATES:
        for n in (2**32 - 1, 2**31, FRAME_MAX + 1):
            hung_up_on(w, struct.pack(">I", n), state)
            hung_up_on(w, struct.pack(">I", n) + bytes(1 << 20), state)
        hung_up_on(w, bytes(4), state)
    # a message cannot be read over the one that is being worked on
    hung_up_on(w, frame(MESSAGE, 1, bytes(100000)), "fetching")
    w.holds()


def largest(w):
    """33 MiB are taken, judged, and given back, whole or not."""
    whole = frame(MESSAGE, 1, bytes(FRAME_MAX - 16))
    assert len(whole) - 4 <= FRAME_MAX
    for cut in (len(whole), len(whole) - 1, len(whole) // 2, 5):
        for state in ("idle", "waiting", "answered"):
            with Broker(w.device) as b:
                getattr(w, state)(b)
                b.socket.sendall(whole[:cut])
                if cut == len(whole):
                    assert b.receive()[0] == REPLY
    w.holds()
    assert status_of(w.agent, "VmRSS")[0] <= RSS_KB // 4


def halves(w):
    """Every beginning of a frame and then the end, in every state."""
    whole = frame(CALL, 1, HELLO, b"xyz", 1000)
    for state in STATES:
        for cut in range(1, len(whole)):
            with Broker(w.device) as b:
                getattr(w, state)(b)
                b.socket.sendall(whole[:cut])
    w.holds()


def drips(w):
    """An octet at a time is slow, but it is a frame."""
    with Broker(w.device) as b:
        for octet in frame(STATUS, 1):
            b.socket.sendall(bytes([octet]))
            time.sleep(0.01)
        assert b.receive()[0] == RESULT
    w.holds()


# Fetches


def closes_mid_fetch(w):
    """At every piece; what was staged is gone."""
    for pieces in range(6):
        with Broker(w.device) as b:
            most, at = w.fetching(b), 0
            for _ in range(pieces):
                piece = w.large[at:at + most]
                last = at + len(piece) == len(w.large)
                if last:
                    break
                op, (_, at, most) = b.ask(DATA, at, piece, False)
                assert op == FETCH
            if pieces % 2:
                b.socket.sendall(frame(DATA, 1, at, w.large[at:at + most],
                                           False)[:-9])
        w.holds()


def wrong_data(w):
    """Another offset, more than asked, less than all, nothing, or other
    octets: the TAM hears of it, and nothing stays."""
    most = 65536
    for at, body, last in (
            (1, w.large[:most], False), (2**62, b"x", True),
            (0, b"", False), (0, b"", True), (0, w.large[:9], True),
            (0, bytes(most), True)):
        with Broker(w.device) as b:
            w.fetching(b)
            op, (reply,) = b.ask(DATA, at, body, last)
            assert op == REPLY, (op, at, last)
            kind, _, code = w.tam.outcome(reply)
            assert (kind, code) == (
                teep.ERROR, teep.ERR_MANIFEST_PROCESSING_FAILED)
            # again, unasked
            op, (error, _) = b.ask(DATA, 0, w.large[:most], False)
            assert (op, error) == (RESULT, NO_EXCHANGE)
        w.holds()


def endless_data(w):
    """More than the manifest's size is never asked for."""
    with Broker(w.device) as b:
        most, at = w.fetching(b), 0
        op = FETCH
        while op == FETCH:
            assert at + most <= len(w.large) + 1, (at, most)
            op, members = b.ask(DATA, at, bytes(most), False)
            if op == FETCH:
                _, at, most = members
        assert w.tam.outcome(members[0])[0] == teep.ERROR
    w.holds()


# Old messages


def replays(w):
    """Two good sessions, that installed something and removed it again, once
    more: their Updates in any state, and each whole, question included, also
    by an agent that has been started again."""
    with Broker(w.device) as b:
        sessions = [session(w, b, w.device.makers.app(
            b"extra", 1, b"wanted yesterday")),
                    session(w, b, unneeded=[[b"app", b"extra"]])]
        assert w.installed(b) == w.before
        for _, update, _ in sessions * 2:
            refused(w, b, update)
    for state in ("idle", "waiting", "answered"):
        for message in (m for s in sessions for m in s[1:]):
            with Broker(w.device) as b:
                getattr(w, state)(b)
                refused(w, b, message)
    with Broker(w.device) as b:
        w.fetching(b)
        for message in (m for s in sessions for m in s):
            assert b.ask(MESSAGE, message) == (RESULT, [BUSY, b""])
    for _ in range(2):
        with Broker(w.device) as b:
            for query, update, _ in sessions:
                w.waiting(b)
                assert b.ask(MESSAGE, query)[0] == REPLY
                refused(w, b, update)
        w.holds()
        w.restart()


def strangers(w):
    """A message of nobody's TAM: one Error that says nothing, and then the
    exchange is over, whatever was open in it."""
    forged = sign1(Key.new(), b"\x82\x03\xa0")
    with Broker(w.device) as b:
        update = w.tam.update(w.answered(b), w.old)
        for raw in (forged, b"\x00" * 500, b"\xd2\x84\x40\xa0\x40\x40"):
            op, (answer,) = b.ask(MESSAGE, raw)
            assert op == REPLY, op
            assert w.tam.outcome(answer) == (
                teep.ERROR, {teep.ERR_MSG: "message refused"}, 1)
            assert b.ask(MESSAGE, raw) == (ABORT, [RATE])
        refused(w, b, update)
    w.holds()


# Floods


def floods(w):
    """2,000 QueryRequests at once, the same ones and new ones.  The launcher
    makes so much Evidence only if it takes its time; what it does not make
    is an Error."""
    w.restart()
    query = w.tam.query(os.urandom(32))
    many = b"".join(frame(MESSAGE, 1, w.tam.query(os.urandom(32)))
                    for _ in range(200))
    with Broker(w.device) as b:
        w.waiting(b)
        assert set(pour(b, frame(MESSAGE, 1, query) * 1000, 1000)) == {REPLY}
        assert set(pour(b, many * 5, 1000)) == {REPLY}
    w.holds()


def crowds(w):
    """As many of every other frame, and of connections."""
    for op in (STATUS, CALL, POLICY_CHECK, ERROR, DATA, UNREQUEST_TA):
        w.restart()
        with Broker(w.device) as b:
            pour(b, frame(op, 1, *FRAMES[op]) * 2000, 2000)
    undo(w)
    for _ in range(2000):
        Broker(w.device).socket.close()
    w.holds()
    w.restart()


def wishes(w):
    """No more than 16 are kept, however many are made."""
    with Broker(w.device) as b:
        made = [b.ask(REQUEST_TA, [b"app", b"%d" % i]) for i in range(100)]
        assert [op for op, _ in made].count(CONNECT) == 16
        assert made[16] == (RESULT, [LIMIT, b""]), made[16]
        assert len(w.status(b)[4]) == 16
        assert w.tam.claims(b.ask(MESSAGE, w.tam.query(
            os.urandom(32)))[1][0])
    undo(w)
    w.holds()


def never_reads(w):
    """Who takes no answer is no trouble once gone."""
    for state in STATES:
        with Broker(w.device) as b:
            getattr(w, state)(b)
            b.socket.setblocking(False)
            try:
                for _ in range(5000):
                    b.socket.sendall(frame(STATUS, 1) * 10)
            except BlockingIOError:
                pass
        w.holds()


def stalls(w):
    """Half a frame, or no ear for the answer, does not keep the agent from
    ending when it is told to."""
    def stop_speaking(b):
        b.socket.sendall(frame(STATUS, 1)[:-1])

    def stop_listening(b):
        b.socket.setblocking(False)
        try:
            while True:
                b.socket.sendall(frame(STATUS, 1))
        except BlockingIOError:
            pass

    for stall in (stop_speaking, stop_listening):
        for state in STATES:
            with Broker(w.device) as b:
                getattr(w, state)(b)
                stall(b)
                time.sleep(0.2)
                start = time.monotonic()
                status = w.device.stop()
                assert (status, time.monotonic() - start < 10) == (0, True)
            w.start()
    w.holds()


TESTS = (every_frame, other_sessions, malformed, garbage, lengths, largest,
         halves, drips, closes_mid_fetch, wrong_data, endless_data, replays,
         strangers, floods, crowds, wishes, never_reads, stalls)


def main():
    if os.geteuid() != 0:
        print("skipped: teep-agentd needs root")
        return 77
    home = pathlib.Path(tempfile.mkdtemp(prefix="hostile-"))
    home.chmod(0o755)
    try:
        with World(sys.argv[1], home) as world:
            for test in TESTS:
                if sys.argv[2:] and test.__name__ not in sys.argv[2:]:
                    continue
                start = time.monotonic()
                test(world)
                print(f"ok     {test.__name__} "
                      f"({time.monotonic() - start:.1f} s)", flush=True)
            print(f"the agent needed at most {world.most} KiB")
    finally:
        shutil.rmtree(home)
    return world.status_at_end


if __name__ == "__main__":
    sys.exit(main())
