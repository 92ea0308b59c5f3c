/*
 * update: apply an Update as a whole or not at all.       [TEEP 4.4, 7.2]
 *
 * Every manifest edits a copy of the record; one commit at the end puts the
 * last copy in force.  Until then a hang-up, a failure or a power cut leaves
 * the old set, and the blobs written meanwhile are swept.
 */
#include "agent_int.h"
#include <string.h>

void
update_drop(struct agent *a)
{
	if (!a->up.open)
		return;
	/* Releases what a run under way still holds. */
	suit_fail(&a->job.run, ERR_NO_EXCHANGE);
	memset(&a->up, 0, sizeof(a->up));
	agent_sweep(a);
}

static void
failed(struct agent *a, enum err e, const struct why *why, uint32_t code)
{
	struct teep_message to = a->up.msg;

	agent_log(a, "update-refused", why, a->ex.tam->name);
	report_failure(a, e);
	answer_error(a, e, &to, code, reports_of(a));
	update_drop(a);
}

/* Stop every instance whose component is gone or another one. */
static void
stop_replaced(struct agent *a)
{
	const struct agent_launcher *l = a->ports->launcher;
	struct cbor_in r = cbor_items(a->state.installed), comps;
	struct component old, new;
	struct installed m;

	while (installed_next(&r, &m)) {
		comps = cbor_items(m.components);
		while (component_next(&comps, &old))
			/* Under a new policy everybody asks again. */
			if (a->up.policy_new ||
			    !state_component(&a->up.next, old.id, &new, NULL) ||
			    !bytes_same(old.sha256, new.sha256))
				l->stop(l->ctx, old.id);
	}
	if (a->ports->payloads != NULL)
		a->ports->payloads->changed(a);
}

static void
succeed(struct agent *a)
{
	struct teep_message m = {.type = TEEP_SUCCESS};
	struct update *up = &a->up;

	m.has = up->msg.has & TEEP_HAS_TOKEN;
	m.token = up->msg.token;
	m.reports = reports_of(a);
	if (m.reports.n > 0)
		m.has |= TEEP_HAS_REPORTS;
	answer_message(a, &m, a->ex.key);
}

/* The rows are others now: the TAM has to ask again. */
static void
take_policy_over(struct agent *a)
{
	a->current = 1 - a->current;
	a->ex.answered = false;
	a->ex.tam = NULL;
	agent_log(
	    a, "policy-replaced", NULL, BYTES_OF(agent_policy(a)->digest));
}

static void
commit(struct agent *a)
{
	struct why why = {0};
	enum err e = OK;

	if (a->up.policy_new)
		e = remove_retired(a, &a->policy[1 - a->current]);
	if (e == OK && a->up.policy_new && a->ports->revoking != NULL)
		e = a->ports->revoking->apply(a, &a->policy[1 - a->current]);
	if (e == OK && a->ports->depending != NULL)
		e = a->ports->depending->settle(a, &why);
	if (e == OK) {
		stop_replaced(a);
		e = agent_commit(a, a->up.raw);
	}
	if (e != OK) {
		if (why.err == OK)
			(void)why_set(&why, e, "commit");
		failed(a, e, &why, teep_err_code(e));
		return;
	}
	agent_log(a, "update-applied", NULL, a->ex.tam->name);
	a->ex.spent = a->ex.nonce;
	/* Fulfilled requests have left the list: places moved. */
	a->tried = 0;
	if (a->up.policy_new)
		take_policy_over(a);
	succeed(a);
	update_drop(a);
}

/* Begin the next manifest; *more: there was one. */
static enum err
next(struct agent *a, bool *more, struct why *why)
{
	struct update *up = &a->up;

	*more = up->begun < up->msg.manifests.n;
	if (!*more)
		return OK;
	up->begun++;
	up->envelope = cbor_bstr(&up->manifests, 0, LEN_ANY);
	return install_begin(a, why);
}

/* Ask the broker for a piece. */
static void
fetch(struct agent *a, const struct suit_ask *ask)
{
	a->asked = ask->offset;
	a->limit = ask->limit < LINK_PIECE_MAX ? ask->limit : LINK_PIECE_MAX;
	/* One octet too many is what the end is known by. */
	if (a->limit == 0)
		a->limit = 1;
	a->phase = PHASE_FETCHING;
	answer(a, &(struct link_frame){.op = LINK_FETCH,
		      .uri = ask->uri,
		      .has_uri = true,
		      .offset = a->asked,
		      .number = a->limit});
}

/* Go on until the end, a failure or a fetch. */
static void
run(struct agent *a)
{
	struct suit_ask ask;
	struct why why = {0};
	bool more = true;
	enum err e = OK;

	if (a->up.begun == 0)
		e = next(a, &more, &why);
	while (e == OK && more) {
		switch (suit_next(&a->job.run, &ask)) {
		case SUIT_WANT_FETCH:
			/* The broker has no place for arguments. */
			if (ask.args.p != NULL) {
				suit_fail(&a->job.run, ERR_CANNOT);
				break;
			}
			fetch(a, &ask);
			return;
		case SUIT_WANT_EVENT: /* an exchange does not wait */
			suit_fail(&a->job.run, ERR_WAIT);
			break;
		case SUIT_DONE:
			e = install_end(a, &why);
			if (e == OK)
				e = next(a, &more, &why);
			break;
		case SUIT_FAILED:
			why = a->job.run.why;
			e = why.err;
			break;
		case SUIT_RUNNING:
			e = why_set(&why, ERR_BUG, "suit");
			break;
		}
	}
	if (e == OK)
		commit(a);
	else
		failed(a, e, &why, TEEP_ERR_MANIFEST);
}

static enum err
open_update(struct agent *a, const struct teep_message *m, struct why *why)
{
	struct update *up = &a->up;
	struct span room;

	memset(up, 0, sizeof(*up));
	memset(&a->job, 0, sizeof(a->job));
	up->msg = *m;
	up->manifests = cbor_items(m->manifests);
	up->next = a->state;
	up->open = true;
	if (pool_take(&a->pool, AGENT_STATE_MAX, &up->room) != OK ||
	    pool_take(&a->pool, REPORTS_ROOM, &room) != OK)
		return why_set(why, ERR_ROOM, "work");
	up->reports = cbor_into(room);
	if (m->manifests.n > AGENT_INSTALLED_MAX)
		return why_set(why, ERR_LIMIT, "manifest-list");
	if (update_mark(a) != OK)
		return why_set(why, ERR_LIMIT, "state");
	return remove_all(a, why);
}

/* What it says of the Result that was presented, or hands over. */
static void
heed(struct agent *a, const struct verified *v, const struct policy_tam *tam,
    const struct teep_message *m)
{
	const struct agent_passports *p = a->ports->passports;

	if (p == NULL)
		return;
	if (m->err_code == TEEP_ERR_ATTESTATION_REQUIRED &&
	    a->ex.presented != 0 && a->ex.tam == tam)
		p->dropped(a);
	if ((m->has & (TEEP_HAS_ATTESTATION | TEEP_HAS_ERR_CODE)) ==
	    TEEP_HAS_ATTESTATION)
		p->keep(a, v, tam, m);
}

void
update_begin(struct agent *a, const struct verified *v,
    const struct policy_tam *tam, const struct teep_message *m)
{
	struct list none = {BYTES_NONE, 0};
	struct why why = {0};
	enum err e;

	/* Nothing to do but to hear what the TAM has to say. */
	if ((m->has & (TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED)) == 0) {
		if ((m->has & TEEP_HAS_ERR_CODE) != 0) {
			(void)why_set(&why, ERR_PEER_ERROR, "err-code");
			why.kind = WHY_UINT;
			why.found_n = m->err_code;
			agent_log(a, "tam-error", &why, m->err_msg);
		}
		heed(a, v, tam, m);
		a->up.msg = *m;
		succeed(a);
		memset(&a->up, 0, sizeof(a->up));
		return;
	}
	e = update_bound(a, v, tam, m, &why);
	if (e != OK) {
		agent_log(a, "update-refused", &why, tam->name);
		answer_error(a, e, m, teep_err_code(e), none);
		return;
	}
	e = open_update(a, m, &why);
	if (e != OK)
		failed(a, e, &why, TEEP_ERR_MANIFEST);
	else
		run(a);
}

void
update_data(struct agent *a, const struct link_frame *in)
{
	/* Not what was asked for, or nothing again and again. */
	if (in->offset != a->asked || in->body.n > a->limit ||
	    (in->body.n == 0 && !in->flag))
		suit_fail(&a->job.run, ERR_FETCH);
	else
		suit_give(&a->job.run, in->body, in->flag);
	run(a);
}

/* The exchange is dead or only the fetch is: the TAM hears of it if anything
 * still gets through, and has to ask again before its next Update. */
void
update_fetch_failed(struct agent *a)
{
	a->phase = PHASE_WAITING;
	suit_fail(&a->job.run, ERR_FETCH);
	run(a);
	a->ex.answered = false;
}
