/*
 * serve: the admin front alone, over empty databases in a folder.
 */
#include <cmdline.h>
#include <policy.h>
#include <signal.h>
#include <state.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <tamd.h>
#include <unistd.h>

static int
listening(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || strlen(path) >= sizeof(a.sun_path))
		return -1;
	memcpy(a.sun_path, path, strlen(path));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(fd, 16) == 0)
		return fd;
	close(fd);
	return -1;
}

int
main(int argc, char **argv)
{
	struct settings s;
	char path[PATH_MAX];
	sigset_t set;
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(s.dir))
		return EXIT_USAGE;
	settings_default(&s);
	memcpy(s.dir, argv[1], strlen(argv[1]) + 1);
	s.operator_uid = getuid();
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	settings_path(&s, "policy", path);
	(void)mkdir(path, 0700);
	settings_path(&s, "state", path);
	(void)mkdir(path, 0700);
	settings_path(&s, FILE_POLICY, path);
	if (policy_create(path) != OK)
		return EXIT_REFUSED;
	settings_path(&s, FILE_STATE, path);
	if (state_create(path) != OK)
		return EXIT_REFUSED;
	settings_path(&s, "admin.sock", path);
	fd = listening(path);
	return fd < 0 ? EXIT_REFUSED : admin_run(&s, fd);
}
