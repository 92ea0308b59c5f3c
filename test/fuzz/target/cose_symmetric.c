/* cose_symmetric: what is authenticated or encrypted by a key of both sides. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span room = {malloc(n + COSE_MAC0_ROOM), n + COSE_MAC0_ROOM};
	struct bytes in = {p, n}, out;
	struct verified v;
	struct why why;

	HOLDS(room.p != NULL);
	if (cose_mac0_verify(fuzz_crypto(), &fuzz_ring, in, room, &v, &why) ==
	    OK)
		HOLDS(cose_is_mac0(in) && v.payload.n < n);
	else
		HOLDS(v.payload.p == NULL && v.payload.n == 0);
	if (cose_encrypt0_open(fuzz_crypto(), BYTES_LIT("a key of 16 octs"), in,
		room, &out, &why) == OK)
		HOLDS(cose_is_encrypt0(in) && out.n < n);
	free(room.p);
	return 0;
}
