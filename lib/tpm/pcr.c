/*
 * pcr: what PCRs hold after events, and the digest that a quote has of them.
 *                              [TPM 2.0 part 1, 17; TCG PFP 3.3 and 10.4]
 */
#include "tpm_int.h"

#include <string.h>

/* Who started the TPM: a part of the processor leaves its mark in PCR 0. */
static const uint8_t locality[16] = "StartupLocality";

enum err
tpm_extend(
    const struct crypto *c, uint8_t value[DIGEST_LEN], struct bytes digest)
{
	const struct bytes part[] = {{value, DIGEST_LEN}, digest};

	if (digest.n != DIGEST_LEN)
		return ERR_RANGE;
	return c->sha256(part, ARRAY_LEN(part), value);
}

/* An event of a log that is only told. */
static enum err
told(const struct tpm_event *e, struct tpm_pcrs *out)
{
	if (e->data.n != sizeof(locality) + 1 ||
	    memcmp(e->data.p, locality, sizeof(locality)) != 0)
		return OK;
	if (e->pcr != 0 || out->events[0] != 0 ||
	    e->data.p[sizeof(locality)] > 4)
		return ERR_RANGE;
	out->value[0][DIGEST_LEN - 1] = e->data.p[sizeof(locality)];
	return OK;
}

static enum err
happened(const struct crypto *c, const struct tpm_event *e,
    struct tpm_pcrs *out, struct why *why)
{
	bool honest;

	if (e->type == TPM_EV_NO_ACTION)
		return told(e, out);
	TRY(tpm_event_honest(c, e, &honest));
	if (!honest) {
		(void)why_set(why, ERR_MEASUREMENT, tpm_event_name(e->type));
		return ERR_MEASUREMENT;
	}
	out->events[e->pcr]++;
	return tpm_extend(c, out->value[e->pcr], e->digest);
}

enum err
tpm_replay(const struct crypto *c, struct bytes log, struct tpm_pcrs *out,
    struct why *why)
{
	struct tpm_event e;
	struct tpm_log l;
	enum err err;

	memset(out, 0, sizeof(*out));
	TRY(tpm_log_begin(&l, log, why));
	while ((err = tpm_log_next(&l, &e, why)) == OK) {
		err = happened(c, &e, out, why);
		if (err == OK)
			continue;
		if (err != ERR_MEASUREMENT)
			(void)why_set(why, err, "event log");
		if (why != NULL)
			why->at = e.nth;
		return err;
	}
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err
tpm_pcr_start(struct bytes log, uint8_t out[DIGEST_LEN], struct why *why)
{
	struct tpm_pcrs p;
	struct tpm_event e;
	struct tpm_log l;
	enum err err;

	memset(&p, 0, sizeof(p));
	memset(out, 0, DIGEST_LEN);
	TRY(tpm_log_begin(&l, log, why));
	while ((err = tpm_log_next(&l, &e, why)) == OK)
		if (e.type == TPM_EV_NO_ACTION)
			TRY(told(&e, &p));
	memcpy(out, p.value[0], DIGEST_LEN);
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err
tpm_composite(const struct crypto *c, const struct tpm_pcrs *p, uint32_t pcrs,
    uint8_t out[DIGEST_LEN])
{
	struct bytes part[TPM_PCRS];
	size_t n = 0;

	for (size_t i = 0; i < TPM_PCRS; i++)
		if ((pcrs >> i & 1) != 0)
			part[n++] = BYTES_OF(p->value[i]);
	return c->sha256(part, n, out);
}

/* As the TPM will: TPM2_PolicyPCR, and nothing before it. [part 3, 23.7] */
enum err
tpm_policy_pcrs(const struct crypto *c, const struct tpm_pcrs *p, uint32_t pcrs,
    uint8_t out[DIGEST_LEN])
{
	static const uint8_t begin[DIGEST_LEN];
	const uint8_t command[] = {0, 0, 1, 0x7f};
	const uint8_t selected[] = {0, 0, 0, 1, TPM_SHA256 >> 8, TPM_SHA256, 3,
	    (uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16)};
	uint8_t digest[DIGEST_LEN];
	const struct bytes part[] = {BYTES_OF(begin), BYTES_OF(command),
	    BYTES_OF(selected), BYTES_OF(digest)};

	TRY(tpm_composite(c, p, pcrs, digest));
	return c->sha256(part, ARRAY_LEN(part), out);
}
