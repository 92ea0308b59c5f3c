/* author: foreign envelopes and CoRIMs that are to be signed. */
#include "fuzz.h"
#include <tamarind/corim.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, out;
	struct signer s = fuzz_signer(1);
	struct cbor_out w = cbor_into(SPAN_OF(fuzz_room));
	struct suit_manifest m;
	struct corim c;
	struct why why;
	bool parses = suit_parse(in, &m, &why) == OK;

	if (suit_author_sign(&w, fuzz_crypto(), in, &s) == OK &&
	    cbor_done(&w, &out) == OK)
		HOLDS(suit_parse(out, &m, &why) == OK || !parses);
	w = cbor_into(SPAN_OF(fuzz_room));
	if (suit_author_mac(&w, fuzz_crypto(), in, s.kid, BYTES_NONE) == OK)
		HOLDS(parses);
	if (corim_parse(in, &c, &why) != OK || c.signer_name.n > 0)
		return 0;
	w = cbor_into(SPAN_OF(fuzz_room));
	if (corim_author_sign(&w, &s, "name", in) == OK &&
	    cbor_done(&w, &out) == OK)
		HOLDS(corim_parse(out, &c, &why) == OK);
	return 0;
}
