/*
 * measured: read a measured component of any maker.
 *                                            [EAT measured component 4]
 *
 * entries.c reads the narrower form of our own Evidence, which devices link.
 */
#include <string.h>
#include <tamarind/eat.h>

#define TEXT_MAX        256
#define RAW_MAX         4096
#define AUTHORITIES_MAX 16
#define FLAGS           8

struct component {
	uint32_t has;
	struct bytes id, digested, flags, raw;
	struct list authorities;
};

// clang-format off
static const struct cbor_field rows[] = {
	FIELD_REQ(1, F_RAW_ARRAY, struct component, id, 0, 0),
	FIELD(2, F_RAW_ARRAY, struct component, digested, 0, 0),
	FIELD(3, F_LIST_BSTR, struct component, authorities, 1,
	    AUTHORITIES_MAX),
	FIELD(4, F_BSTR, struct component, flags, FLAGS, FLAGS),
	FIELD(5, F_BSTR, struct component, raw, 1, RAW_MAX),
};
enum { M_DIGESTED = 1 << 1, M_RAW = 1 << 4 };
// clang-format on
static const struct cbor_table table = {rows, ARRAY_LEN(rows), 1};

/* [name, ? [version, ? scheme]]. */
static enum err
id_read(struct bytes in, struct eat_measured *out)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_array_any(&r, 1, 2);

	out->name = cbor_tstr(&r, 1, TEXT_MAX);
	if (n == 2) {
		n = cbor_array_any(&r, 1, 2);
		out->version = cbor_tstr(&r, 1, TEXT_MAX);
		if (n == 2)
			out->scheme = cbor_raw(&r, CBOR_ANY);
	}
	return cbor_close(&r);
}

static enum err
take(struct bytes in, struct eat_measured *out)
{
	struct cbor_in r = cbor_open(in);
	struct component m = {0};

	cbor_map_read(&r, &table, &m);
	TRY(cbor_close(&r));
	/* Exactly one of them. */
	if ((m.has & (M_DIGESTED | M_RAW)) == 0)
		return ERR_MISSING;
	if ((m.has & (M_DIGESTED | M_RAW)) == (M_DIGESTED | M_RAW))
		return ERR_UNEXPECTED;
	TRY(id_read(m.id, out));
	out->raw = m.raw;
	out->flags = m.flags;
	out->authorities = m.authorities;
	if ((m.has & M_DIGESTED) == 0)
		return OK;
	r = cbor_open(m.digested);
	TRY(eat_digest_read(&r, &out->digest));
	return cbor_close(&r);
}

enum err
eat_measured_read(struct bytes in, struct eat_measured *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	e = take(in, out);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}
