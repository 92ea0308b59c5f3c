/*
 * commands: the profile of a bootloader: slots, images that are moved between
 * them, one that is chosen and started.  Everything else is refused when the
 * manifest is opened, by name; nothing is skipped.          [security 22]
 *
 * Nothing relative is fetched, nothing waits, and nothing is the device's own.
 */
#include "../rows.h"

static const struct suit_row rows[] = {
    ROW_VENDOR,
    ROW_CLASS,
    ROW_IMAGE_MATCH,
    ROW_IMAGE_NOT_MATCH,
    ROW_SLOT,
    ROW_BATTERY,

    ROW_FETCH_PLAIN,
    ROW_COPY,
    ROW_SWAP,
    ROW_INVOKE,
    ROW_UNLINK,

    ROW_SET_INDEX_PLAIN,
    ROW_TRY_EACH,
    ROW_OVERRIDE,
};

static const struct suit_param params[] = {
    PARAM_VENDOR,
    PARAM_CLASS,
    PARAM_IMAGE_DIGEST,
    PARAM_SLOT,
    PARAM_SOFT_FAILURE,
    PARAM_IMAGE_SIZE,
    PARAM_URI,
    PARAM_SOURCE,
    PARAM_INVOKE_ARGS,
    PARAM_BATTERY,
};

const struct suit_profile suit_profile = {
    .most_components = 8,
    .most_nested = 2,
    .most_commands = 1000,
    .row = rows,
    .n = ARRAY_LEN(rows),
    .param = params,
    .n_params = ARRAY_LEN(params),
    .nesting = &suit_nesting,
};

/* Reporting policies are hints; only failures are told. */
void
suit_tell(struct suit_run *run, bool held)
{
	(void)run;
	(void)held;
}
