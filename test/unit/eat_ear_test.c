/* lib/eat ear.c, ear_vector.c, result_ear.c: Attestation Results of EAR. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "crypto_port.h"
#include "teep_support.h"
#include <tamarind/eat.h>

static const struct bytes profiles[] = {BYTES_LIT(EAR_PROFILE)};

static enum err
parsed(struct bytes in, struct ear *e, struct why *why)
{
	memset(why, 0, sizeof(*why));
	return ear_parse(in, profiles, 1, e, why);
}

/* ---- values -------------------------------------------------------------- */

static void
tiers(void **state)
{
	static const struct {
		int from, to;
		enum ear_tier tier;
	} ranges[] = {
	    {-128, -97, EAR_CONTRAINDICATED},
	    {-96, -33, EAR_WARNING},
	    {-32, -2, EAR_AFFIRMING},
	    {-1, 1, EAR_NONE},
	    {2, 31, EAR_AFFIRMING},
	    {32, 95, EAR_WARNING},
	    {96, 127, EAR_CONTRAINDICATED},
	};
	struct ear_vector v = {0};
	int next = -128;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		for (int n = ranges[i].from; n <= ranges[i].to; n++, next++) {
			assert_int_equal(n, next);
			assert_int_equal(ear_tier(n), ranges[i].tier);
		}
	assert_int_equal(next, 128);
	/* Nothing said is none; a zero says nothing; the worst decides. */
	assert_int_equal(ear_worst(&v), EAR_NONE);
	v.has = 7;
	assert_int_equal(ear_worst(&v), EAR_NONE);
	v.value[0] = 2;
	assert_int_equal(ear_worst(&v), EAR_AFFIRMING);
	v.value[1] = 1;
	assert_int_equal(ear_worst(&v), EAR_NONE);
	v.value[1] = 33;
	assert_int_equal(ear_worst(&v), EAR_WARNING);
	v.value[2] = -97;
	assert_int_equal(ear_worst(&v), EAR_CONTRAINDICATED);
	v.has = 1;
	assert_int_equal(ear_worst(&v), EAR_AFFIRMING);
	for (int i = 0; i < EAR_CLAIMS; i++)
		assert_string_not_equal(
		    ear_claim_name((enum ear_claim)i), "claim");
	assert_string_equal(ear_claim_name(EAR_CLAIMS), "claim");
}

/* ---- published ----------------------------------------------------------- */

static void
published_results(void **state)
{
	uint8_t room[2048];
	struct ear_appraisal a;
	struct eat_claims teep;
	struct cbor_in r;
	struct ear e;
	struct why why;
	size_t n;

	(void)state;
	assert_int_equal(
	    parsed(published("ear", "ear-cbor-1.cbor", room, sizeof(room)), &e,
		&why),
	    OK);
	assert_int_equal(e.iat, 1666529184);
	assert_true(bytes_same(e.build, BYTES_LIT("vts 0.0.1")));
	assert_true(bytes_same(e.evidence, BYTES_LIT("\x6c\x69\x66\x65\x62\x6f"
						     "\x61\x74\x6d\x61\x6e")));
	r = ear_appraisals(&e, &n);
	assert_int_equal(n, 1);
	assert_int_equal(ear_appraisal_read(&r, &a), OK);
	assert_true(bytes_same(a.name, BYTES_LIT("PSA")));
	assert_int_equal(a.status, EAR_CONTRAINDICATED);
	assert_int_equal(a.vector.has, 0x15);
	assert_int_equal(a.vector.value[EAR_EXECUTABLES], 96);
	assert_int_equal(a.policies.n, 1);

	/* All is affirming, and yet the status is none. */
	assert_int_equal(
	    parsed(published("ear", "ext-teep-cbor-1.cbor", room, sizeof(room)),
		&e, &why),
	    OK);
	r = ear_appraisals(&e, &n);
	assert_int_equal(ear_appraisal_read(&r, &a), OK);
	assert_int_equal(a.status, EAR_NONE);
	assert_int_equal(ear_worst(&a.vector), EAR_AFFIRMING);
	assert_int_equal(eat_parse(a.teep, &teep, &why), OK);
	assert_int_equal(teep.has, EAT_HAS_NONCE | EAT_HAS_UEID |
				       EAT_HAS_OEMID | EAT_HAS_HWMODEL |
				       EAT_HAS_HWVERSION);
	/* Extensions of somebody else are passed over. */
	assert_int_equal(parsed(published("ear", "ext-veraison-cbor-1.cbor",
				    room, sizeof(room)),
			     &e, &why),
	    OK);
	assert_int_equal(e.submods.n > 500, 1);
}

/* ---- what is refused ----------------------------------------------------- */

#define PROFILE                                                          \
	"190109781d7461673a696574662e6f72672c323032363a726174732f656172" \
	"233033"
#define IAT "061a635588e0"
#define ID                   \
	"1903eca20061640161" \
	"62"
#define SUB(a)          "19010aa16153" a
#define GOOD            "a11903e802"
#define RESULT(n, more) "a" n IAT PROFILE more

static const struct {
	const char *hex;
	enum err e;
	const char *what;
} results[] = {
    {RESULT("4", SUB(GOOD) ID), OK, NULL},
    {RESULT("4", SUB("a21903e8021903e9a10002") ID), OK, NULL},
    {RESULT("4", SUB("a21903e8001903e9a10002") ID), OK, NULL},
    {RESULT("4", SUB("a11903e9a10002") ID), ERR_MISSING, "submods"},
    {RESULT("5", SUB(GOOD) "1903e802" ID), OK, NULL},
    {RESULT("5", SUB(GOOD) "1903e80"
			   "0" ID),
	OK, NULL},
    {RESULT("5", SUB("a11903e81820") "1903e802" ID), ERR_RESULT_CLAIMS,
	"submods"},
    {RESULT("5", SUB("a11903e81820") "1903e81820" ID), OK, NULL},
    {RESULT("5", SUB("a11903e81820") "1903e81860" ID), OK, NULL},
    {RESULT("5", SUB(GOOD) "1903e803" ID), ERR_RANGE, "ear_status"},
    {RESULT("5", SUB(GOOD) "1903e81861" ID), ERR_RANGE, "ear_status"},
    /* a status that is better than its vector */
    {RESULT("4", SUB("a21903e8021903e9a1001820") ID), ERR_RESULT_CLAIMS,
	"submods"},
    {RESULT("4", SUB("a21903e8021903e9a10020") ID), ERR_RESULT_CLAIMS,
	"submods"},
    {RESULT("4", SUB("a21903e8021903e9a10001") ID), ERR_RESULT_CLAIMS,
	"submods"},
    {RESULT("4", SUB("a21903e8021903e9a10000") ID), OK, NULL},
    {RESULT("4", SUB("a21903e818201903e9a1001860") ID), ERR_RESULT_CLAIMS,
	"submods"},
    {RESULT("4", SUB("a21903e818601903e9a1001863") ID), OK, NULL},
    /* vectors that are none */
    {RESULT("4", SUB("a21903e8021903e9a0") ID), ERR_RANGE, "submods"},
    {RESULT("4", SUB("a21903e8021903e9a1001880") ID), ERR_RANGE, "submods"},
    {RESULT("4", SUB("a21903e8021903e9a1003880") ID), ERR_RANGE, "submods"},
    {RESULT("4", SUB("a21903e8021903e9a1006132") ID), ERR_TYPE, "submods"},
    {RESULT("4", SUB("a21903e8021903e9a1080"
		     "2") ID),
	OK, NULL},
    /* appraisals */
    {RESULT("4", SUB("a0") ID), ERR_MISSING, "submods"},
    {RESULT("4", SUB("a11903e804") ID), ERR_RANGE, "submods"},
    {RESULT("4", SUB("80") ID), ERR_TYPE, "submods"},
    {RESULT("4", "19010aa0" ID), ERR_RANGE, "submods"},
    {RESULT("4", "19010aa101" GOOD ID), ERR_TYPE, "submods"},
    {RESULT("4", "19010aa160" GOOD ID), ERR_RANGE, "submods"},
    {RESULT("4", "19010aa26153" GOOD "6153" GOOD ID), ERR_DUPLICATE, "submods"},
    {RESULT("4", SUB("a20a47010203040506071903e802") ID), ERR_RANGE, "submods"},
    {RESULT("4", SUB("a21903e8021903eb80") ID), ERR_RANGE, "submods"},
    {RESULT("4", SUB("a21903e8021903eb8105") ID), ERR_TYPE, "submods"},
    {RESULT("4", SUB("a21903e80219fde8a10a4101") ID), ERR_RANGE, "submods"},
    {RESULT("4", SUB("a21903e8023a00011171a165616b7075626130") ID), ERR_TYPE,
	"submods"},
    {RESULT("4", SUB("a21903e8023a00011171a165616b7075624130") ID), OK, NULL},
    /* what must be there, and of which type */
    {"a3" IAT PROFILE SUB(GOOD), ERR_MISSING, NULL},
    {"a3" IAT PROFILE ID, ERR_MISSING, NULL},
    {"a3" IAT SUB(GOOD) ID, ERR_MISSING, NULL},
    {"a3" PROFILE SUB(GOOD) ID, ERR_MISSING, NULL},
    {"a4"
     "06fb41d8d5623800"
     "0000" PROFILE SUB(GOOD) ID,
	ERR_TYPE, "iat"},
    {"a5"
     "04f93c00" IAT PROFILE SUB(GOOD) ID,
	ERR_TYPE, "exp"},
    {"a4" IAT "1901096170" SUB(GOOD) ID, ERR_UNEXPECTED, "eat_profile"},
    {RESULT("4", SUB(GOOD) "1903eca1006164"), ERR_MISSING, "ear_verifier_id"},
    {RESULT("4", SUB(GOOD) "1903eca20061640105"), ERR_TYPE, "ear_verifier_id"},
    {"a5" IAT "0a4701020304050607" PROFILE SUB(GOOD) ID, ERR_RANGE,
	"eat_nonce"},
    {RESULT("4", SUB(GOOD) ID "00"), ERR_TRAILING, NULL},
    {"80", ERR_TYPE, NULL},
    {"", ERR_TRUNCATED, NULL},
};

static void
results_are_read_whole(void **state)
{
	uint8_t room[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(results); i++) {
		size_t n = hex_octets(results[i].hex, room, sizeof(room));
		struct ear e;
		struct why why;
		enum err err = parsed((struct bytes){room, n}, &e, &why);

		if (err != results[i].e)
			fail_msg(
			    "%zu %s: %s", i, results[i].hex, err_name(err));
		if (results[i].what != NULL)
			assert_string_equal(why.what, results[i].what);
		assert_int_equal(e.submods.p != NULL, err == OK);
	}
	/* Only profiles that were asked for. */
	{
		struct bytes old = BYTES_LIT("tag:old");
		size_t n = hex_octets(results[0].hex, room, sizeof(room));
		struct ear e;

		assert_int_equal(
		    ear_parse((struct bytes){room, n}, &old, 1, &e, NULL),
		    ERR_UNEXPECTED);
		assert_int_equal(
		    ear_parse((struct bytes){room, n}, NULL, 0, &e, NULL),
		    ERR_UNEXPECTED);
	}
}

/* ---- writing and believing ----------------------------------------------- */

#define NONCE BYTES_LIT("12345678")

/* An affirming Result about two submodules and a key. */
struct made {
	struct ear e;
	struct ear_appraisal a[2];
	struct cose_key key;
	uint8_t cnf[64], plain[1024], scratch[1024], spki[91];
	struct bytes out;
};

static void
make(struct made *m, int32_t kty)
{
	struct cbor_out w;
	uint8_t kid[KID_LEN];

	memset(m, 0, sizeof(*m));
	m->key.kty = kty;
	m->key.crv = kty == KTY_EC2 ? CRV_P256 : CRV_ED25519;
	memset(m->key.x, 0x11, 32);
	memset(m->key.y, kty == KTY_EC2 ? 0x22 : 0, 32);
	assert_int_equal(cose_key_thumbprint(test_crypto(), &m->key, kid), OK);
	w = cbor_into(SPAN_OF(m->cnf));
	eat_cnf_put_kid(&w, kid);
	m->e = (struct ear){.has = EAR_RESULT_HAS_EXP | EAR_RESULT_HAS_CNF |
				   EAR_RESULT_HAS_NONCE | EAR_RESULT_HAS_STATUS,
	    .exp = 200,
	    .iat = 100,
	    .cnf = {m->cnf, w.at},
	    .nonce = NONCE,
	    .status = EAR_AFFIRMING,
	    .developer = BYTES_LIT("d"),
	    .build = BYTES_LIT("b")};
	for (size_t i = 0; i < 2; i++)
		m->a[i] = (struct ear_appraisal){
		    .has = EAR_HAS_STATUS | EAR_HAS_VECTOR | EAR_HAS_NONCE,
		    .name = i == 0 ? BYTES_LIT("b") : BYTES_LIT("aa"),
		    .status = EAR_AFFIRMING,
		    .nonce = NONCE,
		    .vector = {3, {2, 3}}};
}

static enum err
written(struct made *m)
{
	struct cbor_out w = cbor_into(SPAN_OF(m->plain));

	TRY(ear_write(&w, &m->e, m->a, 2, SPAN_OF(m->scratch)));
	return cbor_done(&w, &m->out);
}

/* Whoever signed is not what these tests are about. */
static enum err
any_signature(int32_t alg, const struct cose_key *k, const struct bytes *part,
    size_t n, struct bytes sig)
{
	(void)alg;
	(void)k;
	(void)part;
	(void)n;
	(void)sig;
	return OK;
}

static enum err
any_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)kid;
	(void)alg;
	*out = *(const struct cose_key *)ctx;
	return nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

static enum err
believed_as(
    struct made *m, struct result_ask ask, struct believed *r, struct why *why)
{
	struct crypto c = *test_crypto();
	struct cose_key key = {
	    .kty = KTY_EC2, .crv = CRV_P256, .x = {1}, .y = {2}};
	const struct keyring ring = {&key, any_key};
	const struct signer by = {.alg = ALG_ESP256, .sign = test_sign_beyond};
	uint8_t kid[KID_LEN], room[2048];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes in;

	c.verify = any_signature;
	assert_int_equal(written(m), OK);
	assert_int_equal(
	    cose_sign1_write(&w, &by, m->out, NULL, WRITE_NO_KID), OK);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(cose_key_thumbprint(&c, &m->key, kid), OK);
	ask.form = &result_ear;
	ask.verifiers = &ring;
	ask.kid = kid;
	return result_check(&c, &ask, in, r, why);
}

static enum err
believed(struct made *m, struct why *why)
{
	const struct result_ask ask = {.key = &m->key,
	    .nonce = NONCE,
	    .now = 150,
	    .submod = BYTES_LIT("aa")};
	struct believed r;

	return believed_as(m, ask, &r, why);
}

static void
what_is_written_is_read(void **state)
{
	struct ear_appraisal a;
	struct made m;
	struct cbor_in r;
	struct ear e;
	struct why why;
	size_t n;

	(void)state;
	make(&m, KTY_OKP);
	assert_int_equal(written(&m), OK);
	assert_int_equal(parsed(m.out, &e, &why), OK);
	assert_int_equal(e.exp, 200);
	assert_int_equal(e.iat, 100);
	assert_true(bytes_same(e.nonce, NONCE));
	r = ear_appraisals(&e, &n);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ear_appraisal_read(&r, &a), OK);
		assert_true(bytes_same(a.name, m.a[i].name));
		assert_memory_equal(
		    &a.vector, &m.a[i].vector, sizeof(a.vector));
	}
	/* Nothing is written that would not be read. */
	m.a[1].vector.value[0] = 96;
	assert_int_equal(written(&m), ERR_RANGE);
	m.a[1].status = EAR_CONTRAINDICATED;
	assert_int_equal(written(&m), ERR_RANGE);
	m.e.status = EAR_CONTRAINDICATED;
	assert_int_equal(written(&m), OK);
	m.a[1].vector.value[0] = 128;
	assert_int_not_equal(written(&m), OK);
	make(&m, KTY_OKP);
	m.a[1].name = BYTES_LIT("a");
	assert_int_equal(written(&m), ERR_BUG);
	m.a[1].name = BYTES_LIT("b");
	assert_int_equal(written(&m), ERR_BUG);
	make(&m, KTY_OKP);
	m.a[0].vector.has = 0;
	assert_int_not_equal(written(&m), OK);
	make(&m, KTY_OKP);
	m.e.status = 5;
	assert_int_equal(written(&m), ERR_RANGE);
	make(&m, KTY_OKP);
	m.e.build = BYTES_NONE;
	assert_int_not_equal(written(&m), OK);
}

static void
who_is_believed(void **state)
{
	struct made m;
	struct why why;

	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		int32_t kty = kind == 0 ? KTY_OKP : KTY_EC2;

		make(&m, kty);
		assert_int_equal(believed(&m, &why), OK);
		/* Another key, by cnf, and by the attested key. */
		make(&m, kty);
		m.key.x[0] ^= 1;
		assert_int_equal(believed(&m, &why), ERR_RESULT_CNF);
		make(&m, kty);
		m.e.has &= ~(uint32_t)EAR_RESULT_HAS_CNF;
		assert_int_equal(believed(&m, &why), ERR_RESULT_CNF);
		m.a[1].has |= EAR_HAS_KEY;
		m.a[1].key = (struct bytes){m.spki,
		    hex_octets(kty == KTY_OKP
				   ? "302a300506032b6570032100"
				   : "3059301306072a8648ce3d020106082a8648ce"
				     "3d03010703420004",
			m.spki, sizeof(m.spki))};
		memset(m.spki + m.a[1].key.n, 0x11, 32);
		m.a[1].key.n += 32;
		if (kty == KTY_EC2) {
			memset(m.spki + m.a[1].key.n, 0x22, 32);
			m.a[1].key.n += 32;
		}
		assert_int_equal(believed(&m, &why), OK);
		for (size_t i = 0; i < m.a[1].key.n; i++) {
			m.spki[i] ^= 1;
			assert_int_equal(believed(&m, &why), ERR_RESULT_CNF);
			m.spki[i] ^= 1;
		}
		m.a[1].key.n--;
		assert_int_equal(believed(&m, &why), ERR_RESULT_CNF);
	}
	/* Over; another nonce, at either place; none. */
	make(&m, KTY_OKP);
	m.e.exp = 150;
	assert_int_equal(believed(&m, &why), ERR_EXPIRED);
	m.e.exp = 151;
	assert_int_equal(believed(&m, &why), OK);
	m.e.nonce = BYTES_LIT("12345679");
	assert_int_equal(believed(&m, &why), ERR_RESULT_NONCE);
	m.e.has &= ~(uint32_t)EAR_RESULT_HAS_NONCE;
	assert_int_equal(believed(&m, &why), OK);
	m.a[1].nonce = BYTES_LIT("123456789");
	assert_int_equal(believed(&m, &why), ERR_RESULT_NONCE);
	m.a[1].has &= ~(uint32_t)EAR_HAS_NONCE;
	assert_int_equal(believed(&m, &why), ERR_RESULT_NONCE);
	/* Not affirming: by a claim that is named. */
	make(&m, KTY_OKP);
	m.e.status = EAR_WARNING;
	m.a[1].status = EAR_WARNING;
	m.a[1].vector.value[1] = 32;
	assert_int_equal(believed(&m, &why), ERR_NOT_ATTESTED);
	assert_string_equal(why.what, "configuration");
	assert_int_equal(why.found_n, EAR_WARNING);
	/* What a Relying Party that is content with less takes, and no less
	 * than that. */
	{
		struct result_ask ask = {.key = &m.key,
		    .nonce = NONCE,
		    .now = 150,
		    .submod = BYTES_LIT("aa"),
		    .least = EAR_WARNING};
		struct believed r;

		assert_int_equal(believed_as(&m, ask, &r, &why), OK);
		assert_int_equal(r.status, EAR_WARNING);
		assert_true(r.fresh);
		assert_int_equal(r.exp, 200);
		assert_int_equal(r.claims.has, 0);
		ask.least = EAR_NONE;
		assert_int_equal(
		    believed_as(&m, ask, &r, &why), ERR_NOT_ATTESTED);
		ask.least = EAR_WARNING;
		ask.submod = BYTES_NONE;
		assert_int_equal(
		    believed_as(&m, ask, &r, &why), ERR_UNEXPECTED);
		ask.submod = BYTES_LIT("aa");
		ask.need = EAT_HAS_UEID;
		assert_int_equal(
		    believed_as(&m, ask, &r, &why), ERR_RESULT_CLAIMS);
		assert_string_equal(why.what, "ueid");
		m.a[1].has |= EAR_HAS_TEEP;
		m.a[1].teep = BYTES_LIT("\xa1\x19\x01\x00\x47\x01"
					"123456");
		assert_int_equal(believed_as(&m, ask, &r, &why), OK);
		assert_true(bytes_same(r.claims.ueid, BYTES_LIT("\x01"
								"123456")));
		m.a[1].has &= ~(uint32_t)EAR_HAS_TEEP;
		m.a[1].vector.value[1] = 96;
		m.a[1].status = m.e.status = EAR_CONTRAINDICATED;
		ask.need = 0;
		assert_int_equal(
		    believed_as(&m, ask, &r, &why), ERR_NOT_ATTESTED);
		/* An attested key, for one who wants cnf. */
		make(&m, KTY_OKP);
		m.e.has &= ~(uint32_t)EAR_RESULT_HAS_CNF;
		m.a[1].has |= EAR_HAS_KEY;
		m.a[1].key = BYTES_LIT("0123456789abcdef");
		ask.key = NULL;
		assert_int_equal(
		    believed_as(&m, ask, &r, &why), ERR_RESULT_CNF);
		assert_string_equal(why.what, "akpub");
	}
	/* The other submodule decides nothing; an unknown one is not there. */
	make(&m, KTY_OKP);
	make(&m, KTY_OKP);
	m.e.has &= ~(uint32_t)EAR_RESULT_HAS_STATUS;
	m.a[0].status = EAR_CONTRAINDICATED;
	assert_int_equal(believed(&m, &why), OK);
	m.a[1].name = BYTES_LIT("ab");
	assert_int_equal(believed(&m, &why), ERR_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tiers),
	    cmocka_unit_test(published_results),
	    cmocka_unit_test(results_are_read_whole),
	    cmocka_unit_test(what_is_written_is_read),
	    cmocka_unit_test(who_is_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
