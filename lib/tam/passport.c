/*
 * passport: a QueryResponse with an Attestation Result that somebody else has
 * made.                                      [TEEP 7.1.1; security 3]
 *
 * Of which exchange it is, the token says that stands in the signed message;
 * without one the Result itself has to carry our challenge.  A Result that
 * carries neither, and is only young enough, says how the device was: nothing
 * is sent on its word (decide.c).
 */
#include "tam_int.h"

#include <string.h>

/* What of it is about the device, and stays. */
#define IDENTITY                                                    \
	((uint32_t)EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL | \
	    EAT_HAS_HWVERSION | EAT_HAS_MANIFESTS)

struct paper {
	const struct result_form *form;
	struct bytes result; /* decrypted */
	struct bytes nonce;  /* that it should carry */
	bool token;          /* which is the message's */
};

static const struct result_form *
form_of(const struct teep_message *m)
{
	bool has = (m->has & TEEP_HAS_FORMAT) != 0;

	if (teep_payload_kind(has, m->format) == TEEP_PAYLOAD_RESULT)
		return &result_teep;
	return teep_format_is(m->format, EAR_PROFILE) ? &result_ear : NULL;
}

bool
tam_is_passport(const struct turn *t)
{
	const struct tam_results *r = t->t->results;

	return r != NULL && (t->m.has & TEEP_HAS_ATTESTATION) != 0 &&
	       form_of(&t->m) != NULL && r->any(r->ctx);
}

static enum err
paper_open(struct turn *t, struct paper *p)
{
	struct bytes in = t->m.attestation;

	p->form = form_of(&t->m);
	p->result = in;
	p->token = (t->m.has & TEEP_HAS_TOKEN) != 0;
	p->nonce = t->m.token;
	/* Nobody asked with one: it is a challenge, copied. */
	if (p->token && t->t->config.model != TAM_PASSPORT)
		return tam_refuse(t, ERR_TOKEN, "token");
	if (cose_is_encrypt(in))
		TRY(tam_decrypt(t, in, COSE_CTX_EAT, &p->result));
	return p->token ? OK : tam_nonce_peek(t, p->result, &p->nonce);
}

/* ---- is it to be believed? ----------------------------------------------- */

static struct bytes name_of(enum assurance class)
{
	const char *name = assurance_name(class);

	return (struct bytes){(const uint8_t *)name, strlen(name)};
}

static enum err
assurance_check(struct turn *t, enum assurance is)
{
	enum assurance least = t->t->config.least;

	if (is >= least)
		return OK;
	(void)tam_refuse(t, ERR_ASSURANCE, "assurance");
	t->out->why.kind = WHY_TEXT;
	t->out->why.expected = name_of(least);
	t->out->why.found = name_of(is);
	return ERR_ASSURANCE;
}

/* A Verifier is believed about the devices that it was let in for. */
static enum err
scope_check(struct turn *t, const struct believed *b)
{
	const struct tam_results *r = t->t->results;
	char vendor[64];
	enum err e = verifier_vendor(b->claims.oemid, vendor);

	if (e != OK)
		return tam_refuse(t, e, "oemid");
	e = r->scope(r->ctx, b->verifier, vendor, b->claims.hwmodel);
	if (e == OK)
		return OK;
	if (e != ERR_SCOPE)
		return tam_store(e);
	(void)tam_refuse(t, e, "Verifier");
	t->out->why.subject = BYTES_OF(t->out->verifier);
	return e;
}

/* What signs its reports, where the Verifier says so: nothing else. */
static enum err
report_key(struct turn *t, const struct believed *b)
{
	struct appraisal *a = &t->out->appraisal;
	const struct crypto *c = t->t->crypto;
	enum err e;

	if ((b->claims.has & EAT_HAS_REPORT_KEY) == 0)
		return OK;
	e = cose_key_read(b->claims.report_key, &a->report_key);
	if (e == OK)
		e = c->key_check(&a->report_key);
	if (e == OK)
		e = cose_key_thumbprint(c, &a->report_key, a->report_kid);
	if (e == OK && memcmp(a->report_kid, t->v.kid, KID_LEN) == 0)
		e = ERR_KEY_PURPOSE;
	return e == OK ? OK : tam_refuse(t, e, "report-key");
}

/* What is only young enough takes nothing back that was found out since. */
static enum err
younger(struct turn *t, const struct believed *b)
{
	if (b->fresh || b->iat > t->row.evidence_iat)
		return OK;
	(void)tam_refuse(t, ERR_EXPIRED, "iat");
	t->out->why.kind = WHY_UINT;
	t->out->why.expected_n = t->row.evidence_iat;
	t->out->why.found_n = b->iat;
	return ERR_EXPIRED;
}

/* Until when it may be relied upon. */
static uint64_t
until(const struct turn *t, const struct believed *b)
{
	uint64_t life = t->t->config.result_life, end = t->now + life;

	if (!b->fresh)
		end = b->iat + t->t->config.result_age;
	return b->exp < end ? b->exp : end;
}

static enum err
believe(struct turn *t, const struct paper *p)
{
	const struct tam_results *r = t->t->results;
	const struct tam_config *c = &t->t->config;
	struct appraisal *a = &t->out->appraisal;
	/* Another's nonce in it does not make it old, and none does not make
	 * it new: without the token nobody knows when it was presented. */
	const bool by_time = p->token && (c->fresh & TAM_FRESH_TIME) != 0;
	const struct result_ask ask = {.form = p->form,
	    .verifiers = &r->verifiers,
	    .kid = t->v.kid,
	    .key = &t->row.key,
	    .nonce = p->nonce,
	    .age = by_time ? c->result_age : 0,
	    .skew = c->clock_skew,
	    .now = t->now,
	    .need = IDENTITY,
	    .submod = r->submod,
	    .least = r->least};
	struct believed b;

	TRY(result_check(t->t->crypto, &ask, p->result, &b, &t->out->why));
	memcpy(t->out->verifier, b.verifier, KID_LEN);
	TRY(younger(t, &b));
	TRY(scope_check(t, &b));
	a->assurance = assurance_from_name(b.claims.assurance);
	TRY(assurance_check(t, a->assurance));
	TRY(report_key(t, &b));
	a->claims = b.claims;
	a->claims.has &= IDENTITY | EAT_HAS_REPORT_KEY;
	a->claims.measurements = (struct list){BYTES_NONE, 0};
	a->claims.bootseed = BYTES_NONE;
	memcpy(a->kid, t->v.kid, KID_LEN);
	a->has_kid = a->bound = true;
	a->verdict = ACCEPTED;
	t->under = b.fresh;
	t->until = until(t, &b);
	t->out->passport = true;
	return OK;
}

enum err
tam_on_passport(struct turn *t)
{
	struct appraisal *a = &t->out->appraisal;
	struct verifier_ask ask = {
	    .media = t->m.format, .teep_kid = t->v.kid, .now = t->now};
	struct paper p;
	uint64_t issued;
	enum err e;

	TRY(paper_open(t, &p));
	e = believe(t, &p);
	if (err_class(e) > CLASS_REFUSED)
		return e;
	/* Of what CTR decrypted nobody hears anything but that it is good. */
	if (e != OK && !tam_is_sealed(t->m.attestation))
		return e;
	a->why = t->out->why;
	ask.challenge = p.nonce;
	TRY(tam_challenge_spend(t, p.nonce, &issued));
	t->out->why = a->why;
	if (e != OK)
		tam_verdict_void(a);
	return tam_conclude(t, &ask, BYTES_NONE, issued, e);
}
