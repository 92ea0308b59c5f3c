/*
 * verifier_example: the scheme of examples/verifier-scheme does what its page
 * says, and never yields more than it is worth.
 */
#include "rats_support.h"

extern const struct scheme scheme_example;

static struct pair key, teep, foreign;
static struct library lib;
static struct appraisal a;
static uint8_t in[192];
static const uint8_t challenge[32] = {0xcc};

static int
setup(void **state)
{
	(void)state;
	assert_non_null(crypto_openssl());
	pair_make(&key, CRV_P256, false);
	pair_make(&teep, CRV_P256, false);
	pair_make(&foreign, CRV_P256, false);
	library_endorse(&lib, &key, 7);
	library_fill(&lib);
	library_text(&lib, CORIM_ENDORSED, "assurance", "hardware-rooted");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pair_free(&key);
	pair_free(&teep);
	pair_free(&foreign);
	return 0;
}

static void
fill(const struct pair *by, const struct pair *about)
{
	struct bytes covered = {in, 128};

	memcpy(in, by->kid, 32);
	memcpy(in + 32, challenge, 32);
	memcpy(in + 64, about->kid, 32);
	memset(in + 96, 0x22, 32);
	assert_int_equal(by->s.sign(by->s.ctx, &covered, 1, in + 128), OK);
}

static enum err
appraise(size_t n, const char *what)
{
	const struct scheme *const schemes[] = {&scheme_example, NULL};
	const struct verifier_store store = library_store(&lib);
	const struct verifier v = {
	    .crypto = crypto_openssl(), .store = &store, .schemes = schemes};
	const struct verifier_ask ask = {
	    .media = BYTES_LIT("application/x-example"),
	    .challenge = BYTES_OF(challenge),
	    .teep_kid = teep.kid,
	    .now = NOW};
	enum err e = verifier_appraise(&v, &ask, (struct bytes){in, n}, &a);

	if (what != NULL)
		assert_string_equal(a.why.what, what);
	return e;
}

static void
example(void **state)
{
	struct bytes nonce;
	const struct scheme *const schemes[] = {&scheme_example, NULL};
	const struct verifier v = {.schemes = schemes};

	(void)state;
	fill(&key, &teep);
	assert_int_equal(appraise(192, NULL), OK);
	assert_int_equal(a.assurance, ASSURE_SELF_REPORTED);
	assert_int_equal(appraise(191, "example"), ERR_TRUNCATED);
	in[100] ^= 1;
	assert_int_equal(appraise(192, "example key"), ERR_SIGNATURE);
	fill(&foreign, &teep);
	assert_int_equal(appraise(192, "example key"), ERR_UNKNOWN_KEY);
	fill(&key, &foreign);
	assert_int_equal(appraise(192, "example TEEP key"), ERR_EVIDENCE_CNF);
	/* It does not say beforehand what it answers. */
	assert_int_equal(verifier_nonce(&v, BYTES_LIT("application/x-example"),
			     BYTES_OF(in), &nonce, NULL),
	    ERR_MISSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(example)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
