/*
 * cases_agent_update: Updates that are not for this agent, or not now.
 *                                        [TEEP 7.2.2; docs/evidence.md 7]
 */
#include "cases.h"
#include "conform_agent.h"

#include <string.h>

static struct play *
play_of(void *ctx)
{
	return ctx;
}

static void
by_key(struct build *b, struct build_sign *s, const struct pair *k)
{
	struct build_sign usual = build_sign_usual(b, &k->s, s->payload);

	s->by = usual.by;
	s->prot = usual.prot;
	s->unprot = usual.unprot;
}

static void
other_suite(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	by_key(b, s, &p->w->tam[1 - p->suite]);
}

static void
other_tam(struct build *b, void *ctx, struct build_sign *s)
{
	by_key(b, s, &play_of(ctx)->w->other_tam);
}

static void
strangers_key(struct build *b, void *ctx, struct build_sign *s)
{
	by_key(b, s, &play_of(ctx)->w->stranger);
}

static void
verifiers_key(struct build *b, void *ctx, struct build_sign *s)
{
	by_key(b, s, &play_of(ctx)->w->verifier);
}

static void
cnf_of_stranger(struct build *b, void *ctx, struct bytes *x)
{
	*x = edit(b, *x, EDIT_SET, "8/3", 0,
	    build_bstr(b, BYTES_OF(play_of(ctx)->w->stranger.kid)));
}

static void
cnf_of_evidence(struct build *b, void *ctx, struct bytes *x)
{
	*x = edit(b, *x, EDIT_SET, "8/3", 0,
	    build_bstr(b, BYTES_OF(play_of(ctx)->w->agent_evidence.kid)));
}

static void
nonce_random(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "10", 0, build_bstr(b, build_random(b, 32)));
}

/* The Evidence that was sent, in place of a Result. */
static void
evidence_for_result(struct build *b, void *ctx, struct bytes *x)
{
	*x = build_copy(b, play_of(ctx)->agent->evidence);
	*x = edit(b, *x, EDIT_SET, "2", 0, build_bstr(b, BYTES_LIT("\xa0")));
}

/* Older than what was applied last. */
static void
iat_old(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "6", 0, build_uint(b, 1000000));
}

/* ---- exchanges ---------------------------------------------------------- */

/* It is installed once, so that the agent knows how late it is. */
static void
after_an_update(struct play *p)
{
	if (agent_installed(p))
		on_update(p);
}

static void
judge(struct play *p, struct bytes update)
{
	if (agent_say(p, update) && play_judge(p))
		agent_not_installed(p);
}

/* An honest Update, recorded, in the next exchange. */
static void
recorded(struct play *p)
{
	struct bytes envelope, update;

	if (!agent_attested(p))
		return;
	envelope = agent_app(p);
	update = agent_update(p, &envelope, 1, NULL);
	if (agent_attested(p))
		judge(p, update);
}

/* The same, and the broker plays the old QueryRequest before it. */
static void
recorded_whole(struct play *p)
{
	struct bytes query, envelope, update;

	if (!agent_begin(p))
		return;
	query = agent_query(p);
	if (!agent_say(p, query) ||
	    !play_expect(p, SEEN_ANSWER, "an honest QueryRequest") ||
	    !agent_answered(p))
		return;
	envelope = agent_app(p);
	update = agent_update(p, &envelope, 1, NULL);
	if (!agent_say(p, update) ||
	    !play_expect(p, SEEN_SUCCESS, "an honest Update"))
		return;
	/* the next version, so that the old one would be seen */
	if (!agent_installed(p))
		return;
	build_digest(&p->b, envelope, p->agent->digest);
	if (agent_begin(p) && agent_say(p, query))
		judge(p, update);
}

static void
without_exchange(struct play *p)
{
	struct bytes envelope, update;

	if (!agent_attested(p))
		return;
	envelope = agent_app(p);
	update = agent_update(p, &envelope, 1, NULL);
	if (agent_begin(p))
		judge(p, update);
}

/* After a QueryRequest that was refused. */
static void
after_refusal(struct play *p)
{
	const struct change versions = {.part = PART_MESSAGE,
	    .step = STEP_BODY,
	    .op = EDIT_SET,
	    .path = "1/3",
	    .value = BYTES_LIT("\x81\x07")};
	struct bytes envelope, update;

	if (!agent_attested(p))
		return;
	envelope = agent_app(p);
	update = agent_update(p, &envelope, 1, NULL);
	build_change(&p->b, &versions);
	if (!agent_say(p, agent_query(p)))
		return;
	build_right(&p->b);
	judge(p, update);
}

/* A second QueryRequest replaces the first. */
static void
older_challenge(struct play *p)
{
	struct bytes envelope, update;

	if (!agent_attested(p))
		return;
	envelope = agent_app(p);
	update = agent_update(p, &envelope, 1, NULL);
	if (agent_say(p, agent_query(p)) &&
	    play_expect(p, SEEN_ANSWER, "a second QueryRequest"))
		judge(p, update);
}

static void
twice(struct play *p)
{
	struct bytes envelope, first;

	if (!agent_attested(p))
		return;
	envelope = agent_app(p);
	first = agent_update(p, &envelope, 1, NULL);
	if (agent_say(p, first) &&
	    play_expect(p, SEEN_SUCCESS, "an honest Update") &&
	    agent_say(p, first))
		(void)play_judge(p);
}

/* Another Update under the same answer. */
static void
second_update(struct play *p)
{
	struct bytes envelope;

	if (!agent_sent(p, agent_app(p)) ||
	    !play_expect(p, SEEN_SUCCESS, "an honest Update"))
		return;
	envelope = agent_app(p);
	judge(p, agent_update(p, &envelope, 1, NULL));
}

/* ---- err-code ----------------------------------------------------------- */

static void
err_code_only(struct play *p)
{
	const struct signer *const by[] = {&p->w->tam[p->suite].s};
	const struct teep_message m = {.type = TEEP_UPDATE,
	    .has = TEEP_HAS_ERR_CODE | TEEP_HAS_ERR_MSG,
	    .err_code = 1,
	    .err_msg = BYTES_LIT("conform")};

	if (agent_attested(p) && agent_say(p, build_message(&p->b, &m, by, 1)))
		(void)play_judge(p);
}

/* The labels of the drafts before: manifest-list 10, payload 7, token 20. */
static void
legacy_update(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_RENAME, "1/19", 0, BYTES_LIT("\x14"));
	*x = edit(b, *x, EDIT_RENAME, "1/9", 0, BYTES_LIT("\x0a"));
	*x = edit(b, *x, EDIT_RENAME, "1/6", 0, BYTES_LIT("\x07"));
}

/* ---- removal ------------------------------------------------------------ */

static void
removed(struct play *p)
{
	uint8_t digest[DIGEST_LEN];
	bool does;

	if (!agent_installed(p))
		return;
	memcpy(digest, p->agent->digest, DIGEST_LEN);
	if (!agent_say(p, agent_update(p, NULL, 0, WORLD_APP)) ||
	    !play_judge(p))
		return;
	if (agent_lists(p, digest, &does) && does)
		(void)play_fail(p, "and yet new Evidence lists it");
}

static void
removed_unbound(struct play *p)
{
	uint8_t digest[DIGEST_LEN];
	bool does;

	if (!agent_installed(p))
		return;
	memcpy(digest, p->agent->digest, DIGEST_LEN);
	play_wrong(p);
	if (!agent_say(p, agent_update(p, NULL, 0, WORLD_APP)) ||
	    !play_judge(p))
		return;
	if (agent_lists(p, digest, &does) && !does)
		(void)play_fail(p, "and yet it is gone");
}

/* An old removal does not take away what was installed since. */
static void
recorded_removal(struct play *p)
{
	uint8_t digest[DIGEST_LEN];
	struct bytes removal;
	bool does;

	if (!agent_installed(p))
		return;
	removal = agent_update(p, NULL, 0, WORLD_APP);
	if (!agent_installed(p))
		return;
	memcpy(digest, p->agent->digest, DIGEST_LEN);
	if (!agent_say(p, removal) || !play_judge(p))
		return;
	if (agent_lists(p, digest, &does) && !does)
		(void)play_fail(p, "and yet it is gone");
}

static void
remove_policy(struct play *p)
{
	if (!agent_attested(p) ||
	    !agent_say(p, agent_update(p, NULL, 0, "policy")))
		return;
	if (play_judge(p))
		(void)agent_attested(p); /* it still knows its TAM */
}

static void
remove_others(struct play *p)
{
	if (agent_attested(p) &&
	    agent_say(p, agent_update(p, NULL, 0, "conform-other/app")))
		(void)play_judge(p);
}

/* Removal fails: what comes after it must not be installed. */
static void
remove_then_install(struct play *p)
{
	struct bytes envelope;

	if (!agent_attested(p))
		return;
	envelope = agent_app(p);
	judge(p, agent_update(p, &envelope, 1, "conform/never-there"));
}

// clang-format off
#define N ""
#define R REFUSED_ANYHOW
#define RESULT(op, path, n, v) AT(PART_RESULT, STEP_BODY, op, path, n, v)
static const struct conform_case rows[] = {
/* who says so */
{"agent.update.signature-bit", "TEEP 4.1.2", "The signature of an Update is verified", MUST, on_update, R, 0, {WIRE(EDIT_FLIP, "", -1, N)}},
{"agent.update.stranger", "RFC 9397 9.1", "Only TAMs that the agent trusts may install", MUST, on_update, R, 0, {SIGNING(PART_MESSAGE, strangers_key)}},
{"agent.update.other-tam", "RFC 9397 9.5", "Another trusted TAM has not been answered", MUST, on_update, R, 0, {SIGNING(PART_MESSAGE, other_tam)}},
{"agent.update.verifier", "RFC 9397 9.4", "A Verifier's key is no TAM's key", MUST, on_update, R, 0, {SIGNING(PART_MESSAGE, verifiers_key)}},
{"agent.update.other-suite", "TEEP 8.1", "One suite in both directions", MUST, on_update, R, 0, {SIGNING(PART_MESSAGE, other_suite)}},
{"agent.update.trailing", "TEEP 4.1.2", "Nothing follows the signed Update", MUST, on_update, R, 0, {BODY(EDIT_AFTER, "", 0, "\0")}},
{"agent.update.option-twice", "TEEP 4", "An option label may stand once only", MUST, on_update, R, 0, {BODY(EDIT_TWICE, "1/9", 0, N)}},
{"agent.update.legacy-labels", "TEEP 6", "Option labels have the registered numbers, not those of older drafts", MUST, on_update, R | SEEN_SUCCESS, 0, {OCTETS(PART_MESSAGE, STEP_BODY, legacy_update)}},
{"agent.update.legacy-not-installed", "TEEP 6", "What stands under older labels is not installed", MUST, on_update, R, 0, {BODY(EDIT_RENAME, "1/6", 0, "\x07"), BODY(EDIT_RENAME, "1/19", 0, "\x14")}},
{"agent.update.three-members", "TEEP 4", "An Update has exactly two members", MUST, on_update, R, 0, {BODY(EDIT_APPEND, "", 0, "\x00")}},
{"agent.update.unknown-option", "TEEP 4.2", "Unknown option labels are ignored", MUST, on_update, SEEN_SUCCESS, 0, {BODY(EDIT_SET, "1/999", 0, "\x01")}},
/* token */
{"agent.token.absent", "TEEP 4.4", "An Update that wants an answer has a token", SHOULD, on_update, R, 0, {BODY(EDIT_DROP, "1/19", 0, N)}},
{"agent.token.seven-octets", "TEEP 4.2", "A token has 8 to 64 octets", MUST, on_update, R, 0, {BODY(EDIT_SET, "1/19", 0, "\x47" "1234567")}},
/* bound to this agent and exchange */
{"agent.bound.no-result", "Evidence 7", "An Update that installs carries this exchange's Result", MUST, on_update, R, 0, {BODY(EDIT_DROP, "1/6", 0, N)}},
{"agent.bound.empty-result", "Evidence 7", "An empty attestation-payload is no Result", MUST, on_update, R, 0, {BODY(EDIT_SET, "1/6", 0, "\x40")}},
{"agent.bound.evidence", "Evidence 7", "Evidence is no Result, whoever signed it", MUST, on_update, R, 0, {OCTETS(PART_RESULT, STEP_SIGNED, evidence_for_result)}},
{"agent.bound.format", "TEEP 7.1.1", "A payload under another format is no Result", MUST, on_update, R, 0, {BODY(EDIT_SET, "1/12", 0, "\x78\x18" "application/octet-stream")}},
{"agent.bound.cnf", "Evidence 7", "A Result about another key is another device's", MUST, on_update, R, 0, {OCTETS(PART_RESULT, STEP_BODY, cnf_of_stranger)}},
{"agent.bound.cnf-evidence-key", "Evidence 7", "cnf is the TEEP key, not another key of the device", MUST, on_update, R, 0, {OCTETS(PART_RESULT, STEP_BODY, cnf_of_evidence)}},
{"agent.bound.no-cnf", "Evidence 7", "A Result without cnf is anybody's", MUST, on_update, R, 0, {RESULT(EDIT_DROP, "8", 0, N)}},
{"agent.bound.cnf-cut", "Evidence 7", "cnf is the whole thumbprint", MUST, on_update, R, 0, {RESULT(EDIT_CUT, "8/3", 8, N)}},
{"agent.bound.nonce", "Evidence 7", "A Result for another challenge is of another exchange", MUST, on_update, R, 0, {OCTETS(PART_RESULT, STEP_BODY, nonce_random)}},
{"agent.bound.nonce-bit", "Evidence 7", "The nonce is the challenge to its last bit", MUST, on_update, R, 0, {RESULT(EDIT_FLIP, "10", -1, N)}},
{"agent.bound.no-nonce", "Evidence 7", "A Result without nonce is of any exchange", MUST, on_update, R, 0, {RESULT(EDIT_DROP, "10", 0, N)}},
{"agent.bound.no-iat", "Evidence 7", "iat is there", MUST, on_update, R, 0, {RESULT(EDIT_DROP, "6", 0, N)}},
{"agent.bound.iat-old", "Evidence 7", "iat is not below that of the last Update", MUST, after_an_update, R, 0, {OCTETS(PART_RESULT, STEP_BODY, iat_old)}},
{"agent.bound.recorded", "TEEP 10", "An Update of an earlier exchange is refused", MUST, recorded, R, 0, {{0}}},
{"agent.bound.recorded-whole", "TEEP 10", "An earlier exchange, played again as a whole, is refused", MUST, recorded_whole, R, 0, {{0}}},
{"agent.bound.without-exchange", "Evidence 7", "Without an open exchange no Update is taken", MUST, without_exchange, R, 0, {{0}}},
{"agent.bound.after-refusal", "Evidence 7", "A QueryRequest that was refused opens no exchange", MUST, after_refusal, R, 0, {{0}}},
{"agent.bound.older-challenge", "Evidence 7", "The challenge is the one that was answered last", MUST, older_challenge, R, 0, {{0}}},
{"agent.bound.twice", "Evidence 7", "An Update is taken once", MUST, twice, R, 0, {{0}}},
{"agent.bound.second-update", "Evidence 7", "An answer is good for one Update", SHOULD, second_update, R, 0, {{0}}},
/* err-code */
{"agent.update.err-code-only", "TEEP 7.2.2", "An Update that holds err-code only is taken note of, never as an install", MUST, err_code_only, SEEN_EMPTY | SEEN_SUCCESS | SEEN_ERROR, 0, {{0}}},
{"agent.update.err-code-zero", "TEEP 4.4", "err-code is not 0", MUST, on_update, R, 0, {BODY(EDIT_SET, "1/22", 0, "\x00")}},
/* removal */
{"agent.remove.removed", "TEEP 7.2.2", "Unneeded manifests are unlinked, and new Evidence shows it", MUST, removed, SEEN_SUCCESS, 0, {{0}}},
{"agent.remove.unbound", "Evidence 7", "A removal carries this exchange's Result", MUST, removed_unbound, R, 0, {BODY(EDIT_DROP, "1/6", 0, N)}},
{"agent.remove.recorded", "TEEP 10", "An old removal takes nothing away", MUST, recorded_removal, R, 0, {{0}}},
{"agent.remove.policy", "RFC 9397 9.5", "A TAM does not remove the agent's policy", MUST, remove_policy, R, 0, {{0}}},
{"agent.remove.others", "RFC 9397 9.5", "A TAM does not remove what is another's", MUST, remove_others, R, 0, {{0}}},
{"agent.remove.then-install", "TEEP 7.2.2", "A removal that fails stops the Update before anything is installed", MUST, remove_then_install, R, 0, {{0}}},
};
// clang-format on

const struct case_table agent_update_cases = {rows, ARRAY_LEN(rows)};
