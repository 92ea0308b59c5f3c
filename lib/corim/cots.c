/*
 * cots: stores of trust anchors: for which environments, for what purpose,
 * which keys.                              [Concise TA Stores 3; RFC 6024]
 */
#include "corim_int.h"

#include <string.h>

#define LANGUAGE_MAX 63
#define PLACES_MAX   64
#define PURPOSES_MAX 16
#define CLAIMS_MAX   64
#define ANCHORS_MAX  256
#define ANCHOR_MAX   65535

struct store {
	uint32_t has;
	struct bytes language, identity, keys;
	struct list places, purposes, permitted, excluded;
};

struct keys {
	uint32_t has;
	struct list anchors, authorities;
};

/* The samples count from 1, the draft's text from 0: what each member is, its
 * type says.                                          [CoTS 3.2] */
struct place {
	uint32_t has;
	struct bytes zero, one, two, three;
};

// clang-format off
static const struct cbor_field store_rows[] = {
	FIELD(0, F_TSTR, struct store, language, 1, LANGUAGE_MAX),
	FIELD(1, F_RAW_MAP, struct store, identity, 0, 0),
	FIELD_REQ(2, F_LIST_MAP, struct store, places, 0, PLACES_MAX),
	FIELD(3, F_LIST, struct store, purposes, 1, PURPOSES_MAX),
	FIELD(4, F_LIST_MAP, struct store, permitted, 1, CLAIMS_MAX),
	FIELD(5, F_LIST_MAP, struct store, excluded, 1, CLAIMS_MAX),
	FIELD_REQ(6, F_RAW_MAP, struct store, keys, 0, 0),
};
enum { S_IDENTITY = 1 << 1 };
static const struct cbor_field keys_rows[] = {
	FIELD_REQ(0, F_LIST_ARRAY, struct keys, anchors, 1, ANCHORS_MAX),
	FIELD(1, F_LIST_BSTR, struct keys, authorities, 1, ANCHORS_MAX),
};
static const struct cbor_field place_rows[] = {
	FIELD(0, F_RAW, struct place, zero, 0, 0),
	FIELD(1, F_RAW, struct place, one, 0, 0),
	FIELD(2, F_RAW, struct place, two, 0, 0),
	FIELD(3, F_RAW, struct place, three, 0, 0),
};
/* Strict: what is not known may be a limit. */
#define TABLE(rows) {rows, ARRAY_LEN(rows), 1}
static const struct cbor_table store_table = TABLE(store_rows);
static const struct cbor_table keys_table = TABLE(keys_rows);
static const struct cbor_table place_table = TABLE(place_rows);
// clang-format on

/* ---- read -------------------------------------------------------------- */

/* A map is an environment, or else an abbreviated CoSWID; a text is the name
 * of a store. */
static enum err
part_read(struct bytes in, struct place *p)
{
	struct cbor_in r = cbor_open(in);
	struct corim_environment e;
	struct bytes *to = &p->one; /* CoSWID */

	if (in.n == 0)
		return OK;
	if (cbor_peek(&r) == CBOR_TSTR) {
		TRY(corim_text_check(in));
		to = &p->two;
	} else if (corim_environment_read(in, &e) == OK) {
		to = &p->zero;
	} else {
		(void)cbor_map_any(&r, 1, CBOR_PAIRS_MAX);
		TRY(r.err);
	}
	if (to->n > 0)
		return ERR_DUPLICATE;
	*to = in;
	return OK;
}

/* Sorted out: environment, CoSWID, name in zero, one, two. */
static enum err
place_read(struct bytes in, struct place *out)
{
	struct place m = {0};

	memset(out, 0, sizeof(*out));
	TRY(corim_map_read(in, &place_table, &m));
	TRY(part_read(m.zero, out));
	TRY(part_read(m.one, out));
	TRY(part_read(m.two, out));
	TRY(part_read(m.three, out));
	/* A place that says nothing would be any place. */
	return m.has == 0 ? ERR_MISSING : OK;
}

static enum err
place_check(struct bytes in)
{
	struct place p;

	return place_read(in, &p);
}

static enum err
anchor_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	enum cots_format format;
	struct bytes anchor;

	TRY(cots_anchor_read(&r, &format, &anchor));
	return cbor_close(&r);
}

static enum err
authority_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	(void)cbor_bstr(&r, 1, ANCHOR_MAX);
	return cbor_close(&r);
}

static enum err
take(struct bytes in, struct cots_store *out)
{
	struct store s = {0};
	struct keys k = {0};

	TRY(corim_map_read(in, &store_table, &s));
	if ((s.has & S_IDENTITY) != 0)
		TRY(corim_identity_read(s.identity, &out->identity));
	TRY(corim_each(s.places, place_check));
	TRY(corim_each(s.purposes, corim_text_check));
	TRY(corim_map_read(s.keys, &keys_table, &k));
	TRY(corim_each(k.anchors, anchor_check));
	TRY(corim_each(k.authorities, authority_check));
	out->places = s.places;
	out->purposes = s.purposes;
	out->permitted = s.permitted;
	out->excluded = s.excluded;
	out->anchors = k.anchors;
	out->authorities = k.authorities;
	return OK;
}

enum err
cots_read(struct cbor_in *items, struct cots_store *out)
{
	struct bytes in = cbor_raw(items, CBOR_MAP);
	enum err e;

	memset(out, 0, sizeof(*out));
	TRY(items->err);
	e = take(in, out);
	if (e != OK) {
		cbor_fail(items, e);
		memset(out, 0, sizeof(*out));
	}
	return e;
}

enum err
cots_anchor_read(
    struct cbor_in *items, enum cots_format *format, struct bytes *out)
{
	cbor_array(items, 2);
	*format = (enum cots_format)cbor_uint(items, 0, COTS_SPKI);
	*out = cbor_bstr(items, 1, ANCHOR_MAX);
	return items->err;
}

enum err
corim_cots_check(struct bytes body)
{
	struct cots_store s;
	struct cbor_in r;
	struct list l;

	TRY(corim_list_read(body, 1, &l));
	r = cbor_items(l);
	for (size_t i = 0; i < l.n; i++)
		TRY(cots_read(&r, &s));
	return cbor_close(&r);
}

/* ---- use --------------------------------------------------------------- */

static bool
place_fits(struct bytes in, const struct cots_ask *ask)
{
	struct corim_environment e;
	struct cbor_in r;
	struct place p;

	/* What software it is for, nothing here can compare. */
	if (place_read(in, &p) != OK || p.one.n > 0)
		return false;
	if (p.zero.n > 0 &&
	    (ask->environment == NULL ||
		corim_environment_read(p.zero, &e) != OK ||
		corim_environment_meets(&e, ask->environment, NULL) != OK))
		return false;
	r = cbor_open(p.two);
	return p.two.n == 0 ||
	       bytes_same(cbor_tstr(&r, 1, NAME_MAX), ask->name);
}

bool
cots_fits(const struct cots_store *s, const struct cots_ask *ask)
{
	struct cbor_in r = cbor_items(s->purposes);
	bool fits = s->purposes.n == 0;

	for (size_t i = 0; i < s->purposes.n; i++)
		if (bytes_same(cbor_tstr(&r, 1, NAME_MAX), ask->purpose))
			fits = true;
	if (!fits || s->places.n == 0)
		return fits;
	r = cbor_items(s->places);
	for (size_t i = 0; i < s->places.n; i++)
		if (place_fits(cbor_raw(&r, CBOR_MAP), ask))
			return true;
	return false;
}

enum err
cots_find(struct bytes body, const struct cots_ask *ask, struct cots_store *out)
{
	struct cbor_in r;
	struct list l;

	memset(out, 0, sizeof(*out));
	TRY(corim_cots_check(body));
	TRY(corim_list_read(body, 1, &l));
	r = cbor_items(l);
	for (size_t i = 0; i < l.n; i++) {
		TRY(cots_read(&r, out));
		if (cots_fits(out, ask))
			return OK;
	}
	memset(out, 0, sizeof(*out));
	return ERR_NOT_FOUND;
}
