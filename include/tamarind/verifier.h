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

/* One reference or endorsed value. */
struct verifier_value {
	uint8_t digest[DIGEST_LEN];
	bool has_digest;
	char text[64]; /* version or name */
	char corim[96];
};

struct verifier_store {
	void *ctx;
	/* ERR_UNKNOWN_KEY: no active endorsement. */
	enum err (*key)(
	    void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out);
	/* The nth active value of that kind for class and mkey;
	 * ERR_NOT_FOUND when there are no more. */
	enum err (*value)(void *ctx, enum corim_kind kind,
	    struct bytes class_id, const char *vendor, const char *mkey,
	    size_t nth, struct verifier_value *out);
};

/* What the appraisal must hold the Evidence against. */
struct verifier_ask {
	struct bytes challenge;
	/* key ids (text form) any of which may stand in aud */
	const char (*audience)[KID_TEXT];
	size_t n_audience;
	const uint8_t *teep_kid; /* the key that signed the QueryResponse */
	uint64_t now;
};

/* The verdict.  Zeroed it refuses. */
struct appraisal {
	enum verdict verdict;
	/* May a device with this verdict be repaired?  Only when signature,
	 * endorsement and binding held.                   [security 16] */
	bool bound;
	enum assurance assurance;
	struct eat_claims claims;   /* of the Evidence; borrow */
	struct cose_key report_key; /* valid when bound */
	uint8_t report_kid[KID_LEN];
	struct why why;                             /* of the first failure */
	char expected[160], found[160], source[96]; /* behind why's views */
};

/*
 * Appraise one signed (decrypted) Evidence.  Always fills *out.
 * Returns OK or out->why.err; a CLASS_PORT error is no verdict.
 */
MUST_CHECK enum err verifier_appraise(const struct crypto *c,
    const struct verifier_store *s, const struct verifier_ask *ask,
    struct bytes evidence, struct appraisal *out);

/* Write the claims of the TEEP-profile Result of an accepted appraisal, to
 * be signed by the Result key.  ERR_BUG if not accepted. */
MUST_CHECK enum err verifier_result_write(struct cbor_out *w,
    const struct appraisal *a, const struct verifier_ask *ask,
    uint64_t life_seconds);

/* oemid claim (encoded) as the vendor text of an environment. */
MUST_CHECK enum err verifier_vendor(struct bytes oemid, char out[64]);

#endif
