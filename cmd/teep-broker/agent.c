/*
 * Frames over a Unix stream socket: to the agent, and from our own commands.
 */
#include "broker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How long an answer may take once the daemon was told to end. */
#define STOP_SECONDS 15

time_t
seconds_now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec;
}

enum err
stream_connect(struct stream *s, const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	s->fd = -1;
	if (strlen(path) >= sizeof(a.sun_path))
		return ERR_TOO_LONG;
	memcpy(a.sun_path, path, strlen(path));
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return ERR_SYSTEM;
	if (connect(s->fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		int why = errno;

		close(s->fd);
		s->fd = -1;
		errno = why; /* for who tells the operator */
		return ERR_NET;
	}
	return OK;
}

void
stream_close(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	free(s->in);
	free(s->out);
	*s = (struct stream){.fd = -1, .max = s->max};
}

enum err
stream_ready(struct stream *s, const char *path)
{
	uint8_t b;
	enum err e;

	/* The agent speaks only when spoken to: whatever can be read now is
	 * the end of the stream, or what is left of a session given up. */
	if (s->fd >= 0 && recv(s->fd, &b, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
		stream_close(s);
	if (s->fd >= 0)
		return OK;
	e = stream_connect(s, path);
	if (e != OK)
		trouble_set("agent %s: %s; %s", path, strerror(errno),
		    errno == EACCES
			? "the daemon's user must be that of teep-agentd's "
			  "--uid-broker"
			: "is teep-agentd running, with this --socket?");
	return e;
}

/* At least n octets of room behind *p; the old content may go. */
static enum err
want_room(uint8_t **p, size_t *room, size_t n)
{
	uint8_t *q;

	if (n <= *room)
		return OK;
	q = malloc(n);
	if (q == NULL)
		return ERR_MEMORY;
	free(*p);
	*p = q;
	*room = n;
	return OK;
}

enum err
stream_send(struct stream *s, const struct link_frame *f)
{
	struct bytes out;
	size_t n = 4096 + f->body.n + f->uri.n + f->component.n;

	TRY(want_room(&s->out, &s->out_room, n));
	TRY(link_write((struct span){s->out, s->out_room}, f, &out));
	while (out.n > 0) {
		ssize_t k = send(s->fd, out.p, out.n, MSG_NOSIGNAL);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) { /* half a frame: nothing more makes sense */
			stream_close(s);
			return ERR_NET;
		}
		out.p += k;
		out.n -= (size_t)k;
	}
	return OK;
}

static enum err
read_exactly(int fd, uint8_t *p, size_t n, time_t until)
{
	while (n > 0) {
		struct pollfd pf = {.fd = fd, .events = POLLIN};
		time_t now = seconds_now();
		ssize_t k;

		if (daemon_stopping() && until > now + STOP_SECONDS)
			until = now + STOP_SECONDS;
		if (now >= until)
			return ERR_NET;
		if (poll(&pf, 1, (int)(until - now) * 1000) < 0 &&
		    errno != EINTR)
			return ERR_NET;
		if (pf.revents == 0)
			continue;
		k = recv(fd, p, n, MSG_DONTWAIT);
		if (k < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (k <= 0)
			return ERR_NET;
		p += k;
		n -= (size_t)k;
	}
	return OK;
}

static enum err
receive(struct stream *s, struct link_frame *f, time_t until)
{
	uint8_t head[LINK_HEAD];
	size_t n;

	if (s->fd < 0) /* a send has failed before */
		return ERR_NET;
	TRY(read_exactly(s->fd, head, sizeof(head), until));
	TRY(link_head(head, s->max, &n));
	TRY(want_room(&s->in, &s->in_room, n));
	TRY(read_exactly(s->fd, s->in, n, until));
	return link_read((struct bytes){s->in, n}, f);
}

enum err
stream_receive(struct stream *s, struct link_frame *f, unsigned seconds)
{
	enum err e = receive(s, f, seconds_now() + (time_t)seconds);

	if (e != OK)
		stream_close(s);
	return e;
}
