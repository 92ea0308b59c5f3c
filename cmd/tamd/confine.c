/*
 * confine: each process's system calls and files.
 *
 * What has no row kills the keeper or the TEEP front, and with it the
 * service: a TAM that stands still is better than one that serves somebody
 * else.  The admin front, to which only the operator can speak, loses what
 * reaches into other processes and the network.
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sandbox.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

// clang-format off

/* What any threaded C program needs, and no process: glibc asks clone3 first,
 * whose flags a filter cannot see, and takes clone when there is none. */
#define ROWS_LIFE                                                              \
	SANDBOX_ROWS_LIFE,                                                     \
	SANDBOX_CALL(sigaltstack),                                             \
	/* abort: only itself */                                               \
	SANDBOX_CALL(tgkill),                                                  \
	/* threads */                                                          \
	SANDBOX_CALL_FAILS(clone3, ENOSYS),                                    \
	SANDBOX_CALL_IF(clone, 0, CLONE_THREAD, CLONE_THREAD),                 \
	SANDBOX_CALL(sched_yield), SANDBOX_CALL(sched_getaffinity),            \
	SANDBOX_CALL_IF(prctl, 0, UINT64_MAX, PR_SET_NAME),                    \
	SANDBOX_CALL_IF(prctl, 0, UINT64_MAX, PR_SET_VMA),                     \
	/* reads its limits (a null third argument), sets none */              \
	SANDBOX_CALL_IF(prlimit64, 2, UINT64_MAX, 0),                          \
	SANDBOX_CALL(recvfrom), SANDBOX_CALL(recvmsg),                         \
	SANDBOX_CALL(sendto), SANDBOX_CALL(sendmsg)

static const struct sandbox_call keeper_rows[] = {
	ROWS_LIFE,
	SANDBOX_CALL(shutdown),
	/* a library that looks for a file finds none */
	SANDBOX_CALL_FAILS(openat, EACCES), SANDBOX_CALL_FAILS(open, EACCES),
	SANDBOX_CALL_FAILS(newfstatat, EACCES),
	SANDBOX_CALL_FAILS(fstat, EACCES),
	SANDBOX_CALL_FAILS(readlink, EACCES),
	SANDBOX_CALL_FAILS(ioctl, ENOTTY),
};

static const struct sandbox_call front_rows[] = {
	ROWS_LIFE,
	/* the HTTP server: sockets it has and those accepted from them */
	SANDBOX_CALL(epoll_create1), SANDBOX_CALL(epoll_ctl),
	SANDBOX_CALL(epoll_wait), SANDBOX_CALL(epoll_pwait),
	SANDBOX_CALL(eventfd2), SANDBOX_CALL(accept4), SANDBOX_CALL(accept),
	SANDBOX_CALL(shutdown), SANDBOX_CALL(getsockopt),
	SANDBOX_CALL(setsockopt), SANDBOX_CALL(getsockname),
	SANDBOX_CALL(getpeername), SANDBOX_CALL_FAILS(ioctl, ENOTTY),
	/* SQLite: files beneath what Landlock leaves, and their locks.  It
	 * empties none while opening it, and before Linux 6.2 nobody but this
	 * filter would keep us from emptying what we may only read. */
	SANDBOX_CALL_IF(openat, 2, O_TRUNC, 0),
	SANDBOX_CALL_IF(open, 1, O_TRUNC, 0), SANDBOX_CALL(fstat),
	SANDBOX_CALL(stat), SANDBOX_CALL(lstat), SANDBOX_CALL(newfstatat),
	SANDBOX_CALL(statx), SANDBOX_CALL(access), SANDBOX_CALL(faccessat),
	SANDBOX_CALL(faccessat2), SANDBOX_CALL(lseek),
	SANDBOX_CALL(pread64), SANDBOX_CALL(pwrite64), SANDBOX_CALL(fsync),
	SANDBOX_CALL(fdatasync), SANDBOX_CALL(ftruncate),
	SANDBOX_CALL(fallocate), SANDBOX_CALL(unlink),
	SANDBOX_CALL(unlinkat), SANDBOX_CALL(flock), SANDBOX_CALL(fcntl),
	SANDBOX_CALL(fchmod), SANDBOX_CALL(fchown), SANDBOX_CALL(umask),
	SANDBOX_CALL(getcwd), SANDBOX_CALL(readlink),
	SANDBOX_CALL_FAILS(sysinfo, ENOSYS),
};

// clang-format on

static const struct sandbox_filter keeper_filter = {
    "keeper", true, keeper_rows, ARRAY_LEN(keeper_rows)};
static const struct sandbox_filter front_filter = {
    "front", true, front_rows, ARRAY_LEN(front_rows)};

static enum err
confine(const struct sandbox_rules *r)
{
	struct why why = {0};
	enum err e = sandbox_confine(r, &why);

	if (e != OK)
		log_event(LEVEL_ERROR, "sandbox", LOG_ERR("reason", e),
		    LOG_S("filter", r->filter->name),
		    LOG_S("what", why.what != NULL ? why.what : ""),
		    LOG_N("errno", why.found_n));
	return e;
}

enum err
confine_keeper(const struct settings *s)
{
	const struct sandbox_rules r = {
	    .uid = s->uid_keeper,
	    .filter = &keeper_filter,
	};

	return confine(&r);
}

/* With these two or three folders, and nothing else. */
static enum err
confine_files(const struct settings *s, uid_t uid,
    const struct sandbox_filter *filter, const char *write, const char *read,
    const char *more)
{
	char path[3][PATH_MAX];
	const struct sandbox_path rows[] = {
	    {path[0], -1, true},
	    {path[1], -1, false},
	    {path[2], -1, false},
	};
	const struct sandbox_rules r = {
	    .uid = uid,
	    .path = rows,
	    .n_paths = more == NULL ? 2 : 3,
	    .filter = filter,
	};

	settings_path(s, write, path[0]);
	settings_path(s, read, path[1]);
	settings_path(s, more == NULL ? "" : more, path[2]);
	return confine(&r);
}

enum err
confine_front(const struct settings *s)
{
	return confine_files(
	    s, s->uid_front, &front_filter, "state", "policy", NULL);
}

enum err
confine_admin(const struct settings *s)
{
	return confine_files(s, s->uid_admin, &sandbox_launcher_filter,
	    "policy", "state", DIR_PUBLIC);
}
