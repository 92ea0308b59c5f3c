/*
 * run: the launcher's loop: requests of the agent, its log, signals, ends.
 *
 * Whatever the agent asks is checked as if it had been taken over.
 */
#include "agentd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define REQUEST_MS 5000
#define START_MS   30000
#define DRAIN_MS   15000
#define LOG_LINE   2048

struct loop {
	struct launcher l;
	int signals;
	bool draining, agent_gone;
	int64_t drain_until;
	int agent_status;
	char line[LOG_LINE];
	size_t line_n;
};

/* ---- requests ----------------------------------------------------------- */

static enum err
serve(struct launcher *l, const struct channel_frame *f, int image,
    struct channel_frame *answer, int *pass, struct why *why)
{
	switch (f->op) {
	case CHANNEL_ATTEST:
		return attest(l, f, &answer->evidence, why);
	case CHANNEL_START:
		return app_start(l, f, image, &answer->slot, pass, why);
	case CHANNEL_STOP:
		app_stop(l, f->slot);
		return OK;
	default:
		return why_set(why, ERR_UNEXPECTED, "request");
	}
}

/* One request and its answer; an error ends the agent. */
static enum err
take_request(struct launcher *l)
{
	struct channel_frame f;
	struct channel_frame answer = {.op = CHANNEL_ANSWER};
	struct why why = {0};
	int image, pass = -1;
	enum err e;

	TRY(channel_receive(l->channel, l->room, REQUEST_MS, &f, &image));
	answer.err = (uint64_t)serve(l, &f, image, &answer, &pass, &why);
	if (image >= 0)
		(void)close(image);
	if (answer.err != OK)
		log_event(LEVEL_WARN, "request-refused",
		    LOG_S("request", channel_op_name(f.op)),
		    LOG_ERR("reason", (enum err)answer.err),
		    LOG_S("what", why.what != NULL ? why.what : ""),
		    LOG_N("errno", why.found_n));
	e = channel_send(l->channel, l->room, &answer, pass);
	if (pass >= 0)
		(void)close(pass);
	return e;
}

/* ---- the agent's log ---------------------------------------------------- */

/* A line as the agent's own: its members follow ours.  Anything that is not
 * one JSON object of printable ASCII is quoted. */
static void
print_line(const char *p, size_t n)
{
	bool plain = n >= 2 && p[0] == '{' && p[n - 1] == '}';

	for (size_t i = 0; i < n; i++)
		plain = plain && p[i] >= 0x20 && p[i] < 0x7f;
	if (plain)
		(void)fprintf(stderr, "{\"process\":\"agent\",%.*s\n",
		    (int)(n - 1), p + 1);
	else
		log_event(LEVEL_WARN, "agent-says",
		    LOG_B("line", ((struct bytes){(const uint8_t *)p, n})));
}

/* What is there, line by line; false: the agent has closed it. */
static bool
relay_log(struct loop *x)
{
	char in[1024];
	ssize_t n = read(x->l.log, in, sizeof(in));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (in[i] != '\n' && x->line_n < sizeof(x->line))
			x->line[x->line_n++] = in[i];
		if (in[i] != '\n')
			continue;
		print_line(x->line, x->line_n);
		x->line_n = 0;
	}
	return true;
}

/* ---- signals ------------------------------------------------------------ */

static void
reap(struct loop *x)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (app_ended(&x->l, pid, status) || pid != x->l.agent)
			continue;
		x->l.agent = 0;
		x->agent_gone = true;
		x->agent_status = status;
	}
}

static void
drain(struct loop *x)
{
	const struct channel_frame f = {.op = CHANNEL_DRAIN};

	if (x->draining)
		return;
	x->draining = true;
	x->drain_until = now_ms() + DRAIN_MS;
	log_event(LEVEL_INFO, "draining", LOG_N("ms", DRAIN_MS));
	if (channel_send(x->l.channel, x->l.room, &f, -1) != OK)
		log_event(LEVEL_WARN, "agent-gone", LOG_N("draining", 1));
}

static void
take_signal(struct loop *x)
{
	struct signalfd_siginfo s;

	if (read(x->signals, &s, sizeof(s)) != (ssize_t)sizeof(s))
		return;
	if (s.ssi_signo == SIGCHLD)
		reap(x);
	else if (s.ssi_signo == SIGHUP)
		log_event(
		    LEVEL_INFO, "nothing-to-reload", LOG_N("pid", s.ssi_pid));
	else
		drain(x);
}

static enum err
catch_signals(struct loop *x)
{
	sigset_t all;

	if (sigemptyset(&all) != 0 || sigaddset(&all, SIGTERM) != 0 ||
	    sigaddset(&all, SIGINT) != 0 || sigaddset(&all, SIGHUP) != 0 ||
	    sigaddset(&all, SIGCHLD) != 0 ||
	    sigprocmask(SIG_BLOCK, &all, NULL) != 0)
		return ERR_SYSTEM;
	x->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return x->signals < 0 ? ERR_SYSTEM : OK;
}

/* Tell the service manager, if one waits.      [sd_notify(3)] */
static void
notify(const char *text)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	const char *path = getenv("NOTIFY_SOCKET");
	socklen_t n;
	int fd;

	if (path == NULL || strlen(path) >= sizeof(a.sun_path))
		return;
	memcpy(a.sun_path, path, strlen(path));
	if (a.sun_path[0] == '@')
		a.sun_path[0] = 0; /* an abstract name */
	n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&a,
		n) < 0)
		log_event(LEVEL_WARN, "notify-failed",
		    LOG_N("errno", (uint64_t)errno));
	(void)close(fd);
}

/* ---- the loop ----------------------------------------------------------- */

/* Milliseconds poll may wait. */
static int
patience(const struct loop *x)
{
	int64_t left;

	if (!x->draining)
		return -1;
	left = x->drain_until - now_ms();
	return left < 0 ? 0 : (int)left;
}

/* Until the agent has ended; an agent that breaks a rule is ended. */
static void
loop(struct loop *x)
{
	struct pollfd p[3] = {{.fd = x->signals, .events = POLLIN},
	    {.fd = x->l.channel, .events = POLLIN},
	    {.fd = x->l.log, .events = POLLIN}};

	while (!x->agent_gone) {
		int n = poll(p, ARRAY_LEN(p), patience(x));
		enum err e = OK;

		if (n < 0 && errno != EINTR)
			return;
		if (n == 0 && x->draining)
			return;
		if (p[2].revents != 0 && !relay_log(x))
			p[2].fd = -1;
		if (p[0].revents != 0)
			take_signal(x);
		if (p[1].revents != 0 && !x->agent_gone)
			e = take_request(&x->l);
		if (e != OK && !x->draining)
			log_event(
			    LEVEL_ERROR, "agent-broken", LOG_ERR("reason", e));
		if (e != OK) {
			p[1].fd = -1; /* its end comes as a signal */
			if (x->l.agent > 0)
				(void)kill(x->l.agent, SIGKILL);
		}
	}
}

static enum exit_status
how_it_ended(const struct loop *x)
{
	int s = x->agent_status;

	if (!x->agent_gone) {
		log_event(LEVEL_ERROR, "drain-timeout", LOG_N("ms", DRAIN_MS));
		return EXIT_REFUSED;
	}
	if (x->draining && WIFEXITED(s) && WEXITSTATUS(s) == 0) {
		log_event(LEVEL_INFO, "stopped", LOG_N("status", 0));
		return EXIT_DONE;
	}
	log_event(LEVEL_ERROR, "agent-gone",
	    WIFSIGNALED(s) ? LOG_N("signal", (uint64_t)WTERMSIG(s))
			   : LOG_N("status", (uint64_t)WEXITSTATUS(s)));
	return EXIT_REFUSED;
}

static enum err
start(struct loop *x, const struct options *o, struct why *why)
{
	struct channel_frame ready;

	TRY(launcher_enter(&x->l, o, why));
	TRY(state_load(&x->l.state, why));
	if (catch_signals(x) != OK)
		return why_set(why, ERR_SYSTEM, "signals");
	TRY(launcher_start_agent(&x->l, BYTES_NONE, why));
	return launcher_await_ready(&x->l, START_MS, &ready, why);
}

enum exit_status
command_run(const struct options *o)
{
	static struct loop x;
	struct why why = {0};
	enum exit_status status = EXIT_REFUSED;
	enum err e;

	x.signals = -1;
	e = start(&x, o, &why);
	if (e == OK) {
		log_event(LEVEL_INFO, "started", LOG_S("socket", o->socket),
		    LOG_H("launcher", BYTES_OF(x.l.launcher_digest)),
		    LOG_H("agent", BYTES_OF(x.l.agent_digest)),
		    LOG_KID("evidence_key", x.l.state.evidence.kid));
		notify("READY=1");
		loop(&x);
		notify("STOPPING=1");
		status = how_it_ended(&x);
	} else {
		launcher_end_agent(&x.l);
		while (x.l.log > 0 && relay_log(&x))
			;
		print_fault(&why, e);
	}
	launcher_leave(&x.l);
	if (x.signals >= 0)
		(void)close(x.signals);
	return status;
}
