/*
 * children: the processes that the supervisor starts, ends and watches.
 */
#ifndef TAMD_CHILDREN_H
#define TAMD_CHILDREN_H

#include "tamd.h"

#define THREADS_MAX 64

enum child { KEEPER, ADMIN, FRONT, CHILDREN };
struct super {
	struct settings s;
	int signals; /* signalfd */
	int tcp, unix_fd;
	int ready; /* reading end: the front listens */
	pid_t pid[CHILDREN];
	char uri_host[160];
	unsigned port;
	size_t threads;
	int keeper_end[THREADS_MAX], front_end[THREADS_MAX];
};

/* Start the keeper and the TEEP front; u->ready becomes readable when the
 * front listens, and then it is time for the admin front. */
bool children_start(struct super *u);
bool children_admin(struct super *u);
/* Ask all to end, the keeper last; false if one had to be made to, or ended
 * with another status than 0. */
bool children_stop(struct super *u);
/* Reap who has ended; false if that was one of them. */
bool children_alive(struct super *u);

#endif
