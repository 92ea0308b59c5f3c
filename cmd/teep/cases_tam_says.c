/*
 * cases_tam_says: what a TAM itself sends: QueryRequest, Update, Result.
 */
#include "cases_tam.h"

#include <string.h>
#include <time.h>

static bool
has_signature(struct play *p, int32_t alg)
{
	struct cose_signature one;
	struct cose_signed s;
	struct cbor_in r;

	if (cose_signed_read(
		p->request, ACCEPT_SIGN | ACCEPT_SIGN1, &s, NULL) != OK ||
	    !s.multi)
		return play_fail(p, "it is no COSE_Sign");
	r = cbor_items(s.signatures);
	for (size_t i = 0; i < s.signatures.n; i++)
		if (cose_signature_read(&r, &one) == OK && one.alg == alg)
			return true;
	return play_fail(p, "no signature with algorithm %d", (int)alg);
}

static void
both_signatures(struct play *p)
{
	if (tam_connect(p) && has_signature(p, ALG_ESP256))
		(void)has_signature(p, ALG_ED25519);
}

/* Both signatures are right, not only the one that is looked at first. */
static enum err
find_one(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct pair *k = ctx;

	(void)alg;
	if (nth > 0 || !bytes_same(kid, BYTES_OF(k->kid)))
		return ERR_UNKNOWN_KEY;
	*out = k->pub;
	return OK;
}

static void
signatures_hold(struct play *p)
{
	if (!tam_connect(p))
		return;
	for (size_t i = 0; i < 2; i++) {
		const struct keyring ring = {&p->w->tam[i], find_one};
		struct verified v;
		struct why why;
		enum err e = cose_verify(p->w->crypto, &ring,
		    ACCEPT_SIGN | ACCEPT_SIGN1, p->request, &v, &why);

		if (e != OK)
			(void)play_fail(p, "under its %s key: %s",
			    i == 0 ? "ESP256" : "Ed25519", err_name(e));
	}
}

static void
suites(struct play *p)
{
	if (tam_connect(p) && (!teep_suites_have(p->m.suites, ALG_ESP256) ||
				  !teep_suites_have(p->m.suites, ALG_ED25519)))
		(void)play_fail(p, "one of the two suites is not offered");
}

static void
profiles(struct play *p)
{
	static const struct teep_profile all[] = {
	    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128CTR},
	    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW, ALG_A128CTR},
	    {ALG_SHA256, ALG_ESP256, ALG_ECDH_ES_A128KW, ALG_A128GCM},
	    {ALG_SHA256, ALG_ED25519, ALG_ECDH_ES_A128KW,
		ALG_CHACHA20_POLY1305},
	};

	if (!tam_connect(p))
		return;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!teep_profiles_have(NULL, p->m.profiles, &all[i]))
			(void)play_fail(p, "profile %zu is not offered", i + 1);
}

static void
asks_attestation(struct play *p)
{
	if (tam_connect(p) && (p->m.items & TEEP_ITEM_ATTESTATION) == 0)
		(void)play_fail(p, "the attestation bit is clear");
}

static void
challenge_size(struct play *p)
{
	if (tam_connect(p) && (p->challenge.n < 8 || p->challenge.n > 64))
		(void)play_fail(p, "%zu octets", p->challenge.n);
}

static void
challenge_fresh(struct play *p)
{
	struct bytes first;

	if (!tam_connect(p))
		return;
	first = p->challenge;
	if (tam_connect(p) && bytes_same(first, p->challenge))
		(void)play_fail(p, "two sessions have the same challenge");
}

static void
no_token(struct play *p)
{
	if (tam_connect(p) && (p->m.has & TEEP_HAS_TOKEN) != 0)
		(void)play_fail(p, "a token stands beside the attestation bit");
}

static void
version_0(struct play *p)
{
	if (tam_connect(p) && (p->m.has & TEEP_HAS_VERSIONS) != 0 &&
	    !teep_uints_have(p->m.versions, 0))
		(void)play_fail(p, "versions lacks 0");
}

static void
nonce_offered(struct play *p)
{
	if (tam_connect(p) && (p->m.has & TEEP_HAS_FRESHNESS) != 0 &&
	    !teep_uints_have(p->m.freshness, TEEP_FRESH_NONCE))
		(void)play_fail(p, "nonce is not among the mechanisms");
}

/* ---- Update ------------------------------------------------------------- */

static void
honest(struct play *p)
{
	if (tam_connect(p) && tam_answer(p))
		(void)play_judge(p);
}

static void
update_suite(struct play *p)
{
	struct cose_signed s;

	if (!tam_session(p))
		return;
	if (cose_signed_read(p->update, ACCEPT_SIGN1, &s, NULL) != OK)
		(void)play_fail(p, "it is no COSE_Sign1");
	else if (s.alg != p->me->teep.s.alg)
		(void)play_fail(
		    p, "it is signed with algorithm %d", (int)s.alg);
}

static void
update_token(struct play *p)
{
	if (tam_session(p) && (p->token.n < 8 || p->token.n > 64))
		(void)play_fail(p, "the token has %zu octets", p->token.n);
}

static void
update_token_fresh(struct play *p)
{
	struct bytes first;

	if (!tam_session(p))
		return;
	first = p->token;
	if (tam_session(p) && bytes_same(first, p->token))
		(void)play_fail(p, "two Updates have the same token");
}

static void
update_manifest(struct play *p)
{
	struct cbor_in r;
	bool found = false;

	if (!tam_session(p))
		return;
	r = cbor_items(p->m.manifests);
	for (size_t i = 0; i < p->m.manifests.n; i++)
		if (bytes_same(cbor_bstr(&r, 0, LEN_ANY), p->w->app))
			found = true;
	if (!found)
		(void)play_fail(p, "the component's envelope, octet by octet, "
				   "is not in it");
}

/* The component is there already: nothing to do. */
static void
nothing_missing(struct play *p)
{
	uint8_t digest[DIGEST_LEN];
	const struct bytes image = BYTES_LIT("conform component\n");

	build_fail(&p->b, p->w->crypto->sha256(&image, 1, digest));
	p->has = (struct build_has){
	    BYTES_OF(p->w->app_digest), WORLD_APP, BYTES_OF(digest)};
	p->n_has = 1;
	if (tam_connect(p) && tam_answer(p))
		(void)play_judge(p);
}

/* ---- the Result in the Update ------------------------------------------- */

static bool
result_of(struct play *p, struct eat_claims *c)
{
	struct cose_signed s;
	struct why why;

	if ((p->m.has & TEEP_HAS_ATTESTATION) == 0)
		return play_fail(p, "no attestation-payload");
	if (teep_payload_kind((p->m.has & TEEP_HAS_FORMAT) != 0, p->m.format) !=
	    TEEP_PAYLOAD_RESULT)
		return play_fail(p, "its format is not that of a Result");
	if (cose_signed_read(p->m.attestation, ACCEPT_SIGN1, &s, &why) != OK ||
	    s.payload.p == NULL || eat_parse(s.payload, c, &why) != OK)
		return play_fail(p, "no EAT in a COSE_Sign1: %s",
		    why.what != NULL ? why.what : err_name(why.err));
	return true;
}

static void
result_claims(struct play *p)
{
	struct eat_claims c = {0};
	struct why why = {0};

	if (tam_session(p) && result_of(p, &c) &&
	    eat_result_complete(&c, &why) != OK)
		(void)play_fail(p, "%s is not there", why.what);
}

static void
result_nonce(struct play *p)
{
	struct eat_claims c = {0};

	if (tam_session(p) && result_of(p, &c) &&
	    !bytes_same(c.nonce, p->challenge))
		(void)play_fail(p, "eat_nonce is not the challenge");
}

static void
result_cnf(struct play *p)
{
	struct eat_claims c = {0};
	uint8_t kid[KID_LEN];

	if (!tam_session(p) || !result_of(p, &c))
		return;
	if (eat_cnf_kid(p->w->crypto, c.cnf, kid) != OK ||
	    memcmp(kid, p->me->teep.kid, KID_LEN) != 0)
		(void)play_fail(p, "cnf is not the device's TEEP key");
}

static void
result_device(struct play *p)
{
	struct eat_claims c = {0};

	if (tam_session(p) && result_of(p, &c) &&
	    !bytes_same(c.ueid, BYTES_OF(p->me->ueid)))
		(void)play_fail(p, "ueid is another device's");
}

static void
result_time(struct play *p)
{
	uint64_t now = (uint64_t)time(NULL);
	struct eat_claims c = {0};

	if (tam_session(p) && result_of(p, &c) &&
	    (c.iat > now + 300 || c.exp <= now))
		(void)play_fail(p, "it is not valid now");
}

static void
result_untagged(struct play *p)
{
	struct eat_claims c = {0};

	if (tam_session(p) && result_of(p, &c) &&
	    (p->m.attestation.p[0] & 0xe0) == 0xc0)
		(void)play_fail(p, "it has a tag");
}

// clang-format off
static const struct conform_case rows[] = {
{"tam.query.both-signatures", "TEEP 8.1", "The first QueryRequest is a COSE_Sign with one signature for each algorithm offered", MUST, both_signatures, 0, 0, {{0}}},
{"tam.query.signatures-hold", "TEEP 4.1.1", "Every signature of the first QueryRequest is right", MUST, signatures_hold, 0, 0, {{0}}},
{"tam.query.suites", "TEEP 8.1", "The TAM supports both cipher suites", MUST, suites, 0, 0, {{0}}},
{"tam.query.profiles", "TEEP 8.2", "The TAM supports all four profiles", MUST, profiles, 0, 0, {{0}}},
{"tam.query.attestation", "TEEP 7.1", "A device that is not known to be healthy is asked for attestation", SHOULD, asks_attestation, 0, 0, {{0}}},
{"tam.query.challenge-size", "TEEP 9", "A challenge that must become an eat_nonce has 8 to 64 octets", MUST, challenge_size, 0, 0, {{0}}},
{"tam.query.challenge-fresh", "TEEP 9", "Every session has a challenge of its own", MUST, challenge_fresh, 0, 0, {{0}}},
{"tam.query.no-token", "TEEP 4.2", "No token if the attestation bit is set and a challenge is there", MUST, no_token, 0, 0, {{0}}},
{"tam.query.version", "TEEP 4.2", "Version 0 is offered, or no versions, which means 0", MUST, version_0, 0, 0, {{0}}},
{"tam.query.nonce", "TEEP 9", "The nonce mechanism is offered, or no mechanisms, which means nonce", MUST, nonce_offered, 0, 0, {{0}}},
{"tam.update.installs", "TEEP 7.1", "Needed changes become an Update", MUST, honest, SEEN_INSTALL, 0, {{0}}},
{"tam.update.nothing-missing", "TEEP 7.1", "With nothing to do the TAM ends, or hands the Result back", MUST, nothing_missing, SEEN_EMPTY | SEEN_BARE, 0, {{0}}},
{"tam.update.selected-suite", "TEEP 8.1", "The suite of the QueryResponse is the suite of the Update, a COSE_Sign1", MUST, update_suite, 0, 0, {{0}}},
{"tam.update.token", "TEEP 4.4", "An Update that wants an answer has a token of 8 to 64 octets", MUST, update_token, 0, 0, {{0}}},
{"tam.update.token-distinct", "TEEP 4.1.1", "Each message has another token", MUST, update_token_fresh, 0, 0, {{0}}},
{"tam.update.manifest", "TEEP 4.4", "The signer's envelope is relayed as it is", MUST, update_manifest, 0, 0, {{0}}},
{"tam.result.claims", "TEEP 5", "A Result has ueid, oemid, hwmodel, hwversion, manifests and cnf", MUST, result_claims, 0, 0, {{0}}},
{"tam.result.nonce", "TEEP 9", "The Result carries this exchange's challenge", MUST, result_nonce, 0, 0, {{0}}},
{"tam.result.cnf", "TEEP 5", "The cnf of the Result is the key that signed the QueryResponse", MUST, result_cnf, 0, 0, {{0}}},
{"tam.result.device", "TEEP 5", "The Result is about the device that was appraised", MUST, result_device, 0, 0, {{0}}},
{"tam.result.time", "TEEP 7.1", "The Result is valid now", MUST, result_time, 0, 0, {{0}}},
{"tam.result.untagged", "TEEP 5", "Results are sent without tags", MUST, result_untagged, 0, 0, {{0}}},
};
// clang-format on

const struct case_table tam_says_cases = {rows, ARRAY_LEN(rows)};
