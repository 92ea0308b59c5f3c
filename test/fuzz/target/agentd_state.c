/* agentd_state: what the launcher keeps of its device, its agent and its TPM.
 */
#include "ends.h"
#include <agentd.h>

static int
load(struct bytes in)
{
	struct why why = {0};
	struct state s = {0};
	struct sealed sealed;
	struct bytes copy;

	(void)in;
	HOLDS(state_load(&s, &why) != OK && why.err != OK); /* has no key */
	HOLDS(fuzz_read_file(FUZZ_INPUT, SIZE_MAX, &copy) == OK);
	if (sealed_read(copy, &sealed, &why) == OK)
		HOLDS(sealed.private.n > 0 && sealed.agent.n == DIGEST_LEN);
	if (state_manifest(&s, copy, &why) == OK)
		HOLDS(s.manifest.p == copy.p);
	else
		release_bytes(&copy);
	release_bytes(&s.manifest);
	release_bytes(&s.file);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	return fuzz_program(load, (struct bytes){p, n});
}
