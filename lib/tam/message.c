/*
 * message: one message from an agent, from octets to its handler.
 *                                                     [TEEP 5.5, 9.2]
 */
#include "tam_int.h"

#include <string.h>

/* Device keys by key id; a message without one could be anybody's. */
static enum err
find_device(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct turn *t = ctx;
	const struct tam_view *v = t->t->view;
	enum err e;

	(void)alg; /* cose compares it with the key */
	if (nth > 0 || kid.n != KID_LEN)
		return ERR_UNKNOWN_KEY;
	e = v->device(v->ctx, kid, &t->row);
	if (e != OK)
		return e == ERR_UNKNOWN_KEY ? e : tam_store(e);
	*out = t->row.key;
	return OK;
}

static enum err
authenticate(struct turn *t, struct bytes in)
{
	const struct keyring ring = {t, find_device};
	struct tam_reply *o = t->out;

	if (in.n > TAM_MESSAGE_MAX)
		return why_set(&o->why, ERR_TOO_LONG, "message");
	TRY(cose_verify(t->t->crypto, &ring, ACCEPT_SIGN1, in, &t->v, &o->why));
	t->signer = tam_signer(t->t, t->v.alg);
	if (t->signer == NULL)
		return why_set(&o->why, ERR_COSE_ALG, "suite");
	o->known = true;
	o->device = t->row.id;
	memcpy(o->kid, t->v.kid, KID_LEN);
	return OK;
}

/* The type of an authentic message that cannot be read any further. */
static enum teep_type
type_of(struct bytes payload)
{
	struct cbor_in r = cbor_open(payload);

	(void)cbor_array_any(&r, 1, LEN_ANY);
	return (enum teep_type)cbor_uint(&r, TEEP_QUERY_REQUEST, TEEP_ERROR);
}

static const struct {
	enum teep_type type;
	enum err (*handle)(struct turn *t);
} handlers[] = {
    {TEEP_QUERY_RESPONSE, tam_on_query_response},
    {TEEP_SUCCESS, tam_on_success},
    {TEEP_ERROR, tam_on_error},
};

static enum err
dispatch(struct turn *t)
{
	TRY(teep_read(&t->v, &t->t->dialect, &t->m, &t->out->why));
	for (size_t i = 0; i < ARRAY_LEN(handlers); i++)
		if (handlers[i].type == t->m.type)
			return handlers[i].handle(t);
	return tam_refuse(t, ERR_TEEP_TYPE, "type");
}

/*
 * Does the peer hear why?  Only where its challenge or token is spent with
 * it: a broker that sends old messages once more, or a device that sends
 * nonsense, gets nobody to sign something new for each.  And two sides that
 * refuse each other come to an end.
 */
static bool
tells(const struct turn *t, enum err e)
{
	return t->fresh && e != ERR_EXCHANGE_LIMIT;
}

static enum err
refused(struct turn *t, enum err e)
{
	uint32_t code = t->wire_code;

	if (t->out->why.err != e)
		(void)tam_refuse(t, e, NULL);
	if (!tells(t, e))
		return OK;
	if (t->wire != OK)
		e = t->wire;
	return tam_say_refusal(t, code != 0 ? code : TEEP_ERR_PERMANENT, e);
}

static enum err
answer(struct turn *t)
{
	struct tam_effect *f;
	enum err e;

	t->out->type = type_of(t->v.payload);
	e = dispatch(t);
	if (e != OK && err_class(e) <= CLASS_REFUSED)
		e = refused(t, e);
	if (e != OK || !t->row_changed)
		return e;
	f = tam_effect(t, TAM_DEVICE);
	if (f == NULL)
		return ERR_BUG;
	f->row = t->row;
	return OK;
}

enum err
tam_message(const struct tam *tam, uint64_t now, struct bytes in,
    const struct arena *mem, struct tam_reply *out)
{
	struct turn t = {.t = tam, .now = now, .mem = mem, .out = out};
	enum err e;

	memset(out, 0, sizeof(*out));
	e = authenticate(&t, in);
	if (e == OK)
		e = answer(&t);
	else if (err_class(e) <= CLASS_REFUSED)
		return OK; /* why says it; nobody else hears it */
	if (e == OK)
		return OK;
	out->message = BYTES_NONE;
	out->sent = 0;
	out->n_effects = 0;
	if (out->why.err != e)
		(void)why_set(&out->why, e, NULL);
	return e;
}
