/*
 * world: an agent and a TAM whose ports are memory and believe everything.
 *
 * Keys by number, see fuzz_key: 1 administrator, 2 TAM, 3 signer, 5 the
 * device's TEEP key, 6 its report key, 7 its evidence key.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "fuzz.h"

#include <tamarind/agent.h>
#include <tamarind/tam.h>

/* A device that was just initialised, with a policy that lets TAM 2 and
 * signer 3 manage ['app'].  The same memory each time. */
struct agent *device_start(void);
/* Start again from what its store has: that must always be possible. */
void device_restart(void);

/* Start from a store that answers this record; NULL: it will not. */
struct agent *device_wakes(struct bytes record);
/* The record of a device that was just initialised. */
struct bytes device_record(void);

/* A TAM that knows every device, and wants one manifest on each. */
const struct tam *server_start(const struct arena **mem);

#endif
