/*
 * recipe_seq: commands and their arguments, as items.
 */
#include "recipe.h"

#include <string.h>

/* Most commands of one sequence, alternatives of one try-each. */
#define LIST_MAX 4096

/* ---- names -------------------------------------------------------------- */

bool
recipe_index(struct recipe *r, struct spot at, uint64_t *out)
{
	const char *name = doc_word(r->doc, at);
	char safe[80];

	if (!doc_good(r->doc))
		return false;
	for (size_t i = 0; i < r->n_named; i++)
		if (strcmp(r->named[i].name, name) == 0) {
			*out = r->named[i].index;
			return true;
		}
	if (number_read(name, UINT32_MAX, out) == OK)
		return true;
	doc_bad(r->doc, at, "there is no component \"%s\" here",
	    safe_text(safe, sizeof(safe), bytes_of_text(name)));
	return false;
}

/* Decimal digits and perhaps a sign. */
static bool
decimal(const char *text, int64_t *out)
{
	bool minus = *text == '-';
	uint64_t v;

	if (number_read(text + minus, INT64_MAX, &v) != OK)
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

bool
recipe_key(struct recipe *r, const struct rows *rows, struct spot key,
    const struct row **row, int64_t *out)
{
	const char *name = doc_word(r->doc, key);
	char safe[80];

	*row = NULL;
	if (!doc_good(r->doc))
		return false;
	*row = row_named(rows, name);
	if (*row != NULL) {
		*out = (*row)->key;
		return true;
	}
	if (decimal(name, out)) {
		*row = row_of(rows, *out);
		return true;
	}
	doc_bad(r->doc, key,
	    "there is no \"%s\" here; 'suit recipe --keys' lists the names, "
	    "and a number may stand for one",
	    safe_text(safe, sizeof(safe), bytes_of_text(name)));
	return false;
}

/* ---- arguments ---------------------------------------------------------- */

static struct item *
policy(struct recipe *r, struct spot at)
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

static struct item *
selected(struct recipe *r, struct spot at)
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

static struct item *
tries(struct recipe *r, struct spot at)
{
	struct item *a = item_new(r->pool, CBOR_ARRAY, 0);
	size_t n = doc_list(r->doc, at, 1, LIST_MAX);

	for (size_t i = 0; i < n; i++) {
		struct spot one = doc_item(r->doc, at, i);
		struct item *v = doc_is_null(one)
				     ? item_new(r->pool, CBOR_SIMPLE, 22)
				     : recipe_value(r, one, AS_SEQUENCE);

		if (v == NULL)
			return NULL;
		item_add(a, v);
	}
	return doc_good(r->doc) ? a : NULL;
}

struct item *
recipe_parameters(struct recipe *r, struct spot at)
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

static struct item *
parameters_of(struct recipe *r, struct spot at, bool labels)
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

/* ---- sequences ---------------------------------------------------------- */

/* "image-match", or {image-match: argument}. */
static bool
command(struct recipe *r, struct spot at, struct item *to)
{
	struct spot key = at, value = {NULL, NULL};
	const struct row *row;
	struct item *code, *v;
	char safe[80];
	int64_t number;

	if (!doc_is_scalar(at)) {
		if (doc_pairs(r->doc, at, 1) != 1) {
			doc_bad(r->doc, at,
			    "one command is wanted: its name, or its name and "
			    "argument");
			return false;
		}
		value = doc_pair(r->doc, at, 0, &key);
	}
	if (!recipe_key(r, &rows_command, key, &row, &number))
		return false;
	if (value.node != NULL) {
		v = recipe_value(r, value, row != NULL ? row->form : AS_ANY);
	} else if (row != NULL && row->form == AS_POLICY) {
		v = item_new(r->pool, CBOR_UINT, policy_usual(number));
	} else {
		doc_bad(r->doc, at, "\"%s\" wants an argument",
		    safe_text(safe, sizeof(safe),
			bytes_of_text(doc_word(r->doc, key))));
		return false;
	}
	if (v == NULL)
		return false;
	code = item_int(r->pool, number);
	key.name = doc_word(r->doc, key);
	(void)recipe_from(r, code, key);
	item_add(to, code);
	item_add(to, v);
	return true;
}

struct item *
recipe_sequence(struct recipe *r, struct spot at)
{
	struct item *a = item_new(r->pool, CBOR_ARRAY, 0);
	size_t n = doc_list(r->doc, at, 0, LIST_MAX);

	for (size_t i = 0; i < n; i++)
		if (!command(r, doc_item(r->doc, at, i), a))
			return NULL;
	return doc_good(r->doc) ? recipe_from(r, a, at) : NULL;
}

/* ---- any value ---------------------------------------------------------- */

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
	struct item *i = NULL, *content;
	struct spot in;

	if (!doc_good(r->doc))
		return NULL;
	in = doc_may(r->doc, at, "cbor");
	if (in.node != NULL && doc_pairs(r->doc, at, 1) == 1)
		return recipe_from(r, raw(r, in), at);
	switch (form) {
	case AS_POLICY:
		i = policy(r, at);
		break;
	case AS_SELECT:
		i = selected(r, at);
		break;
	case AS_TRIES:
		i = tries(r, at);
		break;
	case AS_SEQUENCE:
	case AS_TEXTS:
		content = form == AS_TEXTS ? recipe_texts(r, at)
					   : recipe_sequence(r, at);
		if (content != NULL)
			i = item_wrap(r->pool, content);
		break;
	case AS_PARAMS:
		i = recipe_parameters(r, at);
		break;
	case AS_PARAMS_OF:
	case AS_LABELS_OF:
		i = parameters_of(r, at, form == AS_LABELS_OF);
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
		i = recipe_leaf(r, at, form);
		break;
	}
	if (i == NULL || !doc_good(r->doc))
		return NULL;
	if (pool_full(r->pool)) {
		doc_bad(r->doc, at, "more values than are taken");
		return NULL;
	}
	return recipe_from(r, i, at);
}
