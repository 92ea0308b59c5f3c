/*
 * walk: what a manifest could do, without a device: one pass over every
 * command of a procedure, down every alternative, with what is known about
 * each parameter at that point.  explain, lint and diff are visitors.
 *
 * A parameter may have several values, of which the device's state chooses,
 * or may be set on some ways only.  Dependencies that stand in the envelope
 * are walked where they are processed.
 */
#ifndef SUIT_WALK_H
#define SUIT_WALK_H

#include "model.h"

#define WALK_VALUES_MAX 8
#define WALK_DEPTH_MAX  16
/* Commands visited, as a device executes no more either. */
#define WALK_COMMANDS_MAX SUIT_COMMANDS_MAX

enum walk_procedure { WALK_UPDATE, WALK_INVOKE, WALK_UNINSTALL };

/* A parameter of a component. */
struct walk_fact {
	struct bytes id; /* of the component, encoded */
	int64_t label;
	bool maybe; /* on some way it is not set */
	bool more;  /* it has more values than are listed */
	uint8_t n;
	const struct item *value[WALK_VALUES_MAX];
};

struct walk_state {
	struct walk_fact *fact;
	size_t n;
};

struct walk_command {
	const struct model *m;
	unsigned section; /* it stands in; SUIT_COMMON: the shared sequence */
	unsigned before;  /* the section that it stands in or before; 0: none */
	const struct item *code, *arg; /* arg NULL: it has none */
	int64_t number;                /* of the code */
	bool numbered;                 /* the code is a number */
	const char *name;              /* NULL: nobody knows it */
	unsigned depth;                /* 0: in the section itself */
	bool soft;                     /* soft-failure is set here */
	bool dead;                     /* nothing can lead here */
	/* What it acts on.  Several: with index true or a list. */
	const struct place *target[MODEL_PLACES_MAX];
	size_t n_targets;
	const struct walk_state *state; /* before it, in command only */
};

struct walk_visitor {
	void *ctx;
	/* A sequence of the manifest begins; i NULL: it is not here. */
	void (*section)(void *ctx, const struct model *m, unsigned key,
	    unsigned before, const struct item *i);
	void (*command)(void *ctx, const struct walk_command *c);
	/* The nth of some alternatives (nil: it does nothing), the sequence of
	 * a run-sequence, the section of a dependency (m).  dead: what stands
	 * before it cannot fail. */
	void (*enter)(void *ctx, const struct walk_command *c,
	    const struct model *m, unsigned nth, unsigned of, bool nil,
	    bool dead);
	void (*leave)(void *ctx, const struct walk_command *c);
	/* Something that no device takes. */
	void (*fault)(void *ctx, const struct model *m, unsigned section,
	    const struct item *at, const char *what);
};

/* Walk a procedure; functions of v that are NULL are not called. */
void walk(
    const struct model *m, enum walk_procedure p, const struct walk_visitor *v);
/* Walk one section with the shared sequence before it, if shared. */
void walk_section(const struct model *m, unsigned key, bool shared,
    const struct walk_visitor *v);
/* The sections of a procedure, 0 at their end. */
const uint8_t *walk_sections(enum walk_procedure p);

/* What is known of a parameter; NULL: it is set on no way. */
const struct walk_fact *walk_find(
    const struct walk_state *s, struct bytes id, int64_t label);
/* The parameters that a command takes: those it needs, and those it heeds if
 * they are set; 0 ends each list. */
struct walk_use {
	uint8_t command, needs[2], heeds[5];
};
/* NULL: it takes none. */
const struct walk_use *walk_uses(int64_t number);

/* Is a command a condition?  Does it fill its component? */
bool walk_is_condition(int64_t number);
bool walk_fills(int64_t number);

#endif
