/*
 * signers: who signs, and with what: keys of files, tokens, commands, and
 * people who are somewhere else.
 */
#ifndef SUIT_SIGNERS_H
#define SUIT_SIGNERS_H

#include "suit.h"

/* The octets of one Sig_structure: a digest and headers. */
#define TO_SIGN_MAX 4096

struct by {
	const char *name; /* for messages */
	struct signer signer;
	struct cose_key pub; /* its public half, by which it is checked */
	bool owned;          /* a key in memory: openssl_signer_free */
	const char *command; /* signs what comes in */
	struct pkcs11 *token;
	bool is_mac; /* pub.x is the key, kid its name or empty */
	struct bytes kid;
	/* somewhere else: what is to be signed, and what came back */
	uint8_t *to_sign;
	size_t n_to_sign;
	struct bytes signature;
};

/* One run of `suit sign`. */
struct signing {
	struct by by[SUIT_SIGNERS_MAX];
	size_t n;
	const char *inside[4]; /* text keys of envelopes in envelopes */
	size_t n_inside;
	bool legacy;          /* ES256 and EdDSA instead of the exact names */
	struct bytes chain;   /* x5chain: the encoded header's value */
	struct cose_key leaf; /* of the first certificate */
	/* Receipts of logs, encoded byte strings, for the last signature. */
	uint8_t receipts[COSE_HDR_MAX];
	size_t n_receipts, receipts_at;
};

/* Add a signer; all end the program with a message if that fails. */
void by_key(struct signing *g, const char *path);
void by_command(struct signing *g, const char *command, const char *pub);
void by_token(struct signing *g, const char *uri);
/* A MAC by a key that is shared; kid may be NULL. */
void by_mac(struct signing *g, const char *path, const char *kid);
/* signature: a file, or NULL: nothing is signed, only asked for. */
void by_somebody(struct signing *g, const char *pub, const char *signature);
/* The certificates of a PEM file go with the signature. */
void chain_add(struct signing *g, const char *path);
/* A receipt of a transparency log for the manifest's digest. */
void receipt_add(struct signing *g, const char *path);
void signing_free(struct signing *g);

/* A copy of an envelope with all signatures, on the heap: release_bytes.
 * Says what went wrong: false. */
MUST_CHECK bool signing_run(
    struct signing *g, struct bytes in, const char *in_name, struct bytes *out);

/* A signature as its maker wrote it: 64 octets, DER, or these in hex or
 * base64 with white space.  ERR_SYNTAX. */
MUST_CHECK enum err signature_read(struct bytes in, uint8_t sig[SIG_LEN]);

/* Let a shell command sign: octets on its stdin, signature on its stdout;
 * SUIT_ALG and SUIT_SHA256 in its environment. */
MUST_CHECK enum err command_sign(const char *command, int32_t alg,
    const uint8_t sha256[DIGEST_LEN], struct bytes to_sign,
    uint8_t sig[SIG_LEN]);

#endif
