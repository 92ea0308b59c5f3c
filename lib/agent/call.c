/*
 * call: one call into an application.            [design 9, security 12, 18]
 *
 * The first one runs the Invocation procedure under the policy of today; the
 * instance then lives until it is replaced, removed or idle.
 */
#include "agent_int.h"

/* Bring back the manifest as it was installed, if its signer may still. */
static enum err
reopen(struct agent *a, const struct installed *m, struct why *why)
{
	const struct policy *p = agent_policy(a);
	struct keyring ring = ring_manifests(p);
	struct job *j = &a->job;
	struct bytes envelope;
	struct span room;

	job_init(a, NULL, &a->state);
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
	return OK;
}

static enum err
start(struct agent *a, const struct installed *m, struct why *why)
{
	struct suit_run *run = &a->job.run;
	struct suit_ask ask;

	TRY(reopen(a, m, why));
	if (suit_start(run, a->ports->crypto, &a->job.host, &a->job.m,
		SUIT_DO_INVOKE) == OK &&
	    suit_next(run, &ask) == SUIT_WANT_FETCH)
		suit_fail(run, ERR_PLACE);
	if (run->state == SUIT_DONE)
		return OK;
	*why = run->why;
	return why->err;
}

static enum err
call(struct agent *a, const struct link_frame *in, struct bytes *out,
    struct why *why)
{
	const struct agent_launcher *l = a->ports->launcher;
	struct span room = a->outbox;
	struct component c;
	struct installed m;

	*out = BYTES_NONE;
	if (!policy_may_call(agent_policy(a), in->component, in->number))
		return why_set(why, ERR_PEER, "caller");
	if (!state_component(&a->state, in->component, &c, &m))
		return why_set(why, ERR_NOT_INSTALLED, "component");
	/* An instance never outlives the policy it was started under. */
	if (!l->alive(l->ctx, c.id, c.sha256.p))
		TRY(start(a, &m, why));
	if (!l->alive(l->ctx, c.id, c.sha256.p))
		return why_set(why, ERR_INVOKE, "start");
	if (room.n > LINK_CALL_MAX)
		room.n = LINK_CALL_MAX;
	TRY(l->call(l->ctx, c.id, in->body, room, out));
	/* What an application answers is hostile.           [security 18] */
	return out->n <= LINK_CALL_MAX ? OK : ERR_INVOKE;
}

void
on_call(struct agent *a, const struct link_frame *in)
{
	struct why why = {0};
	struct bytes out;
	enum err e;

	e = call(a, in, &out, &why);
	if (e != OK) {
		if (why.err == OK)
			(void)why_set(&why, e, "call");
		agent_log(a, "call-refused", &why, in->component);
		out = BYTES_NONE;
	}
	answer_result(a, e, out);
}
