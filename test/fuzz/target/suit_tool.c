/* suit_tool: `suit show`, `suit verify` and `suit sign` of anything. */
#include "ends.h"
#include <suit.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const show[] = {
	    "show", "--key", "pub", FUZZ_INPUT, NULL};
	static const char *verify[] = {
	    "verify", "--key", "pub", FUZZ_INPUT, NULL, NULL};
	static const char *const sign[] = {
	    "sign", "--key", FUZZ_PRIVATE, "-o", "out", FUZZ_INPUT, NULL};
	struct bytes in = {p, n};
	int status;

	(void)fuzz_command(cmd_show, show, in);
	verify[4] = NULL;
	status = fuzz_command(cmd_verify, verify, in);
	verify[4] = "--json";
	HOLDS(fuzz_command(cmd_verify, verify, in) == status);
	(void)fuzz_command(cmd_sign, sign, in);
	return 0;
}
