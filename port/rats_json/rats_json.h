/*
 * rats_json: Results and wrappers that come as JSON, turned into the CBOR
 * that lib/eat reads: one reader decides what may be believed.
 *                                          [EAR 3; RFC 9711 7.2; CMW 3]
 *
 * For shells only: heap.
 */
#ifndef TAMARIND_RATS_JSON_H
#define TAMARIND_RATS_JSON_H

#include <tamarind/eat.h>

/* Octets of a text; collections and arrays within each other. */
#define RATS_JSON_MAX (64u << 10)

/*
 * Write the claims of an EAR.  Members that nobody here knows are left out,
 * as ear_read skips them in CBOR; cnf is a key id.  ERR_TEXT: not JSON, or a
 * name twice; ERR_TYPE, ERR_RANGE: why->what is the member; ERR_TOO_LONG.
 */
MUST_CHECK enum err rats_json_ear(
    struct cbor_out *w, struct bytes text, struct why *why);
/* Write a wrapper, or a collection of them.  The same; ERR_DEPTH. */
MUST_CHECK enum err rats_json_cmw(
    struct cbor_out *w, struct bytes text, struct why *why);

/* ---- an EAR as a JWT ----------------------------------------------------- */

/* Why an EAR of verifierd says no: member tamarind_refusal of its submodule,
 * in its words, cut; empty where there is none.  claim is safe to show, the
 * others are foreign text. */
struct rats_json_refusal {
	bool refuses; /* the EAR is authentic and fresh, and says no */
	bool bound;   /* and is about that key */
	enum err reason;
	char claim[64], expected[160], found[160], source[64];
	char measurement[160];
};

/*
 * As result_check, of a JWT by one of these keys: an EAR.  What it says is
 * read once its signature holds, its header included: the algorithm is the
 * key's, and no critical extension is taken.  room: for its claims as CBOR,
 * which *out borrows; as many octets as the JWT has do.
 * ERR_SIGNATURE "Verifier": by none of them.  ERR_COSE_HEADER.  Where
 * no->refuses: no->reason.                       [RFC 7515 5.2; RFC 8725 3]
 */
MUST_CHECK enum err rats_json_result(const struct crypto *c,
    const struct cose_key *key, size_t n, struct result_ask *ask,
    struct bytes jwt, struct span room, struct believed *out,
    struct rats_json_refusal *no, struct why *why);

#endif
