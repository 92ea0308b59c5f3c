/* base: the table of refusals, views, wipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <tamarind/base.h>

static const enum err all[] = {
#define X(name, number, word, sentence) name,
    ERR_TABLE(X)
#undef X
};

static void
names_are_distinct_and_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_true(strlen(err_name(all[i])) > 0);
		assert_true(strlen(err_text(all[i])) > 0);
		for (const char *p = err_name(all[i]); *p != '\0'; p++)
			assert_true(*p == '-' || (*p >= 'a' && *p <= 'z') ||
				    (*p >= '0' && *p <= '9'));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(
			    err_name(all[i]), err_name(all[j]));
	}
	assert_string_equal(err_name(OK), "ok");
	assert_string_equal(err_name(ERR_SIGNATURE), "bad-signature");
}

static void
a_foreign_number_has_a_name_too(void **state)
{
	(void)state;
	assert_string_equal(err_name((enum err)0x1ff), "unknown");
	assert_non_null(err_text((enum err)0x1ff));
}

static void
numbers_name_who_must_act(void **state)
{
	(void)state;
	assert_int_equal(err_class(OK), CLASS_OK);
	assert_int_equal(err_class(ERR_TRUNCATED), CLASS_INPUT);
	assert_int_equal(err_class(ERR_SIGNATURE), CLASS_REFUSED);
	assert_int_equal(err_class(ERR_ROOM), CLASS_ROOM);
	assert_int_equal(err_class(ERR_STORE), CLASS_PORT);
	assert_int_equal(err_class(ERR_BUG), CLASS_BUG);
	for (size_t i = 1; i < ARRAY_LEN(all); i++)
		assert_in_range(err_class(all[i]), CLASS_INPUT, CLASS_BUG);
}

static void
why_forgets_what_it_held(void **state)
{
	struct why w;

	(void)state;
	memset(&w, 0xff, sizeof(w));
	assert_int_equal(why_set(&w, ERR_TOKEN, "token"), ERR_TOKEN);
	assert_int_equal(w.err, ERR_TOKEN);
	assert_string_equal(w.what, "token");
	assert_int_equal(w.kind, WHY_NONE);
	assert_null(w.expected.p);
	assert_int_equal(w.at, 0);
	assert_int_equal(why_set(NULL, ERR_BUG, NULL), ERR_BUG);
}

static void
verdict_zero_refuses(void **state)
{
	enum verdict v;

	(void)state;
	memset(&v, 0, sizeof(v));
	assert_int_equal(v, REFUSED);
	for (unsigned i = 0; i < 32; i++)
		assert_int_not_equal(1u << i, ACCEPTED);
}

static void
same_means_length_and_octets(void **state)
{
	static bool (*const same[])(struct bytes, struct bytes) = {
	    bytes_same, bytes_same_ct};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_true(same[i](BYTES_NONE, BYTES_NONE));
		assert_true(same[i](BYTES_NONE, BYTES_LIT("")));
		assert_true(same[i](BYTES_LIT("abc"), BYTES_LIT("abc")));
		assert_false(same[i](BYTES_LIT("abc"), BYTES_LIT("ab")));
		assert_false(same[i](BYTES_LIT("ab"), BYTES_LIT("abc")));
		assert_false(same[i](BYTES_LIT("abc"), BYTES_NONE));
		assert_false(same[i](BYTES_LIT("\0"), BYTES_NONE));
	}
}

static void
one_flipped_bit_differs(void **state)
{
	uint8_t a[33], b[33];

	(void)state;
	memset(a, 0x5a, sizeof(a));
	for (size_t bit = 0; bit < 8 * sizeof(b); bit++) {
		memcpy(b, a, sizeof(b));
		b[bit / 8] = (uint8_t)(b[bit / 8] ^ 1u << bit % 8);
		assert_false(bytes_same(BYTES_OF(a), BYTES_OF(b)));
		assert_false(bytes_same_ct(BYTES_OF(a), BYTES_OF(b)));
	}
}

static void
order_is_bytewise(void **state)
{
	static const struct bytes sorted[] = {
	    {NULL, 0},
	    BYTES_LIT("\x00"),
	    BYTES_LIT("\x0a"),
	    BYTES_LIT("\x18\x64"),
	    BYTES_LIT("\x20"),
	    BYTES_LIT("\x61"),
	    BYTES_LIT("\x61\x7a"),
	    BYTES_LIT("\x80"),
	    BYTES_LIT("\xff\x00"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sorted); i++)
		for (size_t j = 0; j < ARRAY_LEN(sorted); j++) {
			int c = bytes_order(sorted[i], sorted[j]);

			assert_true(i < j ? c < 0 : i > j ? c > 0 : c == 0);
		}
}

static void
prefix_begins(void **state)
{
	(void)state;
	assert_true(bytes_prefix(BYTES_LIT("abc"), BYTES_LIT("ab")));
	assert_true(bytes_prefix(BYTES_LIT("abc"), BYTES_LIT("abc")));
	assert_true(bytes_prefix(BYTES_LIT("abc"), BYTES_NONE));
	assert_true(bytes_prefix(BYTES_NONE, BYTES_NONE));
	assert_false(bytes_prefix(BYTES_LIT("ab"), BYTES_LIT("abc")));
	assert_false(bytes_prefix(BYTES_LIT("abc"), BYTES_LIT("b")));
	assert_false(bytes_prefix(BYTES_NONE, BYTES_LIT("a")));
}

static void
wipe_clears_exactly_its_octets(void **state)
{
	uint8_t a[8];

	(void)state;
	memset(a, 0xa5, sizeof(a));
	wipe(a + 2, 4);
	assert_memory_equal(a, "\xa5\xa5\0\0\0\0\xa5\xa5", 8);
	wipe(NULL, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_distinct_and_there),
	    cmocka_unit_test(a_foreign_number_has_a_name_too),
	    cmocka_unit_test(numbers_name_who_must_act),
	    cmocka_unit_test(why_forgets_what_it_held),
	    cmocka_unit_test(verdict_zero_refuses),
	    cmocka_unit_test(same_means_length_and_octets),
	    cmocka_unit_test(one_flipped_bit_differs),
	    cmocka_unit_test(order_is_bytewise),
	    cmocka_unit_test(prefix_begins),
	    cmocka_unit_test(wipe_clears_exactly_its_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
