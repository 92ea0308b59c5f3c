/*
 * recipe_args: arguments of commands, each form both ways: as a recipe has it,
 * and as items.
 */
#include "recipe.h"

#include <string.h>

/* ---- reporting policies -------------------------------------------------- */

struct item *
form_policy_read(struct recipe *r, struct spot at)
{
	uint64_t bits = 0;
	size_t n;

	if (doc_is_scalar(at) && strcmp(doc_word(r->doc, at), "all") == 0) {
		bits = POLICY_ALL;
	} else if (doc_is_scalar(at) &&
		   strcmp(doc_word(r->doc, at), "none") == 0) {
		bits = 0;
	} else if (!doc_is_list(at)) {
		bits = doc_uint(r->doc, at, UINT64_MAX);
	} else {
		n = doc_list(r->doc, at, 0, 64);
		for (size_t i = 0; i < n; i++) {
			const struct row *row;
			int64_t v;

			if (!recipe_key(r, &rows_policy,
				doc_item(r->doc, at, i), &row, &v))
				return NULL;
			bits |= (uint64_t)v;
		}
	}
	return doc_good(r->doc) ? item_new(r->pool, CBOR_UINT, bits) : NULL;
}

json_t *
form_policy_write(struct out *o, struct item *i)
{
	json_t *a;

	(void)o;
	if (i->type != CBOR_UINT || i->arg > INT64_MAX)
		return NULL;
	if (i->arg > POLICY_ALL)
		return json_integer((json_int_t)i->arg);
	if (i->arg == 0 || i->arg == POLICY_ALL)
		return json_string(i->arg == 0 ? "none" : "all");
	a = json_array();
	for (size_t k = 0; k < rows_policy.n; k++)
		if ((i->arg & (uint64_t)rows_policy.row[k].key) != 0)
			doc_put_item(a, json_string(rows_policy.row[k].name));
	return a;
}

/* ---- selections ---------------------------------------------------------- */

struct item *
form_select_read(struct recipe *r, struct spot at)
{
	struct item *a;
	uint64_t v;
	size_t n;

	if (!doc_is_list(at)) {
		if (doc_is_scalar(at) &&
		    strcmp((const char *)at.node->data.scalar.value, "all") ==
			0)
			return item_new(r->pool, CBOR_SIMPLE, 21);
		return recipe_index(r, at, &v) ? item_new(r->pool, CBOR_UINT, v)
					       : NULL;
	}
	n = doc_list(r->doc, at, 1, RECIPE_NAMES_MAX);
	a = item_new(r->pool, CBOR_ARRAY, 0);
	for (size_t i = 0; i < n; i++) {
		if (!recipe_index(r, doc_item(r->doc, at, i), &v))
			return NULL;
		item_add(a, item_new(r->pool, CBOR_UINT, v));
	}
	return doc_good(r->doc) ? a : NULL;
}

json_t *
form_select_write(struct out *o, struct item *i)
{
	struct item *in;
	json_t *a;

	if (i->type == CBOR_SIMPLE && i->width == 0 && i->arg == 21)
		return json_string("all");
	if (i->type != CBOR_ARRAY)
		return out_leaf(o, i, AS_INDEX);
	a = json_array();
	for (in = i->first; in != NULL; in = in->next) {
		json_t *v = out_leaf(o, in, AS_INDEX);

		if (v == NULL) {
			json_decref(a);
			return NULL;
		}
		doc_put_item(a, v);
	}
	return a;
}

/* ---- parameters ---------------------------------------------------------- */

struct item *
form_params_read(struct recipe *r, struct spot at)
{
	struct item *map = item_new(r->pool, CBOR_MAP, 0);
	struct spot vendor = doc_may(r->doc, at, "vendor-identifier");
	size_t n = doc_pairs(r->doc, at, CBOR_PAIRS_MAX);

	/* a class is named within its vendor, wherever that stands */
	if (vendor.node != NULL && recipe_value(r, vendor, AS_VENDOR) == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct row *row;
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct item *v, *k;
		int64_t label;

		if (!recipe_key(r, &rows_parameter, key, &row, &label))
			return NULL;
		v = recipe_value(r, value, row != NULL ? row->form : AS_ANY);
		if (v == NULL)
			return NULL;
		k = item_int(r->pool, label);
		key.name = value.name;
		(void)recipe_from(r, k, key);
		item_add_pair(map, k, v);
	}
	return recipe_map(r, map, at);
}

json_t *
form_params_write(struct out *o, struct item *map)
{
	const struct row *row;
	struct item *k;
	json_t *out;

	if (map->type != CBOR_MAP)
		return NULL;
	out = json_object();
	for (k = map->first; k != NULL; k = k->next->next) {
		const char *name = out_key(o, k, &rows_parameter, &row);

		if (name == NULL) {
			json_decref(out);
			return NULL;
		}
		doc_put_member(out, name,
		    out_value(o, k->next, row != NULL ? row->form : AS_ANY));
	}
	return out;
}

/* ---- parameters, or their names, by component ---------------------------- */

static struct item *
by_component_read(struct recipe *r, struct spot at, bool labels)
{
	struct item *map = item_new(r->pool, CBOR_MAP, 0);
	size_t n = doc_pairs(r->doc, at, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct item *v;
		uint64_t index;
		size_t many;

		if (!recipe_index(r, key, &index))
			return NULL;
		if (!labels) {
			v = recipe_value(r, value, AS_PARAMS);
		} else {
			v = item_new(r->pool, CBOR_ARRAY, 0);
			many = doc_list(r->doc, value, 1, CBOR_PAIRS_MAX);
			for (size_t k = 0; k < many; k++) {
				const struct row *row;
				int64_t label;

				if (!recipe_key(r, &rows_parameter,
					doc_item(r->doc, value, k), &row,
					&label))
					return NULL;
				item_add(v, item_int(r->pool, label));
			}
		}
		if (v == NULL)
			return NULL;
		item_add_pair(map, item_new(r->pool, CBOR_UINT, index), v);
	}
	return recipe_map(r, map, at);
}

struct item *
form_params_of_read(struct recipe *r, struct spot at)
{
	return by_component_read(r, at, false);
}

struct item *
form_labels_of_read(struct recipe *r, struct spot at)
{
	return by_component_read(r, at, true);
}

static json_t *
by_component_write(struct out *o, struct item *map, bool labels)
{
	const struct row *row;
	struct item *k, *one;
	json_t *out;

	if (map->type != CBOR_MAP)
		return NULL;
	out = json_object();
	for (k = map->first; k != NULL; k = k->next->next) {
		json_t *name = out_leaf(o, k, AS_INDEX), *v = NULL;
		char room[24];

		if (name == NULL || (labels && k->next->type != CBOR_ARRAY))
			goto no;
		(void)snprintf(room, sizeof(room), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(name));
		if (labels) {
			v = json_array();
			for (one = k->next->first; one != NULL;
			     one = one->next) {
				const char *label =
				    out_key(o, one, &rows_parameter, &row);

				doc_put_item(v, label != NULL
						    ? json_string(label)
						    : json_null());
			}
		} else {
			v = out_value(o, k->next, AS_PARAMS);
		}
		doc_put_member(out,
		    json_is_string(name) ? json_string_value(name) : room, v);
		json_decref(name);
	}
	return out;
no:
	json_decref(out);
	return NULL;
}

json_t *
form_params_of_write(struct out *o, struct item *i)
{
	return by_component_write(o, i, false);
}

json_t *
form_labels_of_write(struct out *o, struct item *i)
{
	return by_component_write(o, i, true);
}
