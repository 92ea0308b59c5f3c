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
 *	                no frame          -> section_next           frames.c
 *	                SEQUENCE on top   -> command_execute        execute.c
 *	                    at its end    -> sequence_ended(held)   frames.c
 *	                TRY, RUN on top   -> enter its sequence     nest.c
 *	                PART on top       -> the same               depend.c
 *
 * A condition that does not hold ends its sequence (not held); what this
 * means is decided one level down, in nest.c: the next alternative, forgiven,
 * or the end.  A directive that fails ends the procedure.
 *
 * A fetch suspends in its command: the state becomes SUIT_WANT_FETCH, suit_give
 * takes pieces, and after the last one the command counts as done.
 *
 * Structure was checked by scan.c before anything ran.  Of each command
 * execute.c checks by its row (rows.h) what depends on the moment: limits,
 * parameters set, rights; then it calls the row's handler: a condition (cond.c,
 * cond_um.c), a directive (dir.c, pair.c, wait.c, over fill.c), or what acts
 * on the run itself (params.c, several.c, nest.c, depend.c).  parts.c knows
 * which manifest and which component are meant.
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

void
run_failed(struct suit_run *run, enum err e)
{
	fill_drop(run);
	run->why.err = e;
	run->state = SUIT_FAILED;
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
		frame_nesting(run)->next(run);
	else if (frame_top(run)->left.n == 0)
		sequence_ended(run, true);
	else
		command_execute(run);
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
		command_explain(run, suit_row(cmd), &run->slot[run->target], e);
	run_failed(run, e);
}
