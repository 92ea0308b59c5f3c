/*
 * cose: signed and encrypted messages, public keys.  [RFC 9052, 9053, 9679]
 *
 * Freestanding, no heap.  Only this room turns bytes into struct verified,
 * which is what every later stage takes.
 *
 * Header rules, enforced everywhere: alg is protected (A128CTR layers aside);
 * crit, if present, is protected, non-empty, and lists only what is
 * understood here (1, 4); no label in both buckets; unknown labels outside
 * crit are ignored.  external_aad is always empty.
 */
#ifndef TAMARIND_COSE_H
#define TAMARIND_COSE_H

#include <tamarind/cbor.h>
#include <tamarind/port.h>

#define TAG_SIGN1   18
#define TAG_SIGN    98
#define TAG_ENCRYPT 96

/* Header buckets; bounds what a stranger makes us search. */
#define COSE_HDR_MAX     1024
#define COSE_SIGNERS_MAX 8

/* Bytes whose signature held.  Made only by cose_verify* . */
struct verified {
	struct bytes payload;
	uint8_t kid[KID_LEN]; /* thumbprint of the key that verified */
	int32_t alg;          /* as found in the protected header */
};

/* ---- public keys ----------------------------------------------------- */

/* Read a COSE_Key map holding a P-256, Ed25519 or X25519 public key (compressed
 * points and private members refused).  Does not check the curve equation:
 * crypto->key_check does.                               [RFC 9052 7] */
MUST_CHECK enum err cose_key_read(struct bytes in, struct cose_key *out);

/* Write it with the required members only: exactly the thumbprint input. */
void cose_key_write(struct cbor_out *w, const struct cose_key *k);

/* SHA-256 of the required members.                      [RFC 9679 3] */
MUST_CHECK enum err cose_key_thumbprint(
    const struct crypto *c, const struct cose_key *k, uint8_t kid[KID_LEN]);

/* The fully specified signature algorithm of a key: -9, -19, 0 if none. */
int32_t cose_key_alg(const struct cose_key *k);

/* ---- signatures ------------------------------------------------------ */

/* Which structures and algorithms a receiver takes. */
enum cose_accept {
	ACCEPT_SIGN1 = 1,       /* COSE_Sign1, tag 18 or untagged */
	ACCEPT_SIGN = 2,        /* COSE_Sign, tag 98 or untagged */
	ACCEPT_CWT_TAG = 4,     /* also tagged inside tag 61 */
	ACCEPT_POLYMORPHIC = 8, /* alg -7, -8 besides -9, -19 */
};

/* One parsed but unverified signed structure; for printing and for choosing
 * a key.  Every view borrows. */
struct cose_signed {
	struct bytes prot;      /* content of the protected bstr */
	struct bytes unprot;    /* encoded map */
	struct bytes payload;   /* p NULL when detached (nil) */
	struct bytes sig;       /* Sign1 */
	struct list signatures; /* COSE_Sign: COSE_Signature arrays */
	bool multi;             /* COSE_Sign */
	bool tagged;
	int32_t alg;               /* Sign1; 0 for COSE_Sign */
	struct bytes kid;          /* Sign1; empty if absent */
	struct bytes content_type; /* protected header 3 as text, or empty */
};

/* Parse Sign1 or Sign by accept.  Verifies nothing.  why->at is the fault. */
MUST_CHECK enum err cose_signed_read(
    struct bytes in, unsigned accept, struct cose_signed *out, struct why *why);

/* One signature of a COSE_Sign. */
struct cose_signature {
	struct bytes prot, unprot, sig, kid;
	int32_t alg;
};
/* The next one from a reader opened with cbor_items(s->signatures). */
MUST_CHECK enum err cose_signature_read(
    struct cbor_in *items, struct cose_signature *out);

/*
 * Verify one signed message with attached payload.
 * Takes the first signature whose algorithm the port can do and whose key the
 * ring holds; that one must be right.  With an empty kid every key of the
 * ring that fits is tried.  *out borrows from in and is empty on error.
 * ERR_UNSIGNED: not COSE at all.  ERR_UNKNOWN_KEY, ERR_SIGNATURE,
 * ERR_COSE_*: as named; why->subject is the key id that was looked for.
 */
MUST_CHECK enum err cose_verify(const struct crypto *c,
    const struct keyring *ring, unsigned accept, struct bytes in,
    struct verified *out, struct why *why);

/* As cose_verify for Sign1 with nil payload; payload is what was signed.
 * *out has that payload.                                [SUIT manifests] */
MUST_CHECK enum err cose_verify_detached(const struct crypto *c,
    const struct keyring *ring, unsigned accept, struct bytes in,
    struct bytes payload, struct verified *out, struct why *why);

/* ---- certificates ------------------------------------------------------ */

#define COSE_CHAIN_MAX 8

/* Certificates in DER, the signer's first; kid is that of the signature. */
struct cose_chain {
	size_t n;
	struct bytes cert[COSE_CHAIN_MAX];
	struct bytes kid;
};

/* The certificates (x5chain) of a Sign1, in either bucket.  Borrows.  Verifies
 * nothing: whether they lead to an anchor is for the host's X.509 to say.
 * ERR_NOT_FOUND: it has none; ERR_DUPLICATE: in both.    [RFC 9360 2] */
MUST_CHECK enum err cose_chain_read(struct bytes sign1, struct cose_chain *out);

/* ---- writing ----------------------------------------------------------- */

/* Write a tagged COSE_Sign1 with kid (unprotected); content_type may be NULL
 * (header 3, protected).  sig_tag: emit tag 18 or not. */
enum cose_write { WRITE_TAGGED = 1, WRITE_DETACHED = 2, WRITE_NO_KID = 4 };
MUST_CHECK enum err cose_sign1_write(struct cbor_out *w, const struct signer *s,
    struct bytes payload, const char *content_type, unsigned flags);

/* As above with the protected header given encoded (a map with alg in it):
 * for formats that protect more, such as signed CoRIM. */
MUST_CHECK enum err cose_sign1_write_prot(struct cbor_out *w,
    const struct signer *s, struct bytes prot, struct bytes payload,
    unsigned flags);

/* Write a tagged COSE_Sign with one signature for each of n signers. */
MUST_CHECK enum err cose_sign_write(struct cbor_out *w,
    const struct signer *const *s, size_t n, struct bytes payload);

/* The octets of tag 18 Sign1 or tag 98 Sign around n octets of payload:
 * enough room for any of the writers above, with at most four signers and a
 * protected header of at most 128 octets. */
#define COSE_OVERHEAD 512

/* ---- receipts of a log                       [RFC 9942; RFC 9162 2.1] ---- */

/* The hash of an entry as a leaf. */
MUST_CHECK enum err cose_receipt_leaf(
    const struct crypto *c, struct bytes entry, uint8_t leaf[DIGEST_LEN]);
/*
 * Does a log of the ring say that it has this leaf?  Every proof in the
 * receipt has to give one root, and the log to have signed it: *root, zero on
 * error; v has the log's key.  accept as in cose_verify.  ERR_MISSING: no such
 * proof; ERR_RANGE: a path that cannot be of that tree; ERR_COSE_ALG: another
 * kind of tree; ERR_SIGNATURE.
 */
MUST_CHECK enum err cose_receipt_includes(const struct crypto *c,
    const struct keyring *logs, unsigned accept, struct bytes in,
    const uint8_t leaf[DIGEST_LEN], struct verified *v,
    uint8_t root[DIGEST_LEN], struct why *why);
/* Does it say that it has grown from the tree with that old root, with nothing
 * of it changed?  As above. */
MUST_CHECK enum err cose_receipt_grows(const struct crypto *c,
    const struct keyring *logs, unsigned accept, struct bytes in,
    const uint8_t old[DIGEST_LEN], struct verified *v, uint8_t root[DIGEST_LEN],
    struct why *why);

/* ---- MACs -------------------------------------------------------------- */

#define COSE_MAC0_PAYLOAD 64 /* octets: a digest, encoded */

/* The key id of a key for MACs (kty 4): its thumbprint.  It tells nothing of
 * the key, which has 256 bits.                          [RFC 9679 4.3] */
MUST_CHECK enum err cose_mac_thumbprint(
    const struct crypto *c, const struct cose_key *k, uint8_t kid[KID_LEN]);

/* Is it tagged as a COSE_Mac0? */
bool cose_is_mac0(struct bytes in);

/*
 * Check a tagged COSE_Mac0 with nil payload, HMAC 256/256 only, under the
 * ring's keys of kty 4 for alg 5; kids and errors as in cose_verify.  Whoever
 * can check a MAC can make one.  *out has the payload; its kid is the key's
 * thumbprint.  Key copies are wiped.          [RFC 9052 6.2, SUIT MTI]
 */
MUST_CHECK enum err cose_mac0_verify_detached(const struct crypto *c,
    const struct keyring *ring, struct bytes in, struct bytes payload,
    struct verified *out, struct why *why);
/* The same of one that holds its payload.  room, payload.n + COSE_MAC0_ROOM
 * octets, is for what the MAC is of. */
#define COSE_MAC0_ROOM 256
MUST_CHECK enum err cose_mac0_verify(const struct crypto *c,
    const struct keyring *ring, struct bytes in, struct span room,
    struct verified *out, struct why *why);
/* Write one with nil payload; kid may be empty. */
MUST_CHECK enum err cose_mac0_write(struct cbor_out *w, const struct crypto *c,
    const uint8_t key[32], struct bytes kid, struct bytes payload);

/* ---- encryption ------------------------------------------------------- *
 * Recipients: ECDH-ES + A128KW, A192KW, A256KW on P-256 or X25519, and key wrap
 * by a key that both have.  Content: AES-GCM, AES-CTR with keys of 128, 192 and
 * 256 bits, ChaCha20/Poly1305.  Of these, what the port can.
 */

/* SuppPubInfo.other of the KDF context.                 [TEEP 9, SUIT FE] */
#define COSE_CTX_EAT     "EAT Encryption"
#define COSE_CTX_REPORT  "SUIT Report Encryption"
#define COSE_CTX_PAYLOAD "SUIT Payload Encryption"

/* Is in a COSE_Encrypt (tag 96, or an untagged array whose 4th is an
 * array)?  Looks at the head only. */
bool cose_is_encrypt(struct bytes in);

/* What a COSE_Encrypt says before it is opened; for printing. */
struct cose_encrypted {
	struct bytes prot, unprot, iv;
	struct bytes ciphertext; /* p NULL when detached */
	int32_t alg;
	struct list recipients;
	bool tagged;
};
MUST_CHECK enum err cose_encrypted_read(
    struct bytes in, struct cose_encrypted *out, struct why *why);

/*
 * Write a tagged COSE_Encrypt of plain for one P-256 recipient.
 *   alg  ALG_A128GCM, ALG_CHACHA20_POLY1305 or ALG_A128CTR
 *   ctx  one of COSE_CTX_*
 * Room needed: plain.n + COSE_OVERHEAD.  Wipes all key material.
 */
MUST_CHECK enum err cose_encrypt_write(struct cbor_out *w,
    const struct crypto *c, int32_t alg, const struct cose_key *to,
    const uint8_t to_kid[KID_LEN], const char *ctx, struct bytes plain);

/*
 * Open it.  plain.n must be at least the ciphertext's length.  Every fault of
 * the message, after the structure was read, is ERR_UNDECRYPTABLE; that the
 * key's holder or the library fails is an error of the port.  CTR is not
 * authenticated: believe nothing before an inner signature held.
 * *out views plain's memory, which is wiped on error.
 */
MUST_CHECK enum err cose_decrypt(const struct crypto *c,
    const struct agreer *key, const char *ctx, struct bytes in,
    struct span plain, struct bytes *out, struct why *why);

/* As cose_decrypt for one whose ciphertext is nil and stands elsewhere.
 *                                                       [SUIT FE 3.2] */
MUST_CHECK enum err cose_decrypt_detached(const struct crypto *c,
    const struct agreer *key, const char *ctx, struct bytes in,
    struct bytes ciphertext, struct span plain, struct bytes *out,
    struct why *why);

/* Is it tagged as a COSE_Encrypt0? */
bool cose_is_encrypt0(struct bytes in);

/*
 * Open a tagged COSE_Encrypt0 with its content key, of the length that its
 * algorithm wants; the rest as in cose_decrypt.          [RFC 9052 5.2]
 */
MUST_CHECK enum err cose_encrypt0_open(const struct crypto *c, struct bytes key,
    struct bytes in, struct span plain, struct bytes *out, struct why *why);

/* ---- payloads: detached ciphertext of any size ------------------------- */

/* A key that opens what is encrypted to it: by agreement, or one that both
 * sides have. */
struct cose_opener {
	struct bytes kid;           /* as recipients name it; may be empty */
	const struct agreer *agree; /* or NULL: */
	struct bytes kek;           /* 16, 24 or 32 octets */
};

/* A ciphertext being opened. */
struct cose_opening {
	const struct crypto *crypto;
	struct cipher cipher;
	uint64_t left; /* octets that the cipher may still take */
	uint8_t held[CIPHER_STEP + CIPHER_TAG];
	uint8_t n_held;
	uint8_t tag; /* octets; 0: the content is not authenticated */
	bool running;
};

/*
 * Begin.  info is the COSE_Encrypt whose ciphertext is elsewhere; recipients
 * that name the key by kid are tried, or all of them if none does.  A cipher
 * without a tag may have its alg in either header.     [SUIT FE, RFC 9459]
 * Faults as in cose_decrypt; ERR_COSE_ALG: a content algorithm that the port
 * lacks.  After an error there is nothing to drop.
 */
MUST_CHECK enum err cose_open_begin(struct cose_opening *o,
    const struct crypto *c, const struct cose_opener *key, const char *ctx,
    struct bytes info, struct why *why);
/* The octets by which a ciphertext under info is longer than its plaintext. */
MUST_CHECK enum err cose_info_tag(
    const struct crypto *c, struct bytes info, size_t *tag, struct why *why);
/*
 * Take ciphertext from the front of *in, as far as room reaches (CIPHER_STEP
 * octets at least); call again while something is left.  *out views room: it
 * is NOT authenticated before cose_open_end has answered OK, and the caller
 * wipes room in the end.
 */
MUST_CHECK enum err cose_open_more(struct cose_opening *o, struct bytes *in,
    struct span room, struct bytes *out);
/* That was all: *out is the last of the plaintext.  ERR_UNDECRYPTABLE: the tag
 * is wrong, and all that came out with it.  Wipes o. */
MUST_CHECK enum err cose_open_end(
    struct cose_opening *o, struct span room, struct bytes *out);
/* Give it up; wipes o. */
void cose_open_drop(struct cose_opening *o);

#define COSE_RECIPIENTS_MAX 8
#define COSE_CEK_MAX        32

/* Somebody who is to open a payload. */
struct cose_recipient {
	int32_t alg;         /* ALG_ECDH_ES_A*KW, ALG_A*KW */
	struct cose_key key; /* of the former */
	struct bytes kek;    /* of the latter */
	struct bytes kid;    /* may be empty */
};

/* A payload being sealed, with its secrets. */
struct cose_sealing {
	const struct crypto *crypto;
	struct cipher cipher;
	int32_t alg;
	uint8_t key, iv_n, tag; /* octets */
	bool running;
	uint8_t cek[COSE_CEK_MAX], iv[16];
};

/* Begin with a fresh key and iv.  ERR_COSE_ALG: the port lacks alg. */
MUST_CHECK enum err cose_seal_begin(
    struct cose_sealing *s, const struct crypto *c, int32_t alg);
/* Write a COSE_Encrypt without its ciphertext for 1 to COSE_RECIPIENTS_MAX
 * recipients; as often as wanted, also after the end. */
MUST_CHECK enum err cose_seal_info(const struct cose_sealing *s,
    const struct cose_recipient *to, size_t n, const char *ctx,
    struct cbor_out *w);
/* in is a multiple of CIPHER_STEP octets, but for the last one; out.n = in.n.
 */
MUST_CHECK enum err cose_seal_more(
    struct cose_sealing *s, struct bytes in, struct span out);
/* What stands at the end of the ciphertext; may be empty. */
MUST_CHECK enum err cose_seal_end(
    struct cose_sealing *s, uint8_t room[CIPHER_TAG], struct bytes *tag);
void cose_seal_wipe(struct cose_sealing *s);

#endif
