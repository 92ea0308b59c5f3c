/*
 * names: names of frames, for people.
 */
#include <tamarind/link.h>

// clang-format off
static const char *const names[] = {
	[LINK_REQUEST_TA] = "request-ta",
	[LINK_UNREQUEST_TA] = "unrequest-ta",
	[LINK_POLICY_CHECK] = "policy-check",
	[LINK_MESSAGE] = "message",
	[LINK_ERROR] = "error",
	[LINK_DATA] = "data",
	[LINK_CALL] = "call",
	[LINK_STATUS] = "status",
	[LINK_PASSPORT] = "passport",
	[LINK_NONE] = "none",
	[LINK_CONNECT] = "connect",
	[LINK_REPLY] = "reply",
	[LINK_FETCH] = "fetch",
	[LINK_ABORT] = "abort",
	[LINK_RESULT] = "result",
};
// clang-format on

const char *
link_op_name(unsigned op)
{
	return op < ARRAY_LEN(names) && names[op] != NULL ? names[op]
							  : "unknown";
}
