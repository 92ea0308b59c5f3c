/*
 * json_leaf: JSON that is one item, and what is said where one is wrong.
 *                                                            [docs/json.md]
 */
#include "json_int.h"

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

struct item *
json_hex_in(struct json *j, const json_t *v, enum cbor_type type,
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

struct item *
json_text_in(struct json *j, const json_t *v, const struct trail *at)
{
	struct bytes b = {
	    (const uint8_t *)json_string_value(v), json_string_length(v)};

	if (b.p == NULL)
		return json_bad(j, at, "text is wanted");
	return item_string(&j->pool, CBOR_TSTR, pool_copy(&j->pool, b));
}

/* Any integer of CBOR, as decimal text. */
struct item *
json_int_in(struct json *j, const json_t *v, const struct trail *at)
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

struct item *
json_real_in(struct json *j, double v, unsigned width)
{
	struct item *i = item_new(&j->pool, CBOR_SIMPLE, 0);

	while (!json_float_bits(v, width, &i->arg))
		width *= 2;
	i->width = (uint8_t)width;
	return i;
}

struct item *
json_float_in(struct json *j, const json_t *v, const struct trail *at)
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

struct item *
json_simple_in(struct json *j, const json_t *v, const struct trail *at)
{
	json_int_t n = json_integer_value(v);

	if (!json_is_integer(v) || n < 0 || n > 255 || (n >= 24 && n < 32))
		return json_bad(
		    j, at, "a simple value is 0 to 23 or 32 to 255");
	return item_new(&j->pool, CBOR_SIMPLE, (uint64_t)n);
}

struct item *
json_time_in(struct json *j, const json_t *v, const struct trail *at)
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

struct item *
json_name_in(struct json *j, const json_t *v, const struct shape *shape,
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

struct item *
json_bits_in(struct json *j, const json_t *v, const struct shape *shape,
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

struct item *
json_id_in(struct json *j, const json_t *v, const struct trail *at)
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
