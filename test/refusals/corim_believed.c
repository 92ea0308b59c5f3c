/*
 * corim_believed: a CoRIM that was let in, and is not believed any more.
 */
#include "corim.h"

static struct pair teep, report;
static uint64_t now;

static enum err
find_key(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	(void)ctx;
	return policy_verifier_key(b.p, now, kid, out);
}

static enum err
find_library(void *ctx, const struct acs_library **out)
{
	(void)ctx;
	return policy_library(b.p, now, out);
}

static const uint8_t launcher_digest[DIGEST_LEN] = {0x11},
		     agent_digest[DIGEST_LEN] = {0x22};

/* The maker's words on the devices of these tests, in two CoRIMs. */
static void
maker_says(void)
{
	struct corim_entry e[4] = {endorsement(&b.evidence[0], 7), version(),
	    entry(CORIM_REFERENCE), entry(CORIM_REFERENCE)};
	uint8_t digest[2][DIGEST_LEN];

	memset(digest[0], launcher_digest[0], DIGEST_LEN);
	memset(digest[1], agent_digest[0], DIGEST_LEN);
	e[2].mkey = BYTES_LIT("launcher");
	e[2].digest = BYTES_OF(digest[0]);
	e[3].mkey = BYTES_LIT("agent");
	e[3].digest = BYTES_OF(digest[1]);
	let_in(written(&b.maker, "keys", NOW, NOW + 10, &e[0], 1));
	let_in(written(&b.maker, "hardware", NOW, NOW + 20, &e[1], 1));
	let_in(written(&b.maker, "software", NOW, NOW + 30, &e[2], 2));
}

static void
verifier_sees(const struct row *r, struct seen *out)
{
	static const uint8_t challenge[32] = {1};
	static struct draft d;
	static struct appraisal a;
	const struct verifier_store s = {NULL, find_key, find_library};
	const struct verifier v = rats_verifier(&s);
	char audience[1][KID_TEXT];
	struct verifier_ask ask = {.media = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	    .challenge = BYTES_OF(challenge),
	    .audience = (const char(*)[KID_TEXT])audience,
	    .n_audience = 1};

	assert_int_equal(bench_close(NULL), 0);
	assert_int_equal(begins(NULL), 0);
	pair_make(&teep, CRV_P256, false);
	pair_make(&report, CRV_P256, false);
	maker_says();
	now = NOW;
	(void)r->make(r);
	kid_text(b.author.kid, audience[0]);
	draft_make(
	    &d, &b.evidence[0], &teep, &report, b.author.kid, ask.challenge, 7);
	d.c.hwmodel = BYTES_LIT("m");
	d.c.oemid = BYTES_LIT("\x05");
	ask.teep_kid = teep.kid;
	ask.now = now;
	out->e = verifier_appraise(&v, &ask, evidence_sign(&d), &a);
	if (out->e != OK)
		(void)snprintf(out->what, sizeof(out->what), "%s", a.why.what);
	pair_free(&teep);
	pair_free(&report);
}

static struct bytes
nothing(const struct row *r)
{
	now += (uint64_t)r->key;
	return BYTES_NONE;
}

static struct bytes
withdrawn(const struct row *r)
{
	assert_int_equal(policy_corim_remove(b.p, (const char *)r->raw.p), OK);
	return BYTES_NONE;
}

static struct bytes
anchor_removed(const struct row *r)
{
	(void)r;
	assert_int_equal(policy_anchor_remove(b.p, "maker"), OK);
	return BYTES_NONE;
}

/* A CoRIM of the same id and signer, with other values. */
static struct bytes
replaced(const struct row *r)
{
	uint8_t digest[DIGEST_LEN];
	struct corim_entry e[2] = {
	    entry(CORIM_REFERENCE), entry(CORIM_REFERENCE)};

	(void)r;
	memset(digest, launcher_digest[0], sizeof(digest));
	e[0].mkey = BYTES_LIT("launcher");
	e[0].digest = BYTES_OF(digest);
	e[1].mkey = BYTES_LIT("agent");
	e[1].digest = BYTES_OF(digest);
	let_in(written(&b.maker, "software", NOW, NOW + 30, e, 2));
	return BYTES_NONE;
}

static const struct row believed[] = {
    ROW("nothing", nothing, OK, NULL, 0),
    ROW("nothing, in its last second", nothing, OK, NULL, 10),
    ROW("the endorsement of the key has expired", nothing, ERR_EVIDENCE_KEY,
	"evidence key", 11),
    RAW("the endorsement of the key was withdrawn", withdrawn, ERR_EVIDENCE_KEY,
	"evidence key", "keys"),
    RAW("the reference value of the hardware was withdrawn", withdrawn,
	ERR_NO_REFERENCE, "hwversion", "hardware"),
    RAW("the reference values of the software were withdrawn", withdrawn,
	ERR_NO_REFERENCE, "measurement launcher", "software"),
    ROW("the reference values of the software were replaced", replaced,
	ERR_MEASUREMENT, "measurement agent", 0),
    ROW("who said it is no anchor any more", anchor_removed, ERR_EVIDENCE_KEY,
	"evidence key", 0),
};

static const struct section on_believed = {"CoRIM: believed no more",
    "Evidence of a healthy device, and what its maker's CoRIMs say when it is "
    "appraised.",
    NULL, NULL, believed, ARRAY_LEN(believed), verifier_sees};

static const struct section *const sections[] = {&on_believed};
const struct file file_believed = {
    sections, ARRAY_LEN(sections), begins, bench_close};
