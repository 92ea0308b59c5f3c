/* recipe: what people write for policies and CoRIMs. */
#include "ends.h"
#include <recipe.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const argv[] = {
	    "create", FUZZ_INPUT, "-o", "out", NULL};
	struct bytes in = {p, n};

	(void)fuzz_command(cmd_policy_create, argv, in);
	recipe_free();
	(void)fuzz_command(cmd_corim_create, argv, in);
	recipe_free();
	return 0;
}
