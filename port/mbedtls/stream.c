/*
 * stream: the content ciphers in pieces.
 *
 * PSA has them for AEAD only in newer versions of the library, so this file
 * goes through its generic cipher layer, which is the same in all of them.
 * That layer keeps key schedules in memory of its own and wipes them when it
 * gives it back.
 */
#include "mbedtls_int.h"

#include <mbedtls/cipher.h>
#include <string.h>

_Static_assert(sizeof(mbedtls_cipher_context_t) <= sizeof(struct cipher),
    "struct cipher has no room for this library's ciphers");
_Static_assert(_Alignof(mbedtls_cipher_context_t) <= _Alignof(struct cipher),
    "struct cipher is not aligned for this library's ciphers");

static const struct row {
	int32_t alg;
	mbedtls_cipher_type_t type;
	size_t key, iv, tag;
} rows[] = {
    {ALG_A128GCM, MBEDTLS_CIPHER_AES_128_GCM, 16, 12, CIPHER_TAG},
    {ALG_A192GCM, MBEDTLS_CIPHER_AES_192_GCM, 24, 12, CIPHER_TAG},
    {ALG_A256GCM, MBEDTLS_CIPHER_AES_256_GCM, 32, 12, CIPHER_TAG},
    {ALG_CHACHA20_POLY1305, MBEDTLS_CIPHER_CHACHA20_POLY1305, 32, 12,
	CIPHER_TAG},
    {ALG_A128CTR, MBEDTLS_CIPHER_AES_128_CTR, 16, 16, 0},
    {ALG_A192CTR, MBEDTLS_CIPHER_AES_192_CTR, 24, 16, 0},
    {ALG_A256CTR, MBEDTLS_CIPHER_AES_256_CTR, 32, 16, 0},
};

static mbedtls_cipher_context_t *
running(struct cipher *s)
{
	return (mbedtls_cipher_context_t *)(void *)s;
}

static const struct row *
row_of(int32_t alg)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].alg == alg)
			return &rows[i];
	return NULL;
}

static enum err
begin(mbedtls_cipher_context_t *ctx, const struct row *r, bool sealing,
    struct bytes key, struct bytes iv, struct bytes aad)
{
	const mbedtls_cipher_info_t *info =
	    mbedtls_cipher_info_from_type(r->type);
	int status;

	if (info == NULL)
		return ERR_COSE_ALG;
	status = mbedtls_cipher_setup(ctx, info);
	if (status == MBEDTLS_ERR_CIPHER_ALLOC_FAILED)
		return ERR_MEMORY;
	/* Counter mode enciphers both ways. */
	if (status != 0 ||
	    mbedtls_cipher_setkey(ctx, key.p, (int)key.n * 8,
		sealing || r->tag == 0 ? MBEDTLS_ENCRYPT : MBEDTLS_DECRYPT) !=
		0 ||
	    mbedtls_cipher_set_iv(ctx, iv.p, iv.n) != 0 ||
	    mbedtls_cipher_reset(ctx) != 0)
		return ERR_CRYPTO;
	if (r->tag > 0 && mbedtls_cipher_update_ad(ctx, aad.p, aad.n) != 0)
		return ERR_CRYPTO;
	return OK;
}

enum err
mbed_cipher_begin(struct cipher *s, bool sealing, int32_t alg, struct bytes key,
    struct bytes iv, struct bytes aad)
{
	const struct row *r = row_of(alg);
	enum err e;

	memset(s, 0, sizeof(*s));
	if (r == NULL)
		return ERR_COSE_ALG;
	if (key.n != r->key || (r->tag == 0 && aad.n > 0))
		return ERR_BUG;
	if (iv.n != r->iv)
		return sealing ? ERR_BUG : ERR_UNDECRYPTABLE;
	mbedtls_cipher_init(running(s));
	e = begin(running(s), r, sealing, key, iv, aad);
	if (e != OK) {
		mbedtls_cipher_free(running(s));
		wipe(s, sizeof(*s));
	}
	return e;
}

enum err
mbed_cipher_more(struct cipher *s, struct bytes in, struct span out)
{
	size_t n = 0;

	if (mbedtls_cipher_get_type(running(s)) == MBEDTLS_CIPHER_NONE ||
	    in.n != out.n)
		return ERR_BUG;
	if (in.n == 0)
		return OK;
	if (mbedtls_cipher_update(running(s), in.p, in.n, out.p, &n) != 0 ||
	    n != in.n)
		return ERR_CRYPTO;
	return OK;
}

/* The tag, made or compared in constant time. */
static enum err
tag_end(mbedtls_cipher_context_t *ctx, struct span tag)
{
	bool aead = mbedtls_cipher_get_cipher_mode(ctx) != MBEDTLS_MODE_CTR;
	bool sealing = mbedtls_cipher_get_operation(ctx) == MBEDTLS_ENCRYPT;
	uint8_t none[16];
	size_t n = 0;
	int status;

	if (tag.n != (aead ? CIPHER_TAG : 0))
		return ERR_BUG;
	if (mbedtls_cipher_finish(ctx, none, &n) != 0 || n != 0)
		return ERR_CRYPTO;
	if (!aead)
		return OK;
	if (sealing)
		return mbedtls_cipher_write_tag(ctx, tag.p, tag.n) == 0
			   ? OK
			   : ERR_CRYPTO;
	status = mbedtls_cipher_check_tag(ctx, tag.p, tag.n);
	if (status == MBEDTLS_ERR_CIPHER_AUTH_FAILED)
		return ERR_UNDECRYPTABLE;
	return status == 0 ? OK : ERR_CRYPTO;
}

enum err
mbed_cipher_end(struct cipher *s, struct span tag)
{
	mbedtls_cipher_context_t *ctx = running(s);
	enum err e = OK;

	if (mbedtls_cipher_get_type(ctx) == MBEDTLS_CIPHER_NONE)
		return tag.p == NULL ? OK : ERR_BUG;
	if (tag.p != NULL)
		e = tag_end(ctx, tag);
	mbedtls_cipher_free(ctx);
	wipe(s, sizeof(*s));
	return e;
}
