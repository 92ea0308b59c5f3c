/* rats_jwt: an EAR as a JWT, by the key of a Verifier that signs anything. */
#include "fuzz.h"
#include <rats_json.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t kid[KID_LEN];
	static uint8_t room[RATS_JSON_MAX + 1024];
	const struct cose_key key = {.kty = KTY_EC2, .crv = CRV_P256};
	struct result_ask ask = {.kid = kid,
	    .age = UINT32_MAX,
	    .skew = UINT32_MAX,
	    .now = 1,
	    .least = EAR_WARNING};
	struct rats_json_refusal no;
	struct believed r;
	enum err e = rats_json_result(fuzz_crypto(), &key, 1, &ask,
	    (struct bytes){p, n}, SPAN_OF(room), &r, &no, NULL);

	if (e == OK)
		HOLDS(r.status == EAR_AFFIRMING || r.status == EAR_WARNING);
	else
		HOLDS(r.exp == 0 && (!no.refuses || no.reason == e));
	HOLDS(!no.refuses || err_class(no.reason) == CLASS_REFUSED ||
	      err_class(no.reason) == CLASS_INPUT);
	return 0;
}
