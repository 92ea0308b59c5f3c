/* agent_apps: answers of the launcher, and of applications. */
#include "sock.h"
#include <agentproc.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t sha256[DIGEST_LEN];
	const struct bytes id = BYTES_LIT("\x81\x41"
					  "a");
	struct apps a = {
	    .channel = FUZZ_SOCK, .room = {fuzz_room, CHANNEL_MAX}};
	static uint8_t answer[LINK_CALL_MAX];
	struct agent_launcher port;
	struct bytes out;

	fuzz_says((struct bytes){p, n});
	apps_port(&a, &port);
	while (!a.broken && fuzz_unread() > 0) {
		if (port.start(&a, id, sha256, 0, BYTES_LIT("args"),
			BYTES_LIT("data")) != OK)
			continue;
		while (port.call(&a, id, id, SPAN_OF(answer), &out) == OK)
			HOLDS(out.n <= sizeof(answer));
		HOLDS(!port.alive(&a, id, sha256));
	}
	fuzz_says(BYTES_NONE);
	return 0;
}
