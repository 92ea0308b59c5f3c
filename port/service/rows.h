/*
 * rows: system calls that the processes of a service have.
 */
#ifndef SERVICE_ROWS_H
#define SERVICE_ROWS_H

#include <errno.h>
#include <fcntl.h>
#include <sandbox.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

// clang-format off

/* What any threaded C program needs, and no process: glibc asks clone3 first,
 * whose flags a filter cannot see, and takes clone when there is none. */
#define SERVICE_ROWS_LIFE                                                              \
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

#define SERVICE_ROWS_HTTP \
	/* the HTTP server: sockets it has and those accepted from them */ \
	SANDBOX_CALL(epoll_create1), SANDBOX_CALL(epoll_ctl), \
	SANDBOX_CALL(epoll_wait), SANDBOX_CALL(epoll_pwait), \
	SANDBOX_CALL(eventfd2), SANDBOX_CALL(accept4), SANDBOX_CALL(accept), \
	SANDBOX_CALL(shutdown), SANDBOX_CALL(getsockopt), \
	SANDBOX_CALL(setsockopt), SANDBOX_CALL(getsockname), \
	SANDBOX_CALL(getpeername), SANDBOX_CALL_FAILS(ioctl, ENOTTY)

#define SERVICE_ROWS_FILES \
	/* SQLite: files beneath what Landlock leaves, and their locks.  It \
	 * empties none while opening it, and before Linux 6.2 nobody but this \
	 * filter would keep us from emptying what we may only read. */ \
	SANDBOX_CALL_IF(openat, 2, O_TRUNC, 0), \
	SANDBOX_CALL_IF(open, 1, O_TRUNC, 0), SANDBOX_CALL(fstat), \
	SANDBOX_CALL(stat), SANDBOX_CALL(lstat), SANDBOX_CALL(newfstatat), \
	SANDBOX_CALL(statx), SANDBOX_CALL(access), SANDBOX_CALL(faccessat), \
	SANDBOX_CALL(faccessat2), SANDBOX_CALL(lseek), \
	SANDBOX_CALL(pread64), SANDBOX_CALL(pwrite64), SANDBOX_CALL(fsync), \
	SANDBOX_CALL(fdatasync), SANDBOX_CALL(ftruncate), \
	SANDBOX_CALL(fallocate), SANDBOX_CALL(unlink), \
	SANDBOX_CALL(unlinkat), SANDBOX_CALL(flock), SANDBOX_CALL(fcntl), \
	SANDBOX_CALL(fchmod), SANDBOX_CALL(fchown), SANDBOX_CALL(umask), \
	SANDBOX_CALL(getcwd), SANDBOX_CALL(readlink)

#define SERVICE_ROWS_NO_FILES \
	/* a library that looks for a file finds none */ \
	SANDBOX_CALL_FAILS(openat, EACCES), SANDBOX_CALL_FAILS(open, EACCES), \
	SANDBOX_CALL_FAILS(newfstatat, EACCES), \
	SANDBOX_CALL_FAILS(fstat, EACCES), \
	SANDBOX_CALL_FAILS(readlink, EACCES)

// clang-format on

/* Give up all but this, for good; a failure is logged. */
MUST_CHECK enum err confine_by(const struct sandbox_rules *r);

#endif
