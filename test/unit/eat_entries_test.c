/* lib/eat/cnf.c, kid.c, entries.c: keys, manifests, measured components. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "crypto_port.h"
#include "teep_support.h"
#include <tamarind/eat.h>

/* ---- keys --------------------------------------------------------------- */

static enum err
cnf_kid(const char *hex, uint8_t kid[KID_LEN])
{
	uint8_t octets[256];
	size_t n = hex_octets(hex, octets, sizeof(octets));
	enum err e;

	memset(kid, 0xa5, KID_LEN);
	e = eat_cnf_kid(test_crypto(), (struct bytes){octets, n}, kid);
	for (size_t i = 0; e != OK && i < KID_LEN; i++)
		assert_int_equal(kid[i], 0);
	return e;
}

#define KID \
	"582043e17acae4a5598f6cf1c6be03149e7d08b47431be7a43181ecb32115a32efc6"
#define KEY                                                                    \
	"a4010220012158204d986020f3d6db0a9375603691cc1cea4d030b0a13205c80eb29" \
	"d34eb8bee06622582040d8a0006dfcda9477092a76dbba7383c3bee0e10dd69d7f53" \
	"3f7b281f77303b"

static void
cnf(void **state)
{
	static const struct {
		const char *hex;
		enum err err;
	} cases[] = {
	    {"a103" KID, OK},
	    {"a105" KID, OK},
	    {"a101" KEY, OK},
	    {"a203" KID "1863f6", OK},
	    {"a0", ERR_MISSING},
	    {"a102a0", ERR_MISSING},
	    {"a203" KID "05" KID, ERR_UNEXPECTED},
	    {"a201" KEY "03" KID, ERR_UNEXPECTED},
	    {"a203" KID "03" KID, ERR_DUPLICATE},
	    {"a1034100", ERR_RANGE},
	    {"a10300", ERR_TYPE},
	    {"a10140", ERR_TYPE},
	    {"80", ERR_TYPE},
	    {"", ERR_TRUNCATED},
	    {"a103" KID "00", ERR_TRAILING},
	};
	uint8_t kid[KID_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err e = cnf_kid(cases[i].hex, kid);

		if (e != cases[i].err)
			fail_msg("%zu: %s", i, err_name(e));
		/* All three forms name the same key. */
		if (e == OK) {
			assert_int_equal(kid[0], 0x43);
			assert_int_equal(kid[1], 0xe1);
			assert_int_equal(kid[31], 0xc6);
		}
	}
	/* A key that is none. */
	assert_int_not_equal(cnf_kid("a101a0", kid), OK);
}

static void
cnf_put(void **state)
{
	uint8_t octets[128], room[128], kid[KID_LEN];
	size_t n = hex_octets(KEY, octets, sizeof(octets));
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cose_key key;
	struct bytes out;

	(void)state;
	assert_int_equal(cose_key_read((struct bytes){octets, n}, &key), OK);
	eat_cnf_put_key(&w, &key);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(eat_cnf_kid(test_crypto(), out, kid), OK);
	assert_int_equal(kid[0], 0x43);
	w = cbor_into(SPAN_OF(room));
	eat_cnf_put_kid(&w, kid);
	assert_int_equal(cbor_done(&w, &out), OK);
	(void)hex_octets("a103" KID, octets, sizeof(octets));
	assert_true(bytes_same(out, (struct bytes){octets, 4 + KID_LEN}));
}

static void
kid_as_text(void **state)
{
	uint8_t kid[KID_LEN];
	char text[KID_TEXT];

	(void)state;
	for (uint8_t i = 0; i < KID_LEN; i++)
		kid[i] = i;
	kid_text(kid, text);
	assert_string_equal(
	    text, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
	memset(kid, 0xff, sizeof(kid));
	kid_text(kid, text);
	assert_string_equal(
	    text, "__________________________________________8");
	for (size_t i = 0; i < KID_LEN; i++)
		kid[i] = i % 3 == 0 ? 0xfb : i % 3 == 1 ? 0xef : 0xbe;
	kid_text(kid, text);
	assert_string_equal(
	    text, "------------------------------------------8");
}

/* ---- entries of 272 and 273 --------------------------------------------- */

static void
manifests(void **state)
{
	static const struct {
		const char *hex;
		enum err err;
	} heads[] = {
	    {"82183c582682608 22f5820", OK},
	    {"82183b58268260822f5820", ERR_RANGE},
	    {"82183c582682408 22f5820", ERR_TYPE},
	    {"82183c58268260822e5820", ERR_RANGE},
	    {"82183c58268260822f7820", ERR_TYPE},
	    {"82183c58268160822f5820", ERR_RANGE},
	    {"83183c58268260822f5820", ERR_RANGE},
	};
	struct eat_manifest m = {BYTES_LIT("coap://x"), ALG_SHA256, BYTES_NONE};
	uint8_t digest[DIGEST_LEN] = {1}, room[128];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cbor_in r;
	struct bytes out;

	(void)state;
	m.digest = BYTES_OF(digest);
	eat_manifest_put(&w, &m);
	assert_int_equal(cbor_done(&w, &out), OK);
	r = cbor_open(out);
	memset(&m, 0, sizeof(m));
	assert_int_equal(eat_manifest_read(&r, &m), OK);
	assert_int_equal(cbor_close(&r), OK);
	assert_true(bytes_same(m.uri, BYTES_LIT("coap://x")));
	assert_int_equal(m.alg, ALG_SHA256);
	assert_true(bytes_same(m.digest, BYTES_OF(digest)));
	/* cut anywhere: refused, and empty */
	for (size_t n = 0; n < out.n; n++) {
		r = cbor_open((struct bytes){out.p, n});
		assert_int_not_equal(eat_manifest_read(&r, &m), OK);
		assert_null(m.digest.p);
	}
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		uint8_t octets[64] = {0};
		size_t n = hex_octets(heads[i].hex, octets, sizeof(octets));

		r = cbor_open((struct bytes){octets, n + DIGEST_LEN});
		assert_int_equal(eat_manifest_read(&r, &m), heads[i].err);
	}
}

static enum err
component(const char *head, size_t digest, const char *tail)
{
	uint8_t room[256];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct eat_component c;
	uint8_t octets[64];
	struct bytes out;
	struct cbor_in r;
	size_t mark, n;
	enum err e;

	cbor_put_array(&w, 2);
	cbor_put_uint(&w, EAT_CONTENT_FORMAT);
	mark = cbor_wrap_begin(&w);
	n = hex_octets(head, octets, sizeof(octets));
	cbor_put_raw(&w, (struct bytes){octets, n});
	memset(octets, 7, sizeof(octets));
	cbor_put_bstr(&w, (struct bytes){octets, digest});
	n = hex_octets(tail, octets, sizeof(octets));
	cbor_put_raw(&w, (struct bytes){octets, n});
	cbor_wrap_end(&w, mark);
	assert_int_equal(cbor_done(&w, &out), OK);
	r = cbor_open(out);
	e = eat_component_read(&r, &c);
	if (e != OK)
		assert_null(c.digest.p);
	return e;
}

static void
components(void **state)
{
	struct eat_component c = {
	    BYTES_LIT("agent"), BYTES_LIT("0.1"), BYTES_NONE};
	uint8_t digest[DIGEST_LEN] = {9}, room[128];
	struct bytes out;

	(void)state;
	c.digest = BYTES_OF(digest);
	for (unsigned i = 0; i < 2; i++) {
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct eat_component back;
		struct cbor_in r;

		eat_component_put(&w, &c);
		assert_int_equal(cbor_done(&w, &out), OK);
		r = cbor_open(out);
		assert_int_equal(eat_component_read(&r, &back), OK);
		assert_int_equal(cbor_close(&r), OK);
		assert_true(bytes_same(back.name, c.name));
		assert_true(bytes_same(back.version, c.version));
		assert_true(bytes_same(back.digest, c.digest));
		c.version = BYTES_NONE;
	}
	/* {1: ["a"], 2: [1, digest]} */
	assert_int_equal(component("a20181616102 8201", 0, ""), ERR_RANGE);
	assert_int_equal(component("a201816161028201", 32, ""), OK);
	assert_int_equal(component("a201826161816130028201", 32, ""), OK);
	assert_int_equal(
	    component("a20182616182613001028201", 32, ""), ERR_RANGE);
	assert_int_equal(component("a201826161 6130028201", 32, ""), ERR_TYPE);
	assert_int_equal(component("a201816161028201", 31, ""), ERR_RANGE);
	assert_int_equal(component("a201816161028207", 32, ""), ERR_RANGE);
	assert_int_equal(component("a20181616102822f", 32, ""), ERR_TYPE);
	assert_int_equal(component("a201814161028201", 32, ""), ERR_TYPE);
	assert_int_equal(component("a2018160028201", 32, ""), ERR_RANGE);
	assert_int_equal(component("a1028201", 32, ""), ERR_MISSING);
	assert_int_equal(component("a201816161028301", 32, "00"), ERR_RANGE);
	assert_int_equal(component("a201816161028201", 32, "00"), ERR_TRAILING);
	/* authorities, flags, a raw value: a profile would give them sense */
	assert_int_equal(
	    component("a301816161028201", 32, "03814100"), ERR_UNEXPECTED);
	assert_int_equal(
	    component("a301816161028201", 32, "04480000000000000000"),
	    ERR_UNEXPECTED);
	assert_int_equal(component("a20181616105", 32, ""), ERR_UNEXPECTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cnf),
	    cmocka_unit_test(cnf_put),
	    cmocka_unit_test(kid_as_text),
	    cmocka_unit_test(manifests),
	    cmocka_unit_test(components),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
