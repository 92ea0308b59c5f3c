/* worker: a process that answers one question at a time. */
#include "verifierd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static enum err
serve(int fd, int stop, answerer *answer, void *ctx, struct span *room)
{
	struct pollfd p[] = {
	    {.fd = stop, .events = POLLIN},
	    {.fd = fd, .events = POLLIN},
	};
	struct bytes in;
	enum err e;

	for (;;) {
		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return ERR_SYSTEM;
		}
		if (p[0].revents != 0)
			return OK;
		e = frame_receive(fd, FRAME_MAX, room, &in);
		if (e == ERR_NOT_FOUND)
			return OK;
		if (e == OK)
			e = frame_send(fd, answer(ctx, in), NULL, 0);
		if (e != OK)
			return e;
	}
}

int
worker_serve(const char *name, int fd, int stop, answerer *answer, void *ctx)
{
	struct span room = {NULL, 0};
	enum err e =
	    stop < 0 ? ERR_SYSTEM : serve(fd, stop, answer, ctx, &room);

	free(room.p);
	if (e != OK)
		log_event(LEVEL_ERROR, "worker-failed", LOG_S("process", name),
		    LOG_ERR("reason", e), LOG_S("error", strerror(errno)));
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
