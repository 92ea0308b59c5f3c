/*
 * policy_put: what `teep policy create` writes of a recipe, row by row.  Each
 * ends the program with a line that says what is wrong.
 */
#ifndef TEEP_POLICY_PUT_H
#define TEEP_POLICY_PUT_H

#include "policy_file.h"
#include "recipe.h"

#define NAME_OCTETS 64
#define VERIFIERS   16

/* A file with a key, and a list of 1 to max of them. */
void policy_put_key(struct cbor_out *w, const struct place *at);
void policy_put_keys(struct cbor_out *w, const struct place *at, size_t max);
/* An identifier, and a list of them. */
void policy_put_id(struct cbor_out *w, const struct place *at);
void policy_put_prefixes(struct cbor_out *w, const struct place *at);
void policy_put_text(struct cbor_out *w, const struct place *at, size_t max);

/* ---- policy_tam.c ---- */

void policy_put_tam(struct cbor_out *w, const struct place *at);

#endif
