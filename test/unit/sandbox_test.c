/*
 * sandbox_test: what is given up is gone, and a child never had it.
 *
 * Needs root for most of it; without, those tests are skipped and say so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../port/sandbox/sandbox.h"

#define UID_LAUNCHER 61101
#define UID_CHILD    61200
#define CAPS_SPAWN   (UINT64_C(1) << CAP_SETUID | UINT64_C(1) << CAP_SETGID)

static void
need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("skipped: needs root\n");
	skip();
}

/* fn in a process of its own: its exit status, or 128 + its signal. */
static int
apart(int (*fn)(void *), void *arg)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka's handler would go on with the tests in here */
		(void)signal(SIGSEGV, SIG_DFL);
		_exit(fn(arg));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- memory ------------------------------------------------------------ */

static void
test_sealed_bytes(void **state)
{
	struct why why;
	uint64_t size;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(
	    sandbox_seal_bytes("t", BYTES_LIT("abc"), &fd, &why), OK);
	assert_true(sandbox_sealed(fd, &size));
	assert_int_equal(size, 3);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 9), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, 0), -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0111);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(close(fd), 0);
}

static void
test_sealed_file(void **state)
{
	struct why why;
	uint64_t size;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	int fd;

	(void)state;
	assert_true(from >= 0);
	assert_int_equal(fstat(from, &st), 0);
	assert_int_equal(
	    sandbox_seal_file("t", from, UINT64_MAX, &fd, &why), OK);
	assert_true(sandbox_sealed(fd, &size));
	assert_int_equal(size, st.st_size);
	assert_int_equal(close(fd), 0);
	assert_int_equal(
	    sandbox_seal_file("t", from, 99, &fd, &why), ERR_TOO_LONG);
	assert_int_equal(fd, -1);
	assert_int_equal(sandbox_seal_file("t", -1, 99, &fd, &why), ERR_SYSTEM);
	assert_int_equal(why.found_n, EBADF);
	assert_int_equal(close(from), 0);
}

static void
test_not_sealed(void **state)
{
	uint64_t size;
	int fd = memfd_create("t", MFD_ALLOW_SEALING);

	(void)state;
	assert_false(sandbox_sealed(fd, &size));
	/* every seal but the last: could still be opened up to more seals,
	 * and a shared mapping could be written */
	assert_int_equal(
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), 0);
	assert_false(sandbox_sealed(fd, &size));
	assert_int_equal(close(fd), 0);
	fd = open("/dev/null", O_RDONLY);
	assert_false(sandbox_sealed(fd, &size));
	assert_int_equal(close(fd), 0);
}

static int
child_reads(void *arg)
{
	const struct span *s = arg;

	return s->p[0];
}

static void
test_secret(void **state)
{
	struct span s;
	struct why why;
	bool hidden;

	(void)state;
	assert_int_equal(sandbox_secret(40, &s, &hidden, &why), OK);
	assert_int_equal(s.n, 40);
	s.p[0] = 77;
	/* a child has no such memory, or a wiped one */
	assert_int_not_equal(apart(child_reads, &s), 77);
	sandbox_secret_free(&s);
	assert_null(s.p);
	sandbox_secret_free(&s);
}

static void
test_probe(void **state)
{
	struct sandbox_host host;
	struct why why;

	(void)state;
	assert_int_equal(sandbox_probe(&host, &why), OK);
	assert_true(host.landlock >= 1);
	print_message("Landlock ABI %d, memfd_secret %d, MFD_EXEC %d, MDWE "
		      "%d\n",
	    host.landlock, host.memfd_secret, host.memfd_exec, host.mdwe);
}

/* ---- confining oneself -------------------------------------------------- */

static int
becomes(void *arg)
{
	struct why why;

	(void)arg;
	if (sandbox_become(UID_LAUNCHER, 0, &why) != OK)
		return 1;
	if (setuid(0) == 0 || setresuid(0, 0, 0) == 0 || setgid(0) == 0)
		return 2;
	if (prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) != 0 ||
	    prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) != 0)
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 4;
	if (open("/etc/shadow", O_RDONLY) >= 0)
		return 5;
	return getuid() == UID_LAUNCHER && getegid() == UID_LAUNCHER ? 0 : 6;
}

static int
keeps_two_capabilities(void *arg)
{
	struct why why;

	(void)arg;
	if (sandbox_become(UID_LAUNCHER, CAPS_SPAWN, &why) != OK)
		return 1;
	if (prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) != 0 ||
	    prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) != 1)
		return 2;
	/* the kept one works, and root is then a user like any other */
	if (setresuid(0, 0, 0) != 0)
		return 3;
	return chroot("/") == 0 || errno != EPERM ? 4 : 0;
}

static void
test_become(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(sandbox_become(0, 0, &why), ERR_BUG);
	need_root();
	assert_int_equal(apart(becomes, NULL), 0);
	assert_int_equal(apart(keeps_two_capabilities, NULL), 0);
}

static const struct sandbox_call no_sockets[] = {SANDBOX_CALL(socket)};
static const struct sandbox_filter deny = {"t", false, no_sockets, 1};

static int
confined(void *arg)
{
	const char *dir = arg;
	char file[128];
	const struct sandbox_path path[] = {
	    {.path = dir, .write = true}, {.path = "/etc", .write = false}};
	const struct sandbox_rules rules = {
	    .path = path, .n_paths = 2, .filter = &deny};
	struct why why;
	int fd;

	if (sandbox_confine(&rules, &why) != OK) {
		print_error("%s: %s\n", why.what, strerror((int)why.found_n));
		return 1;
	}
	(void)snprintf(file, sizeof(file), "%s/a", dir);
	fd = open(file, O_CREAT | O_RDWR, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1 || unlink(file) != 0)
		return 2;
	if (open("/etc/passwd", O_RDONLY) < 0)
		return 3;
	if (open("/etc/passwd", O_RDWR) >= 0 || errno != EACCES)
		return 4;
	if (open("/etc/tamarind-test", O_CREAT | O_RDWR, 0600) >= 0 ||
	    errno != EACCES)
		return 5;
	if (open("/proc/version", O_RDONLY) >= 0 || errno != EACCES)
		return 6;
	if (execl("/bin/true", "true", NULL) == 0 || errno != EACCES)
		return 7;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 8;
	(void)socket(AF_INET, SOCK_STREAM, 0);
	return 9; /* must not get here */
}

static void
test_confine(void **state)
{
	char dir[] = "/tmp/sandbox-test-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(apart(confined, dir), 128 + SIGSYS);
	assert_int_equal(rmdir(dir), 0);
}

static int
confined_to_nothing(void *arg)
{
	const struct sandbox_path path = {.path = "/no/such/path"};
	struct sandbox_rules rules = {.path = &path, .n_paths = 1};
	struct why why;

	(void)arg;
	if (sandbox_confine(&rules, &why) != ERR_SYSTEM ||
	    strcmp(why.what, "Landlock") != 0 || why.found_n != ENOENT)
		return 1;
	rules.n_paths = 0;
	if (sandbox_confine(&rules, &why) != OK)
		return 2;
	return open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 3;
}

static void
test_confine_refuses(void **state)
{
	(void)state;
	assert_int_equal(apart(confined_to_nothing, NULL), 0);
}

/* ---- children ----------------------------------------------------------- */

struct app {
	pid_t pid;
	int fd; /* our end */
};

static int
image_of(const char *path)
{
	struct why why;
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int fd;

	if (from < 0 ||
	    sandbox_seal_file("app", from, UINT64_MAX, &fd, &why) != OK)
		return -1;
	(void)close(from);
	return fd;
}

/* fd becomes its descriptor 3. */
static enum err
start_with(int image, int fd3, pid_t *pid, struct why *why)
{
	char *argv[] = {"name", NULL};
	int fd[4] = {-1, -1, -1, fd3};
	struct sandbox_child c = {
	    .image = image,
	    .uid = UID_CHILD,
	    .argv = argv,
	    .fd = fd,
	    .n_fds = 4,
	    .dir = -1,
	    .memory = 64 << 20,
	    .filter = &sandbox_app_filter,
	};

	return sandbox_spawn(&c, pid, why);
}

static enum err
start(int image, struct app *out, struct why *why)
{
	int pair[2];
	enum err e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return ERR_SYSTEM;
	e = start_with(image, pair[1], &out->pid, why);
	(void)close(pair[1]);
	out->fd = pair[0];
	if (e != OK)
		(void)close(pair[0]);
	return e;
}

static void
started(const char *path, struct app *out)
{
	struct why why = {0};
	int image = image_of(path);
	enum err e;

	assert_true(image >= 0);
	e = start(image, out, &why);
	if (e != OK)
		print_error("%s: %s\n", why.what ? why.what : "?",
		    strerror((int)why.found_n));
	assert_int_equal(e, OK);
	assert_int_equal(close(image), 0);
}

static int
finished(struct app *a)
{
	int status;

	(void)close(a->fd);
	assert_int_equal(waitpid(a->pid, &status, 0), a->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One call; false: the application is gone. */
static bool
call(struct app *a, const char *in, char *out, size_t room)
{
	size_t n = strlen(in);
	uint8_t head[4] = {0, 0, 0, (uint8_t)n};

	out[0] = 0;
	if (send(a->fd, head, 4, MSG_NOSIGNAL) != 4 ||
	    send(a->fd, in, n, MSG_NOSIGNAL) != (ssize_t)n ||
	    recv(a->fd, head, 4, MSG_WAITALL) != 4)
		return false;
	n = (size_t)head[2] << 8 | head[3];
	assert_true(head[0] == 0 && n < room);
	if (recv(a->fd, out, n, MSG_WAITALL) != (ssize_t)n)
		return false;
	out[n] = 0;
	return true;
}

/* The value of a line of /proc/PID/status. */
static void
status_of(pid_t pid, const char *key, char out[64])
{
	char path[64], line[256];
	FILE *f;

	out[0] = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, strlen(key)) == 0)
			(void)sscanf(line + strlen(key), "%63s", out);
	}
	assert_int_equal(fclose(f), 0);
}

static void
assert_status(pid_t pid, const char *key, const char *value)
{
	char is[64];

	status_of(pid, key, is);
	assert_string_equal(is, value);
}

static void
assert_other_namespace(pid_t pid, const char *kind)
{
	char path[64], theirs[64] = "", ours[64] = "";

	(void)snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	assert_true(readlink(path, theirs, sizeof(theirs) - 1) > 0);
	(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	assert_true(readlink(path, ours, sizeof(ours) - 1) > 0);
	assert_string_not_equal(theirs, ours);
}

static void
test_child(void **state)
{
	static const char *const kinds[] = {
	    "user", "pid", "net", "mnt", "ipc", "uts"};
	struct app a;
	char answer[512];

	(void)state;
	need_root();
	started(EXAMPLES "/ta-hello-1.0.0", &a);
	assert_true(call(&a, "42", answer, sizeof(answer)));
	assert_non_null(strstr(answer, "ta-hello 1.0.0"));
	assert_non_null(strstr(answer, "\"42\""));
	assert_non_null(strstr(answer, "not authenticated"));
	assert_status(a.pid, "Uid:", "61200");
	assert_status(a.pid, "Gid:", "61200");
	assert_status(a.pid, "Seccomp:", "2");
	assert_status(a.pid, "NoNewPrivs:", "1");
	assert_status(a.pid, "CapEff:", "0000000000000000");
	assert_status(a.pid, "CapPrm:", "0000000000000000");
	assert_status(a.pid, "CapBnd:", "0000000000000000");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		assert_other_namespace(a.pid, kinds[i]);
	/* no more calls: it ends by itself */
	assert_int_equal(finished(&a), 0);
}

/* Another process of the same user reads none of its memory. */
static int
same_user_spies(void *arg)
{
	const struct app *a = arg;
	char path[64];
	struct why why;

	if (sandbox_become(UID_CHILD, 0, &why) != OK)
		return 1;
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)a->pid);
	if (open(path, O_RDONLY) >= 0)
		return 2;
	return ptrace(PTRACE_ATTACH, a->pid, NULL, NULL) == 0 ? 3 : 0;
}

static void
test_child_is_not_read(void **state)
{
	struct app a;
	char answer[512];

	(void)state;
	need_root();
	started(EXAMPLES "/ta-hello-1.0.0", &a);
	assert_true(call(&a, "1", answer, sizeof(answer)));
	assert_int_equal(apart(same_user_spies, &a), 0);
	assert_int_equal(finished(&a), 0);
}

static void
test_hostile_child(void **state)
{
	static const char *const killed[] = {"open", "escape", "socket",
	    "ptrace", "fork", "clone", "exec", "execveat", "kill", "unshare",
	    "memory", "uring", "bpf", "userfaultfd", "keyctl", "perf", "code",
	    "setuid", "dump", "mount"};
	struct app a;
	char answer[512];

	(void)state;
	need_root();
	for (size_t i = 0; i < ARRAY_LEN(killed); i++) {
		started(EXAMPLES "/ta-hostile", &a);
		if (call(&a, killed[i], answer, sizeof(answer)))
			fail_msg("%s lived: %s", killed[i], answer);
		assert_int_equal(finished(&a), 128 + SIGSYS);
	}
	started(EXAMPLES "/ta-hostile", &a);
	assert_true(call(&a, "files", answer, sizeof(answer)));
	assert_string_equal(answer, "files: 0");
	assert_int_equal(finished(&a), 0);
}

static void
test_bad_images(void **state)
{
	struct app a;
	struct why why;
	int fd;

	(void)state;
	need_root();
	assert_int_equal(
	    sandbox_seal_bytes("t", BYTES_LIT("#!/bin/sh\n"), &fd, &why), OK);
	assert_int_equal(start(fd, &a, &why), ERR_SYSTEM);
	assert_string_equal(why.what, "child: execution of the image");
	assert_int_equal(close(fd), 0);
	/* dynamically linked: its loader is not there */
	fd = image_of("/bin/true");
	assert_true(fd >= 0);
	assert_int_equal(start(fd, &a, &why), ERR_SYSTEM);
	assert_string_equal(why.what, "child: execution of the image");
	assert_int_equal(close(fd), 0);
	/* not sealed */
	fd = memfd_create("t", MFD_ALLOW_SEALING);
	assert_int_equal(start(fd, &a, &why), ERR_BUG);
	assert_int_equal(close(fd), 0);
}

/* As the launcher does it: an ordinary user with two capabilities. */
static int
launcher_starts(void *arg)
{
	struct why why = {0};
	struct app a;
	char answer[512];
	int image = image_of(EXAMPLES "/ta-hello-2.0.0");

	(void)arg;
	if (image < 0 || sandbox_become(UID_LAUNCHER, CAPS_SPAWN, &why) != OK ||
	    sandbox_filter_load(&sandbox_launcher_filter, &why) != OK)
		return 1;
	if (start(image, &a, &why) != OK) {
		print_error("%s: %s\n", why.what, strerror((int)why.found_n));
		return 2;
	}
	if (!call(&a, "x", answer, sizeof(answer)) ||
	    strstr(answer, "2.0.0") == NULL)
		return 3;
	/* it may end what it started, under whatever user that runs */
	if (kill(a.pid, SIGKILL) != 0 || finished(&a) != 128 + SIGKILL)
		return 4;
	/* and is itself held to its profile */
	(void)socket(AF_INET, SOCK_STREAM, 0);
	return 5;
}

static void
test_launcher(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(apart(launcher_starts, NULL), 128 + SIGSYS);
}

/* What a launcher that dies leaves behind. */
struct orphan {
	int theirs;  /* becomes the application's socket */
	int told[2]; /* a pipe for its pid */
};

/* Starts an application, tells its pid, and dies. */
static int
dies_first(void *arg)
{
	const struct orphan *o = arg;
	struct why why;
	pid_t pid;
	int image = image_of(EXAMPLES "/ta-hello-1.0.0");

	if (image < 0 || start_with(image, o->theirs, &pid, &why) != OK)
		return 1;
	if (write(o->told[1], &pid, sizeof(pid)) != sizeof(pid))
		return 2;
	raise(SIGKILL);
	return 3;
}

/* Its end within a minute; false: it had to be ended. */
static bool
ends(pid_t pid, int *status)
{
	for (int i = 0; i < 6000; i++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		(void)usleep(10000);
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, status, 0);
	return false;
}

static void
test_dies_with_parent(void **state)
{
	struct orphan o;
	int pair[2], status;
	pid_t pid;

	(void)state;
	need_root();
	/* Both ends stay open here: an application whose socket closes would
	 * end by itself, and nothing would be shown. */
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	o.theirs = pair[1];
	assert_int_equal(pipe(o.told), 0);
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
	assert_int_equal(apart(dies_first, &o), 128 + SIGKILL);
	assert_int_equal(
	    read(o.told[0], &pid, sizeof(pid)), (ssize_t)sizeof(pid));
	assert_true(ends(pid, &status));
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(close(o.told[0]) | close(o.told[1]), 0);
	assert_int_equal(close(pair[0]) | close(pair[1]), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sealed_bytes),
	    cmocka_unit_test(test_sealed_file),
	    cmocka_unit_test(test_not_sealed),
	    cmocka_unit_test(test_secret),
	    cmocka_unit_test(test_probe),
	    cmocka_unit_test(test_become),
	    cmocka_unit_test(test_confine),
	    cmocka_unit_test(test_confine_refuses),
	    cmocka_unit_test(test_child),
	    cmocka_unit_test(test_child_is_not_read),
	    cmocka_unit_test(test_hostile_child),
	    cmocka_unit_test(test_bad_images),
	    cmocka_unit_test(test_launcher),
	    cmocka_unit_test(test_dies_with_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
