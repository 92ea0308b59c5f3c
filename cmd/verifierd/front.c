/*
 * front: the network and the sessions.
 *
 * Gives up, before it accepts the first connection: every file, new sockets
 * and processes, its user if one is configured.  It never had a key, and it
 * reads no Evidence.
 */
#include "front.h"

#include <crypto_openssl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum err
open_all(struct front *f)
{
	if (crypto_openssl() == NULL)
		return ERR_RANDOM;
	f->verifier.crypto = crypto_openssl();
	f->verifier.schemes = verifierd_schemes;
	f->session = calloc(f->s->sessions, sizeof(*f->session));
	if (f->session == NULL)
		return ERR_MEMORY;
	/* before the first thread: what it gives up binds all that follow */
	TRY(confine_front(f->s));
	TRY(ask_keeper(f));
	return http_start(f) ? OK : ERR_SYSTEM;
}

int
front_run(const struct settings *s, const struct front_fds *fd)
{
	static struct front f;
	int stop = stop_fd();
	enum err e = stop < 0 ? ERR_SYSTEM : OK;

	f.s = s;
	f.fd = *fd;
	if (e == OK)
		e = open_all(&f);
	if (e == OK && write(fd->ready, "", 1) != 1)
		e = ERR_SYSTEM;
	(void)close(fd->ready);
	if (e == OK)
		e = stop_wait(stop);
	if (e != OK)
		log_event(LEVEL_ERROR, "front-failed", LOG_ERR("reason", e));
	http_stop(&f);
	for (size_t i = 0; f.session != NULL && i < s->sessions; i++)
		if (f.session[i].state != SESSION_FREE)
			session_end(&f, &f.session[i]);
	free(f.session);
	free(f.keeper_room.p);
	free(f.worker_room.p);
	return e == OK ? EXIT_DONE : EXIT_REFUSED;
}
