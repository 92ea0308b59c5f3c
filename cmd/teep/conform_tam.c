/*
 * conform_tam: an agent in steps: what a healthy device says to a TAM.
 */
#include "conform_tam.h"

#include <string.h>
#include <time.h>

/* A TAM under flood may share one QueryRequest for a second. */
#define SHARED_TRIES 30

bool
tam_post(struct play *p, struct bytes message)
{
	enum err e = p->b.err;

	if (e != OK)
		return play_fail(
		    p, "the message cannot be made: %s", err_name(e));
	e = target_post(p->t, &p->b, message, &p->reply);
	if (e != OK)
		return play_fail(p, "no answer: %s", err_name(e));
	return true;
}

bool
tam_asked(struct play *p)
{
	if (!play_expect(p, SEEN_REQUEST, "what came before"))
		return false;
	if ((p->m.has & TEEP_HAS_CHALLENGE) == 0)
		return play_fail(p, "the QueryRequest has no challenge");
	p->request = p->reply.body;
	p->challenge = p->m.challenge;
	memcpy(p->audience, p->v.kid, KID_LEN);
	return true;
}

/* The key of the device's suite is the one that Evidence is made for. */
static bool
audience(struct play *p)
{
	memcpy(p->audience, p->w->tam[p->suite].kid, KID_LEN);
	return true;
}

bool
tam_connect(struct play *p)
{
	static uint8_t last[KID_LEN];

	for (unsigned i = 0; i < SHARED_TRIES; i++) {
		const struct timespec pause = {0, 50000000};

		if (!tam_post(p, BYTES_NONE) || !tam_asked(p))
			return false;
		if (p->challenge.n < KID_LEN ||
		    memcmp(last, p->challenge.p, KID_LEN) != 0)
			break;
		(void)nanosleep(&pause, NULL);
	}
	if (p->challenge.n >= KID_LEN)
		memcpy(last, p->challenge.p, KID_LEN);
	return audience(p);
}

struct bytes
tam_message_by_me(struct play *p, const struct teep_message *m)
{
	const struct signer *const by[] = {&p->me->teep.s};

	return build_message(&p->b, m, by, 1);
}

struct bytes
tam_response(struct play *p)
{
	const struct build_device d = world_build_device(p->me);
	struct teep_message m = {
	    .type = TEEP_QUERY_RESPONSE,
	    .has = TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT | TEEP_HAS_TC_LIST,
	    .format = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	};
	struct build_seal seal = {&p->w->tam_enc.pub, COSE_CTX_EAT, p->alg};

	if (p->clear || !p->w->tam_enc.there)
		seal.to = NULL;
	m.attestation = build_evidence(
	    &p->b, &d, p->challenge, p->audience, &p->has, p->n_has, seal);
	if (p->b.err != OK)
		return BYTES_NONE;
	return tam_message_by_me(p, &m);
}

bool
tam_answer(struct play *p)
{
	return tam_post(p, tam_response(p));
}

bool
tam_updated(struct play *p)
{
	if (!play_expect(p, SEEN_INSTALL, "honest Evidence"))
		return false;
	p->update = p->reply.body;
	p->token = p->m.token;
	return true;
}

bool
tam_session(struct play *p)
{
	return tam_connect(p) && tam_answer(p) && tam_updated(p);
}

struct bytes
tam_success(struct play *p)
{
	struct build_seal seal = {&p->w->tam_enc.pub, COSE_CTX_REPORT, p->alg};
	struct teep_message m = {
	    .type = TEEP_SUCCESS, .has = TEEP_HAS_REPORTS, .token = p->token};
	struct bytes report;

	if (p->token.n > 0)
		m.has |= TEEP_HAS_TOKEN;
	if (!p->seal_reports || !p->w->tam_enc.there)
		seal.to = NULL;
	report = build_report(
	    &p->b, &p->me->report.s, p->w->app_digest, p->token, OK, seal);
	m.reports = build_list(&p->b, &report, 1);
	if (p->b.err != OK)
		return BYTES_NONE;
	return tam_message_by_me(p, &m);
}

struct bytes
tam_error(struct play *p, uint32_t code, struct bytes token, uint32_t has)
{
	struct teep_message m = {
	    .type = TEEP_ERROR,
	    .has = has | TEEP_HAS_ERR_MSG,
	    .err_code = code,
	    .err_msg = BYTES_LIT("conform"),
	    .token = token,
	    .freshness = teep_fresh_nonce,
	    .versions = teep_version_0,
	    .suites = p->suite == 0 ? dialect_offer(NULL)->esp256
				    : dialect_offer(NULL)->ed25519,
	    .profiles = dialect_offer(NULL)->profiles,
	    .challenge = BYTES_LIT("0123456789abcdef0123456789abcdef"),
	};

	if (token.n > 0)
		m.has |= TEEP_HAS_TOKEN;
	return tam_message_by_me(p, &m);
}

/* ---- whole cases -------------------------------------------------------- */

void
on_response(struct play *p)
{
	if (!tam_connect(p))
		return;
	play_wrong(p);
	if (tam_answer(p))
		(void)play_judge(p);
}

void
on_clear_response(struct play *p)
{
	if (!p->w->tam_enc.there) {
		play_skip(p, "the TAM has no encryption key");
		return;
	}
	p->clear = true;
	on_response(p);
}

static void
with_alg(struct play *p, int32_t alg)
{
	if (!p->w->tam_enc.there) {
		play_skip(p, "the TAM has no encryption key");
		return;
	}
	p->alg = alg;
	on_response(p);
}

void
on_ctr_response(struct play *p)
{
	with_alg(p, ALG_A128CTR);
}

void
on_chacha_response(struct play *p)
{
	with_alg(p, ALG_CHACHA20_POLY1305);
}

void
on_success(struct play *p)
{
	if (!tam_session(p))
		return;
	play_wrong(p);
	if (tam_post(p, tam_success(p)))
		(void)play_judge(p);
}

void
on_sealed_success(struct play *p)
{
	if (!p->w->tam_enc.there) {
		play_skip(p, "the TAM has no encryption key");
		return;
	}
	p->seal_reports = true;
	on_success(p);
}

/* A session that has ended, and a new one. */
void
on_demand(struct play *p)
{
	if (!p->w->tam_result.there) {
		play_skip(p, "who signs Results about this TAM is not known");
		return;
	}
	if (!tam_connect(p) || !tam_answer(p) || !tam_connect(p))
		return;
	play_wrong(p);
	if (tam_post(p, tam_error(p, TEEP_ERR_ATTESTATION_REQUIRED, BYTES_NONE,
			    TEEP_HAS_FRESHNESS | TEEP_HAS_CHALLENGE)))
		(void)play_judge(p);
}

/* ---- one case ----------------------------------------------------------- */

void
play_tam(struct play *p)
{
	size_t first = p->suite * (WORLD_DEVICES / 2);

	p->me = &p->w->device[first];
	p->other = &p->w->device[first + 1];
	p->alg = ALG_A128GCM;
	p->outcome = PASSED;
	p->b = build_new(p->w->crypto);
	p->c->play(p);
	if (p->outcome == PASSED && p->b.err != OK)
		(void)play_fail(
		    p, "the case cannot be made: %s", err_name(p->b.err));
	/* a change that did not happen would prove nothing */
	if (p->outcome == PASSED && p->b.n_applied < p->b.n_changes)
		(void)play_fail(p, "the case changes nothing");
	build_free(&p->b);
}
