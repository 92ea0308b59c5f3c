/*
 * sandbox: what a Linux process gives up for good, and how one is started
 * that never had it.                     [design 9, Process TEE requirements]
 *
 * Nothing here is optional unless it says so: where the kernel lacks a
 * mechanism, or refuses it, the function fails and why names the mechanism
 * (what) and the error number of the system (WHY_UINT, found_n).
 *
 * What this does not hold off: root outside with CAP_SYS_PTRACE, and faults
 * of the kernel itself.  docs/threats.md
 *
 * Single-threaded callers only: filters and domains bind the calling thread,
 * and sandbox_spawn copies the process.
 */
#ifndef TAMARIND_SANDBOX_H
#define TAMARIND_SANDBOX_H

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <tamarind/base.h>

/* ---- sealed memory files ---------------------------------------------- */

/*
 * A copy of octets (of a file from its start) in a memory file that nobody
 * can change, grow or shrink any more, close-on-exec, executable but not
 * readable for other users: what runs from it cannot be dumped by its own
 * user.  n and max are at most 2^31.
 * ERR_TOO_LONG: the file exceeds max.  ERR_SYSTEM.
 */
MUST_CHECK enum err sandbox_seal_bytes(
    const char *name, struct bytes in, int *fd, struct why *why);
MUST_CHECK enum err sandbox_seal_file(
    const char *name, int from, uint64_t max, int *fd, struct why *why);

/* Is fd a memory file with all seals?  *size is then final. */
bool sandbox_sealed(int fd, uint64_t *size);

/* ---- secrets ------------------------------------------------------------ */

/* Memory for secrets: never swapped or dumped, wiped in a child of fork.
 * *hidden: it is memfd_secret memory, which even the kernel's own mappings
 * lack (optional).  Released by sandbox_secret_free, which wipes. */
MUST_CHECK enum err sandbox_secret(
    size_t n, struct span *out, bool *hidden, struct why *why);
void sandbox_secret_free(struct span *s);

/* ---- system call tables ------------------------------------------------- */

enum sandbox_test {
	SANDBOX_ALWAYS,
	SANDBOX_IF,     /* (argument & mask) == value */
	SANDBOX_UNLESS, /* argument != value */
};

/* One row: a system call, perhaps only with some values of one argument. */
struct sandbox_call {
	int nr; /* -1: not one of this machine's */
	uint8_t test;
	uint8_t arg;
	uint16_t answer; /* 0: the row's verdict; else fail with this errno */
	uint64_t mask, value;
};

/* Younger machines were never given the older calls. */
#ifndef SYS_open
#define SYS_open       (-1)
#define SYS_stat       (-1)
#define SYS_lstat      (-1)
#define SYS_access     (-1)
#define SYS_poll       (-1)
#define SYS_epoll_wait (-1)
#define SYS_readlink   (-1)
#define SYS_unlink     (-1)
#endif
#ifndef SYS_arch_prctl
#define SYS_arch_prctl (-1)
#endif

// clang-format off
#define SANDBOX_CALL(name) {SYS_##name, SANDBOX_ALWAYS, 0, 0, 0, 0}
#define SANDBOX_CALL_IF(name, arg, mask, value)                                \
	{SYS_##name, SANDBOX_IF, arg, 0, mask, value}
#define SANDBOX_CALL_UNLESS(name, arg, value)                                  \
	{SYS_##name, SANDBOX_UNLESS, arg, 0, 0, value}
#define SANDBOX_CALL_FAILS(name, number)                                       \
	{SYS_##name, SANDBOX_ALWAYS, 0, number, 0, 0}

/* Rows that any C program needs to wait, allocate, tell the time and end.  No
 * process in a sandbox ever makes code: PROT_EXEC has no row. */
#define SANDBOX_ROWS_LIFE                                                      \
	SANDBOX_CALL(read), SANDBOX_CALL(write),                               \
	SANDBOX_CALL(readv), SANDBOX_CALL(writev),                             \
	SANDBOX_CALL(close), SANDBOX_CALL(poll), SANDBOX_CALL(ppoll),          \
	SANDBOX_CALL(exit), SANDBOX_CALL(exit_group),                          \
	SANDBOX_CALL(brk), SANDBOX_CALL(munmap), SANDBOX_CALL(mremap),         \
	SANDBOX_CALL(madvise),                                                 \
	SANDBOX_CALL_IF(mmap, 2, PROT_EXEC, 0),                                \
	SANDBOX_CALL_IF(mprotect, 2, PROT_EXEC, 0),                            \
	SANDBOX_CALL(getrandom), SANDBOX_CALL(clock_gettime),                  \
	SANDBOX_CALL(gettimeofday), SANDBOX_CALL(clock_nanosleep),             \
	SANDBOX_CALL(nanosleep), SANDBOX_CALL(futex),                          \
	SANDBOX_CALL(rt_sigaction), SANDBOX_CALL(rt_sigprocmask),              \
	SANDBOX_CALL(rt_sigreturn), SANDBOX_CALL(restart_syscall),             \
	SANDBOX_CALL(getpid), SANDBOX_CALL(gettid), SANDBOX_CALL(getuid),      \
	SANDBOX_CALL(geteuid), SANDBOX_CALL(getgid), SANDBOX_CALL(getegid),    \
	SANDBOX_CALL(set_robust_list), SANDBOX_CALL(rseq)
// clang-format on

/* A profile.  allow_only: what has no row kills the process.  Otherwise what
 * has a row kills it, and the rest is allowed. */
struct sandbox_filter {
	const char *name;
	bool allow_only;
	const struct sandbox_call *row;
	size_t n;
};

/* The TEEP agent: files beneath one directory, its sockets, memory; no
 * network, no exec, no fork, no executable memory. */
extern const struct sandbox_filter sandbox_agent_filter;
/* A trusted application: memory, clock, randomness, its descriptor. */
extern const struct sandbox_filter sandbox_app_filter;
/* A launcher: everything but tracing other processes, kernel extension,
 * keyrings, io_uring, and new network sockets. */
extern const struct sandbox_filter sandbox_launcher_filter;

/* ---- starting a child --------------------------------------------------- */

#define SANDBOX_FDS_MAX 8

struct sandbox_child {
	int image;  /* sealed memory file: a static ELF executable */
	uid_t uid;  /* of its own, also as gid; above 0 */
	uid_t peer; /* this uid has a number inside too, so that
		     * SO_PEERCRED can name it; 0: none */
	char *const *argv;
	const int *fd;   /* fd[i] becomes descriptor i; -1: closed */
	size_t n_fds;    /* every other descriptor is closed */
	int dir;         /* index in fd of the one directory whose files it may
			  * use, -1: no file at all */
	uint64_t memory; /* most octets of address space */
	const struct sandbox_filter *filter; /* allow_only */
};

/*
 * Start it: new user, pid, net, mount, ipc and uts namespaces; an empty
 * read-only root; uid and gid of its own; no capabilities, none to be gained;
 * no core files; Landlock; seccomp; empty environment; killed when the caller
 * dies.  Needs CAP_SETUID and CAP_SETGID.  When it answers OK the program
 * runs; the caller reaps *pid.
 */
MUST_CHECK enum err sandbox_spawn(
    const struct sandbox_child *c, pid_t *pid, struct why *why);

/* ---- confining the caller ----------------------------------------------- */

/* Become uid (also gid), with no other group and only these capabilities
 * (bits 1 << CAP_*), for good: bounding set, ambient set and no_new_privs
 * included.  Not dumpable, no core files.  Needs root. */
MUST_CHECK enum err sandbox_become(
    uid_t uid, uint64_t keep_caps, struct why *why);

/* Load one profile. */
MUST_CHECK enum err sandbox_filter_load(
    const struct sandbox_filter *f, struct why *why);

/* A file or directory that stays usable; fd is taken if path is NULL. */
struct sandbox_path {
	const char *path;
	int fd;
	bool write; /* also create, remove, rename beneath it */
};

struct sandbox_rules {
	uid_t uid;     /* become this first; 0: stay who I am */
	uint64_t caps; /* with uid: capabilities kept */
	const struct sandbox_path *path;
	size_t n_paths; /* nothing else of the file system; no exec */
	bool connects;  /* TCP connections; else none where the kernel can
			 * tell (Landlock ABI 4) */
	const struct sandbox_filter *filter; /* NULL: none */
};

/* Confine the calling process: everything above in the right order, and
 * without uid at least no_new_privs, not dumpable, no core files. */
MUST_CHECK enum err sandbox_confine(
    const struct sandbox_rules *r, struct why *why);

/* ---- what this kernel has ----------------------------------------------- */

struct sandbox_host {
	int landlock; /* ABI, 0: none */
	bool seccomp, user_namespaces;
	bool admin_needed; /* user namespaces ask for CAP_SYS_ADMIN here */
	/* optional, for the log */
	bool memfd_secret, memfd_exec, mdwe;
};

/* Look, and fail with the name of the first required thing that is absent. */
MUST_CHECK enum err sandbox_probe(struct sandbox_host *out, struct why *why);

#endif
