/*
 * file_ops: the operating system's file operations, as the store uses them.
 */
#include "file_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
os_openat(void *ctx, int dir, const char *name, int flags, mode_t mode)
{
	(void)ctx;
	return openat(dir, name, flags, mode);
}

static ssize_t
os_pread(void *ctx, int fd, void *p, size_t n, off_t at)
{
	(void)ctx;
	return pread(fd, p, n, at);
}

static ssize_t
os_write(void *ctx, int fd, const void *p, size_t n)
{
	(void)ctx;
	return write(fd, p, n);
}

static int
os_fsync(void *ctx, int fd)
{
	(void)ctx;
	return fsync(fd);
}

static int
os_close(void *ctx, int fd)
{
	(void)ctx;
	return close(fd);
}

static int
os_mkdirat(void *ctx, int dir, const char *name, mode_t mode)
{
	(void)ctx;
	return mkdirat(dir, name, mode);
}

static int
os_renameat(void *ctx, int dir, const char *from, const char *to)
{
	(void)ctx;
	return renameat(dir, from, dir, to);
}

static int
os_unlinkat(void *ctx, int dir, const char *name)
{
	(void)ctx;
	return unlinkat(dir, name, 0);
}

static int
os_list(
    void *ctx, int dir, void (*each)(void *arg, const char *name), void *arg)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	DIR *d;

	(void)ctx;
	if (fd < 0)
		return -1;
	d = fdopendir(fd);
	if (d == NULL) {
		close(fd);
		return -1;
	}
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			each(arg, entry->d_name);
	return closedir(d);
}

const struct file_ops file_ops_posix = {
    .openat = os_openat,
    .pread = os_pread,
    .write = os_write,
    .fsync = os_fsync,
    .close = os_close,
    .mkdirat = os_mkdirat,
    .renameat = os_renameat,
    .unlinkat = os_unlinkat,
    .list = os_list,
};
