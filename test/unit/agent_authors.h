/*
 * agent_authors: who speaks to an agent in its tests: keys for everybody,
 * policies and manifests, in memory that lives as long as the test.
 */
#ifndef AGENT_AUTHORS_H
#define AGENT_AUTHORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto_port.h"
#include <tamarind/agent.h>

#define assert_ok(e)        assert_string_equal(err_name(e), "ok")
#define assert_err(e, want) assert_string_equal(err_name(e), err_name(want))

/* ---- memory that lives as long as the test ------------------------------ */

static uint8_t scratch[8u << 20];
static size_t scratch_used;

static inline struct cbor_out
begin(void)
{
	return cbor_into((struct span){
	    scratch + scratch_used, sizeof(scratch) - scratch_used});
}

static inline struct bytes
end(struct cbor_out *w)
{
	struct bytes out;

	assert_ok(cbor_done(w, &out));
	scratch_used += out.n;
	return out;
}

static inline struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

/* An identifier from its text form. */
static inline struct bytes
id(const char *s)
{
	struct bytes out;

	assert_ok(suit_id_from_text(s,
	    (struct span){
		scratch + scratch_used, sizeof(scratch) - scratch_used},
	    &out));
	scratch_used += out.n;
	return out;
}

/* A copy with one bit flipped. */
static inline struct bytes
flipped(struct bytes in, size_t at)
{
	uint8_t *p = scratch + scratch_used;

	assert_true(in.n <= sizeof(scratch) - scratch_used && at < in.n);
	memcpy(p, in.p, in.n);
	p[at] ^= 1;
	scratch_used += in.n;
	return (struct bytes){p, in.n};
}

/* Offset of needle in hay, which has it. */
static inline size_t
offset_of(struct bytes hay, struct bytes needle)
{
	for (size_t i = 0; i + needle.n <= hay.n; i++)
		if (memcmp(hay.p + i, needle.p, needle.n) == 0)
			return i;
	fail_msg("not in there");
	return 0;
}

/* ---- keys ---------------------------------------------------------------- */

enum key_name {
	K_TAM,    /* main TAM, ESP256 */
	K_TAM_ED, /* main TAM, Ed25519 */
	K_OTHER,  /* another TAM */
	K_RECOVERY,
	K_STRANGER,
	K_ACME, /* signer of app/... */
	K_BOLT, /* signer of app/bolt and other/... */
	K_ADMIN0,
	K_ADMIN1,
	K_ADMIN2,
	K_ADMIN3, /* not in the first policy */
	K_TEEP,   /* this device */
	K_REPORT,
	K_DEVICE2, /* TEEP key of another device */
	K_EVIDENCE,
	K_VERIFIER,
	K_ENC,     /* encryption key of the main TAM */
	K_TEEP_ED, /* more of this device and the other one */
	K_DEVICE2_ED,
	K_REPORT2,
	K_EVIDENCE2,
	K_MAX,
};

static struct key {
	struct signer s;
	struct cose_key pub;
	struct agreer agree;
} keys[K_MAX];

static const struct crypto *crypto;

static inline int32_t
curve_of(int k)
{
	return k == K_TAM_ED || k == K_TEEP_ED || k == K_DEVICE2_ED
		   ? CRV_ED25519
		   : CRV_P256;
}

static inline int
keys_make(void **state)
{
	uint8_t pem_room[TEST_PEM_MAX];

	(void)state;
	crypto = test_crypto_once();
	assert_non_null(crypto);
	for (int i = 0; i < K_MAX; i++) {
		struct bytes pem;

		/* Keys of others may be of a kind that we cannot use. */
		if (curve_of(i) == CRV_ED25519 && !has_ed25519()) {
			keys[i].pub = (struct cose_key){
			    KTY_OKP, CRV_ED25519, {(uint8_t)(i + 1)}, {0}};
			assert_ok(test_signer_beyond(&keys[i].pub, &keys[i].s));
			continue;
		}
		assert_ok(test_key_generate(
		    curve_of(i), SPAN_OF(pem_room), &pem, &keys[i].pub));
		assert_ok(test_signer_load(pem, &keys[i].s));
		assert_ok(test_signer_once(&keys[i].s));
		if (i == K_ENC)
			assert_ok(test_agreer_load(pem, &keys[i].agree));
	}
	return 0;
}

static inline int
keys_free(void **state)
{
	(void)state;
	for (int i = 0; i < K_MAX; i++)
		test_signer_free(&keys[i].s);
	test_agreer_free(&keys[K_ENC].agree);
	return 0;
}

static inline struct bytes
kid(enum key_name k)
{
	return BYTES_OF(keys[k].s.kid);
}

/* ---- policy -------------------------------------------------------------- */

/* What differs from the usual policy. */
struct policy_opts {
	unsigned threshold;     /* 0: 2 */
	unsigned admins;        /* mask of K_ADMIN0.., 0: the first three */
	struct dialect dialect; /* of the main TAM */
	bool no_enc;            /* the main TAM has no encryption key */
	bool no_acme;           /* without the signer acme */
	bool acme_narrow;       /* acme may write app/free only */
	int acme[2];            /* its keys; 0: K_ACME, and no second one */
	struct bytes floors;    /* of acme, encoded; empty: none */
	/* how main, and recovery, have to prove themselves, encoded */
	struct bytes attested, recovery_attested;
	int verifier2;        /* key of a second Verifier, "second"; 0: none */
	int log;              /* key of a log; 0: none */
	bool unlogged;        /* acme need not be in it */
	uint64_t quota;       /* of the main TAM */
	uint64_t version;     /* 0: 1 */
	int other;            /* key of the other TAM, 0: K_OTHER */
	int twice;            /* a key to put in a second place, 0: none */
	unsigned payload_key; /* of acme and bolt; 0: none */
	unsigned readings;    /* of acme */
	const char *host; /* acme's URI prefix, NULL: https://cdn.example/ */
	const char *recovery_prefix, *tam_prefix; /* main's, NULL: app */
};

static inline void
put_key_list(struct cbor_out *w, const int *k, size_t n)
{
	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++)
		cose_key_write(w, &keys[k[i]].pub);
}

static inline void
put_id(struct cbor_out *w, const char *name)
{
	uint8_t room[SUIT_ID_MAX];
	struct bytes b;

	assert_ok(suit_id_from_text(name, SPAN_OF(room), &b));
	cbor_put_raw(w, b);
}

static inline void
put_ids(struct cbor_out *w, const char *const *ids, size_t n)
{
	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++)
		put_id(w, ids[i]);
}

static inline void
put_tam(struct cbor_out *w, const char *name, const int *k, size_t n,
    const char *uri, const char *const *prefixes, size_t n_prefixes, bool enc,
    uint64_t quota, const struct dialect *d, struct bytes attested)
{
	const uint8_t axes[] = {d->numbering, d->algs, d->profiles, d->first,
	    d->reports, d->evidence};
	bool unbound = d->update == DIALECT_UNBOUND;
	size_t named = 0;

	for (size_t i = 0; i < ARRAY_LEN(axes); i++)
		named += axes[i] != 0;
	cbor_put_map(w, 4 + (size_t)enc + (quota > 0) + (size_t)unbound +
			    (named > 0) + (attested.n > 0));
	cbor_put_uint(w, 1);
	cbor_put_text(w, name);
	cbor_put_uint(w, 2);
	put_key_list(w, k, n);
	if (enc) {
		cbor_put_uint(w, 3);
		cose_key_write(w, &keys[K_ENC].pub);
	}
	cbor_put_uint(w, 4);
	cbor_put_text(w, uri);
	cbor_put_uint(w, 5);
	put_ids(w, prefixes, n_prefixes);
	if (quota > 0) {
		cbor_put_uint(w, 6);
		cbor_put_uint(w, quota);
	}
	if (unbound) {
		cbor_put_uint(w, 7);
		cbor_put_bool(w, true);
	}
	if (named > 0) {
		cbor_put_uint(w, 8);
		cbor_put_map(w, named);
	}
	for (size_t i = 0; i < ARRAY_LEN(axes); i++) {
		if (axes[i] == 0)
			continue;
		cbor_put_uint(w, i + 1);
		cbor_put_uint(w, axes[i]);
	}
	if (attested.n > 0) {
		cbor_put_uint(w, 9);
		cbor_put_raw(w, attested);
	}
}

static inline void
put_signer(struct cbor_out *w, const char *name, const int *k, size_t n,
    const char *const *prefixes, size_t n_prefixes, const char *host,
    unsigned payload_key, struct bytes floors, bool logged, unsigned readings)
{
	cbor_put_map(w, 3u + (host != NULL) + (payload_key != 0) +
			    (floors.n > 0) + logged + (readings != 0));
	cbor_put_uint(w, 1);
	cbor_put_text(w, name);
	cbor_put_uint(w, 2);
	put_key_list(w, k, n);
	cbor_put_uint(w, 3);
	put_ids(w, prefixes, n_prefixes);
	if (host != NULL) {
		cbor_put_uint(w, 4);
		cbor_put_array(w, 1);
		cbor_put_text(w, host);
	}
	if (payload_key != 0) {
		cbor_put_uint(w, 5);
		cbor_put_uint(w, payload_key);
	}
	if (floors.n > 0) {
		cbor_put_uint(w, 6);
		cbor_put_raw(w, floors);
	}
	if (logged) {
		cbor_put_uint(w, 7);
		cbor_put_bool(w, true);
	}
	if (readings != 0) {
		cbor_put_uint(w, 8);
		cbor_put_uint(w, readings);
	}
}

static inline void
put_verifier(struct cbor_out *w, const char *name, int k)
{
	cbor_put_map(w, 2);
	cbor_put_uint(w, 1);
	cbor_put_text(w, name);
	cbor_put_uint(w, 2);
	put_key_list(w, &k, 1);
}

#define LIST(...)                           \
	(const char *const[]){__VA_ARGS__}, \
	    ARRAY_LEN(((const char *const[]){__VA_ARGS__}))
#define KEYS(...) \
	(const int[]){__VA_ARGS__}, ARRAY_LEN(((const int[]){__VA_ARGS__}))

static inline struct bytes
policy_object(const struct policy_opts *o)
{
	static const struct dialect if_key = {.evidence = DIALECT_IF_KEY};
	unsigned admins = o->admins != 0 ? o->admins : 7;
	const int acme[2] = {o->acme[0] != 0 ? o->acme[0] : K_ACME, o->acme[1]};
	struct cbor_out w;
	int list[4];
	size_t n = 0;

	for (int i = 0; i < 4; i++)
		if ((admins >> i & 1) != 0)
			list[n++] = K_ADMIN0 + i;
	w = begin();
	cbor_put_map(&w, o->log != 0 ? 8 : 7);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, o->version != 0 ? o->version : 1);
	cbor_put_uint(&w, 2);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_uint(&w, o->threshold != 0 ? o->threshold : 2);
	cbor_put_uint(&w, 2);
	put_key_list(&w, list, n);
	cbor_put_uint(&w, 3);
	cbor_put_array(&w, 2);
	put_tam(&w, "main", KEYS(K_TAM, K_TAM_ED), "https://tam.example/tep",
	    LIST(o->tam_prefix != NULL ? o->tam_prefix : "app", "policy"),
	    !o->no_enc, o->quota, &o->dialect, o->attested);
	put_tam(&w, "other", KEYS(o->other != 0 ? o->other : K_OTHER),
	    "https://other.example/tep", LIST("other", "app/shared"), false, 0,
	    &if_key, BYTES_NONE);
	cbor_put_uint(&w, 4);
	cbor_put_array(&w, o->no_acme ? 1 : 2);
	if (!o->no_acme)
		put_signer(&w, "acme", acme, acme[1] != 0 ? 2 : 1,
		    LIST(o->acme_narrow ? "app/free" : "app"),
		    o->host != NULL ? o->host : "https://cdn.example/",
		    o->payload_key, o->floors, o->log != 0 && !o->unlogged,
		    o->readings);
	put_signer(&w, "bolt", KEYS(K_BOLT),
	    LIST("app/bolt", "app/hello", "other"), NULL, o->payload_key,
	    BYTES_NONE, false, 0);
	cbor_put_uint(&w, 5);
	cbor_put_array(&w, o->verifier2 != 0 ? 2 : 1);
	put_verifier(&w, "verifier", o->twice != 0 ? o->twice : K_VERIFIER);
	if (o->verifier2 != 0)
		put_verifier(&w, "second", o->verifier2);
	cbor_put_uint(&w, 6);
	put_tam(&w, "recovery", KEYS(K_RECOVERY), "https://recovery.example/",
	    LIST(o->recovery_prefix != NULL ? o->recovery_prefix : "policy"),
	    false, 0, &if_key, o->recovery_attested);
	cbor_put_uint(&w, 7);
	cbor_put_array(&w, 2);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	put_id(&w, "app/hello");
	cbor_put_uint(&w, 2);
	cbor_put_array(&w, 1);
	cbor_put_uint(&w, 1000);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 1);
	put_id(&w, "app/free");
	if (o->log != 0) {
		cbor_put_uint(&w, 8);
		put_key_list(&w, KEYS(o->log));
	}
	return end(&w);
}

/* ---- manifests ----------------------------------------------------------- */

static const uint8_t vendor[16] = "vendor-vendor-ve";
static const uint8_t class_id[16] = "class-class-clas";

/* What differs from the usual manifest: integrated payload, signed by acme. */
struct manifest_opts {
	const char *id;          /* component, and manifest id */
	const char *manifest_id; /* NULL: the same */
	uint64_t sequence;
	struct bytes payload;
	const char *uri;  /* to fetch it from; NULL: integrated */
	unsigned signers; /* mask of enum key_name, 0: acme */
	bool invoke;
	bool bad_class;
	struct bytes digest; /* declared, if not the payload's */
	uint64_t size;       /* declared, if not the payload's; 0: that */
	const char *reference;
};

static inline struct bytes
manifest(const struct manifest_opts *o)
{
	static const uint8_t other_class[16] = "other-class-othe";
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r = {
	    .sequence = o->sequence,
	    .component = id(o->id),
	    .vendor = BYTES_OF(vendor),
	    .class_id =
		o->bad_class ? BYTES_OF(other_class) : BYTES_OF(class_id),
	    .digest = BYTES_OF(digest),
	    .size = o->size != 0 ? o->size : o->payload.n,
	    .uri = text(o->uri != NULL ? o->uri : "#payload"),
	    .invoke = o->invoke,
	};
	unsigned signers = o->signers != 0 ? o->signers : 1u << K_ACME;
	struct bytes envelope;
	struct cbor_out w;

	assert_ok(crypto->sha256(&o->payload, 1, digest));
	if (o->digest.n > 0)
		r.digest = o->digest;
	if (o->manifest_id != NULL)
		r.manifest_id = id(o->manifest_id);
	if (o->uri == NULL)
		r.payload = o->payload;
	if (o->reference != NULL)
		r.reference_uri = text(o->reference);
	w = begin();
	assert_ok(suit_author(&w, crypto, &r));
	envelope = end(&w);
	for (unsigned k = 0; k < K_MAX; k++) {
		if ((signers >> k & 1) == 0)
			continue;
		w = begin();
		assert_ok(suit_author_sign(&w, crypto, envelope, &keys[k].s));
		envelope = end(&w);
	}
	return envelope;
}

/* A policy as a manifest, signed by the administrators of a mask over
 * K_ADMIN0.. */
static inline struct bytes
policy_envelope(struct bytes object, uint64_t sequence, unsigned admins)
{
	return manifest(&(struct manifest_opts){
	    .id = "policy",
	    .sequence = sequence,
	    .payload = object,
	    .signers = admins << K_ADMIN0,
	});
}

#endif
