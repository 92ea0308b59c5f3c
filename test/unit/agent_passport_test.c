/*
 * passport: Results about this device are kept, and shown to who asks with a
 * challenge of his own.
 */
#include "agent_fake.h"

#include "agent/agent_int.h"

#define PARTY BYTES_LIT("https://door.example/")

static struct bytes envelope;
static uint64_t clock_now;

static uint64_t
now(void)
{
	return clock_now;
}

static int
setup(void **state)
{
	(void)state;
	tam_clock = 1000;
	device(&(struct policy_opts){0});
	ports.passports = &agent_passports;
	device_restart();
	envelope = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	return 0;
}

/* An Update that hands over a Result and does nothing else. */
static struct teep_message
handing(struct bytes result)
{
	return (struct teep_message){.type = TEEP_UPDATE,
	    .has = TEEP_HAS_ATTESTATION,
	    .attestation = result};
}

static void
hand(uint8_t challenge)
{
	struct teep_message m =
	    handing(result_about(K_TEEP, nonce32(challenge)));
	struct link_frame f;

	exchange(challenge);
	f = give_update(&m);
	assert_success(&f);
	assert_string_equal(last_event, "passport-kept");
}

static size_t
kept(void)
{
	struct state s;

	assert_ok(state_read(disk.state, &s));
	return s.passports.n;
}

static struct link_frame
ask(struct bytes challenge)
{
	return give((struct link_frame){.op = LINK_PASSPORT,
	    .body = challenge,
	    .uri = PARTY,
	    .has_uri = true,
	    .has_body = true});
}

/* The Result in a presentation for this challenge. */
static struct bytes
shown(struct bytes challenge)
{
	struct link_frame f = ask(challenge);
	struct verified v;
	struct cbor_in r;
	struct bytes result;
	struct cose_key key;

	assert_result(&f, OK);
	v = verified_by(K_TEEP, f.body);
	r = cbor_open(v.payload);
	cbor_array(&r, 6);
	assert_true(bytes_same(cbor_tstr(&r, 0, 64), BYTES_LIT("passport")));
	assert_true(bytes_same(cbor_tstr(&r, 0, 64), PARTY));
	assert_true(bytes_same(cbor_bstr(&r, 0, 64), challenge));
	assert_int_equal(cbor_tstr(&r, 0, 128).n, 0);
	result = cbor_bstr(&r, 1, 4096);
	assert_ok(cose_key_read(cbor_raw(&r, CBOR_MAP), &key));
	assert_memory_equal(&key, &keys[K_TEEP].pub, sizeof(key));
	assert_ok(cbor_close(&r));
	/* the next answer takes its place */
	memcpy(scratch + scratch_used, result.p, result.n);
	result.p = scratch + scratch_used;
	scratch_used += result.n;
	return result;
}

static void
kept_and_shown(void **state)
{
	struct bytes challenge = nonce32(0x77), result;
	struct keyring ring = {&keys[K_VERIFIER].pub, only_key};
	struct link_frame f = ask(challenge);
	struct verified v;
	struct why why;

	(void)state;
	assert_result(&f, ERR_NOT_FOUND);
	hand(1);
	assert_int_equal(kept(), 1);
	result = shown(challenge);
	/* as the Verifier signed it */
	assert_ok(cose_verify(crypto, &ring, ACCEPT_SIGN1, result, &v, &why));
	/* The next one takes its place; it is there after a restart. */
	hand(2);
	assert_int_equal(kept(), 1);
	assert_false(bytes_same(shown(challenge), result));
	device_restart();
	assert_false(bytes_same(shown(challenge), result));
	/* What it signs for a Relying Party is no message of TEEP. */
	f = ask(challenge);
	v = verified_by(K_TEEP, f.body);
	{
		struct teep_message m;

		assert_err(teep_read(&v, NULL, &m, &why), ERR_TYPE);
	}
	/* One without such a place answers that it has none. */
	ports.passports = NULL;
	device_restart();
	f = ask(challenge);
	assert_result(&f, ERR_NOT_FOUND);
}

static void
refused(const struct teep_message *m, const char *reason, const char *what)
{
	struct link_frame f = give_update(m);

	/* it does the device no harm */
	assert_success(&f);
	assert_string_equal(last_event, "passport-refused");
	assert_string_equal(last_reason, reason);
	assert_string_equal(last_what, what);
	assert_int_equal(kept(), 0);
}

static void
not_kept(void **state)
{
	static uint8_t big[AGENT_PASSPORT_MAX + 1];
	struct teep_message m;

	(void)state;
	m = handing(result_about(K_TEEP, nonce32(1)));
	refused(&m, "no-open-exchange", "exchange");
	exchange(1);
	m = handing(result_about(K_DEVICE2, nonce32(1)));
	refused(&m, "result-not-bound", "cnf");
	m = handing(result_about(K_TEEP, nonce32(2)));
	refused(&m, "result-nonce", "eat_nonce");
	m = handing(result_about(K_TEEP, BYTES_NONE));
	refused(&m, "result-nonce", "eat_nonce");
	m = handing(result_about(K_TEEP, nonce32(1)));
	m.has |= TEEP_HAS_FORMAT;
	m.format = BYTES_LIT(EAT_EVIDENCE_FORMAT);
	refused(&m, "unexpected-field", "attestation-payload-format");
	m = handing(BYTES_LIT("\xa0"));
	refused(&m, "unsigned", "signed message");
	m = handing(BYTES_OF(big));
	refused(&m, "limit", "attestation-payload");
	/* It did not come true. */
	disk.fail_commit = true;
	m = handing(result_about(K_TEEP, nonce32(1)));
	refused(&m, "store", "state");
	disk.fail_commit = false;
	/* with an error beside it nobody reads it */
	m.has |= TEEP_HAS_ERR_CODE;
	m.err_code = TEEP_ERR_PERMANENT;
	(void)give_update(&m);
	assert_string_equal(last_event, "tam-error");
	assert_int_equal(kept(), 0);
}

/* What was said of another set is not shown any more. */
static void
gone_with_the_set(void **state)
{
	struct teep_message m = update(2, 1, &envelope, 1);
	struct link_frame f;

	(void)state;
	hand(1);
	exchange(2);
	m.attestation = result_about(K_TEEP, nonce32(2));
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(kept(), 0);
	f = ask(nonce32(9));
	assert_result(&f, ERR_NOT_FOUND);
}

/* A Result with these times; 0: it does not say when it ends. */
static struct bytes
timed(uint64_t iat, uint64_t exp, struct bytes nonce)
{
	struct eat_claims c = {.has = EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_IAT,
	    .iat = iat,
	    .exp = exp,
	    .nonce = nonce};
	struct cbor_out w = begin();
	struct bytes claims;

	c.has |= exp != 0 ? EAT_HAS_EXP : 0;
	eat_cnf_put_kid(&w, keys[K_TEEP].s.kid);
	c.cnf = end(&w);
	w = begin();
	assert_ok(eat_write(&w, &c));
	claims = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, &keys[K_VERIFIER].s, claims, NULL, 0));
	return end(&w);
}

static struct link_frame
other_hands(uint8_t challenge, struct bytes result)
{
	struct teep_message q =
	    query(ITEMS_USUAL, nonce32(challenge), BYTES_NONE);
	struct teep_message m = handing(result);

	connect_anew();
	(void)give_message(sign(K_OTHER, &q));
	return give_message(sign(K_OTHER, &m));
}

/* It ends, and after it began: nothing else may be kept for ever. */
static void
endless(void **state)
{
	struct teep_message m;

	(void)state;
	exchange(1);
	m = handing(timed(1000, 0, nonce32(1)));
	refused(&m, "result-claims", "exp");
	m = handing(timed(1000, 1000, nonce32(1)));
	refused(&m, "expired", "exp");
}

/* The youngest is what came last: nobody gets ahead by the time that he has
 * written into what no Verifier signed. */
static void
from_the_future(void **state)
{
	const uint64_t far = UINT64_C(1) << 63;
	struct bytes last;
	struct link_frame f = other_hands(1, timed(far, far + 1, nonce32(1)));

	(void)state;
	assert_success(&f);
	assert_string_equal(last_event, "passport-kept");
	for (uint8_t i = 2; i < 4; i++) {
		struct teep_message m;

		last = result_about(K_TEEP, nonce32(i));
		m = handing(last);
		exchange(i);
		f = give_update(&m);
		assert_success(&f);
		assert_int_equal(kept(), 2);
		assert_true(bytes_same(shown(nonce32(9)), last));
	}
	/* and one that is replaced takes nobody's place */
	last = timed(1000, 2000, nonce32(4));
	f = other_hands(4, last);
	assert_success(&f);
	assert_int_equal(kept(), 2);
	assert_true(bytes_same(shown(nonce32(9)), last));
}

/* A challenge may be longer than what an Update can be bound to, where no
 * attestation is asked for: it binds nothing, and no more is written. */
static void
too_long_to_bind(void **state)
{
	static const uint8_t octets[512] = {1};
	const struct policy_tam *tam =
	    policy_tam_named(agent_policy(agent), BYTES_LIT("main"));
	struct verified v = {.alg = ALG_ESP256};
	struct teep_message q;
	struct bytes challenge = {octets, TOKEN_MAX};

	(void)state;
	assert_non_null(tam);
	for (; challenge.n <= sizeof(octets); challenge.n += 64) {
		connect_anew();
		q = query(TEEP_ITEM_COMPONENTS, challenge, BYTES_NONE);
		query_answer(agent, &v, tam, &q);
		assert_true(agent->ex.answered);
		assert_ptr_equal(agent->ex.tam, tam);
		assert_int_equal(agent->ex.nonce.n,
		    challenge.n == TOKEN_MAX ? TOKEN_MAX : 0);
	}
}

/* ---- presented to a TAM -------------------------------------------------- */

static struct teep_message
question(const struct list *mechanisms)
{
	struct teep_message q = query(ITEMS_USUAL, BYTES_NONE, nonce32(0x33));

	if (mechanisms == NULL)
		return q;
	q.has |= TEEP_HAS_FRESHNESS;
	q.freshness = *mechanisms;
	return q;
}

static struct teep_message
answered(const struct list *mechanisms)
{
	struct teep_message q = question(mechanisms);
	struct link_frame f;

	connect_anew();
	f = give_message(query_signed(&q));
	return reply_message(&f);
}

static void
presented(void **state)
{
	struct teep_message m = answered(&teep_fresh_both);

	(void)state;
	/* There is none: the TAM learns what would do. */
	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, TEEP_ERR_FRESHNESS);
	hand(1);
	app.attests = 0;
	m = answered(&teep_fresh_both);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_int_equal(m.has & TEEP_HAS_FORMAT, 0);
	assert_true(bytes_same(m.token, nonce32(0x33)));
	assert_int_equal(app.attests, 0);
	assert_true(cose_is_encrypt(m.attestation));
	m = answered(&teep_fresh_time);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	/* Nonces only: this one has another. */
	m = answered(NULL);
	assert_int_equal(m.err_code, TEEP_ERR_FRESHNESS);
	m = answered(&teep_fresh_nonce);
	assert_int_equal(m.err_code, TEEP_ERR_FRESHNESS);
}

/* To a TAM that has no key for it. */
static void
in_the_clear(void **state)
{
	struct teep_message m;
	struct bytes result;

	(void)state;
	device(&(struct policy_opts){
	    .no_enc = true, .dialect = {.evidence = DIALECT_IF_KEY}});
	ports.passports = &agent_passports;
	device_restart();
	hand(1);
	result = shown(nonce32(4));
	m = answered(&teep_fresh_both);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_true(bytes_same(m.attestation, result));
}

/* Once it was refused it is not presented again. */
static void
dropped(void **state)
{
	struct teep_message m = {.type = TEEP_UPDATE,
	    .has = TEEP_HAS_ERR_CODE,
	    .err_code = TEEP_ERR_ATTESTATION_REQUIRED};

	(void)state;
	hand(1);
	/* About Evidence that is said, and the passport stays. */
	exchange(2);
	(void)give_update(&m);
	assert_int_equal(kept(), 1);
	assert_int_equal(answered(&teep_fresh_both).type, TEEP_QUERY_RESPONSE);
	(void)give_update(&m);
	assert_string_equal(last_event, "passport-dropped");
	assert_int_equal(kept(), 0);
	assert_int_equal(answered(&teep_fresh_both).type, TEEP_ERROR);
}

/* Who knows the time shows none that is over. */
static void
over(void **state)
{
	struct bytes result;
	struct teep_message m;
	struct eat_claims c = {
	    .has = EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_IAT | EAT_HAS_EXP,
	    .iat = 1000,
	    .exp = 2000,
	    .nonce = nonce32(1)};
	struct cbor_out w = begin();
	struct link_frame f;

	(void)state;
	ports.now = now;
	device_restart();
	eat_cnf_put_kid(&w, keys[K_TEEP].s.kid);
	c.cnf = end(&w);
	w = begin();
	assert_ok(eat_write(&w, &c));
	result = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, &keys[K_VERIFIER].s, result, NULL, 0));
	m = handing(end(&w));
	clock_now = 2000;
	exchange(1);
	refused(&m, "expired", "exp");
	clock_now = 1999;
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(kept(), 1);
	(void)shown(nonce32(5));
	assert_int_equal(answered(&teep_fresh_both).type, TEEP_QUERY_RESPONSE);
	clock_now = 2000;
	f = ask(nonce32(5));
	assert_result(&f, ERR_NOT_FOUND);
	assert_int_equal(answered(&teep_fresh_both).type, TEEP_ERROR);
}

/* ---- Evidence that its time makes fresh ---------------------------------- */

static struct teep_message
asked_without(const struct list *mechanisms)
{
	struct teep_message q = query(ITEMS_USUAL, BYTES_NONE, BYTES_NONE);
	struct link_frame f;

	q.has |= TEEP_HAS_FRESHNESS;
	q.freshness = *mechanisms;
	connect_anew();
	f = give_message(query_signed(&q));
	return reply_message(&f);
}

static void
by_time(void **state)
{
	struct agent_launcher timed = fake_launcher;
	struct teep_message m = asked_without(&teep_fresh_time);
	struct link_frame f;

	(void)state;
	/* no clock: it says that it has nonces */
	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, TEEP_ERR_FRESHNESS);
	assert_true(bytes_same(m.freshness.raw, teep_fresh_nonce.raw));
	timed.timed = true;
	ports.launcher = &timed;
	device_restart();
	assert_int_equal(
	    asked_without(&teep_fresh_time).type, TEEP_QUERY_RESPONSE);
	assert_int_equal(app.asked.n, 0);
	assert_int_equal(
	    asked_without(&teep_fresh_both).type, TEEP_QUERY_RESPONSE);
	/* a nonce that nobody gave */
	m = asked_without(&teep_fresh_nonce);
	assert_int_equal(m.err_code, TEEP_ERR_FRESHNESS);
	assert_true(bytes_same(m.freshness.raw, teep_fresh_both.raw));
	/* Nothing answers for an Update, or for a Result to keep. */
	(void)asked_without(&teep_fresh_time);
	m = update(1, 1, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_RESULT_NONCE);
	m = handing(result_about(K_TEEP, BYTES_NONE));
	refused(&m, "result-nonce", "eat_nonce");
	/* and a challenge is answered as ever */
	exchange(7);
	assert_int_equal(app.asked.n, 32);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(kept_and_shown, setup, device_free),
	    cmocka_unit_test_setup_teardown(not_kept, setup, device_free),
	    cmocka_unit_test_setup_teardown(
		gone_with_the_set, setup, device_free),
	    cmocka_unit_test_setup_teardown(endless, setup, device_free),
	    cmocka_unit_test_setup_teardown(
		from_the_future, setup, device_free),
	    cmocka_unit_test_setup_teardown(
		too_long_to_bind, setup, device_free),
	    cmocka_unit_test_setup_teardown(presented, setup, device_free),
	    cmocka_unit_test_setup_teardown(in_the_clear, setup, device_free),
	    cmocka_unit_test_setup_teardown(dropped, setup, device_free),
	    cmocka_unit_test_setup_teardown(over, setup, device_free),
	    cmocka_unit_test_setup_teardown(by_time, setup, device_free),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
