/* keeper_wire: frames between the keeper and those who ask. */
#include "keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PARTS_MAX 16
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
keeper_send(int fd, struct bytes head, const struct bytes *part, size_t n)
{
	struct iovec v[PARTS_MAX + 2];
	uint8_t length[4];
	size_t total = head.n;

	if (n > PARTS_MAX)
		return ERR_BUG;
	for (size_t i = 0; i < n; i++) {
		if (part[i].n > KEEPER_QUESTION_MAX - total)
			return ERR_ROOM;
		total += part[i].n;
		v[i + 2] = piece(part[i]);
	}
	for (size_t i = 0; i < 4; i++)
		length[i] = (uint8_t)(total >> (24 - 8 * i));
	v[0] = piece(BYTES_OF(length));
	v[1] = piece(head);
	return send_all(fd, v, n + 2);
}

static enum err
receive_all(int fd, uint8_t *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t got = recv(fd, p + at, n - at, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ERR_SYSTEM;
		if (got == 0)
			return at == 0 ? ERR_NOT_FOUND : ERR_TRUNCATED;
		at += (size_t)got;
	}
	return OK;
}

enum err
keeper_receive(int fd, size_t max, struct span *room, struct bytes *out)
{
	uint8_t length[4];
	size_t n = 0, want;

	*out = BYTES_NONE;
	TRY(receive_all(fd, length, sizeof(length)));
	for (size_t i = 0; i < 4; i++)
		n = n << 8 | length[i];
	if (n > max)
		return ERR_TOO_LONG;
	/* a big frame's memory goes back with the next small one */
	want = n > KEEP_ROOM ? n : KEEP_ROOM;
	if (room->n < n || room->n > want) {
		free(room->p);
		room->p = malloc(want);
		room->n = room->p == NULL ? 0 : want;
	}
	if (room->p == NULL)
		return ERR_MEMORY;
	TRY(receive_all(fd, room->p, n));
	*out = (struct bytes){room->p, n};
	return OK;
}
