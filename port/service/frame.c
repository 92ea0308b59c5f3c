/* frame: frames between the processes of a service. */
#include "frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PARTS_MAX 16
#define HEAD      4
/* What a buffer keeps between frames. */
#define KEEP_ROOM 65536

static enum err
send_all(int fd, struct iovec *v, size_t n)
{
	struct msghdr m = {.msg_iov = v, .msg_iovlen = n};

	while (m.msg_iovlen > 0) {
		ssize_t got = sendmsg(fd, &m, MSG_NOSIGNAL);
		size_t sent;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYSTEM;
		sent = (size_t)got;
		while (m.msg_iovlen > 0 && sent >= m.msg_iov->iov_len) {
			sent -= m.msg_iov->iov_len;
			m.msg_iov++;
			m.msg_iovlen--;
		}
		if (m.msg_iovlen > 0) {
			m.msg_iov->iov_base =
			    (uint8_t *)m.msg_iov->iov_base + sent;
			m.msg_iov->iov_len -= sent;
		}
	}
	return OK;
}

static struct iovec
piece(struct bytes b)
{
	/* sendmsg only reads, but its type cannot say so */
	return (struct iovec){(void *)(uintptr_t)b.p, b.n};
}

enum err
frame_send(int fd, struct bytes head, const struct bytes *part, size_t n)
{
	struct iovec v[PARTS_MAX + 2];
	uint8_t length[HEAD];
	size_t total = head.n;

	if (n > PARTS_MAX)
		return ERR_BUG;
	for (size_t i = 0; i < n; i++) {
		if (part[i].n > FRAME_MAX - total)
			return ERR_ROOM;
		total += part[i].n;
		v[i + 2] = piece(part[i]);
	}
	for (size_t i = 0; i < HEAD; i++)
		length[i] = (uint8_t)(total >> (24 - 8 * i));
	v[0] = piece(BYTES_OF(length));
	v[1] = piece(head);
	return send_all(fd, v, n + 2);
}

/* Have at least n octets of a frame in room, which holds *have; what comes
 * with them is taken too. */
static enum err
receive_more(int fd, struct span room, size_t n, size_t *have)
{
	while (*have < n) {
		ssize_t got = recv(fd, room.p + *have, room.n - *have, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYSTEM;
		if (got == 0)
			return *have == 0 ? ERR_NOT_FOUND : ERR_TRUNCATED;
		*have += (size_t)got;
	}
	return OK;
}

static enum err
room_resize(struct span *room, size_t n, size_t keep)
{
	uint8_t *p = malloc(n);

	if (p == NULL)
		return ERR_MEMORY;
	if (keep > 0)
		memcpy(p, room->p, keep);
	free(room->p);
	*room = (struct span){p, n};
	return OK;
}

enum err
frame_receive(int fd, size_t max, struct span *room, struct bytes *out)
{
	size_t have = 0, n = 0;

	*out = BYTES_NONE;
	/* a big frame's memory goes back with the next one */
	if (room->n != KEEP_ROOM)
		TRY(room_resize(room, KEEP_ROOM, 0));
	TRY(receive_more(fd, *room, HEAD, &have));
	for (size_t i = 0; i < HEAD; i++)
		n = n << 8 | room->p[i];
	if (n > max)
		return ERR_TOO_LONG;
	if (n > room->n - HEAD)
		TRY(room_resize(room, HEAD + n, have));
	TRY(receive_more(fd, *room, HEAD + n, &have));
	/* one question at a time: nothing can follow yet */
	if (have != HEAD + n)
		return ERR_TRAILING;
	*out = (struct bytes){room->p + HEAD, n};
	return OK;
}
