/*
 * peer: what the scripted peers share: whoever says something to them, or is
 * told something by them, has it printed with a verdict.
 */
#ifndef TEEP_PEER_H
#define TEEP_PEER_H

#include "build.h"

#define PEER_FILES_MAX 16
#define PEER_FAULTS    4

struct fault;

/* One thing to do wrong, and in what (enum made). */
struct peer_wrong {
	const struct fault *fault;
	unsigned made;
};

struct peer {
	const struct crypto *crypto;
	struct keydir dir; /* of --keys */
	bool has_keys;
	struct build b;
	struct dialect dialect; /* of messages, both ways */
	bool pinned;            /* somebody said so */
	/* of the last message that came in */
	struct verified v;
	struct teep_message m;
	bool verified;
	char looks[DIALECT_TEXT]; /* the dialect that it looks like, or "" */
	unsigned refused;         /* messages that a receiver would not take */
	/* peer_wrong.c */
	struct peer_wrong wrong[PEER_FAULTS];
	size_t n_wrong, applied;
	unsigned made;  /* message under way */
	bool did_wrong; /* in any message */
};

/* *p is empty but for its dialect and what peer_wrong_add noted; once in a
 * program. */
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

/* ---- peer_dialect.c ----------------------------------------------------- */

/* --dialect. */
void peer_pin(struct peer *p, const char *option);
/*
 * p->m was read from s, which came to e: is it of p's dialect, and what it
 * carries, if that was named?  ERR_DIALECT, why has the axis, p->looks what it
 * is like; p->m is empty if it could not be read by p's dialect.
 */
MUST_CHECK enum err peer_dialect(
    struct peer *p, const struct cose_signed *s, enum err e, struct why *why);

/* ---- peer_wrong.c ------------------------------------------------------- */

/* --fault KIND:NAME, of one of these kinds (enum made); ends the program with
 * a usage error. */
void peer_wrong_add(struct peer *p, unsigned kinds, const char *text);
/* Are they faults in p's dialect?  Ends the program with a usage error. */
void peer_wrong_check(const struct peer *p);
/* A message of this kind is made next, wrong as asked. */
void peer_wrong_next(struct peer *p, unsigned made);
/* It is made: say what is wrong with it.  Ends the program if it could not
 * be. */
void peer_wrong_done(struct peer *p);
/* At the end: what never happened is an error. */
void peer_wrong_end(const struct peer *p);

/* ---- peer.c, Evidence ---------------------------------------------------- */

/* The signed content of attestation-payload, opened with the folder's private
 * keys if it is encrypted; claims nobody verified. */
bool peer_claims(struct peer *p, struct eat_claims *out);

#endif
