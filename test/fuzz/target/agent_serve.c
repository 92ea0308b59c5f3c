/* agent_serve: the stream of a broker, from its first octet to its end. */
#include "sock.h"
#include "world.h"
#include <agentproc.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct apps a = {
	    .channel = FUZZ_SOCK_SILENT, .room = {fuzz_room, CHANNEL_MAX}};

	fuzz_says((struct bytes){p, n});
	HOLDS(serve(device_start(), &a, FUZZ_SOCK, 0) == ERR_NET);
	HOLDS(a.broken && fuzz_unread() == 0);
	device_restart();
	return 0;
}
