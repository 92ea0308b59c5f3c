/*
 * nest: sequences in sequences: try-each and run-sequence.
 *           [SUIT suit-directive-try-each, suit-directive-run-sequence]
 *
 * Reached through the profile only: one that lists neither links nothing of
 * this.
 */
#include "suit_int.h"

/*
 *	TRY    held: next component.  Else the next alternative, unless the
 *	       author set soft-failure to false or there is none.
 *	RUN    held, or soft-failure set to true: next component.
 * Otherwise the failure is one of the sequence around the TRY or RUN.
 */
static enum suit_ended
ended(struct suit_run *run, bool held, bool soft)
{
	struct suit_frame *f = frame_top(run);

	run->loose |= f->loose; /* whatever was said of order in it */
	if (held || (soft && f->kind == FRAME_RUN)) {
		f->visited++;
		f->left = f->all;
		return ENDED_GOES_ON;
	}
	if (f->kind == FRAME_RUN)
		return ENDED_FAILS;
	if (!soft)
		return ENDED_ABORTS;
	return f->left.n > 0 ? ENDED_GOES_ON : ENDED_FAILS;
}

static void
next(struct suit_run *run)
{
	struct suit_frame *f = frame_top(run);
	struct cbor_in r = cbor_open(f->left);
	struct bytes seq;

	if (f->visited == f->outer.n) {
		run->select = f->outer;
		run->depth--;
		return;
	}
	if (++run->commands > suit_profile.most_commands) {
		run->by_condition = false;
		run_failed(run, ERR_LIMIT);
		return;
	}
	if (cbor_peek_null(&r)) { /* the alternative that does nothing */
		f->visited++;
		f->left = f->all;
		return;
	}
	seq = cbor_bstr(&r, 0, LEN_ANY);
	if (r.err != OK) {
		run_failed(run, ERR_BUG);
		return;
	}
	f->left.p += r.at;
	f->left.n -= r.at;
	frame_enter(run, seq, suit_selected(&f->outer, f->visited),
	    f->kind == FRAME_TRY);
}

/* The run-sequence around, of this manifest, that others may run beside. */
static struct suit_frame *
beside(struct suit_run *run)
{
	const uint8_t part = frame_top(run)->part;

	for (uint8_t i = run->depth; i > 0; i--) {
		if (run->frame[i - 1].part != part)
			break;
		if (run->frame[i - 1].loose)
			return &run->frame[i - 1];
	}
	return NULL;
}

/* Its component is the one that it began with, or is run for. */
enum err
select_allowed(struct suit_run *run)
{
	struct suit_frame *f = beside(run);

	if (f == NULL)
		return OK;
	if (f->step != 0)
		return ERR_PLACE;
	f->step = 1;
	return OK;
}

const struct suit_nesting suit_nesting = {next, ended};

enum err
flow_select(struct suit_run *run, struct bytes arg)
{
	TRY(select_allowed(run));
	return flow_set_index(run, arg);
}

static enum err
nest(struct suit_run *run, enum frame_kind kind, struct bytes sequences)
{
	struct suit_frame *f = frame_push(run, kind);

	f->outer = run->select;
	f->all = sequences;
	f->left = sequences;
	return OK;
}

enum err
flow_try_each(struct suit_run *run, struct bytes arg)
{
	return nest(run, FRAME_TRY, frame_items(arg));
}

/*
 * While no order is promised, such a sequence may be run beside what follows
 * it.  So all of it is in order, and about the component that it begins with
 * or, if several are selected, is run for.                       [SUIT 6.7]
 */
enum err
flow_run_sequence(struct suit_run *run, struct bytes arg)
{
	bool one = run->select.list.raw.p == NULL && run->select.n == 1;
	bool loose = run->loose && beside(run) == NULL;
	struct cbor_in r = cbor_open(arg);
	struct bytes first = frame_items(cbor_bstr(&r, 0, LEN_ANY));
	enum err e;

	/* a number below 24 is itself */
	if (loose && one && (first.n == 0 || *first.p != SUIT_CMD_SET_INDEX))
		return ERR_ORDER;
	e = nest(run, FRAME_RUN, arg);
	frame_top(run)->loose = loose;
	frame_top(run)->step = !one;
	return e;
}
