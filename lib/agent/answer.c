/*
 * answer: every frame from the broker gets one frame back; this makes it.
 */
#include "agent_int.h"
#include <string.h>

void
answer(struct agent *a, const struct link_frame *f)
{
	uint64_t session = a->reply.session;

	a->reply = *f;
	a->reply.session = session;
	a->has_reply = true;
}

void
answer_none(struct agent *a)
{
	answer(a, &(struct link_frame){.op = LINK_NONE});
}

void
answer_result(struct agent *a, enum err e, struct bytes body)
{
	answer(a, &(struct link_frame){.op = LINK_RESULT,
		      .number = (uint64_t)e,
		      .body = body,
		      .has_body = true});
}

void
answer_abort(struct agent *a, enum err e)
{
	struct why why;

	(void)why_set(&why, e, "exchange");
	agent_log(a, "exchange-aborted", &why, BYTES_NONE);
	agent_close(a);
	answer(
	    a, &(struct link_frame){.op = LINK_ABORT, .number = (uint64_t)e});
}

void
answer_message(struct agent *a, const struct teep_message *m, size_t key)
{
	const struct dialect *d = agent_dialect(a);
	struct signer signer = *a->ports->teep[key];
	struct cbor_out plain = pool_begin(&a->pool);
	struct cbor_out out = cbor_into(a->outbox);
	struct bytes payload, body;
	enum err e;

	/* The same key and the same signature, under the id the peer knows. */
	signer.alg = dialect_alg(d, signer.alg);
	e = teep_write(&plain, d, m);
	if (e == OK)
		e = cbor_done(&plain, &payload);
	if (e == OK)
		e = cose_sign1_write(
		    &out, &signer, payload, NULL, WRITE_TAGGED);
	if (e == OK)
		e = cbor_done(&out, &body);
	if (e != OK) {
		answer_abort(a, e);
		return;
	}
	a->phase = PHASE_WAITING;
	answer(a, &(struct link_frame){
		      .op = LINK_REPLY, .body = body, .has_body = true});
}

/* What each code obliges us to say.                            [TEEP 4.6] */
static void
add_obliged(const struct agent *a, struct teep_message *m)
{
	const struct dialect_offer *o = dialect_offer(agent_dialect(a));
	const struct agent_ports *p = a->ports;

	switch (m->err_code) {
	case TEEP_ERR_FRESHNESS:
		m->has |= TEEP_HAS_FRESHNESS;
		m->freshness =
		    p->launcher->timed ? teep_fresh_both : teep_fresh_nonce;
		return;
	case TEEP_ERR_ATTESTATION_REQUIRED:
		m->has |= TEEP_HAS_FRESHNESS | TEEP_HAS_CHALLENGE;
		m->freshness = teep_fresh_nonce;
		m->challenge = (struct bytes){a->ex.demand.b, a->ex.demand.n};
		return;
	case TEEP_ERR_VERSION:
		m->has |= TEEP_HAS_VERSIONS;
		m->versions = teep_version_0;
		return;
	case TEEP_ERR_CIPHER_SUITES:
		m->has |= TEEP_HAS_SUITES;
		m->suites = p->n_teep > 1                   ? o->both
			    : p->teep[0]->alg == ALG_ESP256 ? o->esp256
							    : o->ed25519;
		return;
	case TEEP_ERR_SUIT_REPORT:
		m->has |= TEEP_HAS_PROFILES;
		m->profiles = o->profile;
		return;
	default:
		return;
	}
}

void
answer_error(struct agent *a, enum err e, const struct teep_message *to,
    uint32_t code, struct list reports)
{
	struct teep_message m = {
	    .type = TEEP_ERROR,
	    .has = TEEP_HAS_ERR_MSG,
	    .err_code = code,
	    .err_msg = BYTES_LIT("message refused"),
	};
	const char *name = err_name(e);

	/* A stranger learns no reason.                        [security 16] */
	if (to != NULL) {
		m.err_msg = (struct bytes){(const uint8_t *)name, strlen(name)};
		m.has |= to->has & TEEP_HAS_TOKEN;
		m.token = to->token;
		add_obliged(a, &m);
	}
	if (reports.n > 0) {
		m.has |= TEEP_HAS_REPORTS;
		m.reports = reports;
	}
	answer_message(a, &m, a->ex.key);
}
