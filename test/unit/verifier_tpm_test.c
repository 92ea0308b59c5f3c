/*
 * verifier_tpm: Evidence that a TPM stands behind is accepted as it should
 * be, and refused by name in every way in which it can be wrong: PCR, event
 * and what was expected there.
 */
#include "tpm_machine.h"

/* It is refused for this, with these words. */
static void
refused(enum err want, const char *what)
{
	enum err e = appraise(evidence_make());

	if (e != want)
		fail_msg("%s, not %s (%s)", err_name(e), err_name(want),
		    a.why.what != NULL ? a.why.what : "");
	assert_int_equal(a.verdict, REFUSED);
	assert_int_equal(a.assurance, ASSURE_NONE);
	assert_string_equal(a.why.what, what);
}

static bool
says(struct bytes b, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= b.n; i++)
		if (memcmp(b.p + i, text, n) == 0)
			return true;
	return false;
}

static void
test_accepted(void **state)
{
	const struct verifier_store store = library_store(&lib);
	const struct verifier v = rats_verifier(&store);
	struct bytes in = evidence_make(), nonce;

	(void)state;
	if (appraise(in) != OK)
		fail_msg("%s %s %.*s", err_name(a.why.err), a.why.what,
		    (int)a.why.found.n, (const char *)a.why.found.p);
	assert_int_equal(a.verdict, ACCEPTED);
	assert_true(a.bound);
	/* Whoever endorses what: a TPM is worth no more. */
	assert_int_equal(a.assurance, ASSURE_TPM);
	assert_memory_equal(a.report_kid, report.kid, KID_LEN);
	assert_int_equal(verifier_nonce(&v, BYTES_LIT(TPM_EVIDENCE_FORMAT), in,
			     &nonce, NULL),
	    OK);
	assert_true(bytes_same(nonce, BYTES_OF(challenge)));
}

/* And never more than its endorsement says. */
static void
test_weaker_class(void **state)
{
	(void)state;
	library_text(&lib, CORIM_ENDORSED, "assurance", "process-grade");
	assert_int_equal(appraise(evidence_make()), OK);
	assert_int_equal(a.assurance, ASSURE_PROCESS);
}

static void
test_form(void **state)
{
	struct bytes in = evidence_make();

	(void)state;
	for (size_t n = 0; n < in.n; n += 7)
		assert_int_not_equal(appraise((struct bytes){in.p, n}), OK);
	assert_int_equal(appraise(evidence_sign(&d)), ERR_TYPE);
	assert_string_equal(a.why.what, "TPM evidence");
}

/* ---- the quote ------------------------------------------------------------
 */

static void
test_quote(void **state)
{
	(void)state;
	m.by = &other_ak;
	refused(ERR_EVIDENCE_KEY, "attestation key");
	(void)healthy(NULL);
	m.flip_signature = true;
	refused(ERR_SIGNATURE, "quote");
	(void)healthy(NULL);
	m.quote.extra = BYTES_OF(old);
	refused(ERR_EVIDENCE_NONCE, "quote");
	(void)healthy(NULL);
	m.quote.magic++;
	refused(ERR_TYPE, "quote");
	(void)healthy(NULL);
	m.quote.pcrs &= ~UINT32_C(0x10);
	refused(ERR_MISSING, "PCRs of the quote");
	(void)healthy(NULL);
	m.quote.pcrs &= ~(UINT32_C(1) << TPM_LAUNCHER_PCR);
	refused(ERR_MISSING, "PCRs of the quote");
	/* Values that nobody has signed. */
	(void)healthy(NULL);
	m.composite[0] = 0x55;
	refused(ERR_MEASUREMENT, "PCR values");
}

/* Nobody asked, so the EAT's time would have to do: a day later root signs
 * another EAT around the quote of before. */
static void
test_timed(void **state)
{
	const struct verifier_store store = library_store(&lib);
	const struct verifier v = rats_verifier(&store);
	struct verifier_ask ask = {.media = BYTES_LIT(TPM_EVIDENCE_FORMAT),
	    .audience = (const char(*)[KID_TEXT])audience,
	    .n_audience = 1,
	    .teep_kid = teep.kid,
	    .now = NOW,
	    .age = 300,
	    .skew = 300};

	(void)state;
	library_text(&lib, CORIM_ENDORSED, "clock", "trusted");
	m.quote.extra = BYTES_NONE;
	d.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	d.c.has |= EAT_HAS_IAT;
	for (size_t i = 0; i < 2; i++, ask.now += 86400) {
		d.c.iat = ask.now;
		assert_int_equal(
		    verifier_appraise(&v, &ask, evidence_make(), &a),
		    ERR_EVIDENCE_NONCE);
		assert_string_equal(a.why.what, "quote");
		assert_int_equal(a.verdict, REFUSED);
		assert_int_equal(a.assurance, ASSURE_NONE);
	}
	/* Nor with a nonce that nobody here has given. */
	m.quote.extra = BYTES_OF(old);
	assert_int_equal(verifier_appraise(&v, &ask, evidence_make(), &a),
	    ERR_EVIDENCE_NONCE);
}

/* ---- what was booted ------------------------------------------------------
 */

static void
test_extended(void **state)
{
	(void)state;
	/* Somebody extends after the boot: the log does not know of it. */
	assert_int_equal(
	    tpm_extend(crypto_openssl(), m.pcrs.value[4], BYTES_OF(challenge)),
	    OK);
	refused(ERR_MEASUREMENT, "PCR 4");
	assert_true(says(a.why.expected,
	    "after event 2 EV_EFI_BOOT_SERVICES_APPLICATION (a kernel)"));
	assert_true(says(a.why.found, "the TPM holds "));
	/* And one in which nothing was ever logged. */
	(void)healthy(NULL);
	m.pcrs.value[8][0] = 1;
	refused(ERR_MEASUREMENT, "PCR 8");
	assert_true(says(a.why.expected, "after no event"));
}

static void
test_forged_log(void **state)
{
	(void)state;
	/* The log tells of the expected kernel; the TPM of another. */
	m.log.p[m.log.n - 40] ^= 1;
	refused(ERR_MEASUREMENT, "PCR 9");
	assert_true(says(a.why.expected, "after event 2 EV_EVENT_TAG"));
	(void)healthy(NULL);
	m.log.n = 0;
	refused(ERR_TRUNCATED, "event log");
	/* Data that are not what was extended. */
	(void)healthy(NULL);
	m.log.p[69 + 8 + 4 + 22 + 34 + 4] = 1;
	refused(ERR_MEASUREMENT, "EV_SEPARATOR");
}

static void
test_command_line(void **state)
{
	(void)state;
	firmware("quiet init=/bin/sh");
	boots(TPM_STEPS);
	refused(ERR_MEASUREMENT, "PCR 9");
	assert_true(
	    says(a.why.found, "event 1 EV_EVENT_TAG (LOADED_IMAGE::LoadOp"));
	assert_true(says(a.why.expected, "another digest"));
	assert_true(a.bound);
}

static void
test_more_events(void **state)
{
	(void)state;
	log_add(&m.log, crypto_openssl(), 9, EV_TAG, BYTES_LIT("a third"));
	boots(TPM_STEPS);
	refused(ERR_MEASUREMENT, "PCR 9");
	assert_true(says(a.why.found, "event 3 EV_EVENT_TAG (a third)"));
	assert_true(says(a.why.expected, "no such event"));
}

static void
test_fewer_events(void **state)
{
	const struct crypto *c = crypto_openssl();
	const struct bytes text = BYTES_LIT("quiet");
	uint8_t line[DIGEST_LEN];

	(void)state;
	assert_int_equal(c->sha256(&text, 1, line), OK);
	log_begin(&m.log);
	for (uint32_t i = 0; i < 8; i++)
		log_add(&m.log, c, i, 4, BYTES_OF(zeros));
	log_add(&m.log, c, 4, EV_APP, BYTES_LIT("a kernel"));
	log_put(&m.log, 9, EV_TAG, BYTES_OF(line), BYTES_LIT("options"));
	boots(TPM_STEPS);
	refused(ERR_MEASUREMENT, "PCR 9");
	assert_true(says(a.why.expected, "more than these 1 events"));
}

static void
test_nobody_expects(void **state)
{
	(void)state;
	lib.n_values = 4; /* no PCRs */
	refused(ERR_NO_REFERENCE, "PCR 0");
}

/* ---- what was started ------------------------------------------------------
 */

static void
test_launcher(void **state)
{
	static const char *const missing[] = {"agent", "keys", "cap"};

	(void)state;
	for (size_t n = 0; n < TPM_STEPS; n++) {
		char want[64];

		(void)healthy(NULL);
		boots(n);
		refused(ERR_MEASUREMENT, "PCR 15");
		(void)snprintf(
		    want, sizeof(want), "event %s is missing", missing[n]);
		assert_true(says(a.why.found, want));
	}
	/* Somebody speaks after the cap. */
	(void)healthy(NULL);
	assert_int_equal(tpm_extend(crypto_openssl(),
			     m.pcrs.value[TPM_LAUNCHER_PCR], BYTES_OF(old)),
	    OK);
	refused(ERR_MEASUREMENT, "PCR 15");
	assert_true(says(a.why.found, "another agent, other keys or more"));
	/* Another agent is claimed than was extended. */
	(void)healthy(NULL);
	m.agent[0] ^= 1;
	refused(ERR_MEASUREMENT, "PCR 15");
	/* It was extended, and the EAT says another. */
	(void)healthy(NULL);
	m.agent[0] ^= 1;
	boots(TPM_STEPS);
	refused(ERR_MEASUREMENT, "measurement agent");
	(void)healthy(NULL);
	m.keys_said = BYTES_LIT("\x80");
	refused(ERR_RANGE, "keys");
}

/* Root, with good PCRs and every key of the launcher. */
static void
test_other_keys(void **state)
{
	(void)state;
	/* The keys as extended, another TEEP key in the EAT: it signed the
	 * QueryResponse, too. */
	m.keys.teep[0] = teep2.pub;
	keys_encode(&m.keys_said);
	boots(TPM_STEPS);
	refused(ERR_EVIDENCE_CNF, "cnf");
	assert_true(says(a.why.expected, "extended into PCR 15"));
	/* The keys that he would like to have been extended. */
	(void)healthy(NULL);
	m.keys.teep[0] = teep2.pub;
	keys_encode(&m.keys_said);
	refused(ERR_MEASUREMENT, "PCR 15");
	/* Another evidence key, report key, payload key. */
	(void)healthy(NULL);
	d.by = &other_ak.s;
	refused(ERR_EVIDENCE_KEY, "evidence key");
	(void)healthy(NULL);
	draft_report_key(&d, &teep2.pub);
	refused(ERR_EVIDENCE_CNF, "report-key");
	(void)healthy(NULL);
	draft_enc_key(&d, &teep2.pub);
	refused(ERR_EVIDENCE_CNF, "payload-keys");
}

/* What holds for any EAT holds for this one. */
static void
test_eat(void **state)
{
	(void)state;
	d.c.nonce = BYTES_OF(old);
	refused(ERR_EVIDENCE_NONCE, "eat_nonce");
	(void)healthy(NULL);
	draft_aud(&d, teep.kid);
	refused(ERR_EVIDENCE_AUDIENCE, "aud");
	(void)healthy(NULL);
	d.ueid[3] ^= 1;
	refused(ERR_EVIDENCE_CLAIM, "ueid");
	(void)healthy(NULL);
	d.c.hwversion = BYTES_LIT("\x81\x65rev-c");
	refused(ERR_MEASUREMENT, "hwversion");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_accepted, healthy),
	    cmocka_unit_test_setup(test_weaker_class, healthy),
	    cmocka_unit_test_setup(test_form, healthy),
	    cmocka_unit_test_setup(test_quote, healthy),
	    cmocka_unit_test_setup(test_timed, healthy),
	    cmocka_unit_test_setup(test_extended, healthy),
	    cmocka_unit_test_setup(test_forged_log, healthy),
	    cmocka_unit_test_setup(test_command_line, healthy),
	    cmocka_unit_test_setup(test_more_events, healthy),
	    cmocka_unit_test_setup(test_fewer_events, healthy),
	    cmocka_unit_test_setup(test_nobody_expects, healthy),
	    cmocka_unit_test_setup(test_launcher, healthy),
	    cmocka_unit_test_setup(test_other_keys, healthy),
	    cmocka_unit_test_setup(test_eat, healthy),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
