/* hardware: Evidence of every maker's hardware, believed, appraised. */
#include "maker.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct verifier *v = maker_verifier();
	struct verifier_ask ask = {.challenge = {p, 0}, .now = 1000};
	struct bytes in = {p, n}, nonce;
	struct appraisal a;
	const char *media;
	enum err e;

	for (size_t i = 0; (media = verifier_media(v, i)) != NULL; i++) {
		ask.media =
		    (struct bytes){(const uint8_t *)media, strlen(media)};
		e = verifier_nonce(v, ask.media, in, &nonce, NULL);
		HOLDS((e == OK) == (nonce.n > 0));
		e = verifier_appraise(v, &ask, in, &a);
		HOLDS((e == OK) == (a.verdict == ACCEPTED) && e == a.why.err);
	}
	return 0;
}
