/*
 * verifier_int: what the files of this room share.
 */
#ifndef TAMARIND_VERIFIER_INT_H
#define TAMARIND_VERIFIER_INT_H

#include <tamarind/verifier.h>

/* The claims of one appraisal: three of the Evidence, each corroborated at
 * most once by what the store says, and one for each class of assurance. */
#define CLAIMS_MAX 12
struct claims {
	struct acs set;
	struct acs_entry entry[CLAIMS_MAX];
	struct bytes environment;
	size_t used; /* of room, which holds the encodings */
	uint8_t room[1536];
};

/* One appraisal under way. */
struct job {
	const struct crypto *crypto;
	const struct verifier_store *store;
	const struct verifier_ask *ask;
	struct appraisal *out;
	struct verifier_key key; /* the endorsement of the evidence key */
	struct verified v;
	struct bytes launcher, agent; /* measured digests */
	struct claims claims;         /* what is said of all this */
};

/* A NUL-terminated text in a fixed array. */
struct bytes job_text(const char *s, size_t room);
#define TEXT_OF(array) job_text(array, sizeof(array))

/* Refuse with this reason. */
enum err job_refuse(struct job *j, enum err e, const char *what);

/* Refuse for a value that is not the expected one; both are copied. */
enum err job_differs(struct job *j, enum err e, const char *what,
    enum why_kind kind, struct bytes expected, struct bytes found);

/* Name the CoRIM that the expectation came from. */
void job_source(struct job *j, struct bytes corim);

/* Do hwversion, launcher and agent match what somebody vouches for?  Sets
 * the assurance.                                    [docs/evidence.md 5] */
MUST_CHECK enum err job_reference(struct job *j);

#endif
