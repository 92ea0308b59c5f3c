/* broker: a command's frame, then what an agent makes of it. */
#include "sock.h"
#include <broker.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static char path[] = "agent";
	static const struct config c = {.agent = path};
	struct stream agent = {.fd = -1, .max = LINK_FRAME_MAX};

	fuzz_says((struct bytes){p, n});
	control_serve(&c, FUZZ_SOCK, &agent);
	stream_close(&agent);
	fuzz_says(BYTES_NONE);
	return 0;
}
