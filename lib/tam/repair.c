/*
 * repair: what a device may have that has not proven itself.
 *                                         [TEEP 9.2 1; security 1, 16]
 *
 * Only where signature, endorsement and binding of its Evidence held, so that
 * it is known which device failed and at what; only what the operator has set
 * aside for that cause; and nothing secret.  What else stands in the message
 * is not believed and not acted upon.
 */
#include "tam_int.h"

#include <string.h>

/* The store has refused such a manifest when it was set aside. */
static enum err
plain_check(struct turn *t, const struct tam_manifest *m)
{
	const struct tam_view *v = t->t->view;
	struct suit_manifest parsed;
	struct bytes envelope;
	enum err e = v->envelope(v->ctx, m->digest, t->mem, &envelope);

	if (e != OK)
		return tam_store(e);
	e = suit_parse(envelope, &parsed, NULL);
	return e == OK && suit_plain(&parsed) ? OK : ERR_STORE;
}

static enum err
plan_repair(struct turn *t, struct plan *p)
{
	const struct tam_view *v = t->t->view;
	struct bytes cause = t->out->appraisal.failed;
	struct tam_manifest m;

	for (size_t nth = 0; nth < TAM_ROWS_MAX; nth++) {
		enum err e = tam_row_check(
		    v->repair(v->ctx, t->row.id, cause, nth, &m), &m);

		if (e == ERR_NOT_FOUND)
			break;
		TRY(e);
		TRY(plain_check(t, &m));
		tam_plan_send(p, &m);
	}
	return OK;
}

enum err
tam_repair(struct turn *t, const struct verifier_ask *ask)
{
	const struct appraisal *a = &t->out->appraisal;
	struct plan *p;

	/* What was sent a moment ago and did not help is not sent twice. */
	if (!a->bound || a->failed.n == 0 || t->again)
		return ERR_NOT_FOUND;
	p = t->mem->get(t->mem->ctx, sizeof(*p));
	if (p == NULL)
		return ERR_MEMORY;
	TRY(plan_repair(t, p));
	if (p->n_send == 0)
		return ERR_NOT_FOUND;
	/* To what is fresh by its time alone nothing can be bound. */
	if (!t->under)
		return tam_ask_evidence(t);
	TRY(tam_say_update(t, p, ask));
	t->out->repair = true;
	return OK;
}

/* AR4SI: something runs or stands there that is not recognised. */
#define UNRECOGNISED 33

static enum err
warning_write(struct cbor_out *w, const struct turn *t,
    const struct verifier_ask *ask, struct bytes cnf)
{
	uint8_t scratch[512];
	const struct ear e = {
	    .has = EAR_RESULT_HAS_EXP | EAR_RESULT_HAS_CNF |
		   EAR_RESULT_HAS_NONCE | EAR_RESULT_HAS_STATUS,
	    .iat = t->now,
	    .exp = t->now + t->t->config.challenge_life,
	    .cnf = cnf,
	    .nonce = ask->challenge,
	    .status = EAR_CONTRAINDICATED,
	    .developer = BYTES_LIT("tamarind"),
	    .build = BYTES_LIT("tamd"),
	};
	const struct ear_appraisal a = {
	    .has = EAR_HAS_STATUS | EAR_HAS_VECTOR | EAR_HAS_NONCE,
	    .name = BYTES_LIT("agent"),
	    .status = EAR_CONTRAINDICATED,
	    .vector = {.has = 1 << EAR_EXECUTABLES,
		.value = {[EAR_EXECUTABLES] = UNRECOGNISED}},
	    .nonce = ask->challenge,
	};

	return ear_write(w, &e, &a, 1, SPAN_OF(scratch));
}

enum err
tam_put_warning(
    struct turn *t, const struct verifier_ask *ask, struct bytes *out)
{
	uint8_t cnf[48];
	struct span room = arena_span(t->mem, 512);
	struct cbor_out w = cbor_into(SPAN_OF(cnf));
	struct bytes key, claims;

	if (room.p == NULL)
		return ERR_MEMORY;
	eat_cnf_put_kid(&w, ask->teep_kid);
	TRY(tam_ours(cbor_done(&w, &key)));
	w = cbor_into(room);
	TRY(tam_ours(warning_write(&w, t, ask, key)));
	TRY(tam_ours(cbor_done(&w, &claims)));
	return tam_sign_result(t, claims, out);
}
