/* lib/teep/schema.c, items.c: every option with every kind of value in every
 * message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka.h wants the four above first
#include <cmocka.h>

#include "teep_messages.h"

/* A value: n octets of a string, n times an encoded item in a list, or an
 * encoded item as it is. */
enum form { AS_IS, BSTR, TSTR, LIST };
struct value {
	int label;
	enum form form;
	size_t n;
	const char *hex;
	enum err err;
};

#define STRING(label, form, min, max)                           \
	{label, form, min, "", OK}, {label, form, max, "", OK}, \
	    {label, form, (max) + 1, "", ERR_RANGE},            \
	{                                                       \
		label, AS_IS, 0, "a0", ERR_TYPE                 \
	}
/* At least one octet. */
#define SHORT(label, form, min)                     \
	{                                           \
		label, form, (min)-1, "", ERR_RANGE \
	}
#define MANY(label, item, max)                                    \
	{label, LIST, 1, item, OK}, {label, LIST, max, item, OK}, \
	    {label, LIST, (max) + 1, item, ERR_RANGE},            \
	    {label, AS_IS, 0, "a0", ERR_TYPE},                    \
	    {label, AS_IS, 0, "9fff", ERR_INDEFINITE},            \
	{                                                         \
		label, LIST, 1, "f4", ERR_TYPE                    \
	}
#define SOME(label)                              \
	{                                        \
		label, AS_IS, 0, "80", ERR_RANGE \
	}

static const struct value values[] = {
    MANY(1, "81821228", 256),
    SOME(1),
    {1, LIST, 1, "8282122882040a", OK},
    {1, LIST, 1, "80", ERR_RANGE},
    {1, LIST, 1, "818112", ERR_RANGE},
    {1, LIST, 1, "8183122800", ERR_RANGE},
    {1, LIST, 1, "81822028", ERR_TYPE},
    {1, LIST, 1, "8182124100", ERR_TYPE},
    STRING(2, BSTR, 8, 512),
    SHORT(2, BSTR, 8),
    {2, TSTR, 8, "", ERR_TYPE},
    MANY(3, "00", 256),
    SOME(3),
    {3, LIST, 1, "1affffffff", OK},
    {3, LIST, 1, "1b0000000100000000", ERR_RANGE},
    {3, LIST, 1, "20", ERR_TYPE},
    MANY(4, "842f28381c01", 256),
    SOME(4),
    {4, LIST, 1, "832f2801", ERR_RANGE},
    {4, LIST, 1, "852f28381c0101", ERR_RANGE},
    {4, LIST, 1, "842f28381c40", ERR_TYPE},
    {5, AS_IS, 0, "00", OK},
    {5, AS_IS, 0, "1affffffff", OK},
    {5, AS_IS, 0, "1b0000000100000000", ERR_RANGE},
    {5, AS_IS, 0, "20", ERR_TYPE},
    {6, BSTR, 0, "", OK},
    {6, BSTR, 70000, "", OK},
    {6, TSTR, 1, "", ERR_TYPE},
    MANY(7, "a200814101034100", 256),
    {7, AS_IS, 0, "80", OK},
    {7, LIST, 1, "a2034100008141ff", OK},
    {7, LIST, 1, "a100814101", ERR_RANGE},
    {7, LIST, 1, "a2034100181a01", ERR_MISSING},
    {7, LIST, 1, "a20001034100", ERR_TYPE},
    {7, LIST, 1, "a20081616103 4100", ERR_TYPE},
    {7, LIST, 1, "a200814101616100", ERR_TYPE},
    {7, LIST, 1, "a300814101030003 00", ERR_DUPLICATE},
    MANY(8, "00", 256),
    {8, AS_IS, 0, "80", OK},
    {8, LIST, 1, "1b0000000100000000", ERR_RANGE},
    MANY(9, "4100", 64),
    SOME(9),
    STRING(10, TSTR, 1, 128),
    SHORT(10, TSTR, 1),
    {10, BSTR, 1, "", ERR_TYPE},
    {10, AS_IS, 0, "62c3a9", OK},
    {10, AS_IS, 0, "62c2a0", OK},
    {10, AS_IS, 0, "61ff", ERR_UTF8},
    {10, AS_IS, 0, "63eda080", ERR_UTF8},
    {10, AS_IS, 0, "62c080", ERR_UTF8},
    {10, AS_IS, 0, "6100", ERR_TEXT},
    {10, AS_IS, 0, "62611b", ERR_TEXT},
    {10, AS_IS, 0, "617f", ERR_TEXT},
    {10, AS_IS, 0, "62c280", ERR_TEXT},
    {10, AS_IS, 0, "6361c29f", ERR_TEXT},
    STRING(11, TSTR, 1, 128),
    SHORT(11, TSTR, 1),
    {11, AS_IS, 0, "610a", ERR_TEXT},
    {11, AS_IS, 0, "61c3", ERR_UTF8},
    STRING(12, TSTR, 1, 512),
    SHORT(12, TSTR, 1),
    {12, AS_IS, 0, "6109", ERR_TEXT},
    MANY(13, "a10f814101", 256),
    SOME(13),
    {13, LIST, 1, "a20f8141011005", OK},
    {13, LIST, 1, "a30f814101100511f5", OK},
    {13, LIST, 1, "a20f81410111f4", OK},
    {13, LIST, 1, "a20f81410111f5", ERR_TEEP_RULE},
    {13, LIST, 1, "a11005", ERR_MISSING},
    {13, LIST, 1, "a20f814101181900", ERR_UNEXPECTED},
    {13, LIST, 1, "a10f8101", ERR_TYPE},
    {13, LIST, 1, "a20f8141011020", ERR_TYPE},
    {13, LIST, 1, "a20f8141011100", ERR_TYPE},
    MANY(14, "814101", 256),
    SOME(14),
    {14, LIST, 1, "80", OK},
    {14, LIST, 1, "8101", ERR_TYPE},
    {14, LIST, 1, "816161", ERR_TYPE},
    MANY(18, "4100", 64),
    SOME(18),
    STRING(19, BSTR, 8, 64),
    SHORT(19, BSTR, 8),
    MANY(20, "00", 256),
    SOME(20),
    {20, LIST, 1, "1bffffffffffffffff", OK},
    {20, LIST, 1, "20", ERR_TYPE},
    STRING(21, TSTR, 1, 35),
    SHORT(21, TSTR, 1),
    {21, AS_IS, 0, "610d", ERR_TEXT},
    {22, AS_IS, 0, "01", OK},
    {22, AS_IS, 0, "1affffffff", OK},
    {22, AS_IS, 0, "00", ERR_RANGE},
    {22, AS_IS, 0, "1b0000000100000000", ERR_RANGE},
    {22, AS_IS, 0, "20", ERR_TYPE},
};

/* Labels that a message has, from the specification and not from the code
 * under test. */
static const struct {
	enum teep_type type;
	const char *labels;
} allowed[] = {
    {TEEP_QUERY_REQUEST, " 2 3 6 12 18 19 20 "},
    {TEEP_QUERY_RESPONSE, " 5 6 7 8 12 13 14 18 19 "},
    {TEEP_UPDATE, " 6 9 11 12 14 19 21 22 "},
    {TEEP_SUCCESS, " 10 18 19 "},
    {TEEP_ERROR, " 1 2 3 4 11 18 19 20 21 "},
};

static bool
label_allowed(size_t type, int label)
{
	char text[16];

	(void)snprintf(text, sizeof(text), " %d ", label);
	return strstr(allowed[type].labels, text) != NULL;
}

/* Bit of enum teep_has, spelled out. */
static uint32_t
label_bit(int label)
{
	static const uint32_t bits[23] = {[1] = TEEP_HAS_SUITES,
	    [2] = TEEP_HAS_CHALLENGE,
	    [3] = TEEP_HAS_VERSIONS,
	    [4] = TEEP_HAS_PROFILES,
	    [5] = TEEP_HAS_SELECTED_VERSION,
	    [6] = TEEP_HAS_ATTESTATION,
	    [7] = TEEP_HAS_TC_LIST,
	    [8] = TEEP_HAS_EXT_LIST,
	    [9] = TEEP_HAS_MANIFESTS,
	    [10] = TEEP_HAS_MSG,
	    [11] = TEEP_HAS_ERR_MSG,
	    [12] = TEEP_HAS_FORMAT,
	    [13] = TEEP_HAS_REQUESTED,
	    [14] = TEEP_HAS_UNNEEDED,
	    [18] = TEEP_HAS_REPORTS,
	    [19] = TEEP_HAS_TOKEN,
	    [20] = TEEP_HAS_FRESHNESS,
	    [21] = TEEP_HAS_ERR_LANG,
	    [22] = TEEP_HAS_ERR_CODE};

	return bits[label];
}

static void
put_value(struct cbor_out *w, const struct value *v)
{
	static uint8_t filler[70001];

	switch (v->form) {
	case AS_IS:
		put_hex(w, v->hex);
		return;
	case BSTR:
		cbor_put_bstr(w, (struct bytes){filler, v->n});
		return;
	case TSTR:
		memset(filler, 'x', v->n);
		cbor_put_tstr(w, (struct bytes){filler, v->n});
		memset(filler, 0, v->n);
		return;
	case LIST:
		cbor_put_array(w, v->n);
		for (size_t i = 0; i < v->n; i++)
			put_hex(w, v->hex);
		return;
	}
}

static void
every_option(void **state)
{
	static uint8_t room[ROOM];
	struct fence f = fence_make(ROOM);

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(allowed); t++)
		for (size_t i = 0; i < ARRAY_LEN(values); i++) {
			const struct value *v = &values[i];
			bool known = label_allowed(t, v->label);
			struct cbor_out w = cbor_into(SPAN_OF(room));
			struct teep_message m;
			struct bytes in;
			enum err e;

			/* A format goes with a payload. */
			put_start(&w, allowed[t].type, v->label == 12 ? 2 : 1);
			if (v->label == 12)
				put_hex(&w, "0640");
			cbor_put_int(&w, v->label);
			put_value(&w, v);
			put_end(&w, allowed[t].type, 1);
			assert_int_equal(cbor_done(&w, &in), OK);
			in = fence_put(&f, in);
			e = parse(in, 0);
			/* Even ignored options are strict CBOR. */
			if (!known && v->err != ERR_INDEFINITE &&
			    v->err != ERR_UTF8 && v->err != ERR_DUPLICATE)
				assert_int_equal(e, OK);
			else if (e != v->err)
				fail_msg("type %d, value %zu (label %d): %s",
				    (int)allowed[t].type, i, v->label,
				    err_name(e));
			if (e != OK)
				continue;
			assert_int_equal(teep_parse(in, NULL, &m, NULL), OK);
			assert_int_equal(
			    (m.has & label_bit(v->label)) != 0, known);
			round_trip(in);
		}
	fence_drop(&f);
}

/* Labels of nobody, of requested-tc-info, and keys that are no labels. */
static void
unknown_options(void **state)
{
	static const char *const good[] = {"00f6", "0f00", "1000", "1100",
	    "1700", "1903e8f5", "2000", "617800"};
	static const char *const bad[] = {"40f6", "1700ff", "f500"};
	uint8_t room[64];
	struct teep_message m;
	struct bytes in;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good) + ARRAY_LEN(bad); i++) {
		struct cbor_out w = cbor_into(SPAN_OF(room));
		bool fine = i < ARRAY_LEN(good);

		put_start(&w, TEEP_SUCCESS, 1);
		put_hex(&w, fine ? good[i] : bad[i - ARRAY_LEN(good)]);
		assert_int_equal(cbor_done(&w, &in), OK);
		assert_int_equal(parse(in, 0) == OK, fine);
		if (fine) {
			assert_int_equal(teep_parse(in, NULL, &m, NULL), OK);
			assert_int_equal(m.has, 0);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_option),
	    cmocka_unit_test(unknown_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
