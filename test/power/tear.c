/*
 * tear: shorten what a stopped thread is about to write.
 *
 * A count is a register.  Of a list of pieces the lengths are changed in the
 * thread's own memory, which is only for one who dies afterwards.
 */
#include "power.h"

#include <sys/socket.h>
#include <sys/uio.h>

#define PIECES_MAX 64

static bool
peek(pid_t tid, uint64_t at, void *out, size_t n)
{
	struct iovec here = {out, n};
	struct iovec there = {(void *)(uintptr_t)at, n};

	return process_vm_readv(tid, &here, 1, &there, 1, 0) == (ssize_t)n;
}

static bool
poke(pid_t tid, uint64_t at, void *in, size_t n)
{
	struct iovec here = {in, n};
	struct iovec there = {(void *)(uintptr_t)at, n};

	return process_vm_writev(tid, &here, 1, &there, 1, 0) == (ssize_t)n;
}

static bool
tear_pieces(pid_t tid, uint64_t at, uint64_t n)
{
	struct iovec v[PIECES_MAX];
	size_t sum = 0, left;

	if (n > PIECES_MAX || !peek(tid, at, v, n * sizeof(*v)))
		return false;
	for (size_t i = 0; i < n; i++)
		sum += v[i].iov_len;
	left = sum / 2;
	for (size_t i = 0; i < n; i++) {
		if (v[i].iov_len > left)
			v[i].iov_len = left;
		left -= v[i].iov_len;
	}
	return poke(tid, at, v, n * sizeof(*v));
}

bool
tear(pid_t tid, const struct point *p)
{
	struct msghdr m;

	switch (p->call->octets) {
	case OCTETS_COUNT:
		return regs_set_count(tid, p->arg[2] / 2);
	case OCTETS_IOV:
		return tear_pieces(tid, p->arg[1], p->arg[2]);
	case OCTETS_MSGHDR:
		return peek(tid, p->arg[1], &m, sizeof(m)) &&
		       tear_pieces(tid, (uintptr_t)m.msg_iov, m.msg_iovlen);
	case OCTETS_NONE:
		break;
	}
	return false;
}
