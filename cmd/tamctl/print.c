/*
 * Answers for people: tables, and one device in full.
 */
#include "tamctl.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CELL 200
/* Of a device's past, so many for people; --json has more. */
#define APPRAISALS_SHOWN 5

static void
age(char out[CELL], json_int_t then)
{
	json_int_t now = (json_int_t)time(NULL), s;

	/* an answer may hold any number: the difference must not overflow */
	if (then < 0)
		then = 0;
	s = then < now ? now - then : 0;
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
utc(char out[CELL], json_int_t t)
{
	time_t seconds = (time_t)t;
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL ||
	    strftime(out, CELL, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(out, CELL, "%lld", (long long)t);
}

static void
until(char out[CELL], json_int_t end)
{
	utc(out, end);
	if (end < (json_int_t)time(NULL)) {
		size_t n = strlen(out);

		snprintf(out + n, CELL - n, ", over");
	}
}

static void
put_member(FILE *f, json_t *o, const char *name, const char *before)
{
	const char *v = json_string_value(json_object_get(o, name));

	if (v == NULL)
		return;
	(void)fputs(before, f);
	safe_put(f, bytes_of_text(v));
}

/* [{"kinds": ["reference"], "vendor": "aabbcc"}] as "reference of aabbcc". */
static void
scopes(char out[CELL], json_t *list)
{
	FILE *f = fmemopen(out, CELL, "w");
	json_t *s, *kind;
	size_t i, k;

	if (f == NULL)
		return;
	json_array_foreach(list, i, s)
	{
		(void)fputs(i > 0 ? "; " : "", f);
		json_array_foreach(json_object_get(s, "kinds"), k, kind)
		{
			(void)fputs(k > 0 ? "," : "", f);
			safe_put(f, bytes_of_text(json_string_value(kind)));
		}
		put_member(f, s, "vendor", " of ");
		put_member(f, s, "class", " class ");
	}
	(void)fclose(f);
	out[CELL - 1] = 0; /* what did not fit was left out */
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
	} else if (kind == COL_UNTIL && json_is_integer(v)) {
		until(out, json_integer_value(v));
	} else if (kind == COL_SCOPES && json_is_array(v)) {
		scopes(out, v);
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

/* How a member of a single object is to be read. */
static enum column_kind
kind_of(const char *name)
{
	static const char *const past[] = {
	    "added", "appraised", "reported", "proven"};

	for (size_t i = 0; i < ARRAY_LEN(past); i++)
		if (strcmp(name, past[i]) == 0)
			return COL_AGE;
	return strncmp(name, "not-", 4) == 0 ? COL_UNTIL : COL_TEXT;
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
		cell(text, v, kind_of(name));
		printf("%-16s %s\n", name, text);
	}
}

/* One row for people: its sequence number, and whether it is wanted. */
static json_t *
component_row(json_t *row)
{
	json_t *o = json_copy(row), *wanted = json_object_get(row, "wanted");
	const char *state = json_string_value(json_object_get(row, "state"));

	if (json_object_get(row, "sequence") == NULL)
		json_object_set(o, "sequence", wanted);
	if (wanted != NULL)
		json_object_set_new(o, "wanted", json_string("yes"));
	/* what is gone or proven since has no reason any more */
	if (state == NULL || strcmp(state, "failed") != 0) {
		json_object_del(o, "reason");
		json_object_del(o, "failure");
	}
	return o;
}

/* Why the newest Evidence was refused. */
static void
print_reason(json_t *appraisal)
{
	static const char *const rows[][2] = {{"what", "what"},
	    {"expected", "expected"}, {"found", "found"}, {"source", "says"}};
	char text[CELL];

	if (json_string_length(json_object_get(appraisal, "what")) == 0)
		return;
	putchar('\n');
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *v = json_object_get(appraisal, rows[i][0]);

		if (json_string_length(v) == 0)
			continue;
		cell(text, v, COL_TEXT);
		printf("%-16s %s\n", rows[i][1], text);
	}
}

/* A member of a failure after some words; nothing if it is not there. */
static void
print_said(json_t *failure, const char *name, const char *words)
{
	json_t *v = json_object_get(failure, name);
	char text[CELL];

	if (v == NULL)
		return;
	cell(text, v, COL_TEXT);
	printf("%s%s", words, text);
}

/* Which component failed, where, and what was found there. */
static void
print_failure(json_t *row)
{
	json_t *failure = json_object_get(row, "failure"), *value;
	const char *name;
	char text[CELL];

	if (failure == NULL)
		return;
	cell(text, json_object_get(row, "id"), COL_TEXT);
	printf("\n%s failed: ", text);
	cell(text, json_object_get(row, "reason"), COL_TEXT);
	printf("%s", text);
	if (json_object_get(failure, "section") == NULL)
		printf(", before any of its commands");
	print_said(failure, "command", ", at ");
	print_said(failure, "section", " in ");
	print_said(failure, "offset", ", octet ");
	print_said(failure, "component", ", for component ");
	json_object_foreach(json_object_get(failure, "measured"), name, value)
	{
		cell(text, value, COL_TEXT);
		printf(", where %s is %s", name, text);
	}
	print_said(failure, "error", "; the device says: ");
	putchar('\n');
}

/* How the device started it, last. */
static void
print_start(json_t *row)
{
	json_t *start = json_object_get(row, "start");
	const char *reason =
	    json_string_value(json_object_get(start, "reason"));
	char text[CELL];

	if (reason == NULL)
		return;
	cell(text, json_object_get(row, "id"), COL_TEXT);
	printf("\n%s %s", text,
	    strcmp(reason, "ok") == 0 ? "was started" : "did not start: ");
	if (strcmp(reason, "ok") != 0) {
		cell(text, json_object_get(start, "reason"), COL_TEXT);
		printf("%s", text);
	}
	cell(text, json_object_get(start, "told"), COL_AGE);
	printf(", told %s\n", text);
}

static void
print_part(json_t *items, const struct column *c, size_t n)
{
	if (json_array_size(items) == 0)
		return;
	putchar('\n');
	print_table(items, c, n);
}

/* What it said that it can do. */
static void
print_capabilities(json_t *can)
{
	static const char *const lists[] = {
	    "components", "commands", "parameters", "algorithms"};
	char text[CELL];
	json_t *v;
	size_t i;

	if (can == NULL)
		return;
	cell(text, json_object_get(can, "told"), COL_AGE);
	printf("\nCAPABILITIES, told %s\n", text);
	for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
		printf("%-16s", lists[k]);
		json_array_foreach(json_object_get(can, lists[k]), i, v)
		{
			cell(
			    text, v, json_is_string(v) ? COL_TEXT : COL_NUMBER);
			printf("%s %s", i > 0 ? "," : "", text);
		}
		putchar('\n');
	}
}

void
print_device(json_t *d)
{
	static const struct column components[] = {
	    {"COMPONENT", "id", COL_TEXT},
	    {"SEQUENCE", "sequence", COL_NUMBER},
	    {"WANTED", "wanted", COL_TEXT},
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
	static const struct column requests[] = {
	    {"REQUESTED", "component", COL_TEXT},
	    {"SINCE", "time", COL_AGE},
	};
	json_t *list = json_array(), *row, *past;
	size_t i;

	print_object(d);
	past = json_object_get(d, "appraisals");
	print_reason(json_array_get(past, 0));
	json_array_foreach(json_object_get(d, "components"), i, row)
	    json_array_append_new(list, component_row(row));
	print_part(list, components, ARRAY_LEN(components));
	json_array_foreach(list, i, row) print_failure(row);
	json_array_foreach(list, i, row) print_start(row);
	json_decref(list);
	print_part(
	    json_object_get(d, "requests"), requests, ARRAY_LEN(requests));
	print_capabilities(json_object_get(d, "capabilities"));
	list = json_array();
	json_array_foreach(past, i, row) if (i < APPRAISALS_SHOWN)
	    json_array_append(list, row);
	print_part(list, appraisals, ARRAY_LEN(appraisals));
	json_decref(list);
}
