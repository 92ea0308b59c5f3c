/*
 * replay_place: which rule does a record break that no run comes to?
 *                                               [SUIT Report Attestation]
 */
#include "replay_int.h"

#include <string.h>

static bool
is_told_of(const struct suit_row *row, struct bytes arg)
{
	struct cbor_in r = cbor_open(arg);

	return row->kind <= ROW_SEEK ||
	       (row->arg == ARG_POLICY && (cbor_uint(&r, 0, 15) & 1) != 0);
}

/* The manifest of a record, if the run came to it; else NULL. */
static const struct suit_manifest *
manifest_of(const struct suit_run *run, const struct suit_record *at)
{
	struct suit_record r = {0};

	if (at->n_path == 0)
		return run->m;
	for (uint8_t k = 1; k < run->n_parts; k++) {
		suit_profile.depending->path(run, &run->part[k], &r);
		if (r.n_path == at->n_path && run->part[k].checked &&
		    memcmp(r.path, at->path, r.n_path) == 0)
			return run->part[k].m;
	}
	return NULL;
}

enum suit_rule
place_rule(const struct suit_replay *r, const struct suit_record *at)
{
	const struct suit_manifest *m = manifest_of(&r->run, at);
	const struct suit_row *row;
	struct bytes section, arg;
	int64_t code;

	if (m == NULL)
		return SUIT_RULE_MANIFEST;
	if (!run_has_section(r->run.procedure, at->section))
		return SUIT_RULE_SECTION;
	section = place_section(m, at->section);
	if (section.n == 0)
		return SUIT_RULE_SECTION;
	if (at->offset >= section.n || at->component >= m->n_indexes)
		return SUIT_RULE_PLACE;
	row = place_command(section, at->offset, &code, &arg);
	return row != NULL && is_told_of(row, arg) ? SUIT_RULE_ORDER
						   : SUIT_RULE_PLACE;
}
