/*
 * cases_tam_success: Success, its token and its SUIT Reports. [TEEP 4.5, 7.1]
 */
#include "cases_tam.h"

#include <string.h>

static struct play *
play_of(void *ctx)
{
	return ctx;
}

static void
honest(struct play *p)
{
	if (tam_session(p) && tam_post(p, tam_success(p)))
		(void)play_judge(p);
}

static void
honest_sealed(struct play *p)
{
	p->seal_reports = true;
	honest(p);
}

/* ---- token -------------------------------------------------------------- */

static void
used_twice(struct play *p)
{
	struct bytes wire;

	if (!tam_session(p))
		return;
	wire = tam_success(p);
	if (tam_post(p, wire) &&
	    play_expect(p, SEEN_REQUEST | SEEN_EMPTY, "Success") &&
	    tam_post(p, wire))
		(void)play_judge(p);
}

/* Used by Success, used again by an Error. */
static void
used_by_error(struct play *p)
{
	if (tam_session(p) && tam_post(p, tam_success(p)) &&
	    tam_post(p, tam_error(p, TEEP_ERR_MANIFEST, p->token, 0)))
		(void)play_judge(p);
}

static void
invented_token(struct play *p)
{
	if (!tam_session(p))
		return;
	p->token = build_random(&p->b, 32);
	if (tam_post(p, tam_success(p)))
		(void)play_judge(p);
}

static void
before_update(struct play *p)
{
	if (!tam_connect(p))
		return;
	p->token = build_random(&p->b, 32);
	if (tam_post(p, tam_success(p)))
		(void)play_judge(p);
}

/* Another device has an Update; I answer with its token.  Its token is still
 * its own afterwards. */
static void
stolen(struct play *p, bool owner)
{
	struct world_device *me = p->me;

	p->me = p->other;
	if (!tam_session(p))
		return;
	p->me = me;
	if (!tam_post(p, tam_success(p)))
		return;
	if (!owner) {
		(void)play_judge(p);
		return;
	}
	p->me = p->other;
	if (tam_post(p, tam_success(p)))
		(void)play_judge(p);
}

static void
of_another(struct play *p)
{
	stolen(p, false);
}

static void
theft_harmless(struct play *p)
{
	stolen(p, true);
}

/* The challenge is no token. */
static void
challenge_as_token(struct play *p)
{
	if (!tam_session(p))
		return;
	p->token = p->challenge;
	if (tam_post(p, tam_success(p)))
		(void)play_judge(p);
}

/* A wrong signature does not spend the token. */
static void
not_burnt(struct play *p)
{
	struct bytes wire;

	if (!tam_session(p))
		return;
	wire = tam_success(p);
	if (tam_post(p, edit(&p->b, wire, EDIT_FLIP, "", -1, BYTES_NONE)) &&
	    play_expect(p, REFUSED_ANYHOW, "a wrong signature") &&
	    tam_post(p, wire))
		(void)play_judge(p);
}

/* ---- proof -------------------------------------------------------------- */

static void
asked_again(struct play *p)
{
	struct bytes first;

	if (!tam_session(p))
		return;
	first = p->challenge;
	if (!tam_post(p, tam_success(p)) || !play_judge(p))
		return;
	if (bytes_same(first, p->m.challenge))
		(void)play_fail(p, "the challenge is the old one");
}

/* The proof is given for the challenge of before. */
static void
old_proof(struct play *p)
{
	struct bytes first;

	if (!tam_session(p))
		return;
	first = p->challenge;
	if (!tam_post(p, tam_success(p)) || !tam_asked(p))
		return;
	p->challenge = first;
	if (tam_answer(p))
		(void)play_judge(p);
}

static void
proven(struct play *p)
{
	const struct bytes image = BYTES_LIT("conform component\n");
	uint8_t digest[DIGEST_LEN];

	if (!tam_session(p) || !tam_post(p, tam_success(p)) || !tam_asked(p))
		return;
	build_fail(&p->b, p->w->crypto->sha256(&image, 1, digest));
	p->has = (struct build_has){
	    BYTES_OF(p->w->app_digest), WORLD_APP, BYTES_OF(digest)};
	p->n_has = 1;
	if (tam_answer(p))
		(void)play_judge(p);
}

/* ---- reports ------------------------------------------------------------ */

static void
key_of(struct build *b, struct build_sign *s, const struct pair *k)
{
	struct build_sign usual = build_sign_usual(b, &k->s, s->payload);

	s->by = usual.by;
	s->prot = usual.prot;
	s->unprot = usual.unprot;
}

static void
by_teep_key(struct build *b, void *ctx, struct build_sign *s)
{
	key_of(b, s, &play_of(ctx)->me->teep);
}

static void
by_evidence_key(struct build *b, void *ctx, struct build_sign *s)
{
	key_of(b, s, &play_of(ctx)->me->evidence);
}

static void
by_other_report_key(struct build *b, void *ctx, struct build_sign *s)
{
	key_of(b, s, &play_of(ctx)->other->report);
}

static void
eat_context(struct build *b, void *ctx, struct build_seal *s)
{
	(void)b;
	(void)ctx;
	s->context = COSE_CTX_EAT;
}

static void
to_stranger(struct build *b, void *ctx, struct build_seal *s)
{
	(void)b;
	s->to = &play_of(ctx)->w->stranger.pub;
}

static void
other_nonce(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "2", 0, build_bstr(b, build_random(b, 32)));
}

/* {4: {5: -1, 6: [[], 0, 0, 0, {}], 7: 11}}: it failed before it began, as
 * any manifest may. */
static void
a_failure(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_SET, "4", 0,
	    BYTES_LIT("\xa3\x05\x20\x06\x85\x80\x00\x00\x00\xa0\x07\x0b"));
}

/* ---- Errors to an Update ------------------------------------------------ */

static void
failed(struct play *p)
{
	if (tam_session(p) &&
	    tam_post(p, tam_error(p, TEEP_ERR_MANIFEST, p->token, 0)))
		(void)play_judge(p);
}

static void
failed_wrong(struct play *p)
{
	if (!tam_session(p))
		return;
	play_wrong(p);
	if (tam_post(p, tam_error(p, TEEP_ERR_MANIFEST, p->token, 0)))
		(void)play_judge(p);
}

static void
failed_invented(struct play *p)
{
	if (tam_session(p) && tam_post(p, tam_error(p, TEEP_ERR_MANIFEST,
					      build_random(&p->b, 32), 0)))
		(void)play_judge(p);
}

// clang-format off
#define R REFUSED_ANYHOW
#define N ""
#define TAKEN (SEEN_REQUEST | SEEN_EMPTY)
static const struct conform_case rows[] = {
{"tam.success.taken", "TEEP 7.1", "Success ends the Update, or leads to the next question", MUST, honest, TAKEN, 0, {{0}}},
{"tam.success.sealed-report", "TEEP 8.2", "Encrypted SUIT Reports are taken", MUST, honest_sealed, TAKEN, 0, {{0}}},
{"tam.success.signature-bit", "TEEP 4.1.2", "The signature of a Success is verified", MUST, on_success, R, 0, {WIRE(EDIT_FLIP, "", -1, N)}},
{"tam.success.unknown-key", "RFC 9397 9.1", "A stranger's Success is nobody's", MUST, on_success, R, 0, {SIGNING(PART_MESSAGE, by_stranger)}},
{"tam.success.trailing", "TEEP 4.1.2", "Nothing follows the signed Success", MUST, on_success, R, 0, {BODY(EDIT_AFTER, "", 0, "\0")}},
{"tam.success.legacy-type", "TEEP 4", "Success is type 4; type 5 with two members is nothing", MUST, on_success, R, 0, {BODY(EDIT_SET, "0", 0, "\x05")}},
{"tam.success.legacy-token", "TEEP 6", "The token stands under label 19, not 20", MUST, on_success, R, 0, {BODY(EDIT_RENAME, "1/19", 0, "\x14")}},
{"tam.success.msg-empty", "TEEP 4.5", "msg has 1 to 128 octets", MUST, on_success, R, 0, {BODY(EDIT_SET, "1/10", 0, "\x60")}},
{"tam.success.msg-control", "TEEP 4.5", "Text is Net-Unicode: no control characters", MUST, on_success, R, 0, {BODY(EDIT_SET, "1/10", 0, "\x63" "a\x1b" "b")}},
{"tam.token.used-twice", "TEEP 7.1", "A token ends with the first valid response that bears it", MUST, used_twice, R, 0, {{0}}},
{"tam.token.used-by-error", "TEEP 7.1", "A token that a Success has used is not good for an Error", MUST, used_by_error, R, 0, {{0}}},
{"tam.token.invented", "TEEP 7.1", "A token that the TAM never sent is refused", MUST, invented_token, R, 0, {{0}}},
{"tam.token.before-update", "TEEP 7.1", "Success answers an Update; without one it is refused", MUST, before_update, R, 0, {{0}}},
{"tam.token.absent", "TEEP 4.5", "Success has the token of the Update", MUST, on_success, R, 0, {BODY(EDIT_DROP, "1/19", 0, N)}},
{"tam.token.cut", "TEEP 4.5", "The token is the Update's, exactly", MUST, on_success, R, 0, {BODY(EDIT_CUT, "1/19", 1, N)}},
{"tam.token.last-bit", "TEEP 4.5", "The token is the Update's, to its last bit", MUST, on_success, R, 0, {BODY(EDIT_FLIP, "1/19", -1, N)}},
{"tam.token.too-long", "TEEP 4.2", "A token has 8 to 64 octets", MUST, on_success, R, 0, {BODY(EDIT_GROW, "1/19", 0, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")}},
{"tam.token.of-another-device", "TEEP 4.2", "A token is good for the device it was sent to", MUST, of_another, R, 0, {{0}}},
{"tam.token.theft-harmless", "TEEP 4.2", "Another device's use does not spend a token", MUST, theft_harmless, TAKEN, 0, {{0}}},
{"tam.token.challenge", "TEEP 4.2", "A challenge is no token", MUST, challenge_as_token, R, 0, {{0}}},
{"tam.token.not-burnt", "TEEP 4.2", "A Success with a wrong signature does not spend the token", MUST, not_burnt, TAKEN, 0, {{0}}},
{"tam.proof.asked", "RFC 9397 6.2.1", "Success is a claim: the TAM asks for new Evidence under a new challenge", SHOULD, asked_again, SEEN_REQUEST, 0, {{0}}},
{"tam.proof.old-challenge", "TEEP 9", "New Evidence answers the new challenge, not the old one", MUST, old_proof, R, 0, {{0}}},
{"tam.proof.done", "TEEP 7.1", "When Evidence shows the component nothing is left to do", MUST, proven, SEEN_EMPTY | SEEN_BARE, 0, {{0}}},
{"tam.report.nonce", "TEEP 7.1", "A SUIT Report carries the token of the Update", MUST, on_success, R, 0, {OCTETS(PART_REPORT, STEP_BODY, other_nonce)}},
{"tam.report.no-nonce", "TEEP 4.5", "A SUIT Report carries the token if there was one", MUST, on_success, R, 0, {REPORT(EDIT_DROP, "2", 0, N)}},
{"tam.report.teep-key", "TEEP 4.5", "SUIT Reports are signed by another key than the message", MUST, on_success, R, 0, {SIGNING(PART_REPORT, by_teep_key)}},
{"tam.report.evidence-key", "Evidence 8", "SUIT Reports are signed by the report key", MUST, on_success, R, 0, {SIGNING(PART_REPORT, by_evidence_key)}},
{"tam.report.other-device", "Evidence 8", "Another device's report key says nothing about this one", MUST, on_success, R, 0, {SIGNING(PART_REPORT, by_other_report_key)}},
{"tam.report.signature-bit", "Evidence 8", "The signature of a SUIT Report holds", MUST, on_success, R, 0, {REPORTED(EDIT_FLIP, "", -1, N)}},
{"tam.report.unsigned", "Evidence 8", "A SUIT Report that nobody signed is refused", MUST, on_success, R, 0, {OCTETS(PART_REPORT, STEP_SIGNED, fault_unsigned)}},
{"tam.report.other-manifest", "Evidence 8", "A report about a manifest that was not sent is refused", MUST, on_success, R, 0, {REPORT(EDIT_FLIP, "99/1/1", -1, N)}},
{"tam.report.no-reference", "Evidence 8", "A report names its manifest", MUST, on_success, R, 0, {REPORT(EDIT_DROP, "99", 0, N)}},
{"tam.report.failure-in-success", "TEEP 4.5", "Success does not carry the report of a failure", MUST, on_success, R, 0, {OCTETS(PART_REPORT, STEP_BODY, a_failure)}},
{"tam.report.result-false", "SUIT Report 4", "A result is true or a map that says what failed", MUST, on_success, R, 0, {REPORT(EDIT_SET, "4", 0, "\xf4")}},
{"tam.report.eat-context", "TEEP 8.2", "The KDF context names SUIT Report Encryption", MUST, on_sealed_success, R, 0, {SEALING(PART_REPORT, eat_context)}},
{"tam.report.another-key", "TEEP 8.2", "A report that is encrypted to another key is refused", MUST, on_sealed_success, R, 0, {SEALING(PART_REPORT, to_stranger)}},
{"tam.failure.taken", "TEEP 7.1", "Error 11 to an Update is recorded and ends it", MUST, failed, SEEN_EMPTY | SEEN_REQUEST, 0, {{0}}},
{"tam.failure.code-zero", "TEEP 4.6", "err-code 0 is refused", MUST, failed_wrong, R, 0, {BODY(EDIT_SET, "2", 0, "\x00")}},
{"tam.failure.code-as-option", "TEEP 4.6", "err-code is the third member", MUST, failed_wrong, R, 0, {BODY(EDIT_DROP, "2", 0, N)}},
{"tam.failure.legacy-type", "TEEP 4", "Error is type 5, not 6", MUST, failed_wrong, R, 0, {BODY(EDIT_SET, "0", 0, "\x06")}},
{"tam.failure.unknown-code", "TEEP 4.6", "An unknown err-code is an unknown error, not a fault", MUST, failed_wrong, SEEN_EMPTY | SEEN_REQUEST, 0, {BODY(EDIT_SET, "2", 0, "\x19\x10\x00")}},
{"tam.failure.invented-token", "TEEP 7.1", "An Error with a token that the TAM never sent is refused", MUST, failed_invented, R, 0, {{0}}},
};
// clang-format on

const struct case_table tam_success_cases = {rows, ARRAY_LEN(rows)};
