"""Variants of freshness, of Evidence and of its encryption."""
import os

import evidence as e
import agent as a
from cbor import Tag, decode, encode
from cose import (
    A128CTR, CONTENT_ALGS, REPORT_ENCRYPTION, Key, key_id_text)
from stage import (
    APPRAISED, EMPTY, INVALID, LEGACY_ALG, OK, UPDATE, flip, play, response,
    without)

# What the peer hears of Evidence that nobody encrypted.  Of what went wrong
# before the signature inside held it hears nothing; the log knows.
#                                                           [security 16]
OPAQUE = "undecryptable"


# Freshness


@play("replayed-response", EMPTY, "replay")
def _(stage):
    wire = stage.asked().query_response()
    stage.http.post(wire)
    return stage.last(wire)


@play("challenge-used-twice", EMPTY, "replay")
def _(stage):
    agent = stage.asked()
    stage.http.post(agent.query_response())
    return stage.last(agent.query_response())


@play("challenge-expired", EMPTY, "expired")
def _(stage):
    return stage.last(stage.expired().query_response())


@response("challenge-of-another-tam", "claims", EMPTY, "foreign-challenge")
def _(agent, claims):
    return {**claims, e.NONCE: agent.stage.foreign_challenge()}


def nonce(name, change):
    response(name, "claims", EMPTY, "foreign-challenge")(
        lambda agent, claims: {**claims, e.NONCE: change(claims[e.NONCE])})


nonce("challenge-wrong-mac", lambda n: flip(n, -1))
nonce("challenge-forged-time", lambda n: flip(n, 2))
nonce("challenge-of-1970", lambda n: bytes(4) + n[4:])
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
    return stage.last(agent.query_response())


# Evidence: who made it, and for whom


@response("audience-another-tam", "claims", APPRAISED, "evidence-audience")
def _(agent, claims):
    return {**claims, e.AUD: key_id_text(os.urandom(32))}


@response("audience-empty", "claims", EMPTY, "out-of-range")
def _(agent, claims):
    return {**claims, e.AUD: ""}


@response("audience-prefix", "claims", APPRAISED, "evidence-audience")
def _(agent, claims):
    return {**claims, e.AUD: claims[e.AUD][:-1]}


@response("evidence-key-unendorsed", "evidence-key", APPRAISED,
          "evidence-key-not-endorsed")
def _(agent, key):
    return Key.new(key.alg)


@response("evidence-key-is-the-teep-key", "evidence-key", APPRAISED,
          "evidence-key-not-endorsed")
def _(agent, key):
    return agent.device.teep


@response("evidence-bad-signature", "evidence", EMPTY, "bad-signature")
def _(agent, signed):
    return flip(signed, -1)


@response("evidence-kid-without-key", "evidence-headers", APPRAISED,
          "evidence-key-not-endorsed")
def _(agent, headers):
    return {**headers, "unprotected": {4: agent.device.teep.kid}}


@response("evidence-legacy-algorithm", "evidence-headers", EMPTY,
          "algorithm-not-allowed")
def _(agent, headers):
    return {**headers,
            "protected": {1: LEGACY_ALG[agent.device.evidence.alg]}}


@response("evidence-claims-unsigned", "evidence", EMPTY, "unsigned")
def _(agent, signed):
    return decode(signed).value[2]


@response("cnf-of-another-key", "claims", APPRAISED, "evidence-not-bound")
def _(agent, claims):
    return {**claims, e.CNF: {1: Key.new().cose}}


@response("cnf-of-another-device", "claims", APPRAISED, "evidence-not-bound")
def _(agent, claims):
    return {**claims, e.CNF: {1: agent.stage.other.teep.cose}}


@response("cnf-of-the-report-key", "claims", APPRAISED, "evidence-not-bound")
def _(agent, claims):
    return {**claims, e.CNF: {1: agent.device.report.cose}}


@play("evidence-of-another-device", APPRAISED, "evidence-not-bound")
def _(stage):
    # B's whole, honest Evidence for this challenge, sent by A.
    def evidence_of_b(agent, sealed):
        b = stage.other
        return e.evidence(b, e.claims(b, agent.challenge, agent.tam_key.kid),
                          stage.trust.encryption)
    agent = stage.asked({"sealed": evidence_of_b})
    return stage.last(agent.query_response())


@play("evidence-signed-by-another-device", APPRAISED, "claim-mismatch")
def _(stage):
    # A's claims under B's endorsed evidence key.
    agent = stage.asked(
        {"evidence-key": lambda agent, key: stage.other.evidence})
    return stage.last(agent.query_response())


@play("evidence-of-another-device-for-my-key", APPRAISED, "claim-mismatch")
def _(stage):
    # B's attester vouches for A's TEEP key: A is enrolled as another.
    def sealed(agent, value):
        b = stage.other
        claims = e.claims(b, agent.challenge, agent.tam_key.kid)
        claims[e.CNF] = {1: stage.mine.teep.cose}
        return e.evidence(b, claims, stage.trust.encryption)
    agent = stage.asked({"sealed": sealed})
    return stage.last(agent.query_response())


# Evidence: what it says


def claim(name, label, value, reason, expect=APPRAISED):
    response(name, "claims", expect, reason)(
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
      "unexpected-field")
claim("ueid-wrong-type", e.UEID, "text", "wrong-type", EMPTY)
claim("nonce-list", e.NONCE, lambda v: [v, v], "wrong-type", EMPTY)
claim("bootseed-short", e.BOOTSEED, lambda v: v[:31], "out-of-range", EMPTY)

for label in e.REQUIRED:
    # Without a nonce it is no Evidence for any exchange.
    unreadable = label == e.NONCE
    response(f"claim-{label}-absent", "claims",
             EMPTY if unreadable else APPRAISED, "missing-field")(
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
    response(name, "claims", APPRAISED, reason)(mutate)


def other_digest(value):
    return [value[0], flip(value[1], 0)]


measured("agent-measured-otherwise", "agent", other_digest,
         "measurement-mismatch")
measured("launcher-measured-otherwise", "launcher", other_digest,
         "measurement-mismatch")
measured("agent-not-measured", "agent", None, "missing-field")
measured("launcher-not-measured", "launcher", None, "missing-field")
measured("agent-digest-truncated", "agent", lambda v: [v[0], v[1][:16]],
         "out-of-range")
measured("agent-digest-of-another-algorithm", "agent",
         lambda v: [7, v[1]], "out-of-range")


@response("agent-measured-twice", "claims", APPRAISED, "duplicate-key")
def _(agent, claims):
    return {**claims, e.MEASUREMENTS: claims[e.MEASUREMENTS] + [
        e.measurement("agent", bytes(32))]}


@response("measurements-empty", "claims", EMPTY, "out-of-range")
def _(agent, claims):
    return {**claims, e.MEASUREMENTS: []}


@response("claims-duplicate-key", "claims-bytes", EMPTY, "duplicate-key")
def _(agent, data):
    # The map of 13 claims, and the audience a second time.
    return bytes([data[0] + 1]) + data[1:] + encode(e.AUD) + encode("x")


@response("claims-trailing-byte", "claims-bytes", EMPTY, "trailing-bytes")
def _(agent, data):
    return data + b"\0"


@response("report-key-is-the-teep-key", "claims", APPRAISED,
          "wrong-key-purpose")
def _(agent, claims):
    return {**claims, e.REPORT_KEY: agent.device.teep.cose}


# Encryption of Evidence


@response("evidence-unencrypted", "recipient", INVALID, "not-cose", OPAQUE)
def _(agent, key):
    return None


@response("evidence-for-another-key", "recipient", EMPTY, "undecryptable")
def _(agent, key):
    return Key.new()


@response("evidence-in-report-context", "context", EMPTY, "undecryptable")
def _(agent, context):
    return REPORT_ENCRYPTION


@response("wrapped-key-bit", "sealed", EMPTY, "undecryptable")
def _(agent, sealed):
    return flip(sealed, -1)


@response("evidence-ciphertext-truncated", "sealed", EMPTY,
          "undecryptable")
def _(agent, sealed):
    body = decode(sealed).value
    body[2] = body[2][:-1]
    return encode(Tag(96, body))


@response("ephemeral-point-off-curve", "sealed", EMPTY, "undecryptable")
def _(agent, sealed):
    body = decode(sealed).value
    body[3][0][1][-1][-3] = flip(body[3][0][1][-1][-3], -1)
    return encode(Tag(96, body))


@response("ephemeral-point-zero", "sealed", EMPTY, "undecryptable")
def _(agent, sealed):
    body = decode(sealed).value
    body[3][0][1][-1].update({-2: bytes(32), -3: bytes(32)})
    return encode(Tag(96, body))


@response("no-recipient", "sealed", EMPTY, "out-of-range")
def _(agent, sealed):
    body = decode(sealed).value
    body[3] = []
    return encode(Tag(96, body))


@response("encrypt0-tag", "sealed", EMPTY, "not-cose")
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
    @play(f"accepted-content-alg{alg}", UPDATE, OK)
    def _(stage, alg=alg):
        return with_content_alg(
            stage, alg, {},
            lambda agent: stage.last(agent.query_response()))


def ciphertext(name, alg, change, reason):
    """Change the ciphertext; what CTR decrypts from it is another text."""
    @play(f"{name}-alg{alg}", EMPTY, reason)
    def _(stage):
        def sealed(agent, value):
            body = decode(value).value
            body[2] = change(body[2])
            return encode(Tag(96, body))
        return with_content_alg(
            stage, alg, {"sealed": sealed},
            lambda agent: stage.last(agent.query_response()))


# The plaintext begins with the COSE head, and at 10 with the key id.
for alg in CONTENT_ALGS:
    bare = alg == A128CTR
    ciphertext("ciphertext-head-bit", alg, lambda c: flip(c, 0),
               "not-cose" if bare else "undecryptable")
    ciphertext("ciphertext-kid-bit", alg, lambda c: flip(c, 20),
               "evidence-key-not-endorsed" if bare else "undecryptable")
    ciphertext("ciphertext-claim-bit", alg, lambda c: flip(c, len(c) // 2),
               "bad-signature" if bare else "undecryptable")


@play("sealed-evidence-as-ctr", EMPTY, "bad-signature")
def _(stage):
    # GCM is CTR with a tag: the same key opens it without, and then nobody
    # sees what was changed.
    def sealed(agent, value):
        prot, unprot, text, recipients = decode(value).value
        unprot = {1: A128CTR, 5: unprot[5] + bytes([0, 0, 0, 2])}
        text = flip(text[:-16], len(text) // 2)
        return encode(Tag(96, [b"", unprot, text, recipients]))
    agent = stage.asked({"sealed": sealed})
    return stage.last(agent.query_response())
