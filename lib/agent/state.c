/*
 * state: the record that the store seals: what is installed, by whom, and
 * how far every counter has come.                          [security 6, 13]
 *
 *   state     = { 1: 1, 2: [* installed], 3: [* counter], 4: [* request],
 *                 5: [* manifest id], ? 6: [* floor], ? 7: [* passport] }
 *   installed = [ manifest id, sequence, manifest digest, owner tstr,
 *                 authority tstr, reference URI tstr, envelope SHA-256,
 *                 envelope octets, [* component], ? depends ]
 *   depends   = [ bool: only there because others need it, * manifest id ]
 *   component = [ id, SHA-256, octets, ? secret true ]
 *   counter   = [ authority tstr, manifest id / null, sequence,
 *                 manifest digest ]
 *   request   = [ component id, TAM tstr ]
 *   floor     = [ key id bstr, iat uint, [+ token bstr] ]
 *
 * Owner and authority are names of policy rows, not keys: whoever changes a
 * key through policy keeps components and counters.  Floors are of keys: what
 * they refuse was signed by one, and a thief who has pushed his key's floor
 * into the far future has not touched that of the key that replaces it.
 */
#include "agent_int.h"
#include <string.h>

// clang-format off
static const struct cbor_field rows[] = {
	FIELD_REQ(1, F_UINT, struct state, version, 1, 1),
	FIELD_REQ(2, F_LIST_ARRAY, struct state, installed, 0, AGENT_INSTALLED_MAX),
	FIELD_REQ(3, F_LIST_ARRAY, struct state, counters, 0, AGENT_COUNTERS_MAX),
	FIELD_REQ(4, F_LIST_ARRAY, struct state, requests, 0, AGENT_REQUESTS_MAX),
	FIELD_REQ(5, F_LIST_ARRAY, struct state, unneeded, 0, AGENT_INSTALLED_MAX),
	/* Records of the first agents have none. */
	FIELD(6, F_LIST_ARRAY, struct state, floors, 0, FLOORS_MAX),
	/* What they are, passport.c says, and one that is none is not there. */
	FIELD(7, F_LIST_ARRAY, struct state, passports, 0, AGENT_PASSPORTS_MAX),
};
// clang-format on

static const struct cbor_table table = {rows, ARRAY_LEN(rows), 1};

static struct bytes
read_id(struct cbor_in *r)
{
	struct bytes id = cbor_raw(r, CBOR_ARRAY);

	if (r->err == OK && suit_id_check(id) != OK)
		cbor_fail(r, ERR_RANGE);
	return id;
}

static struct bytes
read_digest(struct cbor_in *r)
{
	return cbor_bstr(r, DIGEST_LEN, DIGEST_LEN);
}

bool
component_next(struct cbor_in *r, struct component *out)
{
	size_t n;

	if (cbor_peek(r) == CBOR_END)
		return false;
	n = cbor_array_any(r, 3, 4);
	out->id = read_id(r);
	out->sha256 = read_digest(r);
	out->size = cbor_uint(r, 0, UINT64_MAX);
	out->secret = n == 4;
	if (out->secret && !cbor_bool(r))
		cbor_fail(r, ERR_RANGE);
	return r->err == OK;
}

bool
installed_next(struct cbor_in *r, struct installed *out)
{
	size_t n, start;

	if (cbor_peek(r) == CBOR_END)
		return false;
	n = cbor_array_any(r, 9, 10);
	out->id = read_id(r);
	out->sequence = cbor_uint(r, 0, UINT64_MAX);
	out->digest = read_digest(r);
	out->owner = cbor_tstr(r, 0, NAME_MAX);
	out->authority = cbor_tstr(r, 0, NAME_MAX);
	out->uri = cbor_tstr(r, 0, URI_KEPT_MAX);
	out->envelope = read_digest(r);
	out->envelope_size = cbor_uint(r, 0, UINT64_MAX);
	out->components.n = cbor_array_any(r, 0, SUIT_COMPONENTS_MAX);
	start = r->at;
	for (size_t i = 0; i < out->components.n; i++)
		(void)cbor_raw(r, CBOR_ARRAY);
	if (r->err != OK)
		return false;
	out->components.raw = (struct bytes){r->in.p + start, r->at - start};
	out->dependency = false;
	out->needs = (struct list){BYTES_NONE, 0};
	if (n == 9)
		return true;
	out->needs.n = cbor_array_any(r, 1, SUIT_COMPONENTS_MAX + 1) - 1;
	out->dependency = cbor_bool(r);
	start = r->at;
	for (size_t i = 0; i < out->needs.n && r->err == OK; i++)
		(void)read_id(r);
	out->needs.raw = (struct bytes){r->in.p + start, r->at - start};
	return r->err == OK;
}

bool
installed_needs(const struct installed *m, struct bytes id)
{
	struct cbor_in r = cbor_items(m->needs);
	struct bytes one;

	while (id_next(&r, &one))
		if (bytes_same(one, id))
			return true;
	return false;
}

bool
counter_next(struct cbor_in *r, struct counter *out)
{
	if (cbor_peek(r) == CBOR_END)
		return false;
	cbor_array(r, 4);
	out->authority = cbor_tstr(r, 0, NAME_MAX);
	out->id = BYTES_NONE;
	if (cbor_peek_null(r))
		cbor_null(r);
	else
		out->id = read_id(r);
	out->sequence = cbor_uint(r, 0, UINT64_MAX);
	out->digest = read_digest(r);
	return r->err == OK;
}

bool
request_next(struct cbor_in *r, struct request *out)
{
	if (cbor_peek(r) == CBOR_END)
		return false;
	cbor_array(r, 2);
	out->id = read_id(r);
	out->tam = cbor_tstr(r, 1, NAME_MAX);
	return r->err == OK;
}

bool
id_next(struct cbor_in *r, struct bytes *out)
{
	if (cbor_peek(r) == CBOR_END)
		return false;
	*out = read_id(r);
	return r->err == OK;
}

bool
floor_next(struct cbor_in *r, struct floor *out)
{
	size_t start;

	if (cbor_peek(r) == CBOR_END)
		return false;
	cbor_array(r, 3);
	out->kid = cbor_bstr(r, KID_LEN, KID_LEN);
	out->iat = cbor_uint(r, 0, UINT64_MAX);
	out->tokens.n = cbor_array_any(r, 1, AGENT_UPDATES_MAX);
	start = r->at;
	for (size_t i = 0; i < out->tokens.n; i++)
		(void)cbor_bstr(r, 1, TOKEN_MAX);
	if (r->err != OK)
		return false;
	out->tokens.raw = (struct bytes){r->in.p + start, r->at - start};
	return true;
}

/* Every entry reads, so that later walks cannot end early. */
static enum err
entries_check(const struct state *s)
{
	struct cbor_in r = cbor_items(s->installed), comps;
	struct installed m;
	struct component c;
	struct counter k;
	struct request q;
	struct floor f;
	struct bytes id;
	size_t n = 0;

	while (installed_next(&r, &m)) {
		comps = cbor_items(m.components);
		while (component_next(&comps, &c))
			n++;
		TRY(cbor_close(&comps));
	}
	TRY(cbor_close(&r));
	if (n > INSTALLED_COMPONENTS_MAX)
		return ERR_LIMIT;
	r = cbor_items(s->counters);
	while (counter_next(&r, &k))
		continue;
	TRY(cbor_close(&r));
	r = cbor_items(s->requests);
	while (request_next(&r, &q))
		continue;
	TRY(cbor_close(&r));
	r = cbor_items(s->unneeded);
	while (id_next(&r, &id))
		continue;
	TRY(cbor_close(&r));
	r = cbor_items(s->floors);
	while (floor_next(&r, &f))
		continue;
	return cbor_close(&r);
}

enum err
state_read(struct bytes in, struct state *out)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, &table, out);
	e = cbor_close(&r);
	if (e == OK)
		e = entries_check(out);
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return e == ERR_LIMIT ? e : ERR_STORE;
}

bool
state_manifest(const struct state *s, struct bytes id, struct installed *out)
{
	struct cbor_in r = cbor_items(s->installed);

	while (installed_next(&r, out))
		if (bytes_same(out->id, id))
			return true;
	return false;
}

bool
state_component(const struct state *s, struct bytes id, struct component *out,
    struct installed *m)
{
	struct cbor_in r = cbor_items(s->installed), comps;
	struct installed found;

	while (installed_next(&r, &found)) {
		comps = cbor_items(found.components);
		while (component_next(&comps, out)) {
			if (!bytes_same(out->id, id))
				continue;
			if (m != NULL)
				*m = found;
			return true;
		}
	}
	return false;
}

bool
state_counter(const struct state *s, struct bytes authority, struct bytes id,
    struct counter *out)
{
	struct cbor_in r = cbor_items(s->counters);
	struct counter c;
	bool found = false;

	memset(out, 0, sizeof(*out));
	while (counter_next(&r, &c)) {
		if (!bytes_same(c.authority, authority))
			continue;
		if (bytes_same(c.id, id)) {
			*out = c;
			return true;
		}
		if (c.id.n == 0) {
			*out = c;
			found = true;
		}
	}
	return found;
}

bool
state_requested(const struct state *s, struct bytes id)
{
	struct cbor_in r = cbor_items(s->requests);
	struct request q;

	while (request_next(&r, &q))
		if (bytes_same(q.id, id))
			return true;
	return false;
}

bool
state_unneeded(const struct state *s, struct bytes id)
{
	struct cbor_in r = cbor_items(s->unneeded);
	struct bytes u;

	while (id_next(&r, &u))
		if (bytes_same(u, id))
			return true;
	return false;
}

bool
state_floor(const struct state *s, struct bytes kid, struct floor *out)
{
	struct cbor_in r = cbor_items(s->floors);

	while (floor_next(&r, out))
		if (bytes_same(out->kid, kid))
			return true;
	return false;
}

uint64_t
state_usage(const struct state *s, struct bytes owner, struct bytes except)
{
	struct cbor_in r = cbor_items(s->installed), comps;
	struct installed m;
	struct component c;
	uint64_t sum = 0;

	while (installed_next(&r, &m)) {
		if (!bytes_same(m.owner, owner) || bytes_same(m.id, except))
			continue;
		comps = cbor_items(m.components);
		while (component_next(&comps, &c))
			sum = c.size > UINT64_MAX - sum ? UINT64_MAX
							: sum + c.size;
	}
	return sum;
}

bool
state_names(const struct state *s, const uint8_t sha256[DIGEST_LEN])
{
	struct cbor_in r = cbor_items(s->installed), comps;
	struct bytes name = {sha256, DIGEST_LEN};
	struct installed m;
	struct component c;

	while (installed_next(&r, &m)) {
		if (bytes_same(m.envelope, name))
			return true;
		comps = cbor_items(m.components);
		while (component_next(&comps, &c))
			if (bytes_same(c.sha256, name))
				return true;
	}
	return false;
}

void
component_put(struct cbor_out *w, const struct component *c)
{
	cbor_put_array(w, c->secret ? 4 : 3);
	cbor_put_raw(w, c->id);
	cbor_put_bstr(w, c->sha256);
	cbor_put_uint(w, c->size);
	if (c->secret)
		cbor_put_bool(w, true);
}
