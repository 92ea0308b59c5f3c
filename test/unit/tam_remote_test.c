/*
 * lib/verifier remote.c, lib/tam query_response.c: another Verifier appraises.
 * What it says is held against the Evidence; what it does not say leaves a
 * trace, and no verdict.
 */
#include "tam_support.h"

#define HERE BYTES_LIT("https://verifier.example")

static struct qr q;
static uint8_t challenge[TAM_CHALLENGE_LEN];

/* The other Verifier. */
static struct {
	enum err asked, checked; /* its answers */
	struct verifier_said said;
	size_t questions, checks;
	struct result_ask want; /* the last */
	struct verifier_remote remote;
} other;

static enum err
ask(void *ctx, const struct verifier_ask *question, struct bytes evidence,
    struct bytes *result, struct why *why)
{
	(void)ctx;
	other.questions++;
	assert_true(bytes_same(question->challenge, BYTES_OF(challenge)));
	assert_memory_equal(question->teep_kid, teep_of(0)->kid, KID_LEN);
	assert_int_equal(question->n_audience, 2);
	/* decrypted, and still signed */
	assert_int_equal(evidence.p[0], 0xd2);
	*result = BYTES_LIT("a Result");
	if (other.asked == ERR_NET) {
		(void)why_set(why, ERR_NET, NULL);
		why->kind = WHY_TEXT;
		why->found = BYTES_LIT("nobody there");
	}
	return other.asked;
}

static enum err
check(void *ctx, struct result_ask *want, struct bytes result,
    struct verifier_said *said, struct why *why)
{
	(void)ctx;
	(void)why;
	other.checks++;
	other.want = *want;
	/* those end with the call */
	assert_memory_equal(want->kid, teep_of(0)->kid, KID_LEN);
	assert_memory_equal(
	    want->key, &teep_of(0)->pub, sizeof(struct cose_key));
	assert_true(bytes_same(want->nonce, BYTES_OF(challenge)));
	assert_true(bytes_same(result, BYTES_LIT("a Result")));
	*said = other.said;
	return other.checked;
}

static void
begin(void)
{
	memset(&other, 0, sizeof(other));
	other.remote = (struct verifier_remote){.name = HERE,
	    .ask = ask,
	    .check = check,
	    .least = EAR_WARNING,
	    .assurance = ASSURE_SELF_REPORTED,
	    .skew = 77};
	w.verifier.remote = &other.remote;
	qr_make(&q, 0, connected(challenge));
	memcpy(challenge, q.ev.c.nonce.p, TAM_CHALLENGE_LEN);
}

static void
says_good(void)
{
	other.said.good = (struct believed){.status = EAR_WARNING,
	    .claims = {
		.has = EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		       EAT_HAS_HWVERSION | EAT_HAS_MANIFESTS |
		       EAT_HAS_ASSURANCE,
		.ueid = q.ev.c.ueid,
		.oemid = q.ev.c.oemid,
		.hwmodel = q.ev.c.hwmodel,
		.hwversion = q.ev.c.hwversion,
		.manifests = q.ev.c.manifests,
		.assurance = BYTES_LIT("process-grade"),
	    }};
}

/* The peer is told that it passes, or that it has to attest; and it is on
 * record. */
static void
recorded(uint32_t code, enum err e, const char *what)
{
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	if (w.reply.why.err != e)
		fail_msg(
		    "%s instead of %s", err_name(w.reply.why.err), err_name(e));
	assert_string_equal(w.reply.why.what, what);
	assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	is_told(code, err_name(e));
	assert_non_null(effect(TAM_USE_CHALLENGE, 0));
	assert_int_equal(effect(TAM_APPRAISED, 0)->outcome, e);
	assert_false(effect(TAM_APPRAISED, 0)->proves);
	assert_int_equal(apply(), OK);
}

static void
is_accepted(void **state)
{
	(void)state;
	/* nothing of it is endorsed here */
	w.lib.n_endorsed = 0;
	w.lib.n_values = 0;
	begin();
	says_good();
	wants(&w.store.wanted, 0);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(w.reply.appraisal.verdict, ACCEPTED);
	assert_int_equal(w.reply.appraisal.assurance, ASSURE_PROCESS);
	assert_int_equal(effect(TAM_APPRAISED, 0)->outcome, OK);
	assert_int_equal(effect(TAM_APPRAISED, 0)->assurance, ASSURE_PROCESS);
	assert_true(
	    (reply(TEEP_UPDATE).has & (uint64_t)TEEP_HAS_MANIFESTS) != 0);
	assert_memory_equal(&effect(TAM_DEVICE, 0)->row.report_key,
	    &w.dev[0].report.pub, sizeof(struct cose_key));
	/* what the Result is held against */
	assert_int_equal(other.want.now, w.now);
	assert_int_equal(other.want.skew, 77);
	assert_int_equal(other.want.least, EAR_WARNING);
	assert_int_equal(other.want.age, 0);
}

/* One that names no class of assurance is worth what the settings say. */
static void
names_no_class(void **state)
{
	(void)state;
	begin();
	says_good();
	other.said.good.status = EAR_AFFIRMING;
	other.said.good.claims.has &= ~(uint32_t)EAT_HAS_ASSURANCE;
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(w.reply.appraisal.assurance, ASSURE_SELF_REPORTED);
}

/* What a device says of itself, and its Verifier does not, is not who it is:
 * it is neither pinned nor handed on. */
static void
names_nobody(void **state)
{
	static const struct {
		uint32_t claim;
		const char *name;
	} who[] = {{EAT_HAS_UEID, "ueid"}, {EAT_HAS_OEMID, "oemid"},
	    {EAT_HAS_HWMODEL, "hwmodel"}};

	(void)state;
	w.tam.config.passports = true;
	for (size_t i = 0; i < ARRAY_LEN(who); i++) {
		begin();
		says_good();
		other.said.good.claims.has &= ~who[i].claim;
		recorded(TEEP_ERR_TEMPORARY, ERR_MISSING, who[i].name);
		assert_true(bytes_same(w.reply.why.source, HERE));
		assert_int_equal(row_of(0)->evidence_ueid_n, 0);
	}
	begin();
	other.said.good.status = EAR_AFFIRMING;
	recorded(TEEP_ERR_TEMPORARY, ERR_MISSING, "ueid");
	/* and of what else it is silent, the Evidence may say */
	begin();
	says_good();
	other.said.good.claims.has =
	    EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL;
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(w.reply.appraisal.verdict, ACCEPTED);
}

static void
under_way(void **state)
{
	struct bytes in;

	(void)state;
	begin();
	says_good();
	other.asked = ERR_BUSY;
	in = qr_octets(&q);
	assert_int_equal(err_class(hand_in(in)), CLASS_PORT);
	is_silent();
	assert_int_equal(w.reply.n_effects, 0);
	assert_int_equal(other.checks, 0);
	/* and again, with the answer */
	other.asked = OK;
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(other.questions, 2);
	assert_int_equal(apply(), OK);
	/* the challenge is spent: nobody is asked any more */
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(w.reply.why.err, ERR_REPLAY);
	is_silent();
	assert_int_equal(other.questions, 2);
}

/* What is on record of the device, and what it was asked. */
static void
remembered(enum verdict verdict, bool asked)
{
	const struct tam_device *d = row_of(0);

	assert_int_equal(d->verdict, verdict);
	assert_int_equal(d->has_proof_challenge, asked);
}

/* Its fault is no fault of the device. */
static void
has_no_result(void **state)
{
	static const enum err faults[] = {ERR_SIGNATURE, ERR_UNKNOWN_KEY,
	    ERR_EXPIRED, ERR_RESULT_NONCE, ERR_RESULT_CLAIMS, ERR_RANGE,
	    ERR_TEXT};

	(void)state;
	begin();
	other.asked = ERR_NET;
	recorded(TEEP_ERR_TEMPORARY, ERR_NET, "Verifier");
	assert_true(bytes_same(w.reply.why.source, HERE));
	assert_true(bytes_same(w.reply.why.found, BYTES_LIT("nobody there")));
	assert_int_equal(other.checks, 0);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		begin();
		says_good();
		other.checked = faults[i];
		recorded(TEEP_ERR_TEMPORARY, faults[i], "Verifier");
		assert_true(bytes_same(w.reply.why.source, HERE));
	}
	remembered(REFUSED, false);
	/* and then it is there again */
	begin();
	says_good();
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
	remembered(ACCEPTED, false);
}

/* Nor does it take from the device what is known of it, or the question that
 * it was asked. */
static void
leaves_all_as_it_was(void **state)
{
	static const enum err faults[] = {ERR_NET, ERR_RATE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		begin();
		row_of(0)->verdict = ACCEPTED;
		row_of(0)->has_proof_challenge = true;
		other.asked = faults[i];
		recorded(TEEP_ERR_TEMPORARY, faults[i], "Verifier");
		remembered(ACCEPTED, true);
	}
	/* one that says no does */
	begin();
	other.checked = ERR_MEASUREMENT;
	other.said =
	    (struct verifier_said){.refuses = true, .bound = true, .what = "x"};
	recorded(TEEP_ERR_ATTESTATION_REQUIRED, ERR_MEASUREMENT, "x");
	remembered(REFUSED, false);
}

static void
refuses(void **state)
{
	(void)state;
	begin();
	other.checked = ERR_MEASUREMENT;
	other.said = (struct verifier_said){.refuses = true,
	    .bound = true,
	    .what = "measurement agent",
	    .expected = "aa",
	    .found = "bb",
	    .source = "values-3",
	    .failed = "agent"};
	recorded(TEEP_ERR_ATTESTATION_REQUIRED, ERR_MEASUREMENT,
	    "measurement agent");
	assert_true(bytes_same(w.reply.why.expected, BYTES_LIT("aa")));
	assert_true(bytes_same(w.reply.why.found, BYTES_LIT("bb")));
	assert_true(bytes_same(w.reply.why.source, BYTES_LIT("values-3")));
	assert_true(bytes_same(w.reply.appraisal.failed, BYTES_LIT("agent")));
	/* without a word on it the Verifier itself is the source */
	begin();
	other.checked = ERR_NOT_ATTESTED;
	other.said = (struct verifier_said){
	    .refuses = true, .bound = true, .what = "ear_status"};
	recorded(TEEP_ERR_ATTESTATION_REQUIRED, ERR_NOT_ATTESTED, "ear_status");
	assert_true(bytes_same(w.reply.why.source, HERE));
	/* a repair set is set aside by what failed */
	begin();
	w.store.repairs = BYTES_LIT("agent");
	w.store.repair.n = 0;
	wants(&w.store.repair, 4);
	other.checked = ERR_MEASUREMENT;
	other.said = (struct verifier_said){
	    .refuses = true, .bound = true, .failed = "agent"};
	/* what stands in this store is no manifest */
	assert_int_equal(hand_in(qr_octets(&q)), ERR_STORE);
	/* of nobody knows whom there is none */
	begin();
	other.checked = ERR_MEASUREMENT;
	other.said = (struct verifier_said){.refuses = true, .failed = "agent"};
	refused(qr_octets(&q), ERR_MEASUREMENT, 0, NULL);
}

/* Of Evidence that was not authentic nothing is kept, and nobody told. */
static void
refuses_a_stranger(void **state)
{
	(void)state;
	begin();
	other.checked = ERR_SIGNATURE;
	other.said = (struct verifier_said){.refuses = true};
	refused(qr_octets(&q), ERR_SIGNATURE, 0, NULL);
	begin();
	other.checked = ERR_RESULT_CNF;
	other.said = (struct verifier_said){.refuses = true};
	refused(qr_octets(&q), ERR_RESULT_CNF, 0, NULL);
}

/* A Result that is good, of Evidence that is not what it speaks of. */
static void
contradicts(void **state)
{
	struct eat_claims *c = &other.said.good.claims;
	struct bytes *const place[] = {
	    &c->ueid, &c->oemid, &c->hwmodel, &c->hwversion, &c->manifests.raw};
	static const char *const names[] = {
	    "ueid", "oemid", "hwmodel", "hwversion", "manifests"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(place); i++) {
		begin();
		says_good();
		*place[i] = BYTES_LIT("x");
		assert_int_equal(hand_in(qr_octets(&q)), OK);
		assert_int_equal(w.reply.why.err, ERR_EVIDENCE_CLAIM);
		assert_string_equal(w.reply.why.what, names[i]);
		assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	}
	begin();
	says_good();
	draft_cnf(&q.ev, &w.stranger.pub);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, ERR_EVIDENCE_CNF);
	begin();
	says_good();
	draft_aud(&q.ev, w.stranger.kid);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, ERR_EVIDENCE_AUDIENCE);
}

/* What answers no question of this TAM bothers nobody. */
static void
is_not_asked(void **state)
{
	(void)state;
	begin();
	challenge[0] ^= 1;
	q.ev.c.nonce = BYTES_OF(challenge);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	is_silent();
	assert_int_equal(w.reply.n_effects, 0);
	assert_int_equal(other.questions, 0);
	begin();
	q.m.format = BYTES_LIT("application/eat+cwt");
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, ERR_NOT_ATTESTED);
	assert_int_equal(other.questions, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(is_accepted),
	    TEST(names_no_class),
	    TEST(names_nobody),
	    TEST(under_way),
	    TEST(has_no_result),
	    TEST(leaves_all_as_it_was),
	    TEST(refuses),
	    TEST(refuses_a_stranger),
	    TEST(contradicts),
	    TEST(is_not_asked),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
