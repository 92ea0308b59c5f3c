/*
 * error: an Error to a QueryRequest: ask otherwise, or end.    [TEEP 8]
 */
#include "tam_int.h"

#include <string.h>

static const struct teep_profile profiles[] = {
    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128CTR},
    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW, ALG_A128CTR},
    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128GCM},
    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW, ALG_CHACHA20_POLY1305},
};

/* 3: nonces are all we offer; say so, if the agent can do them. */
static enum err
on_freshness(struct turn *t, struct teep_message *m)
{
	if (!teep_uints_have(t->m.freshness, TEEP_FRESH_NONCE))
		return tam_refuse(
		    t, ERR_NO_FRESHNESS, "supported-freshness-mechanisms");
	m->has |= TEEP_HAS_FRESHNESS;
	m->freshness = teep_fresh_nonce;
	return OK;
}

/* 4: version 0 is all we have; say so. */
static enum err
on_version(struct turn *t, struct teep_message *m)
{
	if (!teep_uints_have(t->m.versions, 0))
		return tam_refuse(t, ERR_NO_COMMON_VERSION, "versions");
	m->has |= TEEP_HAS_VERSIONS;
	m->versions = teep_version_0;
	return OK;
}

/* 5: offer one suite that both have, and sign in it. */
static enum err
on_suites(struct turn *t, struct teep_message *m)
{
	const struct dialect *d = &t->t->dialect;

	if (teep_suites_have(t->m.suites, dialect_alg(d, ALG_ESP256))) {
		t->signer = t->t->esp256;
		m->suites = dialect_offer(d)->esp256;
	} else if (teep_suites_have(t->m.suites, dialect_alg(d, ALG_ED25519))) {
		t->signer = t->t->ed25519;
		m->suites = dialect_offer(d)->ed25519;
	} else {
		return tam_refuse(
		    t, ERR_NO_COMMON_SUITE, "supported-teep-cipher-suites");
	}
	return OK;
}

/* 8: this TAM sends no SUIT Reports of its own, so that a common profile is
 * enough to ask again. */
static enum err
on_profiles(struct turn *t, struct teep_message *m)
{
	(void)m;
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++)
		if (teep_profiles_have(
			&t->t->dialect, t->m.profiles, &profiles[i]))
			return OK;
	return tam_refuse(t, ERR_NO_PROFILE, "supported-suit-cose-profiles");
}

/* A Result about this TAM that answers the agent's challenge.  [TEEP 12.4] */
static enum err
own_result(struct turn *t, struct bytes *out)
{
	uint8_t cnf[48];
	struct cbor_out w = cbor_into(SPAN_OF(cnf));
	struct span room =
	    arena_span(t->mem, t->t->self.n + t->m.challenge.n + COSE_OVERHEAD);
	struct eat_claims c;
	struct bytes claims;

	if (room.p == NULL)
		return ERR_MEMORY;
	/* What the operator configured: its faults are not the agent's. */
	if (eat_parse(t->t->self, &c, NULL) != OK)
		return ERR_SYNTAX;
	eat_cnf_put_kid(&w, t->signer->kid);
	TRY(tam_ours(cbor_done(&w, &c.cnf)));
	c.nonce = t->m.challenge;
	c.profile = BYTES_LIT(EAT_TEEP_PROFILE);
	c.iat = t->now;
	c.exp = t->now + t->t->config.result_life;
	c.has |= EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_PROFILE | EAT_HAS_IAT |
		 EAT_HAS_EXP;
	if (eat_result_complete(&c, NULL) != OK)
		return ERR_SYNTAX;
	w = cbor_into(room);
	TRY(tam_ours(eat_write(&w, &c)));
	TRY(tam_ours(cbor_done(&w, &claims)));
	return tam_sign_result(t, claims, out);
}

/* 7: the agent wants to know whom it talks to. */
static enum err
on_attestation(struct turn *t, struct teep_message *m)
{
	if (t->t->self.n == 0 && t->t->attester == NULL)
		return tam_refuse(t, ERR_NOT_ATTESTED, "TAM attestation");
	if ((t->m.has & TEEP_HAS_FRESHNESS) != 0 &&
	    !teep_uints_have(t->m.freshness, TEEP_FRESH_NONCE))
		return tam_refuse(
		    t, ERR_NO_FRESHNESS, "supported-freshness-mechanisms");
	if ((t->m.has & TEEP_HAS_CHALLENGE) == 0)
		return tam_refuse(t, ERR_NO_FRESHNESS, "challenge");
	if (t->m.challenge.n > 64) /* eat_nonce holds no more */
		return tam_refuse(t, ERR_RANGE, "challenge");
	/* before the Result key signs what could not be sent */
	tam_exchange_check(t);
	if (t->row.requests >= t->t->config.exchange_requests)
		return ERR_EXCHANGE_LIMIT;
	m->has |= TEEP_HAS_ATTESTATION;
	return t->t->attester != NULL ? tam_vouched(t, m)
				      : own_result(t, &m->attestation);
}

/* Codes after which asking otherwise may help; all else ends the session. */
static const struct {
	uint32_t code;
	enum err (*adjust)(struct turn *t, struct teep_message *m);
} adjustments[] = {
    {TEEP_ERR_FRESHNESS, on_freshness},
    {TEEP_ERR_VERSION, on_version},
    {TEEP_ERR_CIPHER_SUITES, on_suites},
    {TEEP_ERR_ATTESTATION_REQUIRED, on_attestation},
    {TEEP_ERR_SUIT_REPORT, on_profiles},
};

/* It answers a question of ours, once. */
static enum err
question_spend(struct turn *t)
{
	uint64_t issued;
	enum err e = tam_challenge_spend(t, t->m.token, &issued);

	return e == ERR_CHALLENGE ? tam_refuse(t, ERR_TOKEN, "token") : e;
}

enum err
tam_on_error(struct turn *t)
{
	uint8_t unused[TAM_CHALLENGE_LEN] = {0};
	struct teep_message m = tam_query(t->t, unused);

	t->out->peer_code = t->m.err_code;
	t->out->peer_text = t->m.err_msg;
	/* Questions for a passport have a token, too, which is longer. */
	if (t->m.token.n == TAM_CHALLENGE_LEN)
		TRY(question_spend(t));
	else if ((t->m.has & TEEP_HAS_TOKEN) != 0)
		return tam_outcome(t, false);
	if ((t->m.has & TEEP_HAS_REPORTS) != 0)
		return tam_refuse(t, ERR_TOKEN, "token");
	for (size_t i = 0; i < ARRAY_LEN(adjustments); i++) {
		if (adjustments[i].code != t->m.err_code)
			continue;
		TRY(adjustments[i].adjust(t, &m));
		return tam_ask(t, &m);
	}
	return OK;
}
