/* cbor_other: what we accept, another's decoder reads and writes as it was. */
#include "fuzz.h"
#include "other.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t at;

	/* Not the other way round: strict means to refuse what it takes. */
	if (cbor_check((struct bytes){p, n}, &at) == OK)
		HOLDS(other_keeps(p, n));
	return 0;
}
