/*
 * params: the table of parameters, and the directives that set them.
 *             [SUIT SUIT_Parameters, suit-directive-override-parameters] */
#include "suit_int.h"

#include <string.h>

#define TAG_PEN 112 /* CBOR PEN as a vendor identifier [RFC 9090] */

// clang-format off
#define P(name, kind, member, min, max) \
	FIELD(SUIT_PAR_##name, kind, struct suit_params, member, min, max)

/* In the order of enum suit_par.  A parameter without a row is refused. */
static const struct cbor_field fields[] = {
	P(VENDOR, F_RAW, vendor, 0, UINT32_MAX),
	P(CLASS, F_BSTR, class_id, 16, 16),
	P(IMAGE_DIGEST, F_BSTR, digest, 1, UINT32_MAX),
	P(SOFT_FAILURE, F_BOOL, soft, 0, 1),
	P(IMAGE_SIZE, F_UINT, size, 0, UINT32_MAX),
	P(CONTENT, F_BSTR, content, 0, UINT32_MAX),
	P(ENCRYPTION_INFO, F_BSTR, encryption, 0, UINT32_MAX),
	P(URI, F_TSTR, uri, 1, SUIT_URI_MAX),
	P(INVOKE_ARGS, F_BSTR, args, 0, UINT32_MAX),
};
// clang-format on

static const struct cbor_table table = {fields, ARRAY_LEN(fields), 1};

/* A UUID's 16 octets, or a private enterprise number with its tag. */
static enum err
vendor_read(struct bytes raw, struct bytes *out)
{
	struct cbor_in r = cbor_open(raw);

	if (cbor_tag_if(&r, TAG_PEN)) {
		(void)cbor_bstr(&r, 1, 64);
		*out = raw;
	} else {
		*out = cbor_bstr(&r, 16, 16);
	}
	return cbor_close(&r);
}

/* The table met a key without a row: say which. */
static enum err
refuse_label(const struct suit_fault *f, struct bytes map, size_t at)
{
	struct cbor_in r = cbor_open((struct bytes){map.p + at, map.n - at});
	struct bytes label = cbor_raw(&r, CBOR_ANY);

	(void)suit_refuse(f, ERR_PARAMETER, "parameter", map.p + at);
	if (f->why != NULL) {
		f->why->kind = WHY_CBOR;
		f->why->found = label;
	}
	return ERR_PARAMETER;
}

enum err
suit_params_read(
    struct bytes map, struct suit_params *out, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(map);
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, &table, out);
	if (r.err == ERR_UNEXPECTED)
		return refuse_label(f, map, r.err_at);
	TRY(suit_close(f, &r, "parameters"));
	if (out->has == 0)
		return suit_refuse(f, ERR_MISSING, "parameters", map.p);
	if ((out->has & PAR_ENCRYPTION) != 0)
		return suit_refuse(
		    f, ERR_ENCRYPTION, "encryption-info", out->encryption.p);
	if ((out->has & PAR_VENDOR) != 0) {
		const uint8_t *at = out->vendor.p;

		e = vendor_read(out->vendor, &out->vendor);
		if (e != OK)
			return suit_refuse(f, e, "vendor-identifier", at);
	}
	if ((out->has & PAR_DIGEST) != 0) {
		const uint8_t *at = out->digest.p;

		e = suit_digest_read(out->digest, &out->digest);
		if (e != OK)
			return suit_refuse(f, e, "image-digest", at);
	}
	return OK;
}

/* Copy those of from that count: all, or only what *to lacks. */
static void
merge(struct suit_params *to, const struct suit_params *from, bool override)
{
	uint32_t take = override ? from->has : from->has & ~to->has;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		size_t off = fields[i].off;
		size_t size = fields[i].kind == F_UINT ? sizeof(uint64_t)
						       : sizeof(struct bytes);

		/* soft-failure belongs to the sequence */
		if ((take >> i & 1) == 0 || fields[i].kind == F_BOOL)
			continue;
		memcpy((uint8_t *)to + off, (const uint8_t *)from + off, size);
	}
	to->has |= take & ~(uint32_t)PAR_SOFT;
}

static enum err
set(struct suit_run *run, struct bytes arg, bool override)
{
	const struct suit_fault nobody = {NULL, arg.p};
	struct suit_params par;

	TRY(suit_params_read(arg, &par, &nobody));
	if ((par.has & PAR_SOFT) != 0)
		run->frame[run->depth - 1].soft = par.soft;
	for (uint8_t n = 0; n < run->select.n; n++)
		merge(&slot_at(run, suit_selected(&run->select, n))->par, &par,
		    override);
	return OK;
}

enum err
flow_set_parameters(struct suit_run *run, struct bytes arg)
{
	return set(run, arg, false);
}

enum err
flow_override(struct suit_run *run, struct bytes arg)
{
	return set(run, arg, true);
}
