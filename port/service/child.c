/* child: processes that a supervisor starts, ends and watches. */
#include "child.h"

#include "service.h"

#include <cmdline.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool
child_start(struct child *c, int (*run)(void *ctx, size_t which), void *ctx,
    size_t which)
{
	pid_t self = getpid(), pid = fork();
	int status;

	if (pid < 0) {
		log_event(LEVEL_ERROR, "fork", LOG_S("process", c->name),
		    LOG_S("error", strerror(errno)));
		return false;
	}
	if (pid > 0) {
		c->pid = pid;
		return true;
	}
	/* nobody outlives the one who watches */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)prctl(PR_SET_NAME, c->name);
	if (getppid() != self)
		_exit(EXIT_REFUSED);
	status = run(ctx, which);
	(void)fflush(NULL);
	/* no handlers of the parent's run in a child */
	_exit(status);
}

bool
child_stop(struct child *c, unsigned ms)
{
	pid_t pid = c->pid;

	c->pid = 0;
	return stop_process(pid, ms);
}

bool
children_alive(struct child *c, size_t n)
{
	int status;
	pid_t pid;
	bool ok = true;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < n; i++) {
			if (c[i].pid != pid)
				continue;
			c[i].pid = 0;
			ok = false;
			log_event(LEVEL_ERROR, "died",
			    LOG_S("process", c[i].name),
			    LOG_N("status", (uint64_t)(WIFEXITED(status)
							   ? WEXITSTATUS(status)
							   : 0)),
			    LOG_N("signal", (uint64_t)(WIFSIGNALED(status)
							   ? WTERMSIG(status)
							   : 0)));
		}
	return ok;
}

int
children_signals(bool hup)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGCHLD);
	if (hup)
		(void)sigaddset(&set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The open file, which may be handed over; ERR_TYPE: it is none. */
static enum err
hand(int fd, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat is;

	if (fd < 0 || fstat(fd, &is) != 0)
		return ERR_SYSTEM;
	if (!S_ISREG(is.st_mode) && !S_ISDIR(is.st_mode))
		return ERR_TYPE;
	return fchown(fd, uid, gid) == 0 && fchmod(fd, mode) == 0 ? OK
								  : ERR_SYSTEM;
}

bool
hand_over(const char *prog, const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	/* Who owns the folder may have put anything there: no link is
	 * followed, and nobody waited for. */
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	enum err e = hand(fd, uid, gid, mode);

	if (e == ERR_TYPE)
		fprintf(stderr, "%s: %s: neither a file nor a folder\n", prog,
		    path);
	else if (e != OK)
		print_err(prog, path, e);
	if (fd >= 0)
		(void)close(fd);
	return e == OK;
}

bool
uids_differ(const uid_t *uid, size_t n, bool *none)
{
	size_t given = 0;
	bool same = false;

	for (size_t i = 0; i < n; i++) {
		given += uid[i] != 0;
		for (size_t k = 0; k < i; k++)
			same = same || uid[i] == uid[k];
	}
	*none = given == 0;
	return given == n && !same;
}

void
children_ready(const char *port_file, unsigned port)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u\n", port);
	if (write_file_atomic(port_file, bytes_of_text(text), WRITE_PUBLIC) !=
	    OK)
		log_event(LEVEL_WARN, "port-file", LOG_S("file", port_file),
		    LOG_S("error", strerror(errno)));
	notify("READY=1");
}
