/*
 * frames: what is under way, from the section to the sequence that runs.
 *
 * run->frame[] is a stack in an array: there is no recursion.  A sequence that
 * is at its end, or one of whose conditions does not hold, goes; what that
 * means is decided by the frame beneath it: nest.c, depend.c, or, where there
 * is none, the section that it was.
 */
#include "suit_int.h"

struct suit_frame *
frame_top(struct suit_run *run)
{
	return &run->frame[run->depth - 1];
}

struct suit_frame *
frame_push(struct suit_run *run, enum frame_kind kind)
{
	struct suit_frame *f;

	/* scan.c bounded the nesting of each manifest, but not of all */
	if (run->depth == ARRAY_LEN(run->frame)) {
		run_failed(run, why_set(&run->why, ERR_DEPTH, "sequences"));
		return frame_top(run);
	}
	f = &run->frame[run->depth];
	*f = (struct suit_frame){.kind = (uint8_t)kind};
	f->part = (uint8_t)(part_now(run) - run->part);
	run->depth++;
	return frame_top(run);
}

struct bytes
frame_items(struct bytes array)
{
	struct cbor_in r = cbor_open(array);

	if (array.n == 0)
		return BYTES_NONE;
	(void)cbor_array_any(&r, 0, LEN_ANY);
	return (struct bytes){array.p + r.at, array.n - r.at};
}

void
frame_enter(
    struct suit_run *run, struct bytes array, uint8_t component, bool soft)
{
	struct suit_frame *f = frame_push(run, FRAME_SEQUENCE);

	f->left = frame_items(array);
	f->soft = soft;
	run->select = (struct suit_select){.first = component, .n = 1};
	run->visit = 0;
}

/* Begin the shared sequence or the section it stands before.  A procedure of
 * which the manifest has no section still has to be applicable: then the
 * shared sequence is run alone. */
void
section_next(struct suit_run *run)
{
	const uint8_t *list = run_sections(run);
	struct suit_part *p = &run->part[0];

	conflict_forget(run); /* at the end of a sequence all is done */
	if (p->section == SUIT_COMMON && list[run->step] != 0) {
		p->section = list[run->step++];
		frame_enter(run, part_sequence(p), 0, false);
		return;
	}
	while (list[run->step] != 0 && p->m->section[list[run->step]].n == 0)
		run->step++;
	if (suit_profile.depending != NULL && p->section != 0 &&
	    !suit_profile.depending->over(run))
		return;
	if (list[run->step] == 0 && p->section != 0) {
		run->why = (struct why){.err = OK};
		run->state = SUIT_DONE;
		return;
	}
	p->section = SUIT_COMMON;
	frame_enter(run, part_sequence(p), 0, false);
}

const struct suit_nesting *
frame_nesting(struct suit_run *run)
{
	return frame_top(run)->kind == FRAME_PART
		   ? &suit_profile.depending->nesting
		   : suit_profile.nesting;
}

void
sequence_ended(struct suit_run *run, bool held)
{
	bool soft = frame_top(run)->soft;

	run->visit = 0;
	run->depth--;
	while (run->depth > 0) {
		switch (frame_nesting(run)->ended(run, held, soft)) {
		case ENDED_GOES_ON:
			return;
		case ENDED_ABORTS:
			run_failed(run, run->why.err);
			return;
		case ENDED_FAILS:
			break;
		}
		run->depth--; /* and the sequence that it stands in */
		soft = frame_top(run)->soft;
		run->depth--;
	}
	if (!held)
		run_failed(run, run->why.err);
}
