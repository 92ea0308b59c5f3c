/* mbedtls_key: key files in the Mbed TLS port, against the OpenSSL port. */
#include "fuzz.h"

#include <mbedtls_pem.h>

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct bytes in = {p, n}, pem;
	uint8_t room[MBED_PEM_MAX];
	struct cose_key k, other;

	HOLDS(crypto_openssl() != NULL && crypto_mbedtls() != NULL);
	if (mbed_public_read(in, &k) == OK) {
		if (openssl_public_read(in, &other) == OK)
			HOLDS(memcmp(&k, &other, sizeof(k)) == 0);
		HOLDS(mbed_public_write(&k, SPAN_OF(room), &pem) == OK);
		HOLDS(openssl_public_read(pem, &other) == OK);
		HOLDS(memcmp(&k, &other, sizeof(k)) == 0);
	}
	if (mbed_private_public(in, &k) == OK &&
	    openssl_private_public(in, &other) == OK)
		HOLDS(memcmp(&k, &other, sizeof(k)) == 0);
	return 0;
}
