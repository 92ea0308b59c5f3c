/*
 * keys: the device's keys as the launcher extends them, and its three steps.
 *                                       [security 9; docs/evidence.md 9]
 */
#include "tpm_int.h"

#include <string.h>
#include <tamarind/eat.h>

#define VERSION 1
/* What is extended last: from here on nobody can say anything any more. */
#define CAP BYTES_LIT("tamarind launcher cap 1")

static void
key(struct cbor_in *r, struct cose_key *out)
{
	struct bytes raw = cbor_raw(r, CBOR_MAP);
	enum err e = r->err == OK ? cose_key_read(raw, out) : OK;

	if (e != OK)
		cbor_fail(r, e);
}

enum err
tpm_keys_read(struct bytes in, struct tpm_keys *out)
{
	struct cbor_in r = cbor_open(in);
	struct eat_payload_key one;
	size_t from;

	memset(out, 0, sizeof(*out));
	if (in.n > TPM_KEYS_MAX)
		return ERR_TOO_LONG;
	cbor_array(&r, 5);
	(void)cbor_uint(&r, VERSION, VERSION);
	key(&r, &out->evidence);
	out->n_teep = cbor_array_any(&r, 1, TPM_TEEP_KEYS_MAX);
	for (size_t i = 0; i < out->n_teep; i++)
		key(&r, &out->teep[i]);
	key(&r, &out->report);
	out->payload.n = cbor_array_any(&r, 0, EAT_PAYLOAD_KEYS_MAX);
	from = r.at;
	for (size_t i = 0; i < out->payload.n && r.err == OK; i++) {
		enum err e = eat_payload_key_read(&r, &one);

		if (e != OK)
			cbor_fail(&r, e);
	}
	out->payload.raw = (struct bytes){in.p + from, r.at - from};
	return cbor_close(&r);
}

void
tpm_keys_put(struct cbor_out *w, const struct tpm_keys *k)
{
	cbor_put_array(w, 5);
	cbor_put_uint(w, VERSION);
	cose_key_write(w, &k->evidence);
	cbor_put_array(w, k->n_teep);
	for (size_t i = 0; i < k->n_teep; i++)
		cose_key_write(w, &k->teep[i]);
	cose_key_write(w, &k->report);
	cbor_put_array(w, k->payload.n);
	cbor_put_raw(w, k->payload.raw);
}

const char *
tpm_step_name(enum tpm_step s)
{
	switch (s) {
	case TPM_STEP_AGENT:
		return "agent";
	case TPM_STEP_KEYS:
		return "keys";
	case TPM_STEP_CAP:
		return "cap";
	case TPM_STEPS:
		break;
	}
	return "nothing";
}

enum err
tpm_steps(const struct crypto *c, struct bytes agent, struct bytes keys,
    uint8_t out[TPM_STEPS][DIGEST_LEN])
{
	const struct bytes cap = CAP;

	if (agent.n != DIGEST_LEN)
		return ERR_RANGE;
	memcpy(out[TPM_STEP_AGENT], agent.p, DIGEST_LEN);
	TRY(c->sha256(&keys, 1, out[TPM_STEP_KEYS]));
	return c->sha256(&cap, 1, out[TPM_STEP_CAP]);
}
