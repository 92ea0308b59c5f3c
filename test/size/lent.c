/*
 * lent: what device.c is lent; of no size that counts.
 */
#include <tamarind/agent.h>

struct agent *const agent;
const struct agent_ports ports;
const struct span work, outbox;
