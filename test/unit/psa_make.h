/*
 * psa_make: a PSA token in the making, for a device of the test's own.
 */
#ifndef PSA_MAKE_H
#define PSA_MAKE_H

#include "hardware.h"
#include "verifier/psa.h"

#define TYPE "tag:tamarind.example,2026:psa"
#define BARE "application/psa-attestation-token"

static struct cast cast;
static struct shelf shelf;
static struct wrapped box;
static struct asking q;
static EVP_PKEY *key, *other;
static uint8_t token[8192];
static size_t refusals;

static inline void
no(struct bytes in, enum err e, const char *what)
{
	refuses(&q, in, e, what);
	refusals++;
}

/* ---- of the test's own ----------------------------------------------------
 */

static inline int
setup(void **state)
{
	(void)state;
	cast_make(&cast);
	key = made_key("P-256");
	other = made_key("P-384");
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	cast_free(&cast);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return 0;
}

/* The third is there to be read where one is longer. */
static uint8_t signer_id[32] = {5}, digests[3][32] = {{1}, {2}, {3}};

/* A token in the making. */
static struct {
	bool old, untagged_alg;
	int64_t alg;
	uint64_t tag, lifecycle;
	int64_t client;
	const char *profile;
	uint8_t nonce[64];
	size_t nonce_n;
	uint8_t id[32], ueid[33];
	size_t components, left_out, longer;
} t;

static inline void
claim(struct cbor_out *w, int64_t number, int64_t old)
{
	cbor_put_int(w, t.old ? old : number);
}

static inline void
component_put(struct cbor_out *w, size_t i)
{
	static const char *const names[] = {"BL", "PRoT"};

	cbor_put_map(w, 4);
	cbor_put_uint(w, 1);
	cbor_put_text(w, names[i]);
	cbor_put_uint(w, 2);
	cbor_put_bstr(w, (struct bytes){digests[i], 32 + t.longer});
	cbor_put_uint(w, 4);
	cbor_put_text(w, "1.0");
	cbor_put_uint(w, 5);
	cbor_put_bstr(w, BYTES_OF(signer_id));
}

/* All claims but the left_out-th, counted from 1. */
static inline struct bytes
claims_make(uint8_t *room, size_t n)
{
	struct cbor_out w = cbor_into((struct span){room, n});
	struct bytes out;

	cbor_put_map(&w, (size_t)7 - (t.left_out > 0));
	if (t.left_out != 1) {
		claim(&w, 10, -75008);
		cbor_put_bstr(&w, (struct bytes){t.nonce, t.nonce_n});
	}
	if (t.left_out != 2) {
		claim(&w, 256, -75009);
		cbor_put_bstr(&w, BYTES_OF(t.ueid));
	}
	if (t.left_out != 3) {
		claim(&w, 265, -75000);
		cbor_put_text(&w, t.profile);
	}
	if (t.left_out != 4) {
		claim(&w, 2394, -75001);
		cbor_put_int(&w, t.client);
	}
	if (t.left_out != 5) {
		claim(&w, 2395, -75002);
		cbor_put_uint(&w, t.lifecycle);
	}
	if (t.left_out != 6) {
		claim(&w, 2396, -75003);
		cbor_put_bstr(&w, BYTES_OF(t.id));
	}
	if (t.left_out != 7) {
		claim(&w, 2399, -75006);
		cbor_put_array(&w, t.components);
		for (size_t i = 0; i < t.components; i++)
			component_put(&w, i % 2);
	}
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static inline struct bytes
sign1(EVP_PKEY *by, size_t half)
{
	static uint8_t room[4096], tbs[8192];
	struct cbor_out w = cbor_into(SPAN_OF(tbs));
	struct bytes claims = claims_make(room, sizeof(room)), in, out;
	uint8_t prot[16], sig[96];
	struct cbor_out p = cbor_into(SPAN_OF(prot));

	cbor_put_map(&p, 1);
	cbor_put_uint(&p, 1);
	cbor_put_int(&p, t.alg);
	cbor_put_array(&w, 4);
	cbor_put_text(&w, "Signature1");
	cbor_put_bstr(&w, (struct bytes){prot, p.at});
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr(&w, claims);
	assert_int_equal(cbor_done(&w, &in), OK);
	made_sign(by, in, half, sig);
	w = cbor_into(SPAN_OF(token));
	if (t.tag > 0)
		cbor_put_tag(&w, t.tag);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, (struct bytes){prot, p.at});
	cbor_put_map(&w, 0);
	cbor_put_bstr(&w, claims);
	cbor_put_bstr(&w, (struct bytes){sig, 2 * half});
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static inline struct bytes
state_and_sign(void)
{
	struct bytes s = cast_states(&cast);

	digest_of(s, t.nonce_n, t.nonce);
	return wrap(&box, TYPE, sign1(key, 32), s, BYTES_NONE);
}

/* As the draft of 2026 says it: one key for all software. */
static inline struct bytes
component(size_t i)
{
	struct cbor_out w = shelf_room(&shelf);

	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, "psa.software-component");
	cbor_put_uint(&w, 1);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 2);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_text(&w, "sha-256");
	cbor_put_bstr(&w, BYTES_OF(digests[i]));
	cbor_put_uint(&w, 13);
	cbor_put_array(&w, 1);
	cbor_put_tag(&w, 560);
	cbor_put_bstr(&w, BYTES_OF(signer_id));
	return shelf_keep(&shelf, &w);
}

/* The device of that vendor has this key. */
static inline void
endorse(EVP_PKEY *by, const char *vendor)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct bytes pem, item;
	char *p;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, by), 1);
	pem.n = (size_t)BIO_get_mem_data(bio, &p);
	pem.p = (const uint8_t *)p;
	item = key_is(&shelf, 554, pem);
	BIO_free(bio);
	shelf_say(&shelf, SAYS_ATTEST_KEY,
	    about(&shelf, 560, BYTES_OF(t.id), vendor, BYTES_OF(t.ueid)), &item,
	    1);
}

/* All values are for the model of that vendor, NULL: of any. */
static inline void
values(const char *vendor)
{
	static uint8_t launcher[32], agent[32];
	struct bytes item[2], env;

	memset(launcher, 0x11, 32);
	memset(agent, 0x22, 32);
	env = about(&shelf, 560, BYTES_OF(t.id), vendor, BYTES_NONE);
	item[0] = component(0);
	item[1] = component(1);
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 2);
	item[0] = digest_is(&shelf, "launcher", 1, BYTES_OF(launcher));
	item[1] = digest_is(&shelf, "agent", 1, BYTES_OF(agent));
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 2);
	item[0] = worth(&shelf, "hardware-rooted");
	shelf_say(&shelf, SAYS_ENDORSED, env, item, 1);
}

static inline void
shelf_fill(EVP_PKEY *by)
{
	memset(&shelf, 0, sizeof(shelf));
	endorse(by, "ACME");
	values(NULL);
}

static inline int
healthy(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.alg = -7;
	t.tag = 18;
	t.lifecycle = 0x3000;
	t.client = 1;
	t.profile = "tag:psacertified.org,2023:psa#tfm";
	t.nonce_n = 64;
	t.ueid[0] = 1;
	t.components = 2;
	shelf_fill(key);
	cast_draft(&cast);
	q = asking_bound(&scheme_psa, CMW_OF(TYPE), NOW, &shelf, &cast);
	return 0;
}

#endif
