/*
 * agent: start on lent memory; keep the record, its copy in the store and
 * the exchange consistent.
 */
#include "agent_int.h"
#include <string.h>

size_t
agent_size(void)
{
	return sizeof(struct agent);
}

const struct policy *
agent_policy(const struct agent *a)
{
	return &a->policy[a->current];
}

const struct dialect *
agent_dialect(const struct agent *a)
{
	return a->peer == NULL ? NULL : &a->peer->dialect;
}

void
agent_log(const struct agent *a, const char *event, const struct why *why,
    struct bytes subject)
{
	if (a->ports->log != NULL)
		a->ports->log(a->ports->log_ctx, event, why, subject);
}

/* Load the policy object that the record names. */
static enum err
load_policy(struct agent *a)
{
	struct component c;
	struct bytes object;
	struct why why;
	enum err e;

	if (!state_component(&a->state, policy_id, &c, NULL))
		return ERR_STORE;
	TRY(blob_load(a->ports, c.sha256.p, c.size,
	    SPAN_OF(a->policy_room[a->current]), &object));
	e = policy_read(a->ports->crypto, object, &a->policy[a->current], &why);
	if (e == OK)
		e = policy_link(&a->policy[a->current], a->ports, &why);
	if (e != OK)
		agent_log(a, "policy-refused", &why, BYTES_NONE);
	return e;
}

enum err
agent_init(struct agent *a, const struct agent_ports *ports, struct span work,
    struct span outbox)
{
	const struct agent_store *s = ports->store;
	struct bytes raw;

	memset(a, 0, sizeof(*a));
	if (work.n < 4 * AGENT_STATE_MAX || outbox.n < AGENT_STATE_MAX)
		return ERR_ROOM;
	if (ports->n_teep == 0 || ports->n_teep > ARRAY_LEN(ports->teep))
		return ERR_BUG;
	a->ports = ports;
	a->outbox = outbox;
	a->phase = PHASE_IDLE;
	a->state_room = work.p;
	a->pool.p = work.p + AGENT_STATE_MAX;
	a->pool.n = work.n - AGENT_STATE_MAX;
	TRY(s->load(s->ctx, (struct span){work.p, AGENT_STATE_MAX}, &raw));
	/* The store may answer a view of memory of its own. */
	if (raw.n > AGENT_STATE_MAX)
		return ERR_STORE;
	memmove(a->state_room, raw.p, raw.n);
	TRY(state_read((struct bytes){a->state_room, raw.n}, &a->state));
	TRY(load_policy(a));
	agent_sweep(a);
	return OK;
}

enum err
agent_commit(struct agent *a, struct bytes raw)
{
	const struct agent_store *s = a->ports->store;
	struct state check;
	enum err e;

	TRY(state_read(raw, &check));
	e = s->commit(s->ctx, raw);
	a->uncertain = e != OK;
	if (e != OK)
		return e;
	memmove(a->state_room, raw.p, raw.n);
	return state_read((struct bytes){a->state_room, raw.n}, &a->state);
}

enum err
agent_change(struct agent *a, const struct state_edit *e)
{
	struct bytes raw;
	struct state next;

	TRY(state_edit(&a->state, e, pool_rest(&a->pool), &raw, &next));
	return agent_commit(a, raw);
}

enum err
agent_prepare(struct agent *a, const struct state_edit *e)
{
	struct update *up = &a->up;
	struct bytes raw;
	struct state next;

	TRY(state_edit(&up->next, e, pool_rest(&a->pool), &raw, &next));
	memmove(up->room.p, raw.p, raw.n);
	up->raw = (struct bytes){up->room.p, raw.n};
	return state_read(up->raw, &up->next);
}

static bool
keep(void *arg, const uint8_t sha256[DIGEST_LEN])
{
	const struct agent *a = arg;

	return state_names(&a->state, sha256);
}

void
agent_sweep(struct agent *a)
{
	const struct agent_store *s = a->ports->store;
	struct why why;

	if (a->uncertain)
		return;
	/* Blobs that stay cost room, not safety: log it and go on. */
	if (s->sweep(s->ctx, keep, a) != OK) {
		(void)why_set(&why, ERR_STORE, "sweep");
		agent_log(a, "sweep-failed", &why, BYTES_NONE);
	}
}

void
agent_close(struct agent *a)
{
	update_drop(a);
	memset(&a->ex, 0, sizeof(a->ex));
	a->peer = NULL;
	a->phase = PHASE_IDLE;
}

void
agent_hangup(struct agent *a)
{
	agent_close(a);
	a->has_reply = false;
	a->round = 0;
	a->tried = 0;
}
