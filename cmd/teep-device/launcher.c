/*
 * launcher: the port that attests.  Applications have no place here: to start
 * one is refused.
 */
#include "device.h"

static enum err
attest(void *ctx, const struct attest_request *r, struct span room,
    struct bytes *evidence)
{
	const struct device *d = ctx;
	struct why why;
	enum err e = eat_attest(&d->attester, r, room, evidence, &why);

	if (e != OK)
		log_event(NULL, "attest-refused", &why, BYTES_NONE);
	return e;
}

static enum err
start(void *ctx, struct bytes id, const uint8_t sha256[DIGEST_LEN],
    uint64_t size, struct bytes args, struct bytes data)
{
	(void)ctx;
	(void)data;
	(void)id;
	(void)sha256;
	(void)size;
	(void)args;
	return ERR_INVOKE;
}

static bool
alive(void *ctx, struct bytes id, const uint8_t sha256[DIGEST_LEN])
{
	(void)ctx;
	(void)id;
	(void)sha256;
	return false;
}

static enum err
call(void *ctx, struct bytes id, struct bytes in, struct span room,
    struct bytes *out)
{
	(void)ctx;
	(void)id;
	(void)in;
	(void)room;
	*out = BYTES_NONE;
	return ERR_INVOKE;
}

static void
stop(void *ctx, struct bytes id)
{
	(void)ctx;
	(void)id;
}

void
launcher_port(struct device *d)
{
	d->launcher = (struct agent_launcher){.ctx = d,
	    .attest = attest,
	    .start = start,
	    .alive = alive,
	    .call = call,
	    .stop = stop};
}
