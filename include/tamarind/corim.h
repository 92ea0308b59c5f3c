/*
 * corim: reference values and endorsements.  [CoRIM; docs/evidence.md 5]
 *
 * Reads the signed form into flat records, which a store may index; writes
 * the forms that `teep corim` makes.  No heap.
 */
#ifndef TAMARIND_CORIM_H
#define TAMARIND_CORIM_H

#include <tamarind/eat.h>

#define TAG_CORIM        501
#define TAG_COMID        506
#define CORIM_MEDIA_TYPE "application/rim+cbor"
#define CORIM_MAX        (16u << 20)
/* Octets of a corim-id or tag-id in text; stores keep it with its NUL. */
#define CORIM_ID_MAX 95

/* One CoRIM taken apart; views borrow. */
struct corim {
	struct bytes id; /* text or 16 octets, printable by the shell */
	bool id_is_text;
	struct list tags;
	/* What all stated validities have in common, in seconds. */
	uint64_t not_before; /* 0 if absent */
	uint64_t not_after;  /* UINT64_MAX if absent */
	struct bytes
	    signer_name; /* corim-meta or CWT iss; empty for unsigned */
};

enum corim_kind {
	CORIM_REFERENCE = 1,  /* triple 0 */
	CORIM_ENDORSED = 2,   /* triple 1 */
	CORIM_ATTEST_KEY = 4, /* triple 3 */
};

/* One flat record: an environment with one measurement or one key. */
struct corim_record {
	enum corim_kind kind;
	struct bytes class_id; /* content of tag 560: hwmodel */
	struct bytes vendor;   /* text: oemid */
	struct bytes ueid;     /* content of tag 550; empty: whole class */
	struct bytes mkey;     /* text */
	struct list digests;   /* [alg, bstr] each, of mval 2 */
	struct bytes version;  /* text, of mval 0 */
	struct bytes name;     /* text, of mval 11 */
	struct cose_key key;   /* CORIM_ATTEST_KEY */
	uint8_t kid[KID_LEN];  /* its thumbprint */
	struct bytes tag_id;   /* id of the CoMID that says so */
};

/*
 * Verify and read a signed CoRIM: COSE_Sign1 with alg, content type 3, and
 * corim-meta (8) or CWT claims (15) protected.  An unknown profile or a chain
 * of certificates (33) refuses the whole.  ERR_EXPIRED outside its validity at
 * `now`.  v->kid is the signer.
 */
MUST_CHECK enum err corim_open(const struct crypto *c,
    const struct keyring *anchors, uint64_t now, struct bytes in,
    struct verified *v, struct corim *out, struct why *why);
/* Read a signed (unverified) or unsigned CoRIM, tag 500 stripped: for
 * printing only. */
MUST_CHECK enum err corim_parse(
    struct bytes in, struct corim *out, struct why *why);

/* Walk all records, it->at being the offset in tags of the item under way.
 * Triples, environments or measurements of kinds that
 * this Verifier cannot compare are ERR_UNEXPECTED: the CoRIM is refused as a
 * whole rather than half believed.  Ends with ERR_NOT_FOUND. */
struct corim_iter {
	struct cbor_in tags, triples, records, measurements;
	size_t tags_left, triples_left, records_left, measurements_left;
	struct corim_record now; /* of the record under way */
	const struct crypto *crypto;
	size_t at;
};
void corim_begin(
    struct corim_iter *it, const struct crypto *c, const struct corim *m);
MUST_CHECK enum err corim_next(struct corim_iter *it, struct corim_record *out);

/* The next digest of a record's digests: SHA-256, since corim_next lets no
 * other pass, and exactly one of them. */
MUST_CHECK enum err corim_digest_read(
    struct cbor_in *items, struct bytes *sha256);

/* One row of what a CoRIM signer may speak about.           [security 20] */
struct corim_scope {
	unsigned kinds;        /* bits of enum corim_kind */
	struct bytes vendor;   /* empty: any */
	struct bytes class_id; /* empty: any */
};
/* Does one of the rows cover the record?  ERR_SCOPE: refuse the CoRIM as a
 * whole. */
MUST_CHECK enum err corim_scope_check(const struct corim_scope *s, size_t n,
    const struct corim_record *r, struct why *why);

/* ---- authoring -------------------------------------------------------- */

/* One record to write, as a corim_record with: kind, class_id, vendor,
 * ueid (attest key), mkey and digest (32 octets, SHA-256) or version or
 * name, or key. */
struct corim_entry {
	enum corim_kind kind;
	struct bytes class_id, vendor, ueid, mkey, digest, version, name;
	struct cose_key key;
};
/* Write an unsigned CoRIM (tag 501) with one CoMID. */
MUST_CHECK enum err corim_author(struct cbor_out *w, const char *id,
    const char *tag_id, uint64_t not_before, uint64_t not_after,
    const struct corim_entry *e, size_t n);
/* Sign it. */
MUST_CHECK enum err corim_author_sign(struct cbor_out *w,
    const struct signer *s, const char *signer_name, struct bytes corim);

#endif
