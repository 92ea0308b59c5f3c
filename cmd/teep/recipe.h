/*
 * recipe: JSON that a person wrote, read strictly: what is not understood is
 * refused with the place where it stands.  Every fault ends the program.
 */
#ifndef TEEP_RECIPE_H
#define TEEP_RECIPE_H

#include "teep.h"

#include <jansson.h>

/* One value of a recipe and its place, such as "tams[0].keys[1]". */
struct place {
	const json_t *value; /* NULL: absent */
	char path[160];
};

/* Read the recipe; the one of this process. */
struct place recipe_load(const char *file);
void recipe_free(void);
/* "teep: FILE: path: message", and end with 1. */
_Noreturn void recipe_bad(const struct place *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* It is an object with no other members than these (NULL ends the list). */
void recipe_object(const struct place *at, const char *const *names);
/* A member that must be there, or may. */
struct place recipe_need(const struct place *at, const char *name);
struct place recipe_may(const struct place *at, const char *name);
/* It is an array of min..max; how many.  One of them. */
size_t recipe_list(const struct place *at, size_t min, size_t max);
struct place recipe_item(const struct place *at, size_t i);

/* Values.  Text is not empty and has at most max octets. */
struct bytes recipe_text(const struct place *at, size_t max);
uint64_t recipe_uint(const struct place *at, uint64_t min, uint64_t max);
/* Hex text of min..max octets, into room. */
struct bytes recipe_hex(const struct place *at, struct span room, size_t min);
/* Seconds since 1970, or "2026-01-31T12:00:00Z", or "2026-01-31". */
uint64_t recipe_time(const struct place *at);
/* A key of a file; relative names count from the recipe's folder.  A private
 * key may be named: its public half is meant. */
void recipe_key(const struct place *at, struct key_file *out);
/* A private key of a PEM file, likewise; pub is its public half.  Release it
 * with openssl_signer_free. */
struct signer recipe_signer(const struct place *at, struct cose_key *pub);
/* SHA-256 of a file, likewise. */
void recipe_digest(const struct place *at, uint8_t out[DIGEST_LEN]);
/* A component identifier as text, encoded into room. */
struct bytes recipe_id(const struct place *at, struct span room);

#endif
