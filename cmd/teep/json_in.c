/*
 * json_in: JSON as items.                                    [docs/json.md]
 */
#include "json_int.h"

#include <string.h>

/* ---- containers
 * ----------------------------------------------------------------- */

/* Put an item at the end of a list that is being made. */
bool
json_chain(struct item ***end, struct item *i)
{
	if (i == NULL)
		return false;
	**end = i;
	*end = &i->next;
	return true;
}

static struct item *
list_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *up)
{
	struct item *list = item_new(&j->pool, CBOR_ARRAY, 0);
	struct item **end = &list->first;

	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct trail at = {.up = up, .index = i};
		const struct shape *of = shape->of;

		if (shape->kind == S_INLINE)
			of = shape;
		else if (shape->kind == S_ARRAY && i < shape->n)
			of = shape->member[i].shape;
		else if (shape->kind != S_LIST && shape->kind != S_ARRAY)
			of = NULL;
		if (!json_chain(
			&end, json_in(j, json_array_get(v, i), of, &at)))
			return NULL;
	}
	return list;
}

/* The key that a member's name stands for. */
static struct item *
key_in(struct json *j, const char *name, const struct shape *shape,
    const struct trail *at)
{
	size_t n = strlen(name);
	char safe[80];
	int64_t v;

	if (name[0] == '\'' && n >= 2 && name[n - 1] == '\'')
		return item_string(&j->pool, CBOR_TSTR,
		    pool_copy(&j->pool,
			(struct bytes){(const uint8_t *)name + 1, n - 2}));
	if (json_number(shape, name, &v) || json_decimal(name, &v))
		return item_int(&j->pool, v);
	return json_bad(j, at->up,
	    "there is no member \"%s\" here; a number "
	    "as text, or 'text' for a key of text",
	    safe_text(safe, sizeof(safe), bytes_of_text(name)));
}

static struct item *
object_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *up)
{
	json_t *o = (json_t *)(uintptr_t)v;
	struct item *map = item_new(&j->pool, CBOR_MAP, 0);
	struct item **end = &map->first, *key;

	for (void *i = json_object_iter(o); i != NULL;
	     i = json_object_iter_next(o, i)) {
		const char *name = json_object_iter_key(i);
		const struct trail at = {.up = up, .name = name};

		key = key_in(j, name, shape, &at);
		if (!json_chain(&end, key) ||
		    !json_chain(&end, json_in(j, json_object_iter_value(i),
					  json_value_shape(shape, key), &at)))
			return NULL;
	}
	return map;
}

/* Members of an array by their names: the first ones, all of them. */
static struct item *
named_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *up)
{
	struct item *list = item_new(&j->pool, CBOR_ARRAY, 0);
	struct item **end = &list->first;
	size_t n = json_object_size(v), m;

	for (m = 0; m < shape->n && m < n; m++) {
		const char *name = shape->member[m].name;
		const struct trail at = {.up = up, .name = name};
		const json_t *one = json_object_get(v, name);

		if (one == NULL)
			return json_bad(j, &at, "is missing");
		if (!json_chain(
			&end, json_in(j, one, shape->member[m].shape, &at)))
			return NULL;
	}
	if (n > shape->n)
		return json_bad(
		    j, up, "these have %u members at most", (unsigned)shape->n);
	return list;
}

static struct item *
pairs_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *up)
{
	struct item *list = item_new(&j->pool, CBOR_ARRAY, 0);
	struct item **end = &list->first;

	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct trail at = {.up = up, .index = i};
		json_t *o = json_array_get(v, i);
		struct trail in = {.up = &at};
		struct item *code;
		int64_t number;

		if (!json_is_object(o) || json_object_size(o) != 1 ||
		    json_word(o) != NULL)
			return json_bad(
			    j, &at, "{\"command\": argument} is wanted");
		in.name = json_object_iter_key(json_object_iter(o));
		code = key_in(j, in.name, shape, &in);
		if (code == NULL)
			return NULL;
		if (code->type > CBOR_NINT)
			return json_bad(j, &in, "a command is wanted");
		number = code->type == CBOR_UINT ? (int64_t)code->arg
						 : -1 - (int64_t)code->arg;
		if (!json_chain(&end, code) ||
		    !json_chain(&end,
			json_in(j, json_object_iter_value(json_object_iter(o)),
			    json_argument_shape(shape, number), &in)))
			return NULL;
	}
	return list;
}

/* ---- by shape
 * ------------------------------------------------------------------------ */

static struct item *
string_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *at)
{
	switch (shape->kind) {
	case S_BSTR:
	case S_KID:
	case S_WRAP:
	case S_OPEN:
		return json_hex_in(j, v, CBOR_BSTR, at);
	case S_NAME:
	case S_INLINE:
		return json_name_in(j, v, shape, at);
	case S_TIME:
		return json_time_in(j, v, at);
	case S_ID:
		return json_id_in(j, v, at);
	default:
		return json_text_in(j, v, at);
	}
}

static struct item *
shaped_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *at)
{
	struct item *in;

	if (json_is_string(v))
		return string_in(j, v, shape, at);
	if (json_is_real(v))
		return json_real_in(j, json_real_value(v), 2);
	if (shape->kind == S_WRAP && (json_is_object(v) || json_is_array(v))) {
		in = json_in(j, v, shape->of, at);
		return in == NULL ? NULL : item_wrap(&j->pool, in);
	}
	if (json_is_array(v) && shape->kind == S_BITS)
		return json_bits_in(j, v, shape, at);
	if (json_is_array(v) && shape->kind == S_PAIRS)
		return pairs_in(j, v, shape, at);
	if (json_is_array(v))
		return list_in(j, v, shape, at);
	if (shape->kind == S_ARRAY)
		return named_in(j, v, shape, at);
	return object_in(j, v, shape->kind == S_MAP ? shape : &shape_any, at);
}

static struct item *
value_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *at)
{
	const char *word = json_word(v);
	const struct shape *of = NULL;

	if (json_is_null(v))
		return item_new(&j->pool, CBOR_SIMPLE, 22);
	if (json_is_boolean(v))
		return item_new(
		    &j->pool, CBOR_SIMPLE, json_is_true(v) ? 21 : 20);
	if (json_is_integer(v))
		return item_int(&j->pool, json_integer_value(v));
	if (shape->kind == S_TAGGED &&
	    (word == NULL || json_form_type(word) != CBOR_TAG) &&
	    (word == NULL || json_form_type(word) != CBOR_ANY))
		return json_in(j, v, shape->of, at);
	if (shape->kind == S_EITHER || shape->kind == S_ONE_OF)
		of = json_pick(shape, v);
	if (of != NULL)
		return json_in(j, v, of, at);
	if (word != NULL)
		return json_form_in(j, v, word, shape, at);
	if (shape->kind == S_ONE_OF && json_is_object(v))
		return json_bad(
		    j, at, "these members do not belong together here");
	if (shape->kind == S_EITHER || shape->kind == S_ONE_OF)
		shape = &shape_any;
	return shaped_in(j, v, shape, at);
}

struct item *
json_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *at)
{
	struct item *i;

	if (j->depth == JSON_DEPTH_MAX)
		return json_bad(j, at, "nested too deeply");
	if (pool_full(&j->pool))
		return json_bad(j, at, "more items than are taken");
	j->depth++;
	i = value_in(j, v, json_behind(shape), at);
	j->depth--;
	return i;
}

/* ---- the whole
 * ------------------------------------------------------------------------ */

bool
json_to_cbor(struct json *j, const json_t *doc, struct bytes *out)
{
	const char *as = json_string_value(json_object_get(doc, "$as"));
	const struct kind *k = as == NULL ? NULL : kind_named(as);
	const json_t *v = json_object_get(doc, "$item");
	const json_t *more = json_object_get(doc, "$after");
	const struct trail after = {.name = "$after"};
	struct item *i, *rest = NULL;
	struct cbor_out w;
	struct span room;

	*out = BYTES_NONE;
	j->depth = 0;
	if (k == NULL)
		return json_bad(j, NULL, "$as: one of %s is wanted",
			   kind_names()) != NULL;
	if (v == NULL || json_object_size(doc) != 2u + (more != NULL))
		return json_bad(j, NULL,
			   "$as and $item are wanted, and "
			   "$after may be there") != NULL;
	i = json_in(j, v, k->shape, NULL);
	if (i != NULL && more != NULL)
		rest = json_hex_in(j, more, CBOR_BSTR, &after);
	if (j->message[0] != 0 || i == NULL)
		return false;
	room.n = item_size(i) + (rest != NULL ? rest->text.n : 0);
	room.p = pool_get(&j->pool, room.n + 1);
	w = cbor_into(room);
	item_put(&w, i);
	if (rest != NULL)
		cbor_put_raw(&w, rest->text);
	return cbor_done(&w, out) == OK;
}

/* Are there more values than are taken?  Counted before memory is. */
static bool
too_many(struct bytes text)
{
	bool in_string = false;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = (char)text.p[i];

		if (c == '"')
			in_string = !in_string;
		else if (in_string && c == '\\')
			i++;
		else if (!in_string && (c == ',' || c == '[' || c == '{'))
			n++;
	}
	return n > 2 * ITEMS_MAX;
}

json_t *
json_text_read(struct json *j, struct bytes text)
{
	json_error_t fault;
	char safe[200];
	json_t *v;

	if (text.n > JSON_TEXT_MAX || too_many(text))
		return json_bad(j, NULL, "too-long: more than is taken");
	v = json_loadb((const char *)text.p, text.n,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &fault);
	if (v == NULL)
		return json_bad(j, NULL, "line %d, column %d: %s", fault.line,
		    fault.column,
		    safe_text(safe, sizeof(safe), bytes_of_text(fault.text)));
	return v;
}

void
json_free(struct json *j)
{
	pool_free(&j->pool);
	*j = (struct json){0};
}
