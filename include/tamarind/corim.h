/*
 * corim: reference values and endorsements.  [CoRIM; docs/evidence.md 5]
 *
 * Reads all of a CoRIM, compares what it says with what there is, and makes
 * flat records of it, which a store may index; writes the forms that
 * `teep corim` makes.  No heap.
 */
#ifndef TAMARIND_CORIM_H
#define TAMARIND_CORIM_H

#include <tamarind/eat.h>

#define TAG_CORIM          501
#define TAG_COMID          506
#define CORIM_TAG_UEID     550
#define CORIM_TAG_COSE_KEY 558
#define CORIM_TAG_OPAQUE   560
#define CORIM_TAG_PSA      600 /* implementation id, in old endorsements */
#define CORIM_MEDIA_TYPE   "application/rim+cbor"
#define CORIM_MAX          (16u << 20)
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
	    signer_name;         /* corim-meta or CWT iss; empty for unsigned */
	struct bytes profile;    /* encoded URI or OID; p NULL if absent */
	uint8_t signer[KID_LEN]; /* key that verified it; zero if none */
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
/* The certificates (x5chain) that a signed CoRIM brings; see cose_chain_read.
 */
MUST_CHECK enum err corim_chain_read(struct bytes in, struct cose_chain *out);
/* The same of one that brings certificates: the caller has led the first of
 * them to an anchor, and `signer` is its key. */
MUST_CHECK enum err corim_open_certified(const struct crypto *c,
    const struct keyring *signer, uint64_t now, struct bytes in,
    struct verified *v, struct corim *out, struct why *why);
/* The same for a hash envelope: SHA-256 of the CoRIM is signed, and the
 * CoRIM (tag 501) comes beside it.  Nothing is fetched.
 *                                            [CoRIM 4.2.1, RFC 9995] */
MUST_CHECK enum err corim_open_hashed(const struct crypto *c,
    const struct keyring *anchors, uint64_t now, struct bytes in,
    struct bytes preimage, struct verified *v, struct corim *out,
    struct why *why);
/* Read a signed (unverified) or unsigned CoRIM, tag 500 stripped: for
 * printing only. */
MUST_CHECK enum err corim_parse(
    struct bytes in, struct corim *out, struct why *why);

/* ---- tags -------------------------------------------------------------- */

/* Tags in one CoRIM, or in all that are looked at together. */
#define CORIM_TAGS_MAX 256

enum corim_tag_kind {
	CORIM_COSWID = 505,
	CORIM_COMID = TAG_COMID,
	CORIM_COTS = 507, /* trust anchors: cots_find */
	CORIM_COTL = 508, /* a list of tags to activate */
};
const char *corim_tag_name(enum corim_tag_kind kind);

/* What a tag is called; a CoTS is called nothing. */
struct corim_identity {
	struct bytes id; /* text, or 16 octets */
	bool is_text;
	uint64_t version;
};

/* One tag; views borrow. */
struct corim_tag {
	enum corim_tag_kind kind;
	struct corim_identity identity;
	struct bytes body;              /* what its byte string holds */
	struct bytes triples;           /* of a CoMID: for corim_triples */
	struct list linked;             /* of a CoMID: for corim_link_read */
	struct list listed;             /* of a CoTL */
	uint64_t not_before, not_after; /* of a CoTL; else 0, UINT64_MAX */
};
/* The next tag from cbor_items(m->tags).  ERR_UNEXPECTED: of no kind. */
MUST_CHECK enum err corim_tag_read(
    struct cbor_in *items, struct corim_tag *out);
/* The next of t->linked: it supplements its target, or replaces it. */
MUST_CHECK enum err corim_link_read(
    struct cbor_in *items, struct corim_identity *target, bool *replaces);

/* Is everything in it well-formed, every tag, triple and value?  If not it is
 * refused as a whole: why->at counts from m->tags.raw. */
MUST_CHECK enum err corim_check(const struct corim *m, struct why *why);

/*
 * Is t, a tag of set[of], to be believed at now?  Not if a tag of the same
 * signer replaces it.  With `lists`, only if a list that is valid now names
 * it; a list of which any tag is not in the set activates none.
 * ERR_NOT_FOUND: no, why->what says which.  ERR_LIMIT: too many tags.
 */
MUST_CHECK enum err corim_active(const struct corim *const *set, size_t n,
    size_t of, const struct corim_tag *t, uint64_t now, bool lists,
    struct why *why);

/* ---- statements of a CoMID --------------------------------------------- */

/* Keys of the map of triples. */
enum corim_statement {
	SAYS_REFERENCE = 0,
	SAYS_ENDORSED = 1,
	SAYS_IDENTITY = 2,
	SAYS_ATTEST_KEY = 3,
	SAYS_DEPENDENCY = 4,
	SAYS_MEMBERSHIP = 5,
	SAYS_COSWID = 6,
	SAYS_SERIES = 8,
	SAYS_CONDITIONAL = 10,
};
const char *corim_statement_name(enum corim_statement s);

/* One record of a triple, checked all the way down; views borrow. */
struct corim_triple {
	enum corim_statement kind;
	struct bytes environment; /* encoded, or domain; none if conditional */
	/* Measurements; keys of IDENTITY and ATTEST_KEY; domains; tag-ids;
	 * SERIES: for corim_series_read; CONDITIONAL: for corim_state_read. */
	struct list items;
	/* SERIES: measurements.  CONDITIONAL: for corim_state_read. */
	struct list conditions;
	struct bytes mkey;     /* IDENTITY, ATTEST_KEY; encoded, or none */
	struct list authority; /* keys: these two and SERIES, or none */
};
struct corim_triples {
	struct cbor_in map, records;
	size_t kinds_left, records_left, row;
	const uint8_t *at; /* what is under way */
};
void corim_triples_begin(struct corim_triples *it, struct bytes triples);
/* Ends with ERR_NOT_FOUND; ERR_UNEXPECTED: a triple of some profile. */
MUST_CHECK enum err corim_triple_next(
    struct corim_triples *it, struct corim_triple *out);

/* [environment, [+ measurement]]. */
struct corim_state {
	struct bytes environment;
	struct list measurements;
};
MUST_CHECK enum err corim_state_read(
    struct cbor_in *items, struct corim_state *out);
/* [[+ measurement], [+ measurement]]. */
struct corim_series {
	struct list condition, addition;
};
MUST_CHECK enum err corim_series_read(
    struct cbor_in *items, struct corim_series *out);

/* What a statement is about; each part encoded, or none.  [CoRIM 5.1.4.2] */
enum corim_part {
	ENV_CLASS_ID,
	ENV_VENDOR,
	ENV_MODEL,
	ENV_LAYER,
	ENV_INDEX,
	ENV_INSTANCE,
	ENV_GROUP,
	ENV_PARTS
};
struct corim_environment {
	uint32_t has; /* of the class */
	struct bytes part[ENV_PARTS];
};
MUST_CHECK enum err corim_environment_read(
    struct bytes in, struct corim_environment *out);

/* Values of one element; each encoded, or none.        [CoRIM 5.1.4.5] */
enum corim_value {
	MVAL_VERSION,
	MVAL_SVN,
	MVAL_DIGESTS,
	MVAL_FLAGS,
	MVAL_RAW,
	MVAL_MASK,
	MVAL_MAC,
	MVAL_IP,
	MVAL_SERIAL,
	MVAL_UEID,
	MVAL_UUID,
	MVAL_NAME,
	MVAL_KEYS,
	MVAL_REGISTERS,
	MVAL_RANGE,
	MVAL_VALUES
};
const char *corim_value_name(enum corim_value v);
struct corim_mval {
	uint32_t has;
	bool foreign; /* there are values of a profile besides */
	struct bytes value[MVAL_VALUES];
};
struct corim_measurement {
	struct bytes mkey; /* encoded, or none */
	struct corim_mval mval;
	struct list authority; /* keys, or none */
};
MUST_CHECK enum err corim_measurement_read(
    struct bytes in, struct corim_measurement *out);

/* ---- comparison                                        [CoRIM 8.3.7] ---- */

/* Is every part that is wanted there, and the same?  ERR_NO_REFERENCE: why
 * names the part, and has both as CBOR. */
MUST_CHECK enum err corim_environment_meets(
    const struct corim_environment *want, const struct corim_environment *is,
    struct why *why);
/* Does every value that is wanted hold?  ERR_MEASUREMENT: why names the
 * value, and has both as CBOR. */
MUST_CHECK enum err corim_mval_meets(const struct corim_mval *want,
    const struct corim_mval *is, struct why *why);
/* Is every key that is wanted among those that are there? */
bool corim_authority_meets(struct list want, struct list is);

/* ---- stores of trust anchors                [Concise TA Stores 3] ---- */

enum cots_format { COTS_CERTIFICATE = 0, COTS_TA_INFO = 1, COTS_SPKI = 2 };
/* One store of a CoTS; views borrow. */
struct cots_store {
	struct corim_identity identity; /* id empty if it has none */
	struct list places;             /* none: anywhere */
	struct list purposes;           /* texts; none: any */
	/* Claims that its keys may or may not make: who uses the keys has to
	 * hold them to that. */
	struct list permitted, excluded;
	struct list anchors;     /* trusted as they are: cots_anchor_read */
	struct list authorities; /* DER certificates that chain to those */
};
/* The next store of the array that a tag's body is. */
MUST_CHECK enum err cots_read(struct cbor_in *items, struct cots_store *out);
MUST_CHECK enum err cots_anchor_read(
    struct cbor_in *items, enum cots_format *format, struct bytes *out);

/* Which store is wanted; either of the first two may be left out. */
struct cots_ask {
	const struct corim_environment *environment;
	struct bytes name; /* of the store */
	struct bytes purpose;
};
bool cots_fits(const struct cots_store *s, const struct cots_ask *ask);
/* The first store of a tag's body that fits.  ERR_NOT_FOUND; a store that is
 * malformed refuses all of them. */
MUST_CHECK enum err cots_find(
    struct bytes body, const struct cots_ask *ask, struct cots_store *out);

/* A COSE_Key under its tag, bare or in a byte string; is it one that can be
 * used?  ERR_UNEXPECTED: a key of another kind. [docs/evidence.md 5] */
MUST_CHECK enum err corim_cose_key_read(
    const struct crypto *c, struct bytes in, struct cose_key *out);
/* The same of one that was looked at before: is it any point? */
MUST_CHECK enum err corim_cose_key_bare(struct bytes in, struct cose_key *out);

/* ---- flat records ------------------------------------------------------ */

/* Walk all records, it->at being the offset in tags of the item under way.
 * Triples, environments or measurements of kinds that
 * this Verifier cannot compare are ERR_UNEXPECTED: the CoRIM is refused as a
 * whole rather than half believed.  Ends with ERR_NOT_FOUND. */
struct corim_iter {
	struct cbor_in tags, items;
	size_t tags_left, items_left;
	struct corim_triples triples;
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
/* The same for any statement: kinds is one bit of enum corim_kind.  What the
 * environment leaves open speaks about everybody. */
MUST_CHECK enum err corim_scope_covers(const struct corim_scope *s, size_t n,
    enum corim_kind kind, const struct corim_environment *e, struct why *why);
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
/* The parts of its record, encoded. */
void corim_environment_put(struct cbor_out *w, const struct corim_entry *e);
void corim_measurement_put(struct cbor_out *w, const struct corim_entry *e);
/* Write an unsigned CoRIM (tag 501) with one CoMID. */
MUST_CHECK enum err corim_author(struct cbor_out *w, const char *id,
    const char *tag_id, uint64_t not_before, uint64_t not_after,
    const struct corim_entry *e, size_t n);
/* Sign it, without the tag 500 that old writers put around it. */
MUST_CHECK enum err corim_author_sign(struct cbor_out *w,
    const struct signer *s, const char *signer_name, struct bytes corim);
/* The same with the certificates of the signer's key: x5chain is the header's
 * value, encoded.  ERR_RANGE: a reader has no room for them. [RFC 9360] */
MUST_CHECK enum err corim_author_sign_certified(struct cbor_out *w,
    const struct signer *s, const char *signer_name, struct bytes x5chain,
    struct bytes corim);

#endif
