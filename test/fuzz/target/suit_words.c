/* suit_words: `suit explain`, `lint`, `diff` and `run` of anything. */
#include "ends.h"
#include <suit.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const explain[] = {
	    "explain", "--key", "pub", FUZZ_INPUT, NULL};
	static const char *lint[] = {"lint", FUZZ_INPUT, NULL, NULL};
	static const char *const diff[] = {
	    "diff", "--exit-code", FUZZ_INPUT, FUZZ_INPUT, NULL};
	static const char *const run[] = {
	    "run", "--key", "pub", FUZZ_INPUT, NULL};
	struct bytes in = {p, n};
	int status;

	status = fuzz_command(cmd_explain, explain, in);
	/* nothing differs from itself */
	HOLDS(fuzz_command(cmd_diff, diff, in) == status);
	lint[2] = NULL;
	status = fuzz_command(cmd_lint, lint, in);
	lint[2] = "--json";
	HOLDS(fuzz_command(cmd_lint, lint, in) == status);
	(void)fuzz_command(cmd_run, run, in);
	return 0;
}
