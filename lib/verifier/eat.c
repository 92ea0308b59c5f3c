/*
 * eat: Evidence of our own agents, a signed EAT.  [docs/evidence.md 2 to 5]
 *
 * The steps stand in appraise() in the order of the document; each refuses
 * with a reason of its own.
 */
#include "scheme.h"

#include <string.h>

/* Of the registry of Named Information, as CoRIM has it. */
#define NI_SHA256 1

/* ---- the evidence key is endorsed, and its signature holds ------------- */

static enum err
find_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct job *j = ctx;

	(void)alg; /* cose compares it with the key */
	if (nth > 0 || kid.n != KID_LEN)
		return ERR_UNKNOWN_KEY;
	TRY(job_key(j, kid.p));
	*out = j->key.key;
	return OK;
}

static enum err
authenticate(struct job *j, const struct keyring *ring, struct bytes evidence)
{
	struct why *why = &j->out->why;
	enum err e;

	e = cose_verify(j->crypto, ring, ACCEPT_SIGN1, evidence, &j->v, why);
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

/* ---- what it says of itself -------------------------------------------- */

static enum err
hwversion_read(struct job *j, struct bytes *found)
{
	struct cbor_in r = cbor_open(j->out->claims.hwversion);

	(void)cbor_array_any(&r, 1, 2);
	*found = cbor_tstr(&r, 1, LEN_ANY);
	return r.err == OK ? OK : job_refuse(j, r.err, "hwversion");
}

enum err
job_eat_say(struct job *j, struct job_eat *is)
{
	TRY(hwversion_read(j, &is->hwversion));
	TRY(job_about_device(j));
	TRY(job_say_version(
	    j, "hwversion", BYTES_LIT("hwversion"), is->hwversion));
	TRY(job_say_digest(j, "measurement launcher", BYTES_LIT("launcher"),
	    NI_SHA256, is->launcher));
	return job_say_digest(
	    j, "measurement agent", BYTES_LIT("agent"), NI_SHA256, is->agent);
}

enum err
job_eat(struct job *j, const struct keyring *ring, struct bytes eat,
    struct job_eat *is)
{
	*is = (struct job_eat){BYTES_NONE, BYTES_NONE, BYTES_NONE};
	TRY(authenticate(j, ring, eat));
	TRY(complete(j, is));
	TRY(fresh(j));
	TRY(for_us(j));
	TRY(of_the_sender(j));
	return endorsed(j);
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	const struct keyring ring = {j, find_key};
	struct job_eat is;

	TRY(job_eat(j, &ring, evidence, &is));
	j->out->bound = true;
	return job_eat_say(j, &is);
}

static enum err
nonce(struct bytes evidence, struct bytes *out, struct why *why)
{
	struct cose_signed s;
	struct eat_claims c;

	TRY(cose_signed_read(evidence, ACCEPT_SIGN1, &s, why));
	TRY(eat_parse(s.payload, &c, why));
	if ((c.has & EAT_HAS_NONCE) == 0)
		return why_set(why, ERR_MISSING, "eat_nonce");
	*out = c.nonce;
	return OK;
}

static const char *const media[] = {EAT_EVIDENCE_FORMAT, NULL};

const struct scheme scheme_eat = {
    .name = "eat",
    .media = media,
    .most = ASSURE_HARDWARE,
    .nonce = nonce,
    .appraise = appraise,
};
