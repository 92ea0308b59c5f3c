/*
 * commands: the minimal profile: what installs, checks, starts and removes
 * one application whose author wrote no alternatives.  Everything else is
 * refused when the manifest is opened, by name; nothing is skipped.
 *                                                            [security 22]
 */
#include "../rows.h"

static const struct suit_row rows[] = {
    ROW_VENDOR,
    ROW_CLASS,
    ROW_IMAGE_MATCH,
    ROW_FETCH_PLAIN,
    ROW_INVOKE,
    ROW_UNLINK,
    ROW_SET_INDEX_PLAIN,
    ROW_OVERRIDE,
};

static const struct suit_param params[] = {
    PARAM_VENDOR,
    PARAM_CLASS,
    PARAM_IMAGE_DIGEST,
    PARAM_IMAGE_SIZE,
    PARAM_URI,
    PARAM_INVOKE_ARGS,
};

/* No command nests, and nothing depends on anything. */
const struct suit_profile suit_profile = {
    .most_components = 8,
    .most_nested = 2,
    .most_commands = 1000,
    .row = rows,
    .n = ARRAY_LEN(rows),
    .param = params,
    .n_params = ARRAY_LEN(params),
};

/* Reporting policies are hints; only failures are told. */
void
suit_tell(struct suit_run *run, bool held)
{
	(void)run;
	(void)held;
}
