/*
 * peer_wrong: what a scripted peer is to do wrong, and whether it did.
 */
#include "fault.h"
#include "peer.h"

#include <stdlib.h>
#include <string.h>

void
peer_wrong_add(struct peer *p, unsigned kinds, const char *text)
{
	char thing[32];
	const char *name = strchr(text, ':');
	const struct fault *f = name != NULL ? fault_named(name + 1) : NULL;
	size_t n = name != NULL ? (size_t)(name - text) : 0;
	unsigned made;

	if (n == 0 || n >= sizeof(thing))
		die_usage(PROG, "'%s' is not KIND:NAME of a fault", text);
	memcpy(thing, text, n);
	thing[n] = '\0';
	made = made_named(thing);
	if ((made & kinds) == 0)
		die_usage(PROG, "'%s' is nothing that this peer makes", thing);
	if (f == NULL || (f->kinds & made) == 0)
		die_usage(PROG,
		    "'%s' is no fault of %s; 'teep make --faults' lists them",
		    name + 1, thing);
	if (p->n_wrong == ARRAY_LEN(p->wrong))
		die_usage(PROG, "%d faults at most", PEER_FAULTS);
	p->wrong[p->n_wrong++] = (struct peer_wrong){f, made};
}

void
peer_wrong_check(const struct peer *p)
{
	for (size_t i = 0; i < p->n_wrong; i++)
		if (!fault_in(p->wrong[i].fault, p->wrong[i].made, &p->dialect))
			die_usage(PROG, "%s is no fault in this dialect",
			    p->wrong[i].fault->name);
}

/* What stands inside a message is made with each of them. */
static bool
concerns(const struct peer_wrong *w, unsigned made)
{
	return w->made == made || (w->made & MADE_MESSAGES) == 0;
}

void
peer_wrong_next(struct peer *p, unsigned made)
{
	build_right(&p->b);
	p->applied = p->b.n_applied;
	p->made = made;
	for (size_t i = 0; i < p->n_wrong; i++)
		if (concerns(&p->wrong[i], made))
			fault_inject(&p->b, p->wrong[i].fault, p->wrong[i].made,
			    p->v.kid);
}

void
peer_wrong_done(struct peer *p)
{
	bool did = p->b.n_applied > p->applied;

	for (size_t i = 0; i < p->n_wrong && did; i++)
		if (concerns(&p->wrong[i], p->made))
			peer_note("    wrong on purpose: %s of %s",
			    p->wrong[i].fault->name,
			    made_name(p->wrong[i].made));
	p->did_wrong |= did;
	p->applied = p->b.n_applied;
	build_right(&p->b);
	if (p->b.err == OK)
		return;
	die(PROG, EXIT_REFUSED, "the answer: %s%s", err_name(p->b.err),
	    p->n_wrong > 0 ? ": a fault finds nothing that it could change"
			   : "");
}

void
peer_wrong_end(const struct peer *p)
{
	if (p->n_wrong > 0 && !p->did_wrong)
		die(PROG, EXIT_REFUSED,
		    "nothing was said that the fault is about");
}
