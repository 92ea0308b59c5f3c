/*
 * place: which command stands where a record says?  A report does not name
 * it, the manifest does.                       [SUIT Report SUIT_Record]
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

const struct suit_row *
place_command(
    struct bytes section, uint32_t offset, int64_t *code, struct bytes *arg)
{
	const uint8_t *at;
	struct bytes seq = section;

	if (offset >= section.n)
		return NULL;
	at = section.p + offset;

	for (size_t level = 0; level <= SUIT_NESTING_MAX; level++) {
		struct cbor_in r = cbor_open(seq);
		size_t n = cbor_array_any(&r, 0, LEN_ANY) / 2;
		const uint8_t *from = seq.p;

		seq = BYTES_NONE;
		for (size_t i = 0; i < n && r.err == OK && seq.n == 0; i++) {
			bool here = from + r.at == at;
			const struct suit_row *row;

			*code = cbor_int(&r, INT64_MIN, INT64_MAX);
			row = suit_row(*code);
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

struct bytes
place_section(const struct suit_manifest *m, uint8_t section)
{
	if (section == SUIT_COMMON)
		return m->shared;
	return section < ARRAY_LEN(m->section) ? m->section[section]
					       : BYTES_NONE;
}

bool
suit_command_at(
    const struct suit_manifest *m, const struct suit_record *at, int64_t *code)
{
	struct bytes arg;

	return at->n_path == 0 && place_command(place_section(m, at->section),
				      at->offset, code, &arg) != NULL;
}
