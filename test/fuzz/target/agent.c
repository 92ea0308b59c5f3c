/* agent: frames from a hostile broker, one CBOR item after the other. */
#include "world.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cbor_in r = cbor_open((struct bytes){p, n});
	struct agent *a = device_start();
	struct link_frame in, out;

	while (cbor_peek(&r) != CBOR_END) {
		struct bytes frame = cbor_raw(&r, CBOR_ARRAY);

		if (link_read(frame, &in) != OK || in.op >= LINK_NONE)
			break;
		agent_give(a, &in);
		HOLDS(agent_next(a, &out) && out.op >= LINK_NONE);
		HOLDS(out.session == in.session);
		HOLDS(!agent_next(a, &out));
	}
	agent_hangup(a);
	device_restart();
	return 0;
}
