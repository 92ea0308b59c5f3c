/*
 * verifier: Evidence in, Attestation Result out.  [RFC 9334; evidence.md 5]
 *
 * An engine without keys and without I/O.  What it knows of devices and
 * reference values it asks from a store port.
 */
#ifndef TAMARIND_VERIFIER_H
#define TAMARIND_VERIFIER_H

#include <tamarind/arena.h>
#include <tamarind/corim.h>

/* ---- the Appraisal Claims Set                           [CoRIM 8.3] ---- */

/* What somebody says of the device: kinds are bits. */
enum acs_kind {
	ACS_EVIDENCE = 1,
	ACS_REFERENCE = 2, /* Evidence that a reference value corroborates */
	ACS_ENDORSEMENT = 4,
};

/* One element of one environment, in one breath with the other elements of
 * its tuple.  Views borrow from what was added. */
struct acs_entry {
	enum acs_kind kind;
	size_t tuple;
	struct corim_environment environment;
	struct corim_measurement measurement;
	struct list authority; /* keys of who says so, encoded */
	struct bytes source;   /* id of the CoMID that says so */
	const uint8_t *by;     /* the statement that added it */
	/* Evidence: a reference value matched.  If none did, the first that
	 * is about it: which value of it differs, what it wants, what the
	 * Evidence has there, and the CoMID. */
	bool corroborated;
	bool misses; /* it does; else what it is said together with */
	const char *missed;
	struct bytes expected, found, missed_source;
};

/* Room is the caller's: what does not fit is ERR_ROOM, never left out. */
struct acs {
	struct acs_entry *entry;
	size_t n, max, tuples;
	/* Elements of one tuple of Evidence may have one key, as PSA and CCA
	 * name all software: what is wanted of it, one of them has to meet,
	 * and all of them are to be corroborated.  Else: ERR_DUPLICATE. */
	bool several;
};
void acs_begin(struct acs *a, struct acs_entry *room, size_t max);

/* Who speaks. */
struct acs_voice {
	struct list authority;
	struct bytes source;
	const uint8_t *by; /* of the statement, or NULL */
};

/* Phase 2: what the Attester says of one environment. */
MUST_CHECK enum err acs_evidence(struct acs *a, struct bytes environment,
    struct list measurements, const struct acs_voice *v);
/* Phase 3, one statement: if all its measurements meet Evidence of one tuple,
 * what they speak of is said again with the voice of who says so.
 * ERR_NO_REFERENCE: it is about nothing that is there.  ERR_MEASUREMENT: why
 * names the value, and has both as CBOR. */
MUST_CHECK enum err acs_corroborate(struct acs *a, struct bytes environment,
    struct list measurements, const struct acs_voice *v, struct why *why);
/* Phase 4: add what an endorser says; what is said already is not again. */
MUST_CHECK enum err acs_endorse(struct acs *a, struct bytes environment,
    struct list measurements, const struct acs_voice *v);
/* Does one tuple of these kinds meet all of these n lists of measurements,
 * said by all of `authority`?  Of no measurements: is it about that? */
bool acs_meets(const struct acs *a, unsigned kinds, struct bytes environment,
    const struct list *measurements, size_t n, struct list authority,
    struct why *why);

/* CoRIMs that were authenticated, each with what its signer may speak about
 * and the keys it speaks with. */
struct acs_source {
	const struct corim *corim;
	struct list authority;
	const struct corim_scope *scope;
	size_t n_scope;
};
#define ACS_SOURCES_MAX 64
/* One statement, and who makes it. */
struct acs_saying {
	const struct acs_source *source;
	struct acs_voice voice;
	struct corim_triple triple;
	struct corim_environment about; /* none if conditional */
};
struct acs_library {
	const struct acs_source *source;
	size_t n;
	const struct corim *corim[ACS_SOURCES_MAX];
	uint32_t active[CORIM_TAGS_MAX / 32];
	uint64_t linked; /* bit i: source i has a tag about another one */
	/* acs_library_index: what is active, by enum corim_statement. */
	const struct acs_saying *said;
	size_t first[SAYS_CONDITIONAL + 2];
};
/* Phase 1: every CoRIM is whole and within the scope of its signer, or all
 * are refused; tags that are not active now are left out.  `lists`: only
 * tags that a list activates.  ERR_LIMIT: too many of them. */
MUST_CHECK enum err acs_library_begin(struct acs_library *l,
    const struct acs_source *s, size_t n, uint64_t now, bool lists,
    struct why *why);
/* Read all that is active once, so that no appraisal has to, and order it by
 * class, so that what is said of other classes costs it nothing: room for as
 * many as acs_library_count says.  Keeps room, borrows from the CoRIMs. */
size_t acs_library_count(const struct acs_library *l);
MUST_CHECK enum err acs_library_index(
    struct acs_library *l, struct acs_saying *room, size_t max);
/* Phases 3 and 4 over all of them: reference values, then endorsements until
 * nothing is added.  A series adds what its first condition that is met
 * says, once the others have nothing to add. */
MUST_CHECK enum err acs_appraise(
    struct acs *a, const struct acs_library *l, struct why *why);
/* Called once for each of them; anything but OK ends the walk, and is what the
 * walk returns.  A walk is over all of them, not up to the nth: who asks for
 * one after the other would pay for the square of what somebody endorsed. */
typedef enum err acs_visit(void *ctx, const struct acs_saying *s);
typedef enum err acs_key_visit(
    void *ctx, struct bytes key, struct bytes source);
/* Every key (encoded) that active attest-key triples about exactly what
 * `environment` asks for, or more, name; and the CoMID. */
MUST_CHECK enum err acs_library_keys(const struct acs_library *l,
    struct bytes environment, acs_key_visit *f, void *ctx);

/* Every attest-key statement about one device: class-id is an opaque or a PSA
 * implementation id, instance a ueid, with this content.  There may be
 * several, by several vendors: neither of these two names the vendor. */
MUST_CHECK enum err acs_library_device(const struct acs_library *l,
    struct bytes class_id, struct bytes ueid, acs_visit *f, void *ctx);

/* Is there an active reference value for that element of an environment?  mkey
 * is encoded.  ERR_NOT_FOUND. */
MUST_CHECK enum err acs_library_refers(
    const struct acs_library *l, struct bytes environment, struct bytes mkey);

/* Is the Evidence of that element corroborated?  mkey is encoded, or none.
 * ERR_MISSING: no Evidence; ERR_NO_REFERENCE, ERR_MEASUREMENT: why has value,
 * expected and found, and the CoMID as source. */
MUST_CHECK enum err acs_holds(
    const struct acs *a, struct bytes mkey, struct why *why);

/* ---- cryptography that only a Verifier needs ----------------------------- *
 *
 * What makers of hardware sign with, beyond what a device can do itself: a
 * table of functions as struct crypto is one.  Any thread may call them.
 */

/* By their numbers in the Named Information registry.     [RFC 6920] */
enum verifier_hash { HASH_SHA256 = 1, HASH_SHA384 = 7, HASH_SHA512 = 8 };
#define HASH_MAX 64

/* Elliptic curves by their COSE numbers; CRV_P256 is in port.h. */
#define CRV_P384 2

/* A public key: a SubjectPublicKeyInfo in DER.  Zeroed there is none. */
#define VERIFIER_SPKI_MAX 600 /* RSA of 4096 bits */
struct verifier_public {
	size_t n;
	uint8_t spki[VERIFIER_SPKI_MAX];
};

/* How something is signed.  ECDSA signatures are r || s; those in DER have a
 * name of their own.  The salt of PSS is as long as the digest. */
enum verifier_alg {
	VERIFY_ES256 = 1,
	VERIFY_ES384,
	VERIFY_ES256_DER,
	VERIFY_ES384_DER,
	VERIFY_RS256, /* RSASSA-PKCS1-v1_5 */
	VERIFY_RS384,
	VERIFY_PS256,
	VERIFY_PS384,
};

#define PATH_CERTS_MAX 16
/* A path to look for.  Certificates are DER, or PEM of several. */
struct verifier_path {
	const struct bytes *cert; /* the one in question first */
	size_t n_cert;
	const struct bytes *anchor; /* trusted as they are */
	size_t n_anchor;
	const struct bytes *crl; /* DER */
	size_t n_crl;            /* 0: nothing is known to be revoked */
	uint64_t now;
	bool strict; /* certificates keep to all of RFC 5280's form */
	bool signs;  /* its key has to be one for signatures */
	/* NULL, or: when the first of the certificates on it ends */
	uint64_t *until;
};

/* An extension that is asked for. */
struct verifier_extension {
	const char *oid;  /* in dots */
	struct span room; /* for its value */
	size_t n;         /* octets of it */
	bool there;
};

struct verifier_crypto {
	/* *len octets of digest. */
	enum err (*hash)(enum verifier_hash h, const struct bytes *part,
	    size_t n, uint8_t out[HASH_MAX], size_t *len);

	/* A key as others write it: SubjectPublicKeyInfo or certificate, both
	 * in DER or PEM; of a certificate its key alone.  P-256, P-384, or RSA
	 * of 2048 to 4096 bits: ERR_COSE_KEY for another. */
	enum err (*key)(struct bytes in, struct verifier_public *out);
	/* A point x || y on a curve. */
	enum err (*point)(
	    int32_t crv, struct bytes xy, struct verifier_public *out);

	/* ERR_SIGNATURE: wrong.  ERR_COSE_ALG: not with such a key. */
	enum err (*verify)(enum verifier_alg alg,
	    const struct verifier_public *k, const struct bytes *part, size_t n,
	    struct bytes sig);

	/*
	 * Do the certificates lead to an anchor?  The key of the first, and
	 * what it has of n extensions, each in its room.
	 * ERR_EXPIRED: why->what is "certificate not yet valid" or
	 * "certificate expired".  ERR_SIGNATURE: of one of them.
	 * ERR_CERTIFICATE: "certificate issuer" (they lead to no anchor),
	 * "certificate revoked", "certificate form".  ERR_KEY_PURPOSE: its
	 * usage, or a constraint of an issuer.  ERR_DUPLICATE: an extension
	 * twice.  ERR_ROOM: it has no room.  ERR_LIMIT: more than
	 * PATH_CERTS_MAX.  *out and the extensions are empty on error.
	 *                                                  [RFC 5280 6]
	 */
	enum err (*path)(const struct verifier_path *p,
	    struct verifier_public *out, struct verifier_extension *ext,
	    size_t n, struct why *why);
};

/* ---- appraisal ----------------------------------------------------------- */

/* What a kind of proof is worth.                        [design section 1] */
enum assurance {
	ASSURE_NONE = 0,
	ASSURE_SELF_REPORTED = 1,
	ASSURE_PROCESS = 2,  /* "process-grade" */
	ASSURE_TPM = 3,      /* "TPM-measured" */
	ASSURE_HARDWARE = 4, /* "hardware-rooted" */
};
const char *assurance_name(enum assurance a);
enum assurance assurance_from_name(struct bytes text);

/* An endorsed evidence key.  Buffers are the caller's. */
struct verifier_key {
	struct cose_key key;
	uint8_t class_id[32];
	size_t class_id_n;
	char vendor[64];
	uint8_t ueid[33];
	size_t ueid_n;
	char corim[96]; /* id of the CoRIM that said so */
};

struct verifier_store {
	void *ctx;
	/* ERR_UNKNOWN_KEY: no active endorsement. */
	enum err (*key)(
	    void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out);
	/* What is to be believed now of reference values and endorsements; it
	 * stays until the appraisal has ended. */
	enum err (*library)(void *ctx, const struct acs_library **out);
};

/* Kinds of Evidence: who links one lists it. */
struct scheme;
extern const struct scheme scheme_eat; /* of our own agents */
extern const struct scheme scheme_tpm; /* measured by a TPM */
/* Of makers of hardware; they want struct verifier_crypto. */
extern const struct scheme scheme_psa, scheme_cca, scheme_snp, scheme_tdx;

struct verifier_remote;
struct verifier_rules;

struct verifier {
	const struct crypto *crypto;
	/* Somebody else appraises, and schemes only read; or NULL. */
	const struct verifier_remote *remote;
	const struct verifier_crypto *more; /* NULL: no scheme wants it */
	const struct verifier_store *store;
	const struct scheme *const *schemes; /* ended by NULL */
	/* What is enough, of what is endorsed; NULL: all of it. */
	const struct verifier_rules *rules;
};

/* What the appraisal must hold the Evidence against. */
struct verifier_ask {
	struct bytes media; /* type of the Evidence: chooses the scheme */
	/* None: the Evidence has to say when it was made, by a clock that is
	 * endorsed, no more than `age` seconds ago; `skew`: how far clocks may
	 * be apart. */
	struct bytes challenge;
	uint32_t age, skew;
	/* key ids (text form) any of which may stand in aud */
	const char (*audience)[KID_TEXT];
	size_t n_audience;
	/* The key that signed the QueryResponse.  NULL: nobody knows here;
	 * whoever relies on the Result holds its cnf against the sender.  A
	 * report of hardware alone then answers the challenge and binds no
	 * key. */
	const uint8_t *teep_kid;
	/* And itself; NULL is fine. */
	const struct cose_key *teep_key;
	uint64_t now;
};

/* The verdict.  Zeroed it refuses. */
struct appraisal {
	enum verdict verdict;
	/* Nothing is known of the device: why is what has become of the other
	 * Verifier, or of its Result. */
	bool unknown;
	/* By another Verifier: its key, and how long its Result holds. */
	uint8_t verifier[KID_LEN];
	uint64_t until;
	/* May a device with this verdict be repaired?  Only when signature,
	 * endorsement and binding held.                   [security 16] */
	bool bound;
	/* It was refused by the rules alone. */
	bool ruled_out;
	enum assurance assurance;
	/* The TEEP key that it is bound to: the one that was asked for, or
	 * which the Evidence names. */
	bool has_kid;
	uint8_t kid[KID_LEN];
	struct eat_claims claims;   /* of the Evidence; borrow */
	struct cose_key report_key; /* valid when bound */
	uint8_t report_kid[KID_LEN];
	/* Name of the measurement that no reference value corroborates, as
	 * claim 273 or "hwversion" has it; empty: that was not it. */
	struct bytes failed;
	struct why why;                             /* of the first failure */
	char expected[160], found[160], source[96]; /* behind why's views */
	uint8_t room[1024]; /* behind those of claims that Evidence has not */
	size_t used;
};

/*
 * Appraise one signed (decrypted) Evidence.  Always fills *out.
 * Returns OK or out->why.err; a CLASS_PORT error is no verdict.
 */
MUST_CHECK enum err verifier_appraise(const struct verifier *v,
    const struct verifier_ask *ask, struct bytes evidence,
    struct appraisal *out);

/* The scheme that takes Evidence of this media type, or NULL. */
const struct scheme *verifier_scheme(
    const struct verifier *v, struct bytes media);
/* The nth media type that is taken; NULL at the end. */
const char *verifier_media(const struct verifier *v, size_t nth);
/* The challenge that Evidence says it answers; none, with OK: it says when it
 * was made instead.  Nothing of it is authenticated.  ERR_NOT_ATTESTED: nobody
 * takes it. */
MUST_CHECK enum err verifier_nonce(const struct verifier *v, struct bytes media,
    struct bytes evidence, struct bytes *nonce, struct why *why);

/* Write the claims of the TEEP-profile Result of an accepted appraisal, to
 * be signed by the Result key.  ERR_BUG if not accepted. */
MUST_CHECK enum err verifier_result_write(struct cbor_out *w,
    const struct appraisal *a, const struct verifier_ask *ask,
    uint64_t life_seconds);

/* ---- what is enough: rules of whoever runs the Verifier ----------------- */

#define VERIFIER_RULES_MAX 64

/* One kind of device, and what is asked of it. */
struct verifier_rule {
	char vendor[64]; /* as in environments; empty: any */
	uint8_t model[32];
	size_t model_n;       /* 0: any */
	uint32_t kinds;       /* bits of verifier_kind; 0: any Evidence */
	enum assurance least; /* ASSURE_NONE: any */
};
/* The first that fits decides; a device that none fits is refused. */
struct verifier_rules {
	uint64_t version; /* 1.. */
	size_t n;
	struct verifier_rule rule[VERIFIER_RULES_MAX];
};
/* A device as the rules see it. */
struct verifier_fact {
	const char *vendor;
	struct bytes model;
	unsigned kind;
	enum assurance assurance;
};
/* The number of a kind of Evidence, by its scheme's name; 32: unknown. */
unsigned verifier_kind(const char *scheme);
const char *verifier_kind_name(unsigned kind); /* NULL at the end */
/* *which: the rule that fits, from 1; 0: none.  ERR_NOT_ATTESTED "policy": no
 * rule fits; "policy kind": another kind of Evidence is wanted.  ERR_ASSURANCE
 * "policy assurance". */
MUST_CHECK enum err verifier_rules_check(const struct verifier_rules *r,
    const struct verifier_fact *f, size_t *which, struct why *why);

/* ---- somebody else appraises                           [RFC 9334 5.2] ---- */

#define VERIFIER_TEXT_MAX 160

/* What a Result of another Verifier comes to. */
struct verifier_said {
	struct believed good; /* it may be acted on */
	/* It is authentic, answers the challenge, and says no; of a device
	 * whose Evidence was authentic and bound, or of nobody knows whom.
	 * Which check, in the Verifier's words: what failed, what it wants,
	 * what it found, and who says so; or empty. */
	bool refuses, bound;
	char what[64], expected[VERIFIER_TEXT_MAX], found[VERIFIER_TEXT_MAX];
	char source[64];
	/* name of the measurement that failed, as in struct appraisal */
	char failed[VERIFIER_TEXT_MAX];
};

/* How another Verifier is reached, and whom of its Results are believed. */
struct verifier_remote {
	void *ctx;
	struct bytes name; /* for reasons: text */
	/* Have Evidence appraised; *result stays as long as the Evidence does.
	 * ERR_BUSY: it is under way; ask again, from the beginning.  Other
	 * errors: there will be no Result, and why says what has become. */
	enum err (*ask)(void *ctx, const struct verifier_ask *ask,
	    struct bytes evidence, struct bytes *result, struct why *why);
	/* May it be acted on?  As result_check; form and verifiers of *want
	 * are left to it.  Where the Result refuses, the error is the reason
	 * that it names. */
	enum err (*check)(void *ctx, struct result_ask *want,
	    struct bytes result, struct verifier_said *said, struct why *why);
	enum ear_tier least; /* that is enough */
	/* of a Result that names no class of assurance */
	enum assurance assurance;
	uint32_t skew; /* seconds */
};

/* ---- EAR: the same for anybody                           [EAR; AR4SI] ---- */

/* By which rules: ear_appraisal_policy_ids. */
#define VERIFIER_POLICY "tag:tamarind.example,2026:policy#1"
/* And by which version of them, after it. */
#define VERIFIER_RULES_ID 64
void verifier_rules_id(
    const struct verifier_rules *r, char out[VERIFIER_RULES_ID]);

/* Who says so: ear_verifier_id. */
struct verifier_name {
	struct bytes developer, build;
};
/* A verdict as a vector.  What a process TEE is worth is never affirming as a
 * whole.                                                      [security 8] */
void verifier_vector(const struct appraisal *a, struct ear_vector *out);
/* Write the claims of an EAR with one submodule, called as the scheme is.
 * Of refused Evidence, too.  scratch: room for the submodule. */
MUST_CHECK enum err verifier_ear_write(struct cbor_out *w,
    const struct verifier *v, const struct appraisal *a,
    const struct verifier_ask *ask, uint64_t life_seconds,
    const struct verifier_name *name, struct span scratch);
/* Name of the scheme that takes this media type, or "none". */
const char *verifier_scheme_name(const struct verifier *v, struct bytes media);

/* oemid claim (encoded) as the vendor text of an environment. */
MUST_CHECK enum err verifier_vendor(struct bytes oemid, char out[64]);

#endif
