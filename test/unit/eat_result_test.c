/* lib/eat result.c, result_teep.c: Results that a Relying Party may act on,
 * and those it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "crypto_port.h"
#include <tamarind/eat.h>

#define NOW   1000u
#define NONCE BYTES_LIT("0123456789abcdef")
#define OTHER BYTES_LIT("0123456789abcdee")

struct owner {
	struct signer s;
	struct cose_key pub;
};

static struct owner verifier, stranger, agent;

/* A Result in the making, and who asks. */
static struct made {
	struct eat_claims c;
	struct result_ask ask;
	const struct owner *by;
	uint8_t cnf[64], manifests[128];
	uint8_t room[2048];
} m;

static void
owner_make(struct owner *o)
{
	uint8_t room[TEST_PEM_MAX];
	struct bytes pem;

	assert_int_equal(
	    test_key_generate(CRV_P256, SPAN_OF(room), &pem, &o->pub), OK);
	assert_int_equal(test_signer_load(pem, &o->s), OK);
}

static int
begins(void **state)
{
	(void)state;
	owner_make(&verifier);
	owner_make(&stranger);
	owner_make(&agent);
	return 0;
}

static int
ends(void **state)
{
	(void)state;
	test_signer_free(&verifier.s);
	test_signer_free(&stranger.s);
	test_signer_free(&agent.s);
	return 0;
}

static enum err
the_verifier(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)alg;
	if (nth > 0 || !bytes_same(kid, BYTES_OF(verifier.s.kid)))
		return ERR_UNKNOWN_KEY;
	*out = verifier.pub;
	return OK;
}

static const struct keyring ring = {NULL, the_verifier};

static void
cnf(const uint8_t kid[KID_LEN])
{
	struct cbor_out w = cbor_into(SPAN_OF(m.cnf));

	eat_cnf_put_kid(&w, kid);
	m.c.cnf = (struct bytes){m.cnf, w.at};
}

/* One to act on, in answer to a nonce. */
static void
make(void)
{
	static const uint8_t digest[DIGEST_LEN] = {7};
	const struct eat_manifest one = {
	    BYTES_NONE, ALG_SHA256, BYTES_OF(digest)};
	struct cbor_out w = cbor_into(SPAN_OF(m.manifests));

	eat_manifest_put(&w, &one);
	m.by = &verifier;
	m.c = (struct eat_claims){
	    .has = EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF | EAT_HAS_NONCE |
		   EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_HWVERSION | EAT_HAS_PROFILE | EAT_HAS_MANIFESTS |
		   EAT_HAS_ASSURANCE,
	    .exp = NOW + 60,
	    .iat = NOW - 5,
	    .nonce = NONCE,
	    .ueid = BYTES_LIT("\x01"
			      "0123456789abcdef"),
	    .oemid = BYTES_LIT("\x43"
			       "abc"),
	    .hwmodel = BYTES_LIT("m"),
	    .hwversion = BYTES_LIT("\x81\x61"
				   "1"),
	    .profile = BYTES_LIT(EAT_TEEP_PROFILE),
	    .manifests = {{m.manifests, w.at}, 1},
	    .assurance = BYTES_LIT("process-grade")};
	cnf(agent.s.kid);
	m.ask = (struct result_ask){.form = &result_teep,
	    .verifiers = &ring,
	    .kid = agent.s.kid,
	    .nonce = NONCE,
	    .now = NOW};
}

static struct bytes
signed_(void)
{
	uint8_t plain[1024];
	struct cbor_out w = cbor_into(SPAN_OF(plain));
	struct bytes claims, out;

	assert_int_equal(eat_write(&w, &m.c), OK);
	assert_int_equal(cbor_done(&w, &claims), OK);
	w = cbor_into(SPAN_OF(m.room));
	assert_int_equal(cose_sign1_write(&w, &m.by->s, claims, NULL, 0), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static struct believed got;

/* The answer, and what it is told with. */
static void
answers(enum err e, const char *what)
{
	struct why why = {0};
	enum err is =
	    result_check(test_crypto(), &m.ask, signed_(), &got, &why);

	if (is != e || (e != OK && strcmp(why.what, what) != 0))
		fail_msg("%s (%s) instead of %s (%s)", err_name(is),
		    why.what == NULL ? "" : why.what, err_name(e), what);
	if (e == OK)
		return;
	assert_int_equal(why.err, e);
	assert_int_equal(got.claims.has, 0);
	assert_false(got.fresh);
}

/* ---- who, about whom ----------------------------------------------------- */

static void
who_says_so(void **state)
{
	struct bytes in;
	struct why why;

	(void)state;
	make();
	answers(OK, NULL);
	assert_memory_equal(got.verifier, verifier.s.kid, KID_LEN);
	assert_true(got.fresh);
	assert_int_equal(got.iat, NOW - 5);
	assert_int_equal(got.exp, NOW + 60);
	assert_int_equal(got.status, EAR_AFFIRMING);
	assert_true(
	    bytes_same(got.claims.assurance, BYTES_LIT("process-grade")));
	m.by = &stranger;
	answers(ERR_UNKNOWN_KEY, "Verifier");
	/* The device vouches for itself. */
	m.by = &agent;
	answers(ERR_UNKNOWN_KEY, "Verifier");
	make();
	in = signed_();
	for (size_t i = in.n - SIG_LEN; i < in.n; i++) {
		m.room[i] ^= 1;
		assert_int_equal(
		    result_check(test_crypto(), &m.ask, in, &got, &why),
		    ERR_SIGNATURE);
		m.room[i] ^= 1;
	}
	for (size_t n = 0; n < in.n; n++)
		assert_int_not_equal(result_check(test_crypto(), &m.ask,
					 (struct bytes){in.p, n}, &got, &why),
		    OK);
}

static void
about_whom(void **state)
{
	(void)state;
	make();
	cnf(stranger.s.kid);
	answers(ERR_RESULT_CNF, "cnf");
	/* presented by somebody else */
	make();
	m.ask.kid = stranger.s.kid;
	answers(ERR_RESULT_CNF, "cnf");
	make();
	m.c.cnf = BYTES_LIT("\xa0");
	answers(ERR_RESULT_CNF, "cnf");
}

/* ---- when ---------------------------------------------------------------- */

static void
in_time(void **state)
{
	(void)state;
	make();
	m.c.exp = NOW + 1;
	answers(OK, NULL);
	m.c.exp = NOW;
	answers(ERR_EXPIRED, "exp");
	/* No clock helps one that is over. */
	m.ask.skew = 60;
	answers(ERR_EXPIRED, "exp");
	make();
	m.c.has |= EAT_HAS_NBF;
	m.c.nbf = NOW;
	answers(OK, NULL);
	m.c.nbf = NOW + 1;
	answers(ERR_EXPIRED, "nbf");
	m.ask.skew = 1;
	answers(OK, NULL);
	make();
	m.c.iat = NOW;
	answers(OK, NULL);
	m.c.iat = NOW + 1;
	answers(ERR_RANGE, "iat");
	m.ask.skew = 1;
	answers(OK, NULL);
	/* Nobody knows what time it is: the nonce alone decides. */
	make();
	m.ask.now = 0;
	m.c.exp = 1;
	m.c.iat = UINT32_MAX;
	answers(OK, NULL);
	m.ask.nonce = OTHER;
	m.ask.age = UINT32_MAX;
	answers(ERR_RESULT_NONCE, "eat_nonce");
	/* It never ends, if its Verifier says no end. */
	make();
	m.c.has &= ~(uint32_t)EAT_HAS_EXP;
	answers(OK, NULL);
	assert_int_equal(got.exp, UINT64_MAX);
}

static void
is_fresh(void **state)
{
	(void)state;
	make();
	m.ask.nonce = OTHER;
	answers(ERR_RESULT_NONCE, "eat_nonce");
	m.ask.nonce = BYTES_NONE;
	answers(ERR_RESULT_NONCE, "eat_nonce");
	m.ask.nonce = BYTES_LIT("0123456789abcde");
	answers(ERR_RESULT_NONCE, "eat_nonce");
	make();
	m.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	answers(ERR_RESULT_NONCE, "eat_nonce");
	/* By its time, where that is enough. */
	m.ask.age = 5;
	answers(OK, NULL);
	assert_false(got.fresh);
	m.ask.age = 4;
	answers(ERR_EXPIRED, "iat");
	m.c.iat = NOW + 1;
	m.ask.skew = 1;
	answers(OK, NULL);
	m.c.has &= ~(uint32_t)EAT_HAS_IAT;
	answers(ERR_RESULT_CLAIMS, "iat");
	/* An answer to another question is as good as none. */
	make();
	m.ask.nonce = OTHER;
	m.ask.age = 5;
	answers(OK, NULL);
	assert_false(got.fresh);
}

/* ---- what ---------------------------------------------------------------- */

static void
what_it_says(void **state)
{
	static const struct {
		uint32_t claim;
		const char *name;
	} needed[] = {
	    {EAT_HAS_CNF, "cnf"},
	    {EAT_HAS_UEID, "ueid"},
	    {EAT_HAS_OEMID, "oemid"},
	    {EAT_HAS_HWMODEL, "hwmodel"},
	    {EAT_HAS_HWVERSION, "hwversion"},
	    {EAT_HAS_MANIFESTS, "manifests"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
		make();
		m.c.has &= ~needed[i].claim;
		answers(ERR_RESULT_CLAIMS, needed[i].name);
	}
	make();
	m.c.profile = BYTES_LIT(EAT_EVIDENCE_PROFILE);
	answers(ERR_RESULT_CLAIMS, "eat_profile");
	m.c.has &= ~(uint32_t)EAT_HAS_PROFILE;
	answers(OK, NULL);
	make();
	m.ask.need = EAT_HAS_ASSURANCE;
	answers(OK, NULL);
	m.ask.need |= EAT_HAS_REPORT_KEY;
	answers(ERR_RESULT_CLAIMS, "report-key");
	/* A list of what is none. */
	make();
	m.c.manifests = (struct list){BYTES_LIT("\x82\x18\x3c\x41\x00"), 1};
	answers(ERR_TYPE, "manifests");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_says_so),
	    cmocka_unit_test(about_whom),
	    cmocka_unit_test(in_time),
	    cmocka_unit_test(is_fresh),
	    cmocka_unit_test(what_it_says),
	};

	return cmocka_run_group_tests(tests, begins, ends);
}
