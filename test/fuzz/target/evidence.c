/* evidence: what a device claims, appraised; a verdict has its reason. */
#include "world.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct arena *mem;
	const struct tam *t = server_start(&mem);
	uint8_t kid[KID_LEN], room[2048], out[8192], scratch[8192];
	const struct cose_key teep = fuzz_key(5);
	struct verifier_ask ask = {.media = BYTES_LIT(EAT_EVIDENCE_FORMAT),
	    .challenge = {p, n < 32 ? n : 32},
	    .audience = t->audience,
	    .n_audience = ARRAY_LEN(t->audience),
	    .teep_kid = kid,
	    .now = 1000};
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct cbor_out ear = cbor_into(SPAN_OF(out));
	struct appraisal a;
	struct bytes in = {p + ask.challenge.n, n - ask.challenge.n}, nonce;
	enum err e;

	HOLDS(cose_key_thumbprint(t->crypto, &teep, kid) == OK);
	e = verifier_appraise(t->verifier, &ask, in, &a);
	HOLDS(e != OK ||
	      (verifier_nonce(t->verifier, ask.media, in, &nonce, NULL) == OK &&
		  bytes_same(nonce, ask.challenge)));
	HOLDS((e == OK) == (a.verdict == ACCEPTED) && e == a.why.err);
	HOLDS(e != OK || (a.bound && a.assurance != ASSURE_NONE));
	(void)!verifier_ear_write(&ear, t->verifier, &a, &ask, 60,
	    &(struct verifier_name){in, in}, SPAN_OF(scratch));
	HOLDS((verifier_result_write(&w, &a, &ask, 60) == OK) == (e == OK));
	return 0;
}
