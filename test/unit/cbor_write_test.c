/* cbor: the deterministic writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <tamarind/cbor.h>

/* Everything the writer can say, once. */
static void
say_all(struct cbor_out *w)
{
	size_t outer, inner;

	cbor_put_tag(w, 18);
	cbor_put_array(w, 9);
	cbor_put_uint(w, UINT64_MAX);
	cbor_put_int(w, INT64_MIN);
	cbor_put_bstr(w, BYTES_LIT("\x01\x02"));
	cbor_put_tstr(w, BYTES_LIT("hi"));
	cbor_put_text(w, "there");
	cbor_put_bool(w, true);
	cbor_put_null(w);
	outer = cbor_wrap_begin(w);
	cbor_put_map(w, 1);
	cbor_put_int(w, 1);
	inner = cbor_wrap_begin(w);
	cbor_put_uint(w, 7);
	cbor_wrap_end(w, inner);
	cbor_wrap_end(w, outer);
	cbor_put_bstr_head(w, 3);
	cbor_put_raw(w, BYTES_LIT("abc"));
}

static const struct bytes all =
    BYTES_LIT("\xd2\x89\x1b\xff\xff\xff\xff\xff\xff\xff\xff"
	      "\x3b\x7f\xff\xff\xff\xff\xff\xff\xff\x42\x01\x02\x62hi"
	      "\x65there\xf5\xf6\x44\xa1\x01\x41\x07\x43"
	      "abc");

static void
everything_is_written(void **state)
{
	uint8_t room[64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	(void)state;
	say_all(&w);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(out.n, all.n);
	assert_memory_equal(out.p, all.p, all.n);
}

static void
measuring_counts_the_same(void **state)
{
	struct cbor_out w = cbor_measure();
	struct bytes out;

	(void)state;
	say_all(&w);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_null(out.p);
	assert_int_equal(out.n, all.n);
}

static void
every_room_too_small_is_refused(void **state)
{
	uint8_t room[64];
	struct bytes out;

	(void)state;
	for (size_t n = 0; n < all.n; n++) {
		struct cbor_out w = cbor_into((struct span){room, n});

		memset(room, 0xee, sizeof(room));
		say_all(&w);
		assert_int_equal(cbor_done(&w, &out), ERR_ROOM);
		assert_null(out.p);
		assert_int_equal(out.n, 0);
		for (size_t i = n; i < sizeof(room); i++)
			assert_int_equal(room[i], 0xee);
	}
}

/* A room that was not given is not a wish to measure. */
static void
no_room_is_no_measuring(void **state)
{
	struct cbor_out w = cbor_into((struct span){NULL, 0});
	struct bytes out;

	(void)state;
	cbor_put_null(&w);
	assert_int_equal(cbor_done(&w, &out), ERR_ROOM);
}

static void
heads_are_shortest(void **state)
{
	static const struct {
		uint64_t v;
		struct bytes head;
	} row[] = {
	    {0, BYTES_LIT("\x00")},
	    {23, BYTES_LIT("\x17")},
	    {24, BYTES_LIT("\x18\x18")},
	    {0xff, BYTES_LIT("\x18\xff")},
	    {0x100, BYTES_LIT("\x19\x01\x00")},
	    {0xffff, BYTES_LIT("\x19\xff\xff")},
	    {0x10000, BYTES_LIT("\x1a\x00\x01\x00\x00")},
	    {0xffffffff, BYTES_LIT("\x1a\xff\xff\xff\xff")},
	    {0x100000000, BYTES_LIT("\x1b\x00\x00\x00\x01\x00\x00\x00\x00")},
	    {UINT64_MAX, BYTES_LIT("\x1b\xff\xff\xff\xff\xff\xff\xff\xff")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		uint8_t room[9];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct bytes out;

		cbor_put_uint(&w, row[i].v);
		assert_int_equal(cbor_done(&w, &out), OK);
		assert_true(bytes_same(out, row[i].head));
		if (row[i].v > INT64_MAX)
			continue;
		w = cbor_into(SPAN_OF(room));
		cbor_put_int(&w, -1 - (int64_t)row[i].v);
		assert_int_equal(cbor_done(&w, &out), OK);
		room[0] = (uint8_t)(room[0] & 0x1f);
		assert_true(bytes_same(out, row[i].head));
	}
}

/* Around each size at which the head of a wrap grows. */
static void
wraps_move_their_content(void **state)
{
	static const size_t sizes[] = {
	    0, 1, 23, 24, 25, 255, 256, 257, 65535, 65536, 65537};
	static uint8_t content[65537], room[65537 + 5], again[65537 + 5];

	(void)state;
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct bytes c = {content, sizes[i]}, out, plain;
		struct cbor_out w = cbor_into(SPAN_OF(room)), v;
		size_t mark = cbor_wrap_begin(&w);

		cbor_put_raw(&w, c);
		cbor_wrap_end(&w, mark);
		assert_int_equal(cbor_done(&w, &out), OK);
		v = cbor_into(SPAN_OF(again));
		cbor_put_bstr(&v, c);
		assert_int_equal(cbor_done(&v, &plain), OK);
		assert_true(bytes_same(out, plain));
		v = cbor_measure();
		mark = cbor_wrap_begin(&v);
		cbor_put_raw(&v, c);
		cbor_wrap_end(&v, mark);
		assert_int_equal(cbor_done(&v, &plain), OK);
		assert_int_equal(plain.n, out.n);
		/* One octet less than it takes. */
		w = cbor_into((struct span){room, out.n - 1});
		mark = cbor_wrap_begin(&w);
		cbor_put_raw(&w, c);
		cbor_wrap_end(&w, mark);
		assert_int_equal(cbor_done(&w, &out), ERR_ROOM);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_written),
	    cmocka_unit_test(measuring_counts_the_same),
	    cmocka_unit_test(every_room_too_small_is_refused),
	    cmocka_unit_test(no_room_is_no_measuring),
	    cmocka_unit_test(heads_are_shortest),
	    cmocka_unit_test(wraps_move_their_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
