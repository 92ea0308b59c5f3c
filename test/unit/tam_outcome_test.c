/*
 * outcome: Success and Error to an Update: what is recorded, what is
 * refused, and what comes next.
 */
#include "tam_support.h"

#include <tam/tam_int.h>

static struct reports r;
static uint8_t token[TAM_TOKEN_LEN];

/* Device 0 has been told to install manifests 0 and 2. */
static void
told(void)
{
	struct teep_message m;

	w.store.wanted.n = 0;
	wants(&w.store.wanted, 0);
	wants(&w.store.wanted, 2);
	attested(0);
	m = reply(TEEP_UPDATE);
	memcpy(token, m.token.p, sizeof(token));
	reports_begin(&r);
}

static struct bytes
answer(enum teep_type type)
{
	struct teep_message m = {
	    .type = type,
	    .has = TEEP_HAS_TOKEN,
	    .token = BYTES_OF(token),
	};

	if (r.n > 0) {
		m.has |= TEEP_HAS_REPORTS;
		m.reports = reports_list(&r);
	}
	if (type == TEEP_ERROR) {
		m.err_code = TEEP_ERR_MANIFEST;
		m.has |= TEEP_HAS_ERR_MSG;
		m.err_msg = BYTES_LIT("no");
	}
	return sign_message(&teep_of(0)->s, &m);
}

/* Contents refused: the token is spent, nothing else happens, and the peer
 * hears the word. */
static void
refused_but_spent(enum teep_type type, enum err e, const char *word)
{
	assert_int_equal(hand_in(answer(type)), OK);
	if (w.reply.why.err != e)
		fail_msg("%s (%s) instead of %s", err_name(w.reply.why.err),
		    w.reply.why.what == NULL ? "" : w.reply.why.what,
		    err_name(e));
	assert_int_equal(w.reply.n_effects, 1);
	assert_non_null(effect(TAM_USE_TOKEN, 0));
	is_told(TEEP_ERR_PERMANENT, word);
	assert_int_equal(apply(), OK);
	refused(answer(type), ERR_TOKEN, 0, NULL);
}

static void
success_without_reports(void **state)
{
	(void)state;
	told();
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, OK);
	(void)reply(TEEP_QUERY_REQUEST);
	assert_int_equal(effect(TAM_REPORTED, 0)->outcome, OK);
	assert_int_equal(effect(TAM_REPORTED, 1)->outcome, OK);
	assert_null(effect(TAM_REPORTED, 2));
}

static void
plain_reports_are_reports(void **state)
{
	(void)state;
	told();
	reports_add(
	    &r, report_sign(&w.dev[0].report.s,
		    report_on(w.store.shelf[0].m.digest, BYTES_OF(token), OK)));
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
failure_is_recorded(void **state)
{
	const struct tam_effect *e;
	struct teep_message m;

	(void)state;
	told();
	reports_good(&r, 0, 0, BYTES_OF(token), ERR_IMAGE_DIGEST);
	assert_int_equal(hand_in(answer(TEEP_ERROR)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(w.reply.peer_code, TEEP_ERR_MANIFEST);
	assert_true(bytes_same(w.reply.peer_text, BYTES_LIT("no")));
	m = reply(TEEP_QUERY_REQUEST);
	e = effect(TAM_REPORTED, 0);
	assert_memory_equal(e->digest, w.store.shelf[0].m.digest, DIGEST_LEN);
	assert_int_equal(e->outcome, ERR_PEER_ERROR);
	assert_int_equal(e->reason, suit_reason(ERR_IMAGE_DIGEST));
	/* Of the other one only this much is known. */
	e = effect(TAM_REPORTED, 1);
	assert_int_equal(e->outcome, ERR_PEER_ERROR);
	assert_int_equal(e->reason, 0);
	assert_int_equal(apply(), OK);
	/* What failed is not sent again in the same exchange. */
	{
		uint8_t challenge[TAM_CHALLENGE_LEN];
		static struct qr q;

		memcpy(challenge, m.challenge.p, sizeof(challenge));
		qr_make(&q, 0, BYTES_OF(challenge));
		assert_int_equal(hand_in(qr_octets(&q)), OK);
		assert_int_equal(w.reply.why.err, ERR_EXCHANGE_LIMIT);
		is_silent();
		assert_true(effect(TAM_APPRAISED, 0)->proves);
		assert_int_equal(apply(), OK);
	}
	attested(0);
	(void)reply(TEEP_UPDATE);
}

/* One of two was installed in spite of the Error. */
static void
half_a_success(void **state)
{
	(void)state;
	told();
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	reports_good(&r, 0, 2, BYTES_OF(token), ERR_VENDOR);
	assert_int_equal(hand_in(answer(TEEP_ERROR)), OK);
	assert_int_equal(effect(TAM_REPORTED, 0)->outcome, OK);
	assert_int_equal(effect(TAM_REPORTED, 1)->outcome, ERR_PEER_ERROR);
}

static void
removals_in_an_error(void **state)
{
	struct teep_message m;

	(void)state;
	w.dev[0].has[w.dev[0].n_has++] = 4;
	wants(&w.store.unwanted, 4);
	told();
	m = reply(TEEP_UPDATE);
	assert_int_equal(m.unneeded.n, 1);
	/* Not mentioned: nothing is known. */
	assert_int_equal(hand_in(answer(TEEP_ERROR)), OK);
	assert_int_equal(w.reply.why.err, OK);
	for (size_t i = 0; effect(TAM_REPORTED, i) != NULL; i++)
		assert_false(effect(TAM_REPORTED, i)->removed);
	/* Mentioned: it is a report like any other. */
	reports_good(&r, 0, 4, BYTES_OF(token), ERR_PLACE);
	assert_int_equal(hand_in(answer(TEEP_ERROR)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_true(effect(TAM_REPORTED, 2)->removed);
	assert_int_equal(effect(TAM_REPORTED, 2)->outcome, ERR_PEER_ERROR);
}

/* ---- tokens
 * ------------------------------------------------------------------ */

static void
unknown_tokens(void **state)
{
	(void)state;
	told();
	token[0] ^= 1;
	refused(answer(TEEP_SUCCESS), ERR_TOKEN, 0, NULL);
	refused(answer(TEEP_ERROR), ERR_TOKEN, 0, NULL);
	token[0] ^= 1;
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
tokens_serve_once(void **state)
{
	(void)state;
	told();
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(apply(), OK);
	refused(answer(TEEP_SUCCESS), ERR_TOKEN, 0, NULL);
	refused(answer(TEEP_ERROR), ERR_TOKEN, 0, NULL);
}

static void
anothers_token(void **state)
{
	struct teep_message m = {.type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN,
	    .token = BYTES_OF(token)};

	(void)state;
	told();
	attested(1);
	refused(sign_message(&teep_of(1)->s, &m), ERR_TOKEN, 0, NULL);
	refused(sign_message(&w.stranger.s, &m), ERR_UNKNOWN_KEY, 0, NULL);
	/* It was not spent by that. */
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
forged_success_spends_nothing(void **state)
{
	uint8_t room[65536];
	struct bytes in;

	(void)state;
	told();
	in = answer(TEEP_SUCCESS);
	memcpy(room, in.p, in.n);
	room[in.n - 1] ^= 1;
	refused((struct bytes){room, in.n}, ERR_SIGNATURE, 0, NULL);
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
tokens_expire(void **state)
{
	(void)state;
	told();
	w.now += 86400;
	refused(answer(TEEP_SUCCESS), ERR_EXPIRED, 0, NULL);
	w.now -= 1;
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
several_signatures(void **state)
{
	static const enum teep_type types[] = {TEEP_SUCCESS, TEEP_ERROR};

	(void)state;
	told();
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct teep_message m = {.type = types[i],
		    .has = TEEP_HAS_TOKEN,
		    .token = BYTES_OF(token),
		    .err_code = 1};
		const struct signer *s[] = {&teep_of(0)->s};
		uint8_t room[1024];
		struct cbor_out o = cbor_into(SPAN_OF(room));
		struct bytes in;

		assert_int_equal(cose_sign_write(&o, s, 1, encode(&m)), OK);
		assert_int_equal(cbor_done(&o, &in), OK);
		refused(in, ERR_COSE_TYPE, 0, NULL);
	}
}

/* Success to an Update that only refused something. */
static void
acknowledged_refusal(void **state)
{
	struct teep_message m = {.type = TEEP_SUCCESS};

	(void)state;
	assert_int_equal(hand_in(sign_message(&teep_of(0)->s, &m)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(w.reply.n_effects, 0);
	is_silent();
	told();
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	m.has = TEEP_HAS_REPORTS;
	m.reports = reports_list(&r);
	refused(sign_message(&teep_of(0)->s, &m), ERR_TOKEN, 0, NULL);
	m.type = TEEP_ERROR;
	m.err_code = TEEP_ERR_MANIFEST;
	refused(sign_message(&teep_of(0)->s, &m), ERR_TOKEN, 0, NULL);
}

/* ---- reports
 * ------------------------------------------------------------------ */

static void
report_under_another_key(void **state)
{
	(void)state;
	told();
	reports_good(&r, 1, 0, BYTES_OF(token), OK);
	refused_but_spent(TEEP_SUCCESS, ERR_REPORT_KEY, "undecryptable");
	/* Not even under the TEEP key. */
	told();
	reports_add(
	    &r, report_sign(&teep_of(0)->s,
		    report_on(w.store.shelf[0].m.digest, BYTES_OF(token), OK)));
	refused_but_spent(TEEP_ERROR, ERR_REPORT_KEY, "undecryptable");
	/* Nor under a key that no Evidence ever named. */
	told();
	row_of(0)->has_report_key = false;
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	refused_but_spent(TEEP_SUCCESS, ERR_REPORT_KEY, "undecryptable");
}

static void
report_with_a_wrong_signature(void **state)
{
	uint8_t room[4096];
	struct bytes in;

	(void)state;
	told();
	in = report_sign(&w.dev[0].report.s,
	    report_on(w.store.shelf[0].m.digest, BYTES_OF(token), OK));
	memcpy(room, in.p, in.n);
	room[in.n - 1] ^= 1;
	reports_add(&r, (struct bytes){room, in.n});
	refused_but_spent(TEEP_SUCCESS, ERR_REPORT_KEY, "undecryptable");
}

static void
report_not_signed(void **state)
{
	(void)state;
	told();
	reports_add(
	    &r, report_on(w.store.shelf[0].m.digest, BYTES_OF(token), OK));
	refused_but_spent(TEEP_SUCCESS, ERR_UNSIGNED, "undecryptable");
	told();
	reports_add(&r, BYTES_NONE);
	refused_but_spent(TEEP_SUCCESS, ERR_TRUNCATED, "undecryptable");
}

static void
report_not_decryptable(void **state)
{
	struct bytes plain;

	(void)state;
	told();
	plain = report_on(w.store.shelf[0].m.digest, BYTES_OF(token), OK);
	reports_add(&r,
	    report_sign(&w.dev[0].report.s,
		encrypt_to(&w.stranger, ALG_A128GCM, COSE_CTX_REPORT, plain)));
	refused_but_spent(TEEP_SUCCESS, ERR_UNDECRYPTABLE, "undecryptable");
	/* Evidence is not a report. */
	told();
	plain = report_on(w.store.shelf[0].m.digest, BYTES_OF(token), OK);
	reports_add(
	    &r, report_sign(&w.dev[0].report.s,
		    encrypt_to(&w.enc, ALG_A128GCM, COSE_CTX_EAT, plain)));
	refused_but_spent(TEEP_SUCCESS, ERR_UNDECRYPTABLE, "undecryptable");
	told();
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	w.tam.agree = NULL;
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, ERR_UNDECRYPTABLE);
}

static void
report_that_is_none(void **state)
{
	(void)state;
	told();
	reports_add(&r, report_sign(&w.dev[0].report.s, BYTES_LIT("\xa0")));
	refused_but_spent(TEEP_SUCCESS, ERR_MISSING, "missing-field");
}

static void
report_of_another_time(void **state)
{
	static const uint8_t other[TAM_TOKEN_LEN] = {1};

	(void)state;
	told();
	reports_good(&r, 0, 0, BYTES_OF(other), OK);
	refused_but_spent(TEEP_SUCCESS, ERR_REPORT_NONCE, "report-nonce");
	told();
	reports_good(&r, 0, 0, BYTES_NONE, OK);
	refused_but_spent(TEEP_ERROR, ERR_REPORT_NONCE, "report-nonce");
}

static void
report_about_something_else(void **state)
{
	(void)state;
	told();
	reports_good(&r, 0, 4, BYTES_OF(token), OK);
	refused_but_spent(TEEP_SUCCESS, ERR_REPORT_MANIFEST, "report-manifest");
}

static void
two_reports_on_one_thing(void **state)
{
	(void)state;
	told();
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	reports_good(&r, 0, 0, BYTES_OF(token), ERR_VENDOR);
	refused_but_spent(TEEP_ERROR, ERR_DUPLICATE, "duplicate-key");
}

static void
success_that_reports_failure(void **state)
{
	(void)state;
	told();
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	reports_good(&r, 0, 2, BYTES_OF(token), ERR_VENDOR);
	refused_but_spent(TEEP_SUCCESS, ERR_REPORT_RESULT, "report-result");
}

/* A real manifest on the shelf, of which a report can be held against. */
static void
shelve_file(size_t i, const char *name)
{
	static uint8_t rooms[2][1024];
	static struct suit_manifest m;
	struct shelf *f = &w.store.shelf[i];
	char path[256];
	FILE *in;

	(void)snprintf(path, sizeof(path), VECTORS "/suit/%s.suit", name);
	in = fopen(path, "rb");
	assert_non_null(in);
	f->envelope =
	    (struct bytes){rooms[i], fread(rooms[i], 1, sizeof(rooms[i]), in)};
	(void)fclose(in);
	assert_int_equal(
	    suit_check(crypto_openssl(), f->envelope, &m, NULL), OK);
	memcpy(f->m.digest, m.digest, DIGEST_LEN);
	f->m.envelope_n = f->envelope.n;
}

static void
shelve_real(void)
{
	shelve_file(0, "m0-secure-boot.signed");
}

/* A report of shelf 0 with these records, all in hex. */
static void
report_of_run(const char *records, size_t n, enum err e)
{
	static uint8_t room[1024];
	static struct suit_run run;
	static struct suit_manifest m;
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes plain;

	memset(&run, 0, sizeof(run));
	memcpy(m.digest, w.store.shelf[0].m.digest, DIGEST_LEN);
	run.m = &m;
	run.state = e == OK ? SUIT_DONE : SUIT_FAILED;
	run.why.err = e;
	run.last.section = SUIT_VALIDATE;
	run.last.offset = 1;
	run.by_condition = e == ERR_IMAGE_DIGEST;
	for (; records[2 * run.log_n] != 0; run.log_n++) {
		char octet[3] = {
		    records[2 * run.log_n], records[2 * run.log_n + 1], 0};

		run.log[run.log_n] = (uint8_t)strtoul(octet, NULL, 16);
	}
	run.n_records = (uint16_t)n;
	assert_int_equal(suit_report_write(&o, &run, BYTES_OF(token)), OK);
	assert_int_equal(cbor_done(&o, &plain), OK);
	reports_add(
	    &r, report_sign(&w.dev[0].report.s,
		    encrypt_to(&w.enc, ALG_A128GCM, COSE_CTX_REPORT, plain)));
}

/* Where it failed, in the words of the manifest, and what was measured. */
static void
is_failure(uint8_t section, uint32_t offset, int64_t command, size_t measured)
{
	const struct tam_failure *f = &effect(TAM_REPORTED, 0)->failure;

	assert_int_equal(f->section, section);
	assert_int_equal(f->offset, offset);
	assert_int_equal(f->command, command);
	assert_int_equal(f->measured.n, measured);
	assert_true(bytes_same(f->said, BYTES_LIT("no")));
	if (command == 0)
		assert_int_equal(f->component.n, 0);
	else /* [h'00'] */
		assert_true(bytes_same(
		    f->component, BYTES_OF(((uint8_t[]){0x81, 0x41, 0x00}))));
}

static struct bytes
octets(uint8_t room[64], const char *hex)
{
	size_t n = 0;

	for (; hex[2 * n] != 0; n++) {
		char octet[3] = {hex[2 * n], hex[2 * n + 1], 0};

		room[n] = (uint8_t)strtoul(octet, NULL, 16);
	}
	return (struct bytes){room, n};
}

/* A record is read for people against the manifest that is still there; what
 * it names that is not there stays a number. */
static void
failure_place(void **state)
{
	static const struct {
		const char *record;
		int64_t command;
		size_t component, measured;
	} rows[] = {
	    {"8580070100a0", SUIT_CMD_IMAGE_MATCH, 3, 0},
	    {"8580070100a10e01", SUIT_CMD_IMAGE_MATCH, 3, 3},
	    {"8580070200a0", 0, 3, 0},   /* an argument */
	    {"858007186400a0", 0, 3, 0}, /* behind its end */
	    {"8580140100a0", 0, 3, 0},   /* no such section */
	    {"858018ff0100a0", 0, 3, 0},
	    {"8580070105a0", SUIT_CMD_IMAGE_MATCH, 0, 0},
	    {"858100070100a0", 0, 0, 0}, /* of a dependency */
	    {"8580000000a0", 0, 0, 0},   /* before any command */
	    {"85800700", 0, 0, 0},       /* no record at all */
	};
	struct suit_report r_ = {.reason = 10};
	struct bytes envelope;
	struct tam_failure f;
	uint8_t raw[64];

	(void)state;
	shelve_real();
	envelope = w.store.shelf[0].envelope;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		r_.result_record = octets(raw, rows[i].record);
		tam_failure_read(envelope, &r_, &f);
		assert_int_equal(f.command, rows[i].command);
		assert_int_equal(f.component.n, rows[i].component);
		assert_int_equal(f.measured.n, rows[i].measured);
		/* without the manifest only numbers are left */
		tam_failure_read(BYTES_NONE, &r_, &f);
		assert_int_equal(f.command, 0);
		assert_int_equal(f.component.n, 0);
	}
	r_.success = true;
	tam_failure_read(envelope, &r_, &f);
	assert_int_equal(f.section, 0);
}

/* m0 looks at vendor and class, and, to validate, at the image: a report of
 * anything else is of no run of it. */
static void
report_of_no_run(void **state)
{
	(void)state;
	shelve_real();
	told();
	report_of_run("", 0, OK);
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(effect(TAM_REPORTED, 0)->outcome, OK);

	shelve_real();
	told();
	/* [[], 7, 1, 0, {}] */
	report_of_run("8580070100a0", 1, ERR_IMAGE_DIGEST);
	assert_int_equal(hand_in(answer(TEEP_ERROR)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(effect(TAM_REPORTED, 0)->outcome, ERR_PEER_ERROR);
	assert_int_equal(effect(TAM_REPORTED, 0)->reason, 10);
	is_failure(SUIT_VALIDATE, 1, SUIT_CMD_IMAGE_MATCH, 0);

	/* success, although the image is another */
	told();
	report_of_run("8580070100a0", 1, OK);
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, ERR_REPORT_REPLAY);
	assert_string_equal(w.reply.why.what, "result");
	assert_null(effect(TAM_REPORTED, 0));
	is_told(TEEP_ERR_PERMANENT, "report-replay");
	/* a section that it has not */
	told();
	report_of_run("8580140100a0", 1, OK);
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, ERR_REPORT_REPLAY);
	assert_string_equal(w.reply.why.what, "record-section");
	assert_null(effect(TAM_REPORTED, 0));
	is_told(TEEP_ERR_PERMANENT, "report-replay");
}

/* A manifest that depends on another: its report is held against both, if the
 * other one is on the shelf. */
static void
report_of_two(void **state)
{
	static const char of_the_other[] =
	    "858100070100a0"; /* [[0],7,1,0,{}] */

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		shelve_file(0, "td1-process");
		if (i > 0)
			shelve_file(1, "td0-dependency");
		told();
		report_of_run("", 0, OK);
		assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
		assert_int_equal(w.reply.why.err, OK);
		assert_int_equal(effect(TAM_REPORTED, 0)->outcome, OK);

		told();
		report_of_run(of_the_other, 1, OK);
		assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
		if (i == 0) { /* nobody here can tell */
			assert_int_equal(w.reply.why.err, OK);
			continue;
		}
		assert_int_equal(w.reply.why.err, ERR_REPORT_REPLAY);
		assert_string_equal(w.reply.why.what, "record-section");
		assert_null(effect(TAM_REPORTED, 0));
		is_told(TEEP_ERR_PERMANENT, "report-replay");
	}
}

/* ---- limits
 * -------------------------------------------------------------------- */

static void
no_question_is_left(void **state)
{
	(void)state;
	told();
	w.tam.config.exchange_requests = 1;
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	/* What was reported is kept; the proof has to wait. */
	assert_int_equal(w.reply.why.err, ERR_EXCHANGE_LIMIT);
	is_silent();
	assert_non_null(effect(TAM_USE_TOKEN, 0));
	assert_non_null(effect(TAM_REPORTED, 1));
	assert_int_equal(effect(TAM_DEVICE, 0)->row.requests, 0);
	assert_int_equal(effect(TAM_DEVICE, 0)->row.reported_at, NOW);
}

/* Two answers at once: only one can be the first. */
static void
stale_rows(void **state)
{
	static struct tam_reply first;

	(void)state;
	told();
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	first = w.reply;
	row_of(0)->version++;
	assert_int_equal(apply(), ERR_BUSY);
	assert_int_equal(first.n_effects, w.reply.n_effects);
	/* Nothing of it was kept: the token is open still. */
	assert_int_equal(hand_in(answer(TEEP_SUCCESS)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
}

static void
failures_are_no_judgement(void **state)
{
	unsigned good = 0;

	(void)state;
	w.dev[0].has[w.dev[0].n_has++] = 4;
	wants(&w.store.unwanted, 4);
	told();
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	for (unsigned n = 1; good == 0 && n < 50; n++) {
		w.store.asked = 0;
		w.store.fail_at = n;
		if (hand_in(answer(TEEP_SUCCESS)) == OK) {
			good = n;
			break;
		}
		assert_int_equal(w.reply.why.err, ERR_STORE);
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
	}
	assert_true(good > 4);
	w.store.fail_at = 0;
	good = 0;
	for (unsigned n = 0; good == 0 && n < 50; n++) {
		take_back();
		w.memory.may = n;
		if (hand_in(answer(TEEP_SUCCESS)) == OK)
			good = n;
		else
			assert_int_equal(w.reply.n_effects, 0);
	}
	assert_true(good > 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(success_without_reports),
	    TEST(plain_reports_are_reports),
	    TEST(failure_is_recorded),
	    TEST(half_a_success),
	    TEST(removals_in_an_error),
	    TEST(unknown_tokens),
	    TEST(tokens_serve_once),
	    TEST(anothers_token),
	    TEST(forged_success_spends_nothing),
	    TEST(tokens_expire),
	    TEST(several_signatures),
	    TEST(acknowledged_refusal),
	    TEST(report_under_another_key),
	    TEST(report_with_a_wrong_signature),
	    TEST(report_not_signed),
	    TEST(report_not_decryptable),
	    TEST(report_that_is_none),
	    TEST(report_of_another_time),
	    TEST(report_about_something_else),
	    TEST(two_reports_on_one_thing),
	    TEST(success_that_reports_failure),
	    TEST(report_of_no_run),
	    TEST(failure_place),
	    TEST(report_of_two),
	    TEST(no_question_is_left),
	    TEST(stale_rows),
	    TEST(failures_are_no_judgement),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
