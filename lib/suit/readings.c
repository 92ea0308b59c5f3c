/*
 * readings: where the drafts contradict themselves, or leave it to the device,
 * which of their words count for a manifest.       [docs/decisions/36, 47]
 *
 * Strict is what no bit is set for; and there is one demand that not even that
 * makes, for the examples of the drafts do not meet it.
 */
#include "suit_int.h"

const struct suit_compat_row suit_compat_rows[] = {
    {SUIT_COMPAT_INDEX, "dependency-beyond-components"},
    {SUIT_COMPAT_INTEGRITY, "dependency-integrity-implied"},
    {SUIT_COMPAT_LOCKSTEP, "dependency-sections-left-out"},
    {SUIT_DEMAND_IDENTITY, "shared-checks-demanded"},
};
const size_t suit_compat_n = ARRAY_LEN(suit_compat_rows);

bool
reads_as(const struct suit_run *run, const struct suit_manifest *m,
    enum suit_compat bit)
{
	const struct suit_host *h = run->host;
	const struct suit_depending_host *d = h->depending;

	return ((d != NULL && d->compat != NULL ? d->compat(h->ctx, m)
						: h->compat) &
		   bit) != 0;
}

bool
reads_loosely(const struct suit_run *run, const struct suit_manifest *m)
{
	return run->procedure == SUIT_DO_UNINSTALL ||
	       reads_as(run, m, SUIT_COMPAT_LOCKSTEP);
}

enum err
reads_identified(struct suit_run *run, const struct suit_manifest *m)
{
	uint32_t needs = 0;

	if (run->procedure != SUIT_DO_UPDATE ||
	    !reads_as(run, m, SUIT_DEMAND_IDENTITY))
		return OK;
	TRY(suit_scan_shared(m, run->host, &needs));
	if ((needs & UINT32_C(1) << SUIT_PAR_VENDOR) == 0)
		return why_set(&run->why, ERR_MISSING,
		    "vendor-identifier in the shared sequence");
	if ((needs & UINT32_C(1) << SUIT_PAR_CLASS) == 0)
		return why_set(&run->why, ERR_MISSING,
		    "class-identifier in the shared sequence");
	return OK;
}
