/* lib/teep/message.c: vectors, rules between fields, reasons, mutants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_messages.h"

/* ---- vectors ----------------------------------------------------------- */

static void
vectors(void **state)
{
	size_t n, good = 0;
	struct named_bytes *v = vectors_load("teep", &n);
	struct fence f = fence_make(sizeof(v->p));

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct bytes in = fence_put(&f, (struct bytes){v[i].p, v[i].n});
		const char *got = err_name(parse(in, 0));

		if (strcmp(got, v[i].verdict) != 0)
			fail_msg("%s: %s", v[i].name, got);
		if (strcmp(got, "ok") == 0) {
			round_trip(in);
			good++;
		}
	}
	assert_true(good > 20 && n - good > 40);
	fence_drop(&f);
	free(v);
}

/* The published query-response, member by member. */
static void
vector_members(void **state)
{
	size_t n, i = 0;
	struct named_bytes *v = vectors_load("teep", &n);
	struct teep_message m;
	struct bytes in;

	(void)state;
	while (i < n && strcmp(v[i].name, "v26_query_response") != 0)
		i++;
	assert_true(i < n);
	in = (struct bytes){v[i].p, v[i].n};
	assert_int_equal(teep_parse(in, NULL, &m, NULL), OK);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_int_equal(m.has, TEEP_HAS_TOKEN | TEEP_HAS_SELECTED_VERSION |
				    TEEP_HAS_ATTESTATION | TEEP_HAS_TC_LIST);
	assert_int_equal(m.token.n, 16);
	assert_int_equal(m.token.p[0], 0xa0);
	assert_int_equal(m.selected_version, 0);
	assert_int_equal(m.attestation.n, 0);
	assert_int_equal(m.tc_list.n, 1);
	free(v);
}

/* Payloads of messages that another implementation signed. */
static void
shared_vectors(void **state)
{
	static const struct {
		const char *name;
		enum err err;
	} files[] = {
	    {"query_request_attest.sign", OK},
	    {"query_request_token.sign", OK},
	    {"query_request_token.sign1-ed25519", OK},
	    {"query_request_bare.sign", OK},
	    {"query_response_attest.sign1-esp256", OK},
	    {"query_response_token.sign1-ed25519", OK},
	    {"update_manifest.sign1-esp256", OK},
	    {"update_error.sign1-esp256", OK},
	    {"update_unlink.sign1-ed25519", OK},
	    {"success_report.sign1-esp256", OK},
	    {"success_plain.sign1-ed25519", OK},
	    {"error_attestation_required.sign1-esp256", OK},
	    {"error_unsupported_cipher.sign1-esp256", OK},
	    {"neg_query_request_token_and_attest.sign", OK},
	    {"neg_query_request_legacy_labels.sign", ERR_TYPE},
	    {"neg_query_request_short_token.sign1-esp256", ERR_RANGE},
	    {"neg_query_request_empty_suites.sign1-esp256", ERR_RANGE},
	    {"neg_success_legacy_type.sign1-ed25519", ERR_RANGE},
	    {"neg_update_err_code_zero.sign1-esp256", ERR_RANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct cose_signed s;
		uint8_t file[4096];
		char path[512];
		size_t n;
		FILE *f;

		(void)snprintf(path, sizeof(path),
		    SHARED_VECTORS "/teep/generated/%s.cbor", files[i].name);
		f = fopen(path, "rb");
		if (f == NULL)
			skip();
		n = fread(file, 1, sizeof(file), f);
		(void)fclose(f);
		assert_int_equal(
		    cose_signed_read((struct bytes){file, n},
			ACCEPT_SIGN1 | ACCEPT_SIGN | ACCEPT_POLYMORPHIC, &s,
			NULL),
		    OK);
		if (parse(s.payload, 0) != files[i].err)
			fail_msg("%s", files[i].name);
	}
}

/* ---- rules between fields ---------------------------------------------- */

/* Read the message of this type with these options (encoded pairs). */
static enum err
with(enum teep_type type, size_t n, const char *options, uint64_t number,
    unsigned rules)
{
	uint8_t room[512];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes in;

	put_start(&w, type, n);
	put_hex(&w, options);
	put_end(&w, type, number);
	assert_int_equal(cbor_done(&w, &in), OK);
	return parse(in, rules);
}

#define TOKEN     "1348a0a1a2a3a4a5a6a7"
#define CHALLENGE "02481011121314151617"
#define FRESHNESS "148100"

static void
token_rule(void **state)
{
	const enum teep_type q = TEEP_QUERY_REQUEST;

	(void)state;
	/* clear: there; set: may be there, unless strict */
	assert_int_equal(with(q, 1, TOKEN, 2, 0), OK);
	assert_int_equal(with(q, 1, TOKEN, 0, 0), OK);
	assert_int_equal(with(q, 0, "", 2, 0), ERR_TEEP_RULE);
	assert_int_equal(with(q, 0, "", 0, 0), ERR_TEEP_RULE);
	assert_int_equal(with(q, 0, "", 1, 0), OK);
	assert_int_equal(with(q, 1, TOKEN, 1, 0), OK);
	assert_int_equal(
	    with(q, 1, TOKEN, 1, TEEP_STRICT_TOKEN), ERR_TEEP_RULE);
	assert_int_equal(with(q, 1, TOKEN, 2, TEEP_STRICT_TOKEN), OK);
	assert_int_equal(with(q, 0, "", 1, TEEP_STRICT_TOKEN), OK);
	/* nobody else's business */
	assert_int_equal(with(TEEP_UPDATE, 0, "", 0, 0), OK);
	assert_int_equal(with(TEEP_UPDATE, 1, TOKEN, 0, TEEP_STRICT_TOKEN), OK);
}

static void
challenge_rule(void **state)
{
	const enum teep_type q = TEEP_QUERY_REQUEST;

	(void)state;
	assert_int_equal(with(q, 1, CHALLENGE, 1, 0), OK);
	assert_int_equal(with(q, 1, CHALLENGE, 3, TEEP_STRICT_TOKEN), OK);
	assert_int_equal(with(q, 2, CHALLENGE TOKEN, 2, 0), ERR_TEEP_RULE);
	assert_int_equal(with(q, 2, CHALLENGE TOKEN, 3, 0), OK);
	assert_int_equal(with(TEEP_ERROR, 1, CHALLENGE, 7, 0), OK);
	assert_int_equal(with(TEEP_ERROR, 1, CHALLENGE, 2, 0), OK);
}

static void
freshness_rule(void **state)
{
	const enum teep_type q = TEEP_QUERY_REQUEST;

	(void)state;
	assert_int_equal(with(q, 1, FRESHNESS, 1, 0), OK);
	assert_int_equal(with(q, 2, TOKEN FRESHNESS, 2, 0), ERR_TEEP_RULE);
	assert_int_equal(with(TEEP_ERROR, 1, FRESHNESS, 3, 0), OK);
	assert_int_equal(with(TEEP_ERROR, 1, FRESHNESS, 2, 0), OK);
}

static void
format_rule(void **state)
{
	static const enum teep_type types[] = {
	    TEEP_QUERY_REQUEST, TEEP_QUERY_RESPONSE, TEEP_UPDATE};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		assert_int_equal(with(types[i], 2, "06400c6161", 1, 0), OK);
		assert_int_equal(with(types[i], 1, "0640", 1, 0), OK);
		assert_int_equal(
		    with(types[i], 1, "0c6161", 1, 0), ERR_TEEP_RULE);
	}
	/* Both are unknown here. */
	assert_int_equal(with(TEEP_SUCCESS, 1, "0c6161", 0, 0), OK);
}

static void
positional(void **state)
{
	static const struct {
		const char *hex;
		enum err err;
	} cases[] = {
	    /* suites, profiles, items */
	    {"8501a08181821228 81842f28381c01 01", OK},
	    {"8501a08181821228 81842f28381c01 1bffffffffffffffff", OK},
	    {"8501a08181821228 81842f28381c01 20", ERR_TYPE},
	    {"8501a08181821228 81842f28381c01 f5", ERR_TYPE},
	    {"8501a080 81842f28381c01 01", ERR_RANGE},
	    {"8501a08180 81842f28381c01 01", ERR_RANGE},
	    {"8501a081821228 81842f28381c01 01", ERR_TYPE},
	    {"8501a0a0 81842f28381c01 01", ERR_TYPE},
	    {"8501a08181822028 81842f28381c01 01", ERR_TYPE},
	    {"8501a08181821228 80 01", ERR_RANGE},
	    {"8501a08181821228 81832f2801 01", ERR_RANGE},
	    {"8501a08181821228 81842f28381c6101 01", ERR_TYPE},
	    {"8401a08181821228 81842f28381c01", ERR_RANGE},
	    {"8601a08181821228 81842f28381c01 0100", ERR_RANGE},
	    {"8501a08181821228 81842f28381c01", ERR_TRUNCATED},
	    {"8501a08181821228 81842f28381c01 0100", ERR_TRAILING},
	    {"8501808181821228 81842f28381c01 01", ERR_TYPE},
	    /* the lengths of the others */
	    {"8202a0", OK},
	    {"8102", ERR_RANGE},
	    {"8302a000", ERR_RANGE},
	    {"8203a0", OK},
	    {"8303a001", ERR_RANGE},
	    {"8204a0", OK},
	    {"8304a000", ERR_RANGE},
	    {"8305a001", OK},
	    {"8205a0", ERR_RANGE},
	    {"8405a00100", ERR_RANGE},
	    /* err-code */
	    {"8305a01affffffff", OK},
	    {"8305a000", ERR_RANGE},
	    {"8305a01b0000000100000000", ERR_RANGE},
	    {"8305a020", ERR_TYPE},
	    /* types, the legacy ones among them */
	    {"8200a0", ERR_TEEP_TYPE},
	    {"8306a001", ERR_TEEP_TYPE},
	    {"8206a0", ERR_TEEP_TYPE},
	    {"821818a0", ERR_TEEP_TYPE},
	    {"821bffffffffffffffffa0", ERR_TEEP_TYPE},
	    {"8224a0", ERR_TYPE},
	    {"8241 04a0", ERR_TYPE},
	    {"80", ERR_RANGE},
	    {"8104", ERR_RANGE},
	    {"04", ERR_TYPE},
	    {"a104a0", ERR_TYPE},
	    {"d28204a0", ERR_TYPE},
	    {"8204a0f6", ERR_TRAILING},
	    {"821804a0", ERR_NOT_SHORTEST},
	    {"9f04a0ff", ERR_INDEFINITE},
	    {"8204bfff", ERR_INDEFINITE},
	    {"8204a20a61780a6179", ERR_DUPLICATE},
	    {"8204a2170017 00", ERR_DUPLICATE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t room[128];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct bytes in;
		enum err e;

		put_hex(&w, cases[i].hex);
		assert_int_equal(cbor_done(&w, &in), OK);
		e = parse(in, 0);
		if (e != cases[i].err)
			fail_msg("%s: %s", cases[i].hex, err_name(e));
	}
}

/* Nothing to read at all. */
static void
nothing(void **state)
{
	(void)state;
	assert_int_equal(parse(BYTES_NONE, 0), ERR_TRUNCATED);
}

/* The refusal says what and where. */
static void
reasons(void **state)
{
	static const struct {
		const char *hex, *what;
		size_t at;
	} cases[] = {
	    {"8306a001", "type", 1},
	    {"8204a20a6178134101", "token", 7},
	    {"8204a20a6178134801", "token", 7},
	    {"8204a10a6161ff", "Success", 6},
	    {"8204a21348000102030405060 70a626101", "msg", 16},
	    {"8202a107 82a200814101034100 a100814101", "tc-list", 13},
	    {"8202a10d 81a20f81410111f5", "requested-tc-list", 12},
	    {"8203a1 1600", "err-code", 4},
	    {"8204a1 0c", "options", 2},
	    {"8204a2 0a6178 0a6179", "msg", 6},
	    {"8202a1 0c6161", "attestation-payload-format", 0},
	    {"8501a08181821228 81842f28381c01 00", "token", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t room[128];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct teep_message m;
		struct why why;
		struct bytes in;

		put_hex(&w, cases[i].hex);
		assert_int_equal(cbor_done(&w, &in), OK);
		assert_int_not_equal(teep_parse(in, NULL, &m, &why), OK);
		if (strcmp(why.what, cases[i].what) != 0 ||
		    why.at != cases[i].at)
			fail_msg(
			    "%s: %s at %zu", cases[i].hex, why.what, why.at);
	}
}

/* teep_read takes the payload of what was verified. */
static void
verified_only(void **state)
{
	static const uint8_t good[] = {0x82, 0x04, 0xa0};
	struct verified v = {.payload = BYTES_OF(good)};
	struct teep_message m;

	(void)state;
	assert_int_equal(teep_read(&v, NULL, &m, NULL), OK);
	assert_int_equal(m.type, TEEP_SUCCESS);
	v.payload.n--;
	assert_int_equal(teep_read(&v, NULL, &m, NULL), ERR_TRUNCATED);
}

/* ---- property: mutants --------------------------------------------------- */

static void
mutants(void **state)
{
	size_t n, accepted = 0;
	struct named_bytes *v = vectors_load("teep", &n);
	struct fence f = fence_make(sizeof(v->p) + 8);

	(void)state;
	chance_begin();
	for (unsigned k = 0; k < 150000; k++) {
		const struct named_bytes *from = &v[chance(n)];
		uint8_t b[sizeof(from->p) + 8];
		struct bytes in = {b, from->n};
		struct teep_message m;
		enum err e;

		memcpy(b, from->p, from->n);
		chance_mutate(b, &in.n, sizeof(b));
		e = parse(fence_put(&f, in), 0);
		assert_int_equal(teep_parse(in, NULL, &m, NULL), e);
		if (e != OK)
			continue;
		round_trip(in);
		accepted++;
	}
	/* Mutants of good messages in unknown options, numbers and strings. */
	assert_true(accepted > 1000);
	fence_drop(&f);
	free(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors),
	    cmocka_unit_test(vector_members),
	    cmocka_unit_test(shared_vectors),
	    cmocka_unit_test(token_rule),
	    cmocka_unit_test(challenge_rule),
	    cmocka_unit_test(freshness_rule),
	    cmocka_unit_test(format_rule),
	    cmocka_unit_test(positional),
	    cmocka_unit_test(nothing),
	    cmocka_unit_test(reasons),
	    cmocka_unit_test(verified_only),
	    cmocka_unit_test(mutants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
