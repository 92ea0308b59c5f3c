/*
 * lint_int: what the rules of commands know as a procedure is walked.
 */
#ifndef SUIT_LINT_INT_H
#define SUIT_LINT_INT_H

#include "lint.h"

/* A component as it is at one point of a procedure. */
struct filled {
	struct bytes id;
	const char *name;        /* of the component */
	const char *command;     /* that filled it */
	const struct item *code; /* and where it stands */
	unsigned section;
	bool open;       /* it was not looked at since, in this section */
	bool late;       /* nor before its section ended */
	bool undigested; /* nothing says what it must be */
	bool checked;    /* dependency-integrity was done */
};

struct checks {
	struct lint *l;
	const struct model *m;
	struct filled filled[MODEL_PLACES_MAX];
	size_t n;
	bool first; /* command of its section */
	bool vendor, class_id;
	/* sections of dependencies that are processed, by child */
	uint32_t processed[MODEL_CHILDREN_MAX];
};

/* What is known of a component. */
struct filled *lint_filled(struct checks *k, struct bytes id);
/* lint_payloads.c: a command fills a component. */
void lint_fill(
    struct checks *k, const struct walk_command *c, const struct place *p);

#endif
