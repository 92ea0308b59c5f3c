/*
 * ta: the application's side of a call.            [design 9, call]
 *
 * A trusted application is one static ELF executable.  It starts with a
 * single descriptor open, TA_FD, and reads calls from it until there are no
 * more: u32 big-endian length, then that many octets, at most TA_CALL_MAX,
 * both ways.  An answer that is longer, or later than ten seconds after its
 * call, ends the application; so does a minute without a call.
 *
 * If data was installed for it (component ID/data, by the same signer), that
 * comes once, before the first call: the same head with its first bit set,
 * then the octets, at most TA_CALL_MAX.  It has no answer.  No caller can send
 * or see it: it may be a secret that came encrypted to this very device.
 *
 * argv[0] is the component's identifier as text, argv[1], if there, the
 * arguments of its manifest.  There is no environment, no file, no network,
 * no other process, and memory is never executable and writable.
 *
 * THE CALLER IS NOT AUTHENTICATED.  Whoever is root in the normal world reads
 * and changes calls and answers at will.
 *
 * Needs nothing but read and write; works with musl -static.
 */
#ifndef TAMARIND_TA_H
#define TAMARIND_TA_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#define TA_FD        3
#define TA_CALL_MAX  65536
#define TA_DATA_HEAD UINT32_C(0x80000000)

enum ta_next {
	TA_BROKEN = -1, /* cut short, or longer than the room: give up */
	TA_END = 0,     /* no more calls: exit */
	TA_CALL = 1,
	TA_DATA = 2, /* its own data: no call, and never answered */
};

/* Read exactly n octets; answers how many there were before the end. */
static inline size_t
ta_read_all(uint8_t *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t got = read(TA_FD, p + at, n - at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		at += (size_t)got;
	}
	return at;
}

static inline int
ta_write_all(const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(TA_FD, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

/* Wait for the next call, or for data; the octets are in room, their count in
 * *n. */
static inline enum ta_next
ta_receive(uint8_t *room, size_t room_n, size_t *n)
{
	uint8_t head[4] = {0};
	size_t got = ta_read_all(head, sizeof(head));
	enum ta_next what = (head[0] & 0x80) != 0 ? TA_DATA : TA_CALL;
	size_t len = (size_t)(head[0] & 0x7f) << 24 | (size_t)head[1] << 16 |
		     (size_t)head[2] << 8 | head[3];

	*n = 0;
	if (got == 0)
		return TA_END;
	if (got < sizeof(head) || len > room_n || ta_read_all(room, len) != len)
		return TA_BROKEN;
	*n = len;
	return what;
}

/* Answer the call just received; n at most TA_CALL_MAX.  -1: give up. */
static inline int
ta_answer(const void *p, size_t n)
{
	const uint8_t head[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16),
	    (uint8_t)(n >> 8), (uint8_t)n};

	if (n > TA_CALL_MAX || ta_write_all(head, sizeof(head)) != 0)
		return -1;
	return ta_write_all(p, n);
}

#endif
