/*
 * verifier_openssl_int: what the two files of the Verifier's cryptography
 * share.
 */
#ifndef VERIFIER_OPENSSL_INT_H
#define VERIFIER_OPENSSL_INT_H

#include <openssl/x509.h>
#include <tamarind/verifier.h>

/* Certificates, the one in question first. */
struct certs {
	X509 *cert[PATH_CERTS_MAX];
	size_t n;
};
/* All of n inputs, DER or PEM.  ERR_CERTIFICATE, ERR_LIMIT; nothing is held
 * then. */
MUST_CHECK enum err certs_read(
    struct certs *c, const struct bytes *in, size_t n);
void certs_free(struct certs *c);

/* The first "PUBLIC KEY" of a PEM, or NULL. */
EVP_PKEY *verifier_pem_key(struct bytes pem);
/* ERR_COSE_KEY: not of a kind that is used here. */
MUST_CHECK enum err verifier_public_of(
    EVP_PKEY *key, struct verifier_public *out);

/* The row of the table. */
enum err verifier_path_find(const struct verifier_path *p,
    struct verifier_public *out, struct verifier_extension *ext, size_t n,
    struct why *why);

#endif
