/*
 * provision: what the maker put into the device.        docs/porting.md
 */
#include "device.h"

#include <string.h>

// clang-format off
#define ROW(key, kind, member, min, max) \
	FIELD_REQ(key, kind, struct provision, member, min, max)

static const struct cbor_field rows[] = {
	ROW(1, F_UINT, version, 1, 1),
	ROW(2, F_BSTR, teep, MBED_SCALAR_LEN, MBED_SCALAR_LEN),
	ROW(3, F_BSTR, report, MBED_SCALAR_LEN, MBED_SCALAR_LEN),
	ROW(4, F_BSTR, evidence, MBED_SCALAR_LEN, MBED_SCALAR_LEN),
	ROW(5, F_BSTR, seal, REGION_KEY, REGION_KEY),
	ROW(6, F_BSTR, ueid, 17, 33),
	ROW(7, F_BSTR, oemid, 3, 16),
	ROW(8, F_BSTR, hwmodel, 1, 32),
	ROW(9, F_TSTR, hwversion, 1, 64),
	ROW(10, F_LIST_BSTR, vendors, 0, IDS_MAX),
	ROW(11, F_LIST_BSTR, classes, 0, IDS_MAX),
	ROW(12, F_BSTR, policy, 1, BOARD_PROVISION_MAX),
	ROW(13, F_TSTR, manifest_uri, 0, 255),
	ROW(14, F_BSTR, manifest, DIGEST_LEN, DIGEST_LEN),
};
// clang-format on

static const struct cbor_table table = {rows, ARRAY_LEN(rows), 1};

enum err
provision_read(struct bytes in, struct provision *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, &table, out);
	e = cbor_close(&r);
	if (e == OK && out->ueid.n != 17 && out->ueid.n != 33)
		e = ERR_RANGE;
	if (e == OK && out->ueid.p[0] != 1)
		e = ERR_RANGE;
	return e == OK ? OK : why_set(why, e, "provisioning");
}
