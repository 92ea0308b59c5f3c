/*
 * crypto_port_openssl: tests over the OpenSSL port.
 */
#include "crypto_port.h"

#include <crypto_openssl.h>
#include <stdio.h>
#include <stdlib.h>

_Static_assert(
    TEST_PEM_MAX >= OPENSSL_PEM_MAX, "tests lend enough room for a key");

const size_t test_bit_step = 1;
const bool test_reads_compressed = true;

const struct crypto *
test_crypto(void)
{
	const struct crypto *c = crypto_openssl();

	if (c == NULL) {
		(void)fprintf(stderr, "no OpenSSL port\n");
		exit(1);
	}
	return c;
}

/* Fast enough, and its signatures differ each time. */
const struct crypto *
test_crypto_once(void)
{
	return test_crypto();
}

enum err
test_signer_once(struct signer *s)
{
	(void)s;
	return OK;
}

enum err
test_signer_load(struct bytes pem, struct signer *out)
{
	return openssl_signer_load(pem, out);
}

enum err
test_agreer_load(struct bytes pem, struct agreer *out)
{
	return openssl_agreer_load(pem, out);
}

enum err
test_agreer_from(const uint8_t d[32], struct agreer *out, struct cose_key *pub)
{
	return openssl_agreer_from(d, out, pub);
}

void
test_signer_free(struct signer *s)
{
	openssl_signer_free(s);
}

void
test_agreer_free(struct agreer *a)
{
	openssl_agreer_free(a);
}

enum err
test_public_read(struct bytes in, struct cose_key *out)
{
	return openssl_public_read(in, out);
}

enum err
test_public_raw(struct bytes in, struct cose_key *out)
{
	return openssl_public_read(in, out);
}

enum err
test_private_public(struct bytes pem, struct cose_key *out)
{
	return openssl_private_public(pem, out);
}

enum err
test_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub)
{
	return openssl_key_generate(crv, room, pem, pub);
}

enum err
test_public_write(const struct cose_key *k, struct span room, struct bytes *pem)
{
	return openssl_public_write(k, room, pem);
}
