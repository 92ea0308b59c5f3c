/*
 * stop: how a process of a service is told to end: by others, or by one of its
 * own threads that has found it broken.
 */
#include "service.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/signalfd.h>

static pthread_t waits;
static atomic_bool broken;

int
stop_fd(void)
{
	sigset_t set;

	waits = pthread_self();
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void
stop_broken(void)
{
	/* once: what is broken will be found so again and again */
	if (!atomic_exchange(&broken, true))
		(void)pthread_kill(waits, SIGTERM);
}

bool
stop_is_broken(void)
{
	return atomic_load(&broken);
}

enum err
stop_wait(int stop)
{
	struct pollfd p = {.fd = stop, .events = POLLIN};

	while (poll(&p, 1, -1) < 0)
		if (errno != EINTR)
			return ERR_SYSTEM;
	return stop_is_broken() ? ERR_SYSTEM : OK;
}
