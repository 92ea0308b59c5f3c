/*
 * passport: Results that another Verifier has made, in place of Evidence.
 * Every way one can be wrong stands in test/refusals/passport.c.
 */
#include "passport_support.h"

static uint8_t token[TAM_CHALLENGE_LEN];

#define TEST_(f) cmocka_unit_test_setup_teardown(f, paper_reset, world_rest)

static void
begin(void)
{
	paper_make(0, paper_token(token));
}

static void
accepted(void)
{
	assert_int_equal(hand_in(paper_octets()), OK);
	if (w.reply.why.err != OK)
		fail_msg("%s (%s)", err_name(w.reply.why.err),
		    w.reply.why.what == NULL ? "" : w.reply.why.what);
	assert_int_equal(w.reply.appraisal.verdict, ACCEPTED);
	assert_true(w.reply.passport);
	assert_memory_equal(w.reply.verifier, outside.kid, KID_LEN);
	assert_int_equal(apply(), OK);
}

/* What the question says, by model and mechanism.            [TEEP 4.2, 9] */
static void
questions(void **state)
{
	static const struct {
		enum tam_model model;
		unsigned fresh;
		uint32_t has;
		struct list mechanisms;
	} rows[] = {
	    {TAM_BACKGROUND_CHECK, 0, TEEP_HAS_CHALLENGE, {BYTES_NONE, 0}},
	    {TAM_BACKGROUND_CHECK, TAM_FRESH_NONCE, TEEP_HAS_CHALLENGE,
		{BYTES_NONE, 0}},
	    {TAM_BACKGROUND_CHECK, TAM_FRESH_NONCE | TAM_FRESH_TIME,
		TEEP_HAS_CHALLENGE | TEEP_HAS_FRESHNESS,
		{BYTES_LIT("\x00\x01"), 2}},
	    {TAM_BACKGROUND_CHECK, TAM_FRESH_TIME, TEEP_HAS_FRESHNESS,
		{BYTES_LIT("\x01"), 1}},
	    {TAM_PASSPORT, TAM_FRESH_NONCE, TEEP_HAS_TOKEN, {BYTES_NONE, 0}},
	    {TAM_PASSPORT, TAM_FRESH_NONCE | TAM_FRESH_TIME,
		TEEP_HAS_TOKEN | TEEP_HAS_FRESHNESS,
		{BYTES_LIT("\x00\x01"), 2}},
	    {TAM_PASSPORT, TAM_FRESH_TIME, TEEP_HAS_TOKEN | TEEP_HAS_FRESHNESS,
		{BYTES_LIT("\x01"), 1}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct teep_message m;
		struct verified v;
		struct bytes in;

		w.tam.config.model = rows[i].model;
		w.tam.config.fresh = rows[i].fresh;
		assert_int_equal(tam_connect(&w.tam, w.now, &w.arena, &in), OK);
		read_from_tam(in, ACCEPT_SIGN, &v, &m);
		assert_int_equal(m.has, rows[i].has);
		assert_int_equal(m.freshness.n, rows[i].mechanisms.n);
		assert_true(
		    bytes_same(m.freshness.raw, rows[i].mechanisms.raw));
	}
}

/* With the token: as good as Evidence under a challenge, so that it binds an
 * Update, and proves. */
static void
carries_the_token(void **state)
{
	struct keyring ring = ring_of_one(&w.result);
	struct teep_message m;
	struct eat_claims c;
	struct verified v;
	struct why why;

	(void)state;
	wants(&w.store.wanted, 0);
	for (int ear = 0; ear < 2; ear++) {
		begin();
		paper.ear = ear == 1;
		accepted();
		m = reply(TEEP_UPDATE);
		assert_int_equal(m.manifests.n, 1);
		assert_int_equal(cose_verify(crypto_openssl(), &ring,
				     ACCEPT_SIGN1, m.attestation, &v, &why),
		    OK);
		assert_int_equal(eat_read(&v, &c, &why), OK);
		assert_true(bytes_same(c.nonce, BYTES_OF(token)));
		assert_true(
		    bytes_same(c.assurance, BYTES_LIT("process-grade")));
		assert_true(effect(TAM_APPRAISED, 0)->proves);
		assert_true(effect(TAM_APPRAISED, 0)->passport);
		/* over when the Verifier says so */
		assert_int_equal(effect(TAM_APPRAISED, 0)->until, w.now + 600);
		assert_int_equal(row_of(0)->proven_at, w.now);
		assert_true(row_of(0)->has_report_key);
		assert_int_equal(row_of(0)->assured, ASSURE_PROCESS);
		assert_int_equal(row_of(0)->n_seeds, 0);
	}
	/* Nothing to do, and nobody hands back what he was handed. */
	w.store.wanted.n = 0;
	w.tam.config.passports = true;
	begin();
	accepted();
	is_silent();
}

/* Carried encrypted, like any EAT. */
static void
encrypted(void **state)
{
	static const int32_t algs[] = {ALG_A128GCM, ALG_A128CTR};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		begin();
		assert_int_equal(hand_in(paper_with(encrypt_to(&w.enc, algs[i],
				     COSE_CTX_EAT, paper_result()))),
		    OK);
		assert_int_equal(w.reply.why.err, OK);
		assert_int_equal(apply(), OK);
		/* Of what CTR decrypted no fault is told. */
		begin();
		paper.by = &w.stranger.s;
		assert_int_equal(hand_in(paper_with(encrypt_to(&w.enc, algs[i],
				     COSE_CTX_EAT, paper_result()))),
		    OK);
		assert_int_equal(w.reply.why.err, ERR_UNKNOWN_KEY);
		if (algs[i] == ALG_A128CTR)
			is_silent();
		else
			is_told(TEEP_ERR_ATTESTATION_REQUIRED, "unknown-key");
	}
}

/* Young enough, where that is enough: it says how the device was, and lets
 * nothing be sent.  The TAM asks at once for Evidence. */
static void
by_its_time(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	struct teep_message m;
	static struct qr q;

	(void)state;
	w.tam.config.fresh = TAM_FRESH_NONCE | TAM_FRESH_TIME;
	begin();
	paper.c.nonce = BYTES_LIT("of another exchange");
	accepted();
	is_silent();
	assert_false(effect(TAM_APPRAISED, 0)->proves);
	assert_int_equal(effect(TAM_APPRAISED, 0)->until, w.now + 600);
	assert_int_equal(row_of(0)->proven_at, 0);
	assert_int_equal(row_of(0)->verdict, ACCEPTED);
	/* As old as it may be, it is over with that. */
	begin();
	paper.c.has &= ~(uint32_t)(EAT_HAS_NONCE | EAT_HAS_EXP);
	paper.c.iat = w.now - w.tam.config.result_age;
	accepted();
	assert_int_equal(effect(TAM_APPRAISED, 0)->until, w.now);
	/* There is something to do. */
	wants(&w.store.wanted, 0);
	begin();
	paper.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	accepted();
	m = reply(TEEP_QUERY_REQUEST);
	assert_int_equal(m.has, TEEP_HAS_CHALLENGE);
	memcpy(challenge, m.challenge.p, sizeof(challenge));
	qr_make(&q, 0, BYTES_OF(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_false(w.reply.passport);
	assert_int_equal(reply(TEEP_UPDATE).manifests.n, 1);
	assert_int_equal(apply(), OK);
	assert_int_equal(row_of(0)->proven_at, w.now);
	/* and no further than an exchange may go */
	w.tam.config.exchange_requests = 1;
	begin();
	paper.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	assert_int_equal(hand_in(paper_octets()), OK);
	assert_int_equal(w.reply.why.err, ERR_EXCHANGE_LIMIT);
	is_silent();
}

/* In answer to a challenge, a Result that carries it does as well. */
static void
answers_a_challenge(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];

	(void)state;
	w.tam.config.model = TAM_BACKGROUND_CHECK;
	paper_make(0, connected(challenge));
	paper.m.has &= ~(uint32_t)TEEP_HAS_TOKEN;
	accepted();
	assert_true(effect(TAM_APPRAISED, 0)->proves);
	/* One that carries none is of no exchange at all. */
	paper_make(0, connected(challenge));
	paper.m.has &= ~(uint32_t)TEEP_HAS_TOKEN;
	paper.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	w.tam.config.fresh = TAM_FRESH_NONCE | TAM_FRESH_TIME;
	refused(paper_octets(), ERR_MISSING, 0, NULL);
	/* Nobody to believe: it is not looked into. */
	w.tam.results = NULL;
	paper_make(0, connected(challenge));
	refused(paper_octets(), ERR_TOKEN, 0, NULL);
}

/* What was made before a device was refused takes nothing back; nor does a
 * challenge that is copied make a token. */
static void
older_than_a_refusal(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;

	(void)state;
	w.tam.config.fresh = TAM_FRESH_NONCE | TAM_FRESH_TIME;
	w.tam.config.model = TAM_BACKGROUND_CHECK;
	qr_make(&q, 0, connected(challenge));
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", 0x11);
	draft_measure(&q.ev, "agent", 0x77);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, ERR_MEASUREMENT);
	assert_int_equal(apply(), OK);
	assert_int_equal(row_of(0)->verdict, REFUSED);
	w.now += 60;
	paper_make(0, connected(challenge));
	paper.c.nonce = BYTES_LIT("of another exchange");
	refused(paper_octets(), ERR_TOKEN, 0, NULL);
	assert_int_equal(row_of(0)->verdict, REFUSED);
	w.tam.config.model = TAM_PASSPORT;
	for (uint64_t age = 3000; age > 0; age = age == 60 ? 0 : 60) {
		begin();
		paper.c.iat = w.now - age;
		paper.c.nonce = BYTES_LIT("of another exchange");
		assert_int_equal(hand_in(paper_octets()), OK);
		assert_int_equal(w.reply.why.err, ERR_EXPIRED);
		assert_int_equal(w.reply.why.expected_n, w.now - 60);
		is_told(TEEP_ERR_ATTESTATION_REQUIRED, "expired");
		assert_int_equal(apply(), OK);
		assert_int_equal(row_of(0)->verdict, REFUSED);
	}
	/* A second later it was well again; or with the token. */
	begin();
	paper.c.iat = w.now - 59;
	paper.c.nonce = BYTES_LIT("of another exchange");
	accepted();
	assert_int_equal(row_of(0)->verdict, ACCEPTED);
	begin();
	paper.c.iat = w.now - 3000;
	accepted();
	/* What was refused was the paper, not the device. */
	begin();
	paper.c.exp = w.now;
	assert_int_equal(hand_in(paper_octets()), OK);
	assert_int_equal(w.reply.why.err, ERR_EXPIRED);
	assert_int_equal(apply(), OK);
	begin();
	paper.c.iat = w.now - 30;
	paper.c.nonce = BYTES_LIT("of another exchange");
	accepted();
}

/* What was known of a device stays known. */
static void
the_same_device(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;

	(void)state;
	w.tam.config.model = TAM_BACKGROUND_CHECK;
	qr_make(&q, 0, connected(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(apply(), OK);
	w.tam.config.model = TAM_PASSPORT;
	begin();
	paper.c.has &= ~(uint32_t)EAT_HAS_REPORT_KEY;
	accepted();
	assert_true(row_of(0)->has_report_key);
	assert_int_equal(row_of(0)->n_seeds, 1);
	row_of(0)->cloned = true;
	begin();
	assert_int_equal(hand_in(paper_octets()), OK);
	assert_int_equal(w.reply.why.err, ERR_CLONE);
}

/* After a proof with nothing more to do, the device is handed its Result. */
static void
handed_back(void **state)
{
	struct keyring ring = ring_of_one(&w.result);
	uint8_t challenge[TAM_CHALLENGE_LEN];
	struct result_ask ask = {.form = &result_teep,
	    .verifiers = &ring,
	    .kid = teep_of(0)->kid,
	    .nonce = BYTES_OF(challenge),
	    .now = w.now,
	    .need = EAT_HAS_ASSURANCE | EAT_HAS_REPORT_KEY};
	struct teep_message m;
	struct believed b;
	static struct qr q;
	struct why why;

	(void)state;
	w.tam.config.model = TAM_BACKGROUND_CHECK;
	w.tam.config.passports = true;
	qr_make(&q, 0, connected(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	m = reply(TEEP_UPDATE);
	assert_int_equal(m.has, TEEP_HAS_ATTESTATION);
	assert_int_equal(
	    result_check(crypto_openssl(), &ask, m.attestation, &b, &why), OK);
	assert_true(bytes_same(b.claims.assurance, BYTES_LIT("process-grade")));
	assert_null(effect(TAM_NEW_TOKEN, 0));
	assert_int_equal(apply(), OK);
	/* The thanks for it end the session. */
	m = (struct teep_message){.type = TEEP_SUCCESS};
	assert_int_equal(hand_in(sign_message(&teep_of(0)->s, &m)), OK);
	assert_int_equal(w.reply.why.err, OK);
	is_silent();
	/* Not to one who could not read it, nor to one that failed. */
	w.tam.dialect.update = DIALECT_UNBOUND;
	qr_make(&q, 0, connected(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	is_silent();
	w.tam.dialect.update = DIALECT_BOUND;
	qr_make(&q, 0, connected(challenge));
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", 0x66);
	draft_measure(&q.ev, "agent", 0x22);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	is_told(TEEP_ERR_ATTESTATION_REQUIRED, "measurement-mismatch");
}

/* The store may fail at each question. */
static void
store_fails(void **state)
{
	unsigned n;

	(void)state;
	wants(&w.store.wanted, 0);
	for (n = 1;; n++) {
		enum err e;

		begin();
		w.store.asked = 0;
		w.store.fail_at = n;
		e = hand_in(paper_octets());
		w.store.fail_at = 0;
		if (e == OK)
			break;
		assert_int_equal(e, ERR_STORE);
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
		take_back();
	}
	assert_true(n > 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST_(questions),
	    TEST_(carries_the_token),
	    TEST_(encrypted),
	    TEST_(by_its_time),
	    TEST_(answers_a_challenge),
	    TEST_(the_same_device),
	    TEST_(older_than_a_refusal),
	    TEST_(handed_back),
	    TEST_(store_fails),
	};
	int failed;

	w_suite = 0;
	failed = cmocka_run_group_tests_name(
	    "ESP256", tests, paper_begins, paper_ends);
	w_suite = 1;
	return failed + cmocka_run_group_tests_name(
			    "Ed25519", tests, paper_begins, paper_ends);
}
