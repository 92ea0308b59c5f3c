/*
 * frame: how the processes of a service speak with each other: over a socket
 * pair, u32 big-endian length, then so many octets.
 */
#ifndef SERVICE_FRAME_H
#define SERVICE_FRAME_H

#include <tamarind/base.h>

/* An Update of 32 MiB and what is around it. */
#define FRAME_MAX (34u << 20)

/* Send length, head and parts.  ERR_SYSTEM. */
MUST_CHECK enum err frame_send(
    int fd, struct bytes head, const struct bytes *part, size_t n);
/* Receive one frame of at most max octets into *room, which grows.
 * ERR_NOT_FOUND: the peer has closed.  ERR_TOO_LONG, ERR_MEMORY. */
MUST_CHECK enum err frame_receive(
    int fd, size_t max, struct span *room, struct bytes *out);

#endif
