/*
 * digest: SHA-256, HMAC and HKDF.
 */
#include "mbedtls_int.h"

#include <string.h>

/*
 * PSA's running hash lives in the caller's struct hash, so that a device
 * needs no heap for it.  It is as large as the largest hash the library was
 * built with (SHA-512: 232 octets); a build that does not fit stops here.
 */
_Static_assert(sizeof(psa_hash_operation_t) <= sizeof(struct hash),
    "struct hash has no room for this library's hashes");
_Static_assert(_Alignof(psa_hash_operation_t) <= _Alignof(struct hash),
    "struct hash is not aligned for this library's hashes");

static psa_hash_operation_t *
running(struct hash *h)
{
	return (psa_hash_operation_t *)(void *)h;
}

static enum err
more(psa_hash_operation_t *op, struct bytes in)
{
	psa_status_t s;

	s = psa_hash_update(op, in.n > 0 ? in.p : (const uint8_t *)"", in.n);
	if (s == PSA_ERROR_BAD_STATE)
		return ERR_BUG;
	return mbed_err(s);
}

/* An operation with nothing running is all zero in every version. */
enum err
mbed_hash_begin(struct hash *h)
{
	memset(h, 0, sizeof(*h));
	return mbed_err(psa_hash_setup(running(h), PSA_ALG_SHA_256));
}

enum err
mbed_hash_more(struct hash *h, struct bytes in)
{
	return more(running(h), in);
}

enum err
mbed_hash_end(struct hash *h, uint8_t out[DIGEST_LEN])
{
	psa_status_t s = PSA_SUCCESS;
	size_t n = DIGEST_LEN;

	if (out != NULL)
		s = psa_hash_finish(running(h), out, DIGEST_LEN, &n);
	(void)psa_hash_abort(running(h));
	wipe(h, sizeof(*h));
	if (s == PSA_ERROR_BAD_STATE)
		return ERR_BUG;
	if (s == PSA_SUCCESS && n != DIGEST_LEN)
		return ERR_CRYPTO;
	return mbed_err(s);
}

enum err
mbed_sha256(const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN])
{
	struct hash h;
	enum err e;

	TRY(mbed_hash_begin(&h));
	for (size_t i = 0; i < n; i++) {
		e = mbed_hash_more(&h, part[i]);
		if (e != OK) {
			(void)mbed_hash_end(&h, NULL);
			return e;
		}
	}
	return mbed_hash_end(&h, out);
}

enum err
mbed_hmac(struct bytes key, struct bytes msg, uint8_t out[32])
{
	static const uint8_t zero[1];
	const psa_algorithm_t alg = PSA_ALG_HMAC(PSA_ALG_SHA_256);
	psa_key_id_t id = 0;
	psa_status_t s;
	size_t n = 0;

	/* PSA has no empty keys; HMAC fills a key up with zeros, so that one
	 * zero is the same key.                             [RFC 2104 2] */
	if (key.n == 0)
		key = BYTES_OF(zero);
	s = mbed_import(
	    PSA_KEY_TYPE_HMAC, PSA_KEY_USAGE_SIGN_MESSAGE, alg, key, &id);
	if (s == PSA_SUCCESS)
		s = psa_mac_compute(id, alg,
		    msg.n > 0 ? msg.p : (const uint8_t *)"", msg.n, out, 32,
		    &n);
	(void)psa_destroy_key(id);
	if (s == PSA_SUCCESS && n == 32)
		return OK;
	wipe(out, 32);
	return s == PSA_SUCCESS ? ERR_CRYPTO : mbed_err(s);
}

static psa_status_t
input(psa_key_derivation_operation_t *op, psa_key_derivation_step_t step,
    struct bytes b)
{
	return psa_key_derivation_input_bytes(
	    op, step, b.n > 0 ? b.p : (const uint8_t *)"", b.n);
}

enum err
mbed_hkdf(
    struct bytes salt, struct bytes ikm, struct bytes info, struct span out)
{
	psa_key_derivation_operation_t op = PSA_KEY_DERIVATION_OPERATION_INIT;
	psa_status_t s;

	s = psa_key_derivation_setup(&op, PSA_ALG_HKDF(PSA_ALG_SHA_256));
	if (s == PSA_SUCCESS && salt.n > 0)
		s = input(&op, PSA_KEY_DERIVATION_INPUT_SALT, salt);
	if (s == PSA_SUCCESS)
		s = input(&op, PSA_KEY_DERIVATION_INPUT_SECRET, ikm);
	if (s == PSA_SUCCESS)
		s = input(&op, PSA_KEY_DERIVATION_INPUT_INFO, info);
	if (s == PSA_SUCCESS)
		s = psa_key_derivation_output_bytes(&op, out.p, out.n);
	(void)psa_key_derivation_abort(&op);
	if (s == PSA_SUCCESS)
		return OK;
	wipe(out.p, out.n);
	return mbed_err(s);
}
