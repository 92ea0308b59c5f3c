/*
 * replay: hold the report of a device against the manifest that it is about.
 *                                        [SUIT Report Attestation, 5.7]
 *
 * The manifest is run by run.c, as on a device, except that nothing is done:
 * what became of each command is read off the report.
 *
 *	a record stands at a condition   it failed, with the value measured
 *	the result stands at a command   the run ended there
 *	neither                          it held, it was done
 *
 * So a report is believed if a run can be found that leaves it, and what is
 * claimed follows from that run.  One place may be passed several times (the
 * shared sequence stands before each section), and then a record there may
 * be of one or the other: each such choice is tried, and only what is true in
 * all readings is claimed.
 *
 * A reading begins at the start each time, with the choices of choice[]: no
 * state is kept, and there is no recursion.
 */
#include "replay_int.h"

#include <string.h>

/* What may have become of a command. */
enum option {
	FAILED_HERE, /* the record is about it */
	TOLD_HERE,   /* the record says that it held, as its policy asks */
	ENDED_HERE,  /* the result is about it */
	WENT_ON,     /* nobody says anything */
};

/* ---- records ----------------------------------------------------------- */

/* The next SUIT_Record; what the device claims of itself is not followed. */
static void
record_next(struct suit_replay *r)
{
	r->next = BYTES_NONE;
	r->hint = SUIT_RULE_NONE;
	while (r->left > 0 && r->next.n == 0) {
		bool record = cbor_peek(&r->items) == CBOR_ARRAY;
		struct bytes raw = cbor_raw(&r->items, CBOR_ANY);

		r->left--;
		if (record && suit_record_read(
				  raw, &r->next_at, &r->next_properties) == OK)
			r->next = raw;
	}
}

static void
record_take(struct suit_replay *r)
{
	r->last = r->next;
	r->taken++;
	record_next(r);
}

static bool
same_place(const struct suit_record *a, const struct suit_record *b)
{
	return a->n_path == b->n_path &&
	       memcmp(a->path, b->path, a->n_path) == 0 &&
	       a->section == b->section && a->offset == b->offset &&
	       a->component == b->component;
}

static bool
record_is_here(const struct suit_replay *r)
{
	return r->next.n > 0 && same_place(&r->next_at, &r->run.last);
}

/* Does the report end at the command under way, by anything else than a
 * condition that did not hold? */
static bool
result_is_here(const struct suit_replay *r)
{
	const struct suit_report *report = r->report;

	if (report->success || r->next.n > 0 || report->reason == R_CONDITION ||
	    !same_place(&r->result_at, &r->run.last))
		return false;
	return report->reason != R_INVOKE_PENDING ||
	       r->run.last.command == SUIT_CMD_INVOKE;
}

/* ---- one command ------------------------------------------------------- */

/* Bit 0 of a reporting policy: tell of success, too. */
static bool
asks_success(const struct suit_row *row, struct bytes arg)
{
	struct cbor_in in = cbor_open(arg);

	return row->arg == ARG_POLICY && (cbor_uint(&in, 0, 15) & 1) != 0;
}

static size_t
condition_options(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes arg, uint8_t options[4])
{
	enum outcome must = known_outcome(r, row, s);
	size_t n = 0;

	if (record_is_here(r)) {
		bool fits = known_measured(r, row, s, r->next_properties);

		if (must != FAILS && asks_success(row, arg) &&
		    known_told(r, row, s, r->next_properties))
			options[n++] = TOLD_HERE;
		if (must != HOLDS && fits)
			options[n++] = FAILED_HERE;
		if (n == 0)
			r->hint =
			    must == HOLDS ? SUIT_RULE_HOLDS : SUIT_RULE_VALUE;
	}
	if (result_is_here(r))
		options[n++] = ENDED_HERE;
	if (must != FAILS)
		options[n++] = WENT_ON;
	return n;
}

static size_t
directive_options(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes arg, uint8_t options[4])
{
	size_t n = 0;

	if (record_is_here(r) && asks_success(row, arg))
		options[n++] = TOLD_HERE;
	if (result_is_here(r))
		options[n++] = ENDED_HERE;
	if (row->kind == ROW_FLOW || known_directive(r, row, s) != FAILS)
		options[n++] = WENT_ON;
	return n;
}

/* Which of them is it in this reading? */
static uint8_t
choose(struct suit_replay *r, const uint8_t options[4], size_t n)
{
	if (n == 1)
		return options[0];
	if (r->n_choices == SUIT_CHOICES_MAX) {
		r->complete = false;
		return options[0];
	}
	r->options[r->n_choices] = (uint8_t)n;
	return options[r->choice[r->n_choices++]];
}

static void
condition_failed(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s)
{
	known_failed(r, row, s, r->next_properties);
	record_take(r);
	r->run.by_condition = true;
	r->run.why.err = ERR_CONDITION;
	sequence_ended(&r->run, false);
}

/* A dependency that cannot be opened here may be run elsewhere, as the root
 * may; what a run is refused for, it is refused for everywhere. */
static enum err
not_judged(const struct suit_run *run, enum err e)
{
	if (e != OK) /* by the command itself */
		return OK;
	switch (run->why.err) {
	case ERR_DEPENDENCY:
	case ERR_DEPTH:
	case ERR_LIMIT:
		return OK;
	default:
		return run->why.err;
	}
}

static void
went_on(struct suit_replay *r, const struct suit_row *row,
    const struct suit_slot *s, struct bytes arg)
{
	struct suit_run *run = &r->run;

	if (row->kind == ROW_FLOW) {
		enum err e = command_flow(run, row, arg);

		if (e != OK)
			run_failed(run, e);
		if (run->state == SUIT_FAILED && r->lost == OK)
			r->lost = not_judged(run, e);
		return;
	}
	if (row->kind <= ROW_SEEK)
		known_held(r, row, s);
	else
		known_done(r, row, s);
	command_done(run);
}

static void
command(struct suit_replay *r)
{
	struct suit_run *run = &r->run;
	int64_t code;
	struct bytes arg;
	const struct suit_row *row = command_begin(run, &code, &arg);
	const struct suit_slot *s;
	uint8_t options[4];
	size_t n;

	if (row == NULL)
		return;
	s = slot_at(run, run->last.component);
	if (run->commands > SUIT_COMMANDS_MAX)
		n = 0;
	else if (row->kind <= ROW_SEEK)
		n = condition_options(r, row, s, arg, options);
	else
		n = directive_options(r, row, s, arg, options);
	if (n == 0) {
		r->rule = r->hint != SUIT_RULE_NONE ? r->hint : SUIT_RULE_FAILS;
		return;
	}
	switch ((enum option)choose(r, options, n)) {
	case FAILED_HERE:
		condition_failed(r, row, s);
		break;
	case TOLD_HERE:
		record_take(r);
		went_on(r, row, s, arg);
		break;
	case ENDED_HERE:
		r->ended = true;
		break;
	case WENT_ON:
		went_on(r, row, s, arg);
		break;
	}
}

/* ---- one reading ------------------------------------------------------- */

/* The run came to its end: is the result that one? */
static enum suit_rule
result_rule(const struct suit_replay *r)
{
	const struct suit_report *report = r->report;

	if (r->next.n > 0)
		return r->hint != SUIT_RULE_NONE ? r->hint
						 : place_rule(r, &r->next_at);
	if (r->run.state == SUIT_DONE)
		return report->success ? SUIT_RULE_NONE
				       : SUIT_RULE_RESULT_PLACE;
	if (report->success)
		return SUIT_RULE_RESULT;
	if (!same_place(&r->result_at, &r->run.last))
		return SUIT_RULE_RESULT_PLACE;
	if ((report->reason == R_CONDITION) != r->run.by_condition)
		return SUIT_RULE_REASON;
	/* It is told twice of one condition, and once only of its value. */
	if (r->run.by_condition && r->result_properties.n > 1 &&
	    !bytes_same(report->result_record, r->last))
		return SUIT_RULE_VALUE;
	return SUIT_RULE_NONE;
}

static enum err
reading(struct suit_replay *r, const struct crypto *c, enum suit_procedure p)
{
	struct suit_run *run = &r->run;

	memset(r->known, 0, sizeof(r->known));
	r->facts.n = 0;
	r->items = cbor_items(r->report->records);
	r->left = r->report->records.n;
	r->taken = 0;
	r->last = BYTES_NONE;
	r->ended = false;
	r->lost = OK;
	r->rule = SUIT_RULE_NONE;
	r->n_choices = 0;
	record_next(r);
	TRY(run_begin(run, c, &r->host, &r->m, p));
	while (run->state == SUIT_RUNNING && !r->ended &&
	       r->rule == SUIT_RULE_NONE) {
		if (run->depth > 0 && frame_top(run)->kind == FRAME_SEQUENCE &&
		    frame_top(run)->left.n > 0)
			command(r);
		else
			run_step(run);
	}
	r->commands += run->commands + 1;
	if (r->lost != OK)
		return OK;
	if (!r->ended && r->rule == SUIT_RULE_NONE)
		r->rule = result_rule(r);
	return OK;
}

/* ---- all readings ------------------------------------------------------ */

/* The next one to try: the last choice that has another option. */
static bool
choose_next(struct suit_replay *r)
{
	for (size_t k = r->n_choices; k > 0; k--) {
		if (r->choice[k - 1] + 1 < r->options[k - 1]) {
			r->choice[k - 1]++;
			memset(r->choice + k, 0, sizeof(r->choice) - k);
			return true;
		}
	}
	return false;
}

/* Another run that leaves this report: what it does not claim may not be. */
static void
reading_found(struct suit_replay *r)
{
	struct suit_claims *facts = &r->facts;
	size_t kept = 0;

	known_claims(r, facts);
	if (r->readings++ == 0) {
		r->claims = *facts;
		return;
	}
	for (size_t i = 0; i < r->claims.n; i++)
		if (fact_find(facts, &r->claims.of[i]) != NULL)
			r->claims.of[kept++] = r->claims.of[i];
	r->claims.n = kept;
}

/* What is told is where the reading breaks that follows the report furthest. */
static void
reading_lost(struct suit_replay *r, bool first)
{
	if (!first && r->taken <= r->furthest)
		return;
	r->furthest = r->taken;
	r->broken = r->rule;
	r->record = r->next;
	r->at = r->next.n > 0 ? r->next_at : r->result_at;
	if (r->rule == SUIT_RULE_FAILS || r->rule == SUIT_RULE_RESULT)
		r->at = r->run.last;
}

static enum err
read_all(struct suit_replay *r, const struct crypto *c, enum suit_procedure p)
{
	enum err lost = OK;

	r->complete = true;
	for (size_t n = 0;; n++) {
		TRY(reading(r, c, p));
		if (r->lost != OK)
			lost = r->lost;
		else if (r->rule == SUIT_RULE_NONE)
			reading_found(r);
		else if (r->readings == 0)
			reading_lost(r, n == 0);
		if (!choose_next(r))
			break;
		if (n + 1 == SUIT_READINGS ||
		    r->commands > 4 * SUIT_COMMANDS_MAX) {
			r->complete = false;
			break;
		}
	}
	/* What was true in a reading that nobody can follow is unknown. */
	r->complete &= lost == OK;
	if (!r->complete)
		r->claims.n = 0;
	if (lost != OK && r->readings == 0)
		return why_set(&r->run.why, lost, "dependency");
	if (r->readings > 0)
		r->broken = SUIT_RULE_NONE;
	return OK;
}

/* ---- outside ----------------------------------------------------------- */

const char *
suit_rule_name(enum suit_rule rule)
{
	static const char *const names[] = {
#define NAME(name, text) text,
	    SUIT_RULES(NAME)
#undef NAME
	};

	return (size_t)rule < ARRAY_LEN(names) ? names[rule] : "unknown";
}

/* A run that failed before its first command tells of nothing. */
static bool
never_began(const struct suit_replay *r)
{
	return !r->report->success && r->result_at.section == 0 &&
	       r->report->records.n == 0;
}

static enum suit_rule
reference_rule(const struct suit_replay *r)
{
	return bytes_same(r->report->digest, BYTES_OF(r->m.digest)) &&
		       bytes_same(r->report->uri, r->m.uri)
		   ? SUIT_RULE_NONE
		   : SUIT_RULE_REFERENCE;
}

enum err
suit_replay(struct suit_replay *r, const struct crypto *c,
    struct bytes envelope, const struct suit_shelf *shelf,
    const struct suit_report *report, enum suit_procedure procedure,
    struct why *why)
{
	enum err e;

	memset(r, 0, sizeof(*r));
	replay_host(r);
	r->shelf = shelf;
	TRY(suit_check(c, envelope, &r->m, why));
	r->report = report;
	if (!report->success)
		TRY(suit_record_read(report->result_record, &r->result_at,
		    &r->result_properties));
	r->broken = reference_rule(r);
	if (r->broken == SUIT_RULE_NONE && never_began(r)) {
		r->complete = true;
		if (report->reason == R_INVOKE_PENDING)
			r->broken = SUIT_RULE_REASON;
		else
			r->readings = 1;
	} else if (r->broken == SUIT_RULE_NONE) {
		e = read_all(r, c, procedure);
		if (e != OK && why != NULL)
			*why = r->run.why;
		TRY(e);
	}
	if (r->broken == SUIT_RULE_NONE)
		return OK;
	return why_set(why, ERR_REPORT_REPLAY, suit_rule_name(r->broken));
}
