/*
 * make_yaml: recipes as YAML: members, lists, scalars, and where a fault is.
 */
#include "make.h"

#include <crypto_openssl.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
make_bad(struct make *m, struct spot at, const char *format, ...)
{
	size_t n = 0, room = sizeof(m->message);
	char safe[200];
	va_list ap;

	if (m->message[0] != 0)
		return;
	n += (size_t)snprintf(m->message, room,
	    "%s: ", safe_text(safe, sizeof(safe), bytes_of_text(m->file)));
	if (at.node != NULL)
		n += (size_t)snprintf(m->message + n, room - n,
		    "line %zu: ", at.node->start_mark.line + 1);
	if (at.name != NULL)
		n += (size_t)snprintf(m->message + n, room - n,
		    "%s: ", safe_text(safe, 80, bytes_of_text(at.name)));
	va_start(ap, format);
	(void)vsnprintf(m->message + n, room - n, format, ap);
	va_end(ap);
}

bool
make_load(struct make *m, const char *file, struct bytes text)
{
	const struct spot nowhere = {NULL, NULL};
	yaml_document_t second;
	yaml_parser_t p;
	char safe[120];

	m->file = file;
	if (text.n > MAKE_RECIPE_MAX) {
		make_bad(m, nowhere, "too-long: a recipe has 1 MiB at most");
		return false;
	}
	if (!yaml_parser_initialize(&p)) {
		make_bad(m, nowhere, "out of memory");
		return false;
	}
	yaml_parser_set_input_string(&p, text.p, text.n);
	m->loaded = yaml_parser_load(&p, &m->doc) != 0;
	if (!m->loaded)
		make_bad(m, nowhere, "line %zu: %s", p.problem_mark.line + 1,
		    safe_text(safe, sizeof(safe),
			bytes_of_text(
			    p.problem != NULL ? p.problem : "not YAML")));
	else if (yaml_document_get_root_node(&m->doc) == NULL)
		make_bad(m, nowhere, "there is nothing in it");
	else if (yaml_parser_load(&p, &second) == 0)
		make_bad(
		    m, nowhere, "line %zu: not YAML", p.problem_mark.line + 1);
	else {
		if (yaml_document_get_root_node(&second) != NULL)
			make_bad(m,
			    (struct spot){
				yaml_document_get_root_node(&second), NULL},
			    "a second document; one recipe at a time");
		yaml_document_delete(&second);
	}
	yaml_parser_delete(&p);
	return m->message[0] == 0;
}

struct spot
make_root(struct make *m)
{
	return (struct spot){yaml_document_get_root_node(&m->doc), NULL};
}

/* ---- members and items
 * -------------------------------------------------------- */

bool
make_is_map(struct spot at)
{
	return at.node != NULL && at.node->type == YAML_MAPPING_NODE;
}

bool
make_is_list(struct spot at)
{
	return at.node != NULL && at.node->type == YAML_SEQUENCE_NODE;
}

bool
make_is_scalar(struct spot at)
{
	return at.node != NULL && at.node->type == YAML_SCALAR_NODE;
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

void
make_fields(struct make *m, struct spot at, const char *const *names)
{
	yaml_node_pair_t *pair, *end, *other;

	if (!make_good(m))
		return;
	if (!make_is_map(at)) {
		make_bad(m, at, "a mapping is wanted");
		return;
	}
	end = at.node->data.mapping.pairs.top;
	for (pair = at.node->data.mapping.pairs.start; pair < end; pair++) {
		struct spot key = {
		    yaml_document_get_node(&m->doc, pair->key), NULL};
		const char *name = scalar(key.node);
		const char *const *n = names;
		char safe[80];

		while (name != NULL && *n != NULL && strcmp(*n, name) != 0)
			n++;
		if (name == NULL || *n == NULL) {
			make_bad(m, key, "there is no field \"%s\" here",
			    safe_text(safe, sizeof(safe),
				bytes_of_text(name != NULL ? name : "?")));
			return;
		}
		for (other = at.node->data.mapping.pairs.start; other < pair;
		     other++) {
			const char *before =
			    scalar(yaml_document_get_node(&m->doc, other->key));

			if (before != NULL && strcmp(before, name) == 0)
				make_bad(m, key, "\"%s\" stands twice", name);
		}
	}
}

struct spot
make_may(struct make *m, struct spot at, const char *name)
{
	struct spot found = {NULL, name};
	yaml_node_pair_t *pair;

	if (!make_good(m) || !make_is_map(at))
		return found;
	for (pair = at.node->data.mapping.pairs.start;
	     pair < at.node->data.mapping.pairs.top; pair++) {
		const char *key =
		    scalar(yaml_document_get_node(&m->doc, pair->key));

		if (key != NULL && strcmp(key, name) == 0)
			found.node =
			    yaml_document_get_node(&m->doc, pair->value);
	}
	return found;
}

struct spot
make_need(struct make *m, struct spot at, const char *name)
{
	struct spot found = make_may(m, at, name);

	if (found.node == NULL && make_good(m))
		make_bad(m, (struct spot){at.node, name}, "is missing");
	return found;
}

size_t
make_list(struct make *m, struct spot at, size_t min, size_t max)
{
	size_t n;

	if (!make_good(m))
		return 0;
	if (!make_is_list(at)) {
		make_bad(m, at, "a list is wanted");
		return 0;
	}
	n = (size_t)(at.node->data.sequence.items.top -
		     at.node->data.sequence.items.start);
	if (n >= min && n <= max)
		return n;
	make_bad(m, at, "%zu to %zu items are wanted", min, max);
	return 0;
}

struct spot
make_item(struct make *m, struct spot at, size_t i)
{
	return (struct spot){yaml_document_get_node(&m->doc,
				 at.node->data.sequence.items.start[i]),
	    at.name};
}

/* ---- scalars
 * -------------------------------------------------------------------- */

const char *
make_word(struct make *m, struct spot at)
{
	const char *text = scalar(at.node);

	if (text == NULL && make_good(m))
		make_bad(m, at, "text is wanted");
	return make_good(m) ? text : "";
}

bool
make_integer(struct spot at, int64_t *out)
{
	const char *text = scalar(at.node);
	char *end;

	if (text == NULL || *text == 0 ||
	    at.node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && *end == 0 && (*text == '-' || *text != '+');
}

uint64_t
make_uint(struct make *m, struct spot at, uint64_t max)
{
	uint64_t v = 0;

	if (make_good(m) && number_read(make_word(m, at), max, &v) != OK)
		make_bad(m, at, "a number from 0 to %llu is wanted",
		    (unsigned long long)max);
	return v;
}

bool
make_flag(struct make *m, struct spot at)
{
	const char *text = make_word(m, at);

	if (make_good(m) && strcmp(text, "true") != 0 &&
	    strcmp(text, "false") != 0)
		make_bad(m, at, "true or false is wanted");
	return strcmp(text, "true") == 0;
}

uint64_t
make_time(struct make *m, struct spot at)
{
	const char *text = make_word(m, at), *end;
	struct tm tm = {0};
	uint64_t v = 0;
	time_t t;

	if (!make_good(m))
		return 0;
	if (strcmp(text, "now") == 0)
		return m->now;
	if (strncmp(text, "now+", 4) == 0 &&
	    number_read(text + 4, UINT32_MAX, &v) == OK)
		return m->now + v;
	if (strncmp(text, "now-", 4) == 0 &&
	    number_read(text + 4, m->now, &v) == OK)
		return m->now - v;
	if (number_read(text, UINT32_MAX, &v) == OK)
		return v;
	end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (end == NULL || *end != 0) {
		tm = (struct tm){0};
		end = strptime(text, "%Y-%m-%d", &tm);
	}
	t = timegm(&tm);
	if (end == NULL || *end != 0 || t < 0)
		make_bad(m, at,
		    "a time such as 2026-01-31T12:00:00Z, now, "
		    "now+3600 or seconds since 1970 is wanted");
	return (uint64_t)t;
}

void
make_free(struct make *m)
{
	for (size_t i = 0; i < m->n_signers; i++)
		openssl_signer_free(&m->signer[i]);
	if (m->loaded)
		yaml_document_delete(&m->doc);
	build_free(&m->b);
	m->loaded = false;
	m->n_signers = 0;
}
