/*
 * library: the statements of a set of CoRIMs, found by what they are about.
 */
#ifndef TAMARIND_LIBRARY_H
#define TAMARIND_LIBRARY_H

#include <tamarind/verifier.h>

/* Every active statement of one kind about this class-id (encoded); empty:
 * about no class at all, or conditional.  A library without an index visits
 * all of its statements, of every kind, for the empty one. */
MUST_CHECK enum err library_about(const struct acs_library *l,
    enum corim_statement kind, struct bytes class_id, acs_visit *f, void *ctx);

#endif
