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

/* What a Result says, of whatever profile it is. */
struct word {
	struct bytes cnf, nonce;
	uint64_t iat, exp, nbf;
};

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

static enum err
absent(struct why *why, const char *claim)
{
	return why_set(why, ERR_RESULT_CLAIMS, claim);
}

/* The TEEP profile has no status: a Verifier signs it of whom it accepts. */
static enum err
read_teep(const struct verified *v, const struct attested *by, struct word *out,
    struct why *why)
{
	struct eat_claims c;

	TRY(eat_read(v, &c, why));
	TRY(eat_result_complete(&c, why));
	if ((c.has & EAT_HAS_NONCE) == 0)
		return absent(why, "eat_nonce");
	if ((c.has & EAT_HAS_IAT) == 0)
		return absent(why, "iat");
	if ((c.has & EAT_HAS_EXP) == 0)
		return absent(why, "exp");
	if (by->status != 0)
		return absent(why, "ear_status");
	*out = (struct word){c.cnf, c.nonce, c.iat, c.exp, c.nbf};
	return OK;
}

/* Every part of the TAM is in order, as far as policy wants. */
static enum err
check_status(uint64_t status, const struct attested *by, struct why *why)
{
	uint64_t least = by->status != 0 ? by->status : EAR_AFFIRMING;

	if (status == EAR_AFFIRMING || status == least)
		return OK;
	(void)why_set(why, ERR_NOT_ATTESTED, "ear_status");
	why->kind = WHY_UINT;
	why->expected_n = least;
	why->found_n = status;
	return ERR_NOT_ATTESTED;
}

static enum err
read_ear(const struct verified *v, const struct attested *by, struct word *out,
    struct why *why)
{
	const struct bytes profile = BYTES_LIT(EAR_PROFILE);
	struct ear_appraisal part;
	struct cbor_in r;
	struct ear e;
	size_t n;

	TRY(ear_read(v, &profile, 1, &e, why));
	if ((e.has & EAR_RESULT_HAS_CNF) == 0)
		return absent(why, "cnf");
	if ((e.has & EAR_RESULT_HAS_NONCE) == 0)
		return absent(why, "eat_nonce");
	if ((e.has & EAR_RESULT_HAS_EXP) == 0)
		return absent(why, "exp");
	if ((e.has & EAR_RESULT_HAS_STATUS) != 0)
		TRY(check_status(e.status, by, why));
	r = ear_appraisals(&e, &n);
	for (size_t i = 0; i < n; i++) {
		TRY(ear_appraisal_read(&r, &part));
		TRY(check_status(part.status, by, why));
		/* of the Evidence: it need not be there */
		if ((part.has & EAR_HAS_NONCE) != 0 &&
		    !bytes_same_ct(part.nonce, e.nonce))
			return why_differs(why, ERR_RESULT_NONCE, "eat_nonce",
			    e.nonce, part.nonce);
	}
	*out = (struct word){e.cnf, e.nonce, e.iat, e.exp, 0};
	return OK;
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

static enum err
check_times(const struct word *w, uint64_t told, struct why *why)
{
	if (w->exp <= w->iat)
		return expired(why, "exp", w->iat, w->exp);
	if (w->nbf > w->iat)
		return expired(why, "nbf", w->iat, w->nbf);
	if (w->exp <= told)
		return expired(why, "exp", told, w->exp);
	if (told > SKEW && w->iat < told - SKEW)
		return expired(why, "iat", told, w->iat);
	return OK;
}

/* Whose word is it, and in which form? */
static enum err
read_word(const struct agent *a, const struct attested *by,
    const struct teep_message *q, struct word *out, struct why *why)
{
	struct attested_ring all = {a->ports->crypto, agent_policy(a), by};
	struct keyring ring = ring_verifiers(&all);
	bool teep = teep_payload_kind((q->has & TEEP_HAS_FORMAT) != 0,
			q->format) == TEEP_PAYLOAD_RESULT;
	struct verified v;
	enum err e;

	/* Evidence: there is no Verifier here to ask. */
	if (!teep && !teep_format_is(q->format, EAR_PROFILE)) {
		(void)why_set(
		    why, ERR_NOT_ATTESTED, "attestation-payload-format");
		why->kind = WHY_TEXT;
		why->found = q->format;
		return ERR_NOT_ATTESTED;
	}
	e = cose_verify(a->ports->crypto, &ring,
	    ACCEPT_SIGN1 | ACCEPT_CWT_TAG | ACCEPT_POLYMORPHIC, q->attestation,
	    &v, why);
	if (e != OK) {
		why->what = "attestation-payload";
		return e;
	}
	return teep ? read_teep(&v, by, out, why) : read_ear(&v, by, out, why);
}

enum err
proof_judge(const struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct attested *by, struct bytes nonce,
    const struct teep_message *q, struct tam_proof *out, struct why *why)
{
	struct word w = {0};
	enum err e;

	TRY(read_word(a, by, q, &w, why));
	if (!bytes_same_ct(w.nonce, nonce))
		return why_differs(
		    why, ERR_RESULT_NONCE, "eat_nonce", nonce, w.nonce);
	e = eat_cnf_kid(a->ports->crypto, w.cnf, out->kid);
	if (e != OK)
		return why_set(why, e, "cnf");
	e = proof_signed_by(a, v, tam, out->kid);
	if (err_class(e) == CLASS_PORT)
		return why_set(why, e, "cnf");
	if (e != OK)
		return why_differs(
		    why, ERR_RESULT_CNF, "cnf", BYTES_OF(v->kid), w.cnf);
	TRY(check_times(&w, time_told(a, tam), why));
	out->life = w.exp - w.iat;
	return OK;
}
