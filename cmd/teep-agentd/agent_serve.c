/*
 * agent_serve: frames of the broker in, frames of the engine out.
 *
 * One connection at a time, from one user.  Everything else about the broker
 * is the engine's to judge; here only lengths and deadlines are.
 */
#include "agentproc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A frame once begun is whole within this: 32 MiB from a slow disk. */
#define FRAME_MS   60000
#define OUT_ROOM   (AGENT_STATE_MAX + LINK_CALL_MAX + 4096)
#define PIECE_ROOM (LINK_PIECE_MAX + 4096)
/* Memory that stays for the next message; whole pages of any size. */
#define KEEP 65536

struct server {
	struct agent *agent;
	struct apps *apps;
	int listen, conn; /* conn -1: nobody */
	uint32_t broker;
	struct span in;    /* a whole message, which may have to stay */
	struct span piece; /* what comes while it does */
	struct span out;
};

static void
hang_up(struct server *s)
{
	if (s->conn < 0)
		return;
	(void)close(s->conn);
	s->conn = -1;
	agent_hangup(s->agent);
}

/* Who the kernel says is there.                            [security 18] */
static void
admit(struct server *s)
{
	int fd = accept4(s->listen, NULL, NULL, SOCK_CLOEXEC);
	struct ucred who = {.uid = (uid_t)-1};
	socklen_t n = sizeof(who);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	    who.uid == s->broker) {
		s->conn = fd;
		return;
	}
	log_event(LEVEL_WARN, "peer-refused", LOG_N("uid", who.uid),
	    LOG_N("expected", s->broker));
	(void)close(fd);
}

static bool
ending(const struct server *s)
{
	return s->apps->drain || s->apps->broken;
}

/* Until the broker's socket can do what events says.  Meanwhile the launcher
 * is heard and idle applications end: a broker that stops in the middle of a
 * frame holds up nobody but itself. */
static enum err
wait_broker(struct server *s, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd p[2] = {
		    {.fd = s->apps->channel, .events = POLLIN},
		    {.fd = s->conn, .events = events}};
		int64_t left = deadline - now_ms();
		int idle = apps_idle(s->apps);

		if (left <= 0)
			return ERR_NET;
		if (idle < left)
			left = idle;
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return ERR_NET;
		if (p[0].revents != 0)
			apps_attend(s->apps);
		if (ending(s))
			return ERR_NET;
		if (p[1].revents != 0)
			return OK;
	}
}

static enum err
read_broker(struct server *s, struct span room, int64_t deadline)
{
	while (room.n > 0) {
		ssize_t n;

		TRY(wait_broker(s, POLLIN, deadline));
		n = recv(s->conn, room.p, room.n, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return ERR_NET;
		room.p += n;
		room.n -= (size_t)n;
	}
	return OK;
}

static enum err
write_broker(struct server *s, struct bytes b, int64_t deadline)
{
	while (b.n > 0) {
		ssize_t n;

		TRY(wait_broker(s, POLLOUT, deadline));
		n = send(s->conn, b.p, b.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return ERR_NET;
		b.p += n;
		b.n -= (size_t)n;
	}
	return OK;
}

static enum err
send_all(struct server *s)
{
	struct link_frame f;

	while (agent_next(s->agent, &f)) {
		struct bytes b;

		TRY(link_write(s->out, &f, &b));
		TRY(write_broker(s, b, now_ms() + FRAME_MS));
	}
	return OK;
}

/* One frame of the broker, wholly read, then judged.  While the engine works
 * on a message, its memory is not to be touched. */
static enum err
take_frame(struct server *s)
{
	struct span in = agent_holds_message(s->agent) ? s->piece : s->in;
	int64_t deadline = now_ms() + FRAME_MS;
	uint8_t head[LINK_HEAD];
	struct link_frame f;
	size_t n;

	TRY(read_broker(s, SPAN_OF(head), deadline));
	TRY(link_head(head, in.n, &n));
	TRY(read_broker(s, (struct span){in.p, n}, deadline));
	TRY(link_read((struct bytes){in.p, n}, &f));
	agent_give(s->agent, &f);
	return send_all(s);
}

/* A large message is over: give its memory back. */
static void
let_go(struct server *s)
{
	if (!agent_holds_message(s->agent))
		(void)madvise(s->in.p + KEEP, s->in.n - KEEP, MADV_DONTNEED);
}

static void
attend(struct server *s)
{
	uint8_t any;
	enum err e;

	/* An end between frames is no fault. */
	if (recv(s->conn, &any, 1, MSG_PEEK | MSG_DONTWAIT) == 0) {
		hang_up(s);
	} else if ((e = take_frame(s)) != OK) {
		log_event(LEVEL_WARN, "broker-refused", LOG_ERR("reason", e));
		hang_up(s);
	}
	let_go(s);
}

/* Wait for launcher and broker; false: no more. */
static bool
turn(struct server *s)
{
	struct pollfd p[2] = {{.fd = s->apps->channel, .events = POLLIN},
	    {.fd = s->conn >= 0 ? s->conn : s->listen, .events = POLLIN}};

	if (poll(p, 2, apps_idle(s->apps)) < 0 && errno != EINTR)
		return false;
	if (p[0].revents != 0)
		apps_attend(s->apps);
	else if (p[1].revents != 0 && s->conn >= 0)
		attend(s);
	else if (p[1].revents != 0)
		admit(s);
	return !ending(s);
}

enum err
serve(struct agent *agent, struct apps *apps, int listen, uint32_t broker)
{
	struct server s = {.agent = agent,
	    .apps = apps,
	    .listen = listen,
	    .conn = -1,
	    .broker = broker};
	enum err e = ERR_MEMORY;
	void *in = mmap(NULL, LINK_FRAME_MAX, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	s.out = (struct span){malloc(OUT_ROOM), OUT_ROOM};
	s.piece = (struct span){malloc(PIECE_ROOM), PIECE_ROOM};
	if (in == MAP_FAILED || s.out.p == NULL || s.piece.p == NULL)
		goto out;
	s.in = (struct span){in, LINK_FRAME_MAX};
	while (turn(&s))
		;
	hang_up(&s);
	e = apps->broken ? ERR_NET : OK;
out:
	if (in != MAP_FAILED)
		(void)munmap(in, LINK_FRAME_MAX);
	free(s.piece.p);
	free(s.out.p);
	return e;
}
