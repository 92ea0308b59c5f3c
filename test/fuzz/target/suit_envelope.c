/* suit_envelope: what opens also parses, with every signature believed. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, sha;
	struct suit_manifest m, opened;
	char text[SUIT_ID_TEXT];
	struct why why;
	uint64_t size;
	bool parses = suit_parse(in, &m, &why) == OK;

	if (suit_open(fuzz_crypto(), &fuzz_ring, in, &opened, &why) == OK) {
		HOLDS(parses && opened.n_signers > 0);
		HOLDS(memcmp(m.digest, opened.digest, DIGEST_LEN) == 0);
	}
	for (size_t i = 0; parses && i < m.components.n; i++) {
		HOLDS(suit_id_text(suit_component(&m, i), text) == OK);
		suit_declared(&m, i, &sha, &size);
	}
	HOLDS(!parses || m.n_signers == 0);
	(void)suit_payload(&m, BYTES_LIT("#tc"));
	return 0;
}
