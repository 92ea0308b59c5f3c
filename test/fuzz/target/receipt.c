/* receipt: proofs of a log that anybody may have sent. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n};
	uint8_t from[DIGEST_LEN] = {0}, root[DIGEST_LEN];
	struct verified v;
	struct why why;

	(void)!cose_receipt_leaf(fuzz_crypto(), in, from);
	if (cose_receipt_includes(fuzz_crypto(), &fuzz_ring,
		(unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, in, from, &v, root,
		&why) == OK)
		HOLDS(v.payload.p == NULL);
	memset(from, 0, sizeof(from));
	if (cose_receipt_grows(fuzz_crypto(), &fuzz_ring,
		(unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, in, from, &v, root,
		&why) == OK)
		HOLDS(v.payload.p == NULL);
	return 0;
}
