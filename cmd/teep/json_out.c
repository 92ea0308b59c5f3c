/*
 * json_out: items as JSON.                                   [docs/json.md]
 */
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>
#include <time.h>

/* ---- forms of their own -----------------------------------------------------
 */

static json_t *
one(const char *word, json_t *v)
{
	json_t *o = json_object();

	if (json_object_set_new(o, word, v) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	return o;
}

static json_t *
two(const char *word, json_t *v, const char *other, json_t *w)
{
	json_t *o = one(word, v);

	if (json_object_set_new(o, other, w) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	return o;
}

static json_t *
hex_string(struct bytes b)
{
	char *text = malloc(2 * b.n + 1);
	json_t *v;

	if (text == NULL)
		die(PROG, EXIT_REFUSED, "out of memory");
	hex_text(text, 2 * b.n + 1, b);
	v = json_string(text);
	free(text);
	return v;
}

static json_t *
any_text(const struct item *i)
{
	json_t *v = json_stringn((const char *)i->text.p, i->text.n);

	return v != NULL ? v : one("$badtext", hex_string(i->text));
}

static json_t *
any_int(const struct item *i)
{
	char text[24];

	if (i->arg <= INT64_MAX)
		return json_integer(i->type == CBOR_UINT
					? (json_int_t)i->arg
					: -1 - (json_int_t)i->arg);
	if (i->type == CBOR_NINT && i->arg == UINT64_MAX)
		return one("$int", json_string("-18446744073709551616"));
	(void)snprintf(text, sizeof(text), "%s%llu",
	    i->type == CBOR_NINT ? "-" : "",
	    (unsigned long long)(i->arg + (i->type == CBOR_NINT)));
	return one("$int", json_string(text));
}

static json_t *
any_float(const struct item *i)
{
	double v = json_float(i->arg, i->width);
	unsigned width = 2;
	uint64_t bits;
	char text[24];

	if (!isfinite(v)) {
		(void)snprintf(text, sizeof(text), "%0*llx", 2 * i->width,
		    (unsigned long long)i->arg);
		return one("$float", json_string(text));
	}
	while (!json_float_bits(v, width, &bits))
		width *= 2;
	if (width == i->width)
		return json_real(v);
	return two("$head", json_integer(i->width), "$item", json_real(v));
}

static json_t *
any_simple(const struct item *i)
{
	if (i->width > 1)
		return any_float(i);
	switch (i->arg) {
	case 20:
	case 21:
		return json_boolean(i->arg == 21);
	case 22:
		return json_null();
	default:
		return one("$simple", json_integer((json_int_t)i->arg));
	}
}

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
	return named ? all : one("$map", all);
}

static json_t *
list_out(struct json *j, const struct item *i, const struct shape *of)
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
		    list, one(key_name(j, shape, i),
			      json_out(j, i->next,
				  json_argument_shape(shape, code))));
	}
	return list;
}

/* ---- what has a form for people
 * ------------------------------------------------ */

static json_t *
time_out(struct json *j, const struct item *i)
{
	char text[32];
	struct tm tm;
	time_t t = (time_t)i->arg;

	if (i->type == CBOR_TAG && i->arg == 1)
		return two("$tag", json_integer(1), "$item",
		    json_out(j, i->first, &shape_time));
	/* years of four digits */
	if (i->type != CBOR_UINT || i->arg > UINT64_C(253402300799) ||
	    gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return NULL;
	return json_string(text);
}

static json_t *
name_out(const struct item *i, const struct shape *shape)
{
	const char *name = NULL;

	if (i->type == CBOR_TSTR) /* text would be taken for a name */
		return NULL;
	if (i->arg <= INT64_MAX)
		name = json_name(shape, i->type == CBOR_UINT
					    ? (int64_t)i->arg
					    : -1 - (int64_t)i->arg);
	return name != NULL ? json_string(name) : any_int(i);
}

static json_t *
bits_out(const struct item *i, const struct shape *shape)
{
	json_t *list = json_array();
	uint64_t left = i->arg;

	for (size_t m = 0; m < shape->n; m++) {
		uint64_t bit = (uint64_t)shape->member[m].key;

		if ((left & bit) == 0)
			continue;
		json_array_append_new(list, json_string(shape->member[m].name));
		left &= ~bit;
	}
	if (left == 0 && i->arg != 0)
		return list;
	json_decref(list);
	return any_int(i);
}

static json_t *
id_out(struct json *j, const struct item *i)
{
	struct bytes raw = item_bytes(&j->pool, i), back;
	uint8_t room[SUIT_ID_MAX];
	char text[SUIT_ID_TEXT];

	if (suit_id_text(raw, text) == OK &&
	    suit_id_from_text(text, SPAN_OF(room), &back) == OK &&
	    bytes_same(raw, back))
		return json_string(text);
	return list_out(j, i, &shape_any);
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
		return hex_string(i->text);
	v = json_out(j, in, of);
	if (json_is_array(v) || (json_is_object(v) && json_word(v) == NULL))
		return v;
	return one("$cbor", v);
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
	return two(
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
		return v != NULL ? v : one("$hex", hex_string(i->text));
	case CBOR_TSTR:
		return any_text(i);
	case CBOR_ARRAY:
		return list_out(j, i, &shape_any);
	case CBOR_MAP:
		return map_out(j, i, &shape_any);
	case CBOR_TAG:
		return tag_out(j, i, &shape_any);
	case CBOR_SIMPLE:
		return any_simple(i);
	default:
		return any_int(i);
	}
}

/* A tag: its number, or its name where the shape has one. */
static json_t *
tag_out(struct json *j, const struct item *i, const struct shape *shape)
{
	const struct member *m = NULL;
	struct item number = {.type = CBOR_UINT, .arg = i->arg};
	json_t *tag = any_int(&number);

	for (size_t k = 0; shape->kind == S_TAGGED && k < shape->n; k++)
		if ((uint64_t)shape->member[k].key == i->arg)
			m = &shape->member[k];
	if (m != NULL && m->name != NULL) {
		json_decref(tag);
		tag = json_string(m->name);
	}
	return two("$tag", tag, "$item",
	    json_out(j, i->first, m == NULL ? &shape_any : m->shape));
}

/* By its shape, which it fits; NULL: this item has no such form. */
static json_t *
shaped(struct json *j, const struct item *i, const struct shape *shape)
{
	switch (shape->kind) {
	case S_BSTR:
	case S_KID:
		return hex_string(i->text);
	case S_TIME:
		return time_out(j, i);
	case S_NAME:
		return name_out(i, shape);
	case S_INLINE:
		return i->type == CBOR_ARRAY ? list_out(j, i, shape)
					     : name_out(i, shape);
	case S_BITS:
		return bits_out(i, shape);
	case S_ID:
		return id_out(j, i);
	case S_MAP:
		return map_out(j, i, shape);
	case S_ARRAY:
		return array_out(j, i, shape);
	case S_LIST:
		return list_out(j, i, shape->of);
	case S_PAIRS:
		return pairs_out(j, i, shape);
	case S_WRAP:
		return wrap_out(j, i, shape->of);
	case S_OPEN: {
		json_t *v = open_out(j, i);

		return v != NULL ? v : hex_string(i->text);
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
		return one("$text", v);
	if (json_word(v) != NULL && i->type != CBOR_TAG && i->type != CBOR_MAP)
		return v;
	return one("$any", v);
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
	return two("$chunks", list, "$of",
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
		v = one("$indefinite", json_out(j, &usual, shape));
	else if (usual.width != i->width)
		v = two("$head", json_integer(i->width), "$item",
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
	doc = two(
	    "$as", json_string(as->name), "$item", json_out(j, i, as->shape));
	if (j->message[0] != 0) {
		json_decref(doc);
		return NULL;
	}
	if (used < in.n)
		json_object_set_new(doc, "$after",
		    hex_string((struct bytes){in.p + used, in.n - used}));
	return doc;
}
