/*
 * cose_int: what the files of this room share.
 */
#ifndef TAMARIND_COSE_INT_H
#define TAMARIND_COSE_INT_H

#include <tamarind/cose.h>

/* Header labels.                                [RFC 9052 3.1, RFC 9053] */
#define HDR_ALG          1
#define HDR_CRIT         2
#define HDR_CONTENT_TYPE 3
#define HDR_KID          4
#define HDR_IV           5
#define HDR_EPHEMERAL    (-1)
#define HDR_SALT         (-20)

/* Pairs in one bucket; bounds the search for labels in both. */
#define HDR_PAIRS_MAX 32

/* Where a layer's alg must stand. */
enum alg_rule {
	ALG_IN_PROT,    /* signatures: there, and nowhere else */
	ALG_NOT_UNPROT, /* body of a COSE_Sign: has none of its own */
	ALG_IN_EITHER,  /* encryption layers, whose own rules follow */
};

/* What the two buckets of one layer say.  Views borrow; empty if absent. */
struct headers {
	uint32_t has;       /* rows of the table; of the unprotected bucket */
	int32_t alg;        /* 0: absent */
	bool alg_protected; /* it stood in the protected bucket */
	struct bytes kid, iv, salt;
	struct bytes ephemeral; /* encoded COSE_Key */
	/* Encoded, and only from the protected bucket. */
	struct bytes raw_alg, crit, content_type;
};

/*
 * Read both buckets of a layer by the rules of cose.h.  A protected bucket
 * that holds an empty map becomes an empty one, which is how it enters
 * every structure that is signed or authenticated.       [RFC 9052 3]
 */
MUST_CHECK enum err headers_read(struct bytes *prot, struct bytes unprot,
    enum alg_rule rule, struct headers *out);

/* Read the protected bstr and the unprotected map of a layer. */
void buckets_read(struct cbor_in *r, struct bytes *prot, struct bytes *unprot);

/* Read content: a byte string, or nil, for which p is NULL. */
struct bytes nil_or_bstr(struct cbor_in *r);

/* Read an array of 1..max arrays: signatures or recipients. */
struct list layers_read(struct cbor_in *r, size_t max);

/* Refuse e for what, at the octet at of in. */
enum err refuse(struct why *why, enum err e, const char *what, struct bytes in,
    const uint8_t *at);

/* A Sig_structure in pieces.  Holds views into itself: do not copy it. */
struct tbs {
	struct bytes part[6];
	size_t n;
	uint8_t head[48];
};

/* Of a COSE_Sign1 (sign_prot NULL) or of one COSE_Signature.
 *                                                     [RFC 9052 4.4] */
void tbs_make(struct tbs *t, struct bytes body_prot,
    const struct bytes *sign_prot, struct bytes payload);

/* A content algorithm: lengths, and what the port must be able to do. */
struct content {
	int32_t alg;
	uint8_t key, iv, tag, can;
};
/* NULL: alg is none, or the port cannot. */
const struct content *content_of(const struct crypto *c, int32_t alg);

/* The octets of a recipient algorithm's key-wrapping key, 0 if the port or
 * this room lacks it.  *agreed: it comes from ECDH. */
size_t kek_length(const struct crypto *c, int32_t alg, bool *agreed);

#define CEK_MAX COSE_CEK_MAX
/* Protected buckets of encryption layers, which enter fixed buffers. */
#define PROT_MAX 128

/* The key that wraps the content key.                [RFC 9053 5.2, 6.4] */
MUST_CHECK enum err kek_derive(const struct crypto *c, const uint8_t z[32],
    struct bytes salt, struct bytes recipient_prot, const char *ctx,
    struct span kek);

/* Where alg of a cipher without a tag may stand. */
enum bare_rule { BARE_UNPROT, BARE_EITHER };
MUST_CHECK enum err encrypted_read(struct bytes in, enum bare_rule rule,
    struct cose_encrypted *out, struct why *why);

/* The content key, of cek.n octets, of a message to key.
 * ERR_UNDECRYPTABLE. */
MUST_CHECK enum err cek_find(const struct crypto *c,
    const struct cose_opener *key, const char *ctx, struct list recipients,
    struct span cek);

/* Refuse a message that could not be opened: one reason for all faults that
 * are in it. */
enum err undecryptable(struct why *why, enum err e);

/* A fresh content key and iv for alg, if they are wanted; ERR_COSE_ALG.  And
 * the additional data of what they seal. */
MUST_CHECK enum err sealing_keys(
    struct cose_sealing *s, const struct crypto *c, int32_t alg, bool secrets);
MUST_CHECK enum err sealing_aad(
    const struct cose_sealing *s, struct span room, struct bytes *aad);

/* The Enc_structure of a COSE_Encrypt into room.          [RFC 9052 5.3] */
#define AAD_MAX (PROT_MAX + 16)
MUST_CHECK enum err aad_make(
    struct bytes prot, struct span room, struct bytes *out);

#endif
