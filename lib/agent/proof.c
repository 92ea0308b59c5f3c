/*
 * proof: does a Verifier say that this TAM is in order?  [TEEP 7.2.1.1, 12.3]
 *
 * An agent has no clock that the network could not set.  That the Result is
 * fresh, its nonce says; how long it is good for, its own two times; and what
 * this TAM itself has told of the time is the least that it must be.
 *                                                          [security 3, 7]
 */
#include "agent_int.h"
#include <string.h>

/* Seconds by which two honest clocks may differ. */
#define SKEW 300

struct one_key {
	const struct policy_tam *tam;
	const uint8_t *kid;
};

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct one_key *o = ctx;
	const struct policy_keys *k = &o->tam->sign;
	struct bytes want = {o->kid, KID_LEN};

	for (size_t i = 0; i < k->n; i++) {
		if (nth > 0 || cose_key_alg(&k->key[i]) != alg ||
		    !bytes_same(BYTES_OF(k->kid[i]), want) ||
		    (kid.n > 0 && !bytes_same(kid, want)))
			continue;
		*out = k->key[i];
		return OK;
	}
	return ERR_UNKNOWN_KEY;
}

enum err
proof_signed_by(const struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const uint8_t kid[KID_LEN])
{
	struct one_key one = {tam, kid};
	struct keyring ring = {&one, find};
	struct verified again;
	struct why why;

	if (bytes_same(BYTES_OF(v->kid), (struct bytes){kid, KID_LEN}))
		return OK;
	/* One of several signatures was enough to know whose message it is;
	 * this one may be another of them. */
	return cose_verify(a->ports->crypto, &ring,
	    ACCEPT_SIGN1 | ACCEPT_SIGN | ACCEPT_POLYMORPHIC, a->heard, &again,
	    &why);
}

/* The latest that this TAM has told of the time. */
static uint64_t
time_told(const struct agent *a, const struct policy_tam *tam)
{
	uint64_t latest = 0;
	struct floor f;

	for (size_t i = 0; i < tam->sign.n; i++)
		if (state_floor(&a->state, BYTES_OF(tam->sign.kid[i]), &f) &&
		    f.iat > latest)
			latest = f.iat;
	return latest;
}

static enum err
expired(struct why *why, const char *claim, uint64_t want, uint64_t is)
{
	(void)why_set(why, ERR_EXPIRED, claim);
	why->kind = WHY_UINT;
	why->expected_n = want;
	why->found_n = is;
	return ERR_EXPIRED;
}

/* Nobody here knows what time it is: its own times, and what was told. */
static enum err
check_times(const struct believed *r, uint64_t told, struct why *why)
{
	if (r->iat == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "iat");
	if (r->exp == UINT64_MAX)
		return why_set(why, ERR_RESULT_CLAIMS, "exp");
	if (r->exp <= r->iat)
		return expired(why, "exp", r->iat, r->exp);
	if (r->nbf > r->iat)
		return expired(why, "nbf", r->iat, r->nbf);
	if (r->exp <= told)
		return expired(why, "exp", told, r->exp);
	if (told > SKEW && r->iat < told - SKEW)
		return expired(why, "iat", told, r->iat);
	return OK;
}

/* Is it about a key of this TAM that has signed this message?  The one that
 * was looked at first, or another. */
static enum err
check_key(const struct agent *a, const struct verified *v,
    const struct policy_tam *tam, struct result_ask *want, struct bytes in,
    struct believed *out, struct why *why)
{
	const struct crypto *c = a->ports->crypto;
	struct why other;
	enum err e;

	want->kid = v->kid;
	e = result_check(c, want, in, out, why);
	for (size_t i = 0; e == ERR_RESULT_CNF && i < tam->sign.n; i++) {
		want->kid = tam->sign.kid[i];
		if (proof_signed_by(a, v, tam, want->kid) == OK &&
		    result_check(c, want, in, out, &other) == OK)
			return OK;
	}
	return e;
}

enum err
proof_judge(const struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct attested *by, struct bytes nonce,
    const struct teep_message *q, struct tam_proof *out, struct why *why)
{
	struct attested_ring all = {a->ports->crypto, agent_policy(a), by};
	const struct keyring ring = ring_verifiers(&all);
	bool teep = teep_payload_kind((q->has & TEEP_HAS_FORMAT) != 0,
			q->format) == TEEP_PAYLOAD_RESULT;
	struct result_ask want = {
	    .form = teep ? &result_teep : &result_ear,
	    .verifiers = &ring,
	    .nonce = nonce,
	    .least = by->status == EAR_WARNING ? EAR_WARNING : EAR_AFFIRMING,
	};
	struct believed r;

	/* Evidence: there is no Verifier here to ask. */
	if (!teep && !teep_format_is(q->format, EAR_PROFILE)) {
		(void)why_set(
		    why, ERR_NOT_ATTESTED, "attestation-payload-format");
		why->kind = WHY_TEXT;
		why->found = q->format;
		return ERR_NOT_ATTESTED;
	}
	TRY(check_key(a, v, tam, &want, q->attestation, &r, why));
	/* The TEEP profile has no status: a Verifier signs it of whom it
	 * accepts. */
	if (teep && by->status != 0)
		return why_set(why, ERR_RESULT_CLAIMS, "ear_status");
	TRY(check_times(&r, time_told(a, tam), why));
	memcpy(out->kid, want.kid, KID_LEN);
	out->life = r.exp - r.iat;
	return OK;
}
