/*
 * chain: the certificates that go with a signature.      [RFC 9360 2]
 *
 * What X.509 is, this room does not know, and no device links this file: a
 * host that trusts certificates reads them here before it verifies, holds
 * them against its anchors, and puts the signer's key into its keyring.
 */
#include "cose_int.h"

#define HDR_X5CHAIN 33

/* Views of one certificate, or of two or more in an array. */
static enum err
certificates(struct cbor_in *r, struct cose_chain *out)
{
	size_t n = 1;

	if (out->n > 0)
		return ERR_DUPLICATE; /* in the other bucket as well */
	if (cbor_peek(r) == CBOR_ARRAY)
		n = cbor_array_any(r, 2, COSE_CHAIN_MAX);
	for (size_t i = 0; i < n; i++)
		out->cert[i] = cbor_bstr(r, 1, COSE_HDR_MAX);
	if (r->err == OK)
		out->n = n;
	return r->err;
}

static enum err
bucket(struct bytes map, struct cose_chain *out)
{
	struct cbor_in r = cbor_open(map);
	size_t n = map.n > 0 ? cbor_map_any(&r, 0, HDR_PAIRS_MAX) : 0;

	for (size_t i = 0; i < n && r.err == OK; i++) {
		int64_t label = 0;

		if (cbor_peek(&r) == CBOR_TSTR)
			(void)cbor_raw(&r, CBOR_TSTR);
		else
			label = cbor_int(&r, INT64_MIN, INT64_MAX);
		if (r.err == OK && label == HDR_X5CHAIN)
			TRY(certificates(&r, out));
		else
			(void)cbor_raw(&r, CBOR_ANY);
	}
	return cbor_close(&r);
}

enum err
cose_chain_read(struct bytes sign1, struct cose_chain *out)
{
	struct cose_signed s;
	enum err e;

	*out = (struct cose_chain){.n = 0};
	TRY(cose_signed_read(sign1, ACCEPT_SIGN1, &s, NULL));
	e = bucket(s.prot, out);
	if (e == OK)
		e = bucket(s.unprot, out);
	if (e == OK && out->n == 0)
		e = ERR_NOT_FOUND;
	if (e != OK)
		*out = (struct cose_chain){.n = 0};
	else
		out->kid = s.kid;
	return e;
}
