/*
 * revoke: what a new policy takes back from a signer that keeps its name:
 * keys, and sequence numbers.                       [security 6, 12, 13]
 *
 * A floor is the least number that is accepted from here on.  It raises
 * counters and lowers none, so that the same floor in the next policy does
 * nothing.  But where the policy takes a key from the signer, or brings the
 * signer back, the floors it names stand in the place of counters: whoever
 * had the key may have used the numbers up.
 */
#include "agent_int.h"
#include <string.h>

bool
policy_floor_next(struct cbor_in *r, struct bytes *id, uint64_t *sequence)
{
	if (cbor_peek(r) == CBOR_END)
		return false;
	cbor_array(r, 2);
	*id = BYTES_NONE;
	if (cbor_peek_null(r))
		cbor_null(r);
	else
		*id = cbor_raw(r, CBOR_ARRAY);
	*sequence = cbor_uint(r, 1, UINT64_MAX);
	return r->err == OK;
}

static enum err
check(struct list floors)
{
	struct cbor_in r = cbor_items(floors), before;
	struct bytes id, other;
	uint64_t sequence;
	size_t n = 0;

	for (; policy_floor_next(&r, &id, &sequence); n++) {
		/* The one for all would take the others back. */
		if (id.n == 0 && n > 0)
			return ERR_ORDER;
		if (id.n > 0)
			TRY(suit_id_check(id));
		before = cbor_items(floors);
		for (size_t i = 0; i < n; i++)
			if (policy_floor_next(&before, &other, &sequence) &&
			    bytes_same(other, id))
				return ERR_DUPLICATE;
	}
	return cbor_close(&r);
}

enum err
policy_floors_check(const struct policy *p)
{
	for (size_t i = 0; i < p->n_signers; i++)
		TRY(check(p->signer[i].floors));
	return OK;
}

/* The counter of a floor: one below it, of no manifest at all. */
static void
put_floor(struct builder *b, const struct state_edit *e)
{
	static const uint8_t none[DIGEST_LEN];
	struct cbor_out *w = b->w;

	b->n++;
	if (b->counting)
		return;
	cbor_put_array(w, 4);
	cbor_put_tstr(w, e->signer->name);
	if (e->floor_id.n > 0)
		cbor_put_raw(w, e->floor_id);
	else
		cbor_put_null(w);
	cbor_put_uint(w, e->floor - 1);
	cbor_put_bstr(w, BYTES_OF(none));
}

/* The floor for all that have none covers every counter below it. */
static void
edit_floor(struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->counters);
	bool all = e->floor_id.n == 0, there = false;
	struct counter c;
	size_t start = 0;

	for (; counter_next(&r, &c); start = r.at) {
		bool same = bytes_same(c.id, e->floor_id);

		if (bytes_same(c.authority, e->signer->name) && (all || same)) {
			if (e->replaces || c.sequence < e->floor)
				continue;
			there |= same;
		}
		edit_take(b, (struct bytes){r.in.p + start, r.at - start});
	}
	if (!there)
		put_floor(b, e);
}

/* What counts for a manifest is above the floor by itself, or by what counts
 * for all? */
static bool
counted(const struct state *s, const struct state_edit *e)
{
	struct counter c;

	return !e->replaces && e->floor_id.n > 0 &&
	       state_counter(s, e->signer->name, e->floor_id, &c) &&
	       c.sequence >= e->floor;
}

static enum err
first(struct pool *pool, const struct policy *p, struct bytes *raw,
    struct state *s)
{
	struct span room = {NULL, 0};
	struct bytes made;
	struct state next;

	for (size_t i = 0; i < p->n_signers; i++) {
		struct cbor_in r = cbor_items(p->signer[i].floors);
		struct state_edit edit = {.counters = edit_floor,
		    .signer = &p->signer[i],
		    .replaces = true};

		while (policy_floor_next(&r, &edit.floor_id, &edit.floor)) {
			/* the record so far is what stands at its start */
			if (room.p == NULL)
				TRY(pool_take(pool, AGENT_STATE_MAX, &room));
			TRY(state_edit(
			    s, &edit, pool_rest(pool), &made, &next));
			memmove(room.p, made.p, made.n);
			*raw = (struct bytes){room.p, made.n};
			TRY(state_read(*raw, s));
		}
	}
	return OK;
}

static bool
loses_key(const struct policy_signer *was, const struct policy_signer *now)
{
	for (size_t i = 0; i < was->keys.n; i++)
		if (!keys_have(&now->keys, was->keys.kid[i]))
			return true;
	return false;
}

static enum err
set_floors(struct agent *a, const struct policy_signer *s, bool replaces)
{
	struct cbor_in r = cbor_items(s->floors);
	struct state_edit edit = {
	    .counters = edit_floor, .signer = s, .replaces = replaces};

	while (policy_floor_next(&r, &edit.floor_id, &edit.floor))
		if (!counted(&a->up.next, &edit))
			TRY(agent_prepare(a, &edit));
	return OK;
}

/* The envelope as it was stored; empty: it is lost, or another one. */
static struct bytes
envelope_of(struct agent *a, const struct installed *m)
{
	struct bytes envelope;
	struct span room;

	if (m->envelope_size > AGENT_STATE_MAX ||
	    pool_take(&a->pool, (size_t)m->envelope_size, &room) != OK ||
	    blob_load(a->ports, m->envelope.p, m->envelope_size, room,
		&envelope) != OK)
		return BYTES_NONE;
	return envelope;
}

/* Is it signed by a key that the signer still has?  What cannot be read is
 * signed by nobody: a store that fails does not keep a thief's keys alive. */
static enum err
still_signed(struct agent *a, const struct installed *m,
    const struct policy *next, bool *is)
{
	struct keyring ring = ring_manifests(next);
	const struct policy_signer *s = NULL;
	size_t mark = a->pool.at;
	struct bytes envelope = envelope_of(a, m);
	struct why why;
	enum err e = ERR_STORE;

	if (envelope.n > 0)
		e = suit_open(
		    a->ports->crypto, &ring, envelope, &a->job.m, &why);
	if (e == OK)
		s = policy_authority(next, &a->job.m);
	a->pool.at = mark;
	*is = s != NULL && bytes_same(s->name, m->authority);
	return envelope.n > 0 && err_class(e) == CLASS_PORT ? e : OK;
}

static enum err
is_revoked(struct agent *a, const struct installed *m,
    const struct policy *next, bool *revoked)
{
	const struct policy_signer *was =
	    policy_signer_named(agent_policy(a), m->authority);
	const struct policy_signer *now =
	    policy_signer_named(next, m->authority);
	struct counter c;
	bool is = true;

	*revoked = false;
	if (now == NULL)
		return OK; /* the policy itself, which is the administrators' */
	if (state_counter(&a->up.next, m->authority, m->id, &c) &&
	    suit_sequence_ok(
		false, c.sequence, c.digest.p, m->sequence, m->digest.p) != OK)
		is = false;
	else if (was != NULL && loses_key(was, now))
		TRY(still_signed(a, m, next, &is));
	*revoked = !is;
	return OK;
}

static bool
nth_installed(const struct state *s, size_t n, struct installed *m)
{
	struct cbor_in r = cbor_items(s->installed);

	for (size_t i = 0; installed_next(&r, m); i++)
		if (i == n)
			return true;
	return false;
}

static enum err
apply(struct agent *a, const struct policy *next)
{
	const struct policy *now = agent_policy(a);
	struct installed m;
	bool revoked;
	size_t i = 0;

	for (size_t k = 0; k < next->n_signers; k++) {
		const struct policy_signer *s = &next->signer[k];
		const struct policy_signer *was =
		    policy_signer_named(now, s->name);

		TRY(set_floors(a, s, was == NULL || loses_key(was, s)));
	}
	while (nth_installed(&a->up.next, i, &m)) {
		struct state_edit edit = {.drop = m.id};

		TRY(is_revoked(a, &m, next, &revoked));
		if (!revoked) {
			i++;
			continue;
		}
		agent_log(a, "manifest-revoked", NULL, m.id);
		TRY(agent_prepare(a, &edit));
	}
	return OK;
}

const struct agent_revoking agent_revoking = {
    policy_floors_check, first, apply};
