/*
 * eat: claims of Evidence and Attestation Results.  [RFC 9711,
 * docs/evidence.md]
 *
 * Freestanding.  One table holds every claim that this project reads or
 * writes; which of them must be there is said by the two checks below.
 */
#ifndef TAMARIND_EAT_H
#define TAMARIND_EAT_H

#include <tamarind/cose.h>

/* eat_profile of our Evidence, and the media type that announces it. */
#define EAT_EVIDENCE_PROFILE "tag:tamarind.example,2026:evidence#1"
#define EAT_EVIDENCE_FORMAT \
	"application/eat+cwt; eat_profile=\"" EAT_EVIDENCE_PROFILE "\""
/* eat_profile of the TEEP profile; the RFC has no number yet. [TEEP 5] */
#define EAT_TEEP_PROFILE "urn:ietf:rfc:rfcXXXX"
/* Content format in claims 272 and 273 while none is assigned. */
#define EAT_CONTENT_FORMAT 60

#define EAT_MANIFESTS_MAX    64
#define EAT_COMPONENTS_MAX   64
#define EAT_PAYLOAD_KEYS_MAX 16
#define EAT_AUTHORITY_MAX    64 /* octets of a name */

enum eat_has {
	EAT_HAS_AUD = 1 << 0,           /* 3 */
	EAT_HAS_EXP = 1 << 1,           /* 4 */
	EAT_HAS_NBF = 1 << 2,           /* 5 */
	EAT_HAS_IAT = 1 << 3,           /* 6 */
	EAT_HAS_CNF = 1 << 4,           /* 8 */
	EAT_HAS_NONCE = 1 << 5,         /* 10 */
	EAT_HAS_UEID = 1 << 6,          /* 256 */
	EAT_HAS_OEMID = 1 << 7,         /* 258 */
	EAT_HAS_HWMODEL = 1 << 8,       /* 259 */
	EAT_HAS_HWVERSION = 1 << 9,     /* 260 */
	EAT_HAS_PROFILE = 1 << 10,      /* 265 */
	EAT_HAS_BOOTSEED = 1 << 11,     /* 268 */
	EAT_HAS_MANIFESTS = 1 << 12,    /* 272 */
	EAT_HAS_MEASUREMENTS = 1 << 13, /* 273 */
	EAT_HAS_REPORT_KEY = 1 << 14,   /* -80001 */
	EAT_HAS_PAYLOAD_KEYS = 1 << 15, /* -80002 */
	EAT_HAS_COUNTER = 1 << 16,      /* -80003 */
	EAT_HAS_ASSURANCE = 1 << 17,    /* -80004 */
};

struct eat_claims {
	uint32_t has;
	struct bytes aud;         /* text: base64url key id */
	uint64_t exp, nbf, iat;   /* seconds since 1970 */
	struct bytes cnf;         /* encoded map */
	struct bytes nonce;       /* 8..64, a single bstr */
	struct bytes ueid;        /* 7..33 */
	struct bytes oemid;       /* encoded bstr(3), bstr(16) or int */
	struct bytes hwmodel;     /* 1..32 */
	struct bytes hwversion;   /* encoded [tstr, ? int] */
	struct bytes profile;     /* text */
	struct bytes bootseed;    /* 32 */
	struct list manifests;    /* [content-format, bstr] each */
	struct list measurements; /* [content-format, bstr] each */
	struct bytes report_key;  /* encoded COSE_Key */
	struct list payload_keys; /* [authority, COSE_Key] each */
	struct bytes counter;     /* text: "none", "tpm", "hardware" */
	struct bytes assurance;   /* text: a Verifier's word, in Results */
};

/* Read claims whose signature held.  Unknown claims are ignored. Borrows. */
MUST_CHECK enum err eat_read(
    const struct verified *v, struct eat_claims *out, struct why *why);
/* The same for printing only. */
MUST_CHECK enum err eat_parse(
    struct bytes in, struct eat_claims *out, struct why *why);
MUST_CHECK enum err eat_write(struct cbor_out *w, const struct eat_claims *c);

/* All claims that docs/evidence.md demands?  ERR_MISSING names the first
 * that is absent in why->what; ERR_UNEXPECTED: another profile. */
MUST_CHECK enum err eat_evidence_complete(
    const struct eat_claims *c, struct why *why);
/* All claims that the TEEP profile demands of a Result?  ERR_RESULT_CLAIMS.
 *                                                        [TEEP 5; 14] */
MUST_CHECK enum err eat_result_complete(
    const struct eat_claims *c, struct why *why);

/* The thumbprint a cnf claim stands for: {3: kid}, {1: COSE_Key} or
 * {5: thumbprint}.                              [RFC 8747, RFC 9679] */
MUST_CHECK enum err eat_cnf_kid(
    const struct crypto *c, struct bytes cnf, uint8_t kid[KID_LEN]);
/* cnf as {3: kid} (Results) and as {1: COSE_Key} (Evidence). */
void eat_cnf_put_kid(struct cbor_out *w, const uint8_t kid[KID_LEN]);
void eat_cnf_put_key(struct cbor_out *w, const struct cose_key *k);

/* One entry of claim 272: [60, << [uri, [alg, digest]] >>].
 *                                          [SUIT_Reference, SUIT Report] */
struct eat_manifest {
	struct bytes uri;    /* text, may be empty */
	int32_t alg;         /* ALG_SHA256 */
	struct bytes digest; /* of the manifest */
};
MUST_CHECK enum err eat_manifest_read(
    struct cbor_in *items, struct eat_manifest *out);
void eat_manifest_put(struct cbor_out *w, const struct eat_manifest *m);

/* One entry of claim 273: [60, << measured component >>] with one SHA-256
 * digest.                                    [EAT measured component 4] */
struct eat_component {
	struct bytes name;    /* text */
	struct bytes version; /* text, empty if absent */
	struct bytes digest;  /* 32 */
};
MUST_CHECK enum err eat_component_read(
    struct cbor_in *items, struct eat_component *out);
void eat_component_put(struct cbor_out *w, const struct eat_component *m);

/* One digest with an algorithm of the Named Information registry; views
 * borrow.  A known algorithm has a value of its length.     [RFC 6920] */
struct eat_digest {
	int32_t alg;        /* its number, also if named by text; 0: unknown */
	struct bytes name;  /* as encoded */
	struct bytes value; /* 1..128 octets */
};
MUST_CHECK enum err eat_digest_read(
    struct cbor_in *items, struct eat_digest *out);
/* Two names of one algorithm are the same; unknown ones must be equal. */
bool eat_digest_same_alg(
    const struct eat_digest *a, const struct eat_digest *b);

/* One entry of claim -80002: what this authority encrypts to the device. */
struct eat_payload_key {
	struct bytes authority; /* text, a name in the device's policy */
	struct cose_key key;    /* P-256 or X25519 */
};
MUST_CHECK enum err eat_payload_key_read(
    struct cbor_in *items, struct eat_payload_key *out);
void eat_payload_key_put(struct cbor_out *w, const struct eat_payload_key *k);

/* A measured component with all that it may have; views borrow.  What
 * authorities and flags mean is said by a profile: without one that says it,
 * refuse them.                               [EAT measured component 4] */
struct eat_measured {
	struct bytes name, version; /* texts; version empty if absent */
	struct bytes scheme;        /* of the version, encoded, or none */
	struct eat_digest digest;   /* either this, */
	struct bytes raw;           /* or this: the other has p NULL */
	struct list authorities;    /* bstr each */
	struct bytes flags;         /* 8 octets, or none */
};
MUST_CHECK enum err eat_measured_read(
    struct bytes in, struct eat_measured *out);

/* Key id as text: base64url without padding, 43 characters and a NUL. */
#define KID_TEXT 44
void kid_text(const uint8_t kid[KID_LEN], char out[KID_TEXT]);

/* ---- CMW: wrappers around messages of any kind      [CMW; RFC 9277] ---- */

#define CMW_MEDIA_TYPE "application/cmw+cbor"
/* Collections within each other. */
#define CMW_DEPTH_MAX 4

enum cmw_form { CMW_RECORD = 1, CMW_TAG = 2, CMW_COLLECTION = 3 };
/* What a record says it holds; bits. */
enum cmw_kind {
	CMW_REFERENCE_VALUES = 1,
	CMW_ENDORSEMENTS = 2,
	CMW_EVIDENCE = 4,
	CMW_RESULTS = 8,
	CMW_POLICY = 16,
};
/* One wrapper; views borrow.  It protects nothing of what it holds. */
struct cmw {
	enum cmw_form form;
	size_t depth;            /* 0: the outermost */
	struct bytes label;      /* inside a collection: text, or */
	int64_t label_number;    /* if that is empty, this */
	struct bytes media_type; /* text; or if that is empty, */
	uint64_t format;         /* this content format */
	unsigned kinds;          /* 0: it does not say */
	struct bytes value;      /* the message; the map of a collection */
	struct bytes type;       /* of a collection: text, or an OID; or none */
};
struct cmw_level {
	struct cbor_in r;
	size_t left;
};
struct cmw_walk {
	struct cmw_level level[CMW_DEPTH_MAX + 1];
	size_t depth;
	enum err err;
};
/* Walk a wrapper and all that stands in it, each collection before its
 * members.  Ends with ERR_NOT_FOUND; after a fault nothing that came before
 * may be believed either.  ERR_DEPTH; ERR_UNEXPECTED: a tag that is no
 * content format, a reserved label. */
void cmw_begin(struct cmw_walk *w, struct bytes in);
MUST_CHECK enum err cmw_next(struct cmw_walk *w, struct cmw *out);
/* The content format that a tag number stands for; false if for none. */
bool cmw_tag_format(uint64_t tag, uint64_t *format);

/* ---- EAR: Attestation Results for anybody              [EAR; AR4SI] ---- */

/* The profile moves with the draft: readers are told which they take. */
#define EAR_PROFILE     "tag:ietf.org,2026:rats/ear#03"
#define EAR_MEDIA_TYPE  "application/eat+cwt; eat_profile=\"" EAR_PROFILE "\""
#define EAR_SUBMODS_MAX 64

/* What a claim of a vector, or all of it, amounts to. */
enum ear_tier {
	EAR_NONE = 0,
	EAR_AFFIRMING = 2,
	EAR_WARNING = 32,
	EAR_CONTRAINDICATED = 96,
};
enum ear_claim {
	EAR_INSTANCE_IDENTITY,
	EAR_CONFIGURATION,
	EAR_EXECUTABLES,
	EAR_FILE_SYSTEM,
	EAR_HARDWARE,
	EAR_RUNTIME_OPAQUE,
	EAR_STORAGE_OPAQUE,
	EAR_SOURCED_DATA,
	EAR_CLAIMS
};
const char *ear_claim_name(enum ear_claim c);
/* A claim failed since the Evidence's cryptography did. */
#define EAR_CRYPTO_FAILED 99

struct ear_vector {
	uint32_t has; /* bit of each claim */
	int64_t value[EAR_CLAIMS];
};
/* The tier of a value of -128..127: of those that no table names as well. */
enum ear_tier ear_tier(int64_t value);
/* The worst of a vector: contraindicated, warning, none, affirming.  Claims
 * of value 0 say nothing; of a vector that says nothing it is none. */
enum ear_tier ear_worst(const struct ear_vector *v);

enum ear_appraisal_has {
	EAR_HAS_NONCE = 1 << 0,
	EAR_HAS_PROFILE = 1 << 1,
	EAR_HAS_STATUS = 1 << 2,
	EAR_HAS_VECTOR = 1 << 3,
	EAR_HAS_POLICIES = 1 << 4,
	EAR_HAS_TEEP = 1 << 5,
	EAR_HAS_KEY = 1 << 6,
};
/* What is said of one submodule; views borrow. */
struct ear_appraisal {
	uint32_t has;
	struct bytes name; /* text */
	uint64_t status;   /* enum ear_tier */
	struct ear_vector vector;
	struct list policies; /* texts */
	struct bytes nonce;   /* of the Evidence */
	struct bytes profile; /* text */
	struct bytes teep;    /* encoded claims, for eat_parse */
	struct bytes key;     /* DER SPKI of an attested key */
};

enum ear_has {
	EAR_RESULT_HAS_EXP = 1 << 0,
	EAR_RESULT_HAS_CNF = 1 << 2,
	EAR_RESULT_HAS_NONCE = 1 << 3,
	EAR_RESULT_HAS_STATUS = 1 << 6,
	EAR_RESULT_HAS_EVIDENCE = 1 << 7,
};
struct ear {
	uint32_t has;
	uint64_t exp, iat;
	struct bytes cnf;     /* encoded map */
	struct bytes nonce;   /* freshness of the Result */
	struct bytes profile; /* text */
	struct bytes submods; /* encoded map, for ear_appraisals */
	uint64_t status;
	struct bytes evidence;
	struct bytes developer, build; /* of the Verifier, texts */
};
/* Read claims whose signature held, every appraisal of them whole.  Refused
 * as ERR_RESULT_CLAIMS: a status that is better than the worst it stands on.
 * ERR_UNEXPECTED: a profile that is none of these n. */
MUST_CHECK enum err ear_read(const struct verified *v,
    const struct bytes *profile, size_t n, struct ear *out, struct why *why);
/* The same for printing only. */
MUST_CHECK enum err ear_parse(struct bytes in, const struct bytes *profile,
    size_t n, struct ear *out, struct why *why);
/* A reader of *n appraisals, each read by ear_appraisal_read. */
struct cbor_in ear_appraisals(const struct ear *e, size_t *n);
MUST_CHECK enum err ear_appraisal_read(
    struct cbor_in *items, struct ear_appraisal *out);
/* Write the present members of *e (but submods and profile) with these
 * appraisals, in the order of their names as CBOR sorts them; scratch has
 * room for them.  ERR_BUG for any other order, ERR_RANGE for what ear_read
 * would refuse. */
MUST_CHECK enum err ear_write(struct cbor_out *w, const struct ear *e,
    const struct ear_appraisal *a, size_t n, struct span scratch);

/* ---- whoever relies on a Result    [TEEP 7.1.1, 7.2.1.1; RFC 9334 8.5] ----
 */

/* Forms of Results, one file each: who takes one names it. */
struct result_form;
extern const struct result_form result_teep; /* EAT_TEEP_PROFILE */
extern const struct result_form result_ear;  /* EAR_PROFILE */

/* What a Relying Party knows, and what it wants. */
struct result_ask {
	const struct result_form *form;
	const struct keyring *verifiers; /* whom it believes */
	/* The key whose possession was seen: its thumbprint; and itself, or
	 * NULL where an attested key (akpub) shall not stand for cnf. */
	const uint8_t *kid;
	const struct cose_key *key;
	struct bytes nonce; /* that it gave; may be none */
	/* Seconds since iat that one may be old which does not carry the
	 * nonce.  0: it has to carry it. */
	uint32_t age;
	/* Seconds that clocks may be apart: what is from later than that is
	 * refused.  now 0: there is no trusted time; then nothing is said of
	 * times, and only the nonce makes it fresh. */
	uint32_t skew;
	uint64_t now;
	uint32_t need; /* claims that have to be there: EAT_HAS_ */
	/* Of an EAR: which submodule (none: the only one), and whether
	 * EAR_WARNING is enough; else EAR_AFFIRMING. */
	struct bytes submod;
	enum ear_tier least;
};
/* One that may be acted on. */
struct believed {
	uint8_t verifier[KID_LEN]; /* key that signed it */
	bool fresh;                /* it carries the nonce */
	uint64_t iat;              /* 0: not said */
	uint64_t nbf;              /* 0: not said */
	uint64_t exp;              /* UINT64_MAX: never over */
	enum ear_tier status;
	/* Claims of the TEEP profile; of an EAR those it has, which are its
	 * TEEP claims without cnf and times.  Borrow. */
	struct eat_claims claims;
};
/*
 * Signed by a Verifier that is believed (ERR_UNKNOWN_KEY "Verifier",
 * ERR_SIGNATURE), read whole (ERR_RESULT_CLAIMS: a required claim is absent;
 * of an EAR: its status is better than what it stands on), in time
 * (ERR_EXPIRED "exp", "nbf"; ERR_RANGE "iat": from the future), fresh
 * (ERR_RESULT_NONCE; ERR_EXPIRED "iat": too old), about that key
 * (ERR_RESULT_CNF), and good (ERR_NOT_ATTESTED with the claim at fault)?
 * ERR_NOT_FOUND, ERR_UNEXPECTED "submods": the EAR is not about that one.
 * *out is zeroed on error.
 */
MUST_CHECK enum err result_check(const struct crypto *c,
    const struct result_ask *ask, struct bytes in, struct believed *out,
    struct why *why);

/* The same of a Result whose signature was checked as its form has it: what
 * came as a JWT, its claims as CBOR. */
MUST_CHECK enum err result_read(const struct crypto *c,
    const struct result_ask *ask, const struct verified *v,
    struct believed *out, struct why *why);

/* ---- attester ---------------------------------------------------------- */

/* What an attester knows of the device and of itself: this is what Evidence
 * is worth.                                                  [security 8] */
struct eat_attester {
	const struct crypto *crypto;
	const struct signer *signer; /* the evidence key */
	struct cose_key key;         /* its public half */
	struct bytes ueid, oemid, hwmodel;
	struct bytes hwversion;       /* text */
	struct bytes bootseed;        /* 32 */
	struct bytes launcher, agent; /* digests, as it has measured them */
	struct bytes manifest_uri;    /* of the agent's own manifest, text */
	struct bytes manifest;        /* its digest */
	struct bytes counter;         /* claim -80003, text */
	uint64_t now; /* seconds since 1970, by a trusted clock; 0: none */
};

/* What the agent may ask of it. */
struct attest_request {
	struct bytes challenge; /* 8..64; none: its time makes it fresh */
	struct bytes audience;  /* text: base64url key id */
	struct cose_key teep, report;
	struct list manifests;    /* claim 272 after the agent's own */
	struct list measurements; /* claim 273: policy and components */
	struct list payload_keys; /* claim -80002 */
};

/*
 * Write Evidence for one request: a tagged COSE_Sign1.  docs/evidence.md
 * Without a challenge only an attester with a clock does (ERR_NO_FRESHNESS).
 * The attester speaks for itself alone: what the agent states is signed as
 * such, and refused under a name that is the attester's to give (ERR_PEER).
 * Keys that are no points, or serve two purposes: ERR_KEY_PURPOSE.  *out
 * views scratch, of which it needs three times what Evidence takes.
 */
MUST_CHECK enum err eat_attest(const struct eat_attester *a,
    const struct attest_request *r, struct span scratch, struct bytes *out,
    struct why *why);

#endif
