/*
 * run: the SUIT processor.                  [SUIT SUIT_Command_Sequence]
 *
 * A procedure (update, invoke, uninstall) is a list of sections of the
 * manifest.  Before each one the shared sequence is run.  A section is a
 * sequence: an array of command, argument, command, argument, ...
 *
 * There is no recursion.  What is under way stands in run->frame[], the
 * innermost level last:
 *
 *	SEQUENCE   commands still to run
 *	TRY, RUN   a try-each or run-sequence: which alternatives are left and
 *	           which components it still has to be run for; the sequence it
 *	           tries or runs is the frame above it
 *
 *	suit_next:  until there is something to say
 *	                no frame          -> section_next
 *	                SEQUENCE on top   -> execute one command of it, or, at
 *	                                     its end, sequence_ended(held)
 *	                TRY, RUN on top   -> nest.c: enter its sequence
 *
 * A condition that does not hold ends its sequence (not held); what this
 * means is decided one level down, in nest.c: the next alternative, forgiven,
 * or the end.  A directive that fails ends the procedure.
 *
 * A fetch suspends in execute: the state becomes SUIT_WANT_FETCH, suit_give
 * takes pieces, and after the last one the command counts as done.
 *
 * Structure was checked by scan.c; here every command's row (rows.h) is
 * checked for what depends on the moment: limits, parameters set, rights.
 */
#include "suit_int.h"

#include <string.h>

/* The sections of each procedure, in order. */
static const uint8_t procedures[][4] = {
    [SUIT_DO_UPDATE] = {SUIT_PAYLOAD_FETCH, SUIT_INSTALL, SUIT_VALIDATE, 0},
    [SUIT_DO_INVOKE] = {SUIT_VALIDATE, SUIT_LOAD, SUIT_INVOKE, 0},
    [SUIT_DO_UNINSTALL] = {SUIT_UNINSTALL, 0},
};

/* ---- frames ------------------------------------------------------------ */

struct suit_frame *
frame_top(struct suit_run *run)
{
	return &run->frame[run->depth - 1];
}

/* The encoded sequence of the section under way. */
static struct bytes
section(const struct suit_run *run)
{
	return run->section == SUIT_COMMON ? run->m->shared
					   : run->m->section[run->section];
}

void
run_failed(struct suit_run *run, enum err e)
{
	fetch_drop(run);
	run->why.err = e;
	run->state = SUIT_FAILED;
}

struct suit_frame *
frame_push(struct suit_run *run, enum frame_kind kind)
{
	/* scan.c bounded the nesting; the array must not rely on it */
	if (run->depth == ARRAY_LEN(run->frame)) {
		run_failed(run, ERR_BUG);
		return frame_top(run);
	}
	run->depth++;
	*frame_top(run) = (struct suit_frame){.kind = (uint8_t)kind};
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
static void
section_next(struct suit_run *run)
{
	const uint8_t *list = procedures[run->procedure];

	if (run->section == SUIT_COMMON && list[run->step] != 0) {
		run->section = list[run->step++];
		frame_enter(run, section(run), 0, false);
		return;
	}
	while (list[run->step] != 0 && run->m->section[list[run->step]].n == 0)
		run->step++;
	if (list[run->step] == 0 && run->section != 0) {
		run->why = (struct why){.err = OK};
		run->state = SUIT_DONE;
		return;
	}
	run->section = SUIT_COMMON;
	frame_enter(run, section(run), 0, false);
}

/* The sequence on top has ended.  held: no condition failed in it. */
static void
sequence_ended(struct suit_run *run, bool held)
{
	bool soft = frame_top(run)->soft;

	run->visit = 0;
	run->depth--;
	if (run->depth > 0 && suit_profile.nesting->ended(run, held, soft))
		return;
	if (!held)
		run_failed(run, run->why.err);
}

/* ---- control flow ------------------------------------------------------ */

enum err
flow_set_index(struct suit_run *run, struct bytes arg)
{
	return suit_select_read(arg, run->m->components.n, &run->select);
}

/* ---- one command ------------------------------------------------------- */

/* The command has done its work for one component. */
static void
command_done(struct suit_run *run)
{
	if (++run->visit < run->select.n)
		return;
	run->visit = 0;
	frame_top(run)->left = frame_top(run)->after;
}

/* Tell where and why, for people; the report has run->last. */
static void
explain(struct suit_run *run, const struct suit_row *row, uint8_t i, enum err e)
{
	struct why *w = &run->why;

	*w = (struct why){.err = e, .what = suit_command_name(row->code)};
	w->at =
	    (size_t)(section(run).p - run->m->envelope.p) + run->last.offset;
	w->subject = suit_component(run->m, i);
	if (e == ERR_IMAGE_DIGEST) {
		w->kind = WHY_HEX;
		w->expected = run->par[i].digest;
		w->found = record_digest(&run->last);
	}
}

/* A condition: held, not held, or nobody can tell. */
static void
run_condition(struct suit_run *run, const struct suit_row *row, uint8_t i)
{
	bool set = (run->par[i].has & row->needs) == row->needs;
	enum err e = set ? OK : ERR_NEEDS;

	if (e == OK && row->kind == ROW_LOOK)
		e = content_know(run, i);
	if (e == OK)
		e = row->run.cond(run, i, &run->last);
	if (e == OK) {
		if (row->code == SUIT_CMD_IMAGE_MATCH)
			run->vouched |= UINT32_C(1) << i;
		command_done(run);
		return;
	}
	run->by_condition = true;
	explain(run, row, i, e);
	if (err_class(e) != CLASS_REFUSED) {
		run_failed(run, e);
		return;
	}
	if (record_log(run, &run->last) != OK) {
		/* What cannot be told of is not gone on with: a report that
		 * lacks a record tells of another run. */
		run->by_condition = false;
		run_failed(run, ERR_LIMIT);
		return;
	}
	sequence_ended(run, false);
}

static enum err
run_directive(struct suit_run *run, const struct suit_row *row, uint8_t i)
{
	const struct suit_host *h = run->host;

	if ((run->par[i].has & row->needs) != row->needs)
		return ERR_NEEDS;
	TRY(h->may(
	    h->ctx, (enum suit_command)row->code, suit_component(run->m, i)));
	return row->run.dir(run, i);
}

/* The next command of the sequence on top, for one component. */
static void
execute(struct suit_run *run)
{
	struct suit_frame *f = frame_top(run);
	struct cbor_in r = cbor_open(f->left);
	const struct suit_row *row = suit_row(cbor_int(&r, 0, UINT8_MAX));
	struct bytes arg = cbor_raw(&r, CBOR_ANY);
	uint8_t i = suit_selected(&run->select, run->visit);
	enum err e;

	run->by_condition = false;
	run->last = (struct suit_record){
	    .section = run->section,
	    .component = i,
	    .offset = (uint32_t)(f->left.p - section(run).p),
	};
	if (r.err != OK || row == NULL) {
		run_failed(run, ERR_BUG);
		return;
	}
	run->last.command = row->code;
	f->after = (struct bytes){f->left.p + r.at, f->left.n - r.at};
	if (++run->commands > SUIT_COMMANDS_MAX) {
		e = ERR_LIMIT;
	} else if (row->kind <= ROW_LOOK) {
		run_condition(run, row, i);
		return;
	} else if (row->kind == ROW_DIR) {
		e = run_directive(run, row, i);
		if (e == OK && run->state == SUIT_RUNNING)
			command_done(run);
	} else {
		f->left = f->after;
		e = row->run.flow(run, arg);
	}
	if (e != OK) {
		explain(run, row, i, e);
		run_failed(run, e);
	}
}

/* ---- outside ----------------------------------------------------------- */

static enum err
start_check(struct suit_run *run)
{
	const uint8_t *list = procedures[run->procedure];
	const struct suit_manifest *m = run->m;

	if (m->n_signers == 0)
		return why_set(&run->why, ERR_UNSIGNED, "manifest");
	for (size_t i = 0; i < m->components.n; i++) {
		struct bytes id = suit_component(m, i);
		enum err e =
		    run->host->may(run->host->ctx, SUIT_CMD_SET_INDEX, id);

		run->why.subject = id;
		if (e != OK)
			return why_set(&run->why, e, "component");
	}
	for (; *list != 0; list++)
		if ((m->severed >> *list & 1) != 0)
			return why_set(
			    &run->why, ERR_SEVERED, "needed section");
	return OK;
}

enum err
suit_start(struct suit_run *run, const struct crypto *c,
    const struct suit_host *host, const struct suit_manifest *m,
    enum suit_procedure procedure)
{
	enum err e;

	memset(run, 0, sizeof(*run));
	run->crypto = c;
	run->host = host;
	run->m = m;
	run->procedure = procedure;
	e = start_check(run);
	if (e != OK)
		run->state = SUIT_FAILED;
	return e;
}

void
run_step(struct suit_run *run)
{
	if (run->depth == 0)
		section_next(run);
	else if (frame_top(run)->kind != FRAME_SEQUENCE)
		suit_profile.nesting->next(run);
	else if (frame_top(run)->left.n == 0)
		sequence_ended(run, true);
	else
		execute(run);
}

enum suit_state
suit_next(struct suit_run *run, struct suit_ask *ask)
{
	memset(ask, 0, sizeof(*ask));
	while (run->state == SUIT_RUNNING)
		run_step(run);
	if (run->state == SUIT_WANT_FETCH) {
		ask->uri = run->par[run->target].uri;
		ask->component = suit_component(run->m, run->target);
		ask->offset = run->got;
		ask->limit = run->limit - run->got;
	}
	return run->state;
}

void
suit_give(struct suit_run *run, struct bytes piece, bool last)
{
	enum err e;

	if (run->state != SUIT_WANT_FETCH)
		return; /* too late: nobody waits for it any more */
	e = fetch_piece(run, piece, last);
	if (e != OK) {
		suit_fail(run, e);
	} else if (last) {
		run->state = SUIT_RUNNING;
		command_done(run);
	}
}

void
suit_fail(struct suit_run *run, enum err e)
{
	if (run->state != SUIT_RUNNING && run->state != SUIT_WANT_FETCH)
		return;
	if (run->depth > 0)
		explain(run, suit_row(SUIT_CMD_FETCH), run->target, e);
	run_failed(run, e);
}
