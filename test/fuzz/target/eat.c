/* eat: claims that read, write, and read again. */
#include "fuzz.h"
#include <tamarind/eat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cbor_out w = cbor_into(SPAN_OF(fuzz_room));
	struct eat_claims c, again;
	struct eat_manifest m;
	struct eat_component t;
	struct bytes out;
	struct why why;
	struct cbor_in r;

	if (eat_parse((struct bytes){p, n}, &c, &why) != OK)
		return 0;
	if (eat_evidence_complete(&c, &why) == OK)
		HOLDS(eat_result_complete(&c, &why) != OK);
	(void)!eat_cnf_kid(fuzz_crypto(), c.cnf, fuzz_room);
	r = cbor_items(c.manifests);
	while (r.at < r.in.n && eat_manifest_read(&r, &m) == OK)
		HOLDS(m.digest.n == DIGEST_LEN || m.alg != ALG_SHA256);
	r = cbor_items(c.measurements);
	while (r.at < r.in.n && eat_component_read(&r, &t) == OK)
		HOLDS(t.digest.n == DIGEST_LEN);
	HOLDS(eat_write(&w, &c) == OK && cbor_done(&w, &out) == OK);
	HOLDS(eat_parse(out, &again, &why) == OK && again.has == c.has);
	return 0;
}
