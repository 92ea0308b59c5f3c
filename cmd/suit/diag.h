/*
 * diag: CBOR in diagnostic notation with names; see diag.c.
 */
#ifndef SUIT_DIAG_H
#define SUIT_DIAG_H

#include <stdio.h>
#include <tamarind/base.h>

struct diag_style {
	bool full;    /* whole strings */
	bool offsets; /* of keys, commands and items */
};

struct diag;

/* Take in apart, which is one well-formed item, and see what it is.  Borrows
 * in.  NULL: *why says where it is not. */
struct diag *diag_open(struct bytes in, struct why *why);
void diag_close(struct diag *d);
/* Its name, and whether it is an envelope. */
const char *diag_title(const struct diag *d, bool *envelope);
/* Print it, with the names that its shape has. */
void diag_print(struct diag *d, FILE *f, struct diag_style style);

#endif
