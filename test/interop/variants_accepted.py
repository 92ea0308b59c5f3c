"""Unusual messages that the specifications allow: they must be accepted, or
the refusals elsewhere prove little.
"""
import cbor2

import agent as a
import evidence as e
from cbor import decode, encode
from cose import Key
from stage import OK, REQUEST, UPDATE, play, response, success, without


@response("accepted-untagged", "response-wire", UPDATE, OK)
def _(agent, wire):
    return encode(decode(wire).value)


@response("accepted-kid-protected", "response-headers", UPDATE, OK)
def _(agent, headers):
    key = agent.device.teep
    return {"protected": {1: key.alg, 4: key.kid}, "unprotected": {}}


@response("accepted-content-type-header", "response-headers", UPDATE, OK)
def _(agent, headers):
    return {**headers, "unprotected": {
        **headers["unprotected"], 3: a.MEDIA_TYPE}}


@response("accepted-unknown-option", "response", UPDATE, OK)
def _(agent, message):
    message[1][999] = {"new": [1, 2, 3]}
    return message


@response("accepted-unknown-option-with-float", "response-bytes", UPDATE, OK)
def _(agent, data):
    # 82 02 A<n>: one pair more, {999: 1.0}.
    return (data[:2] + bytes([data[2] + 1]) + data[3:] + encode(999) +
            b"\xf9\x3c\x00")


@response("accepted-any-key-order", "response-bytes", UPDATE, OK)
def _(agent, data):
    kind, options = decode(data)
    # cbor2 writes a map in the order it is given.
    return b"\x82" + encode(kind) + cbor2.dumps(
        dict(reversed(list(options.items()))))


@response("accepted-claims-in-any-order", "claims-bytes", UPDATE, OK)
def _(agent, data):
    return cbor2.dumps(dict(reversed(list(decode(data).items()))))


@response("accepted-unknown-claim", "claims", UPDATE, OK)
def _(agent, claims):
    return {**claims, -99999: "new", 270: "interop agent"}


@response("accepted-payload-keys", "claims", UPDATE, OK)
def _(agent, claims):
    return {**claims, e.PAYLOAD_KEYS: [["author", Key.new().cose]]}


@response("accepted-format-spelling", "response", UPDATE, OK)
def _(agent, message):
    message[1][a.FORMAT] = (
        f'Application/EAT+CWT ; EAT_Profile="{e.PROFILE}"')
    return message


@play("accepted-encrypted-report", REQUEST, OK)
def _(stage):
    agent = stage.updated()
    agent.encrypt_reports = True
    return stage.last(agent.success())


@success("accepted-capability-report", "report", REQUEST, OK)
def _(agent, report):
    return {**report, 8: {1: [[b"app"], [b"ta", True]], 2: [3], 3: [3],
                          4: [-9], 77: {"new": 1}}}


@success("accepted-unknown-report-key", "report", REQUEST, OK)
def _(agent, report):
    return {**report, 77: {"new": [1, 2]}}


@success("accepted-success-message", "success", REQUEST, OK)
def _(agent, message):
    message[1][a.MSG] = "done"
    return message


@success("accepted-without-report", "success", REQUEST, OK)
def _(agent, message):
    # What became of the manifests, the proof will show.
    return [message[0], without(message[1], a.REPORTS)]
