/*
 * private: private keys from PEM, and their pools of ready contexts.
 */
#include "openssl_int.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <tamarind/cose.h>

struct private_key *
private_new(EVP_PKEY *pkey, int (*init)(EVP_PKEY_CTX *))
{
	struct private_key *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return NULL;
	for (size_t i = 0; i < SPARE_MAX; i++)
		atomic_init(&k->spare[i], NULL);
	k->pkey = pkey;
	k->init = init;
	return k;
}

void
private_free(struct private_key *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < SPARE_MAX; i++)
		EVP_PKEY_CTX_free(atomic_load(&k->spare[i]));
	EVP_PKEY_free(k->pkey); /* wipes */
	free(k);
}

EVP_PKEY_CTX *
private_take(struct private_key *k)
{
	EVP_PKEY_CTX *ctx;

	for (size_t i = 0; i < SPARE_MAX; i++) {
		ctx = atomic_exchange(&k->spare[i], NULL);
		if (ctx != NULL)
			return ctx;
	}
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (ctx != NULL && k->init(ctx) != 1) {
		EVP_PKEY_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

void
private_give(struct private_key *k, EVP_PKEY_CTX *ctx)
{
	for (size_t i = 0; i < SPARE_MAX && ctx != NULL; i++) {
		EVP_PKEY_CTX *none = NULL;

		if (atomic_compare_exchange_strong(&k->spare[i], &none, ctx))
			return;
	}
	EVP_PKEY_CTX_free(ctx);
}

/* The key in DER that PEM called name, if it is all of der. */
static EVP_PKEY *
from_der(const char *name, const uint8_t *der, long n)
{
	PKCS8_PRIV_KEY_INFO *info;
	const uint8_t *p = der;
	EVP_PKEY *key = NULL;

	if (strcmp(name, PEM_STRING_PKCS8INF) == 0) {
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, n);
		if (info != NULL)
			key = EVP_PKCS82PKEY(info);
		PKCS8_PRIV_KEY_INFO_free(info); /* wipes */
	} else if (strcmp(name, PEM_STRING_ECPRIVATEKEY) == 0) {
		key = d2i_PrivateKey(EVP_PKEY_EC, NULL, &p, n);
	}
	if (key != NULL && p != der + n) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

/* Do the halves belong together?  A wrong public half would give the wrong
 * key id, and an Ed25519 signature under it can reveal the key. */
static bool
consistent(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool ok = ctx != NULL && EVP_PKEY_pairwise_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

#define CURVE "EC PARAMETERS"

/* The next block but what 'openssl ecparam -genkey' puts before a key: the
 * curve, which the key names again.  PEM_FLAG_SECURE: what it allocates is
 * wiped when freed. */
static bool
read_block(BIO *bio, char **name, char **header, uint8_t **der, long *n)
{
	for (;;) {
		if (PEM_read_bio_ex(
			bio, name, header, der, n, PEM_FLAG_SECURE) != 1)
			return false;
		if (strcmp(*name, CURVE) != 0)
			return true;
		OPENSSL_secure_free(*der);
		OPENSSL_secure_free(*header);
		OPENSSL_secure_free(*name);
		*der = NULL;
		*header = *name = NULL;
	}
}

static enum err
read_private(struct bytes pem, EVP_PKEY **out, struct cose_key *pub)
{
	BIO *bio = NULL;
	char *name = NULL, *header = NULL;
	uint8_t *der = NULL;
	long n = 0;
	enum err e = ERR_SYNTAX;

	*out = NULL;
	memset(pub, 0, sizeof(*pub));
	if (!lib_ready())
		return ERR_CRYPTO;
	if (pem.n == 0 || pem.n > 65536)
		return ERR_SYNTAX;
	begin();
	bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	if (bio == NULL)
		return fail(ERR_MEMORY);
	if (!read_block(bio, &name, &header, &der, &n) || header[0] != '\0' ||
	    (*out = from_der(name, der, n)) == NULL)
		goto out;
	e = public_of(*out, pub);
	if (e == OK && !consistent(*out))
		e = ERR_COSE_KEY;
out:
	OPENSSL_secure_clear_free(der, n > 0 ? (size_t)n : 0);
	OPENSSL_secure_free(header);
	OPENSSL_secure_free(name);
	BIO_free(bio);
	if (e == OK)
		return OK;
	EVP_PKEY_free(*out);
	*out = NULL;
	memset(pub, 0, sizeof(*pub));
	return fail(e);
}

enum err
openssl_private_public(struct bytes pem, struct cose_key *out)
{
	EVP_PKEY *key;

	TRY(read_private(pem, &key, out));
	EVP_PKEY_free(key);
	return OK;
}

/* Read a key and put it in a pool; *kid is its thumbprint. */
static enum err
load(struct bytes pem, struct private_key **out, struct cose_key *pub,
    uint8_t kid[KID_LEN], int (*init)(EVP_PKEY_CTX *))
{
	const struct crypto *c = crypto_openssl();
	EVP_PKEY *key = NULL;
	enum err e;

	*out = NULL;
	if (c == NULL)
		return ERR_RANDOM;
	TRY(read_private(pem, &key, pub));
	e = cose_key_thumbprint(c, pub, kid);
	if (e == OK && (*out = private_new(key, init)) == NULL)
		e = ERR_MEMORY;
	if (e != OK)
		EVP_PKEY_free(key);
	return e;
}

enum err
openssl_signer_load(struct bytes pem, struct signer *out)
{
	struct private_key *k;
	struct cose_key pub;
	uint8_t kid[KID_LEN];

	memset(out, 0, sizeof(*out));
	TRY(load(pem, &k, &pub, kid, EVP_PKEY_sign_init));
	out->alg = cose_key_alg(&pub);
	if (out->alg == 0) { /* one for agreement */
		private_free(k);
		return ERR_COSE_KEY;
	}
	memcpy(out->kid, kid, KID_LEN);
	out->ctx = k;
	out->sign = pub.kty == KTY_OKP ? signer_ed25519 : signer_esp256;
	return OK;
}

enum err
openssl_agreer_load(struct bytes pem, struct agreer *out)
{
	struct private_key *k;
	struct cose_key pub;
	uint8_t kid[KID_LEN];

	memset(out, 0, sizeof(*out));
	TRY(load(pem, &k, &pub, kid, EVP_PKEY_derive_init));
	if (pub.crv == CRV_ED25519) {
		private_free(k);
		return ERR_COSE_KEY;
	}
	memcpy(out->kid, kid, KID_LEN);
	out->ctx = k;
	out->agree = agreer_agree;
	return OK;
}

/* SEC 1: 1, the scalar, and the name of the curve; the library computes the
 * public half. */
enum err
openssl_agreer_from(
    const uint8_t d[OPENSSL_SCALAR], struct agreer *out, struct cose_key *pub)
{
	static const uint8_t head[] = {0x30, 0x31, 2, 1, 1, 4, OPENSSL_SCALAR};
	static const uint8_t curve[] = {
	    0xa0, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
	uint8_t der[sizeof(head) + OPENSSL_SCALAR + sizeof(curve)];
	struct private_key *k = NULL;
	EVP_PKEY *key;
	enum err e;

	memset(out, 0, sizeof(*out));
	memset(pub, 0, sizeof(*pub));
	if (crypto_openssl() == NULL)
		return ERR_RANDOM;
	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), d, OPENSSL_SCALAR);
	memcpy(der + sizeof(head) + OPENSSL_SCALAR, curve, sizeof(curve));
	begin();
	key = from_der(PEM_STRING_ECPRIVATEKEY, der, sizeof(der));
	wipe(der, sizeof(der));
	e = key == NULL ? ERR_COSE_KEY : public_of(key, pub);
	if (e == OK && !consistent(key))
		e = ERR_COSE_KEY;
	if (e == OK)
		e = cose_key_thumbprint(crypto_openssl(), pub, out->kid);
	if (e == OK && (k = private_new(key, EVP_PKEY_derive_init)) == NULL)
		e = ERR_MEMORY;
	if (e == OK) {
		out->ctx = k;
		out->agree = agreer_agree;
		return OK;
	}
	EVP_PKEY_free(key);
	memset(out, 0, sizeof(*out));
	memset(pub, 0, sizeof(*pub));
	return fail(e);
}

void
openssl_signer_free(struct signer *s)
{
	private_free(s->ctx);
	memset(s, 0, sizeof(*s));
}

void
openssl_agreer_free(struct agreer *a)
{
	private_free(a->ctx);
	memset(a, 0, sizeof(*a));
}
