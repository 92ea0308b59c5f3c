/*
 * cipher: the content ciphers.
 */
#include "mbedtls_int.h"

#include <string.h>

#define BLOCK 16

struct row {
	int32_t alg;
	psa_key_type_t type;
	psa_algorithm_t psa;
	size_t key, iv, tag;
};

static const struct row rows[] = {
    {ALG_A128GCM, PSA_KEY_TYPE_AES, PSA_ALG_GCM, 16, 12, 16},
    {ALG_A192GCM, PSA_KEY_TYPE_AES, PSA_ALG_GCM, 24, 12, 16},
    {ALG_A256GCM, PSA_KEY_TYPE_AES, PSA_ALG_GCM, 32, 12, 16},
    {ALG_CHACHA20_POLY1305, PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305,
	32, 12, 16},
    {ALG_A128CTR, PSA_KEY_TYPE_AES, PSA_ALG_CTR, 16, 16, 0},
    {ALG_A192CTR, PSA_KEY_TYPE_AES, PSA_ALG_CTR, 24, 16, 0},
    {ALG_A256CTR, PSA_KEY_TYPE_AES, PSA_ALG_CTR, 32, 16, 0},
};

static const struct row *
row_of(int32_t alg)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].alg == alg)
			return &rows[i];
	return NULL;
}

/*
 * Counter mode is the same both ways.  The library refuses to work in place
 * on anything but whole blocks, so the last few octets go through a block of
 * ours.
 */
static psa_status_t
ctr(psa_key_id_t id, struct bytes iv, struct bytes in, struct span out)
{
	psa_cipher_operation_t op = PSA_CIPHER_OPERATION_INIT;
	size_t whole = in.n - in.n % BLOCK, rest = in.n - whole, n = 0;
	uint8_t last[BLOCK], done[BLOCK];
	psa_status_t s;

	s = psa_cipher_encrypt_setup(&op, id, PSA_ALG_CTR);
	if (s == PSA_SUCCESS)
		s = psa_cipher_set_iv(&op, iv.p, iv.n);
	if (s == PSA_SUCCESS && whole > 0) {
		s = psa_cipher_update(&op, in.p, whole, out.p, whole, &n);
		if (s == PSA_SUCCESS && n != whole)
			s = PSA_ERROR_GENERIC_ERROR;
	}
	if (s == PSA_SUCCESS && rest > 0) {
		memcpy(last, in.p + whole, rest);
		s = psa_cipher_update(&op, last, rest, done, sizeof(done), &n);
		if (s == PSA_SUCCESS && n == rest)
			memcpy(out.p + whole, done, rest);
		else if (s == PSA_SUCCESS)
			s = PSA_ERROR_GENERIC_ERROR;
	}
	if (s == PSA_SUCCESS) {
		s = psa_cipher_finish(&op, done, sizeof(done), &n);
		if (s == PSA_SUCCESS && n != 0)
			s = PSA_ERROR_GENERIC_ERROR;
	}
	(void)psa_cipher_abort(&op);
	wipe(last, sizeof(last));
	wipe(done, sizeof(done));
	return s;
}

/* What is not wholly right is not there. */
static enum err
leave(psa_status_t s, size_t n, struct span out)
{
	if (s == PSA_SUCCESS && n == out.n)
		return OK;
	wipe(out.p, out.n);
	if (s == PSA_ERROR_INVALID_SIGNATURE)
		return ERR_UNDECRYPTABLE;
	return s == PSA_SUCCESS ? ERR_CRYPTO : mbed_err(s);
}

enum err
mbed_seal(int32_t alg, struct bytes key, struct bytes iv, struct bytes aad,
    struct bytes in, struct span out)
{
	const struct row *c = row_of(alg);
	psa_key_id_t id = 0;
	psa_status_t s;
	size_t n = 0;

	if (c == NULL)
		return ERR_COSE_ALG;
	if (key.n != c->key || iv.n != c->iv || (c->tag == 0 && aad.n > 0) ||
	    out.n < c->tag || out.n - c->tag != in.n)
		return ERR_BUG;
	s = mbed_import(c->type, PSA_KEY_USAGE_ENCRYPT, c->psa, key, &id);
	if (s == PSA_SUCCESS && c->tag > 0) {
		s = psa_aead_encrypt(id, c->psa, iv.p, iv.n, aad.p, aad.n, in.p,
		    in.n, out.p, out.n, &n);
	} else if (s == PSA_SUCCESS) {
		s = ctr(id, iv, in, out);
		n = out.n;
	}
	(void)psa_destroy_key(id);
	return leave(s, n, out);
}

enum err
mbed_open(int32_t alg, struct bytes key, struct bytes iv, struct bytes aad,
    struct bytes in, struct span out)
{
	const struct row *c = row_of(alg);
	psa_key_id_t id = 0;
	psa_status_t s;
	size_t n = 0;

	if (c == NULL)
		return ERR_COSE_ALG;
	if (key.n != c->key || (c->tag == 0 && aad.n > 0))
		return ERR_BUG;
	/* These two come from the message. */
	if (iv.n != c->iv || in.n < c->tag)
		return ERR_UNDECRYPTABLE;
	if (out.n != in.n - c->tag)
		return ERR_BUG;
	s = mbed_import(c->type,
	    c->tag > 0 ? PSA_KEY_USAGE_DECRYPT : PSA_KEY_USAGE_ENCRYPT, c->psa,
	    key, &id);
	if (s == PSA_SUCCESS && c->tag > 0) {
		/* Compares the tag in constant time. */
		s = psa_aead_decrypt(id, c->psa, iv.p, iv.n, aad.p, aad.n, in.p,
		    in.n, out.p, out.n, &n);
	} else if (s == PSA_SUCCESS) {
		s = ctr(id, iv, in, out);
		n = out.n;
	}
	(void)psa_destroy_key(id);
	return leave(s, n, out);
}
