/* rats_json: JSON becomes CBOR that is one item, or nothing. */
#include "fuzz.h"
#include <rats_json.h>

static void
check(enum err e, struct cbor_out *w)
{
	struct cbor_in r;
	struct bytes out;

	if (e != OK || cbor_done(w, &out) != OK)
		return;
	r = cbor_open(out);
	HOLDS(cbor_raw(&r, CBOR_ANY).n == out.n);
	HOLDS(out.p[0] >> 5 == CBOR_MAP || out.p[0] >> 5 == CBOR_ARRAY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static uint8_t room[65536];
	struct cbor_out w = cbor_into(SPAN_OF(room));

	check(rats_json_ear(&w, (struct bytes){p, n}, NULL), &w);
	w = cbor_into(SPAN_OF(room));
	check(rats_json_cmw(&w, (struct bytes){p, n}, NULL), &w);
	return 0;
}
