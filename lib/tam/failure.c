/*
 * failure: where and why a manifest failed, for the operator.
 *                                                  [SUIT Report SUIT_Report]
 *
 * The report has numbers: a section, an offset, an index.  The manifest knows
 * what stands there.
 */
#include "tam_int.h"

void
tam_failure_read(struct bytes envelope, const struct suit_report *report,
    struct tam_failure *out)
{
	struct suit_record at;
	struct bytes properties;
	struct suit_manifest m;

	*out = (struct tam_failure){0};
	if (report->success ||
	    suit_record_read(report->result_record, &at, &properties) != OK)
		return;
	out->section = at.section;
	out->offset = at.offset;
	if (properties.n > 1 && properties.n <= TAM_MEASURED_MAX)
		out->measured = properties;
	/* a record of none before any command has no component either */
	if (at.section == 0 || at.n_path > 0 || envelope.n == 0 ||
	    suit_parse(envelope, &m, NULL) != OK)
		return;
	if (!suit_command_at(&m, &at, &out->command))
		out->command = 0;
	if (at.component < m.components.n)
		out->component = suit_component(&m, at.component);
}
