/* teep: a message that reads, writes, and its second writing is its first. */
#include "fuzz.h"
#include <tamarind/teep.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t one[1 << 20], two[1 << 20];
	struct cbor_out w1 = cbor_into(SPAN_OF(one));
	struct cbor_out w2 = cbor_into(SPAN_OF(two));
	/* everything but the default is another row; all of them are read */
	struct dialect d = {.numbering = (uint8_t)(n >> 1 & 1),
	    .profiles = (uint8_t)(n >> 2 & 1),
	    .rules = (uint8_t)(n & 1)};
	struct teep_message m, again;
	struct teep_requested t;
	struct bytes in = {p, n}, first, second;
	struct why why;
	struct cbor_in r;

	HOLDS(dialect_link(&d, &dialect_others) == OK);
	if (teep_parse(in, &d, &m, &why) != OK) {
		(void)dialect_other(&d, &dialect_others, in, why.err);
		return 0;
	}
	r = cbor_items(m.requested);
	for (size_t i = 0; i < m.requested.n; i++)
		HOLDS(teep_requested_read(&r, &d, &t) == OK);
	(void)teep_suites_have(m.suites, ALG_ESP256);
	(void)teep_payload_kind(m.has & TEEP_HAS_FORMAT, m.format);
	HOLDS(teep_write(&w1, &d, &m) == OK && cbor_done(&w1, &first) == OK);
	HOLDS(teep_parse(first, &d, &again, &why) == OK);
	HOLDS(
	    teep_write(&w2, &d, &again) == OK && cbor_done(&w2, &second) == OK);
	(void)dialect_other(&d, &dialect_others, in, OK);
	HOLDS(bytes_same(first, second));
	return 0;
}
