/*
 * remote: another Verifier appraises, and this one makes sure that its Result
 * is about this Evidence, this challenge and this key.
 *                             [RFC 9334 5.2; docs/decisions/52-remote.md]
 *
 * What the Verifier vouches for is read from the Evidence that it was given:
 * an EAR does not have all of it.  Who the device is the Verifier has to say
 * itself: what is pinned of it, and handed on in this TAM's name, is nothing
 * that any endorsed attester could write into its Evidence.  Where both have a
 * claim they must agree.                                       [security 8]
 */
#include "scheme.h"

#include <string.h>

/* A text of said, copied for as long as the appraisal stays. */
static struct bytes
keep(struct job *j, const char *text, size_t room)
{
	struct bytes out;

	return job_keep(j, job_text(text, room), &out) == OK ? out : BYTES_NONE;
}

static struct bytes
shown(char *room, const char *text)
{
	struct bytes b = job_text(text, VERIFIER_TEXT_MAX);

	memcpy(room, b.p, b.n);
	return (struct bytes){(const uint8_t *)room, b.n};
}

_Static_assert(
    sizeof(((struct appraisal *)NULL)->expected) == VERIFIER_TEXT_MAX &&
	sizeof(((struct appraisal *)NULL)->found) == VERIFIER_TEXT_MAX,
    "what another Verifier says fits");

/* Its reason becomes ours. */
static void
reason(struct job *j, const struct verifier_said *said, enum err e)
{
	struct appraisal *o = j->out;
	const char *what = o->why.err == e ? o->why.what : NULL;
	struct bytes named;

	/* with its NUL */
	if (said->what[0] != 0 &&
	    job_keep(j,
		(struct bytes){
		    (const uint8_t *)said->what, TEXT_OF(said->what).n + 1},
		&named) == OK)
		what = (const char *)named.p;
	if (said->expected[0] != 0 || said->found[0] != 0) {
		o->why.kind = WHY_TEXT;
		o->why.expected = shown(o->expected, said->expected);
		o->why.found = shown(o->found, said->found);
	}
	o->why.err = e;
	o->why.what = what;
	job_source(
	    j, said->source[0] != 0 ? TEXT_OF(said->source) : o->why.source);
}

/* The Verifier says no.  Who it is that failed is known where Evidence was
 * authentic and bound. */
static enum err
refused(struct job *j, const struct verifier_said *said, struct bytes evidence,
    enum err e)
{
	struct why why;

	reason(j, said, e);
	if (!said->bound)
		return e;
	why = j->out->why;
	TRY(j->scheme->claims(j, evidence));
	j->out->why = why;
	j->out->bound = true;
	j->out->failed = keep(j, said->failed, sizeof(said->failed));
	return e;
}

static enum err
agrees(struct job *j, const char *what, bool has, struct bytes said,
    struct bytes found)
{
	return !has || bytes_same(said, found)
		   ? OK
		   : job_differs(
			 j, ERR_EVIDENCE_CLAIM, what, WHY_HEX, said, found);
}

/* What Result and Evidence both have. */
static enum err
same(struct job *j, const struct eat_claims *r)
{
	const struct eat_claims *e = &j->out->claims;

	TRY(agrees(j, "ueid", r->has & EAT_HAS_UEID, r->ueid, e->ueid));
	TRY(agrees(j, "oemid", r->has & EAT_HAS_OEMID, r->oemid, e->oemid));
	TRY(agrees(
	    j, "hwmodel", r->has & EAT_HAS_HWMODEL, r->hwmodel, e->hwmodel));
	TRY(agrees(j, "hwversion", r->has & EAT_HAS_HWVERSION, r->hwversion,
	    e->hwversion));
	return agrees(j, "manifests", r->has & EAT_HAS_MANIFESTS,
	    r->manifests.raw, e->manifests.raw);
}

/* What of who it is the Verifier leaves to the Evidence; NULL: nothing. */
static const char *
unsaid(const struct eat_claims *r)
{
	if ((r->has & EAT_HAS_UEID) == 0)
		return "ueid";
	if ((r->has & EAT_HAS_OEMID) == 0)
		return "oemid";
	return (r->has & EAT_HAS_HWMODEL) == 0 ? "hwmodel" : NULL;
}

/* There is no verdict: whose fault it is, is in why. */
static enum err
unknown(struct job *j, const struct verifier_remote *r, enum err e)
{
	struct why *why = &j->out->why;

	if (why->err != e)
		(void)why_set(why, e, NULL);
	if (why->what == NULL)
		why->what = "Verifier";
	job_source(j, r->name);
	j->out->unknown = true;
	return e;
}

enum err
job_remote(
    struct job *j, const struct verifier_remote *r, struct bytes evidence)
{
	struct result_ask want = {
	    .kid = j->ask->teep_kid,
	    .key = j->ask->teep_key,
	    .nonce = j->ask->challenge,
	    .skew = r->skew,
	    .now = j->ask->now,
	    .least = r->least,
	};
	struct verifier_said said;
	struct bytes result;
	const char *lacks;
	enum err e;

	if (j->scheme->claims == NULL || want.kid == NULL)
		return job_refuse(j, ERR_CANNOT, "media type");
	e = r->ask(r->ctx, j->ask, evidence, &result, &j->out->why);
	if (e == ERR_BUSY)
		return e;
	if (e != OK)
		return unknown(j, r, e);
	memset(&said, 0, sizeof(said));
	e = r->check(r->ctx, &want, result, &said, &j->out->why);
	if (e != OK && !said.refuses)
		return unknown(j, r, e);
	job_source(j, r->name);
	if (e != OK)
		return refused(j, &said, evidence, e);
	lacks = unsaid(&said.good.claims);
	if (lacks != NULL)
		return unknown(j, r, job_refuse(j, ERR_MISSING, lacks));
	TRY(j->scheme->claims(j, evidence));
	TRY(same(j, &said.good.claims));
	j->out->assurance =
	    (said.good.claims.has & EAT_HAS_ASSURANCE) != 0
		? assurance_from_name(said.good.claims.assurance)
		: r->assurance;
	memcpy(j->out->verifier, said.good.verifier, KID_LEN);
	j->out->until = said.good.exp;
	j->out->bound = true;
	return OK;
}
