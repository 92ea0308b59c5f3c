/* cose_encrypted: encrypted messages, opened by a port that opens all. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, out;
	struct span room = {malloc(n + 1), n};
	struct cose_encrypted e;
	struct why why;
	bool reads = cose_encrypted_read(in, &e, &why) == OK;

	HOLDS(room.p != NULL);
	HOLDS(!reads || cose_is_encrypt(in));
	if (cose_decrypt(fuzz_crypto(), &fuzz_agreer, COSE_CTX_EAT, in, room,
		&out, &why) == OK)
		HOLDS(reads && out.n <= e.ciphertext.n);
	(void)!cose_decrypt_detached(fuzz_crypto(), &fuzz_agreer,
	    COSE_CTX_PAYLOAD, in, in, room, &out, &why);
	free(room.p);
	return 0;
}
