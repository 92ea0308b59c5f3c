/*
 * landlock: the part of the file system that is left, by raw system calls.
 *
 * Every right the running kernel knows is denied, then given back beneath
 * single paths.  Nothing is given to anybody: executing, devices, sockets,
 * symbolic links.  Newer kernels also deny TCP, abstract sockets and signals
 * to the outside; older ones have namespaces and filters for that.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Written out: the header of a 6.1 system stops at the second ABI. */
struct ruleset {
	uint64_t fs, net, scoped;
};

#define FS_ABI1    ((UINT64_C(1) << 13) - 1)
#define FS_REFER   (UINT64_C(1) << 13) /* ABI 2: rename between folders */
#define FS_TRUNC   (UINT64_C(1) << 14) /* ABI 3 */
#define FS_IOCTL   (UINT64_C(1) << 15) /* ABI 5 */
#define NET_ALL    UINT64_C(3)         /* ABI 4: TCP bind, connect */
#define NET_BIND   UINT64_C(1)
#define SCOPED_ALL UINT64_C(3) /* ABI 6: abstract sockets, signals */

#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_WRITE                                                             \
	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                           \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |      \
	    FS_REFER | FS_TRUNC)
/* The rights that a single file can carry. */
#define FS_OF_FILE                                                      \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	    FS_TRUNC)

int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 1 ? 0 : (int)abi;
}

static struct ruleset
everything(int abi, size_t *size)
{
	struct ruleset r = {.fs = FS_ABI1};

	if (abi >= 2)
		r.fs |= FS_REFER;
	if (abi >= 3)
		r.fs |= FS_TRUNC;
	if (abi >= 5)
		r.fs |= FS_IOCTL;
	if (abi >= 4)
		r.net = NET_ALL;
	if (abi >= 6)
		r.scoped = SCOPED_ALL;
	*size = sizeof(r.fs);
	if (abi >= 4)
		*size += sizeof(r.net);
	if (abi >= 6)
		*size += sizeof(r.scoped);
	return r;
}

/* Give back what p says; -1 with errno. */
static int
allow(int ruleset, uint64_t handled, const struct sandbox_path *p)
{
	struct landlock_path_beneath_attr rule = {
	    .allowed_access = (p->write ? FS_WRITE : FS_READ) & handled};
	struct stat st;
	int fd = p->fd, r = -1;

	if (p->path != NULL)
		fd = open(p->path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			rule.allowed_access &= FS_OF_FILE;
		rule.parent_fd = fd;
		r = (int)syscall(SYS_landlock_add_rule, ruleset,
		    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	}
	if (p->path != NULL) {
		int saved = errno;

		(void)close(fd);
		errno = saved;
	}
	return r;
}

int
step_landlock(const struct sandbox_path *path, size_t n, bool connects)
{
	int abi = landlock_abi();
	size_t size;
	struct ruleset all = everything(abi, &size);
	int fd, r = 0, saved;

	if (abi < 1)
		return -1;
	if (connects)
		all.net &= NET_BIND;
	fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < n && r == 0; i++)
		r = allow(fd, all.fs, &path[i]);
	if (r == 0)
		r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return r;
}
