/*
 * openssl_int: what the files of this port share.
 */
#ifndef OPENSSL_INT_H
#define OPENSSL_INT_H

#include "crypto_openssl.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdatomic.h>

/* Fetched once: an implicit fetch for each use costs more than a hash. */
struct lib {
	EVP_MD *sha256;
	EVP_MAC *hmac;
	EVP_KDF *hkdf;
	EVP_CIPHER *wrap[3], *gcm[3], *ctr[3]; /* by key: 128, 192, 256 */
	EVP_CIPHER *chacha;
	EVP_PKEY *p256; /* the curve without a key: what points are set into */
};

/* Filled by crypto_openssl(), constant afterwards.  ready() answers whether
 * it is: key functions may be called first. */
extern struct lib lib;
bool lib_ready(void);

/* Before the library is used for the first time: what it frees is wiped. */
void memory_wiped(void);

/* One counter for each member of struct crypto_counts, in its order. */
enum count {
	N_SIGN_ESP256,
	N_SIGN_ED25519,
	N_SIGN_OCTETS,
	N_VERIFY_ESP256,
	N_VERIFY_ED25519,
	N_VERIFY_OCTETS,
	N_KEY_CHECK,
	N_AGREE,
	N_EPHEMERAL,
	N_HKDF,
	N_KW,
	N_SEAL,
	N_SEAL_OCTETS,
	N_OPEN,
	N_OPEN_OCTETS,
	N_SHA256,
	N_SHA256_OCTETS,
	N_HMAC,
	N_HMAC_OCTETS,
	N_RANDOM,
	N_RANDOM_OCTETS,
	N_COUNTS,
};
void count(enum count which, size_t n);

/* What fails from here on for want of memory is told from what is wrong with
 * its input: begin before an operation whose input comes from outside. */
void begin(void);
/* Forget OpenSSL's error queue and answer e: a stale entry would be taken
 * for the failure of somebody else's later call.  ERR_MEMORY in its place if
 * memory has run out since begin: a signature that could not be checked is no
 * bad signature, and may be good the next time. */
enum err fail(enum err e);

/* The octets of n parts; false if the sum does not fit. */
bool parts_sum(const struct bytes *part, size_t n, size_t *sum);

/* SHA-256 of parts without counting it. */
enum err digest_parts(
    const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN]);

/* A fresh EVP_PKEY of a public key; NULL if it is not a point. */
EVP_PKEY *public_from(const struct cose_key *k);
/* The other way; ERR_COSE_KEY if it is another kind of key. */
enum err public_of(const EVP_PKEY *pkey, struct cose_key *out);

/* All of one certificate, or NULL. */
#define CERT_MAX 65536
X509 *cert_from_der(struct bytes der);
/* Is it for signatures over code?  A certificate that says nothing of its use
 * is for any; one for web servers is for neither manifests nor CoRIMs. */
bool cert_may_sign(X509 *cert);

/* Is x||sign an Ed25519 key worth verifying with: reduced, and not one of
 * the points of small order, under which anybody can sign? */
bool edpoint_usable(const uint8_t x[32]);
/* And does a point with that coordinate exist? */
bool edpoint_exists(const uint8_t x[32]);

/*
 * A private key, with contexts set up for its one operation.  Setting one up
 * costs a fifth of a signature, so those not in use wait here; each is used
 * by one thread at a time, and all die with the key.
 */
#define SPARE_MAX 8
struct private_key {
	EVP_PKEY *pkey;
	int (*init)(EVP_PKEY_CTX *);
	_Atomic(EVP_PKEY_CTX *) spare[SPARE_MAX];
};
struct private_key *private_new(EVP_PKEY *pkey, int (*init)(EVP_PKEY_CTX *));
void private_free(struct private_key *k);
EVP_PKEY_CTX *private_take(struct private_key *k);
void private_give(struct private_key *k, EVP_PKEY_CTX *ctx);

/* Rows of the table. */
enum err port_random(struct span out);
enum err port_sha256(
    const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN]);
enum err port_hash_begin(struct hash *h);
enum err port_hash_more(struct hash *h, struct bytes in);
enum err port_hash_end(struct hash *h, uint8_t out[DIGEST_LEN]);
enum err port_hmac(struct bytes key, struct bytes msg, uint8_t out[32]);
enum err port_hkdf(
    struct bytes salt, struct bytes ikm, struct bytes info, struct span out);
enum err port_key_check(const struct cose_key *k);
enum err port_verify(int32_t alg, const struct cose_key *k,
    const struct bytes *part, size_t n, struct bytes sig);
enum err port_ephemeral(
    const struct cose_key *peer, struct cose_key *eph, uint8_t z[32]);
enum err port_kw_wrap(struct bytes kek, struct bytes in, struct span out);
enum err port_kw_unwrap(struct bytes kek, struct bytes in, struct span out);
enum err port_cipher_begin(struct cipher *s, bool sealing, int32_t alg,
    struct bytes key, struct bytes iv, struct bytes aad);
enum err port_cipher_more(struct cipher *s, struct bytes in, struct span out);
enum err port_cipher_end(struct cipher *s, struct span tag);
enum err port_seal(int32_t alg, struct bytes key, struct bytes iv,
    struct bytes aad, struct bytes in, struct span out);
enum err port_open(int32_t alg, struct bytes key, struct bytes iv,
    struct bytes aad, struct bytes in, struct span out);

/* Operations of the keys. */
enum err signer_esp256(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN]);
enum err signer_ed25519(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN]);
enum err agreer_agree(void *ctx, const struct cose_key *peer, uint8_t z[32]);

#endif
