/*
 * device: the whole agent engine, as a microcontroller runs it: frames in,
 * frames out.
 */
#include "image.h"

#include <tamarind/agent.h>

extern struct agent *const agent;
extern const struct agent_ports ports;
extern const struct span work, outbox;

enum err
image_device(void)
{
	struct link_frame f;
	enum err e = agent_init(agent, &ports, work, outbox);

	if (e == ERR_NOT_FOUND)
		e = agent_seal_policy(&ports, work, input, &why);
	TRY(e);
	TRY(link_read(input, &f));
	agent_give(agent, &f);
	while (agent_next(agent, &f))
		TRY(link_write(outbox, &f, &output));
	agent_hangup(agent);
	return agent_holds_message(agent) ? ERR_BUG : OK;
}
