/*
 * verifier-scheme: how to add a kind of Evidence.  This one is made up: five
 * fields of fixed length.  It is in no program.  [docs/porting.md]
 *
 *	key id 32 | challenge 32 | TEEP key id 32 | digest 32 | signature 64
 */
#include <verifier/scheme.h>

#include <string.h>

enum { KEY = 0, CHALLENGE = 32, TEEP = 64, DIGEST = 96, SIGNATURE = 128 };
#define EXAMPLE_LEN (SIGNATURE + SIG_LEN)

static struct bytes
field(struct bytes in, size_t at)
{
	return (struct bytes){in.p + at, at == SIGNATURE ? SIG_LEN : 32};
}

static enum err
appraise(struct job *j, struct bytes in)
{
	struct bytes covered = {in.p, SIGNATURE};
	enum err e;

	if (in.n != EXAMPLE_LEN)
		return job_refuse(j, ERR_TRUNCATED, "example");
	/* Who signed it, and who vouches for that key? */
	e = job_key(j, in.p + KEY);
	if (e == OK)
		e = j->crypto->verify(
		    ALG_ESP256, &j->key.key, &covered, 1, field(in, SIGNATURE));
	if (e != OK)
		return job_refuse(j, e, "example key");
	/* Was it made now, and for who sent it? */
	if (!bytes_same_ct(field(in, CHALLENGE), j->ask->challenge))
		return job_refuse(j, ERR_EVIDENCE_NONCE, "example challenge");
	if (!j->out->has_kid || memcmp(in.p + TEEP, j->out->kid, KID_LEN) != 0)
		return job_refuse(j, ERR_EVIDENCE_CNF, "example TEEP key");
	/* What does it say?  The engine holds it against the CoRIMs. */
	TRY(job_about_device(j));
	return job_say_digest(
	    j, "example digest", BYTES_LIT("agent"), 1, field(in, DIGEST));
}

static const char *const media[] = {"application/x-example", NULL};

extern const struct scheme scheme_example;
const struct scheme scheme_example = {
    .name = "example",
    .media = media,
    .most = ASSURE_SELF_REPORTED,
    .appraise = appraise,
};
