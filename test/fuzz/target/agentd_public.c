/* agentd_public: what the launcher of a new device tells root to write. */
#include "ends.h"
#include <agentd.h>

static int
take(struct bytes in)
{
	const struct device d = {
	    .ueid = BYTES_LIT("\x01id"), .hwversion = BYTES_LIT("\x1b[m")};

	return publish("/dev", &d, in) == OK ? EXIT_DONE : EXIT_REFUSED;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	(void)fuzz_program(take, (struct bytes){p, n});
	return 0;
}
