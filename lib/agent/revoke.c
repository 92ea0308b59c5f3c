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

/* Is m to go?  If not, it counts for what its signer has signed. */
static enum err
revoke(struct agent *a, const struct installed *m, const struct policy *next,
    bool *revoked)
{
	const struct policy_signer *was =
	    policy_signer_named(agent_policy(a), m->authority);
	const struct policy_signer *now =
	    policy_signer_named(next, m->authority);
	struct counter c = {0};
	bool is = true, counted;

	*revoked = false;
	if (now == NULL)
		return OK; /* the policy itself, which is the administrators' */
	counted = state_counter(&a->up.next, m->authority, m->id, &c);
	if (counted && suit_sequence_ok(false, c.sequence, c.digest.p,
			   m->sequence, m->digest.p) != OK)
		is = false;
	else if (was != NULL && policy_signer_loses_key(was, now))
		TRY(still_signed(a, m, next, &is));
	*revoked = !is;
	return is && (!counted || c.sequence < m->sequence)
		   ? floors_count(a, now, m)
		   : OK;
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

		TRY(floors_set(a, s, was));
	}
	while (nth_installed(&a->up.next, i, &m)) {
		struct state_edit edit = {.drop = m.id};

		TRY(revoke(a, &m, next, &revoked));
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
    policy_floors_check, floors_first, apply};
