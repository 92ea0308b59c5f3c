/* measured: a component of any maker. */
#include "fuzz.h"
#include <tamarind/eat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct eat_measured m;

	if (eat_measured_read((struct bytes){p, n}, &m) != OK)
		return 0;
	HOLDS(m.name.n > 0);
	HOLDS((m.raw.p == NULL) != (m.digest.value.p == NULL));
	HOLDS(m.flags.n == 0 || m.flags.n == 8);
	return 0;
}
