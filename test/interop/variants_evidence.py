"""Variants of freshness, of Evidence and of its encryption."""
import os

import evidence as e
import agent as a
from cbor import Tag, decode, encode
from cose import CONTENT_ALGS, REPORT_ENCRYPTION, Key, key_id_text
from stage import (
    ATTEST, EMPTY, LEGACY_ALG, UPDATE, flip, play, response, without)


# Freshness


@play("replayed-response", EMPTY, "replay")
def _(stage):
    wire = stage.asked().query_response()
    stage.http.post(wire)
    return stage.http.post(wire)


@play("challenge-used-twice", EMPTY, "replay")
def _(stage):
    agent = stage.asked()
    stage.http.post(agent.query_response())
    return stage.http.post(agent.query_response())


@response("challenge-of-another-tam", "claims", ATTEST,
          ("foreign-challenge", "evidence-nonce"))
def _(agent, claims):
    return {**claims, e.NONCE: agent.stage.foreign_challenge()}


def nonce(name, change):
    response(name, "claims", ATTEST, ("foreign-challenge", "evidence-nonce"))(
        lambda agent, claims: {**claims, e.NONCE: change(claims[e.NONCE])})


nonce("challenge-wrong-mac", lambda n: flip(n, -1))
nonce("challenge-forged-time", lambda n: flip(n, 2))
nonce("challenge-expired-time", lambda n: bytes(4) + n[4:])
nonce("challenge-wrong-random", lambda n: flip(n, 8))
nonce("challenge-invented", lambda n: os.urandom(32))
nonce("challenge-shortened", lambda n: n[:8])
nonce("challenge-extended", lambda n: n + n)


@play("evidence-of-an-earlier-exchange", EMPTY, "replay")
def _(stage):
    old = stage.asked()
    wire = old.query_response()
    stage.http.post(wire)
    payload = decode(decode(wire).value[2])[1][a.PAYLOAD]
    agent = stage.asked({"sealed": lambda agent, value: payload})
    return stage.http.post(agent.query_response())


# Evidence: who made it, and for whom


@response("audience-another-tam", "claims", ATTEST, "evidence-audience")
def _(agent, claims):
    return {**claims, e.AUD: key_id_text(os.urandom(32))}


@response("audience-empty", "claims", ATTEST, "evidence-audience")
def _(agent, claims):
    return {**claims, e.AUD: ""}


@response("audience-prefix", "claims", ATTEST, "evidence-audience")
def _(agent, claims):
    return {**claims, e.AUD: claims[e.AUD][:-1]}


@response("evidence-key-unendorsed", "evidence-key", ATTEST,
          "evidence-key-not-endorsed")
def _(agent, key):
    return Key.new(key.alg)


@response("evidence-key-is-the-teep-key", "evidence-key", ATTEST,
          "evidence-key-not-endorsed")
def _(agent, key):
    return agent.device.teep


@response("evidence-bad-signature", "evidence", ATTEST, "undecryptable")
def _(agent, signed):
    return flip(signed, -1)


@response("evidence-kid-without-key", "evidence-headers", ATTEST,
          ("undecryptable", "evidence-key-not-endorsed"))
def _(agent, headers):
    return {**headers, "unprotected": {4: agent.device.teep.kid}}


@response("evidence-legacy-algorithm", "evidence-headers", ATTEST,
          ("undecryptable", "algorithm-not-allowed"))
def _(agent, headers):
    return {**headers,
            "protected": {1: LEGACY_ALG[agent.device.evidence.alg]}}


@response("evidence-claims-unsigned", "evidence", ATTEST, "undecryptable")
def _(agent, signed):
    return decode(signed).value[2]


@response("cnf-of-another-key", "claims", ATTEST, "evidence-not-bound")
def _(agent, claims):
    return {**claims, e.CNF: {1: Key.new().cose}}


@response("cnf-of-another-device", "claims", ATTEST, "evidence-not-bound")
def _(agent, claims):
    return {**claims, e.CNF: {1: agent.stage.other.teep.cose}}


@response("cnf-of-the-report-key", "claims", ATTEST, "evidence-not-bound")
def _(agent, claims):
    return {**claims, e.CNF: {1: agent.device.report.cose}}


@play("evidence-of-another-device", ATTEST, "evidence-not-bound")
def _(stage):
    # B's whole, honest Evidence for this challenge, sent by A.
    def evidence_of_b(agent, sealed):
        b = stage.other
        return e.evidence(b, e.claims(b, agent.challenge, agent.tam_key.kid),
                          stage.trust.encryption)
    agent = stage.asked({"sealed": evidence_of_b})
    return stage.http.post(agent.query_response())


@play("evidence-signed-by-another-device", ATTEST, "claim-mismatch")
def _(stage):
    # A's claims under B's endorsed evidence key.
    agent = stage.asked(
        {"evidence-key": lambda agent, key: stage.other.evidence})
    return stage.http.post(agent.query_response())


@play("evidence-of-another-device-for-my-key", ATTEST, (
    "claim-mismatch", "evidence-not-bound", "evidence-key-not-endorsed"))
def _(stage):
    # B's attester vouches for A's TEEP key: A is enrolled as another.
    def sealed(agent, value):
        b = stage.other
        claims = e.claims(b, agent.challenge, agent.tam_key.kid)
        claims[e.CNF] = {1: stage.mine.teep.cose}
        return e.evidence(b, claims, stage.trust.encryption)
    agent = stage.asked({"sealed": sealed})
    return stage.http.post(agent.query_response())


# Evidence: what it says


def claim(name, label, value, reason):
    response(name, "claims", ATTEST, reason)(
        lambda agent, claims: {
            **claims,
            label: value(claims[label]) if callable(value) else value})


claim("ueid-mismatch", e.UEID, lambda v: flip(v, 5), "claim-mismatch")
claim("ueid-shorter", e.UEID, lambda v: v[:17], "claim-mismatch")
claim("oemid-mismatch", e.OEMID, lambda v: flip(v, 0), "claim-mismatch")
claim("oemid-as-number", e.OEMID, 0x894823, "claim-mismatch")
claim("hwmodel-mismatch", e.HWMODEL, lambda v: v + b"x", "claim-mismatch")
claim("hwversion-mismatch", e.HWVERSION, ["9.9.9"], "measurement-mismatch")
claim("profile-another", e.EAT_PROFILE, lambda v: v + "0",
      ("unexpected-field", "claim-mismatch"))
claim("ueid-wrong-type", e.UEID, "text", "wrong-type")
claim("nonce-list", e.NONCE, lambda v: [v, v],
      ("wrong-type", "evidence-nonce", "foreign-challenge"))
claim("bootseed-short", e.BOOTSEED, lambda v: v[:31], "out-of-range")

for label in e.REQUIRED:
    response(f"claim-{label}-absent", "claims", ATTEST,
             ("missing-field", "foreign-challenge", "evidence-nonce")
             if label == e.NONCE else "missing-field")(
        lambda agent, claims, label=label: without(claims, label))


def measured(name, part, change, reason):
    """Change the digest that Evidence states for one part, or drop it."""
    def mutate(agent, claims):
        entries = []
        for fmt, raw in claims[e.MEASUREMENTS]:
            m = decode(raw)
            if m[1][0] == part:
                if change is None:
                    continue
                m[2] = change(m[2])
            entries.append([fmt, encode(m)])
        return {**claims, e.MEASUREMENTS: entries}
    response(name, "claims", ATTEST, reason)(mutate)


def other_digest(value):
    return [value[0], flip(value[1], 0)]


ABSENT = ("measurement-mismatch", "missing-field", "no-reference-value")
measured("agent-measured-otherwise", "agent", other_digest,
         "measurement-mismatch")
measured("launcher-measured-otherwise", "launcher", other_digest,
         "measurement-mismatch")
measured("agent-not-measured", "agent", None, ABSENT)
measured("launcher-not-measured", "launcher", None, ABSENT)
measured("agent-digest-truncated", "agent", lambda v: [v[0], v[1][:16]],
         ("measurement-mismatch", "out-of-range"))
measured("agent-digest-of-another-algorithm", "agent",
         lambda v: [7, v[1]], ("measurement-mismatch", "out-of-range",
                               "algorithm-not-allowed"))


@response("agent-measured-twice", "claims", ATTEST,
          ("measurement-mismatch", "duplicate-key"))
def _(agent, claims):
    return {**claims, e.MEASUREMENTS: claims[e.MEASUREMENTS] + [
        e.measurement("agent", bytes(32))]}


@response("measurements-empty", "claims", ATTEST,
          ABSENT + ("out-of-range",))
def _(agent, claims):
    return {**claims, e.MEASUREMENTS: []}


@response("claims-duplicate-key", "claims-bytes", ATTEST, "duplicate-key")
def _(agent, data):
    # The map of 13 claims, and the audience a second time.
    return bytes([data[0] + 1]) + data[1:] + encode(e.AUD) + encode("x")


@response("claims-trailing-byte", "claims-bytes", ATTEST, "trailing-bytes")
def _(agent, data):
    return data + b"\0"


@response("report-key-is-the-teep-key", "claims", ATTEST,
          ("wrong-key-purpose", "report-key"))
def _(agent, claims):
    return {**claims, e.REPORT_KEY: agent.device.teep.cose}


# Encryption of Evidence


@response("evidence-unencrypted", "recipient", ATTEST, "undecryptable")
def _(agent, key):
    return None


@response("evidence-for-another-key", "recipient", ATTEST, "undecryptable")
def _(agent, key):
    return Key.new()


@response("evidence-in-report-context", "context", ATTEST, "undecryptable")
def _(agent, context):
    return REPORT_ENCRYPTION


@response("wrapped-key-bit", "sealed", ATTEST, "undecryptable")
def _(agent, sealed):
    return flip(sealed, -1)


@response("evidence-ciphertext-truncated", "sealed", ATTEST,
          "undecryptable")
def _(agent, sealed):
    body = decode(sealed).value
    body[2] = body[2][:-1]
    return encode(Tag(96, body))


@response("ephemeral-point-off-curve", "sealed", ATTEST, "undecryptable")
def _(agent, sealed):
    body = decode(sealed).value
    body[3][0][1][-1][-3] = flip(body[3][0][1][-1][-3], -1)
    return encode(Tag(96, body))


@response("ephemeral-point-zero", "sealed", ATTEST, "undecryptable")
def _(agent, sealed):
    body = decode(sealed).value
    body[3][0][1][-1].update({-2: bytes(32), -3: bytes(32)})
    return encode(Tag(96, body))


@response("no-recipient", "sealed", ATTEST, "undecryptable")
def _(agent, sealed):
    body = decode(sealed).value
    body[3] = []
    return encode(Tag(96, body))


@response("encrypt0-tag", "sealed", ATTEST, "undecryptable")
def _(agent, sealed):
    return encode(Tag(16, decode(sealed).value[:3]))


def with_content_alg(stage, alg, change, finish):
    """Run an exchange whose Evidence is encrypted with alg."""
    kept, stage.mine.content_alg = stage.mine.content_alg, alg
    try:
        return finish(stage.asked(change))
    finally:
        stage.mine.content_alg = kept


for alg in CONTENT_ALGS:
    @play(f"ciphertext-bit-alg{alg}", ATTEST, "undecryptable")
    def _(stage, alg=alg):
        def change(agent, sealed):
            body = decode(sealed).value
            body[2] = flip(body[2], 40)
            return encode(Tag(96, body))
        return with_content_alg(
            stage, alg, {"sealed": change},
            lambda agent: stage.http.post(agent.query_response()))

    @play(f"accepted-content-alg{alg}", UPDATE, None)
    def _(stage, alg=alg):
        return with_content_alg(
            stage, alg, {},
            lambda agent: stage.http.post(agent.query_response()))
