/* lib/eat cmw.c: wrappers, tags, and collections of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_support.h"
#include <tamarind/eat.h>

/* Walk all; answers what ended it. */
static enum err
walked(struct bytes in, struct cmw *all, size_t max, size_t *n)
{
	struct cmw_walk w;
	struct cmw one;
	enum err e;

	cmw_begin(&w, in);
	for (*n = 0; (e = cmw_next(&w, &one)) == OK; (*n)++) {
		assert_true(*n < max);
		all[*n] = one;
	}
	/* The end stays the end. */
	assert_int_equal(cmw_next(&w, &one), e);
	assert_int_equal(one.form, 0);
	return e;
}

static void
published_wrappers(void **state)
{
	static const struct {
		const char *name;
		enum cmw_form form;
		uint64_t format;
		const char *media_type;
		unsigned kinds;
		size_t n;
	} files[] = {
	    {"cmw-example-1.cbor", CMW_RECORD, 64999, NULL, 0, 4},
	    {"cmw-example-2.cbor", CMW_RECORD, 0,
		"application/vnd.example.rats-conceptual-msg", 0, 4},
	    {"cmw-example-3.cbor", CMW_RECORD, 0, "application/rim+cose",
		CMW_REFERENCE_VALUES | CMW_ENDORSEMENTS, 10},
	    {"cmw-example-tag-1.cbor", CMW_TAG, 64999, NULL, 0, 4},
	    {"cmw-example-tag-2.cbor", CMW_TAG, 64998, NULL, 0, 11},
	};
	uint8_t room[512];
	struct cmw c;
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct bytes in =
		    published("cmw", files[i].name, room, sizeof(room));
		struct bytes type = BYTES_NONE;

		assert_int_equal(walked(in, &c, 1, &n), ERR_NOT_FOUND);
		assert_int_equal(n, 1);
		assert_int_equal(c.form, files[i].form);
		assert_int_equal(c.format, files[i].format);
		assert_int_equal(c.kinds, files[i].kinds);
		assert_int_equal(c.value.n, files[i].n);
		if (files[i].media_type != NULL)
			type =
			    (struct bytes){(const uint8_t *)files[i].media_type,
				strlen(files[i].media_type)};
		assert_true(bytes_same(c.media_type, type));
	}
}

static void
published_collections(void **state)
{
	static const char *const names[] = {
	    "collection-example-1.cbor", "collection-example-2.cbor"};
	uint8_t room[512];
	struct cmw c[8];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(
		    walked(published("cmw", names[i], room, sizeof(room)), c, 8,
			&n),
		    ERR_NOT_FOUND);
		assert_int_equal(n, 4);
		assert_int_equal(c[0].form, CMW_COLLECTION);
		assert_true(bytes_same(c[0].type,
		    BYTES_LIT("tag:example.com,2024:composite-attester")));
		for (size_t k = 1; k < n; k++) {
			assert_int_equal(c[k].depth, 1);
			assert_int_equal(c[k].label.n, 0);
			assert_int_equal(c[k].label_number, k - 1);
		}
		assert_int_equal(c[1].kinds, CMW_EVIDENCE);
		assert_int_equal(c[2].form, CMW_TAG);
		assert_int_equal(c[2].format, 64999);
		assert_int_equal(c[3].kinds, CMW_RESULTS);
		assert_true(bytes_same(
		    c[3].media_type, BYTES_LIT("application/eat+jwt")));
	}
}

static const struct {
	const char *hex;
	enum err e;
	size_t n;
} cases[] = {
    {"82004101", ERR_NOT_FOUND, 1},
    {"820040", ERR_NOT_FOUND, 1},
    {"83004101181f", ERR_NOT_FOUND, 1},
    {"8300410100", ERR_RANGE, 0},
    {"830041011820", ERR_RANGE, 0},
    {"821a000100004101", ERR_RANGE, 0},
    {"82604101", ERR_RANGE, 0},
    {"8200616"
     "1",
	ERR_TYPE, 0},
    {"8100", ERR_RANGE, 0},
    {"840041010100", ERR_RANGE, 0},
    {"82204101", ERR_TYPE, 0},
    {"8200410100", ERR_TRAILING, 1},
    {"00", ERR_TYPE, 0},
    {"4101", ERR_TYPE, 0},
    {"", ERR_TYPE, 0},
    /* tags: the first format, the last, between blocks, beyond */
    {"da637401014101", ERR_NOT_FOUND, 1},
    {"da637401ff4101", ERR_NOT_FOUND, 1},
    {"da637402004101", ERR_UNEXPECTED, 0},
    {"da637402014101", ERR_NOT_FOUND, 1},
    {"da637401004101", ERR_UNEXPECTED, 0},
    {"da6475"
     "01014101",
	ERR_UNEXPECTED, 0},
    {"c14101", ERR_UNEXPECTED, 0},
    {"da6374010100", ERR_TYPE, 0},
    /* collections */
    {"a10082004101", ERR_NOT_FOUND, 2},
    {"a1206"
     "1",
	ERR_TRUNCATED, 0},
    {"a1616182004101", ERR_NOT_FOUND, 2},
    {"a2616182004101616282004101", ERR_NOT_FOUND, 3},
    {"a2616182004101616182004101", ERR_DUPLICATE, 0},
    {"a0", ERR_RANGE, 0},
    {"a1414182004101", ERR_TYPE, 1},
    {"a1006161", ERR_TYPE, 1},
    {"a1608200410"
     "1",
	ERR_RANGE, 1},
    {"a1685f5f636d77635f74"
     "6175",
	ERR_MISSING, 0},
    {"a2685f5f636d77635f746175"
     "0082004101",
	ERR_NOT_FOUND, 2},
    {"a20082004101"
     "685f5f636d77635f744155",
	ERR_NOT_FOUND, 2},
    {"a2685f5f636d77635f7400"
     "0082004101",
	ERR_TYPE, 0},
    {"a1685f5f636d77635f7582004101", ERR_UNEXPECTED, 1},
    {"a100a100a10082004101", ERR_NOT_FOUND, 4},
    {"a200a1008200410101820041"
     "02",
	ERR_NOT_FOUND, 4},
    {"a100a100a100a10082004101", ERR_NOT_FOUND, 5},
    {"a100a100a100a100a10082004101", ERR_DEPTH, 4},
    {"bf0082004101ff", ERR_INDEFINITE, 0},
};

static void
wrappers_are_read_whole(void **state)
{
	uint8_t room[512];
	struct cmw c[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes in = {
		    room, hex_octets(cases[i].hex, room, sizeof(room))};
		size_t n;
		enum err e = walked(in, c, 8, &n);

		if (e != cases[i].e || n != cases[i].n)
			fail_msg(
			    "%s: %s after %zu", cases[i].hex, err_name(e), n);
	}
}

/* Every content format has its tag, and no other tag has one. */
static void
formats(void **state)
{
	uint64_t format, next = 0;

	(void)state;
	for (uint64_t tag = 0x63740000; tag < 0x63760000; tag++)
		if (cmw_tag_format(tag, &format)) {
			assert_int_equal(format, next);
			next++;
		}
	assert_int_equal(next, 65025);
	assert_false(cmw_tag_format(0, &format));
	assert_false(cmw_tag_format(UINT64_MAX, &format));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_wrappers),
	    cmocka_unit_test(published_collections),
	    cmocka_unit_test(wrappers_are_read_whole),
	    cmocka_unit_test(formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
