/*
 * check: a receiver's rules, applied to one message.
 */
#ifndef TEEP_CHECK_H
#define TEEP_CHECK_H

#include "teep.h"

#include <tamarind/teep.h>

/* Octets that a TAM takes.                                     [design 6] */
#define CHECK_TAM_MAX (1u << 20)

struct check {
	const struct crypto *crypto;
	struct keydir *keys;
	bool agent;             /* the receiver: an agent, else a TAM */
	struct dialect dialect; /* of the sender */
	bool pinned;            /* somebody said so: others have a name */
	uint64_t now;
	struct bytes in; /* offsets count from its start */
	struct why why;
	FILE *notes;      /* one line each: what was looked at besides */
	bool strict_keys; /* a key that is not at hand refuses */
	/* of the exchange; empty: not told */
	struct bytes token, challenge;
	struct bytes audience; /* as text */
	struct bytes about;    /* key id: whom a Result is about */

	/* of the message around what is checked */
	struct verified v;
	struct teep_message m;
	bool multi;
};

/* One note, such as "attestation-payload: ...". */
void check_note(struct check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Refuse: fill c->why. */
MUST_CHECK enum err check_refuse(
    struct check *c, enum err e, const char *what, const uint8_t *at);
/* Make the offset that a room reported for part one of the whole input. */
enum err check_moved(struct check *c, enum err e, struct bytes part);
/* "NAME (35302626)" of a trusted key. */
const char *check_who(
    const struct check *c, const uint8_t kid[KID_LEN], char out[160]);

/* A TEEP message and all that it carries. */
MUST_CHECK enum err check_message(struct check *c);

/* What a message carries; see check_nested.c. */
MUST_CHECK enum err check_attestation(struct check *c);
MUST_CHECK enum err check_reports(struct check *c);
MUST_CHECK enum err check_manifests(struct check *c);
/* A COSE_Encrypt by itself: an Attestation Result or a SUIT Report. */
MUST_CHECK enum err check_encrypted(struct check *c, const char **title);

#endif
