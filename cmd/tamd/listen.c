/* listen: the operator's listening socket, and who may speak to it. */
#include "parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int
listen_unix(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	enum err e = socket_make_way(path);
	mode_t old;
	int fd = -1, r = -1;

	if (e == OK && !text_set(a.sun_path, sizeof(a.sun_path), path))
		e = ERR_TOO_LONG;
	if (e == OK) {
		fd = socket(
		    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	} else if (e == ERR_EXISTS) {
		errno = EADDRINUSE; /* another tamd: its socket stays */
	} else if (e == ERR_TOO_LONG) {
		errno = ENAMETOOLONG;
	}
	if (fd >= 0) {
		/* never open to others, not even for a moment */
		old = umask(0177);
		r = bind(fd, (const struct sockaddr *)&a, sizeof(a));
		(void)umask(old);
	}
	if (r == 0)
		r = listen(fd, 64);
	if (r == 0)
		return fd;
	fprintf(
	    stderr, "tamd: cannot listen on %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

enum err
peer_check(const struct settings *s, int fd)
{
	struct ucred c;
	socklen_t n = sizeof(c);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) != 0 ||
	    n != sizeof(c))
		return ERR_PEER;
	return c.uid == 0 || c.uid == s->operator_uid ? OK : ERR_PEER;
}
