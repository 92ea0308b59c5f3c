/*
 * snp_report: read an attestation report of AMD SEV-SNP, version 2 or 3.
 *                                        [SEV-SNP ABI 56860,
 * ATTESTATION_REPORT]
 */
#include "snp.h"

#include <string.h>

#define ECDSA_P384_SHA384 1
#define FAMILY_TURIN      0x1a

static struct bytes
part(struct bytes in, size_t at, size_t n)
{
	return (struct bytes){in.p + at, n};
}

/* 72 octets, least significant first, as 48, most significant first. */
static enum err
number(const uint8_t *in, uint8_t out[48])
{
	if (!hardware_zero((struct bytes){in + 48, 72 - 48}))
		return ERR_RANGE;
	for (size_t i = 0; i < 48; i++)
		out[i] = in[47 - i];
	return OK;
}

/* Parts of a version of trusted code, as Milan and Genoa pack them. */
static void
tcb_read(const uint8_t *p, uint8_t out[SNP_TCB])
{
	out[SNP_TCB_BOOTLOADER] = p[0];
	out[SNP_TCB_TEE] = p[1];
	out[SNP_TCB_SNP] = p[6];
	out[SNP_TCB_MICROCODE] = p[7];
}

static enum err
header_check(struct bytes in, struct snp_report *out, struct why *why)
{
	const uint8_t *p = in.p;

	if (in.n != SNP_REPORT)
		return why_set(why,
		    in.n < SNP_REPORT ? ERR_TRUNCATED : ERR_TRAILING, "report");
	out->version = (uint32_t)hardware_le(p, 4);
	if (out->version != 2 && out->version != 3)
		return why_set(why, ERR_VERSION, "report version");
	/* Its parts of the trusted code stand in other places. */
	if (out->version == 3 && p[0x188] == FAMILY_TURIN)
		return why_set(why, ERR_VERSION, "processor family");
	if (hardware_le(p + 0x34, 4) != ECDSA_P384_SHA384)
		return why_set(why, ERR_COSE_ALG, "signature algorithm");
	return OK;
}

enum err
snp_report_read(struct bytes in, struct snp_report *out, struct why *why)
{
	const uint8_t *p = in.p;

	memset(out, 0, sizeof(*out));
	TRY(header_check(in, out, why));
	out->policy = hardware_le(p + 0x08, 8);
	out->vmpl = (uint32_t)hardware_le(p + 0x30, 4);
	out->flags = (uint32_t)hardware_le(p + 0x48, 4);
	out->user = part(in, 0x50, 64);
	out->measurement = part(in, 0x90, 48);
	out->reported = part(in, 0x180, 8);
	out->chip = part(in, 0x1a0, 64);
	out->covered = part(in, 0, 0x2a0);
	tcb_read(out->reported.p, out->tcb);
	if (number(p + 0x2a0, out->sig) != OK ||
	    number(p + 0x2a0 + 72, out->sig + 48) != OK)
		return why_set(why, ERR_RANGE, "signature");
	return OK;
}
