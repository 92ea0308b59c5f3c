/*
 * recipe_out_leaf: items without commands, as values of a recipe.  A function
 * answers NULL where its form cannot say what stands there.
 */
#include "recipe.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TAG_PEN 112

static json_t *
word(const char *name, json_t *v)
{
	json_t *o = json_object();

	if (v == NULL || json_object_set_new(o, name, v) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

json_t *
out_raw(struct out *o, const struct item *i)
{
	return word("cbor", doc_put_hex(item_bytes(o->pool, i)));
}

static json_t *
number(uint64_t v)
{
	char text[21];

	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	return json_string(text);
}

static json_t *
integer(const struct item *i)
{
	if ((i->type != CBOR_UINT && i->type != CBOR_NINT) ||
	    i->arg > INT64_MAX)
		return NULL;
	return json_integer(i->type == CBOR_UINT ? (json_int_t)i->arg
						 : -1 - (json_int_t)i->arg);
}

static json_t *
text(const struct item *i)
{
	/* neither has a place in a text of YAML or JSON */
	if (i->type != CBOR_TSTR || memchr(i->text.p, 0, i->text.n) != NULL ||
	    memchr(i->text.p, 0x7f, i->text.n) != NULL)
		return NULL;
	return json_stringn((const char *)i->text.p, i->text.n);
}

/* The octets of a byte string, opened or not. */
static struct bytes
content(struct out *o, const struct item *i)
{
	return i->content != NULL ? item_bytes(o->pool, i->content) : i->text;
}

/* Octets that spell something are shown so. */
static json_t *
octets(struct out *o, const struct item *i, bool always_named)
{
	struct bytes b = content(o, i);
	bool spells = b.n > 0;

	if (i->type != CBOR_BSTR)
		return NULL;
	for (size_t k = 0; k < b.n; k++)
		if (b.p[k] < 0x20 || b.p[k] > 0x7e)
			spells = false;
	if (spells)
		return word("text", json_stringn((const char *)b.p, b.n));
	return always_named ? word("hex", doc_put_hex(b)) : doc_put_hex(b);
}

static json_t *
uuid(struct out *o, const struct item *i)
{
	struct bytes b = content(o, i);
	char room[UUID_TEXT];

	if (i->type != CBOR_BSTR)
		return NULL;
	if (b.n != 16)
		return word("hex", doc_put_hex(b));
	uuid_text(room, b.p);
	return json_string(room);
}

static json_t *
vendor(struct out *o, const struct item *i)
{
	uint64_t v = 0;
	struct bytes b;

	if (i->type != CBOR_TAG)
		return uuid(o, i);
	if (i->arg != TAG_PEN || i->first->type != CBOR_BSTR)
		return NULL;
	b = content(o, i->first);
	for (size_t k = 0; k < b.n; k++) {
		if (v > UINT32_MAX || (k == 0 && b.p[0] == 0x80) ||
		    (b.p[k] >> 7 != 0) != (k + 1 < b.n))
			return NULL;
		v = v << 7 | (b.p[k] & 0x7f);
	}
	return b.n > 0 && v <= UINT32_MAX ? word("pen", number(v)) : NULL;
}

static json_t *
digest(struct out *o, const struct item *a)
{
	const struct row *row = NULL;
	json_t *v, *name;

	if (a == NULL || a->type != CBOR_ARRAY || item_count(a) != 2 ||
	    a->first->next->type != CBOR_BSTR)
		return NULL;
	name = integer(a->first);
	if (name != NULL)
		row = row_of(&rows_algorithm, json_integer_value(name));
	json_decref(name);
	if (row == NULL || content(o, a->first->next).n > 64)
		return NULL;
	v = doc_put_hex(content(o, a->first->next));
	if (row->key == ALG_SHA256 &&
	    content(o, a->first->next).n == DIGEST_LEN)
		return v;
	name = word("algorithm", json_string(row->name));
	if (name != NULL)
		(void)json_object_set_new(name, "digest", v);
	return name;
}

static json_t *
date(const struct item *i)
{
	time_t t = (time_t)i->arg;
	char room[32];
	struct tm tm;

	/* four digits of a year, and none of the words of doc_time */
	if (i->type != CBOR_UINT || i->arg > 253402300799 ||
	    gmtime_r(&t, &tm) == NULL || tm.tm_year < 70)
		return NULL;
	(void)strftime(room, sizeof(room), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(room);
}

/* ---- versions ----------------------------------------------------------- */

static bool
version(const struct item *a, char *out, size_t room)
{
	static const char *const classes[] = {"-rc", "-beta", "-alpha"};
	size_t at = 0, n = 0;
	bool class = false;
	const struct item *i;

	if (a == NULL || a->type != CBOR_ARRAY || a->first == NULL)
		return false;
	for (i = a->first; i != NULL; i = i->next, n++) {
		if (at + 24 > room)
			return false;
		if (i->type == CBOR_NINT && i->arg < 3 && !class && n > 0) {
			at += (size_t)snprintf(
			    out + at, room - at, "%s", classes[i->arg]);
			class = true;
			continue;
		}
		if (i->type != CBOR_UINT || (!class && n >= 3))
			return false;
		at += (size_t)snprintf(out + at, room - at, "%s%llu",
		    n > 0 ? "." : "", (unsigned long long)i->arg);
	}
	return true;
}

static json_t *
release(const struct item *a)
{
	char room[256];

	return version(a, room, sizeof(room)) ? json_string(room) : NULL;
}

static json_t *
version_match(const struct item *a)
{
	const struct row *row;
	char room[256], whole[264];

	if (a == NULL || a->type != CBOR_ARRAY || item_count(a) != 2 ||
	    a->first->type != CBOR_UINT || a->first->arg > 5 ||
	    !version(a->first->next, room, sizeof(room)))
		return NULL;
	row = row_of(&rows_comparison, (int64_t)a->first->arg);
	if (row == NULL)
		return NULL;
	(void)snprintf(whole, sizeof(whole), "%s %s", row->name, room);
	return json_string(whole);
}

/* ---- lists and maps ----------------------------------------------------- */

static json_t *
id(struct out *o, const struct item *i)
{
	struct bytes raw = item_bytes(o->pool, i);
	char room[SUIT_ID_TEXT];
	const struct item *part;
	json_t *a;

	if (i->type != CBOR_ARRAY)
		return NULL;
	if (suit_id_text(raw, room) == OK)
		return json_string(room);
	a = json_array();
	for (part = i->first; part != NULL; part = part->next) {
		json_t *v = octets(o, part, false);

		if (v == NULL || json_array_append_new(a, v) != 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

static json_t *
map_by(struct out *o, const struct item *map, const struct rows *rows)
{
	json_t *out;
	struct item *k;

	if (map == NULL || map->type != CBOR_MAP)
		return NULL;
	out = json_object();
	for (k = map->first; k != NULL; k = k->next->next) {
		json_t *name = integer(k), *v;
		const struct row *row;
		char room[24];

		if (name == NULL)
			goto no;
		row = row_of(rows, json_integer_value(name));
		(void)snprintf(room, sizeof(room), "%" JSON_INTEGER_FORMAT,
		    json_integer_value(name));
		json_decref(name);
		v = out_value(o, k->next, row != NULL ? row->form : AS_ANY);
		if (json_object_set_new(
			out, row != NULL ? row_name(rows, row) : room, v) != 0)
			goto no;
	}
	return out;
no:
	json_decref(out);
	return NULL;
}

static json_t *
any(struct out *o, struct item *i)
{
	struct item *in;
	json_t *a;

	switch (i->type) {
	case CBOR_UINT:
	case CBOR_NINT:
		return integer(i);
	case CBOR_BSTR:
		return octets(o, i, true);
	case CBOR_TSTR:
		return text(i);
	case CBOR_ARRAY:
		a = json_array();
		for (in = i->first; in != NULL; in = in->next)
			(void)json_array_append_new(
			    a, out_value(o, in, AS_ANY));
		return a;
	case CBOR_SIMPLE:
		if (i->width > 0 || i->arg < 20 || i->arg > 22)
			return NULL;
		return i->arg == 22 ? json_null() : json_boolean(i->arg == 21);
	default:
		return NULL;
	}
}

static json_t *
index_name(const struct out *o, const struct item *i)
{
	if (i->type != CBOR_UINT || i->arg > UINT32_MAX)
		return NULL;
	for (size_t k = 0; k < o->n_named; k++)
		if (o->named[k].index == i->arg)
			return json_string(o->named[k].name);
	return number(i->arg);
}

json_t *
out_leaf(struct out *o, struct item *i, enum form form)
{
	switch (form) {
	case AS_ANY:
		return any(o, i);
	case AS_UINT:
	case AS_SIZE:
		return i->type == CBOR_UINT ? number(i->arg) : NULL;
	case AS_INT:
		return integer(i);
	case AS_BOOL:
		return i->type == CBOR_SIMPLE && i->width == 0 &&
			       (i->arg == 20 || i->arg == 21)
			   ? json_boolean(i->arg == 21)
			   : NULL;
	case AS_TEXT:
		return text(i);
	case AS_OCTETS:
		return octets(o, i, false);
	case AS_TIME:
		return date(i);
	case AS_VENDOR:
		return vendor(o, i);
	case AS_CLASS:
	case AS_UUID:
		return uuid(o, i);
	case AS_DIGEST:
		return digest(o, item_inside(o->pool, i));
	case AS_INDEX:
		return index_name(o, i);
	case AS_VERSION:
		return version_match(item_inside(o->pool, i));
	case AS_RELEASE:
		return release(item_inside(o->pool, i));
	case AS_WAIT:
		return map_by(o, item_inside(o->pool, i), &rows_event);
	case AS_METADATA:
		return map_by(o, item_inside(o->pool, i), &rows_metadata);
	case AS_WRAPPED:
		return i->type == CBOR_BSTR && item_open(o->pool, i) != NULL
			   ? doc_put_hex(content(o, i))
			   : NULL;
	case AS_ID:
		return id(o, i);
	case AS_POLICY:
	case AS_SELECT:
	case AS_TRIES:
	case AS_SEQUENCE:
	case AS_PARAMS:
	case AS_PARAMS_OF:
	case AS_LABELS_OF:
	case AS_TEXTS:
		break;
	}
	return NULL;
}
