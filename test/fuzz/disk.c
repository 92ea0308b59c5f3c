/*
 * disk: what the file store asks of a directory that it only reads.
 */
#include "disk.h"

#include <errno.h>

/* Reads come in pieces of this many octets. */
#define PIECE 1000

static struct bytes content;

void
disk_holds(struct bytes state)
{
	content = state;
}

static int
disk_openat(void *ctx, int dir, const char *name, int flags, mode_t mode)
{
	(void)ctx;
	(void)flags;
	(void)mode;
	HOLDS(dir > 0);
	return strcmp(name, "state") == 0 ? 5 : 6;
}

static ssize_t
disk_pread(void *ctx, int fd, void *p, size_t n, off_t at)
{
	size_t left = content.n - (size_t)at;

	(void)ctx;
	HOLDS(fd == 5 && (size_t)at <= content.n);
	n = n < left ? n : left;
	n = n < PIECE ? n : PIECE;
	if (n > 0)
		memcpy(p, content.p + at, n);
	return (ssize_t)n;
}

static int
disk_close(void *ctx, int fd)
{
	(void)ctx;
	HOLDS(fd == 5 || fd == 6);
	return 0;
}

static int
disk_mkdirat(void *ctx, int dir, const char *name, mode_t mode)
{
	(void)ctx;
	(void)dir;
	(void)name;
	(void)mode;
	errno = EEXIST;
	return -1;
}

const struct file_ops disk_ops = {
    .openat = disk_openat,
    .pread = disk_pread,
    .close = disk_close,
    .mkdirat = disk_mkdirat,
};
