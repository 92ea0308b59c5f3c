/*
 * ta-hostile: a trusted application that has been taken over.  A call names
 * one attack; if it succeeds, or is merely refused, the answer says so.  Used
 * by tests only, which see to it that nothing in here gets anywhere.
 *
 * System calls are made directly: no library stands between attack and kernel.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <tamarind/ta.h>

/* An attack answers the value of its system call. */
static long
attack_open(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static long
attack_escape(void)
{
	return syscall(SYS_openat, TA_FD, "../../etc/passwd", O_RDONLY);
}

static long
attack_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static long
attack_ptrace(void)
{
	return syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, 1, 0, 0);
}

static long
attack_fork(void)
{
	return syscall(SYS_fork);
}

static long
attack_clone(void)
{
	return syscall(
	    SYS_clone, 0x10000000 /* CLONE_NEWUSER */ | SIGCHLD, 0, 0, 0, 0);
}

static long
attack_exec(void)
{
	char *const argv[] = {"x", NULL};

	return syscall(SYS_execve, "/proc/self/exe", argv, NULL);
}

/* The way its own image came in. */
static long
attack_execveat(void)
{
	char *const argv[] = {"x", NULL};

	return syscall(SYS_execveat, TA_FD, "", argv, NULL, 0x1000);
}

static long
attack_kill(void)
{
	return syscall(SYS_kill, -1, SIGKILL);
}

static long
attack_unshare(void)
{
	return syscall(SYS_unshare, 0x10000000);
}

static long
attack_memory(void)
{
	return syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
}

static long
attack_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long
attack_bpf(void)
{
	return syscall(SYS_bpf, 0, NULL, 0);
}

static long
attack_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, 0);
}

static long
attack_keyctl(void)
{
	return syscall(SYS_keyctl, 0, -4, 0, 0, 0);
}

static long
attack_perf(void)
{
	return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}

static long
attack_code(void)
{
	return syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long
attack_setuid(void)
{
	return syscall(SYS_setuid, 0);
}

static long
attack_dump(void)
{
	return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long
attack_mount(void)
{
	return syscall(SYS_mount, "none", "/", "proc", 0, NULL);
}

/* 0 if no descriptor but the call's own is open. */
static long
attack_files(void)
{
	uint8_t none;

	for (int fd = 0; fd < 4096; fd++) {
		if (fd != TA_FD && read(fd, &none, 0) == 0)
			return fd + 1;
	}
	return 0;
}

/* More than the limit, as a length and as octets. */
static long
attack_oversize(void)
{
	static const uint8_t head[4] = {0x00, 0x01, 0x00, 0x01};
	static uint8_t body[TA_CALL_MAX + 1];

	(void)ta_write_all(head, sizeof(head));
	return ta_write_all(body, sizeof(body));
}

/* Part of an answer, and then nothing. */
static long
attack_late(void)
{
	static const uint8_t head[4] = {0, 0, 0, 9};

	(void)ta_write_all(head, sizeof(head));
	(void)sleep(30);
	return 0;
}

static long
attack_none(void)
{
	return 0;
}

static const struct {
	const char *name;
	long (*run)(void);
} attack[] = {
    {"none", attack_none},
    {"files", attack_files},
    {"open", attack_open},
    {"escape", attack_escape},
    {"socket", attack_socket},
    {"ptrace", attack_ptrace},
    {"fork", attack_fork},
    {"clone", attack_clone},
    {"exec", attack_exec},
    {"execveat", attack_execveat},
    {"kill", attack_kill},
    {"unshare", attack_unshare},
    {"memory", attack_memory},
    {"uring", attack_uring},
    {"bpf", attack_bpf},
    {"userfaultfd", attack_userfaultfd},
    {"keyctl", attack_keyctl},
    {"perf", attack_perf},
    {"code", attack_code},
    {"setuid", attack_setuid},
    {"dump", attack_dump},
    {"mount", attack_mount},
    {"oversize", attack_oversize},
    {"late", attack_late},
};

int
main(void)
{
	static uint8_t in[TA_CALL_MAX];
	size_t n;

	while (ta_receive(in, sizeof(in) - 1, &n) == TA_CALL) {
		char out[64] = "unknown";

		in[n] = 0;
		for (size_t i = 0; i < sizeof(attack) / sizeof(attack[0]);
		     i++) {
			if (strcmp(attack[i].name, (const char *)in) == 0)
				(void)snprintf(out, sizeof(out), "%s: %ld",
				    attack[i].name, attack[i].run());
		}
		if (ta_answer(out, strlen(out)) != 0)
			return 1;
	}
	return 0;
}
