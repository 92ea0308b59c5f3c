/*
 * keyfile: keys from files and into them.
 */
#include "pem_int.h"

#include <string.h>
#include <tamarind/cose.h>

/* What may stand in a file, by the name of its block. */
static const struct private_form {
	struct bytes name;
	enum err (*read)(
	    struct bytes der, uint8_t d[MBED_SCALAR_LEN], struct cose_key *pub);
} private_forms[] = {
    {BYTES_LIT("PRIVATE KEY"), der_pkcs8},
    {BYTES_LIT("EC PRIVATE KEY"), der_sec1},
};

static const struct public_form {
	struct bytes name;
	enum err (*read)(struct bytes der, struct cose_key *pub);
} public_forms[] = {
    {BYTES_LIT("PUBLIC KEY"), der_spki},
    {BYTES_LIT("CERTIFICATE"), der_certificate},
};

/* Do the halves belong together?  A wrong public half would give the wrong
 * key id. */
static enum err
consistent(const uint8_t d[MBED_SCALAR_LEN], const struct cose_key *stated,
    struct cose_key *pub)
{
	TRY(mbed_scalar_public(d, pub));
	if (stated->kty != 0 && memcmp(stated, pub, sizeof(*pub)) != 0)
		return ERR_COSE_KEY;
	return OK;
}

/* The scalar of a file, which the caller wipes, and its public half. */
static enum err
read_private(struct bytes pem, uint8_t d[MBED_SCALAR_LEN], struct cose_key *pub)
{
	uint8_t room[DER_MAX];
	struct bytes name, der;
	struct cose_key stated;
	enum err e;

	memset(d, 0, MBED_SCALAR_LEN);
	memset(pub, 0, sizeof(*pub));
	e = pem_read(pem, room, &name, &der);
	if (e == OK) {
		e = ERR_SYNTAX;
		for (size_t i = 0; i < ARRAY_LEN(private_forms); i++)
			if (bytes_same(name, private_forms[i].name))
				e = private_forms[i].read(der, d, &stated);
	}
	wipe(room, sizeof(room));
	if (e == OK)
		e = consistent(d, &stated, pub);
	if (e == OK)
		return OK;
	wipe(d, MBED_SCALAR_LEN);
	memset(pub, 0, sizeof(*pub));
	return e;
}

enum err
mbed_private_public(struct bytes pem, struct cose_key *out)
{
	uint8_t d[MBED_SCALAR_LEN];
	enum err e = read_private(pem, d, out);

	wipe(d, sizeof(d));
	return e;
}

enum err
mbed_signer_load(struct bytes pem, struct signer *out)
{
	uint8_t d[MBED_SCALAR_LEN];
	struct cose_key pub;
	enum err e = read_private(pem, d, &pub);

	memset(out, 0, sizeof(*out));
	if (e == OK)
		e = mbed_signer_from(d, out);
	wipe(d, sizeof(d));
	return e;
}

enum err
mbed_agreer_load(struct bytes pem, struct agreer *out)
{
	uint8_t d[MBED_SCALAR_LEN];
	struct cose_key pub;
	enum err e = read_private(pem, d, &pub);

	memset(out, 0, sizeof(*out));
	if (e == OK)
		e = mbed_agreer_from(d, out);
	wipe(d, sizeof(d));
	return e;
}

static enum err
from_pem(struct bytes in, struct cose_key *out)
{
	uint8_t room[DER_MAX];
	struct bytes name, der;
	enum err e = pem_read(in, room, &name, &der);

	if (e == OK) {
		e = ERR_SYNTAX;
		for (size_t i = 0; i < ARRAY_LEN(public_forms); i++)
			if (bytes_same(name, public_forms[i].name))
				e = public_forms[i].read(der, out);
	}
	/* It may have been a private key, in the wrong place. */
	wipe(room, sizeof(room));
	return e;
}

enum err
mbed_public_read(struct bytes in, struct cose_key *out)
{
	const struct crypto *c = crypto_mbedtls();
	enum err e;

	memset(out, 0, sizeof(*out));
	if (c == NULL)
		return ERR_RANDOM;
	/* No PEM begins like a CBOR map. */
	if (in.n > 0 && in.p[0] >> 5 == CBOR_MAP)
		e = cose_key_read(in, out);
	else
		e = from_pem(in, out);
	if (e == OK)
		e = c->key_check(out);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

/* The DER of a P-256 key has one form: octets before the scalar, between it
 * and the point, and before the point of a public key. */
static const uint8_t pkcs8_head[] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30,
    0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b,
    0x02, 0x01, 0x01, 0x04, 0x20};
static const uint8_t pkcs8_mid[] = {0xa1, 0x44, 0x03, 0x42, 0x00, 0x04};
static const uint8_t spki_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

enum err
mbed_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub)
{
	uint8_t der[sizeof(pkcs8_head) + 32 + sizeof(pkcs8_mid) + 64];
	uint8_t *d = der + sizeof(pkcs8_head);
	uint8_t *mid = d + 32, *xy = mid + sizeof(pkcs8_mid);
	struct cose_key k;
	enum err e;

	*pem = BYTES_NONE;
	if (pub != NULL)
		memset(pub, 0, sizeof(*pub));
	if (crv == CRV_ED25519)
		return ERR_COSE_ALG;
	if (crv != CRV_P256)
		return ERR_BUG;
	memcpy(der, pkcs8_head, sizeof(pkcs8_head));
	memcpy(mid, pkcs8_mid, sizeof(pkcs8_mid));
	e = mbed_scalar_make(d);
	if (e == OK)
		e = mbed_scalar_public(d, &k);
	if (e == OK) {
		memcpy(xy, k.x, 32);
		memcpy(xy + 32, k.y, 32);
		e = pem_write("PRIVATE KEY", BYTES_OF(der), room, pem);
	}
	wipe(der, sizeof(der));
	if (e == OK && pub != NULL)
		*pub = k;
	return e;
}

enum err
mbed_public_write(const struct cose_key *k, struct span room, struct bytes *pem)
{
	uint8_t der[sizeof(spki_head) + 64];
	const struct crypto *c = crypto_mbedtls();

	*pem = BYTES_NONE;
	if (c == NULL)
		return ERR_RANDOM;
	TRY(c->key_check(k));
	memcpy(der, spki_head, sizeof(spki_head));
	memcpy(der + sizeof(spki_head), k->x, 32);
	memcpy(der + sizeof(spki_head) + 32, k->y, 32);
	return pem_write("PUBLIC KEY", BYTES_OF(der), room, pem);
}
