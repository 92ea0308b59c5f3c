/*
 * commands: keys, PCRs, quotes.                         [TPM 2.0 part 3]
 */
#include "tpm_device_int.h"

#include <string.h>

#define CC_CREATE_PRIMARY 0x131
#define CC_QUOTE          0x158
#define CC_FLUSH          0x165
#define CC_PCR_READ       0x17e
#define CC_PCR_EXTEND     0x182

#define CURVE_P256 3

/* ---- templates --------------------------------------------------------- */

/* Restricted ECDSA over P-256 with SHA-256.  Its authorisation is empty: a TPM
 * that counts guesses at it would lock it after a few power cuts. */
static void
ak_template(struct tpm_cmd *c)
{
	tpm_put_number(c, 2, TPM_ECC);
	tpm_put_number(c, 2, TPM_SHA256);
	tpm_put_number(c, 4,
	    (uint32_t)TPM_FIXED_TPM | TPM_FIXED_PARENT | TPM_ORIGIN |
		TPM_USER_AUTH | TPM_NO_DA | TPM_RESTRICTED | TPM_SIGN);
	tpm_put_2b(c, BYTES_NONE); /* policy */
	tpm_put_number(c, 2, TPM_NULL);
	tpm_put_number(c, 2, TPM_ECDSA);
	tpm_put_number(c, 2, TPM_SHA256);
	tpm_put_number(c, 2, CURVE_P256);
	tpm_put_number(c, 2, TPM_NULL);
	tpm_put_2b(c, BYTES_NONE);
	tpm_put_2b(c, BYTES_NONE);
}

/* What the templates have in common; the policy is PolicySecret of the
 * endorsement hierarchy.                       [TCG EK Credential, B.3.1] */
static void
ek_common(struct tpm_cmd *c, uint16_t type)
{
	static const uint8_t policy[32] = {0x83, 0x71, 0x97, 0x67, 0x44, 0x84,
	    0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd,
	    0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b,
	    0x33, 0x14, 0x69, 0xaa};

	tpm_put_number(c, 2, type);
	tpm_put_number(c, 2, TPM_SHA256);
	tpm_put_number(c, 4,
	    (uint32_t)TPM_FIXED_TPM | TPM_FIXED_PARENT | TPM_ORIGIN |
		TPM_ADMIN_POLICY | TPM_RESTRICTED | TPM_DECRYPT);
	tpm_put_2b(c, BYTES_OF(policy));
	tpm_put_number(c, 2, TPM_AES);
	tpm_put_number(c, 2, 128);
	tpm_put_number(c, 2, TPM_CFB);
	tpm_put_number(c, 2, TPM_NULL);
}

/* Template L-1, to which the maker's certificate belongs.  [B.3.3] */
static void
ek_rsa(struct tpm_cmd *c)
{
	static const uint8_t unique[256];

	ek_common(c, TPM_RSA);
	tpm_put_number(c, 2, 2048);
	tpm_put_number(c, 4, 0);
	tpm_put_2b(c, BYTES_OF(unique));
}

/* Template L-2.                                            [B.3.4] */
static void
ek_ecc(struct tpm_cmd *c)
{
	static const uint8_t unique[32];

	ek_common(c, TPM_ECC);
	tpm_put_number(c, 2, CURVE_P256);
	tpm_put_number(c, 2, TPM_NULL);
	tpm_put_2b(c, BYTES_OF(unique));
	tpm_put_2b(c, BYTES_OF(unique));
}

enum err
tpm_primary(struct tpm_device *t, uint32_t hierarchy,
    void (*template)(struct tpm_cmd *), const char *what, uint32_t *handle,
    struct bytes *public, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_CREATE_PRIMARY, true);
	struct tpm_answer a;
	size_t at;

	*public = BYTES_NONE;
	tpm_put_number(&c, 4, hierarchy);
	tpm_put_password(&c, 1);
	tpm_put_number(&c, 2, 4); /* TPM2B_SENSITIVE_CREATE: nothing */
	tpm_put_2b(&c, BYTES_NONE);
	tpm_put_2b(&c, BYTES_NONE);
	at = c.n;
	tpm_put_number(&c, 2, 0);
	template(&c);
	if (!c.full) {
		c.p[at] = (uint8_t)((c.n - at - 2) >> 8);
		c.p[at + 1] = (uint8_t)(c.n - at - 2);
	}
	tpm_put_2b(&c, BYTES_NONE); /* outside info */
	tpm_put_number(&c, 4, 0);   /* PCRs */
	TRY(tpm_cmd_do(t, &c, what, handle, &a, why));
	*public = tpm_get_2b(&a);
	return tpm_answer_end(&a, what, why);
}

enum err
tpm_device_ak(struct tpm_device *t, uint32_t *handle, struct bytes *public,
    struct why *why)
{
	return tpm_primary(t, RH_ENDORSEMENT, ak_template,
	    "TPM attestation key", handle, public, why);
}

enum err
tpm_device_ek(struct tpm_device *t, enum tpm_ek kind, uint32_t *handle,
    struct bytes *public, struct why *why)
{
	return tpm_primary(t, RH_ENDORSEMENT,
	    kind == TPM_EK_RSA ? ek_rsa : ek_ecc, "TPM endorsement key", handle,
	    public, why);
}

enum err
tpm_device_flush(struct tpm_device *t, uint32_t handle, struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_FLUSH, false);
	struct tpm_answer a;

	tpm_put_number(&c, 4, handle);
	return tpm_cmd_do(t, &c, "TPM flush", NULL, &a, why);
}

/* ---- PCRs -------------------------------------------------------------- */

enum err
tpm_device_extend(struct tpm_device *t, uint32_t pcr,
    const uint8_t digest[DIGEST_LEN], struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_PCR_EXTEND, true);
	struct tpm_answer a;

	tpm_put_number(&c, 4, pcr);
	tpm_put_password(&c, 1);
	tpm_put_number(&c, 4, 1);
	tpm_put_number(&c, 2, TPM_SHA256);
	tpm_put_octets(&c, (struct bytes){digest, DIGEST_LEN});
	return tpm_cmd_do(t, &c, "TPM extend", NULL, &a, why);
}

static enum err
read_one(struct tpm_device *t, uint32_t pcr, uint8_t out[DIGEST_LEN],
    struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_PCR_READ, false);
	struct tpm_answer a;
	struct bytes v;

	tpm_put_pcrs(&c, UINT32_C(1) << pcr);
	TRY(tpm_cmd_do(t, &c, "TPM PCR", NULL, &a, why));
	(void)tpm_get_number(&a, 4); /* counter */
	if (tpm_get_number(&a, 4) != 1 || tpm_get_number(&a, 2) != TPM_SHA256)
		a.err = a.err == OK ? ERR_UNEXPECTED : a.err;
	(void)tpm_get_octets(&a, tpm_get_number(&a, 1));
	if (tpm_get_number(&a, 4) != 1) /* a TPM without that bank has none */
		a.err = a.err == OK ? ERR_MISSING : a.err;
	v = tpm_get_2b(&a);
	if (a.err == OK && v.n != DIGEST_LEN)
		a.err = ERR_RANGE;
	if (a.err == OK)
		memcpy(out, v.p, DIGEST_LEN);
	return tpm_answer_end(&a, "TPM PCR", why);
}

enum err
tpm_device_pcrs(
    struct tpm_device *t, uint32_t pcrs, struct tpm_pcrs *out, struct why *why)
{
	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < TPM_PCRS; i++)
		if ((pcrs >> i & 1) != 0)
			TRY(read_one(t, i, out->value[i], why));
	return OK;
}

/* ---- quote ------------------------------------------------------------- */

enum err
tpm_device_quote(struct tpm_device *t, uint32_t ak, struct bytes extra,
    uint32_t pcrs, struct bytes *quote, struct bytes *signature,
    struct why *why)
{
	struct tpm_cmd c = tpm_cmd_begin(t, CC_QUOTE, true);
	struct tpm_answer a;

	*quote = *signature = BYTES_NONE;
	tpm_put_number(&c, 4, ak);
	tpm_put_password(&c, 1);
	tpm_put_2b(&c, extra);
	tpm_put_number(&c, 2, TPM_NULL); /* the key's own scheme */
	tpm_put_pcrs(&c, pcrs);
	TRY(tpm_cmd_do(t, &c, "TPM quote", NULL, &a, why));
	*quote = tpm_get_2b(&a);
	*signature = tpm_get_octets(&a, a.in.n - a.at);
	return tpm_answer_end(&a, "TPM quote", why);
}
