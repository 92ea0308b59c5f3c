/*
 * json_out: items as JSON.                                   [docs/json.md]
 */
#include "json_int.h"

#include <stdlib.h>
#include <string.h>

/* ---- containers
 * -------------------------------------------------------------- */

/* The name of a pair in an object; NULL: it has none. */
static const char *
key_name(struct json *j, const struct shape *shape, const struct item *k)
{
	char *text;

	if (k->width != 0 || k->indefinite)
		return NULL;
	if (k->type == CBOR_TSTR) {
		if (memchr(k->text.p, 0, k->text.n) != NULL || k->text.n > 4096)
			return NULL;
		text = pool_get(&j->pool, k->text.n + 3);
		text[0] = text[k->text.n + 1] = '\'';
		if (k->text.n > 0)
			memcpy(text + 1, k->text.p, k->text.n);
		return text;
	}
	if (k->type > CBOR_NINT || k->arg > INT64_MAX)
		return NULL;
	text = pool_get(&j->pool, 24);
	(void)snprintf(text, 24, "%lld",
	    k->type == CBOR_UINT ? (long long)k->arg : -1 - (long long)k->arg);
	{
		const char *name = json_name(shape, strtoll(text, NULL, 10));

		return name != NULL ? name : text;
	}
}

/* Has every key a name, and no two the same? */
static bool
all_named(struct json *j, const struct item *i, const struct shape *shape)
{
	json_t *seen = json_object();
	bool good = true;

	for (i = i->first; good && i != NULL; i = i->next->next) {
		const char *name = key_name(j, shape, i);

		good = name != NULL && json_object_get(seen, name) == NULL &&
		       json_object_set_new(seen, name, json_null()) == 0;
	}
	json_decref(seen);
	return good;
}

static json_t *
map_out(struct json *j, const struct item *i, const struct shape *shape)
{
	bool named = all_named(j, i, shape);
	json_t *all = named ? json_object() : json_array();

	for (const struct item *k = i->first; k != NULL; k = k->next->next) {
		json_t *v = json_out(j, k->next, json_value_shape(shape, k));

		if (named) {
			json_object_set_new(all, key_name(j, shape, k), v);
		} else {
			json_t *pair = json_array();

			json_array_append_new(pair, json_out(j, k, &shape_any));
			json_array_append_new(pair, v);
			json_array_append_new(all, pair);
		}
	}
	return named ? all : json_one("$map", all);
}

json_t *
json_list_out(struct json *j, const struct item *i, const struct shape *of)
{
	json_t *list = json_array();

	for (i = i->first; i != NULL; i = i->next)
		json_array_append_new(list, json_out(j, i, of));
	return list;
}

/* Members by their names where each has one, else by their place. */
static json_t *
array_out(struct json *j, const struct item *i, const struct shape *shape)
{
	size_t n = item_count(i), at = 0;
	bool named = n > 0 && n <= shape->n;
	const struct shape *rest = shape->of != NULL ? shape->of : &shape_any;
	json_t *o;

	for (size_t m = 0; named && m < n; m++)
		named = shape->member[m].name != NULL;
	o = named ? json_object() : json_array();
	for (i = i->first; i != NULL; i = i->next, at++) {
		json_t *v = json_out(
		    j, i, at < shape->n ? shape->member[at].shape : rest);

		if (named)
			json_object_set_new(o, shape->member[at].name, v);
		else
			json_array_append_new(o, v);
	}
	return o;
}

static bool
all_codes(struct json *j, const struct item *i, const struct shape *shape)
{
	size_t n = 0;

	for (i = i->first; i != NULL; i = i->next, n++)
		if (n % 2 == 0 &&
		    (i->type > CBOR_NINT || key_name(j, shape, i) == NULL))
			return false;
	return n % 2 == 0;
}

/* [code, argument, ...] as one object for each; NULL: it is none. */
static json_t *
pairs_out(struct json *j, const struct item *i, const struct shape *shape)
{
	json_t *list;

	if (!all_codes(j, i, shape))
		return NULL;
	list = json_array();
	for (i = i->first; i != NULL; i = i->next->next) {
		int64_t code = i->type == CBOR_UINT ? (int64_t)i->arg
						    : -1 - (int64_t)i->arg;

		json_array_append_new(
		    list, json_one(key_name(j, shape, i),
			      json_out(j, i->next,
				  json_argument_shape(shape, code))));
	}
	return list;
}

/* ---- byte strings
 * ---------------------------------------------------------------- */

/* The item in a byte string that may be opened. */
static struct item *
content(struct json *j, const struct item *i)
{
	struct item *in;
	size_t at;

	if (j->depth > JSON_OPEN_MAX || i->text.n == 0 ||
	    item_read_all(&j->pool, i->text, &in, &at) != OK)
		return NULL;
	return in;
}

static json_t *
wrap_out(struct json *j, const struct item *i, const struct shape *of)
{
	struct item *in = content(j, i);
	json_t *v;

	if (in == NULL)
		return json_hex_string(i->text);
	v = json_out(j, in, of);
	if (json_is_array(v) || (json_is_object(v) && json_word(v) == NULL))
		return v;
	return json_one("$cbor", v);
}

/* What nobody has said anything about: as `teep show` opens it. */
static json_t *
open_out(struct json *j, const struct item *i)
{
	const struct kind *k = kind_of(i->text);
	struct item *in;
	size_t at;

	if (k == NULL &&
	    (i->text.n < 2 || i->text.p[0] >> 5 < CBOR_ARRAY ||
		i->text.p[0] >> 5 > CBOR_TAG || cbor_check(i->text, &at) != OK))
		return NULL;
	in = content(j, i);
	if (in == NULL)
		return NULL;
	if (k == NULL)
		k = kind_named("cbor");
	return json_two(
	    "$cbor", json_out(j, in, k->shape), "$as", json_string(k->name));
}

/* ---- one item
 * ----------------------------------------------------------------------- */

static json_t *tag_out(
    struct json *j, const struct item *i, const struct shape *shape);

/* Without a shape: every form says what it is. */
static json_t *
any_out(struct json *j, const struct item *i)
{
	json_t *v;

	switch ((enum cbor_type)i->type) {
	case CBOR_BSTR:
		v = open_out(j, i);
		return v != NULL ? v
				 : json_one("$hex", json_hex_string(i->text));
	case CBOR_TSTR:
		return json_any_text(i);
	case CBOR_ARRAY:
		return json_list_out(j, i, &shape_any);
	case CBOR_MAP:
		return map_out(j, i, &shape_any);
	case CBOR_TAG:
		return tag_out(j, i, &shape_any);
	case CBOR_SIMPLE:
		return json_any_simple(i);
	default:
		return json_any_int(i);
	}
}

/* A tag: its number, or its name where the shape has one. */
static json_t *
tag_out(struct json *j, const struct item *i, const struct shape *shape)
{
	const struct member *m = NULL;
	struct item number = {.type = CBOR_UINT, .arg = i->arg};
	json_t *tag = json_any_int(&number);

	for (size_t k = 0; shape->kind == S_TAGGED && k < shape->n; k++)
		if ((uint64_t)shape->member[k].key == i->arg)
			m = &shape->member[k];
	if (m != NULL && m->name != NULL) {
		json_decref(tag);
		tag = json_string(m->name);
	}
	return json_two("$tag", tag, "$item",
	    json_out(j, i->first, m == NULL ? &shape_any : m->shape));
}

/* By its shape, which it fits; NULL: this item has no such form. */
static json_t *
shaped(struct json *j, const struct item *i, const struct shape *shape)
{
	switch (shape->kind) {
	case S_BSTR:
	case S_KID:
		return json_hex_string(i->text);
	case S_TIME:
		return json_time_out(j, i);
	case S_NAME:
		return json_name_out(i, shape);
	case S_INLINE:
		return i->type == CBOR_ARRAY ? json_list_out(j, i, shape)
					     : json_name_out(i, shape);
	case S_BITS:
		return json_bits_out(i, shape);
	case S_ID:
		return json_id_out(j, i);
	case S_MAP:
		return map_out(j, i, shape);
	case S_ARRAY:
		return array_out(j, i, shape);
	case S_LIST:
		return json_list_out(j, i, shape->of);
	case S_PAIRS:
		return pairs_out(j, i, shape);
	case S_WRAP:
		return wrap_out(j, i, shape->of);
	case S_OPEN: {
		json_t *v = open_out(j, i);

		return v != NULL ? v : json_hex_string(i->text);
	}
	default:
		return NULL;
	}
}

/* What does not fit its shape, or would be read as something else. */
static json_t *
plain(struct json *j, const struct item *i, const struct shape *shape)
{
	json_t *v = any_out(j, i);

	if (shape->kind == S_ANY || json_is_boolean(v) || json_is_null(v) ||
	    json_is_number(v))
		return v;
	if (json_is_string(v))
		return json_one("$text", v);
	if (json_word(v) != NULL && i->type != CBOR_TAG && i->type != CBOR_MAP)
		return v;
	return json_one("$any", v);
}

/* Will a reader choose this alternative for i by the names of its members?
 * Asked first, for to try and see would cost twice at every level. */
static bool
leads(const struct shape *shape, const struct shape *of, const struct item *i)
{
	size_t n = item_count(i);

	if (of->kind != S_ARRAY)
		return of == json_behind(shape->member[0].shape);
	if (n == 0 || n > of->n)
		return false;
	for (size_t a = 0; a < shape->n; a++) {
		const struct shape *other = json_behind(shape->member[a].shape);
		size_t m = 0;

		while (m < n && m < other->n &&
		       strcmp(other->member[m].name, of->member[m].name) == 0)
			m++;
		if (m == n)
			return other == of;
	}
	return false;
}

static json_t *
chosen(struct json *j, const struct item *i, const struct shape *shape)
{
	const struct shape *of = NULL;
	json_t *v;

	if (shape->kind == S_ONE_OF && json_fits(shape, i))
		of = shape->pick(i);
	for (size_t m = 0; shape->kind == S_EITHER && m < shape->n; m++)
		if (shape->member[m].key == i->type)
			of = shape->member[m].shape;
	if (of == NULL)
		return plain(j, i, shape);
	of = json_behind(of);
	if (shape->kind == S_ONE_OF && !leads(shape, of, i))
		return plain(j, i, shape);
	v = json_out(j, i, of);
	if (json_pick(shape, v) == of)
		return v;
	json_decref(v);
	return plain(j, i, shape);
}

static json_t *
body(struct json *j, const struct item *i, const struct shape *shape)
{
	json_t *v = NULL;

	if (i->type == CBOR_SIMPLE && i->width == 0 && i->arg == 22)
		return json_null();
	if (shape->kind == S_EITHER || shape->kind == S_ONE_OF)
		return chosen(j, i, shape);
	if (shape->kind == S_TAGGED)
		return i->type == CBOR_TAG ? tag_out(j, i, shape)
					   : json_out(j, i, shape->of);
	if (json_fits(shape, i))
		v = shaped(j, i, shape);
	if (v == NULL && json_fits(shape, i) &&
	    (shape->kind == S_UINT || shape->kind == S_INT ||
		shape->kind == S_BOOL || shape->kind == S_TEXT ||
		shape->kind == S_TIME))
		return any_out(j, i);
	return v != NULL ? v : plain(j, i, shape);
}

/* A string in pieces. */
static json_t *
chunks_out(struct json *j, const struct item *i)
{
	json_t *list = json_array();
	const struct item *c;

	for (c = i->first; c != NULL; c = c->next)
		json_array_append_new(list,
		    json_out(j, c,
			i->type == CBOR_BSTR ? &shape_bstr : &shape_text));
	return json_two("$chunks", list, "$of",
	    json_string(i->type == CBOR_BSTR ? "bytes" : "text"));
}

json_t *
json_out(struct json *j, const struct item *i, const struct shape *shape)
{
	bool is_float = i->type == CBOR_SIMPLE && i->width > 1;
	struct item usual = *i;
	json_t *v;

	if (shape != NULL && shape->secret)
		j->secret = true;
	shape = json_behind(shape);
	if (++j->work > JSON_WORK_MAX) {
		(void)json_bad(j, NULL, "limit: too much is in it");
		return json_null();
	}
	j->depth++;
	usual.indefinite = false;
	if (!is_float)
		usual.width = 0;
	if (i->indefinite && (i->type == CBOR_BSTR || i->type == CBOR_TSTR))
		v = chunks_out(j, i);
	else if (i->indefinite)
		v = json_one("$indefinite", json_out(j, &usual, shape));
	else if (usual.width != i->width)
		v = json_two("$head", json_integer(i->width), "$item",
		    json_out(j, &usual, shape));
	else
		v = body(j, i, shape);
	j->depth--;
	return v;
}

json_t *
json_from_cbor(
    struct json *j, struct bytes in, const struct kind *as, size_t *at)
{
	struct item *i;
	json_t *doc;
	size_t used;
	enum err e = item_read(&j->pool, in, &used, &i, at);

	if (e != OK)
		return json_bad(j, NULL, "%s: %s (offset %zu)", err_name(e),
		    err_text(e), *at);
	if (as == NULL)
		as = kind_of((struct bytes){in.p, used});
	if (as == NULL)
		as = kind_named("cbor");
	j->depth = 0;
	j->work = 0;
	doc = json_two(
	    "$as", json_string(as->name), "$item", json_out(j, i, as->shape));
	if (j->message[0] != 0) {
		json_decref(doc);
		return NULL;
	}
	if (used < in.n)
		json_object_set_new(doc, "$after",
		    json_hex_string((struct bytes){in.p + used, in.n - used}));
	return doc;
}
