/* cots: stores of trust anchors; what is found is one of them. */
#include "fuzz.h"
#include <tamarind/corim.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cots_ask ask = {NULL, BYTES_LIT("n"), BYTES_LIT("eat")};
	struct bytes in = {p, n}, anchor;
	enum cots_format format;
	struct cots_store s;
	struct cbor_in r;

	if (cots_find(in, &ask, &s) != OK)
		return 0;
	HOLDS(cots_fits(&s, &ask));
	r = cbor_items(s.anchors);
	for (size_t i = 0; i < s.anchors.n; i++)
		HOLDS(cots_anchor_read(&r, &format, &anchor) == OK);
	r = cbor_open(in);
	(void)cbor_array_any(&r, 1, LEN_ANY);
	HOLDS(cots_read(&r, &s) == OK);
	return 0;
}
