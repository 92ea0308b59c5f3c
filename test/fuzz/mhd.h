/*
 * mhd: HTTP requests as the library would hand them over, made of text:
 *
 *   METHOD SP PATH [? NAME [= VALUE] [& ...]] SP VERSION LF
 *   *( NAME : VALUE LF ) LF
 *   BODY
 *
 * mhd.c is the library's functions for them, and the admin front with its
 * databases around a handler.
 */
#ifndef FUZZ_MHD_H
#define FUZZ_MHD_H

#include "fuzz.h"

#include <microhttpd.h>

#define FUZZ_PAIRS 16

struct fuzz_pair {
	char *name, *value; /* value NULL: no '=' or ':' */
};

struct MHD_Connection {
	char *method, *path, *version;
	struct fuzz_pair header[FUZZ_PAIRS], arg[FUZZ_PAIRS];
	size_t n_headers, n_args;
	struct bytes body;
	unsigned status; /* of the answer; 0: none yet */
};

/* Take text apart, in place; n octets and a NUL. */
void fuzz_request(char *text, size_t n, struct MHD_Connection *out);
/* The same from a copy, which *out views until the next call. */
void fuzz_request_of(struct bytes in, struct MHD_Connection *out);

/* Hand one request to the admin front, whose databases are empty at the first
 * one and after fuzz_admin_clear. */
void fuzz_admin(struct MHD_Connection *c);
void fuzz_admin_clear(void);

#endif
