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
	/* Which ids are right, the dialect says: see is_heard. */
	TRY(cose_verify(t->t->crypto, &ring, ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC,
	    in, &t->v, &o->why));
	t->signer = tam_signer(t->t, t->v.alg);
	o->known = true;
	o->device = t->row.id;
	memcpy(o->kid, t->v.kid, KID_LEN);
	return OK;
}

/* The type of an authentic message that cannot be read any further. */
static enum teep_type
type_of(const struct dialect *d, struct bytes payload)
{
	struct cbor_in r = cbor_open(payload);

	(void)cbor_array_any(&r, 1, LEN_ANY);
	return (enum teep_type)teep_type_of(d, cbor_uint(&r, 0, UINT64_MAX));
}

static enum err
named(struct turn *t, const char *name, struct bytes *out)
{
	size_t n = strlen(name);
	struct span room;

	*out = BYTES_LIT("default");
	if (n == 0)
		return OK;
	/* The row ends with this call, and the reason does not. */
	room = arena_span(t->mem, n);
	if (room.p == NULL)
		return ERR_MEMORY;
	memcpy(room.p, name, n);
	*out = (struct bytes){room.p, n};
	return OK;
}

/* Is the device heard at this endpoint?  It is pinned to a dialect as to a
 * key: nobody who holds one of the two gets another by asking elsewhere. */
static enum err
is_heard(struct turn *t)
{
	const char *here = t->t->dialect_name == NULL ? "" : t->t->dialect_name;
	struct why *why = &t->out->why;
	struct bytes expected, found;

	t->row.dialect[TAM_DIALECT_MAX - 1] = 0;
	if (strcmp(t->row.dialect, here) != 0) {
		TRY(named(t, t->row.dialect, &expected));
		TRY(named(t, here, &found));
		(void)tam_refuse(t, ERR_DIALECT, "endpoint");
		why->kind = WHY_TEXT;
		why->expected = expected;
		why->found = found;
		return ERR_DIALECT;
	}
	return t->signer != NULL ? OK
				 : tam_refuse(t, ERR_DIALECT, "algorithms");
}

/* Read it in this endpoint's dialect; of another, it is refused by name. */
static enum err
read_message(struct turn *t)
{
	const struct dialect *d = &t->t->dialect;
	enum err e = teep_read(&t->v, d, &t->m, &t->out->why);
	const char *other = dialect_other(d, &dialect_others, t->v.payload, e);

	return other == NULL ? e : tam_refuse(t, ERR_DIALECT, other);
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
	TRY(is_heard(t));
	TRY(read_message(t));
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

	t->out->type = type_of(&t->t->dialect, t->v.payload);
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
