/*
 * eat_int: what the files of this room share.
 */
#ifndef TAMARIND_EAT_INT_H
#define TAMARIND_EAT_INT_H

#include <tamarind/eat.h>

/* The name of a claim by its key; "claims" for one that has none here. */
const char *eat_claim_name(int64_t key);
/* The name of the claim that the fault at in.p[fault] belongs to. */
const char *eat_claim_at(struct bytes in, size_t fault);

/* How bad a tier is: 0 is affirming, 3 the worst. */
unsigned ear_rank(enum ear_tier t);

#endif
