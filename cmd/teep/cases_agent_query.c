/*
 * cases_agent_query: QueryRequests, wrong and unusual.     [TEEP 4.2, 7.2.1]
 */
#include "cases.h"
#include "conform_agent.h"

#include <string.h>

static struct play *
play_of(void *ctx)
{
	return ctx;
}

/* ---- who signed it ------------------------------------------------------ */

static void
by_key(struct build *b, struct build_sign *s, const struct pair *k)
{
	struct build_sign usual = build_sign_usual(b, &k->s, s->payload);

	s->by = usual.by;
	s->prot = usual.prot;
	s->unprot = usual.unprot;
}

static void
strangers(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	by_key(b, s,
	    s->by->alg == ALG_ESP256 ? &p->w->stranger : &p->w->bystander);
}

static void
forged(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	(void)b;
	s->by =
	    s->by->alg == ALG_ESP256 ? &p->w->stranger.s : &p->w->bystander.s;
}

static void
by_signer(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	if (s->by->alg == ALG_ESP256)
		by_key(b, s, &p->w->author);
}

static void
by_agent_kid(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	s->unprot = edit(b, s->unprot, EDIT_SET, "4", 0,
	    build_bstr(b, BYTES_OF(p->w->agent_teep.kid)));
}

static void
flip_all(struct build *b, void *ctx, struct bytes *x)
{
	(void)ctx;
	*x = edit(b, *x, EDIT_FLIP, "3/0/2", -1, BYTES_NONE);
	*x = edit(b, *x, EDIT_FLIP, "3/1/2", -1, BYTES_NONE);
}

static void
halved(struct build *b, void *ctx, struct bytes *x)
{
	(void)b;
	(void)ctx;
	x->n /= 2;
}

static void
bomb(struct build *b, void *ctx, struct bytes *x)
{
	struct span room = build_room(b, 5001);

	(void)ctx;
	if (room.p == NULL)
		return;
	memset(room.p, 0x81, room.n - 1);
	room.p[room.n - 1] = 0x80;
	*x = edit(b, *x, EDIT_SET, "1/999", 0, (struct bytes){room.p, room.n});
}

/* ---- offers ------------------------------------------------------------- */

/* A demand in which only what the case changes differs; the Error must
 * carry what its code is about. */
static void
refused_with(struct play *p, uint32_t has, const char *what)
{
	on_query(p);
	if (p->outcome == PASSED && p->m.type == TEEP_ERROR &&
	    p->m.err_code == p->c->code && (p->m.has & has) == 0)
		(void)play_fail(p, "the Error lacks %s", what);
}

static void
suites_unknown(struct play *p)
{
	refused_with(p, TEEP_HAS_SUITES, "supported-teep-cipher-suites");
}

static void
versions_unknown(struct play *p)
{
	p->agent->ask_has |= TEEP_HAS_VERSIONS;
	refused_with(p, TEEP_HAS_VERSIONS, "versions");
}

static void
freshness_unknown(struct play *p)
{
	p->agent->ask_has |= TEEP_HAS_FRESHNESS;
	refused_with(p, TEEP_HAS_FRESHNESS, "supported-freshness-mechanisms");
}

static void
versions_more(struct play *p)
{
	p->agent->ask_has |= TEEP_HAS_VERSIONS;
	on_query(p);
}

/* ---- without attestation ------------------------------------------------ */

static void
by_token(struct play *p)
{
	p->agent->ask_items = TEEP_ITEM_COMPONENTS | TEEP_ITEM_EXTENSIONS;
	p->agent->ask_has = TEEP_HAS_TOKEN;
	on_query(p);
}

static void
token_echoed(struct play *p)
{
	by_token(p);
	if (p->outcome == PASSED &&
	    ((p->m.has & TEEP_HAS_TOKEN) == 0 ||
		!bytes_same(p->m.token, BYTES_LIT("conform token 01"))))
		(void)play_fail(p, "the token is not the QueryRequest's");
}

static void
no_evidence(struct play *p)
{
	by_token(p);
	if (p->outcome == PASSED && (p->m.has & TEEP_HAS_ATTESTATION) != 0)
		(void)play_fail(p, "an attestation-payload nobody asked for");
}

static void
ext_list(struct play *p)
{
	by_token(p);
	if (p->outcome == PASSED && (p->m.has & TEEP_HAS_EXT_LIST) == 0)
		(void)play_fail(p, "no ext-list");
}

static void
tc_list(struct play *p)
{
	by_token(p);
	if (p->outcome == PASSED && (p->m.has & TEEP_HAS_TC_LIST) == 0)
		(void)play_fail(p, "no tc-list");
}

/* Both: the token of the passport model is no reason to refuse. */
static void
token_beside(struct play *p)
{
	p->agent->ask_has |= TEEP_HAS_TOKEN;
	on_query(p);
}

/* ---- other forms -------------------------------------------------------- */

/* A COSE_Sign1 by the key of the agent's suite. */
static void
sign1(struct play *p)
{
	const struct signer *const by[] = {&p->w->tam[p->suite].s};
	const struct dialect_offer *offer = dialect_offer(NULL);
	struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .has = TEEP_HAS_CHALLENGE,
	    .suites = p->suite == 0 ? offer->esp256 : offer->ed25519,
	    .profiles = offer->profiles,
	    .items = TEEP_ITEM_ATTESTATION,
	};

	m.challenge = build_random(&p->b, 32);
	if (agent_begin(p) && agent_say(p, build_message(&p->b, &m, by, 1)))
		(void)play_judge(p);
}

/* A message of another type, by the right key. */
static void
typed(struct play *p, const struct teep_message *m)
{
	const struct signer *const by[] = {&p->w->tam[p->suite].s};

	if (agent_begin(p) && agent_say(p, build_message(&p->b, m, by, 1)))
		(void)play_judge(p);
}

static void
query_response(struct play *p)
{
	typed(p, &(struct teep_message){
		     .type = TEEP_QUERY_RESPONSE, .has = TEEP_HAS_TC_LIST});
}

static void
success(struct play *p)
{
	typed(p, &(struct teep_message){.type = TEEP_SUCCESS});
}

static void
error(struct play *p)
{
	typed(p, &(struct teep_message){.type = TEEP_ERROR, .err_code = 1});
}

static void
nonsense(struct play *p)
{
	if (agent_begin(p) && agent_say(p, BYTES_LIT("hello, world")))
		(void)play_judge(p);
}

/* The first signature may be of a key that the agent does not know. */
static void
first_unknown(struct build *b, void *ctx, struct build_sign *s)
{
	struct play *p = play_of(ctx);

	if (p->suite == 0 && s->by->alg == ALG_ED25519)
		by_key(b, s, &p->w->bystander);
	if (p->suite == 1 && s->by->alg == ALG_ESP256)
		by_key(b, s, &p->w->stranger);
}

// clang-format off
#define N ""
#define R REFUSED_ANYHOW
#define V "TEEP 4.1.2"
#define C64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const struct conform_case rows[] = {
{"agent.query.answered", "TEEP 7.2.1", "A QueryRequest that was understood is answered with a QueryResponse", MUST, on_query, SEEN_ANSWER, 0, {{0}}},
{"agent.query.sign1", "TEEP 8.1", "A TAM that knows the agent's suite may use it alone", MUST, sign1, SEEN_ANSWER, 0, {{0}}},
{"agent.query.other-signature-unknown", "TEEP 8.1", "Of a COSE_Sign the signature that the receiver supports is verified", MUST, on_query, SEEN_ANSWER, 0, {SIGNING(PART_MESSAGE, first_unknown)}},
{"agent.query.unknown-option", "TEEP 4.2", "Unknown option labels are ignored", MUST, on_query, SEEN_ANSWER, 0, {BODY(EDIT_SET, "1/999", 0, "\xa1\x61" "n" "\x01")}},
{"agent.query.option-order", "RFC 8949 5.6", "Map keys may come in any order", SHOULD, on_query, SEEN_ANSWER, 0, {BODY(EDIT_REVERSE, "1", 0, N)}},
{"agent.query.unknown-items", "TEEP 4.2", "Unknown bits of data-item-requested are ignored", SHOULD, on_query, SEEN_ANSWER, 0, {BODY(EDIT_SET, "4", 0, "\x18\x43")}},
{"agent.query.versions-more", "TEEP 4.2", "Version 0 among others will do", MUST, versions_more, SEEN_ANSWER, 0, {BODY(EDIT_SET, "1/3", 0, "\x82\x07\x00")}},
{"agent.query.suites-more", "TEEP 8.1", "A suite is found in an offer, whatever else is offered", MUST, on_query, SEEN_ANSWER, 0, {BODY(EDIT_APPEND, "2", 0, "\x81\x82\x12\x38\x62")}},
{"agent.query.token-beside", "TEEP 9", "A token beside the attestation bit is the passport model's: no reason to refuse", SHOULD, token_beside, SEEN_ANSWER, 0, {{0}}},
{"agent.query.challenge-8", "TEEP 4.2", "A challenge of 8 octets is answered", MUST, on_query, SEEN_ANSWER, 0, {BODY(EDIT_SET, "1/2", 0, "\x48" "12345678")}},
{"agent.query.challenge-64", "TEEP 9", "A challenge of 64 octets is answered", MUST, on_query, SEEN_ANSWER, 0, {BODY(EDIT_SET, "1/2", 0, "\x58\x40" C64)}},
/* refused */
{"agent.cose.signature-bit", V, "The signature is verified as RFC 9052 says", MUST, on_query, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, flip_all)}},
{"agent.cose.payload-bit", V, "The signature covers the whole message", MUST, on_query, R, 0, {WIRE(EDIT_FLIP, "2", 40, N)}},
{"agent.cose.stranger", "RFC 9397 9.1", "Only TAMs that the agent trusts are answered", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, strangers)}},
{"agent.cose.forged", V, "A key id is a hint: the key it names must have signed", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, forged)}},
{"agent.cose.signer-is-no-tam", "RFC 9397 9.4", "A component signer's key is no TAM's key", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, by_signer), OCTETS(PART_MESSAGE, STEP_SIGNED, flip_all)}},
{"agent.cose.kid-of-agent", V, "A message under the agent's own key id is nobody's", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, by_agent_kid)}},
{"agent.cose.kid-in-both-buckets", "RFC 9052 3", "A label may not occur in both buckets", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, fault_kid_both)}},
{"agent.cose.unknown-crit", "RFC 9052 3.1", "A critical header that is not understood refuses the message", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, fault_crit_unknown)}},
{"agent.cose.algorithm-unprotected", "RFC 9052 3.1", "The algorithm is protected", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, fault_alg_unprotected)}},
{"agent.cose.legacy-algorithm", "TEEP 8.1", "Algorithms are fully specified: -7 and -8 are none of the suites", MUST, on_query, R, 0, {SIGNING(PART_MESSAGE, fault_alg_polymorphic)}},
{"agent.cose.unsigned", V, "A message without COSE is refused", MUST, on_query, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, fault_unsigned)}},
{"agent.cose.no-signatures", V, "A COSE_Sign without signatures is refused", MUST, on_query, R, 0, {WIRE(EDIT_SET, "3", 0, "\x80")}},
{"agent.cose.mac-tag", V, "COSE_Sign1 or COSE_Sign; anything else is refused", MUST, on_query, R, 0, {WIRE(EDIT_UNTAG, "", 0, N), WIRE(EDIT_TAG, "", 97, N)}},
{"agent.cbor.nonsense", V, "What is no CBOR is refused", MUST, nonsense, R, 0, {{0}}},
{"agent.cbor.trailing", V, "Nothing follows the message", MUST, on_query, R, 0, {WIRE(EDIT_AFTER, "", 0, "\0")}},
{"agent.cbor.halved", V, "Half a message is refused", MUST, on_query, R, 0, {OCTETS(PART_MESSAGE, STEP_SIGNED, halved)}},
{"agent.cbor.signed-trailing", V, "Nothing follows the signed message", MUST, on_query, R, 0, {BODY(EDIT_AFTER, "", 0, "\0")}},
{"agent.cbor.indefinite", "TEEP 4", "Options have a definite length", MUST, on_query, R, 0, {BODY(EDIT_INDEF, "1", 0, N)}},
{"agent.cbor.not-shortest", "TEEP 4", "The type is in shortest form", SHOULD, on_query, R, 0, {BODY(EDIT_LOOSE, "0", 0, N)}},
{"agent.cbor.option-twice", "TEEP 4", "An option label may stand once only", MUST, on_query, R, 0, {BODY(EDIT_TWICE, "1/2", 0, N)}},
{"agent.cbor.nesting-bomb", "RFC 8949 10", "Nesting is bounded", MUST, on_query, R, 0, {OCTETS(PART_MESSAGE, STEP_BODY, bomb)}},
{"agent.cbor.count-lies", "TEEP 4", "A map has as many pairs as it says", MUST, on_query, R, 0, {BODY(EDIT_LIES, "1", 5, N)}},
{"agent.message.four-members", "TEEP 4", "A QueryRequest has exactly five members", MUST, on_query, R, 0, {BODY(EDIT_DROP, "4", 0, N)}},
{"agent.message.six-members", "TEEP 4", "A QueryRequest has exactly five members", MUST, on_query, R, 0, {BODY(EDIT_APPEND, "", 0, "\x00")}},
{"agent.message.type-unassigned", "TEEP 4", "Types from 6 on are refused", MUST, on_query, R, 0, {BODY(EDIT_SET, "0", 0, "\x06")}},
{"agent.message.query-response", "TEEP 4", "An agent gets no QueryResponse", MUST, query_response, R, 0, {{0}}},
{"agent.message.success", "TEEP 4", "An agent gets no Success", MUST, success, R, 0, {{0}}},
{"agent.message.error", "TEEP 4.6", "An agent gets no Error", MUST, error, R, 0, {{0}}},
{"agent.message.no-suites", "TEEP 4.2", "At least one cipher suite is offered", MUST, on_query, R, 0, {BODY(EDIT_SET, "2", 0, "\x80")}},
{"agent.message.no-profiles", "TEEP 4.2", "At least one profile is offered", MUST, on_query, R, 0, {BODY(EDIT_SET, "3", 0, "\x80")}},
{"agent.message.challenge-7", "TEEP 4.2", "A challenge has at least 8 octets", MUST, on_query, R, 0, {BODY(EDIT_SET, "1/2", 0, "\x47" "1234567")}},
{"agent.message.challenge-65", "TEEP 9", "An agent that must put more than 64 octets in an EAT fails", MUST, on_query, R, 0, {BODY(EDIT_SET, "1/2", 0, "\x58\x41" C64 "x")}},
{"agent.message.no-challenge", "TEEP 9", "Evidence under the nonce mechanism needs a challenge", MUST, on_query, R, 0, {BODY(EDIT_DROP, "1/2", 0, N)}},
{"agent.message.challenge-text", "TEEP 4", "Every option has its type", MUST, on_query, R, 0, {BODY(EDIT_SET, "1/2", 0, "\x68" "12345678")}},
{"agent.message.format-alone", "TEEP 4.2", "No attestation-payload-format without a payload", MUST, on_query, R, 0, {BODY(EDIT_SET, "1/12", 0, "\x61" "x")}},
{"agent.message.token-absent", "TEEP 4.2", "A token is there if the attestation bit is clear", MUST, by_token, R, 0, {BODY(EDIT_DROP, "1/19", 0, N)}},
{"agent.message.token-7", "TEEP 4.2", "A token has at least 8 octets", MUST, by_token, R, 0, {BODY(EDIT_SET, "1/19", 0, "\x47" "1234567")}},
{"agent.message.token-65", "TEEP 4.2", "A token has at most 64 octets", MUST, by_token, R, 0, {BODY(EDIT_SET, "1/19", 0, "\x58\x41" C64 "x")}},
{"agent.message.token-legacy", "TEEP 6", "The token stands under label 19, not 20", MUST, by_token, R, 0, {BODY(EDIT_RENAME, "1/19", 0, "\x14")}},
{"agent.message.challenge-unasked", "TEEP 4.2", "No challenge if the attestation bit is clear", MUST, by_token, R, 0, {BODY(EDIT_SET, "1/2", 0, "\x48" "12345678")}},
{"agent.message.freshness-unasked", "TEEP 4.2", "No freshness mechanisms if the attestation bit is clear", MUST, by_token, R, 0, {BODY(EDIT_SET, "1/20", 0, "\x81\x00")}},
/* offers that nobody can meet */
{"agent.offer.suites", "TEEP 7.2.1", "No common suite: Error 5, with the supported ones", MUST, suites_unknown, SEEN_ERROR, 5, {BODY(EDIT_SET, "2", 0, "\x81\x81\x82\x12\x38\x62")}},
{"agent.offer.versions", "TEEP 7.2.1", "No common version: Error 4, with the supported ones", MUST, versions_unknown, SEEN_ERROR, 4, {BODY(EDIT_SET, "1/3", 0, "\x81\x07")}},
{"agent.offer.freshness", "TEEP 7.2.1", "No common freshness mechanism: Error 3, with the supported ones", MUST, freshness_unknown, SEEN_ERROR, 3, {BODY(EDIT_SET, "1/20", 0, "\x81\x18\x63")}},
/* what is asked for without attestation */
{"agent.items.token-echoed", "TEEP 4.3", "QueryResponse has the token of the QueryRequest, exactly", MUST, token_echoed, SEEN_ANSWER, 0, {{0}}},
{"agent.items.no-evidence", "TEEP 13", "Evidence goes to those who ask for it only", SHOULD, no_evidence, SEEN_ANSWER, 0, {{0}}},
{"agent.items.tc-list", "TEEP 4.3", "A tc-list if the trusted-components bit was set", MUST, tc_list, SEEN_ANSWER, 0, {{0}}},
{"agent.items.ext-list", "TEEP 4.3", "An ext-list if the extensions bit was set", MUST, ext_list, SEEN_ANSWER, 0, {{0}}},
};
// clang-format on

const struct case_table agent_query_cases = {rows, ARRAY_LEN(rows)};
