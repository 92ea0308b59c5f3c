/*
 * triples: read every statement of a CoMID whole.         [CoRIM 5.1.4]
 *
 * A row for each kind of triple.  What a record is made of is checked all the
 * way down before anything of it is handed out.
 */
#include "corim_int.h"

#include <string.h>

struct conditions {
	uint32_t has;
	struct bytes mkey, authority;
};

// clang-format off
static const struct cbor_field condition_rows[] = {
	FIELD(0, F_RAW, struct conditions, mkey, 0, 0),
	FIELD(1, F_RAW_ARRAY, struct conditions, authority, 0, 0),
};
// clang-format on
static const struct cbor_table condition_table = {
    condition_rows, ARRAY_LEN(condition_rows), 1};

static enum err
environment_check(struct bytes in)
{
	struct corim_environment e;

	return corim_environment_read(in, &e);
}

static enum err
measurement_check(struct bytes in)
{
	struct corim_measurement m;

	return corim_measurement_read(in, &m);
}

static enum err
tag_id_check(struct bytes in)
{
	struct bytes id;
	bool is_text;

	return corim_id_read(in, &id, &is_text);
}

static struct bytes
environment_take(struct cbor_in *r)
{
	struct bytes raw = cbor_raw(r, CBOR_MAP);
	enum err e = r->err == OK ? environment_check(raw) : OK;

	if (e != OK)
		cbor_fail(r, e);
	return raw;
}

/* An array of at least min items that pass the check. */
static struct list
list_take(struct cbor_in *r, size_t min, enum err (*check)(struct bytes))
{
	struct list l = corim_list_take(r, min);
	enum err e = r->err == OK ? corim_each(l, check) : OK;

	if (e != OK)
		cbor_fail(r, e);
	return l;
}

enum err
corim_state_read(struct cbor_in *items, struct corim_state *out)
{
	memset(out, 0, sizeof(*out));
	cbor_array(items, 2);
	out->environment = environment_take(items);
	out->measurements = list_take(items, 1, measurement_check);
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	return items->err;
}

enum err
corim_series_read(struct cbor_in *items, struct corim_series *out)
{
	memset(out, 0, sizeof(*out));
	cbor_array(items, 2);
	out->condition = list_take(items, 1, measurement_check);
	out->addition = list_take(items, 1, measurement_check);
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	return items->err;
}

/* ---- records ----------------------------------------------------------- */

static void
state_record(struct cbor_in *r, struct corim_triple *out)
{
	struct corim_state s;

	if (corim_state_read(r, &s) != OK)
		return;
	out->environment = s.environment;
	out->items = s.measurements;
}

/* [environment, [+ key], ? {? mkey, ? authorized-by}]. */
static void
key_record(struct cbor_in *r, struct corim_triple *out)
{
	size_t n = cbor_array_any(r, 2, 3);
	struct conditions c = {0};
	enum err e = OK;

	out->environment = environment_take(r);
	out->items = list_take(r, 1, corim_key_check);
	if (r->err != OK || n == 2)
		return;
	e = corim_map_read(cbor_raw(r, CBOR_MAP), &condition_table, &c);
	if (e == OK && c.has == 0)
		e = ERR_MISSING;
	if (e == OK && c.mkey.n > 0)
		e = corim_mkey_check(c.mkey);
	if (e == OK && c.authority.n > 0)
		e = corim_list_read(c.authority, 1, &out->authority);
	if (e == OK)
		e = corim_each(out->authority, corim_key_check);
	if (e != OK)
		cbor_fail(r, e);
	out->mkey = c.mkey;
}

/* [domain, [+ domain]]. */
static void
domain_record(struct cbor_in *r, struct corim_triple *out)
{
	cbor_array(r, 2);
	out->environment = environment_take(r);
	out->items = list_take(r, 1, environment_check);
}

static void
coswid_record(struct cbor_in *r, struct corim_triple *out)
{
	cbor_array(r, 2);
	out->environment = environment_take(r);
	out->items = list_take(r, 1, tag_id_check);
}

static enum err
series_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct corim_series s;

	TRY(corim_series_read(&r, &s));
	return cbor_close(&r);
}

/* [[environment, [* measurement], ? [+ key]], [+ series]]. */
static void
series_record(struct cbor_in *r, struct corim_triple *out)
{
	size_t n;

	cbor_array(r, 2);
	n = cbor_array_any(r, 2, 3);
	out->environment = environment_take(r);
	out->conditions = list_take(r, 0, measurement_check);
	if (n == 3)
		out->authority = list_take(r, 1, corim_key_check);
	out->items = list_take(r, 1, series_check);
}

static enum err
state_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct corim_state s;

	TRY(corim_state_read(&r, &s));
	return cbor_close(&r);
}

/* [[+ state], [+ state]]. */
static void
conditional_record(struct cbor_in *r, struct corim_triple *out)
{
	cbor_array(r, 2);
	out->conditions = list_take(r, 1, state_check);
	out->items = list_take(r, 1, state_check);
}

static const struct {
	enum corim_statement kind;
	const char *name;
	void (*read)(struct cbor_in *r, struct corim_triple *out);
} rows[] = {
    {SAYS_REFERENCE, "reference-triples", state_record},
    {SAYS_ENDORSED, "endorsed-triples", state_record},
    {SAYS_IDENTITY, "identity-triples", key_record},
    {SAYS_ATTEST_KEY, "attest-key-triples", key_record},
    {SAYS_DEPENDENCY, "dependency-triples", domain_record},
    {SAYS_MEMBERSHIP, "membership-triples", domain_record},
    {SAYS_COSWID, "coswid-triples", coswid_record},
    {SAYS_SERIES, "conditional-endorsement-series-triples", series_record},
    {SAYS_CONDITIONAL, "conditional-endorsement-triples", conditional_record},
};

static size_t
row_of(int64_t key)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if ((int64_t)rows[i].kind == key)
			break;
	return i;
}

const char *
corim_statement_name(enum corim_statement s)
{
	size_t i = row_of((int64_t)s);

	return i < ARRAY_LEN(rows) ? rows[i].name : "triples";
}

/* ---- the walk ---------------------------------------------------------- */

void
corim_triples_begin(struct corim_triples *it, struct bytes triples)
{
	size_t at;
	enum err e;

	memset(it, 0, sizeof(*it));
	it->map = cbor_open(triples);
	/* No kind twice: the walk below could not tell. */
	e = cbor_check(triples, &at);
	if (e != OK)
		cbor_fail(&it->map, e);
	it->kinds_left = cbor_map_any(&it->map, 1, CBOR_PAIRS_MAX);
}

static enum err
kind_enter(struct corim_triples *it)
{
	struct bytes list;
	size_t i;

	it->kinds_left--;
	it->at = it->map.in.p + it->map.at;
	i = row_of(cbor_int(&it->map, INT64_MIN, INT64_MAX));
	TRY(it->map.err);
	/* A profile's own; the profiles known here have none. */
	if (i == ARRAY_LEN(rows))
		return ERR_UNEXPECTED;
	it->row = i;
	list = cbor_raw(&it->map, CBOR_ARRAY);
	TRY(it->map.err);
	it->records = cbor_open(list);
	it->records_left = cbor_array_any(&it->records, 1, LEN_ANY);
	return it->records.err;
}

enum err
corim_triple_next(struct corim_triples *it, struct corim_triple *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	TRY(it->map.err);
	while (it->records_left == 0) {
		if (it->kinds_left == 0)
			return ERR_NOT_FOUND;
		e = kind_enter(it);
		if (e != OK) {
			cbor_fail(&it->map, e);
			return e;
		}
	}
	it->records_left--;
	it->at = it->records.in.p + it->records.at;
	out->kind = rows[it->row].kind;
	rows[it->row].read(&it->records, out);
	if (it->records.err != OK) {
		memset(out, 0, sizeof(*out));
		cbor_fail(&it->map, it->records.err);
	}
	return it->records.err;
}

const char *
corim_triples_name(const struct corim_triples *it)
{
	return rows[it->row].name;
}
