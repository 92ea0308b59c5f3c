/*
 * keys: points and scalars between COSE and PSA, and their validation.
 */
#include "mbedtls_int.h"

#include <string.h>
#include <tamarind/cose.h>

void
mbed_point_put(const struct cose_key *k, uint8_t out[POINT_LEN])
{
	out[0] = 4;
	memcpy(out + 1, k->x, 32);
	memcpy(out + 33, k->y, 32);
}

/*
 * PSA checks at import that both coordinates are below p and satisfy the
 * curve equation; the uncompressed form cannot say infinity, and the
 * cofactor of P-256 is 1.                        [SP 800-56A 5.6.2.3.3]
 */
enum err
mbed_public_import(const struct cose_key *k, psa_key_id_t *id)
{
	uint8_t point[POINT_LEN];
	psa_status_t s;

	*id = 0;
	if (k->kty == KTY_OKP &&
	    (k->crv == CRV_ED25519 || k->crv == CRV_X25519))
		return ERR_COSE_ALG; /* a good key perhaps, but not here */
	if (k->kty != KTY_EC2 || k->crv != CRV_P256)
		return ERR_COSE_KEY;
	mbed_point_put(k, point);
	s = mbed_import(PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1),
	    PSA_KEY_USAGE_VERIFY_HASH, PSA_ALG_ECDSA(PSA_ALG_SHA_256),
	    BYTES_OF(point), id);
	return s == PSA_ERROR_INVALID_ARGUMENT ? ERR_COSE_KEY : mbed_err(s);
}

enum err
mbed_key_check(const struct cose_key *k)
{
	psa_key_id_t id;
	enum err e = mbed_public_import(k, &id);

	(void)psa_destroy_key(id);
	return e;
}

enum err
mbed_private_import(const uint8_t d[MBED_SCALAR_LEN], psa_key_usage_t usage,
    psa_algorithm_t alg, psa_key_id_t *id)
{
	psa_status_t s;

	*id = 0;
	s = mbed_import(PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
	    usage, alg, (struct bytes){d, MBED_SCALAR_LEN}, id);
	return s == PSA_ERROR_INVALID_ARGUMENT ? ERR_COSE_KEY : mbed_err(s);
}

enum err
mbed_public_of(psa_key_id_t id, struct cose_key *out)
{
	uint8_t point[POINT_LEN];
	psa_status_t s;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	s = psa_export_public_key(id, point, sizeof(point), &n);
	if (s != PSA_SUCCESS)
		return mbed_err(s);
	if (n != POINT_LEN || point[0] != 4)
		return ERR_CRYPTO;
	out->kty = KTY_EC2;
	out->crv = CRV_P256;
	memcpy(out->x, point + 1, 32);
	memcpy(out->y, point + 33, 32);
	return OK;
}

enum err
mbed_private_open(const uint8_t d[MBED_SCALAR_LEN], psa_key_usage_t usage,
    psa_algorithm_t alg, psa_key_id_t *id, uint8_t kid[KID_LEN])
{
	const struct crypto *c = crypto_mbedtls();
	struct cose_key pub;
	enum err e;

	if (c == NULL)
		return ERR_RANDOM;
	TRY(mbed_private_import(d, usage, alg, id));
	e = mbed_public_of(*id, &pub);
	if (e == OK)
		e = cose_key_thumbprint(c, &pub, kid);
	if (e != OK)
		(void)psa_destroy_key(*id);
	return e;
}

enum err
mbed_scalar_make(uint8_t d[MBED_SCALAR_LEN])
{
	psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
	psa_key_id_t id = 0;
	psa_status_t s;
	size_t n = 0;

	if (crypto_mbedtls() == NULL)
		return ERR_RANDOM;
	psa_set_key_type(&a, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&a, 256);
	psa_set_key_usage_flags(&a, PSA_KEY_USAGE_EXPORT);
	s = psa_generate_key(&a, &id);
	if (s == PSA_SUCCESS)
		s = psa_export_key(id, d, MBED_SCALAR_LEN, &n);
	(void)psa_destroy_key(id);
	if (s == PSA_SUCCESS && n == MBED_SCALAR_LEN)
		return OK;
	wipe(d, MBED_SCALAR_LEN);
	return s == PSA_SUCCESS ? ERR_CRYPTO : mbed_err(s);
}

enum err
mbed_scalar_public(const uint8_t d[MBED_SCALAR_LEN], struct cose_key *out)
{
	psa_key_id_t id;
	enum err e;

	memset(out, 0, sizeof(*out));
	if (crypto_mbedtls() == NULL)
		return ERR_RANDOM;
	e = mbed_private_import(d, 0, PSA_ALG_NONE, &id);
	if (e == OK)
		e = mbed_public_of(id, out);
	(void)psa_destroy_key(id);
	return e;
}
