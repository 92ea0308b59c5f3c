/* public_key: PEM, certificates and COSE_Keys in the OpenSSL port. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct cose_key k, again;
	uint8_t room[OPENSSL_PEM_MAX];
	struct bytes pem;

	HOLDS(crypto_openssl() != NULL);
	if (openssl_public_read((struct bytes){p, n}, &k) != OK)
		return 0;
	HOLDS(openssl_public_write(&k, SPAN_OF(room), &pem) == OK);
	HOLDS(openssl_public_read(pem, &again) == OK);
	HOLDS(memcmp(&k, &again, sizeof(k)) == 0);
	return 0;
}
