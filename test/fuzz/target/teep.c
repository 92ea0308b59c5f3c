/* teep: a message that reads, writes, and its second writing is its first. */
#include "fuzz.h"
#include <tamarind/teep.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t one[1 << 20], two[1 << 20];
	struct cbor_out w1 = cbor_into(SPAN_OF(one));
	struct cbor_out w2 = cbor_into(SPAN_OF(two));
	struct teep_message m, again;
	struct teep_requested t;
	struct bytes first, second;
	struct why why;
	struct cbor_in r;

	if (teep_parse((struct bytes){p, n}, n & 1, &m, &why) != OK)
		return 0;
	r = cbor_items(m.requested);
	for (size_t i = 0; i < m.requested.n; i++)
		HOLDS(teep_requested_read(&r, &t) == OK);
	(void)teep_suites_have(m.suites, ALG_ESP256);
	(void)teep_payload_kind(m.has & TEEP_HAS_FORMAT, m.format);
	HOLDS(teep_write(&w1, &m) == OK && cbor_done(&w1, &first) == OK);
	HOLDS(teep_parse(first, n & 1, &again, &why) == OK);
	HOLDS(teep_write(&w2, &again) == OK && cbor_done(&w2, &second) == OK);
	HOLDS(bytes_same(first, second));
	return 0;
}
