/*
 * update: from a plan to an Update.         [TEEP 4.3; security 1]
 */
#include "tam_int.h"

#include <string.h>

/* What the store answered for a row: ERR_NOT_FOUND is its end.  Its word is
 * not a stranger's; but never past its buffers. */
enum err
tam_row_check(enum err e, const struct tam_manifest *m)
{
	if (e == ERR_NOT_FOUND)
		return e;
	if (e != OK)
		return tam_store(e);
	if (m->id_n > sizeof(m->id) ||
	    suit_id_check((struct bytes){m->id, m->id_n}) != OK)
		return ERR_STORE;
	return OK;
}

void
tam_plan_send(struct plan *p, const struct tam_manifest *m)
{
	if (p->n_send == ARRAY_LEN(p->send))
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

	if (a->verdict != ACCEPTED)
		return tam_put_warning(t, ask, out);
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

/* Nothing is to be reported back, so there is no token: the answer to this
 * ends the session.                                            [TEEP 4.4] */
enum err
tam_say_passport(struct turn *t, const struct verifier_ask *ask)
{
	struct teep_message m = {
	    .type = TEEP_UPDATE,
	    .has = TEEP_HAS_ATTESTATION,
	};

	/* who would not read it in an Update is not sent one for it */
	if (t->t->dialect.update != DIALECT_BOUND)
		return OK;
	TRY(put_result(t, ask, &m.attestation));
	return tam_say(t, &m);
}

enum err
tam_say_update(struct turn *t, struct plan *p, const struct verifier_ask *ask)
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
		/* No format says that it is the TEEP profile's. */
		if (t->out->appraisal.verdict != ACCEPTED) {
			m.has |= TEEP_HAS_FORMAT;
			m.format = BYTES_LIT(EAR_MEDIA_TYPE);
		}
	}
	TRY(new_token(t, p, m.unneeded, &m.token));
	return tam_say(t, &m);
}
