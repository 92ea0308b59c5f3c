/*
 * sign: ESP256, made and checked.
 *
 * The nonce is that of RFC 6979, a function of key and digest: a generator
 * that fails after the start cannot give the key away.
 */
#include "mbedtls_int.h"

#include <string.h>

#define SIGN_ALG PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256)

enum err
mbed_verify(int32_t alg, const struct cose_key *k, const struct bytes *part,
    size_t n, struct bytes sig)
{
	uint8_t digest[DIGEST_LEN];
	psa_key_id_t id;
	psa_status_t s;

	/* Ed25519 ends here too: the port has no row for it. */
	if (alg != ALG_ESP256 || k->kty != KTY_EC2 || k->crv != CRV_P256)
		return ERR_COSE_ALG;
	if (sig.n != SIG_LEN)
		return ERR_SIGNATURE;
	TRY(mbed_sha256(part, n, digest));
	TRY(mbed_public_import(k, &id));
	s = psa_verify_hash(id, PSA_ALG_ECDSA(PSA_ALG_SHA_256), digest,
	    sizeof(digest), sig.p, sig.n);
	(void)psa_destroy_key(id);
	return s == PSA_ERROR_INVALID_SIGNATURE ? ERR_SIGNATURE : mbed_err(s);
}

static enum err
sign(void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	psa_key_id_t id = (psa_key_id_t)(uintptr_t)ctx;
	uint8_t digest[DIGEST_LEN];
	psa_status_t s;
	size_t len = 0;

	TRY(mbed_sha256(part, n, digest));
	s = psa_sign_hash(
	    id, SIGN_ALG, digest, sizeof(digest), sig, SIG_LEN, &len);
	if (s == PSA_SUCCESS && len == SIG_LEN)
		return OK;
	wipe(sig, SIG_LEN);
	return s == PSA_SUCCESS ? ERR_CRYPTO : mbed_err(s);
}

enum err
mbed_signer_from(const uint8_t d[MBED_SCALAR_LEN], struct signer *out)
{
	uint8_t kid[KID_LEN];
	psa_key_id_t id;

	memset(out, 0, sizeof(*out));
	TRY(mbed_private_open(d, PSA_KEY_USAGE_SIGN_HASH, SIGN_ALG, &id, kid));
	memcpy(out->kid, kid, KID_LEN);
	out->alg = ALG_ESP256;
	out->ctx = (void *)(uintptr_t)id;
	out->sign = sign;
	return OK;
}

void
mbed_signer_free(struct signer *s)
{
	(void)psa_destroy_key((psa_key_id_t)(uintptr_t)s->ctx);
	memset(s, 0, sizeof(*s));
}
