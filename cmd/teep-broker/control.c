/*
 * The control socket: commands speak the same frames as the agent, and the
 * daemon carries them on.  Who calls is taken from the socket, never from
 * the frame.                                               [security 18]
 */
#include "broker.h"

#include <cmdline.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PROG "teep-broker"
/* A command's frame holds at most one call. */
#define COMMAND_MAX (LINK_CALL_MAX + 4096)
/* A caller that connects and says nothing must not stop the daemon. */
#define COMMAND_SECONDS 5
/* A command waits while others are served and its session runs. */
#define ANSWER_SECONDS 600

/* Bind with the mode from the start: a chmod would come after the first who
 * is quick. */
static bool
bind_as(int fd, const struct sockaddr_un *a, unsigned mode)
{
	mode_t mask = umask(0777 & ~(mode_t)mode);
	bool ok = bind(fd, (const struct sockaddr *)a, sizeof(*a)) == 0;

	(void)umask(mask);
	return ok;
}

int
control_listen(const struct config *c)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	enum err e = socket_make_way(c->control);
	int fd;

	if (e == ERR_TOO_LONG)
		die(PROG, EXIT_USAGE, "%s: path too long for a socket",
		    c->control);
	if (e == ERR_EXISTS)
		die(PROG, EXIT_REFUSED,
		    "%s: another daemon serves it already; end that one, or "
		    "choose another --control",
		    c->control);
	if (e != OK)
		die(PROG, EXIT_REFUSED, "%s: %s", c->control, strerror(errno));
	memcpy(a.sun_path, c->control, strlen(c->control));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !bind_as(fd, &a, c->control_mode) || listen(fd, 16) != 0)
		die(PROG, EXIT_REFUSED, "%s: %s", c->control, strerror(errno));
	return fd;
}

/* What a caller may ask for. */
static bool
is_command(enum link_op op)
{
	return op == LINK_REQUEST_TA || op == LINK_UNREQUEST_TA ||
	       op == LINK_POLICY_CHECK || op == LINK_CALL ||
	       op == LINK_STATUS || op == LINK_PASSPORT || op == LINK_CONNECT;
}

/* Where to send the device, agent and policy say; somewhere else, only who
 * could change the broker's settings as well. */
static bool
may_command(enum link_op op, uid_t uid)
{
	return op != LINK_CONNECT || uid == 0 || uid == geteuid();
}

static enum err
with_agent(const struct config *c, struct stream *agent,
    struct link_frame *request, struct link_frame *result)
{
	unsigned posts;

	TRY(stream_ready(agent, c->agent));
	if (request->op == LINK_POLICY_CHECK)
		return session_policy_check(c, agent);
	return session_run(c, agent, request, result, &posts);
}

void
control_serve(const struct config *c, int listener, struct stream *agent)
{
	struct stream caller = {.max = COMMAND_MAX};
	struct link_frame in = {0}, result = {0};
	struct link_frame out = {.op = LINK_RESULT};
	struct ucred peer;
	socklen_t n = sizeof(peer);
	enum err e;

	caller.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (caller.fd < 0)
		return;
	if (getsockopt(caller.fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0) {
		stream_close(&caller);
		return;
	}
	e = stream_receive(&caller, &in, COMMAND_SECONDS);
	if (e == OK && !is_command(in.op))
		e = ERR_TYPE;
	trouble_clear();
	if (e == OK && !may_command(in.op, peer.uid)) {
		trouble_set("only the broker's own user and root may");
		e = ERR_PEER;
	}
	if (e == OK) {
		if (in.op == LINK_CALL)
			in.number = peer.uid;
		e = with_agent(c, agent, &in, &result);
	}
	if (e == OK && result.op == LINK_RESULT) {
		out.number = result.number;
		out.body = result.body;
		out.has_body = result.has_body;
	} else {
		out.number = (uint64_t)e;
		out.body = bytes_of_text(trouble());
		out.has_body = e != OK && out.body.n > 0;
	}
	log_event(LEVEL_INFO, "command", LOG_S("command", link_op_name(in.op)),
	    LOG_N("uid", peer.uid), LOG_ERR("reason", (enum err)out.number),
	    LOG_S("why", out.number == OK ? "" : trouble()));
	if (stream_send(&caller, &out) != OK)
		log_event(LEVEL_WARN, "caller-gone", LOG_N("uid", peer.uid));
	stream_close(&caller);
}

/* What an application answers, as it is; but a terminal would obey it.
 *                                                       [security 18, 19] */
static bool
put_answer(struct bytes b)
{
	if (!isatty(STDOUT_FILENO))
		return fwrite(b.p, 1, b.n, stdout) == b.n;
	b.n -= b.n > 0 && b.p[b.n - 1] == '\n'; /* ours takes its place */
	safe_put(stdout, b);
	return putchar('\n') != EOF;
}

/* The one line of a command that failed; the daemon may have said more. */
static void
refused(const char *name, enum err e, struct bytes more)
{
	(void)fprintf(
	    stderr, PROG ": %s: %s: %s", name, err_name(e), err_text(e));
	if (more.n > 0) {
		(void)fputs(" (", stderr);
		safe_put(stderr, more);
		(void)fputc(')', stderr);
	}
	(void)fputc('\n', stderr);
}

int
control_command(
    const struct config *c, const char *name, struct link_frame *f, bool json)
{
	struct stream s = {.max = LINK_FRAME_MAX};
	struct link_frame r = {0};
	enum err e = stream_connect(&s, c->control);

	if (e != OK)
		die(PROG, EXIT_REFUSED, "%s: no broker answers (%s); %s",
		    c->control, strerror(errno),
		    errno == EACCES ? "who may is set by control_mode"
				    : "start 'teep-broker daemon', or name its "
				      "socket with --control");
	e = stream_send(&s, f);
	if (e == OK)
		e = stream_receive(&s, &r, ANSWER_SECONDS);
	if (e == OK && r.op != LINK_RESULT)
		e = ERR_TYPE;
	if (e == OK)
		e = (enum err)r.number;
	if (e != OK) {
		refused(name, e,
		    s.fd < 0 ? BYTES_LIT("the daemon hung up") : r.body);
		stream_close(&s);
		return EXIT_REFUSED;
	}
	if (f->op == LINK_STATUS)
		show_status(r.body, json);
	else if (r.has_body && !put_answer(r.body))
		e = ERR_SYSTEM;
	stream_close(&s);
	return e == OK && fflush(stdout) == 0 ? EXIT_DONE : EXIT_REFUSED;
}
