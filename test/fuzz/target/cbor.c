/* cbor: checking and printing agree on what an item is. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n};
	uint8_t room[2048];
	size_t at = 0;
	enum err e = cbor_check(in, &at);

	HOLDS(at <= n);
	HOLDS((e == OK) == (cbor_diag(in, false, SPAN_OF(room)) == OK));
	HOLDS(memchr(room, 0, sizeof(room)) != NULL);
	HOLDS((e == OK) == (cbor_diag(in, true, SPAN_OF(room)) == OK));
	HOLDS(memchr(room, 0, sizeof(room)) != NULL);
	memset(room, 1, sizeof(room));
	(void)cbor_diag(in, true, (struct span){room, 16});
	HOLDS(memchr(room, 0, 16) != NULL && room[16] == 1);
	return 0;
}
