/*
 * quote: what a TPM has signed, and its signature.
 *                                       [TPM 2.0 part 2, 10.12 and 11.3]
 */
#include "tpm_int.h"

#include <string.h>

#define MAGIC     UINT32_C(0xff544347) /* TPM_GENERATED_VALUE */
#define ST_QUOTE  0x8018
#define BANKS_MAX 4
#define EXTRA_MAX 64

/* TPML_PCR_SELECTION: the SHA-256 bank, and nothing of any other. */
static uint32_t
selection(struct tpm_in *r)
{
	uint32_t n = tpm_u32(r), pcrs = 0;

	if (n == 0 || n > BANKS_MAX)
		tpm_fail(r, ERR_RANGE);
	for (uint32_t i = 0; i < n && r->err == OK; i++) {
		uint16_t alg = tpm_u16(r);
		struct bytes s = tpm_take(r, tpm_u8(r));

		if (s.n > TPM_PCRS / 8)
			tpm_fail(r, ERR_RANGE);
		for (size_t k = 0; k < s.n && r->err == OK; k++) {
			if (s.p[k] == 0)
				continue;
			if (alg != TPM_SHA256)
				tpm_fail(r, ERR_UNEXPECTED);
			pcrs |= (uint32_t)s.p[k] << 8 * k;
		}
	}
	return pcrs;
}

enum err
tpm_quote_read(struct bytes in, struct tpm_quote *out, struct why *why)
{
	struct tpm_in r = tpm_open(in, false);

	memset(out, 0, sizeof(*out));
	if (in.n > TPM_QUOTE_MAX)
		return why_set(why, ERR_TOO_LONG, "quote");
	/* Whoever lets the key sign octets of his own would sign anything:
	 * a restricted key never begins with this but for the TPM itself. */
	if (tpm_u32(&r) != MAGIC)
		tpm_fail(&r, ERR_TYPE);
	tpm_want16(&r, ST_QUOTE, ERR_TYPE);
	out->signer = tpm_2b(&r, 2 + 64);
	out->extra = tpm_2b(&r, EXTRA_MAX);
	out->clock = tpm_u64(&r);
	out->resets = tpm_u32(&r);
	out->restarts = tpm_u32(&r);
	if (tpm_u8(&r) > 1)
		tpm_fail(&r, ERR_RANGE);
	out->firmware = tpm_u64(&r);
	out->pcrs = selection(&r);
	out->digest = tpm_2b(&r, DIGEST_LEN);
	if (r.err == OK && out->digest.n != DIGEST_LEN)
		tpm_fail(&r, ERR_RANGE);
	return tpm_close(&r, "quote", why);
}

/* A number of at most 32 octets, to the right of its field. */
static void
scalar(struct tpm_in *r, uint8_t out[32])
{
	struct bytes b = tpm_2b(r, 32);

	memset(out, 0, 32);
	if (b.n > 0)
		memcpy(out + 32 - b.n, b.p, b.n);
}

enum err
tpm_signature_read(struct bytes in, uint8_t sig[SIG_LEN], struct why *why)
{
	struct tpm_in r = tpm_open(in, false);

	memset(sig, 0, SIG_LEN);
	tpm_want16(&r, TPM_ECDSA, ERR_COSE_ALG);
	tpm_want16(&r, TPM_SHA256, ERR_COSE_ALG);
	scalar(&r, sig);
	scalar(&r, sig + 32);
	return tpm_close(&r, "TPM signature", why);
}
