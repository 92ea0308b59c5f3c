/*
 * rows: every command this room knows, as a row: what its argument is, which
 * parameters must be set, where it may stand, and who does it.  scan.c and
 * run.c enforce the row.  A profile is a list of rows (commands.c,
 * minimal/commands.c); a command without one is refused.
 *
 * Only payload-fetch and install may fill components, only invoke may start
 * one: a validate or load section that did more than its name would surprise
 * the owner of the store.  The shared sequence has no side effects.
 *                                                   [SUIT SUIT_Command]
 */
#ifndef TAMARIND_SUIT_ROWS_H
#define TAMARIND_SUIT_ROWS_H

#include "suit_int.h"

#define IN(member) (UINT32_C(1) << SUIT_##member)
#define IN_FILL    (IN(PAYLOAD_FETCH) | IN(INSTALL))
#define IN_ANY                                                         \
	(IN(COMMON) | IN(VALIDATE) | IN(LOAD) | IN(INVOKE) | IN_FILL | \
	    IN(UNINSTALL))

// clang-format off
#define CONDITION(code, needs, kind, handler) \
	{SUIT_CMD_##code, ARG_POLICY, kind, needs, IN_ANY, {.cond = handler}}
#define DIRECTIVE(code, needs, where, handler) \
	{SUIT_CMD_##code, ARG_POLICY, ROW_DIR, needs, where, {.dir = handler}}
#define FLOW(code, arg, handler) \
	{SUIT_CMD_##code, arg, ROW_FLOW, 0, IN_ANY, {.flow = handler}}

#define ROW_VENDOR        CONDITION(VENDOR, PAR_VENDOR, ROW_COND, cond_vendor)
#define ROW_CLASS         CONDITION(CLASS, PAR_CLASS, ROW_COND, cond_class)
#define ROW_IMAGE_MATCH   CONDITION(IMAGE_MATCH, PAR_DIGEST, ROW_LOOK, cond_image_match)
#define ROW_CHECK_CONTENT CONDITION(CHECK_CONTENT, PAR_CONTENT, ROW_LOOK, cond_check_content)
#define ROW_ABORT         CONDITION(ABORT, 0, ROW_COND, cond_abort)

#define ROW_WRITE  DIRECTIVE(WRITE, PAR_CONTENT, IN_FILL, dir_write)
#define ROW_FETCH  DIRECTIVE(FETCH, PAR_URI, IN_FILL, dir_fetch)
#define ROW_INVOKE DIRECTIVE(INVOKE, 0, IN(INVOKE), dir_invoke)
#define ROW_UNLINK DIRECTIVE(UNLINK, 0, IN(INSTALL) | IN(UNINSTALL), dir_unlink)

#define ROW_SET_INDEX      FLOW(SET_INDEX, ARG_INDEX, flow_set_index)
#define ROW_TRY_EACH       FLOW(TRY_EACH, ARG_TRIES, flow_try_each)
#define ROW_RUN_SEQUENCE   FLOW(RUN_SEQUENCE, ARG_SEQUENCE, flow_run_sequence)
#define ROW_SET_PARAMETERS FLOW(SET_PARAMETERS, ARG_PARAMETERS, flow_set_parameters)
#define ROW_OVERRIDE       FLOW(OVERRIDE, ARG_PARAMETERS, flow_override)
// clang-format on

#endif
