/* cmw: wrappers in wrappers. */
#include "fuzz.h"
#include <tamarind/eat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cmw_walk w;
	struct cmw c;

	cmw_begin(&w, (struct bytes){p, n});
	while (cmw_next(&w, &c) == OK) {
		HOLDS(c.form != 0 && c.depth <= CMW_DEPTH_MAX);
		HOLDS(c.value.n <= n && (c.media_type.n == 0 || !c.format));
		HOLDS(c.value.n == 0 || (c.value.p >= p && c.value.p < p + n));
	}
	return 0;
}
