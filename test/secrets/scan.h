/*
 * scan: is a secret still somewhere in this process?
 *
 * Secrets are remembered under a mask, so that what remembers them is not
 * found itself.
 */
#ifndef SECRETS_SCAN_H
#define SECRETS_SCAN_H

#include <stddef.h>
#include <stdint.h>

/* Forget all that was remembered. */
void scan_begin(void);
/* name: a static text.  n at least 16; a second one of a name counts too. */
void scan_for(const char *name, const uint8_t *p, size_t n);
/* How many are remembered. */
unsigned scan_count(void);
/* All writable memory: stack above and below, heap with what was released,
 * data of the program and its libraries, for the secrets of one name, or all
 * (NULL).  Prints a line on stderr for each place; answers how many. */
unsigned scan_memory(const char *what, const char *name);

#endif
