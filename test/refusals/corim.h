/*
 * corim: a store with two anchors, and CoRIMs as tools write them.
 */
#ifndef REFUSALS_CORIM_H
#define REFUSALS_CORIM_H

#include "refusals.h"
#include "sqlite_support.h"

static inline int
begins(void **state)
{
	int e = bench_open(state);

	assert_int_equal(
	    anchor("maker", &b.maker,
		CORIM_REFERENCE | CORIM_ENDORSED | CORIM_ATTEST_KEY, "5"),
	    OK);
	assert_int_equal(anchor("other", &b.other, CORIM_REFERENCE, "5"), OK);
	return e;
}

static inline struct corim_entry
entry(enum corim_kind kind)
{
	return (struct corim_entry){
	    .kind = kind, .class_id = BYTES_LIT("m"), .vendor = BYTES_LIT("5")};
}

static inline struct bytes
written(const struct pair *by, const char *id, uint64_t from, uint64_t to,
    const struct corim_entry *e, size_t n)
{
	static uint8_t plain[4096];
	struct cbor_out o = cbor_into(SPAN_OF(plain));
	struct bytes out;

	assert_int_equal(corim_author(&o, id, "tag", from, to, e, n), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	o = cbor_into(SPAN_OF(envelope_room));
	assert_int_equal(corim_author_sign(&o, &by->s, "maker", out), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

static inline struct corim_entry
version(void)
{
	struct corim_entry e = entry(CORIM_REFERENCE);

	e.mkey = BYTES_LIT("hwversion");
	e.version = BYTES_LIT("rev-b");
	return e;
}

static inline void
let_in(struct bytes in)
{
	struct policy_corim row;
	struct why why = {0};

	if (policy_corim_add(b.p, b.c, NULL, in, NOW, &row, &why) != OK)
		fail_msg("%s in %s", err_name(why.err), why.what);
}

static inline struct corim_entry
endorsement(const struct pair *key, uint8_t device)
{
	static uint8_t ueid[17];
	struct corim_entry e = entry(CORIM_ATTEST_KEY);

	memset(ueid, device, sizeof(ueid));
	ueid[0] = 1;
	e.ueid = BYTES_OF(ueid);
	e.key = key->pub;
	return e;
}

// clang-format off
#define ROW(wrong, make, e, what, key) \
	{wrong, make, e, what, NULL, false, key, {0}}
#define RAW(wrong, make, e, what, raw) \
	{wrong, make, e, what, NULL, false, 0, BYTES_LIT(raw)}
// clang-format on

#endif
