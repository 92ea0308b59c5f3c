/*
 * stream: octets over a socket to a peer that may stop in the middle.
 */
#ifndef TEEP_STREAM_H
#define TEEP_STREAM_H

#include <tamarind/base.h>

/* All of it, or ERR_NET: the peer is gone, or did nothing for timeout_ms. */
enum err stream_write(int fd, long timeout_ms, struct bytes b);
enum err stream_read(int fd, long timeout_ms, struct span room);

#endif
