/* link: a frame that reads is written as the same octets. */
#include "fuzz.h"
#include <tamarind/link.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, out;
	struct span room = {malloc(n + 64), n + 64};
	struct link_frame f;
	size_t len;

	HOLDS(room.p != NULL);
	if (n >= LINK_HEAD && link_head(p, LINK_FRAME_MAX, &len) == OK)
		HOLDS(len <= LINK_FRAME_MAX);
	if (link_read(in, &f) == OK) {
		HOLDS(link_write(room, &f, &out) == OK);
		out.p += LINK_HEAD;
		out.n -= LINK_HEAD;
		HOLDS(bytes_same(in, out));
	}
	free(room.p);
	return 0;
}
