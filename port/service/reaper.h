/*
 * reaper: no socket lives longer than its deadlines.
 *
 * The HTTP library's timeout counts silence, and one octet a second is no
 * silence.  Here every phase of a connection has an end, whatever arrives.
 */
#ifndef SERVICE_REAPER_H
#define SERVICE_REAPER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum phase {
	PHASE_HEADER, /* from the connection's, or the last reply's, end */
	PHASE_BODY,
	PHASE_JUDGE, /* ours: no deadline */
	PHASE_REPLY,
};

/* One connection. */
struct slot {
	struct slot *next, *prev;
	int fd;
	_Atomic uint64_t deadline; /* ms; 0: none */
	bool cut;
};

struct reaper {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running, stop;
	struct slot all; /* ring */
	_Atomic uint64_t open, cut;
};

bool reaper_start(struct reaper *r);
void reaper_stop(struct reaper *r);

/* For MHD_OPTION_NOTIFY_CONNECTION; cls is the reaper. */
void reaper_notify(void *cls, struct MHD_Connection *conn, void **context,
    enum MHD_ConnectionNotificationCode code);
/* The connection's slot, NULL if there is none. */
struct slot *reaper_slot(struct MHD_Connection *conn);
/* The connection enters a phase.  slot may be NULL. */
void reaper_phase(struct slot *s, enum phase p);

#endif
