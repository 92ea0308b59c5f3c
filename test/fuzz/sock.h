/*
 * sock: a peer that has written down beforehand what it says.  Sources that
 * read sockets are compiled with the system calls renamed to these
 * (CMakeLists.txt): reads come short, descriptors come now and then, and the
 * peer hangs up where its octets end.  What is sent to it is lost.
 */
#ifndef FUZZ_SOCK_H
#define FUZZ_SOCK_H

#include "fuzz.h"

#include <poll.h>
#include <sys/socket.h>

/* Any descriptor; all of them read from the one peer. */
#define FUZZ_SOCK 77
/* Another one, who says nothing and hangs up when the first has. */
#define FUZZ_SOCK_SILENT 78

void fuzz_says(struct bytes in);
/* Octets that nobody has read. */
size_t fuzz_unread(void);

ssize_t fuzz_recv(int fd, void *p, size_t n, int flags);
ssize_t fuzz_read(int fd, void *p, size_t n);
ssize_t fuzz_recvmsg(int fd, struct msghdr *m, int flags);
ssize_t fuzz_send(int fd, const void *p, size_t n, int flags);
ssize_t fuzz_sendmsg(int fd, const struct msghdr *m, int flags);
int fuzz_poll(struct pollfd *p, nfds_t n, int ms);
int fuzz_close(int fd);
int fuzz_connect(int fd, const struct sockaddr *a, socklen_t n);
int fuzz_accept4(int fd, struct sockaddr *a, socklen_t *n, int flags);
int fuzz_getsockopt(int fd, int level, int name, void *p, socklen_t *n);

#endif
