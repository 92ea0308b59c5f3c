/*
 * recipe_out: commands and envelopes, as recipes.
 */
#include "recipe.h"

#include <stdlib.h>
#include <string.h>

/* ---- items -------------------------------------------------------------- */

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

/* The name of a key; a number if it has none; NULL: it is no number. */
static const char *
key_name(struct out *o, const struct item *k, const struct rows *rows,
    const struct row **row)
{
	char *room = pool_get(o->pool, 24);
	int64_t v;

	*row = NULL;
	if ((k->type != CBOR_UINT && k->type != CBOR_NINT) ||
	    k->arg >= INT64_MAX)
		return NULL;
	v = k->type == CBOR_UINT ? (int64_t)k->arg : -1 - (int64_t)k->arg;
	*row = row_of(rows, v);
	if (*row != NULL)
		return row_name(rows, *row);
	(void)snprintf(room, 24, "%lld", (long long)v);
	return room;
}

/* ---- commands ----------------------------------------------------------- */

static json_t *
policy(const struct item *i)
{
	json_t *a;

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

static json_t *
selected(struct out *o, struct item *i)
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

static json_t *
tries(struct out *o, struct item *i)
{
	struct item *in;
	json_t *a;

	if (i->type != CBOR_ARRAY)
		return NULL;
	a = json_array();
	for (in = i->first; in != NULL; in = in->next)
		doc_put_item(a, in->type == CBOR_SIMPLE && in->arg == 22
				    ? json_null()
				    : out_value(o, in, AS_SEQUENCE));
	return a;
}

static json_t *
parameters(struct out *o, struct item *map)
{
	const struct row *row;
	struct item *k;
	json_t *out;

	if (map->type != CBOR_MAP)
		return NULL;
	out = json_object();
	for (k = map->first; k != NULL; k = k->next->next) {
		const char *name = key_name(o, k, &rows_parameter, &row);

		if (name == NULL) {
			json_decref(out);
			return NULL;
		}
		doc_put_member(out, name,
		    out_value(o, k->next, row != NULL ? row->form : AS_ANY));
	}
	return out;
}

static json_t *
parameters_of(struct out *o, struct item *map, bool labels)
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
				    key_name(o, one, &rows_parameter, &row);

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
out_sequence(struct out *o, struct item *array)
{
	const struct row *row;
	struct item *k;
	json_t *out, *one;

	if (array == NULL || array->type != CBOR_ARRAY ||
	    item_count(array) % 2 != 0)
		return NULL;
	out = json_array();
	for (k = array->first; k != NULL; k = k->next->next) {
		const char *name = key_name(o, k, &rows_command, &row);

		if (name == NULL) {
			json_decref(out);
			return NULL;
		}
		if (row != NULL && row->form == AS_POLICY &&
		    k->next->type == CBOR_UINT && k->next->width == 0 &&
		    k->next->arg == policy_usual(row->key)) {
			doc_put_item(out, json_string(name));
			continue;
		}
		one = json_object();
		doc_put_member(one, name,
		    out_value(o, k->next, row != NULL ? row->form : AS_ANY));
		doc_put_item(out, one);
	}
	return out;
}

/* ---- text --------------------------------------------------------------- */

static json_t *
texts_by(struct out *o, struct item *map, const struct rows *rows)
{
	json_t *out = json_object(), *of = NULL, *v;
	const struct row *row;
	struct item *k;

	if (map->type != CBOR_MAP)
		goto no;
	for (k = map->first; k != NULL; k = k->next->next) {
		const char *name;

		if (k->type == CBOR_ARRAY && rows == &rows_text) {
			json_t *id = NULL;

			for (size_t n = 0; id == NULL && n < o->n_named; n++)
				if (o->named[n].id != NULL &&
				    bytes_same(
					item_bytes(o->pool, o->named[n].id),
					item_bytes(o->pool, k)))
					id = json_string(o->named[n].name);
			if (id == NULL)
				id = out_leaf(o, k, AS_ID);
			v = texts_by(o, k->next, &rows_component_text);
			if (of == NULL)
				of = json_object();
			if (!json_is_string(id) || v == NULL ||
			    json_object_set_new(of, json_string_value(id), v) !=
				0) {
				json_decref(id);
				goto no;
			}
			json_decref(id);
			continue;
		}
		name = key_name(o, k, rows, &row);
		if (name == NULL)
			goto no;
		doc_put_member(out, name, out_value(o, k->next, AS_TEXT));
	}
	if (of != NULL)
		doc_put_member(out, "components", of);
	return out;
no:
	json_decref(of);
	json_decref(out);
	return NULL;
}

static json_t *
texts(struct out *o, struct item *map)
{
	struct item *k;
	json_t *out;

	if (map == NULL || map->type != CBOR_MAP)
		return NULL;
	out = json_object();
	for (k = map->first; k != NULL; k = k->next->next) {
		json_t *language = out_leaf(o, k, AS_TEXT), *v;

		v = texts_by(o, k->next, &rows_text);
		if (k->type != CBOR_TSTR || language == NULL || v == NULL ||
		    json_object_set(out, json_string_value(language), v) != 0) {
			json_decref(language);
			json_decref(v);
			json_decref(out);
			return NULL;
		}
		json_decref(language);
		json_decref(v);
	}
	return out;
}

/* ---- any value ---------------------------------------------------------- */

json_t *
out_value(struct out *o, struct item *i, enum form form)
{
	struct item *in;
	json_t *v = NULL;

	if (!item_plain(i) || !maps_sorted(o->pool, i))
		return out_raw(o, i);
	switch (form) {
	case AS_POLICY:
		v = policy(i);
		break;
	case AS_SELECT:
		v = selected(o, i);
		break;
	case AS_TRIES:
		v = tries(o, i);
		break;
	case AS_SEQUENCE:
	case AS_TEXTS:
		in = i->type == CBOR_BSTR ? item_open(o->pool, i) : NULL;
		if (in != NULL && item_plain(in) && maps_sorted(o->pool, in))
			v = form == AS_TEXTS ? texts(o, in)
					     : out_sequence(o, in);
		break;
	case AS_PARAMS:
		v = parameters(o, i);
		break;
	case AS_PARAMS_OF:
	case AS_LABELS_OF:
		v = parameters_of(o, i, form == AS_LABELS_OF);
		break;
	case AS_ANY:
	case AS_UINT:
	case AS_INT:
	case AS_BOOL:
	case AS_TEXT:
	case AS_OCTETS:
	case AS_TIME:
	case AS_SIZE:
	case AS_VENDOR:
	case AS_CLASS:
	case AS_UUID:
	case AS_DIGEST:
	case AS_INDEX:
	case AS_VERSION:
	case AS_RELEASE:
	case AS_WAIT:
	case AS_METADATA:
	case AS_WRAPPED:
	case AS_ID:
		v = out_leaf(o, i, form);
		break;
	}
	return v != NULL ? v : out_raw(o, i);
}
