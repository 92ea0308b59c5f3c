/*
 * supervisor: makes the sockets, starts the processes, watches them.
 *
 * It reads no key, no message and no request.  On SIGHUP the others end in
 * order and start again with what the configuration says then, while the
 * listening sockets stay and keep who connects waiting.
 */
#include "children.h"
#include "parts.h"

#include <errno.h>
#include <poll.h>
#include <settings.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

void
source_read(const struct source *from, struct settings *out)
{
	int n;

	settings_default(out);
	setting_option(TAMD, out->dir, sizeof(out->dir), from->dir, "dir");
	settings_load(out, from->config);
	/* what the command line says stands above the rest */
	setting_option(TAMD, out->dir, sizeof(out->dir), from->dir, "dir");
	setting_option(
	    TAMD, out->listen, sizeof(out->listen), from->listen, "listen");
	if (out->admin_socket[0] != 0)
		return;
	n = snprintf(out->admin_socket, sizeof(out->admin_socket),
	    "%s/" FILE_ADMIN, out->dir);
	if (n < 0 || (size_t)n >= sizeof(out->admin_socket))
		die_usage(TAMD,
		    "%s is too long for a socket beneath it: set admin_socket",
		    out->dir);
}

/* ---- watching ---------------------------------------------------------------
 */

/* The port for scripts, the line for people and programs, the word for
 * systemd. */
static bool
is_ready(struct super *u)
{
	char path[PATH_MAX], uri[512];
	uint8_t byte;
	ssize_t n = read(u->ready[0], &byte, 1);

	if (n < 0 && errno == EINTR)
		return true;
	(void)close(u->ready[0]);
	u->ready[0] = -1;
	if (n < 0) {
		log_event(
		    LEVEL_ERROR, "not-ready", LOG_S("error", strerror(errno)));
		return false;
	}
	if (n == 0)
		return true; /* it died; the signal says so */
	/* only now: who may only read the state database cannot open it before
	 * its writer has */
	if (!start_admin(u))
		return false;
	(void)snprintf(uri, sizeof(uri), "http://%s%s", u->uri_host, u->s.path);
	log_event(LEVEL_INFO, "ready", LOG_S("uri", uri),
	    LOG_S("public-uri", u->s.public_uri),
	    LOG_S("admin", u->s.admin_socket));
	settings_path(&u->s, FILE_PORT, path);
	children_ready(path, u->port);
	return true;
}

enum event { GOES_ON, ENDS, RELOADS, DIED };

static enum event
next_event(struct super *u)
{
	struct pollfd p[] = {
	    {.fd = u->signals, .events = POLLIN},
	    {.fd = u->ready[0], .events = POLLIN},
	};
	struct signalfd_siginfo info;

	if (poll(p, u->ready[0] >= 0 ? 2 : 1, -1) < 0 && errno != EINTR)
		return DIED;
	if (u->ready[0] >= 0 && p[1].revents != 0 && !is_ready(u))
		return DIED;
	if ((p[0].revents & POLLIN) == 0 ||
	    read(u->signals, &info, sizeof(info)) != sizeof(info))
		return GOES_ON;
	switch (info.ssi_signo) {
	case SIGCHLD:
		return children_alive(u->child, PROCESSES) ? GOES_ON : DIED;
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
	if (!stop_all(u))
		return false;
	u->s = s;
	log_set_level(s.level);
	return start_all(u);
}

static bool
sockets_open(struct super *u)
{
	u->tcp = listen_tcp(TAMD, u->s.listen, u->uri_host, &u->port);
	if (u->tcp < 0)
		return false;
	u->unix_fd = listen_unix(u->s.admin_socket);
	return u->unix_fd >= 0;
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

/* A directory that init has not made is told before anything is opened. */
static bool
is_made(const struct settings *s)
{
	char path[PATH_MAX];

	if (unfinished_is(s)) {
		fprintf(stderr,
		    "tamd: %s: an init here did not end; 'tamd init --dir' "
		    "begins it anew\n",
		    s->dir);
		return false;
	}
	settings_path(s, FILE_POLICY, path);
	if (access(path, F_OK) == 0)
		return true;
	fprintf(stderr, "tamd: %s: no TAM here that could be run (%s)%s\n",
	    s->dir, strerror(errno),
	    errno == ENOENT ? "; 'tamd init --dir' makes one" : "");
	return false;
}

int
supervise(const struct source *from)
{
	static struct super u = {
	    .signals = -1, .tcp = -1, .unix_fd = -1, .ready = {-1, -1}};
	char path[PATH_MAX];
	enum event e = GOES_ON;
	bool ok;

	source_read(from, &u.s);
	log_set_level(u.s.level);
	/* one write for one line */
	(void)setvbuf(stderr, NULL, _IOLBF, 8192);
	if (!is_made(&u.s) || (u.signals = children_signals(true)) < 0 ||
	    !sockets_open(&u))
		return EXIT_REFUSED;
	files_allow(&u.s);
	settings_path(&u.s, DIR_RUN, path);
	ok = leftovers_remove(path, NAME_PORT) && start_all(&u);
	while (ok && (e == GOES_ON || e == RELOADS)) {
		e = next_event(&u);
		if (e == RELOADS)
			ok = reload(&u, from);
	}
	log_event(LEVEL_INFO, "stopping", LOG_S("dir", u.s.dir));
	notify("STOPPING=1");
	ok &= stop_all(&u) && e == ENDS;
	if (u.unix_fd >= 0)
		(void)unlink(u.s.admin_socket);
	log_event(LEVEL_INFO, "stopped", LOG_N("status", ok ? 0 : 1));
	return ok ? EXIT_DONE : EXIT_REFUSED;
}
