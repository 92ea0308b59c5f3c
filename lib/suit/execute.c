/*
 * execute: one command, for one component.   [SUIT SUIT_Command_Sequence]
 *
 * The dispatcher: it reads the command and its argument whole, finds its row
 * (rows.h), and checks all that depends on the moment (limits, parameters set,
 * rights, order) before the row's handler is called.  Handlers have no
 * preamble.
 *
 *	ROW_COND ...  a condition: it holds, it does not, or nobody can tell
 *	ROW_DIR       a directive for one component, ROW_PAIR for two
 *	ROW_FLOW      acts on the run itself: selection, parameters, nesting
 *	ROW_OWN       the device's own
 */
#include "suit_int.h"

/* The same of one that was taken from a slot. */
static struct suit_slot *
slot_of(struct suit_run *run, struct bytes id)
{
	const struct suit_slot *s = suit_slot_of(run, id);

	return &run->slot[s - run->slot];
}

enum err
flow_set_index(struct suit_run *run, struct bytes arg)
{
	return suit_select_read(arg, part_now(run)->m->n_indexes, &run->select);
}

void
command_done(struct suit_run *run)
{
	suit_tell(run, true);
	if (++run->visit < run->select.n)
		return;
	run->visit = 0;
	frame_top(run)->left = frame_top(run)->after;
}

void
command_explain(struct suit_run *run, const struct suit_row *row,
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
	command_explain(run, row, s, e);
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

void
command_execute(struct suit_run *run)
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
		command_explain(run, row, s, e);
		run_failed(run, e);
	}
}
