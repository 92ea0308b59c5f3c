/*
 * vouched: what another Verifier says of this TAM, for an agent that demands
 * it.                                        [TEEP 7.1; docs/evidence.md 7]
 *
 * The Result is looked at before it is handed on: what no agent could believe
 * is this TAM's own trouble, and is told to its operator.
 */
#include "tam_int.h"

#include <string.h>

/* Who does not say that all is well has said nothing to an agent. */
static enum err
check(struct turn *t, struct bytes result)
{
	const struct verifier_remote *r = t->t->verifier->remote;
	struct result_ask want = {
	    .kid = t->signer->kid,
	    .nonce = t->m.challenge,
	    .skew = r->skew,
	    .now = t->now,
	    .least = r->least,
	};
	struct verifier_said *said = t->mem->get(t->mem->ctx, sizeof(*said));

	if (said == NULL)
		return ERR_MEMORY;
	memset(said, 0, sizeof(*said));
	return r->check(r->ctx, &want, result, said, &t->out->why);
}

/* Of which profile is it?  A JWT is no payload for an agent. */
static enum err
profile(struct turn *t, struct bytes result, struct teep_message *m)
{
	struct cose_signed s;
	struct eat_claims c;

	TRY(cose_signed_read(
	    result, ACCEPT_SIGN1 | ACCEPT_CWT_TAG, &s, &t->out->why));
	TRY(eat_parse(s.payload, &c, &t->out->why));
	if (bytes_same(c.profile, BYTES_LIT(EAR_PROFILE))) {
		m->has |= TEEP_HAS_FORMAT;
		m->format = BYTES_LIT(EAR_MEDIA_TYPE);
	}
	return OK;
}

enum err
tam_vouched(struct turn *t, struct teep_message *m)
{
	const struct verifier_remote *r = t->t->verifier->remote;
	const struct tam_attester *a = t->t->attester;
	struct verifier_ask ask = {
	    .media = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	    .challenge = t->m.challenge,
	    .teep_kid = t->signer->kid,
	    .now = t->now,
	};
	struct bytes evidence;
	enum err e;

	if (r == NULL)
		return ERR_BUG;
	TRY(tam_ours(a->evidence(
	    a->ctx, t->m.challenge, t->signer->kid, t->mem, &evidence)));
	e = r->ask(r->ctx, &ask, evidence, &m->attestation, &t->out->why);
	if (e == ERR_BUSY)
		return ERR_NET;
	if (e == OK)
		e = check(t, m->attestation);
	if (e == OK)
		e = profile(t, m->attestation, m);
	if (e == OK)
		return OK;
	if (t->out->why.err != e || t->out->why.what == NULL)
		(void)tam_refuse(t, e, "TAM attestation");
	return e;
}
