/* result: Attestation Results of both forms, as a Relying Party takes them. */
#include "fuzz.h"
#include <tamarind/eat.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct result_form *const forms[] = {
	    &result_teep, &result_ear};
	const struct cose_key key = {.kty = KTY_OKP, .crv = CRV_ED25519};
	const struct keyring ring = fuzz_ring;
	static const uint8_t kid[KID_LEN];
	struct result_ask ask = {.verifiers = &ring,
	    .kid = kid,
	    .key = &key,
	    .age = UINT32_MAX,
	    .skew = UINT32_MAX,
	    .now = 1,
	    .least = EAR_WARNING};
	struct believed r;

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		ask.form = forms[i];
		if (result_check(fuzz_crypto(), &ask, (struct bytes){p, n}, &r,
			NULL) == OK)
			HOLDS(r.status == EAR_AFFIRMING ||
			      r.status == EAR_WARNING);
	}
	return 0;
}
