/* broker_status: the status map of an agent, printed in both forms. */
#include "ends.h"
#include <broker.h>

static int
text(struct bytes in)
{
	show_status(in, false);
	return 0;
}

static int
json(struct bytes in)
{
	show_status(in, true);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n};

	HOLDS(fuzz_program(text, in) == fuzz_program(json, in));
	return 0;
}
