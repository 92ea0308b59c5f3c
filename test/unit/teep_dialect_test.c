/* lib/teep/dialect.c, legacy.c, axes.c: every axis by what it takes and what
 * it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_messages.h"

static struct dialect
linked(struct dialect d)
{
	assert_int_equal(dialect_link(&d, &dialect_others), OK);
	return d;
}

static struct dialect
legacy_numbers(void)
{
	return linked((struct dialect){.numbering = DIALECT_LEGACY});
}

/* Is in said to be of another dialect than d? */
static bool
is_other(const struct dialect *d, const struct dialect_tables *t,
    struct bytes in, const char *axis)
{
	struct teep_message m;
	const char *got = dialect_other(d, t, in, teep_parse(in, d, &m, NULL));

	if (got != NULL)
		assert_string_equal(got, axis);
	return got != NULL;
}

/* ---- numbering ---------------------------------------------------------- */

static void
same_again(const struct dialect *d, struct bytes in)
{
	static uint8_t room[ROOM];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct teep_message m, back;
	struct bytes out;

	assert_int_equal(teep_parse(in, d, &m, NULL), OK);
	assert_int_equal(teep_write(&w, d, &m), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(teep_parse(out, d, &back, NULL), OK);
	assert_true(message_same(&m, &back));
}

/* Published messages of both numberings, and those of another project. */
static void
vectors(void **state)
{
	const struct dialect d = legacy_numbers();
	size_t n, good = 0, ours = 0, theirs = 0;
	struct named_bytes *v = vectors_load("teep-legacy", &n);
	struct fence f = fence_make(sizeof(v->p));

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct bytes in = fence_put(&f, (struct bytes){v[i].p, v[i].n});
		bool v26 = strstr(v[i].name, "../teep/v26") != NULL ||
			   strstr(v[i].name, "../teep/gen") != NULL;
		struct teep_message m;
		enum err e = teep_parse(in, &d, &m, NULL);

		if (strcmp(err_name(e), v[i].verdict) != 0)
			fail_msg("%s: %s", v[i].name, err_name(e));
		if (e == OK)
			same_again(&d, in);
		/* No message is of both, and those of -26 are found out. */
		if (v26 && !is_other(&d, &dialect_others, in, "numbering"))
			fail_msg("%s is not found out", v[i].name);
		if (v26 && is_other(NULL, &dialect_others, in, "numbering"))
			fail_msg("%s is said to be legacy", v[i].name);
		ours += is_other(&d, &dialect_others, in, "numbering");
		theirs += is_other(NULL, &dialect_others, in, "numbering");
		good += e == OK;
	}
	assert_true(good >= 15 && n - good >= 10);
	assert_true(ours >= 8 && theirs >= 12);
	fence_drop(&f);
	free(v);
}

/* Every good vector of -26, written in the other numbering, reads there as
 * the same message; what stands inside lists stays as it is. */
static void
translated(void **state)
{
	static uint8_t room[ROOM];
	const struct dialect d = legacy_numbers();
	size_t n, done = 0;
	struct named_bytes *v = vectors_load("teep", &n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct bytes in = {v[i].p, v[i].n}, out;
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct teep_message m, back;

		if (teep_parse(in, NULL, &m, NULL) != OK ||
		    (m.has & TEEP_HAS_REQUESTED) != 0)
			continue;
		assert_int_equal(teep_write(&w, &d, &m), OK);
		assert_int_equal(cbor_done(&w, &out), OK);
		assert_int_equal(teep_parse(out, &d, &back, NULL), OK);
		assert_true(message_same(&m, &back));
		assert_false(is_other(&d, &dialect_others, out, ""));
		done++;
	}
	assert_true(done > 20);
	free(v);
}

/* The numbers themselves. */
static void
numbers(void **state)
{
	static const struct {
		const char *hex;
		struct teep_message m;
	} rows[] = {
	    {"8205a11448a0a1a2a3a4a5a6a7",
		{.type = TEEP_SUCCESS, .has = TEEP_HAS_TOKEN}},
	    {"8306a01105", {0}},
	    {"8306a005", {.type = TEEP_ERROR, .err_code = 5}},
	    {"8306a011", {.type = TEEP_ERROR, .err_code = TEEP_ERR_MANIFEST}},
	    {"8306a00b", {.type = TEEP_ERROR, .err_code = 17}},
	    {"8203a11707",
		{.type = TEEP_UPDATE, .has = TEEP_HAS_ERR_CODE, .err_code = 7}},
	    {"8203a11711", {.type = TEEP_UPDATE,
			       .has = TEEP_HAS_ERR_CODE,
			       .err_code = TEEP_ERR_MANIFEST}},
	};
	const struct dialect d = legacy_numbers();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t octets[64], room[64];
		struct bytes in = {octets, hex_octets(rows[i].hex, octets, 64)};
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct teep_message m;
		struct bytes out;
		enum err e = teep_parse(in, &d, &m, NULL);

		if (rows[i].m.type == 0) {
			assert_int_equal(e, ERR_TRAILING);
			continue;
		}
		assert_int_equal(e, OK);
		assert_int_equal(m.type, rows[i].m.type);
		assert_int_equal(m.has, rows[i].m.has);
		assert_int_equal(m.err_code, rows[i].m.err_code);
		assert_int_equal(teep_write(&w, &d, &m), OK);
		assert_int_equal(cbor_done(&w, &out), OK);
		assert_true(bytes_same(in, out));
	}
	for (int64_t i = 1; i <= 4; i++)
		assert_int_equal(teep_label_of(&d, i), i);
	assert_int_equal(teep_label_of(&d, 5), 0);
	for (int64_t i = 6; i <= 23; i++)
		assert_int_equal(teep_label_of(&d, i), i - 1);
	assert_int_equal(teep_label_of(NULL, 5), 5);
	assert_int_equal(teep_type_of(&d, 4), 0);
	assert_int_equal(teep_type_of(&d, 5), TEEP_SUCCESS);
	assert_int_equal(teep_type_of(&d, 6), TEEP_ERROR);
	assert_int_equal(teep_type_of(NULL, 4), TEEP_SUCCESS);
	assert_int_equal(teep_code_of(&d, 17), TEEP_ERR_MANIFEST);
	assert_int_equal(teep_code_of(NULL, 17), 17);
}

/* The fault is named by its option, whatever number that has. */
static void
fault_names(void **state)
{
	/* selected-version is text: 6 there, and 5 here */
	static const uint8_t in[] = {0x82, 0x02, 0xa1, 0x06, 0x61, 0x30};
	const struct dialect d = legacy_numbers();
	struct teep_message m;
	struct why why = {0};

	(void)state;
	assert_int_equal(teep_parse(BYTES_OF(in), &d, &m, &why), ERR_TYPE);
	assert_string_equal(why.what, "selected-version");
	assert_int_equal(why.at, 4);
}

/* requested-tc-info has numbers of its own. */
static void
requested(void **state)
{
	const struct dialect d = legacy_numbers();
	struct teep_requested r = {
	    .has = TEEP_REQUESTED_SEQUENCE,
	    .component = BYTES_LIT("\x81\x42\x01\x02"),
	    .sequence = 7,
	};
	uint8_t room[64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct teep_requested back;
	struct bytes out;
	struct cbor_in in;

	(void)state;
	teep_requested_write(&w, &d, &r);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(
	    bytes_same(out, BYTES_LIT("\xa2\x10\x81\x42\x01\x02\x11\x07")));
	in = cbor_open(out);
	assert_int_equal(teep_requested_read(&in, &d, &back), OK);
	assert_int_equal(back.sequence, 7);
	in = cbor_open(out);
	assert_int_equal(teep_requested_read(&in, NULL, &back), ERR_TYPE);
}

/* ---- algorithm ids and profile shape ------------------------------------ */

static void
algorithms(void **state)
{
	const struct dialect p =
	    linked((struct dialect){.algs = DIALECT_POLYMORPHIC});
	const struct dialect_offer *full = dialect_offer(NULL);
	const struct dialect_offer *poly = dialect_offer(&p);

	(void)state;
	assert_int_equal(dialect_alg(NULL, ALG_ESP256), ALG_ESP256);
	assert_int_equal(dialect_alg(&p, ALG_ESP256), ALG_ES256);
	assert_int_equal(dialect_alg(&p, ALG_ED25519), ALG_EDDSA);
	assert_int_equal(dialect_alg(&p, ALG_A128GCM), 0);
	/* never both */
	assert_int_equal(dialect_alg_read(&p, ALG_ES256), ALG_ESP256);
	assert_int_equal(dialect_alg_read(&p, ALG_EDDSA), ALG_ED25519);
	assert_int_equal(dialect_alg_read(&p, ALG_ESP256), 0);
	assert_int_equal(dialect_alg_read(&p, ALG_ED25519), 0);
	assert_int_equal(dialect_alg_read(NULL, ALG_ESP256), ALG_ESP256);
	assert_int_equal(dialect_alg_read(NULL, ALG_ED25519), ALG_ED25519);
	assert_int_equal(dialect_alg_read(NULL, ALG_ES256), 0);
	assert_int_equal(dialect_alg_read(NULL, ALG_EDDSA), 0);

	assert_true(teep_suites_have(full->both, ALG_ESP256));
	assert_false(teep_suites_have(full->both, ALG_ES256));
	assert_true(teep_suites_have(poly->both, ALG_ES256));
	assert_true(teep_suites_have(poly->both, ALG_EDDSA));
	assert_false(teep_suites_have(poly->both, ALG_ESP256));
	assert_true(teep_suites_have(poly->esp256, ALG_ES256));
	assert_false(teep_suites_have(poly->esp256, ALG_EDDSA));
	assert_true(teep_suites_have(poly->ed25519, ALG_EDDSA));
}

/* A QueryRequest with the lists of w, read as d. */
static enum err
read_offer(const struct dialect *w, const struct dialect *d)
{
	static uint8_t room[512];
	const struct dialect_offer *o = dialect_offer(w);
	struct cbor_out out = cbor_into(SPAN_OF(room));
	struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .suites = o->both,
	    .profiles = o->profiles,
	    .items = TEEP_ITEM_ATTESTATION,
	};
	struct bytes in;

	assert_int_equal(teep_write(&out, w, &m), OK);
	assert_int_equal(cbor_done(&out, &in), OK);
	assert_int_equal(is_other(d, &dialect_others, in, "profiles"),
	    (d == NULL ? DIALECT_FOUR : d->profiles) != w->profiles);
	return teep_parse(in, d, &m, NULL);
}

static void
profiles(void **state)
{
	static const struct teep_profile all[] = {
	    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128CTR},
	    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW, ALG_A128CTR},
	    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128GCM},
	    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW,
		ALG_CHACHA20_POLY1305},
	};
	static const struct teep_profile none = {
	    ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW, ALG_A128GCM};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct dialect d = linked((struct dialect){
		    .algs = (uint8_t)(i & 1), .profiles = (uint8_t)(i >> 1)});
		const struct dialect other = linked((struct dialect){
		    .algs = d.algs, .profiles = (uint8_t)(1 - (i >> 1))});
		const struct dialect_offer *o = dialect_offer(&d);

		for (size_t k = 0; k < ARRAY_LEN(all); k++) {
			assert_true(
			    teep_profiles_have(&d, o->profiles, &all[k]));
			assert_false(
			    teep_profiles_have(&other, o->profiles, &all[k]));
		}
		assert_false(teep_profiles_have(&d, o->profiles, &none));
		assert_true(teep_profiles_have(&d, o->profile, &all[2]));
		assert_false(teep_profiles_have(&d, o->profile, &all[0]));
		assert_int_equal(read_offer(&d, &d), OK);
		assert_int_not_equal(read_offer(&d, &other), OK);
	}
}

/* ---- tables and names --------------------------------------------------- */

/* A program without the tables speaks the default, and says so. */
static void
without_tables(void **state)
{
	struct dialect d = {.first = DIALECT_SIGN1,
	    .reports = DIALECT_REPORT_BARE,
	    .evidence = DIALECT_IF_KEY,
	    .update = DIALECT_UNBOUND};
	static const uint8_t success[] = {0x82, 0x04, 0xa0};
	uint8_t room[16];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct teep_message m;

	(void)state;
	assert_int_equal(dialect_link(&d, NULL), OK);
	d.profiles = DIALECT_TWO;
	assert_int_equal(dialect_link(&d, NULL), ERR_DIALECT);
	d.profiles = DIALECT_FOUR;
	d.algs = DIALECT_POLYMORPHIC;
	assert_int_equal(dialect_link(&d, NULL), ERR_DIALECT);
	d.algs = DIALECT_FULLY_SPECIFIED;
	d.numbering = DIALECT_LEGACY;
	assert_int_equal(dialect_link(&d, NULL), ERR_DIALECT);
	/* and one who reads or writes all the same has a bug */
	assert_int_equal(teep_parse(BYTES_OF(success), &d, &m, NULL), ERR_BUG);
	m = (struct teep_message){.type = TEEP_SUCCESS};
	assert_int_equal(teep_write(&w, &d, &m), ERR_BUG);
	assert_false(is_other(&d, NULL, BYTES_OF(success), ""));
	assert_false(is_other(NULL, NULL, BYTES_OF(success), ""));
}

static void
names(void **state)
{
	struct dialect d, legacy;
	size_t values = 0;

	(void)state;
	assert_int_equal(dialect_named("default", &d), OK);
	assert_true(dialect_same(&d, &(struct dialect){0}));
	assert_int_equal(dialect_named("legacy", &legacy), OK);
	assert_false(dialect_same(&d, &legacy));
	/* what protects most is never taken away by a word for something
	 * else */
	assert_int_equal(legacy.update, DIALECT_BOUND);
	assert_int_equal(dialect_named("Legacy", &d), ERR_NOT_FOUND);
	assert_int_equal(dialect_named("", &d), ERR_NOT_FOUND);
	for (size_t i = 0; i < DIALECT_AXES; i++) {
		const struct dialect_axis *a = &dialect_axes[i];

		assert_int_equal(dialect_named("default", &d), OK);
		for (unsigned v = 0; v < 3 && a->value[v] != NULL; v++) {
			assert_int_equal(
			    dialect_set(&d, a->name, a->value[v]), OK);
			assert_int_equal(dialect_get(&d, i), v);
			assert_int_equal(
			    dialect_same(&d, &(struct dialect){0}), v == 0);
			values++;
		}
		assert_int_equal(
		    dialect_set(&d, a->name, "none"), ERR_NOT_FOUND);
	}
	assert_int_equal(values, 15);
	assert_int_equal(dialect_set(&d, "nothing", "bound"), ERR_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors),
	    cmocka_unit_test(translated),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(fault_names),
	    cmocka_unit_test(requested),
	    cmocka_unit_test(algorithms),
	    cmocka_unit_test(profiles),
	    cmocka_unit_test(without_tables),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
