/*
 * tam_support: a TAM, two devices that know how to lie, and what they say.
 */
#ifndef TAM_SUPPORT_H
#define TAM_SUPPORT_H

#include "rats_support.h"
#include "tam_store.h"

/* One device: a TEEP key for each suite, and what it has installed. */
struct device {
	struct pair teep[2]; /* by suite */
	struct pair evidence, report;
	uint8_t no;
	size_t has[MANIFESTS];
	size_t n_has;
};

struct world {
	struct pair esp256, ed25519, result, enc, stranger;
	struct device dev[DEVICES];
	struct library lib;
	struct verifier_store vstore;
	struct verifier verifier;
	struct store store;
	struct tam_view view;
	struct tam tam;
	struct arena arena;
	struct lender memory;
	uint8_t octets[MANIFESTS][64]; /* of envelopes */
	uint64_t now;
	int suite; /* of the devices: 0 ESP256, 1 Ed25519 */
	struct tam_reply reply;
};

static struct world w;

static inline void
take_back(void)
{
	lender_free(&w.memory);
}

/* Apply the effects of the last reply. */
static inline enum err
apply(void)
{
	return store_apply(&w.store, &w.reply);
}

/* The nth effect of a kind in the last reply, or NULL. */
static inline const struct tam_effect *
effect(enum tam_effect_kind kind, size_t nth)
{
	for (size_t i = 0; i < w.reply.n_effects; i++)
		if (w.reply.effect[i].kind == kind && nth-- == 0)
			return &w.reply.effect[i];
	return NULL;
}

/* ---- the world
 * ---------------------------------------------------------------- */

static inline int
world_make(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	assert_non_null(crypto_openssl());
	pair_make(&w.esp256, CRV_P256, false);
	pair_make(&w.ed25519, CRV_ED25519, false);
	pair_make(&w.result, CRV_P256, false);
	pair_make(&w.enc, CRV_P256, true);
	pair_make(&w.stranger, CRV_P256, false);
	for (size_t i = 0; i < DEVICES; i++) {
		pair_make(&w.dev[i].teep[0], CRV_P256, false);
		pair_make(&w.dev[i].teep[1], CRV_ED25519, false);
		pair_make(&w.dev[i].evidence, CRV_P256, false);
		pair_make(&w.dev[i].report, CRV_P256, false);
	}
	return 0;
}

static inline int
world_end(void **state)
{
	(void)state;
	pair_free(&w.esp256);
	pair_free(&w.ed25519);
	pair_free(&w.result);
	pair_free(&w.enc);
	pair_free(&w.stranger);
	for (size_t i = 0; i < DEVICES; i++) {
		pair_free(&w.dev[i].teep[0]);
		pair_free(&w.dev[i].teep[1]);
		pair_free(&w.dev[i].evidence);
		pair_free(&w.dev[i].report);
	}
	return 0;
}

/* Manifest i: id ['app', i / 2], so that 2k and 2k+1 are two versions. */
static inline void
shelve(struct store *s, size_t i)
{
	struct shelf *f = &s->shelf[i];

	memset(f->m.digest, (int)(0x40 + i), DIGEST_LEN);
	f->m.sequence = 10 + i;
	memcpy(f->m.id,
	    "\x82\x43"
	    "app\x41",
	    6);
	f->m.id[6] = (uint8_t)(i / 2);
	f->m.id_n = 7;
	memset(w.octets[i], (int)i, sizeof(w.octets[i]));
	f->envelope = BYTES_OF(w.octets[i]);
	f->m.envelope_n = f->envelope.n;
}

/* Both devices known, endorsed, never seen; nothing is wanted. */
static inline int
world_reset(void **state)
{
	struct store *s = &w.store;

	(void)state;
	memset(s, 0, sizeof(*s));
	memset(&w.lib, 0, sizeof(w.lib));
	memset(&w.reply, 0, sizeof(w.reply));
	library_fill(&w.lib);
	for (size_t i = 0; i < DEVICES; i++) {
		w.dev[i].no = (uint8_t)(7 + i);
		w.dev[i].n_has = 0;
		library_endorse(&w.lib, &w.dev[i].evidence, w.dev[i].no);
		for (size_t k = 0; k < 2; k++) {
			struct tam_device *r = &s->row[2 * i + k];

			r->id = 100 + 2 * i + k;
			r->version = 5;
			r->key = w.dev[i].teep[k].pub;
			memcpy(r->kid, w.dev[i].teep[k].kid, KID_LEN);
		}
	}
	for (size_t i = 0; i < MANIFESTS; i++)
		shelve(s, i);
	memset(s->mac[0], 0x5a, 32);
	memset(s->mac[1], 0xa5, 32);
	s->n_mac = 2;
	w.vstore = library_store(&w.lib);
	w.verifier = rats_verifier(&w.vstore);
	w.view = store_view(s);
	w.tam = (struct tam){
	    .crypto = crypto_openssl(),
	    .view = &w.view,
	    .verifier = &w.verifier,
	    .config = tam_config_default(),
	    .esp256 = &w.esp256.s,
	    .ed25519 = &w.ed25519.s,
	    .result = &w.result.s,
	    .agree = &w.enc.a,
	};
	kid_text(w.esp256.kid, w.tam.audience[0]);
	kid_text(w.ed25519.kid, w.tam.audience[1]);
	w.arena = (struct arena){&w.memory, lend};
	w.memory.may = ARRAY_LEN(w.memory.lent);
	w.now = NOW;
	return 0;
}

static inline int
world_rest(void **state)
{
	(void)state;
	take_back();
	return 0;
}

/* End main with a group of tests that is run in both suites. */
#define RETURN_FROM_BOTH_SUITES(tests)                                         \
	do {                                                                   \
		int failed_;                                                   \
                                                                               \
		w_suite = 0;                                                   \
		failed_ = cmocka_run_group_tests_name(                         \
		    "ESP256", tests, suite_begin, world_end);                  \
		w_suite = 1;                                                   \
		return failed_ + cmocka_run_group_tests_name("Ed25519", tests, \
				     suite_begin, world_end);                  \
	} while (0)

static int w_suite;

static inline int
suite_begin(void **state)
{
	int e = world_make(state);

	w.suite = w_suite;
	return e;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, world_reset, world_rest)

static inline struct pair *
teep_of(size_t device)
{
	return &w.dev[device].teep[w.suite];
}

static inline struct tam_device *
row_of(size_t device)
{
	return &w.store.row[2 * device + (size_t)w.suite];
}

/* ---- messages to and from the TAM
 * ---------------------------------------------- */

/* Hand one message in.  The reply stays until the next one. */
static inline enum err
hand_in(struct bytes in)
{
	struct bytes copy = in;
	uint8_t *exact;
	enum err e;

	/* Its own block, exactly as long: reading past it is seen. */
	exact = malloc(in.n == 0 ? 1 : in.n);
	assert_non_null(exact);
	if (in.n > 0)
		memcpy(exact, in.p, in.n);
	copy.p = exact;
	assert_true(w.memory.n < ARRAY_LEN(w.memory.lent));
	e = tam_message(&w.tam, w.now, copy, &w.arena, &w.reply);
	assert_true(w.memory.n < ARRAY_LEN(w.memory.lent));
	w.memory.lent[w.memory.n++] = exact;
	return e;
}

static inline enum err
find_tam(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)alg;
	if (nth > 0)
		return ERR_UNKNOWN_KEY;
	if (bytes_same(kid, BYTES_OF(w.esp256.kid)))
		*out = w.esp256.pub;
	else if (bytes_same(kid, BYTES_OF(w.ed25519.kid)))
		*out = w.ed25519.pub;
	else
		return ERR_UNKNOWN_KEY;
	return OK;
}

/* Read what the TAM says, as an agent does. */
static inline void
read_from_tam(struct bytes in, unsigned accept, struct verified *v,
    struct teep_message *m)
{
	const struct keyring ring = {NULL, find_tam};
	struct why why;

	assert_int_equal(
	    cose_verify(crypto_openssl(), &ring, accept, in, v, &why), OK);
	assert_int_equal(teep_read(v, NULL, m, &why), OK);
}

/* The last reply: a COSE_Sign1 in the device's suite. */
static inline struct teep_message
reply(enum teep_type type)
{
	struct teep_message m;
	struct verified v;

	assert_int_equal(w.reply.sent, type);
	assert_true(w.reply.message.n > 0);
	assert_int_equal(w.reply.message.p[0], 0xd2);
	read_from_tam(w.reply.message, ACCEPT_SIGN1, &v, &m);
	assert_int_equal(v.alg, w.suite == 0 ? ALG_ESP256 : ALG_ED25519);
	assert_int_equal(m.type, type);
	return m;
}

/* The challenge of a fresh session. */
static inline struct bytes
connected(uint8_t out[TAM_CHALLENGE_LEN])
{
	struct teep_message m;
	struct verified v;
	struct bytes in;

	assert_int_equal(tam_connect(&w.tam, w.now, &w.arena, &in), OK);
	read_from_tam(in, ACCEPT_SIGN, &v, &m);
	assert_int_equal(m.challenge.n, TAM_CHALLENGE_LEN);
	memcpy(out, m.challenge.p, TAM_CHALLENGE_LEN);
	return (struct bytes){out, TAM_CHALLENGE_LEN};
}

/* A TEEP message signed by anybody, in a static room. */
static inline struct bytes
sign_octets(const struct signer *s, struct bytes payload)
{
	static uint8_t room[65536];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(
	    cose_sign1_write(&o, s, payload, NULL, WRITE_TAGGED), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

static inline struct bytes
encode(const struct teep_message *m)
{
	static uint8_t room[65536];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(teep_write(&o, NULL, m), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

static inline struct bytes
sign_message(const struct signer *s, const struct teep_message *m)
{
	return sign_octets(s, encode(m));
}

/* Encrypt for a key, in a static room. */
static inline struct bytes
encrypt_to(struct pair *to, int32_t alg, const char *ctx, struct bytes plain)
{
	static uint8_t room[32768];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(cose_encrypt_write(&o, crypto_openssl(), alg, &to->pub,
			     to->kid, ctx, plain),
	    OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

/* A QueryResponse in the making. */
struct qr {
	struct draft ev;
	struct teep_message m;
	bool plain;  /* leave Evidence unencrypted */
	int32_t alg; /* content encryption */
	const char *ctx;
	struct pair *to;
	const struct signer *by;
};

/* What a healthy device answers. */
static inline void
qr_make(struct qr *q, size_t device, struct bytes challenge)
{
	struct device *d = &w.dev[device];

	memset(q, 0, sizeof(*q));
	draft_make(&q->ev, &d->evidence, teep_of(device), &d->report,
	    w.suite == 0 ? w.esp256.kid : w.ed25519.kid, challenge, d->no);
	for (size_t i = 0; i < d->n_has; i++)
		draft_manifest(&q->ev, w.store.shelf[d->has[i]].m.digest);
	q->m.type = TEEP_QUERY_RESPONSE;
	q->m.has = TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT | TEEP_HAS_TC_LIST;
	q->m.format = BYTES_LIT(EAT_EVIDENCE_FORMAT);
	q->alg = ALG_A128GCM;
	q->ctx = COSE_CTX_EAT;
	q->to = &w.enc;
	q->by = &teep_of(device)->s;
}

/* With these octets as Evidence, signed but not encrypted yet. */
static inline struct bytes
qr_with(struct qr *q, struct bytes evidence)
{
	q->m.attestation =
	    q->plain ? evidence : encrypt_to(q->to, q->alg, q->ctx, evidence);
	return sign_message(q->by, &q->m);
}

static inline struct bytes
qr_octets(struct qr *q)
{
	return qr_with(q, evidence_sign(&q->ev));
}

/* A fresh session up to the healthy device's answer, effects applied. */
static inline void
attested(size_t device)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;

	qr_make(&q, device, connected(challenge));
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
}

/* ---- reports
 * -------------------------------------------------------------------- */

/* SUIT Reports in the making, all in static rooms. */
struct reports {
	uint8_t room[16384];
	struct cbor_out o;
	size_t n;
};

static inline void
reports_begin(struct reports *r)
{
	r->o = cbor_into(SPAN_OF(r->room));
	r->n = 0;
}

/* The encoded report on a manifest. */
static inline struct bytes
report_on(const uint8_t digest[DIGEST_LEN], struct bytes nonce, enum err e)
{
	static uint8_t room[1024];
	static struct suit_run run;
	static struct suit_manifest m;
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	memset(&run, 0, sizeof(run));
	memset(&m, 0, sizeof(m));
	memcpy(m.digest, digest, DIGEST_LEN);
	run.m = &m;
	run.state = SUIT_DONE;
	if (e == OK)
		assert_int_equal(suit_report_write(&o, &run, nonce), OK);
	else
		assert_int_equal(suit_report_brief(&o, e, BYTES_LIT("u"),
				     digest, nonce, BYTES_NONE),
		    OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

static inline void
reports_add(struct reports *r, struct bytes protected)
{
	cbor_put_bstr(&r->o, protected);
	r->n++;
}

static inline struct bytes
report_sign(const struct signer *s, struct bytes body)
{
	static uint8_t room[4096];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(cose_sign1_write(&o, s, body, NULL, WRITE_TAGGED), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

/* A good report by a device, encrypted and signed as it should be. */
static inline void
reports_good(struct reports *r, size_t device, size_t manifest,
    struct bytes nonce, enum err e)
{
	struct bytes plain =
	    report_on(w.store.shelf[manifest].m.digest, nonce, e);

	reports_add(
	    r, report_sign(&w.dev[device].report.s,
		   encrypt_to(&w.enc, ALG_A128GCM, COSE_CTX_REPORT, plain)));
}

static inline struct list
reports_list(const struct reports *r)
{
	assert_int_equal(r->o.err, OK);
	return (struct list){{r->room, r->o.at}, r->n};
}

/* ---- verdicts
 * -------------------------------------------------------------------- */

/* An Update that refuses, and nothing but that. */
static inline void
is_told(uint32_t code, const char *word)
{
	struct teep_message m = reply(TEEP_UPDATE);

	assert_int_equal(m.has, TEEP_HAS_ERR_CODE | TEEP_HAS_ERR_MSG);
	assert_int_equal(m.err_code, code);
	assert_true(bytes_same(
	    m.err_msg, (struct bytes){(const uint8_t *)word, strlen(word)}));
}

static inline void
is_silent(void)
{
	assert_int_equal(w.reply.message.n, 0);
	assert_int_equal(w.reply.sent, 0);
}

/*
 * Refused for this reason, with no effects; word NULL: the peer hears
 * nothing; else it hears this word under this code.
 */
static inline void
refused(struct bytes in, enum err e, uint32_t code, const char *word)
{
	enum err got = hand_in(in);

	if (got != OK || w.reply.why.err != e)
		fail_msg("%s/%s (%s) instead of %s", err_name(got),
		    err_name(w.reply.why.err),
		    w.reply.why.what == NULL ? "" : w.reply.why.what,
		    err_name(e));
	assert_int_equal(w.reply.n_effects, 0);
	/* whatever was found good before is not to be acted on */
	assert_int_not_equal(w.reply.appraisal.verdict, ACCEPTED);
	if (word == NULL)
		is_silent();
	else
		is_told(code, word);
}

#endif
