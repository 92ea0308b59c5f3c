/*
 * decide: what an accepted device shall have and lacks.    [TEEP 9.2 2, 3]
 *
 * Installed is what the Evidence lists by manifest digest: the digest covers
 * id and sequence number.  Removed is only what this TAM once assigned; that
 * a device calls something unneeded changes nothing.        [security 13]
 */
#include "tam_int.h"

#include <string.h>

static bool
installed(const struct turn *t, const uint8_t digest[DIGEST_LEN])
{
	struct list l = t->out->appraisal.claims.manifests;
	struct cbor_in r = cbor_items(l);
	struct eat_manifest m;

	for (size_t i = 0; i < l.n; i++) {
		if (eat_manifest_read(&r, &m) != OK)
			return false;
		if (bytes_same(m.digest, (struct bytes){digest, DIGEST_LEN}))
			return true;
	}
	return false;
}

static struct bytes
id_of(const struct tam_manifest *m)
{
	return (struct bytes){m->id, m->id_n};
}

/* Send this one too, if it is not there. */
static void
plan_send(struct turn *t, struct plan *p, const struct tam_manifest *m)
{
	if (!installed(t, m->digest))
		tam_plan_send(p, m);
}

static enum err
plan_wanted(struct turn *t, struct plan *p)
{
	const struct tam_view *v = t->t->view;
	struct tam_manifest m;

	for (size_t nth = 0; nth < TAM_ROWS_MAX; nth++) {
		enum err e =
		    tam_row_check(v->wanted(v->ctx, t->row.id, nth, &m), &m);

		if (e == ERR_NOT_FOUND)
			break;
		TRY(e);
		plan_send(t, p, &m);
	}
	return OK;
}

static enum err
plan_one_requested(
    struct turn *t, struct plan *p, const struct teep_requested *r)
{
	const struct tam_view *v = t->t->view;
	struct tam_effect *f;
	struct tam_manifest m;
	enum err e;

	/* Nobody could name such a component in a manifest. */
	if (suit_id_check(r->component) != OK)
		return OK;
	f = tam_effect(t, TAM_REQUESTED);
	if (f == NULL)
		return ERR_BUG;
	f->component = r->component;
	e = tam_row_check(v->granted(v->ctx, t->row.id, r->component, &m), &m);
	if (e == ERR_NOT_FOUND)
		return OK;
	TRY(e);
	if ((r->has & TEEP_REQUESTED_SEQUENCE) == 0 ||
	    m.sequence >= r->sequence)
		plan_send(t, p, &m);
	return OK;
}

static enum err
plan_requested(struct turn *t, struct plan *p)
{
	struct list l = t->m.requested;
	struct cbor_in r = cbor_items(l);
	struct teep_requested one;

	for (size_t i = 0; i < l.n && i < TAM_REQUESTED_MAX; i++) {
		TRY(teep_requested_read(&r, &t->t->dialect, &one));
		TRY(plan_one_requested(t, p, &one));
	}
	return OK;
}

/* Is there still something the device shall have under this id?  Then the
 * old one is replaced, and unlinking the id would remove the new one. */
static enum err
is_kept(struct turn *t, const struct plan *p, struct bytes id, bool *kept)
{
	const struct tam_view *v = t->t->view;
	struct tam_manifest m;

	*kept = true;
	for (size_t i = 0; i < p->n_send; i++)
		if (bytes_same(
			id, (struct bytes){p->send[i].id, p->send[i].id_n}))
			return OK;
	for (size_t nth = 0; nth < TAM_ROWS_MAX; nth++) {
		enum err e =
		    tam_row_check(v->wanted(v->ctx, t->row.id, nth, &m), &m);

		if (e == ERR_NOT_FOUND)
			break;
		TRY(e);
		if (bytes_same(id, id_of(&m)))
			return OK;
	}
	*kept = false;
	return OK;
}

static void
plan_drop(struct plan *p, const struct tam_manifest *m)
{
	for (size_t i = 0; i < p->n_drop; i++)
		if (bytes_same(id_of(m),
			(struct bytes){p->drop[i].id, p->drop[i].id_n}))
			return;
	memcpy(p->drop[p->n_drop].id, m->id, m->id_n);
	p->drop[p->n_drop++].id_n = m->id_n;
}

static enum err
plan_unwanted(struct turn *t, struct plan *p)
{
	const struct tam_view *v = t->t->view;
	struct tam_manifest m;
	bool kept;

	for (size_t nth = 0;
	     nth < TAM_ROWS_MAX && p->n_drop < ARRAY_LEN(p->drop); nth++) {
		enum err e =
		    tam_row_check(v->unwanted(v->ctx, t->row.id, nth, &m), &m);

		if (e == ERR_NOT_FOUND)
			break;
		TRY(e);
		if (!installed(t, m.digest))
			continue;
		TRY(is_kept(t, p, id_of(&m), &kept));
		if (!kept)
			plan_drop(p, &m);
	}
	return OK;
}

/* It was fresh by its time alone: how the device is now, it has to show before
 * anything is sent.                                        [security 1, 3] */
enum err
tam_ask_evidence(struct turn *t)
{
	uint8_t unused[TAM_CHALLENGE_LEN] = {0};
	struct teep_message m = tam_query(t->t, unused);
	enum err e = tam_ask(t, &m);

	return e == ERR_EXCHANGE_LIMIT ? tam_refuse(t, e, "exchange") : e;
}

enum err
tam_decide(struct turn *t, const struct verifier_ask *ask)
{
	uint32_t limit = t->t->config.exchange_requests;
	struct plan *p = t->mem->get(t->mem->ctx, sizeof(*p));

	if (p == NULL)
		return ERR_MEMORY;
	TRY(plan_wanted(t, p));
	TRY(plan_requested(t, p));
	TRY(plan_unwanted(t, p));
	if (p->n_send == 0 && p->n_drop == 0) {
		t->row.requests = 0;
		return t->evidence && t->under && t->t->config.passports
			   ? tam_say_passport(t, ask)
			   : OK;
	}
	if (!t->under)
		return tam_ask_evidence(t);
	/* What would be installed now could not be proven any more in this
	 * exchange; the device comes again. */
	if (t->row.requests > 1 && t->row.requests >= limit) {
		t->row.requests = 0;
		return tam_refuse(t, ERR_EXCHANGE_LIMIT, "exchange");
	}
	return tam_say_update(t, p, ask);
}
