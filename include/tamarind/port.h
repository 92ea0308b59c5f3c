/*
 * port: what the core asks of the platform, as constant tables of functions.
 *
 * Cryptography comes from a library (OpenSSL, Mbed TLS); the store, clock and
 * network belong to shells.  A port function answers OK or a CLASS_PORT
 * error unless said otherwise, and never keeps a pointer it was given.
 */
#ifndef TAMARIND_PORT_H
#define TAMARIND_PORT_H

#include <tamarind/base.h>

#define DIGEST_LEN 32 /* SHA-256 */
#define KID_LEN    32 /* RFC 9679 thumbprint, SHA-256 */
#define SIG_LEN    64 /* ESP256 and Ed25519 */
#define SIG_MAX    64

/* COSE algorithm numbers used by the project. */
enum cose_alg {
	ALG_ES256 = -7, /* polymorphic: read only where said */
	ALG_EDDSA = -8, /* polymorphic: read only where said */
	ALG_ESP256 = -9,
	ALG_ED25519 = -19,
	ALG_SHA256 = -16,
	ALG_HMAC256 = 5,
	ALG_A128KW = -3,
	ALG_A192KW = -4,
	ALG_A256KW = -5,
	ALG_ECDH_ES_A128KW = -29,
	ALG_ECDH_ES_A192KW = -30,
	ALG_ECDH_ES_A256KW = -31,
	ALG_A128GCM = 1,
	ALG_A192GCM = 2,
	ALG_A256GCM = 3,
	ALG_CHACHA20_POLY1305 = 24,
	ALG_A128CTR = -65534,
	ALG_A192CTR = -65533,
	ALG_A256CTR = -65532,
};

/* A public key.  kty and crv are COSE numbers; y is zero for OKP.  A keyring
 * answers a key for MACs in the same form: kty 4, and x is the secret. */
struct cose_key {
	int32_t kty; /* 1 OKP, 2 EC2, 4 symmetric */
	int32_t crv; /* 1 P-256, 4 X25519, 6 Ed25519 */
	uint8_t x[32];
	uint8_t y[32];
};
#define KTY_OKP       1
#define KTY_EC2       2
#define KTY_SYMMETRIC 4
#define CRV_P256      1
#define CRV_X25519    4
#define CRV_ED25519   6

/* A running SHA-256.  Opaque to the core; hash_end always releases it. */
struct hash {
	union {
		void *p;
		uint64_t w[32];
	} u;
};

/* A running content cipher.  Opaque to the core; cipher_end always releases
 * it. */
struct cipher {
	union {
		void *p;
		uint64_t w[20];
	} u;
};

/*
 * The cryptographic port.  No function has a context argument: a port is a
 * library, initialised before first use by a function of its own
 * (crypto_openssl() or crypto_mbedtls() answers one, or NULL when no seeded
 * generator is there).
 * Messages come in pieces so that nobody has to copy a large payload.
 */
struct crypto {
	/* Algorithms this port can do, as bits of enum crypto_can. */
	uint32_t can;

	enum err (*random)(struct span out);

	enum err (*sha256)(
	    const struct bytes *part, size_t n, uint8_t out[DIGEST_LEN]);
	enum err (*hash_begin)(struct hash *h);
	enum err (*hash_more)(struct hash *h, struct bytes in);
	/* Releases h.  out may be NULL: just give it up. */
	enum err (*hash_end)(struct hash *h, uint8_t out[DIGEST_LEN]);

	enum err (*hmac_sha256)(
	    struct bytes key, struct bytes msg, uint8_t out[32]);
	/* HKDF-SHA-256, extract and expand.                 [RFC 5869] */
	enum err (*hkdf)(struct bytes salt, struct bytes ikm, struct bytes info,
	    struct span out);

	/* Is k a point on its curve?  ERR_COSE_KEY if not; ERR_COSE_ALG if the
	 * port lacks the curve. */
	enum err (*key_check)(const struct cose_key *k);
	/* sig is raw r||s or R||S.  ERR_SIGNATURE: wrong.  ERR_COSE_ALG: alg
	 * does not fit the key, or the port lacks it.  ERR_COSE_KEY: not a
	 * point. */
	enum err (*verify)(int32_t alg, const struct cose_key *k,
	    const struct bytes *part, size_t n, struct bytes sig);

	/* A fresh pair on the peer's curve, P-256 or X25519, and what it shares
	 * with peer, for one encryption.  The private half is wiped before
	 * return. */
	enum err (*ecdh_ephemeral)(
	    const struct cose_key *peer, struct cose_key *eph, uint8_t z[32]);

	/* RFC 3394 with AES; kek is 16, 24 or 32 octets.  unwrap:
	 * ERR_UNDECRYPTABLE when the integrity check fails.  out.n = in.n
	 * +- 8. */
	enum err (*kw_wrap)(struct bytes kek, struct bytes in, struct span out);
	enum err (*kw_unwrap)(
	    struct bytes kek, struct bytes in, struct span out);

	/* Content ciphers, whole messages.  seal: out.n = in.n + 16 for AEAD,
	 * in.n for CTR.  open: ERR_UNDECRYPTABLE on a bad tag, and out is
	 * wiped.  iv is 12 octets (AEAD) or 16 (CTR); in and out may be the
	 * same memory. */
	enum err (*seal)(int32_t alg, struct bytes key, struct bytes iv,
	    struct bytes aad, struct bytes in, struct span out);
	enum err (*open)(int32_t alg, struct bytes key, struct bytes iv,
	    struct bytes aad, struct bytes in, struct span out);

	/*
	 * The same in pieces, each but the last a multiple of CIPHER_STEP
	 * octets, so that a payload needs no memory of its size.
	 *   begin  iv of the wrong length: ERR_UNDECRYPTABLE if opening
	 *   more   out.n = in.n; not the same memory.  What comes out when
	 *          opening is not to be believed before end has said so
	 *   end    AEAD: writes the tag when sealing; compares it when opening,
	 *          ERR_UNDECRYPTABLE.  CTR: tag.n is 0.  tag.p NULL: give up
	 * After an error of begin there is nothing to end.
	 */
	enum err (*cipher_begin)(struct cipher *s, bool sealing, int32_t alg,
	    struct bytes key, struct bytes iv, struct bytes aad);
	enum err (*cipher_more)(
	    struct cipher *s, struct bytes in, struct span out);
	enum err (*cipher_end)(struct cipher *s, struct span tag);
};

#define CIPHER_STEP 16
#define CIPHER_TAG  16

enum crypto_can {
	CAN_ESP256 = 1,
	CAN_ED25519 = 2,
	CAN_P256_ECDH = 4,
	CAN_A128GCM = 8,
	CAN_CHACHA = 16,
	CAN_A128CTR = 32,
	CAN_AES_LONG = 64, /* with a cipher's bit: its 192 and 256-bit keys */
	CAN_X25519 = 128,  /* key agreement */
};

/* Something that signs with one private key: a key in memory, the keeper,
 * a token.  sign gets the whole Sig_structure in pieces. */
struct signer {
	int32_t alg;
	uint8_t kid[KID_LEN];
	void *ctx;
	enum err (*sign)(void *ctx, const struct bytes *part, size_t n,
	    uint8_t sig[SIG_LEN]);
};

/* Something that holds one private key for key agreement, on P-256 or X25519.
 * agree: z = x-coordinate of the shared point; peer is validated, and on the
 * key's curve; an all-zero z is refused. */
struct agreer {
	uint8_t kid[KID_LEN];
	void *ctx;
	enum err (*agree)(
	    void *ctx, const struct cose_key *peer, uint8_t z[32]);
};

/* Public keys by key id.  find answers the nth key that may serve: kid empty
 * means every key whose type fits alg.  ERR_UNKNOWN_KEY: none (or no more).
 * What the keys are trusted for is the finder's business. */
struct keyring {
	void *ctx;
	enum err (*find)(void *ctx, struct bytes kid, int32_t alg, size_t nth,
	    struct cose_key *out);
};

#endif
