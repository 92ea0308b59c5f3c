/*
 * run: the launcher's loop: requests of the agent, its log, signals, ends.
 */
#include "agentd.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_MS    30000
#define DRAIN_MS    15000
#define PATIENCE_MS 60000 /* fits poll's argument */
#define LOG_LINE    2048

/* Octets that relaying adds to a line, and to each octet of a quoted one. */
#define WORDS_PLAIN  20
#define WORDS_QUOTED 128
#define QUOTED       4

struct loop {
	struct launcher l;
	int signals;
	bool draining, agent_gone;
	int64_t drain_until;
	int agent_status;
	char line[LOG_LINE];
	size_t line_n;
};

/* ---- the agent's log ---------------------------------------------------- */

/* A line as the agent's own: its members follow ours.  Anything that is not
 * one JSON object of printable ASCII is quoted. */
static void
print_line(struct loop *x)
{
	const char *p = x->line;
	size_t n = x->line_n;
	bool plain = n >= 2 && p[0] == '{' && p[n - 1] == '}';

	for (size_t i = 0; i < n; i++)
		plain = plain && p[i] >= 0x20 && p[i] < 0x7f;
	/* What we add to it counts as well. */
	bucket_take(&x->l.throttle.log,
	    plain ? WORDS_PLAIN : WORDS_QUOTED + (uint32_t)n * QUOTED);
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
	bucket_take(&x->l.throttle.log, (uint32_t)n);
	for (ssize_t i = 0; i < n; i++) {
		if (in[i] != '\n' && x->line_n < sizeof(x->line))
			x->line[x->line_n++] = in[i];
		if (in[i] != '\n')
			continue;
		print_line(x);
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

/* ---- the loop ----------------------------------------------------------- */

/* When the agent is listened to again: its requests, and its log.  What it
 * writes waits with it, so no line is lost to make room for others. */
struct pauses {
	int64_t channel, log;
};

static struct pauses
pauses(struct loop *x, int64_t now)
{
	struct throttle *t = &x->l.throttle;
	struct pauses p = {t->deaf_until, 0};

	if (!bucket_open(&t->log, now))
		p.log = bucket_opens_at(&t->log);
	if (p.channel < p.log)
		p.channel = p.log;
	return p;
}

/* Milliseconds poll may wait. */
static int
patience(const struct loop *x, const struct pauses *p, int64_t now)
{
	int64_t until = x->draining ? x->drain_until : INT64_MAX;

	if (p->channel > now && p->channel < until)
		until = p->channel;
	if (p->log > now && p->log < until)
		until = p->log;
	if (until == INT64_MAX)
		return -1;
	if (until <= now)
		return 0;
	return until - now > PATIENCE_MS ? PATIENCE_MS : (int)(until - now);
}

/* Until the agent has ended; an agent that breaks a rule is ended. */
static void
loop(struct loop *x)
{
	bool channel = true, log = true; /* worth asking */

	while (!x->agent_gone) {
		int64_t now = now_ms();
		struct pauses until = pauses(x, now);
		struct pollfd p[3] = {{.fd = x->signals, .events = POLLIN},
		    {.fd = channel && until.channel <= now ? x->l.channel : -1,
			.events = POLLIN},
		    {.fd = log && until.log <= now ? x->l.log : -1,
			.events = POLLIN}};
		int n;
		enum err e = OK;

		if (x->draining && now >= x->drain_until)
			return;
		n = poll(p, ARRAY_LEN(p), patience(x, &until, now));
		if (n < 0 && errno != EINTR)
			return;
		if (n <= 0)
			continue;
		if (p[2].revents != 0)
			log = relay_log(x);
		if (p[0].revents != 0)
			take_signal(x);
		if (p[1].revents != 0 && !x->agent_gone)
			e = request_take(&x->l, now_ms());
		if (e == OK)
			continue;
		if (!x->draining)
			log_event(
			    LEVEL_ERROR, "agent-broken", LOG_ERR("reason", e));
		channel = false; /* its end comes as a signal */
		if (x->l.agent > 0)
			(void)kill(x->l.agent, SIGKILL);
	}
}

/* No more of the agent, but what it wrote last. */
static void
end_agent(struct loop *x)
{
	launcher_end_agent(&x->l);
	while (x->l.log >= 0 && relay_log(x))
		;
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
	/* From the first secret on a signal ends us through launcher_leave. */
	if (catch_signals(x) != OK)
		return why_set(why, ERR_SYSTEM, "signals");
	TRY(state_load(&x->l.state, why));
	TRY(sealed_load(&x->l, why));
	TRY(state_load_keys(&x->l.state, why));
	TRY(launcher_start_agent(&x->l, BYTES_NONE, why));
	TRY(launcher_await_ready(&x->l, START_MS, &ready, why));
	return x->l.attester->bind == NULL
		   ? OK
		   : x->l.attester->bind(&x->l, &ready, why);
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
		    LOG_S("attester", x.l.attester->name),
		    LOG_H("launcher", BYTES_OF(x.l.launcher_digest)),
		    LOG_H("agent", BYTES_OF(x.l.agent_digest)),
		    LOG_KID("evidence_key", x.l.state.evidence.kid));
		notify("READY=1");
		loop(&x);
		notify("STOPPING=1");
		end_agent(&x);
		status = how_it_ended(&x);
	} else {
		end_agent(&x);
		print_fault(&why, e);
	}
	launcher_leave(&x.l);
	if (x.signals >= 0)
		(void)close(x.signals);
	return status;
}
