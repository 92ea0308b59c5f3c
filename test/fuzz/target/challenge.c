/* challenge: nonces that come back to a TAM whose MAC is all zeros. */
#include "world.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct arena *mem;
	const struct tam *t = server_start(&mem);
	uint64_t issued;
	enum err e = tam_challenge_check(t->crypto, t->view, &t->config,
	    1000000, (struct bytes){p, n}, &issued);

	HOLDS(e != OK || (n == TAM_CHALLENGE_LEN &&
			     issued <= 1000000 + t->config.clock_skew));
	HOLDS(e == OK || err_class(e) <= CLASS_REFUSED);
	return 0;
}
