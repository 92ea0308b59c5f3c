/*
 * fold: places in the record for what a policy that revokes has to count.
 *                                                        [security 6, 12]
 *
 * Such a policy must not fail because the table of counters is full: whoever
 * filled it would keep a stolen key alive.  First give way, as ever, the names
 * that policy no longer knows.  Then counters of what is not installed become
 * one for each signer, with the greatest of their numbers: of the signer whose
 * floors they are, then of the others, and last of all of what has a floor
 * itself.  So no number ever falls; those signers have to number anew what
 * they had counted there, from that one on.
 */
#include "agent_int.h"

/* May this one be counted together with others of the signer? */
static bool
folds(
    const struct state *s, const struct state_edit *e, const struct counter *c)
{
	if (!bytes_same(c->authority, e->signer->name) ||
	    counter_installed(s, c))
		return false;
	return c->id.n == 0 || e->replaces ||
	       policy_floor_of(e->signer, c->id) == 0;
}

static void
edit_fold(struct builder *b, const struct state *s, const struct state_edit *e)
{
	struct counter sum = {.digest = BYTES_OF(digest_none)}, c;
	struct cbor_in r = cbor_items(s->counters);
	size_t start = 0, n = 0;

	for (; counter_next(&r, &c); start = r.at) {
		if (!folds(s, e, &c)) {
			edit_take(
			    b, (struct bytes){r.in.p + start, r.at - start});
			continue;
		}
		n++;
		if (c.sequence > sum.sequence)
			sum.sequence = c.sequence;
	}
	if (n > 0)
		counter_put(b, e->signer->name, &sum);
}

/* One more place, or none is left to be had. */
static enum err
make_room(struct agent *a, const struct policy *next,
    const struct policy_signer *own, size_t step)
{
	struct state_edit edit = {.counters = edit_fold, .signer = own};

	if (step == 0)
		return agent_prepare(a, &(struct state_edit){.retire = next});
	if (step > 1 + 2 * (size_t)next->n_signers)
		return ERR_LIMIT;
	if (step > 1) {
		edit.signer = &next->signer[(step - 2) % next->n_signers];
		edit.replaces = step - 2 >= next->n_signers;
	}
	return agent_prepare(a, &edit);
}

enum err
fold_prepare(
    struct agent *a, const struct policy *next, const struct state_edit *e)
{
	for (size_t step = 0;; step++) {
		enum err done = agent_prepare(a, e);

		if (done != ERR_LIMIT && done != ERR_ROOM)
			return done;
		TRY(make_room(a, next, e->signer, step));
	}
}
