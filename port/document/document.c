/*
 * document: loading, faults, members and lists.
 */
#include "document.h"

#include <cmdline.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Nodes visited in all: one anchor may stand for many. */
#define NODES_MAX (1u << 18)

static const struct spot nowhere = {NULL, NULL};

/* "FILE:LINE:COLUMN: name: " and the message. */
static void
bad_at(struct doc *d, const yaml_mark_t *mark, const char *name,
    const char *format, va_list ap)
{
	size_t n = 0, room = sizeof(d->message);
	char safe[200];

	n += (size_t)snprintf(d->message, room,
	    "%s:", safe_text(safe, sizeof(safe), bytes_of_text(d->file)));
	if (mark != NULL)
		n += (size_t)snprintf(d->message + n, room - n,
		    "%zu:%zu:", mark->line + 1, mark->column + 1);
	n += (size_t)snprintf(d->message + n, room - n, " ");
	if (name != NULL)
		n += (size_t)snprintf(d->message + n, room - n,
		    "%s: ", safe_text(safe, 80, bytes_of_text(name)));
	(void)vsnprintf(d->message + n, room - n, format, ap);
}

void
doc_bad(struct doc *d, struct spot at, const char *format, ...)
{
	va_list ap;

	if (!doc_good(d))
		return;
	va_start(ap, format);
	bad_at(d, at.node != NULL ? &at.node->start_mark : NULL, at.name,
	    format, ap);
	va_end(ap);
}

__attribute__((format(printf, 3, 4))) static void
bad_mark(struct doc *d, yaml_mark_t mark, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	bad_at(d, &mark, NULL, format, ap);
	va_end(ap);
}

/* ---- loading ------------------------------------------------------------ */

static bool
hex4(const uint8_t *p, size_t left, unsigned *out)
{
	*out = 0;
	if (left < 6 || p[0] != '\\' || p[1] != 'u')
		return false;
	for (size_t i = 2; i < 6; i++) {
		unsigned c = p[i] | 0x20u;

		if (c >= '0' && c <= '9')
			*out = *out << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			*out = *out << 4 | (c - 'a' + 10);
		else
			return false;
	}
	return true;
}

/* JSON writes characters beyond the first 65536 as two escapes, YAML as one;
 * all else that JSON may hold is YAML.  Answers text or a copy. */
static struct bytes
json_as_yaml(struct doc *d, struct bytes text)
{
	struct bytes out = text;
	uint8_t *to = NULL;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned hi, lo;

		if (hex4(text.p + i, text.n - i, &hi) && hi >= 0xd800 &&
		    hi < 0xdc00 && hex4(text.p + i + 6, text.n - i - 6, &lo) &&
		    lo >= 0xdc00 && lo < 0xe000) {
			char one[16];

			if (to == NULL) {
				to = pool_get(&d->pool, text.n + 1);
				memcpy(to, text.p, i);
			}
			(void)snprintf(one, sizeof(one), "\\U%08X",
			    0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00));
			memcpy(to + n, one, 10);
			n += 10;
			i += 11;
			continue;
		}
		if (to != NULL)
			to[n] = text.p[i];
		n++;
		/* what a backslash stands before is no escape of its own */
		if (text.p[i] == '\\' && i + 1 < text.n) {
			i++;
			if (to != NULL)
				to[n] = text.p[i];
			n++;
		}
	}
	if (to != NULL)
		out = (struct bytes){to, n};
	return out;
}

static bool
named_json(const char *file)
{
	size_t n = strlen(file);

	return n > 5 && strcmp(file + n - 5, ".json") == 0;
}

/* A file called .json must be JSON; another one may be. */
static struct bytes
text_of(struct doc *d, struct bytes text)
{
	size_t at = 0;
	json_error_t e;
	json_t *v;

	while (at < text.n && strchr(" \t\r\n", text.p[at]) != NULL)
		at++;
	if (!named_json(d->file) && (at == text.n || text.p[at] != '{'))
		return text;
	v = json_loadb(
	    (const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &e);
	if (v != NULL) {
		json_decref(v);
		return json_as_yaml(d, text);
	}
	if (named_json(d->file)) {
		yaml_mark_t mark = {0, (size_t)(e.line > 0 ? e.line - 1 : 0),
		    (size_t)(e.column > 0 ? e.column - 1 : 0)};
		char safe[JSON_ERROR_TEXT_LENGTH];

		bad_mark(d, mark, "not JSON: %s",
		    safe_text(safe, sizeof(safe), bytes_of_text(e.text)));
	}
	return text;
}

/* Anchors make one node stand in many places, even within itself: what a
 * reader will walk is bounded here. */
static bool
bounded(struct doc *d, int id, unsigned depth, size_t *left)
{
	yaml_node_t *n = yaml_document_get_node(&d->yaml, id);

	if (n == NULL || *left == 0 || depth == DOC_DEPTH_MAX)
		return false;
	--*left;
	if (n->type == YAML_SEQUENCE_NODE)
		for (yaml_node_item_t *i = n->data.sequence.items.start;
		     i < n->data.sequence.items.top; i++)
			if (!bounded(d, *i, depth + 1, left))
				return false;
	if (n->type == YAML_MAPPING_NODE)
		for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
		     p < n->data.mapping.pairs.top; p++)
			if (!bounded(d, p->key, depth + 1, left) ||
			    !bounded(d, p->value, depth + 1, left))
				return false;
	return true;
}

static void
yaml_load(struct doc *d, yaml_parser_t *p)
{
	size_t left = NODES_MAX;
	yaml_document_t second;
	char safe[120];

	d->loaded = yaml_parser_load(p, &d->yaml) != 0;
	if (!d->loaded)
		bad_mark(d, p->problem_mark, "%s",
		    safe_text(safe, sizeof(safe),
			bytes_of_text(
			    p->problem != NULL ? p->problem : "not YAML")));
	else if (yaml_document_get_root_node(&d->yaml) == NULL)
		doc_bad(d, nowhere, "there is nothing in it");
	else if (!bounded(d, 1, 0, &left))
		doc_bad(d, doc_root(d),
		    "too-deep: %d collections within each other and %d values "
		    "at most",
		    DOC_DEPTH_MAX, (int)NODES_MAX);
	else if (yaml_parser_load(p, &second) == 0)
		bad_mark(d, p->problem_mark, "not YAML");
	else {
		if (yaml_document_get_root_node(&second) != NULL)
			doc_bad(d,
			    (struct spot){
				yaml_document_get_root_node(&second), NULL},
			    "a second document; one at a time");
		yaml_document_delete(&second);
	}
}

bool
doc_load(struct doc *d, const char *file, struct bytes text)
{
	yaml_parser_t p;

	d->file = file;
	if (text.n > DOC_MAX) {
		doc_bad(d, nowhere, "too-long: 48 MiB at most are taken");
		return false;
	}
	text = text_of(d, text);
	if (!doc_good(d))
		return false;
	if (!yaml_parser_initialize(&p)) {
		doc_bad(d, nowhere, "out of memory");
		return false;
	}
	yaml_parser_set_input_string(
	    &p, text.p != NULL ? text.p : (const uint8_t *)"", text.n);
	yaml_load(d, &p);
	yaml_parser_delete(&p);
	return doc_good(d);
}

void
doc_free(struct doc *d)
{
	if (d->loaded)
		yaml_document_delete(&d->yaml);
	d->loaded = false;
	pool_free(&d->pool);
}

struct spot
doc_root(struct doc *d)
{
	return (struct spot){yaml_document_get_root_node(&d->yaml), NULL};
}

/* ---- members and items -------------------------------------------------- */

bool
doc_is_map(struct spot at)
{
	return at.node != NULL && at.node->type == YAML_MAPPING_NODE;
}

bool
doc_is_list(struct spot at)
{
	return at.node != NULL && at.node->type == YAML_SEQUENCE_NODE;
}

bool
doc_is_scalar(struct spot at)
{
	return at.node != NULL && at.node->type == YAML_SCALAR_NODE;
}

bool
doc_is_plain(struct spot at)
{
	return doc_is_scalar(at) &&
	       at.node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* The text of a scalar without a NUL inside; NULL: it is none. */
static const char *
scalar(const yaml_node_t *node)
{
	const char *text;

	if (node == NULL || node->type != YAML_SCALAR_NODE)
		return NULL;
	text = (const char *)node->data.scalar.value;
	return strlen(text) == node->data.scalar.length ? text : NULL;
}

bool
doc_is_null(struct spot at)
{
	const char *text = doc_is_plain(at) ? scalar(at.node) : NULL;

	return text != NULL && (*text == 0 || strcmp(text, "~") == 0 ||
				   strcmp(text, "null") == 0);
}

size_t
doc_pairs(struct doc *d, struct spot at, size_t max)
{
	yaml_node_pair_t *pair, *end, *other;
	char safe[80];

	if (!doc_good(d))
		return 0;
	if (!doc_is_map(at)) {
		doc_bad(d, at, "a mapping is wanted");
		return 0;
	}
	end = at.node->data.mapping.pairs.top;
	if ((size_t)(end - at.node->data.mapping.pairs.start) > max) {
		doc_bad(d, at, "%zu members at most are wanted", max);
		return 0;
	}
	for (pair = at.node->data.mapping.pairs.start; pair < end; pair++) {
		struct spot key = {
		    yaml_document_get_node(&d->yaml, pair->key), at.name};
		const char *name = scalar(key.node);

		if (name == NULL)
			doc_bad(d, key, "the name of a member is text");
		for (other = at.node->data.mapping.pairs.start;
		     doc_good(d) && other < pair; other++) {
			const char *before = scalar(
			    yaml_document_get_node(&d->yaml, other->key));

			if (before != NULL && strcmp(before, name) == 0)
				doc_bad(d, key, "\"%s\" stands twice",
				    safe_text(safe, sizeof(safe),
					bytes_of_text(name)));
		}
	}
	return doc_good(d) ? (size_t)(end - at.node->data.mapping.pairs.start)
			   : 0;
}

struct spot
doc_pair(struct doc *d, struct spot at, size_t i, struct spot *key)
{
	yaml_node_pair_t *pair = at.node->data.mapping.pairs.start + i;
	struct spot value = {
	    yaml_document_get_node(&d->yaml, pair->value), NULL};

	*key = (struct spot){yaml_document_get_node(&d->yaml, pair->key), NULL};
	value.name = scalar(key->node);
	return value;
}

void
doc_fields(struct doc *d, struct spot at, const char *const *names)
{
	size_t n = doc_pairs(d, at, SIZE_MAX);
	char safe[80];

	for (size_t i = 0; i < n && doc_good(d); i++) {
		const char *const *known = names;
		struct spot key;
		const char *name = doc_pair(d, at, i, &key).name;

		while (*known != NULL && strcmp(*known, name) != 0)
			known++;
		if (*known == NULL)
			doc_bad(d, key, "there is no field \"%s\" here",
			    safe_text(safe, sizeof(safe), bytes_of_text(name)));
	}
}

struct spot
doc_may(struct doc *d, struct spot at, const char *name)
{
	struct spot found = {NULL, name};
	yaml_node_pair_t *pair;

	if (!doc_good(d) || !doc_is_map(at))
		return found;
	for (pair = at.node->data.mapping.pairs.start;
	     pair < at.node->data.mapping.pairs.top; pair++) {
		const char *key =
		    scalar(yaml_document_get_node(&d->yaml, pair->key));

		if (key != NULL && strcmp(key, name) == 0)
			found.node =
			    yaml_document_get_node(&d->yaml, pair->value);
	}
	return found;
}

struct spot
doc_need(struct doc *d, struct spot at, const char *name)
{
	struct spot found = doc_may(d, at, name);

	if (found.node == NULL && doc_good(d))
		doc_bad(d, (struct spot){at.node, name}, "is missing");
	return found;
}

size_t
doc_list(struct doc *d, struct spot at, size_t min, size_t max)
{
	size_t n;

	if (!doc_good(d))
		return 0;
	if (!doc_is_list(at)) {
		doc_bad(d, at, "a list is wanted");
		return 0;
	}
	n = (size_t)(at.node->data.sequence.items.top -
		     at.node->data.sequence.items.start);
	if (n >= min && n <= max)
		return n;
	doc_bad(d, at, "%zu to %zu items are wanted", min, max);
	return 0;
}

struct spot
doc_item(struct doc *d, struct spot at, size_t i)
{
	return (struct spot){yaml_document_get_node(&d->yaml,
				 at.node->data.sequence.items.start[i]),
	    at.name};
}

/* ---- text --------------------------------------------------------------- */

const char *
doc_word(struct doc *d, struct spot at)
{
	const char *text = scalar(at.node);

	if (text == NULL)
		doc_bad(d, at, "text is wanted");
	return doc_good(d) ? text : "";
}
