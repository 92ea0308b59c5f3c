/*
 * profiles: which system calls each kind of process may make.
 *
 * A row is added only with the reason beside it.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

// clang-format off

/* And from its first instruction on: a C library starts. */
#define ROWS_LIFE                                                              \
	SANDBOX_ROWS_LIFE,                                                     \
	SANDBOX_CALL(arch_prctl), SANDBOX_CALL(set_tid_address),               \
	SANDBOX_CALL(uname),                                                   \
	/* asked by stdio of a stream; nothing here is a terminal */           \
	SANDBOX_CALL_FAILS(ioctl, ENOTTY)

static const struct sandbox_call app_rows[] = {
	ROWS_LIFE,
};

static const struct sandbox_call agent_rows[] = {
	ROWS_LIFE,
	/* reads its limits (a null third argument), sets none */
	SANDBOX_CALL_IF(prlimit64, 2, UINT64_MAX, 0),
	/* a static C library looks for its own origin */
	SANDBOX_CALL_FAILS(readlink, ENOENT),
	SANDBOX_CALL_FAILS(readlinkat, ENOENT),
	SANDBOX_CALL_IF(prctl, 0, UINT64_MAX, PR_GET_DUMPABLE),
	SANDBOX_CALL_FAILS(sysinfo, ENOSYS),
	/* the store: files beneath the one directory Landlock leaves */
	SANDBOX_CALL(openat), SANDBOX_CALL(fstat), SANDBOX_CALL(newfstatat),
	SANDBOX_CALL(faccessat), SANDBOX_CALL(faccessat2),
	SANDBOX_CALL(lseek), SANDBOX_CALL(pread64),
	SANDBOX_CALL(fsync), SANDBOX_CALL(getdents64),
	SANDBOX_CALL(unlinkat), SANDBOX_CALL(renameat),
	SANDBOX_CALL(renameat2), SANDBOX_CALL(mkdirat),
	SANDBOX_CALL_IF(fcntl, 1, UINT64_MAX, F_GETFL),
	SANDBOX_CALL_IF(fcntl, 1, UINT64_MAX, F_SETFD),
	/* an application's image, for the launcher */
	SANDBOX_CALL(memfd_create),
	SANDBOX_CALL_IF(fcntl, 1, UINT64_MAX, F_ADD_SEALS),
	/* the broker's connections, the launcher's channel, instances */
	SANDBOX_CALL(accept4), SANDBOX_CALL(recvmsg), SANDBOX_CALL(sendmsg),
	SANDBOX_CALL(recvfrom), SANDBOX_CALL(sendto),
	SANDBOX_CALL_IF(getsockopt, 2, UINT64_MAX, SO_PEERCRED),
};

/* Calls that reach into other processes or into the kernel, and that no
 * process started from a launcher has a use for. */
static const struct sandbox_call launcher_rows[] = {
	SANDBOX_CALL(ptrace), SANDBOX_CALL(process_vm_readv),
	SANDBOX_CALL(process_vm_writev), SANDBOX_CALL(process_madvise),
	SANDBOX_CALL(kcmp), SANDBOX_CALL(pidfd_getfd),
	SANDBOX_CALL(bpf), SANDBOX_CALL(perf_event_open),
	SANDBOX_CALL(userfaultfd), SANDBOX_CALL(io_uring_setup),
	SANDBOX_CALL(io_uring_enter), SANDBOX_CALL(io_uring_register),
	SANDBOX_CALL(keyctl), SANDBOX_CALL(add_key),
	SANDBOX_CALL(request_key),
	SANDBOX_CALL(init_module), SANDBOX_CALL(finit_module),
	SANDBOX_CALL(delete_module), SANDBOX_CALL(kexec_load),
	SANDBOX_CALL(kexec_file_load), SANDBOX_CALL(reboot),
	SANDBOX_CALL(swapon), SANDBOX_CALL(swapoff), SANDBOX_CALL(acct),
	SANDBOX_CALL(iopl), SANDBOX_CALL(ioperm),
	SANDBOX_CALL(open_by_handle_at), SANDBOX_CALL(setns),
	SANDBOX_CALL(chroot), SANDBOX_CALL(personality),
	SANDBOX_CALL(settimeofday), SANDBOX_CALL(clock_settime),
	SANDBOX_CALL(adjtimex), SANDBOX_CALL(clock_adjtime),
	SANDBOX_CALL_UNLESS(socket, 0, AF_UNIX),
};

// clang-format on

#define PROFILE(name, only, rows)                 \
	{                                         \
		name, only, rows, ARRAY_LEN(rows) \
	}

const struct sandbox_filter sandbox_agent_filter =
    PROFILE("agent", true, agent_rows);
const struct sandbox_filter sandbox_app_filter =
    PROFILE("application", true, app_rows);
const struct sandbox_filter sandbox_launcher_filter =
    PROFILE("launcher", false, launcher_rows);
