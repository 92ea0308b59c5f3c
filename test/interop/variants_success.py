"""Variants of Success, Error, the SUIT Report and the proving round."""
import os

import agent as a
from cbor import decode
from cose import EAT_ENCRYPTION, Key
from stage import (
    EMPTY, INVALID, OK, REQUEST, flip, play, success, without)

# All that may be wrong before a report is open is one reason to the peer.
OPAQUE = "undecryptable"


# Success


@success("success-bad-signature", "success-wire", EMPTY, "bad-signature")
def _(agent, wire):
    return flip(wire, -1)


@play("success-unknown-token", EMPTY, "unknown-token")
def _(stage):
    # An invented token, in the message and in its report alike.
    token = os.urandom(32)
    agent = stage.updated()
    agent.change = {"report": lambda agent, r: {**r, 2: token}}
    agent.pending[0] = token
    return stage.last(agent.success())


@play("success-replayed", EMPTY, "unknown-token")
def _(stage):
    wire = stage.updated().success()
    stage.http.post(wire)
    return stage.last(wire)


def steal(stage):
    """B with its Update, and A's Success for B's token."""
    b = stage.updated(device=stage.other)
    agent = stage.updated()
    token = b.pending[0]
    agent.change = {"report": lambda agent, r: {**r, 2: token}}
    agent.pending[0] = token
    return b, agent.success()


@play("success-token-of-another-device", EMPTY, "unknown-token")
def _(stage):
    return stage.last(steal(stage)[1])


@play("accepted-after-token-was-stolen", REQUEST, OK)
def _(stage):
    # A foreign use must not consume the token.
    b, theft = steal(stage)
    stage.http.post(theft)
    return stage.last(b.success())


@play("success-before-any-update", EMPTY, "unknown-token")
def _(stage):
    agent = stage.asked()
    agent.pending = [os.urandom(32), [], None]
    return stage.last(agent.success())


@success("success-without-token", "success", EMPTY, "unknown-token")
def _(agent, message):
    return [message[0], without(message[1], a.TOKEN)]


@success("success-legacy-type", "success", EMPTY, "out-of-range")
def _(agent, message):
    return [5, message[1]]


@success("success-legacy-token-label", "success", EMPTY, "unknown-token")
def _(agent, message):
    options = without(message[1], a.TOKEN)
    options[20] = message[1][a.TOKEN]
    return [message[0], options]


@success("success-signed-trailing-byte", "success-bytes", EMPTY,
         "trailing-bytes")
def _(agent, data):
    return data + b"\0"


@success("report-wrong-nonce", "report", INVALID, "report-nonce")
def _(agent, report):
    return {**report, 2: os.urandom(32)}


@success("report-capabilities-shape", "report", INVALID, "wrong-type")
def _(agent, report):
    # A component is [* bstr, ? true], and no list of such.
    return {**report, 8: {1: [[[b"app"]]], 2: [3], 3: [3], 4: [-9]}}


@success("report-without-nonce", "report", INVALID, "report-nonce")
def _(agent, report):
    return without(report, 2)


@success("report-signed-by-teep-key", "report-key", INVALID, "report-key",
         OPAQUE)
def _(agent, key):
    return agent.device.teep


@success("report-signed-by-evidence-key", "report-key", INVALID, "report-key",
         OPAQUE)
def _(agent, key):
    return agent.device.evidence


@success("report-signed-by-another-device", "report-key", INVALID,
         "report-key", OPAQUE)
def _(agent, key):
    return agent.stage.other.report


@success("report-bad-signature", "report-signed", INVALID, "report-key",
         OPAQUE)
def _(agent, signed):
    return flip(signed, -1)


@success("report-unsigned", "report-signed", INVALID, "unsigned", OPAQUE)
def _(agent, signed):
    return decode(signed).value[2]


@success("report-about-another-manifest", "report", INVALID,
         "report-manifest")
def _(agent, report):
    return {**report, 99: ["", [-16, os.urandom(32)]]}


@success("report-without-reference", "report", INVALID, "missing-field")
def _(agent, report):
    return without(report, 99)


@success("report-of-a-failure", "report", INVALID, "report-result")
def _(agent, report):
    record = [[], 7, 1, 0, {}]
    return {**report, 3: [record], 4: {5: -1, 6: record, 7: 10}}


@success("report-result-false", "report", INVALID, "wrong-type")
def _(agent, report):
    return {**report, 4: False}


@play("report-encrypted-as-evidence", INVALID, "undecryptable")
def _(stage):
    agent = stage.updated()
    agent.encrypt_reports = True
    agent.change = {"report-context": lambda agent, c: EAT_ENCRYPTION}
    return stage.last(agent.success())


@play("report-encrypted-for-another-key", INVALID, "undecryptable")
def _(stage):
    agent = stage.updated()
    agent.encrypt_reports = True
    agent.trust = a.Trust(stage.trust.tam.values(), Key.new(), ())
    return stage.last(agent.success())


@play("proof-with-the-first-challenge", EMPTY, "replay")
def _(stage):
    # The proving round must rest on a challenge issued after the Success.
    agent = stage.asked()
    first = agent.challenge
    agent.update(stage.http.post(agent.query_response()).body)
    agent.query_request(stage.http.post(agent.success()).body)
    agent.challenge = first
    return stage.last(agent.query_response())


@play("error-unknown-token", EMPTY, "unknown-token")
def _(stage):
    agent = stage.asked()
    return stage.last(agent._send(
        "error", [a.ERROR, {a.TOKEN: os.urandom(32), a.ERR_MSG: "no"}, 11]))


@play("error-code-zero", EMPTY, "out-of-range")
def _(stage):
    agent = stage.updated()
    return stage.last(agent._send(
        "error", [a.ERROR, {a.TOKEN: agent.pending[0]}, 0]))
