/* corim: signed and unsigned CoRIMs, and every record in them. */
#include "fuzz.h"
#include <tamarind/corim.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, sha;
	struct corim m, opened;
	struct corim_iter it;
	struct corim_record rec;
	struct cose_chain chain;
	struct verified v;
	struct why why;
	bool parses = corim_parse(in, &m, &why) == OK;

	if (corim_open(fuzz_crypto(), &fuzz_ring, 1, in, &v, &opened, &why) ==
	    OK)
		HOLDS(parses && bytes_same(opened.id, m.id));
	if (corim_open_certified(
		fuzz_crypto(), &fuzz_ring, 1, in, &v, &opened, &why) == OK)
		HOLDS(parses && bytes_same(opened.id, m.id));
	(void)!corim_open_hashed(
	    fuzz_crypto(), &fuzz_ring, 1, in, in, &v, &opened, &why);
	if (corim_chain_read(in, &chain) == OK)
		HOLDS(chain.n > 0 && chain.n <= COSE_CHAIN_MAX);
	if (!parses)
		return 0;
	corim_begin(&it, fuzz_crypto(), &m);
	while (corim_next(&it, &rec) == OK) {
		struct cbor_in d = cbor_items(rec.digests);

		if (rec.digests.n > 0)
			HOLDS(corim_digest_read(&d, &sha) == OK);
	}
	return 0;
}
