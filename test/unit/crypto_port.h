/*
 * crypto_port: the port a test is linked with, and keys for it from files.
 *
 * One source of a test makes a program for each port; which one is decided
 * by the file that stands beside it on the link line
 * (crypto_port_openssl.c, crypto_port_mbedtls.c).
 */
#ifndef CRYPTO_PORT_H
#define CRYPTO_PORT_H

#include <string.h>
#include <tamarind/cose.h>

#define TEST_PEM_MAX 512

/* The port; ends the test program if there is none. */
const struct crypto *test_crypto(void);

/* The same for a test that is not about the port: a slow one may work out
 * the same signature once only.  A signer is made such with the second. */
const struct crypto *test_crypto_once(void);
enum err test_signer_once(struct signer *s);

/* As crypto_openssl.h and mbedtls_pem.h describe them. */
enum err test_signer_load(struct bytes pem, struct signer *out);
enum err test_agreer_load(struct bytes pem, struct agreer *out);
enum err test_agreer_from(
    const uint8_t d[32], struct agreer *out, struct cose_key *pub);
void test_signer_free(struct signer *s);
void test_agreer_free(struct agreer *a);
enum err test_public_read(struct bytes in, struct cose_key *out);
/* The same for a key that the port need not be able to use. */
enum err test_public_raw(struct bytes in, struct cose_key *out);
enum err test_private_public(struct bytes pem, struct cose_key *out);
enum err test_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub);
enum err test_public_write(
    const struct cose_key *k, struct span room, struct bytes *pem);

/* Does the port do Ed25519?  Where it does not, a test asserts the refusal
 * of what it would otherwise have accepted. */
static inline bool
has_ed25519(void)
{
	return (test_crypto()->can & CAN_ED25519) != 0;
}

/* What a peer signs that can do more than our port: the form is right, and
 * nobody here can say whether the signature is. */
static inline enum err
test_sign_beyond(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	(void)ctx;
	(void)part;
	(void)n;
	memset(sig, 0x5a, SIG_LEN);
	return OK;
}

/* The signer with that key of a peer that can do more than our port. */
static inline enum err
test_signer_beyond(const struct cose_key *k, struct signer *out)
{
	*out =
	    (struct signer){.alg = cose_key_alg(k), .sign = test_sign_beyond};
	return cose_key_thumbprint(test_crypto(), k, out->kid);
}

/* Flip every nth bit, to be done in reasonable time: 1, or what shares no
 * divisor with 8, so that every place in an octet has its turn. */
extern const size_t test_bit_step;

/* Does its library read points in compressed form? */
extern const bool test_reads_compressed;

#endif
