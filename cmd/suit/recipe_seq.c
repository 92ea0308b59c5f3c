/*
 * recipe_seq: sequences of commands, both ways.
 */
#include "recipe.h"

#include <string.h>

/* Most commands of one sequence, alternatives of one try-each. */
#define LIST_MAX 4096

/* ---- try-each ------------------------------------------------------------ */

struct item *
form_tries_read(struct recipe *r, struct spot at)
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

json_t *
form_tries_write(struct out *o, struct item *i)
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

/* ---- sequences ----------------------------------------------------------- */

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
form_sequence_read(struct recipe *r, struct spot at)
{
	struct item *a = item_new(r->pool, CBOR_ARRAY, 0);
	size_t n = doc_list(r->doc, at, 0, LIST_MAX);

	for (size_t i = 0; i < n; i++)
		if (!command(r, doc_item(r->doc, at, i), a))
			return NULL;
	return doc_good(r->doc) ? item_wrap(r->pool, recipe_from(r, a, at))
				: NULL;
}

json_t *
form_sequence_write(struct out *o, struct item *i)
{
	const struct row *row;
	struct item *array = item_inside(o->pool, i), *k;
	json_t *out, *one;

	if (array == NULL || array->type != CBOR_ARRAY ||
	    item_count(array) % 2 != 0)
		return NULL;
	out = json_array();
	for (k = array->first; k != NULL; k = k->next->next) {
		const char *name = out_key(o, k, &rows_command, &row);

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
