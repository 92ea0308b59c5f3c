/* listen: a service's listening TCP socket. */
#include "service.h"

#include <arpa/inet.h>
#include <cmdline.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
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
listen_tcp(
    const char *prog, const char *address, char uri_host[160], unsigned *port)
{
	const struct addrinfo hints = {
	    .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	    .ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	char host[128], service[8];
	int e, fd = -1;

	if (!split(address, host, service)) {
		fprintf(
		    stderr, "%s: '%s' is not ADDRESS:PORT\n", prog, address);
		return -1;
	}
	e = getaddrinfo(host, service, &hints, &list);
	if (e != 0) {
		fprintf(stderr, "%s: '%s' is no ADDRESS:PORT: %s\n", prog,
		    address,
		    e == EAI_SYSTEM ? strerror(errno) : gai_strerror(e));
		return -1;
	}
	for (const struct addrinfo *a = list; a != NULL && fd < 0;
	     a = a->ai_next)
		fd = open_one(a);
	if (fd < 0 || !name_of(fd, uri_host, port)) {
		fprintf(stderr, "%s: cannot listen on %s: %s\n", prog, address,
		    strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	return fd;
}
