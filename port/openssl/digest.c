/*
 * digest: SHA-256, HMAC and HKDF.
 */
#include "openssl_int.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <pthread.h>

/* One digest context a thread: making one costs as much as a short hash. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t slot;
static bool have_slot;

static void
slot_free(void *ctx)
{
	EVP_MD_CTX_free(ctx);
}

static void
slot_make(void)
{
	have_slot = pthread_key_create(&slot, slot_free) == 0;
}

static EVP_MD_CTX *
thread_ctx(void)
{
	EVP_MD_CTX *ctx;

	if (pthread_once(&once, slot_make) != 0 || !have_slot)
		return NULL;
	ctx = pthread_getspecific(slot);
	if (ctx == NULL) {
		ctx = EVP_MD_CTX_new();
		if (ctx != NULL && pthread_setspecific(slot, ctx) != 0) {
			EVP_MD_CTX_free(ctx);
			ctx = NULL;
		}
	}
	return ctx;
}

bool
parts_sum(const struct bytes *part, size_t n, size_t *sum)
{
	*sum = 0;
	for (size_t i = 0; i < n; i++) {
		if (part[i].n > SIZE_MAX - *sum)
			return false;
		*sum += part[i].n;
	}
	return true;
}

enum err
digest_parts(const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN])
{
	EVP_MD_CTX *ctx = thread_ctx();

	if (ctx == NULL || EVP_DigestInit_ex2(ctx, lib.sha256, NULL) != 1)
		return fail(ERR_CRYPTO);
	for (size_t i = 0; i < n; i++)
		if (EVP_DigestUpdate(ctx, part[i].p, part[i].n) != 1)
			return fail(ERR_CRYPTO);
	if (EVP_DigestFinal_ex(ctx, out, NULL) != 1)
		return fail(ERR_CRYPTO);
	return OK;
}

enum err
port_sha256(const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN])
{
	size_t sum;

	if (!parts_sum(part, n, &sum))
		return ERR_BUG;
	count(N_SHA256, 1);
	count(N_SHA256_OCTETS, sum);
	return digest_parts(part, n, out);
}

enum err
port_hash_begin(struct hash *h)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	h->u.p = NULL;
	if (ctx == NULL)
		return fail(ERR_MEMORY);
	if (EVP_DigestInit_ex2(ctx, lib.sha256, NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return fail(ERR_CRYPTO);
	}
	h->u.p = ctx;
	count(N_SHA256, 1);
	return OK;
}

enum err
port_hash_more(struct hash *h, struct bytes in)
{
	if (h->u.p == NULL)
		return ERR_BUG;
	count(N_SHA256_OCTETS, in.n);
	if (EVP_DigestUpdate(h->u.p, in.p, in.n) != 1)
		return fail(ERR_CRYPTO);
	return OK;
}

enum err
port_hash_end(struct hash *h, uint8_t out[DIGEST_LEN])
{
	enum err e = OK;

	if (out != NULL && h->u.p == NULL)
		e = ERR_BUG;
	else if (out != NULL && EVP_DigestFinal_ex(h->u.p, out, NULL) != 1)
		e = fail(ERR_CRYPTO);
	EVP_MD_CTX_free(h->u.p);
	h->u.p = NULL;
	return e;
}

/* A context for each call: a kept one would keep its key. */
enum err
port_hmac(struct bytes key, struct bytes msg, uint8_t out[32])
{
	char name[] = "SHA2-256";
	OSSL_PARAM param[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_MAC_PARAM_DIGEST, name, sizeof(name) - 1),
	    OSSL_PARAM_construct_end(),
	};
	/* NULL would mean: the key of before. */
	const uint8_t *k = key.n > 0 ? key.p : (const uint8_t *)"";
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(lib.hmac);
	enum err e = ERR_CRYPTO;
	size_t n = 0;

	count(N_HMAC, 1);
	count(N_HMAC_OCTETS, msg.n);
	if (ctx != NULL && EVP_MAC_init(ctx, k, key.n, param) == 1 &&
	    EVP_MAC_update(ctx, msg.p, msg.n) == 1 &&
	    EVP_MAC_final(ctx, out, &n, 32) == 1 && n == 32)
		e = OK;
	EVP_MAC_CTX_free(ctx);
	return e == OK ? OK : fail(e);
}

enum err
port_hkdf(
    struct bytes salt, struct bytes ikm, struct bytes info, struct span out)
{
	char name[] = "SHA2-256";
	OSSL_PARAM param[5], *p = param;
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(lib.hkdf);
	enum err e = ERR_CRYPTO;

	/* OSSL_PARAM takes no const; EVP_KDF only reads these. */
	*p++ = OSSL_PARAM_construct_utf8_string(
	    OSSL_KDF_PARAM_DIGEST, name, sizeof(name) - 1);
	*p++ = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)ikm.p, ikm.n);
	if (salt.n > 0)
		*p++ = OSSL_PARAM_construct_octet_string(
		    OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)salt.p, salt.n);
	if (info.n > 0)
		*p++ = OSSL_PARAM_construct_octet_string(
		    OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.p, info.n);
	*p = OSSL_PARAM_construct_end();

	count(N_HKDF, 1);
	if (ctx != NULL && EVP_KDF_derive(ctx, out.p, out.n, param) == 1)
		e = OK;
	EVP_KDF_CTX_free(ctx);
	if (e == OK)
		return OK;
	wipe(out.p, out.n);
	return fail(e);
}
