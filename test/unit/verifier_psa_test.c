/*
 * verifier_psa: the published PSA token is accepted with the endorsements
 * that came with it, and refused where a TEEP key is to be bound; tokens of
 * the test's own bind one, in the form of the RFC and in the one before, and
 * everything that can be wrong has a name.
 */
#include "psa_make.h"

/* ---- published ----------------------------------------------------------- */

static void
of_veraison(void **state)
{
	uint8_t room[2048], said[4096];
	struct bytes in =
	    published("rats/psa/psa-evidence.cbor", room, sizeof(room));
	struct hardware_sign1 s;
	struct psa_claims c;
	struct why why;

	(void)state;
	memset(&shelf, 0, sizeof(shelf));
	assert_int_equal(corim_parse(published("rats/psa/psa-endorsements.cbor",
					 said, sizeof(said)),
			     &shelf.corim, &why),
	    OK);
	assert_int_equal(hardware_sign1_read(in, &s, &why), OK);
	assert_int_equal(psa_claims_read(s.payload, &c, &why), OK);
	q = (struct asking){.scheme = &scheme_psa,
	    .media = BARE,
	    .shelf = &shelf,
	    .cast = &cast,
	    .challenge = c.nonce,
	    .now = NOW};
	/* Nobody endorses what that is worth. */
	accepts(&q, in, ASSURE_SELF_REPORTED);
	assert_true(bytes_same(q.a.claims.ueid, c.ueid));
	assert_true(bytes_same(q.a.claims.hwmodel, c.id));
	q.bind = true;
	no(in, ERR_EVIDENCE_CNF, "report data");
	q.bind = false;
	q.challenge.n--;
	no(in, ERR_EVIDENCE_NONCE, "report data");
	q.challenge.n++;
	for (size_t i = 0; i < in.n; i += 13) {
		room[i] ^= 4;
		assert_int_not_equal(asked(&q, in), OK);
		room[i] ^= 4;
	}
	room[in.n - 1] ^= 1;
	no(in, ERR_SIGNATURE, "token signature");
	room[in.n - 1] ^= 1;
	in.n--;
	no(in, ERR_TRUNCATED, "COSE_Sign1");
}

static void
bound(void **state)
{
	(void)state;
	accepts_bound(&q, state_and_sign());
	t.nonce_n = 48;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
	t.nonce_n = 32;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
	t.alg = -9;
	t.tag = 0;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
	t.tag = 18;
	t.old = true;
	t.profile = "PSA_IOT_PROFILE_1";
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
	t.left_out = 3;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
}

static void
wrongly_bound(void **state)
{
	struct bytes s = cast_states(&cast);

	(void)state;
	digest_of(s, 64, t.nonce);
	t.nonce[0] ^= 1;
	no(wrap(&box, TYPE, sign1(key, 32), s, BYTES_NONE), ERR_EVIDENCE_CNF,
	    "report data");
	draft_cnf(&cast.d, &cast.tam.pub);
	no(state_and_sign(), ERR_EVIDENCE_CNF, "cnf");
	draft_cnf(&cast.d, &cast.teep.pub);
	cast.d.c.nonce = BYTES_LIT("another nonce");
	no(state_and_sign(), ERR_EVIDENCE_NONCE, "eat_nonce");
	cast.d.c.nonce = BYTES_OF(hardware_challenge);
	/* The normal world asked for that token. */
	t.client = -1;
	no(state_and_sign(), ERR_EVIDENCE_STATE, "client-id");
	t.client = 0;
	no(state_and_sign(), ERR_EVIDENCE_STATE, "client-id");
}

static void
states(void **state)
{
	static const uint64_t not_secured[] = {
	    0, 0x1000, 0x2000, 0x2fff, 0x3100, 0x4000, 0x5000, 0x6000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(not_secured); i++) {
		t.lifecycle = not_secured[i];
		no(state_and_sign(), ERR_EVIDENCE_STATE, "lifecycle");
	}
	t.lifecycle = 0x30ff;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
}

static void
claims(void **state)
{
	static const char *const missing[] = {"nonce", "instance-id", "profile",
	    "client-id", "security-lifecycle", "implementation-id",
	    "software-components"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(missing); i++) {
		t.left_out = i + 1;
		no(state_and_sign(), i == 2 ? ERR_UNEXPECTED : ERR_MISSING,
		    missing[i]);
	}
	t.left_out = 0;
	t.profile = "tag:psacertified.org,2019:psa#legacy";
	no(state_and_sign(), ERR_UNEXPECTED, "profile");
	t.profile = "PSA_IOT_PROFILE_1";
	no(state_and_sign(), ERR_UNEXPECTED, "profile");
	t.profile = "tag:psacertified.org,2023:psa#tfm";
	t.ueid[0] = 2;
	no(state_and_sign(), ERR_RANGE, "instance-id");
	t.ueid[0] = 1;
	t.nonce_n = 33;
	no(wrap(&box, TYPE, sign1(key, 32), cast_states(&cast), BYTES_NONE),
	    ERR_RANGE, "nonce");
	t.nonce_n = 64;
	t.components = HARDWARE_SOFTWARE_MAX + 1;
	no(state_and_sign(), ERR_RANGE, "claims");
}

static void
signatures(void **state)
{
	struct bytes in;

	(void)state;
	t.tag = 17;
	no(state_and_sign(), ERR_COSE_TYPE, "COSE_Mac0");
	t.tag = 98;
	no(state_and_sign(), ERR_COSE_TYPE, "COSE_Sign1");
	t.tag = 18;
	t.alg = -8;
	no(state_and_sign(), ERR_COSE_ALG, "token signature");
	t.alg = -51;
	no(state_and_sign(), ERR_COSE_ALG, "token signature");
	t.alg = -7;
	(void)state_and_sign();
	in = sign1(key, 32);
	token[in.n - 1] ^= 1;
	no(wrap(&box, TYPE, in, cast_states(&cast), BYTES_NONE), ERR_SIGNATURE,
	    "token signature");
	/* By whom nobody endorsed, and about whom. */
	in = state_and_sign();
	in = wrap(&box, TYPE, sign1(other, 48), cast_states(&cast), BYTES_NONE);
	no(in, ERR_SIGNATURE, "token signature");
	t.ueid[5] ^= 1;
	no(state_and_sign(), ERR_EVIDENCE_KEY, "evidence key");
	t.ueid[5] ^= 1;
	t.id[5] ^= 1;
	no(state_and_sign(), ERR_EVIDENCE_KEY, "evidence key");
	t.id[5] ^= 1;
	/* An endorsed key on the other curve. */
	shelf_fill(other);
	t.alg = -35;
	in = state_and_sign();
	in = wrap(&box, TYPE, sign1(other, 48), cast_states(&cast), BYTES_NONE);
	accepts(&q, in, ASSURE_HARDWARE);
}

/* Another vendor that endorses a key of its own for the same ids is in nobody's
 * way, and what it says is of its own devices. */
static void
two_vendors(void **state)
{
	EVP_PKEY *second = made_key("P-256");

	(void)state;
	memset(&shelf, 0, sizeof(shelf));
	endorse(second, "4711");
	endorse(other, "forty");
	endorse(key, "12ab34");
	values("12ab34");
	accepts_bound(&q, state_and_sign());
	assert_true(
	    bytes_same(q.a.claims.oemid, BYTES_LIT("\x43\x12\xab\x34")));
	no(wrap(&box, TYPE, sign1(second, 32), cast_states(&cast), BYTES_NONE),
	    ERR_NO_REFERENCE, "measurement launcher");
	values("4711");
	accepts(&q,
	    wrap(&box, TYPE, sign1(second, 32), cast_states(&cast), BYTES_NONE),
	    ASSURE_HARDWARE);
	assert_true(bytes_same(q.a.claims.oemid, BYTES_LIT("\x19\x12\x67")));
	/* of none of them: told of the first */
	EVP_PKEY_free(second);
	second = made_key("P-256");
	no(wrap(&box, TYPE, sign1(second, 32), cast_states(&cast), BYTES_NONE),
	    ERR_SIGNATURE, "token signature");
	assert_true(bytes_same(q.a.why.source, BYTES_LIT("tag-0")));
	/* Whoever says many is not heard for ever. */
	memset(&shelf, 0, sizeof(shelf));
	for (size_t i = 0; i < 3; i++)
		endorse(second, "4711");
	endorse(key, "ACME");
	values(NULL);
	accepts_bound(&q, state_and_sign());
	assert_true(bytes_same(q.a.claims.oemid, BYTES_LIT("\x19\x10\x20")));
	memset(&shelf, 0, sizeof(shelf));
	for (size_t i = 0; i < 4; i++)
		endorse(second, "4711");
	endorse(key, "ACME");
	values(NULL);
	no(state_and_sign(), ERR_SIGNATURE, "token signature");
	EVP_PKEY_free(second);
}

struct visits {
	size_t n, most;
};

static enum err
visited(void *ctx, const struct acs_saying *s)
{
	struct visits *v = ctx;

	assert_int_equal(s->triple.kind, SAYS_ATTEST_KEY);
	return ++v->n == v->most ? ERR_BUSY : OK;
}

static enum err
key_visited(void *ctx, struct bytes found, struct bytes source)
{
	struct visits *v = ctx;

	assert_true(found.n > 0 && source.n > 0);
	return ++v->n == v->most ? ERR_BUSY : OK;
}

/* However many keys of a device a signer endorses: one look-up comes by each
 * of them once, with an index and without. */
static void
many_keys(void **state)
{
	enum { KEYS = 24 };
	const struct bytes id = BYTES_OF(t.id), ueid = BYTES_OF(t.ueid);
	const struct acs_library *l;
	struct bytes environment;
	EVP_PKEY *second = made_key("P-256");

	(void)state;
	memset(&shelf, 0, sizeof(shelf));
	for (size_t i = 0; i < KEYS; i++)
		endorse(second, "ACME");
	environment = about(&shelf, 560, id, "ACME", ueid);
	assert_int_equal(shelf_all(&shelf, &l), OK);
	for (size_t indexed = 2; indexed-- > 0;) {
		struct visits all = {0}, some = {.most = 3}, none = {0};
		struct visits keys = {0}, first = {.most = 1};

		assert_int_equal(
		    acs_library_device(l, id, ueid, visited, &all), OK);
		assert_int_equal(all.n, KEYS);
		assert_int_equal(
		    acs_library_device(l, id, ueid, visited, &some), ERR_BUSY);
		assert_int_equal(some.n, 3);
		assert_int_equal(
		    acs_library_device(l, ueid, id, visited, &none), OK);
		assert_int_equal(none.n, 0);
		assert_int_equal(
		    acs_library_keys(l, environment, key_visited, &keys), OK);
		assert_int_equal(keys.n, KEYS);
		assert_int_equal(
		    acs_library_keys(l, environment, key_visited, &first),
		    ERR_BUSY);
		assert_int_equal(first.n, 1);
		shelf.library.said = NULL;
	}
	no(state_and_sign(), ERR_SIGNATURE, "token signature");
	EVP_PKEY_free(second);
}

static void
software(void **state)
{
	(void)state;
	digests[1][3] ^= 1;
	no(state_and_sign(), ERR_MEASUREMENT, "software component");
	digests[1][3] ^= 1;
	signer_id[1] ^= 1;
	no(state_and_sign(), ERR_MEASUREMENT, "software component");
	signer_id[1] ^= 1;
	/* As long as a digest of SHA-384, and as none. */
	t.longer = 16;
	no(state_and_sign(), ERR_MEASUREMENT, "software component");
	t.longer = 1;
	no(state_and_sign(), ERR_RANGE, "software component");
	t.longer = 0;
	/* One of two, twice: a statement about both of them is not met. */
	memcpy(digests[1], digests[0], 32);
	no(state_and_sign(), ERR_MEASUREMENT, "software component");
	digests[1][0] = 2;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
	draft_measure_none(&cast.d);
	draft_measure(&cast.d, "launcher", 0x11);
	draft_measure(&cast.d, "agent", 0x66);
	no(state_and_sign(), ERR_MEASUREMENT, "measurement agent");
}

static int
ends(void **state)
{
	print_message("%zu refusals\n", refusals);
	return teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(of_veraison),
	    cmocka_unit_test_setup(bound, healthy),
	    cmocka_unit_test_setup(wrongly_bound, healthy),
	    cmocka_unit_test_setup(states, healthy),
	    cmocka_unit_test_setup(claims, healthy),
	    cmocka_unit_test_setup(signatures, healthy),
	    cmocka_unit_test_setup(two_vendors, healthy),
	    cmocka_unit_test_setup(many_keys, healthy),
	    cmocka_unit_test_setup(software, healthy),
	};

	return cmocka_run_group_tests(tests, setup, ends);
}
