/*
 * evidence: the array that carries a quote and what explains it.
 *                                                docs/evidence.md 9
 */
#include "tpm_int.h"

#include <string.h>

#define VERSION 1
#define EAT_MAX (UINT32_C(512) << 10)

static size_t
quoted(void)
{
	size_t n = 0;

	for (size_t i = 0; i < TPM_PCRS; i++)
		n += TPM_PCR_MASK >> i & 1;
	return n;
}

enum err
tpm_evidence_read(struct bytes in, struct tpm_evidence *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	size_t from;
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_array(&r, 9);
	(void)cbor_uint(&r, VERSION, VERSION);
	out->ak = cbor_bstr(&r, KID_LEN, KID_LEN);
	out->quote = cbor_bstr(&r, 1, TPM_QUOTE_MAX);
	out->signature = cbor_bstr(&r, 1, TPM_SIG_MAX);
	out->pcrs.n = quoted();
	cbor_array(&r, out->pcrs.n);
	from = r.at;
	for (size_t i = 0; i < out->pcrs.n; i++)
		(void)cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	out->pcrs.raw = (struct bytes){in.p + from, r.at - from};
	out->log = cbor_bstr(&r, 0, TPM_LOG_MAX);
	out->agent = cbor_bstr(&r, DIGEST_LEN, DIGEST_LEN);
	out->keys = cbor_bstr(&r, 1, TPM_KEYS_MAX);
	out->eat = cbor_bstr(&r, 1, EAT_MAX);
	e = cbor_close(&r);
	if (e == OK)
		return OK;
	(void)why_set(why, e, "TPM evidence");
	if (why != NULL)
		why->at = r.err_at;
	return e;
}

void
tpm_evidence_put(struct cbor_out *w, const struct tpm_evidence *e)
{
	cbor_put_array(w, 9);
	cbor_put_uint(w, VERSION);
	cbor_put_bstr(w, e->ak);
	cbor_put_bstr(w, e->quote);
	cbor_put_bstr(w, e->signature);
	cbor_put_array(w, e->pcrs.n);
	cbor_put_raw(w, e->pcrs.raw);
	cbor_put_bstr(w, e->log);
	cbor_put_bstr(w, e->agent);
	cbor_put_bstr(w, e->keys);
	cbor_put_bstr(w, e->eat);
}
