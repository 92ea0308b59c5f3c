/*
 * calls: which system calls are points, and what each is about.
 *
 * A descriptor is a file, a socket, a pipe or nothing of interest; the three
 * standard ones never are, nor is what the kernel or memory alone holds.
 */
#include "power.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

const char *const kind_name[KINDS] = {
    "none", "store", "load", "send", "receive"};

// clang-format off
#define ROW(name, look, octets, room) \
	{SYS_##name, #name, look, octets, room}

static const struct call calls[] = {
	ROW(write,           LOOK_WRITE,  OCTETS_COUNT,  true),
	ROW(pwrite64,        LOOK_WRITE,  OCTETS_COUNT,  true),
	ROW(writev,          LOOK_WRITE,  OCTETS_IOV,    true),
	ROW(pwritev,         LOOK_WRITE,  OCTETS_IOV,    true),
	ROW(pwritev2,        LOOK_WRITE,  OCTETS_IOV,    true),
	ROW(sendto,          LOOK_WRITE,  OCTETS_COUNT,  false),
	ROW(sendmsg,         LOOK_WRITE,  OCTETS_MSGHDR, false),
	ROW(sendmmsg,        LOOK_WRITE,  OCTETS_NONE,   false),
	ROW(sendfile,        LOOK_WRITE,  OCTETS_NONE,   true),
	ROW(read,            LOOK_READ,   OCTETS_COUNT,  false),
	ROW(pread64,         LOOK_READ,   OCTETS_COUNT,  false),
	ROW(readv,           LOOK_READ,   OCTETS_IOV,    false),
	ROW(preadv,          LOOK_READ,   OCTETS_IOV,    false),
	ROW(recvfrom,        LOOK_READ,   OCTETS_COUNT,  false),
	ROW(recvmsg,         LOOK_READ,   OCTETS_MSGHDR, false),
	ROW(recvmmsg,        LOOK_READ,   OCTETS_NONE,   false),
	ROW(accept,          LOOK_ACCEPT, OCTETS_NONE,   false),
	ROW(accept4,         LOOK_ACCEPT, OCTETS_NONE,   false),
	ROW(fsync,           LOOK_FILE,   OCTETS_NONE,   true),
	ROW(fdatasync,       LOOK_FILE,   OCTETS_NONE,   true),
	ROW(sync_file_range, LOOK_FILE,   OCTETS_NONE,   true),
	ROW(ftruncate,       LOOK_FILE,   OCTETS_NONE,   true),
	ROW(fallocate,       LOOK_FILE,   OCTETS_NONE,   true),
	ROW(fchmod,          LOOK_FILE,   OCTETS_NONE,   false),
	ROW(fchown,          LOOK_FILE,   OCTETS_NONE,   false),
	ROW(fsetxattr,       LOOK_FILE,   OCTETS_NONE,   true),
	ROW(mmap,            LOOK_MMAP,   OCTETS_NONE,   false),
	ROW(open,            LOOK_OPEN,   OCTETS_NONE,   true),
	ROW(openat,          LOOK_OPENAT, OCTETS_NONE,   true),
	ROW(creat,           LOOK_PATH,   OCTETS_NONE,   true),
	ROW(truncate,        LOOK_PATH,   OCTETS_NONE,   true),
	ROW(unlink,          LOOK_PATH,   OCTETS_NONE,   false),
	ROW(rename,          LOOK_PATH,   OCTETS_NONE,   true),
	ROW(link,            LOOK_PATH,   OCTETS_NONE,   true),
	ROW(mkdir,           LOOK_PATH,   OCTETS_NONE,   true),
	ROW(rmdir,           LOOK_PATH,   OCTETS_NONE,   false),
	ROW(chmod,           LOOK_PATH,   OCTETS_NONE,   false),
	ROW(chown,           LOOK_PATH,   OCTETS_NONE,   false),
	ROW(lchown,          LOOK_PATH,   OCTETS_NONE,   false),
	ROW(unlinkat,        LOOK_PATHAT, OCTETS_NONE,   false),
	ROW(renameat,        LOOK_PATHAT, OCTETS_NONE,   true),
	ROW(renameat2,       LOOK_PATHAT, OCTETS_NONE,   true),
	ROW(linkat,          LOOK_PATHAT, OCTETS_NONE,   true),
	ROW(mkdirat,         LOOK_PATHAT, OCTETS_NONE,   true),
	ROW(fchmodat,        LOOK_PATHAT, OCTETS_NONE,   false),
	ROW(fchownat,        LOOK_PATHAT, OCTETS_NONE,   false),
};
// clang-format on

_Static_assert(COUNT(calls) <= CALLS_MAX, "CALLS_MAX");

size_t
calls_numbers(int out[CALLS_MAX])
{
	for (size_t i = 0; i < COUNT(calls); i++)
		out[i] = calls[i].nr;
	return COUNT(calls);
}

static void
link_text(char out[PATH_MAX], pid_t tid, const char *what)
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, what);
	n = readlink(path, out, PATH_MAX - 1);
	out[n < 0 ? 0 : n] = 0;
}

/* Is it a file that a disk keeps, beneath the folder if there is one?  Its
 * name goes to the point. */
static bool
kept(const struct options *o, const char *path, struct point *p)
{
	static const char *const not_kept[] = {
	    "/proc/", "/sys/", "/dev/", "/memfd:"};
	size_t n = o->under == NULL ? 0 : strlen(o->under);

	for (size_t i = 0; i < COUNT(not_kept); i++)
		if (strncmp(path, not_kept[i], strlen(not_kept[i])) == 0)
			return false;
	if (n > 0 && (strncmp(path, o->under, n) != 0 ||
			 (path[n] != '/' && path[n] != 0)))
		return false;
	(void)snprintf(p->target, sizeof(p->target), "%.127s",
	    n > 0 && path[n] == '/' ? path + n + 1 : path);
	for (char *c = p->target; *c != 0; c++) /* a word of the report */
		if (*c == ' ')
			*c = '_';
	return true;
}

static enum kind
of_descriptor(
    pid_t tid, const struct options *o, struct point *p, int fd, bool writes)
{
	char name[32], proc[64], path[PATH_MAX];
	struct stat st;

	if (fd <= STDERR_FILENO)
		return KIND_NONE;
	(void)snprintf(name, sizeof(name), "fd/%d", fd);
	(void)snprintf(proc, sizeof(proc), "/proc/%d/%s", (int)tid, name);
	if (stat(proc, &st) != 0)
		return KIND_NONE;
	if (S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode)) {
		(void)snprintf(p->target, sizeof(p->target), "%s",
		    S_ISSOCK(st.st_mode) ? "socket" : "pipe");
		return writes ? KIND_SEND : KIND_RECEIVE;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return KIND_NONE;
	link_text(path, tid, name);
	if (!kept(o, path, p))
		return KIND_NONE;
	return writes ? KIND_STORE : KIND_LOAD;
}

/* A text in the thread's memory, piece by piece up to the end of a page. */
static bool
read_text(pid_t tid, uint64_t at, char out[PATH_MAX])
{
	size_t n = 0;

	while (n < PATH_MAX) {
		size_t piece = 256 - (at + n) % 256;
		struct iovec here = {out + n, piece};
		struct iovec there = {(void *)(uintptr_t)(at + n), piece};

		if (piece > PATH_MAX - n)
			here.iov_len = there.iov_len = piece = PATH_MAX - n;
		if (process_vm_readv(tid, &here, 1, &there, 1, 0) !=
		    (ssize_t)piece)
			return false;
		if (memchr(out + n, 0, piece) != NULL)
			return true;
		n += piece;
	}
	return false;
}

static enum kind
of_path(pid_t tid, const struct options *o, struct point *p, int folder,
    uint64_t at, bool changes)
{
	char text[PATH_MAX], base[PATH_MAX], whole[2 * PATH_MAX], name[32];

	if (!read_text(tid, at, text))
		return KIND_NONE;
	if (text[0] == '/') {
		(void)snprintf(whole, sizeof(whole), "%s", text);
	} else {
		(void)snprintf(name, sizeof(name), "fd/%d", folder);
		link_text(base, tid, folder == AT_FDCWD ? "cwd" : name);
		(void)snprintf(whole, sizeof(whole), "%s/%s", base, text);
	}
	if (!kept(o, whole, p))
		return KIND_NONE;
	return changes ? KIND_STORE : KIND_LOAD;
}

static bool
creates(uint64_t flags)
{
	return (flags & (O_CREAT | O_TRUNC)) != 0 ||
	       (flags & O_TMPFILE) == O_TMPFILE;
}

static enum kind
kind_of(pid_t tid, const struct options *o, struct point *p)
{
	const uint64_t *a = p->arg;
	int fd = (int)a[0];

	switch (p->call->look) {
	case LOOK_WRITE:
		return of_descriptor(tid, o, p, fd, true);
	case LOOK_READ:
	case LOOK_ACCEPT:
		return of_descriptor(tid, o, p, fd, false);
	case LOOK_FILE:
		return of_descriptor(tid, o, p, fd, true) == KIND_STORE
			   ? KIND_STORE
			   : KIND_NONE;
	case LOOK_MMAP:
		if ((a[3] & MAP_SHARED) == 0 || (a[2] & PROT_WRITE) == 0)
			return KIND_NONE;
		return of_descriptor(tid, o, p, (int)a[4], true) == KIND_STORE
			   ? KIND_STORE
			   : KIND_NONE;
	case LOOK_PATH:
		return of_path(tid, o, p, AT_FDCWD, a[0], true);
	case LOOK_PATHAT:
		return of_path(tid, o, p, fd, a[1], true);
	case LOOK_OPEN:
		return of_path(tid, o, p, AT_FDCWD, a[0], creates(a[1]));
	case LOOK_OPENAT:
		return of_path(tid, o, p, fd, a[1], creates(a[2]));
	}
	return KIND_NONE;
}

bool
calls_point(pid_t tid, int nr, const uint64_t arg[6], const struct options *o,
    struct point *out)
{
	out->call = NULL;
	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i].nr == nr)
			out->call = &calls[i];
	if (out->call == NULL)
		return false;
	memcpy(out->arg, arg, sizeof(out->arg));
	out->target[0] = 0;
	out->kind = kind_of(tid, o, out);
	return out->kind != KIND_NONE;
}
