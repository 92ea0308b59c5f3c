/*
 * walk_int: what a walk knows at a place, for the files that walk.
 */
#ifndef SUIT_WALK_INT_H
#define SUIT_WALK_INT_H

#include "walk.h"

struct walker {
	const struct walk_visitor *v;
	struct pool *pool;
	struct walk_state now;
	size_t room; /* facts that now has room for */
	bool shared; /* now is kept elsewhere too */
	unsigned commands;
	bool told; /* that there are too many */
};

/* ---- walk_state.c -------------------------------------------------------- */

/* Somebody keeps the present state. */
struct walk_state walk_keep(struct walker *w);
/* A parameter of a component has this value now; override: and no other. */
void walk_set(struct walker *w, struct bytes id, int64_t label,
    const struct item *v, bool override);
/* What holds if a or b does. */
struct walk_state walk_merge(
    struct walker *w, const struct walk_state *a, const struct walk_state *b);

#endif
