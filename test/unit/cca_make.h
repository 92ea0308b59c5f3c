/*
 * cca_make: a CCA token in the making, of a platform and a realm of the
 * test's own.
 */
#ifndef CCA_MAKE_H
#define CCA_MAKE_H

#include "hardware.h"
#include "verifier/cca.h"

#define TYPE "tag:tamarind.example,2026:cca"
#define BARE \
	"application/eat-collection; profile=\"http://arm.com/CCA-SSD/1.0.0\""

static struct cast cast;
static struct shelf shelf;
static struct wrapped box;
static struct asking q;
static EVP_PKEY *platform_key, *realm_key, *other;
static uint8_t token[8192];
static size_t refusals;

static inline void
no(struct bytes in, enum err e, const char *what)
{
	refuses(&q, in, e, what);
	refusals++;
}

/* ---- endorsements ---------------------------------------------------------
 */

/* Its key in PEM. */
static inline struct bytes
pem_is(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct bytes pem, out;
	char *p;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	pem.n = (size_t)BIO_get_mem_data(bio, &p);
	pem.p = (const uint8_t *)p;
	out = key_is(&shelf, 554, pem);
	BIO_free(bio);
	return out;
}

/* One key for all software, as the draft has it. */
static inline struct bytes
component(const struct hardware_software *s)
{
	struct cbor_out w = shelf_room(&shelf);

	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, "cca.software-component");
	cbor_put_uint(&w, 1);
	cbor_put_map(&w, 3);
	cbor_put_uint(&w, 2);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_text(&w, "sha-256");
	cbor_put_bstr(&w, s->value);
	cbor_put_uint(&w, 11);
	cbor_put_tstr(&w, s->type);
	cbor_put_uint(&w, 13);
	cbor_put_array(&w, 1);
	cbor_put_tag(&w, 560);
	cbor_put_bstr(&w, s->signer);
	return shelf_keep(&shelf, &w);
}

/* What the platform and the realm are worth; NULL: nobody says. */
static const char *platform_worth = "hardware-rooted";
static const char *realm_worth = "hardware-rooted";

/* Everything as it is in the token that is there. */
static inline void
shelf_fill(struct bytes in, EVP_PKEY *key)
{
	static uint8_t launcher[32], agent[32];
	struct bytes item[HARDWARE_SOFTWARE_MAX], env;
	struct cca_platform p;
	struct cca_token t;
	struct cca_realm r;
	struct cbor_in items;

	memset(launcher, 0x11, 32);
	memset(agent, 0x22, 32);
	memset(&shelf, 0, sizeof(shelf));
	assert_int_equal(cca_token_read(in, &t, NULL), OK);
	assert_int_equal(cca_platform_read(t.platform.payload, &p, NULL), OK);
	assert_int_equal(cca_realm_read(t.realm.payload, &r, NULL), OK);
	item[0] = pem_is(key);
	shelf_say(&shelf, SAYS_ATTEST_KEY,
	    about(&shelf, 560, p.id, NULL, p.ueid), item, 1);
	env = about(&shelf, 560, p.id, NULL, BYTES_NONE);
	items = cbor_items(p.software);
	for (size_t i = 0; i < p.software.n; i++) {
		struct hardware_software s;

		assert_int_equal(hardware_software_read(&items, &s), OK);
		item[i] = component(&s);
	}
	shelf_say(&shelf, SAYS_REFERENCE, env, item, p.software.n);
	item[0] = raw_is(&shelf, "cca.platform-config", p.config);
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	item[0] = digest_is(&shelf, "launcher", 1, BYTES_OF(launcher));
	item[1] = digest_is(&shelf, "agent", 1, BYTES_OF(agent));
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 2);
	if (platform_worth != NULL) {
		item[0] = worth(&shelf, platform_worth);
		shelf_say(&shelf, SAYS_ENDORSED, env, item, 1);
	}
	env = about(&shelf, 560, r.initial, NULL, BYTES_NONE);
	item[0] = digest_is(
	    &shelf, "cca.rim", (uint64_t)hardware_hash(r.alg), r.initial);
	shelf_say(&shelf, SAYS_REFERENCE, env, item, 1);
	if (realm_worth != NULL) {
		item[0] = worth(&shelf, realm_worth);
		shelf_say(&shelf, SAYS_ENDORSED, env, item, 1);
	}
}

/* ---- published ------------------------------------------------------------
 */

static inline EVP_PKEY *
published_key_of(const char *name)
{
	uint8_t room[1024], raw[97] = {4}, three[48 + 3];
	struct bytes jwk = published(name, room, sizeof(room));
	EVP_PKEY *key = made_key("P-384");

	room[jwk.n] = '\0';
	for (size_t i = 0; i < 2; i++) {
		char *at = strstr((char *)room, i == 0 ? "\"x\"" : "\"y\"");
		unsigned char b64[64];

		assert_non_null(at);
		at = strchr(at + 3, '"') + 1;
		for (size_t k = 0; k < 64; k++)
			b64[k] = (unsigned char)(at[k] == '-'   ? '+'
						 : at[k] == '_' ? '/'
								: at[k]);
		assert_int_equal(EVP_DecodeBlock(three, b64, 64), 48);
		memcpy(raw + 1 + 48 * i, three, 48);
	}
	assert_int_equal(
	    EVP_PKEY_set1_encoded_public_key(key, raw, sizeof(raw)), 1);
	return key;
}

/* ---- of the test's own -----------------------------------------------------
 */

static inline int
setup(void **state)
{
	(void)state;
	cast_make(&cast);
	platform_key = made_key("P-384");
	realm_key = made_key("P-384");
	other = made_key("P-384");
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	cast_free(&cast);
	EVP_PKEY_free(platform_key);
	EVP_PKEY_free(realm_key);
	EVP_PKEY_free(other);
	return 0;
}

/* A token in the making. */
static struct {
	uint64_t tag, lifecycle;
	int64_t alg;
	const char *profile, *realm_profile, *key_alg, *alg_name;
	bool cose_key, bad_nonce;
	EVP_PKEY *by, *realm_by, *named;
	uint8_t id[32], ueid[33], challenge[64], config[4], personal[64];
	uint8_t software[32], initial[32], rem[32];
	size_t left_out; /* of the realm */
} t;

static inline struct bytes
sign1(EVP_PKEY *by, struct bytes claims, uint8_t *room, size_t n)
{
	static uint8_t tbs[8192];
	struct cbor_out w = cbor_into(SPAN_OF(tbs));
	struct bytes in, out;
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
	made_sign(by, in, 48, sig);
	w = cbor_into((struct span){room, n});
	cbor_put_tag(&w, 18);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, (struct bytes){prot, p.at});
	cbor_put_map(&w, 0);
	cbor_put_bstr(&w, claims);
	cbor_put_bstr(&w, BYTES_OF(sig));
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

/* The realm's key, as the claim has it. */
static inline struct bytes
named_key(uint8_t room[160])
{
	struct cbor_out w = cbor_into((struct span){room, 160});
	uint8_t xy[96];

	made_point(t.named, xy, 48);
	if (!t.cose_key) {
		room[0] = 4;
		memcpy(room + 1, xy, 96);
		return (struct bytes){room, 97};
	}
	cbor_put_map(&w, 4);
	cbor_put_int(&w, 1);
	cbor_put_int(&w, 2);
	cbor_put_int(&w, -1);
	cbor_put_int(&w, CRV_P384);
	cbor_put_int(&w, -2);
	cbor_put_bstr(&w, (struct bytes){xy, 48});
	cbor_put_int(&w, -3);
	cbor_put_bstr(&w, (struct bytes){xy + 48, 48});
	return (struct bytes){room, w.at};
}

static inline struct bytes
platform_make(uint8_t *room, size_t n)
{
	static uint8_t claims[2048];
	uint8_t key[160], nonce[32];
	struct cbor_out w = cbor_into(SPAN_OF(claims));

	digest_of(named_key(key), 32, nonce);
	nonce[0] ^= t.bad_nonce;
	cbor_put_map(&w, 8);
	cbor_put_uint(&w, 10);
	cbor_put_bstr(&w, BYTES_OF(nonce));
	cbor_put_uint(&w, 256);
	cbor_put_bstr(&w, BYTES_OF(t.ueid));
	cbor_put_uint(&w, 265);
	cbor_put_text(&w, t.profile);
	cbor_put_uint(&w, 2395);
	cbor_put_uint(&w, t.lifecycle);
	cbor_put_uint(&w, 2396);
	cbor_put_bstr(&w, BYTES_OF(t.id));
	cbor_put_uint(&w, 2399);
	cbor_put_array(&w, 1);
	cbor_put_map(&w, 3);
	cbor_put_uint(&w, 1);
	cbor_put_text(&w, "RMM");
	cbor_put_uint(&w, 2);
	cbor_put_bstr(&w, BYTES_OF(t.software));
	cbor_put_uint(&w, 5);
	cbor_put_bstr(&w, BYTES_OF(t.id));
	cbor_put_uint(&w, 2401);
	cbor_put_bstr(&w, BYTES_OF(t.config));
	cbor_put_uint(&w, 2402);
	cbor_put_text(&w, t.alg_name);
	assert_int_equal(w.err, OK);
	return sign1(t.by, (struct bytes){claims, w.at}, room, n);
}

static inline struct bytes
realm_make(uint8_t *room, size_t n)
{
	static uint8_t claims[2048];
	uint8_t key[160];
	struct cbor_out w = cbor_into(SPAN_OF(claims));

	cbor_put_map(
	    &w, 7 + (size_t)(t.realm_profile != NULL) - (t.left_out > 0));
	if (t.left_out != 1) {
		cbor_put_uint(&w, 10);
		cbor_put_bstr(&w, BYTES_OF(t.challenge));
	}
	if (t.realm_profile != NULL) {
		cbor_put_uint(&w, 265);
		cbor_put_text(&w, t.realm_profile);
	}
	cbor_put_uint(&w, 44235);
	cbor_put_bstr(&w, BYTES_OF(t.personal));
	cbor_put_uint(&w, 44236);
	cbor_put_text(&w, t.alg_name);
	if (t.left_out != 2) {
		cbor_put_uint(&w, 44237);
		cbor_put_bstr(&w, named_key(key));
	}
	cbor_put_uint(&w, 44238);
	cbor_put_bstr(&w, BYTES_OF(t.initial));
	cbor_put_uint(&w, 44239);
	cbor_put_array(&w, 4);
	for (size_t i = 0; i < 4; i++)
		cbor_put_bstr(&w, BYTES_OF(t.rem));
	cbor_put_uint(&w, 44240);
	cbor_put_text(&w, t.key_alg);
	assert_int_equal(w.err, OK);
	return sign1(t.realm_by, (struct bytes){claims, w.at}, room, n);
}

static inline struct bytes
token_make(void)
{
	static uint8_t a[4096], b[4096];
	struct cbor_out w = cbor_into(SPAN_OF(token));
	struct bytes out;

	cbor_put_tag(&w, t.tag);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 44234);
	cbor_put_bstr(&w, platform_make(a, sizeof(a)));
	cbor_put_uint(&w, 44241);
	cbor_put_bstr(&w, realm_make(b, sizeof(b)));
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static inline struct bytes
state_and_sign(void)
{
	struct bytes s = cast_states(&cast);

	digest_of(s, 64, t.challenge);
	return wrap(&box, TYPE, token_make(), s, BYTES_NONE);
}

static inline int
healthy(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.tag = 399;
	t.lifecycle = 0x3003;
	t.alg = -35;
	t.profile = "http://arm.com/CCA-SSD/1.0.0";
	t.alg_name = t.key_alg = "sha-256";
	t.by = platform_key;
	t.realm_by = t.named = realm_key;
	t.ueid[0] = 1;
	t.initial[0] = 7;
	shelf_fill(token_make(), platform_key);
	cast_draft(&cast);
	q = asking_bound(&scheme_cca, CMW_OF(TYPE), NOW, &shelf, &cast);
	return 0;
}

#endif
