/*
 * trust: whom the user of the tool believes.
 */
#ifndef SUIT_TRUST_H
#define SUIT_TRUST_H

#include "suit.h"

struct trust {
	struct key_ring ring;
	struct openssl_anchors *anchors; /* NULL: no certificates */
	const char *said; /* why the last certificate is none of theirs */
};

/* 32 octets of a file; ends the program with 1 if it is none.  The caller
 * wipes *out. */
void mac_key_or_die(const char *path, struct cose_key *out);

/* Add what a file has, or end the program with 1. */
void trust_mac(struct trust *t, const char *path);
void trust_anchor(struct trust *t, const char *path);
bool trust_nobody(const struct trust *t);

/* Before an envelope is verified: the keys of those of its signers, and of
 * the envelopes integrated in it, whose certificates lead to an anchor.  The
 * ring borrows from the envelope. */
void trust_chains(struct trust *t, struct bytes envelope);

/* As print_why, and what a certificate of an unknown signer lacks, or whose
 * algorithm no library here has. */
void trust_print_why(const struct trust *t, const char *file,
    struct bytes envelope, const struct why *why);

void trust_free(struct trust *t);

#endif
