/*
 * cmw: read conceptual message wrappers: records, tags, and collections of
 * them, one in the other.                              [CMW; RFC 9277]
 */
#include "eat_int.h"

#include <string.h>

#define TYPE_MAX  255
#define LABEL_MAX 255
#define IND_MAX   31

/* Numbers that stand for content formats: a block of 255 in every 256. */
#define TN_FIRST UINT64_C(0x63740101)
#define TN_LAST  (TN_FIRST + 65024 / 255 * 256 + 65024 % 255)

bool
cmw_tag_format(uint64_t tag, uint64_t *format)
{
	uint64_t v = tag - TN_FIRST;

	*format = 0;
	if (tag < TN_FIRST || tag > TN_LAST || v % 256 == 255)
		return false;
	*format = v / 256 * 255 + v % 256;
	return true;
}

/* [type, value, ? ind]. */
static void
record_take(struct cbor_in *r, struct cmw *out)
{
	size_t n = cbor_array_any(r, 2, 3);

	if (cbor_peek(r) == CBOR_TSTR)
		out->media_type = cbor_tstr(r, 1, TYPE_MAX);
	else
		out->format = cbor_uint(r, 0, UINT16_MAX);
	out->value = cbor_bstr(r, 0, LEN_ANY);
	if (n == 3)
		out->kinds = (unsigned)cbor_uint(r, 1, IND_MAX);
	out->form = CMW_RECORD;
}

/* TN(format)(value): the type is in the tag. */
static void
tag_take(struct cbor_in *r, struct cmw *out)
{
	uint64_t tag = cbor_tag_any(r);

	if (r->err == OK && !cmw_tag_format(tag, &out->format))
		cbor_fail(r, ERR_UNEXPECTED);
	out->value = cbor_bstr(r, 0, LEN_ANY);
	out->form = CMW_TAG;
}

/* Is the type of the collection what comes? */
static bool
type_is_next(const struct cbor_in *r)
{
	struct cbor_in look = *r;

	return cbor_peek(&look) == CBOR_TSTR &&
	       bytes_same(cbor_tstr(&look, 0, LEN_ANY), BYTES_LIT("__cmwc_t"));
}

/* {? "__cmwc_t": URI or OID, + label: wrapper}. */
static enum err
collection_check(struct bytes map, struct cmw *out)
{
	struct cbor_in r = cbor_open(map);
	size_t n = cbor_map_any(&r, 1, CBOR_PAIRS_MAX), wrappers = n;

	for (size_t i = 0; i < n && r.err == OK; i++) {
		bool type = type_is_next(&r);

		(void)cbor_raw(&r, CBOR_ANY);
		if (!type)
			(void)cbor_raw(&r, CBOR_ANY);
		else if (cbor_peek(&r) == CBOR_BSTR)
			out->type = cbor_bstr(&r, 1, TYPE_MAX);
		else
			out->type = cbor_tstr(&r, 1, TYPE_MAX);
		wrappers -= type;
	}
	TRY(cbor_close(&r));
	return wrappers > 0 ? OK : ERR_MISSING; /* a type of nothing */
}

static void
collection_take(struct cbor_in *r, struct cmw *out)
{
	enum err e = OK;

	out->value = cbor_raw(r, CBOR_MAP);
	out->form = CMW_COLLECTION;
	if (r->err == OK)
		e = collection_check(out->value, out);
	if (e != OK)
		cbor_fail(r, e);
}

static void
take(struct cbor_in *r, struct cmw *out)
{
	switch (cbor_peek(r)) {
	case CBOR_ARRAY:
		record_take(r, out);
		break;
	case CBOR_TAG:
		tag_take(r, out);
		break;
	case CBOR_MAP:
		collection_take(r, out);
		break;
	default:
		cbor_fail(r, r->err != OK ? r->err : ERR_TYPE);
	}
}

/* A number, or a text that is none of the reserved words. */
static void
label_take(struct cbor_in *r, struct cmw *out)
{
	if (cbor_peek(r) == CBOR_TSTR)
		out->label = cbor_tstr(r, 1, LABEL_MAX);
	else
		out->label_number = cbor_int(r, INT64_MIN, INT64_MAX);
	if (bytes_prefix(out->label, BYTES_LIT("__cmwc_")))
		cbor_fail(r, ERR_UNEXPECTED);
}

/* ---- the walk ---------------------------------------------------------- */

void
cmw_begin(struct cmw_walk *w, struct bytes in)
{
	memset(w, 0, sizeof(*w));
	w->level[0].r = cbor_open(in);
	w->level[0].left = 1;
	w->depth = 1;
}

static enum err
enter(struct cmw_walk *w, struct bytes map)
{
	struct cmw_level *l = &w->level[w->depth];

	if (w->depth == ARRAY_LEN(w->level))
		return ERR_DEPTH;
	w->depth++;
	l->r = cbor_open(map);
	l->left = cbor_map_any(&l->r, 1, CBOR_PAIRS_MAX);
	return l->r.err;
}

/* The next wrapper of the innermost collection that has one left. */
static enum err
step(struct cmw_walk *w, struct cmw *out)
{
	struct cmw_level *l = &w->level[w->depth - 1];

	while (l->left == 0) {
		TRY(cbor_close(&l->r));
		if (--w->depth == 0)
			return ERR_NOT_FOUND;
		l--;
	}
	l->left--;
	out->depth = w->depth - 1;
	if (out->depth > 0 && type_is_next(&l->r)) {
		(void)cbor_raw(&l->r, CBOR_ANY);
		(void)cbor_raw(&l->r, CBOR_ANY);
		return l->r.err; /* read where the collection was */
	}
	if (out->depth > 0)
		label_take(&l->r, out);
	take(&l->r, out);
	TRY(l->r.err);
	return out->form == CMW_COLLECTION ? enter(w, out->value) : OK;
}

enum err
cmw_next(struct cmw_walk *w, struct cmw *out)
{
	enum err e = w->err;

	memset(out, 0, sizeof(*out));
	while (e == OK && out->form == 0)
		e = step(w, out);
	w->err = e;
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}
