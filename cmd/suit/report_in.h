/*
 * report_in: a SUIT Report in whatever protects it.
 */
#ifndef SUIT_REPORT_IN_H
#define SUIT_REPORT_IN_H

#include "trust.h"

struct report_keys {
	struct trust trust;        /* who signs it, or makes its MAC */
	struct agreer agree;       /* opens a COSE_Encrypt; zero: nobody */
	uint8_t key[COSE_CEK_MAX]; /* of a COSE_Encrypt0 */
	size_t n_key;              /* 0: none */
};

/* A private key (PEM), or 16, 24 or 32 octets: of whom or what it was
 * encrypted to.  Ends the program with 1 if the file has neither. */
void report_key_or_die(struct report_keys *k, const char *path);

/*
 * Take off what protects the report: with a key in trust the outermost is a
 * COSE_Sign1 or COSE_Mac0 under it, then perhaps COSE_Encrypt or
 * COSE_Encrypt0.  Without one it is believed as it stands.  *room is the
 * caller's to release.                       [TEEP 13, SUIT Report 8]
 */
enum err report_open(struct report_keys *k, struct bytes in, struct bytes *room,
    struct suit_report *out, struct why *why);

void report_keys_free(struct report_keys *k);

#endif
