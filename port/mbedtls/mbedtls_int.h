/*
 * mbedtls_int: what the files of this port share.
 */
#ifndef MBEDTLS_INT_H
#define MBEDTLS_INT_H

#include "crypto_mbedtls.h"

#include <psa/crypto.h>

/* 04 || x || y, the form in which PSA takes and gives points. */
#define POINT_LEN 65

/* What a status of PSA means here.  INVALID_ARGUMENT and INVALID_SIGNATURE
 * depend on the call and are the caller's to read first. */
enum err mbed_err(psa_status_t s);

/* Bring data into a key slot for one use.  The caller destroys *id. */
psa_status_t mbed_import(psa_key_type_t type, psa_key_usage_t usage,
    psa_algorithm_t alg, struct bytes data, psa_key_id_t *id);

/* A public P-256 key for checking signatures; ERR_COSE_KEY if it is not a
 * point, ERR_COSE_ALG if it is on a curve the port lacks. */
enum err mbed_public_import(const struct cose_key *k, psa_key_id_t *id);

/* A private one for one algorithm. */
enum err mbed_private_import(const uint8_t d[MBED_SCALAR_LEN],
    psa_key_usage_t usage, psa_algorithm_t alg, psa_key_id_t *id);

/* The same to keep, with the thumbprint of its public half. */
enum err mbed_private_open(const uint8_t d[MBED_SCALAR_LEN],
    psa_key_usage_t usage, psa_algorithm_t alg, psa_key_id_t *id,
    uint8_t kid[KID_LEN]);

/* The public half of the private key in slot id. */
enum err mbed_public_of(psa_key_id_t id, struct cose_key *out);

void mbed_point_put(const struct cose_key *k, uint8_t out[POINT_LEN]);

/* SHA-256 of parts. */
enum err mbed_sha256(
    const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN]);

/* Rows of the table. */
enum err mbed_random(struct span out);
enum err mbed_hash_begin(struct hash *h);
enum err mbed_hash_more(struct hash *h, struct bytes in);
enum err mbed_hash_end(struct hash *h, uint8_t out[DIGEST_LEN]);
enum err mbed_hmac(struct bytes key, struct bytes msg, uint8_t out[32]);
enum err mbed_hkdf(
    struct bytes salt, struct bytes ikm, struct bytes info, struct span out);
enum err mbed_key_check(const struct cose_key *k);
enum err mbed_verify(int32_t alg, const struct cose_key *k,
    const struct bytes *part, size_t n, struct bytes sig);
enum err mbed_ephemeral(
    const struct cose_key *peer, struct cose_key *eph, uint8_t z[32]);
enum err mbed_kw_wrap(struct bytes kek, struct bytes in, struct span out);
enum err mbed_kw_unwrap(struct bytes kek, struct bytes in, struct span out);
enum err mbed_cipher_begin(struct cipher *s, bool sealing, int32_t alg,
    struct bytes key, struct bytes iv, struct bytes aad);
enum err mbed_cipher_more(struct cipher *s, struct bytes in, struct span out);
enum err mbed_cipher_end(struct cipher *s, struct span tag);
enum err mbed_seal(int32_t alg, struct bytes key, struct bytes iv,
    struct bytes aad, struct bytes in, struct span out);
enum err mbed_open(int32_t alg, struct bytes key, struct bytes iv,
    struct bytes aad, struct bytes in, struct span out);

#endif
