/* socket: the place of a listening Unix socket, before it is bound. */
#include "cmdline.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Does a process take connections there?  A full queue is one, too. */
static bool
is_served(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served;

	if (fd < 0)
		return true; /* unknown: nothing is taken away */
	served = connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 ||
		 errno == EAGAIN;
	(void)close(fd);
	return served;
}

enum err
socket_make_way(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;

	if (strlen(path) >= sizeof(a.sun_path))
		return ERR_TOO_LONG;
	memcpy(a.sun_path, path, strlen(path));
	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return OK;
	if (is_served(&a))
		return ERR_EXISTS;
	return unlink(path) == 0 ? OK : ERR_SYSTEM;
}
