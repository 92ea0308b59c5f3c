/*
 * peer: what the scripted peers share: whoever says something to them, or is
 * told something by them, has it printed with a verdict.
 */
#ifndef TEEP_PEER_H
#define TEEP_PEER_H

#include "build.h"

#define PEER_FILES_MAX 16
#define PEER_FAULTS    4

struct peer {
	const struct crypto *crypto;
	struct keydir dir; /* of --keys */
	bool has_keys;
	struct build b;
	/* of the last message that came in */
	struct verified v;
	struct teep_message m;
	bool verified;
	unsigned refused; /* messages that a receiver would not take */
};

void peer_open(struct peer *p, const char *keys);
void peer_close(struct peer *p);
/* Print one message: whose it is, decoded, and its verdict.  What came in is
 * read into p->m; false: it cannot be. */
bool peer_heard(struct peer *p, const char *from, struct bytes message);
void peer_said(struct peer *p, const char *to, struct bytes message);
/* One line of the story. */
void peer_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A signer of a PEM file; ends the program if there is none in it. */
struct signer peer_signer(const char *path);
/* The signed content of attestation-payload, opened with the folder's private
 * keys if it is encrypted; claims nobody verified. */
bool peer_claims(struct peer *p, struct eat_claims *out);

#endif
