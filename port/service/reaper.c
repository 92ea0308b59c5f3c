/* reaper: a thread that shuts down what is past its deadline. */
#include "reaper.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define TICK_MS 250

/* Milliseconds of each phase. */
static const uint64_t allowed[] = {
    [PHASE_HEADER] = 10000,
    [PHASE_BODY] = 30000,
    [PHASE_JUDGE] = 0,
    [PHASE_REPLY] = 120000,
};

static uint64_t
coarse_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
reaper_phase(struct slot *s, enum phase p)
{
	if (s != NULL)
		atomic_store(&s->deadline,
		    allowed[p] == 0 ? 0 : coarse_ms() + allowed[p]);
}

/* The lock is held while a descriptor is used, and its connection cannot be
 * closed meanwhile: the library asks reaper_notify before it closes. */
static void
cut_late(struct reaper *r, uint64_t now)
{
	for (struct slot *s = r->all.next; s != &r->all; s = s->next) {
		uint64_t deadline = atomic_load(&s->deadline);

		if (s->cut || deadline == 0 || now < deadline)
			continue;
		s->cut = true;
		atomic_fetch_add(&r->cut, 1);
		(void)shutdown(s->fd, SHUT_RDWR);
	}
}

static void *
reap(void *arg)
{
	struct reaper *r = arg;
	struct timespec t;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		cut_late(r, coarse_ms());
		(void)clock_gettime(CLOCK_MONOTONIC, &t);
		t.tv_nsec += TICK_MS * 1000000L;
		if (t.tv_nsec >= 1000000000L) {
			t.tv_nsec -= 1000000000L;
			t.tv_sec++;
		}
		(void)pthread_cond_timedwait(&r->wake, &r->lock, &t);
	}
	(void)pthread_mutex_unlock(&r->lock);
	return NULL;
}

bool
reaper_start(struct reaper *r)
{
	pthread_condattr_t attr;

	r->all.next = r->all.prev = &r->all;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&r->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	r->running = pthread_create(&r->thread, NULL, reap, r) == 0;
	return r->running;
}

void
reaper_stop(struct reaper *r)
{
	if (!r->running)
		return;
	(void)pthread_mutex_lock(&r->lock);
	r->stop = true;
	(void)pthread_cond_signal(&r->wake);
	(void)pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
	r->running = false;
}

static struct slot *
slot_open(struct reaper *r, int fd)
{
	struct slot *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->fd = fd;
	reaper_phase(s, PHASE_HEADER);
	(void)pthread_mutex_lock(&r->lock);
	s->next = r->all.next;
	s->prev = &r->all;
	s->next->prev = s;
	r->all.next = s;
	(void)pthread_mutex_unlock(&r->lock);
	atomic_fetch_add(&r->open, 1);
	return s;
}

static void
slot_close(struct reaper *r, struct slot *s)
{
	(void)pthread_mutex_lock(&r->lock);
	s->next->prev = s->prev;
	s->prev->next = s->next;
	(void)pthread_mutex_unlock(&r->lock);
	atomic_fetch_sub(&r->open, 1);
	free(s);
}

void
reaper_notify(void *cls, struct MHD_Connection *conn, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct reaper *r = cls;
	const union MHD_ConnectionInfo *info;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		info = MHD_get_connection_info(
		    conn, MHD_CONNECTION_INFO_CONNECTION_FD);
		*context = info == NULL ? NULL : slot_open(r, info->connect_fd);
	} else if (*context != NULL) {
		slot_close(r, *context);
		*context = NULL;
	}
}

struct slot *
reaper_slot(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info == NULL ? NULL : info->socket_context;
}
