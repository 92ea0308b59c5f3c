/* lib/eat/claims.c: claims sets, and what must be there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "crypto_port.h"
#include "teep_support.h"
#include <tamarind/eat.h>

#define EVIDENCE_NEED                                                \
	(EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_UEID |  \
	    EAT_HAS_OEMID | EAT_HAS_HWMODEL | EAT_HAS_HWVERSION |    \
	    EAT_HAS_PROFILE | EAT_HAS_BOOTSEED | EAT_HAS_MANIFESTS | \
	    EAT_HAS_MEASUREMENTS | EAT_HAS_REPORT_KEY | EAT_HAS_COUNTER)
#define RESULT_NEED                                                     \
	(EAT_HAS_CNF | EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL | \
	    EAT_HAS_HWVERSION | EAT_HAS_MANIFESTS)

/* Refused claims are empty. */
static enum err
parse(struct bytes in)
{
	struct eat_claims c;
	struct why why = {0};
	enum err e;

	memset(&c, 0xa5, sizeof(c));
	e = eat_parse(in, &c, &why);
	if (e == OK)
		return OK;
	assert_int_equal(c.has, 0);
	assert_null(c.nonce.p);
	assert_int_equal(why.err, e);
	assert_non_null(why.what);
	assert_true(why.at <= in.n);
	return e;
}

static void
round_trip(struct bytes in)
{
	static uint8_t first[8192], second[8192];
	struct eat_claims c, back;
	struct bytes out, again;
	struct cbor_out w = cbor_into(SPAN_OF(first));

	assert_int_equal(eat_parse(in, &c, NULL), OK);
	assert_int_equal(eat_write(&w, &c), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(eat_parse(out, &back, NULL), OK);
	assert_int_equal(c.has, back.has);
	w = cbor_into(SPAN_OF(second));
	assert_int_equal(eat_write(&w, &back), OK);
	assert_int_equal(cbor_done(&w, &again), OK);
	assert_true(bytes_same(out, again));
}

/* One vector by name, for the tests that start from a good one. */
static struct bytes
vector(const char *name)
{
	static struct named_bytes one;
	size_t n, i = 0;
	struct named_bytes *v = vectors_load("eat", &n);

	while (i < n && strcmp(v[i].name, name) != 0)
		i++;
	assert_true(i < n);
	one = v[i];
	free(v);
	return (struct bytes){one.p, one.n};
}

static void
vectors(void **state)
{
	size_t n, good = 0;
	struct named_bytes *v = vectors_load("eat", &n);
	struct fence f = fence_make(sizeof(v->p));

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct bytes in = fence_put(&f, (struct bytes){v[i].p, v[i].n});
		const char *got = err_name(parse(in));

		if (strcmp(got, v[i].verdict) != 0)
			fail_msg("%s: %s", v[i].name, got);
		if (strcmp(got, "ok") == 0) {
			round_trip(in);
			good++;
		}
	}
	assert_true(good >= 6 && n - good >= 20);
	fence_drop(&f);
	free(v);
}

/* Another implementation's Result: each member, and the same octets again. */
static void
result_members(void **state)
{
	struct bytes in = vector("result"), out;
	uint8_t room[1024], kid[KID_LEN];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct verified v = {.payload = in};
	struct eat_claims c;
	struct eat_manifest m;
	struct cbor_in items;

	(void)state;
	assert_int_equal(eat_read(&v, &c, NULL), OK);
	assert_int_equal(c.exp, 2000003600);
	assert_int_equal(c.iat, 2000000000);
	assert_int_equal(c.nonce.n, 32);
	assert_int_equal(c.nonce.p[0], 0x10);
	assert_int_equal(c.ueid.n, 16);
	assert_int_equal(c.oemid.n, 4);
	assert_int_equal(c.hwmodel.n, 16);
	assert_true(bytes_same(c.profile, BYTES_LIT(EAT_TEEP_PROFILE)));
	assert_int_equal(c.manifests.n, 1);
	items = cbor_items(c.manifests);
	assert_int_equal(eat_manifest_read(&items, &m), OK);
	assert_true(
	    bytes_same(m.uri, BYTES_LIT("https://example.com/manifest.cbor")));
	assert_int_equal(m.alg, ALG_SHA256);
	assert_int_equal(m.digest.n, 32);
	assert_int_equal(eat_cnf_kid(test_crypto(), c.cnf, kid), OK);
	assert_int_equal(kid[0], 0x43);
	assert_int_equal(kid[31], 0xc6);
	assert_int_equal(eat_result_complete(&c, NULL), OK);
	assert_int_equal(eat_write(&w, &c), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(bytes_same(in, out));
	v.payload.n--;
	assert_int_equal(eat_read(&v, &c, NULL), ERR_TRUNCATED);
}

static void
evidence_complete(void **state)
{
	struct bytes in = vector("evidence");
	struct eat_claims all, c;
	struct why why;
	uint8_t ueid[33] = {1};

	(void)state;
	assert_int_equal(eat_parse(in, &all, NULL), OK);
	assert_int_equal(eat_evidence_complete(&all, &why), OK);
	for (unsigned i = 0; i < 17; i++) {
		bool need = (EVIDENCE_NEED >> i & 1) != 0;

		c = all;
		c.has &= ~(UINT32_C(1) << i);
		why.what = NULL;
		assert_int_equal(
		    eat_evidence_complete(&c, &why), need ? ERR_MISSING : OK);
		if (need)
			assert_non_null(why.what);
	}
	c = all;
	c.has &= ~(uint32_t)(EAT_HAS_UEID | EAT_HAS_COUNTER);
	assert_int_equal(eat_evidence_complete(&c, &why), ERR_MISSING);
	assert_string_equal(why.what, "ueid");
	c = all;
	c.profile = BYTES_LIT(EAT_TEEP_PROFILE);
	assert_int_equal(eat_evidence_complete(&c, &why), ERR_UNEXPECTED);
	assert_string_equal(why.what, "eat_profile");
	c = all;
	for (size_t n = 7; n <= 33; n++) {
		c.ueid = (struct bytes){ueid, n};
		assert_int_equal(eat_evidence_complete(&c, NULL),
		    n == 17 || n == 33 ? OK : ERR_RANGE);
	}
	ueid[0] = 2;
	assert_int_equal(eat_evidence_complete(&c, NULL), ERR_RANGE);
}

static void
result_complete(void **state)
{
	struct bytes in = vector("result");
	struct eat_claims all, c;
	struct why why;

	(void)state;
	assert_int_equal(eat_parse(in, &all, NULL), OK);
	for (unsigned i = 0; i < 17; i++) {
		bool need = (RESULT_NEED >> i & 1) != 0;

		c = all;
		c.has &= ~(UINT32_C(1) << i);
		assert_int_equal(eat_result_complete(&c, &why),
		    need ? ERR_RESULT_CLAIMS : OK);
	}
	c = all;
	c.profile = BYTES_LIT(EAT_EVIDENCE_PROFILE);
	assert_int_equal(eat_result_complete(&c, &why), ERR_RESULT_CLAIMS);
	assert_string_equal(why.what, "eat_profile");
}

/* The refusal names the claim and its place. */
static void
reasons(void **state)
{
	static const struct {
		const char *hex, *what;
		size_t at;
	} cases[] = {
	    {"a2061a000f42400a4101", "eat_nonce", 8},
	    {"a206000600", "iat", 3},
	    {"a1190102440102030 4", "oemid", 4},
	    {"a119010282 3c00", "oemid", 5},
	    {"a3600006000a40", "eat_nonce", 6},
	    {"a13a0001388164736f6674", "payload-keys", 6},
	    {"a13a0001388264736f6674", "store-counter", 7},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t octets[64];
		size_t n = hex_octets(cases[i].hex, octets, sizeof(octets));
		struct eat_claims c;
		struct why why;

		assert_int_not_equal(
		    eat_parse((struct bytes){octets, n}, &c, &why), OK);
		if (strcmp(why.what, cases[i].what) != 0 ||
		    why.at != cases[i].at)
			fail_msg(
			    "%s: %s at %zu", cases[i].hex, why.what, why.at);
	}
}

static enum err
write_err(const struct eat_claims *c)
{
	uint8_t room[2048];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err e = eat_write(&w, c);

	assert_int_equal(cbor_done(&w, &out), e);
	return e;
}

static void
writing(void **state)
{
	struct bytes in = vector("evidence");
	struct eat_claims all, c;

	(void)state;
	assert_int_equal(eat_parse(in, &all, NULL), OK);
	assert_int_equal(write_err(&all), OK);
	c = all;
	c.has |= UINT32_C(1) << 18;
	assert_int_equal(write_err(&c), ERR_BUG);
	c = all;
	c.nonce.n = 7;
	assert_int_equal(write_err(&c), ERR_RANGE);
	c = all;
	c.oemid = BYTES_LIT("\x41x");
	assert_int_equal(write_err(&c), ERR_RANGE);
	c = all;
	c.manifests.n = 2;
	assert_int_equal(write_err(&c), ERR_RANGE);
	c = all;
	c.counter = BYTES_LIT("soft");
	assert_int_equal(write_err(&c), ERR_RANGE);
}

static void
mutants(void **state)
{
	size_t n, accepted = 0;
	struct named_bytes *v = vectors_load("eat", &n);
	struct fence f = fence_make(sizeof(v->p) + 8);

	(void)state;
	chance_begin();
	for (unsigned k = 0; k < 60000; k++) {
		const struct named_bytes *from = &v[chance(n)];
		uint8_t b[sizeof(from->p) + 8], kid[KID_LEN];
		struct bytes in = {b, from->n};
		struct eat_claims c;
		struct cbor_in r;
		enum err e;

		memcpy(b, from->p, from->n);
		chance_mutate(b, &in.n, sizeof(b));
		in = fence_put(&f, in);
		e = parse(in);
		assert_int_equal(eat_parse(in, &c, NULL), e);
		if (e != OK)
			continue;
		accepted++;
		round_trip(in);
		r = cbor_items(c.manifests);
		for (size_t i = 0; i < c.manifests.n; i++) {
			struct eat_manifest m;

			if (eat_manifest_read(&r, &m) == OK)
				assert_int_equal(m.digest.n, DIGEST_LEN);
		}
		r = cbor_items(c.measurements);
		for (size_t i = 0; i < c.measurements.n; i++) {
			struct eat_component m;

			if (eat_component_read(&r, &m) == OK)
				assert_int_equal(m.digest.n, DIGEST_LEN);
		}
		if (eat_cnf_kid(test_crypto(), c.cnf, kid) != OK)
			assert_int_equal(kid[0], 0);
	}
	assert_true(accepted > 1000);
	fence_drop(&f);
	free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors),
	    cmocka_unit_test(result_members),
	    cmocka_unit_test(evidence_complete),
	    cmocka_unit_test(result_complete),
	    cmocka_unit_test(reasons),
	    cmocka_unit_test(writing),
	    cmocka_unit_test(mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
