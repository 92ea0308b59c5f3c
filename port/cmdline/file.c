/* file: whole files in, whole files out. */
#include "cmdline.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
read_all(int fd, size_t max, struct bytes *out)
{
	struct stat st;
	size_t room = 4096, n = 0;
	uint8_t *p;
	enum err e = OK;

	/* A hint only: pipes have no size, and files change. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
		room =
		    (uint64_t)st.st_size < max ? (size_t)st.st_size + 1 : max;
	if (room > max)
		room = max;
	p = malloc(room + 1);
	if (p == NULL)
		return ERR_MEMORY;
	for (;;) {
		ssize_t got;

		if (n == room && room < max) {
			size_t more = room > max / 2 ? max : 2 * room;
			uint8_t *q = malloc(more + 1);

			if (q == NULL) {
				e = ERR_MEMORY;
				break;
			}
			/* not realloc: the content may be a secret */
			memcpy(q, p, n);
			wipe(p, n);
			free(p);
			p = q;
			room = more;
		}
		/* one octet beyond the limit shows that it is exceeded */
		got = read(fd, p + n, room + 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			e = ERR_SYSTEM;
			break;
		}
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > max) {
			e = ERR_TOO_LONG;
			break;
		}
		if (n > room)
			room = n;
	}
	if (e != OK) {
		wipe(p, n);
		free(p);
		return e;
	}
	*out = (struct bytes){p, n};
	return OK;
}

enum err
read_file(const char *path, size_t max, struct bytes *out)
{
	enum err e;
	int fd, saved;

	*out = BYTES_NONE;
	errno = 0;
	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, max, out);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM;
	e = read_all(fd, max, out);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return e;
}

void
release_bytes(struct bytes *b)
{
	uint8_t *p = (uint8_t *)(uintptr_t)b->p;

	if (p != NULL)
		wipe(p, b->n);
	free(p);
	*b = BYTES_NONE;
}

static enum err
write_all(int fd, struct bytes b)
{
	while (b.n > 0) {
		ssize_t put = write(fd, b.p, b.n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return ERR_SYSTEM;
		b.p += put;
		b.n -= (size_t)put;
	}
	return OK;
}

/* A rename is durable only once its folder is. */
static enum err
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, bad;

	if (slash == NULL)
		(void)snprintf(folder, sizeof(folder), ".");
	else
		(void)snprintf(folder, sizeof(folder), "%.*s",
		    (int)(slash - path + 1), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ERR_SYSTEM;
	bad = fsync(fd);
	(void)close(fd);
	return bad ? ERR_SYSTEM : OK;
}

enum err
write_file_atomic(const char *path, struct bytes b, enum write_mode mode)
{
	char tmp[PATH_MAX];
	enum err e = ERR_SYSTEM;
	int fd, n, saved;

	errno = 0;
	if (strcmp(path, "-") == 0)
		return write_all(STDOUT_FILENO, b);
	n = snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return ERR_SYSTEM;
	}
	fd = mkostemp(tmp, O_CLOEXEC); /* 0600 from the start */
	if (fd < 0)
		return ERR_SYSTEM;
	if (mode == WRITE_PUBLIC) {
		mode_t mask = umask(0);

		(void)umask(mask);
		if (fchmod(fd, 0666 & ~mask) != 0)
			goto out;
	}
	if (write_all(fd, b) != OK || fsync(fd) != 0)
		goto out;
	if (rename(tmp, path) != 0)
		goto out;
	tmp[0] = 0;
	e = sync_folder(path);
out:
	saved = errno;
	(void)close(fd);
	if (tmp[0] != 0)
		(void)unlink(tmp);
	errno = saved;
	return e;
}
