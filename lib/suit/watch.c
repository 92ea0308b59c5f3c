/*
 * watch: tell somebody what each step of a procedure did.  What a step is
 * about is known before it, and how it went after it; so nothing in run.c
 * has to speak.  For tools that rehearse a manifest.
 */
#include "suit_int.h"

static uint8_t
sequences(const struct suit_run *run)
{
	uint8_t n = 0;

	for (uint8_t i = 0; i < run->depth; i++)
		if (run->frame[i].kind == FRAME_SEQUENCE)
			n++;
	return n;
}

/* The command that comes next on the sequence on top. */
static void
command_coming(struct suit_run *run, struct suit_seen *s)
{
	struct cbor_in r = cbor_open(frame_top(run)->left);

	s->kind = SUIT_SEEN_COMMAND;
	s->depth = sequences(run);
	s->component = suit_selected(&run->select, run->visit);
	s->code = cbor_int(&r, INT64_MIN, INT64_MAX);
	s->arg = cbor_raw(&r, CBOR_ANY);
}

static void
alternative_coming(struct suit_run *run, struct suit_seen *s)
{
	const struct suit_frame *f = frame_top(run);
	struct cbor_in r = cbor_open(f->left);

	s->depth = (uint8_t)(sequences(run) + 1);
	if (f->kind == FRAME_PART)
		return;
	s->kind = f->kind == FRAME_RUN ? SUIT_SEEN_RUN
		  : cbor_peek_null(&r) ? SUIT_SEEN_NIL
				       : SUIT_SEEN_TRY;
	s->component = suit_selected(&f->outer, f->visited);
}

/* One step; answers whether there is something to tell of it. */
static bool
step(struct suit_run *run, struct suit_seen *s)
{
	const struct suit_manifest *m;
	bool begins = run->depth == 0;
	bool nests = !begins && frame_top(run)->kind != FRAME_SEQUENCE;
	bool command = !begins && !nests && frame_top(run)->left.n > 0;
	bool part = nests && frame_top(run)->kind == FRAME_PART;
	uint8_t depth = run->depth;
	bool over = nests && frame_top(run)->visited == frame_top(run)->outer.n;

	*s = (struct suit_seen){.kind = SUIT_SEEN_SECTION, .depth = 1};
	m = begins ? run->m : part_now(run)->m;
	if (command)
		command_coming(run, s);
	else if (nests && !over)
		alternative_coming(run, s);
	s->id = suit_component(m, s->component);
	run_step(run);
	s->section = part_now(run)->section;
	s->part = (uint8_t)(part_now(run) - run->part);
	s->offset = run->last.offset;
	if (run->by_condition || run->state == SUIT_FAILED)
		s->err = run->why.err;
	if (part) /* one of its sequences, or nothing to tell of */
		return run->depth > depth && run->state == SUIT_RUNNING;
	return command || (nests && !over) ||
	       (begins && run->state == SUIT_RUNNING);
}

enum suit_state
suit_watch(
    struct suit_run *run, struct suit_ask *ask, const struct suit_watcher *w)
{
	struct suit_seen s;

	run_resume(run);
	while (run->state == SUIT_RUNNING)
		if (step(run, &s))
			w->seen(w->ctx, run, &s);
	return suit_next(run, ask);
}
