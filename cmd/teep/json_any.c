/*
 * json_any: items as JSON: leaves, and what has a form for people.
 *                                                            [docs/json.md]
 */
#include "json_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/suit.h>
#include <time.h>

json_t *
json_one(const char *word, json_t *v)
{
	json_t *o = json_object();

	if (json_object_set_new(o, word, v) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	return o;
}

json_t *
json_two(const char *word, json_t *v, const char *other, json_t *w)
{
	json_t *o = json_one(word, v);

	if (json_object_set_new(o, other, w) != 0)
		die(PROG, EXIT_REFUSED, "out of memory");
	return o;
}

json_t *
json_hex_string(struct bytes b)
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

json_t *
json_any_text(const struct item *i)
{
	json_t *v = json_stringn((const char *)i->text.p, i->text.n);

	return v != NULL ? v : json_one("$badtext", json_hex_string(i->text));
}

json_t *
json_any_int(const struct item *i)
{
	char text[24];

	if (i->arg <= INT64_MAX)
		return json_integer(i->type == CBOR_UINT
					? (json_int_t)i->arg
					: -1 - (json_int_t)i->arg);
	if (i->type == CBOR_NINT && i->arg == UINT64_MAX)
		return json_one("$int", json_string("-18446744073709551616"));
	(void)snprintf(text, sizeof(text), "%s%llu",
	    i->type == CBOR_NINT ? "-" : "",
	    (unsigned long long)(i->arg + (i->type == CBOR_NINT)));
	return json_one("$int", json_string(text));
}

static json_t *
json_any_float(const struct item *i)
{
	double v = json_float(i->arg, i->width);
	unsigned width = 2;
	uint64_t bits;
	char text[24];

	if (!isfinite(v)) {
		(void)snprintf(text, sizeof(text), "%0*llx", 2 * i->width,
		    (unsigned long long)i->arg);
		return json_one("$float", json_string(text));
	}
	while (!json_float_bits(v, width, &bits))
		width *= 2;
	if (width == i->width)
		return json_real(v);
	return json_two("$head", json_integer(i->width), "$item", json_real(v));
}

json_t *
json_any_simple(const struct item *i)
{
	if (i->width > 1)
		return json_any_float(i);
	switch (i->arg) {
	case 20:
	case 21:
		return json_boolean(i->arg == 21);
	case 22:
		return json_null();
	default:
		return json_one("$simple", json_integer((json_int_t)i->arg));
	}
}

/* ---- what has a form for people
 * ------------------------------------------------ */

json_t *
json_time_out(struct json *j, const struct item *i)
{
	char text[32];
	struct tm tm;
	time_t t = (time_t)i->arg;

	if (i->type == CBOR_TAG && i->arg == 1)
		return json_two("$tag", json_integer(1), "$item",
		    json_out(j, i->first, &shape_time));
	/* years of four digits */
	if (i->type != CBOR_UINT || i->arg > UINT64_C(253402300799) ||
	    gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return NULL;
	return json_string(text);
}

json_t *
json_name_out(const struct item *i, const struct shape *shape)
{
	const char *name = NULL;

	if (i->type == CBOR_TSTR) /* text would be taken for a name */
		return NULL;
	if (i->arg <= INT64_MAX)
		name = json_name(shape, i->type == CBOR_UINT
					    ? (int64_t)i->arg
					    : -1 - (int64_t)i->arg);
	return name != NULL ? json_string(name) : json_any_int(i);
}

json_t *
json_bits_out(const struct item *i, const struct shape *shape)
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
	return json_any_int(i);
}

json_t *
json_id_out(struct json *j, const struct item *i)
{
	struct bytes raw = item_bytes(&j->pool, i), back;
	uint8_t room[SUIT_ID_MAX];
	char text[SUIT_ID_TEXT];

	if (suit_id_text(raw, text) == OK &&
	    suit_id_from_text(text, SPAN_OF(room), &back) == OK &&
	    bytes_same(raw, back))
		return json_string(text);
	return json_list_out(j, i, &shape_any);
}
