/*
 * table: a map with one row of every kind that the table engine has.
 */
#ifndef FUZZ_TABLE_H
#define FUZZ_TABLE_H

#include <tamarind/cbor.h>

struct all {
	uint32_t has;
	uint64_t u;
	int64_t i;
	bool b;
	struct bytes bstr, tstr, raw, map, array, wrap;
	struct list any, bstrs, uints, maps, arrays;
};

// clang-format off
static const struct cbor_field all_rows[] = {
	FIELD_REQ(0, F_UINT, struct all, u, 0, UINT32_MAX),
	FIELD(1, F_INT, struct all, i, FIELD_NO_MIN, INT32_MAX),
	FIELD(2, F_BOOL, struct all, b, 0, 0),
	FIELD(3, F_BSTR, struct all, bstr, 1, 8),
	FIELD(4, F_TSTR, struct all, tstr, 0, 8),
	FIELD(5, F_RAW, struct all, raw, 0, 0),
	FIELD(6, F_RAW_MAP, struct all, map, 0, 0),
	FIELD(7, F_RAW_ARRAY, struct all, array, 0, 0),
	FIELD(8, F_LIST, struct all, any, 0, 3),
	FIELD(9, F_LIST_BSTR, struct all, bstrs, 1, 3),
	FIELD(24, F_LIST_UINT, struct all, uints, 0, UINT32_MAX),
	FIELD(256, F_LIST_MAP, struct all, maps, 0, 4),
	FIELD(-1, F_LIST_ARRAY, struct all, arrays, 0, 4),
	FIELD(-25, F_WRAP, struct all, wrap, 0, UINT32_MAX),
};
// clang-format on

#endif
