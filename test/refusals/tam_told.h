/*
 * tam_told: what a TAM made of a message: where it says so, and what.
 */
#ifndef REFUSALS_TAM_TOLD_H
#define REFUSALS_TAM_TOLD_H

#include "refusals.h"
#include "tam_support.h"

static inline void
tam_told(struct seen *out)
{
	out->e = w.reply.why.err;
	if (w.reply.why.what != NULL)
		(void)snprintf(
		    out->what, sizeof(out->what), "%s", w.reply.why.what);
	out->kept = effect(TAM_APPRAISED, 0) != NULL;
	if (w.reply.sent == TEEP_QUERY_REQUEST)
		(void)snprintf(out->wire, sizeof(out->wire), "QueryRequest");
	else if (w.reply.message.n > 0) {
		struct teep_message m = reply(TEEP_UPDATE);

		if (m.manifests.n > 0)
			(void)snprintf(out->wire, sizeof(out->wire), "Update");
		else
			(void)snprintf(out->wire, sizeof(out->wire), "%u %.*s",
			    (unsigned)m.err_code, (int)m.err_msg.n,
			    (const char *)m.err_msg.p);
	}
}

/* Keep octets while others are made in the same room. */
static inline struct bytes
aside(struct bytes in)
{
	static uint8_t room[65536];

	assert_true(in.n <= sizeof(room));
	memcpy(room, in.p, in.n);
	return (struct bytes){room, in.n};
}

#endif
