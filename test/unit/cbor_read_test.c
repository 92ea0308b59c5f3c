/* cbor: the sticky reader and the strict walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cbor_vectors.h"
#include <cmocka.h>

/* Has the reader failed with e at this offset? */
static void
assert_fault(struct cbor_in *r, enum err e, size_t at)
{
	assert_string_equal(err_name(cbor_close(r)), err_name(e));
	assert_int_equal(r->err, e);
	assert_int_equal(r->err_at, at);
	assert_int_equal(cbor_peek(r), CBOR_END);
}

static void
assert_none(struct bytes b)
{
	assert_null(b.p);
	assert_int_equal(b.n, 0);
}

static void
vectors_meet_their_verdict(void **state)
{
	FILE *index = vector_open("index", "");
	struct vector v;
	size_t good = 0, bad = 0, at;

	(void)state;
	assert_non_null(index);
	while (vector_next(index, &v)) {
		enum err e = cbor_check(v.in, &at);
		struct cbor_in r = cbor_open(v.in);
		struct bytes raw = cbor_raw(&r, CBOR_ANY);

		if (strcmp(err_name(e), v.verdict) != 0)
			fail_msg("%s: %s", v.name, err_name(e));
		assert_int_equal(cbor_close(&r), e);
		if (e != OK) {
			assert_int_equal(at, v.at);
			assert_int_equal(r.err_at, v.at);
			bad++;
			continue;
		}
		assert_int_equal(at, v.in.n);
		assert_true(bytes_same(raw, v.in));
		good++;
	}
	(void)fclose(index);
	assert_true(good >= 70 && bad >= good);
}

static void
an_array_reads_in_a_straight_line(void **state)
{
	struct cbor_in r = cbor_open(
	    BYTES_LIT("\xd2\x8a\x18\x64\x29\x42\x01\x02\x62hi\xf5\xf6\x81\x07"
		      "\xa1\x01\x02\xf4\xc1\x00"));
	struct bytes b;

	(void)state;
	assert_true(cbor_tag_if(&r, 18));
	assert_false(cbor_tag_if(&r, 18));
	cbor_array(&r, 10);
	assert_int_equal(cbor_peek(&r), CBOR_UINT);
	assert_int_equal(cbor_uint(&r, 100, 100), 100);
	assert_int_equal(cbor_peek(&r), CBOR_NINT);
	assert_int_equal(cbor_int(&r, -10, 0), -10);
	b = cbor_bstr(&r, 2, 2);
	assert_true(bytes_same(b, BYTES_LIT("\x01\x02")));
	b = cbor_tstr(&r, 0, LEN_ANY);
	assert_true(bytes_same(b, BYTES_LIT("hi")));
	assert_true(cbor_bool(&r));
	assert_true(cbor_peek_null(&r));
	cbor_null(&r);
	assert_false(cbor_peek_null(&r));
	b = cbor_raw(&r, CBOR_ARRAY);
	assert_true(bytes_same(b, BYTES_LIT("\x81\x07")));
	assert_int_equal(cbor_map_any(&r, 1, 1), 1);
	assert_int_equal(cbor_uint(&r, 0, 9), 1);
	assert_int_equal(cbor_uint(&r, 0, 9), 2);
	assert_false(cbor_bool(&r));
	assert_int_equal(cbor_tag_any(&r), 1);
	assert_int_equal(cbor_uint(&r, 0, 0), 0);
	assert_int_equal(cbor_peek(&r), CBOR_END);
	assert_int_equal(cbor_close(&r), OK);
}

static void
the_first_fault_stays(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\x83\x01\x41\x07\xf5"));

	(void)state;
	cbor_array(&r, 3);
	assert_int_equal(cbor_uint(&r, 0, 9), 1);
	assert_int_equal(cbor_uint(&r, 0, 9), 0); /* a byte string */
	assert_none(cbor_bstr(&r, 0, LEN_ANY));
	assert_none(cbor_tstr(&r, 0, LEN_ANY));
	assert_none(cbor_raw(&r, CBOR_ANY));
	assert_int_equal(cbor_int(&r, -9, 9), 0);
	assert_int_equal(cbor_array_any(&r, 0, LEN_ANY), 0);
	assert_int_equal(cbor_map_any(&r, 0, LEN_ANY), 0);
	assert_int_equal(cbor_tag_any(&r), 0);
	assert_false(cbor_tag_if(&r, 0));
	cbor_tag(&r, 0);
	assert_false(cbor_bool(&r));
	cbor_null(&r);
	assert_false(cbor_peek_null(&r));
	cbor_fail(&r, ERR_BUG);
	assert_fault(&r, ERR_TYPE, 2);
}

static void
what_is_left_over_is_refused(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\x01\x02"));

	(void)state;
	assert_int_equal(cbor_uint(&r, 0, 9), 1);
	assert_fault(&r, ERR_TRAILING, 1);
}

static void
nothing_is_truncated(void **state)
{
	struct cbor_in r = cbor_open(BYTES_NONE);
	size_t at;

	(void)state;
	assert_int_equal(cbor_peek(&r), CBOR_END);
	assert_int_equal(cbor_close(&r), OK); /* a sequence of no items */
	(void)cbor_uint(&r, 0, 9);
	assert_fault(&r, ERR_TRUNCATED, 0);
	assert_int_equal(cbor_check(BYTES_NONE, &at), ERR_TRUNCATED);
}

static void
fail_marks_the_place(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\x01\x02"));

	(void)state;
	(void)cbor_uint(&r, 0, 9);
	cbor_fail(&r, ERR_VERSION);
	assert_fault(&r, ERR_VERSION, 1);
}

static void
integers_keep_their_bounds(void **state)
{
	static const struct {
		struct bytes in;
		int64_t min, max, v;
		enum err err;
	} row[] = {
	    {BYTES_LIT("\x00"), 0, 0, 0, OK},
	    {BYTES_LIT("\x17"), 0, 22, 0, ERR_RANGE},
	    {BYTES_LIT("\x17"), 24, 99, 0, ERR_RANGE},
	    {BYTES_LIT("\x20"), -1, -1, -1, OK},
	    {BYTES_LIT("\x20"), 0, 1, 0, ERR_RANGE},
	    {BYTES_LIT("\x20"), -9, -2, 0, ERR_RANGE},
	    {BYTES_LIT("\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MIN,
		INT64_MAX, INT64_MAX, OK},
	    {BYTES_LIT("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MIN,
		INT64_MAX, INT64_MIN, OK},
	    {BYTES_LIT("\x1b\x80\x00\x00\x00\x00\x00\x00\x00"), INT64_MIN,
		INT64_MAX, 0, ERR_RANGE},
	    {BYTES_LIT("\x3b\x80\x00\x00\x00\x00\x00\x00\x00"), INT64_MIN,
		INT64_MAX, 0, ERR_RANGE},
	    {BYTES_LIT("\x3b\xff\xff\xff\xff\xff\xff\xff\xff"), INT64_MIN,
		INT64_MAX, 0, ERR_RANGE},
	    {BYTES_LIT("\x40"), -9, 9, 0, ERR_TYPE},
	    {BYTES_LIT("\xf9\x00\x00"), -9, 9, 0, ERR_TYPE},
	    {BYTES_LIT("\x38\x17"), -99, 9, 0, ERR_NOT_SHORTEST},
	    {BYTES_LIT("\x3c"), -99, 9, 0, ERR_RESERVED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct cbor_in r = cbor_open(row[i].in);

		assert_true(cbor_int(&r, row[i].min, row[i].max) == row[i].v);
		assert_int_equal(cbor_close(&r), row[i].err);
		assert_int_equal(r.err_at, 0);
	}
}

static void
unsigned_integers_reach_their_end(void **state)
{
	static const struct bytes top =
	    BYTES_LIT("\x1b\xff\xff\xff\xff\xff\xff\xff\xff");
	struct cbor_in r = cbor_open(top);

	(void)state;
	assert_true(cbor_uint(&r, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
	assert_int_equal(cbor_close(&r), OK);
	r = cbor_open(top);
	assert_true(cbor_uint(&r, 0, UINT64_MAX - 1) == 0);
	assert_fault(&r, ERR_RANGE, 0);
	r = cbor_open(BYTES_LIT("\x20"));
	assert_true(cbor_uint(&r, 0, UINT64_MAX) == 0);
	assert_fault(&r, ERR_TYPE, 0);
}

static void
strings_keep_their_bounds(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\x43\x01\x02\x03"));

	(void)state;
	assert_none(cbor_bstr(&r, 0, 2));
	assert_fault(&r, ERR_RANGE, 0);
	r = cbor_open(BYTES_LIT("\x43\x01\x02\x03"));
	assert_none(cbor_bstr(&r, 4, 9));
	assert_fault(&r, ERR_RANGE, 0);
	r = cbor_open(BYTES_LIT("\x43\x01\x02\x03"));
	assert_none(cbor_tstr(&r, 0, 9));
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\x44\x01\x02\x03"));
	assert_none(cbor_bstr(&r, 0, 9));
	assert_fault(&r, ERR_TRUNCATED, 0);
	r = cbor_open(BYTES_LIT("\x01\x62\xc3\x28"));
	(void)cbor_uint(&r, 0, 9);
	assert_none(cbor_tstr(&r, 0, 9));
	assert_fault(&r, ERR_UTF8, 1);
	r = cbor_open(BYTES_LIT("\x40"));
	assert_int_equal(cbor_bstr(&r, 0, 0).n, 0);
	assert_int_equal(cbor_close(&r), OK);
}

static void
counts_keep_their_bounds(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\x82\x01\x02"));

	(void)state;
	cbor_array(&r, 3);
	assert_fault(&r, ERR_RANGE, 0);
	r = cbor_open(BYTES_LIT("\x82\x01\x02"));
	assert_int_equal(cbor_array_any(&r, 3, LEN_ANY), 0);
	assert_fault(&r, ERR_RANGE, 0);
	r = cbor_open(BYTES_LIT("\xa1\x01\x02"));
	assert_int_equal(cbor_map_any(&r, 0, 0), 0);
	assert_fault(&r, ERR_RANGE, 0);
	r = cbor_open(BYTES_LIT("\xa1\x01\x02"));
	assert_int_equal(cbor_array_any(&r, 0, LEN_ANY), 0);
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\x9a\x0f\xff\xff\xff\x00"));
	assert_int_equal(cbor_array_any(&r, 0, LEN_ANY), 0);
	assert_fault(&r, ERR_TRUNCATED, 0);
	r = cbor_open(BYTES_LIT("\xa2\x00\x00\x00"));
	assert_int_equal(cbor_map_any(&r, 0, LEN_ANY), 0);
	assert_fault(&r, ERR_TRUNCATED, 0);
}

/* f9 0014 is a float whose bits are the number of false. */
static void
floats_are_no_simple_values(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\xf9\x00\x14"));

	(void)state;
	assert_false(cbor_bool(&r));
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\xf9\x00\x16"));
	assert_false(cbor_peek_null(&r));
	cbor_null(&r);
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\xf7")); /* undefined */
	cbor_null(&r);
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\xf6"));
	assert_false(cbor_bool(&r));
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\xf8\x14"));
	assert_false(cbor_bool(&r));
	assert_fault(&r, ERR_RESERVED, 0);
}

static void
another_tag_is_refused(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\xd2\x00"));

	(void)state;
	cbor_tag(&r, 17);
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\x12"));
	cbor_tag(&r, 18);
	assert_fault(&r, ERR_TYPE, 0);
	r = cbor_open(BYTES_LIT("\xd2\x00"));
	cbor_tag(&r, 18);
	(void)cbor_uint(&r, 0, 0);
	assert_int_equal(cbor_close(&r), OK);
	r = cbor_open(BYTES_LIT("\xd2"));
	cbor_tag(&r, 18);
	assert_int_equal(r.err, OK);
	(void)cbor_raw(&r, CBOR_ANY);
	assert_fault(&r, ERR_TRUNCATED, 1);
}

/* peek answers by the first three bits; the getter finds the fault. */
static void
peek_leaves_faults_to_the_getter(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\x5f\xff"));

	(void)state;
	assert_int_equal(cbor_peek(&r), CBOR_BSTR);
	assert_none(cbor_bstr(&r, 0, LEN_ANY));
	assert_fault(&r, ERR_INDEFINITE, 0);
	r = cbor_open(BYTES_LIT("\x18"));
	assert_int_equal(cbor_peek(&r), CBOR_UINT);
	(void)cbor_uint(&r, 0, 99);
	assert_fault(&r, ERR_TRUNCATED, 0);
	r = cbor_open(BYTES_LIT("\xd8\x12\x00"));
	assert_int_equal(cbor_peek(&r), CBOR_TAG);
	assert_false(cbor_tag_if(&r, 18));
	assert_int_equal(cbor_tag_any(&r), 0);
	assert_fault(&r, ERR_NOT_SHORTEST, 0);
}

static void
raw_asks_for_a_type(void **state)
{
	struct cbor_in r = cbor_open(BYTES_LIT("\x00\x81\x00"));

	(void)state;
	(void)cbor_uint(&r, 0, 0);
	assert_none(cbor_raw(&r, CBOR_MAP));
	assert_fault(&r, ERR_TYPE, 1);
	r = cbor_open(BYTES_LIT("\x00\x82\x00\x18\x00"));
	(void)cbor_uint(&r, 0, 0);
	assert_none(cbor_raw(&r, CBOR_ARRAY));
	assert_fault(&r, ERR_NOT_SHORTEST, 3);
}

static void
lists_are_read_again(void **state)
{
	struct list l = {BYTES_LIT("\x01\x02\x03"), 3};
	struct cbor_in r = cbor_items(l);

	(void)state;
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(cbor_uint(&r, 0, 9), i + 1);
	assert_int_equal(cbor_close(&r), OK);
}

/* A map of n pairs with keys 0..n-1, up or down; the key at `twice` is 0
 * again. */
static struct bytes
map_of(struct span room, size_t n, bool down, size_t twice)
{
	struct cbor_out w = cbor_into(room);
	struct bytes b;

	cbor_put_map(&w, n);
	for (size_t i = 0; i < n; i++) {
		cbor_put_uint(&w, down ? n - 1 - i : i == twice ? 0 : i);
		cbor_put_bool(&w, true);
	}
	assert_int_equal(cbor_done(&w, &b), OK);
	return b;
}

static void
large_maps_are_bounded(void **state)
{
	static uint8_t octets[2048];
	size_t at;

	(void)state;
	for (size_t n = 0; n <= CBOR_PAIRS_MAX + 1; n++) {
		enum err e = n > CBOR_PAIRS_MAX ? ERR_RANGE : OK;

		assert_int_equal(
		    cbor_check(map_of(SPAN_OF(octets), n, false, 0), &at), e);
		assert_int_equal(
		    cbor_check(map_of(SPAN_OF(octets), n, true, 0), &at), e);
	}
	for (size_t n = 1; n < CBOR_PAIRS_MAX; n++)
		assert_int_equal(
		    cbor_check(
			map_of(SPAN_OF(octets), CBOR_PAIRS_MAX, false, n), &at),
		    ERR_DUPLICATE);
}

/* Unsorted maps within each other's first values, full: each level may cost
 * one pass over what is inside it, not one for each key. */
static void
nested_unsorted_maps_are_cheap(void **state)
{
	static uint8_t octets[65536];
	struct cbor_out w = cbor_into(SPAN_OF(octets));
	struct bytes b;
	size_t at;

	(void)state;
	for (size_t i = 0; i < CBOR_DEPTH_MAX; i++) {
		cbor_put_map(&w, CBOR_PAIRS_MAX);
		cbor_put_uint(&w, 1000);
	}
	cbor_put_null(&w);
	for (size_t i = 0; i < CBOR_DEPTH_MAX; i++)
		for (size_t j = 1; j < CBOR_PAIRS_MAX; j++) {
			cbor_put_uint(&w, 1000 - j);
			cbor_put_null(&w);
		}
	assert_int_equal(cbor_done(&w, &b), OK);
	assert_int_equal(cbor_check(b, &at), OK);
	octets[b.n - 2] = 0xe8; /* 03 e8: 1000 again, in the outermost map */
	octets[b.n - 3] = 0x03;
	assert_int_equal(cbor_check(b, &at), ERR_DUPLICATE);
	assert_int_equal(at, b.n - 4);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors_meet_their_verdict),
	    cmocka_unit_test(an_array_reads_in_a_straight_line),
	    cmocka_unit_test(the_first_fault_stays),
	    cmocka_unit_test(what_is_left_over_is_refused),
	    cmocka_unit_test(nothing_is_truncated),
	    cmocka_unit_test(fail_marks_the_place),
	    cmocka_unit_test(integers_keep_their_bounds),
	    cmocka_unit_test(unsigned_integers_reach_their_end),
	    cmocka_unit_test(strings_keep_their_bounds),
	    cmocka_unit_test(counts_keep_their_bounds),
	    cmocka_unit_test(floats_are_no_simple_values),
	    cmocka_unit_test(another_tag_is_refused),
	    cmocka_unit_test(peek_leaves_faults_to_the_getter),
	    cmocka_unit_test(raw_asks_for_a_type),
	    cmocka_unit_test(lists_are_read_again),
	    cmocka_unit_test(large_maps_are_bounded),
	    cmocka_unit_test(nested_unsorted_maps_are_cheap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
