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

/* Policy and components, as the agent states them: those need no reference
 * values, but where there are any, they count. */
static enum err
say_components(struct job *j)
{
	struct list l = j->out->claims.measurements;
	struct cbor_in r = cbor_items(l);
	struct eat_component m;

	for (size_t i = 0; i < l.n; i++) {
		enum err e = eat_component_read(&r, &m);

		if (e == OK && (bytes_same(m.name, BYTES_LIT("launcher")) ||
				   bytes_same(m.name, BYTES_LIT("agent"))))
			continue;
		if (e == OK)
			e = job_refers(j, m.name);
		if (e == ERR_NOT_FOUND)
			continue;
		if (e != OK)
			return job_refuse(j, e, "measurements");
		TRY(job_say_digest(j, NULL, m.name, NI_SHA256, m.digest));
	}
	return OK;
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
	TRY(job_say_digest(
	    j, "measurement agent", BYTES_LIT("agent"), NI_SHA256, is->agent));
	return say_components(j);
}

enum err
job_eat(struct job *j, const struct keyring *ring, struct bytes eat,
    struct job_eat *is)
{
	*is = (struct job_eat){BYTES_NONE, BYTES_NONE, BYTES_NONE};
	TRY(authenticate(j, ring, eat));
	TRY(job_claims(j, is));
	return endorsed(j);
}

static enum err
appraise(struct job *j, struct bytes evidence)
{
	const struct keyring ring = {j, find_key};
	struct job_eat is;
	enum err e;

	TRY(job_eat(j, &ring, evidence, &is));
	j->out->bound = true;
	TRY(job_eat_say(j, &is));
	/* Root has a TPM's key sign an EAT as it likes: where PCRs are
	 * expected, a quote is.                               [security 9] */
	e = job_refers(j, BYTES_LIT("pcr-0"));
	if (e == ERR_NOT_FOUND)
		return OK;
	j->out->bound = false;
	return job_refuse(j, e == OK ? ERR_KEY_PURPOSE : e, "evidence key");
}

enum err
job_eat_claims(struct job *j, struct bytes eat)
{
	struct cose_signed s;
	struct job_eat is;

	TRY(cose_signed_read(eat, ACCEPT_SIGN1, &s, &j->out->why));
	/* Whoever appraised it has looked at the signature. */
	j->v.payload = s.payload;
	if (s.kid.n == KID_LEN)
		memcpy(j->v.kid, s.kid.p, KID_LEN);
	return job_claims(j, &is);
}

static enum err
nonce(struct bytes evidence, struct bytes *out, struct why *why)
{
	struct cose_signed s;
	struct eat_claims c;

	TRY(cose_signed_read(evidence, ACCEPT_SIGN1, &s, why));
	TRY(eat_parse(s.payload, &c, why));
	*out = c.nonce;
	return (c.has & (EAT_HAS_NONCE | EAT_HAS_IAT)) != 0
		   ? OK
		   : why_set(why, ERR_MISSING, "eat_nonce");
}

static const char *const media[] = {EAT_EVIDENCE_FORMAT, NULL};

const struct scheme scheme_eat = {
    .name = "eat",
    .media = media,
    .most = ASSURE_HARDWARE,
    .nonce = nonce,
    .appraise = appraise,
    .claims = job_eat_claims,
};
