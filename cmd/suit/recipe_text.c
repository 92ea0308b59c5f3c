/*
 * recipe_text: the text map of a recipe, both ways, and maps in order.
 *                                                   [SUIT SUIT_Text_Map]
 */
#include "recipe.h"

#include <string.h>

struct item *
recipe_from(struct recipe *r, struct item *i, struct spot at)
{
	struct origin *o;

	if (i == NULL)
		return NULL;
	o = pool_get(r->pool, sizeof(*o));
	*o = (struct origin){r->origins, i, at};
	r->origins = o;
	return i;
}

/* A key as encoded, to be compared; and its pair. */
struct keyed {
	struct bytes key;
	struct item *pair;
};

bool
map_sort(struct pool *p, struct item *map)
{
	struct keyed list[CBOR_PAIRS_MAX];
	struct item *k = map->first, **end = &map->first;
	size_t n = 0;
	bool once = true;

	for (; k != NULL && k->next != NULL && n < CBOR_PAIRS_MAX;
	     k = k->next->next) {
		struct keyed one = {item_bytes(p, k), k};
		size_t at = n++;

		for (; at > 0 && bytes_order(one.key, list[at - 1].key) <= 0;
		     at--) {
			once =
			    once && bytes_order(one.key, list[at - 1].key) != 0;
			list[at] = list[at - 1];
		}
		list[at] = one;
	}
	if (k != NULL) /* more than any reader takes */
		return false;
	for (size_t i = 0; i < n; i++) {
		*end = list[i].pair;
		end = &list[i].pair->next->next;
	}
	*end = NULL;
	return once;
}

struct item *
recipe_map(struct recipe *r, struct item *map, struct spot at)
{
	if (doc_good(r->doc) && !map_sort(r->pool, map))
		doc_bad(
		    r->doc, at, "one key stands twice, by name and by number");
	return doc_good(r->doc) ? map : NULL;
}

static bool
texts_by_read(struct recipe *r, struct spot at, const struct rows *rows,
    struct item *map, bool *has_components)
{
	size_t n = doc_pairs(r->doc, at, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct row *row;
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		struct item *v;
		int64_t k;

		if (has_components != NULL &&
		    strcmp(doc_word(r->doc, key), "components") == 0) {
			*has_components = true;
			continue;
		}
		if (!recipe_key(r, rows, key, &row, &k))
			return false;
		v = recipe_value(r, value, AS_TEXT);
		if (v == NULL)
			return false;
		item_add_pair(map, item_int(r->pool, k), v);
	}
	return doc_good(r->doc);
}

/* The identifier of a component's name, or written as one. */
static struct item *
text_id(struct recipe *r, struct spot key)
{
	for (size_t i = 0; i < r->n_named; i++)
		if (r->named[i].id != NULL &&
		    strcmp(r->named[i].name, doc_word(r->doc, key)) == 0)
			return item_copy(r->pool, r->named[i].id);
	return recipe_leaf(r, key, AS_ID);
}

/* {language: {name: text, components: {component: {name: text}}}} */
struct item *
form_texts_read(struct recipe *r, struct spot at)
{
	struct item *map = item_new(r->pool, CBOR_MAP, 0);
	size_t n = doc_pairs(r->doc, at, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct item *one = item_new(r->pool, CBOR_MAP, 0);
		struct spot key, value = doc_pair(r->doc, at, i, &key);
		bool has = false;
		struct spot of;
		size_t many;

		if (!texts_by_read(r, value, &rows_text, one, &has))
			return NULL;
		of = doc_may(r->doc, value, "components");
		many = has ? doc_pairs(r->doc, of, CBOR_PAIRS_MAX) : 0;
		for (size_t k = 0; k < many; k++) {
			struct item *in = item_new(r->pool, CBOR_MAP, 0);
			struct spot name, what = doc_pair(r->doc, of, k, &name);
			struct item *id = text_id(r, name);

			if (id == NULL ||
			    !texts_by_read(
				r, what, &rows_component_text, in, NULL) ||
			    recipe_map(r, in, what) == NULL)
				return NULL;
			item_add_pair(one, id, in);
		}
		if (recipe_map(r, one, value) == NULL)
			return NULL;
		item_add_pair(
		    map, item_words(r->pool, doc_word(r->doc, key)), one);
	}
	map = recipe_map(r, map, at);
	return map != NULL ? item_wrap(r->pool, map) : NULL;
}

static json_t *
texts_by_write(struct out *o, struct item *map, const struct rows *rows)
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
			v = texts_by_write(o, k->next, &rows_component_text);
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
		name = out_key(o, k, rows, &row);
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

json_t *
form_texts_write(struct out *o, struct item *i)
{
	struct item *map = item_inside(o->pool, i), *k;
	json_t *out;

	if (map == NULL || map->type != CBOR_MAP)
		return NULL;
	out = json_object();
	for (k = map->first; k != NULL; k = k->next->next) {
		json_t *language = out_leaf(o, k, AS_TEXT), *v;

		v = texts_by_write(o, k->next, &rows_text);
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
