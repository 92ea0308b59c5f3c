/*
 * mbedtls_pem: key files for the Mbed TLS port, where there are files.
 *
 * P-256 only.  Of Mbed TLS it uses base64 and the ASN.1 reader, which have
 * the same form in every version from 2.28; the library's own key parser
 * has not.
 */
#ifndef MBEDTLS_PEM_H
#define MBEDTLS_PEM_H

#include "crypto_mbedtls.h"

/* Enough for any PEM written here, and its NUL. */
#define MBED_PEM_MAX 512

/*
 * Load a private key: PEM, PKCS#8 without encryption, or SEC 1.  kid is the
 * thumbprint of the public half.  The caller wipes its copy of pem.
 * ERR_SYNTAX: not such a PEM.  ERR_COSE_KEY: another kind of key, or its
 * halves do not belong together.  ERR_COSE_ALG: Ed25519, which this port
 * lacks.  *out is zeroed on error.
 */
MUST_CHECK enum err mbed_signer_load(struct bytes pem, struct signer *out);
MUST_CHECK enum err mbed_agreer_load(struct bytes pem, struct agreer *out);

/*
 * Read a public key: PEM "PUBLIC KEY" (SPKI), PEM "CERTIFICATE" (its key
 * only: neither signature, path, dates nor usage are checked here), or a
 * COSE_Key.  The point is checked.  A private key is refused, and so is a
 * compressed point: PSA reads none.
 * ERR_SYNTAX: none of these.  ERR_COSE_KEY: not a usable key.
 * ERR_COSE_ALG: Ed25519.
 */
MUST_CHECK enum err mbed_public_read(struct bytes in, struct cose_key *out);

/* The public half of a private key as mbed_signer_load takes it. */
MUST_CHECK enum err mbed_private_public(struct bytes pem, struct cose_key *out);

/* Make a fresh key pair on crv: CRV_P256, or ERR_COSE_ALG.  *pem views room,
 * a NUL follows it; the caller wipes room.  pub may be NULL. */
MUST_CHECK enum err mbed_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub);

/* Write a public key as PEM (SPKI).  *pem views room, a NUL follows it. */
MUST_CHECK enum err mbed_public_write(
    const struct cose_key *k, struct span room, struct bytes *pem);

#endif
