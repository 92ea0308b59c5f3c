/* cbor: diagnostic notation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "cbor_vectors.h"
#include <cmocka.h>

static char text[4096];

static enum err
show(struct bytes in, bool embed)
{
	return cbor_diag(in, embed, SPAN_OF(text));
}

static void
good_vectors_print_as_written(void **state)
{
	FILE *index = vector_open("index", "");
	struct vector v;
	size_t n = 0;

	(void)state;
	assert_non_null(index);
	while (vector_next(index, &v)) {
		if (strcmp(v.verdict, "ok") != 0)
			continue;
		assert_int_equal(show(v.in, false), OK);
		assert_string_equal(text, v.diag);
		n++;
	}
	(void)fclose(index);
	assert_true(n >= 70);
}

static void
bad_vectors_answer_their_fault(void **state)
{
	FILE *index = vector_open("index", "");
	struct vector v;
	size_t n = 0;

	(void)state;
	assert_non_null(index);
	while (vector_next(index, &v)) {
		if (strcmp(v.verdict, "ok") == 0)
			continue;
		assert_string_equal(err_name(show(v.in, true)), v.verdict);
		n++;
	}
	(void)fclose(index);
	assert_true(n >= 70);
}

static void
text_up_to_the_fault_is_printed(void **state)
{
	(void)state;
	assert_int_equal(
	    show(BYTES_LIT("\x83\x01\x02\x18\x03"), false), ERR_NOT_SHORTEST);
	assert_string_equal(text, "[1, 2");
	assert_int_equal(
	    show(BYTES_LIT("\xa2\x01\x02\x01\x03"), false), ERR_DUPLICATE);
	assert_string_equal(text, "{1: 2");
	assert_int_equal(show(BYTES_LIT("\x01\x02"), false), ERR_TRAILING);
	assert_string_equal(text, "1");
	assert_int_equal(show(BYTES_NONE, false), ERR_TRUNCATED);
	assert_string_equal(text, "");
}

static void
wrapped_items_are_opened(void **state)
{
	static const struct bytes in = BYTES_LIT(
	    "\xd2\x84\x43\xa1\x01\x28\xa0\x44\x82\x01\x41\x07\x42\xff\xff");

	(void)state;
	assert_int_equal(show(in, true), OK);
	assert_string_equal(text, "18([<<{1: -9}>>, {}, <<[1, <<7>>]>>, "
				  "h'ffff'])");
	assert_int_equal(show(in, false), OK);
	assert_string_equal(text, "18([h'a10128', {}, h'82014107', h'ffff'])");
}

/* What is in a byte string is opened if it is strict only, and whole. */
static void
doubtful_wraps_stay_octets(void **state)
{
	(void)state;
	assert_int_equal(show(BYTES_LIT("\x42\x18\x17"), true), OK);
	assert_string_equal(text, "h'1817'");
	assert_int_equal(show(BYTES_LIT("\x42\x01\x02"), true), OK);
	assert_string_equal(text, "h'0102'");
	assert_int_equal(show(BYTES_LIT("\x41\x81"), true), OK);
	assert_string_equal(text, "h'81'");
	assert_int_equal(show(BYTES_LIT("\x40"), true), OK);
	assert_string_equal(text, "h''");
}

/* Byte strings within byte strings, each with arrays as deep as allowed: the
 * printer's stack holds, and what it does not open is hex. */
static void
deep_wraps_end_in_hex(void **state)
{
	uint8_t octets[2048];
	struct cbor_out w = cbor_into(SPAN_OF(octets));
	struct bytes in;
	size_t mark[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mark); i++) {
		for (size_t j = 0; j < CBOR_DEPTH_MAX; j++)
			cbor_put_array(&w, 1);
		mark[i] = cbor_wrap_begin(&w);
	}
	cbor_put_uint(&w, 5);
	for (size_t i = ARRAY_LEN(mark); i-- > 0;)
		cbor_wrap_end(&w, mark[i]);
	assert_int_equal(cbor_done(&w, &in), OK);
	assert_int_equal(show(in, true), OK);
	assert_non_null(strstr(text, "<<[["));
	assert_non_null(strstr(text, "[h'8181"));
}

static void
no_octet_but_printable_ascii_leaves(void **state)
{
	uint8_t octets[8];

	(void)state;
	for (unsigned c = 0; c <= 0xffff; c++) {
		size_t n = 0;
		char expected[16];

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		if (c < 0x80) {
			octets[1] = (uint8_t)c;
			n = 1;
		} else if (c < 0x800) {
			octets[1] = (uint8_t)(0xc0 | c >> 6);
			octets[2] = (uint8_t)(0x80 | (c & 63));
			n = 2;
		} else {
			octets[1] = (uint8_t)(0xe0 | c >> 12);
			octets[2] = (uint8_t)(0x80 | (c >> 6 & 63));
			octets[3] = (uint8_t)(0x80 | (c & 63));
			n = 3;
		}
		octets[0] = (uint8_t)(0x60 | n);
		assert_int_equal(
		    show((struct bytes){octets, n + 1}, false), OK);
		if (c == '"' || c == '\\')
			(void)snprintf(
			    expected, sizeof(expected), "\"\\%c\"", (int)c);
		else if (c >= 0x20 && c < 0x7f)
			(void)snprintf(
			    expected, sizeof(expected), "\"%c\"", (int)c);
		else
			(void)snprintf(
			    expected, sizeof(expected), "\"\\u%04x\"", c);
		assert_string_equal(text, expected);
	}
}

/* Any room: never written past, always ended, cut visibly. */
static void
a_small_room_cuts(void **state)
{
	static const struct bytes in =
	    BYTES_LIT("\x84\x64IETF\x44\xff\xff\xff\xff\xa1\x01\x02\xf5");
	static const char whole[] = "[\"IETF\", h'ffffffff', {1: 2}, true]";

	(void)state;
	for (size_t n = 1; n <= sizeof(whole) + 1; n++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(
		    cbor_diag(in, true, (struct span){(uint8_t *)text, n}), OK);
		assert_int_equal(text[n], 'x');
		if (n >= sizeof(whole)) {
			assert_string_equal(text, whole);
			continue;
		}
		assert_int_equal(strlen(text), n - 1);
		if (n > 3) {
			assert_string_equal(text + n - 4, "...");
			assert_memory_equal(text, whole, n - 4);
		}
	}
	assert_int_equal(cbor_diag(in, true, (struct span){NULL, 0}), OK);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_vectors_print_as_written),
	    cmocka_unit_test(bad_vectors_answer_their_fault),
	    cmocka_unit_test(text_up_to_the_fault_is_printed),
	    cmocka_unit_test(wrapped_items_are_opened),
	    cmocka_unit_test(doubtful_wraps_stay_octets),
	    cmocka_unit_test(deep_wraps_end_in_hex),
	    cmocka_unit_test(no_octet_but_printable_ascii_leaves),
	    cmocka_unit_test(a_small_room_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
