/* suit_report: reports of devices, as a TAM reads them. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct suit_report r;
	struct why why;

	if (suit_report_read((struct bytes){p, n}, &r, &why) == OK) {
		HOLDS(suit_reason_name(r.reason) != NULL);
		HOLDS(r.digest.n == 0 || r.digest.n == DIGEST_LEN);
	} else {
		HOLDS(why.err != OK);
	}
	return 0;
}
