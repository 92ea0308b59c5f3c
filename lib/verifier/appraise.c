/*
 * appraise: hold Evidence against endorsements and reference values.
 *                                    [RFC 9334 8; docs/evidence.md 5]
 *
 * The steps stand in appraise() in the order of the document; each refuses
 * with a reason of its own.
 */
#include "verifier_int.h"

#include <string.h>

struct bytes
job_text(const char *s, size_t room)
{
	const char *end = memchr(s, '\0', room);

	return (struct bytes){
	    (const uint8_t *)s, end == NULL ? room : (size_t)(end - s)};
}

/* Copy what fits, so that the reason outlives this call's locals. */
static struct bytes
keep(char *room, size_t n, struct bytes b)
{
	if (b.n > n)
		b.n = n;
	if (b.n > 0)
		memcpy(room, b.p, b.n);
	return (struct bytes){(const uint8_t *)room, b.n};
}

enum err
job_refuse(struct job *j, enum err e, const char *what)
{
	return why_set(&j->out->why, e, what);
}

enum err
job_differs(struct job *j, enum err e, const char *what, enum why_kind kind,
    struct bytes expected, struct bytes found)
{
	struct appraisal *o = j->out;

	(void)why_set(&o->why, e, what);
	o->why.kind = kind;
	o->why.expected = keep(o->expected, sizeof(o->expected), expected);
	o->why.found = keep(o->found, sizeof(o->found), found);
	return e;
}

void
job_source(struct job *j, struct bytes corim)
{
	struct appraisal *o = j->out;

	o->why.source = keep(o->source, sizeof(o->source), corim);
}

/* ---- the evidence key is endorsed, and its signature holds ------------- */

static enum err
find_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct job *j = ctx;

	(void)alg; /* cose compares it with the key */
	if (nth > 0 || kid.n != KID_LEN)
		return ERR_UNKNOWN_KEY;
	TRY(j->store->key(j->store->ctx, kid.p, &j->key));
	*out = j->key.key;
	return OK;
}

static enum err
authenticate(struct job *j, struct bytes evidence)
{
	const struct keyring ring = {j, find_key};
	struct why *why = &j->out->why;
	enum err e;

	e = cose_verify(j->crypto, &ring, ACCEPT_SIGN1, evidence, &j->v, why);
	if (e == ERR_UNKNOWN_KEY)
		return job_differs(j, ERR_EVIDENCE_KEY, "evidence key", WHY_HEX,
		    BYTES_NONE, why->subject);
	return e;
}

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
measurements_check(struct job *j)
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
			    j, &m, &j->launcher, "measurement launcher"));
		else if (bytes_same(m.name, BYTES_LIT("agent")))
			TRY(measured(j, &m, &j->agent, "measurement agent"));
	}
	if (j->launcher.n == 0)
		return job_refuse(j, ERR_MISSING, "measurement launcher");
	if (j->agent.n == 0)
		return job_refuse(j, ERR_MISSING, "measurement agent");
	return OK;
}

static enum err
complete(struct job *j)
{
	struct appraisal *o = j->out;

	TRY(eat_read(&j->v, &o->claims, &o->why));
	TRY(eat_evidence_complete(&o->claims, &o->why));
	TRY(manifests_check(j));
	return measurements_check(j);
}

/* ---- it was made now, for this TAM, and for this sender ---------------- */

static enum err
not_now(struct job *j, const char *what, uint64_t found)
{
	(void)job_refuse(j, ERR_EXPIRED, what);
	j->out->why.kind = WHY_UINT;
	j->out->why.expected_n = j->ask->now;
	j->out->why.found_n = found;
	return ERR_EXPIRED;
}

static enum err
fresh(struct job *j)
{
	const struct eat_claims *c = &j->out->claims;

	if (!bytes_same_ct(c->nonce, j->ask->challenge))
		return job_differs(j, ERR_EVIDENCE_NONCE, "eat_nonce", WHY_HEX,
		    j->ask->challenge, c->nonce);
	if ((c->has & EAT_HAS_EXP) != 0 && c->exp <= j->ask->now)
		return not_now(j, "exp", c->exp);
	if ((c->has & EAT_HAS_NBF) != 0 && c->nbf > j->ask->now)
		return not_now(j, "nbf", c->nbf);
	return OK;
}

static enum err
for_us(struct job *j)
{
	struct bytes aud = j->out->claims.aud, first = BYTES_NONE;

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

/* A key in a claim: usable, and none of those that do something else. */
static enum err
purpose_check(struct job *j, const struct cose_key *key, const char *what,
    uint8_t kid[KID_LEN])
{
	enum err e = j->crypto->key_check(key);

	if (e == OK)
		e = cose_key_thumbprint(j->crypto, key, kid);
	if (e == OK && (memcmp(kid, j->ask->teep_kid, KID_LEN) == 0 ||
			   memcmp(kid, j->v.kid, KID_LEN) == 0))
		e = ERR_KEY_PURPOSE;
	return e == OK ? OK : job_refuse(j, e, what);
}

static enum err
report_key_check(struct job *j)
{
	struct appraisal *o = j->out;
	enum err e = cose_key_read(o->claims.report_key, &o->report_key);

	if (e != OK)
		return job_refuse(j, e, "report-key");
	return purpose_check(j, &o->report_key, "report-key", o->report_kid);
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
		TRY(purpose_check(j, &k.key, "payload-keys", kid[i]));
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
	if (memcmp(kid, j->ask->teep_kid, KID_LEN) != 0)
		return job_differs(j, ERR_EVIDENCE_CNF, "cnf", WHY_HEX,
		    (struct bytes){j->ask->teep_kid, KID_LEN}, BYTES_OF(kid));
	if (memcmp(kid, j->v.kid, KID_LEN) == 0)
		return job_refuse(j, ERR_KEY_PURPOSE, "evidence key");
	TRY(report_key_check(j));
	return payload_keys_check(j);
}

/* ---- it is about the device that the key was endorsed for -------------- */

static enum err
claim_same(struct job *j, const char *what, enum why_kind kind,
    struct bytes endorsed, struct bytes found)
{
	if (bytes_same(endorsed, found))
		return OK;
	(void)job_differs(j, ERR_EVIDENCE_CLAIM, what, kind, endorsed, found);
	job_source(j, TEXT_OF(j->key.corim));
	return ERR_EVIDENCE_CLAIM;
}

static enum err
endorsed(struct job *j)
{
	const struct eat_claims *c = &j->out->claims;
	char vendor[64];
	enum err e;

	/* The store's word, not the sender's: but never past its buffers. */
	if (j->key.ueid_n > sizeof(j->key.ueid) ||
	    j->key.class_id_n > sizeof(j->key.class_id))
		return job_refuse(j, ERR_BUG, "endorsement");
	e = verifier_vendor(c->oemid, vendor);
	if (e != OK)
		return job_refuse(j, e, "oemid");
	TRY(claim_same(j, "ueid", WHY_HEX,
	    (struct bytes){j->key.ueid, j->key.ueid_n}, c->ueid));
	TRY(claim_same(
	    j, "oemid", WHY_TEXT, TEXT_OF(j->key.vendor), TEXT_OF(vendor)));
	return claim_same(j, "hwmodel", WHY_HEX,
	    (struct bytes){j->key.class_id, j->key.class_id_n}, c->hwmodel);
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	TRY(authenticate(j, evidence));
	TRY(complete(j));
	TRY(fresh(j));
	TRY(for_us(j));
	TRY(of_the_sender(j));
	TRY(endorsed(j));
	j->out->bound = true;
	return job_reference(j);
}

enum err
verifier_appraise(const struct crypto *c, const struct verifier_store *s,
    const struct verifier_ask *ask, struct bytes evidence,
    struct appraisal *out)
{
	struct job j = {.crypto = c, .store = s, .ask = ask, .out = out};
	enum err e;

	memset(out, 0, sizeof(*out));
	e = appraise(&j, evidence);
	if (e == OK) {
		memset(&out->why, 0, sizeof(out->why));
		out->verdict = ACCEPTED;
	}
	if (!out->bound) {
		memset(&out->report_key, 0, sizeof(out->report_key));
		memset(out->report_kid, 0, sizeof(out->report_kid));
	}
	return e;
}
