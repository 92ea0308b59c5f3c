/*
 * values: read what stands in a measurement, with its bounds.
 *                                                     [CoRIM 5.1.4.5]
 */
#include "corim_int.h"

#define TAG_SVN     552
#define TAG_MIN_SVN 553
#define TAG_BYTES   560
#define TAG_MASKED  563
#define TAG_RANGE   564
#define RAW_MAX     4096
#define DIGESTS_MAX 16
#define REGISTERS   128
#define FLAGS       11

struct flags {
	uint32_t has;
	bool flag[FLAGS];
};

// clang-format off
static const struct cbor_field version_rows[] = {
	/* As long as EAT lets a version be. */
	FIELD_REQ(0, F_TSTR, struct version, text, 1, 256),
	FIELD(1, F_RAW, struct version, scheme, 0, 0),
};

#define FLAG(n) FIELD(n, F_BOOL, struct flags, flag[n], 0, 0)
static const struct cbor_field flag_rows[] = {
	FLAG(0), FLAG(1), FLAG(2), FLAG(3), FLAG(4), FLAG(5), FLAG(6),
	FLAG(7), FLAG(8), FLAG(9), FLAG(10),
};
// clang-format on
static const struct cbor_table version_table = {
    version_rows, ARRAY_LEN(version_rows), 1};
static const struct cbor_table flag_table = {
    flag_rows, ARRAY_LEN(flag_rows), 0};

enum err
corim_version_read(struct bytes in, struct version *out)
{
	struct cbor_in r;

	*out = (struct version){0};
	TRY(corim_map_read(in, &version_table, out));
	if (out->scheme.n == 0)
		return OK;
	r = cbor_open(out->scheme);
	if (cbor_peek(&r) == CBOR_TSTR)
		(void)cbor_tstr(&r, 1, NAME_MAX);
	else
		(void)cbor_int(&r, INT32_MIN, INT32_MAX);
	return cbor_close(&r);
}

enum err
corim_svn_read(struct bytes in, uint64_t *out, bool *is_min)
{
	struct cbor_in r = cbor_open(in);

	*is_min = cbor_tag_if(&r, TAG_MIN_SVN);
	if (!*is_min)
		(void)cbor_tag_if(&r, TAG_SVN);
	*out = cbor_uint(&r, 0, UINT64_MAX);
	return cbor_close(&r);
}

enum err
corim_raw_read(struct bytes in, struct bytes *value, struct bytes *mask)
{
	struct cbor_in r = cbor_open(in);

	*mask = BYTES_NONE;
	if (!cbor_tag_if(&r, TAG_MASKED)) {
		cbor_tag(&r, TAG_BYTES);
		*value = cbor_bstr(&r, 1, RAW_MAX);
		return cbor_close(&r);
	}
	cbor_array(&r, 2);
	*value = cbor_bstr(&r, 1, RAW_MAX);
	*mask = cbor_bstr(&r, 1, RAW_MAX);
	TRY(cbor_close(&r));
	return mask->n == value->n ? OK : ERR_RANGE;
}

enum err
corim_bits_read(struct bytes in, struct bytes *out)
{
	struct cbor_in r = cbor_open(in);

	*out = cbor_bstr(&r, 1, RAW_MAX);
	return cbor_close(&r);
}

enum err
corim_flags_read(
    struct bytes in, uint32_t *stated, uint32_t *set, bool *foreign)
{
	struct cbor_in r = cbor_open(in);
	struct flags f = {0};
	size_t n = cbor_map_any(&r, 1, CBOR_PAIRS_MAX);

	*set = 0;
	TRY(r.err);
	TRY(corim_map_read(in, &flag_table, &f));
	*stated = f.has;
	for (unsigned i = 0; i < FLAGS; i++) {
		n -= f.has >> i & 1;
		if (f.flag[i])
			*set |= UINT32_C(1) << i;
	}
	*foreign = n > 0;
	return OK;
}

/* An end of a range; answers whether there is one. */
static bool
end_read(struct cbor_in *r, int64_t *out)
{
	*out = 0;
	if (cbor_peek_null(r)) {
		cbor_null(r);
		return false;
	}
	*out = cbor_int(r, INT64_MIN, INT64_MAX);
	return true;
}

enum err
corim_range_read(struct bytes in, bool *single, struct range *out)
{
	struct cbor_in r = cbor_open(in);

	*out = (struct range){0};
	*single = !cbor_tag_if(&r, TAG_RANGE);
	if (*single) {
		out->min = cbor_int(&r, INT64_MIN, INT64_MAX);
		out->max = out->min;
		out->has_min = out->has_max = true;
		return cbor_close(&r);
	}
	cbor_array(&r, 2);
	out->has_min = end_read(&r, &out->min);
	out->has_max = end_read(&r, &out->max);
	TRY(cbor_close(&r));
	if (out->has_min && out->has_max && out->min > out->max)
		return ERR_RANGE;
	return OK;
}

/* Digests that name no algorithm twice: such a list matches nothing, so it
 * is refused where it is read. */
enum err
corim_digests_check(struct bytes in)
{
	struct eat_digest d[DIGESTS_MAX];
	struct cbor_in r;
	struct list l;

	TRY(corim_list_read(in, 1, &l));
	if (l.n > DIGESTS_MAX)
		return ERR_RANGE;
	r = cbor_items(l);
	for (size_t i = 0; i < l.n; i++) {
		TRY(eat_digest_read(&r, &d[i]));
		for (size_t k = 0; k < i; k++)
			if (eat_digest_same_alg(&d[i], &d[k]))
				return ERR_DUPLICATE;
	}
	return cbor_close(&r);
}

/* A number or a name. */
static struct bytes
register_id(struct cbor_in *r)
{
	size_t start = r->at;

	if (cbor_peek(r) == CBOR_TSTR)
		(void)cbor_tstr(r, 1, NAME_MAX);
	else
		(void)cbor_uint(r, 0, UINT64_MAX);
	return (struct bytes){r->in.p + start, r->at - start};
}

enum err
corim_registers_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	size_t n;

	(void)cbor_raw(&r, CBOR_MAP); /* no key twice */
	TRY(cbor_close(&r));
	r = cbor_open(in);
	n = cbor_map_any(&r, 1, REGISTERS);
	for (size_t i = 0; i < n; i++) {
		struct bytes digests;

		(void)register_id(&r);
		digests = cbor_raw(&r, CBOR_ARRAY);
		TRY(r.err);
		TRY(corim_digests_check(digests));
	}
	return cbor_close(&r);
}

enum err
corim_register_find(struct bytes map, struct bytes id, struct bytes *digests)
{
	struct cbor_in r = cbor_open(map);
	size_t n = cbor_map_any(&r, 1, REGISTERS);

	for (size_t i = 0; i < n; i++) {
		struct bytes one = register_id(&r);

		*digests = cbor_raw(&r, CBOR_ARRAY);
		TRY(r.err);
		if (bytes_same(one, id))
			return OK;
	}
	*digests = BYTES_NONE;
	return r.err != OK ? r.err : ERR_NOT_FOUND;
}
