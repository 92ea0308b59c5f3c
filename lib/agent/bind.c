/*
 * bind: is this Update for this device, and for this exchange?  [security 1]
 *
 * Without it a broker could feed a failing device the Update of a healthy
 * one, or yesterday's removal: it may replay the QueryRequest, too, so that
 * the challenge alone proves nothing to the agent.  What time it is for the
 * TAM proves it: the record keeps a floor under the iat of Results.
 */
#include "agent_int.h"
#include <string.h>

enum err
why_differs(struct why *why, enum err e, const char *what,
    struct bytes expected, struct bytes found)
{
	(void)why_set(why, e, what);
	why->kind = WHY_HEX;
	why->expected = expected;
	why->found = found;
	return e;
}

/* Is the Result no older than all that this TAM has had us do, and the
 * Update, if it is as old as the last of that, another one?   [security 7] */
static enum err
check_floor(const struct agent *a, const struct policy_tam *tam, uint64_t iat,
    const struct teep_message *m, struct why *why)
{
	for (size_t i = 0; i < tam->sign.n; i++) {
		struct cbor_in r;
		struct floor f;

		if (!state_floor(&a->state, BYTES_OF(tam->sign.kid[i]), &f))
			continue;
		if (iat < f.iat) {
			(void)why_set(why, ERR_REPLAY, "iat");
			why->kind = WHY_UINT;
			why->expected_n = f.iat;
			why->found_n = iat;
			return ERR_REPLAY;
		}
		r = cbor_items(f.tokens);
		for (size_t k = 0; iat == f.iat && k < f.tokens.n; k++)
			if (bytes_same_ct(cbor_bstr(&r, 0, LEN_ANY), m->token))
				return why_set(why, ERR_REPLAY, "token");
		/* A token that cannot be remembered is not taken. */
		if (iat == f.iat && f.tokens.n == AGENT_UPDATES_MAX)
			return why_set(why, ERR_EXCHANGE_LIMIT, "iat");
	}
	return OK;
}

/* Is the Result about our key and our last answer?  The TAM's signature
 * covers it, so the claims are a part of what was verified: no Verifier key
 * is needed to know that this TAM says so.      [docs/evidence.md 7] */
static enum err
check_result(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *m, struct why *why)
{
	const struct signer *own = a->ports->teep[a->ex.key];
	struct bytes nonce = {a->ex.nonce.b, a->ex.nonce.n};
	struct verified inner = *v;
	uint8_t kid[KID_LEN];
	struct eat_claims c;
	struct cose_signed s;
	enum err e;

	if ((m->has & TEEP_HAS_ATTESTATION) == 0)
		return why_set(why, ERR_UNBOUND, "attestation-payload");
	/* An EAR binds what repairs a device that is not healthy. */
	if (teep_payload_kind((m->has & TEEP_HAS_FORMAT) != 0, m->format) !=
		TEEP_PAYLOAD_RESULT &&
	    !teep_format_is(m->format, EAR_PROFILE))
		return why_set(why, ERR_UNBOUND, "attestation-payload-format");
	TRY(cose_signed_read(
	    m->attestation, ACCEPT_SIGN1 | ACCEPT_CWT_TAG, &s, why));
	if (s.payload.p == NULL)
		return why_set(why, ERR_UNBOUND, "payload");
	inner.payload = s.payload;
	TRY(eat_read(&inner, &c, why));
	if ((c.has & EAT_HAS_CNF) == 0)
		return why_set(why, ERR_RESULT_CNF, "cnf");
	e = eat_cnf_kid(a->ports->crypto, c.cnf, kid);
	if (e != OK)
		return why_set(why, e, "cnf");
	if (!bytes_same(BYTES_OF(kid), BYTES_OF(own->kid)))
		return why_differs(
		    why, ERR_RESULT_CNF, "cnf", BYTES_OF(own->kid), c.cnf);
	if ((c.has & EAT_HAS_NONCE) == 0 || !bytes_same_ct(c.nonce, nonce))
		return why_differs(
		    why, ERR_RESULT_NONCE, "eat_nonce", nonce, c.nonce);
	if ((c.has & EAT_HAS_IAT) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "iat");
	TRY(check_floor(a, tam, c.iat, m, why));
	/* An answer is good for one Update that is applied; the next one needs
	 * Evidence of what that has changed. */
	if (bytes_same_ct((struct bytes){a->ex.spent.b, a->ex.spent.n}, nonce))
		return why_set(why, ERR_REPLAY, "challenge");
	a->ex.bound = true;
	a->ex.iat = c.iat;
	memcpy(a->ex.kid, v->kid, KID_LEN);
	return OK;
}

/* A token opens one Update. */
static enum err
check_token(struct agent *a, const struct policy_tam *tam,
    const struct teep_message *m, struct why *why)
{
	struct exchange *ex = &a->ex;

	if (ex->n_tokens == AGENT_UPDATES_MAX)
		return why_set(why, ERR_EXCHANGE_LIMIT, "token");
	if ((m->has & TEEP_HAS_TOKEN) == 0)
		return tam->dialect.update == DIALECT_UNBOUND
			   ? OK
			   : why_set(why, ERR_UNBOUND, "token");
	for (size_t i = 0; i < ex->n_tokens; i++)
		if (bytes_same_ct(
			(struct bytes){ex->token[i].b, ex->token[i].n},
			m->token))
			return why_set(why, ERR_REPLAY, "token");
	return OK;
}

static void
spend_token(struct exchange *ex, const struct teep_message *m)
{
	struct token *t = &ex->token[ex->n_tokens++];

	t->n = (uint8_t)m->token.n;
	if (t->n > 0)
		memcpy(t->b, m->token.p, t->n);
}

enum err
update_bound(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *m, struct why *why)
{
	if (!a->ex.answered || a->ex.tam != tam)
		return why_set(why, ERR_NO_EXCHANGE, "exchange");
	if (a->ports->demanding != NULL)
		TRY(a->ports->demanding->proven(a, v, tam, why));
	/* Our QueryResponse chose the suite.                    [TEEP 8] */
	if (dialect_alg_read(&tam->dialect, v->alg) !=
	    a->ports->teep[a->ex.key]->alg)
		return why_set(why, ERR_COSE_ALG, "suite");
	TRY(check_token(a, tam, m, why));
	a->ex.bound = false;
	if (tam->dialect.update != DIALECT_UNBOUND)
		TRY(check_result(a, v, tam, m, why));
	spend_token(&a->ex, m);
	return OK;
}

enum err
update_mark(struct agent *a)
{
	const struct token *t = &a->ex.token[a->ex.n_tokens - 1];
	struct state_edit edit = {
	    .floor_kid = BYTES_OF(a->ex.kid),
	    .floor_iat = a->ex.iat,
	    .floor_token = {t->b, t->n},
	    .policy = agent_policy(a),
	};

	return a->ex.bound ? agent_prepare(a, &edit) : OK;
}
