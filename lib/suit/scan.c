/*
 * scan: check the structure of every sequence before any is run.
 *                                            [SUIT SUIT_Command_Sequence]
 *
 * After it, execute.c may rely on: an even number of items; commands and
 * parameters with a row, standing where they may; arguments of their type;
 * indexes in range; nesting within the limit.  Levels of nesting stand in an
 * array, as in frames.c: no recursion.
 */
#include "suit_int.h"

/* A sequence, or the alternatives of a try-each. */
struct level {
	struct cbor_in r;
	size_t left;   /* commands, or alternatives, to come */
	uint8_t depth; /* of sequences in sequences */
	bool tries;
};

struct scan {
	const struct suit_manifest *m;
	const struct suit_host *host;
	const struct suit_fault *f;
	unsigned section;
	unsigned depth; /* of the command that is looked at */
	bool own;       /* something of the device's own was met */
	uint32_t needs; /* parameters that outermost commands stand on: bits */
	size_t n;       /* levels under way, the innermost last */
	struct level level[2 * SUIT_NESTING_MAX + 2];
};

const struct suit_row *
suit_row(int64_t code)
{
	if (code < SUIT_CUSTOM)
		code = SUIT_CMD_CUSTOM;
	else if (code == SUIT_CMD_CUSTOM)
		return NULL;
	for (size_t i = 0; i < suit_profile.n; i++)
		if (suit_profile.row[i].code == code)
			return &suit_profile.row[i];
	return NULL;
}

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

struct bytes
suit_argument(struct cbor_in *r)
{
	struct bytes one = {r->in.p + r->at, 1};

	/* a policy, an index: a number below 24 is itself */
	if (r->err != OK || r->at == r->in.n || *one.p >= 24)
		return cbor_raw(r, CBOR_ANY);
	r->at++;
	return one;
}

/* Begin with what stands in array.  Alternatives are as deep as the sequences
 * that they are; only those count. */
static enum err
push(struct scan *s, struct bytes array, unsigned depth, bool tries)
{
	struct level *l = &s->level[s->n];

	if (!tries && depth > suit_profile.most_nested)
		return suit_refuse(s->f, ERR_DEPTH, "sequence", array.p);
	if (s->n == ARRAY_LEN(s->level))
		return suit_refuse(s->f, ERR_BUG, "sequence", array.p);
	s->n++;
	*l = (struct level){
	    .r = cbor_open(array), .depth = (uint8_t)depth, .tries = tries};
	/* of alternatives there are two or more
	 *                                  [SUIT suit-directive-try-each] */
	l->left = cbor_array_any(&l->r, tries ? 2 : 0, LEN_ANY);
	if (tries)
		return OK;
	if (l->left % 2 != 0)
		return suit_refuse(
		    s->f, ERR_MISSING, "argument of a command", array.p);
	l->left /= 2;
	return OK;
}

/* One alternative: a sequence; the last may be nil. */
static enum err
next_try(struct scan *s, struct level *l)
{
	struct bytes seq;

	if (--l->left == 0 && cbor_peek_null(&l->r)) {
		cbor_null(&l->r);
		return OK;
	}
	seq = cbor_bstr(&l->r, 1, LEN_ANY);
	return l->r.err == OK ? push(s, seq, l->depth, false) : OK;
}

size_t
scan_components(const struct scan *s)
{
	return s->m->n_indexes;
}

enum err
scan_close(const struct scan *s, struct cbor_in *r, const char *what)
{
	return suit_close(s->f, r, what);
}

/* Refuse something by its number. */
static enum err
refuse_number(
    const struct scan *s, enum err e, const char *what, struct bytes code)
{
	e = suit_refuse(s->f, e, what, code.p);
	if (s->f->why != NULL) {
		s->f->why->kind = WHY_CBOR;
		s->f->why->found = code;
	}
	return e;
}

/* Where a parameter may stand. */
static enum err
scan_place(const struct scan *s, const struct params_in *p)
{
	/* There is nothing a whole section could fall back to. */
	if (p->label == SUIT_PAR_SOFT_FAILURE && s->depth == 0)
		return ERR_PLACE;
	/* The shared sequence means the same on every device. */
	if (p->label < 0 && s->section == SUIT_COMMON)
		return ERR_PLACE;
	if (p->label == SUIT_PAR_SOURCE &&
	    suit_param_uint(p->value) >= s->m->n_indexes)
		return ERR_RANGE;
	return OK;
}

enum err
scan_params(struct scan *s, struct bytes map)
{
	struct params_in p = params_open(map);

	if (p.left == 0)
		cbor_fail(&p.r, ERR_MISSING);
	while (p.left > 0 && p.r.err == OK) {
		enum err e = params_next(&p, s->host);

		if (p.r.err != OK)
			break;
		s->own |= p.label < 0;
		if (e == ERR_PARAMETER && p.label == SUIT_PAR_ENCRYPTION_INFO)
			e = ERR_ENCRYPTION;
		if (e == ERR_PARAMETER)
			return refuse_number(s, e, "parameter", p.code);
		if (e == OK)
			e = scan_place(s, &p);
		if (e != OK)
			return suit_refuse(s->f, e,
			    suit_parameter_name((uint64_t)p.label), p.value.p);
	}
	return suit_close(s->f, &p.r, "parameters");
}

/* Refuse the argument of a command. */
static enum err
refuse_argument(const struct scan *s, const struct suit_row *row, enum err e,
    const uint8_t *at)
{
	return suit_refuse(s->f, e, suit_command_name(row->code), at);
}

/* What is the device's own is checked when it is known. */
static enum err
scan_own(
    struct scan *s, const struct suit_row *row, int64_t code, struct bytes arg)
{
	enum err e = suit_profile.own->allow(s->host, code, arg);

	s->own = true;
	return e == OK ? OK : refuse_argument(s, row, e, arg.p);
}

static enum err
scan_argument(struct scan *s, const struct suit_row *row, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);
	struct suit_select select;
	struct bytes seq;
	enum err e;

	switch ((enum suit_arg)row->arg) {
	case ARG_POLICY:
		(void)cbor_uint(&r, 0, 15);
		break;
	case ARG_INDEX:
		e = suit_select_read(arg, s->m->n_indexes, &select);
		return e == OK ? OK : refuse_argument(s, row, e, arg.p);
	case ARG_TRIES:
		return push(s, arg, s->depth + 1, true);
	case ARG_SEQUENCE:
		seq = cbor_bstr(&r, 1, LEN_ANY);
		if (cbor_close(&r) == OK)
			return push(s, seq, s->depth + 1, false);
		break;
	case ARG_PARAMETERS:
		return scan_params(s, arg);
	case ARG_OTHER:
		return row->run.wide->look(s, arg);
	}
	e = cbor_close(&r);
	return e == OK ? OK : refuse_argument(s, row, e, arg.p + r.err_at);
}

static enum err
next_command(struct scan *s, struct level *l, bool first)
{
	struct bytes code = {l->r.in.p + l->r.at, 0};
	int64_t number = cbor_int(&l->r, INT64_MIN, INT64_MAX);
	const struct suit_row *row = suit_row(number);
	struct bytes arg;

	l->left--;
	code.n = (size_t)(l->r.in.p + l->r.at - code.p);
	arg = suit_argument(&l->r);
	if (l->r.err != OK)
		return OK; /* the level's end tells */
	if (row == NULL)
		return refuse_number(s, ERR_COMMAND, "command", code);
	if ((row->where >> s->section & 1) == 0)
		return refuse_number(
		    s, ERR_PLACE, suit_command_name(row->code), code);
	/* With several components nothing may act before the author said on
	 * which.               [SUIT suit-directive-set-component-index] */
	if (first && s->m->n_indexes > 1 && number != SUIT_CMD_SET_INDEX)
		return refuse_number(
		    s, ERR_ORDER, "set-component-index must come first", code);
	s->depth = l->depth;
	/* what stands deeper may be gone around, or fail and do no harm */
	if (l->depth == 0)
		s->needs |= row->needs;
	if (row->kind == ROW_OWN)
		return scan_own(s, row, number, arg);
	return scan_argument(s, row, arg);
}

static enum err
scan_section(struct scan *s, struct bytes seq)
{
	bool first = true;

	TRY(push(s, seq, 0, false));
	while (s->n > 0) {
		struct level *l = &s->level[s->n - 1];

		if (l->left == 0 || l->r.err != OK) {
			s->n--;
			TRY(suit_close(
			    s->f, &l->r, l->tries ? "try-each" : "sequence"));
		} else if (l->tries) {
			TRY(next_try(s, l));
		} else {
			TRY(next_command(s, l, first));
			first = false;
		}
	}
	return OK;
}

enum err
suit_scan(const struct suit_manifest *m, const struct suit_host *host,
    const struct suit_fault *f, bool *own)
{
	static const uint8_t sections[] = {SUIT_COMMON, SUIT_VALIDATE,
	    SUIT_LOAD, SUIT_INVOKE, SUIT_DEPENDENCY_RESOLUTION,
	    SUIT_PAYLOAD_FETCH, SUIT_CANDIDATE_VERIFICATION, SUIT_INSTALL,
	    SUIT_UNINSTALL};
	struct scan s = {.m = m, .host = host, .f = f};

	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		struct bytes seq = m->section[sections[i]];

		s.section = sections[i];
		if (s.section == SUIT_COMMON)
			seq = m->shared;
		if (seq.n > 0)
			TRY(scan_section(&s, seq));
	}
	*own = s.own;
	return OK;
}

enum err
suit_scan_shared(const struct suit_manifest *m, const struct suit_host *host,
    uint32_t *needs)
{
	const struct suit_fault f = {NULL, NULL};
	struct scan s = {.m = m, .host = host, .f = &f, .section = SUIT_COMMON};

	if (m->shared.n > 0)
		TRY(scan_section(&s, m->shared));
	*needs = s.needs;
	return OK;
}
