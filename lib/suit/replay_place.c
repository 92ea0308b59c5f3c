/*
 * replay_place: which rule does a record break that no run comes to?
 *                                               [SUIT Report Attestation]
 */
#include "replay_int.h"

/* The sequence that holds the octet at within the argument of a command;
 * empty: none does. */
static struct bytes
sequence_around(const struct suit_row *row, struct bytes arg, const uint8_t *at)
{
	struct cbor_in r = cbor_open(arg);
	size_t n = 1;

	if (row == NULL || (row->arg != ARG_TRIES && row->arg != ARG_SEQUENCE))
		return BYTES_NONE;
	if (row->arg == ARG_TRIES)
		n = cbor_array_any(&r, 0, LEN_ANY);
	for (size_t i = 0; i < n; i++) {
		struct bytes seq;

		if (cbor_peek_null(&r))
			break;
		seq = cbor_bstr(&r, 0, LEN_ANY);
		if (r.err == OK && at >= seq.p && at < seq.p + seq.n)
			return seq;
	}
	return BYTES_NONE;
}

/* The command that begins at an octet of a section, and its argument; NULL:
 * none does. */
static const struct suit_row *
command_at(struct bytes section, const uint8_t *at, struct bytes *arg)
{
	struct bytes seq = section;

	for (size_t level = 0; level <= SUIT_NESTING_MAX; level++) {
		struct cbor_in r = cbor_open(seq);
		size_t n = cbor_array_any(&r, 0, LEN_ANY) / 2;
		const uint8_t *from = seq.p;

		seq = BYTES_NONE;
		for (size_t i = 0; i < n && r.err == OK && seq.n == 0; i++) {
			bool here = from + r.at == at;
			const struct suit_row *row =
			    suit_row(cbor_int(&r, INT64_MIN, INT64_MAX));

			*arg = cbor_raw(&r, CBOR_ANY);
			if (here)
				return r.err == OK ? row : NULL;
			seq = sequence_around(row, *arg, at);
		}
		if (seq.n == 0)
			return NULL;
	}
	return NULL;
}

static bool
is_told_of(const struct suit_row *row, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);

	return row->kind <= ROW_SEEK ||
	       (row->arg == ARG_POLICY && (cbor_uint(&r, 0, 15) & 1) != 0);
}

enum suit_rule
place_rule(const struct suit_replay *r, const struct suit_record *at)
{
	const struct suit_manifest *m = &r->m;
	const struct suit_row *row;
	struct bytes section, arg;

	if (at->n_path > 0)
		return SUIT_RULE_MANIFEST;
	if (!run_has_section(r->run.procedure, at->section))
		return SUIT_RULE_SECTION;
	section =
	    at->section == SUIT_COMMON ? m->shared : m->section[at->section];
	if (section.n == 0)
		return SUIT_RULE_SECTION;
	if (at->offset >= section.n || at->component >= m->components.n)
		return SUIT_RULE_PLACE;
	row = command_at(section, section.p + at->offset, &arg);
	return row != NULL && is_told_of(row, arg) ? SUIT_RULE_ORDER
						   : SUIT_RULE_PLACE;
}
