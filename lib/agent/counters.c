/*
 * counters: has a manifest been outrun, and is there a place to remember it?
 *                                                            [security 6]
 *
 * Counters outlive what they count, so the table fills up.  Two things keep
 * it from being full for ever:
 *
 * A signer is sure of a number of places that no other one can take; beyond
 * that, who comes first has them.  Whoever can make a TAM install under new
 * names without end can thus not lock the others out.
 *
 * Names that policy no longer knows give way when their places are needed,
 * and not before: a signer who was left out by mistake finds every number as
 * it was.  Then all counters of the name become one, with the greatest of
 * their numbers, and it stands for every manifest of that name which has no
 * counter.  So no number ever falls; a signer that returns so late has to
 * number its manifests from there on.  That one counter stays: only
 * administrators could fill the table with retired names.
 */
#include "agent_int.h"

/* What a signer may be sure of, if there are not many. */
#define SHARE_MIN 3

static size_t
used(const struct state *s, struct bytes authority)
{
	struct cbor_in r = cbor_items(s->counters);
	struct counter c;
	size_t n = 0;

	while (counter_next(&r, &c))
		n += bytes_same(c.authority, authority);
	return n;
}

/* Half of all is shared out, if that is enough to speak of; one place is the
 * policy's own. */
static size_t
share(const struct policy *p)
{
	size_t n = p->n_signers > 0
		       ? (AGENT_COUNTERS_MAX - 1) / (2 * (size_t)p->n_signers)
		       : 0;

	return n > SHARE_MIN ? n : SHARE_MIN;
}

static bool
has_place(const struct state *s, const struct policy *p, struct bytes authority)
{
	size_t left = AGENT_COUNTERS_MAX - s->counters.n, others = 0;

	if (used(s, authority) < share(p))
		return left > 0;
	for (size_t i = 0; i < p->n_signers; i++) {
		struct bytes name = p->signer[i].name;
		size_t n = used(s, name);

		if (!bytes_same(name, authority) && n < share(p))
			others += share(p) - n;
	}
	return left > others;
}

static enum err
make_place(struct agent *a, struct bytes authority, struct why *why)
{
	const struct policy *p = agent_policy(a);
	struct state_edit edit = {.retire = p};

	if (has_place(&a->up.next, p, authority))
		return OK;
	if (agent_prepare(a, &edit) != OK ||
	    !has_place(&a->up.next, p, authority))
		return why_set(why, ERR_LIMIT, "sequence counters");
	return OK;
}

enum err
counter_check(struct agent *a, struct bytes authority,
    const struct suit_manifest *m, struct why *why)
{
	struct counter seen = {0};
	bool none =
	    !state_counter(&a->up.next, authority, m->component_id, &seen);
	enum err e = suit_sequence_ok(
	    none, seen.sequence, seen.digest.p, m->sequence, m->digest);

	if (e == OK)
		return seen.id.n > 0 ? OK : make_place(a, authority, why);
	(void)why_set(why, e, "sequence-number");
	why->kind = WHY_UINT;
	why->expected_n = seen.sequence;
	why->found_n = m->sequence;
	return e;
}
