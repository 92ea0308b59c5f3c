/*
 * A whole session: connect, attest, install, report, prove, in both suites.
 */
#include "tam_support.h"

static void
first_question(void **state)
{
	struct teep_message m;
	struct verified v;
	struct bytes in, again;
	const struct keyring ring = {NULL, find_tam};

	(void)state;
	assert_int_equal(tam_connect(&w.tam, NOW, &w.arena, &in), OK);
	read_from_tam(in, ACCEPT_SIGN, &v, &m);
	assert_int_equal(m.type, TEEP_QUERY_REQUEST);
	assert_int_equal(m.has, TEEP_HAS_CHALLENGE);
	assert_int_equal(m.items, TEEP_ITEM_ATTESTATION | TEEP_ITEM_COMPONENTS);
	assert_true(teep_suites_have(m.suites, ALG_ESP256));
	assert_true(teep_suites_have(m.suites, ALG_ED25519));
	assert_int_equal(m.profiles.n, 4);
	/* Both signatures hold, each for itself. */
	{
		struct cose_signed s;
		struct cose_signature one;
		struct cbor_in r;
		struct why why;

		assert_int_equal(
		    cose_signed_read(in, ACCEPT_SIGN, &s, &why), OK);
		assert_int_equal(s.signatures.n, 2);
		r = cbor_items(s.signatures);
		assert_int_equal(cose_signature_read(&r, &one), OK);
		assert_int_equal(one.alg, ALG_ED25519);
		assert_true(bytes_same(one.kid, BYTES_OF(w.ed25519.kid)));
		assert_int_equal(cose_signature_read(&r, &one), OK);
		assert_int_equal(one.alg, ALG_ESP256);
		assert_true(bytes_same(one.kid, BYTES_OF(w.esp256.kid)));
		assert_int_equal(cose_verify(crypto_openssl(), &ring,
				     ACCEPT_SIGN1, in, &v, &why),
		    ERR_COSE_TYPE);
	}
	/* No two are the same, and nothing was stored. */
	assert_int_equal(tam_connect(&w.tam, NOW, &w.arena, &again), OK);
	assert_false(bytes_same(in, again));
	assert_int_equal(w.store.n_tokens + w.store.n_used, 0);
}

static void
result_is_about(
    const struct teep_message *m, const uint8_t *kid, struct bytes challenge)
{
	struct keyring ring = ring_of_one(&w.result);
	uint8_t cnf[KID_LEN];
	struct eat_claims c;
	struct verified v;
	struct why why;

	assert_int_equal(m->has & TEEP_HAS_FORMAT, 0);
	assert_int_equal(m->attestation.p[0], 0x84); /* untagged */
	assert_int_equal(cose_verify(crypto_openssl(), &ring, ACCEPT_SIGN1,
			     m->attestation, &v, &why),
	    OK);
	assert_int_equal(eat_read(&v, &c, &why), OK);
	assert_int_equal(eat_result_complete(&c, &why), OK);
	assert_int_equal(eat_cnf_kid(crypto_openssl(), c.cnf, cnf), OK);
	assert_memory_equal(cnf, kid, KID_LEN);
	assert_true(bytes_same(c.nonce, challenge));
	assert_int_equal(c.iat, w.now);
	assert_int_equal(c.exp, w.now + 86400);
}

static void
installed_and_proven(void **state)
{
	uint8_t first[TAM_CHALLENGE_LEN], second[TAM_CHALLENGE_LEN];
	static struct reports r;
	static struct qr q;
	const struct tam_effect *e;
	struct teep_message m;
	struct bytes one;
	uint8_t token[TAM_TOKEN_LEN];
	struct cbor_in items;

	(void)state;
	wants(&w.store.wanted, 0);
	wants(&w.store.wanted, 2);

	/* It attests; it is told to install two. */
	qr_make(&q, 0, connected(first));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(w.reply.type, TEEP_QUERY_RESPONSE);
	assert_true(w.reply.known);
	assert_int_equal(w.reply.device, row_of(0)->id);
	assert_memory_equal(w.reply.kid, teep_of(0)->kid, KID_LEN);
	assert_int_equal(w.reply.appraisal.verdict, ACCEPTED);
	m = reply(TEEP_UPDATE);
	assert_int_equal(
	    m.has, TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION | TEEP_HAS_MANIFESTS);
	assert_int_equal(m.token.n, TAM_TOKEN_LEN);
	memcpy(token, m.token.p, TAM_TOKEN_LEN);
	assert_int_equal(m.manifests.n, 2);
	items = cbor_items(m.manifests);
	one = cbor_bstr(&items, 0, LEN_ANY);
	assert_true(bytes_same(one, w.store.shelf[0].envelope));
	one = cbor_bstr(&items, 0, LEN_ANY);
	assert_true(bytes_same(one, w.store.shelf[2].envelope));
	result_is_about(&m, teep_of(0)->kid, BYTES_OF(first));

	/* What must be remembered of that. */
	assert_int_equal(w.reply.n_effects, 4);
	e = effect(TAM_USE_CHALLENGE, 0);
	assert_memory_equal(e->challenge, first, sizeof(first));
	assert_memory_equal(e->kid, teep_of(0)->kid, KID_LEN);
	assert_true(e->expires >= NOW + 600 + 300);
	e = effect(TAM_APPRAISED, 0);
	assert_int_equal(e->outcome, OK);
	assert_int_equal(e->assurance, ASSURE_PROCESS);
	assert_int_equal(e->manifests.n, 2);
	assert_int_equal(e->measurements.n, 3);
	assert_int_equal(e->time, NOW);
	e = effect(TAM_NEW_TOKEN, 0);
	assert_memory_equal(e->token.token, token, sizeof(token));
	assert_memory_equal(e->token.kid, teep_of(0)->kid, KID_LEN);
	assert_int_equal(e->token.expires, NOW + 86400);
	assert_int_equal(e->token.n_manifests, 2);
	assert_int_equal(e->token.unneeded.n, 0);
	e = effect(TAM_DEVICE, 0);
	assert_int_equal(e->row.verdict, ACCEPTED);
	assert_true(e->row.has_report_key);
	assert_int_equal(e->row.evidence_ueid_n, 17);
	assert_int_equal(apply(), OK);
	assert_int_equal(apply(), ERR_REPLAY); /* never twice */

	/* It reports; it is asked for the proof at once. */
	w.now += 30;
	reports_begin(&r);
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	reports_good(&r, 0, 2, BYTES_OF(token), OK);
	m = (struct teep_message){
	    .type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN | TEEP_HAS_REPORTS,
	    .token = BYTES_OF(token),
	    .reports = reports_list(&r),
	};
	assert_int_equal(hand_in(sign_message(q.by, &m)), OK);
	assert_int_equal(w.reply.why.err, OK);
	m = reply(TEEP_QUERY_REQUEST);
	assert_int_equal(m.challenge.n, TAM_CHALLENGE_LEN);
	memcpy(second, m.challenge.p, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));
	assert_int_equal(w.reply.n_effects, 4);
	e = effect(TAM_USE_TOKEN, 0);
	assert_memory_equal(e->token.token, token, sizeof(token));
	for (size_t i = 0; i < 2; i++) {
		e = effect(TAM_REPORTED, i);
		assert_int_equal(e->outcome, OK);
		assert_false(e->removed);
		assert_memory_equal(
		    e->digest, w.store.shelf[2 * i].m.digest, DIGEST_LEN);
	}
	e = effect(TAM_DEVICE, 0);
	assert_true(e->row.has_proof_challenge);
	assert_memory_equal(e->row.proof_challenge, second, sizeof(second));
	assert_int_equal(e->row.reported_at, NOW + 30);
	assert_int_equal(e->row.requests, 2);
	assert_int_equal(apply(), OK);
	assert_int_equal(apply(), ERR_TOKEN);

	/* It proves; there is nothing left to say. */
	w.dev[0].has[w.dev[0].n_has++] = 0;
	w.dev[0].has[w.dev[0].n_has++] = 2;
	qr_make(&q, 0, BYTES_OF(second));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	is_silent();
	assert_int_equal(w.reply.n_effects, 3);
	e = effect(TAM_APPRAISED, 0);
	assert_true(e->proves && e->proves_all);
	assert_int_equal(e->manifests.n, 4);
	e = effect(TAM_DEVICE, 0);
	assert_int_equal(e->row.proven_at, NOW + 30);
	assert_int_equal(e->row.requests, 0);
	assert_false(e->row.has_proof_challenge);
	assert_int_equal(apply(), OK);
}

static void
removed_and_proven(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;
	const struct tam_effect *e;
	struct teep_message m;
	uint8_t token[TAM_TOKEN_LEN];
	struct cbor_in items;

	(void)state;
	w.dev[0].has[w.dev[0].n_has++] = 4;
	wants(&w.store.unwanted, 4);
	wants(&w.store.unwanted, 6); /* assigned once, never installed */
	qr_make(&q, 0, connected(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	m = reply(TEEP_UPDATE);
	assert_int_equal(
	    m.has, TEEP_HAS_TOKEN | TEEP_HAS_ATTESTATION | TEEP_HAS_UNNEEDED);
	assert_int_equal(m.unneeded.n, 1);
	items = cbor_items(m.unneeded);
	assert_true(bytes_same(cbor_raw(&items, CBOR_ARRAY),
	    (struct bytes){w.store.shelf[4].m.id, 7}));
	result_is_about(&m, teep_of(0)->kid, BYTES_OF(challenge));
	memcpy(token, m.token.p, TAM_TOKEN_LEN);
	assert_int_equal(apply(), OK);

	m = (struct teep_message){.type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN,
	    .token = BYTES_OF(token)};
	assert_int_equal(hand_in(sign_message(q.by, &m)), OK);
	m = reply(TEEP_QUERY_REQUEST);
	memcpy(challenge, m.challenge.p, sizeof(challenge));
	e = effect(TAM_REPORTED, 0);
	assert_true(e->removed);
	assert_int_equal(e->outcome, OK);
	assert_memory_equal(e->digest, w.store.shelf[4].m.digest, DIGEST_LEN);
	assert_null(effect(TAM_REPORTED, 1));
	assert_int_equal(apply(), OK);

	/* In the same second: the proof challenge alone says it is later. */
	w.dev[0].n_has = 0;
	qr_make(&q, 0, BYTES_OF(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	is_silent();
	assert_true(effect(TAM_APPRAISED, 0)->proves);
}

/* Evidence under a challenge from before the report proves nothing. */
static void
an_old_challenge_proves_nothing(void **state)
{
	uint8_t early[TAM_CHALLENGE_LEN];
	static struct qr q;
	struct teep_message m;
	uint8_t token[TAM_TOKEN_LEN];

	(void)state;
	wants(&w.store.wanted, 0);
	(void)connected(early);
	w.now += 1;
	attested(0);
	m = reply(TEEP_UPDATE);
	memcpy(token, m.token.p, TAM_TOKEN_LEN);
	m = (struct teep_message){.type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN,
	    .token = BYTES_OF(token)};
	assert_int_equal(hand_in(sign_message(&teep_of(0)->s, &m)), OK);
	assert_int_equal(apply(), OK);
	w.dev[0].has[w.dev[0].n_has++] = 0;
	qr_make(&q, 0, BYTES_OF(early));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_false(effect(TAM_APPRAISED, 0)->proves);
	assert_int_equal(effect(TAM_DEVICE, 0)->row.proven_at, NOW + 1);
	assert_int_equal(apply(), OK);
	/* A session begun in a later second does prove it. */
	w.now += 1;
	qr_make(&q, 0, connected(early));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_true(effect(TAM_APPRAISED, 0)->proves);
	assert_false(effect(TAM_APPRAISED, 0)->proves_all);
	assert_int_equal(effect(TAM_DEVICE, 0)->row.proven_at, NOW + 2);
}

/* One QueryRequest handed to two devices: each may answer it once. */
static void
one_question_for_many(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;

	(void)state;
	(void)connected(challenge);
	for (size_t i = 0; i < DEVICES; i++) {
		qr_make(&q, i, BYTES_OF(challenge));
		assert_int_equal(hand_in(qr_octets(&q)), OK);
		assert_int_equal(w.reply.why.err, OK);
		assert_int_equal(apply(), OK);
	}
	for (size_t i = 0; i < DEVICES; i++) {
		qr_make(&q, i, BYTES_OF(challenge));
		refused(qr_octets(&q), ERR_REPLAY, 0, NULL);
	}
}

/* All content ciphers, tagged or not, and either audience. */
static void
forms_of_evidence(void **state)
{
	static const int32_t algs[] = {
	    ALG_A128GCM, ALG_CHACHA20_POLY1305, ALG_A128CTR};
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;
	struct bytes in;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		qr_make(&q, 0, connected(challenge));
		q.alg = algs[i];
		draft_aud(&q.ev, w.esp256.kid);
		assert_int_equal(hand_in(qr_octets(&q)), OK);
		assert_int_equal(w.reply.why.err, OK);
	}
	qr_make(&q, 0, connected(challenge));
	draft_aud(&q.ev, w.ed25519.kid);
	q.m.format = BYTES_LIT("Application/EAT+cwt ; "
			       "eat_profile=" EAT_EVIDENCE_PROFILE);
	in = qr_octets(&q);
	/* The outer message may come without its tag. */
	assert_int_equal(hand_in((struct bytes){in.p + 1, in.n - 1}), OK);
	assert_int_equal(w.reply.why.err, OK);
	/* Where the TAM has no encryption key, plain Evidence will do. */
	w.tam.dialect.evidence = DIALECT_IF_KEY;
	w.tam.agree = NULL;
	qr_make(&q, 0, connected(challenge));
	q.plain = true;
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

/* A store or a memory that fails at any point: no judgement, no trace. */
static void
failures_are_no_judgement(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;
	struct bytes in;
	size_t good = 0;

	(void)state;
	wants(&w.store.wanted, 0);
	wants(&w.store.unwanted, 2);
	w.dev[0].has[w.dev[0].n_has++] = 2;
	qr_make(&q, 0, connected(challenge));
	in = qr_octets(&q);
	for (unsigned n = 1; good == 0 && n < 100; n++) {
		w.store.asked = 0;
		w.store.fail_at = n;
		if (hand_in(in) == OK) {
			good = n;
			break;
		}
		assert_int_equal(w.reply.why.err, ERR_STORE);
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
	}
	assert_true(good > 8);
	w.store.fail_at = 0;
	good = 0;
	for (size_t n = 0; good == 0 && n < 100; n++) {
		take_back();
		w.memory.may = n;
		if (hand_in(in) == OK)
			good = n;
		else {
			assert_int_equal(w.reply.why.err, ERR_MEMORY);
			assert_int_equal(w.reply.n_effects, 0);
			is_silent();
		}
	}
	assert_true(good > 4);
	w.memory.may = ARRAY_LEN(w.memory.lent);
	w.lib.fail = ERR_STORE;
	for (size_t n = 0; n < 2; n++) {
		w.lib.fail_after = n;
		w.lib.asked = 0;
		assert_int_equal(hand_in(in), ERR_STORE);
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(first_question),
	    TEST(installed_and_proven),
	    TEST(removed_and_proven),
	    TEST(an_old_challenge_proves_nothing),
	    TEST(one_question_for_many),
	    TEST(forms_of_evidence),
	    TEST(failures_are_no_judgement),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
