/*
 * gather: every value that some command of a manifest makes use of, and the
 * steps of each section as lines.
 */
#ifndef SUIT_GATHER_H
#define SUIT_GATHER_H

#include "walk.h"
#include <stdio.h>

#define GATHER_MAX 512

struct gathered {
	int64_t label, command;
	const struct model *m;
	struct bytes id; /* of the component */
	const struct item *value;
};

struct gather {
	struct gathered row[GATHER_MAX];
	size_t n;
	/* Sections of dependencies that are done. */
	struct {
		const struct model *m;
		unsigned section;
	} done[GATHER_MAX];
	size_t n_done;
};

/* Walk every procedure of m. */
void gather(const struct model *m, struct gather *out);
/* The nth value of a label that a command uses (0: any), of a component
 * (p NULL: any); NULL: there are no more. */
const struct item *gather_find(const struct gather *g, int64_t command,
    int64_t label, struct bytes id, size_t nth);

/* Is a section of a dependency done by the manifest around it? */
bool gather_done(
    const struct gather *g, const struct model *m, unsigned section);

/* Print the steps of sections of a procedure, each a line "- ...", after
 * indent.  only: of one section; 0: of all, and the shared sequence once, each
 * after a heading, but for sections that around says it does. */
void steps_put(FILE *f, const struct model *m, enum walk_procedure p,
    unsigned only, const struct gather *around);

#endif
