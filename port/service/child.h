/*
 * child: the processes of a service, as its supervisor starts and watches
 * them.
 */
#ifndef SERVICE_CHILD_H
#define SERVICE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
	const char *name; /* of the process, and in the log */
	pid_t pid;        /* 0: it does not run */
};

/* Start one: it calls run(ctx, which), and its answer is the exit status.  It
 * does not outlive this process.  False: the log says why. */
bool child_start(struct child *c, int (*run)(void *ctx, size_t which),
    void *ctx, size_t which);
/* Ask it to end; after ms it does not have the choice.  False if it had to be
 * made to, or ended with another status than 0. */
bool child_stop(struct child *c, unsigned ms);
/* Reap who has ended; false if that was one of these n: it ended unasked, and
 * takes all with it. */
bool children_alive(struct child *c, size_t n);

/* SIGTERM, SIGINT, SIGCHLD and, if the service can, SIGHUP, as a descriptor;
 * -1. */
int children_signals(bool hup);

/* Hand a file or folder to a process's user: that itself, no link's target.
 * Says on stderr what is wrong. */
bool hand_over(
    const char *prog, const char *path, uid_t uid, gid_t gid, mode_t mode);
/* All given, and all different?  Or, *none, not one. */
bool uids_differ(const uid_t *uid, size_t n, bool *none);

/* It serves: the port for scripts, the word for the service manager. */
void children_ready(const char *port_file, unsigned port);

#endif
