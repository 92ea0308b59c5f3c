/* agent_keys: the agent's sealed keys, behind a seal that opens always. */
#include "ends.h"
#include <agentproc.h>

static int
open_keys(struct bytes in)
{
	static const uint8_t seal[16];
	struct keys k;
	enum err e = keys_open(fuzz_crypto(), 0, seal, &k);

	(void)in;
	if (e == OK)
		HOLDS(k.n_teep >= 1 && k.n_teep <= CHANNEL_KEYS);
	else
		HOLDS(k.n_teep == 0 && k.report.ctx == NULL);
	keys_free(&k);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return fuzz_program(open_keys, (struct bytes){p, n});
}
