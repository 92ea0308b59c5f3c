/*
 * build: compose TEEP messages and all that they carry, right or wrong.
 *
 * Everything is made in the same steps, and at each step it can be changed:
 * one thing is wrong then, and all else is as it should be.  Changes are rows
 * of struct change; fault.h names the usual ones.
 *
 * A struct build owns the memory of all that it made until build_free.  It is
 * sticky: after its first error everything is empty, and b->err says why.
 */
#ifndef TEEP_BUILD_H
#define TEEP_BUILD_H

#include "teep.h"

#include <tamarind/eat.h>
#include <tamarind/suit.h>
#include <tamarind/teep.h>

/* What is made, and the steps of making it. */
enum part {
	PART_MESSAGE,  /* BODY SIGN SIGNED */
	PART_EVIDENCE, /* BODY SIGN SIGNED SEAL SEALED */
	PART_RESULT,   /* BODY SIGN SIGNED */
	PART_REPORT,   /* BODY SEAL SEALED SIGN SIGNED */
	PART_MANIFEST, /* BODY SIGN SIGNED: manifest, block, envelope */
};

enum step {
	STEP_BODY,   /* octets: what is to be signed */
	STEP_SIGN,   /* struct build_sign */
	STEP_SIGNED, /* octets: the whole COSE structure, or envelope */
	STEP_SEAL,   /* struct build_seal */
	STEP_SEALED, /* octets: the COSE_Encrypt */
};

/* What is signed, by whom, under which headers. */
struct build_sign {
	const struct signer *by;
	struct bytes prot, unprot; /* encoded maps; prot empty: h'' */
	struct bytes payload;
	uint64_t tag; /* 0: none */
	bool detached;
};

/* For whom something is encrypted; to NULL: it stays in the clear. */
struct build_seal {
	const struct cose_key *to;
	const char *context;
	int32_t alg;
};

/* ---- changes ------------------------------------------------------------ */

/*
 * What is done to the item at the end of a path.  A path is text such as
 * "1/19": array positions, map keys (numbers, or text as 'name'); tags are
 * stepped over, byte strings on the way are opened as CBOR and closed again.
 * The empty path is the whole.
 */
enum edit_op {
	EDIT_NONE,
	EDIT_SET,    /* the item becomes value; a map gets it if it lacks it */
	EDIT_DROP,   /* the pair or the array's item goes */
	EDIT_RENAME, /* the pair's key becomes value */
	EDIT_TWICE,  /* the pair stands twice */
	EDIT_FLIP,   /* the lowest bit of octet n (below 0: from the end) */
	EDIT_CUT,    /* a string without its last n octets */
	EDIT_GROW,   /* a string and value */
	EDIT_APPEND, /* the array or map and value: one item, or key and item */
	EDIT_LOOSE,  /* the same number or length in a longer head */
	EDIT_INDEF,  /* the array or map with indefinite length */
	EDIT_LIES,   /* the head says n more than there are */
	EDIT_TAG,    /* under tag n */
	EDIT_UNTAG,  /* without its tag */
	EDIT_AFTER,  /* value follows it */
	EDIT_OPEN,   /* a byte string's content instead of the string */
	EDIT_REVERSE /* the pairs of a map in the opposite order */
};

struct build;

struct change {
	enum part part;
	enum step step;
	/* Octets, by op... */
	enum edit_op op;
	const char *path;
	int32_t n;
	struct bytes value; /* encoded where an item is wanted */
	/* ...or by a function; ctx is the row's. */
	void (*octets)(struct build *b, void *ctx, struct bytes *x);
	void (*sign)(struct build *b, void *ctx, struct build_sign *s);
	void (*seal)(struct build *b, void *ctx, struct build_seal *s);
	void *ctx;
};

#define BUILD_CHANGES_MAX 8
/* Octets of one signature with its headers, however large a change makes
 * them. */
#define BUILD_SIGNER_ROOM (2 * COSE_HDR_MAX + COSE_OVERHEAD)

struct build {
	const struct crypto *crypto;
	const struct dialect *dialect; /* of messages; NULL: the default */
	enum err err;
	struct block *blocks; /* of memory */
	const struct change *change[BUILD_CHANGES_MAX];
	size_t n_changes, n_applied;
};

struct build build_new(const struct crypto *c);
void build_free(struct build *b);
/* Let c happen from now on; build_right: nothing any more.  Paths into the body
 * of a message have the labels of draft -26, whatever b's dialect has. */
void build_change(struct build *b, const struct change *c);
void build_right(struct build *b);
/* Remember the first error. */
void build_fail(struct build *b, enum err e);

/* ---- octets ------------------------------------------------------------- */

struct span build_room(struct build *b, size_t n);
struct bytes build_copy(struct build *b, struct bytes in);
struct bytes build_random(struct build *b, size_t n);
/* What the writer holds, which writes into a build_room. */
struct bytes build_done(struct build *b, struct cbor_out *w);
/* Encoded items. */
struct bytes build_uint(struct build *b, uint64_t v);
struct bytes build_int(struct build *b, int64_t v);
struct bytes build_bstr(struct build *b, struct bytes v);
struct bytes build_text(struct build *b, const char *v);
struct bytes build_key(struct build *b, const struct cose_key *k);
/* An identifier from its text form. */
struct bytes build_id(struct build *b, const char *text);

/* One edit of encoded CBOR; ERR_NOT_FOUND in b->err if nothing is at path. */
struct bytes edit(struct build *b, struct bytes item, enum edit_op op,
    const char *path, int32_t n, struct bytes value);
/* The item at path, empty if there is none. */
struct bytes edit_find(struct bytes item, const char *path);

/* ---- parts -------------------------------------------------------------- */

/* Headers {1: alg} and {4: kid} of a signer over payload, tag 18. */
struct build_sign build_sign_usual(
    struct build *b, const struct signer *by, struct bytes payload);
/* COSE_Sign1, with the changes of a part.               [RFC 9052 4.2] */
struct bytes build_sign1(struct build *b, enum part part, struct build_sign s);
/* Encrypted, or not, with the changes of a part.         [TEEP 8.2] */
struct bytes build_seal(
    struct build *b, enum part part, struct build_seal s, struct bytes plain);
/* Changes of the octets of one step. */
struct bytes build_step(
    struct build *b, enum part part, enum step step, struct bytes in);

/* A TEEP message in b's dialect.  n signers: 1 makes a COSE_Sign1, more a
 * COSE_Sign, where the step SIGN is passed for each. */
struct bytes build_message(struct build *b, const struct teep_message *m,
    const struct signer *const *by, size_t n);

/* Who a device is and what it runs, as its Evidence says it.
 *                                                   [docs/evidence.md 2] */
struct build_device {
	const struct signer *teep, *evidence, *report;
	struct cose_key teep_pub, report_pub;
	const struct cose_key *encryption;            /* NULL: none */
	struct bytes ueid, oemid, hwmodel, hwversion; /* encoded as in claims */
	uint8_t launcher[DIGEST_LEN], agent[DIGEST_LEN], policy[DIGEST_LEN];
	uint8_t bootseed[32];
};

/* One thing installed. */
struct build_has {
	struct bytes manifest; /* digest */
	const char *component; /* its identifier as text */
	struct bytes image;    /* digest */
};

/* Evidence for a challenge and an audience, signed and encrypted. */
struct bytes build_evidence(struct build *b, const struct build_device *d,
    struct bytes challenge, const uint8_t audience[KID_LEN],
    const struct build_has *has, size_t n, struct build_seal seal);

/* An Attestation Result of TEEP's profile about somebody.  [TEEP 5] */
struct build_result {
	const struct signer *by;
	uint8_t cnf[KID_LEN];
	struct bytes nonce, ueid, oemid, hwmodel, hwversion;
	struct list manifests;
	uint64_t iat, exp;
};
struct bytes build_result(struct build *b, const struct build_result *r);

/* A SUIT Report on the manifest with this digest, protected as b's dialect has
 * it: encrypted and then signed, signed and then encrypted, or neither. */
struct bytes build_report(struct build *b, const struct signer *by,
    const uint8_t digest[DIGEST_LEN], struct bytes nonce, enum err outcome,
    struct build_seal seal);

/* A manifest in its envelope.  Without signers it has a digest only. */
struct bytes build_manifest(struct build *b, const struct suit_recipe *r,
    const struct signer *const *by, size_t n);
/* The digest of the manifest in an envelope. */
void build_digest(
    struct build *b, struct bytes envelope, uint8_t out[DIGEST_LEN]);

/* ---- lists of a message ------------------------------------------------- */

/* One byte string each. */
struct list build_list(struct build *b, const struct bytes *item, size_t n);

#endif
