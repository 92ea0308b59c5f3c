/*
 * call: one call into an application.            [design 9, security 12, 18]
 *
 * The first one runs the Invocation procedure under the policy of today; the
 * instance then lives until it is replaced, removed or idle.
 */
#include "agent_int.h"

static enum err
start(struct agent *a, const struct installed *m, struct why *why)
{
	enum err e;

	job_init(a, NULL, &a->state);
	TRY(job_reopen(a, m, why));
	e = job_run(a, SUIT_DO_INVOKE, why);
	if (a->ports->reports != NULL)
		a->ports->reports->started(a);
	return e;
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
	if (!l->alive(l->ctx, c.id, c.sha256.p)) {
		enum err e = start(a, &m, why);

		/* what failed after it was started is not left running */
		if (e != OK) {
			l->stop(l->ctx, c.id);
			return e;
		}
	}
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
