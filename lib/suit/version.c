/*
 * version: version numbers and their order.        [SUIT UM SUIT_Parameter_
 * Version_Match] */
#include "suit_int.h"

/* -1 rc, -2 beta, -3 alpha */
#define CLASS_MIN (-3)

/* One to three release numbers; then, it may be, a pre-release class, and
 * further numbers.  One without the other is a fourth release number. */
static void
numbers_check(struct cbor_in *r)
{
	size_t n = cbor_array_any(r, 1, VERSION_PARTS);
	bool before = false;

	for (size_t i = 0; i < n && r->err == OK; i++) {
		bool release = i == 0 || before;
		int64_t v = cbor_int(r, release ? 0 : CLASS_MIN, INT64_MAX);

		if (i == 3 && v >= 0 && !before)
			cbor_fail(r, ERR_RANGE);
		before |= v < 0;
	}
}

enum err
version_check(struct bytes version)
{
	struct cbor_in r = cbor_open(version);

	numbers_check(&r);
	return cbor_close(&r);
}

void
version_match_check(struct cbor_in *r)
{
	cbor_array(r, 2);
	(void)cbor_uint(r, VERSION_GREATER, VERSION_LESSER);
	numbers_check(r);
}

enum err
param_version(struct bytes *value)
{
	struct cbor_in r = cbor_open(*value);

	version_match_check(&r);
	return cbor_close(&r);
}

/* <0, 0, >0: of the first number that differs; those the manifest does not
 * name do not count, and those the device lacks are 0. */
static int
order(struct cbor_in *have, struct cbor_in *want)
{
	size_t n_have = cbor_array_any(have, 1, VERSION_PARTS);
	size_t n_want = cbor_array_any(want, 1, VERSION_PARTS);

	for (size_t i = 0; i < n_want; i++) {
		int64_t w = cbor_int(want, INT64_MIN, INT64_MAX);
		int64_t h =
		    i < n_have ? cbor_int(have, INT64_MIN, INT64_MAX) : 0;

		if (h != w)
			return h < w ? -1 : 1;
	}
	return 0;
}

bool
suit_version_holds(struct bytes want, struct bytes version)
{
	struct cbor_in w = cbor_open(want), h = cbor_open(version);
	uint64_t comparison;
	int is;

	if (param_version(&want) != OK || version_check(version) != OK)
		return false;
	cbor_array(&w, 2);
	comparison = cbor_uint(&w, VERSION_GREATER, VERSION_LESSER);
	is = order(&h, &w);
	switch ((enum version_comparison)comparison) {
	case VERSION_GREATER:
		return is > 0;
	case VERSION_GREATER_EQUAL:
		return is >= 0;
	case VERSION_EQUAL:
		return is == 0;
	case VERSION_LESSER_EQUAL:
		return is <= 0;
	case VERSION_LESSER:
		return is < 0;
	}
	return false;
}
