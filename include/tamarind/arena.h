/*
 * arena: memory of one request.  Servers only.
 *
 * Engines on servers take memory from the arena that the shell lends for one
 * request; the shell releases all of it after the reply has left.
 */
#ifndef TAMARIND_ARENA_H
#define TAMARIND_ARENA_H

#include <tamarind/base.h>

struct arena {
	void *ctx;
	/* n octets aligned for anything, zeroed; NULL when the request's
	 * share is used up or the system has none. */
	void *(*get)(void *ctx, size_t n);
};

/* A room of n octets; p NULL when there is none. */
static inline struct span
arena_span(const struct arena *a, size_t n)
{
	struct span s = {(uint8_t *)a->get(a->ctx, n), n};

	if (s.p == NULL)
		s.n = 0;
	return s;
}

#endif
