/*
 * unfinished: a mark that stands while `tamd init` is at work.
 *
 * If init is killed or its disk is full, nobody knows the keys that it made
 * yet: where the mark stands, the next init takes everything away and begins
 * anew, and nothing runs.  Where it does not, nothing is ever taken away.
 */
#include "parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define FILE_UNFINISHED "init.unfinished"

static bool
failed(const char *path, enum err e)
{
	print_err(TAMD, path, e);
	return false;
}

/* The files of one folder, and then itself. */
static bool
folder_remove(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *one;
	bool ok = true;

	if (d == NULL)
		return errno == ENOENT || failed(path, ERR_SYSTEM);
	while (ok && (one = readdir(d)) != NULL) {
		if (strcmp(one->d_name, ".") == 0 ||
		    strcmp(one->d_name, "..") == 0)
			continue;
		ok = unlinkat(dirfd(d), one->d_name, 0) == 0;
	}
	ok = ok && rmdir(path) == 0;
	if (!ok)
		(void)failed(path, ERR_SYSTEM);
	(void)closedir(d);
	return ok;
}

bool
leftovers_remove(const char *folder, const char *name)
{
	DIR *d = opendir(folder);
	size_t n = strlen(name);
	struct dirent *one;
	bool ok = true;

	if (d == NULL)
		return failed(folder, ERR_SYSTEM);
	while (ok && (one = readdir(d)) != NULL)
		if (strncmp(one->d_name, name, n) == 0 && one->d_name[n] == '.')
			ok = unlinkat(dirfd(d), one->d_name, 0) == 0;
	if (!ok)
		(void)failed(folder, ERR_SYSTEM);
	(void)closedir(d);
	return ok;
}

static bool
all_remove(const struct settings *s, const char *const *folder, size_t n)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < n; i++) {
		settings_path(s, folder[i], path);
		if (!folder_remove(path))
			return false;
	}
	settings_path(s, FILE_CONFIG, path);
	if (!leftovers_remove(s->dir, FILE_CONFIG))
		return false;
	return unlink(path) == 0 || errno == ENOENT || failed(path, ERR_SYSTEM);
}

/* Is there anything that could be somebody's? */
static bool
is_free(const struct settings *s, const char *const *folder, size_t n)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < n; i++) {
		settings_path(s, folder[i], path);
		if (access(path, F_OK) == 0)
			return failed(path, ERR_EXISTS);
	}
	return true;
}

bool
unfinished_is(const struct settings *s)
{
	char path[PATH_MAX];

	settings_path(s, FILE_UNFINISHED, path);
	return access(path, F_OK) == 0;
}

int
unfinished_begin(const struct settings *s, const char *const *folder, size_t n)
{
	bool again = unfinished_is(s);
	char path[PATH_MAX];
	int fd;

	if (!again && !is_free(s, folder, n))
		return -1;
	settings_path(s, FILE_UNFINISHED, path);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		(void)failed(path, ERR_SYSTEM);
		return -1;
	}
	/* held until the process ends, however it does */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)failed(
		    path, errno == EWOULDBLOCK ? ERR_BUSY : ERR_SYSTEM);
	} else if (fsync(fd) != 0) {
		(void)failed(path, ERR_SYSTEM);
	} else if (!again || all_remove(s, folder, n)) {
		return fd;
	}
	(void)close(fd);
	return -1;
}

bool
unfinished_end(const struct settings *s)
{
	int dir = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char path[PATH_MAX];
	bool ok;

	settings_path(s, FILE_UNFINISHED, path);
	/* what it marks must be there before it goes */
	ok =
	    dir >= 0 && fsync(dir) == 0 && unlink(path) == 0 && fsync(dir) == 0;
	if (!ok)
		(void)failed(path, ERR_SYSTEM);
	if (dir >= 0)
		(void)close(dir);
	return ok;
}
