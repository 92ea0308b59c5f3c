/*
 * point: public keys between COSE and OpenSSL, and their validation.
 */
#include "openssl_int.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <string.h>

#define RAW_LEN 65 /* 04 || x || y */

/*
 * Setting the point checks that x and y are below p and satisfy the curve
 * equation; the uncompressed form cannot say infinity, and the cofactor of
 * P-256 is 1.  So that check is the whole validation [SP 800-56A 5.6.2.3.3],
 * and the expensive one, a multiplication by the order, adds nothing.
 */
static EVP_PKEY *
p256_from(const struct cose_key *k)
{
	EVP_PKEY *key = EVP_PKEY_new();
	uint8_t raw[RAW_LEN];

	raw[0] = 4;
	memcpy(raw + 1, k->x, 32);
	memcpy(raw + 33, k->y, 32);
	if (key != NULL && EVP_PKEY_copy_parameters(key, lib.p256) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(key, raw, RAW_LEN) == 1)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

EVP_PKEY *
public_from(const struct cose_key *k)
{
	if (k->kty == KTY_EC2 && k->crv == CRV_P256)
		return p256_from(k);
	if (k->kty == KTY_OKP && k->crv == CRV_ED25519 && edpoint_usable(k->x))
		return EVP_PKEY_new_raw_public_key_ex(
		    NULL, "ED25519", NULL, k->x, 32);
	if (k->kty == KTY_OKP && k->crv == CRV_X25519)
		return EVP_PKEY_new_raw_public_key_ex(
		    NULL, "X25519", NULL, k->x, 32);
	return NULL;
}

/* One coordinate; a compressed key has them too. */
static bool
coordinate(const EVP_PKEY *pkey, const char *name, uint8_t out[32])
{
	BIGNUM *v = NULL;
	bool ok = EVP_PKEY_get_bn_param(pkey, name, &v) == 1 &&
		  BN_bn2binpad(v, out, 32) == 32;

	BN_free(v);
	return ok;
}

enum err
public_of(const EVP_PKEY *pkey, struct cose_key *out)
{
	char group[32];
	size_t n = 32;

	memset(out, 0, sizeof(*out));
	if (EVP_PKEY_is_a(pkey, "ED25519") || EVP_PKEY_is_a(pkey, "X25519")) {
		out->kty = KTY_OKP;
		out->crv =
		    EVP_PKEY_is_a(pkey, "X25519") ? CRV_X25519 : CRV_ED25519;
		if (EVP_PKEY_get_raw_public_key(pkey, out->x, &n) == 1 &&
		    n == 32)
			return OK;
	} else if (EVP_PKEY_is_a(pkey, "EC") &&
		   EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n) ==
		       1 &&
		   strcmp(group, "prime256v1") == 0) {
		out->kty = KTY_EC2;
		out->crv = CRV_P256;
		if (coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_X, out->x) &&
		    coordinate(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, out->y))
			return OK;
	}
	memset(out, 0, sizeof(*out));
	return fail(ERR_COSE_KEY);
}

enum err
port_key_check(const struct cose_key *k)
{
	EVP_PKEY *key;
	bool ok;

	begin();
	count(N_KEY_CHECK, 1);
	key = public_from(k);
	ok = key != NULL && (k->crv != CRV_ED25519 || edpoint_exists(k->x));
	EVP_PKEY_free(key);
	return ok ? OK : fail(ERR_COSE_KEY);
}
