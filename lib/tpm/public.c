/*
 * public: a key of a TPM, and what it may be used for.
 *                                                [TPM 2.0 part 2, 12.2]
 */
#include "tpm_int.h"

#include <string.h>

#define POLICY_MAX  64
#define MODULUS_MAX 512
#define CURVE_P256  3

/* TPMT_SYM_DEF_OBJECT: of a parent, AES in CFB; of a signer, none. */
static void
symmetric(struct tpm_in *r)
{
	uint16_t alg = tpm_u16(r);

	if (alg == TPM_NULL)
		return;
	if (alg != TPM_AES)
		tpm_fail(r, ERR_COSE_ALG);
	(void)tpm_u16(r);
	tpm_want16(r, TPM_CFB, ERR_COSE_ALG);
}

/* TPMT_*_SCHEME: the ones that have a digest, or none. */
static void
scheme(struct tpm_in *r, struct tpm_public *out)
{
	out->scheme = tpm_u16(r);
	if (out->scheme != TPM_NULL)
		out->hash = tpm_u16(r);
}

static void
rsa(struct tpm_in *r, struct tpm_public *out)
{
	out->bits = tpm_u16(r);
	out->exponent = tpm_u32(r);
	if (out->exponent == 0)
		out->exponent = 65537;
	out->n = tpm_2b(r, MODULUS_MAX);
	if (r->err == OK && out->n.n * 8 != out->bits)
		tpm_fail(r, ERR_RANGE);
}

static void
ecc(struct tpm_in *r, struct tpm_public *out)
{
	out->curve = tpm_u16(r);
	tpm_want16(r, TPM_NULL, ERR_COSE_ALG); /* kdf */
	out->x = tpm_2b(r, 66);
	out->y = tpm_2b(r, 66);
}

enum err
tpm_public_read(struct bytes in, struct tpm_public *out, struct why *why)
{
	struct tpm_in r = tpm_open(in, false);

	memset(out, 0, sizeof(*out));
	if (in.n > TPM_PUBLIC_MAX + MODULUS_MAX)
		return why_set(why, ERR_TOO_LONG, "TPM key");
	out->type = tpm_u16(&r);
	tpm_want16(&r, TPM_SHA256, ERR_COSE_ALG);
	out->attributes = tpm_u32(&r);
	out->policy = tpm_2b(&r, POLICY_MAX);
	symmetric(&r);
	scheme(&r, out);
	if (out->type == TPM_RSA)
		rsa(&r, out);
	else if (out->type == TPM_ECC)
		ecc(&r, out);
	else
		tpm_fail(&r, ERR_COSE_ALG);
	return tpm_close(&r, "TPM key", why);
}

enum err
tpm_ak_check(const struct tpm_public *p, struct cose_key *key, struct why *why)
{
	const uint32_t must = TPM_FIXED_TPM | TPM_FIXED_PARENT | TPM_ORIGIN |
			      TPM_RESTRICTED | TPM_SIGN;

	memset(key, 0, sizeof(*key));
	/* Restricted: it signs nothing that looks as if the TPM had said it,
	 * unless the TPM has. */
	if ((p->attributes & must) != must ||
	    (p->attributes & TPM_DECRYPT) != 0)
		return why_set(why, ERR_KEY_PURPOSE, "attestation key");
	if (p->type != TPM_ECC || p->curve != CURVE_P256 ||
	    p->scheme != TPM_ECDSA || p->hash != TPM_SHA256)
		return why_set(why, ERR_COSE_ALG, "attestation key");
	if (p->x.n == 0 || p->x.n > 32 || p->y.n == 0 || p->y.n > 32)
		return why_set(why, ERR_COSE_KEY, "attestation key");
	key->kty = KTY_EC2;
	key->crv = CRV_P256;
	memcpy(key->x + 32 - p->x.n, p->x.p, p->x.n);
	memcpy(key->y + 32 - p->y.n, p->y.p, p->y.n);
	return OK;
}

enum err
tpm_name(const struct crypto *c, struct bytes public, uint8_t out[TPM_NAME_LEN])
{
	out[0] = TPM_SHA256 >> 8;
	out[1] = TPM_SHA256 & 0xff;
	return c->sha256(&public, 1, out + 2);
}
