/* suit_capabilities: what devices say that they can do. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct suit_capabilities can;
	struct why why = {.err = OK};

	if (suit_capabilities_read((struct bytes){p, n}, &can, &why) != OK) {
		HOLDS(why.err != OK);
		return 0;
	}
	for (size_t key = 1; key < SUIT_CAP_LISTS; key++) {
		struct cbor_in r = cbor_items(can.list[key]);

		HOLDS(key > 4 || can.list[key].n > 0);
		for (size_t i = 0; i < can.list[key].n; i++)
			(void)cbor_raw(&r, CBOR_ANY);
		HOLDS(r.err == OK && cbor_peek(&r) == CBOR_END);
	}
	return 0;
}
