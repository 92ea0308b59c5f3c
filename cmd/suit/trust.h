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

/*
 * The options of every command that believes somebody: a row of long options
 * and "k:" of the short ones, lines of its help, and what they do.
 */
enum { OPT_MAC = 256, OPT_ANCHOR, OPT_TRUST_END };
// clang-format off
#define TRUST_OPTIONS \
	{"key", required_argument, NULL, 'k'}, \
	{"mac", required_argument, NULL, OPT_MAC}, \
	{"anchor", required_argument, NULL, OPT_ANCHOR}
#define TRUST_USAGE \
	"  -k, --key FILE         trusted key: PEM, certificate or COSE_Key\n" \
	"      --mac FILE         trusted key for MACs, 32 octets\n" \
	"      --anchor FILE      certificate (PEM) whose holder vouches for the\n" \
	"                         certificates that go with signatures\n"
// clang-format on
/* False: o is none of them. */
bool trust_option(struct trust *t, int o, const char *arg);

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
