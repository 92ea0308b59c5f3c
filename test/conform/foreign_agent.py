#!/usr/bin/python3
"""The Agent of test/interop behind the frames of the link, on a socket: an
agent of another make for `teep conform agent exec:...`.

    foreign_agent.py init PUBLIC     makes its keys
    foreign_agent.py SETUP PUBLIC
"""
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))

import agent as a  # noqa: E402
import evidence  # noqa: E402
from cbor import Refused, decode, encode  # noqa: E402
from cose import Key, sign1  # noqa: E402

POLICY_CHECK, MESSAGE = 3, 4
NONE, CONNECT, REPLY = 16, 17, 18
URI = "http://127.0.0.1:1/tam"
# What its author can tell apart, as err-codes.
CODES = {"no-common-cipher-suite": 5, "no-common-version": 4,
         "no-common-freshness-mechanism": 3}


def key(setup, name):
    return Key.from_pem((setup / f"{name}.pub.pem").read_bytes())


class Foreign(a.Agent):
    """Says Error where its parent raises."""

    def reply(self, body):
        try:
            return self.answer(body)
        except (a.TamError, Refused, LookupError, TypeError, ValueError,
                AttributeError) as e:
            return self.refuse(getattr(e, "reason", "message refused"))

    def refuse(self, reason):
        code = CODES.get(reason, 1)
        options = {a.ERR_MSG: str(reason)[:100] or "refused"}
        if code == 5:
            options[1] = [a.SUITES[self.device.teep.alg]]
        if code == 4:
            options[a.VERSIONS] = [0]
        if code == 3:
            options[a.FRESHNESS] = [0]
        return sign1(self.device.teep, encode([a.ERROR, options, code]))


def take(n):
    data = sys.stdin.buffer.read(n)
    if len(data) < n:
        sys.exit(0)
    return data


NAMES = ("teep", "evidence", "report")


def init(public):
    for name in NAMES:
        made = Key.new()
        (public / f"{name}.pem").write_bytes(made.private_pem())
        (public / f"{name}.pub.pem").write_bytes(made.pem())


def main():
    setup, public = map(pathlib.Path, sys.argv[1:])
    if sys.argv[1] == "init":
        init(public)
        return
    device = evidence.Device("foreign")
    device.vendor = bytes.fromhex("0c0f5e5c3a1d5b6e9a530b7c551e2a01")
    device.klass = bytes.fromhex("7d11903e6c2f5d448f6a1b92c4087702")
    for name in NAMES:
        pem = (public / f"{name}.pem").read_bytes()
        setattr(device, name, Key.from_pem(pem))
    trust = a.Trust([key(setup, "tam-esp256"), key(setup, "tam-ed25519")],
                    key(setup, "tam-encryption"), [key(setup, "author")])
    agent = Foreign(device, trust, None)
    while True:
        n, = struct.unpack(">I", take(4))
        op, session, *rest = decode(take(n))
        if op == POLICY_CHECK:
            agent.close()
            frame = [CONNECT, session, URI]
        elif op == MESSAGE and rest[0]:
            frame = [REPLY, session, agent.reply(rest[0])]
        else:
            frame = [NONE, session]
        body = encode(frame)
        sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
