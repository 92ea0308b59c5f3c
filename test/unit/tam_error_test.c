/*
 * error: Errors to a QueryRequest: ask otherwise where that can help.
 */
#include "tam_support.h"

static struct teep_message
error(uint32_t code)
{
	return (struct teep_message){.type = TEEP_ERROR, .err_code = code};
}

static struct bytes
from_device(const struct teep_message *m)
{
	return sign_message(&teep_of(0)->s, m);
}

/* The TAM asks again; the device can answer that. */
static struct teep_message
asks_again(const struct teep_message *m)
{
	struct teep_message q;

	assert_int_equal(hand_in(from_device(m)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(w.reply.peer_code, m->err_code);
	q = reply(TEEP_QUERY_REQUEST);
	assert_int_equal(q.challenge.n, TAM_CHALLENGE_LEN);
	assert_int_equal(w.reply.n_effects, 1);
	assert_memory_equal(effect(TAM_DEVICE, 0)->row.proof_challenge,
	    q.challenge.p, TAM_CHALLENGE_LEN);
	return q;
}

/* Neither an answer nor a trace; why says it. */
static void
ends(const struct teep_message *m, enum err e)
{
	refused(from_device(m), e, 0, NULL);
	assert_int_equal(w.reply.peer_code, m->err_code);
}

static void
freshness(void **state)
{
	struct teep_message m = error(TEEP_ERR_FRESHNESS), q;

	(void)state;
	ends(&m, ERR_NO_FRESHNESS);
	m.has = TEEP_HAS_FRESHNESS;
	m.freshness = (struct list){BYTES_LIT("\x01"), 1};
	ends(&m, ERR_NO_FRESHNESS);
	m.freshness = (struct list){BYTES_LIT("\x01\x00"), 2};
	q = asks_again(&m);
	assert_true(teep_uints_have(q.freshness, TEEP_FRESH_NONCE));
	assert_int_equal(q.freshness.n, 1);
}

static void
versions(void **state)
{
	struct teep_message m = error(TEEP_ERR_VERSION), q;

	(void)state;
	ends(&m, ERR_NO_COMMON_VERSION);
	m.has = TEEP_HAS_VERSIONS;
	m.versions = (struct list){BYTES_LIT("\x01"), 1};
	ends(&m, ERR_NO_COMMON_VERSION);
	m.versions = (struct list){BYTES_LIT("\x01\x00"), 2};
	q = asks_again(&m);
	assert_true(teep_uints_have(q.versions, 0));
}

static void
suites(void **state)
{
	struct teep_message m = error(TEEP_ERR_CIPHER_SUITES), q;

	(void)state;
	ends(&m, ERR_NO_COMMON_SUITE);
	m.has = TEEP_HAS_SUITES;
	m.suites = (struct list){BYTES_LIT("\x81\x82\x12\x26"), 1};
	ends(&m, ERR_NO_COMMON_SUITE);
	m.suites = w.suite == 0 ? dialect_offer(NULL)->esp256
				: dialect_offer(NULL)->ed25519;
	q = asks_again(&m);
	assert_true(bytes_same(q.suites.raw, m.suites.raw));
}

/* The Error may be signed in a suite that the device cannot go on with: the
 * answer is in the one it can. */
static void
another_suite(void **state)
{
	struct teep_message m = error(TEEP_ERR_CIPHER_SUITES), q;
	struct verified v;

	(void)state;
	m.has = TEEP_HAS_SUITES;
	m.suites = w.suite == 0 ? dialect_offer(NULL)->ed25519
				: dialect_offer(NULL)->esp256;
	assert_int_equal(hand_in(from_device(&m)), OK);
	assert_int_equal(w.reply.why.err, OK);
	read_from_tam(w.reply.message, ACCEPT_SIGN1, &v, &q);
	assert_int_equal(v.alg, w.suite == 0 ? ALG_ED25519 : ALG_ESP256);
	assert_int_equal(q.type, TEEP_QUERY_REQUEST);
}

static void
profiles(void **state)
{
	struct teep_message m = error(TEEP_ERR_SUIT_REPORT);

	(void)state;
	ends(&m, ERR_NO_PROFILE);
	m.has = TEEP_HAS_PROFILES;
	m.profiles = (struct list){BYTES_LIT("\x84\x2f\x05\x22\x01"), 1};
	ends(&m, ERR_NO_PROFILE);
	m.profiles = dialect_offer(NULL)->profiles;
	(void)asks_again(&m);
}

/* ---- the agent wants to see the TAM's health
 * ---------------------------------- */

/* The subject of the TAM's own Result. */
static struct bytes
self(void)
{
	static uint8_t room[1024], list[256];
	static const uint8_t ueid[17] = {1, 9, 9};
	static const uint8_t digest[DIGEST_LEN] = {0x99};
	struct cbor_out l = cbor_into(SPAN_OF(list)), o;
	struct eat_manifest m = {
	    BYTES_LIT("tam"), ALG_SHA256, BYTES_OF(digest)};
	struct eat_claims c = {
	    .has = EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_HWVERSION | EAT_HAS_MANIFESTS,
	    .ueid = BYTES_OF(ueid),
	    .oemid = BYTES_LIT("\x05"),
	    .hwmodel = BYTES_LIT("server"),
	    .hwversion = BYTES_LIT("\x81\x61z"),
	};
	struct bytes out;

	eat_manifest_put(&l, &m);
	c.manifests = (struct list){{list, l.at}, 1};
	o = cbor_into(SPAN_OF(room));
	assert_int_equal(eat_write(&o, &c), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

#define CHALLENGE BYTES_LIT("what the agent asks of the TAM")

static void
tam_attests(void **state)
{
	struct teep_message m = error(TEEP_ERR_ATTESTATION_REQUIRED), q;
	struct keyring ring = ring_of_one(&w.result);
	uint8_t cnf[KID_LEN];
	struct eat_claims c;
	struct verified v;
	struct why why;

	(void)state;
	w.tam.self = self();
	m.has = TEEP_HAS_CHALLENGE | TEEP_HAS_FRESHNESS;
	m.challenge = CHALLENGE;
	m.freshness = teep_fresh_nonce;
	q = asks_again(&m);
	assert_int_equal(q.has, TEEP_HAS_CHALLENGE | TEEP_HAS_ATTESTATION);
	assert_int_equal(cose_verify(crypto_openssl(), &ring, ACCEPT_SIGN1,
			     q.attestation, &v, &why),
	    OK);
	assert_int_equal(eat_read(&v, &c, &why), OK);
	assert_int_equal(eat_result_complete(&c, &why), OK);
	assert_true(bytes_same(c.nonce, CHALLENGE));
	assert_true(bytes_same(c.hwmodel, BYTES_LIT("server")));
	assert_true(bytes_same(c.profile, BYTES_LIT(EAT_TEEP_PROFILE)));
	assert_int_equal(c.iat, NOW);
	assert_int_equal(c.exp, NOW + 86400);
	assert_int_equal(eat_cnf_kid(crypto_openssl(), c.cnf, cnf), OK);
	/* About the key that signs this very message. */
	assert_memory_equal(
	    cnf, w.suite == 0 ? w.esp256.kid : w.ed25519.kid, KID_LEN);
}

static void
tam_cannot_attest(void **state)
{
	struct teep_message m = error(TEEP_ERR_ATTESTATION_REQUIRED);
	static uint8_t big[65];

	(void)state;
	m.has = TEEP_HAS_CHALLENGE | TEEP_HAS_FRESHNESS;
	m.challenge = CHALLENGE;
	m.freshness = teep_fresh_nonce;
	ends(&m, ERR_NOT_ATTESTED);
	w.tam.self = self();
	m.freshness = (struct list){BYTES_LIT("\x01"), 1};
	ends(&m, ERR_NO_FRESHNESS);
	m.has = 0;
	ends(&m, ERR_NO_FRESHNESS);
	m.has = TEEP_HAS_CHALLENGE;
	m.challenge = BYTES_OF(big);
	ends(&m, ERR_RANGE);
}

/* Whoever demands it again and again is not answered for ever, and the
 * Result key signs nothing for that. */
static void
tam_attests_no_more(void **state)
{
	struct teep_message m = error(TEEP_ERR_ATTESTATION_REQUIRED);

	(void)state;
	w.tam.self = self();
	m.has = TEEP_HAS_CHALLENGE;
	m.challenge = CHALLENGE;
	for (int i = 0; i < 3; i++) {
		(void)asks_again(&m);
		assert_int_equal(apply(), OK);
	}
	w.tam.result = NULL;
	ends(&m, ERR_EXCHANGE_LIMIT);
}

/* What the operator configured is no attestation: not the agent's fault. */
static void
tam_is_set_up_wrongly(void **state)
{
	struct teep_message m = error(TEEP_ERR_ATTESTATION_REQUIRED);

	(void)state;
	m.has = TEEP_HAS_CHALLENGE;
	m.challenge = CHALLENGE;
	w.tam.self = BYTES_LIT("\xa0");
	assert_int_equal(hand_in(from_device(&m)), ERR_SYNTAX);
	assert_int_equal(w.reply.n_effects, 0);
	is_silent();
	w.tam.self = BYTES_LIT("nonsense");
	assert_int_equal(hand_in(from_device(&m)), ERR_SYNTAX);
	is_silent();
}

/* ---- the end
 * -------------------------------------------------------------------- */

static void
all_other_codes_end(void **state)
{
	static const uint32_t codes[] = {TEEP_ERR_PERMANENT,
	    TEEP_ERR_UNSUPPORTED_EXTENSION, TEEP_ERR_BAD_CERTIFICATE,
	    TEEP_ERR_CERTIFICATE_EXPIRED, TEEP_ERR_TEMPORARY, TEEP_ERR_MANIFEST,
	    12, 99, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct teep_message m = error(codes[i]);

		m.has = TEEP_HAS_ERR_MSG;
		m.err_msg = BYTES_LIT("sorry");
		assert_int_equal(hand_in(from_device(&m)), OK);
		assert_int_equal(w.reply.why.err, OK);
		assert_int_equal(w.reply.peer_code, codes[i]);
		assert_true(bytes_same(w.reply.peer_text, BYTES_LIT("sorry")));
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
	}
}

/* An agent that is never content is asked four times in all. */
static void
an_exchange_ends(void **state)
{
	struct teep_message m = error(TEEP_ERR_VERSION);

	(void)state;
	m.has = TEEP_HAS_VERSIONS;
	m.versions = teep_version_0;
	for (int i = 0; i < 3; i++) {
		(void)asks_again(&m);
		assert_int_equal(apply(), OK);
	}
	ends(&m, ERR_EXCHANGE_LIMIT);
	assert_int_equal(row_of(0)->requests, 4);
	/* The other device is not concerned. */
	assert_int_equal(hand_in(sign_message(&teep_of(1)->s, &m)), OK);
	assert_int_equal(w.reply.why.err, OK);
	/* After its time the exchange is over. */
	w.now += 601;
	(void)asks_again(&m);
	assert_int_equal(apply(), OK);
	assert_int_equal(row_of(0)->requests, 2);
	/* A clock that went back does not lock it up either. */
	w.now = NOW;
	row_of(0)->requests = 4;
	(void)asks_again(&m);
}

/* What it is asked anew, it can answer. */
static void
goes_on(void **state)
{
	struct teep_message m = error(TEEP_ERR_VERSION), a;
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;

	(void)state;
	m.has = TEEP_HAS_VERSIONS;
	m.versions = teep_version_0;
	a = asks_again(&m);
	memcpy(challenge, a.challenge.p, sizeof(challenge));
	assert_int_equal(apply(), OK);
	qr_make(&q, 0, BYTES_OF(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
	assert_int_equal(row_of(0)->requests, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(freshness),
	    TEST(versions),
	    TEST(suites),
	    TEST(another_suite),
	    TEST(profiles),
	    TEST(tam_attests),
	    TEST(tam_cannot_attest),
	    TEST(tam_attests_no_more),
	    TEST(tam_is_set_up_wrongly),
	    TEST(all_other_codes_end),
	    TEST(an_exchange_ends),
	    TEST(goes_on),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
