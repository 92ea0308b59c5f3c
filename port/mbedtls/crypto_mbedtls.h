/*
 * crypto_mbedtls: the cryptographic port over Mbed TLS, through its PSA
 * interface, for machines from a microcontroller up.
 *
 * Not for threads: PSA's key slots have no lock before Mbed TLS 3.6.  One
 * caller at a time, and the entropy is the platform's: where Mbed TLS was
 * built without an operating system, the image brings
 * mbedtls_hardware_poll().  docs/porting.md says the rest.
 *
 * Ed25519 is absent, for the library lacks it: `can` has no such bit, and
 * verify, key_check and the loaders answer ERR_COSE_ALG for such a key.
 */
#ifndef CRYPTO_MBEDTLS_H
#define CRYPTO_MBEDTLS_H

#include <tamarind/port.h>

/*
 * The port, or NULL when the generator cannot be seeded.  A content cipher
 * that the library was built without has no bit in `can`; anything else that
 * is missing does not compile.  Call it once before anything else here;
 * later calls are free.
 */
const struct crypto *crypto_mbedtls(void);

/* ---- keys ------------------------------------------------------------ */

#define MBED_SCALAR_LEN 32

/*
 * A private key for one purpose: signing (ESP256, nonces of RFC 6979) or
 * agreement.  d is the scalar, big-endian; the caller wipes its copy, PSA
 * keeps one until free.  kid is the thumbprint of the public half.
 * ERR_COSE_KEY: not in 1 .. n-1.  ERR_MEMORY: no key slot is free.
 * ERR_RANDOM: there is no port.  *out is zeroed on error.
 */
MUST_CHECK enum err mbed_signer_from(
    const uint8_t d[MBED_SCALAR_LEN], struct signer *out);
MUST_CHECK enum err mbed_agreer_from(
    const uint8_t d[MBED_SCALAR_LEN], struct agreer *out);

/* Wipe and release; *s and *a may be zeroed ones. */
void mbed_signer_free(struct signer *s);
void mbed_agreer_free(struct agreer *a);

/* A fresh scalar from the port's generator.  The caller wipes it. */
MUST_CHECK enum err mbed_scalar_make(uint8_t d[MBED_SCALAR_LEN]);

/* The public half of a scalar.  ERR_COSE_KEY: not in 1 .. n-1. */
MUST_CHECK enum err mbed_scalar_public(
    const uint8_t d[MBED_SCALAR_LEN], struct cose_key *out);

#endif
