/*
 * reply: what leaves: messages, refusals and effects.
 */
#include "tam_int.h"

#include <string.h>

struct tam_effect *
tam_effect(struct turn *t, enum tam_effect_kind kind)
{
	struct tam_effect *e;

	if (t->out->n_effects == ARRAY_LEN(t->out->effect))
		return NULL;
	e = &t->out->effect[t->out->n_effects++];
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->device = t->row.id;
	e->time = t->now;
	memcpy(e->kid, t->v.kid, KID_LEN);
	return e;
}

enum err
tam_store(enum err e)
{
	return err_class(e) >= CLASS_ROOM ? e : ERR_STORE;
}

enum err
tam_ours(enum err e)
{
	return e == OK || err_class(e) >= CLASS_ROOM ? e : ERR_BUG;
}

enum err
tam_refuse(struct turn *t, enum err e, const char *what)
{
	return why_set(&t->out->why, e, what);
}

const struct signer *
tam_signer(const struct tam *t, int32_t alg)
{
	alg = dialect_alg_read(&t->dialect, alg);
	if (alg == ALG_ESP256)
		return t->esp256;
	if (alg == ALG_ED25519)
		return t->ed25519;
	return NULL;
}

struct signer
tam_signer_as(const struct tam *t, const struct signer *s)
{
	struct signer as = *s;

	as.alg = dialect_alg(&t->dialect, s->alg);
	return as;
}

enum err
tam_encode(const struct tam *t, const struct arena *mem,
    const struct teep_message *m, struct bytes *out)
{
	struct cbor_out w = cbor_measure();
	struct span room;

	*out = BYTES_NONE;
	TRY(tam_ours(teep_write(&w, &t->dialect, m)));
	room = arena_span(mem, w.at);
	if (room.p == NULL)
		return ERR_MEMORY;
	w = cbor_into(room);
	TRY(tam_ours(teep_write(&w, &t->dialect, m)));
	return tam_ours(cbor_done(&w, out));
}

static enum err
sign(struct turn *t, const struct signer *s, struct bytes payload,
    unsigned flags, struct bytes *out)
{
	struct span room = arena_span(t->mem, payload.n + COSE_OVERHEAD);
	struct cbor_out w = cbor_into(room);

	*out = BYTES_NONE;
	if (room.p == NULL)
		return ERR_MEMORY;
	TRY(tam_ours(cose_sign1_write(&w, s, payload, NULL, flags)));
	return tam_ours(cbor_done(&w, out));
}

enum err
tam_say(struct turn *t, const struct teep_message *m)
{
	const struct signer as = tam_signer_as(t->t, t->signer);
	struct bytes payload;

	TRY(tam_encode(t->t, t->mem, m, &payload));
	TRY(sign(t, &as, payload, WRITE_TAGGED, &t->out->message));
	t->out->sent = m->type;
	return OK;
}

enum err
tam_say_refusal(struct turn *t, uint32_t code, enum err e)
{
	const char *name = err_name(e);
	struct teep_message m = {
	    .type = TEEP_UPDATE,
	    .has = TEEP_HAS_ERR_CODE | TEEP_HAS_ERR_MSG,
	    .err_code = code,
	    .err_msg = {(const uint8_t *)name, strlen(name)},
	};

	return tam_say(t, &m);
}

enum err
tam_sign_result(struct turn *t, struct bytes claims, struct bytes *out)
{
	return sign(t, t->t->result, claims, 0, out);
}
