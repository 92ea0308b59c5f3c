/*
 * stored: run a manifest as it was installed, under the policy of today.
 *                                                      [security 12, 13]
 */
#include "agent_int.h"

enum err
job_reopen(struct agent *a, const struct installed *m, struct why *why)
{
	const struct policy *p = agent_policy(a);
	struct keyring ring = ring_manifests(p);
	struct job *j = &a->job;
	struct bytes envelope;
	struct span room;

	if (m->envelope_size > AGENT_STATE_MAX)
		return why_set(why, ERR_STORE, "envelope");
	TRY(pool_take(&a->pool, (size_t)m->envelope_size, &room));
	TRY(blob_load(
	    a->ports, m->envelope.p, m->envelope_size, room, &envelope));
	TRY(suit_open(a->ports->crypto, &ring, envelope, &j->m, why));
	if (!bytes_same(BYTES_OF(j->m.digest), m->digest) ||
	    !bytes_same(j->m.component_id, m->id) || touches_policy(&j->m))
		return why_set(why, ERR_STORE, "envelope");
	j->signer = policy_authority(p, &j->m);
	if (j->signer == NULL || !bytes_same(j->signer->name, m->authority))
		return why_set(why, ERR_SIGNER_ACCESS, "signer");
	if (a->ports->depending != NULL && j->m.depends != 0)
		TRY(a->ports->depending->begin(a));
	return OK;
}

enum err
job_run(struct agent *a, enum suit_procedure procedure, struct why *why)
{
	struct job *j = &a->job;
	struct suit_ask ask;

	if (suit_start(&j->run, a->ports->crypto, &j->host, &j->m, procedure) ==
		OK &&
	    suit_next(&j->run, &ask) != SUIT_DONE)
		suit_fail(&j->run, ERR_PLACE);
	if (j->run.state == SUIT_DONE)
		return OK;
	*why = j->run.why;
	return why->err;
}
