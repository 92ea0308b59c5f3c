/*
 * crypto_port_mbedtls: tests over the Mbed TLS port.
 */
#include "crypto_port.h"

#include <mbedtls/base64.h>
#include <mbedtls_pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(
    TEST_PEM_MAX >= MBED_PEM_MAX, "tests lend enough room for a key");

const size_t test_bit_step = 11;
const bool test_reads_compressed = false;

const struct crypto *
test_crypto(void)
{
	const struct crypto *c = crypto_mbedtls();

	if (c == NULL) {
		(void)fprintf(stderr, "no Mbed TLS port\n");
		exit(1);
	}
	return c;
}

enum err
test_signer_load(struct bytes pem, struct signer *out)
{
	return mbed_signer_load(pem, out);
}

enum err
test_agreer_load(struct bytes pem, struct agreer *out)
{
	return mbed_agreer_load(pem, out);
}

void
test_signer_free(struct signer *s)
{
	mbed_signer_free(s);
}

void
test_agreer_free(struct agreer *a)
{
	mbed_agreer_free(a);
}

enum err
test_public_read(struct bytes in, struct cose_key *out)
{
	return mbed_public_read(in, out);
}

/* The SPKI of an Ed25519 key is 12 octets and the key, in one line. */
enum err
test_public_raw(struct bytes in, struct cose_key *out)
{
	static const char begin[] = "-----BEGIN PUBLIC KEY-----\n";
	uint8_t der[64];
	size_t n = 0;
	enum err e = mbed_public_read(in, out);

	if (e != ERR_COSE_ALG)
		return e;
	if (!bytes_prefix(in, BYTES_LIT(begin)) ||
	    mbedtls_base64_decode(
		der, sizeof(der), &n, in.p + sizeof(begin) - 1, 60) != 0 ||
	    n != 44)
		return ERR_SYNTAX;
	out->kty = KTY_OKP;
	out->crv = CRV_ED25519;
	memcpy(out->x, der + 12, 32);
	return OK;
}

enum err
test_private_public(struct bytes pem, struct cose_key *out)
{
	return mbed_private_public(pem, out);
}

enum err
test_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub)
{
	return mbed_key_generate(crv, room, pem, pub);
}

enum err
test_public_write(const struct cose_key *k, struct span room, struct bytes *pem)
{
	return mbed_public_write(k, room, pem);
}
