/*
 * document_put: JSON values as text for people: YAML in blocks, or JSON.  A
 * member called "#" is a comment on the mapping it begins; JSON has none.
 */
#include "document.h"

#include <cmdline.h>
#include <stdlib.h>
#include <string.h>

void
doc_put_member(json_t *object, const char *name, json_t *v)
{
	if (json_object_set_new(object, name, v) != 0)
		die("document", EXIT_REFUSED, "out of memory");
}

void
doc_put_item(json_t *array, json_t *v)
{
	if (json_array_append_new(array, v) != 0)
		die("document", EXIT_REFUSED, "out of memory");
}

static json_t *
encoded(struct bytes b, size_t room,
    void (*encode)(char *out, size_t room, struct bytes b))
{
	char *text = malloc(room);
	json_t *v;

	if (text == NULL)
		die("document", EXIT_REFUSED, "out of memory");
	encode(text, room, b);
	v = json_string(text);
	free(text);
	return v;
}

json_t *
doc_put_hex(struct bytes b)
{
	return encoded(b, 2 * b.n + 1, hex_text);
}

json_t *
doc_put_base64(struct bytes b)
{
	return encoded(b, b.n / 3 * 4 + 5, base64url_text);
}

/* A list of scalars this long at most stands in one line. */
#define LINE_MAX_TEXT 60

/* ---- scalars ------------------------------------------------------------ */

/* Text that every reader of YAML takes for text. */
static bool
plain(const char *s)
{
	static const char *const taken[] = {"true", "false", "null", "yes",
	    "no", "on", "off", "y", "n", "True", "False", "Null", "Yes", "No",
	    "On", "Off", "Y", "N", "TRUE", "FALSE", "NULL", "YES", "NO", "ON",
	    "OFF"};

	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (strcmp(s, taken[i]) == 0)
			return false;
	if ((*s < 'a' || *s > 'z') && (*s < 'A' || *s > 'Z'))
		return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_./-"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(s);
}

/* The next character of UTF-8 that jansson has checked. */
static unsigned long
next(const unsigned char **s)
{
	static const unsigned char mask[] = {0x7f, 0x1f, 0x0f, 0x07};
	unsigned more = **s < 0x80 ? 0 : **s < 0xe0 ? 1 : **s < 0xf0 ? 2 : 3;
	unsigned long c = *(*s)++ & mask[more];

	for (; more > 0 && **s != 0; more--)
		c = c << 6 | (*(*s)++ & 0x3f);
	return c;
}

static void
put_text(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	if (plain(text)) {
		(void)fputs(text, f);
		return;
	}
	(void)fputc('"', f);
	while (*s != 0) {
		unsigned long c = next(&s);

		if (c == '"' || c == '\\')
			(void)fprintf(f, "\\%c", (int)c);
		else if (c == '\n')
			(void)fputs("\\n", f);
		else if (c >= 0x20 && c < 0x7f)
			(void)fputc((int)c, f);
		else if (c < 0x10000)
			(void)fprintf(f, "\\u%04lX", c);
		else
			(void)fprintf(f, "\\U%08lX", c);
	}
	(void)fputc('"', f);
}

static void
put_scalar(FILE *f, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING:
		put_text(f, json_string_value(v));
		break;
	case JSON_INTEGER:
		(void)fprintf(
		    f, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		break;
	case JSON_REAL:
		(void)fprintf(f, "%.17g", json_real_value(v));
		break;
	case JSON_TRUE:
		(void)fputs("true", f);
		break;
	case JSON_FALSE:
		(void)fputs("false", f);
		break;
	case JSON_NULL:
		(void)fputs("null", f);
		break;
	case JSON_OBJECT:
	case JSON_ARRAY:
		break;
	}
}

/* ---- blocks ------------------------------------------------------------- */

static bool
is_scalar(const json_t *v)
{
	return !json_is_object(v) && !json_is_array(v);
}

/* Fits one line: nothing, a few scalars, or one scalar under a name. */
static bool
short_one(const json_t *v)
{
	size_t n = 0, i;
	json_t *one;

	if (json_is_object(v)) {
		json_t *o = (json_t *)(uintptr_t)v;

		if (json_object_size(v) == 0)
			return true;
		one = json_object_iter_value(json_object_iter(o));
		return json_object_size(v) == 1 && is_scalar(one) &&
		       (!json_is_string(one) ||
			   json_string_length(one) <= LINE_MAX_TEXT);
	}
	json_array_foreach(v, i, one)
	{
		if (!is_scalar(one))
			return false;
		n += json_is_string(one) ? json_string_length(one) + 4 : 8;
	}
	return n <= LINE_MAX_TEXT;
}

static void
put_line(FILE *f, const json_t *v)
{
	const char *key;
	json_t *one;
	size_t i;

	if (json_is_object(v)) {
		(void)fputc('{', f);
		json_object_foreach((json_t *)(uintptr_t)v, key, one)
		{
			put_text(f, key);
			(void)fputs(": ", f);
			put_scalar(f, one);
		}
		(void)fputc('}', f);
		return;
	}
	(void)fputc('[', f);
	json_array_foreach(v, i, one)
	{
		(void)fputs(i > 0 ? ", " : "", f);
		put_scalar(f, one);
	}
	(void)fputc(']', f);
}

static void put_block(FILE *f, const json_t *v, unsigned indent, bool in_line);

/* What follows "name:" or "-". */
static void
put_after(FILE *f, const json_t *v, unsigned indent, bool of_list)
{
	if (is_scalar(v)) {
		(void)fputc(' ', f);
		put_scalar(f, v);
		(void)fputc('\n', f);
	} else if (short_one(v) && (!of_list || !json_is_object(v) ||
				       json_object_size(v) == 0)) {
		(void)fputc(' ', f);
		put_line(f, v);
		(void)fputc('\n', f);
	} else if (of_list) {
		(void)fputc(' ', f);
		put_block(f, v, indent + 2, true);
	} else {
		(void)fputc('\n', f);
		put_block(f, v, indent + 2, false);
	}
}

/* in_line: the first line's indentation stands there already. */
static void
put_block(FILE *f, const json_t *v, unsigned indent, bool in_line)
{
	const char *key;
	json_t *one;
	size_t i;

	if (json_is_array(v)) {
		json_array_foreach(v, i, one)
		{
			const char *note =
			    json_string_value(json_object_get(one, "#"));

			if (in_line && i == 0)
				(void)fputc('-', f);
			else if (note != NULL)
				(void)fprintf(f, "%*s# %s\n%*s-", (int)indent,
				    "", note, (int)indent, "");
			else
				(void)fprintf(f, "%*s-", (int)indent, "");
			put_after(f, one, indent, true);
		}
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, one)
	{
		if (strcmp(key, "#") == 0) {
			if (!in_line)
				(void)fprintf(f, "%*s# %s\n", (int)indent, "",
				    json_string_value(one));
			continue;
		}
		if (!in_line)
			(void)fprintf(f, "%*s", (int)indent, "");
		in_line = false;
		put_text(f, key);
		(void)fputc(':', f);
		put_after(f, one, indent, false);
	}
}

void
doc_put_yaml(FILE *f, const json_t *v)
{
	if (is_scalar(v) || short_one(v)) {
		is_scalar(v) ? put_scalar(f, v) : put_line(f, v);
		(void)fputc('\n', f);
	} else {
		put_block(f, v, 0, false);
	}
}

/* A copy without comments. */
static json_t *
bare(const json_t *v)
{
	const char *key;
	json_t *out, *one;
	size_t i;

	if (json_is_object(v)) {
		out = json_object();
		json_object_foreach((json_t *)(uintptr_t)v, key, one)
		{
			if (strcmp(key, "#") != 0)
				doc_put_member(out, key, bare(one));
		}
		return out;
	}
	if (!json_is_array(v))
		return json_incref((json_t *)(uintptr_t)v);
	out = json_array();
	json_array_foreach(v, i, one)
	{
		doc_put_item(out, bare(one));
	}
	return out;
}

void
doc_put_json(FILE *f, const json_t *v)
{
	json_t *out = bare(v);

	(void)json_dumpf(
	    out, f, JSON_INDENT(2) | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
	(void)fputc('\n', f);
	json_decref(out);
}
