"""Forged, replayed, stale and wrongly bound messages: each changes one step
of an otherwise correct exchange, and says what the TAM must answer and
which reason must stand in its log.

    EMPTY       HTTP 204 without a body: nothing for whom it does not know
    update(N)   an Update with err-code N that names the reason
    http(N)     that HTTP status
    MALFORMED   signed, but not a TEEP message: nothing either
    UPDATE      accepted: an Update that installs something
    REQUEST     accepted: the proving QueryRequest
"""
from cose import ED25519, ESP256

import agent as a

LEGACY_ALG = {ESP256: -7, ED25519: -8}


class Expect:
    def __init__(self, word, status, code=None):
        self.word, self.status, self.code = word, status, code

    def __repr__(self):
        return self.word


EMPTY = Expect("204", 204)
UPDATE = Expect("an Update that installs", 200)
REQUEST = Expect("a QueryRequest", 200)


def update(code):
    return Expect(f"an Update with err-code {code}", 200, code)


def http(status):
    return Expect(f"HTTP {status}", status)


# tam.h: "malformed: no message"; one line to change if that does.
MALFORMED = EMPTY
INVALID, ATTEST = update(1), update(7)
VARIANTS = []


class Variant:
    def __init__(self, name, expect, reason, play):
        """reason: the name in the log, several if any of them will do,
        None if nothing is said; play(stage) -> the Reply to judge."""
        self.name, self.expect, self.play = name, expect, play
        self.reasons = (reason,) if isinstance(reason, str) else reason


class Stage:
    """What a variant plays with: two devices of one suite, and the TAM."""

    def __init__(self, mine, other, trust, http_client, foreign_challenge):
        self.mine, self.other, self.trust = mine, other, trust
        self.http, self.foreign_challenge = http_client, foreign_challenge

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


def play(name, expect, reason):
    """Register a function of the stage as a variant."""
    def register(function):
        VARIANTS.append(Variant(name, expect, reason, function))
        return function
    return register


def response(name, step, expect, reason):
    """Register a change of one step of the QueryResponse."""
    def register(function):
        def run(stage):
            agent = stage.asked({step: function})
            return stage.http.post(agent.query_response())
        VARIANTS.append(Variant(name, expect, reason, run))
        return function
    return register


def success(name, step, expect, reason):
    """Register a change of one step of the Success."""
    def register(function):
        def run(stage):
            agent = stage.updated()
            agent.change = {step: function}
            return stage.http.post(agent.success())
        VARIANTS.append(Variant(name, expect, reason, run))
        return function
    return register


def flip(data, at):
    out = bytearray(data)
    out[at] ^= 1
    return bytes(out)


def without(mapping, *keys):
    return {k: v for k, v in mapping.items() if k not in keys}
