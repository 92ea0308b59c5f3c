/* listen: the two listening sockets, and who may speak to the second. */
#include "parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

/* "ADDR:PORT" or "[ADDR]:PORT". */
static bool
split(const char *address, char host[128], char port[8])
{
	const char *colon = strrchr(address, ':');
	const char *from = address;
	size_t n;

	if (colon == NULL)
		return false;
	n = (size_t)(colon - address);
	if (n >= 2 && address[0] == '[' && colon[-1] == ']') {
		from++;
		n -= 2;
	}
	if (n == 0 || n >= 128)
		return false;
	memcpy(host, from, n);
	host[n] = 0;
	return text_set(port, 8, colon + 1);
}

static int
open_one(const struct addrinfo *a)
{
	int on = 1;
	int fd = socket(a->ai_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static bool
name_of(int fd, char uri_host[160], unsigned *port)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a;
	socklen_t n = sizeof(a);
	char text[INET6_ADDRSTRLEN];
	bool v6;

	if (getsockname(fd, &a.any, &n) != 0)
		return false;
	v6 = a.any.sa_family == AF_INET6;
	*port = ntohs(v6 ? a.v6.sin6_port : a.v4.sin_port);
	if (inet_ntop(a.any.sa_family,
		v6 ? (const void *)&a.v6.sin6_addr
		   : (const void *)&a.v4.sin_addr,
		text, sizeof(text)) == NULL)
		return false;
	(void)snprintf(uri_host, 160, v6 ? "[%s]:%u" : "%s:%u", text, *port);
	return true;
}

int
listen_tcp(const char *address, char uri_host[160], unsigned *port)
{
	const struct addrinfo hints = {
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	    .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	char host[128], service[8];
	int e, fd = -1;

	if (!split(address, host, service)) {
		fprintf(stderr, "tamd: '%s' is not ADDRESS:PORT\n", address);
		return -1;
	}
	e = getaddrinfo(host, service, &hints, &list);
	if (e != 0) {
		fprintf(stderr, "tamd: '%s' is no ADDRESS:PORT: %s\n", address,
		    e == EAI_SYSTEM ? strerror(errno) : gai_strerror(e));
		return -1;
	}
	for (const struct addrinfo *a = list; a != NULL && fd < 0;
	     a = a->ai_next)
		fd = open_one(a);
	if (fd < 0 || !name_of(fd, uri_host, port)) {
		fprintf(stderr, "tamd: cannot listen on %s: %s\n", address,
		    strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	return fd;
}

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
