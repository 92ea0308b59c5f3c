/* teep_check: `teep check` of a message, with every signature believed. */
#include "ends.h"
#include <teep.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *as[] = {"check", "--as", "agent", "--keys",
	    FUZZ_KEYS, "--time", "1000", FUZZ_INPUT, NULL};
	struct bytes in = {p, n};

	as[2] = "agent";
	(void)fuzz_command(cmd_check, as, in);
	as[2] = "tam";
	(void)fuzz_command(cmd_check, as, in);
	return 0;
}
