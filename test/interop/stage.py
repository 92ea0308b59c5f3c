"""Forged, replayed, stale and wrongly bound messages: each changes one step
of an otherwise correct exchange, and says what the TAM must answer and the
one reason that must stand in its log.

    EMPTY       HTTP 204 without a body: nothing for strangers, nor for
                what could be old                        [security 2, 16]
    INVALID     an Update with err-code 1 that names the reason
    ATTEST      an Update with err-code 7 that names the reason
    APPRAISED   the same, and the appraisal is recorded with its reason
    http(N)     that HTTP status, and nothing is said of a message
    UPDATE      accepted: an Update that installs something
    REQUEST     accepted: the proving QueryRequest

Nothing may be stored for a refused message but that record of APPRAISED.
"""
import time

from cose import ED25519, ESP256

import agent as a

LEGACY_ALG = {ESP256: -7, ED25519: -8}
OK = "ok"


class Skip(Exception):
    """A variant that cannot be played against this TAM."""


class Expect:
    def __init__(self, word, status, code=None):
        self.word, self.status, self.code = word, status, code

    def __repr__(self):
        return self.word


EMPTY = Expect("204", 204)
INVALID = Expect("an Update with err-code 1", 200, 1)
ATTEST = Expect("an Update with err-code 7", 200, 7)
APPRAISED = Expect("an Update with err-code 7, and a record", 200, 7)
UPDATE = Expect("an Update that installs", 200)
REQUEST = Expect("a QueryRequest", 200)
ACCEPTED = (UPDATE, REQUEST)


def http(status):
    return Expect(f"HTTP {status}", status)


VARIANTS = []


class Variant:
    def __init__(self, name, expect, reason, play, told=None):
        """reason: the name in the log, None if the message is not even
        looked at; told: the one on the wire, where it is another;
        play(stage) -> the Reply to judge."""
        self.name, self.expect, self.play = name, expect, play
        self.reason, self.told = reason, told or reason


class Stage:
    """What a variant plays with: two devices of one suite, and the TAM."""

    def __init__(self, mine, other, trust, http_client, foreign_challenge,
                 challenge_life=None):
        self.mine, self.other, self.trust = mine, other, trust
        self.http, self.foreign_challenge = http_client, foreign_challenge
        self.challenge_life = challenge_life  # seconds, if known
        self.note = lambda: None  # called before the message to be judged
        self.old, self.old_at = None, 0

    def agent(self, change=None, device=None):
        agent = a.Agent(device or self.mine, self.trust, self.http.post,
                        change)
        agent.stage = self
        return agent

    def asked(self, change=None, device=None):
        """An agent that holds a verified QueryRequest."""
        agent = self.agent(change, device)
        agent.query_request(self.http.post(b"").body)
        return agent

    def updated(self, change=None, device=None):
        """An agent that has carried out an Update and owes a Success."""
        agent = self.asked(change, device)
        agent.update(self.http.post(agent.query_response()).body)
        return agent

    def last(self, wire):
        """Send the message that is to be judged."""
        self.note()
        return self.http.post(wire)

    def keep_old(self):
        """Hold a QueryRequest until it is too old to be answered."""
        self.old, self.old_at = self.asked(), time.monotonic()

    def expired(self):
        """The agent of keep_old, when that time has come."""
        if self.challenge_life is None:
            raise Skip("how long a challenge lives is not known")
        rest = self.old_at + self.challenge_life - time.monotonic()
        time.sleep(max(0, rest))
        return self.old


def play(name, expect, reason, told=None):
    """Register a function of the stage as a variant."""
    def register(function):
        VARIANTS.append(Variant(name, expect, reason, function, told))
        return function
    return register


def response(name, step, expect, reason, told=None):
    """Register a change of one step of the QueryResponse."""
    def register(function):
        def run(stage):
            agent = stage.asked({step: function})
            return stage.last(agent.query_response())
        VARIANTS.append(Variant(name, expect, reason, run, told))
        return function
    return register


def success(name, step, expect, reason, told=None):
    """Register a change of one step of the Success."""
    def register(function):
        def run(stage):
            agent = stage.updated()
            agent.change = {step: function}
            return stage.last(agent.success())
        VARIANTS.append(Variant(name, expect, reason, run, told))
        return function
    return register


def flip(data, at):
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


def without(mapping, *keys):
    return {k: v for k, v in mapping.items() if k not in keys}
