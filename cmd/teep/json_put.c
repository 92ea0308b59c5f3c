/*
 * json_put: print JSON for people: what is short stands in one line.
 *
 * Nothing but printable ASCII leaves here: strings are foreign text.
 *                                                              [security 19]
 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define LINE   79
#define INDENT 2
/* Deeper lines begin no further to the right. */
#define INDENT_MAX 60

/* One character of UTF-8, which jansson has checked; answers its octets. */
static size_t
char_put(FILE *f, const uint8_t *p)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? *p : *p & (0x7fu >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3f);
	if (c == '"' || c == '\\')
		(void)fprintf(f, "\\%c", (char)c);
	else if (c >= 0x20 && c < 0x7f)
		(void)fputc((int)c, f);
	else if (c <= 0xffff)
		(void)fprintf(f, "\\u%04x", c);
	else
		(void)fprintf(f, "\\u%04x\\u%04x", 0xd800 | (c - 0x10000) >> 10,
		    0xdc00 | (c & 0x3ff));
	return n;
}

static void
string_put(FILE *f, const char *s, size_t n)
{
	(void)fputc('"', f);
	for (size_t i = 0; i < n;)
		i += char_put(f, (const uint8_t *)s + i);
	(void)fputc('"', f);
}

/* The shortest digits that lead back, and a point. */
static void
real_put(FILE *f, double v)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	(void)fprintf(f, "%s%s", text, strpbrk(text, ".e") != NULL ? "" : ".0");
}

static void
leaf_put(FILE *f, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		string_put(f, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		(void)fprintf(f, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_REAL:
		real_put(f, json_real_value(v));
		break;
	case JSON_NULL:
		(void)fputs("null", f);
		break;
	default:
		(void)fputs(json_is_true(v) ? "true" : "false", f);
		break;
	}
}

/* Take from *left what v needs in a line, about; false when it is used up,
 * without looking further. */
static bool
fits(const json_t *v, long *left)
{
	json_t *o = (json_t *)(uintptr_t)v;
	const char *key;
	json_t *in;
	size_t i;

	*left -= 4;
	if (json_is_string(v))
		*left -= (long)json_string_length(v);
	else if (!json_is_array(v) && !json_is_object(v))
		*left -= 6;
	if (json_array_size(v) > LINE || json_object_size(v) > LINE)
		*left = 0;
	json_array_foreach(v, i, in)
	{
		if (*left <= 0 || !fits(in, left))
			break;
	}
	json_object_foreach(o, key, in)
	{
		*left -= (long)strlen(key) + 4;
		if (*left <= 0 || !fits(in, left))
			break;
	}
	return *left > 0;
}

static void
gap(FILE *f, bool line, int indent)
{
	if (line)
		(void)fputc(' ', f);
	else
		(void)fprintf(
		    f, "\n%*s", indent > INDENT_MAX ? INDENT_MAX : indent, "");
}

static void
value_put(FILE *f, const json_t *v, int indent, bool line)
{
	json_t *o = (json_t *)(uintptr_t)v;
	long left = LINE - indent;
	bool first = true, array = json_is_array(v);
	const char *key;
	json_t *in;
	size_t i;

	if (!array && !json_is_object(v)) {
		leaf_put(f, v);
		return;
	}
	line = line || fits(v, &left);
	(void)fputc(array ? '[' : '{', f);
	json_array_foreach(v, i, in)
	{
		if (!first)
			(void)fputc(',', f);
		if (!line || !first)
			gap(f, line, indent + INDENT);
		first = false;
		value_put(f, in, indent + INDENT, line);
	}
	json_object_foreach(o, key, in)
	{
		if (!first)
			(void)fputc(',', f);
		if (!line || !first)
			gap(f, line, indent + INDENT);
		first = false;
		string_put(f, key, strlen(key));
		(void)fputs(": ", f);
		value_put(f, in, indent + INDENT, line);
	}
	if (!first && !line)
		gap(f, false, indent);
	(void)fputc(array ? ']' : '}', f);
}

void
json_text_put(FILE *f, const json_t *v)
{
	value_put(f, v, 0, false);
	(void)fputc('\n', f);
}
