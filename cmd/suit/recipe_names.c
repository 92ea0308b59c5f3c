/*
 * recipe_names: components and keys of a recipe, by name or by number, both
 * ways.
 */
#include "recipe.h"

#include <string.h>

bool
recipe_index(struct recipe *r, struct spot at, uint64_t *out)
{
	const char *name = doc_word(r->doc, at);
	char safe[80];

	if (!doc_good(r->doc))
		return false;
	for (size_t i = 0; i < r->n_named; i++)
		if (strcmp(r->named[i].name, name) == 0) {
			*out = r->named[i].index;
			return true;
		}
	if (number_read(name, UINT32_MAX, out) == OK)
		return true;
	doc_bad(r->doc, at, "there is no component \"%s\" here",
	    safe_text(safe, sizeof(safe), bytes_of_text(name)));
	return false;
}

/* Decimal digits and perhaps a sign. */
static bool
decimal(const char *text, int64_t *out)
{
	bool minus = *text == '-';
	uint64_t v;

	if (number_read(text + minus, INT64_MAX, &v) != OK)
		return false;
	*out = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

bool
recipe_key(struct recipe *r, const struct rows *rows, struct spot key,
    const struct row **row, int64_t *out)
{
	const char *name = doc_word(r->doc, key);
	char safe[80];

	*row = NULL;
	if (!doc_good(r->doc))
		return false;
	*row = row_named(rows, name);
	if (*row != NULL) {
		*out = (*row)->key;
		return true;
	}
	if (decimal(name, out)) {
		*row = row_of(rows, *out);
		return true;
	}
	doc_bad(r->doc, key,
	    "there is no \"%s\" here; 'suit recipe --keys' lists the names, "
	    "and a number may stand for one",
	    safe_text(safe, sizeof(safe), bytes_of_text(name)));
	return false;
}

const char *
out_key(struct out *o, const struct item *k, const struct rows *rows,
    const struct row **row)
{
	char *room = pool_get(o->pool, 24);
	int64_t v;

	*row = NULL;
	if ((k->type != CBOR_UINT && k->type != CBOR_NINT) ||
	    k->arg >= INT64_MAX)
		return NULL;
	v = k->type == CBOR_UINT ? (int64_t)k->arg : -1 - (int64_t)k->arg;
	*row = row_of(rows, v);
	if (*row != NULL)
		return row_name(rows, *row);
	(void)snprintf(room, 24, "%lld", (long long)v);
	return room;
}
