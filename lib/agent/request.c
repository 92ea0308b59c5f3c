/*
 * request: RequestTA, UnrequestTA and RequestPolicyCheck.  They answer none,
 * or the URI of one TAM, chosen by policy alone.     [RFC 9397 6.2, TEEP 2.1]
 */
#include "agent_int.h"

static void
connect_to(struct agent *a, const struct policy_tam *tam)
{
	/* A new run: whatever was open is over. */
	agent_close(a);
	a->phase = PHASE_WAITING;
	answer(a, &(struct link_frame){
		      .op = LINK_CONNECT, .uri = tam->uri, .has_uri = true});
}

/* Place of a pending request in its list: its bit in a->tried. */
static uint32_t
request_bit(const struct state *s, struct bytes id)
{
	struct cbor_in r = cbor_items(s->requests);
	uint32_t bit = 1;
	struct request q;

	for (; request_next(&r, &q); bit <<= 1)
		if (bytes_same(q.id, id))
			return bit;
	return 0;
}

/* NULL in *tam with OK: nothing to do. */
static enum err
request(
    struct agent *a, const struct link_frame *in, const struct policy_tam **tam)
{
	struct state_edit edit = {0};
	struct component c;
	struct installed m;

	*tam = NULL;
	TRY(suit_id_check(in->component));
	if (state_component(&a->state, in->component, &c, &m)) {
		edit.needed = m.id;
		return state_unneeded(&a->state, m.id) ? agent_change(a, &edit)
						       : OK;
	}
	*tam = policy_tam_serving(
	    agent_policy(a), in->component, in->has_uri ? in->uri : BYTES_NONE);
	if (*tam == NULL)
		return ERR_TAM_ACCESS;
	/* The same wish again has been heard: no second session, no second
	 * write to flash, until the first one is known to have failed. */
	if (state_requested(&a->state, in->component)) {
		uint32_t bit = request_bit(&a->state, in->component);

		if ((a->tried & bit) != 0)
			return ERR_EXISTS;
		a->tried |= bit;
		return OK;
	}
	edit.request = in->component;
	edit.request_tam = (*tam)->name;
	TRY(agent_change(a, &edit));
	a->tried |= request_bit(&a->state, in->component);
	return OK;
}

void
on_request(struct agent *a, const struct link_frame *in)
{
	const struct policy_tam *tam;
	struct why why;
	enum err e;

	e = request(a, in, &tam);
	if (e != OK) {
		(void)why_set(&why, e, "component");
		agent_log(a, "request-refused", &why, in->component);
		answer_result(a, e, BYTES_NONE);
	} else if (tam == NULL) {
		answer_none(a);
	} else {
		connect_to(a, tam);
	}
}

static enum err
unrequest(
    struct agent *a, const struct link_frame *in, const struct policy_tam **tam)
{
	struct state_edit edit = {0};
	struct component c;
	struct installed m;

	*tam = NULL;
	TRY(suit_id_check(in->component));
	if (state_requested(&a->state, in->component)) {
		edit.unrequest = in->component;
		/* Places move: every other request may be tried again. */
		a->tried = 0;
		return agent_change(a, &edit);
	}
	if (!state_component(&a->state, in->component, &c, &m))
		return ERR_NOT_INSTALLED;
	/* Nobody has asked for the policy, or for what others depend on, so
	 * nobody can give it back. */
	if (m.dependency || bytes_same(m.id, policy_id))
		return ERR_OWNER;
	if (state_unneeded(&a->state, m.id))
		return OK;
	*tam = policy_tam_named(agent_policy(a), m.owner);
	edit.unneeded = m.id;
	return agent_change(a, &edit);
}

void
on_unrequest(struct agent *a, const struct link_frame *in)
{
	const struct policy_tam *tam;
	struct why why;
	enum err e;

	e = unrequest(a, in, &tam);
	if (e != OK) {
		(void)why_set(&why, e, "component");
		agent_log(a, "unrequest-refused", &why, in->component);
		answer_result(a, e, BYTES_NONE);
	} else if (tam == NULL) {
		answer_none(a);
	} else {
		connect_to(a, tam);
	}
}

/* One TAM a call, in the order of the policy.  The recovery TAM is offline
 * and speaks first, or not at all. */
void
on_policy_check(struct agent *a, const struct link_frame *in)
{
	const struct policy *p = agent_policy(a);

	if (in->flag)
		a->round = 0;
	for (size_t i = 0; i < p->n_tams; i++) {
		if ((a->round >> i & 1) != 0)
			continue;
		a->round |= UINT32_C(1) << i;
		connect_to(a, &p->tam[i]);
		return;
	}
	agent_close(a);
	answer_none(a);
}
