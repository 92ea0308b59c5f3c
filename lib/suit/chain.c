/*
 * chain: the certificates that go with an envelope's signatures.
 *                                     [SUIT SUIT_Authentication, RFC 9360]
 *
 * Before a signature holds, of an envelope only its outermost map, the wrapper
 * and the blocks are looked at, here as in envelope.c.
 */
#include "suit_int.h"

/* The wrapper of an envelope, tagged or not. */
static struct bytes
wrapper_of(struct bytes envelope)
{
	struct cbor_in r = cbor_open(envelope);
	size_t n;

	(void)cbor_tag_if(&r, TAG_SUIT_ENVELOPE);
	n = cbor_map_any(&r, 2, CBOR_PAIRS_MAX);
	for (size_t i = 0; i < n && r.err == OK; i++) {
		struct bytes key = cbor_raw(&r, CBOR_ANY);

		if (bytes_same(key, BYTES_LIT("\x02")))
			return cbor_bstr(&r, 1, SUIT_MANIFEST_MAX);
		(void)cbor_raw(&r, CBOR_ANY);
	}
	return BYTES_NONE;
}

enum err
suit_chain_read(struct bytes envelope, size_t nth, struct cose_chain *out)
{
	struct cbor_in r = cbor_open(wrapper_of(envelope));
	size_t n = cbor_array_any(&r, 1, 1 + SUIT_SIGNERS_MAX);

	*out = (struct cose_chain){.n = 0};
	(void)cbor_bstr(&r, 0, LEN_ANY); /* the digest */
	for (size_t i = 1; i < n && r.err == OK; i++) {
		struct bytes block = cbor_bstr(&r, 1, LEN_ANY);

		if (r.err != OK || nth-- > 0)
			continue;
		/* one without, or that is none, is for the verifier to say */
		(void)!cose_chain_read(block, out);
		return OK;
	}
	return ERR_NOT_FOUND;
}
