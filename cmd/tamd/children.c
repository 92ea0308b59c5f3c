/*
 * children: the processes that the supervisor starts, ends and watches.
 *
 * Each gets the descriptors it needs and no other.
 */
#include "children.h"

#include "confine.h"
#include "keeper.h"
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <policy.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_MS     20000 /* for the fronts to end */
#define DRAIN_END_MS 5000  /* for the keeper, afterwards */

static const char *const child_name[] = {"keeper", "admin", "front"};

/* ---- starting --------------------------------------------------------------
 */

static int
child_main(struct super *u, enum child c, int ready_fd)
{
	int keep[THREADS_MAX + 2];
	size_t n = 0;

	if (c == KEEPER) {
		for (; n < u->threads; n++)
			keep[n] = u->keeper_end[n];
	} else if (c == ADMIN) {
		keep[n++] = u->unix_fd;
	} else {
		for (; n < u->threads; n++)
			keep[n] = u->front_end[n];
		keep[n++] = u->tcp;
		keep[n++] = ready_fd;
	}
	keep_only(keep, n);
	switch (c) {
	case KEEPER:
		return keeper_run(&u->s, u->keeper_end, u->threads);
	case FRONT:
		return front_run(
		    &u->s, u->tcp, u->front_end, u->threads, ready_fd);
	case ADMIN:
		if (confine_admin(&u->s) != OK)
			return EXIT_REFUSED;
		return admin_run(&u->s, u->unix_fd);
	case CHILDREN:
		break;
	}
	return EXIT_REFUSED;
}

static bool
child_start(struct super *u, enum child c, int ready_fd)
{
	pid_t self = getpid(), pid = fork();
	int status;

	if (pid < 0) {
		log_event(LEVEL_ERROR, "fork", LOG_S("process", child_name[c]),
		    LOG_S("error", strerror(errno)));
		return false;
	}
	if (pid > 0) {
		u->pid[c] = pid;
		return true;
	}
	/* nobody outlives the one who watches */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, child_name[c]);
	if (getppid() != self)
		_exit(EXIT_REFUSED);
	status = child_main(u, c, ready_fd);
	(void)fflush(NULL);
	/* no handlers of the parent's run in a child */
	_exit(status);
}

/* Only the one who may write can clean up after a writer that died. */
static bool
policy_recover(const struct super *u)
{
	char path[PATH_MAX];
	struct policy *p = NULL;
	enum err e;

	settings_path(&u->s, FILE_POLICY, path);
	e = policy_open(path, true, &p);
	if (e != OK)
		print_err(TAMD, path, e);
	policy_close(p);
	return e == OK;
}

/* Hand a folder and its file to a process's user; what is made in it goes to
 * the same group, whose members may read. */
static bool
give(const struct super *u, const char *folder, const char *file, uid_t uid,
    gid_t gid)
{
	const char *const name[] = {folder, file};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(name) && name[i] != NULL; i++) {
		settings_path(&u->s, name[i], path);
		if (lchown(path, uid, gid) != 0 ||
		    (uid != gid && chmod(path, i == 0 ? 02750 : 0640) != 0)) {
			print_err(TAMD, path, ERR_SYSTEM);
			return false;
		}
	}
	return true;
}

/* With users of their own each process owns what it writes. */
static bool
owners_set(const struct super *u)
{
	const struct settings *s = &u->s;
	uid_t k = s->uid_keeper, a = s->uid_admin, f = s->uid_front;
	char key[KEY_NAME_MAX], file[KEY_NAME_MAX + 16];

	if (getuid() != 0 || (k == 0 && a == 0 && f == 0))
		return true;
	if (k == 0 || a == 0 || f == 0 || k == a || k == f || a == f) {
		fputs("tamd: [uids] must name three different users\n", stderr);
		return false;
	}
	for (size_t i = 0; i < keeper_keys(s); i++) {
		(void)snprintf(file, sizeof(file), DIR_KEYS "/%s.pem",
		    keeper_key_name(s, i, key));
		if (!give(u, DIR_KEYS, file, k, k))
			return false;
	}
	return give(u, "policy", FILE_POLICY, a, f) &&
	       give(u, "state", FILE_STATE, f, a);
}

static bool
pairs_make(struct super *u)
{
	int pair[2];

	u->threads = u->s.threads > THREADS_MAX ? THREADS_MAX : u->s.threads;
	for (size_t i = 0; i < u->threads; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) !=
		    0) {
			print_err(TAMD, NULL, ERR_SYSTEM);
			u->threads = i;
			return false;
		}
		u->keeper_end[i] = pair[0];
		u->front_end[i] = pair[1];
	}
	return true;
}

static void
pairs_close(struct super *u)
{
	for (size_t i = 0; i < u->threads; i++) {
		(void)close(u->keeper_end[i]);
		(void)close(u->front_end[i]);
	}
	u->threads = 0;
}

bool
children_start(struct super *u)
{
	int ready[2] = {-1, -1};
	bool ok = policy_recover(u) && owners_set(u) && pairs_make(u) &&
		  pipe2(ready, O_CLOEXEC) == 0;

	ok = ok && child_start(u, KEEPER, -1);
	ok = ok && child_start(u, FRONT, ready[1]);
	pairs_close(u);
	if (ready[1] >= 0)
		(void)close(ready[1]);
	u->ready = ready[0];
	return ok;
}

bool
children_admin(struct super *u)
{
	return child_start(u, ADMIN, -1);
}

/* ---- ending ----------------------------------------------------------------
 */

/* Which child was that?  It is none any more. */
static enum child
child_of(struct super *u, pid_t pid)
{
	for (enum child c = KEEPER; c < CHILDREN; c++) {
		if (u->pid[c] == pid) {
			u->pid[c] = 0;
			return c;
		}
	}
	return CHILDREN;
}

static bool
stop(struct super *u, enum child c, unsigned ms)
{
	pid_t pid = u->pid[c];

	u->pid[c] = 0;
	return pid <= 0 || stop_process(pid, ms);
}

bool
children_stop(struct super *u)
{
	/* each before what it stands on */
	bool clean = stop(u, ADMIN, DRAIN_MS);

	clean &= stop(u, FRONT, DRAIN_MS);
	clean &= stop(u, KEEPER, DRAIN_END_MS);
	if (u->ready >= 0)
		(void)close(u->ready);
	u->ready = -1;
	return clean;
}

/* A child that ends unasked takes all with it. */
bool
children_alive(struct super *u)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		enum child c = child_of(u, pid);

		if (c == CHILDREN)
			continue;
		log_event(LEVEL_ERROR, "died", LOG_S("process", child_name[c]),
		    LOG_N("status",
			(uint64_t)(WIFEXITED(status) ? WEXITSTATUS(status)
						     : 0)),
		    LOG_N("signal",
			(uint64_t)(WIFSIGNALED(status) ? WTERMSIG(status)
						       : 0)));
		return false;
	}
	return true;
}
