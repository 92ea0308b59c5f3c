/*
 * children: the processes that the supervisor starts, ends and watches.
 */
#ifndef TAMD_CHILDREN_H
#define TAMD_CHILDREN_H

#include "tamd.h"

#include <child.h>

#define THREADS_MAX 64

enum process { KEEPER, COURIER, ADMIN, FRONT, PROCESSES };
struct super {
	struct settings s;
	int signals; /* signalfd */
	int tcp, unix_fd;
	int ready[2]; /* readable: the front listens */
	struct child child[PROCESSES];
	char uri_host[160];
	unsigned port;
	size_t threads;
	/* pairs: a process's end, and the front's to it */
	int keeper_end[THREADS_MAX], front_end[THREADS_MAX];
	int courier_end[COURIERS_MAX], asking_end[COURIERS_MAX];
	size_t couriers; /* 0: this TAM appraises */
};

/* Start the keeper, the courier and the TEEP front; u->ready[0] becomes
 * readable when the front listens, and then it is time for the admin front. */
bool start_all(struct super *u);
bool start_admin(struct super *u);
/* Ask all to end, the keeper last; false if one had to be made to, or ended
 * with another status than 0. */
bool stop_all(struct super *u);

#endif
