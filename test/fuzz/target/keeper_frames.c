/* keeper_frames: frames over the keeper's socket, in pieces. */
#include "sock.h"
#include <keeper.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span room = {NULL, 0};
	struct bytes out;
	enum err e;

	fuzz_says((struct bytes){p, n});
	while ((e = frame_receive(FUZZ_SOCK, 1u << 20, &room, &out)) == OK)
		HOLDS(out.p == room.p + 4 && out.n <= room.n - 4);
	HOLDS(out.p == NULL && e != ERR_BUG);
	free(room.p);
	return 0;
}
