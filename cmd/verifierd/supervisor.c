/*
 * supervisor: makes the sockets, starts the processes, watches them.
 *
 * It reads no key, no Evidence and no request.  If one of them dies, all end.
 */
#include "verifierd.h"

#include <child.h>
#include <errno.h>
#include <fcntl.h>
#include <policy.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define DRAIN_MS 10000

enum process { KEEPER, APPRAISER, WRITER, FRONT, PROCESSES };

struct super {
	const struct settings *s;
	int signals, tcp, ready[2];
	int pair[FRONT][2]; /* the child's end, the front's end */
	struct child child[PROCESSES];
	char uri_host[160];
	unsigned port;
};

/* ---- starting ------------------------------------------------------------ */

static int
run(void *ctx, size_t which)
{
	enum process c = (enum process)which;
	struct super *u = ctx;
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
	case PROCESSES:
		break;
	}
	return EXIT_REFUSED;
}

static bool
own(const struct super *u, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	char path[PATH_MAX];

	settings_path(u->s, name, path);
	return hand_over(VERIFIERD, path, uid, gid, mode);
}

/* With users of their own each process owns what it writes. */
static bool
owners_set(const struct super *u)
{
	const struct settings *s = u->s;
	const uid_t uid[] = {
	    s->uid_keeper, s->uid_appraiser, s->uid_writer, s->uid_front};

	bool none, ok = uids_differ(uid, ARRAY_LEN(uid), &none);

	if (getuid() != 0 || none)
		return true;
	if (!ok) {
		fputs("verifierd: [uids] must name four different users\n",
		    stderr);
		return false;
	}
	return own(u, "keys", uid[0], uid[0], 0700) &&
	       own(u, FILE_KEY, uid[0], uid[0], 0600) &&
	       own(u, "policy", uid[2], uid[1], 02750) &&
	       own(u, FILE_POLICY, uid[2], uid[1], 0640) &&
	       own(u, FILE_RULES, uid[2], uid[1], 0640);
}

static bool
recover(const struct super *u)
{
	char path[PATH_MAX];
	enum err e;

	settings_path(u->s, FILE_POLICY, path);
	e = policy_recover(path);
	if (e != OK)
		print_err(VERIFIERD, path, e);
	if (e == OK) {
		settings_path(u->s, FILE_RULES, path);
		e = rules_make(u->s);
		if (e != OK)
			print_err(VERIFIERD, path, e);
	}
	return e == OK;
}

static bool
start_all(struct super *u)
{
	static const char *const name[] = {
	    "keeper", "appraiser", "writer", "front"};
	bool ok =
	    recover(u) && owners_set(u) && pipe2(u->ready, O_CLOEXEC) == 0;

	for (size_t i = 0; ok && i < FRONT; i++)
		ok = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			 u->pair[i]) == 0;
	for (size_t c = 0; ok && c < PROCESSES; c++) {
		u->child[c].name = name[c];
		ok = child_start(&u->child[c], run, u, c);
	}
	for (size_t i = 0; ok && i < FRONT; i++) {
		(void)close(u->pair[i][0]);
		(void)close(u->pair[i][1]);
	}
	if (ok)
		(void)close(u->ready[1]);
	return ok;
}

/* ---- watching ------------------------------------------------------------ */

/* The port for scripts, the line for people and programs, the word for
 * systemd. */
static bool
is_ready(struct super *u)
{
	char path[PATH_MAX], uri[512];
	uint8_t byte;
	ssize_t n = read(u->ready[0], &byte, 1);

	(void)close(u->ready[0]);
	u->ready[0] = -1;
	if (n != 1)
		return true; /* it died; the signal says so */
	(void)snprintf(uri, sizeof(uri), "http://%s", u->uri_host);
	log_event(LEVEL_INFO, "ready", LOG_S("uri", uri));
	settings_path(u->s, FILE_PORT, path);
	children_ready(path, u->port);
	return true;
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
		if (!children_alive(u->child, PROCESSES))
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
	u.signals = children_signals(false);
	if (u.signals < 0)
		return EXIT_REFUSED;
	u.tcp = listen_tcp(VERIFIERD, s->listen, u.uri_host, &u.port);
	if (u.tcp < 0)
		return EXIT_REFUSED;
	ok = start_all(&u) && watch(&u);
	notify("STOPPING=1");
	/* each before what it stands on */
	for (size_t c = PROCESSES; c-- > 0;)
		ok &= child_stop(&u.child[c], DRAIN_MS);
	log_event(LEVEL_INFO, "stopped", LOG_N("status", ok ? 0 : 1));
	return ok ? EXIT_DONE : EXIT_REFUSED;
}
