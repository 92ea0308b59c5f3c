/* launcher: requests of an agent that was taken over. */
#include "launcher.h"
#include "sock.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct launcher *l = launcher_start();

	fuzz_says((struct bytes){p, n});
	while (request_take(l, 0) == OK)
		HOLDS(l->throttle.log.level <= l->throttle.log.most);
	fuzz_says(BYTES_NONE); /* and every descriptor was closed */
	return 0;
}
