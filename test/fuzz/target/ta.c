/* ta: calls as an application reads them. */
#include "sock.h"
#include <tamarind/ta.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t room[1000];
	enum ta_next next = TA_CALL;
	size_t got;

	fuzz_says((struct bytes){p, n});
	while (next > TA_END) {
		next = ta_receive(room, sizeof(room), &got);
		HOLDS(next > TA_END ? got <= sizeof(room) : got == 0);
	}
	HOLDS(next == TA_BROKEN || fuzz_unread() == 0);
	return 0;
}
