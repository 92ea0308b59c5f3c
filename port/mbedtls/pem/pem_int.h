/*
 * pem_int: between text and structure of a key file.
 */
#ifndef PEM_INT_H
#define PEM_INT_H

#include "mbedtls_pem.h"

/* The largest DER read here: a certificate. */
#define DER_MAX 4096

/*
 * The first PEM block of in, decoded into room.  *name views in.
 * ERR_SYNTAX: there is none, it has header lines, or it is too long.
 */
enum err pem_read(struct bytes in, uint8_t room[DER_MAX], struct bytes *name,
    struct bytes *der);

/* Write der as PEM called name.  ERR_ROOM: it does not fit with its NUL. */
enum err pem_write(
    const char *name, struct bytes der, struct span room, struct bytes *pem);

/* A scalar out of DER; if the public half stands beside it, *pub is that,
 * and its kty is not 0.  ERR_SYNTAX, ERR_COSE_KEY and ERR_COSE_ALG as
 * mbed_signer_load says. */
enum err der_pkcs8(
    struct bytes der, uint8_t d[MBED_SCALAR_LEN], struct cose_key *pub);
enum err der_sec1(
    struct bytes der, uint8_t d[MBED_SCALAR_LEN], struct cose_key *pub);

/* A public key out of DER.  The point is not checked. */
enum err der_spki(struct bytes der, struct cose_key *pub);
enum err der_certificate(struct bytes der, struct cose_key *pub);

#endif
