/*
 * decide: what an accepted device shall have and lacks.    [TEEP 9.2 2, 3]
 *
 * Installed is what the Evidence lists by manifest digest: the digest covers
 * id and sequence number.  Removed is only what this TAM once assigned; that
 * a device calls something unneeded changes nothing.        [security 13]
 */
#include "tam_int.h"

#include <string.h>

/* What the Update will carry.  Lives in the arena. */
struct plan {
	struct {
		uint8_t digest[DIGEST_LEN];
		uint8_t id[SUIT_ID_MAX];
		size_t id_n;
	} send[TAM_MANIFESTS_MAX], drop[TAM_UNNEEDED_MAX];
	size_t n_send, n_drop;
	size_t octets; /* of the envelopes to send */
	uint8_t unneeded[TAM_UNNEEDED_MAX * SUIT_ID_MAX];
};

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

/* What the store answered for a row: ERR_NOT_FOUND is its end.  Its word is
 * not a stranger's; but never past its buffers. */
static enum err
row_check(enum err e, const struct tam_manifest *m)
{
	if (e == ERR_NOT_FOUND)
		return e;
	if (e != OK)
		return tam_store(e);
	if (m->id_n > sizeof(m->id) || suit_id_check(id_of(m)) != OK)
		return ERR_STORE;
	return OK;
}

/* Send this one too, if it is not there and not planned yet.  What does not
 * fit is sent after the next proof; the first always fits. */
static void
plan_send(struct turn *t, struct plan *p, const struct tam_manifest *m)
{
	if (installed(t, m->digest) || p->n_send == ARRAY_LEN(p->send))
		return;
	for (size_t i = 0; i < p->n_send; i++)
		if (memcmp(p->send[i].digest, m->digest, DIGEST_LEN) == 0)
			return;
	if (p->n_send > 0 && (p->octets > TAM_UPDATE_MAX ||
				 m->envelope_n > TAM_UPDATE_MAX - p->octets))
		return;
	memcpy(p->send[p->n_send].digest, m->digest, DIGEST_LEN);
	memcpy(p->send[p->n_send].id, m->id, m->id_n);
	p->send[p->n_send++].id_n = m->id_n;
	p->octets += m->envelope_n;
}

static enum err
plan_wanted(struct turn *t, struct plan *p)
{
	const struct tam_view *v = t->t->view;
	struct tam_manifest m;

	for (size_t nth = 0; nth < TAM_ROWS_MAX; nth++) {
		enum err e =
		    row_check(v->wanted(v->ctx, t->row.id, nth, &m), &m);

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
	e = row_check(v->granted(v->ctx, t->row.id, r->component, &m), &m);
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
		    row_check(v->wanted(v->ctx, t->row.id, nth, &m), &m);

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
		    row_check(v->unwanted(v->ctx, t->row.id, nth, &m), &m);

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

/* The envelopes, as they were received, one bstr after the other. */
static enum err
put_manifests(struct turn *t, const struct plan *p, struct list *out)
{
	const struct tam_view *v = t->t->view;
	struct bytes e[TAM_MANIFESTS_MAX];
	struct cbor_out w = cbor_measure();
	struct span room;

	for (size_t i = 0; i < p->n_send; i++) {
		enum err err =
		    v->envelope(v->ctx, p->send[i].digest, t->mem, &e[i]);

		if (err != OK)
			return tam_store(err);
		cbor_put_bstr(&w, e[i]);
	}
	room = arena_span(t->mem, w.at);
	if (room.p == NULL)
		return ERR_MEMORY;
	w = cbor_into(room);
	for (size_t i = 0; i < p->n_send; i++)
		cbor_put_bstr(&w, e[i]);
	out->n = p->n_send;
	return tam_ours(cbor_done(&w, &out->raw));
}

static enum err
put_unneeded(struct plan *p, struct list *out)
{
	struct cbor_out w = cbor_into(SPAN_OF(p->unneeded));

	for (size_t i = 0; i < p->n_drop; i++)
		cbor_put_raw(
		    &w, (struct bytes){p->drop[i].id, p->drop[i].id_n});
	out->n = p->n_drop;
	return tam_ours(cbor_done(&w, &out->raw));
}

/* What binds the Update to this device and this exchange.  [security 1] */
static enum err
put_result(struct turn *t, const struct verifier_ask *ask, struct bytes *out)
{
	const struct appraisal *a = &t->out->appraisal;
	uint64_t life = t->t->config.result_life;
	struct cbor_out w = cbor_measure();
	struct span room;
	struct bytes claims;

	TRY(tam_ours(verifier_result_write(&w, a, ask, life)));
	room = arena_span(t->mem, w.at);
	if (room.p == NULL)
		return ERR_MEMORY;
	w = cbor_into(room);
	TRY(tam_ours(verifier_result_write(&w, a, ask, life)));
	TRY(tam_ours(cbor_done(&w, &claims)));
	return tam_sign_result(t, claims, out);
}

static enum err
new_token(struct turn *t, const struct plan *p, struct list unneeded,
    struct bytes *token)
{
	struct tam_effect *f = tam_effect(t, TAM_NEW_TOKEN);

	if (f == NULL)
		return ERR_BUG;
	TRY(t->t->crypto->random(SPAN_OF(f->token.token)));
	memcpy(f->token.kid, t->v.kid, KID_LEN);
	f->token.expires = t->now + t->t->config.token_life;
	f->expires = f->token.expires;
	for (size_t i = 0; i < p->n_send; i++)
		memcpy(f->token.manifests[i], p->send[i].digest, DIGEST_LEN);
	f->token.n_manifests = p->n_send;
	f->token.unneeded = unneeded.raw;
	*token = BYTES_OF(f->token.token);
	return OK;
}

static enum err
say_update(struct turn *t, struct plan *p, const struct verifier_ask *ask)
{
	struct teep_message m = {
	    .type = TEEP_UPDATE,
	    .has = TEEP_HAS_TOKEN,
	};

	if (p->n_send > 0) {
		m.has |= TEEP_HAS_MANIFESTS;
		TRY(put_manifests(t, p, &m.manifests));
	}
	if (p->n_drop > 0) {
		m.has |= TEEP_HAS_UNNEEDED;
		TRY(put_unneeded(p, &m.unneeded));
	}
	/* Some would refuse a message for what they do not understand in it;
	 * whoever is pinned so has nothing that binds it. */
	if (t->t->dialect.update == DIALECT_BOUND) {
		m.has |= TEEP_HAS_ATTESTATION;
		TRY(put_result(t, ask, &m.attestation));
	}
	TRY(new_token(t, p, m.unneeded, &m.token));
	return tam_say(t, &m);
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
		return OK;
	}
	/* What would be installed now could not be proven any more in this
	 * exchange; the device comes again. */
	if (t->row.requests > 1 && t->row.requests >= limit) {
		t->row.requests = 0;
		return tam_refuse(t, ERR_EXCHANGE_LIMIT, "exchange");
	}
	return say_update(t, p, ask);
}
