/*
 * capability: what this processor can do, for authors.
 *                                   [SUIT Report SUIT_Capability_Report]
 *
 * It is what the profile lists, and so what an envelope is refused for.
 */
#include "report_int.h"

/* What is beside signatures, and what of the crypto port it needs. */
static const struct {
	int32_t alg;
	uint16_t needs;
} sealing[] = {
    {ALG_A128KW, 0},
    {ALG_ECDH_ES_A128KW, CAN_P256_ECDH},
    {ALG_A128GCM, CAN_A128GCM},
    {ALG_CHACHA20_POLY1305, CAN_CHACHA},
    {ALG_A128CTR, CAN_A128CTR},
};

static void
put_commands(struct cbor_out *w)
{
	const struct suit_profile *p = &suit_profile;
	size_t n = 0;

	/* commands of the device's own have no number here */
	for (size_t i = 0; i < p->n; i++)
		n += p->row[i].code != SUIT_CMD_CUSTOM;
	cbor_put_array(w, n);
	for (size_t i = 0; i < p->n; i++)
		if (p->row[i].code != SUIT_CMD_CUSTOM)
			cbor_put_int(w, p->row[i].code);
}

static void
put_algorithms(struct cbor_out *w, const struct crypto *c)
{
	const struct suit_profile *p = &suit_profile;
	size_t n = p->mac != NULL ? 4 : 3;

	for (size_t i = 0; p->sealed != NULL && i < ARRAY_LEN(sealing); i++)
		n += (c->can & sealing[i].needs) == sealing[i].needs;
	cbor_put_array(w, n);
	cbor_put_int(w, ALG_SHA256);
	cbor_put_int(w, ALG_ESP256);
	cbor_put_int(w, ALG_ED25519);
	if (p->mac != NULL)
		cbor_put_int(w, ALG_HMAC256);
	for (size_t i = 0; p->sealed != NULL && i < ARRAY_LEN(sealing); i++)
		if ((c->can & sealing[i].needs) == sealing[i].needs)
			cbor_put_int(w, sealing[i].alg);
}

bool
suit_unsupported(enum err e)
{
	uint64_t reason = suit_reason(e);

	return reason == R_COSE || reason == R_ALG || reason == R_COMMAND ||
	       reason == R_COMPONENT || reason == R_PARAMETER ||
	       reason == R_SEVERING;
}

void
suit_capabilities_put(
    struct cbor_out *w, const struct crypto *c, struct list prefixes)
{
	const struct suit_profile *p = &suit_profile;
	struct cbor_in r = cbor_items(prefixes);

	cbor_put_map(w, 4);
	cbor_put_uint(w, CAP_COMPONENTS);
	cbor_put_array(w, prefixes.n);
	for (size_t i = 0; i < prefixes.n; i++) {
		size_t n = cbor_array_any(&r, 0, CBOR_PAIRS_MAX);

		/* any identifier that begins so */
		cbor_put_array(w, n + 1);
		while (n-- > 0)
			cbor_put_raw(w, cbor_raw(&r, CBOR_BSTR));
		cbor_put_bool(w, true);
	}
	cbor_put_uint(w, CAP_COMMANDS);
	put_commands(w);
	cbor_put_uint(w, CAP_PARAMETERS);
	cbor_put_array(w, p->n_params);
	for (size_t i = 0; i < p->n_params; i++)
		cbor_put_int(w, p->param[i].label);
	cbor_put_uint(w, CAP_ALGORITHMS);
	put_algorithms(w, c);
	if (r.err != OK && w->err == OK)
		w->err = r.err;
}
