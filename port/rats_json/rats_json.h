/*
 * rats_json: Results and wrappers that come as JSON, turned into the CBOR
 * that lib/eat reads: one reader decides what may be believed.
 *                                          [EAR 3; RFC 9711 7.2; CMW 3]
 *
 * For shells only: heap.
 */
#ifndef TAMARIND_RATS_JSON_H
#define TAMARIND_RATS_JSON_H

#include <tamarind/cbor.h>

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

#endif
