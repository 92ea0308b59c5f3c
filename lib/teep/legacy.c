/*
 * legacy: what dialects other than the default are made of: the numbering of
 * the drafts before -26, and lists with other algorithm ids and other shapes.
 *                                             [TEEP 8, docs/interop.md]
 *
 * A device that speaks only the default does not link this file.
 */
#include "teep_int.h"

/* One label between 4 and 5, and one type between 3 and 4, were given up. */
#define LABEL(n) ((n) > 4 ? (n) + 1 : (n))
#define TYPE(t)  ((t) > TEEP_UPDATE ? (t) + 1 : (t))
#include "rows.h"

static const struct teep_numbering numbering = {
    .schema = schemas,
    .requested = {requested, ARRAY_LEN(requested), 1},
    .moved = 1,
    .manifest_code = 17,
};

// clang-format off
static const uint8_t full_suites[] = {
	0x81, 0x82, 0x12, 0x28, /* [[18, -9]] */
	0x81, 0x82, 0x12, 0x32, /* [[18, -19]] */
};
static const uint8_t poly_suites[] = {
	0x81, 0x82, 0x12, 0x26, /* [[18, -7]] */
	0x81, 0x82, 0x12, 0x27, /* [[18, -8]] */
};
static const uint8_t poly_four[] = {
	0x84, 0x2f, 0x26, 0x38, 0x1c, 0x39, 0xff, 0xfd,
	0x84, 0x2f, 0x27, 0x38, 0x1c, 0x39, 0xff, 0xfd,
	0x84, 0x2f, 0x26, 0x38, 0x1c, 0x01,
	0x84, 0x2f, 0x27, 0x38, 0x1c, 0x18, 0x18,
};
static const uint8_t full_two[] = {
	0x82, 0x28, 0x39, 0xff, 0xfd,
	0x82, 0x32, 0x39, 0xff, 0xfd,
	0x82, 0x28, 0x01,
	0x82, 0x32, 0x18, 0x18,
};
static const uint8_t poly_two[] = {
	0x82, 0x26, 0x39, 0xff, 0xfd,
	0x82, 0x27, 0x39, 0xff, 0xfd,
	0x82, 0x26, 0x01,
	0x82, 0x27, 0x18, 0x18,
};
// clang-format on

/* The third profile begins at at and has n octets. */
#define OFFER(suites, four, at, n)                                     \
	{                                                              \
		{{suites, sizeof(suites)}, 2}, {{suites, 4}, 1},       \
		    {{(suites) + 4, 4}, 1}, {{four, sizeof(four)}, 4}, \
		{                                                      \
			{(four) + (at), n}, 1                          \
		}                                                      \
	}

static const struct dialect_offer of_poly_four =
    OFFER(poly_suites, poly_four, 16, 6);
static const struct dialect_offer of_full_two =
    OFFER(full_suites, full_two, 10, 3);
static const struct dialect_offer of_poly_two =
    OFFER(poly_suites, poly_two, 10, 3);

/* Has n a row for every option label of this message? */
static bool
knows_all(const struct teep_numbering *n, struct bytes payload)
{
	struct cbor_in r = cbor_open(payload);
	size_t members = cbor_array_any(&r, 1, LEN_ANY);
	const struct teep_schema *s =
	    teep_schema_find(n, cbor_uint(&r, 0, UINT64_MAX));
	size_t pairs;

	if (s == NULL || members != s->members)
		return false;
	pairs = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);
	for (size_t i = 0; i < pairs && r.err == OK; i++) {
		int64_t label = cbor_int(&r, INT64_MIN, INT64_MAX);
		bool found = false;

		for (size_t k = 0; k < s->options.n; k++)
			found |= s->options.row[k].key == label;
		if (!found)
			return false;
		(void)cbor_raw(&r, CBOR_ANY);
	}
	return r.err == OK;
}

/* Does d read it, and know all of it? */
static bool
is_of(const struct dialect *d, struct bytes payload)
{
	const struct teep_numbering *n = teep_numbering_of(d);
	struct teep_message m;

	/* Most often said by the labels alone, and so the first question. */
	return n != NULL && knows_all(n, payload) &&
	       teep_parse(payload, d, &m, NULL) == OK;
}

static const char *
other_of(const struct dialect *d, const struct dialect_tables *t,
    struct bytes payload, enum err e)
{
	static const struct dialect standard;
	const struct teep_numbering *own = teep_numbering_of(d);
	struct dialect other = d == NULL ? standard : *d;

	if (own == NULL || (e == OK && knows_all(own, payload)))
		return NULL;
	other.tables = t;
	other.profiles ^= DIALECT_TWO;
	if (is_of(&other, payload))
		return "profiles";
	other.numbering ^= DIALECT_LEGACY;
	if (is_of(&other, payload))
		return "numbering";
	other.profiles ^= DIALECT_TWO;
	return is_of(&other, payload) ? "numbering" : NULL;
}

/* Four with fully specified ids are the default's. */
const struct dialect_tables dialect_others = {
    .legacy = &numbering,
    .other = other_of,
    .offer = {{NULL, &of_full_two}, {&of_poly_four, &of_poly_two}},
};
