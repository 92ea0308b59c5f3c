/*
 * hardware: Evidence that a maker's hardware has signed: what the schemes for
 * it share, and the readers of their reports.       [docs/evidence.md 10]
 *
 * A report has some octets for its user.  Where a TEEP key is to be bound,
 * they are the digest of a statement: the claims of docs/evidence.md 2, which
 * come beside the report and are believed as much as what was measured.
 */
#ifndef TAMARIND_HARDWARE_H
#define TAMARIND_HARDWARE_H

#include "scheme.h"

/* A report and what came with it; views borrow. */
struct hardware {
	struct bytes report;
	struct bytes statement;    /* claims, encoded; or none */
	struct bytes certificates; /* DER, or PEM of several; or none */
};
/* The report alone, or a collection of that type.  ERR_MISSING: no report in
 * it.  ERR_UNEXPECTED: something else in it.          [CMW] */
MUST_CHECK enum err hardware_read(
    struct bytes in, const char *type, struct hardware *out, struct why *why);
/* For struct scheme: what the statement says it answers. */
MUST_CHECK enum err hardware_nonce(
    struct bytes in, const char *type, struct bytes *out, struct why *why);

/* Who the device is, in the report's word. */
struct hardware_device {
	uint64_t oemid; /* private enterprise number of the maker */
	/* What the device was endorsed as: its vendor is the oemid, if it is
	 * one; or none. */
	struct bytes environment;
	struct bytes hwmodel;
	struct bytes ueid; /* 33 octets */
	struct bytes hwversion;
};
/* ueid of what has only a number of its own: 01 and SHA-256. */
MUST_CHECK enum err hardware_ueid(
    struct job *j, struct bytes number, uint8_t out[33]);
/* {0: {0: 560(hwmodel), 1: oemid}, 1: 550(ueid)}: what follows is of it. */
MUST_CHECK enum err hardware_about(
    struct job *j, const struct hardware_device *d);

/* The text of a vendor in an environment.        [docs/evidence.md 5] */
void hardware_vendor_put(struct cbor_out *w, uint64_t oemid);

/*
 * Are the octets that the report has for its user bound to the challenge, and
 * to the TEEP key if one is wanted?  32, 48 or 64 of them.  Fills the claims;
 * with a statement it says launcher and agent.
 * ERR_EVIDENCE_CNF: they are not the digest of a statement.
 * ERR_EVIDENCE_NONCE: no TEEP key is wanted, and they are not the challenge,
 * zeros behind it.
 */
MUST_CHECK enum err hardware_bound(struct job *j, const struct hardware *h,
    const struct hardware_device *d, struct bytes user);

/* ---- who vouches for it ------------------------------------------------ */

/* Do the certificates lead to an anchor that is endorsed for all of a maker's
 * hardware?  As path of struct verifier_crypto; ERR_EVIDENCE_KEY: there is
 * none. */
MUST_CHECK enum err hardware_path(struct job *j, uint64_t oemid,
    struct bytes certificates, struct verifier_public *out,
    struct verifier_extension *ext, size_t n);
/* A COSE_Sign1 with any algorithm of the Verifier; views borrow. */
struct hardware_sign1 {
	struct bytes prot, payload, sig;
	int64_t alg;
};
/* Tagged or not.  ERR_COSE_TYPE: not one; a COSE_Mac0 is named. */
MUST_CHECK enum err hardware_sign1_read(
    struct bytes in, struct hardware_sign1 *out, struct why *why);
/* ES256 and ES384, in their old numbers or new. */
MUST_CHECK enum err hardware_sign1_verify(struct job *j,
    const struct hardware_sign1 *s, const struct verifier_public *key,
    const char *what);

/* Has the device with this class-id and ueid signed it?  Of all who endorse a
 * key for it, the one whose key has decides what it is: *environment.
 * ERR_EVIDENCE_KEY: nobody endorses one.  Else what is wrong with the first.
 */
MUST_CHECK enum err hardware_device_signed(struct job *j, struct bytes class_id,
    struct bytes ueid, const struct hardware_sign1 *sign1, const char *what,
    struct bytes *environment);

/* ---- what is measured -------------------------------------------------- */

MUST_CHECK enum err hardware_say_svn(
    struct job *j, const char *what, const char *mkey, uint64_t svn);
MUST_CHECK enum err hardware_say_digest(struct job *j, const char *what,
    const char *mkey, uint64_t alg, struct bytes digest);
MUST_CHECK enum err hardware_say_raw(
    struct job *j, const char *what, const char *mkey, struct bytes value);

/* Of PSA and CCA tokens.                              [RFC 9783 4.4.1] */
struct hardware_software {
	uint32_t has;
	struct bytes type, value, version, signer, alg;
};
#define HARDWARE_SOFTWARE_MAX 24
MUST_CHECK enum err hardware_software_read(
    struct cbor_in *items, struct hardware_software *out);
/* Say each of them; mkey is NULL for the form of old PSA endorsements.
 * alg: what digests are of that do not say; 0: by their length. */
MUST_CHECK enum err hardware_say_software(
    struct job *j, struct list software, const char *mkey, struct bytes alg);
/* Is the state that of a product in the field?  ERR_EVIDENCE_STATE.
 *                                                     [RFC 9783 4.3.1] */
MUST_CHECK enum err hardware_lifecycle(struct job *j, uint64_t state);
/* The hash of a name in the registry, by text; 0 if not one of ours. */
enum verifier_hash hardware_hash(struct bytes name);

/* ---- numbers, least significant octet first ---------------------------- */

uint64_t hardware_le(const uint8_t *p, size_t n);
/* Two digits for each octet, of as many as fit. */
struct bytes hardware_digits(struct bytes in, struct span room);
/* Nothing but zeros? */
bool hardware_zero(struct bytes b);

/* ---- DER                                             [X.690 8.1] ------- */

/* Take one element of definite length from the front. */
MUST_CHECK enum err der_take(
    struct bytes *in, uint8_t tag, struct bytes *content);
/* An INTEGER 0 .. max. */
MUST_CHECK enum err der_uint(struct bytes *in, uint64_t max, uint64_t *out);

#endif
