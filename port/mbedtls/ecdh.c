/*
 * ecdh: key agreement on P-256, with a kept key and with a fresh one.
 */
#include "mbedtls_int.h"

#include <string.h>

#define Z_LEN 32

/* PSA validates the peer's point: see mbed_public_import. */
static enum err
shared(psa_key_id_t id, const struct cose_key *peer, uint8_t z[Z_LEN])
{
	uint8_t point[POINT_LEN], any = 0;
	psa_status_t s;
	size_t n = 0;
	enum err e;

	memset(z, 0, Z_LEN);
	if (peer->kty == KTY_OKP && peer->crv == CRV_X25519)
		return ERR_COSE_ALG; /* a good key perhaps, but not here */
	if (peer->kty != KTY_EC2 || peer->crv != CRV_P256)
		return ERR_COSE_KEY;
	mbed_point_put(peer, point);
	s = psa_raw_key_agreement(
	    PSA_ALG_ECDH, id, point, sizeof(point), z, Z_LEN, &n);
	e = s == PSA_ERROR_INVALID_ARGUMENT ? ERR_COSE_KEY : mbed_err(s);
	if (e == OK && n != Z_LEN)
		e = ERR_CRYPTO;
	/* A shared point with x = 0 would be the peer's choice, not luck. */
	for (size_t i = 0; i < Z_LEN; i++)
		any |= z[i];
	if (e == OK && any == 0)
		e = ERR_COSE_KEY;
	if (e != OK)
		wipe(z, Z_LEN);
	return e;
}

enum err
mbed_ephemeral(
    const struct cose_key *peer, struct cose_key *eph, uint8_t z[Z_LEN])
{
	psa_key_attributes_t a = PSA_KEY_ATTRIBUTES_INIT;
	psa_key_id_t id = 0;
	enum err e;

	memset(eph, 0, sizeof(*eph));
	memset(z, 0, Z_LEN);
	psa_set_key_type(&a, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
	psa_set_key_bits(&a, 256);
	psa_set_key_usage_flags(&a, PSA_KEY_USAGE_DERIVE);
	psa_set_key_algorithm(&a, PSA_ALG_ECDH);
	e = mbed_err(psa_generate_key(&a, &id));
	if (e == OK)
		e = shared(id, peer, z);
	if (e == OK)
		e = mbed_public_of(id, eph);
	if (e != OK)
		wipe(z, Z_LEN);
	(void)psa_destroy_key(id); /* wipes the private half */
	return e;
}

static enum err
agree(void *ctx, const struct cose_key *peer, uint8_t z[Z_LEN])
{
	return shared((psa_key_id_t)(uintptr_t)ctx, peer, z);
}

enum err
mbed_agreer_from(const uint8_t d[MBED_SCALAR_LEN], struct agreer *out)
{
	uint8_t kid[KID_LEN];
	psa_key_id_t id;

	memset(out, 0, sizeof(*out));
	TRY(mbed_private_open(d, PSA_KEY_USAGE_DERIVE, PSA_ALG_ECDH, &id, kid));
	memcpy(out->kid, kid, KID_LEN);
	out->ctx = (void *)(uintptr_t)id;
	out->agree = agree;
	return OK;
}

void
mbed_agreer_free(struct agreer *a)
{
	(void)psa_destroy_key((psa_key_id_t)(uintptr_t)a->ctx);
	memset(a, 0, sizeof(*a));
}
