/*
 * supervisor: makes the sockets, starts the processes, watches them.
 *
 * It reads no key, no Evidence and no request.  If one of them dies, all end.
 */
#include "verifierd.h"

#include <errno.h>
#include <fcntl.h>
#include <policy.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DRAIN_MS 10000

enum child { KEEPER, APPRAISER, WRITER, FRONT, CHILDREN };
static const char *const names[] = {"keeper", "appraiser", "writer", "front"};

struct super {
	const struct settings *s;
	int signals, tcp, ready[2];
	int pair[FRONT][2]; /* the child's end, the front's end */
	pid_t pid[CHILDREN];
	char uri_host[160];
	unsigned port;
};

/* ---- starting ------------------------------------------------------------ */

static int
child_main(struct super *u, enum child c)
{
	struct front_fds fd = {u->tcp, u->pair[KEEPER][1],
	    u->pair[APPRAISER][1], u->pair[WRITER][1], u->ready[1]};
	int keep[] = {fd.tcp, fd.keeper, fd.appraiser, fd.writer, fd.ready};

	if (c == FRONT) {
		keep_only(keep, ARRAY_LEN(keep));
		return front_run(u->s, &fd);
	}
	keep[0] = u->pair[c][0];
	keep_only(keep, 1);
	switch (c) {
	case KEEPER:
		return keeper_run(u->s, keep[0]);
	case APPRAISER:
		return appraiser_run(u->s, keep[0]);
	case WRITER:
		return writer_run(u->s, keep[0]);
	case FRONT:
	case CHILDREN:
		break;
	}
	return EXIT_REFUSED;
}

static bool
child_start(struct super *u, enum child c)
{
	pid_t self = getpid(), pid = fork();
	int status;

	if (pid < 0) {
		log_event(LEVEL_ERROR, "fork", LOG_S("process", names[c]),
		    LOG_S("error", strerror(errno)));
		return false;
	}
	if (pid > 0) {
		u->pid[c] = pid;
		return true;
	}
	/* nobody outlives the one who watches */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, names[c]);
	if (getppid() != self)
		_exit(EXIT_REFUSED);
	status = child_main(u, c);
	(void)fflush(NULL);
	_exit(status);
}

static bool
own(const struct super *u, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	char path[PATH_MAX];

	settings_path(u->s, name, path);
	if (lchown(path, uid, gid) == 0 && chmod(path, mode) == 0)
		return true;
	print_err(VERIFIERD, path, ERR_SYSTEM);
	return false;
}

/* With users of their own each process owns what it writes. */
static bool
owners_set(const struct super *u)
{
	const struct settings *s = u->s;
	const uid_t uid[] = {
	    s->uid_keeper, s->uid_appraiser, s->uid_writer, s->uid_front};

	if (getuid() != 0 || (uid[0] | uid[1] | uid[2] | uid[3]) == 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(uid); i++)
		for (size_t k = 0; k <= i; k++)
			if (uid[i] == 0 || (k < i && uid[i] == uid[k])) {
				fputs("verifierd: [uids] must name four "
				      "different users\n",
				    stderr);
				return false;
			}
	return own(u, "keys", uid[0], uid[0], 0700) &&
	       own(u, FILE_KEY, uid[0], uid[0], 0600) &&
	       own(u, "policy", uid[2], uid[1], 02750) &&
	       own(u, FILE_POLICY, uid[2], uid[1], 0640);
}

/* Only the one who may write can clean up after a writer that died. */
static bool
policy_recover(const struct super *u)
{
	char path[PATH_MAX];
	struct policy *p = NULL;
	enum err e;

	settings_path(u->s, FILE_POLICY, path);
	e = policy_open(path, true, &p);
	if (e != OK)
		print_err(VERIFIERD, path, e);
	policy_close(p);
	return e == OK;
}

static bool
children_start(struct super *u)
{
	bool ok = policy_recover(u) && owners_set(u) &&
		  pipe2(u->ready, O_CLOEXEC) == 0;

	for (size_t i = 0; ok && i < FRONT; i++)
		ok = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			 u->pair[i]) == 0;
	for (enum child c = KEEPER; ok && c < CHILDREN; c++)
		ok = child_start(u, c);
	for (size_t i = 0; ok && i < FRONT; i++) {
		(void)close(u->pair[i][0]);
		(void)close(u->pair[i][1]);
	}
	if (ok)
		(void)close(u->ready[1]);
	return ok;
}

/* ---- watching ------------------------------------------------------------ */

static bool
signals_open(struct super *u)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return false;
	u->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return u->signals >= 0;
}

/* The port for scripts, the line for people and programs, the word for
 * systemd. */
static bool
is_ready(struct super *u)
{
	char path[PATH_MAX], text[16], uri[512];
	uint8_t byte;
	ssize_t n = read(u->ready[0], &byte, 1);

	(void)close(u->ready[0]);
	u->ready[0] = -1;
	if (n != 1)
		return true; /* it died; the signal says so */
	(void)snprintf(text, sizeof(text), "%u\n", u->port);
	settings_path(u->s, FILE_PORT, path);
	if (write_file_atomic(path, bytes_of_text(text), WRITE_PUBLIC) != OK)
		log_event(LEVEL_WARN, "port-file", LOG_S("file", path),
		    LOG_S("error", strerror(errno)));
	(void)snprintf(uri, sizeof(uri), "http://%s", u->uri_host);
	log_event(LEVEL_INFO, "ready", LOG_S("uri", uri));
	notify("READY=1");
	return true;
}

/* One child that ends unasked takes all with it. */
static bool
all_alive(struct super *u)
{
	int status;
	pid_t pid;
	bool ok = true;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (enum child c = KEEPER; c < CHILDREN; c++) {
			if (u->pid[c] != pid)
				continue;
			u->pid[c] = 0;
			ok = false;
			log_event(LEVEL_ERROR, "died",
			    LOG_S("process", names[c]),
			    LOG_N("status", (uint64_t)(unsigned)status));
		}
	return ok;
}

/* Until it is to end: true; or until one of them has. */
static bool
watch(struct super *u)
{
	struct pollfd p[] = {
	    {.fd = u->signals, .events = POLLIN},
	    {.fd = u->ready[0], .events = POLLIN},
	};
	struct signalfd_siginfo info;

	for (;;) {
		p[1].fd = u->ready[0];
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return false;
		if (u->ready[0] >= 0 && p[1].revents != 0 && !is_ready(u))
			return false;
		if ((p[0].revents & POLLIN) == 0 ||
		    read(u->signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (info.ssi_signo != SIGCHLD)
			return true;
		if (!all_alive(u))
			return false;
	}
}

int
supervise(const struct settings *s)
{
	static struct super u = {.signals = -1, .tcp = -1};
	bool ok;

	u.s = s;
	log_set_level(s->level);
	/* one write for one line */
	(void)setvbuf(stderr, NULL, _IOLBF, 8192);
	if (!signals_open(&u))
		return EXIT_REFUSED;
	u.tcp = listen_tcp(VERIFIERD, s->listen, u.uri_host, &u.port);
	if (u.tcp < 0)
		return EXIT_REFUSED;
	ok = children_start(&u) && watch(&u);
	notify("STOPPING=1");
	/* each before what it stands on */
	for (size_t c = CHILDREN; c-- > 0;)
		ok &= stop_process(u.pid[c], DRAIN_MS);
	log_event(LEVEL_INFO, "stopped", LOG_N("status", ok ? 0 : 1));
	return ok ? EXIT_DONE : EXIT_REFUSED;
}
