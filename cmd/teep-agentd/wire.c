/*
 * wire: octets and descriptors over sockets, never longer than a deadline.
 */
#include "channel.h"

#include <cmdline.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Until fd can do what events says, hung up included. */
static enum err
wait_for(int fd, short events, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = deadline_ms - now_ms();
		int n;

		if (left <= 0)
			return ERR_NET;
		n = poll(&p, 1, left > 60000 ? 60000 : (int)left);
		if (n > 0)
			return OK;
		if (n < 0 && errno != EINTR)
			return ERR_NET;
	}
}

static bool
try_again(ssize_t n)
{
	return n < 0 && (errno == EINTR || errno == EAGAIN);
}

enum err
read_all_until(int fd, struct span room, int64_t deadline_ms)
{
	while (room.n > 0) {
		ssize_t n;

		TRY(wait_for(fd, POLLIN, deadline_ms));
		n = recv(fd, room.p, room.n, MSG_DONTWAIT);
		if (try_again(n))
			continue;
		if (n <= 0)
			return ERR_NET;
		room.p += n;
		room.n -= (size_t)n;
	}
	return OK;
}

enum err
write_all_until(int fd, struct bytes b, int64_t deadline_ms)
{
	while (b.n > 0) {
		ssize_t n;

		TRY(wait_for(fd, POLLOUT, deadline_ms));
		n = send(fd, b.p, b.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (try_again(n))
			continue;
		if (n <= 0)
			return ERR_NET;
		b.p += n;
		b.n -= (size_t)n;
	}
	return OK;
}

/* Room for one descriptor; the kernel closes any more than that. */
union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

/* The first octets of a frame, and the descriptor that travels with them. */
static ssize_t
send_first(int sock, struct bytes b, int fd)
{
	union control control = {0};
	struct iovec v = {(void *)(uintptr_t)b.p, b.n};
	struct msghdr m = {.msg_iov = &v,
	    .msg_iovlen = 1,
	    .msg_control = control.room,
	    .msg_controllen = sizeof(control.room)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(sock, &m, MSG_NOSIGNAL);
}

enum err
channel_send(int sock, struct span room, const struct channel_frame *f, int fd)
{
	struct bytes out;

	TRY(channel_write(room, f, &out));
	if (fd >= 0) {
		ssize_t n;

		do
			n = send_first(sock, out, fd);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return ERR_NET;
		out.p += n;
		out.n -= (size_t)n;
	}
	return write_all_until(sock, out, now_ms() + CHANNEL_WAIT_MS);
}

/* The descriptor that came with m, -1 if none. */
static int
descriptor_of(struct msghdr *m)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	     c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	}
	return fd;
}

/* The head of a frame.  Descriptors are taken from its octets only: those
 * sent along with the rest are dropped by the kernel. */
static enum err
receive_head(int sock, uint8_t head[LINK_HEAD], int64_t deadline_ms, int *fd)
{
	size_t at = 0;

	while (at < LINK_HEAD) {
		union control control = {0};
		struct iovec v = {head + at, LINK_HEAD - at};
		struct msghdr m = {.msg_iov = &v,
		    .msg_iovlen = 1,
		    .msg_control = control.room,
		    .msg_controllen = sizeof(control.room)};
		ssize_t n;
		int got;

		TRY(wait_for(sock, POLLIN, deadline_ms));
		n = recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (try_again(n))
			continue;
		if (n <= 0)
			return ERR_NET;
		at += (size_t)n;
		got = descriptor_of(&m);
		if (got >= 0 && *fd >= 0)
			(void)close(got);
		else if (got >= 0)
			*fd = got;
	}
	return OK;
}

static enum err
receive(int sock, struct span room, int64_t deadline_ms,
    struct channel_frame *out, int *fd)
{
	uint8_t head[LINK_HEAD];
	size_t n;

	TRY(receive_head(sock, head, deadline_ms, fd));
	TRY(link_head(head, room.n, &n));
	TRY(read_all_until(sock, (struct span){room.p, n}, deadline_ms));
	return channel_read((struct bytes){room.p, n}, out);
}

enum err
channel_receive(
    int sock, struct span room, int wait_ms, struct channel_frame *out, int *fd)
{
	enum err e;

	*fd = -1;
	*out = (struct channel_frame){0};
	e = receive(sock, room, now_ms() + wait_ms, out, fd);
	if (e == OK && *fd >= 0 && out->op != CHANNEL_START &&
	    out->op != CHANNEL_ANSWER)
		e = ERR_UNEXPECTED;
	if (e != OK && *fd >= 0) {
		(void)close(*fd);
		*fd = -1;
	}
	return e;
}
