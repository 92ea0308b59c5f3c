/* cose_signed: signed messages, with every signature believed. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n};
	struct cose_signed s;
	struct cose_signature sig;
	struct verified v;
	struct why why;
	struct cbor_in r;

	for (unsigned accept = 0; accept < 16; accept++) {
		bool reads = cose_signed_read(in, accept, &s, &why) == OK;

		r = cbor_items(s.signatures);
		for (size_t i = 0; reads && i < s.signatures.n; i++)
			if (cose_signature_read(&r, &sig) != OK)
				break;
		if (cose_verify(
			fuzz_crypto(), &fuzz_ring, accept, in, &v, &why) == OK)
			HOLDS(reads && bytes_same(v.payload, s.payload));
		else
			HOLDS(v.payload.p == NULL && v.payload.n == 0);
		(void)!cose_verify_detached(fuzz_crypto(), &fuzz_ring, accept,
		    in, BYTES_LIT("payload"), &v, &why);
	}
	if (cose_mac0_verify_detached(fuzz_crypto(), &fuzz_ring, in,
		BYTES_LIT("payload"), &v, &why) == OK)
		HOLDS(cose_is_mac0(in));
	else
		HOLDS(v.payload.p == NULL && v.payload.n == 0);
	return 0;
}
