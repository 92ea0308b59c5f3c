/*
 * log: the crypto-agile event log of the firmware.
 *                                 [TCG PC Client Platform Firmware, 10]
 *
 * Nobody has signed it: it explains PCRs, and is believed as far as replaying
 * it leads to what the TPM has signed.
 */
#include "tpm_int.h"

#include <string.h>

#define EVENT_MAX (UINT32_C(64) << 10)

static const uint8_t spec_id[16] = "Spec ID Event03";

/* The first event is of the old form, and says which digests follow. */
static void
header(struct tpm_in *r, struct tpm_log *l)
{
	struct bytes sig;
	uint32_t n;

	if (tpm_u32(r) != 0 || tpm_u32(r) != TPM_EV_NO_ACTION)
		tpm_fail(r, ERR_TYPE);
	(void)tpm_take(r, 20);
	n = tpm_u32(r);
	if (n > EVENT_MAX)
		tpm_fail(r, ERR_RANGE);
	sig = tpm_take(r, sizeof(spec_id));
	if (r->err == OK && memcmp(sig.p, spec_id, sizeof(spec_id)) != 0)
		tpm_fail(r, ERR_TYPE);
	(void)tpm_u32(r);     /* platform class */
	(void)tpm_take(r, 4); /* version, errata, size of a UINTN */
	n = tpm_u32(r);
	if (n == 0 || n > ARRAY_LEN(l->alg))
		tpm_fail(r, ERR_RANGE);
	for (uint32_t i = 0; i < n && r->err == OK; i++) {
		l->alg[i].alg = tpm_u16(r);
		l->alg[i].size = tpm_u16(r);
		if (l->alg[i].size == 0 || l->alg[i].size > 64 ||
		    (l->alg[i].alg == TPM_SHA256 &&
			l->alg[i].size != DIGEST_LEN))
			tpm_fail(r, ERR_RANGE);
	}
	l->algs = n;
	(void)tpm_take(r, tpm_u8(r)); /* of the vendor */
}

enum err
tpm_log_begin(struct tpm_log *l, struct bytes in, struct why *why)
{
	struct tpm_in r = tpm_open(in, true);

	memset(l, 0, sizeof(*l));
	if (in.n > TPM_LOG_MAX)
		return why_set(why, ERR_TOO_LONG, "event log");
	header(&r, l);
	if (r.err != OK) {
		(void)why_set(why, r.err, "event log");
		if (why != NULL)
			why->at = r.at;
		return r.err;
	}
	l->in = in;
	l->at = r.at;
	return OK;
}

static size_t
size_of(const struct tpm_log *l, uint16_t alg)
{
	for (size_t i = 0; i < l->algs; i++)
		if (l->alg[i].alg == alg)
			return l->alg[i].size;
	return 0;
}

/* TPML_DIGEST_VALUES: one for each algorithm of the header at most. */
static void
digests(struct tpm_in *r, const struct tpm_log *l, struct tpm_event *out)
{
	uint32_t n = tpm_u32(r);

	if (n > l->algs)
		tpm_fail(r, ERR_RANGE);
	for (uint32_t i = 0; i < n && r->err == OK; i++) {
		uint16_t alg = tpm_u16(r);
		size_t size = size_of(l, alg);
		struct bytes d = tpm_take(r, size);

		if (size == 0)
			tpm_fail(r, ERR_COSE_ALG);
		if (alg != TPM_SHA256)
			continue;
		if (out->digest.n != 0)
			tpm_fail(r, ERR_DUPLICATE);
		out->digest = d;
	}
	if (r->err == OK && out->digest.n == 0)
		tpm_fail(r, ERR_MISSING);
}

enum err
tpm_log_next(struct tpm_log *l, struct tpm_event *out, struct why *why)
{
	struct tpm_in r = tpm_open(l->in, true);
	uint32_t n;

	memset(out, 0, sizeof(*out));
	r.at = l->at;
	if (l->at == l->in.n)
		return ERR_NOT_FOUND;
	out->pcr = tpm_u32(&r);
	out->type = tpm_u32(&r);
	if (out->pcr >= TPM_PCRS)
		tpm_fail(&r, ERR_RANGE);
	digests(&r, l, out);
	n = tpm_u32(&r);
	if (n > EVENT_MAX)
		tpm_fail(&r, ERR_RANGE);
	out->data = tpm_take(&r, n);
	out->nth = l->nth + 1;
	if (l->nth == TPM_EVENTS_MAX)
		tpm_fail(&r, ERR_LIMIT);
	if (r.err != OK) {
		(void)why_set(why, r.err, "event log");
		if (why != NULL)
			why->at = r.at;
		memset(out, 0, sizeof(*out));
		return r.err;
	}
	l->at = r.at;
	l->nth++;
	return OK;
}

/* ---- types ----------------------------------------------------------- */

/* Types whose digest is that of the data as it stands in the log. */
#define PLAIN 1

static const struct {
	uint32_t type;
	uint8_t form;
	const char *name;
} types[] = {
    {0x00000001, 0, "EV_POST_CODE"},
    {0x00000003, 0, "EV_NO_ACTION"},
    {0x00000004, PLAIN, "EV_SEPARATOR"},
    {0x00000005, PLAIN, "EV_ACTION"},
    {0x00000006, 0, "EV_EVENT_TAG"},
    {0x00000007, 0, "EV_S_CRTM_CONTENTS"},
    {0x00000008, PLAIN, "EV_S_CRTM_VERSION"},
    {0x00000009, 0, "EV_CPU_MICROCODE"},
    {0x0000000a, 0, "EV_PLATFORM_CONFIG_FLAGS"},
    {0x0000000b, 0, "EV_TABLE_OF_DEVICES"},
    {0x0000000c, 0, "EV_COMPACT_HASH"},
    {0x0000000d, 0, "EV_IPL"},
    {0x0000000e, 0, "EV_IPL_PARTITION_DATA"},
    {0x00000011, 0, "EV_NONHOST_CODE"},
    {0x00000012, 0, "EV_NONHOST_CONFIG"},
    {0x00000013, 0, "EV_NONHOST_INFO"},
    {0x80000001, PLAIN, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    {0x80000002, 0, "EV_EFI_VARIABLE_BOOT"},
    {0x80000003, 0, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    {0x80000004, 0, "EV_EFI_BOOT_SERVICES_DRIVER"},
    {0x80000005, 0, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    {0x80000006, 0, "EV_EFI_GPT_EVENT"},
    {0x80000007, PLAIN, "EV_EFI_ACTION"},
    {0x80000008, 0, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    {0x80000009, 0, "EV_EFI_HANDOFF_TABLES"},
    {0x8000000a, 0, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    {0x8000000b, 0, "EV_EFI_HANDOFF_TABLES2"},
    {0x8000000c, 0, "EV_EFI_VARIABLE_BOOT2"},
    {0x80000010, 0, "EV_EFI_HCRTM_EVENT"},
    {0x800000e0, 0, "EV_EFI_VARIABLE_AUTHORITY"},
};

const char *
tpm_event_name(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].type == type)
			return types[i].name;
	return "event of an unknown type";
}

enum err
tpm_event_honest(
    const struct crypto *c, const struct tpm_event *e, bool *honest)
{
	uint8_t digest[DIGEST_LEN];
	uint8_t form = 0;

	*honest = true;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].type == e->type)
			form = types[i].form;
	if (form != PLAIN)
		return OK;
	TRY(c->sha256(&e->data, 1, digest));
	*honest = bytes_same(BYTES_OF(digest), e->digest);
	return OK;
}
