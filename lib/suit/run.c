/*
 * run: the SUIT processor.                  [SUIT SUIT_Command_Sequence]
 *
 * A procedure (update, invoke, uninstall) is a list of sections of the
 * manifest.  Before each one the shared sequence is run.  A section is a
 * sequence: an array of command, argument, command, argument, ...
 *
 * Manifests in progress stand in run->part[], the root first.  What is known
 * of a component, its parameters among it, stands in run->slot[]: one for each
 * identifier, whichever manifests name it.  A manifest numbers its components
 * for itself; part->slot[] leads from its numbers to slots.
 *
 * There is no recursion.  What is under way stands in run->frame[], the
 * innermost level last; each frame knows the manifest it is of:
 *
 *	SEQUENCE   commands still to run
 *	TRY, RUN   a try-each or run-sequence: which alternatives are left and
 *	           which components it still has to be run for; the sequence it
 *	           tries or runs is the frame above it
 *	PART       a process-dependency: which dependencies are left; above it
 *	           is a sequence of the one whose turn it is
 *
 *	suit_next:  until there is something to say
 *	                no frame          -> section_next
 *	                SEQUENCE on top   -> execute one command of it, or, at
 *	                                     its end, sequence_ended(held)
 *	                TRY, RUN on top   -> nest.c: enter its sequence
 *	                PART on top       -> depend.c: the same
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
static const uint8_t procedures[][6] = {
    [SUIT_DO_UPDATE] = {SUIT_DEPENDENCY_RESOLUTION, SUIT_PAYLOAD_FETCH,
	SUIT_CANDIDATE_VERIFICATION, SUIT_INSTALL, SUIT_VALIDATE, 0},
    [SUIT_DO_INVOKE] = {SUIT_VALIDATE, SUIT_LOAD, SUIT_INVOKE, 0},
    [SUIT_DO_UNINSTALL] = {SUIT_UNINSTALL, 0},
};

const uint8_t *
run_sections(const struct suit_run *run)
{
	return procedures[run->procedure];
}

bool
run_has_section(enum suit_procedure procedure, uint8_t section)
{
	for (const uint8_t *list = procedures[procedure]; *list != 0; list++)
		if (*list == section)
			return true;
	return section == SUIT_COMMON;
}

/* ---- manifests in progress, components --------------------------------- */

const struct suit_part *
part_now(const struct suit_run *run)
{
	return &run->part[run->depth > 0 ? run->frame[run->depth - 1].part : 0];
}

struct suit_slot *
slot_at(struct suit_run *run, uint8_t i)
{
	return &run->slot[part_now(run)->slot[i]];
}

/* The encoded sequence that is run of a manifest. */
static struct bytes
part_sequence(const struct suit_part *p)
{
	return p->section == SUIT_COMMON ? p->m->shared
					 : p->m->section[p->section];
}

const struct suit_slot *
suit_slot_of(const struct suit_run *run, struct bytes id)
{
	for (size_t i = 0; i < run->n_slots; i++)
		if (bytes_same(run->slot[i].id, id))
			return &run->slot[i];
	return NULL;
}

/* The same of one that was taken from a slot. */
static struct suit_slot *
slot_of(struct suit_run *run, struct bytes id)
{
	const struct suit_slot *s = suit_slot_of(run, id);

	return &run->slot[s - run->slot];
}

enum err
part_put(struct suit_run *run, uint8_t n, const struct suit_manifest *m)
{
	struct suit_part *p = &run->part[n];

	for (size_t i = 0; i < m->n_indexes; i++) {
		struct bytes id = suit_component(m, i);
		const struct suit_slot *s = suit_slot_of(run, id);

		enum err e =
		    run->host->may(run->host->ctx, m, SUIT_CMD_SET_INDEX, id);

		if (s == NULL && run->n_slots == SUIT_COMPONENTS_MAX)
			e = ERR_LIMIT;
		if (e != OK) {
			(void)why_set(&run->why, e, "component");
			run->why.subject = id;
			return e;
		}
		if (s == NULL) {
			run->slot[run->n_slots] = (struct suit_slot){.id = id};
			s = &run->slot[run->n_slots++];
		}
		p->slot[i] = (uint8_t)(s - run->slot);
	}
	p->section = 0;
	p->m = m;
	return OK;
}

/* ---- frames ------------------------------------------------------------ */

struct suit_frame *
frame_top(struct suit_run *run)
{
	return &run->frame[run->depth - 1];
}

void
run_failed(struct suit_run *run, enum err e)
{
	fill_drop(run);
	run->why.err = e;
	run->state = SUIT_FAILED;
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
static void
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

/* What the frame on top, no sequence, is ruled by. */
static const struct suit_nesting *
nesting(struct suit_run *run)
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
		switch (nesting(run)->ended(run, held, soft)) {
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

/* ---- control flow ------------------------------------------------------ */

enum err
flow_set_index(struct suit_run *run, struct bytes arg)
{
	return suit_select_read(arg, part_now(run)->m->n_indexes, &run->select);
}

/* ---- one command ------------------------------------------------------- */

void
command_done(struct suit_run *run)
{
	suit_tell(run, true);
	if (++run->visit < run->select.n)
		return;
	run->visit = 0;
	frame_top(run)->left = frame_top(run)->after;
}

/* Tell where and why, for people; the report has run->last. */
static void
explain(struct suit_run *run, const struct suit_row *row,
    const struct suit_slot *s, enum err e)
{
	const struct suit_part *p = part_now(run);
	struct why *w = &run->why;

	*w = (struct why){.err = e, .what = suit_command_name(row->code)};
	w->at =
	    (size_t)(part_sequence(p).p - p->m->envelope.p) + run->last.offset;
	w->subject = s->id;
	if (e == ERR_IMAGE_DIGEST) {
		w->kind = WHY_HEX;
		w->expected = param_get(run, s, SUIT_PAR_IMAGE_DIGEST);
		w->found = record_digest(&run->last);
	}
}

/* What a condition said: it holds, it does not, or nobody can tell. */
static void
condition_ended(struct suit_run *run, const struct suit_row *row,
    struct suit_slot *s, enum err e)
{
	if (e == OK) {
		command_done(run);
		return;
	}
	/* A limit is the processor's word, whatever was asked; and what is not
	 * implemented refuses the manifest, whatever there is beside it.
	 *                                               [SUIT UM 1, 5] */
	run->by_condition = e != ERR_LIMIT && e != ERR_CANNOT;
	explain(run, row, s, e);
	if (err_class(e) == CLASS_REFUSED && run->by_condition) {
		if (record_log(run, &run->last) == OK) {
			suit_tell(run, false);
			sequence_ended(run, false);
			return;
		}
		/* What cannot be told of is not gone on with: a report that
		 * lacks a record tells of another run. */
		run->by_condition = false;
		e = ERR_LIMIT;
	}
	run_failed(run, e);
}

static void
run_condition(
    struct suit_run *run, const struct suit_row *row, struct suit_slot *s)
{
	enum err e = params_have(run, s, row->needs) ? OK : ERR_NEEDS;

	if (e == OK && row->kind != ROW_COND)
		e = fill_know(run, s);
	if (e == ERR_NOT_INSTALLED && row->kind == ROW_SEEK)
		e = OK;
	if (e == OK)
		e = row->run.cond(run, s, &run->last);
	if (e == OK && row->code == SUIT_CMD_IMAGE_MATCH)
		s->vouched = true;
	condition_ended(run, row, s, e);
}

void
conflict_forget(struct suit_run *run)
{
	for (uint8_t i = 0; i < run->n_slots; i++)
		run->slot[i].target = run->slot[i].source = false;
}

/* While no order is promised, what one command writes none may read. */
static enum err
conflict_check(
    const struct suit_run *run, struct suit_slot *to, struct suit_slot *from)
{
	if (from == to)
		return ERR_CONFLICT;
	if (!run->loose)
		return OK;
	to->target = true;
	if (from != NULL)
		from->source = true;
	return to->source || (from != NULL && from->target) ? ERR_CONFLICT : OK;
}

/* A directive for one component, or one and its source. */
static enum err
run_directive(
    struct suit_run *run, const struct suit_row *row, struct suit_slot *s)
{
	const struct suit_manifest *m = part_now(run)->m;
	const struct suit_host *h = run->host;
	enum suit_command cmd = (enum suit_command)row->code;
	struct suit_slot *from;

	if (!params_have(run, s, row->needs))
		return ERR_NEEDS;
	TRY(h->may(h->ctx, m, cmd, s->id));
	if (row->kind != ROW_PAIR) {
		TRY(conflict_check(run, s, NULL));
		return row->run.dir(run, s);
	}
	from = slot_of(run, param_get(run, s, SUIT_PAR_SOURCE));
	TRY(h->may(h->ctx, m, cmd, from->id));
	TRY(conflict_check(run, s, from));
	return row->run.pair(run, s, from);
}

/* A command of the device's own. */
static enum err
run_own(struct suit_run *run, const struct suit_row *row, struct suit_slot *s,
    int64_t code, struct bytes arg)
{
	enum err e = suit_profile.own->perform(run, s, code, arg);

	if (suit_profile.own->is_condition(run->host, code))
		condition_ended(run, row, s, e);
	else if (e != OK)
		return e;
	else
		command_done(run);
	return OK;
}

const struct suit_row *
command_begin(struct suit_run *run, int64_t *code, struct bytes *arg)
{
	struct suit_frame *f = frame_top(run);
	struct cbor_in r = cbor_open(f->left);
	const struct suit_part *p = part_now(run);
	const struct suit_row *row;

	*code = cbor_int(&r, INT64_MIN, INT64_MAX);
	row = suit_row(*code);
	*arg = suit_argument(&r);
	run->by_condition = false;
	run->last = (struct suit_record){
	    .section = p->section,
	    .component = suit_selected(&run->select, run->visit),
	    .offset = (uint32_t)(f->left.p - part_sequence(p).p),
	};
	if (r.err != OK || row == NULL) {
		run_failed(run, ERR_BUG);
		return NULL;
	}
	run->last.command = row->code;
	if (p != run->part)
		suit_profile.depending->path(run, p, &run->last);
	f->after = (struct bytes){f->left.p + r.at, f->left.n - r.at};
	run->commands++;
	return row;
}

enum err
command_flow(struct suit_run *run, const struct suit_row *row, struct bytes arg)
{
	frame_top(run)->left = frame_top(run)->after;
	return row->arg == ARG_OTHER ? row->run.wide->flow(run, arg)
				     : row->run.flow(run, arg);
}

/* The next command of the sequence on top, for one component. */
static void
execute(struct suit_run *run)
{
	int64_t code;
	struct bytes arg;
	const struct suit_row *row = command_begin(run, &code, &arg);
	struct suit_slot *s;
	enum err e;

	if (row == NULL)
		return;
	s = slot_at(run, run->last.component);
	if (run->commands > suit_profile.most_commands) {
		e = ERR_LIMIT;
	} else if (row->kind <= ROW_SEEK) {
		run_condition(run, row, s);
		return;
	} else if (row->kind == ROW_OWN) {
		e = run_own(run, row, s, code, arg);
	} else if (row->kind != ROW_FLOW) {
		e = run_directive(run, row, s);
		if (e == OK && run->state == SUIT_RUNNING)
			command_done(run);
	} else {
		e = command_flow(run, row, arg);
	}
	if (e != OK) {
		explain(run, row, s, e);
		run_failed(run, e);
	}
}

/* ---- outside ----------------------------------------------------------- */

static enum err
start_check(struct suit_run *run)
{
	const struct suit_depending *d = suit_profile.depending;
	const struct suit_manifest *m = run->m;
	const struct suit_fault f = {&run->why, m->envelope.p};
	bool own;

	run->part[0] = (struct suit_part){.m = m};
	TRY(part_put(run, 0, m));
	run->n_parts = 1;
	for (const uint8_t *list = run_sections(run); *list != 0; list++)
		if ((m->severed >> *list & 1) != 0)
			return why_set(
			    &run->why, ERR_SEVERED, "needed section");
	if (d != NULL)
		TRY(d->start(run));
	else if (run->host->compat >= SUIT_DEMAND_IDENTITY)
		return why_set(&run->why, ERR_CANNOT, "readings");
	return m->own ? suit_scan(m, run->host, &f, &own) : OK;
}

static void
start_clear(struct suit_run *run, const struct crypto *c,
    const struct suit_host *host, const struct suit_manifest *m,
    enum suit_procedure procedure)
{
	memset(run, 0, offsetof(struct suit_run, slot));
	run->crypto = c;
	run->host = host;
	run->m = m;
	run->procedure = procedure;
}

enum err
run_begin(struct suit_run *run, const struct crypto *c,
    const struct suit_host *host, const struct suit_manifest *m,
    enum suit_procedure procedure)
{
	enum err e;

	start_clear(run, c, host, m, procedure);
	e = start_check(run);
	if (e != OK)
		run->state = SUIT_FAILED;
	return e;
}

enum err
suit_start(struct suit_run *run, const struct crypto *c,
    const struct suit_host *host, const struct suit_manifest *m,
    enum suit_procedure procedure)
{
	if (m->n_signers > 0)
		return run_begin(run, c, host, m, procedure);
	start_clear(run, c, host, m, procedure);
	run->state = SUIT_FAILED;
	return why_set(&run->why, ERR_UNSIGNED, "manifest");
}

void
run_step(struct suit_run *run)
{
	if (run->depth == 0)
		section_next(run);
	else if (frame_top(run)->kind != FRAME_SEQUENCE)
		nesting(run)->next(run);
	else if (frame_top(run)->left.n == 0)
		sequence_ended(run, true);
	else
		execute(run);
}

/* A wait asks again, and counts once. */
void
run_resume(struct suit_run *run)
{
	if (run->state != SUIT_WANT_EVENT)
		return;
	run->state = SUIT_RUNNING;
	run->commands--;
}

enum suit_state
suit_next(struct suit_run *run, struct suit_ask *ask)
{
	const struct suit_slot *target;

	memset(ask, 0, sizeof(*ask));
	run_resume(run);
	while (run->state == SUIT_RUNNING)
		run_step(run);
	target = &run->slot[run->target];
	if (run->state == SUIT_WANT_FETCH) {
		ask->uri = run->uri;
		ask->component = target->id;
		ask->offset = run->got;
		ask->limit = run->limit - run->got;
		ask->args = param_get(run, target, SUIT_PAR_FETCH_ARGS);
	} else if (run->state == SUIT_WANT_EVENT) {
		ask->component = target->id;
		ask->events = param_get(run, target, SUIT_PAR_WAIT_INFO);
	}
	return run->state;
}

void
suit_give(struct suit_run *run, struct bytes piece, bool last)
{
	enum err e;

	if (run->state != SUIT_WANT_FETCH)
		return; /* too late: nobody waits for it any more */
	e = fill_piece(run, piece, last);
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
	enum suit_command cmd =
	    run->state == SUIT_WANT_EVENT ? SUIT_CMD_WAIT : SUIT_CMD_FETCH;

	if (run->state == SUIT_DONE || run->state == SUIT_FAILED)
		return;
	if (run->depth > 0)
		explain(run, suit_row(cmd), &run->slot[run->target], e);
	run_failed(run, e);
}
