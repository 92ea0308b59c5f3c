/*
 * bind: an Update acts on the device and in the exchange it was made for,
 * once.                                                       [security 1]
 */
#include "agent_fake.h"

static struct bytes envelope;

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	envelope = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	return 0;
}

static void
refused_as(const struct link_frame *f, enum err e)
{
	assert_error(f, TEEP_ERR_PERMANENT, e);
	assert_int_equal(disk.commits, 1);
	assert_int_equal(installed("app/hello"), 0);
}

static void
refused(const struct teep_message *m, enum err e)
{
	struct link_frame f = give_update(m);

	refused_as(&f, e);
}

static void
accepted(const struct teep_message *m)
{
	struct link_frame f = give_update(m);

	assert_success(&f);
	assert_int_equal(installed("app/hello"), 1);
}

static void
bound(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	exchange(1);
	accepted(&m);
}

/* Results go without tags, but these two do no harm.            [TEEP 5] */
static void
result_with_tags(void **state)
{
	const struct bytes tags[] = {
	    BYTES_LIT("\xd2"), BYTES_LIT("\xd8\x3d\xd2")};

	(void)state;
	for (uint8_t i = 0; i < ARRAY_LEN(tags); i++) {
		struct teep_message m = update(i, i, &envelope, 1);
		struct cbor_out w = begin();

		cbor_put_raw(&w, tags[i]);
		cbor_put_raw(&w, m.attestation);
		m.attestation = end(&w);
		exchange(i);
		accepted(&m);
	}
}

static void
no_exchange(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	refused(&m, ERR_NO_EXCHANGE);
}

static void
no_result(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	exchange(1);
	m.has &= ~(uint32_t)TEEP_HAS_ATTESTATION;
	refused(&m, ERR_UNBOUND);
}

/* A removal needs it as much as an installation. */
static void
removal_without_result(void **state)
{
	struct teep_message m;
	struct link_frame f;

	(void)state;
	install(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	m = update(1, 200, NULL, 0);
	m.has &= ~(uint32_t)TEEP_HAS_ATTESTATION;
	add_unneeded(&m, "app/hello");
	exchange(1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_UNBOUND);
	assert_int_equal(installed("app/hello"), 1);
}

static void
evidence_is_no_result(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	exchange(1);
	m.has |= TEEP_HAS_FORMAT;
	m.format = text(EAT_EVIDENCE_FORMAT);
	refused(&m, ERR_UNBOUND);
	m.token = nonce32(2);
	m.format = text("application/eat+cwt; "
			"eat_profile=\"" EAT_TEEP_PROFILE "\"");
	accepted(&m);
}

/* Captured on its way to a healthy device. */
static void
of_another_device(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	exchange(1);
	m.attestation = result_about(K_DEVICE2, nonce32(1));
	refused(&m, ERR_RESULT_CNF);
	/* Nor about no key at all. */
	m.attestation = text("\x84");
	refused(&m, ERR_TRUNCATED);
}

static void
of_yesterday(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	exchange(1);
	agent_hangup(agent);
	exchange(2);
	refused(&m, ERR_RESULT_NONCE);
	m.attestation = result_about(K_TEEP, BYTES_NONE);
	refused(&m, ERR_RESULT_NONCE);
}

/* A new QueryRequest makes the old challenge worthless.  An Update that never
 * was applied may still come under it, as it might have been late. */
static void
of_the_challenge_before(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	exchange(1);
	exchange(2);
	refused(&m, ERR_RESULT_NONCE);
	exchange(1);
	accepted(&m);
}

/* One that could not be answered does so, too. */
static void
of_a_refused_query(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct teep_message q = query(ITEMS_USUAL, nonce32(1), BYTES_NONE);
	struct link_frame f;

	(void)state;
	exchange(1);
	q.suites = dialect_offer(NULL)->ed25519;
	f = give_message(query_signed(&q));
	assert_error(&f, TEEP_ERR_CIPHER_SUITES, ERR_NO_COMMON_SUITE);
	refused(&m, ERR_NO_EXCHANGE);
}

static void
replayed(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct bytes in = sign(K_TAM, &m);
	struct link_frame f;

	(void)state;
	exchange(1);
	f = give_message(in);
	assert_success(&f);
	f = give_message(in);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	assert_int_equal(disk.commits, 2);
	/* In the next exchange it is about an old challenge. */
	exchange(2);
	f = give_message(in);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	agent_hangup(agent);
	exchange(3);
	f = give_message(in);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_RESULT_NONCE);
}

static void
token_reused(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct link_frame f;

	(void)state;
	exchange(1);
	accepted(&m);
	m = update(1, 1, NULL, 0);
	add_unneeded(&m, "app/hello");
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	assert_int_equal(installed("app/hello"), 1);
	m.token = nonce32(2);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	assert_string_equal(last_what, "challenge");
	/* Nor does asking the same again help. */
	exchange(1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	m = update(2, 2, NULL, 0);
	add_unneeded(&m, "app/hello");
	exchange(2);
	f = give_update(&m);
	assert_success(&f);
}

/* Everything that the TAM said in some exchange, said again. */
static void
again(uint8_t challenge, const struct teep_message *m, const char *what)
{
	unsigned commits = disk.commits;
	uint64_t before = installed("app/hello");
	struct link_frame f;

	agent_hangup(agent);
	exchange(challenge);
	f = give_update(m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	assert_string_equal(last_what, what);
	assert_int_equal(disk.commits, commits);
	assert_int_equal(installed("app/hello"), before);
}

/* What was removed does not come back, and what came back does not go, by
 * the words that once did it. */
static void
whole_exchanges_replayed(void **state)
{
	struct teep_message install = update(1, 1, &envelope, 1);
	struct teep_message removal = update(2, 2, NULL, 0);
	struct teep_message anew = update(3, 3, &envelope, 1);
	struct link_frame f;

	(void)state;
	add_unneeded(&removal, "app/hello");
	exchange(1);
	accepted(&install);
	again(1, &install, "token");
	exchange(2);
	f = give_update(&removal);
	assert_success(&f);
	again(1, &install, "iat");
	again(2, &removal, "token");
	device_restart();
	again(1, &install, "iat");
	again(2, &removal, "token");
	exchange(3);
	accepted(&anew);
	again(2, &removal, "iat");
	again(3, &anew, "token");
}

/* Nor does one count that was held back until another one was applied. */
static void
held_back(void **state)
{
	struct teep_message late = update(1, 1, NULL, 0);
	struct teep_message m = update(2, 2, &envelope, 1);

	(void)state;
	add_unneeded(&late, "app/hello");
	exchange(2);
	accepted(&m);
	again(1, &late, "iat");
}

/* What was refused has not made anything old. */
static void
refused_raises_no_floor(void **state)
{
	struct teep_message good = update(1, 1, &envelope, 1);
	struct teep_message bad = update(2, 2, NULL, 0);
	struct link_frame f;

	(void)state;
	add_unneeded(&bad, "app/hello");
	exchange(2);
	f = give_update(&bad);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_NOT_INSTALLED);
	exchange(1);
	accepted(&good);
}

/* The TAM's clock counts seconds, and some are busy. */
static void
same_second(void **state)
{
	struct teep_message m[AGENT_UPDATES_MAX + 1];
	struct link_frame f;

	(void)state;
	for (uint8_t i = 0; i < ARRAY_LEN(m); i++) {
		tam_clock = 5000;
		m[i] = update(i, i, &envelope, 1);
	}
	for (uint8_t i = 0; i < AGENT_UPDATES_MAX; i++) {
		exchange(i);
		accepted(&m[i]);
		agent_hangup(agent);
	}
	for (uint8_t i = 0; i < AGENT_UPDATES_MAX; i++)
		again(i, &m[i], "token");
	/* More cannot be told apart from what they replay. */
	exchange(AGENT_UPDATES_MAX);
	f = give_update(&m[AGENT_UPDATES_MAX]);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_EXCHANGE_LIMIT);
	m[0] = update(100, 100, &envelope, 1);
	exchange(100);
	accepted(&m[0]);
}

/* A TAM that is ahead of time is so for itself alone. */
static void
floor_of_one_tam(void **state)
{
	struct bytes other = manifest(&(struct manifest_opts){
	    .id = "other/x",
	    .sequence = 1,
	    .payload = text("x"),
	    .signers = 1u << K_BOLT,
	});
	struct teep_message m;
	struct link_frame f;

	(void)state;
	tam_clock = UINT32_MAX - 1;
	m = update(1, 1, &envelope, 1);
	exchange(1);
	accepted(&m);
	tam_clock = 1000;
	m = update(2, 2, &other, 1);
	f = give_message(
	    sign(K_OTHER, &(struct teep_message){
			      .type = TEEP_QUERY_REQUEST,
			      .items = ITEMS_USUAL,
			      .suites = dialect_offer(NULL)->both,
			      .profiles = dialect_offer(NULL)->profiles,
			      .has = TEEP_HAS_CHALLENGE,
			      .challenge = nonce32(2),
			  }));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	f = give_message(sign(K_OTHER, &m));
	assert_success(&f);
	m = update(3, 3, &envelope, 1);
	exchange(3);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	assert_string_equal(last_what, "iat");
}

static void
no_iat(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct eat_claims c = {
	    .has = EAT_HAS_CNF | EAT_HAS_NONCE,
	    .nonce = nonce32(1),
	};
	struct cbor_out w = begin();

	(void)state;
	eat_cnf_put_kid(&w, keys[K_TEEP].s.kid);
	c.cnf = end(&w);
	w = begin();
	assert_ok(eat_write(&w, &c));
	c.cnf = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, &keys[K_VERIFIER].s, c.cnf, NULL, 0));
	m.attestation = end(&w);
	exchange(1);
	refused(&m, ERR_RESULT_CLAIMS);
}

static void
no_token(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);

	(void)state;
	exchange(1);
	m.has &= ~(uint32_t)TEEP_HAS_TOKEN;
	refused(&m, ERR_UNBOUND);
}

static void
too_many_updates(void **state)
{
	struct teep_message m = update(1, 1, NULL, 0);
	struct link_frame f;

	(void)state;
	add_unneeded(&m, "app/hello");
	exchange(1);
	for (unsigned i = 0; i < AGENT_UPDATES_MAX; i++) {
		m.token = nonce32((uint8_t)(10 + i));
		f = give_update(&m);
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_NOT_INSTALLED);
	}
	m.token = nonce32(99);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_EXCHANGE_LIMIT);
}

/* The exchange is with one TAM. */
static void
of_another_tam(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct link_frame f;

	(void)state;
	exchange(1);
	f = give_message(sign(K_OTHER, &m));
	refused_as(&f, ERR_NO_EXCHANGE);
	f = give_message(sign(K_STRANGER, &m));
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_PERMANENT);
	assert_int_equal(installed("app/hello"), 0);
	/* Neither has closed it. */
	accepted(&m);
}

/* The QueryResponse was ESP256, so the Update has to be. */
static void
of_another_suite(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct link_frame f;

	(void)state;
	exchange(1);
	f = give_message(sign(K_TAM_ED, &m));
	if (has_ed25519()) {
		refused_as(&f, ERR_COSE_ALG);
		return;
	}
	/* What nobody here can check is a stranger's. */
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_PERMANENT);
	assert_int_equal(installed("app/hello"), 0);
	accepted(&m);
}

static void
as_cose_sign(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct link_frame f;

	(void)state;
	exchange(1);
	f = give_message(query_signed(&m));
	refused_as(&f, ERR_COSE_TYPE);
}

/* Passport: without a challenge the token is the nonce. */
static void
bound_to_a_token(void **state)
{
	struct teep_message q =
	    query(TEEP_ITEM_COMPONENTS, BYTES_NONE, nonce32(5));
	struct teep_message m = update(4, 1, &envelope, 1);
	struct link_frame f = give_message(query_signed(&q));

	(void)state;
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	refused(&m, ERR_RESULT_NONCE);
	m.attestation = result_about(K_TEEP, nonce32(5));
	accepted(&m);
}

/* Policy may say otherwise of one TAM, and then only an exchange and a new
 * token are asked for. */
static void
unbound_by_policy(void **state)
{
	struct teep_message m;
	struct link_frame f;

	(void)state;
	device(&(struct policy_opts){.dialect = {.update = DIALECT_UNBOUND}});
	envelope = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	m = update(1, 1, &envelope, 1);
	m.has = TEEP_HAS_MANIFESTS | TEEP_HAS_TOKEN;
	refused(&m, ERR_NO_EXCHANGE);
	exchange(1);
	accepted(&m);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	m.has = TEEP_HAS_MANIFESTS;
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(reply_message(&f).has & TEEP_HAS_TOKEN, 0);
}

/* Every octet of the message. */
static void
flipped_message(void **state)
{
	struct teep_message m = update(1, 1, &envelope, 1);
	struct bytes in = sign(K_TAM, &m);
	size_t mark = scratch_used;
	struct cose_signed s;
	struct why why;
	size_t hint;

	(void)state;
	assert_ok(cose_signed_read(in, ACCEPT_SIGN1, &s, &why));
	hint = (size_t)(s.unprot.p - in.p);
	exchange(1);
	for (size_t i = 0; i < in.n; i++) {
		struct link_frame f;

		if (i >= hint && i < hint + s.unprot.n)
			continue;
		f = give_message(flipped(in, i));
		if (f.op == LINK_REPLY)
			assert_int_equal(reply_message(&f).type, TEEP_ERROR);
		else
			exchange(1); /* given up: too many strangers */
		scratch_used = mark;
	}
	assert_int_equal(disk.commits, 1);
	agent_hangup(agent);
	exchange(1);
	accepted(&m);
}

/* ---- an EAR, which binds what repairs a device ---------------------------
 */

struct ear_opts {
	enum key_name about;
	uint8_t nonce; /* 0: none */
	bool no_cnf, no_iat;
	uint64_t iat; /* 0: now */
};

static struct bytes
ear(const struct ear_opts *o)
{
	const struct ear_appraisal a = {.has = EAR_HAS_STATUS,
	    .name = text("eat"),
	    .status = EAR_CONTRAINDICATED};
	uint64_t now = o->iat != 0 ? o->iat : ++tam_clock;
	struct ear e = {.has = EAR_RESULT_HAS_EXP,
	    .exp = now + 60,
	    .iat = now,
	    .developer = text("d"),
	    .build = text("b")};
	uint8_t room[256];
	struct cbor_out w = begin();
	struct bytes claims;

	eat_cnf_put_kid(&w, keys[o->about].s.kid);
	e.cnf = end(&w);
	e.has |= o->no_cnf ? 0 : (uint32_t)EAR_RESULT_HAS_CNF;
	e.nonce = nonce32(o->nonce);
	e.has |= o->nonce == 0 ? 0 : (uint32_t)EAR_RESULT_HAS_NONCE;
	w = begin();
	if (o->no_iat)
		assert_ok(eat_write(&w,
		    &(struct eat_claims){
			.has = EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_PROFILE,
			.cnf = e.cnf,
			.nonce = e.nonce,
			.profile = text(EAR_PROFILE)}));
	else
		assert_ok(ear_write(&w, &e, &a, 1, SPAN_OF(room)));
	claims = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, &keys[K_VERIFIER].s, claims, NULL, 0));
	return end(&w);
}

static struct teep_message
repair(uint8_t token, const struct ear_opts *o)
{
	struct teep_message m = update(1, token, &envelope, 1);

	m.attestation = ear(o);
	m.has |= TEEP_HAS_FORMAT;
	m.format = text(EAR_MEDIA_TYPE);
	return m;
}

static void
by_an_ear(void **state)
{
	static const struct {
		struct ear_opts o;
		enum err e;
	} wrong[] = {
	    {{.about = K_DEVICE2, .nonce = 1}, ERR_RESULT_CNF},
	    {{.about = K_TEEP_ED, .nonce = 1}, ERR_RESULT_CNF},
	    {{.about = K_TEEP, .nonce = 1, .no_cnf = true}, ERR_RESULT_CNF},
	    {{.about = K_TEEP, .nonce = 2}, ERR_RESULT_NONCE},
	    {{.about = K_TEEP}, ERR_RESULT_NONCE},
	    {{.about = K_TEEP, .nonce = 1, .no_iat = true}, ERR_RESULT_CLAIMS},
	};
	struct teep_message m;
	struct link_frame f;
	uint64_t then;

	(void)state;
	exchange(1);
	for (uint8_t i = 0; i < ARRAY_LEN(wrong); i++) {
		m = repair((uint8_t)(10 + i), &wrong[i].o);
		refused(&m, wrong[i].e);
	}
	m = repair(30, &(struct ear_opts){.about = K_TEEP, .nonce = 1});
	accepted(&m);
	then = tam_clock;
	/* nor is it good for another one, or older than that was */
	m = repair(31, &(struct ear_opts){.about = K_TEEP, .nonce = 1});
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	exchange(2);
	m = repair(32,
	    &(struct ear_opts){.about = K_TEEP, .nonce = 2, .iat = then - 1});
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_REPLAY);
	assert_string_equal(last_what, "iat");
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(bound),
	    T(result_with_tags),
	    T(no_exchange),
	    T(no_result),
	    T(removal_without_result),
	    T(evidence_is_no_result),
	    T(of_another_device),
	    T(of_yesterday),
	    T(of_the_challenge_before),
	    T(of_a_refused_query),
	    T(replayed),
	    T(token_reused),
	    T(whole_exchanges_replayed),
	    T(held_back),
	    T(refused_raises_no_floor),
	    T(same_second),
	    T(floor_of_one_tam),
	    T(no_iat),
	    T(no_token),
	    T(too_many_updates),
	    T(of_another_tam),
	    T(of_another_suite),
	    T(as_cose_sign),
	    T(bound_to_a_token),
	    T(unbound_by_policy),
	    T(flipped_message),
	    T(by_an_ear),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
