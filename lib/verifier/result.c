/*
 * result: the Attestation Result of the TEEP profile, and names of classes
 * of assurance and vendors.            [TEEP 5; docs/evidence.md 5 and 7]
 */
#include <string.h>
#include <tamarind/verifier.h>

static const char *const assurances[] = {
    [ASSURE_NONE] = "none",
    [ASSURE_SELF_REPORTED] = "self-reported",
    [ASSURE_PROCESS] = "process-grade",
    [ASSURE_TPM] = "TPM-measured",
    [ASSURE_HARDWARE] = "hardware-rooted",
};

const char *
assurance_name(enum assurance a)
{
	if ((unsigned)a >= ARRAY_LEN(assurances))
		return assurances[ASSURE_NONE];
	return assurances[a];
}

enum assurance
assurance_from_name(struct bytes text)
{
	for (unsigned i = ASSURE_SELF_REPORTED; i < ARRAY_LEN(assurances); i++)
		if (bytes_same(
			text, (struct bytes){(const uint8_t *)assurances[i],
				  strlen(assurances[i])}))
			return (enum assurance)i;
	return ASSURE_NONE;
}

static void
hex(struct bytes in, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < in.n; i++) {
		*out++ = digits[in.p[i] >> 4];
		*out++ = digits[in.p[i] & 15];
	}
	*out = '\0';
}

static void
decimal(int64_t v, char *out)
{
	uint64_t left = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (v < 0)
		*out++ = '-';
	while (n > 0)
		*out++ = digits[--n];
	*out = '\0';
}

enum err
verifier_vendor(struct bytes oemid, char out[64])
{
	struct cbor_in r = cbor_open(oemid);
	struct bytes b = BYTES_NONE;
	int64_t v = 0;

	out[0] = '\0';
	if (cbor_peek(&r) == CBOR_BSTR)
		b = cbor_bstr(&r, 3, 16);
	else
		v = cbor_int(&r, INT64_MIN, INT64_MAX);
	TRY(cbor_close(&r));
	if (b.n > 0)
		hex(b, out);
	else
		decimal(v, out);
	return OK;
}

enum err
verifier_result_write(struct cbor_out *w, const struct appraisal *a,
    const struct verifier_ask *ask, uint64_t life_seconds)
{
	const struct eat_claims *e = &a->claims;
	struct eat_claims r = {0};
	uint8_t room[48];
	struct cbor_out cnf = cbor_into(SPAN_OF(room));

	if (a->verdict != ACCEPTED || !a->has_kid ||
	    life_seconds > UINT64_MAX - ask->now)
		return ERR_BUG;
	eat_cnf_put_kid(&cnf, a->kid);
	TRY(cbor_done(&cnf, &r.cnf));
	r.has = EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF | EAT_HAS_NONCE |
		EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		EAT_HAS_HWVERSION | EAT_HAS_PROFILE | EAT_HAS_MANIFESTS;
	r.exp = ask->now + life_seconds;
	r.iat = ask->now;
	r.nonce = ask->challenge;
	r.ueid = e->ueid;
	r.oemid = e->oemid;
	r.hwmodel = e->hwmodel;
	r.hwversion = e->hwversion;
	r.profile = BYTES_LIT(EAT_TEEP_PROFILE);
	r.manifests = e->manifests;
	/* What others who rely on it cannot know without the Evidence: what
	 * such a proof is worth, and which key signs reports. */
	if (a->assurance != ASSURE_NONE) {
		const char *name = assurance_name(a->assurance);

		r.has |= EAT_HAS_ASSURANCE;
		r.assurance =
		    (struct bytes){(const uint8_t *)name, strlen(name)};
	}
	if ((e->has & EAT_HAS_REPORT_KEY) != 0) {
		r.has |= EAT_HAS_REPORT_KEY;
		r.report_key = e->report_key;
	}
	return eat_write(w, &r);
}
