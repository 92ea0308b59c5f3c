/*
 * schema: the tables of the numbering of draft -26, and the way from a number
 * on the wire to its row.                                      [TEEP 4, 6]
 */
#include "teep_int.h"

#define LABEL(n) (n)
#define TYPE(t)  (t)
#include "rows.h"

/* Extensions hook into the options of a message only.         [TEEP 4.2] */
const struct teep_numbering teep_current = {
    .schema = schemas,
    .requested = {requested, ARRAY_LEN(requested), 1},
    .manifest_code = TEEP_ERR_MANIFEST,
};

const struct teep_numbering *
teep_numbering_of(const struct dialect *d)
{
	if (d == NULL || d->numbering == DIALECT_CURRENT)
		return &teep_current;
	return d->tables != NULL ? d->tables->legacy : NULL;
}

const struct teep_schema *
teep_schema_find(const struct teep_numbering *n, uint64_t wire)
{
	for (size_t i = 0; i < TEEP_TYPES; i++)
		if (n->schema[i].type == wire)
			return &n->schema[i];
	return NULL;
}

/* The bit of a label in enum teep_has: 1..14 and 18..22 of the current
 * numbering without the gap. */
static uint32_t
bit(const struct teep_numbering *n, int32_t label)
{
	if (label > 4)
		label -= n->moved;
	return UINT32_C(1) << (label <= 14 ? label - 1 : label - 4);
}

uint32_t
teep_has_from_rows(
    const struct teep_numbering *n, const struct cbor_table *t, uint32_t rows)
{
	uint32_t has = 0;

	for (unsigned i = 0; i < t->n; i++)
		if ((rows >> i & 1) != 0)
			has |= bit(n, t->row[i].key);
	return has;
}

uint32_t
teep_has_to_rows(
    const struct teep_numbering *n, const struct cbor_table *t, uint32_t has)
{
	uint32_t rows = 0;

	for (unsigned i = 0; i < t->n; i++)
		if ((has & bit(n, t->row[i].key)) != 0)
			rows |= UINT32_C(1) << i;
	return rows;
}

/* The one code that moved changes places with the one it moved to, which is
 * not assigned: so no two codes become one. */
uint64_t
teep_code_turn(const struct teep_numbering *n, uint64_t code)
{
	if (code == TEEP_ERR_MANIFEST)
		return n->manifest_code;
	return code == n->manifest_code ? TEEP_ERR_MANIFEST : code;
}

int64_t
teep_label_of(const struct dialect *d, int64_t wire)
{
	const struct teep_numbering *n = teep_numbering_of(d);

	if (n == NULL || wire <= 4)
		return n == NULL ? 0 : wire;
	return wire - n->moved > 4 ? wire - n->moved : 0;
}

uint64_t
teep_type_of(const struct dialect *d, uint64_t wire)
{
	const struct teep_numbering *n = teep_numbering_of(d);
	const struct teep_schema *s =
	    n == NULL ? NULL : teep_schema_find(n, wire);

	return s == NULL ? 0 : (uint64_t)(s - n->schema) + 1;
}

uint64_t
teep_code_of(const struct dialect *d, uint64_t wire)
{
	const struct teep_numbering *n = teep_numbering_of(d);

	return n == NULL ? 0 : teep_code_turn(n, wire);
}
