/* cbor_table: what the table engine reads, it writes, and reads again. */
#include "fuzz.h"
#include "table.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cbor_table t = {all_rows, ARRAY_LEN(all_rows), n % 2};
	struct cbor_in r = cbor_open((struct bytes){p, n});
	struct all first = {0}, again = {0};
	struct cbor_out w = cbor_into(SPAN_OF(fuzz_room));
	struct bytes out;

	cbor_map_read(&r, &t, &first);
	if (cbor_close(&r) != OK)
		return 0;
	cbor_map_write(&w, &t, &first);
	HOLDS(cbor_done(&w, &out) == OK && out.n <= n);
	r = cbor_open(out);
	cbor_map_read(&r, &t, &again);
	HOLDS(cbor_close(&r) == OK && again.has == first.has);
	return 0;
}
