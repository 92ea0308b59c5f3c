/* teep_tools: `teep key show` and `teep corim sign`. */
#include "ends.h"
#include <teep.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const show[] = {"show", FUZZ_INPUT, NULL};
	static const char *const print[] = {"thumbprint", FUZZ_INPUT, NULL};
	static const char *const sign[] = {
	    "sign", "--key", FUZZ_PRIVATE, "-o", "out", FUZZ_INPUT, NULL};
	struct bytes in = {p, n};
	int status = fuzz_command(cmd_key_show, show, in);

	HOLDS(fuzz_command(cmd_key_thumbprint, print, in) == status);
	(void)fuzz_command(cmd_corim_sign, sign, in);
	return 0;
}
