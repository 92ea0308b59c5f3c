/*
 * openssl_test: what only the OpenSSL port has: Ed25519 from seeds, threads,
 * counts.  The rest is in crypto_port_test.
 */
#include "cose_util.h"

#include <crypto_openssl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>

static const struct crypto *c;

/* RFC 8032 7.1, test 1 and 2, from seeds. */
static void
ed25519_signs_alike(void **state)
{
	static const struct {
		const char *seed, *msg, *sig;
	} t[] = {
	    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e0652249"
		"01555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2465514143"
		"8e7a100b"},
	    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		"72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb"
		"69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d2916"
		"12bb0c00"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t der[FILE_MAX], m[FILE_MAX], want[FILE_MAX];
		uint8_t sig[SIG_LEN];
		struct bytes msg = hex(t[i].msg, m);
		char b64[128], pem[256];
		struct signer s;

		(void)hex("302e020100300506032b657004220420", der);
		(void)hex(t[i].seed, der + 16);
		(void)EVP_EncodeBlock((unsigned char *)b64, der, 48);
		(void)snprintf(pem, sizeof(pem),
		    "-----BEGIN PRIVATE KEY-----\n%s\n"
		    "-----END PRIVATE KEY-----\n",
		    b64);
		assert_int_equal(
		    openssl_signer_load(
			(struct bytes){(uint8_t *)pem, strlen(pem)}, &s),
		    OK);
		assert_int_equal(s.sign(s.ctx, &msg, 1, sig), OK);
		assert_bytes(BYTES_OF(sig), hex(t[i].sig, want));
		openssl_signer_free(&s);
	}
}

/* ---- threads and counts ---- */

#define ROUNDS  40
#define WORKERS 12 /* more than there are spare contexts */

struct work {
	struct signer *es, *ed;
	struct agreer *a;
	struct cose_key es_pub, ed_pub, a_pub;
	enum err e;
};

static enum err
work_once(const struct work *w, struct bytes msg)
{
	uint8_t sig[SIG_LEN], z[32], z2[32];
	struct cose_key eph;

	TRY(w->es->sign(w->es->ctx, &msg, 1, sig));
	TRY(c->verify(ALG_ESP256, &w->es_pub, &msg, 1, BYTES_OF(sig)));
	TRY(w->ed->sign(w->ed->ctx, &msg, 1, sig));
	TRY(c->verify(ALG_ED25519, &w->ed_pub, &msg, 1, BYTES_OF(sig)));
	TRY(c->ecdh_ephemeral(&w->a_pub, &eph, z));
	TRY(w->a->agree(w->a->ctx, &eph, z2));
	return memcmp(z, z2, 32) == 0 ? OK : ERR_BUG;
}

static void *
worker(void *arg)
{
	struct work *w = arg;

	for (uint8_t i = 0; i < ROUNDS && w->e == OK; i++)
		w->e = work_once(w, (struct bytes){&i, 1});
	return NULL;
}

static void
threads(void **state)
{
	struct signer es = signer_key("key-es256-author.priv.pem");
	struct signer ed = signer_key("tam-ed25519.priv.pem");
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	struct work w[WORKERS];
	pthread_t t[WORKERS];
	struct crypto_counts before, after;

	(void)state;
	crypto_openssl_counts(&before);
	for (size_t i = 0; i < WORKERS; i++) {
		w[i] = (struct work){&es, &ed, &a,
		    public_key("key-es256-author.pub.pem"),
		    public_key("tam-ed25519.pub.pem"),
		    public_key("tam-ecdh-p256.pub.pem"), OK};
		assert_int_equal(pthread_create(&t[i], NULL, worker, &w[i]), 0);
	}
	for (size_t i = 0; i < WORKERS; i++) {
		assert_int_equal(pthread_join(t[i], NULL), 0);
		assert_int_equal(w[i].e, OK);
	}
	crypto_openssl_counts(&after);
	assert_int_equal(
	    after.sign_esp256 - before.sign_esp256, ROUNDS * WORKERS);
	assert_int_equal(
	    after.sign_ed25519 - before.sign_ed25519, ROUNDS * WORKERS);
	assert_int_equal(
	    after.sign_octets - before.sign_octets, 2 * ROUNDS * WORKERS);
	assert_int_equal(
	    after.verify_esp256 - before.verify_esp256, ROUNDS * WORKERS);
	assert_int_equal(
	    after.verify_ed25519 - before.verify_ed25519, ROUNDS * WORKERS);
	assert_int_equal(
	    after.verify_octets - before.verify_octets, 2 * ROUNDS * WORKERS);
	assert_int_equal(after.agree - before.agree, ROUNDS * WORKERS);
	assert_int_equal(after.ephemeral - before.ephemeral, ROUNDS * WORKERS);
	/* Hashing inside signatures is theirs. */
	assert_int_equal(after.sha256, before.sha256);
	openssl_signer_free(&es);
	openssl_signer_free(&ed);
	openssl_agreer_free(&a);
}

static void
counts(void **state)
{
	static const uint8_t key[16] = {1}, iv[12] = {2}, in[100] = {3};
	struct bytes part[] = {BYTES_OF(key), BYTES_OF(in)};
	struct crypto_counts a, b;
	struct cose_key k = public_key("tam-esp256.pub.pem");
	uint8_t out[116], back[100], h[32];
	struct hash hash;

	(void)state;
	crypto_openssl_counts(&a);
	assert_int_equal(c->sha256(part, 2, h), OK);
	assert_int_equal(c->hash_begin(&hash), OK);
	assert_int_equal(c->hash_more(&hash, part[1]), OK);
	assert_int_equal(c->hash_end(&hash, h), OK);
	assert_int_equal(c->hmac_sha256(part[0], part[1], h), OK);
	assert_int_equal(c->hkdf(BYTES_NONE, part[0], part[1], SPAN_OF(h)), OK);
	assert_int_equal(c->random(SPAN_OF(h)), OK);
	assert_int_equal(
	    c->kw_wrap(BYTES_OF(key), part[0], (struct span){out, 24}), OK);
	assert_int_equal(c->kw_unwrap(BYTES_OF(key), (struct bytes){out, 24},
			     (struct span){back, 16}),
	    OK);
	assert_int_equal(c->seal(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv),
			     BYTES_NONE, BYTES_OF(in), SPAN_OF(out)),
	    OK);
	assert_int_equal(c->open(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv),
			     BYTES_NONE, BYTES_OF(out), SPAN_OF(back)),
	    OK);
	assert_int_equal(c->key_check(&k), OK);
	crypto_openssl_counts(&b);
	assert_int_equal(b.sha256 - a.sha256, 2);
	assert_int_equal(b.sha256_octets - a.sha256_octets, 216);
	assert_int_equal(b.hmac - a.hmac, 1);
	assert_int_equal(b.hmac_octets - a.hmac_octets, 100);
	assert_int_equal(b.hkdf - a.hkdf, 1);
	assert_int_equal(b.kw - a.kw, 2);
	assert_int_equal(b.random - a.random, 1);
	assert_int_equal(b.random_octets - a.random_octets, 32);
	assert_int_equal(b.seal - a.seal, 1);
	assert_int_equal(b.seal_octets - a.seal_octets, 100);
	assert_int_equal(b.open - a.open, 1);
	assert_int_equal(b.open_octets - a.open_octets, 100);
	assert_int_equal(b.key_check - a.key_check, 1);
	assert_int_equal(b.agree - a.agree, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ed25519_signs_alike),
	    cmocka_unit_test(threads),
	    cmocka_unit_test(counts),
	};

	c = crypto_openssl();
	return c == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
