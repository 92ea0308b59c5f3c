/*
 * claims: is what an agent says of itself whole, made now, for this TAM, and
 * about the key that sent it?                     [docs/evidence.md 2, 5]
 */
#include "scheme.h"

#include <string.h>

/* ---- the profile and all required claims are there --------------------- */

static enum err
manifests_check(struct job *j)
{
	struct list l = j->out->claims.manifests;
	struct cbor_in r = cbor_items(l);
	struct eat_manifest m;

	for (size_t i = 0; i < l.n; i++) {
		enum err e = eat_manifest_read(&r, &m);

		if (e != OK)
			return job_refuse(j, e, "manifests");
	}
	return OK;
}

/* Set *digest to that of a measurement; two would be one too many to say
 * which of them was measured. */
static enum err
measured(struct job *j, const struct eat_component *m, struct bytes *digest,
    const char *what)
{
	if (digest->n > 0)
		return job_refuse(j, ERR_DUPLICATE, what);
	*digest = m->digest;
	return OK;
}

static enum err
measurements_check(struct job *j, struct job_eat *is)
{
	struct list l = j->out->claims.measurements;
	struct cbor_in r = cbor_items(l);
	struct eat_component m;

	for (size_t i = 0; i < l.n; i++) {
		enum err e = eat_component_read(&r, &m);

		if (e != OK)
			return job_refuse(j, e, "measurements");
		if (bytes_same(m.name, BYTES_LIT("launcher")))
			TRY(measured(
			    j, &m, &is->launcher, "measurement launcher"));
		else if (bytes_same(m.name, BYTES_LIT("agent")))
			TRY(measured(j, &m, &is->agent, "measurement agent"));
	}
	if (is->launcher.n == 0)
		return job_refuse(j, ERR_MISSING, "measurement launcher");
	if (is->agent.n == 0)
		return job_refuse(j, ERR_MISSING, "measurement agent");
	return OK;
}

static enum err
complete(struct job *j, struct job_eat *is)
{
	struct appraisal *o = j->out;

	TRY(eat_read(&j->v, &o->claims, &o->why));
	TRY(eat_evidence_complete(&o->claims, &o->why));
	TRY(manifests_check(j));
	return measurements_check(j, is);
}

/* ---- it was made now, for this TAM, and for this sender ---------------- */

static enum err
not_now(struct job *j, enum err e, const char *what, uint64_t found)
{
	(void)job_refuse(j, e, what);
	j->out->why.kind = WHY_UINT;
	j->out->why.expected_n = j->ask->now;
	j->out->why.found_n = found;
	return e;
}

/* Nobody asked with a challenge: is it of now by its own time?  Whether that
 * is worth anything, its maker has to say (judge.c). */
static enum err
timely(struct job *j)
{
	const struct eat_claims *c = &j->out->claims;
	const struct verifier_ask *ask = j->ask;

	if (ask->age == 0 || (c->has & EAT_HAS_NONCE) != 0 ||
	    (c->has & EAT_HAS_IAT) == 0)
		return job_refuse(j, ERR_EVIDENCE_NONCE, "eat_nonce");
	if (c->iat > ask->now + ask->skew)
		return not_now(j, ERR_RANGE, "iat", c->iat);
	if (c->iat < ask->now && ask->now - c->iat > ask->age)
		return not_now(j, ERR_EXPIRED, "iat", c->iat);
	return OK;
}

static enum err
fresh(struct job *j)
{
	const struct eat_claims *c = &j->out->claims;

	if (j->ask->challenge.n == 0)
		TRY(timely(j));
	else if (!bytes_same_ct(c->nonce, j->ask->challenge))
		return job_differs(j, ERR_EVIDENCE_NONCE, "eat_nonce", WHY_HEX,
		    j->ask->challenge, c->nonce);
	if ((c->has & EAT_HAS_EXP) != 0 && c->exp <= j->ask->now)
		return not_now(j, ERR_EXPIRED, "exp", c->exp);
	if ((c->has & EAT_HAS_NBF) != 0 && c->nbf > j->ask->now)
		return not_now(j, ERR_EXPIRED, "nbf", c->nbf);
	return OK;
}

static enum err
for_us(struct job *j)
{
	struct bytes aud = j->out->claims.aud, first = BYTES_NONE;

	/* Asked by somebody who relies on the nonce alone. */
	if (j->ask->n_audience == 0)
		return OK;
	for (size_t i = 0; i < j->ask->n_audience; i++) {
		struct bytes one = job_text(j->ask->audience[i], KID_TEXT);

		if (bytes_same(aud, one))
			return OK;
		if (i == 0)
			first = one;
	}
	return job_differs(
	    j, ERR_EVIDENCE_AUDIENCE, "aud", WHY_TEXT, first, aud);
}

static enum err
report_key_check(struct job *j)
{
	struct appraisal *o = j->out;
	enum err e = cose_key_read(o->claims.report_key, &o->report_key);

	if (e != OK)
		return job_refuse(j, e, "report-key");
	return job_purpose(j, &o->report_key, "report-key", o->report_kid);
}

/* Their form was checked when the claims were read. */
static enum err
payload_keys_check(struct job *j)
{
	const struct appraisal *o = j->out;
	struct cbor_in r = cbor_items(o->claims.payload_keys);
	uint8_t kid[EAT_PAYLOAD_KEYS_MAX][KID_LEN];
	struct eat_payload_key k;

	for (size_t i = 0; i < o->claims.payload_keys.n; i++) {
		TRY(eat_payload_key_read(&r, &k));
		TRY(job_purpose(j, &k.key, "payload-keys", kid[i]));
		if (memcmp(kid[i], o->report_kid, KID_LEN) == 0)
			return job_refuse(j, ERR_KEY_PURPOSE, "payload-keys");
		for (size_t n = 0; n < i; n++)
			if (memcmp(kid[i], kid[n], KID_LEN) == 0)
				return job_refuse(
				    j, ERR_KEY_PURPOSE, "payload-keys");
	}
	return OK;
}

static enum err
of_the_sender(struct job *j)
{
	struct appraisal *o = j->out;
	uint8_t kid[KID_LEN];
	enum err e;

	e = eat_cnf_kid(j->crypto, o->claims.cnf, kid);
	if (e != OK)
		return job_refuse(j, e, "cnf");
	if (j->ask->teep_kid == NULL)
		job_key_named(j, kid);
	else if (memcmp(kid, j->ask->teep_kid, KID_LEN) != 0)
		return job_differs(j, ERR_EVIDENCE_CNF, "cnf", WHY_HEX,
		    (struct bytes){j->ask->teep_kid, KID_LEN}, BYTES_OF(kid));
	if (memcmp(kid, j->v.kid, KID_LEN) == 0)
		return job_refuse(j, ERR_KEY_PURPOSE, "evidence key");
	TRY(report_key_check(j));
	return payload_keys_check(j);
}

enum err
job_claims(struct job *j, struct job_eat *is)
{
	memset(is, 0, sizeof(*is));
	TRY(complete(j, is));
	TRY(fresh(j));
	TRY(for_us(j));
	return of_the_sender(j);
}
