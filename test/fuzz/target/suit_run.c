/* suit_run: a manifest, followed by its payload, run in every procedure. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cbor_in r = cbor_open((struct bytes){p, n});
	struct bytes manifest = cbor_raw(&r, CBOR_MAP), out;
	struct bytes payload = {p + r.at, n - r.at};
	struct suit_manifest m;
	struct why why;

	if (fuzz_envelope(manifest, payload, SPAN_OF(fuzz_room), &out) != OK ||
	    suit_open(fuzz_crypto(), &fuzz_ring, out, &m, &why) != OK)
		return 0;
	fuzz_procedure(&m, payload, SUIT_DO_UPDATE);
	fuzz_procedure(&m, payload, SUIT_DO_INVOKE);
	fuzz_procedure(&m, payload, SUIT_DO_UNINSTALL);
	return 0;
}
