/*
 * revoke: what a new policy takes back from a signer that keeps its name:
 * keys, and with floors sequence numbers.           [security 6, 12, 13]
 *
 * What is installed and still signed by a key that the signer has, counts: no
 * floor lowers a number that somebody who is trusted has signed.
 */
#include "agent_int.h"

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

/* Has its signer no key left that signed it? */
static enum err
is_lost(struct agent *a, const struct installed *m, const struct policy *next,
    bool *lost)
{
	const struct policy_signer *was =
	    policy_signer_named(agent_policy(a), m->authority);
	const struct policy_signer *now =
	    policy_signer_named(next, m->authority);
	bool is = true;

	/* the policy itself is the administrators' */
	if (was != NULL && now != NULL && policy_signer_loses_key(was, now))
		TRY(still_signed(a, m, next, &is));
	*lost = !is;
	return OK;
}

/* Is it below what counts now? */
static enum err
is_outrun(struct agent *a, const struct installed *m, const struct policy *next,
    bool *outrun)
{
	struct counter c;

	(void)next;
	*outrun = state_counter(&a->up.next, m->authority, m->id, &c) &&
		  suit_sequence_ok(false, c.sequence, c.digest.p, m->sequence,
		      m->digest.p) != OK;
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

/* Take all out of the set to be that is so. */
static enum err
remove_if(struct agent *a, const struct policy *next,
    enum err (*which)(struct agent *a, const struct installed *m,
	const struct policy *next, bool *so))
{
	struct installed m;
	size_t i = 0;

	while (nth_installed(&a->up.next, i, &m)) {
		struct state_edit edit = {.drop = m.id};
		bool so;
		enum err e = which(a, &m, next, &so);

		if (e != OK)
			return e;
		if (!so) {
			i++;
			continue;
		}
		agent_log(a, "manifest-revoked", NULL, m.id);
		TRY(agent_prepare(a, &edit));
	}
	return OK;
}

/* What a lost key has signed goes first: its numbers do not stand against the
 * floors, and those of what stays do. */
static enum err
apply(struct agent *a, const struct policy *next)
{
	const struct policy *now = agent_policy(a);

	TRY(remove_if(a, next, is_lost));
	for (size_t k = 0; k < next->n_signers; k++)
		TRY(floors_set(a, next, &next->signer[k],
		    policy_signer_named(now, next->signer[k].name)));
	return remove_if(a, next, is_outrun);
}

const struct agent_revoking agent_revoking = {
    policy_floors_check, floors_first, apply};
