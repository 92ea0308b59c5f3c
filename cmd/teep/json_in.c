/*
 * json_in: JSON as items.                                    [docs/json.md]
 */
#include "json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>
#include <time.h>

/* ---- faults
 * ------------------------------------------------------------------- */

static size_t
trail_put(char *out, size_t room, const struct trail *at)
{
	size_t n = 0;
	char safe[80];

	if (at == NULL)
		return 0;
	n = trail_put(out, room, at->up);
	if (at->name != NULL)
		n += (size_t)snprintf(out + n, room - n, "%s%s",
		    n > 0 ? "." : "",
		    safe_text(safe, sizeof(safe), bytes_of_text(at->name)));
	else
		n += (size_t)snprintf(out + n, room - n, "[%zu]", at->index);
	/* of a place that is very deep, the outer part */
	return n < room ? n : room - 1;
}

void *
json_bad(struct json *j, const struct trail *at, const char *format, ...)
{
	size_t room = sizeof(j->message), n;
	va_list ap;

	if (j->message[0] != 0)
		return NULL;
	n = trail_put(j->message, room - 200, at);
	if (n > 0)
		n += (size_t)snprintf(j->message + n, room - n, ": ");
	va_start(ap, format);
	(void)vsnprintf(j->message + n, room - n, format, ap);
	va_end(ap);
	return NULL;
}

/* ---- leaves
 * ------------------------------------------------------------------- */

static struct item *
hex_in(struct json *j, const json_t *v, enum cbor_type type,
    const struct trail *at)
{
	const char *text = json_string_value(v);
	struct span room;
	struct bytes b;

	if (text == NULL)
		return json_bad(j, at, "hex text is wanted");
	room.n = json_string_length(v) / 2;
	room.p = pool_get(&j->pool, room.n + 1);
	if (strlen(text) != json_string_length(v) ||
	    hex_read(text, room, &b) != OK)
		return json_bad(
		    j, at, "\"%.40s\" is not hex text of octets", text);
	return item_string(&j->pool, type, b);
}

static struct item *
text_in(struct json *j, const json_t *v, const struct trail *at)
{
	struct bytes b = {
	    (const uint8_t *)json_string_value(v), json_string_length(v)};

	if (b.p == NULL)
		return json_bad(j, at, "text is wanted");
	return item_string(&j->pool, CBOR_TSTR, pool_copy(&j->pool, b));
}

/* Any integer of CBOR, as decimal text. */
static struct item *
int_in(struct json *j, const json_t *v, const struct trail *at)
{
	const char *text = json_string_value(v), *p = text;
	bool negative = text != NULL && *p == '-';
	uint64_t n = 0;
	bool too_large = false;

	if (text == NULL || *(p += negative) == 0 || strlen(p) > 20)
		return json_bad(j, at, "a number as text is wanted");
	if (negative && strcmp(p, "18446744073709551616") == 0)
		return item_new(&j->pool, CBOR_NINT, UINT64_MAX);
	for (; *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		too_large = too_large || n > (UINT64_MAX - digit) / 10;
		n = 10 * n + digit;
	}
	if (*p != 0)
		return json_bad(j, at, "a number as text is wanted");
	if (too_large)
		return json_bad(
		    j, at, "out of range: CBOR has -2^64 to 2^64-1");
	if (negative && n > 0)
		return item_new(&j->pool, CBOR_NINT, n - 1);
	return item_new(&j->pool, CBOR_UINT, n);
}

static struct item *
real_in(struct json *j, double v, unsigned width)
{
	struct item *i = item_new(&j->pool, CBOR_SIMPLE, 0);

	while (!json_float_bits(v, width, &i->arg))
		width *= 2;
	i->width = (uint8_t)width;
	return i;
}

static struct item *
float_in(struct json *j, const json_t *v, const struct trail *at)
{
	const char *text = json_string_value(v);
	size_t n = text == NULL ? 0 : strlen(text);
	struct item *i;
	char *end;

	if (n != 4 && n != 8 && n != 16)
		return json_bad(
		    j, at, "4, 8 or 16 hex digits of a float are wanted");
	i = item_new(&j->pool, CBOR_SIMPLE, strtoull(text, &end, 16));
	i->width = (uint8_t)(n / 2);
	if (*end != 0 || strspn(text, "0123456789abcdefABCDEF") != n)
		return json_bad(
		    j, at, "4, 8 or 16 hex digits of a float are wanted");
	return i;
}

static struct item *
simple_in(struct json *j, const json_t *v, const struct trail *at)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > 255 || (n >= 24 && n < 32))
		return json_bad(
		    j, at, "a simple value is 0 to 23 or 32 to 255");
	return item_new(&j->pool, CBOR_SIMPLE, (uint64_t)n);
}

static struct item *
time_in(struct json *j, const json_t *v, const struct trail *at)
{
	struct tm tm = {0};
	const char *end =
	    strptime(json_string_value(v), "%Y-%m-%dT%H:%M:%SZ", &tm);
	time_t t = timegm(&tm);

	if (end == NULL || *end != 0 || t < 0)
		return json_bad(
		    j, at, "a time such as 2026-01-31T12:00:00Z is wanted");
	return item_new(&j->pool, CBOR_UINT, (uint64_t)t);
}

static struct item *
name_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *at)
{
	const char *text = json_string_value(v);
	char safe[80];
	int64_t n;

	if (!json_number(shape, text, &n) && !json_decimal(text, &n))
		return json_bad(j, at,
		    "\"%s\" is no name here; a number, or "
		    "{\"$text\": ...} for text",
		    safe_text(safe, sizeof(safe), bytes_of_text(text)));
	return item_int(&j->pool, n);
}

static struct item *
bits_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *up)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < json_array_size(v); i++) {
		const struct trail at = {.up = up, .index = i};
		const char *text = json_string_value(json_array_get(v, i));
		int64_t n;

		if (text == NULL || !json_number(shape, text, &n))
			return json_bad(j, &at, "no name of a bit here");
		bits |= (uint64_t)n;
	}
	return item_new(&j->pool, CBOR_UINT, bits);
}

static struct item *
id_in(struct json *j, const json_t *v, const struct trail *at)
{
	uint8_t room[SUIT_ID_MAX];
	struct item *i;
	struct bytes id;
	size_t fault;

	if (suit_id_from_text(json_string_value(v), SPAN_OF(room), &id) != OK ||
	    item_read_all(&j->pool, pool_copy(&j->pool, id), &i, &fault) != OK)
		return json_bad(
		    j, at, "a component identifier such as ta/hello is wanted");
	return i;
}

/* ---- containers
 * ----------------------------------------------------------------- */

/* Put an item at the end of a list that is being made. */
static bool
chain(struct item ***end, struct item *i)
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
		if (!chain(&end, json_in(j, json_array_get(v, i), of, &at)))
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
		if (!chain(&end, key) ||
		    !chain(&end, json_in(j, json_object_iter_value(i),
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
		if (!chain(&end, json_in(j, one, shape->member[m].shape, &at)))
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
		if (!chain(&end, code) ||
		    !chain(&end,
			json_in(j, json_object_iter_value(json_object_iter(o)),
			    json_argument_shape(shape, number), &in)))
			return NULL;
	}
	return list;
}

/* ---- forms of their own
 * ------------------------------------------------------------ */

/* {"$word": v}, perhaps with one member more, or two where `last` is. */
struct form {
	const json_t *v, *more;
	const struct shape *shape;
	const struct trail *at;
};

static struct item *
form_map(struct json *j, const struct form *f)
{
	struct item *map = item_new(&j->pool, CBOR_MAP, 0), *key;
	struct item **end = &map->first;
	const struct shape *shape =
	    f->shape->kind == S_MAP ? f->shape : &shape_any;

	if (!json_is_array(f->v))
		return json_bad(j, f->at, "a list of pairs is wanted");
	for (size_t i = 0; i < json_array_size(f->v); i++) {
		const struct trail at = {.up = f->at, .index = i};
		json_t *pair = json_array_get(f->v, i);

		if (json_array_size(pair) != 2)
			return json_bad(j, &at, "[key, value] is wanted");
		key = json_in(j, json_array_get(pair, 0), &shape_any, &at);
		if (!chain(&end, key) ||
		    !chain(&end, json_in(j, json_array_get(pair, 1),
				     json_value_shape(shape, key), &at)))
			return NULL;
	}
	return map;
}

static struct item *
form_head(struct json *j, const struct form *f)
{
	json_int_t n = json_integer_value(f->v);
	struct item *i;

	if (!json_is_integer(f->v) || (n != 1 && n != 2 && n != 4 && n != 8))
		return json_bad(j, f->at, "$head: 1, 2, 4 or 8 octets");
	if (json_is_real(f->more) && n >= 2) {
		i = real_in(j, json_real_value(f->more), (unsigned)n);
		if (i->width == n)
			return i;
		return json_bad(j, f->at,
		    "$head: the number is no float of "
		    "that size");
	}
	i = json_in(j, f->more, f->shape, f->at);
	if (i == NULL)
		return NULL;
	if (i->indefinite || i->width != 0 || i->type == CBOR_SIMPLE ||
	    item_size_head(i) > (size_t)n)
		return json_bad(j, f->at, "$head: this item has no such head");
	i->width = item_size_head(i) == (size_t)n ? 0 : (uint8_t)n;
	return i;
}

static struct item *
form_indefinite(struct json *j, const struct form *f)
{
	struct item *i = json_in(j, f->v, f->shape, f->at);

	if (i == NULL)
		return NULL;
	if ((i->type != CBOR_ARRAY && i->type != CBOR_MAP) || i->indefinite ||
	    i->width != 0)
		return json_bad(
		    j, f->at, "$indefinite: an array or a map is wanted");
	i->indefinite = true;
	return i;
}

static struct item *
form_chunks(struct json *j, const struct form *f)
{
	const char *of = json_string_value(f->more);
	bool text = of != NULL && strcmp(of, "text") == 0;
	struct item *i = item_new(&j->pool, text ? CBOR_TSTR : CBOR_BSTR, 0);
	struct item **end = &i->first;

	if (!json_is_array(f->v) || of == NULL ||
	    (!text && strcmp(of, "bytes") != 0))
		return json_bad(j, f->at,
		    "$chunks: a list is wanted, and $of "
		    "\"bytes\" or \"text\"");
	i->indefinite = true;
	for (size_t k = 0; k < json_array_size(f->v); k++) {
		const struct trail at = {.up = f->at, .index = k};
		struct item *c = json_in(j, json_array_get(f->v, k),
		    text ? &shape_text : &shape_bstr, &at);

		if (!chain(&end, c))
			return NULL;
		if (c->type != i->type || c->indefinite)
			return json_bad(j, &at, "no chunk of this string");
	}
	return i;
}

static struct item *
form_tag(struct json *j, const struct form *f)
{
	const char *name = json_string_value(f->v);
	const struct shape *of = NULL;
	struct item *tag, *in;
	char safe[80];
	int64_t n;

	if (name != NULL) {
		if (f->shape->kind != S_TAGGED ||
		    !json_number(f->shape, name, &n))
			return json_bad(j, f->at, "$tag: \"%s\" is no tag here",
			    safe_text(safe, sizeof(safe), bytes_of_text(name)));
		tag = item_int(&j->pool, n);
	} else {
		tag = json_in(j, f->v, &shape_uint, f->at);
	}
	if (tag == NULL)
		return NULL;
	if (tag->type != CBOR_UINT || tag->width != 0)
		return json_bad(j, f->at, "$tag: a number is wanted");
	/* what an unknown tag is around has no shape */
	for (size_t i = 0; f->shape->kind == S_TAGGED && i < f->shape->n; i++)
		if (item_is(tag, f->shape->member[i].key))
			of = f->shape->member[i].shape;
	if (f->shape->kind == S_TIME && tag->arg == 1)
		of = f->shape;
	in = json_in(j, f->more, of, f->at);
	if (in == NULL)
		return NULL;
	return item_tag(&j->pool, tag->arg, in);
}

static struct item *
form_cbor(struct json *j, const struct form *f)
{
	const char *as = json_string_value(f->more);
	const struct shape *of =
	    f->shape->kind == S_WRAP ? f->shape->of : &shape_any;
	struct item *in;

	if (f->more != NULL) {
		const struct kind *k = as == NULL ? NULL : kind_named(as);

		if (k == NULL)
			return json_bad(
			    j, f->at, "$as: one of %s is wanted", kind_names());
		of = k->shape;
	}
	in = json_in(j, f->v, of, f->at);
	return in == NULL ? NULL : item_wrap(&j->pool, in);
}

static struct item *
form_any(struct json *j, const struct form *f)
{
	return json_in(j, f->v, &shape_any, f->at);
}

static struct item *
form_leaf(struct json *j, const struct form *f, const char *word)
{
	switch (word[1]) {
	case 'h':
		return hex_in(j, f->v, CBOR_BSTR, f->at);
	case 'b':
		return hex_in(j, f->v, CBOR_TSTR, f->at);
	case 't':
		return text_in(j, f->v, f->at);
	case 'i':
		return int_in(j, f->v, f->at);
	case 'f':
		return float_in(j, f->v, f->at);
	default:
		return simple_in(j, f->v, f->at);
	}
}

static struct item *
form_in(struct json *j, const json_t *v, const char *word,
    const struct shape *shape, const struct trail *at)
{
	static const struct {
		const char *word, *more;
		bool needed; /* the other member */
		struct item *(*read)(struct json *j, const struct form *f);
	} forms[] = {
	    {"$hex", NULL, false, NULL},
	    {"$text", NULL, false, NULL},
	    {"$badtext", NULL, false, NULL},
	    {"$int", NULL, false, NULL},
	    {"$float", NULL, false, NULL},
	    {"$simple", NULL, false, NULL},
	    {"$map", NULL, false, form_map},
	    {"$any", NULL, false, form_any},
	    {"$indefinite", NULL, false, form_indefinite},
	    {"$head", "$item", true, form_head},
	    {"$tag", "$item", true, form_tag},
	    {"$chunks", "$of", true, form_chunks},
	    {"$cbor", "$as", false, form_cbor},
	};
	struct form f = {.v = json_object_get(v, word), .shape = shape};
	const struct trail in = {.up = at, .name = word};
	char safe[40];

	f.at = &in;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		if (strcmp(forms[i].word, word) != 0)
			continue;
		if (forms[i].more != NULL)
			f.more = json_object_get(v, forms[i].more);
		if (json_object_size(v) != 1u + (f.more != NULL) ||
		    (forms[i].needed && f.more == NULL))
			return json_bad(j, at, "\"%s\" stands %s%s%s", word,
			    forms[i].more == NULL ? "alone" : "with \"",
			    forms[i].more == NULL ? "" : forms[i].more,
			    forms[i].more == NULL ? "" : "\"");
		return forms[i].read != NULL ? forms[i].read(j, &f)
					     : form_leaf(j, &f, word);
	}
	return json_bad(j, at, "\"%s\" is none of the forms of docs/json.md",
	    safe_text(safe, sizeof(safe), bytes_of_text(word)));
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
		return hex_in(j, v, CBOR_BSTR, at);
	case S_NAME:
	case S_INLINE:
		return name_in(j, v, shape, at);
	case S_TIME:
		return time_in(j, v, at);
	case S_ID:
		return id_in(j, v, at);
	default:
		return text_in(j, v, at);
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
		return real_in(j, json_real_value(v), 2);
	if (shape->kind == S_WRAP && (json_is_object(v) || json_is_array(v))) {
		in = json_in(j, v, shape->of, at);
		return in == NULL ? NULL : item_wrap(&j->pool, in);
	}
	if (json_is_array(v) && shape->kind == S_BITS)
		return bits_in(j, v, shape, at);
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
		return form_in(j, v, word, shape, at);
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
		rest = hex_in(j, more, CBOR_BSTR, &after);
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
