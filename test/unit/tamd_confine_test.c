/*
 * tamd_confine: what is left to each of tamd's processes, tried by one that
 * was taken over.
 */
#include "rats_support.h"

#include <confine.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct settings s;

static const char *const folders[] = {"policy", "state", "keys", "public"};
static const char *const files[] = {
    FILE_POLICY, FILE_STATE, "keys/x.pem", "public/x.pem"};

static const char *
at(const char *name)
{
	static char path[PATH_MAX];

	settings_path(&s, name, path);
	return path;
}

static int
open_dir(void **state)
{
	(void)state;
	memset(&s, 0, sizeof(s));
	(void)snprintf(s.dir, sizeof(s.dir), "/tmp/tamd-confine-XXXXXX");
	assert_non_null(mkdtemp(s.dir));
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		assert_int_equal(mkdir(at(folders[i]), 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		int fd = open(at(files[i]), O_WRONLY | O_CREAT, 0600);

		assert_int_equal(write(fd, "precious", 8), 8);
		assert_int_equal(close(fd), 0);
	}
	return 0;
}

static int
close_dir(void **state)
{
	(void)state;
	(void)unlink(at("state/new"));
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		(void)unlink(at(files[i]));
	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		assert_int_equal(rmdir(at(folders[i])), 0);
	assert_int_equal(rmdir(s.dir), 0);
	return 0;
}

static bool
can(const char *name, int flags)
{
	int fd = open(at(name), flags, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* What a process tries: 0, or the line where it got what it should not, or
 * did not get what it needs. */
#define NEEDS(x)                         \
	do {                             \
		if (!(x))                \
			return __LINE__; \
	} while (0)

enum who { KEEPER, FRONT, ADMIN, COURIER };

static int
files_of_keeper(void)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		NEEDS(!can(files[i], O_RDONLY));
	NEEDS(!can("state/new", O_WRONLY | O_CREAT));
	return 0;
}

static int
files_of_front(void)
{
	NEEDS(can(FILE_STATE, O_RDWR));
	NEEDS(can("state/new", O_RDWR | O_CREAT));
	NEEDS(can(FILE_POLICY, O_RDONLY));
	NEEDS(!can(FILE_POLICY, O_RDWR));
	NEEDS(!can(FILE_POLICY, O_WRONLY));
	NEEDS(!can("policy/new", O_RDWR | O_CREAT));
	NEEDS(!can("policy/policy.db-journal", O_RDWR | O_CREAT));
	NEEDS(unlink(at(FILE_POLICY)) != 0);
	NEEDS(!can("keys/x.pem", O_RDONLY));
	NEEDS(!can("public/x.pem", O_RDONLY));
	NEEDS(open("/etc/passwd", O_RDONLY) < 0);
	NEEDS(open("/proc/self/mem", O_RDWR) < 0);
	return 0;
}

static int
files_of_admin(void)
{
	NEEDS(can(FILE_POLICY, O_RDWR));
	NEEDS(can(FILE_STATE, O_RDONLY));
	NEEDS(!can(FILE_STATE, O_RDWR));
	NEEDS(!can("state/new", O_RDWR | O_CREAT));
	NEEDS(unlink(at(FILE_STATE)) != 0);
	NEEDS(can("public/x.pem", O_RDONLY));
	NEEDS(!can("public/x.pem", O_RDWR));
	NEEDS(!can("keys/x.pem", O_RDONLY));
	NEEDS(open("/etc/passwd", O_RDONLY) < 0);
	return 0;
}

static int
files_of_courier(void)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		NEEDS(!can(files[i], O_RDONLY));
	NEEDS(!can("state/new", O_RDONLY | O_CREAT));
	NEEDS(open("/etc/passwd", O_RDONLY) < 0);
	NEEDS(open("/proc/self/mem", O_RDONLY) < 0);
	NEEDS(open("/etc/hosts", O_RDONLY) >= 0);
	return 0;
}

/* A client: it connects, and nobody connects to it. */
static int
network_of_courier(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t n = sizeof(a);
	int server = socket(AF_INET, SOCK_STREAM, 0);
	int client = socket(AF_INET, SOCK_STREAM, 0);
	int pair[2];

	NEEDS(server >= 0 && client >= 0);
	NEEDS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	NEEDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
		  pair) == 0);
	/* the kernel may know how to refuse this one */
	(void)bind(server, (struct sockaddr *)&a, n);
	a.sin_port = htons(9);
	NEEDS(connect(client, (struct sockaddr *)&a, n) == 0 ||
	      errno == ECONNREFUSED);
	NEEDS(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
	NEEDS(socket(AF_NETLINK, SOCK_RAW, 0) < 0);
	NEEDS(socket(AF_PACKET, SOCK_RAW, 0) < 0);
	return 0;
}

/* Datagrams of a pair could be connected to any socket of this machine. */
static int
tries_datagrams(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair);
}

static int
tries_packets(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
}

static int
tries_listening(void)
{
	return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

static int
tries_writing(void)
{
	return open(at("state/new"), O_WRONLY | O_CREAT, 0600);
}

/* ---- what kills ------------------------------------------------------------
 */

static int
tries_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
tries_program(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static int
tries_process(void)
{
	return fork();
}

/* Landlock knows of it only since Linux 6.2. */
static int
tries_truncating(void)
{
	return open(at(FILE_POLICY), O_RDONLY | O_TRUNC);
}

static int
tries_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

/* The exit status of what somebody does, or 1000 and the signal. */
static int
done_by(enum who who, int (*what)(void))
{
	static enum err (*const confine[])(const struct settings *) = {
	    confine_keeper, confine_front, confine_admin, confine_courier};
	int pipe_fd[2], line = -1, status;
	pid_t pid;

	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGSYS, SIG_DFL);
		line = confine[who](&s) == OK ? what() : -2;
		if (write(pipe_fd[1], &line, sizeof(line)) < 0)
			_exit(1);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(pipe_fd[1]);
	if (!WIFSIGNALED(status))
		assert_int_equal(
		    read(pipe_fd[0], &line, sizeof(line)), sizeof(line));
	(void)close(pipe_fd[0]);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : line;
}

static void
whole(const char *name)
{
	struct stat f;

	assert_int_equal(stat(at(name), &f), 0);
	assert_int_equal(f.st_size, 8);
}

static void
courier(void **state)
{
	static int (*const kills[])(void) = {tries_listening, tries_datagrams,
	    tries_packets, tries_writing, tries_program, tries_process,
	    tries_code};

	(void)state;
	assert_int_equal(done_by(COURIER, files_of_courier), 0);
	assert_int_equal(done_by(COURIER, network_of_courier), 0);
	for (size_t i = 0; i < ARRAY_LEN(kills); i++)
		assert_int_equal(done_by(COURIER, kills[i]), 1000 + SIGSYS);
}

static void
keeper(void **state)
{
	(void)state;
	assert_int_equal(done_by(KEEPER, files_of_keeper), 0);
	assert_int_equal(done_by(KEEPER, tries_socket), 1000 + SIGSYS);
	assert_int_equal(done_by(KEEPER, tries_program), 1000 + SIGSYS);
	assert_int_equal(done_by(KEEPER, tries_process), 1000 + SIGSYS);
	assert_int_equal(done_by(KEEPER, tries_code), 1000 + SIGSYS);
}

static void
front(void **state)
{
	(void)state;
	assert_int_equal(done_by(FRONT, files_of_front), 0);
	assert_int_equal(done_by(FRONT, tries_socket), 1000 + SIGSYS);
	assert_int_equal(done_by(FRONT, tries_program), 1000 + SIGSYS);
	assert_int_equal(done_by(FRONT, tries_process), 1000 + SIGSYS);
	assert_int_equal(done_by(FRONT, tries_code), 1000 + SIGSYS);
	assert_int_equal(done_by(FRONT, tries_truncating), 1000 + SIGSYS);
	whole(FILE_POLICY);
}

static void
admin(void **state)
{
	(void)state;
	assert_int_equal(done_by(ADMIN, files_of_admin), 0);
	assert_int_equal(done_by(ADMIN, tries_socket), 1000 + SIGSYS);
	whole(FILE_STATE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_dir, close_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(keeper),
	    TEST(front),
	    TEST(admin),
	    TEST(courier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
