/*
 * query: QueryRequest to QueryResponse.
 */
#include "agent_fake.h"

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

static struct teep_message
ask(const struct teep_message *q, struct link_frame *f)
{
	*f = give_message(query_signed(q));
	return reply_message(f);
}

/* Evidence goes to this TAM only, is fresh, and binds this device's keys. */
static void
evidence_is_bound(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE);
	char aud[2][KID_TEXT];
	struct eat_component comp;
	struct eat_manifest man;
	struct eat_claims c;
	struct link_frame f;
	struct teep_message m;
	struct bytes plain;
	struct cbor_in r;
	struct verified v;
	struct why why;
	uint8_t cnf[KID_LEN];

	(void)state;
	install(&(struct manifest_opts){.id = "app/hello",
	    .sequence = 5,
	    .payload = text("hello"),
	    .reference = "https://acme.example/hello"});
	m = ask(&q, &f);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_int_equal(
	    m.has, TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT | TEEP_HAS_TC_LIST);
	assert_true(teep_format_is(m.format, EAT_EVIDENCE_PROFILE));
	assert_true(cose_is_encrypt(m.attestation));
	assert_ok(cose_decrypt(crypto, &keys[K_ENC].agree, COSE_CTX_EAT,
	    m.attestation,
	    (struct span){scratch + scratch_used, m.attestation.n}, &plain,
	    &why));
	scratch_used += m.attestation.n;
	v = verified_by(K_EVIDENCE, plain);
	assert_ok(eat_read(&v, &c, &why));
	assert_true(bytes_same(c.nonce, q.challenge));
	/* Whichever of its two keys the agent verified. */
	kid_text(keys[K_TAM].s.kid, aud[0]);
	kid_text(keys[K_TAM_ED].s.kid, aud[1]);
	assert_true(
	    bytes_same(c.aud, text(aud[0])) || bytes_same(c.aud, text(aud[1])));
	assert_ok(eat_cnf_kid(crypto, c.cnf, cnf));
	assert_memory_equal(cnf, keys[K_TEEP].s.kid, KID_LEN);
	/* The policy first, then the rest. */
	assert_int_equal(c.manifests.n, 2);
	r = cbor_items(c.manifests);
	assert_ok(eat_manifest_read(&r, &man));
	assert_int_equal(man.uri.n, 0);
	assert_ok(eat_manifest_read(&r, &man));
	assert_true(bytes_same(man.uri, text("https://acme.example/hello")));
	assert_int_equal(c.measurements.n, 2);
	r = cbor_items(c.measurements);
	assert_ok(eat_component_read(&r, &comp));
	assert_true(bytes_same(comp.name, text("policy")));
	assert_ok(eat_component_read(&r, &comp));
	assert_true(bytes_same(comp.name, text("component:app/hello")));
	assert_int_equal(m.tc_list.n, 2);
}

static void
without_encryption_key_signed_only(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct link_frame f;

	(void)state;
	device(&(struct policy_opts){
	    .no_enc = true, .dialect = {.evidence = DIALECT_IF_KEY}});
	m = ask(&q, &f);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_false(cose_is_encrypt(m.attestation));
	(void)verified_by(K_EVIDENCE, m.attestation);
}

/* A TAM without an encryption key in policy gets none from elsewhere. */
static void
sign1_of_other_tam(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct link_frame f;
	char aud[KID_TEXT];
	struct eat_claims c;
	struct verified v;
	struct why why;

	(void)state;
	f = give_message(sign(K_OTHER, &q));
	m = reply_message(&f);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	v = verified_by(K_EVIDENCE, m.attestation);
	assert_ok(eat_read(&v, &c, &why));
	kid_text(keys[K_OTHER].s.kid, aud);
	assert_true(bytes_same(c.aud, text(aud)));
}

static void
token_is_echoed(void **state)
{
	struct teep_message q =
	    query(TEEP_ITEM_EXTENSIONS, BYTES_NONE, nonce32(3));
	struct link_frame f;
	struct teep_message m = ask(&q, &f);

	(void)state;
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_int_equal(m.has, TEEP_HAS_TOKEN | TEEP_HAS_EXT_LIST);
	assert_true(bytes_same(m.token, q.token));
	assert_int_equal(app.attests, 0);
}

static void
no_common_suite(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct link_frame f;

	(void)state;
	q.suites = dialect_offer(NULL)->ed25519;
	m = ask(&q, &f);
	assert_error(&f, TEEP_ERR_CIPHER_SUITES, ERR_NO_COMMON_SUITE);
	assert_true(teep_suites_have(m.suites, ALG_ESP256));
}

static void
no_common_version(void **state)
{
	static const uint8_t seven[] = {7};
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct link_frame f;

	(void)state;
	q.has |= TEEP_HAS_VERSIONS;
	q.versions = (struct list){BYTES_OF(seven), 1};
	m = ask(&q, &f);
	assert_error(&f, TEEP_ERR_VERSION, ERR_NO_COMMON_VERSION);
	assert_true(teep_uints_have(m.versions, 0));
}

static void
no_common_freshness(void **state)
{
	static const uint8_t one[] = {1};
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct link_frame f;

	(void)state;
	q.has |= TEEP_HAS_FRESHNESS;
	q.freshness = (struct list){BYTES_OF(one), 1};
	m = ask(&q, &f);
	assert_error(&f, TEEP_ERR_FRESHNESS, ERR_NO_FRESHNESS);
	assert_true(teep_uints_have(m.freshness, TEEP_FRESH_NONCE));
	/* Nor is there anything to be fresh by. */
	q = query(ITEMS_USUAL, BYTES_NONE, BYTES_NONE);
	f = give_message(query_signed(&q));
	assert_error(&f, TEEP_ERR_FRESHNESS, ERR_NO_FRESHNESS);
	assert_int_equal(app.attests, 0);
}

static void
no_common_profile(void **state)
{
	static const uint8_t ctr[] = {
	    0x84, 0x2f, 0x28, 0x38, 0x1c, 0x39, 0xff, 0xfd};
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct link_frame f;

	(void)state;
	q.profiles = (struct list){BYTES_OF(ctr), 1};
	m = ask(&q, &f);
	assert_error(&f, TEEP_ERR_SUIT_REPORT, ERR_NO_PROFILE);
	assert_true((m.has & TEEP_HAS_PROFILES) != 0);
}

static void
challenge_too_long_for_an_eat(void **state)
{
	uint8_t big[65] = {1};
	struct teep_message q = query(ITEMS_USUAL, BYTES_OF(big), BYTES_NONE);
	struct link_frame f;

	(void)state;
	(void)ask(&q, &f);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_RANGE);
}

static void
attester_down_is_temporary(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE);
	struct link_frame f;

	(void)state;
	app.fail_attest = true;
	(void)ask(&q, &f);
	assert_error(&f, TEEP_ERR_TEMPORARY, ERR_SYSTEM);
}

/* A stranger learns nothing, and once. */
static void
strangers(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct bytes in = sign(K_STRANGER, &q);
	struct link_frame f = give_message(in);

	(void)state;
	m = reply_message(&f);
	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, TEEP_ERR_PERMANENT);
	assert_int_equal(m.has, TEEP_HAS_ERR_MSG);
	assert_true(bytes_same(m.err_msg, text("message refused")));
	assert_string_equal(last_reason, err_name(ERR_UNKNOWN_KEY));
	f = give_message(in);
	assert_op(&f, LINK_ABORT);
	assert_err((enum err)f.number, ERR_RATE);
	assert_int_equal(app.attests, 0);
}

static enum err
verify_starves(int32_t alg, const struct cose_key *key,
    const struct bytes *part, size_t n, struct bytes sig)
{
	(void)alg;
	(void)key;
	(void)part;
	(void)n;
	(void)sig;
	return ERR_MEMORY;
}

/* A signature that could not be checked is no bad one: nobody is told that,
 * and the same message is good as soon as it can be. */
static void
not_checked(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE);
	struct bytes in = sign(K_TAM, &q);
	const struct crypto *whole = ports.crypto;
	struct crypto starved = *whole;
	struct link_frame f;

	(void)state;
	starved.verify = verify_starves;
	for (int i = 0; i < 3; i++) {
		ports.crypto = &starved;
		f = give_message(in);
		ports.crypto = whole;
		assert_op(&f, LINK_ABORT);
		assert_err((enum err)f.number, ERR_MEMORY);
	}
	f = give_message(in);
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
}

/* Every octet that is signed counts; the kid only helps to find a key. */
static void
flipped_octets(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE);
	struct bytes in = sign(K_TAM, &q);
	struct cose_signed s;
	struct why why;
	size_t kid_at;

	(void)state;
	assert_ok(cose_signed_read(in, ACCEPT_SIGN1, &s, &why));
	kid_at = (size_t)(s.unprot.p - in.p);
	for (size_t i = 0; i < in.n; i++) {
		struct link_frame f;

		if (i >= kid_at && i < kid_at + s.unprot.n)
			continue;
		f = give((struct link_frame){.op = LINK_MESSAGE,
		    .session = 100 + i,
		    .body = flipped(in, i)});
		assert_int_equal(reply_message(&f).type, TEEP_ERROR);
	}
	assert_int_equal(app.attests, 0);
}

static void
unsigned_and_garbage(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE);
	struct cbor_out w = begin();
	struct link_frame f;

	(void)state;
	assert_ok(teep_write(&w, NULL, &q));
	f = give_message(end(&w));
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_PERMANENT);
	device_restart();
	f = give_message(text("hello"));
	assert_int_equal(reply_message(&f).err_code, TEEP_ERR_PERMANENT);
	assert_int_equal(app.attests, 0);
}

/* What only an agent sends is refused, by name. */
static void
wrong_types(void **state)
{
	struct teep_message m = {
	    .type = TEEP_SUCCESS, .has = TEEP_HAS_TOKEN, .token = nonce32(7)};
	struct link_frame f = give_message(sign(K_TAM, &m));

	(void)state;
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_TEEP_TYPE);
	assert_true(bytes_same(reply_message(&f).token, m.token));
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(evidence_is_bound),
	    T(without_encryption_key_signed_only),
	    T(sign1_of_other_tam),
	    T(token_is_echoed),
	    T(no_common_suite),
	    T(no_common_version),
	    T(no_common_freshness),
	    T(no_common_profile),
	    T(challenge_too_long_for_an_eat),
	    T(attester_down_is_temporary),
	    T(strangers),
	    T(not_checked),
	    T(flipped_octets),
	    T(unsigned_and_garbage),
	    T(wrong_types),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
