"""Variants of the COSE wrapper, the encoding, the message and HTTP."""
import os

import agent as a
import evidence as e
from cbor import Tag, decode, encode
from cose import ED25519, ESP256, Key, sign
from stage import (
    ATTEST, EMPTY, INVALID, LEGACY_ALG, flip, http, play,
    response, without)

BODY_MAX = 1 << 20  # agent-to-TAM message, design section 6


# Who signed the message


@response("bad-signature", "response-wire", EMPTY, "bad-signature")
def _(agent, wire):
    return flip(wire, -1)


@response("payload-bit", "response-wire", EMPTY, "bad-signature")
def _(agent, wire):
    return flip(wire, len(wire) // 2)


@response("unknown-kid", "response-key", EMPTY, "unknown-key")
def _(agent, key):
    return Key.new(key.alg)


@response("kid-of-another-device", "response-headers", EMPTY,
          "bad-signature")
def _(agent, headers):
    return {**headers, "unprotected": {4: agent.stage.other.teep.kid}}


@response("truncated-kid", "response-headers", EMPTY, "unknown-key")
def _(agent, headers):
    return {**headers, "unprotected": {4: agent.device.teep.kid[:8]}}


@response("no-kid", "response-headers", EMPTY, "unknown-key")
def _(agent, headers):
    return {**headers, "unprotected": {}}


@response("legacy-algorithm", "response-headers", EMPTY,
          "wrong-dialect")
def _(agent, headers):
    return {**headers,
            "protected": {1: LEGACY_ALG[agent.device.teep.alg]}}


@response("algorithm-of-the-other-suite", "response-headers", EMPTY,
          "algorithm-not-allowed")
def _(agent, headers):
    other = ED25519 if agent.device.teep.alg == ESP256 else ESP256
    return {**headers, "protected": {1: other}}


@response("no-algorithm", "response-headers", EMPTY, "bad-cose-header")
def _(agent, headers):
    return {**headers, "protected": {}}


@response("algorithm-unprotected", "response-headers", EMPTY,
          "bad-cose-header")
def _(agent, headers):
    key = agent.device.teep
    return {"protected": {}, "unprotected": {1: key.alg, 4: key.kid}}


@response("kid-in-both-buckets", "response-headers", EMPTY,
          "bad-cose-header")
def _(agent, headers):
    key = agent.device.teep
    return {**headers, "protected": {1: key.alg, 4: key.kid}}


@response("unknown-crit", "response-headers", EMPTY, "unknown-crit")
def _(agent, headers):
    return {**headers, "protected": {
        1: agent.device.teep.alg, 2: [-70001], -70001: 1}}


@response("unsigned", "response-wire", EMPTY, "unsigned")
def _(agent, wire):
    return decode(wire).value[2]


@response("empty-signature", "response-wire", EMPTY, "bad-signature")
def _(agent, wire):
    return encode(Tag(18, decode(wire).value[:3] + [b""]))


@response("payload-detached", "response-wire", EMPTY, "missing-field")
def _(agent, wire):
    body = decode(wire).value
    return encode(Tag(18, [body[0], body[1], None, body[3]]))


@response("mac0-tag", "response-wire", EMPTY, "not-cose")
def _(agent, wire):
    return encode(Tag(17, decode(wire).value))


@response("cose-sign-wrapper", "response-wire", EMPTY, "not-cose")
def _(agent, wire):
    return sign([agent.device.teep], decode(wire).value[2])


# Bytes


@response("trailing-byte", "response-wire", EMPTY, "trailing-bytes")
def _(agent, wire):
    return wire + b"\0"


@response("truncated", "response-wire", EMPTY, "truncated")
def _(agent, wire):
    return wire[:-1]


@response("indefinite-array", "response-wire", EMPTY, "indefinite-length")
def _(agent, wire):
    return b"\xd2\x9f" + wire[2:] + b"\xff"


@response("tag-not-shortest", "response-wire", EMPTY, "not-shortest-form")
def _(agent, wire):
    return b"\xd8\x12" + wire[1:]


@response("doubled-header", "response-wire", EMPTY, "duplicate-key")
def _(agent, wire):
    prot, unprot, payload, signature = decode(wire).value
    pair = encode(unprot)[1:]
    return (b"\xd2\x84" + encode(prot) + b"\xa2" + pair + pair +
            encode(payload) + encode(signature))


@response("nesting-bomb", "response-wire", EMPTY, "unsigned")
def _(agent, wire):
    return b"\x81" * 100000 + b"\x80"


@response("nesting-bomb-in-headers", "response-wire", EMPTY, "too-deep")
def _(agent, wire):
    prot, unprot, payload, signature = decode(wire).value
    bomb = b"\x19\x03\xe7" + b"\x81" * 100000 + b"\x80"
    return (b"\xd2\x84" + encode(prot) + b"\xa2" + encode(unprot)[1:] +
            bomb + encode(payload) + encode(signature))


@response("array-of-2-to-40", "response-wire", EMPTY, "truncated")
def _(agent, wire):
    return b"\xd2\x9b\0\0\1\0\0\0\0\0" + wire[2:]


@response("payload-of-2-to-63", "response-wire", EMPTY, "truncated")
def _(agent, wire):
    body = decode(wire).value
    return (b"\xd2\x84" + encode(body[0]) + encode(body[1]) +
            b"\x5b\x7f" + b"\xff" * 7 + body[2])


@response("signed-trailing-byte", "response-bytes", EMPTY, "trailing-bytes")
def _(agent, data):
    return data + b"\0"


@response("signed-truncated", "response-bytes", EMPTY, "truncated")
def _(agent, data):
    return data[:-1]


# The encoded message starts 82 02 A<n>: its third octet is the map's head.


@response("signed-indefinite-map", "response-bytes", EMPTY,
          "indefinite-length")
def _(agent, data):
    return data[:2] + b"\xbf" + data[3:] + b"\xff"


# These are no QueryResponse that anybody asked for.


@response("signed-not-shortest", "response-bytes", EMPTY, "not-shortest-form")
def _(agent, data):
    return b"\x82\x18\x02" + data[2:]


@response("message-is-a-map", "response", EMPTY, "wrong-type")
def _(agent, message):
    return {0: message[0], 1: message[1]}


@response("signed-duplicate-key", "response-bytes", EMPTY, "duplicate-key")
def _(agent, data):
    return (data[:2] + bytes([data[2] + 1]) + data[3:] +
            encode(a.FORMAT) + encode(e.FORMAT))


@response("signed-nesting-bomb", "response-bytes", EMPTY, "too-deep")
def _(agent, data):
    return (data[:2] + bytes([data[2] + 1]) + data[3:] + encode(999) +
            b"\x81" * 100000 + b"\x80")


@response("signed-map-count-lies", "response-bytes", EMPTY, "truncated")
def _(agent, data):
    return data[:2] + bytes([data[2] + 1]) + data[3:]


@response("signed-bad-utf8", "response-bytes", EMPTY, "bad-utf8")
def _(agent, data):
    return data.replace(b"tag:tamarind", b"tag:\xff\xfe" + b"marind")


# The message


@response("type-query-request", "response", EMPTY, "unknown-message-type")
def _(agent, message):
    suites, profile = a.SUITES[agent.device.teep.alg], [-16, -9, -29, 1]
    return [a.QUERY_REQUEST, {a.CHALLENGE: bytes(32)}, [suites], [profile],
            a.ATTESTATION]


@response("type-query-request-of-2", "response", EMPTY, "out-of-range")
def _(agent, message):
    return [a.QUERY_REQUEST, *message[1:]]


@response("type-update", "response", EMPTY, "unknown-message-type")
def _(agent, message):
    return [a.UPDATE, {a.TOKEN: bytes(32)}]


@response("type-unassigned", "response", EMPTY, "unknown-message-type")
def _(agent, message):
    return [6, message[1]]


@response("legacy-labels", "response", EMPTY, "wrong-dialect")
def _(agent, message):
    legacy = {a.PAYLOAD: 7, a.TC_LIST: 8, a.EXT_LIST: 9, a.FORMAT: 13}
    return [message[0],
            {legacy.get(k, k): v for k, v in message[1].items()}]


@response("token-though-none-asked", "response", EMPTY, "unknown-token")
def _(agent, message):
    message[1][a.TOKEN] = os.urandom(32)
    return message


@response("payload-absent", "response", EMPTY, "unsolicited")
def _(agent, message):
    return [message[0], without(message[1], a.PAYLOAD, a.FORMAT)]


@response("payload-empty", "response", EMPTY, "not-cose")
def _(agent, message):
    message[1][a.PAYLOAD] = b""
    return message


@response("format-absent", "response", EMPTY, "attestation-required")
def _(agent, message):
    return [message[0], without(message[1], a.FORMAT)]


@response("format-of-a-result", "response", EMPTY, "attestation-required")
def _(agent, message):
    message[1][a.FORMAT] = (
        f'application/eat+cwt; eat_profile="{e.RESULT_PROFILE}"')
    return message


@response("format-unknown", "response", EMPTY, "attestation-required")
def _(agent, message):
    message[1][a.FORMAT] = "application/octet-stream"
    return message


@play("passport-in-the-clear", ATTEST, "attestation-required")
def _(stage):
    # Its challenge can be seen, so its sender hears what is wanted instead.
    def format_of_a_result(agent, message):
        message[1][a.FORMAT] = (
            f'application/eat+cwt; eat_profile="{e.RESULT_PROFILE}"')
        return message
    agent = stage.asked({"response": format_of_a_result,
                         "recipient": lambda agent, key: None})
    return stage.last(agent.query_response())


@play("passport-twice", EMPTY, "attestation-required")
def _(stage):
    def no_format(agent, message):
        return [message[0], without(message[1], a.FORMAT)]
    agent = stage.asked({"response": no_format,
                         "recipient": lambda agent, key: None})
    wire = agent.query_response()
    stage.http.post(wire)
    return stage.last(wire)


@play("components-not-listed-twice", EMPTY, "replay")
def _(stage):
    agent = stage.asked({"response": lambda agent, message: [
        message[0], without(message[1], a.TC_LIST)]})
    wire = agent.query_response()
    stage.http.post(wire)
    return stage.last(wire)


@response("components-not-listed", "response", INVALID, "missing-field")
def _(agent, message):
    return [message[0], without(message[1], a.TC_LIST)]


@response("version-1-selected", "response", INVALID,
          "unsupported-version")
def _(agent, message):
    message[1][a.SELECTED_VERSION] = 1
    return message


# HTTP


def raw(name, expect, method, body, headers, reason=None):
    @play(name, expect, reason)
    def _(stage):
        stage.note()
        return stage.http.request(method, body, headers)


TEEP = {"Accept": a.MEDIA_TYPE, "Content-Type": a.MEDIA_TYPE}
raw("http-get", http(405), "GET", None, {"Accept": a.MEDIA_TYPE})
raw("http-put", http(405), "PUT", b"x", TEEP)
raw("http-media-type", http(415), "POST", b"\x80",
    {**TEEP, "Content-Type": "application/cbor"})
raw("http-accept", http(406), "POST", b"",
    {"Accept": "text/html", "Content-Length": "0"})
raw("http-body-too-large", http(413), "POST", bytes(BODY_MAX + 1), TEEP)
raw("not-cbor", EMPTY, "POST", b"hello, world", TEEP, "unsigned")
raw("one-octet", EMPTY, "POST", b"\0", TEEP, "unsigned")


def framed(name, lines, body):
    """Two readers could see different messages in such a request."""
    @play(name, http(400), None)
    def _(stage):
        uri = stage.http.uri
        head = [f"POST {uri.path or '/'} HTTP/1.1", f"Host: {uri.netloc}",
                f"Accept: {a.MEDIA_TYPE}", f"Content-Type: {a.MEDIA_TYPE}",
                "Connection: close", *lines, "", ""]
        stage.note()
        return stage.http.raw("\r\n".join(head).encode() + body)


framed("http-two-lengths", ["Content-Length: 1", "Content-Length: 2"],
       b"\x80\x80")
framed("http-length-and-chunks",
       ["Content-Length: 1", "Transfer-Encoding: chunked"],
       b"1\r\n\x80\r\n0\r\n\r\n")
