/*
 * Answers for people: tables, and one device in full.
 */
#include "tamctl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CELL 200

static void
age(char out[CELL], json_int_t then)
{
	json_int_t s = (json_int_t)time(NULL) - then;

	if (s < 0)
		s = 0;
	if (s < 120)
		snprintf(out, CELL, "%lld s ago", (long long)s);
	else if (s < 7200)
		snprintf(out, CELL, "%lld min ago", (long long)(s / 60));
	else if (s < 172800)
		snprintf(out, CELL, "%lld h ago", (long long)(s / 3600));
	else
		snprintf(out, CELL, "%lld days ago", (long long)(s / 86400));
}

static void
cell(char out[CELL], json_t *v, enum column_kind kind)
{
	char *text;

	out[0] = 0;
	if (v == NULL || json_is_null(v)) {
		snprintf(out, CELL, "-");
	} else if (kind == COL_AGE && json_is_integer(v)) {
		age(out, json_integer_value(v));
	} else if (json_is_integer(v)) {
		snprintf(out, CELL, "%lld", (long long)json_integer_value(v));
	} else if (json_is_boolean(v)) {
		snprintf(out, CELL, json_is_true(v) ? "yes" : "no");
	} else if (json_is_string(v)) {
		safe_text(out, CELL, bytes_of_text(json_string_value(v)));
		/* Identifiers are long; their beginning tells them apart. */
		if (kind == COL_ID && strlen(out) > 12)
			out[12] = 0;
	} else {
		text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		if (text != NULL)
			safe_text(out, CELL, bytes_of_text(text));
		free(text);
	}
}

void
print_table(json_t *items, const struct column *c, size_t n)
{
	size_t width[16] = {0}, i, k;
	char text[CELL];
	json_t *row;

	for (k = 0; k < n; k++)
		width[k] = strlen(c[k].head);
	json_array_foreach(items, i, row)
	{
		for (k = 0; k < n; k++) {
			cell(
			    text, json_object_get(row, c[k].member), c[k].kind);
			if (strlen(text) > width[k])
				width[k] = strlen(text);
		}
	}
	for (k = 0; k < n; k++)
		printf("%-*s%s", k + 1 < n ? (int)width[k] : 0, c[k].head,
		    k + 1 < n ? "  " : "\n");
	json_array_foreach(items, i, row)
	{
		for (k = 0; k < n; k++) {
			cell(
			    text, json_object_get(row, c[k].member), c[k].kind);
			printf("%*s%s",
			    c[k].kind == COL_NUMBER ? (int)width[k]
			    : k + 1 < n             ? -(int)width[k]
						    : 0,
			    text, k + 1 < n ? "  " : "\n");
		}
	}
}

void
print_json(json_t *o)
{
	/* ASCII: ids are chosen by strangers, and U+009B drives terminals. */
	if (json_dumpf(o, stdout,
		JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_ENSURE_ASCII) == 0)
		putchar('\n');
}

void
print_object(json_t *o)
{
	const char *name;
	char text[CELL];
	json_t *v;

	json_object_foreach(o, name, v)
	{
		if (json_is_array(v) || json_is_object(v))
			continue;
		cell(text, v, COL_TEXT);
		printf("%-16s %s\n", name, text);
	}
}

void
print_device(json_t *d)
{
	static const struct column components[] = {
	    {"COMPONENT", "id", COL_TEXT},
	    {"WANTED", "wanted", COL_NUMBER},
	    {"INSTALLED", "sequence", COL_NUMBER},
	    {"STATE", "state", COL_TEXT},
	    {"REPORTED", "reported", COL_AGE},
	    {"PROVEN", "proven", COL_AGE},
	    {"REASON", "reason", COL_TEXT},
	};
	static const struct column appraisals[] = {
	    {"APPRAISED", "time", COL_AGE},
	    {"VERDICT", "reason", COL_TEXT},
	    {"ASSURANCE", "assurance", COL_TEXT},
	};
	json_t *list;

	print_object(d);
	list = json_object_get(d, "components");
	if (json_array_size(list) > 0) {
		putchar('\n');
		print_table(list, components, ARRAY_LEN(components));
	}
	list = json_object_get(d, "appraisals");
	if (json_array_size(list) > 0) {
		putchar('\n');
		print_table(list, appraisals, ARRAY_LEN(appraisals));
	}
}
