/*
 * pkcs11_signer: a private key in a token, through its module's Cryptoki.
 *                                             [PKCS#11 3.0, RFC 7512]
 *
 * The key is named by a URI:
 *   pkcs11:token=NAME;object=LABEL;id=%01?module-path=FILE&pin-source=FILE
 * token, and object or id, are needed; so is module-path, there is no
 * default.  pin-source is a file of a line; without it no login is made.
 */
#ifndef TAMARIND_PKCS11_SIGNER_H
#define TAMARIND_PKCS11_SIGNER_H

#include <tamarind/port.h>

struct pkcs11;

/*
 * Open the key.  out->alg and kid are those of the public key with the same
 * id in the token, which *pub gets: P-256 or Ed25519.  *said is what went
 * wrong, a static text, NULL for no more than the answer says.
 * Keeps c.  Release with pkcs11_close, which out's ctx is.
 * ERR_SYNTAX: the URI.  ERR_NOT_FOUND: module, token or key.
 * ERR_SIGNER_ACCESS: the PIN.  ERR_COSE_KEY: another kind of key.  ERR_CRYPTO.
 */
MUST_CHECK enum err pkcs11_open(const struct crypto *c, const char *uri,
    struct pkcs11 **token, struct signer *out, struct cose_key *pub,
    const char **said);
void pkcs11_close(struct pkcs11 *t);

#endif
