/*
 * stream: octets over a socket to a peer that may stop in the middle.
 */
#include "stream.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

static bool
ready(int fd, short events, long timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n;

	do
		n = poll(&p, 1, (int)timeout_ms);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

enum err
stream_write(int fd, long timeout_ms, struct bytes b)
{
	while (b.n > 0) {
		ssize_t n;

		if (!ready(fd, POLLOUT, timeout_ms))
			return ERR_NET;
		n = send(fd, b.p, b.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_NET;
		b.p += n;
		b.n -= (size_t)n;
	}
	return OK;
}

enum err
stream_read(int fd, long timeout_ms, struct span room)
{
	while (room.n > 0) {
		ssize_t n;

		if (!ready(fd, POLLIN, timeout_ms))
			return ERR_NET;
		n = recv(fd, room.p, room.n, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_NET;
		room.p += n;
		room.n -= (size_t)n;
	}
	return OK;
}
