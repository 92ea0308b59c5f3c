/* veraison: what a Verifier's API answers: a session, or a problem; and what
 * the courier hands to whoever asked it. */
#include "fuzz.h"
#include <courier.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct bytes in = {p, n};
	struct veraison_session s;
	struct question q;
	struct cose_key key;
	char text[64];

	if (veraison_session_read(in, &s) == OK) {
		HOLDS(s.nonce_n > 0 && s.nonce_n <= sizeof(s.nonce));
		HOLDS((s.state == VERAISON_COMPLETE) == (s.result != NULL));
		free(s.result);
	}
	veraison_problem_read(in, text, sizeof(text));
	HOLDS(memchr(text, 0, sizeof(text)) != NULL);
	if (veraison_key_read(in, &key) == OK)
		HOLDS(key.kty == KTY_EC2 && key.crv == CRV_P256);
	if (question_read(in, 65536, &q) == OK)
		HOLDS(q.ask.n_audience <= QUESTION_AUDIENCES_MAX);
	return 0;
}
