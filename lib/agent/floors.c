/*
 * floors: the least sequence numbers that a policy names.  [security 6, 12]
 *
 * A floor raises what was counted and lowers nothing.  But one that is new in
 * a policy which takes a key from its signer, or brings the signer back,
 * stands in the place of counters: whoever had the key may have used the
 * numbers up.  One that was in force before has done its work: left in its
 * row, it does not undo at the next change of keys what was counted since.
 *
 * A counter of a floor is one below it, of no manifest at all: its digest is
 * of zeros.
 */
#include "agent_int.h"
#include <string.h>

const uint8_t digest_none[DIGEST_LEN];

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
	size_t n = 0;

	for (size_t i = 0; i < p->n_signers; i++) {
		TRY(check(p->signer[i].floors));
		n += p->signer[i].floors.n;
	}
	/* no record holds more: one place is the policy's own */
	return n < AGENT_COUNTERS_MAX ? OK : ERR_LIMIT;
}

uint64_t
policy_floor_of(const struct policy_signer *s, struct bytes id)
{
	struct cbor_in r = cbor_items(s->floors);
	struct bytes of;
	uint64_t sequence;

	while (policy_floor_next(&r, &of, &sequence))
		if (bytes_same(of, id))
			return sequence;
	return 0;
}

bool
policy_signer_loses_key(
    const struct policy_signer *was, const struct policy_signer *now)
{
	for (size_t i = 0; i < was->keys.n; i++)
		if (!keys_have(&now->keys, was->keys.kid[i]))
			return true;
	return false;
}

bool
policy_floor_replaces(const struct policy_signer *was,
    const struct policy_signer *now, struct bytes id)
{
	return was == NULL ||
	       (policy_signer_loses_key(was, now) &&
		   policy_floor_of(was, id) != policy_floor_of(now, id));
}

/* ---- counters ------------------------------------------------------------ */

void
counter_put(struct builder *b, struct bytes authority, const struct counter *c)
{
	struct cbor_out *w = b->w;

	b->n++;
	if (b->counting)
		return;
	cbor_put_array(w, 4);
	cbor_put_tstr(w, authority);
	if (c->id.n > 0)
		cbor_put_raw(w, c->id);
	else
		cbor_put_null(w);
	cbor_put_uint(w, c->sequence);
	cbor_put_bstr(w, c->digest);
}

/* This one, and what was counted of the same manifest goes. */
static void
edit_one(struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct cbor_in r = cbor_items(s->counters);
	struct counter c;
	size_t start = 0;

	for (; counter_next(&r, &c); start = r.at)
		if (!bytes_same(c.authority, e->signer->name) ||
		    !bytes_same(c.id, e->count->id))
			edit_take(
			    b, (struct bytes){r.in.p + start, r.at - start});
	counter_put(b, e->signer->name, e->count);
}

bool
counter_installed(const struct state *s, const struct counter *c)
{
	struct installed m;

	return state_manifest(s, c->id, &m) &&
	       bytes_same(m.authority, c->authority);
}

/* Does the floor of e, for all that have none of their own, leave this counter
 * as it is?  In the place of others, that of what is installed alone. */
static bool
stands(
    const struct state *s, const struct state_edit *e, const struct counter *c)
{
	if (!bytes_same(c->authority, e->signer->name))
		return true;
	if (c->id.n == 0)
		return false;
	if (policy_floor_of(e->signer, c->id) != 0)
		return true;
	return c->sequence > e->count->sequence &&
	       (!e->replaces || counter_installed(s, c));
}

/* It covers every counter below it, if what is counted for all is no more than
 * that. */
static void
edit_all(struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct counter floor = *e->count, c;
	struct cbor_in r = cbor_items(s->counters);
	bool covers;
	size_t start = 0;

	if (!e->replaces && state_counter(s, e->signer->name, BYTES_NONE, &c) &&
	    c.sequence > floor.sequence)
		floor.sequence = c.sequence;
	covers = e->replaces || floor.sequence == e->count->sequence;
	for (; counter_next(&r, &c); start = r.at) {
		if (stands(s, e, &c)) {
			edit_take(
			    b, (struct bytes){r.in.p + start, r.at - start});
		} else if (c.id.n > 0 && !covers) {
			c.sequence = e->count->sequence;
			c.digest = BYTES_OF(digest_none);
			counter_put(b, e->signer->name, &c);
		}
	}
	counter_put(b, e->signer->name, &floor);
}

/* ---- setting them -------------------------------------------------------- */

/* One floor in the set to be, in the place of what was counted or not. */
static enum err
set(struct agent *a, const struct policy *next, const struct policy_signer *s,
    struct bytes id, uint64_t floor, bool replaces)
{
	struct counter new = {
	    .id = id, .sequence = floor - 1, .digest = BYTES_OF(digest_none)};
	struct state_edit edit = {.counters = id.n > 0 ? edit_one : edit_all,
	    .signer = s,
	    .count = &new,
	    .replaces = replaces};
	struct counter was, now;
	bool exact;

	if (id.n == 0)
		return fold_prepare(a, next, &edit);
	exact = state_counter(&a->up.next, s->name, id, &now) && now.id.n > 0;
	if (exact && now.sequence >= floor &&
	    (!replaces || counter_installed(&a->up.next, &now)))
		return OK;
	/* what counted for it before, be it for all others, too, still does */
	if (!replaces && state_counter(&a->state, s->name, id, &was) &&
	    was.sequence >= floor)
		new.sequence = was.sequence;
	return fold_prepare(a, next, &edit);
}

enum err
floors_set(struct agent *a, const struct policy *next,
    const struct policy_signer *s, const struct policy_signer *was)
{
	struct cbor_in r = cbor_items(s->floors);
	struct bytes id;
	uint64_t floor;

	while (policy_floor_next(&r, &id, &floor))
		TRY(set(
		    a, next, s, id, floor, policy_floor_replaces(was, s, id)));
	return OK;
}

enum err
floors_first(struct pool *pool, const struct policy *p, struct bytes *raw,
    struct state *s)
{
	struct counter count = {.digest = BYTES_OF(digest_none)};
	struct span room = {NULL, 0};
	struct bytes made;
	struct state next;
	uint64_t floor;

	for (size_t i = 0; i < p->n_signers; i++) {
		struct cbor_in r = cbor_items(p->signer[i].floors);

		while (policy_floor_next(&r, &count.id, &floor)) {
			struct state_edit edit = {.counters = edit_one,
			    .signer = &p->signer[i],
			    .count = &count};

			count.sequence = floor - 1;
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
