/*
 * scan: check the structure of every sequence before any is run.
 *                                            [SUIT SUIT_Command_Sequence]
 *
 * After it, run.c may rely on: an even number of items; commands and
 * parameters with a row, standing where they may; arguments of their type;
 * indexes in range; nesting within the limit.
 */
#include "suit_int.h"

struct scan {
	const struct suit_manifest *m;
	const struct suit_fault *f;
	unsigned section;
};

enum err
suit_select_read(struct bytes arg, size_t components, struct suit_select *out)
{
	struct cbor_in r = cbor_open(arg);
	uint32_t seen = 0;
	size_t start;

	*out = (struct suit_select){.first = 0};
	if (components == 0 || components > SUIT_COMPONENTS_MAX)
		return ERR_RANGE;
	if (cbor_peek(&r) == CBOR_SIMPLE) {
		if (!cbor_bool(&r))
			cbor_fail(&r, ERR_TYPE);
		out->n = (uint8_t)components;
		return cbor_close(&r);
	}
	if (cbor_peek(&r) != CBOR_ARRAY) {
		out->first = (uint8_t)cbor_uint(&r, 0, components - 1);
		out->n = 1;
		return cbor_close(&r);
	}
	out->n = (uint8_t)cbor_array_any(&r, 1, components);
	start = r.at;
	for (uint8_t i = 0; i < out->n && r.err == OK; i++) {
		uint64_t k = cbor_uint(&r, 0, components - 1);

		if ((seen >> k & 1) != 0)
			cbor_fail(&r, ERR_DUPLICATE);
		seen |= UINT32_C(1) << k;
	}
	out->list.raw = (struct bytes){arg.p + start, arg.n - start};
	out->list.n = out->n;
	return cbor_close(&r);
}

uint8_t
suit_selected(const struct suit_select *s, uint8_t nth)
{
	struct cbor_in r;

	if (s->list.raw.p == NULL)
		return (uint8_t)(s->first + nth);
	r = cbor_items(s->list);
	for (; nth > 0; nth--)
		(void)cbor_uint(&r, 0, UINT8_MAX);
	return (uint8_t)cbor_uint(&r, 0, UINT8_MAX);
}

static enum err scan_sequence(
    const struct scan *s, struct bytes seq, unsigned depth);

/* The alternatives of try-each: two or more items, the last may be nil.
 *                                          [SUIT suit-directive-try-each] */
static enum err
scan_tries(const struct scan *s, struct bytes arg, unsigned depth)
{
	struct cbor_in r = cbor_open(arg);
	size_t n = cbor_array_any(&r, 2, LEN_ANY);

	for (size_t i = 0; i < n && r.err == OK; i++) {
		struct bytes seq;

		if (i > 0 && i + 1 == n && cbor_peek_null(&r)) {
			cbor_null(&r);
			break;
		}
		seq = cbor_bstr(&r, 1, LEN_ANY);
		if (r.err == OK)
			TRY(scan_sequence(s, seq, depth));
	}
	return suit_close(s->f, &r, "try-each");
}

static enum err
scan_argument(const struct scan *s, const struct suit_row *row,
    struct bytes arg, unsigned depth)
{
	struct cbor_in r = cbor_open(arg);
	struct suit_params par;
	struct suit_select select;
	struct bytes seq;
	enum err e;

	switch ((enum suit_arg)row->arg) {
	case ARG_POLICY:
		(void)cbor_uint(&r, 0, 15);
		return suit_close(s->f, &r, row->name);
	case ARG_INDEX:
		e = suit_select_read(arg, s->m->components.n, &select);
		return e == OK ? OK : suit_refuse(s->f, e, row->name, arg.p);
	case ARG_TRIES:
		return scan_tries(s, arg, depth + 1);
	case ARG_SEQUENCE:
		seq = cbor_bstr(&r, 1, LEN_ANY);
		TRY(suit_close(s->f, &r, row->name));
		return scan_sequence(s, seq, depth + 1);
	case ARG_PARAMETERS:
		TRY(suit_params_read(arg, &par, s->f));
		/* There is nothing a whole section could fall back to. */
		if ((par.has & PAR_SOFT) != 0 && depth == 0)
			return suit_refuse(
			    s->f, ERR_PLACE, "soft-failure", arg.p);
		return OK;
	}
	return suit_refuse(s->f, ERR_BUG, row->name, arg.p);
}

/* Refuse a command by its number. */
static enum err
refuse_command(
    const struct scan *s, enum err e, const char *what, struct bytes code)
{
	e = suit_refuse(s->f, e, what, code.p);
	if (s->f->why != NULL) {
		s->f->why->kind = WHY_CBOR;
		s->f->why->found = code;
	}
	return e;
}

/* Recursion is bounded by SUIT_NESTING_MAX. */
static enum err
scan_sequence(const struct scan *s, struct bytes seq, unsigned depth)
{
	struct cbor_in r = cbor_open(seq);
	size_t n;

	if (depth > SUIT_NESTING_MAX)
		return suit_refuse(s->f, ERR_DEPTH, "sequence", seq.p);
	n = cbor_array_any(&r, 0, LEN_ANY);
	if (n % 2 != 0)
		return suit_refuse(
		    s->f, ERR_MISSING, "argument of a command", seq.p);
	for (size_t i = 0; i < n / 2; i++) {
		struct bytes code = {seq.p + r.at, 0};
		int64_t number = cbor_int(&r, INT64_MIN, INT64_MAX);
		const struct suit_row *row = suit_row(number);
		struct bytes arg;

		code.n = (size_t)(seq.p + r.at - code.p);
		arg = cbor_raw(&r, CBOR_ANY);
		if (r.err != OK)
			break;
		if (row == NULL)
			return refuse_command(s, ERR_COMMAND, "command", code);
		if ((row->where >> s->section & 1) == 0)
			return refuse_command(s, ERR_PLACE, row->name, code);
		/* With several components nothing may act before the author
		 * said on which.  [SUIT suit-directive-set-component-index] */
		if (i == 0 && depth == 0 && s->m->components.n > 1 &&
		    number != SUIT_CMD_SET_INDEX)
			return refuse_command(s, ERR_ORDER,
			    "set-component-index must come first", code);
		TRY(scan_argument(s, row, arg, depth));
	}
	return suit_close(s->f, &r, "sequence");
}

enum err
suit_scan(const struct suit_manifest *m, const struct suit_fault *f)
{
	static const uint8_t sections[] = {SUIT_VALIDATE, SUIT_LOAD,
	    SUIT_INVOKE, SUIT_PAYLOAD_FETCH, SUIT_INSTALL, SUIT_UNINSTALL};
	struct scan s = {m, f, SUIT_COMMON};

	if (m->shared.n > 0)
		TRY(scan_sequence(&s, m->shared, 0));
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		s.section = sections[i];
		if (m->section[s.section].n > 0)
			TRY(scan_sequence(&s, m->section[s.section], 0));
	}
	return OK;
}
