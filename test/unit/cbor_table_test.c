/* cbor: maps read and written by their tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <tamarind/cbor.h>

struct thing {
	uint32_t has;
	uint64_t count;
	int64_t shift;
	bool on;
	struct bytes token, name, any, map, array;
	struct list items, strings, numbers, maps, arrays;
	struct bytes wrap;
};

/* The rows of things, and the bit of each. */
enum {
	COUNT,
	SHIFT,
	ON,
	TOKEN,
	NAME,
	ANY,
	MAP,
	ARRAY,
	ITEMS,
	STRINGS,
	NUMBERS,
	MAPS,
	ARRAYS,
	WRAP,
};

#define HAS(row) (UINT32_C(1) << (row))

static const struct cbor_field rows[] = {
    FIELD_REQ(1, F_UINT, struct thing, count, 1, UINT32_MAX),
    FIELD(2, F_INT, struct thing, shift, -5, 5),
    FIELD(3, F_BOOL, struct thing, on, 0, 0),
    FIELD(4, F_BSTR, struct thing, token, 2, 4),
    FIELD(5, F_TSTR, struct thing, name, 0, 3),
    FIELD(6, F_RAW, struct thing, any, 0, 0),
    FIELD(7, F_RAW_MAP, struct thing, map, 0, 0),
    FIELD(8, F_RAW_ARRAY, struct thing, array, 0, 0),
    FIELD(24, F_LIST, struct thing, items, 0, 2),
    FIELD(300, F_LIST_BSTR, struct thing, strings, 1, 2),
    FIELD(-1, F_LIST_UINT, struct thing, numbers, 1, UINT32_MAX),
    FIELD(-2, F_LIST_MAP, struct thing, maps, 1, UINT32_MAX),
    FIELD(-3, F_LIST_ARRAY, struct thing, arrays, 1, UINT32_MAX),
    FIELD(-70000, F_WRAP, struct thing, wrap, 2, 4),
};
static const struct cbor_table strict = {rows, ARRAY_LEN(rows), 1};
static const struct cbor_table loose = {rows, ARRAY_LEN(rows), 0};

static enum err
read_at(
    const struct cbor_table *t, struct bytes in, struct thing *out, size_t *at)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, t, out);
	e = cbor_close(&r);
	*at = r.err_at;
	return e;
}

/* in is refused with e, at this offset; nothing is said to be there. */
static void
refused(const struct cbor_table *t, struct bytes in, enum err e, size_t at)
{
	struct thing got;
	size_t got_at;
	enum err got_e = read_at(t, in, &got, &got_at);

	assert_string_equal(err_name(got_e), err_name(e));
	assert_int_equal(got_at, at);
	assert_int_equal(got.has, 0);
}

static const struct bytes full =
    BYTES_LIT("\xae"
	      "\x01\x1b\xff\xff\xff\xff\xff\xff\xff\xff"
	      "\x02\x24"
	      "\x03\xf5"
	      "\x04\x42\x01\x02"
	      "\x05\x61"
	      "a"
	      "\x06\xf6"
	      "\x07\xa1\x00\x00"
	      "\x08\x81\x00"
	      "\x18\x18\x82\x00\x60"
	      "\x19\x01\x2c\x81\x41\x07"
	      "\x20\x82\x01\x18\x20"
	      "\x21\x81\xa0"
	      "\x22\x81\x80"
	      "\x3a\x00\x01\x11\x6f\x42\x81\x05");

static void
every_kind_is_read(void **state)
{
	struct thing t;
	size_t at;

	(void)state;
	assert_int_equal(read_at(&strict, full, &t, &at), OK);
	assert_int_equal(t.has, HAS(ARRAY_LEN(rows)) - 1);
	assert_true(t.count == UINT64_MAX);
	assert_int_equal(t.shift, -5);
	assert_true(t.on);
	assert_true(bytes_same(t.token, BYTES_LIT("\x01\x02")));
	assert_true(bytes_same(t.name, BYTES_LIT("a")));
	assert_true(bytes_same(t.any, BYTES_LIT("\xf6")));
	assert_true(bytes_same(t.map, BYTES_LIT("\xa1\x00\x00")));
	assert_true(bytes_same(t.array, BYTES_LIT("\x81\x00")));
	assert_int_equal(t.items.n, 2);
	assert_true(bytes_same(t.items.raw, BYTES_LIT("\x00\x60")));
	assert_int_equal(t.strings.n, 1);
	assert_true(bytes_same(t.strings.raw, BYTES_LIT("\x41\x07")));
	assert_int_equal(t.numbers.n, 2);
	assert_true(bytes_same(t.numbers.raw, BYTES_LIT("\x01\x18\x20")));
	assert_int_equal(t.maps.n, 1);
	assert_int_equal(t.arrays.n, 1);
	assert_true(bytes_same(t.wrap, BYTES_LIT("\x81\x05")));
}

static void
what_was_read_is_written(void **state)
{
	uint8_t room[128];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	struct thing t;
	size_t at;

	(void)state;
	assert_int_equal(read_at(&strict, full, &t, &at), OK);
	cbor_map_write(&w, &strict, &t);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_true(bytes_same(out, full));
}

static void
every_subset_of_rows_comes_back(void **state)
{
	struct thing all, some, got;
	size_t at;

	(void)state;
	assert_int_equal(read_at(&strict, full, &all, &at), OK);
	for (uint32_t has = 1; has < HAS(ARRAY_LEN(rows)); has += 2) {
		uint8_t room[128];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct bytes out;

		some = all;
		some.has = has;
		cbor_map_write(&w, &strict, &some);
		assert_int_equal(cbor_done(&w, &out), OK);
		assert_int_equal(read_at(&strict, out, &got, &at), OK);
		assert_int_equal(got.has, has);
	}
}

static void
keys_come_in_any_order(void **state)
{
	struct thing t;
	size_t at;

	(void)state;
	assert_int_equal(read_at(&strict,
			     BYTES_LIT("\xa4\x20\x81\x00\x03\xf4\x01\x05\x02"
				       "\x05"),
			     &t, &at),
	    OK);
	assert_int_equal(
	    t.has, HAS(NUMBERS) | HAS(ON) | HAS(COUNT) | HAS(SHIFT));
	assert_int_equal(t.count, 5);
	assert_int_equal(t.shift, 5);
}

static void
duplicates_are_refused(void **state)
{
	(void)state;
	refused(&strict, BYTES_LIT("\xa2\x01\x05\x01\x05"), ERR_DUPLICATE, 3);
	refused(&loose, BYTES_LIT("\xa3\x01\x05\x03\xf4\x01\x05"),
	    ERR_DUPLICATE, 5);
	/* Keys that the table does not know: side by side, apart, text. */
	refused(&loose, BYTES_LIT("\xa3\x01\x05\x0b\x05\x0b\x06"),
	    ERR_DUPLICATE, 5);
	refused(&loose, BYTES_LIT("\xa4\x0b\x05\x01\x05\x0c\x05\x0b\x06"),
	    ERR_DUPLICATE, 7);
	refused(&loose, BYTES_LIT("\xa4\x61k\x05\x01\x05\x0c\x05\x61k\x06"),
	    ERR_DUPLICATE, 8);
	/* And inside what is skipped, or kept raw. */
	refused(&loose, BYTES_LIT("\xa2\x01\x05\x0b\xa2\x00\x00\x00\x00"),
	    ERR_DUPLICATE, 7);
	refused(&strict, BYTES_LIT("\xa2\x01\x05\x06\xa2\x00\x00\x00\x00"),
	    ERR_DUPLICATE, 7);
}

static void
unknown_keys_are_skipped_only_if_allowed(void **state)
{
	static const struct bytes in = BYTES_LIT(
	    "\xa5\x0b\x82\x01\x02\x01\x05\x61k\xf6\x3b\x7f\xff\xff\xff\xff"
	    "\xff\xff\xff\x01\x00\x00");
	struct thing t;
	size_t at;

	(void)state;
	assert_int_equal(read_at(&loose, in, &t, &at), OK);
	assert_int_equal(t.has, HAS(COUNT));
	refused(&strict, in, ERR_UNEXPECTED, 1);
	refused(&strict, BYTES_LIT("\xa2\x01\x05\x61k\x00"), ERR_UNEXPECTED, 3);
	/* A known key at the distance of 2^32 is another one. */
	refused(&strict,
	    BYTES_LIT("\xa1\x1b\x00\x00\x00\x01\x00\x00\x00\x01\x05"),
	    ERR_UNEXPECTED, 1);
	/* Skipping is strict too. */
	refused(&loose, BYTES_LIT("\xa2\x01\x05\x0b\x81\x18\x17"),
	    ERR_NOT_SHORTEST, 5);
	refused(&loose, BYTES_LIT("\xa2\x01\x05\x61\xff\x00"), ERR_UTF8, 3);
}

static void
keys_are_integers_or_text(void **state)
{
	(void)state;
	refused(&loose, BYTES_LIT("\xa2\x01\x05\x41k\x00"), ERR_TYPE, 3);
	refused(&loose, BYTES_LIT("\xa2\x01\x05\xf5\x00"), ERR_TYPE, 3);
	refused(
	    &loose, BYTES_LIT("\xa2\x01\x05\x18\x02\x00"), ERR_NOT_SHORTEST, 3);
}

static void
required_rows_must_be_there(void **state)
{
	(void)state;
	refused(&strict, BYTES_LIT("\xa0"), ERR_MISSING, 0);
	refused(&strict, BYTES_LIT("\xa1\x03\xf5"), ERR_MISSING, 0);
	refused(&strict, BYTES_LIT("\x80"), ERR_TYPE, 0);
	refused(&strict, BYTES_NONE, ERR_TRUNCATED, 0);
	refused(&strict, BYTES_LIT("\xbf\x01\x05\xff"), ERR_INDEFINITE, 0);
}

/* The value of a row after {1: 5, key: ...}; the fault is told from the
 * start of that value. */
static void
value_refused(int key, struct bytes value, enum err e, size_t at)
{
	uint8_t room[64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes in;
	size_t start;

	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, 5);
	cbor_put_int(&w, key);
	start = w.at;
	cbor_put_raw(&w, value);
	assert_int_equal(cbor_done(&w, &in), OK);
	refused(&strict, in, e, start + at);
}

static void
values_keep_type_and_bounds(void **state)
{
	(void)state;
	refused(&strict, BYTES_LIT("\xa1\x01\x00"), ERR_RANGE, 2);
	refused(&strict, BYTES_LIT("\xa1\x01\x20"), ERR_TYPE, 2);
	value_refused(2, BYTES_LIT("\x25"), ERR_RANGE, 0);
	value_refused(2, BYTES_LIT("\x06"), ERR_RANGE, 0);
	value_refused(2, BYTES_LIT("\x40"), ERR_TYPE, 0);
	value_refused(3, BYTES_LIT("\xf6"), ERR_TYPE, 0);
	value_refused(4, BYTES_LIT("\x41\x00"), ERR_RANGE, 0);
	value_refused(4,
	    BYTES_LIT("\x45"
		      "abcde"),
	    ERR_RANGE, 0);
	value_refused(4,
	    BYTES_LIT("\x62"
		      "ab"),
	    ERR_TYPE, 0);
	value_refused(5,
	    BYTES_LIT("\x64"
		      "abcd"),
	    ERR_RANGE, 0);
	value_refused(5, BYTES_LIT("\x61\xff"), ERR_UTF8, 0);
	value_refused(5, BYTES_LIT("\x41k"), ERR_TYPE, 0);
	value_refused(6, BYTES_LIT("\x81\x1c"), ERR_RESERVED, 1);
	value_refused(7, BYTES_LIT("\x80"), ERR_TYPE, 0);
	value_refused(8, BYTES_LIT("\xa0"), ERR_TYPE, 0);
}

static void
lists_keep_type_and_bounds(void **state)
{
	(void)state;
	value_refused(24, BYTES_LIT("\x83\x00\x00\x00"), ERR_RANGE, 0);
	value_refused(24, BYTES_LIT("\xa0"), ERR_TYPE, 0);
	value_refused(24, BYTES_LIT("\x82\x00\x18\x00"), ERR_NOT_SHORTEST, 2);
	value_refused(300, BYTES_LIT("\x80"), ERR_RANGE, 0);
	value_refused(300, BYTES_LIT("\x82\x40\x60"), ERR_TYPE, 2);
	value_refused(-1, BYTES_LIT("\x82\x00\x20"), ERR_TYPE, 2);
	value_refused(-2, BYTES_LIT("\x82\xa0\x80"), ERR_TYPE, 2);
	value_refused(-3, BYTES_LIT("\x82\x80\xa0"), ERR_TYPE, 2);
	value_refused(-1, BYTES_LIT("\x9a\x0f\xff\xff\xff"), ERR_TRUNCATED, 0);
}

static void
wraps_hold_one_item(void **state)
{
	(void)state;
	value_refused(-70000, BYTES_LIT("\x41\x00"), ERR_RANGE, 0);
	value_refused(-70000, BYTES_LIT("\x40"), ERR_TRUNCATED, 1);
	value_refused(-70000, BYTES_LIT("\x42\x00\x00"), ERR_TRAILING, 2);
	value_refused(-70000, BYTES_LIT("\x42\x18\x00"), ERR_NOT_SHORTEST, 1);
	value_refused(-70000, BYTES_LIT("\x43\x81\x81\x81"), ERR_TRUNCATED, 3);
}

/* UINT32_MAX is no bound, for large values of each sign; nor is INT32_MIN
 * as the lower one. */
static void
signed_rows_may_be_unbounded(void **state)
{
	static const struct cbor_field row[] = {
	    FIELD(1, F_INT, struct thing, shift, FIELD_NO_MIN, UINT32_MAX)};
	static const struct cbor_table table = {row, 1, 1};
	struct thing t;
	size_t at;

	(void)state;
	assert_int_equal(
	    read_at(&table,
		BYTES_LIT("\xa1\x01\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"), &t,
		&at),
	    OK);
	assert_true(t.shift == INT64_MIN);
	assert_int_equal(
	    read_at(&table,
		BYTES_LIT("\xa1\x01\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"), &t,
		&at),
	    OK);
	assert_true(t.shift == INT64_MAX);
	refused(&table,
	    BYTES_LIT("\xa1\x01\x1b\x80\x00\x00\x00\x00\x00\x00\x00"),
	    ERR_RANGE, 2);
}

static void
write_refused(const struct thing *t, enum err e)
{
	uint8_t room[128];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	cbor_map_write(&w, &strict, t);
	assert_int_equal(cbor_done(&w, &out), e);
	assert_null(out.p);
}

static void
writing_keeps_bounds_too(void **state)
{
	struct thing good, t;
	size_t at;

	(void)state;
	assert_int_equal(read_at(&strict, full, &good, &at), OK);
	t = good;
	t.has = 0;
	write_refused(&t, ERR_MISSING);
	t = good;
	t.count = 0;
	write_refused(&t, ERR_RANGE);
	t = good;
	t.shift = -6;
	write_refused(&t, ERR_RANGE);
	t = good;
	t.token.n = 1;
	write_refused(&t, ERR_RANGE);
	t = good;
	t.name = BYTES_LIT("long");
	write_refused(&t, ERR_RANGE);
	t = good;
	t.any = BYTES_NONE;
	write_refused(&t, ERR_RANGE);
	t = good;
	t.strings = (struct list){BYTES_NONE, 0};
	write_refused(&t, ERR_RANGE);
	t = good;
	t.wrap.n = 1;
	write_refused(&t, ERR_RANGE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_kind_is_read),
	    cmocka_unit_test(what_was_read_is_written),
	    cmocka_unit_test(every_subset_of_rows_comes_back),
	    cmocka_unit_test(keys_come_in_any_order),
	    cmocka_unit_test(duplicates_are_refused),
	    cmocka_unit_test(unknown_keys_are_skipped_only_if_allowed),
	    cmocka_unit_test(keys_are_integers_or_text),
	    cmocka_unit_test(required_rows_must_be_there),
	    cmocka_unit_test(values_keep_type_and_bounds),
	    cmocka_unit_test(lists_keep_type_and_bounds),
	    cmocka_unit_test(wraps_hold_one_item),
	    cmocka_unit_test(signed_rows_may_be_unbounded),
	    cmocka_unit_test(writing_keeps_bounds_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
