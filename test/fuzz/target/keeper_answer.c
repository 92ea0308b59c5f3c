/* keeper_answer: questions of a front that was taken over, each answered. */
#include "fuzz.h"
#include <keeper.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct keeper k;
	uint8_t room[KEEPER_ANSWER_MAX];
	struct cbor_in r;
	struct bytes b;

	if (k.rate == 0) {
		k.rate = 1000000000; /* no limit: the clock decides nothing */
		k.result_life = 100;
		k.teep[0] = k.teep[1] = k.result = fuzz_signer(2);
		k.teep[1].alg = ALG_ED25519;
		k.agree = fuzz_agreer;
		k.pub[KEY_TEEP_ESP256] = fuzz_key(2);
		lines_init(&k.lines, KEEPER_LINES);
	}
	r = cbor_open(keeper_answer(&k, (struct bytes){p, n}, 1000, room));
	cbor_array(&r, 2);
	n = cbor_uint(&r, 0, UINT16_MAX);
	b = cbor_bstr(&r, 0, KEEPER_ANSWER_MAX);
	HOLDS(cbor_close(&r) == OK && (n == OK) == (b.n > 0));
	return 0;
}
