/*
 * port/rats_json result_jwt.c: an EAR as a JWT is believed if a key that is
 * known has signed it, as its algorithm is, and says what it must.
 */
#include "rats_vectors.h"
#include <cmdline.h>
#include <rats_json.h>

#define NONCE     BYTES_LIT("0123456789abcdef")
#define NONCE_B64 "MDEyMzQ1Njc4OWFiY2RlZg"
#define HEADER    "{\"alg\":\"ES256\",\"typ\":\"JWT\"}"

static struct pair verifier, next, edwards, agent;

/* One in the making. */
static struct {
	const char *header;
	const struct pair *by;
	char claims[2048], jwt[4096];
	uint8_t room[8192];
	struct believed good;
	struct rats_json_refusal no;
	struct why why;
} m;

static int
begins(void **state)
{
	(void)state;
	pair_make(&verifier, CRV_P256, false);
	pair_make(&next, CRV_P256, false);
	pair_make(&edwards, CRV_ED25519, false);
	pair_make(&agent, CRV_P256, false);
	return 0;
}

static int
ends(void **state)
{
	(void)state;
	pair_free(&verifier);
	pair_free(&next);
	pair_free(&edwards);
	pair_free(&agent);
	return 0;
}

/* Claims with these members besides the usual ones. */
static void
claims(const char *status, const char *cnf, const char *sub, uint64_t exp)
{
	char kid[KID_TEXT];

	kid_text(agent.kid, kid);
	(void)snprintf(m.claims, sizeof(m.claims),
	    "{\"eat_profile\":\"%s\",\"iat\":%u,\"exp\":%llu,"
	    "\"eat_nonce\":\"" NONCE_B64 "\",%s%s%s"
	    "\"ear_verifier_id\":{\"developer\":\"d\",\"build\":\"b\"},"
	    "\"submods\":{\"eat\":{\"ear_status\":\"%s\"%s}}}",
	    EAR_PROFILE, NOW - 5, (unsigned long long)exp,
	    cnf == NULL ? "\"cnf\":{\"kid\":\"" : cnf, cnf == NULL ? kid : "",
	    cnf == NULL ? "\"}," : "", status, sub);
}

static void
usual(void)
{
	memset(&m, 0, sizeof(m));
	m.header = HEADER;
	m.by = &verifier;
	claims("affirming", NULL,
	    ",\"ear_teep_claims\":{\"ueid\":\"AQEBAQEBAQEBAQEBAQEBAQE\","
	    "\"manifests\":[[60,\"AAA\"]],"
	    "\"tamarind_assurance\":\"TPM-measured\"}",
	    NOW + 60);
}

static void
sign(void)
{
	uint8_t sig[SIG_LEN];
	struct bytes input;
	size_t n;

	base64url_text(m.jwt, sizeof(m.jwt), bytes_of_text(m.header));
	n = strlen(m.jwt);
	m.jwt[n++] = '.';
	base64url_text(m.jwt + n, sizeof(m.jwt) - n, bytes_of_text(m.claims));
	input = bytes_of_text(m.jwt);
	assert_int_equal(m.by->s.sign(m.by->s.ctx, &input, 1, sig), OK);
	n = strlen(m.jwt);
	m.jwt[n++] = '.';
	base64url_text(m.jwt + n, sizeof(m.jwt) - n, BYTES_OF(sig));
}

static enum err
check(struct bytes jwt)
{
	const struct cose_key keys[] = {verifier.pub, edwards.pub};
	struct result_ask ask = {.kid = agent.kid, .nonce = NONCE, .now = NOW};

	return rats_json_result(crypto_openssl(), keys, 2, &ask, jwt,
	    SPAN_OF(m.room), &m.good, &m.no, &m.why);
}

static void
gives(enum err e, const char *what)
{
	enum err got;

	sign();
	got = check(bytes_of_text(m.jwt));
	if (got != e)
		fail_msg("%s instead of %s", err_name(got), err_name(e));
	if (what != NULL)
		assert_string_equal(m.why.what, what);
}

static void
good(void **state)
{
	(void)state;
	usual();
	gives(OK, NULL);
	assert_int_equal(m.good.status, EAR_AFFIRMING);
	assert_true(m.good.fresh);
	assert_memory_equal(m.good.verifier, verifier.kid, KID_LEN);
	assert_int_equal(m.good.claims.has,
	    EAT_HAS_UEID | EAT_HAS_MANIFESTS | EAT_HAS_ASSURANCE);
	assert_true(
	    bytes_same(m.good.claims.assurance, BYTES_LIT("TPM-measured")));
	assert_true(bytes_same(m.good.claims.manifests.raw,
	    BYTES_LIT("\x82\x18\x3c\x42\x00\x00")));
	assert_false(m.no.refuses);
	usual();
	m.header = "{\"alg\":\"EdDSA\"}";
	m.by = &edwards;
	gives(OK, NULL);
	assert_memory_equal(m.good.verifier, edwards.kid, KID_LEN);
}

static void
signature(void **state)
{
	size_t n;

	(void)state;
	usual();
	m.by = &next;
	gives(ERR_SIGNATURE, "Verifier");
	/* not one character of it may differ */
	usual();
	sign();
	n = strlen(m.jwt);
	for (size_t i = 0; i < n; i += 3) {
		char was = m.jwt[i];

		/* the last of the signature has bits that nobody needs */
		m.jwt[i] = was == 'A' ? 'Q' : 'A';
		if (i + 1 < n)
			assert_int_not_equal(check(bytes_of_text(m.jwt)), OK);
		m.jwt[i] = was;
	}
	for (size_t i = 0; i < n; i++)
		assert_int_not_equal(
		    check((struct bytes){(uint8_t *)m.jwt, i}), OK);
	assert_int_equal(check(bytes_of_text(m.jwt)), OK);
	m.jwt[n] = 'A';
	m.jwt[n + 1] = 0;
	assert_int_equal(check(bytes_of_text(m.jwt)), ERR_TEXT);
	assert_string_equal(m.why.what, "JWT signature");
	assert_int_equal(check(BYTES_LIT("a.b")), ERR_TEXT);
	assert_int_equal(check(BYTES_NONE), ERR_TEXT);
	{
		static uint8_t big[RATS_JSON_MAX + 1];

		assert_int_equal(check(BYTES_OF(big)), ERR_TOO_LONG);
	}
}

static void
header(void **state)
{
	static const char *const bad[] = {
	    "{\"alg\":\"none\"}",
	    "{\"alg\":\"HS256\"}",
	    "{\"alg\":\"EdDSA\"}",
	    "{}",
	    "[]",
	    "ES256",
	    "{\"alg\":\"ES256\",\"alg\":\"ES256\"}",
	    "{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		usual();
		m.header = bad[i];
		gives(ERR_COSE_HEADER, "JWT header");
	}
}

static void
bound_and_fresh(void **state)
{
	(void)state;
	usual();
	claims("affirming", NULL, "", NOW);
	gives(ERR_EXPIRED, "exp");
	usual();
	claims("affirming",
	    "\"cnf\":{\"kid\":\""
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"},",
	    "", NOW + 60);
	gives(ERR_RESULT_CNF, "cnf");
	assert_true(m.no.refuses);
	assert_false(m.no.bound);
	usual();
	claims("affirming", "", "", NOW + 60);
	gives(ERR_RESULT_CNF, "cnf");
	usual();
	memcpy(strstr(m.claims, NONCE_B64), "NDEy", 4);
	gives(ERR_RESULT_NONCE, "eat_nonce");
	assert_false(m.no.refuses);
	usual();
	memcpy(strstr(m.claims, "rats/ear"), "rats/eat", 8);
	gives(ERR_UNEXPECTED, "eat_profile");
	usual();
	m.claims[strlen(m.claims) - 1] = ' ';
	gives(ERR_TEXT, "JSON");
}

static void
refusals(void **state)
{
#define NO(reason)                                                         \
	",\"tamarind_refusal\":{\"reason\":\"" reason                      \
	"\",\"claim\":\"measurement agent\",\"expected\":\"aa\","          \
	"\"found\":\"\\u0007b\",\"source\":\"gateway\",\"measurement\":\"" \
	"agent\"}"
	(void)state;
	usual();
	claims("contraindicated", NULL, NO("measurement-mismatch"), NOW + 60);
	gives(ERR_MEASUREMENT, NULL);
	assert_true(m.no.refuses);
	assert_true(m.no.bound);
	assert_int_equal(m.no.reason, ERR_MEASUREMENT);
	assert_string_equal(m.no.claim, "measurement agent");
	assert_string_equal(m.no.expected, "aa");
	assert_string_equal(m.no.found, "\x07"
					"b");
	assert_string_equal(m.no.source, "gateway");
	assert_string_equal(m.no.measurement, "agent");
	/* of nobody knows whom */
	claims("contraindicated", "", NO("bad-signature"), NOW + 60);
	gives(ERR_SIGNATURE, NULL);
	assert_true(m.no.refuses);
	assert_false(m.no.bound);
	/* reasons that are none of a Verifier's */
	claims("contraindicated", NULL, NO("busy"), NOW + 60);
	gives(ERR_NOT_ATTESTED, NULL);
	claims("contraindicated", NULL, NO("ok"), NOW + 60);
	gives(ERR_NOT_ATTESTED, NULL);
	claims("contraindicated", NULL, NO("network"), NOW + 60);
	gives(ERR_NOT_ATTESTED, NULL);
	/* a foreign one gives no reason but its status */
	claims("warning", NULL, "", NOW + 60);
	gives(ERR_NOT_ATTESTED, "ear_status");
	assert_true(m.no.refuses && m.no.bound);
	assert_string_equal(m.no.claim, "");
	/* one that is over refuses nobody */
	claims("contraindicated", NULL, NO("measurement-mismatch"), NOW);
	gives(ERR_EXPIRED, "exp");
	assert_false(m.no.refuses);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good),
	    cmocka_unit_test(signature),
	    cmocka_unit_test(header),
	    cmocka_unit_test(bound_and_fresh),
	    cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, begins, ends);
}
