/* suit_id: identifiers and their one text form each. */
#include "suit_fake.h"

static const struct {
	const char *diag, *text;
} pairs[] = {
    {"[]", "/"},
    {"['a']", "a"},
    {"['ta','hello']", "ta/hello"},
    {"[h'00']", "%00"},
    {"['a b','c/d']", "a%20b/c%2Fd"},
    {"['A-Z_a.z09~%']", "A-Z_a.z09%7E%25"},
    {"[h'8d82573a','suit']", "%8D%82W%3A/suit"},
    {"['a','b','c','d','e','f','g','h']", "a/b/c/d/e/f/g/h"},
};

static void
both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct bytes id = cbor("%s", pairs[i].diag), back;
		uint8_t room[SUIT_ID_MAX];
		char text[SUIT_ID_TEXT];

		assert_int_equal(suit_id_check(id), OK);
		assert_int_equal(suit_id_text(id, text), OK);
		assert_string_equal(text, pairs[i].text);
		assert_int_equal(
		    suit_id_from_text(text, SPAN_OF(room), &back), OK);
		assert_true(bytes_same(id, back));
	}
}

static void
no_identifiers(void **state)
{
	static const struct {
		const char *diag;
		enum err e;
	} bad[] = {
	    {"'a'", ERR_TYPE},
	    {"[\"a\"]", ERR_TYPE},
	    {"[['a']]", ERR_TYPE},
	    {"['']", ERR_RANGE},
	    {"['a','']", ERR_RANGE},
	    {"['a','b','c','d','e','f','g','h','i']", ERR_RANGE},
	};
	char text[SUIT_ID_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bytes id = cbor("%s", bad[i].diag);

		assert_int_equal(suit_id_check(id), bad[i].e);
		assert_int_equal(suit_id_text(id, text), bad[i].e);
		assert_string_equal(text, "");
	}
	assert_int_equal(suit_id_check(BYTES_NONE), ERR_TRUNCATED);
	assert_int_equal(
	    suit_id_check(BYTES_LIT("\x81\x41\x61\x00")), ERR_TRAILING);
}

/* A second text for the same identifier would pass a list of names. */
static void
no_texts(void **state)
{
	static const char *const bad[] = {"", "a//b", "/a", "a/", "//", "%",
	    "%4", "%zz", "%41", "%2f", "a b", "a\n", "\xc3\xa9", "%0", "a/%"};
	uint8_t room[SUIT_ID_MAX];
	struct bytes id;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(
		    suit_id_from_text(bad[i], SPAN_OF(room), &id), ERR_TEXT);
		assert_null(id.p);
	}
	assert_int_equal(
	    suit_id_from_text("1/2/3/4/5/6/7/8/9", SPAN_OF(room), &id),
	    ERR_RANGE);
	assert_int_equal(
	    suit_id_from_text("abc", (struct span){room, 4}, &id), ERR_ROOM);
}

/* The longest one fits its text. */
static void
longest(void **state)
{
	uint8_t raw[SUIT_ID_MAX + 1] = {0x81, 0x58, SUIT_ID_MAX - 3}, room[256];
	char text[SUIT_ID_TEXT];
	struct bytes back;

	(void)state;
	assert_int_equal(
	    suit_id_text((struct bytes){raw, SUIT_ID_MAX}, text), OK);
	assert_int_equal(strlen(text), 3 * (SUIT_ID_MAX - 3));
	assert_int_equal(suit_id_from_text(text, SPAN_OF(room), &back), OK);
	assert_int_equal(back.n, SUIT_ID_MAX);
	raw[2]++;
	assert_int_equal(
	    suit_id_check((struct bytes){raw, SUIT_ID_MAX + 1}), ERR_RANGE);
	assert_int_equal(suit_id_from_text(append(text, sizeof(text), "a"),
			     SPAN_OF(room), &back),
	    ERR_RANGE);
}

static void
prefixes(void **state)
{
	static const struct {
		const char *id, *prefix;
		bool under;
	} cases[] = {
	    {"['a','b']", "[]", true},
	    {"['a','b']", "['a']", true},
	    {"['a','b']", "['a','b']", true},
	    {"['a','b']", "['a','b','c']", false},
	    {"['a','b']", "['b']", false},
	    {"['ab']", "['a']", false}, /* whole segments only */
	    {"[]", "[]", true},
	    {"[]", "['a']", false},
	    {"'a'", "[]", false},
	    {"['a']", "'a'", false},
	    {"[\"a\"]", "['a']", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(suit_id_under(cbor("%s", cases[i].id),
				     cbor("%s", cases[i].prefix)),
		    cases[i].under);
	assert_false(suit_id_under(BYTES_NONE, cbor("[]")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_ways),
	    cmocka_unit_test(no_identifiers),
	    cmocka_unit_test(no_texts),
	    cmocka_unit_test(longest),
	    cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
