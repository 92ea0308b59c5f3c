/*
 * crypto_openssl: the cryptographic port over OpenSSL 3, and its keys.
 *
 * Every function may be called from any thread.  A struct signer or agreer
 * may be used by several threads at once; freeing it is the owner's matter.
 * No function here asks for a passphrase, opens a file or prints.
 */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <tamarind/cose.h>
#include <tamarind/port.h>

/*
 * The port, or NULL when OpenSSL lacks an algorithm or its generator is not
 * seeded.  Call it once before a sandbox closes; later calls are free.
 */
const struct crypto *crypto_openssl(void);

/* ---- keys ------------------------------------------------------------ */

/* Enough for any PEM written here, and its NUL. */
#define OPENSSL_PEM_MAX 512

/*
 * Load a private key: PEM, PKCS#8 without encryption, or SEC 1 for P-256.
 * The signer takes P-256 (ESP256) and Ed25519, the agreer P-256 and X25519.
 * kid is the thumbprint of the public half.  The caller wipes its copy of pem.
 * ERR_SYNTAX: not such a PEM.  ERR_COSE_KEY: another kind of key, or its
 * halves do not belong together.  *out is zeroed on error.
 */
MUST_CHECK enum err openssl_signer_load(struct bytes pem, struct signer *out);
MUST_CHECK enum err openssl_agreer_load(struct bytes pem, struct agreer *out);

#define OPENSSL_SCALAR 32

/* The same for a P-256 scalar, big-endian; the caller wipes its copy.
 * ERR_COSE_KEY: not in 1 .. n-1. */
MUST_CHECK enum err openssl_agreer_from(
    const uint8_t d[OPENSSL_SCALAR], struct agreer *out, struct cose_key *pub);

/* Wipe and release; *s and *a may be zeroed ones. */
void openssl_signer_free(struct signer *s);
void openssl_agreer_free(struct agreer *a);

/*
 * Read a public key: PEM "PUBLIC KEY" (SPKI), PEM "CERTIFICATE" (its key
 * only: neither signature, path, dates nor usage are checked here), or a
 * COSE_Key.  The point is checked.  A private key is refused.
 * ERR_SYNTAX: none of these.  ERR_COSE_KEY: not a usable key.
 */
MUST_CHECK enum err openssl_public_read(struct bytes in, struct cose_key *out);

/* The public half of a private key as openssl_signer_load takes it. */
MUST_CHECK enum err openssl_private_public(
    struct bytes pem, struct cose_key *out);

/* Make a fresh key pair on crv (CRV_P256, CRV_ED25519, CRV_X25519).  *pem views
 * room, a NUL follows it; the caller wipes room.  pub may be NULL. */
MUST_CHECK enum err openssl_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub);

/* Write a public key as PEM (SPKI).  *pem views room, a NUL follows it. */
MUST_CHECK enum err openssl_public_write(
    const struct cose_key *k, struct span room, struct bytes *pem);

/* An ECDSA signature in P-256 as others write it, in DER, as r and s.
 * ERR_SYNTAX. */
MUST_CHECK enum err openssl_signature_raw(
    struct bytes der, uint8_t sig[SIG_LEN]);

/* ---- certificates ---------------------------------------------------- */

/* Those whose word on a signer's key counts. */
struct openssl_anchors;

/* Add all certificates of a PEM file; *a is NULL at first.
 * ERR_SYNTAX: there is none. */
MUST_CHECK enum err openssl_anchors_add(
    struct openssl_anchors **a, struct bytes pem);
void openssl_anchors_free(struct openssl_anchors *a);

/*
 * The key of the first certificate, if the others lead from it to an anchor:
 * signatures, dates at `now` (seconds since 1970), constraints and key usage
 * (where stated: digital signature, and code signing) are checked, revocation
 * is not.  *said, static, tells why not.                  [RFC 5280, 9360]
 * ERR_UNKNOWN_KEY: it leads nowhere.  ERR_KEY_PURPOSE: not for this.
 * ERR_SYNTAX, ERR_COSE_KEY.  *out is zeroed on error.
 */
MUST_CHECK enum err openssl_chain_key(const struct openssl_anchors *a,
    const struct cose_chain *chain, int64_t now, struct cose_key *out,
    const char **said);

/* ---- of a Verifier --------------------------------------------------- */

/* The table of <tamarind/verifier.h>; NULL as crypto_openssl() says. */
struct verifier_crypto;
const struct verifier_crypto *verifier_openssl(void);

/* ---- TPM ------------------------------------------------------------- */

#define OPENSSL_TPM_ROOM 512

/*
 * Encrypt a secret of 32 octets to the endorsement key (RSA 2048 or P-256) of a
 * DER certificate, for the key of that name in the same TPM: what TPM2_
 * ActivateCredential takes.  Both view room.  Whether the certificate leads
 * anywhere is not checked here.  ERR_SYNTAX: no certificate.  ERR_COSE_KEY:
 * another kind of key.  ERR_KEY_PURPOSE: it is not certified as an endorsement
 * key (tcg-kp-EKCertificate), or a CA's.                       [TPM 2.0 part 1,
 * 24]
 */
MUST_CHECK enum err openssl_tpm_credential(struct bytes certificate,
    struct bytes name, struct bytes secret, struct span room,
    struct bytes *blob, struct bytes *seed);

/* ---- counts ---------------------------------------------------------- */

/*
 * What this process asked of the port so far; a benchmark repeats exactly
 * these operations as its yardstick.  Hashing inside a signature belongs to
 * the signature and is not in sha256; *_octets are the octets of messages.
 */
struct crypto_counts {
	uint64_t sign_esp256, sign_ed25519, sign_octets;
	uint64_t verify_esp256, verify_ed25519, verify_octets;
	uint64_t key_check, agree, ephemeral, hkdf, kw;
	uint64_t seal, seal_octets, open, open_octets;
	uint64_t sha256, sha256_octets, hmac, hmac_octets;
	uint64_t random, random_octets;
};

void crypto_openssl_counts(struct crypto_counts *out);

#endif
