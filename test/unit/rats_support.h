/*
 * rats_support: keys, endorsements and Evidence for the tests of corim,
 * verifier and tam.
 */
#ifndef RATS_SUPPORT_H
#define RATS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crypto_openssl.h>
#include <tamarind/verifier.h>

#define NOW 1800000000u

/* A key pair with all that is known of it. */
struct pair {
	struct signer s;
	struct agreer a; /* P-256 only, where asked for */
	struct cose_key pub;
	uint8_t kid[KID_LEN];
};

static inline void
pair_make(struct pair *p, int32_t crv, bool agree)
{
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;

	memset(p, 0, sizeof(*p));
	assert_int_equal(
	    openssl_key_generate(crv, SPAN_OF(room), &pem, &p->pub), OK);
	if (agree)
		assert_int_equal(openssl_agreer_load(pem, &p->a), OK);
	else
		assert_int_equal(openssl_signer_load(pem, &p->s), OK);
	assert_int_equal(
	    cose_key_thumbprint(crypto_openssl(), &p->pub, p->kid), OK);
}

static inline void
pair_free(struct pair *p)
{
	openssl_signer_free(&p->s);
	openssl_agreer_free(&p->a);
}

/* A ring of one key. */
static inline enum err
one_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct pair *p = ctx;

	(void)alg;
	if (nth > 0 || !bytes_same(kid, BYTES_OF(p->kid)))
		return ERR_UNKNOWN_KEY;
	*out = p->pub;
	return OK;
}

static inline struct keyring
ring_of_one(struct pair *p)
{
	return (struct keyring){p, one_key};
}

/* ---- what the Verifier was told ----------------------------------------- */

#define VALUES 40

struct endorsed {
	struct pair *key;
	struct verifier_key row;
};

/* What one CoRIM says, in a CoMID called source. */
struct said {
	struct corim_entry e;
	char source[16], text[64];
	uint8_t digest[DIGEST_LEN];
};

/* A Verifier's store: what is in it is made into CoRIMs when it is asked. */
struct library {
	struct endorsed endorsed[2];
	size_t n_endorsed;
	struct said value[VALUES];
	size_t n_values;
	struct {
		uint8_t room[256];
		struct corim corim;
	} corim[VALUES];
	struct acs_source source[VALUES];
	struct acs_library library;
	struct acs_saying index[VALUES];
	enum err fail;     /* the store answers this */
	size_t fail_after; /* from that question on */
	size_t asked;
};

static inline enum err
library_key(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	struct library *l = ctx;

	if (l->fail != OK && l->asked++ >= l->fail_after)
		return l->fail;
	for (size_t i = 0; i < l->n_endorsed; i++)
		if (memcmp(l->endorsed[i].key->kid, kid, KID_LEN) == 0) {
			*out = l->endorsed[i].row;
			return OK;
		}
	return ERR_UNKNOWN_KEY;
}

/* Whoever made them may say everything. */
static const struct corim_scope library_scope = {
    .kinds = (unsigned)CORIM_REFERENCE | CORIM_ENDORSED | CORIM_ATTEST_KEY};

static inline enum err
library_all(void *ctx, const struct acs_library **out)
{
	struct library *l = ctx;
	struct bytes corim;
	struct cbor_out w;
	struct why why;

	if (l->fail != OK && l->asked++ >= l->fail_after)
		return l->fail;
	for (size_t i = 0; i < l->n_values; i++) {
		w = cbor_into(SPAN_OF(l->corim[i].room));
		assert_int_equal(corim_author(&w, "c", l->value[i].source, 0,
				     NOW + 1000000, &l->value[i].e, 1),
		    OK);
		assert_int_equal(cbor_done(&w, &corim), OK);
		assert_int_equal(
		    corim_parse(corim, &l->corim[i].corim, &why), OK);
		l->source[i] = (struct acs_source){.corim = &l->corim[i].corim,
		    .scope = &library_scope,
		    .n_scope = 1};
	}
	assert_int_equal(acs_library_begin(&l->library, l->source, l->n_values,
			     NOW, false, &why),
	    OK);
	assert_int_equal(acs_library_count(&l->library), l->n_values);
	assert_int_equal(acs_library_index(&l->library, l->index, VALUES), OK);
	*out = &l->library;
	return OK;
}

static inline struct said *
library_add(struct library *l, enum corim_kind kind, const char *mkey)
{
	struct said *s = &l->value[l->n_values];

	assert_true(l->n_values < VALUES);
	memset(s, 0, sizeof(*s));
	s->e = (struct corim_entry){.kind = kind,
	    .class_id = BYTES_LIT("model-1"),
	    .vendor = BYTES_LIT("0a0b0c"),
	    .mkey = {(const uint8_t *)mkey, strlen(mkey)}};
	(void)snprintf(
	    s->source, sizeof(s->source), "values-%zu", l->n_values++);
	return s;
}

static inline void
library_digest(struct library *l, const char *mkey, uint8_t fill)
{
	struct said *s = library_add(l, CORIM_REFERENCE, mkey);

	memset(s->digest, fill, DIGEST_LEN);
	s->e.digest = BYTES_OF(s->digest);
}

static inline void
library_text(
    struct library *l, enum corim_kind kind, const char *mkey, const char *t)
{
	struct said *s = library_add(l, kind, mkey);
	struct bytes text = {(const uint8_t *)s->text, strlen(t)};

	(void)snprintf(s->text, sizeof(s->text), "%s", t);
	if (kind == CORIM_ENDORSED)
		s->e.name = text;
	else
		s->e.version = text;
}

static inline void
library_endorse(struct library *l, struct pair *key, uint8_t device)
{
	struct endorsed *e = &l->endorsed[l->n_endorsed++];

	assert_true(l->n_endorsed <= ARRAY_LEN(l->endorsed));
	e->key = key;
	e->row.key = key->pub;
	memcpy(e->row.class_id, "model-1", 7);
	e->row.class_id_n = 7;
	(void)snprintf(e->row.vendor, sizeof(e->row.vendor), "0a0b0c");
	memset(e->row.ueid, device, 17);
	e->row.ueid[0] = 1;
	e->row.ueid_n = 17;
	(void)snprintf(e->row.corim, sizeof(e->row.corim), "endorsements");
}

/* What the devices of these tests are measured against. */
static inline void
library_fill(struct library *l)
{
	library_text(l, CORIM_REFERENCE, "hwversion", "rev-a");
	library_text(l, CORIM_REFERENCE, "hwversion", "rev-b");
	library_digest(l, "launcher", 0x11);
	library_digest(l, "agent", 0x21);
	library_digest(l, "agent", 0x22);
	library_text(l, CORIM_ENDORSED, "assurance", "process-grade");
}

static inline struct verifier_store
library_store(struct library *l)
{
	return (struct verifier_store){l, library_key, library_all};
}

/* The Verifier itself. */
static const struct scheme *const rats_schemes[] = {
    &scheme_eat, &scheme_tpm, NULL};

static inline struct verifier
rats_verifier(const struct verifier_store *s)
{
	return (struct verifier){
	    .crypto = crypto_openssl(), .store = s, .schemes = rats_schemes};
}

/* ---- Evidence ------------------------------------------------------------ */

/* Evidence in the making: change what you like before evidence_sign. */
struct draft {
	struct eat_claims c;
	char aud[KID_TEXT];
	uint8_t ueid[17], seed[32];
	uint8_t cnf[128], report[128], enc[512];
	uint8_t manifests[4096], measurements[4096];
	struct cbor_out w_manifests, w_measurements;
	const struct signer *by;
	uint8_t room[16384];
};

static inline void
draft_manifest(struct draft *d, const uint8_t digest[DIGEST_LEN])
{
	struct eat_manifest m = {
	    BYTES_LIT("x"), ALG_SHA256, {digest, DIGEST_LEN}};

	eat_manifest_put(&d->w_manifests, &m);
	d->c.manifests.n++;
	d->c.manifests.raw = (struct bytes){d->manifests, d->w_manifests.at};
}

static inline void
draft_measure(struct draft *d, const char *name, uint8_t fill)
{
	uint8_t digest[DIGEST_LEN];
	struct eat_component m = {.name = {(const uint8_t *)name, strlen(name)},
	    .digest = BYTES_OF(digest)};

	memset(digest, fill, sizeof(digest));
	eat_component_put(&d->w_measurements, &m);
	d->c.measurements.n++;
	d->c.measurements.raw =
	    (struct bytes){d->measurements, d->w_measurements.at};
}

static inline void
draft_measure_none(struct draft *d)
{
	d->w_measurements = cbor_into(SPAN_OF(d->measurements));
	d->c.measurements = (struct list){BYTES_NONE, 0};
}

static inline void
draft_cnf(struct draft *d, const struct cose_key *k)
{
	struct cbor_out w = cbor_into(SPAN_OF(d->cnf));

	eat_cnf_put_key(&w, k);
	d->c.cnf = (struct bytes){d->cnf, w.at};
}

static inline void
draft_report_key(struct draft *d, const struct cose_key *k)
{
	struct cbor_out w = cbor_into(SPAN_OF(d->report));

	cose_key_write(&w, k);
	d->c.report_key = (struct bytes){d->report, w.at};
}

static inline void
draft_enc_keys(struct draft *d, const struct eat_payload_key *k, size_t n)
{
	struct cbor_out w = cbor_into(SPAN_OF(d->enc));

	for (size_t i = 0; i < n; i++)
		eat_payload_key_put(&w, &k[i]);
	d->c.payload_keys = (struct list){{d->enc, w.at}, n};
	d->c.has |= EAT_HAS_PAYLOAD_KEYS;
}

static inline void
draft_enc_key(struct draft *d, const struct cose_key *k)
{
	const struct eat_payload_key one = {BYTES_LIT("author"), *k};

	draft_enc_keys(d, &one, 1);
}

static inline void
draft_aud(struct draft *d, const uint8_t kid[KID_LEN])
{
	kid_text(kid, d->aud);
	d->c.aud = (struct bytes){(const uint8_t *)d->aud, strlen(d->aud)};
}

/* A healthy device's Evidence. */
static inline void
draft_make(struct draft *d, struct pair *evidence, struct pair *teep,
    struct pair *report, const uint8_t aud[KID_LEN], struct bytes challenge,
    uint8_t device)
{
	uint8_t digest[DIGEST_LEN];

	memset(d, 0, sizeof(*d));
	d->by = &evidence->s;
	d->w_manifests = cbor_into(SPAN_OF(d->manifests));
	draft_measure_none(d);
	memset(d->ueid, device, sizeof(d->ueid));
	d->ueid[0] = 1;
	d->c.has = EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_UEID |
		   EAT_HAS_OEMID | EAT_HAS_HWMODEL | EAT_HAS_HWVERSION |
		   EAT_HAS_PROFILE | EAT_HAS_BOOTSEED | EAT_HAS_MANIFESTS |
		   EAT_HAS_MEASUREMENTS | EAT_HAS_REPORT_KEY | EAT_HAS_COUNTER;
	draft_aud(d, aud);
	draft_cnf(d, &teep->pub);
	draft_report_key(d, &report->pub);
	d->c.nonce = challenge;
	d->c.ueid = BYTES_OF(d->ueid);
	d->c.oemid = BYTES_LIT("\x43\x0a\x0b\x0c");
	d->c.hwmodel = BYTES_LIT("model-1");
	d->c.hwversion = BYTES_LIT("\x81\x65rev-b");
	d->c.profile = BYTES_LIT(EAT_EVIDENCE_PROFILE);
	d->c.bootseed = BYTES_OF(d->seed);
	d->c.counter = BYTES_LIT("none");
	memset(digest, 0xa0, sizeof(digest));
	draft_manifest(d, digest);
	memset(digest, 0xa1, sizeof(digest));
	draft_manifest(d, digest);
	draft_measure(d, "launcher", 0x11);
	draft_measure(d, "agent", 0x22);
	draft_measure(d, "policy", 0x33);
}

/* The signed Evidence, in d->room. */
static inline struct bytes
evidence_sign(struct draft *d)
{
	uint8_t plain[12288];
	struct cbor_out w = cbor_into(SPAN_OF(plain));
	struct bytes claims, out;

	assert_int_equal(eat_write(&w, &d->c), OK);
	assert_int_equal(cbor_done(&w, &claims), OK);
	w = cbor_into(SPAN_OF(d->room));
	assert_int_equal(
	    cose_sign1_write(&w, d->by, claims, NULL, WRITE_TAGGED), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

/* A number that looks random and is the same in every run of one seed. */
static inline uint32_t
chance(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

#endif
