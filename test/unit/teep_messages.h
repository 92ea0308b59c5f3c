/*
 * teep_messages: read, write, compare and assemble TEEP messages in tests.
 */
#ifndef TEST_TEEP_MESSAGES_H
#define TEST_TEEP_MESSAGES_H

#include "teep_support.h"
#include <tamarind/teep.h>

#define ROOM 81920

/* ---- comparing messages ------------------------------------------------ */

#define AT(member) offsetof(struct teep_message, member)

static const size_t views[] = {AT(token), AT(challenge), AT(attestation),
    AT(format), AT(msg), AT(err_msg), AT(err_lang)};
static const size_t lists[] = {AT(versions), AT(suites), AT(profiles),
    AT(freshness), AT(tc_list), AT(ext_list), AT(manifests), AT(requested),
    AT(unneeded), AT(reports)};

static inline bool
message_same(const struct teep_message *a, const struct teep_message *b)
{
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		struct bytes x, y;

		memcpy(&x, (const uint8_t *)a + views[i], sizeof(x));
		memcpy(&y, (const uint8_t *)b + views[i], sizeof(y));
		if (!bytes_same(x, y))
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct list x, y;

		memcpy(&x, (const uint8_t *)a + lists[i], sizeof(x));
		memcpy(&y, (const uint8_t *)b + lists[i], sizeof(y));
		if (x.n != y.n || !bytes_same(x.raw, y.raw))
			return false;
	}
	return a->has == b->has && a->type == b->type && a->items == b->items &&
	       a->err_code == b->err_code &&
	       a->selected_version == b->selected_version;
}

/* write(read(x)) reads as the same message, and is written the same again. */
static inline void
round_trip(struct bytes in)
{
	static uint8_t first[ROOM], second[ROOM];
	struct teep_message m, back;
	struct bytes out, again;
	struct cbor_out w, measure = cbor_measure();

	assert_int_equal(teep_parse(in, NULL, &m, NULL), OK);
	w = cbor_into(SPAN_OF(first));
	assert_int_equal(teep_write(&w, NULL, &m), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(teep_write(&measure, NULL, &m), OK);
	assert_int_equal(measure.at, out.n);
	assert_int_equal(teep_parse(out, NULL, &back, NULL), OK);
	assert_true(message_same(&m, &back));
	w = cbor_into(SPAN_OF(second));
	assert_int_equal(teep_write(&w, NULL, &back), OK);
	assert_int_equal(cbor_done(&w, &again), OK);
	assert_true(bytes_same(out, again));
}

/* A refused message is empty. */
static inline enum err
parse(struct bytes in, unsigned rules)
{
	static const struct teep_message nothing;
	const struct dialect d = {.rules = (uint8_t)rules};
	struct teep_message m;
	struct why why = {0};
	enum err e;

	memset(&m, 0xa5, sizeof(m));
	e = teep_parse(in, &d, &m, &why);
	if (e == OK)
		return OK;
	assert_true(message_same(&m, &nothing));
	assert_int_equal(why.err, e);
	assert_non_null(why.what);
	assert_true(why.at <= in.n);
	return e;
}

/* ---- assembling octets ------------------------------------------------ */

static inline void
put_hex(struct cbor_out *w, const char *hex)
{
	uint8_t octets[128];
	size_t n = hex_octets(hex, octets, sizeof(octets));

	cbor_put_raw(w, (struct bytes){octets, n});
}

static inline void
put_start(struct cbor_out *w, enum teep_type type, size_t options)
{
	cbor_put_array(w, type == TEEP_QUERY_REQUEST ? 5
			  : type == TEEP_ERROR       ? 3
						     : 2);
	cbor_put_uint(w, type);
	cbor_put_map(w, options);
}

static inline void
put_end(struct cbor_out *w, enum teep_type type, uint64_t number)
{
	if (type == TEEP_QUERY_REQUEST) {
		put_hex(w, "8181821228");
		put_hex(w, "81842f28381c01");
	}
	if (type == TEEP_QUERY_REQUEST || type == TEEP_ERROR)
		cbor_put_uint(w, number);
}

#endif
