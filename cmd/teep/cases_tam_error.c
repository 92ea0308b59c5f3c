/*
 * cases_tam_error: Errors to a QueryRequest: ask otherwise, attest yourself.
 *                                                       [TEEP 7.1, 8]
 */
#include "cases_tam.h"

#include <string.h>
#include <time.h>

/* An honest session first, so that a new exchange begins. */
static bool
ready(struct play *p)
{
	return tam_connect(p) && tam_answer(p) && tam_connect(p);
}

static void
with_code(struct play *p, uint32_t code, uint32_t has)
{
	if (!ready(p))
		return;
	play_wrong(p);
	if (tam_post(p, tam_error(p, code, BYTES_NONE, has)))
		(void)play_judge(p);
}

static void
version(struct play *p)
{
	with_code(p, TEEP_ERR_VERSION, TEEP_HAS_VERSIONS);
	if (p->outcome == PASSED && p->m.type == TEEP_QUERY_REQUEST &&
	    (p->m.has & TEEP_HAS_VERSIONS) != 0 &&
	    !teep_uints_have(p->m.versions, 0))
		(void)play_fail(p, "the new versions lack 0");
}

static void
freshness(struct play *p)
{
	with_code(p, TEEP_ERR_FRESHNESS, TEEP_HAS_FRESHNESS);
}

static void
profile(struct play *p)
{
	with_code(p, TEEP_ERR_SUIT_REPORT, TEEP_HAS_PROFILES);
}

static void
suite(struct play *p)
{
	struct cose_signed s;
	int32_t alg = p->suite == 0 ? ALG_ESP256 : ALG_ED25519;

	with_code(p, TEEP_ERR_CIPHER_SUITES, TEEP_HAS_SUITES);
	if (p->outcome != PASSED || p->m.type != TEEP_QUERY_REQUEST)
		return;
	if (!teep_suites_have(p->m.suites, alg))
		(void)play_fail(p, "the agent's suite is not offered");
	if (cose_signed_read(
		p->reply.body, ACCEPT_SIGN1 | ACCEPT_SIGN, &s, NULL) == OK &&
	    !s.multi && s.alg != alg)
		(void)play_fail(
		    p, "it is signed with algorithm %d", (int)s.alg);
}

static void
permanent(struct play *p)
{
	with_code(p, TEEP_ERR_PERMANENT, 0);
}

/* ---- the TAM attests itself --------------------------------------------- */

static enum err
find_result(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct play *p = ctx;

	(void)kid;
	(void)alg;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	*out = p->w->tam_result.pub;
	return OK;
}

/* The Result about the TAM in its QueryRequest. */
static bool
own_result(struct play *p, struct eat_claims *c)
{
	const struct keyring ring = {p, find_result};
	struct verified v;
	struct why why = {0};
	enum err e;

	on_demand(p);
	if (p->outcome != PASSED)
		return false;
	if ((p->m.has & TEEP_HAS_ATTESTATION) == 0)
		return play_fail(p, "no attestation-payload");
	e = cose_verify(
	    p->w->crypto, &ring, ACCEPT_SIGN1, p->m.attestation, &v, &why);
	if (e != OK)
		return play_fail(p, "the Result: %s", err_name(e));
	if (eat_read(&v, c, &why) != OK || eat_result_complete(c, &why) != OK)
		return play_fail(p, "the Result: %s",
		    why.what != NULL ? why.what : "unreadable");
	return true;
}

static void
self_result(struct play *p)
{
	struct eat_claims c = {0};

	(void)own_result(p, &c);
}

static void
self_nonce(struct play *p)
{
	struct eat_claims c = {0};

	if (own_result(p, &c) &&
	    !bytes_same(c.nonce, BYTES_LIT("0123456789abcdef0123456789abcdef")))
		(void)play_fail(p, "eat_nonce is not the agent's challenge");
}

static void
self_cnf(struct play *p)
{
	struct eat_claims c = {0};
	uint8_t kid[KID_LEN];

	if (!own_result(p, &c))
		return;
	if (eat_cnf_kid(p->w->crypto, c.cnf, kid) != OK ||
	    memcmp(kid, p->v.kid, KID_LEN) != 0)
		(void)play_fail(
		    p, "cnf is not the key that signs the QueryRequest");
}

static void
self_format(struct play *p)
{
	struct eat_claims c = {0};

	if (own_result(p, &c) &&
	    teep_payload_kind((p->m.has & TEEP_HAS_FORMAT) != 0, p->m.format) !=
		TEEP_PAYLOAD_RESULT)
		(void)play_fail(p, "the format is not that of a Result");
}

static void
self_without_end(struct play *p)
{
	if (!p->w->tam_result.there) {
		play_skip(p, "who signs Results about this TAM is not known");
		return;
	}
	if (!ready(p))
		return;
	for (size_t i = 0; i < 16; i++) {
		if (!tam_post(p,
			tam_error(p, TEEP_ERR_ATTESTATION_REQUIRED, BYTES_NONE,
			    TEEP_HAS_FRESHNESS | TEEP_HAS_CHALLENGE)))
			return;
		if ((play_see(p) & SEEN_REQUEST) == 0)
			break;
	}
	(void)play_judge(p);
}

// clang-format off
#define R REFUSED_ANYHOW
#define N ""
#define C64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const struct conform_case rows[] = {
{"tam.error.version", "TEEP 7.1", "Error 4 with version 0 leads to a QueryRequest", SHOULD, version, SEEN_REQUEST, 0, {{0}}},
{"tam.error.version-unknown", "TEEP 7.1", "Error 4 without a common version ends", MUST, version, SEEN_EMPTY | SEEN_ERROR, 0, {BODY(EDIT_SET, "1/3", 0, "\x81\x07")}},
{"tam.error.freshness", "TEEP 7.1", "Error 3 with nonce leads to a QueryRequest", SHOULD, freshness, SEEN_REQUEST, 0, {{0}}},
{"tam.error.freshness-unknown", "TEEP 7.1", "Error 3 without a common mechanism ends", MUST, freshness, SEEN_EMPTY | SEEN_ERROR, 0, {BODY(EDIT_SET, "1/20", 0, "\x81\x18\x63")}},
{"tam.error.suite", "TEEP 7.1", "Error 5 leads to a QueryRequest in a suite of the agent", SHOULD, suite, SEEN_REQUEST, 0, {{0}}},
{"tam.error.suite-unknown", "TEEP 7.1", "Error 5 without a common suite ends", MUST, suite, SEEN_EMPTY | SEEN_ERROR, 0, {BODY(EDIT_SET, "1/1", 0, "\x81\x81\x82\x12\x38\x62")}},
{"tam.error.profile", "TEEP 7.1", "Error 8 with a common profile leads to a QueryRequest", SHOULD, profile, SEEN_REQUEST, 0, {{0}}},
{"tam.error.permanent", "TEEP 7.1", "Error 1 to a QueryRequest ends the session", MUST, permanent, SEEN_EMPTY, 0, {{0}}},
{"tam.error.invented-token", "TEEP 7.1", "An Error with an invented token is answered by nothing new", MUST, permanent, R, 0, {BODY(EDIT_SET, "1/19", 0, "\x50" "0123456789abcdef")}},
{"tam.error.err-msg-long", "TEEP 4.6", "err-msg has 1 to 128 octets", MUST, version, R, 0, {BODY(EDIT_SET, "1/11", 0, "\x78\x81" C64 C64 "x")}},
{"tam.self.demanded", "TEEP 7.1", "Error 7 is answered with a QueryRequest that attests the TAM", MUST, self_result, SEEN_REQUEST, 0, {{0}}},
{"tam.self.nonce", "TEEP 4.6", "The challenge of an Error becomes the eat_nonce of the TAM's EAT", MUST, self_nonce, SEEN_REQUEST, 0, {{0}}},
{"tam.self.cnf", "TEEP 7.1", "The Result about the TAM is bound to the key that signs the QueryRequest", MUST, self_cnf, SEEN_REQUEST, 0, {{0}}},
{"tam.self.format", "TEEP 4.2", "A Result of the TEEP profile needs no format, and has no other", MUST, self_format, SEEN_REQUEST, 0, {{0}}},
{"tam.self.challenge-of-7", "TEEP 4.6", "A challenge of 7 octets is refused", MUST, on_demand, R, 0, {BODY(EDIT_SET, "1/2", 0, "\x47" "1234567")}},
{"tam.self.challenge-of-8", "TEEP 4.6", "A challenge of 8 octets is answered", MUST, on_demand, SEEN_REQUEST, 0, {BODY(EDIT_SET, "1/2", 0, "\x48" "12345678")}},
{"tam.self.challenge-of-64", "TEEP 4.6", "A challenge of 64 octets is answered", MUST, on_demand, SEEN_REQUEST, 0, {BODY(EDIT_SET, "1/2", 0, "\x58\x40" C64)}},
{"tam.self.challenge-of-65", "TEEP 5", "A challenge that no eat_nonce can hold is refused", MUST, on_demand, R, 0, {BODY(EDIT_SET, "1/2", 0, "\x58\x41" C64 "x")}},
{"tam.self.no-challenge", "TEEP 7.1", "A demand without a challenge is refused", SHOULD, on_demand, R, 0, {BODY(EDIT_DROP, "1/2", 0, N)}},
{"tam.self.stranger", "TEEP 4.1.2", "A stranger gets no Result", MUST, on_demand, R, 0, {SIGNING(PART_MESSAGE, by_stranger)}},
{"tam.self.without-end", "TEEP 11", "Demands without end come to an end", SHOULD, self_without_end, R, 0, {{0}}},
};
// clang-format on

const struct case_table tam_error_cases = {rows, ARRAY_LEN(rows)};
