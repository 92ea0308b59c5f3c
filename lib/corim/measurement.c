/*
 * measurement: one element and its values, each of its type and within its
 * bounds.                                             [CoRIM 5.1.4.5]
 */
#include "corim_int.h"

#include <string.h>

#define KEYS_MAX 16

struct measurement {
	uint32_t has;
	struct bytes mkey, mval, authority;
};

// clang-format off
static const struct cbor_field measurement_rows[] = {
	FIELD(0, F_RAW, struct measurement, mkey, 0, 0),
	FIELD_REQ(1, F_RAW_MAP, struct measurement, mval, 0, 0),
	FIELD(2, F_RAW_ARRAY, struct measurement, authority, 0, 0),
};
enum { M_MKEY = 1 << 0, M_AUTHORITY = 1 << 2 };

#define VALUE(key, which) \
	FIELD(key, F_RAW, struct corim_mval, value[which], 0, 0)
static const struct cbor_field mval_rows[] = {
	VALUE(0, MVAL_VERSION),
	VALUE(1, MVAL_SVN),
	VALUE(2, MVAL_DIGESTS),
	VALUE(3, MVAL_FLAGS),
	VALUE(4, MVAL_RAW),
	VALUE(5, MVAL_MASK),
	VALUE(6, MVAL_MAC),
	VALUE(7, MVAL_IP),
	VALUE(8, MVAL_SERIAL),
	VALUE(9, MVAL_UEID),
	VALUE(10, MVAL_UUID),
	VALUE(11, MVAL_NAME),
	VALUE(13, MVAL_KEYS),
	VALUE(14, MVAL_REGISTERS),
	VALUE(15, MVAL_RANGE),
};
// clang-format on
_Static_assert(ARRAY_LEN(mval_rows) == MVAL_VALUES, "a row for each");
static const struct cbor_table measurement_table = {
    measurement_rows, ARRAY_LEN(measurement_rows), 1};
/* What else there is, is counted. */
static const struct cbor_table mval_table = {
    mval_rows, ARRAY_LEN(mval_rows), 0};

/* ---- each value -------------------------------------------------------- */

static enum err
version_check(struct bytes in)
{
	struct version v;

	return corim_version_read(in, &v);
}

static enum err
svn_check(struct bytes in)
{
	uint64_t svn;
	bool is_min;

	return corim_svn_read(in, &svn, &is_min);
}

static enum err
flags_check(struct bytes in)
{
	uint32_t stated, set;
	bool foreign;

	return corim_flags_read(in, &stated, &set, &foreign);
}

static enum err
raw_check(struct bytes in)
{
	struct bytes value, mask;

	return corim_raw_read(in, &value, &mask);
}

static enum err
mask_check(struct bytes in)
{
	struct bytes mask;

	return corim_bits_read(in, &mask);
}

/* EUI-48 or EUI-64. */
static enum err
mac_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct bytes b = cbor_bstr(&r, 6, 8);

	TRY(cbor_close(&r));
	return b.n == 7 ? ERR_RANGE : OK;
}

/* Four or sixteen octets, bare or with the tag of RFC 9164. */
static enum err
ip_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	size_t min = 4, max = 16;
	struct bytes b;

	if (cbor_tag_if(&r, 52))
		max = 4;
	else if (cbor_tag_if(&r, 54))
		min = 16;
	b = cbor_bstr(&r, min, max);
	TRY(cbor_close(&r));
	return b.n == 4 || b.n == 16 ? OK : ERR_RANGE;
}

static enum err
ueid_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	(void)cbor_bstr(&r, 7, 33);
	return cbor_close(&r);
}

static enum err
uuid_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	(void)cbor_bstr(&r, 16, 16);
	return cbor_close(&r);
}

static enum err
keys_check(struct bytes in)
{
	struct list l;

	TRY(corim_list_read(in, 1, &l));
	return l.n > KEYS_MAX ? ERR_RANGE : corim_each(l, corim_key_check);
}

static enum err
range_check(struct bytes in)
{
	struct range range;
	bool single;

	return corim_range_read(in, &single, &range);
}

static enum err (*const checks[MVAL_VALUES])(struct bytes) = {
    [MVAL_VERSION] = version_check,
    [MVAL_SVN] = svn_check,
    [MVAL_DIGESTS] = corim_digests_check,
    [MVAL_FLAGS] = flags_check,
    [MVAL_RAW] = raw_check,
    [MVAL_MASK] = mask_check,
    [MVAL_MAC] = mac_check,
    [MVAL_IP] = ip_check,
    [MVAL_SERIAL] = corim_text_check,
    [MVAL_UEID] = ueid_check,
    [MVAL_UUID] = uuid_check,
    [MVAL_NAME] = corim_text_check,
    [MVAL_KEYS] = keys_check,
    [MVAL_REGISTERS] = corim_registers_check,
    [MVAL_RANGE] = range_check,
};

/* ---- all of them ------------------------------------------------------- */

/* A mask belongs to a value that has none of its own. */
static enum err
masks_check(const struct corim_mval *m)
{
	struct bytes value, own, mask;

	if (m->value[MVAL_MASK].n == 0)
		return OK;
	if (m->value[MVAL_RAW].n == 0)
		return ERR_MISSING;
	TRY(corim_raw_read(m->value[MVAL_RAW], &value, &own));
	TRY(corim_bits_read(m->value[MVAL_MASK], &mask));
	if (own.n > 0)
		return ERR_UNEXPECTED;
	return mask.n == value.n ? OK : ERR_RANGE;
}

static enum err
mval_read(struct bytes in, struct corim_mval *out)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_map_any(&r, 1, CBOR_PAIRS_MAX);

	TRY(r.err);
	TRY(corim_map_read(in, &mval_table, out));
	for (size_t i = 0; i < MVAL_VALUES; i++) {
		if (out->value[i].n == 0)
			continue;
		n--;
		TRY(checks[i](out->value[i]));
	}
	out->foreign = n > 0;
	return masks_check(out);
}

enum err
corim_mkey_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	if (cbor_peek(&r) == CBOR_TAG)
		return corim_choice_check(in, USE_MKEY);
	if (cbor_peek(&r) == CBOR_TSTR)
		(void)cbor_tstr(&r, 1, NAME_MAX);
	else
		(void)cbor_uint(&r, 0, UINT64_MAX);
	return cbor_close(&r);
}

static enum err
whole_read(struct bytes in, struct corim_measurement *out)
{
	struct measurement m = {0};

	TRY(corim_map_read(in, &measurement_table, &m));
	if ((m.has & M_MKEY) != 0)
		TRY(corim_mkey_check(m.mkey));
	if ((m.has & M_AUTHORITY) != 0) {
		TRY(keys_check(m.authority));
		TRY(corim_list_read(m.authority, 1, &out->authority));
	}
	out->mkey = m.mkey;
	return mval_read(m.mval, &out->mval);
}

enum err
corim_measurement_read(struct bytes in, struct corim_measurement *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	e = whole_read(in, out);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}
