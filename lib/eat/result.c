/*
 * result: may a Relying Party act on this Attestation Result?
 *                                    [TEEP 7.1.1, 7.2.1.1; RFC 9334 8.5]
 *
 * TAM, agent, or anybody else: signed by a Verifier it believes, about the
 * key that was seen in use, in time, fresh, and good.  Each step refuses by a
 * name of its own, and none can be left out.
 */
#include "eat_int.h"

#include <string.h>

static enum err
differs(struct why *why, enum err e, const char *what, uint64_t expected,
    uint64_t found)
{
	(void)why_set(why, e, what);
	if (why != NULL) {
		why->kind = WHY_UINT;
		why->expected_n = expected;
		why->found_n = found;
	}
	return e;
}

static enum err
differs_in(struct why *why, enum err e, const char *what, struct bytes expected,
    struct bytes found)
{
	(void)why_set(why, e, what);
	if (why != NULL) {
		why->kind = WHY_HEX;
		why->expected = expected;
		why->found = found;
	}
	return e;
}

/* ---- who says so --------------------------------------------------------- */

static enum err
signed_by(const struct crypto *c, const struct result_ask *ask, struct bytes in,
    struct verified *v, struct why *why)
{
	enum err e = cose_verify(c, ask->verifiers,
	    (unsigned)ACCEPT_SIGN1 | ACCEPT_CWT_TAG, in, v, why);

	if (e == ERR_UNKNOWN_KEY && why != NULL)
		why->what = "Verifier";
	return e;
}

/* ---- when ---------------------------------------------------------------- */

static enum err
in_time(
    const struct result_ask *ask, const struct eat_claims *c, struct why *why)
{
	uint64_t ahead = ask->now + ask->skew;

	if (ask->now == 0)
		return OK;
	if ((c->has & EAT_HAS_EXP) != 0 && c->exp <= ask->now)
		return differs(why, ERR_EXPIRED, "exp", ask->now, c->exp);
	if ((c->has & EAT_HAS_NBF) != 0 && c->nbf > ahead)
		return differs(why, ERR_EXPIRED, "nbf", ask->now, c->nbf);
	if ((c->has & EAT_HAS_IAT) != 0 && c->iat > ahead)
		return differs(why, ERR_RANGE, "iat", ask->now, c->iat);
	return OK;
}

/* Of the Result, or of the Evidence it is about: whichever are there. */
static bool
carries(const struct result_said *s, struct bytes nonce)
{
	bool outer = (s->outer.has & EAT_HAS_NONCE) != 0;
	bool inner = s->inner.n > 0;

	return nonce.n > 0 && (outer || inner) &&
	       (!outer || bytes_same_ct(s->outer.nonce, nonce)) &&
	       (!inner || bytes_same_ct(s->inner, nonce));
}

static enum err
fresh(const struct result_ask *ask, const struct result_said *s, bool *nonce,
    struct why *why)
{
	const struct eat_claims *c = &s->outer;

	*nonce = carries(s, ask->nonce);
	if (*nonce)
		return OK;
	if (ask->age == 0 || ask->now == 0)
		return differs_in(why, ERR_RESULT_NONCE, "eat_nonce",
		    ask->nonce, c->nonce.n > 0 ? c->nonce : s->inner);
	if ((c->has & EAT_HAS_IAT) == 0)
		return why_set(why, ERR_RESULT_CLAIMS, "iat");
	if (c->iat < ask->now && ask->now - c->iat > ask->age)
		return differs(
		    why, ERR_EXPIRED, "iat", ask->now - ask->age, c->iat);
	return OK;
}

/* ---- about whom, and what ------------------------------------------------ */

/* cnf decides where it is there; else the key that was attested. */
static enum err
about(const struct crypto *c, const struct result_ask *ask,
    const struct result_said *s, struct why *why)
{
	const struct bytes want = {ask->kid, KID_LEN};
	uint8_t kid[KID_LEN];

	if ((s->outer.has & EAT_HAS_CNF) == 0)
		return s->attested ? OK
				   : why_set(why, ERR_RESULT_CNF,
					 s->has_key ? "akpub" : "cnf");
	if (eat_cnf_kid(c, s->outer.cnf, kid) != OK ||
	    !bytes_same(BYTES_OF(kid), want))
		return differs_in(
		    why, ERR_RESULT_CNF, "cnf", want, s->outer.cnf);
	return OK;
}

static enum err
good(const struct result_ask *ask, const struct result_said *s, struct why *why)
{
	const char *what = eat_claim_absent(&s->claims, ask->need);

	if (what != NULL)
		return why_set(why, ERR_RESULT_CLAIMS, what);
	if (s->status == EAR_AFFIRMING ||
	    (ask->least == EAR_WARNING && s->status == EAR_WARNING))
		return OK;
	return differs(
	    why, ERR_NOT_ATTESTED, s->fault, EAR_AFFIRMING, s->status);
}

static enum err
check(const struct crypto *c, const struct result_ask *ask,
    const struct verified *v, struct believed *out, struct why *why)
{
	struct result_said s = {.status = EAR_NONE, .fault = "ear_status"};

	TRY(eat_read(v, &s.outer, why));
	TRY(ask->form->read(v, ask, &s, why));
	TRY(in_time(ask, &s.outer, why));
	TRY(fresh(ask, &s, &out->fresh, why));
	TRY(about(c, ask, &s, why));
	TRY(good(ask, &s, why));
	memcpy(out->verifier, v->kid, KID_LEN);
	out->claims = s.claims;
	out->status = s.status;
	out->iat = s.outer.iat;
	out->nbf = s.outer.nbf;
	out->exp = (s.outer.has & EAT_HAS_EXP) != 0 ? s.outer.exp : UINT64_MAX;
	return OK;
}

enum err
result_read(const struct crypto *c, const struct result_ask *ask,
    const struct verified *v, struct believed *out, struct why *why)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	e = check(c, ask, v, out, why);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

enum err
result_check(const struct crypto *c, const struct result_ask *ask,
    struct bytes in, struct believed *out, struct why *why)
{
	struct verified v;

	memset(out, 0, sizeof(*out));
	TRY(signed_by(c, ask, in, &v, why));
	return result_read(c, ask, &v, out, why);
}
