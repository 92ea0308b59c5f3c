/*
 * crypto_mbedtls: the table of the port, its start, and its generator.
 */
#include "mbedtls_int.h"

#include <string.h>

/* What nobody can do without. */
#if !defined(PSA_WANT_ALG_SHA_256) || !defined(PSA_WANT_ALG_HMAC) ||     \
    !defined(PSA_WANT_ALG_HKDF) || !defined(PSA_WANT_KEY_TYPE_AES) ||    \
    !defined(PSA_WANT_ALG_ECB_NO_PADDING) ||                             \
    !defined(PSA_WANT_ECC_SECP_R1_256) || !defined(PSA_WANT_ALG_ECDH) || \
    !defined(PSA_WANT_ALG_DETERMINISTIC_ECDSA)
#error "this Mbed TLS lacks an algorithm that the port needs: docs/porting.md"
#endif

/* An id in a pointer is all that a signer or agreer keeps. */
_Static_assert(sizeof(mbedtls_svc_key_id_t) == sizeof(psa_key_id_t) &&
		   sizeof(psa_key_id_t) <= sizeof(uintptr_t),
    "key ids that name an owner do not fit a context");

/* Filled by the first crypto_mbedtls() that succeeds, constant afterwards. */
static struct crypto table;

enum err
mbed_err(psa_status_t s)
{
	switch (s) {
	case PSA_SUCCESS:
		return OK;
	case PSA_ERROR_INSUFFICIENT_MEMORY:
		return ERR_MEMORY;
	case PSA_ERROR_INSUFFICIENT_ENTROPY:
		return ERR_RANDOM;
	case PSA_ERROR_NOT_SUPPORTED:
		return ERR_COSE_ALG;
	default:
		return ERR_CRYPTO;
	}
}

psa_status_t
mbed_import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t alg,
    struct bytes data, psa_key_id_t *id)
{
	psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
	psa_status_t s;

	psa_set_key_type(&a, type);
	psa_set_key_usage_flags(&a, usage);
	psa_set_key_algorithm(&a, alg);
	s = psa_import_key(&a, data.p, data.n, id);
	psa_reset_key_attributes(&a);
	return s;
}

enum err
mbed_random(struct span out)
{
	if (out.n == 0)
		return OK;
	if (psa_generate_random(out.p, out.n) == PSA_SUCCESS)
		return OK;
	wipe(out.p, out.n);
	return ERR_RANDOM;
}

/* What may be absent from the library, found by trying it. */
static const struct optional {
	int32_t alg;
	uint32_t bit;
	size_t key, iv, tag;
} optional[] = {
    {ALG_A128GCM, CAN_A128GCM, 16, 12, 16},
    {ALG_CHACHA20_POLY1305, CAN_CHACHA, 32, 12, 16},
    {ALG_A128CTR, CAN_A128CTR, 16, 16, 0},
    {ALG_A256GCM, CAN_AES_LONG, 32, 12, 16},
    {ALG_A256CTR, CAN_AES_LONG, 32, 16, 0},
};

static uint32_t
ciphers_there(void)
{
	static const uint8_t zero[32];
	uint32_t can = 0;
	uint8_t tag[16];

	for (size_t i = 0; i < ARRAY_LEN(optional); i++) {
		const struct optional *o = &optional[i];

		if (mbed_seal(o->alg, (struct bytes){zero, o->key},
			(struct bytes){zero, o->iv}, BYTES_NONE, BYTES_NONE,
			(struct span){tag, o->tag}) == OK)
			can |= o->bit;
	}
	return can;
}

const struct crypto *
crypto_mbedtls(void)
{
	uint8_t probe[16];
	uint32_t can;

	if (table.can != 0)
		return &table;
	/* It seeds the generator, and fails if there is no entropy. */
	if (psa_crypto_init() != PSA_SUCCESS ||
	    mbed_random(SPAN_OF(probe)) != OK)
		return NULL;
	wipe(probe, sizeof(probe));
	can = ciphers_there();
	table = (struct crypto){
	    .can = CAN_ESP256 | CAN_P256_ECDH | can,
	    .random = mbed_random,
	    .sha256 = mbed_sha256,
	    .hash_begin = mbed_hash_begin,
	    .hash_more = mbed_hash_more,
	    .hash_end = mbed_hash_end,
	    .hmac_sha256 = mbed_hmac,
	    .hkdf = mbed_hkdf,
	    .key_check = mbed_key_check,
	    .verify = mbed_verify,
	    .ecdh_ephemeral = mbed_ephemeral,
	    .kw_wrap = mbed_kw_wrap,
	    .kw_unwrap = mbed_kw_unwrap,
	    .seal = mbed_seal,
	    .open = mbed_open,
	    .cipher_begin = mbed_cipher_begin,
	    .cipher_more = mbed_cipher_more,
	    .cipher_end = mbed_cipher_end,
	};
	return &table;
}
