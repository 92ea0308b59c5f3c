/*
 * passport: a Result of another Verifier that a TAM must not act on, and who
 * presents it.                                       [TEEP 7.1.1]
 */
#include "passport_support.h"
#include "refusals.h"
#include "tam_told.h"

static uint8_t token[TAM_CHALLENGE_LEN];

static int
begins(void **state)
{
	return paper_begins(state);
}

static int
ends(void **state)
{
	return paper_ends(state);
}

/* ---- the TAM ------------------------------------------------------------- */

static void
tam_sees(const struct row *r, struct seen *out)
{
	struct bytes in;

	assert_int_equal(paper_reset(NULL), 0);
	wants(&w.store.wanted, 0);
	w.tam.config.least = ASSURE_PROCESS;
	paper_make(0, paper_token(token));
	in = r->make(r);
	assert_int_equal(hand_in(in), OK);
	tam_told(out);
	assert_int_equal(
	    effect(TAM_USE_CHALLENGE, 0) != NULL, out->wire[0] != '\0');
	if (r->e == OK)
		assert_true(w.reply.passport);
	else
		assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	take_back();
}

/* ---- what is wrong ------------------------------------------------------- */

static struct bytes
good(const struct row *r)
{
	(void)r;
	return paper_octets();
}

static struct bytes
changed(const struct row *r)
{
	struct bytes in = paper_result();
	uint8_t *room = (uint8_t *)(uintptr_t)in.p;

	room[in.n - (size_t)r->key] ^= 1;
	return paper_with(in);
}

static struct bytes
octets(const struct row *r)
{
	return paper_with(r->raw);
}

static struct bytes
cut(const struct row *r)
{
	struct bytes in = paper_result();

	(void)r;
	in.n--;
	return paper_with(in);
}

static struct bytes
by_stranger(const struct row *r)
{
	(void)r;
	paper.by = &w.stranger.s;
	return paper_octets();
}

/* The TAM's own Result key says nothing in place of Evidence. */
static struct bytes
by_this_tam(const struct row *r)
{
	(void)r;
	paper.by = &w.result.s;
	return paper_octets();
}

static struct bytes
by_itself(const struct row *r)
{
	(void)r;
	paper.by = paper.from;
	return paper_octets();
}

static struct bytes
stolen(const struct row *r)
{
	(void)r;
	paper.from = &teep_of(1)->s;
	return paper_octets();
}

static struct bytes
by_nobody_known(const struct row *r)
{
	(void)r;
	paper.from = &w.stranger.s;
	return paper_octets();
}

static struct bytes
about_another(const struct row *r)
{
	(void)r;
	paper_cnf(teep_of(1)->kid);
	return paper_octets();
}

static struct bytes
other_suite(const struct row *r)
{
	(void)r;
	paper_cnf(w.dev[0].teep[1 - w.suite].kid);
	return paper_octets();
}

static struct bytes
without(const struct row *r)
{
	paper.c.has &= ~(uint32_t)r->key;
	return paper_octets();
}

static struct bytes
ear_without(const struct row *r)
{
	paper.ear = true;
	return without(r);
}

static struct bytes
ear_status(const struct row *r)
{
	paper.ear = true;
	paper.status = (uint64_t)r->key;
	return paper_octets();
}

static struct bytes
ear_warning_taken(const struct row *r)
{
	paper_results.least = EAR_WARNING;
	return ear_status(r);
}

static struct bytes
ear_of_another_part(const struct row *r)
{
	paper_results.submod = r->raw;
	paper.ear = true;
	return paper_octets();
}

static struct bytes
called_ear(const struct row *r)
{
	(void)r;
	paper.m.has |= TEEP_HAS_FORMAT;
	paper.m.format = BYTES_LIT(EAR_MEDIA_TYPE);
	return paper_octets();
}

static struct bytes
called_teep(const struct row *r)
{
	struct bytes in;

	(void)r;
	paper.ear = true;
	in = paper_result();
	paper.ear = false;
	return paper_with(in);
}

static struct bytes
exp_in(const struct row *r)
{
	paper.c.exp = (uint64_t)((int64_t)w.now + r->key);
	return paper_octets();
}

static struct bytes
nbf_in(const struct row *r)
{
	paper.c.has |= EAT_HAS_NBF;
	paper.c.nbf = (uint64_t)((int64_t)w.now + r->key);
	return paper_octets();
}

static struct bytes
iat_in(const struct row *r)
{
	paper.c.iat = (uint64_t)((int64_t)w.now + r->key);
	return paper_octets();
}

static struct bytes
nonce(const struct row *r)
{
	paper.c.nonce = r->raw;
	return paper_octets();
}

static struct bytes
by_time(const struct row *r)
{
	w.tam.config.fresh = TAM_FRESH_NONCE | TAM_FRESH_TIME;
	paper.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	return iat_in(r);
}

static struct bytes
by_no_time(const struct row *r)
{
	paper.c.has &= ~(uint32_t)EAT_HAS_IAT;
	return by_time(r);
}

static struct bytes
foreign_token(const struct row *r)
{
	token[r->key] ^= 1;
	return paper_octets();
}

static struct bytes
no_token(const struct row *r)
{
	(void)r;
	paper.m.has &= ~(uint32_t)TEEP_HAS_TOKEN;
	paper.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	w.tam.config.fresh = TAM_FRESH_NONCE | TAM_FRESH_TIME;
	return paper_octets();
}

static struct bytes
late(const struct row *r)
{
	w.now += (uint64_t)r->key;
	paper.c.iat = w.now;
	paper.c.exp = w.now + 60;
	return paper_octets();
}

static struct bytes
again(const struct row *r)
{
	struct bytes in = aside(paper_octets());

	(void)r;
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(apply(), OK);
	return in;
}

/* A new Result, for a token that was used. */
static struct bytes
used(const struct row *r)
{
	(void)again(r);
	paper.c.iat = w.now;
	return paper_octets();
}

static struct bytes
weak(const struct row *r)
{
	paper.c.assurance = r->raw;
	return paper_octets();
}

static struct bytes
pinned(const struct row *r)
{
	row_of(0)->assured = (enum assurance)r->key;
	return paper_octets();
}

static struct bytes
was_another(const struct row *r)
{
	(void)r;
	memset(row_of(0)->evidence_ueid, 0x55, 17);
	row_of(0)->evidence_ueid_n = 17;
	return paper_octets();
}

static struct bytes
vendor(const struct row *r)
{
	the_vendor = r->raw;
	return paper_octets();
}

static struct bytes
reports_itself(const struct row *r)
{
	struct cbor_out o = cbor_into(SPAN_OF(paper.report));

	(void)r;
	cose_key_write(&o, &teep_of(0)->pub);
	paper.c.report_key = (struct bytes){paper.report, o.at};
	return paper_octets();
}

static struct bytes
no_point(const struct row *r)
{
	(void)r;
	paper.report[sizeof(paper.report) - 1] = 0;
	paper.report[paper.c.report_key.n - 1] ^= 1;
	return paper_octets();
}

static struct bytes
profile(const struct row *r)
{
	paper.c.profile = r->raw;
	return paper_octets();
}

static struct bytes
no_list(const struct row *r)
{
	(void)r;
	paper.m.has &= ~(uint32_t)TEEP_HAS_TC_LIST;
	return paper_octets();
}

/* ---- rows ---------------------------------------------------------------- */

// clang-format off
/* NO stands for two of them. */
#define ROW(wrong, make, e, what, ...) \
	ROW_(wrong, make, e, what, __VA_ARGS__)
#define ROW_(wrong, make, e, what, wire, kept, key) \
	{wrong, make, e, what, wire, kept, key, {0}}
#define RAW(wrong, make, e, what, ...) \
	RAW_(wrong, make, e, what, __VA_ARGS__)
#define RAW_(wrong, make, e, what, wire, kept, raw) \
	{wrong, make, e, what, wire, kept, 0, BYTES_LIT(raw)}
#define HEALTHY \
	{"nothing", good, OK, NULL, "Update", true, 0, {0}}
#define NO(word) "7 " word, true
// clang-format on

static const struct row who[] = {
    HEALTHY,
    ROW("signed by a Verifier that nobody believes", by_stranger,
	ERR_UNKNOWN_KEY, "Verifier", NO("unknown-key"), 0),
    ROW("signed by this TAM, which believes itself only in Updates",
	by_this_tam, ERR_UNKNOWN_KEY, "Verifier", NO("unknown-key"), 0),
    ROW("signed by the agent itself", by_itself, ERR_UNKNOWN_KEY, "Verifier",
	NO("unknown-key"), 0),
    ROW("last octet of the signature", changed, ERR_SIGNATURE, "signature",
	NO("bad-signature"), 1),
    ROW("one bit of a claim", changed, ERR_SIGNATURE, "signature",
	NO("bad-signature"), 100),
    RAW("no COSE", octets, ERR_UNSIGNED, "signed message", NO("unsigned"),
	"\x65hello"),
    ROW("cut off", cut, ERR_TRUNCATED, "signed message", NO("truncated"), 0),
    ROW("stolen: another agent presents it", stolen, ERR_RESULT_CNF, "cnf",
	NO("result-not-bound"), 0),
    ROW("somebody unknown presents it", by_nobody_known, ERR_UNKNOWN_KEY,
	"signature", NULL, false, 0),
    ROW("cnf is another agent", about_another, ERR_RESULT_CNF, "cnf",
	NO("result-not-bound"), 0),
    ROW("cnf is this agent's key of the other suite", other_suite,
	ERR_RESULT_CNF, "cnf", NO("result-not-bound"), 0),
    RAW("a device of a vendor that its Verifier was not let in for", vendor,
	ERR_SCOPE, "Verifier", NO("outside-signer-scope"), "0d0e0f"),
    ROW("another device than the TEEP key was accepted with", was_another,
	ERR_EVIDENCE_CLAIM, "ueid", NO("claim-mismatch"), 0),
    ROW("its report key is its TEEP key", reports_itself, ERR_KEY_PURPOSE,
	"report-key", NO("wrong-key-purpose"), 0),
    ROW("its report key is no point of the curve", no_point, ERR_COSE_KEY,
	"report-key", NO("bad-key"), 0),
};

static const struct row when[] = {
    HEALTHY,
    ROW("exp in a second", exp_in, OK, NULL, "Update", true, 1),
    ROW("exp now", exp_in, ERR_EXPIRED, "exp", NO("expired"), 0),
    ROW("nbf as far ahead as clocks may be apart", nbf_in, OK, NULL, "Update",
	true, 300),
    ROW("nbf a second further", nbf_in, ERR_EXPIRED, "nbf", NO("expired"), 301),
    ROW("iat as far ahead as clocks may be apart", iat_in, OK, NULL, "Update",
	true, 300),
    ROW("iat a second further", iat_in, ERR_RANGE, "iat", NO("out-of-range"),
	301),
    RAW("another nonce than the token", nonce, ERR_RESULT_NONCE, "eat_nonce",
	NO("result-nonce"), "0123456789abcdef0123456789abcdef"),
    ROW("no nonce", without, ERR_RESULT_NONCE, "eat_nonce", NO("result-nonce"),
	EAT_HAS_NONCE),
    ROW("no nonce, and as old as times may make it fresh", by_time, OK, NULL,
	"QueryRequest", true, -3600),
    ROW("no nonce, and a second older", by_time, ERR_EXPIRED, "iat",
	NO("expired"), -3601),
    ROW("no nonce, and too far ahead", by_time, ERR_RANGE, "iat",
	NO("out-of-range"), 301),
    ROW("neither nonce nor time", by_no_time, ERR_RESULT_CLAIMS, "iat",
	NO("result-claims"), 0),
    ROW("a token that is none of ours", foreign_token, ERR_CHALLENGE,
	"challenge", NULL, false, 31),
    ROW("neither token nor nonce", no_token, ERR_MISSING, "eat_nonce", NULL,
	false, 0),
    ROW("a new Result, and the token has expired", late, ERR_EXPIRED,
	"challenge", NULL, false, 601),
    ROW("the same message again", again, ERR_REPLAY, "challenge", NULL, false,
	0),
    ROW("a new Result for a token that was used", used, ERR_REPLAY, "challenge",
	NULL, false, 0),
};

static const struct row what[] = {
    HEALTHY,
    ROW("no ueid", without, ERR_RESULT_CLAIMS, "ueid", NO("result-claims"),
	EAT_HAS_UEID),
    ROW("no oemid", without, ERR_RESULT_CLAIMS, "oemid", NO("result-claims"),
	EAT_HAS_OEMID),
    ROW("no hwmodel", without, ERR_RESULT_CLAIMS, "hwmodel",
	NO("result-claims"), EAT_HAS_HWMODEL),
    ROW("no hwversion", without, ERR_RESULT_CLAIMS, "hwversion",
	NO("result-claims"), EAT_HAS_HWVERSION),
    ROW("no manifests", without, ERR_RESULT_CLAIMS, "manifests",
	NO("result-claims"), EAT_HAS_MANIFESTS),
    ROW("no cnf", without, ERR_RESULT_CLAIMS, "cnf", NO("result-claims"),
	EAT_HAS_CNF),
    RAW("another profile", profile, ERR_RESULT_CLAIMS, "eat_profile",
	NO("result-claims"), "urn:example:profile"),
    RAW("a class of assurance that is too weak", weak, ERR_ASSURANCE,
	"assurance", NO("weaker-assurance"), "self-reported"),
    RAW("one that nobody knows", weak, ERR_ASSURANCE, "assurance",
	NO("weaker-assurance"), "excellent"),
    ROW("nothing is said of assurance", without, ERR_ASSURANCE, "assurance",
	NO("weaker-assurance"), EAT_HAS_ASSURANCE),
    ROW("weaker than what the device was accepted under", pinned, ERR_ASSURANCE,
	"assurance", NO("weaker-assurance"), ASSURE_TPM),
    ROW("no tc-list in the message", no_list, ERR_MISSING, "tc-list",
	"1 missing-field", false, 0),
    ROW("EAR: status warning", ear_status, ERR_NOT_ATTESTED, "ear_status",
	NO("attestation-required"), EAR_WARNING),
    ROW("EAR: status warning, where that is enough", ear_warning_taken, OK,
	NULL, "Update", true, EAR_WARNING),
    ROW("EAR: status contraindicated, where a warning is enough",
	ear_warning_taken, ERR_NOT_ATTESTED, "ear_status",
	NO("attestation-required"), EAR_CONTRAINDICATED),
    ROW("EAR: status none", ear_status, ERR_NOT_ATTESTED, "ear_status",
	NO("attestation-required"), EAR_NONE),
    ROW("EAR: no cnf", ear_without, ERR_RESULT_CNF, "cnf",
	NO("result-not-bound"), EAT_HAS_CNF),
    ROW("EAR: no ueid", ear_without, ERR_RESULT_CLAIMS, "ueid",
	NO("result-claims"), EAT_HAS_UEID),
    ROW("EAR: no manifests", ear_without, ERR_RESULT_CLAIMS, "manifests",
	NO("result-claims"), EAT_HAS_MANIFESTS),
    RAW("EAR: about another part of the device", ear_of_another_part,
	ERR_NOT_FOUND, "submods", NO("not-found"), "android"),
    ROW("a Result of the TEEP profile, called EAR", called_ear, ERR_MISSING,
	"submods", NO("missing-field"), 0),
    ROW("an EAR, called a Result of the TEEP profile", called_teep,
	ERR_RESULT_CLAIMS, "eat_profile", NO("result-claims"), 0),
};

static const struct section on_who = {"Results: presented to a TAM, whose",
    "A device presents what another Verifier has said of it; the TAM asked "
    "with a token and has a manifest for it.",
    "on the wire", "recorded", who, ARRAY_LEN(who), tam_sees};
static const struct section on_when = {"Results: presented to a TAM, when",
    "The token makes the message fresh, and the Result that carries it; others "
    "only where the TAM takes times, too.  Those let nothing be sent: it asks "
    "for Evidence.",
    "on the wire", "recorded", when, ARRAY_LEN(when), tam_sees};
static const struct section on_what = {"Results: presented to a TAM, what",
    "The TAM wants a class of assurance of process-grade at least.",
    "on the wire", "recorded", what, ARRAY_LEN(what), tam_sees};

static const struct section *const sections[] = {&on_who, &on_when, &on_what};
const struct file file_passport = {sections, ARRAY_LEN(sections), begins, ends};
