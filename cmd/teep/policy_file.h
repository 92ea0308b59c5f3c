/*
 * policy_file: a policy in a file: the object alone, or the manifest that
 * carries it, whoever has signed that.            [agent.h, docs/policy.md]
 */
#ifndef TEEP_POLICY_FILE_H
#define TEEP_POLICY_FILE_H

#include "teep.h"

#include <tamarind/agent.h>

struct policy_file {
	const char *path;
	struct bytes file; /* on the heap */
	/* The manifest, unverified; envelope.p NULL: the object alone. */
	struct suit_manifest m;
	struct bytes object;
	struct policy policy;
};

/* Read it; ends the program with a line that says why if it is none. */
void policy_file_load(const char *path, struct policy_file *out);
void policy_file_free(struct policy_file *f);

/* As policy_read, floors and attested TAMs as well: all that a device could
 * have against it. */
MUST_CHECK enum err policy_read_whole(
    struct bytes in, struct policy *out, struct why *why);

/* Who of the administrators of `by` has signed the envelope. */
struct policy_tally {
	bool signed_by[AGENT_ADMINS_MAX];
	size_t n;
	struct why why; /* of what is wrong beside a number too small */
};
void policy_tally(
    const struct policy *by, struct bytes envelope, struct policy_tally *out);

#endif
