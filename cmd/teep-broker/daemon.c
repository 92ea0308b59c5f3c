/*
 * The daemon: RequestPolicyCheck at start and again and again, and commands
 * in between.                                       [RFC 9397 6.2.1]
 */
#include "broker.h"

#include <cmdline.h>
#include <curl/curl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define PROG "teep-broker"

static volatile sig_atomic_t stop;

static void
on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

bool
daemon_stopping(void)
{
	return stop != 0;
}

/* The period, 20 % more or less, so that a fleet that lost its power together
 * does not ask together ever after. */
static time_t
next_check(const struct config *c)
{
	unsigned spread = c->check_every / 5 * 2 + 1;
	unsigned r = 0;

	if (getrandom(&r, sizeof(r), 0) != (ssize_t)sizeof(r))
		r = 0;
	return seconds_now() +
	       (time_t)(c->check_every - c->check_every / 5 + r % spread);
}

static void
check(const struct config *c, struct stream *agent)
{
	enum err e;

	trouble_clear();
	e = stream_ready(agent, c->agent);
	if (e == OK)
		e = session_policy_check(c, agent);
	log_event(e == OK ? LEVEL_INFO : LEVEL_WARN, "policy-check",
	    LOG_ERR("reason", e), LOG_S("why", e == OK ? "" : trouble()));
}

int
daemon_run(const struct config *c)
{
	struct sigaction act = {.sa_handler = on_signal};
	struct stream agent = {.fd = -1, .max = LINK_FRAME_MAX};
	int listener;
	time_t due = 0;

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		die(PROG, EXIT_REFUSED, "libcurl cannot start");
	listener = control_listen(c);
	log_event(LEVEL_INFO, "ready", LOG_S("control", c->control),
	    LOG_S("agent", c->agent), LOG_N("check_every", c->check_every));
	notify("READY=1");
	while (!stop) {
		struct pollfd pf = {.fd = listener, .events = POLLIN};
		time_t now = seconds_now();

		if (now >= due) {
			check(c, &agent);
			due = next_check(c);
			continue;
		}
		if (poll(&pf, 1, (int)(due - now) * 1000) > 0)
			control_serve(c, listener, &agent);
	}
	notify("STOPPING=1");
	log_event(LEVEL_INFO, "stopped", LOG_S("control", c->control));
	stream_close(&agent);
	close(listener);
	unlink(c->control);
	curl_global_cleanup();
	return EXIT_DONE;
}
