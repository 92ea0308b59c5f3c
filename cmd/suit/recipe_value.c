/*
 * recipe_value: any value of a recipe, both ways: one row for each form that
 * is made of others; all else is a leaf.
 */
#include "recipe.h"

static const struct {
	struct item *(*read)(struct recipe *r, struct spot at);
	json_t *(*write)(struct out *o, struct item *i);
} forms[] = {
    [AS_POLICY] = {form_policy_read, form_policy_write},
    [AS_SELECT] = {form_select_read, form_select_write},
    [AS_TRIES] = {form_tries_read, form_tries_write},
    [AS_SEQUENCE] = {form_sequence_read, form_sequence_write},
    [AS_PARAMS] = {form_params_read, form_params_write},
    [AS_PARAMS_OF] = {form_params_of_read, form_params_of_write},
    [AS_LABELS_OF] = {form_labels_of_read, form_labels_of_write},
    [AS_TEXTS] = {form_texts_read, form_texts_write},
};

static bool
is_leaf(enum form form)
{
	return form >= ARRAY_LEN(forms) || forms[form].read == NULL;
}

/* ---- reading ------------------------------------------------------------- */

/* {cbor: HEX}: the encoded item itself. */
static struct item *
raw(struct recipe *r, struct spot in)
{
	static const char *const hex = "hex text of one CBOR item is wanted";
	struct bytes b = doc_octets(r->doc, in, SUIT_ENVELOPE_MAX);
	struct item *i = NULL;
	size_t where;

	if (!doc_good(r->doc))
		return NULL;
	if (item_read_all(r->pool, b, &i, &where) != OK) {
		doc_bad(r->doc, in, "%s", hex);
		return NULL;
	}
	return i;
}

struct item *
recipe_value(struct recipe *r, struct spot at, enum form form)
{
	struct item *i = NULL;
	struct spot in;

	if (!doc_good(r->doc))
		return NULL;
	in = doc_may(r->doc, at, "cbor");
	if (in.node != NULL && doc_pairs(r->doc, at, 1) == 1)
		return recipe_from(r, raw(r, in), at);
	i = is_leaf(form) ? recipe_leaf(r, at, form) : forms[form].read(r, at);
	if (i == NULL || !doc_good(r->doc))
		return NULL;
	if (pool_full(r->pool)) {
		doc_bad(r->doc, at, "more values than are taken");
		return NULL;
	}
	return recipe_from(r, i, at);
}

/* ---- writing ------------------------------------------------------------- */

bool
item_plain(const struct item *i)
{
	const struct item *in;

	if (i->indefinite ||
	    (i->width > 0 && (i->type != CBOR_SIMPLE || i->width < 2)))
		return false;
	for (in = i->first; in != NULL; in = in->next)
		if (!item_plain(in))
			return false;
	return i->content == NULL || item_plain(i->content);
}

bool
map_sorted(struct pool *p, const struct item *map)
{
	struct item *copy = item_copy(p, map);

	return map_sort(p, copy) &&
	       bytes_same(item_bytes(p, copy), item_bytes(p, map));
}

bool
maps_sorted(struct pool *p, const struct item *i)
{
	const struct item *in;

	if (i->type == CBOR_MAP && !map_sorted(p, i))
		return false;
	for (in = i->first; in != NULL; in = in->next)
		if (!maps_sorted(p, in))
			return false;
	return i->content == NULL || maps_sorted(p, i->content);
}

struct item *
item_inside(struct pool *p, struct item *bstr)
{
	struct item *in = bstr->type == CBOR_BSTR ? item_open(p, bstr) : NULL;

	return in != NULL && item_plain(in) && maps_sorted(p, in) ? in : NULL;
}

json_t *
out_value(struct out *o, struct item *i, enum form form)
{
	json_t *v = NULL;

	if (item_plain(i) && maps_sorted(o->pool, i))
		v = is_leaf(form) ? out_leaf(o, i, form)
				  : forms[form].write(o, i);
	return v != NULL ? v : out_raw(o, i);
}
