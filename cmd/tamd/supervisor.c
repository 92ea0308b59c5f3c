/*
 * supervisor: makes the sockets, starts the processes, watches them.
 *
 * It reads no key, no message and no request.  On SIGHUP the others end in
 * order and start again with what the configuration says then, while the
 * listening sockets stay and keep who connects waiting.
 */
#include "confine.h"
#include "keeper.h"
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <policy.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX  64
#define DRAIN_MS     20000 /* for the fronts to end */
#define DRAIN_END_MS 5000  /* for the keeper, afterwards */

enum child { KEEPER, ADMIN, FRONT, CHILDREN };
static const char *const child_name[] = {"keeper", "admin", "front"};

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

void
source_read(const struct source *from, struct settings *out)
{
	settings_default(out);
	if (from->dir != NULL) {
		if (strlen(from->dir) >= sizeof(out->dir))
			die_usage(TAMD, "--dir is too long");
		strcpy(out->dir, from->dir);
	}
	settings_load(out, from->config);
	/* what the command line says stands above the rest */
	if (from->dir != NULL)
		strcpy(out->dir, from->dir);
	if (from->listen != NULL) {
		if (strlen(from->listen) >= sizeof(out->listen))
			die_usage(TAMD, "--listen is too long");
		strcpy(out->listen, from->listen);
	}
	if (out->admin_socket[0] != 0)
		return;
	if (strlen(out->dir) + sizeof("/" FILE_ADMIN) >
	    sizeof(out->admin_socket))
		die_usage(TAMD,
		    "%s is too long for a socket beneath it: set admin_socket",
		    out->dir);
	strcpy(out->admin_socket, out->dir);
	strcat(out->admin_socket, "/" FILE_ADMIN);
}

/* ---- starting --------------------------------------------------------------
 */

static int
order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close every descriptor but the standard ones and these. */
static void
keep_only(int *fd, size_t n)
{
	unsigned from = 3;

	qsort(fd, n, sizeof(*fd), order);
	for (size_t i = 0; i < n; i++) {
		unsigned at = (unsigned)fd[i];

		if (at > from)
			(void)close_range(from, at - 1, 0);
		from = at + 1;
	}
	(void)close_range(from, ~0U, 0);
}

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
#ifdef TAMD_HAS_ADMIN
		if (confine_admin(&u->s) != OK)
			return EXIT_REFUSED;
		return admin_run(&u->s, u->unix_fd);
#endif
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
	char file[64];

	if (getuid() != 0 || (k == 0 && a == 0 && f == 0))
		return true;
	if (k == 0 || a == 0 || f == 0 || k == a || k == f || a == f) {
		fputs("tamd: [uids] must name three different users\n", stderr);
		return false;
	}
	for (enum keeper_key i = 0; i < KEEPER_KEYS; i++) {
		(void)snprintf(
		    file, sizeof(file), DIR_KEYS "/%s.pem", keeper_key_name(i));
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

static bool
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

/* ---- ending ----------------------------------------------------------------
 */

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

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

/* Ask these to end; after the time is over they do not have the choice. */
static bool
stop(struct super *u, unsigned which, unsigned ms)
{
	uint64_t until = now_ms() + ms;
	const struct timespec nap = {0, 10000000};
	bool clean = true, killed = false;

	for (enum child c = KEEPER; c < CHILDREN; c++)
		if ((which & 1u << c) != 0 && u->pid[c] > 0)
			(void)kill(u->pid[c], SIGTERM);
	for (;;) {
		bool left = false;
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0) {
			(void)child_of(u, pid);
			clean &= WIFEXITED(status) && WEXITSTATUS(status) == 0;
			continue;
		}
		for (enum child c = KEEPER; c < CHILDREN; c++)
			left |= (which & 1u << c) != 0 && u->pid[c] > 0;
		if (!left)
			return clean;
		if (!killed && now_ms() > until) {
			killed = true;
			clean = false;
			for (enum child c = KEEPER; c < CHILDREN; c++)
				if ((which & 1u << c) != 0 && u->pid[c] > 0)
					(void)kill(u->pid[c], SIGKILL);
		}
		(void)nanosleep(&nap, NULL);
	}
}

static bool
children_stop(struct super *u)
{
	bool clean = stop(u, 1u << ADMIN | 1u << FRONT, DRAIN_MS);

	clean &= stop(u, 1u << KEEPER, DRAIN_END_MS);
	if (u->ready >= 0)
		(void)close(u->ready);
	u->ready = -1;
	return clean;
}

/* ---- watching ---------------------------------------------------------------
 */

/* The port for scripts, the line for people and programs, the word for
 * systemd. */
static bool
is_ready(struct super *u)
{
	char path[PATH_MAX], text[16], uri[512];
	uint8_t byte;

	if (read(u->ready, &byte, 1) != 1)
		return true; /* it died; the signal says so */
	(void)close(u->ready);
	u->ready = -1;
#ifdef TAMD_HAS_ADMIN
	/* only now: who may only read the state database cannot open it before
	 * its writer has */
	if (!child_start(u, ADMIN, -1))
		return false;
#endif
	(void)snprintf(text, sizeof(text), "%u\n", u->port);
	settings_path(&u->s, FILE_PORT, path);
	if (write_file_atomic(path, bytes_of_text(text), WRITE_PUBLIC) != OK)
		log_event(LEVEL_WARN, "port-file", LOG_S("file", path));
	(void)snprintf(uri, sizeof(uri), "http://%s%s", u->uri_host, u->s.path);
	log_event(LEVEL_INFO, "ready", LOG_S("uri", uri),
	    LOG_S("public-uri", u->s.public_uri),
	    LOG_S("admin", u->s.admin_socket));
	notify("READY=1");
	return true;
}

/* A child that ends unasked takes all with it. */
static bool
all_alive(struct super *u)
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

enum event { GOES_ON, ENDS, RELOADS, DIED };

static enum event
next_event(struct super *u)
{
	struct pollfd p[] = {
	    {.fd = u->signals, .events = POLLIN},
	    {.fd = u->ready, .events = POLLIN},
	};
	struct signalfd_siginfo info;

	if (poll(p, u->ready >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
		return DIED;
	if (u->ready >= 0 && p[1].revents != 0 && !is_ready(u))
		return DIED;
	if ((p[0].revents & POLLIN) == 0 ||
	    read(u->signals, &info, sizeof(info)) != sizeof(info))
		return GOES_ON;
	switch (info.ssi_signo) {
	case SIGCHLD:
		return all_alive(u) ? GOES_ON : DIED;
	case SIGHUP:
		return RELOADS;
	default:
		return ENDS;
	}
}

/* Reading settings ends the program when they are wrong: let a child try. */
static bool
source_ok(const struct source *from)
{
	struct settings s;
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		source_read(from, &s);
		_exit(EXIT_DONE);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool
reload(struct super *u, const struct source *from)
{
	struct settings s;

	if (!source_ok(from)) {
		log_event(LEVEL_ERROR, "reload",
		    LOG_S("note", "settings are wrong; the old ones stay"));
		return true;
	}
	log_event(LEVEL_INFO, "reload", LOG_S("dir", u->s.dir));
	notify("RELOADING=1");
	source_read(from, &s);
	if (strcmp(s.dir, u->s.dir) != 0 ||
	    strcmp(s.listen, u->s.listen) != 0 ||
	    strcmp(s.admin_socket, u->s.admin_socket) != 0)
		log_event(LEVEL_WARN, "reload",
		    LOG_S("note", "dir, listen and admin_socket change only "
				  "with a restart"));
	memcpy(s.dir, u->s.dir, sizeof(s.dir));
	memcpy(s.listen, u->s.listen, sizeof(s.listen));
	memcpy(s.admin_socket, u->s.admin_socket, sizeof(s.admin_socket));
	if (!children_stop(u))
		return false;
	u->s = s;
	log_set_level(s.level);
	return children_start(u);
}

static bool
signals_open(struct super *u)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return false;
	u->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return u->signals >= 0;
}

static bool
sockets_open(struct super *u)
{
	u->tcp = listen_tcp(u->s.listen, u->uri_host, &u->port);
	if (u->tcp < 0)
		return false;
#ifdef TAMD_HAS_ADMIN
	u->unix_fd = listen_unix(u->s.admin_socket);
	if (u->unix_fd < 0)
		return false;
#endif
	return true;
}

/* Descriptors for as many connections as are allowed; the children inherit
 * the limit. */
static void
files_allow(const struct settings *s)
{
	struct rlimit r;
	rlim_t want = (rlim_t)s->connections + 256;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	if (setrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < want)
		log_event(LEVEL_WARN, "files",
		    LOG_S("note", "connections exceeds the limit of files"),
		    LOG_N("files", r.rlim_cur));
}

int
supervise(const struct source *from)
{
	static struct super u = {
	    .signals = -1, .tcp = -1, .unix_fd = -1, .ready = -1};
	enum event e = GOES_ON;
	bool ok;

	source_read(from, &u.s);
	log_set_level(u.s.level);
	/* one write for one line */
	(void)setvbuf(stderr, NULL, _IOLBF, 8192);
	if (!signals_open(&u) || !sockets_open(&u))
		return EXIT_REFUSED;
	files_allow(&u.s);
	ok = children_start(&u);
	while (ok && (e == GOES_ON || e == RELOADS)) {
		e = next_event(&u);
		if (e == RELOADS)
			ok = reload(&u, from);
	}
	log_event(LEVEL_INFO, "stopping", LOG_S("dir", u.s.dir));
	notify("STOPPING=1");
	ok &= children_stop(&u) && e == ENDS;
	if (u.unix_fd >= 0)
		(void)unlink(u.s.admin_socket);
	log_event(LEVEL_INFO, "stopped", LOG_N("status", ok ? 0 : 1));
	return ok ? EXIT_DONE : EXIT_REFUSED;
}
