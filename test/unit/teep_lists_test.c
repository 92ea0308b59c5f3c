/* lib/teep/lists.c, names.c: offers, names, and the err-code of a refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_support.h"
#include <tamarind/eat.h>
#include <tamarind/teep.h>

static struct list
list_of(const char *hex, size_t n)
{
	static uint8_t octets[8][64];
	static unsigned next;
	uint8_t *p = octets[next++ % 8];

	return (struct list){{p, hex_octets(hex, p, 64)}, n};
}

static void
suites(void **state)
{
	(void)state;
	assert_true(teep_suites_have(dialect_offer(NULL)->both, ALG_ESP256));
	assert_true(teep_suites_have(dialect_offer(NULL)->both, ALG_ED25519));
	assert_false(teep_suites_have(dialect_offer(NULL)->both, ALG_ES256));
	assert_true(teep_suites_have(dialect_offer(NULL)->esp256, ALG_ESP256));
	assert_false(
	    teep_suites_have(dialect_offer(NULL)->esp256, ALG_ED25519));
	assert_true(
	    teep_suites_have(dialect_offer(NULL)->ed25519, ALG_ED25519));
	assert_false(
	    teep_suites_have(dialect_offer(NULL)->ed25519, ALG_ESP256));
	assert_false(teep_suites_have((struct list){BYTES_NONE, 0}, -9));
	/* two operations, another structure, the wanted one last */
	assert_false(teep_suites_have(list_of("82821228821228", 1), -9));
	assert_false(teep_suites_have(list_of("8182186228", 1), -9));
	assert_true(
	    teep_suites_have(list_of("828212288212288182122881821228", 3), -9));
	/* a list that nobody checked ends in false, not in trouble */
	assert_false(teep_suites_have(list_of("8182", 1), -9));
	assert_false(teep_suites_have(list_of("81821228", 9), -19));
	assert_false(teep_suites_have(list_of("80", 1), 0));
	assert_false(teep_suites_have(list_of("ff", 1), 0));
}

static void
profiles(void **state)
{
	static const struct teep_profile ours[] = {
	    {-16, -9, -29, -65534},
	    {-16, -19, -29, -65534},
	    {-16, -9, -29, 1},
	    {-16, -19, -29, 24},
	};
	struct teep_profile p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ours); i++) {
		assert_true(teep_profiles_have(
		    NULL, dialect_offer(NULL)->profiles, &ours[i]));
		p = ours[i];
		p.digest++;
		assert_false(teep_profiles_have(
		    NULL, dialect_offer(NULL)->profiles, &p));
		p = ours[i];
		p.auth++;
		assert_false(teep_profiles_have(
		    NULL, dialect_offer(NULL)->profiles, &p));
		p = ours[i];
		p.kex++;
		assert_false(teep_profiles_have(
		    NULL, dialect_offer(NULL)->profiles, &p));
		p = ours[i];
		p.enc++;
		assert_false(teep_profiles_have(
		    NULL, dialect_offer(NULL)->profiles, &p));
	}
	p = (struct teep_profile){0, 0, 0, 0};
	assert_false(
	    teep_profiles_have(NULL, (struct list){BYTES_NONE, 0}, &p));
	assert_false(teep_profiles_have(NULL, list_of("83000000", 1), &p));
	assert_false(teep_profiles_have(NULL, list_of("84000000", 1), &p));
	assert_true(teep_profiles_have(NULL, list_of("8400000000", 1), &p));
}

static void
numbers(void **state)
{
	struct list l = list_of("00181a1bffffffffffffffff", 3);

	(void)state;
	assert_true(teep_uints_have(l, 0));
	assert_true(teep_uints_have(l, 26));
	assert_true(teep_uints_have(l, UINT64_MAX));
	assert_false(teep_uints_have(l, 1));
	assert_true(teep_uints_have(teep_version_0, 0));
	assert_false(teep_uints_have(teep_version_0, 1));
	assert_true(teep_uints_have(teep_fresh_nonce, TEEP_FRESH_NONCE));
	assert_false(teep_uints_have(teep_fresh_nonce, TEEP_FRESH_TIMESTAMP));
	assert_false(teep_uints_have((struct list){BYTES_NONE, 0}, 0));
	/* a fault is no zero */
	assert_false(teep_uints_have(list_of("40", 1), 0));
	assert_false(teep_uints_have(list_of("", 1), 0));
}

/* The exact octets of the specification.               [TEEP 8.1, 8.2] */
static void
encodings(void **state)
{
	static const uint8_t both[] = {
	    0x81, 0x82, 0x12, 0x28, 0x81, 0x82, 0x12, 0x32};
	struct cbor_in r = cbor_items(dialect_offer(NULL)->profiles);

	(void)state;
	assert_int_equal(dialect_offer(NULL)->both.n, 2);
	assert_true(bytes_same(dialect_offer(NULL)->both.raw, BYTES_OF(both)));
	assert_int_equal(dialect_offer(NULL)->profiles.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(cbor_raw(&r, CBOR_ARRAY).p[0], 0x84);
	assert_int_equal(cbor_close(&r), OK);
}

static void
requested(void **state)
{
	struct list l;
	struct cbor_in r;
	struct cbor_out w;
	struct teep_requested q;
	uint8_t room[32];
	struct bytes out;

	(void)state;
	l = list_of("a10f814101a30f814102100511f5", 2);
	r = cbor_items(l);
	assert_int_equal(teep_requested_read(&r, NULL, &q), OK);
	assert_int_equal(q.has, TEEP_REQUESTED_COMPONENT);
	assert_int_equal(q.component.n, 3);
	assert_int_equal(teep_requested_read(&r, NULL, &q), OK);
	assert_int_equal(q.has, TEEP_REQUESTED_COMPONENT |
				    TEEP_REQUESTED_SEQUENCE |
				    TEEP_REQUESTED_HAVE_BINARY);
	assert_int_equal(q.sequence, 5);
	assert_true(q.have_binary);
	assert_int_equal(cbor_close(&r), OK);

	w = cbor_into(SPAN_OF(room));
	q.has &= ~(uint32_t)TEEP_REQUESTED_COMPONENT;
	teep_requested_write(&w, NULL, &q);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(bytes_same(out, (struct bytes){l.raw.p + 5, l.raw.n - 5}));

	/* refused, and empty then */
	r = cbor_items(list_of("a20f81410111f5", 1));
	assert_int_equal(teep_requested_read(&r, NULL, &q), ERR_TEEP_RULE);
	assert_int_equal(q.has, 0);
	assert_false(q.have_binary);
	r = cbor_items(list_of("a10f80", 1));
	assert_int_equal(teep_requested_read(&r, NULL, &q), OK);
	assert_int_equal(teep_requested_read(&r, NULL, &q), ERR_TRUNCATED);
}

/* Every refusal has an err-code with a name. */
static void
err_codes(void **state)
{
	static const enum err all[] = {
#define X(name, number, word, sentence) name,
	    ERR_TABLE(X)
#undef X
	};
	static const struct {
		enum err err;
		uint32_t code;
	} some[] = {
	    {ERR_TRUNCATED, 1},
	    {ERR_COSE_ALG, 1},
	    {ERR_TEEP_RULE, 1},
	    {ERR_SIGNATURE, 1},
	    {ERR_UNDECRYPTABLE, 1},
	    {ERR_REPLAY, 1},
	    {ERR_UNBOUND, 1},
	    {ERR_RESULT_CNF, 1},
	    {ERR_REPORT_NONCE, 1},
	    {ERR_BUG, 1},
	    {ERR_NO_FRESHNESS, 3},
	    {ERR_NO_COMMON_VERSION, 4},
	    {ERR_NO_COMMON_SUITE, 5},
	    {ERR_NOT_ATTESTED, 7},
	    {ERR_MEASUREMENT, 7},
	    {ERR_NO_PROFILE, 8},
	    {ERR_ROOM, 10},
	    {ERR_STORE, 10},
	    {ERR_NET, 10},
	    {ERR_MEMORY, 10},
	    {ERR_BUSY, 10},
	    {ERR_ROLLBACK, 11},
	    {ERR_IMAGE_DIGEST, 11},
	    {ERR_ENCRYPTION, 11},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		uint32_t code = teep_err_code(all[i]);

		if (all[i] == OK) {
			assert_int_equal(code, 0);
			continue;
		}
		assert_in_range(code, 1, 11);
		assert_string_not_equal(
		    teep_err_code_name(code), "unknown error");
		/* Our own trouble may pass; the peer's message will not. */
		if (err_class(all[i]) == CLASS_PORT ||
		    err_class(all[i]) == CLASS_ROOM)
			assert_int_equal(code, TEEP_ERR_TEMPORARY);
		if (err_class(all[i]) == CLASS_INPUT)
			assert_int_not_equal(code, TEEP_ERR_TEMPORARY);
	}
	for (size_t i = 0; i < ARRAY_LEN(some); i++)
		if (teep_err_code(some[i].err) != some[i].code)
			fail_msg("%s", err_name(some[i].err));
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(teep_err_code_name(1), "ERR_PERMANENT_ERROR");
	assert_string_equal(
	    teep_err_code_name(11), "ERR_MANIFEST_PROCESSING_FAILED");
	assert_string_equal(teep_err_code_name(0), "unknown error");
	assert_string_equal(teep_err_code_name(12), "unknown error");
	assert_string_equal(teep_err_code_name(UINT64_MAX), "unknown error");
	assert_string_equal(teep_type_name(1), "QueryRequest");
	assert_string_equal(teep_type_name(2), "QueryResponse");
	assert_string_equal(teep_type_name(3), "Update");
	assert_string_equal(teep_type_name(4), "Success");
	assert_string_equal(teep_type_name(5), "Error");
	assert_string_equal(teep_type_name(0), "unknown");
	assert_string_equal(teep_type_name(6), "unknown");
	assert_string_equal(teep_label_name(1), "supported-teep-cipher-suites");
	assert_string_equal(teep_label_name(17), "have-binary");
	assert_string_equal(teep_label_name(19), "token");
	assert_string_equal(teep_label_name(22), "err-code");
	assert_null(teep_label_name(0));
	assert_null(teep_label_name(23));
	assert_null(teep_label_name(-1));
	assert_null(teep_label_name(INT64_MIN));
	assert_null(teep_label_name(INT64_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(suites),
	    cmocka_unit_test(profiles),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(encodings),
	    cmocka_unit_test(requested),
	    cmocka_unit_test(err_codes),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
