/*
 * demanding: a TAM that policy wants to prove itself is heard after it has,
 * and nobody else in its name.                   [TEEP 7.2.1; docs/policy.md]
 */
#include "agent_proof.h"

#define REMEMBERED 3600

static int
setup(void **state)
{
	struct policy_opts o = {0};

	(void)state;
	device_clock_fails = false;
	o.attested = attested("verifier", REMEMBERED, 0);
	device(&o);
	return 0;
}

static int
setup_status(void **state)
{
	struct policy_opts o = {.verifier2 = K_STRANGER};

	(void)state;
	o.attested = attested("second", REMEMBERED, EAR_WARNING);
	device(&o);
	return 0;
}

/* ---- what is said ----------------------------------------------------------
 */

/* The agent demands; its challenge, in memory of the test's. */
static struct bytes
demanded(const struct link_frame *f)
{
	struct teep_message m = reply_message(f);
	uint8_t *p = scratch + scratch_used;

	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, TEEP_ERR_ATTESTATION_REQUIRED);
	assert_true(bytes_same(m.err_msg, text("attestation-required")));
	assert_true((m.has & TEEP_HAS_FRESHNESS) != 0);
	assert_int_equal(m.freshness.n, 1);
	assert_true(teep_uints_have(m.freshness, TEEP_FRESH_NONCE));
	assert_true((m.has & TEEP_HAS_CHALLENGE) != 0);
	assert_int_equal(m.challenge.n, 32);
	memcpy(p, m.challenge.p, 32);
	scratch_used += 32;
	return (struct bytes){p, 32};
}

/* A new session; the agent's challenge. */
static struct bytes
ask(void)
{
	struct teep_message q = asking(BYTES_NONE);
	struct link_frame f;

	connect_anew();
	f = give_message(query_signed(&q));
	return demanded(&f);
}

static struct link_frame
prove(struct bytes payload, bool ear_format)
{
	struct teep_message q = asking(payload);

	if (ear_format) {
		q.has |= TEEP_HAS_FORMAT;
		q.format = text(EAR_MEDIA_TYPE);
	}
	return give_message(sign(K_TAM, &q));
}

/* Demanded, and proven, or refused by this name. */
static void
outcome(struct result_opts o, enum err e, const char *what)
{
	struct bytes challenge = ask();
	struct teep_message m;
	struct link_frame f;

	if (o.nonce.n == 0)
		o.nonce = challenge;
	f = prove(result(&o), o.status != 0);
	m = reply_message(&f);
	if (e == OK) {
		if (m.type != TEEP_QUERY_RESPONSE)
			fail_msg("refused: %s %s", last_reason, last_what);
		return;
	}
	if (m.type != TEEP_ERROR)
		fail_msg("not refused for %s %s", err_name(e), what);
	assert_int_equal(m.err_code, teep_err_code(e));
	assert_true(bytes_same(m.err_msg, text(err_name(e))));
	assert_string_equal(last_reason, err_name(e));
	assert_string_equal(last_what, what);
}

static struct link_frame
bring(uint8_t token, enum key_name k)
{
	struct bytes one = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = token, .payload = text("hello")});
	struct teep_message m = update(1, token, &one, 1);

	return give_message(sign(k, &m));
}

/* ---- the tests -------------------------------------------------------------
 */

/* Nothing is told to a TAM that has not proven itself, and nothing taken. */
static void
demands(void **state)
{
	struct bytes first, second;
	struct link_frame f;

	(void)state;
	first = ask();
	assert_int_equal(app.attests, 0);
	f = bring(3, K_TAM);
	assert_int_equal(reply_message(&f).type, TEEP_ERROR);
	assert_string_equal(last_reason, "no-open-exchange");
	second = ask();
	assert_false(bytes_same(first, second));
	assert_int_equal(app.attests, 0);
	assert_int_equal(installed("app/hello"), 0);
	/* Nobody demands it of the other one; what it brings is not read. */
	connect_anew();
	{
		struct teep_message q = asking(text("no Result at all"));

		f = give_message(sign(K_OTHER, &q));
		assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	}
}

static void
proves(void **state)
{
	struct link_frame f;

	(void)state;
	outcome((struct result_opts){0}, OK, NULL);
	f = bring(3, K_TAM);
	assert_success(&f);
	assert_int_equal(installed("app/hello"), 3);
	/* It is remembered, whichever signature is looked at first. */
	device_seconds += REMEMBERED - 1;
	connect_anew();
	exchange(1);
	f = bring(4, K_TAM);
	assert_success(&f);
	/* And then it is not. */
	connect_anew();
	exchange(1);
	device_seconds++;
	f = bring(5, K_TAM);
	(void)demanded(&f);
	assert_true((reply_message(&f).has & TEEP_HAS_TOKEN) != 0);
	assert_string_equal(last_what, "proof");
	assert_int_equal(installed("app/hello"), 4);
	outcome((struct result_opts){0}, OK, NULL);
	f = bring(6, K_TAM);
	assert_success(&f);
	/* The agent starts anew, and so does all this. */
	device_restart();
	(void)ask();
}

static void
refuses(void **state)
{
	const struct result_opts ok = {0};
	struct result_opts o;

	(void)state;
	outcome((struct result_opts){.signer = K_STRANGER}, ERR_UNKNOWN_KEY,
	    "Verifier");
	/* a key of the policy's, and no Verifier's */
	outcome((struct result_opts){.signer = K_ACME}, ERR_UNKNOWN_KEY,
	    "Verifier");
	outcome((struct result_opts){.about = K_OTHER}, ERR_RESULT_CNF, "cnf");
	outcome(
	    (struct result_opts){.about = K_STRANGER}, ERR_RESULT_CNF, "cnf");
	/* its own other key, that has not signed this message */
	outcome((struct result_opts){.about = K_TAM_ED}, ERR_RESULT_CNF, "cnf");
	outcome((struct result_opts){.nonce = nonce32(9)}, ERR_RESULT_NONCE,
	    "eat_nonce");
	outcome((struct result_opts){.over = true}, ERR_EXPIRED, "exp");
	outcome((struct result_opts){.nbf = 1}, ERR_EXPIRED, "nbf");
	outcome((struct result_opts){.profile = "urn:another"},
	    ERR_RESULT_CLAIMS, "eat_profile");
	o = ok;
	o.without = EAT_HAS_CNF;
	outcome(o, ERR_RESULT_CLAIMS, "cnf");
	o.without = EAT_HAS_NONCE;
	outcome(o, ERR_RESULT_NONCE, "eat_nonce");
	o.without = EAT_HAS_IAT;
	outcome(o, ERR_RESULT_CLAIMS, "iat");
	o.without = EAT_HAS_EXP;
	outcome(o, ERR_RESULT_CLAIMS, "exp");
	o.without = EAT_HAS_UEID;
	outcome(o, ERR_RESULT_CLAIMS, "ueid");
	o.without = EAT_HAS_OEMID;
	outcome(o, ERR_RESULT_CLAIMS, "oemid");
	o.without = EAT_HAS_HWMODEL;
	outcome(o, ERR_RESULT_CLAIMS, "hwmodel");
	o.without = EAT_HAS_HWVERSION;
	outcome(o, ERR_RESULT_CLAIMS, "hwversion");
	o.without = EAT_HAS_MANIFESTS;
	outcome(o, ERR_RESULT_CLAIMS, "manifests");
	assert_int_equal(app.attests, 0);
	outcome(ok, OK, NULL);
}

/* Every flipped bit of a Result. */
static void
flips(void **state)
{
	struct bytes challenge = ask(), good, bad;
	size_t mark, n = 0;

	(void)state;
	good = result(&(struct result_opts){.nonce = challenge});
	mark = scratch_used;
	for (size_t i = 0; i < good.n; i++) {
		struct link_frame f;

		scratch_used = mark;
		bad = flipped(good, i);
		(void)ask();
		f = prove(bad, false);
		assert_int_equal(reply_message(&f).type, TEEP_ERROR);
		n++;
	}
	assert_true(n > 150);
	assert_int_equal(app.attests, 0);
}

/* What the TAM has told of the time, by the Updates that were applied. */
static void
old(void **state)
{
	struct result_opts o = {0};
	struct link_frame f;

	(void)state;
	tam_clock = 100000;
	outcome(o, OK, NULL);
	f = bring(3, K_TAM);
	assert_success(&f);
	device_seconds += REMEMBERED;
	o.iat = tam_clock - 301;
	outcome(o, ERR_EXPIRED, "iat");
	o.iat = tam_clock - 200;
	o.life = 200;
	outcome(o, ERR_EXPIRED, "exp");
	/* clocks may differ a little */
	o.life = 201;
	outcome(o, OK, NULL);
	/* no longer than the Result is good for */
	device_seconds += 200;
	connect_anew();
	exchange(1);
	device_seconds++;
	(void)ask();
}

/* A challenge is good once, for its session, and for ten minutes. */
static void
challenges(void **state)
{
	struct bytes challenge = ask(), proof;
	struct link_frame f;
	struct teep_message m;

	(void)state;
	proof = result(&(struct result_opts){.nonce = challenge});
	/* in another session: there is nothing that it answers */
	connect_anew();
	f = prove(proof, false);
	(void)demanded(&f);
	f = prove(proof, false);
	m = reply_message(&f);
	assert_int_equal(m.err_code, TEEP_ERR_PERMANENT);
	assert_string_equal(last_reason, "result-nonce");
	/* it is spent, by a wrong answer as well */
	challenge = ask();
	f = prove(text("no Result at all"), false);
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_PERMANENT);
	assert_string_equal(last_what, "signed message");
	f = prove(result(&(struct result_opts){.nonce = challenge}), false);
	(void)demanded(&f);
	/* too late */
	challenge = ask();
	device_seconds += 600;
	f = prove(result(&(struct result_opts){.nonce = challenge}), false);
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_PERMANENT);
	assert_string_equal(last_reason, "expired");
	assert_string_equal(last_what, "challenge");
	challenge = ask();
	device_seconds += 599;
	f = prove(result(&(struct result_opts){.nonce = challenge}), false);
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
}

/* Not without end, and not for nothing. */
static void
limits(void **state)
{
	struct teep_message q = asking(BYTES_NONE);
	struct link_frame f;

	(void)state;
	(void)ask();
	for (size_t i = 1; i < AGENT_QUERIES_MAX; i++) {
		f = give_message(sign(K_TAM, &q));
		(void)demanded(&f);
	}
	f = give_message(sign(K_TAM, &q));
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_PERMANENT);
	assert_string_equal(last_reason, "exchange-limit");
	/* Evidence, and nobody here who could appraise it */
	(void)ask();
	q = asking(text("Evidence"));
	q.has |= TEEP_HAS_FORMAT;
	q.format = text(EAT_EVIDENCE_FORMAT);
	f = give_message(sign(K_TAM, &q));
	(void)demanded(&f);
	assert_string_equal(last_what, "attestation-payload-format");
}

/* The other key of the same TAM has proven nothing. */
static void
other_key(void **state)
{
	struct teep_message q = asking(BYTES_NONE);
	struct link_frame f;

	(void)state;
	if (!has_ed25519())
		return;
	outcome((struct result_opts){0}, OK, NULL);
	f = bring(3, K_TAM_ED);
	(void)demanded(&f);
	assert_string_equal(last_what, "proof");
	assert_int_equal(installed("app/hello"), 0);
	connect_anew();
	f = give_message(sign(K_TAM_ED, &q));
	(void)demanded(&f);
	connect_anew();
	f = give_message(sign(K_TAM, &q));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
}

static void
forgets(void **state)
{
	struct policy_opts o = {.quota = 1000000};
	struct bytes next;
	struct teep_message m;
	struct link_frame f;

	(void)state;
	outcome((struct result_opts){0}, OK, NULL);
	o.attested = attested("verifier", REMEMBERED, 0);
	next = policy_envelope(policy_object(&o), 2, 3);
	m = update(1, 3, &next, 1);
	f = give_update(&m);
	assert_success(&f);
	/* who is believed may have changed with it */
	(void)ask();
	outcome((struct result_opts){0}, OK, NULL);
	f = bring(4, K_TAM);
	assert_success(&f);
}

static void
ears(void **state)
{
	struct result_opts o = {.status = EAR_AFFIRMING};
	struct bytes challenge;
	struct link_frame f;

	(void)state;
	outcome(o, OK, NULL);
	device_seconds += REMEMBERED;
	o.status = EAR_WARNING;
	outcome(o, ERR_NOT_ATTESTED, "ear_status");
	o.status = EAR_CONTRAINDICATED;
	outcome(o, ERR_NOT_ATTESTED, "ear_status");
	o.status = EAR_AFFIRMING;
	o.without = EAR_RESULT_HAS_CNF;
	outcome(o, ERR_RESULT_CNF, "cnf");
	o.without = EAR_RESULT_HAS_EXP;
	outcome(o, ERR_RESULT_CLAIMS, "exp");
	/* its part's is enough */
	o.without = EAR_RESULT_HAS_NONCE;
	outcome(o, OK, NULL);
	device_seconds += REMEMBERED;
	o = (struct result_opts){.status = EAR_AFFIRMING, .about = K_STRANGER};
	outcome(o, ERR_RESULT_CNF, "cnf");
	o.about = 0;
	o.nonce = nonce32(9);
	outcome(o, ERR_RESULT_NONCE, "eat_nonce");
	/* one is not the other */
	challenge = ask();
	f = prove(result(&(struct result_opts){.nonce = challenge}), true);
	assert_int_equal(reply_message(&f).type, TEEP_ERROR);
	challenge = ask();
	f = prove(result(&(struct result_opts){
		      .nonce = challenge, .status = EAR_AFFIRMING}),
	    false);
	assert_int_equal(reply_message(&f).type, TEEP_ERROR);
}

/* Policy names the least status, and another Verifier. */
static void
statuses(void **state)
{
	struct result_opts o = {.status = EAR_WARNING, .signer = K_STRANGER};

	(void)state;
	outcome(o, OK, NULL);
	device_seconds += REMEMBERED;
	o.status = EAR_AFFIRMING;
	outcome(o, OK, NULL);
	device_seconds += REMEMBERED;
	o.status = EAR_CONTRAINDICATED;
	outcome(o, ERR_NOT_ATTESTED, "ear_status");
	/* which the TEEP profile cannot say */
	outcome((struct result_opts){.signer = K_STRANGER}, ERR_RESULT_CLAIMS,
	    "ear_status");
	/* a Verifier of the policy, but not of this TAM */
	o.status = EAR_AFFIRMING;
	o.signer = K_VERIFIER;
	outcome(o, ERR_UNKNOWN_KEY, "Verifier");
}

/* SUIT Reports about the TAM are in a profile that we can check, or Error 8
 * says which those are. */
static void
reports(void **state)
{
	struct bytes body = text("report"), one;
	struct teep_message m, q;
	struct link_frame f;
	struct cbor_out w;

	(void)state;
	outcome((struct result_opts){0}, OK, NULL);
	w = begin();
	assert_ok(
	    cose_sign1_write(&w, &keys[K_REPORT2].s, body, NULL, WRITE_TAGGED));
	one = end(&w);
	q = asking(BYTES_NONE);
	q.has |= TEEP_HAS_REPORTS;
	w = begin();
	cbor_put_bstr(&w, one);
	q.reports = (struct list){end(&w), 1};
	f = give_message(sign(K_TAM, &q));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	w = begin();
	cbor_put_bstr(&w, one);
	cbor_put_bstr(&w, body);
	q.reports = (struct list){end(&w), 2};
	f = give_message(sign(K_TAM, &q));
	m = reply_message(&f);
	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, TEEP_ERR_SUIT_REPORT);
	assert_true((m.has & TEEP_HAS_PROFILES) != 0);
	assert_string_equal(last_what, "suit-reports");
	/* it is of no interest to who demands nothing */
	connect_anew();
	f = give_message(sign(K_OTHER, &q));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
}

static enum err
no_random(struct span out)
{
	(void)out;
	return ERR_RANDOM;
}

/* What the device cannot do is not the TAM's fault, and proves nothing. */
static void
faults(void **state)
{
	struct crypto broken = *crypto;
	struct teep_message q = asking(BYTES_NONE);
	struct link_frame f;

	(void)state;
	device_clock_fails = true;
	f = give_message(sign(K_TAM, &q));
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_TEMPORARY);
	assert_string_equal(last_what, "seconds");
	device_clock_fails = false;
	outcome((struct result_opts){0}, OK, NULL);
	device_clock_fails = true;
	f = bring(3, K_TAM);
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_TEMPORARY);
	assert_int_equal(installed("app/hello"), 0);
	device_clock_fails = false;
	device_seconds += REMEMBERED;
	connect_anew();
	broken.random = no_random;
	ports.crypto = &broken;
	f = give_message(sign(K_TAM, &q));
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_TEMPORARY);
	assert_string_equal(last_what, "challenge");
	ports.crypto = crypto;
}

static void
links(const struct policy_opts *o, enum err e)
{
	static struct policy p;
	struct why why = {0};

	assert_ok(policy_read(crypto, policy_object(o), &p, &why));
	assert_err(policy_link(&p, &ports, &why), e);
	if (e != OK)
		assert_string_equal(why.what, "attested");
	assert_err(policy_attested_check(crypto, &p), e);
}

static void
policies(void **state)
{
	struct policy_opts o = {0};
	struct agent_ports none = ports;
	static struct policy p;
	struct cbor_out w;
	struct why why;

	(void)state;
	o.attested = attested("verifier", 1, 0);
	links(&o, OK);
	o.attested = attested("verifier", UINT32_MAX, EAR_AFFIRMING);
	links(&o, OK);
	/* a device that cannot demand it takes no policy that wants it */
	none.demanding = NULL;
	assert_ok(policy_read(crypto, policy_object(&o), &p, &why));
	assert_err(policy_link(&p, &none, &why), ERR_CANNOT);
	assert_string_equal(why.what, "attested");
	o.attested = attested("verifier", 0, 0);
	links(&o, ERR_RANGE);
	o.attested = attested("verifier", 1, 3);
	links(&o, ERR_RANGE);
	o.attested = attested("verifier", 1, EAR_CONTRAINDICATED);
	links(&o, ERR_RANGE);
	o.attested = attested("nobody", 1, 0);
	links(&o, ERR_MISSING);
	o.attested = attested("", 1, 0);
	links(&o, ERR_RANGE);
	w = begin();
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_text(&w, "verifier");
	cbor_put_text(&w, "verifier");
	cbor_put_uint(&w, 2);
	cbor_put_uint(&w, 60);
	o.attested = end(&w);
	links(&o, ERR_DUPLICATE);
	/* the recovery TAM is what is left when a Verifier is not */
	o.attested = BYTES_NONE;
	o.recovery_attested = attested("verifier", 60, 0);
	links(&o, ERR_UNEXPECTED);
	o.recovery_attested = BYTES_NONE;
	/* one key, one Verifier */
	o.attested = attested("second", 60, 0);
	o.verifier2 = K_STRANGER;
	links(&o, OK);
	o.verifier2 = K_VERIFIER;
	links(&o, ERR_KEY_PURPOSE);
	o.verifier2 = K_ACME;
	assert_err(
	    policy_read(crypto, policy_object(&o), &p, &why), ERR_KEY_PURPOSE);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(demands),
	    T(proves),
	    T(refuses),
	    T(flips),
	    T(old),
	    T(challenges),
	    T(limits),
	    T(other_key),
	    T(forgets),
	    T(ears),
	    cmocka_unit_test_setup_teardown(
		statuses, setup_status, device_free),
	    T(reports),
	    T(faults),
	    T(policies),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
