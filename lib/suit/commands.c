/*
 * commands: the full profile.  A program links this file or another one that
 * defines suit_profile (minimal/commands.c is the minimal one): what it does
 * not list is neither linked nor run.
 */
#include "rows.h"

static const struct suit_row rows[] = {
    ROW_OVERRIDE, /* first: what is looked for most is found soonest */
    ROW_SET_INDEX,

    ROW_VENDOR,
    ROW_CLASS,
    ROW_IMAGE_MATCH,
    ROW_USE_BEFORE,
    ROW_SLOT,
    ROW_CHECK_CONTENT,
    ROW_ABORT,
    ROW_DEVICE,
    ROW_IMAGE_NOT_MATCH,
    ROW_BATTERY,
    ROW_AUTHORIZED,
    ROW_VERSION,

    ROW_WRITE,
    ROW_FETCH,
    ROW_COPY,
    ROW_INVOKE,
    ROW_WAIT,
    ROW_SWAP,
    ROW_UNLINK,

    ROW_IS_DEPENDENCY,
    ROW_DEPENDENCY_INTEGRITY,
    ROW_PROCESS_DEPENDENCY,

    ROW_TRY_EACH,
    ROW_RUN_SEQUENCE,
    ROW_SET_PARAMETERS,
    ROW_OVERRIDE_MULTIPLE,
    ROW_COPY_PARAMS,

    ROW_CUSTOM,
};

static const struct suit_param params[] = {
    PARAM_VENDOR,
    PARAM_CLASS,
    PARAM_IMAGE_DIGEST,
    PARAM_USE_BEFORE,
    PARAM_SLOT,
    PARAM_STRICT_ORDER,
    PARAM_SOFT_FAILURE,
    PARAM_IMAGE_SIZE,
    PARAM_CONTENT,
    PARAM_ENCRYPTION,
    PARAM_URI,
    PARAM_SOURCE,
    PARAM_INVOKE_ARGS,
    PARAM_DEVICE,
    PARAM_FETCH_ARGS,
    PARAM_BATTERY,
    PARAM_PRIORITY,
    PARAM_VERSION,
    PARAM_WAIT_INFO,
    PARAM_METADATA,
};

const struct suit_profile suit_profile = {
    .most_components = SUIT_COMPONENTS_MAX,
    .most_nested = SUIT_NESTING_MAX,
    .most_depth = SUIT_DEPTH_MAX,
    .most_commands = SUIT_COMMANDS_MAX,
    .row = rows,
    .n = ARRAY_LEN(rows),
    .param = params,
    .n_params = ARRAY_LEN(params),
    .nesting = &suit_nesting,
    .depending = &suit_depending,
    .own = &suit_own,
    .sealed = &suit_sealed,
    .mac = cose_mac0_verify_detached,
    .before_fill = metadata_tell,
};
