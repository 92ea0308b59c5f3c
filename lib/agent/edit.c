/*
 * edit: write a changed copy of the state record.
 *
 * The record in force is never touched: an Update edits copies of copies,
 * and one commit puts the last of them in its place.
 */
#include "agent_int.h"

void
edit_take(struct builder *b, struct bytes raw)
{
	b->n++;
	if (!b->counting)
		cbor_put_raw(b->w, raw);
}

static struct bytes
slice(const struct cbor_in *r, size_t start)
{
	return (struct bytes){r->in.p + start, r->at - start};
}

static void
put_installed(struct builder *b, const struct installed *m)
{
	struct cbor_out *w = b->w;

	b->n++;
	if (b->counting)
		return;
	cbor_put_array(w, m->dependency || m->needs.n > 0 ? 10 : 9);
	cbor_put_raw(w, m->id);
	cbor_put_uint(w, m->sequence);
	cbor_put_bstr(w, m->digest);
	cbor_put_tstr(w, m->owner);
	cbor_put_tstr(w, m->authority);
	cbor_put_tstr(w, m->uri);
	cbor_put_bstr(w, m->envelope);
	cbor_put_uint(w, m->envelope_size);
	cbor_put_array(w, m->components.n);
	cbor_put_raw(w, m->components.raw);
	if (!m->dependency && m->needs.n == 0)
		return;
	cbor_put_array(w, 1 + m->needs.n);
	cbor_put_bool(w, m->dependency);
	cbor_put_raw(w, m->needs.raw);
}

/* An entry that is replaced keeps its place: claim 272 is in the order of
 * installation. */
static void
edit_installed(
    struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->installed);
	struct installed m;
	bool done = e->put == NULL;
	size_t start = 0;

	for (; installed_next(&r, &m); start = r.at) {
		if (e->put != NULL && bytes_same(m.id, e->put->id)) {
			put_installed(b, e->put);
			done = true;
		} else if (!bytes_same(m.id, e->drop)) {
			edit_take(b, slice(&r, start));
		}
	}
	if (!done)
		put_installed(b, e->put);
}

static void
put_counter(struct builder *b, const struct installed *m)
{
	struct cbor_out *w = b->w;

	b->n++;
	if (b->counting)
		return;
	cbor_put_array(w, 4);
	cbor_put_tstr(w, m->authority);
	cbor_put_raw(w, m->id);
	cbor_put_uint(w, m->sequence);
	cbor_put_bstr(w, m->digest);
}

/* One counter for all of an authority, where the first of them stood.  The
 * digest of none is all zero: no manifest has the same number. */
static void
put_greatest(
    struct builder *b, const struct state *s, struct bytes authority, size_t at)
{
	static const uint8_t none[DIGEST_LEN];
	struct cbor_in r = cbor_items(s->counters);
	struct cbor_out *w = b->w;
	uint64_t greatest = 0;
	struct counter c;
	size_t start = 0;

	for (; counter_next(&r, &c); start = r.at) {
		if (!bytes_same(c.authority, authority))
			continue;
		if (start < at)
			return;
		if (c.sequence > greatest)
			greatest = c.sequence;
	}
	b->n++;
	if (b->counting)
		return;
	cbor_put_array(w, 4);
	cbor_put_tstr(w, authority);
	cbor_put_null(w);
	cbor_put_uint(w, greatest);
	cbor_put_bstr(w, BYTES_OF(none));
}

/* The administrators' own counter has no name, and stays. */
static bool
retired(const struct state_edit *e, struct bytes authority)
{
	return e->retire != NULL && authority.n > 0 &&
	       policy_signer_named(e->retire, authority) == NULL;
}

static void
edit_counters(
    struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->counters);
	struct counter c;
	size_t start = 0;

	if (e->counters != NULL) {
		e->counters(b, s, e);
		return;
	}
	for (; counter_next(&r, &c); start = r.at) {
		if (retired(e, c.authority))
			put_greatest(b, s, c.authority, start);
		else if (e->put == NULL ||
			 !bytes_same(c.authority, e->put->authority) ||
			 !bytes_same(c.id, e->put->id))
			edit_take(b, slice(&r, start));
	}
	if (e->put != NULL)
		put_counter(b, e->put);
}

/* Does installing m give the asker what it asked for? */
static bool
fulfils(const struct installed *m, struct bytes id)
{
	struct cbor_in r = cbor_items(m->components);
	struct component c;

	while (component_next(&r, &c))
		if (bytes_same(c.id, id))
			return true;
	return bytes_same(m->id, id);
}

static void
edit_requests(
    struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->requests);
	struct request q;
	size_t start = 0;

	for (; request_next(&r, &q); start = r.at)
		if (!bytes_same(q.id, e->unrequest) &&
		    !(e->put != NULL && fulfils(e->put, q.id)))
			edit_take(b, slice(&r, start));
	if (e->request.n == 0)
		return;
	b->n++;
	if (b->counting)
		return;
	cbor_put_array(b->w, 2);
	cbor_put_raw(b->w, e->request);
	cbor_put_tstr(b->w, e->request_tam);
}

static void
edit_unneeded(
    struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->unneeded);
	struct bytes id;
	size_t start = 0;

	for (; id_next(&r, &id); start = r.at)
		if (!bytes_same(id, e->drop) && !bytes_same(id, e->needed) &&
		    !(e->put != NULL && bytes_same(id, e->put->id)))
			edit_take(b, slice(&r, start));
	if (e->unneeded.n > 0)
		edit_take(b, e->unneeded);
}

static void
put_floor(struct builder *b, const struct state_edit *e, struct list tokens)
{
	struct cbor_out *w = b->w;

	b->n++;
	if (b->counting)
		return;
	cbor_put_array(w, 3);
	cbor_put_bstr(w, e->floor_kid);
	cbor_put_uint(w, e->floor_iat);
	cbor_put_array(w, tokens.n + 1);
	cbor_put_raw(w, tokens.raw);
	cbor_put_bstr(w, e->floor_token);
}

/*
 * A key that policy no longer names keeps its floor, should it come back,
 * until the place is needed for one that policy does name.  Those always find
 * room: FLOORS_MAX is how many keys of TAMs a policy holds.
 */
static void
edit_floors(
    struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct list tokens = {BYTES_NONE, 0};
	struct cbor_in r = cbor_items(s->floors);
	struct floor f;
	bool full = e->floor_kid.n > 0 && s->floors.n == FLOORS_MAX &&
		    !state_floor(s, e->floor_kid, &f);
	size_t start = 0;

	for (; floor_next(&r, &f); start = r.at) {
		if (bytes_same(f.kid, e->floor_kid)) {
			if (f.iat == e->floor_iat)
				tokens = f.tokens;
		} else if (!full || policy_tam_of(e->policy, f.kid.p) != NULL) {
			edit_take(b, slice(&r, start));
		}
	}
	if (e->floor_kid.n > 0)
		put_floor(b, e, tokens);
}

/* What was said of the set that was, nobody is shown any more; it gives way
 * as soon as an Update begins. */
static void
edit_passports(
    struct builder *b, const struct state *s, const struct state_edit *e)
{
	if (e->passports != NULL) {
		e->passports(b, s, e);
	} else if (e->put == NULL && e->drop.n == 0 && e->floor_kid.n == 0) {
		b->n = s->passports.n;
		if (!b->counting)
			cbor_put_raw(b->w, s->passports.raw);
	}
}

static const struct {
	uint64_t key;
	size_t max;
	void (*edit)(struct builder *b, const struct state *s,
	    const struct state_edit *e);
} lists[] = {
    {2, AGENT_INSTALLED_MAX, edit_installed},
    {3, AGENT_COUNTERS_MAX, edit_counters},
    {4, AGENT_REQUESTS_MAX, edit_requests},
    {5, AGENT_INSTALLED_MAX, edit_unneeded},
    {6, FLOORS_MAX, edit_floors},
    {7, AGENT_PASSPORTS_MAX, edit_passports},
};

enum err
state_edit(const struct state *s, const struct state_edit *e, struct span room,
    struct bytes *raw, struct state *out)
{
	struct cbor_out w = cbor_into(room);

	*raw = BYTES_NONE;
	cbor_put_map(&w, 1 + ARRAY_LEN(lists));
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, 1);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct builder b = {&w, 0, true};

		/* Twice: the count stands before the items. */
		lists[i].edit(&b, s, e);
		if (b.n > lists[i].max)
			return ERR_LIMIT;
		cbor_put_uint(&w, lists[i].key);
		cbor_put_array(&w, b.n);
		b.counting = false;
		lists[i].edit(&b, s, e);
	}
	TRY(cbor_done(&w, raw));
	if (raw->n > AGENT_STATE_MAX)
		return ERR_LIMIT;
	return state_read(*raw, out);
}
