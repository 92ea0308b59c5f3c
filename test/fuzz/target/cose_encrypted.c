/* cose_encrypted: encrypted messages, opened by a port that opens all. */
#include "fuzz.h"

/* And as an encryption-info, with itself as ciphertext. */
static void
in_pieces(struct bytes in)
{
	static const uint8_t kek[16] = {1};
	const struct cose_opener key[] = {
	    {.agree = &fuzz_agreer}, {.kek = BYTES_OF(kek)}};
	struct bytes left, out;
	struct cose_opening o;
	uint8_t room[48];
	size_t tag;

	(void)!cose_info_tag(fuzz_crypto(), in, &tag, NULL);
	for (size_t i = 0; i < ARRAY_LEN(key); i++) {
		if (cose_open_begin(&o, fuzz_crypto(), &key[i],
			COSE_CTX_PAYLOAD, in, NULL) != OK)
			continue;
		for (left = in; left.n > 0;)
			HOLDS(cose_open_more(&o, &left, SPAN_OF(room), &out) ==
			      OK);
		(void)!cose_open_end(&o, SPAN_OF(room), &out);
	}
}

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
	in_pieces(in);
	free(room.p);
	return 0;
}
