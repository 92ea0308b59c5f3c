/* channel: a frame between launcher and agent is written as it was read. */
#include "fuzz.h"
#include <channel.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, out;
	struct channel_frame f;

	if (channel_read(in, &f) != OK) {
		HOLDS(f.op == 0);
		return 0;
	}
	HOLDS(strcmp(channel_op_name(f.op), "unknown") != 0);
	HOLDS(channel_write(SPAN_OF(fuzz_room), &f, &out) == OK);
	out.p += LINK_HEAD;
	out.n -= LINK_HEAD;
	HOLDS(bytes_same(in, out));
	return 0;
}
