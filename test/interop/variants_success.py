"""Variants of Success, Error, the SUIT Report and the proving round."""
import os

import agent as a
from cbor import decode
from cose import EAT_ENCRYPTION, Key
from stage import EMPTY, REQUEST, flip, play, success, without


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
    return stage.http.post(agent.success())


@play("success-replayed", EMPTY, ("unknown-token", "replay"))
def _(stage):
    wire = stage.updated().success()
    stage.http.post(wire)
    return stage.http.post(wire)


def steal(stage):
    """B's Update, and A's Success for its token: (b, reply)."""
    b = stage.updated(device=stage.other)
    agent = stage.updated()
    token = b.pending[0]
    agent.change = {"report": lambda agent, r: {**r, 2: token}}
    agent.pending[0] = token
    return b, stage.http.post(agent.success())


@play("success-token-of-another-device", EMPTY, "unknown-token")
def _(stage):
    return steal(stage)[1]


@play("accepted-after-token-was-stolen", REQUEST, None)
def _(stage):
    # A foreign use must not consume the token.
    b, _ = steal(stage)
    return stage.http.post(b.success())


@play("success-before-any-update", EMPTY, "unknown-token")
def _(stage):
    agent = stage.asked()
    agent.pending = [os.urandom(32), [], None]
    return stage.http.post(agent.success())


@success("success-without-token", "success", EMPTY,
         ("unknown-token", "message-rule", "missing-field", "unsolicited"))
def _(agent, message):
    return [message[0], without(message[1], a.TOKEN)]


@success("success-without-report", "success", EMPTY,
         ("missing-field", "report-manifest", "message-rule"))
def _(agent, message):
    return [message[0], without(message[1], a.REPORTS)]


@success("success-legacy-type", "success", EMPTY, None)
def _(agent, message):
    return [5, message[1]]


@success("success-legacy-token-label", "success", EMPTY, None)
def _(agent, message):
    options = without(message[1], a.TOKEN)
    options[20] = message[1][a.TOKEN]
    return [message[0], options]


@success("success-signed-trailing-byte", "success-bytes", EMPTY,
         "trailing-bytes")
def _(agent, data):
    return data + b"\0"


@success("report-wrong-nonce", "report", EMPTY, "report-nonce")
def _(agent, report):
    return {**report, 2: os.urandom(32)}


@success("report-without-nonce", "report", EMPTY,
         ("report-nonce", "missing-field"))
def _(agent, report):
    return without(report, 2)


@success("report-signed-by-teep-key", "report-key", EMPTY, "report-key")
def _(agent, key):
    return agent.device.teep


@success("report-signed-by-evidence-key", "report-key", EMPTY, "report-key")
def _(agent, key):
    return agent.device.evidence


@success("report-signed-by-another-device", "report-key", EMPTY,
         "report-key")
def _(agent, key):
    return agent.stage.other.report


@success("report-bad-signature", "report-signed", EMPTY,
         ("bad-signature", "report-key", "undecryptable"))
def _(agent, signed):
    return flip(signed, -1)


@success("report-unsigned", "report-signed", EMPTY,
         ("unsigned", "not-cose", "report-key", "undecryptable"))
def _(agent, signed):
    return decode(signed).value[2]


@success("report-about-another-manifest", "report", EMPTY,
         "report-manifest")
def _(agent, report):
    return {**report, 99: ["", [-16, os.urandom(32)]]}


@success("report-without-reference", "report", EMPTY,
         ("missing-field", "report-manifest"))
def _(agent, report):
    return without(report, 99)


@success("report-of-a-failure", "report", EMPTY, "report-result")
def _(agent, report):
    record = [[], 7, 1, 0, {}]
    return {**report, 3: [record], 4: {5: -1, 6: record, 7: 10}}


@success("report-result-false", "report", EMPTY,
         ("wrong-type", "report-result", "out-of-range"))
def _(agent, report):
    return {**report, 4: False}


@play("report-encrypted-as-evidence", EMPTY, "undecryptable")
def _(stage):
    agent = stage.updated()
    agent.encrypt_reports = True
    agent.change = {"report-context": lambda agent, c: EAT_ENCRYPTION}
    return stage.http.post(agent.success())


@play("report-encrypted-for-another-key", EMPTY, "undecryptable")
def _(stage):
    agent = stage.updated()
    agent.encrypt_reports = True
    agent.trust = a.Trust(stage.trust.tam.values(), Key.new(), ())
    return stage.http.post(agent.success())


@play("proof-with-the-first-challenge", EMPTY, "replay")
def _(stage):
    # The proving round must rest on a challenge issued after the Success.
    agent = stage.asked()
    first = agent.challenge
    agent.update(stage.http.post(agent.query_response()).body)
    agent.query_request(stage.http.post(agent.success()).body)
    agent.challenge = first
    return stage.http.post(agent.query_response())


@play("error-unknown-token", EMPTY, "unknown-token")
def _(stage):
    agent = stage.asked()
    return stage.http.post(agent._send(
        "error", [a.ERROR, {a.TOKEN: os.urandom(32), a.ERR_MSG: "no"}, 11]))


@play("error-code-zero", EMPTY, ("out-of-range", "message-rule"))
def _(stage):
    agent = stage.updated()
    return stage.http.post(agent._send(
        "error", [a.ERROR, {a.TOKEN: agent.pending[0]}, 0]))
