/*
 * serve: one HTTP server on a port of this machine, whose requests are
 * answered by the thread that started it, one after the other.
 */
#ifndef TEEP_SERVE_H
#define TEEP_SERVE_H

#include "teep.h"

#include <pthread.h>

struct served {
	const char *method, *path, *type; /* of the request; NULL: none */
	const char *query;                /* nonce size and such; or NULL */
	struct bytes body;
};

struct serve_answer {
	unsigned status;
	const char *type;     /* of the body */
	const char *location; /* or NULL */
	struct bytes body;
	const char *allow; /* or NULL */
};

struct serve {
	void *daemon; /* MHD */
	pthread_mutex_t lock;
	pthread_cond_t change;
	enum { SERVE_IDLE, SERVE_ASKED, SERVE_TOLD } state;
	bool closing;
	unsigned unsent;   /* answers on their way out */
	struct served now; /* valid while ASKED */
	struct serve_answer answer;
	uint16_t port;
};

/* Listen on 127.0.0.1; port 0: any.  Ends the program if it cannot. */
void serve_open(struct serve *s, uint16_t port);
/* Stop, when the last answer is out. */
void serve_close(struct serve *s);
/* The next request, within timeout; false: none.  It is answered by
 * serve_tell, which is due before the next serve_next. */
bool serve_next(struct serve *s, long timeout_ms);
/* Answer the request; *a is copied. */
void serve_tell(struct serve *s, const struct serve_answer *a);
/* "http://127.0.0.1:PORT/path" into its port and path; ends the program if it
 * is something else. */
uint16_t serve_url(const char *url, char *path, size_t room);

#endif
