/*
 * commands: the full profile.  A program links this file or another one that
 * defines suit_profile (minimal/commands.c is the minimal one): what it does
 * not list is neither linked nor run.
 */
#include "rows.h"

static const struct suit_row rows[] = {
    ROW_VENDOR,
    ROW_CLASS,
    ROW_IMAGE_MATCH,
    ROW_CHECK_CONTENT,
    ROW_ABORT,

    ROW_WRITE,
    ROW_FETCH,
    ROW_INVOKE,
    ROW_UNLINK,

    ROW_SET_INDEX,
    ROW_TRY_EACH,
    ROW_RUN_SEQUENCE,
    ROW_SET_PARAMETERS,
    ROW_OVERRIDE,
};

const struct suit_profile suit_profile = {rows, ARRAY_LEN(rows), &suit_nesting};
