/*
 * conform_line: how a TAM that is played reaches the agent under test.
 *                                       [docs/link.md, docs/conform.md]
 *
 * unix:PATH and exec:COMMAND speak the link's frames, and this program is the
 * broker; http://127.0.0.1:PORT/PATH is where the agent's own broker is sent.
 */
#include "conform_agent.h"
#include "stream.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <tamarind/link.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX (33u << 20)

/* ---- frames ------------------------------------------------------------- */

/* One frame there, one back; *out views l->frame. */
static enum err
exchange(struct agent_line *l, struct link_frame in, struct link_frame *out)
{
	struct span room = {NULL, in.body.n + 4096};
	uint8_t head[LINK_HEAD];
	struct bytes frame;
	size_t n;
	enum err e;

	in.session = l->session;
	room.p = malloc(room.n);
	if (room.p == NULL)
		return ERR_MEMORY;
	e = link_write(room, &in, &frame);
	if (e == OK)
		e = stream_write(l->fd, l->timeout_ms, frame);
	free(room.p);
	TRY(e);
	TRY(stream_read(l->fd, l->timeout_ms, SPAN_OF(head)));
	TRY(link_head(head, FRAME_MAX, &n));
	free(l->frame);
	l->frame = malloc(n + 1);
	if (l->frame == NULL)
		return ERR_MEMORY;
	TRY(stream_read(l->fd, l->timeout_ms, (struct span){l->frame, n}));
	TRY(link_read((struct bytes){l->frame, n}, out));
	return out->session == l->session ? OK : ERR_UNEXPECTED;
}

/* Ask for one TAM after the other until it names the one that is played. */
static enum err
frames_begin(struct agent_line *l)
{
	struct link_frame in = {.op = LINK_POLICY_CHECK, .flag = true}, out;

	l->session++;
	for (unsigned i = 0; i < 8; i++) {
		struct bytes other = BYTES_LIT("-other");

		TRY(exchange(l, in, &out));
		if (out.op != LINK_CONNECT)
			return ERR_UNSOLICITED;
		if (out.uri.n < other.n ||
		    memcmp(out.uri.p + out.uri.n - other.n, other.p, other.n) !=
			0)
			return OK;
		in.flag = false;
	}
	return ERR_UNSOLICITED;
}

/* A fetch is open: this world has nothing to fetch. */
static enum err
no_fetch(struct agent_line *l, struct link_frame *out)
{
	struct link_frame in = {.op = LINK_ERROR, .number = ERR_FETCH};

	for (unsigned i = 0; out->op == LINK_FETCH && i < 8; i++)
		TRY(exchange(l, in, out));
	return OK;
}

static enum err
frames_say(struct agent_line *l, struct build *b, struct bytes message,
    struct bytes *answer)
{
	struct link_frame in = {
	    .op = LINK_MESSAGE, .body = message, .has_body = true};
	struct link_frame out;

	TRY(exchange(l, in, &out));
	TRY(no_fetch(l, &out));
	*answer = out.op == LINK_REPLY ? build_copy(b, out.body) : BYTES_NONE;
	return b->err;
}

/* ---- HTTP --------------------------------------------------------------- */

static void
trigger_start(struct agent_line *l)
{
	if (l->trigger == NULL)
		return;
	l->trigger_pid = fork();
	if (l->trigger_pid < 0)
		die(PROG, EXIT_REFUSED, "the trigger cannot be started");
	if (l->trigger_pid == 0) {
		(void)execl("/bin/sh", "sh", "-c", l->trigger, (char *)NULL);
		_exit(127);
	}
}

static bool
trigger_gone(struct agent_line *l)
{
	if (l->trigger_pid > 0 &&
	    waitpid(l->trigger_pid, NULL, WNOHANG) == l->trigger_pid)
		l->trigger_pid = 0;
	return l->trigger != NULL && l->trigger_pid == 0;
}

/* The next POST to our path; others are told that there is nothing. */
static bool
next_post(struct agent_line *l, bool in_session)
{
	long left = l->timeout_ms;

	while (left > 0) {
		if (!serve_next(&l->serve, 20)) {
			left -= 20;
			if (in_session && trigger_gone(l))
				return false;
			continue;
		}
		if (strcmp(l->serve.now.path, l->path) == 0)
			return true;
		serve_tell(&l->serve, &(struct serve_answer){.status = 204});
	}
	return false;
}

static enum err
http_begin(struct agent_line *l)
{
	trigger_start(l);
	if (!next_post(l, l->trigger != NULL))
		return ERR_NET;
	if (l->serve.now.body.n == 0)
		return OK;
	serve_tell(&l->serve, &(struct serve_answer){.status = 204});
	return ERR_UNSOLICITED;
}

static enum err
http_say(struct agent_line *l, struct build *b, struct bytes message,
    struct bytes *answer)
{
	const struct serve_answer a = {
	    .status = 200, .type = TEEP_MEDIA_TYPE, .body = message};

	serve_tell(&l->serve, &a);
	*answer = BYTES_NONE;
	if (!next_post(l, true))
		return OK; /* the session is over: no answer */
	*answer = build_copy(b, l->serve.now.body);
	return b->err;
}

static void
http_end(struct agent_line *l)
{
	long left = l->timeout_ms;

	serve_tell(&l->serve, &(struct serve_answer){.status = 204});
	while (l->trigger != NULL && !trigger_gone(l) && left > 0) {
		if (serve_next(&l->serve, 20))
			serve_tell(
			    &l->serve, &(struct serve_answer){.status = 204});
		left -= 20;
	}
}

/* ---- both --------------------------------------------------------------- */

enum err
agent_line_begin(struct agent_line *l)
{
	return l->http ? http_begin(l) : frames_begin(l);
}

enum err
agent_line_say(struct agent_line *l, struct build *b, struct bytes message,
    struct bytes *answer)
{
	return l->http ? http_say(l, b, message, answer)
		       : frames_say(l, b, message, answer);
}

void
agent_line_end(struct agent_line *l)
{
	struct link_frame out;

	if (l->http)
		http_end(l);
	else
		(void)exchange(l,
		    (struct link_frame){.op = LINK_MESSAGE, .has_body = true},
		    &out);
}

static void
unix_open(struct agent_line *l, const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};

	if (!text_set(at.sun_path, sizeof(at.sun_path), path))
		die_usage(PROG, "'%s' is too long", path);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 ||
	    connect(l->fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		die(PROG, EXIT_REFUSED, "%s: %s", path, strerror(errno));
}

void
agent_line_open(struct agent_line *l, const char *target, const char *trigger,
    long timeout_ms)
{
	*l = (struct agent_line){
	    .fd = -1, .trigger = trigger, .timeout_ms = timeout_ms};
	if (strncmp(target, "unix:", 5) == 0) {
		unix_open(l, target + 5);
	} else if (strncmp(target, "exec:", 5) == 0) {
		l->pid = command_start(target + 5, &l->fd);
	} else {
		l->http = true;
		serve_open(
		    &l->serve, serve_url(target, l->path, sizeof(l->path)));
	}
	if (!l->http && trigger != NULL)
		die_usage(PROG, "--trigger belongs to an http target");
}

void
agent_line_close(struct agent_line *l)
{
	if (l->http)
		serve_close(&l->serve);
	if (l->fd >= 0)
		(void)close(l->fd);
	if (l->pid > 0) {
		(void)kill(l->pid, SIGTERM);
		(void)waitpid(l->pid, NULL, 0);
	}
	free(l->frame);
}
