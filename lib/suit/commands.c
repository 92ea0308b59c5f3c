/*
 * commands: the one table of commands.  A row says what the argument is,
 * which parameters must be set, where the command may stand, and who does it;
 * scan.c and run.c enforce the row.  A command without a row is refused.
 *
 * Only payload-fetch and install may fill components, only invoke may start
 * one: a validate or load section that did more than its name would surprise
 * the owner of the store.  The shared sequence has no side effects.
 *                                                   [SUIT SUIT_Command] */
#include "suit_int.h"

#define IN(member) (UINT32_C(1) << SUIT_##member)
#define IN_FILL    (IN(PAYLOAD_FETCH) | IN(INSTALL))
#define IN_ANY                                                         \
	(IN(COMMON) | IN(VALIDATE) | IN(LOAD) | IN(INVOKE) | IN_FILL | \
	    IN(UNINSTALL))

// clang-format off
/* code, argument, needs, where, name, handler */
static const struct suit_row rows[] = {
	{SUIT_CMD_VENDOR, ARG_POLICY, PAR_VENDOR, IN_ANY,
	    "vendor-identifier", .cond = cond_vendor},
	{SUIT_CMD_CLASS, ARG_POLICY, PAR_CLASS, IN_ANY,
	    "class-identifier", .cond = cond_class},
	{SUIT_CMD_IMAGE_MATCH, ARG_POLICY, PAR_DIGEST, IN_ANY,
	    "image-match", .cond = cond_image_match, .looks = true},
	{SUIT_CMD_CHECK_CONTENT, ARG_POLICY, PAR_CONTENT, IN_ANY,
	    "check-content", .cond = cond_check_content,
	    .looks = true},
	{SUIT_CMD_ABORT, ARG_POLICY, 0, IN_ANY,
	    "abort", .cond = cond_abort},

	{SUIT_CMD_WRITE, ARG_POLICY, PAR_CONTENT, IN_FILL,
	    "write", .dir = dir_write},
	{SUIT_CMD_FETCH, ARG_POLICY, PAR_URI, IN_FILL,
	    "fetch", .dir = dir_fetch},
	{SUIT_CMD_INVOKE, ARG_POLICY, 0, IN(INVOKE),
	    "invoke", .dir = dir_invoke},
	{SUIT_CMD_UNLINK, ARG_POLICY, 0, IN(INSTALL) | IN(UNINSTALL),
	    "unlink", .dir = dir_unlink},

	{SUIT_CMD_SET_INDEX, ARG_INDEX, 0, IN_ANY,
	    "set-component-index", .flow = flow_set_index},
	{SUIT_CMD_TRY_EACH, ARG_TRIES, 0, IN_ANY,
	    "try-each", .flow = flow_try_each},
	{SUIT_CMD_RUN_SEQUENCE, ARG_SEQUENCE, 0, IN_ANY,
	    "run-sequence", .flow = flow_run_sequence},
	{SUIT_CMD_SET_PARAMETERS, ARG_PARAMETERS, 0, IN_ANY,
	    "set-parameters", .flow = flow_set_parameters},
	{SUIT_CMD_OVERRIDE, ARG_PARAMETERS, 0, IN_ANY,
	    "override-parameters", .flow = flow_override},
};
// clang-format on

const struct suit_row *
suit_row(int64_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}
