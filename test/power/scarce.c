/*
 * scarce: runs a program and everything it starts, and lets the n-th
 * allocation of one of its processes fail.
 *
 * usage: scarce PAGE PROGRAM [ARGUMENT...]
 *
 * The programs are those that are shipped: a breakpoint at the entrance of
 * each allocating function counts, and what is to fail is sent on with a size
 * that no allocator grants (or, where that would be AddressSanitizer's to
 * report, into a function that sets errno and answers NULL).  So it reaches
 * what no environment variable does: a static program started from a sealed
 * memory file with an empty environment, in its sandbox.
 *
 * PAGE is a file of one struct page, shared with whoever gives the orders;
 * they may change while the program runs.  A role is the name of the
 * executable, or the name that a copy of it has given itself since.
 * x86-64 only.
 */
#include "scarce.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASKS_MAX 512
#define OPTIONS                                                           \
	(PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	    PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* What the orders and the findings are; scarce.py has the same layout. */
struct page {
	char role[32];
	uint64_t armed; /* count, and fail */
	uint64_t at;    /* the one to fail, from 1; 0: none */
	uint64_t on;    /* and all after it */
	uint64_t lift;  /* none fails any more: take the breakpoints away */
	uint64_t seen, failed;
	uint64_t caller; /* of the first that failed, in its file */
	uint64_t crash;  /* a signal that nobody sent */
	char crashed[32];
};

struct task {
	pid_t pid; /* 0: free */
	char role[32];
};

static volatile struct page *page;
static struct task tasks[TASKS_MAX];

static _Noreturn void
fail(const char *what)
{
	(void)fprintf(stderr, "scarce: %s: %s\n", what, strerror(errno));
	exit(125);
}

static struct task *
task_of(pid_t pid)
{
	struct task *unused = NULL;

	for (size_t i = 0; i < TASKS_MAX; i++) {
		if (tasks[i].pid == pid)
			return &tasks[i];
		if (tasks[i].pid == 0 && unused == NULL)
			unused = &tasks[i];
	}
	if (unused == NULL) {
		errno = ENOSPC;
		fail("tasks");
	}
	*unused = (struct task){.pid = pid};
	return unused;
}

/* First line of a file of /proc, or what a link there says. */
static void
proc_text(pid_t pid, const char *name, char *out, size_t room)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	n = readlink(path, out, room - 1);
	if (n < 0 && (fd = open(path, O_RDONLY | O_CLOEXEC)) >= 0) {
		n = read(fd, out, room - 1);
		(void)close(fd);
	}
	out[n > 0 ? n : 0] = 0;
	out[strcspn(out, "\n")] = 0;
}

static pid_t
process_of(pid_t task)
{
	char text[1024], path[64];
	const char *at;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)task);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return task;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, "\nTgid:");
	return at != NULL ? (pid_t)atoi(at + 6) : task;
}

/* "/memfd:teep-agent (deleted)" is teep-agent; a tamd that calls itself
 * front is front. */
static const char *
role_of(struct task *t)
{
	char exe[PATH_MAX], comm[32];
	const char *name;
	pid_t pid;

	if (t->role[0] != 0)
		return t->role;
	pid = process_of(t->pid);
	proc_text(pid, "exe", exe, sizeof(exe));
	proc_text(pid, "comm", comm, sizeof(comm));
	name = strrchr(exe, '/');
	name = name != NULL ? name + 1 : exe;
	if (strncmp(name, "memfd:", 6) == 0)
		name += 6;
	else if (strncmp(name, comm, 15) != 0)
		name = comm;
	(void)snprintf(
	    t->role, sizeof(t->role), "%.*s", (int)strcspn(name, " "), name);
	return t->role;
}

/* ---- breakpoints --------------------------------------------------------- */

static void
resume(pid_t pid, int sig)
{
	/* ESRCH: killed meanwhile; its end is reported like any other */
	if (ptrace(PTRACE_CONT, pid, 0, (long)sig) != 0 && errno != ESRCH)
		fail("PTRACE_CONT");
}

/* Does this allocation fail?  Counts it. */
static bool
is_due(struct task *t, uint64_t caller)
{
	uint64_t n;

	if (!page->armed || strcmp(role_of(t), (const char *)page->role) != 0)
		return false;
	n = ++page->seen;
	if (page->at == 0 || n < page->at || (n > page->at && !page->on))
		return false;
	if (page->failed++ == 0)
		page->caller = caller;
	return true;
}

/* Will there be nothing to do for it until it ends? */
static bool
is_over(void)
{
	return page->lift && (!page->armed || (page->failed > 0 && !page->on));
}

/* The first instruction of most is easily done for them; the others run it
 * alone, with the breakpoint away.  *sig: what came in between. */
static void
pass(pid_t pid, const struct stop *s, struct user_regs_struct *r, int *sig)
{
	int status;

	r->rip = s->at;
	if (s->endbr) {
		r->rip += 4;
	} else if (s->push != STOP_NO_PUSH) {
		const unsigned long long *from =
		    (const unsigned long long *)(const void *)((const char *)r +
							       s->push);

		r->rsp -= 8;
		if (ptrace(PTRACE_POKEDATA, pid, r->rsp, *from) != 0)
			return; /* gone */
		r->rip += s->push_n;
	} else {
		if (ptrace(PTRACE_SETREGS, pid, 0, r) != 0 ||
		    !stop_put(pid, s->at, s->byte) ||
		    ptrace(PTRACE_SINGLESTEP, pid, 0, 0) != 0 ||
		    waitpid(pid, &status, __WALL) != pid)
			return;
		if (WIFSTOPPED(status) && WSTOPSIG(status) != SIGTRAP)
			*sig = WSTOPSIG(status);
		(void)stop_put(pid, s->at, STOP_BYTE);
		return;
	}
	(void)ptrace(PTRACE_SETREGS, pid, 0, r);
}

static void
on_stop(pid_t pid, const struct stop *s, struct user_regs_struct *r)
{
	uint64_t caller = (uint64_t)ptrace(PTRACE_PEEKDATA, pid, r->rsp, 0);
	int sig = 0;

	if (s->kind == STOP_START || is_over()) {
		(void)stop_put(pid, s->at, s->byte);
		r->rip = s->at;
		(void)ptrace(PTRACE_SETREGS, pid, 0, r);
		if (s->kind == STOP_START)
			stops_begin(pid, s->base);
	} else if (is_due(task_of(pid), caller - s->base)) {
		stop_refuse(s, r, caller);
		if (r->rip == s->at)
			pass(pid, s, r, &sig);
		else
			(void)ptrace(PTRACE_SETREGS, pid, 0, r);
	} else {
		pass(pid, s, r, &sig);
	}
	resume(pid, sig);
}

/* ---- the loop ------------------------------------------------------------ */

static void
note_crash(pid_t pid, int sig)
{
	if (sig != SIGSEGV && sig != SIGABRT && sig != SIGBUS &&
	    sig != SIGILL && sig != SIGFPE && sig != SIGSYS)
		return;
	if (page->crash != 0)
		return;
	(void)snprintf((char *)page->crashed, sizeof(page->crashed), "%s",
	    role_of(task_of(pid)));
	page->crash = (uint64_t)sig;
}

static void
stopped(pid_t pid, int status)
{
	struct user_regs_struct r;
	const struct stop *s;
	int sig = WSTOPSIG(status), event = status >> 16;

	if (event == PTRACE_EVENT_EXEC) {
		*task_of(pid) = (struct task){.pid = pid};
		stops_exec(pid);
	}
	if (event == PTRACE_EVENT_STOP && sig != SIGTRAP) {
		(void)ptrace(PTRACE_LISTEN, pid, 0, 0);
		return;
	}
	if (event != 0) {
		resume(pid, 0);
		return;
	}
	if (sig == SIGTRAP && ptrace(PTRACE_GETREGS, pid, 0, &r) == 0 &&
	    (s = stop_find(r.rip - 1)) != NULL) {
		on_stop(pid, s, &r);
		return;
	}
	note_crash(pid, sig);
	resume(pid, sig);
}

static pid_t first;

static void
pass_on(int sig)
{
	(void)kill(first, sig);
}

static int
watch(void)
{
	int status, result = 125;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return result;
		if (WIFSTOPPED(status)) {
			stopped(pid, status);
			continue;
		}
		if (WIFSIGNALED(status))
			note_crash(pid, WTERMSIG(status));
		if (pid == first)
			result = WIFEXITED(status) ? WEXITSTATUS(status)
						   : 128 + WTERMSIG(status);
		*task_of(pid) = (struct task){0};
	}
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc < 3) {
		(void)fputs(
		    "usage: scarce PAGE PROGRAM [ARGUMENT...]\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	page = fd < 0 ? MAP_FAILED
		      : mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		fail(argv[1]);
	first = fork();
	if (first < 0)
		fail("fork");
	if (first == 0) {
		(void)raise(SIGSTOP);
		(void)execv(argv[2], argv + 2);
		fail(argv[2]);
	}
	if (waitpid(first, NULL, WUNTRACED) != first ||
	    ptrace(PTRACE_SEIZE, first, 0, OPTIONS) != 0)
		fail("PTRACE_SEIZE");
	(void)kill(first, SIGCONT);
	(void)signal(SIGTERM, pass_on);
	(void)signal(SIGHUP, pass_on);
	return watch();
}
