/* cose_key: a key that reads, writes and reads again the same. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cose_key k, again;
	uint8_t room[128], kid[KID_LEN];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	if (cose_key_read((struct bytes){p, n}, &k) != OK)
		return 0;
	(void)crypto_openssl()->key_check(&k);
	HOLDS(cose_key_thumbprint(fuzz_crypto(), &k, kid) == OK);
	cose_key_write(&w, &k);
	HOLDS(cbor_done(&w, &out) == OK);
	HOLDS(cose_key_read(out, &again) == OK);
	HOLDS(memcmp(&k, &again, sizeof(k)) == 0);
	return 0;
}
