/* tamd_ini: the TAM's settings: whatever is taken keeps to its bounds. */
#include "ends.h"
#include <tamd.h>

static int
load(struct bytes in)
{
	struct settings s;

	(void)in;
	settings_default(&s);
	settings_load(&s, FUZZ_INPUT);
	HOLDS(s.threads >= 1 && s.threads <= 64 && s.path[0] == '/');
	HOLDS(memchr(s.dir, 0, sizeof(s.dir)) != NULL);
	HOLDS(memchr(s.ueid, 0, sizeof(s.ueid)) != NULL);
	HOLDS(s.tam.result_life >= 60 && s.memory >= 16u << 20);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	(void)fuzz_program(load, (struct bytes){p, n});
	return 0;
}
