/*
 * conform_agent: a TAM in steps: what an honest one says to an agent.
 */
#include "conform_agent.h"

#include <string.h>
#include <time.h>

#define PAYLOAD "conform component, for an agent\n"
/* An agent may remember only so many tokens of one second. */
#define UPDATES_A_SECOND 6

bool
agent_begin(struct play *p)
{
	struct agent_play *a = p->agent;
	enum err e;

	if (a->open)
		agent_line_end(a->line);
	a->open = false;
	e = agent_line_begin(a->line);
	if (e != OK)
		return play_fail(
		    p, "the agent opens no session: %s", err_name(e));
	a->open = true;
	return true;
}

bool
agent_say(struct play *p, struct bytes message)
{
	struct agent_play *a = p->agent;
	struct bytes answer;
	enum err e = p->b.err;

	if (e != OK)
		return play_fail(
		    p, "the message cannot be made: %s", err_name(e));
	e = agent_line_say(a->line, &p->b, message, &answer);
	if (e != OK) {
		a->open = false;
		return play_fail(p, "no answer: %s", err_name(e));
	}
	if (answer.n == 0 && a->line->http)
		a->open = false;
	p->reply =
	    (struct reply){.status = answer.n > 0 ? 200 : 204, .body = answer};
	return true;
}

struct bytes
agent_query(struct play *p)
{
	struct agent_play *a = p->agent;
	const struct signer *const by[] = {&p->w->tam[1].s, &p->w->tam[0].s};
	struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .has = a->ask_has,
	    .suites = dialect_offer(NULL)->both,
	    .profiles = dialect_offer(NULL)->profiles,
	    .items = a->ask_items,
	    .token = BYTES_LIT("conform token 01"),
	    .versions = teep_version_0,
	    .freshness = teep_fresh_nonce,
	};

	a->challenge = build_random(&p->b, 32);
	m.challenge = a->challenge;
	return build_message(&p->b, &m, by, 2);
}

/* ---- the QueryResponse -------------------------------------------------- */

static enum err
find_evidence(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct play *p = ctx;

	(void)alg;
	if (nth > 0 || !bytes_same(kid, BYTES_OF(p->w->agent_evidence.kid)))
		return ERR_UNKNOWN_KEY;
	*out = p->w->agent_evidence.pub;
	return OK;
}

bool
agent_answered(struct play *p)
{
	const struct keyring ring = {p, find_evidence};
	struct agent_play *a = p->agent;
	struct span room = build_room(&p->b, INPUT_MAX / 32);
	struct bytes in = p->m.attestation;
	struct verified v;
	struct why why = {0};
	enum err e = OK;

	if (p->m.type != TEEP_QUERY_RESPONSE ||
	    (p->m.has & TEEP_HAS_ATTESTATION) == 0)
		return play_fail(p, "a QueryResponse without Evidence");
	if (cose_is_encrypt(in))
		e = cose_decrypt(p->w->crypto, &p->w->tam_agree, COSE_CTX_EAT,
		    in, room, &in, &why);
	if (e == OK)
		e = cose_verify(
		    p->w->crypto, &ring, ACCEPT_SIGN1, in, &v, &why);
	if (e == OK)
		e = eat_read(&v, &a->claims, &why);
	if (e != OK)
		return play_fail(p, "its Evidence: %s (%s)", err_name(e),
		    why.what != NULL ? why.what : "");
	a->evidence = in;
	a->claims_raw = v.payload;
	return true;
}

bool
agent_attested(struct play *p)
{
	return agent_begin(p) && agent_say(p, agent_query(p)) &&
	       play_expect(p, SEEN_ANSWER, "an honest QueryRequest") &&
	       agent_answered(p);
}

/* ---- the Update --------------------------------------------------------- */

/* Seconds that go on faster than the clock where many Updates are sent, and
 * never back: an agent takes no Update that is older than the last. */
static uint64_t
next_iat(struct agent_line *l)
{
	uint64_t now = (uint64_t)time(NULL);

	if (l->iat < now) {
		l->iat = now;
		l->of_second = 0;
	} else if (++l->of_second == UPDATES_A_SECOND) {
		l->iat++;
		l->of_second = 0;
	}
	return l->iat;
}

struct bytes
agent_update(struct play *p, const struct bytes *envelope, size_t n,
    const char *unneeded)
{
	struct agent_play *a = p->agent;
	const struct signer *const by[] = {&p->w->tam[p->suite].s};
	struct teep_message m = {
	    .type = TEEP_UPDATE,
	    .has = TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION,
	};
	struct build_result r = {
	    .by = &p->w->verifier.s,
	    .nonce = a->challenge,
	    .ueid = a->claims.ueid,
	    .oemid = a->claims.oemid,
	    .hwmodel = a->claims.hwmodel,
	    .hwversion = a->claims.hwversion,
	    .manifests = a->claims.manifests,
	    .iat = next_iat(a->line),
	};

	memcpy(r.cnf, p->w->agent_teep.kid, KID_LEN);
	r.exp = r.iat + 3600;
	m.attestation = build_result(&p->b, &r);
	a->token = build_random(&p->b, 32);
	m.token = a->token;
	if (n > 0) {
		m.has |= TEEP_HAS_MANIFESTS;
		m.manifests = build_list(&p->b, envelope, n);
	}
	if (unneeded != NULL) {
		m.has |= TEEP_HAS_UNNEEDED;
		m.unneeded = (struct list){build_id(&p->b, unneeded), 1};
	}
	if (p->b.err != OK)
		return BYTES_NONE;
	return build_message(&p->b, &m, by, 1);
}

struct suit_recipe
agent_recipe(struct play *p, const char *id)
{
	return world_recipe(&p->b, id, ++p->agent->line->sequence,
	    BYTES_LIT(PAYLOAD), p->agent->image);
}

struct bytes
agent_envelope(
    struct play *p, const struct suit_recipe *r, const struct pair *by)
{
	const struct signer *const s[] = {by != NULL ? &by->s : NULL};
	struct bytes envelope = build_manifest(&p->b, r, s, by != NULL ? 1 : 0);

	if (p->b.err == OK)
		build_digest(&p->b, envelope, p->agent->digest);
	return envelope;
}

struct bytes
agent_app(struct play *p)
{
	const struct suit_recipe r = agent_recipe(p, WORLD_APP);

	return agent_envelope(p, &r, &p->w->author);
}

bool
agent_sent(struct play *p, struct bytes envelope)
{
	return agent_attested(p) &&
	       agent_say(p, agent_update(p, &envelope, 1, NULL));
}

bool
agent_lists(struct play *p, const uint8_t digest[DIGEST_LEN], bool *does)
{
	struct eat_manifest one;
	struct cbor_in r;

	*does = false;
	build_right(&p->b);
	if (!agent_attested(p))
		return false;
	r = cbor_items(p->agent->claims.manifests);
	for (size_t i = 0; i < p->agent->claims.manifests.n; i++)
		if (eat_manifest_read(&r, &one) == OK &&
		    bytes_same(one.digest, (struct bytes){digest, DIGEST_LEN}))
			*does = true;
	return true;
}

bool
agent_installed(struct play *p)
{
	uint8_t digest[DIGEST_LEN];
	bool does;

	if (!agent_sent(p, agent_app(p)) ||
	    !play_expect(p, SEEN_SUCCESS, "an honest Update"))
		return false;
	memcpy(digest, p->agent->digest, DIGEST_LEN);
	if (!agent_lists(p, digest, &does))
		return false;
	return does || play_fail(p, "new Evidence does not list it");
}

void
agent_not_installed(struct play *p)
{
	uint8_t digest[DIGEST_LEN];
	bool does;

	memcpy(digest, p->agent->digest, DIGEST_LEN);
	if (p->outcome == PASSED && agent_lists(p, digest, &does) && does)
		(void)play_fail(p, "and yet new Evidence lists it");
}

/* ---- whole cases -------------------------------------------------------- */

void
on_query(struct play *p)
{
	if (!agent_begin(p))
		return;
	play_wrong(p);
	if (agent_say(p, agent_query(p)))
		(void)play_judge(p);
}

void
on_update(struct play *p)
{
	struct bytes envelope;

	if (!agent_attested(p))
		return;
	play_wrong(p);
	envelope = agent_app(p);
	if (!agent_say(p, agent_update(p, &envelope, 1, NULL)) ||
	    !play_judge(p))
		return;
	if ((p->c->expect & SEEN_SUCCESS) == 0)
		agent_not_installed(p);
}

/* ---- one case ----------------------------------------------------------- */

void
play_agent(struct play *p)
{
	size_t wrong;

	p->suite = p->w->agent_teep.pub.crv == CRV_P256 ? 0 : 1;
	p->outcome = PASSED;
	p->alg = ALG_A128GCM;
	p->b = build_new(p->w->crypto);
	p->agent->ask_has = TEEP_HAS_CHALLENGE;
	p->agent->ask_items = TEEP_ITEM_ATTESTATION | TEEP_ITEM_COMPONENTS;
	p->c->play(p);
	wrong = 0;
	for (size_t i = 0; i < CASE_CHANGES; i++)
		wrong += p->change[i].op != EDIT_NONE ||
			 p->change[i].octets != NULL ||
			 p->change[i].sign != NULL || p->change[i].seal != NULL;
	if (p->outcome == PASSED && p->b.err != OK)
		(void)play_fail(
		    p, "the case cannot be made: %s", err_name(p->b.err));
	if (p->outcome == PASSED && p->b.n_applied < wrong)
		(void)play_fail(p, "the case changes nothing");
	if (p->agent->open)
		agent_line_end(p->agent->line);
	p->agent->open = false;
	build_free(&p->b);
}
