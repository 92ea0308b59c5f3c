/*
 * sock: octets of a peer, in pieces.
 */
#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A read takes 1 to this many octets, then begins again. */
#define STEPS 97

static struct bytes said;
static size_t at, step;
/* Descriptors that the peer has passed: each must be closed. */
static int passed = -1;

void
fuzz_says(struct bytes in)
{
	HOLDS(passed == -1);
	said = in;
	at = step = 0;
}

size_t
fuzz_unread(void)
{
	return said.n - at;
}

static ssize_t
bad_fd(void)
{
	errno = EBADF;
	return -1;
}

ssize_t
fuzz_recv(int fd, void *p, size_t n, int flags)
{
	size_t left = said.n - at;

	HOLDS(n > 0);
	if (fd < 0)
		return bad_fd();
	if (fd == FUZZ_SOCK_SILENT)
		return 0;
	if ((flags & MSG_PEEK) == 0) {
		step = step % STEPS + 1;
		n = n < step ? n : step;
	}
	if (n > left)
		n = left;
	if (n > 0)
		memcpy(p, said.p + at, n);
	if ((flags & MSG_PEEK) == 0)
		at += n;
	return (ssize_t)n;
}

/* An odd octet brings a descriptor along. */
static bool
brings_one(void)
{
	return passed == -1 && at < said.n && said.p[at] % 2 == 1;
}

ssize_t
fuzz_recvmsg(int fd, struct msghdr *m, int flags)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	HOLDS(m->msg_iovlen == 1);
	if (c != NULL && brings_one()) {
		passed = open("/dev/null", O_RDONLY | O_CLOEXEC);
		HOLDS(passed >= 0);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &passed, sizeof(passed));
	} else {
		m->msg_controllen = 0;
	}
	return fuzz_recv(fd, m->msg_iov->iov_base, m->msg_iov->iov_len, flags);
}

ssize_t
fuzz_read(int fd, void *p, size_t n)
{
	return n == 0 ? 0 : fuzz_recv(fd, p, n, 0);
}

ssize_t
fuzz_send(int fd, const void *p, size_t n, int flags)
{
	(void)flags;
	HOLDS(p != NULL && n > 0);
	if (fd < 0)
		return bad_fd();
	return (ssize_t)(n > 1 ? n - n / 2 : n);
}

ssize_t
fuzz_sendmsg(int fd, const struct msghdr *m, int flags)
{
	size_t n = 0;

	for (size_t i = 0; i < m->msg_iovlen; i++)
		n += m->msg_iov[i].iov_len;
	return fuzz_send(fd, m, n, flags);
}

/* Can it be read by now?  Asked in passing, nothing is there. */
static bool
ready(int fd)
{
	return fd != FUZZ_SOCK_SILENT || at == said.n;
}

int
fuzz_poll(struct pollfd *p, nfds_t n, int ms)
{
	for (nfds_t i = 0; i < n; i++)
		p[i].revents = ms != 0 && ready(p[i].fd) ? p[i].events : 0;
	return ms == 0 ? 0 : (int)n;
}

int
fuzz_close(int fd)
{
	if (fd == FUZZ_SOCK || fd == FUZZ_SOCK_SILENT)
		return 0;
	if (fd == passed)
		passed = -1;
	return close(fd);
}

int
fuzz_connect(int fd, const struct sockaddr *a, socklen_t n)
{
	(void)a;
	(void)n;
	HOLDS(fd >= 0);
	return 0;
}

int
fuzz_accept4(int fd, struct sockaddr *a, socklen_t *n, int flags)
{
	(void)fd;
	(void)a;
	(void)n;
	(void)flags;
	return FUZZ_SOCK;
}

int
fuzz_getsockopt(int fd, int level, int name, void *p, socklen_t *n)
{
	(void)fd;
	(void)level;
	(void)name;
	memset(p, 0, *n);
	return 0;
}
