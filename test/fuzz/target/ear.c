/* ear: Results that read, write, and read again, and are believed by rule. */
#include "fuzz.h"
#include <tamarind/eat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct bytes profile[] = {BYTES_LIT(EAR_PROFILE)};
	static struct ear_appraisal a[EAR_SUBMODS_MAX];
	static uint8_t scratch[65536];
	struct cbor_out w = cbor_into(SPAN_OF(fuzz_room));
	const struct verified v = {.payload = {p, n}};
	struct bytes out;
	struct cbor_in r;
	struct ear e;

	(void)!ear_read(&v, profile, 1, &e, NULL);
	if (ear_parse((struct bytes){p, n}, profile, 1, &e, NULL) != OK)
		return 0;
	r = ear_appraisals(&e, &n);
	for (size_t i = 0; i < n; i++)
		HOLDS(ear_appraisal_read(&r, &a[i]) == OK);
	if (ear_write(&w, &e, a, n, SPAN_OF(scratch)) != OK)
		return 0;
	HOLDS(cbor_done(&w, &out) == OK);
	HOLDS(ear_parse(out, profile, 1, &e, NULL) == OK);
	return 0;
}
