/* process: what a process of a service inherits, and how it ends. */
#include "service.h"

#include <cmdline.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int
order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

void
keep_only(int *fd, size_t n)
{
	unsigned from = 3;

	qsort(fd, n, sizeof(*fd), order);
	for (size_t i = 0; i < n; i++) {
		unsigned at = (unsigned)fd[i];

		if (at > from)
			(void)close_range(from, at - 1, 0);
		from = at + 1;
	}
	(void)close_range(from, ~0U, 0);
}

bool
stop_process(pid_t pid, unsigned ms)
{
	int64_t until = now_ms() + ms;
	const struct timespec nap = {0, 5000000};
	bool killed = false;
	int status = 0;
	pid_t got;

	if (pid <= 0)
		return true;
	(void)kill(pid, SIGTERM);
	while ((got = waitpid(pid, &status, WNOHANG)) == 0) {
		if (!killed && now_ms() > until) {
			killed = true;
			(void)kill(pid, SIGKILL);
		}
		(void)nanosleep(&nap, NULL);
	}
	return got == pid && !killed && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}
