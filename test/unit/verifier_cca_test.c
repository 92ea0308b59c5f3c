/*
 * verifier_cca: the published token of Arm CCA is read and authentic, and
 * refused where a TEEP key is to be bound; tokens of the test's own bind one,
 * and everything that can be wrong has a name.
 */
#include "cca_make.h"

static void
of_arm(void **state)
{
	uint8_t room[4096];
	struct bytes in = published("cc/cca-token.cbor", room, sizeof(room));
	EVP_PKEY *key = published_key_of("cc/cca-cpak-pub.jwk.json");
	struct cca_token parts;
	struct cca_realm r;
	enum err e;

	(void)state;
	shelf_fill(in, key);
	assert_int_equal(cca_token_read(in, &parts, NULL), OK);
	assert_int_equal(cca_realm_read(parts.realm.payload, &r, NULL), OK);
	q = (struct asking){.scheme = &scheme_cca,
	    .media = BARE,
	    .shelf = &shelf,
	    .cast = &cast,
	    .challenge = r.challenge,
	    .now = NOW};
	e = asked(&q, in);
	print_message("the published token: %s (%s)\n", err_name(e),
	    q.a.why.what == NULL ? "" : q.a.why.what);
	assert_int_equal(e, OK);
	assert_int_equal(q.a.assurance, ASSURE_HARDWARE);
	q.bind = true;
	no(in, ERR_EVIDENCE_CNF, "report data");
	q.bind = false;
	q.challenge.n--;
	no(in, ERR_EVIDENCE_NONCE, "report data");
	q.challenge.n++;
	for (size_t i = 0; i < in.n; i += 89) {
		room[i] ^= 4;
		assert_int_not_equal(asked(&q, in), OK);
		room[i] ^= 4;
	}
	shelf_fill(in, other);
	no(in, ERR_SIGNATURE, "platform signature");
	EVP_PKEY_free(key);
}

static void
bound(void **state)
{
	(void)state;
	accepts_bound(&q, state_and_sign());
	t.profile = "tag:arm.com,2023:cca_platform#1.0.0";
	t.realm_profile = "tag:arm.com,2023:realm#1.0.0";
	t.cose_key = true;
	t.alg = -51;
	accepts(&q, state_and_sign(), ASSURE_HARDWARE);
}

static void
wrongly_bound(void **state)
{
	struct bytes s = cast_states(&cast);

	(void)state;
	digest_of(s, 64, t.challenge);
	t.challenge[0] ^= 1;
	no(wrap(&box, TYPE, token_make(), s, BYTES_NONE), ERR_EVIDENCE_CNF,
	    "report data");
	no(wrap(&box, TYPE, token_make(), BYTES_NONE, BYTES_NONE),
	    ERR_EVIDENCE_CNF, "report data");
	draft_cnf(&cast.d, &cast.tam.pub);
	no(state_and_sign(), ERR_EVIDENCE_CNF, "cnf");
	draft_cnf(&cast.d, &cast.teep.pub);
	cast.d.c.nonce = BYTES_LIT("another nonce");
	no(state_and_sign(), ERR_EVIDENCE_NONCE, "eat_nonce");
}

static void
keys(void **state)
{
	(void)state;
	t.by = other;
	no(state_and_sign(), ERR_SIGNATURE, "platform signature");
	t.by = platform_key;
	t.realm_by = other;
	no(state_and_sign(), ERR_SIGNATURE, "realm signature");
	/* A realm of somebody else beside an honest platform. */
	t.realm_by = realm_key;
	t.bad_nonce = true;
	no(state_and_sign(), ERR_KEY_PURPOSE, "realm key");
	t.bad_nonce = false;
	t.key_alg = "sha-512";
	no(state_and_sign(), ERR_KEY_PURPOSE, "realm key");
	t.key_alg = "md5";
	no(state_and_sign(), ERR_COSE_ALG, "realm key");
	t.key_alg = "sha-256";
	t.ueid[4] ^= 1;
	no(state_and_sign(), ERR_EVIDENCE_KEY, "evidence key");
	t.ueid[4] ^= 1;
	t.id[4] ^= 1;
	no(state_and_sign(), ERR_EVIDENCE_KEY, "evidence key");
	t.id[4] ^= 1;
	t.alg = -7;
	no(state_and_sign(), ERR_COSE_ALG, "platform signature");
}

static void
states_and_values(void **state)
{
	(void)state;
	t.lifecycle = 0x4000;
	no(state_and_sign(), ERR_EVIDENCE_STATE, "lifecycle");
	t.lifecycle = 0;
	no(state_and_sign(), ERR_EVIDENCE_STATE, "lifecycle");
	t.lifecycle = 0x3000;
	t.software[1] ^= 1;
	no(state_and_sign(), ERR_MEASUREMENT, "software component");
	t.software[1] ^= 1;
	t.config[1] ^= 1;
	no(state_and_sign(), ERR_MEASUREMENT, "platform config");
	t.config[1] ^= 1;
	t.initial[1] ^= 1;
	no(state_and_sign(), ERR_NO_REFERENCE, "cca.rim");
	t.initial[1] ^= 1;
	/* Extended, or given, and nobody vouches for that. */
	t.rem[1] = 1;
	no(state_and_sign(), ERR_NO_REFERENCE, "cca.rem0");
	t.rem[1] = 0;
	t.personal[1] = 1;
	no(state_and_sign(), ERR_NO_REFERENCE, "cca.rpv");
	t.personal[1] = 0;
	draft_measure_none(&cast.d);
	draft_measure(&cast.d, "launcher", 0x11);
	draft_measure(&cast.d, "agent", 0x66);
	no(state_and_sign(), ERR_MEASUREMENT, "measurement agent");
}

/* Whoever vouches for a realm says nothing of the platform, nor the other way
 * round: the weaker counts. */
static void
worth_of_both(void **state)
{
	static const char all[] = "hardware-rooted", less[] = "process-grade";
	static const struct {
		const char *platform, *realm;
		enum assurance is;
	} rows[] = {
	    {all, all, ASSURE_HARDWARE},
	    {NULL, all, ASSURE_SELF_REPORTED},
	    {all, NULL, ASSURE_SELF_REPORTED},
	    {less, all, ASSURE_PROCESS},
	    {all, less, ASSURE_PROCESS},
	    {NULL, NULL, ASSURE_SELF_REPORTED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		platform_worth = rows[i].platform;
		realm_worth = rows[i].realm;
		(void)healthy(NULL);
		accepts(&q, state_and_sign(), rows[i].is);
	}
	platform_worth = realm_worth = all;
}

static void
forms(void **state)
{
	(void)state;
	t.tag = 400;
	no(state_and_sign(), ERR_TYPE, "CCA token");
	t.tag = 399;
	t.profile = "tag:arm.com,2030:cca_platform#9";
	no(state_and_sign(), ERR_UNEXPECTED, "platform profile");
	t.profile = "http://arm.com/CCA-SSD/1.0.0";
	t.realm_profile = "tag:arm.com,2030:realm#9";
	no(state_and_sign(), ERR_UNEXPECTED, "realm profile");
	t.realm_profile = NULL;
	t.ueid[0] = 2;
	no(state_and_sign(), ERR_RANGE, "instance-id");
	t.ueid[0] = 1;
	t.left_out = 1;
	no(state_and_sign(), ERR_MISSING, "realm claims");
	t.left_out = 2;
	no(state_and_sign(), ERR_MISSING, "realm claims");
	t.left_out = 0;
	t.alg_name = "sha-512";
	no(state_and_sign(), ERR_RANGE, "realm measurements");
	t.alg_name = "sha-1";
	no(state_and_sign(), ERR_COSE_ALG, "platform hash");
	no(BYTES_LIT("\xd9\x01\x8f\xa0"), ERR_MISSING, "CCA token");
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
	    cmocka_unit_test(of_arm),
	    cmocka_unit_test_setup(bound, healthy),
	    cmocka_unit_test_setup(wrongly_bound, healthy),
	    cmocka_unit_test_setup(keys, healthy),
	    cmocka_unit_test_setup(states_and_values, healthy),
	    cmocka_unit_test_setup(worth_of_both, healthy),
	    cmocka_unit_test_setup(forms, healthy),
	};

	return cmocka_run_group_tests(tests, setup, ends);
}
