/*
 * rows: every command and every parameter this room knows, as a row.  Of a
 * command: what its argument is, which parameters must be set, where it may
 * stand, and who does it; scan.c and execute.c enforce it.  Of a parameter: its
 * type, its bounds and who checks the rest; params.c enforces it.  A profile
 * is a list of rows (commands.c, minimal/commands.c); what has none is
 * refused.
 *
 * Only payload-fetch and install may fill components, and load may copy; only
 * invoke may start one: a validate section that did more than its name would
 * surprise the owner of the store.  The shared sequence has no side effects.
 *                                     [SUIT SUIT_Command, SUIT_Parameters]
 *
 * docs/suit-table.md is made from this file by tools/suit-table, which knows
 * the macros by name: a row is one line.
 */
#ifndef TAMARIND_SUIT_ROWS_H
#define TAMARIND_SUIT_ROWS_H

#include "suit_int.h"

#define IN(member) (UINT32_C(1) << SUIT_##member)
#define IN_FILL    (IN(DEPENDENCY_RESOLUTION) | IN(PAYLOAD_FETCH) | IN(INSTALL))
#define IN_ALL                                                               \
	(IN(CANDIDATE_VERIFICATION) | IN(VALIDATE) | IN(LOAD) | IN(INVOKE) | \
	    IN_FILL | IN(UNINSTALL))
#define IN_ANY    (IN(COMMON) | IN_ALL)
#define NEED(par) (UINT32_C(1) << SUIT_PAR_##par)

// clang-format off
#define CONDITION(code, needs, kind, handler) \
	{SUIT_CMD_##code, ARG_POLICY, kind, needs, IN_ANY, {.cond = handler}}
#define DIRECTIVE(code, needs, where, handler) \
	{SUIT_CMD_##code, ARG_POLICY, ROW_DIR, needs, where, {.dir = handler}}
#define PAIR(code, where, handler) \
	{SUIT_CMD_##code, ARG_POLICY, ROW_PAIR, NEED(SOURCE), where, {.pair = handler}}
#define FLOW(code, arg, handler) \
	{SUIT_CMD_##code, arg, ROW_FLOW, 0, IN_ANY, {.flow = handler}}
#define WIDE(code, handlers) \
	{SUIT_CMD_##code, ARG_OTHER, ROW_FLOW, 0, IN_ANY, {.wide = &(handlers)}}

#define ROW_VENDOR          CONDITION(VENDOR, NEED(VENDOR), ROW_COND, cond_vendor)
#define ROW_CLASS           CONDITION(CLASS, NEED(CLASS), ROW_COND, cond_class)
#define ROW_IMAGE_MATCH     CONDITION(IMAGE_MATCH, NEED(IMAGE_DIGEST), ROW_LOOK, cond_image_match)
#define ROW_USE_BEFORE      CONDITION(USE_BEFORE, NEED(USE_BEFORE), ROW_COND, cond_use_before)
#define ROW_SLOT            CONDITION(SLOT, NEED(SLOT), ROW_COND, cond_slot)
#define ROW_CHECK_CONTENT   CONDITION(CHECK_CONTENT, NEED(CONTENT), ROW_LOOK, cond_check_content)
#define ROW_ABORT           CONDITION(ABORT, 0, ROW_COND, cond_abort)
#define ROW_DEVICE          CONDITION(DEVICE, NEED(DEVICE), ROW_COND, cond_device)
#define ROW_IMAGE_NOT_MATCH CONDITION(IMAGE_NOT_MATCH, NEED(IMAGE_DIGEST), ROW_SEEK, cond_image_not_match)
#define ROW_BATTERY         CONDITION(BATTERY, NEED(BATTERY), ROW_COND, cond_battery)
#define ROW_AUTHORIZED      CONDITION(AUTHORIZED, NEED(PRIORITY), ROW_COND, cond_authorized)
#define ROW_VERSION         CONDITION(VERSION, NEED(VERSION), ROW_COND, cond_version)

#define ROW_WRITE  DIRECTIVE(WRITE, NEED(CONTENT), IN_FILL, dir_write)
#define ROW_FETCH  DIRECTIVE(FETCH, NEED(URI), IN_FILL, dir_fetch_relative)
#define ROW_INVOKE DIRECTIVE(INVOKE, 0, IN(INVOKE), dir_invoke)
#define ROW_WAIT   DIRECTIVE(WAIT, NEED(WAIT_INFO), IN_ALL, dir_wait)
#define ROW_UNLINK DIRECTIVE(UNLINK, 0, IN(INSTALL) | IN(UNINSTALL), dir_unlink)
#define ROW_COPY   PAIR(COPY, IN_FILL | IN(LOAD), pair_copy)
#define ROW_SWAP   PAIR(SWAP, IN_FILL, pair_swap)
/* fetch without relative references */
#define ROW_FETCH_PLAIN DIRECTIVE(FETCH, NEED(URI), IN_FILL, dir_fetch)

#define ROW_IS_DEPENDENCY CONDITION(IS_DEPENDENCY, 0, ROW_COND, cond_is_dependency)
/* Not softened by anything, and so no condition here. */
#define ROW_DEPENDENCY_INTEGRITY \
	FLOW(DEPENDENCY_INTEGRITY, ARG_POLICY, flow_dependency_integrity)
#define ROW_PROCESS_DEPENDENCY \
	{SUIT_CMD_PROCESS_DEPENDENCY, ARG_POLICY, ROW_FLOW, 0, \
	    IN_ALL, {.flow = flow_process_dependency}}

#define ROW_SET_INDEX         FLOW(SET_INDEX, ARG_INDEX, flow_select)
/* where there is no run-sequence */
#define ROW_SET_INDEX_PLAIN   FLOW(SET_INDEX, ARG_INDEX, flow_set_index)
#define ROW_TRY_EACH          FLOW(TRY_EACH, ARG_TRIES, flow_try_each)
#define ROW_RUN_SEQUENCE      FLOW(RUN_SEQUENCE, ARG_SEQUENCE, flow_run_sequence)
#define ROW_SET_PARAMETERS    FLOW(SET_PARAMETERS, ARG_PARAMETERS, flow_set_parameters)
#define ROW_OVERRIDE          FLOW(OVERRIDE, ARG_PARAMETERS, flow_override)
#define ROW_OVERRIDE_MULTIPLE WIDE(OVERRIDE_MULTIPLE, several_override)
#define ROW_COPY_PARAMS       WIDE(COPY_PARAMS, several_copy)

/* The device's own; such a profile also names suit_own. */
#define ROW_CUSTOM {SUIT_CMD_CUSTOM, ARG_OTHER, ROW_OWN, 0, IN_ALL, {.wide = NULL}}

#define PARAM(name, type, min, max, check) {SUIT_PAR_##name, type, min, max, check}

#define PARAM_VENDOR        PARAM(VENDOR, CBOR_ANY, 0, 0, param_vendor)
#define PARAM_CLASS         PARAM(CLASS, CBOR_BSTR, 16, 16, NULL)
#define PARAM_IMAGE_DIGEST  PARAM(IMAGE_DIGEST, CBOR_BSTR, 1, PARAM_ANY, param_digest)
#define PARAM_USE_BEFORE    PARAM(USE_BEFORE, CBOR_UINT, 0, PARAM_ANY, NULL)
#define PARAM_SLOT          PARAM(SLOT, CBOR_UINT, 0, PARAM_ANY, NULL)
#define PARAM_STRICT_ORDER  PARAM(STRICT_ORDER, CBOR_SIMPLE, 0, 0, NULL)
#define PARAM_SOFT_FAILURE  PARAM(SOFT_FAILURE, CBOR_SIMPLE, 0, 0, NULL)
#define PARAM_IMAGE_SIZE    PARAM(IMAGE_SIZE, CBOR_UINT, 0, PARAM_ANY, NULL)
#define PARAM_CONTENT       PARAM(CONTENT, CBOR_BSTR, 0, PARAM_ANY, NULL)
#define PARAM_ENCRYPTION    PARAM(ENCRYPTION_INFO, CBOR_BSTR, 1, PARAM_ANY, NULL)
#define PARAM_URI           PARAM(URI, CBOR_TSTR, 1, SUIT_URI_MAX, NULL)
#define PARAM_SOURCE        PARAM(SOURCE, CBOR_UINT, 0, SUIT_COMPONENTS_MAX - 1, NULL)
#define PARAM_INVOKE_ARGS   PARAM(INVOKE_ARGS, CBOR_BSTR, 0, PARAM_ANY, NULL)
#define PARAM_DEVICE        PARAM(DEVICE, CBOR_BSTR, 16, 16, NULL)
#define PARAM_FETCH_ARGS    PARAM(FETCH_ARGS, CBOR_BSTR, 0, PARAM_ANY, NULL)
#define PARAM_BATTERY       PARAM(BATTERY, CBOR_UINT, 0, PARAM_ANY, NULL)
#define PARAM_PRIORITY      PARAM(PRIORITY, CBOR_NINT, 0, 0, NULL)
#define PARAM_VERSION       PARAM(VERSION, CBOR_BSTR, 1, PARAM_ANY, param_version)
#define PARAM_WAIT_INFO     PARAM(WAIT_INFO, CBOR_BSTR, 1, PARAM_ANY, param_wait)
#define PARAM_METADATA      PARAM(METADATA, CBOR_BSTR, 1, PARAM_ANY, param_metadata)
// clang-format on

#endif
