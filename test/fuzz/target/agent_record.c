/* agent_record: the agent's record as the store gives it back. */
#include "world.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct link_frame status = {.op = LINK_STATUS, .session = 1};
	struct agent *a = device_wakes((struct bytes){p, n});
	struct link_frame out;

	if (a == NULL)
		return 0;
	agent_give(a, &status);
	HOLDS(agent_next(a, &out) && out.op == LINK_RESULT);
	HOLDS(out.number != OK || out.body.n > 0);
	agent_hangup(a);
	device_restart();
	return 0;
}
