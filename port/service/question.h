/*
 * question: Evidence on its way from the process that got it to the one that
 * has it appraised.
 *
 *   [media type, challenge, [* audience], TEEP key id or h'', Evidence]
 */
#ifndef SERVICE_QUESTION_H
#define SERVICE_QUESTION_H

#include <tamarind/verifier.h>

#define QUESTION_AUDIENCES_MAX 8
#define QUESTION_HEAD_MAX      1024

struct question {
	struct verifier_ask ask; /* its audience is the one below */
	char audience[QUESTION_AUDIENCES_MAX][KID_TEXT];
	struct bytes evidence;
};

/* All but the n octets of Evidence that follow.  ERR_ROOM. */
MUST_CHECK enum err question_head(const struct verifier_ask *ask, size_t n,
    struct span room, struct bytes *out);
/* *q stays where it is.  Borrows. */
MUST_CHECK enum err question_read(
    struct bytes in, size_t evidence_max, struct question *q);

#endif
