/*
 * result: what an appraisal becomes before it is signed.
 */
#ifndef VERIFIERD_RESULT_H
#define VERIFIERD_RESULT_H

#include "verifierd.h"

/* The answer of the appraiser: [error, accepted, TEEP Result, EAR, EAR as
 * JSON, refusal as JSON]. */
MUST_CHECK enum err result_put(struct cbor_out *w, const struct verifier *v,
    const struct verifier_ask *ask, const struct appraisal *a, uint64_t life);

#endif
