/*
 * capability_read: what a device says that it can do.  For a TAM; a device
 * links nothing of it.              [SUIT Report SUIT_Capability_Report]
 */
#include "report_int.h"

#include <string.h>

/* [+ int] */
static size_t
ints(struct cbor_in *r, struct list *out)
{
	struct cbor_in items;

	out->n = cbor_array_any(r, 1, SUIT_CAPABILITIES_MAX);
	items = *r;
	for (size_t i = 0; i < out->n; i++)
		(void)cbor_int(r, INT64_MIN, INT64_MAX);
	out->raw = (struct bytes){items.in.p + items.at, r->at - items.at};
	return out->n;
}

/* [+ [* bstr, ? true]] */
static void
components(struct cbor_in *r, struct list *out)
{
	struct cbor_in items;

	out->n = cbor_array_any(r, 1, SUIT_CAPABILITIES_MAX);
	items = *r;
	for (size_t i = 0; i < out->n && r->err == OK; i++) {
		size_t n = cbor_array_any(r, 0, CBOR_PAIRS_MAX);

		for (size_t k = 0; k < n && r->err == OK; k++) {
			bool last = k + 1 == n;

			if (last && cbor_peek(r) == CBOR_SIMPLE) {
				if (!cbor_bool(r))
					cbor_fail(r, ERR_TYPE);
			} else {
				(void)cbor_bstr(r, 0, SUIT_ID_MAX);
			}
		}
	}
	out->raw = (struct bytes){items.in.p + items.at, r->at - items.at};
}

/* A list of this name; or of one that is extended, or that is a path. */
static void
member(struct cbor_in *r, struct suit_capabilities *out)
{
	struct list path, values;
	int64_t key;

	if (cbor_peek(r) == CBOR_ARRAY) {
		(void)ints(r, &path);
		(void)ints(r, &values);
		out->paths++;
		return;
	}
	key = cbor_int(r, INT64_MIN, INT64_MAX);
	if (key == CAP_COMPONENTS)
		components(r, &out->list[key]);
	else if (key > 0 && key < SUIT_CAP_LISTS)
		(void)ints(r, &out->list[key]);
	else /* the draft extends it */
		(void)cbor_raw(r, CBOR_ANY);
}

enum err
suit_capabilities_read(
    struct bytes in, struct suit_capabilities *out, struct why *why)
{
	const struct suit_fault f = {why, in.p};
	struct cbor_in r = cbor_open(in);
	size_t n;

	memset(out, 0, sizeof(*out));
	/* no key twice, nothing too deep */
	(void)cbor_raw(&r, CBOR_MAP);
	TRY(suit_close(&f, &r, "capability report"));
	r = cbor_open(in);
	n = cbor_map_any(&r, 4, CBOR_PAIRS_MAX);
	for (size_t i = 0; i < n && r.err == OK; i++)
		member(&r, out);
	TRY(suit_close(&f, &r, "capability report"));
	for (int key = CAP_COMPONENTS; key <= CAP_ALGORITHMS; key++)
		if (out->list[key].n == 0)
			return suit_refuse(
			    &f, ERR_MISSING, "capability report", in.p);
	return OK;
}
