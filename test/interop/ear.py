"""Attestation Results as EAR, from the draft alone: made, and believed or not.

usage: ear.py PROGRAM

Holds PROGRAM (ear_peer, the library's writer and reader) against it: each
believes what the other makes, and refuses by the same name what is wrong.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

import cbor2

from cbor import Refused, decode, encode, need
from cose import ED25519, ESP256, Key, keyring, sign1, verify1
from evidence import cnf_kid

PROFILE = "tag:ietf.org,2026:rats/ear#03"
SUBMOD = "tamarind"
(EXP, IAT, CNF, NONCE, EAT_PROFILE, SUBMODS, STATUS, VECTOR, VERIFIER_ID) = (
    4, 6, 8, 10, 265, 266, 1000, 1001, 1004)
NONE, AFFIRMING, WARNING, CONTRAINDICATED = 0, 2, 32, 96
EXECUTABLES = 2


def tier(value):
    """Of a trustworthiness claim of -128..127.              [AR4SI 2.3.2]"""
    if -1 <= value <= 1:
        return NONE
    for bound, name in ((32, AFFIRMING), (96, WARNING),
                        (128, CONTRAINDICATED)):
        if -bound <= value < bound:
            return name
    raise Refused("out-of-range", str(value))


def worst(vector):
    """A zero says nothing; none is worse than affirming."""
    order = (AFFIRMING, NONE, WARNING, CONTRAINDICATED)
    said = [tier(v) for v in vector.values() if v != 0]
    return max(said, key=order.index) if said else None


def claims(teep, nonce, now, status=AFFIRMING, value=2):
    return {EXP: now + 60, IAT: now, CNF: {3: teep.kid}, NONCE: nonce,
            EAT_PROFILE: PROFILE,
            SUBMODS: {SUBMOD: {STATUS: status,
                               VECTOR: {EXECUTABLES: value}}},
            VERIFIER_ID: {0: "https://example.com", 1: "interop"}}


def believe(data, verifiers, teep, nonce, now):
    """The claims of a Result to act on."""
    payload, _ = verify1(data, keyring(*verifiers))
    said = decode(payload)
    need(isinstance(said, dict), "wrong-type")
    for claim in (IAT, EAT_PROFILE, SUBMODS, VERIFIER_ID):
        need(claim in said, "missing-field", str(claim))
    need(said[EAT_PROFILE] == PROFILE, "unexpected-field")
    for one in said[SUBMODS].values():
        need(STATUS in one, "missing-field", "ear_status")
        found = worst(one.get(VECTOR, {}))
        order = (AFFIRMING, NONE, WARNING, CONTRAINDICATED)
        need(one[STATUS] in order, "out-of-range")
        need(found is None or one[STATUS] == NONE or
             order.index(one[STATUS]) >= order.index(found), "result-claims")
    need(SUBMOD in said[SUBMODS], "not-found")
    need(said.get(EXP, now + 1) > now, "expired")
    need(said.get(NONCE) == nonce, "result-nonce")
    need(CNF in said and cnf_kid(said[CNF]) == teep.kid, "result-not-bound")
    need(said[SUBMODS][SUBMOD][STATUS] == AFFIRMING, "attestation-required")
    return said


# Each changes the claims of a good Result; the reason that both must give.
WRONG = {
    "over": (lambda c, _: {**c, EXP: c[IAT]}, "expired"),
    "another nonce": (lambda c, _: {**c, NONCE: bytes(16)}, "result-nonce"),
    "a longer nonce": (lambda c, _: {**c, NONCE: c[NONCE] + b"\0"},
                       "result-nonce"),
    "another agent": (lambda c, other: {**c, CNF: {3: other.kid}},
                      "result-not-bound"),
    "warning": (lambda c, _: submod(c, WARNING, 32), "attestation-required"),
    "contraindicated": (lambda c, _: submod(c, CONTRAINDICATED, 96),
                        "attestation-required"),
    "none": (lambda c, _: submod(c, NONE, 0), "attestation-required"),
    "better than its vector": (lambda c, _: submod(c, AFFIRMING, 33),
                               "result-claims"),
    "another part": (lambda c, _: {**c, SUBMODS: {"x": c[SUBMODS][SUBMOD]}},
                     "not-found"),
    "another profile": (lambda c, _: {**c, EAT_PROFILE: "tag:x,2026:y"},
                        "unexpected-field"),
    "no time": (lambda c, _: {k: v for k, v in c.items() if k != IAT},
                "missing-field"),
    "nobody": (lambda c, _: {k: v for k, v in c.items() if k != VERIFIER_ID},
               "missing-field"),
}


def submod(said, status, value):
    return {**said, SUBMODS: {SUBMOD: {STATUS: status,
                                       VECTOR: {EXECUTABLES: value}}}}


class Pair:
    """PROGRAM and this file, with the same keys."""

    def __init__(self, program, folder, alg):
        self.program, self.folder = program, pathlib.Path(folder)
        self.verifier, self.teep = Key.new(alg), Key.new(alg)
        self.stranger = Key.new(alg)
        self.nonce, self.now = bytes(range(16)), int(time.time())
        for name in ("verifier", "teep", "stranger"):
            key = getattr(self, name)
            (self.folder / f"{name}.pub").write_bytes(key.pem())
            (self.folder / f"{name}.pem").write_bytes(key.private_pem())
            (self.folder / f"{name}.pem").chmod(0o600)

    def run(self, *words, data=b""):
        return subprocess.run(
            [self.program, words[0], self.folder / words[1],
             self.folder / words[2], self.nonce.hex(), str(self.now),
             *words[3:]],
            input=data, stdout=subprocess.PIPE, check=True, timeout=60).stdout

    def ours(self, data, by="verifier"):
        return self.run("believe", f"{by}.pub", "teep.pub",
                        data=data).decode().strip()

    def theirs(self, data, by="verifier"):
        try:
            believe(data, [getattr(self, by)], self.teep, self.nonce, self.now)
        except Refused as e:
            return e.reason
        return "ok"

    def both(self, data, by="verifier"):
        answers = {self.ours(data, by), self.theirs(data, by)}
        return answers.pop() if len(answers) == 1 else sorted(answers)


def main(program):
    done = 0

    def expect(what, is_, wanted):
        nonlocal done
        if is_ != wanted:
            sys.exit(f"{what}: {is_} instead of {wanted}")
        done += 1

    for alg in (ESP256, ED25519):
        with tempfile.TemporaryDirectory() as folder:
            pair = Pair(program, folder, alg)
            good = claims(pair.teep, pair.nonce, pair.now)
            made = pair.run("say", "verifier.pem", "teep.pub", "2")
            expect("made by the library", pair.both(made), "ok")
            # An independent decoder reads the same claims.
            payload = cbor2.loads(made).value[2]
            expect("cbor2", cbor2.loads(payload), decode(payload))
            expect("exp", decode(payload)[EXP] > pair.now, True)
            for status, value in ((32, "32"), (96, "96")):
                made = pair.run("say", "verifier.pem", "teep.pub", value)
                expect(f"made with status {status}", pair.both(made),
                       "attestation-required")
            expect("another Verifier", pair.both(made, "stranger"),
                   "unknown-key")
            for tagged in (True, False):
                data = sign1(pair.verifier, encode(good), tagged=tagged)
                expect("made here", pair.both(data), "ok")
            expect("signature",
                   pair.both(data[:-1] + bytes([data[-1] ^ 1])),
                   "bad-signature")
            for name, (change, reason) in WRONG.items():
                data = sign1(pair.verifier,
                             encode(change(good, pair.stranger)))
                expect(name, pair.both(data), reason)
    print(f"{done} passed")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
