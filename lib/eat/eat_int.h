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

/* The name of the first claim of need that is absent, or NULL. */
const char *eat_claim_absent(const struct eat_claims *c, uint32_t need);

/* What a Result says, whatever its form: result.c makes of it what it is
 * worth. */
struct result_said {
	struct eat_claims outer; /* times, cnf, nonce */
	/* Left to the form: */
	struct bytes inner;     /* nonce of the Evidence, or none */
	bool has_key, attested; /* a key was; it is the one asked for */
	enum ear_tier status;
	const char *fault;        /* what a bad one is told with */
	struct eat_claims claims; /* of the device */
};
struct result_form {
	enum err (*read)(const struct verified *v, const struct result_ask *ask,
	    struct result_said *s, struct why *why);
};

/* How bad a tier is: 0 is affirming, 3 the worst. */
unsigned ear_rank(enum ear_tier t);

#endif
