/*
 * victim: does a few things in a known order, for the test of power.
 *
 *   victim DIR          write, sync and rename a file; ask a child something;
 *                       have a thread write; start a hidden process
 *   victim DIR hidden   of another user, not dumpable, with a filter of its
 *                       own, run from a sealed memory file
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define HIDDEN_FD  9
#define HIDDEN_UID 61101

/* A step that is not as it should be: its name, and its number as status. */
static int
failed(const char *step, int status)
{
	fprintf(stderr, "%s: %s\n", step, strerror(errno));
	return status;
}

/* store 1 to 4 */
static int
files(void)
{
	int fd = open("a", O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		return failed("open", 11);
	if (write(fd, "0123456789", 10) != 10)
		return failed("write", 12);
	if (fsync(fd) != 0)
		return failed("fsync", 13);
	(void)close(fd);
	return rename("a", "b") != 0 ? failed("rename", 14) : 0;
}

/* Of the child: receive 1 and send 1. */
static void
child(int fd)
{
	char room[16];
	ssize_t n;

	(void)prctl(PR_SET_NAME, "child");
	n = recv(fd, room, sizeof(room), 0);
	if (n != 8 || send(fd, "an answe", 8, MSG_NOSIGNAL) != 8)
		_exit(1);
	_exit(0);
}

/* send 1 in two pieces, and receive 1 */
static int
frames(void)
{
	char head[2] = "12", body[6] = "345678", room[16];
	struct iovec v[] = {{head, 2}, {body, 6}};
	struct msghdr m = {.msg_iov = v, .msg_iovlen = 2};
	int pair[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return failed("socketpair", 21);
	pid = fork();
	if (pid == 0) {
		(void)close(pair[0]);
		child(pair[1]);
	}
	(void)close(pair[1]);
	if (sendmsg(pair[0], &m, MSG_NOSIGNAL) != 8)
		return failed("sendmsg", 22);
	if (recv(pair[0], room, sizeof(room), MSG_WAITALL) != 8)
		return failed("recv", 23);
	/* what finds nothing is no point */
	(void)recv(pair[0], room, sizeof(room), MSG_DONTWAIT);
	(void)close(pair[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return failed("child", 24);
	return 0;
}

/* store 5 and 6 */
static void *
by_thread(void *arg)
{
	int fd = open("t", O_RDWR | O_CREAT, 0600);

	*(int *)arg = pwrite(fd, "thread", 6, 0) == 6 ? 0 : 31;
	(void)close(fd);
	return NULL;
}

static int
thread(void)
{
	pthread_t t;
	int status = 31;

	if (pthread_create(&t, NULL, by_thread, &status) != 0)
		return 32;
	(void)pthread_join(t, NULL);
	return status;
}

/* store 7; what the memory file takes is none */
static int
hidden_start(void)
{
	static const char *const argv[] = {"victim", ".", "hidden", NULL};
	int self = open("/proc/self/exe", O_RDONLY), status;
	int memory = memfd_create("hidden", MFD_ALLOW_SEALING);
	int fd = open("h", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	pid_t pid;

	while (sendfile(memory, self, NULL, 1 << 20) > 0)
		;
	if (fcntl(memory, F_ADD_SEALS,
		F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		return failed("seals", 41);
	pid = fork();
	if (pid == 0) {
		(void)dup2(fd, HIDDEN_FD);
		(void)fchmod(memory, 0111);
		(void)!setresgid(HIDDEN_UID, HIDDEN_UID, HIDDEN_UID);
		(void)!setresuid(HIDDEN_UID, HIDDEN_UID, HIDDEN_UID);
		(void)syscall(
		    SYS_execveat, memory, "", argv, environ, AT_EMPTY_PATH);
		_exit(failed("execveat", 1));
	}
	(void)close(fd);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return failed("hidden", 42);
	return 0;
}

/* Kill who traces, let all else pass. */
static int
filter(void)
{
	struct sock_filter code[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {4, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

/* Its own store 1 and 2 */
static int
hidden(void)
{
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || filter() != 0)
		return failed("filter", 1);
	if (write(HIDDEN_FD, "hidden", 6) != 6)
		return failed("write", 2);
	return fdatasync(HIDDEN_FD) != 0 ? failed("fdatasync", 3) : 0;
}

int
main(int argc, char **argv)
{
	int status;

	if (argc == 3)
		_exit(hidden()); /* no search for leaks: it would trace */
	if (argc != 2 || chdir(argv[1]) != 0)
		return 2;
	(void)prctl(PR_SET_NAME, "victim");
	status = files();
	if (status == 0)
		status = frames();
	if (status == 0)
		status = thread();
	if (status == 0)
		status = hidden_start();
	return status;
}
