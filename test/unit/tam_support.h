/*
 * tam_support: a TAM with two devices and a store in memory.
 *
 * The store answers the view and applies effects as a shell must: all or
 * nothing, challenges and tokens once, device rows by version.
 */
#ifndef TAM_SUPPORT_H
#define TAM_SUPPORT_H

#include "rats_support.h"

#include <tamarind/tam.h>

#define DEVICES   2
#define MANIFESTS 48
#define TOKENS    64
#define USED      64

/* One device: a TEEP key for each suite, and what it has installed. */
struct device {
	struct pair teep[2]; /* by suite */
	struct pair evidence, report;
	uint8_t no;
	size_t has[MANIFESTS];
	size_t n_has;
};

struct shelf {
	struct tam_manifest m;
	uint8_t envelope[64];
};

struct list_of {
	size_t i[MANIFESTS];
	size_t n;
};

struct store {
	struct tam_device row[DEVICES * 2];
	struct {
		struct tam_token t;
		uint8_t unneeded[1024];
		bool open;
	} token[TOKENS];
	size_t n_tokens;
	struct {
		uint8_t challenge[TAM_CHALLENGE_LEN], kid[KID_LEN];
	} used[USED];
	size_t n_used;
	struct shelf shelf[MANIFESTS];
	struct list_of wanted, unwanted, granted;
	uint8_t mac[2][32];
	size_t n_mac;
	unsigned fail_at; /* the nth question fails; 0: none does */
	unsigned asked;
};

struct world {
	struct pair esp256, ed25519, result, enc, stranger;
	struct device dev[DEVICES];
	struct library lib;
	struct verifier_store vstore;
	struct store store;
	struct tam_view view;
	struct tam tam;
	struct arena arena;
	void *lent[512];
	size_t n_lent, may_lend;
	uint64_t now;
	int suite; /* of the devices: 0 ESP256, 1 Ed25519 */
	struct tam_reply reply;
};

static struct world w;

/* ---- arena -----------------------------------------------------------------
 */

static inline void *
lend(void *ctx, size_t n)
{
	void *p;

	(void)ctx;
	if (w.n_lent >= w.may_lend)
		return NULL;
	assert_true(w.n_lent < ARRAY_LEN(w.lent));
	p = calloc(1, n == 0 ? 1 : n);
	assert_non_null(p);
	w.lent[w.n_lent++] = p;
	return p;
}

static inline void
take_back(void)
{
	while (w.n_lent > 0)
		free(w.lent[--w.n_lent]);
}

/* ---- the store as a view ----------------------------------------------------
 */

static inline bool
fails(void)
{
	return ++w.store.asked == w.store.fail_at;
}

static inline enum err
see_device(void *ctx, struct bytes kid, struct tam_device *out)
{
	struct store *s = ctx;

	if (fails())
		return ERR_STORE;
	for (size_t i = 0; i < ARRAY_LEN(s->row); i++)
		if (bytes_same(kid, BYTES_OF(s->row[i].kid))) {
			*out = s->row[i];
			return OK;
		}
	return ERR_UNKNOWN_KEY;
}

static inline enum err
see_token(void *ctx, struct bytes token, const uint8_t kid[KID_LEN],
    const struct arena *mem, struct tam_token *out)
{
	struct store *s = ctx;

	(void)mem;
	if (fails())
		return ERR_STORE;
	for (size_t i = 0; i < s->n_tokens; i++)
		if (s->token[i].open &&
		    bytes_same(token, BYTES_OF(s->token[i].t.token)) &&
		    memcmp(kid, s->token[i].t.kid, KID_LEN) == 0) {
			*out = s->token[i].t;
			return OK;
		}
	return ERR_TOKEN;
}

static inline enum err
see_challenge(void *ctx, const uint8_t challenge[TAM_CHALLENGE_LEN],
    const uint8_t kid[KID_LEN])
{
	struct store *s = ctx;

	if (fails())
		return ERR_STORE;
	for (size_t i = 0; i < s->n_used; i++)
		if (memcmp(s->used[i].challenge, challenge,
			TAM_CHALLENGE_LEN) == 0 &&
		    memcmp(s->used[i].kid, kid, KID_LEN) == 0)
			return ERR_REPLAY;
	return OK;
}

static inline enum err
nth_of(const struct list_of *l, size_t nth, struct tam_manifest *out)
{
	if (fails())
		return ERR_STORE;
	if (nth >= l->n)
		return ERR_NOT_FOUND;
	*out = w.store.shelf[l->i[nth]].m;
	return OK;
}

static inline enum err
see_wanted(void *ctx, uint64_t device, size_t nth, struct tam_manifest *out)
{
	(void)device;
	return nth_of(&((struct store *)ctx)->wanted, nth, out);
}

static inline enum err
see_unwanted(void *ctx, uint64_t device, size_t nth, struct tam_manifest *out)
{
	(void)device;
	return nth_of(&((struct store *)ctx)->unwanted, nth, out);
}

static inline struct shelf *
by_digest(struct store *s, const uint8_t digest[DIGEST_LEN])
{
	for (size_t i = 0; i < MANIFESTS; i++)
		if (memcmp(s->shelf[i].m.digest, digest, DIGEST_LEN) == 0)
			return &s->shelf[i];
	return NULL;
}

static inline enum err
see_manifest(
    void *ctx, const uint8_t digest[DIGEST_LEN], struct tam_manifest *out)
{
	struct shelf *f = by_digest(ctx, digest);

	if (fails())
		return ERR_STORE;
	if (f == NULL)
		return ERR_NOT_FOUND;
	*out = f->m;
	return OK;
}

static inline enum err
see_granted(void *ctx, uint64_t device, struct bytes component,
    struct tam_manifest *out)
{
	struct store *s = ctx;

	(void)device;
	if (fails())
		return ERR_STORE;
	for (size_t i = 0; i < s->granted.n; i++) {
		struct tam_manifest *m = &s->shelf[s->granted.i[i]].m;

		if (bytes_same(component, (struct bytes){m->id, m->id_n})) {
			*out = *m;
			return OK;
		}
	}
	return ERR_NOT_FOUND;
}

static inline enum err
see_envelope(void *ctx, const uint8_t digest[DIGEST_LEN],
    const struct arena *mem, struct bytes *out)
{
	struct shelf *f = by_digest(ctx, digest);
	struct span room;

	if (fails())
		return ERR_STORE;
	if (f == NULL)
		return ERR_NOT_FOUND;
	room = arena_span(mem, sizeof(f->envelope));
	if (room.p == NULL)
		return ERR_MEMORY;
	memcpy(room.p, f->envelope, room.n);
	*out = (struct bytes){room.p, room.n};
	return OK;
}

static inline enum err
see_mac_key(void *ctx, size_t nth, uint8_t key[32])
{
	struct store *s = ctx;

	if (fails())
		return ERR_STORE;
	if (nth >= s->n_mac)
		return ERR_NOT_FOUND;
	memcpy(key, s->mac[nth], 32);
	return OK;
}

/* ---- effects, applied
 * -------------------------------------------------------- */

static inline enum err
apply_one(struct store *s, const struct tam_effect *e)
{
	switch (e->kind) {
	case TAM_USE_CHALLENGE:
		if (see_challenge(s, e->challenge, e->kid) != OK)
			return ERR_REPLAY;
		assert_true(s->n_used < USED);
		memcpy(s->used[s->n_used].challenge, e->challenge,
		    TAM_CHALLENGE_LEN);
		memcpy(s->used[s->n_used++].kid, e->kid, KID_LEN);
		return OK;
	case TAM_USE_TOKEN:
		for (size_t i = 0; i < s->n_tokens; i++)
			if (s->token[i].open &&
			    memcmp(s->token[i].t.token, e->token.token,
				TAM_TOKEN_LEN) == 0) {
				s->token[i].open = false;
				return OK;
			}
		return ERR_TOKEN;
	case TAM_NEW_TOKEN:
		assert_true(s->n_tokens < TOKENS);
		s->token[s->n_tokens].t = e->token;
		s->token[s->n_tokens].open = true;
		assert_true(e->token.unneeded.n <= 1024);
		if (e->token.unneeded.n > 0)
			memcpy(s->token[s->n_tokens].unneeded,
			    e->token.unneeded.p, e->token.unneeded.n);
		s->token[s->n_tokens].t.unneeded.p =
		    s->token[s->n_tokens].unneeded;
		s->n_tokens++;
		return OK;
	case TAM_DEVICE:
		for (size_t i = 0; i < ARRAY_LEN(s->row); i++) {
			if (s->row[i].id != e->row.id)
				continue;
			if (s->row[i].version != e->row.version)
				return ERR_BUSY;
			s->row[i] = e->row;
			s->row[i].version++;
			return OK;
		}
		fail();
		return ERR_NOT_FOUND;
	case TAM_APPRAISED:
	case TAM_REPORTED:
	case TAM_REQUESTED:
		return OK;
	}
	fail();
	return ERR_BUG;
}

/* All effects of the last reply, or none of them. */
static inline enum err
apply(void)
{
	static struct store next;

	next = w.store;
	for (size_t i = 0; i < w.reply.n_effects; i++) {
		enum err e = apply_one(&next, &w.reply.effect[i]);

		if (e != OK)
			return e;
	}
	/* Views into the copy's own buffers move with it. */
	for (size_t i = 0; i < next.n_tokens; i++)
		next.token[i].t.unneeded.p = w.store.token[i].unneeded;
	w.store = next;
	return OK;
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
	memset(f->envelope, (int)i, sizeof(f->envelope));
	f->m.envelope_n = sizeof(f->envelope);
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
	w.view = (struct tam_view){s, see_device, see_token, see_challenge,
	    see_wanted, see_unwanted, see_manifest, see_granted, see_envelope,
	    see_mac_key};
	w.tam = (struct tam){
	    .crypto = crypto_openssl(),
	    .view = &w.view,
	    .verifier = &w.vstore,
	    .config = tam_config_default(),
	    .esp256 = &w.esp256.s,
	    .ed25519 = &w.ed25519.s,
	    .result = &w.result.s,
	    .agree = &w.enc.a,
	};
	kid_text(w.esp256.kid, w.tam.audience[0]);
	kid_text(w.ed25519.kid, w.tam.audience[1]);
	w.arena = (struct arena){NULL, lend};
	w.may_lend = ARRAY_LEN(w.lent);
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

static inline void
wants(struct list_of *l, size_t manifest)
{
	l->i[l->n++] = manifest;
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
	assert_true(w.n_lent < ARRAY_LEN(w.lent));
	e = tam_message(&w.tam, w.now, copy, &w.arena, &w.reply);
	assert_true(w.n_lent < ARRAY_LEN(w.lent));
	w.lent[w.n_lent++] = exact;
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
	assert_int_equal(teep_read(v, TEEP_RULES_DEFAULT, m, &why), OK);
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

	assert_int_equal(teep_write(&o, m), OK);
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
		assert_int_equal(
		    suit_report_refused(&o, e, BYTES_LIT("u"), digest, nonce),
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
	if (word == NULL)
		is_silent();
	else
		is_told(code, word);
}

#endif
