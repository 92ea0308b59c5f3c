/*
 * spawn: start a program that never had more than it is given.
 *
 * The child is copied into new namespaces, where it is first of all nobody.
 * The parent gives it its numbers; then it puts descriptors in place, empties
 * its root, gives everything up and executes the sealed image.  Until then it
 * holds a copy of the caller's memory, under a uid that only the caller has,
 * and runs nothing but the steps below, which allocate nothing.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMESPACES                                                   \
	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | \
	    CLONE_NEWIPC | CLONE_NEWUTS)

/* Descriptors on their way: above every place they may end in. */
#define REPORT_FD (EXEC_FD + 1)
#define LOBBY_FD  (EXEC_FD + 2)

/* The steps of a child, in order; a failed one is told by its number. */
enum step {
	STEP_IDS,
	STEP_SIGNALS,
	STEP_FILES,
	STEP_USER,
	STEP_PARENT,
	STEP_ROOT,
	STEP_BOUNDING,
	STEP_CAPS,
	STEP_DUMP,
	STEP_PRIVS,
	STEP_LANDLOCK,
	STEP_LIMITS,
	STEP_SECCOMP,
	STEP_EXEC,
	N_STEPS,
};

static const char *const step_name[N_STEPS] = {
    [STEP_IDS] = "child: uid and gid map",
    [STEP_SIGNALS] = "child: signals",
    [STEP_FILES] = "child: descriptors",
    [STEP_USER] = "child: change of user",
    [STEP_PARENT] = "child: PR_SET_PDEATHSIG",
    [STEP_ROOT] = "child: empty root (mount, pivot_root)",
    [STEP_BOUNDING] = "child: capability bounding set",
    [STEP_CAPS] = "child: capset",
    [STEP_DUMP] = "child: PR_SET_DUMPABLE",
    [STEP_PRIVS] = "child: no_new_privs",
    [STEP_LANDLOCK] = "child: Landlock",
    [STEP_LIMITS] = "child: limits",
    [STEP_SECCOMP] = "child: seccomp",
    [STEP_EXEC] = "child: execution of the image",
};

struct report {
	uint32_t step;
	int32_t number; /* errno */
};

/* ---- in the child ------------------------------------------------------ */

/* Say that the maps can be written, and wait until they are.  Only one's own
 * user may write them, hence dumpable for this moment; setresuid ends it. */
static int
wait_for_ids(int link)
{
	char c = 'u';

	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0 ||
	    send(link, &c, 1, MSG_NOSIGNAL) != 1)
		return -1;
	return read(link, &c, 1) == 1 ? 0 : -1;
}

/* What a caller blocks or ignores would outlive the execution. */
static int
plain_signals(void)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		(void)sigaction(s, &plain, NULL); /* SIGKILL and such refuse */
	if (sigemptyset(&none) != 0 ||
	    sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		return -1;
	return setsid() < 0 ? -1 : 0;
}

/* Into the lobby first, then to their places: a source may stand where
 * another one has to go. */
static int
place_files(const struct sandbox_child *c, int link)
{
	int lobby[SANDBOX_FDS_MAX];
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	files.rlim_cur = files.rlim_max; /* the lobby must be within it */
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	for (size_t i = 0; i < c->n_fds; i++) {
		lobby[i] = c->fd[i];
		if (c->fd[i] < 0)
			continue;
		lobby[i] = fcntl(c->fd[i], F_DUPFD_CLOEXEC, LOBBY_FD);
		if (lobby[i] < 0)
			return -1;
	}
	/* The two may stand in each other's place. */
	link = fcntl(link, F_DUPFD_CLOEXEC, LOBBY_FD);
	if (link < 0 ||
	    (c->image != EXEC_FD && dup3(c->image, EXEC_FD, O_CLOEXEC) < 0) ||
	    dup3(link, REPORT_FD, O_CLOEXEC) < 0)
		return -1;
	for (size_t i = 0; i < c->n_fds; i++) {
		if (lobby[i] < 0)
			(void)close((int)i);
		else if (dup2(lobby[i], (int)i) < 0)
			return -1;
	}
	if (close_range((unsigned)c->n_fds, EXEC_FD - 1, 0) != 0)
		return -1;
	return close_range(LOBBY_FD, UINT_MAX, 0);
}

static int
change_user(const struct sandbox_child *c)
{
	if (setgroups(0, NULL) != 0 || setresgid(c->uid, c->uid, c->uid) != 0)
		return -1;
	return setresuid(c->uid, c->uid, c->uid);
}

/* Die with the parent; if it died before this was set, its end of the link
 * is closed.  (The change of user would have cleared it.) */
static int
follow_parent(void)
{
	struct pollfd p = {.fd = REPORT_FD, .events = POLLIN};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
	    poll(&p, 1, 0) < 0)
		return -1;
	errno = ESRCH;
	return (p.revents & (POLLHUP | POLLERR)) != 0 ? -1 : 0;
}

/* An empty directory that cannot be written, and nothing besides. */
static int
empty_root(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		"size=4k,nr_inodes=2,mode=0555") != 0 ||
	    chdir("/tmp") != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
	    umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return -1;
	return mount(NULL, "/", NULL,
	    MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
	    NULL);
}

static int
landlock(const struct sandbox_child *c)
{
	const struct sandbox_path dir = {.fd = c->dir, .write = true};

	return step_landlock(&dir, c->dir < 0 ? 0 : 1, false);
}

static int
limits(const struct sandbox_child *c)
{
	const struct rlimit files = {CHILD_FILES, CHILD_FILES};
	const struct rlimit memory = {c->memory, c->memory};

	(void)umask(077);
	step_mdwe();
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return -1;
	return setrlimit(RLIMIT_AS, &memory);
}

static int
execute(const struct sandbox_child *c)
{
	static const char *const no_environment[] = {NULL};

	return (int)syscall(
	    SYS_execveat, EXEC_FD, "", c->argv, no_environment, AT_EMPTY_PATH);
}

/* Everything in order; comes back only with the step that failed. */
static enum step
prepare(const struct sandbox_child *c, const struct filter_code *code, int link)
{
	if (wait_for_ids(link) != 0)
		return STEP_IDS;
	if (plain_signals() != 0)
		return STEP_SIGNALS;
	if (place_files(c, link) != 0)
		return STEP_FILES;
	if (change_user(c) != 0)
		return STEP_USER;
	if (follow_parent() != 0)
		return STEP_PARENT;
	if (empty_root() != 0)
		return STEP_ROOT;
	if (step_drop_bounding(0) != 0)
		return STEP_BOUNDING;
	if (step_set_caps(0) != 0)
		return STEP_CAPS;
	if (step_no_dump() != 0)
		return STEP_DUMP;
	if (step_no_new_privs() != 0)
		return STEP_PRIVS;
	if (landlock(c) != 0)
		return STEP_LANDLOCK;
	if (limits(c) != 0)
		return STEP_LIMITS;
	if (step_filter(code) != 0)
		return STEP_SECCOMP;
	(void)execute(c);
	return STEP_EXEC;
}

/* Tell the parent, on whichever descriptor the link is by then. */
static void
tell(int link, enum step step)
{
	const struct report r = {(uint32_t)step, errno};

	(void)!write(step > STEP_FILES ? REPORT_FD : link, &r, sizeof(r));
}

/* ---- in the parent ----------------------------------------------------- */

static bool
put_file(const char *path, const char *text)
{
	size_t n = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, n) == (ssize_t)n;
	(void)close(fd);
	return ok;
}

/* Its own number, and the peer's so that SO_PEERCRED can say it: every other
 * user of the machine is "nobody" inside. */
static bool
put_ids(pid_t pid, const struct sandbox_child *c)
{
	char path[64], text[80];
	int n;

	n = snprintf(text, sizeof(text), "%u %u 1\n", c->uid, c->uid);
	(void)snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)pid);
	if (n < 0 || !put_file(path, text))
		return false;
	if (c->peer != 0)
		(void)snprintf(text + n, sizeof(text) - (size_t)n, "%u %u 1\n",
		    c->peer, c->peer);
	(void)snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
	return put_file(path, text);
}

/* Until the link closes because the program runs, or a step has failed. */
static enum err
accompany(pid_t pid, const struct sandbox_child *c, int link, struct why *why)
{
	struct report r = {0};
	ssize_t n;
	char go;

	if (recv(link, &go, 1, MSG_WAITALL) != 1)
		return sandbox_fault(why, "start of a child");
	if (!put_ids(pid, c) || send(link, "g", 1, MSG_NOSIGNAL) != 1)
		return sandbox_fault(why, step_name[STEP_IDS]);
	n = recv(link, &r, sizeof(r), MSG_WAITALL);
	if (n == 0)
		return OK;
	if (n != (ssize_t)sizeof(r) || r.step >= N_STEPS)
		return sandbox_fault(why, "report of a child");
	errno = r.number;
	return sandbox_fault(why, step_name[r.step]);
}

static bool
makes_sense(const struct sandbox_child *c)
{
	uint64_t size;

	return c->uid != 0 && c->peer != c->uid &&
	       c->n_fds <= SANDBOX_FDS_MAX && c->dir < (int)c->n_fds &&
	       c->filter->allow_only && c->argv[0] != NULL &&
	       sandbox_sealed(c->image, &size);
}

enum err
sandbox_spawn(const struct sandbox_child *c, pid_t *pid, struct why *why)
{
	struct filter_code code;
	int link[2];
	long id;
	enum err e;

	*pid = -1;
	if (!makes_sense(c))
		return why_set(why, ERR_BUG, "sandbox_spawn");
	TRY(filter_build(c->filter, EXEC_FD, &code, why));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) != 0)
		return sandbox_fault(why, "socketpair");
	/* As fork: no stack of its own, no shared memory. */
	id = syscall(SYS_clone, NAMESPACES | SIGCHLD, 0, 0, 0, 0);
	if (id == 0) {
		(void)close(link[0]);
		tell(link[1], prepare(c, &code, link[1]));
		_exit(126);
	}
	(void)close(link[1]);
	if (id < 0) {
		e = sandbox_fault(
		    why, "new namespaces (user, pid, net, mount)");
		(void)close(link[0]);
		return e;
	}
	e = accompany((pid_t)id, c, link[0], why);
	(void)close(link[0]);
	if (e == OK) {
		*pid = (pid_t)id;
		return OK;
	}
	(void)kill((pid_t)id, SIGKILL);
	while (waitpid((pid_t)id, NULL, 0) < 0 && errno == EINTR)
		;
	return e;
}
