/* teep_show: `teep show` of anything, for people and as JSON. */
#include "ends.h"
#include <teep.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const text[] = {"show", FUZZ_INPUT, NULL};
	static const char *const json[] = {
	    "show", "--json", "--full", FUZZ_INPUT, NULL};
	static const char *const cbor[] = {
	    "show", "--as", "cbor", FUZZ_INPUT, NULL};
	struct bytes in = {p, n};
	int status = fuzz_command(cmd_show, text, in);

	HOLDS(fuzz_command(cmd_show, json, in) == status);
	(void)fuzz_command(cmd_show, cbor, in);
	return 0;
}
