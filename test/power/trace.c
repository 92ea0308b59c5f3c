/*
 * trace: follow every process and thread of a program, count, and act once.
 *
 * A filter makes the kernel stop a thread at each call of the table, before
 * the call.  It is inherited, and no filter that the program loads itself can
 * take it away; the tracer is there before the program's first instruction.
 * What is read is counted when there was something: a call that found nothing
 * is no frame.  Whoever traces dies last: if this program is killed, all that
 * it traces is.
 */
#include "power.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 1024
#define FAILED      125
#define AFTER_CALL  (SIGTRAP | 0x80)

static struct thread {
	pid_t tid, tgid;
	bool inside; /* of a call whose end is to be seen */
	bool dies;   /* at that end */
	struct point point;
} threads[THREADS_MAX];

static volatile sig_atomic_t main_pid;
static bool armed, over; /* the point is reached; what was asked is done */

/* ---- the program ----------------------------------------------------------
 */

/* Stop at the calls of the table, let all else pass. */
static bool
filter_load(void)
{
	struct sock_filter code[2 * CALLS_MAX + 8];
	int nr[CALLS_MAX];
	size_t n = 0, calls = calls_numbers(nr);
	struct sock_fprog prog;

	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(
	    BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < calls; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(
		    BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	}
	code[n++] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog = (struct sock_fprog){(unsigned short)n, code};
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0;
}

/* Become the program once the tracer is there. */
static void
become(char **argv, int go)
{
	char byte;

	if (read(go, &byte, 1) != 1 || !filter_load()) {
		perror("power: filter");
		_exit(FAILED);
	}
	(void)close(go);
	(void)execvp(argv[0], argv);
	fprintf(stderr, "power: %s: %s\n", argv[0], strerror(errno));
	_exit(FAILED);
}

static bool
start(char **argv)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD |
			     PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACEEXEC;
	int go[2];
	pid_t pid;

	if (pipe(go) != 0)
		return false;
	pid = fork();
	if (pid == 0) {
		(void)close(go[1]);
		become(argv, go[0]);
	}
	(void)close(go[0]);
	if (pid > 0 && ptrace(PTRACE_SEIZE, pid, NULL, options) == 0 &&
	    write(go[1], "", 1) == 1) {
		(void)close(go[1]);
		main_pid = pid;
		return true;
	}
	(void)close(go[1]);
	return false;
}

static void
pass_on(int sig)
{
	if (main_pid > 0)
		(void)kill((pid_t)main_pid, sig);
}

static void
signals_pass(void)
{
	static const int passed[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
	struct sigaction a = {.sa_handler = pass_on};

	for (size_t i = 0; i < COUNT(passed); i++)
		(void)sigaction(passed[i], &a, NULL);
}

/* ---- threads --------------------------------------------------------------
 */

static pid_t
tgid_of(pid_t tid)
{
	char path[64], line[128];
	int tgid = tid;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	f = fopen(path, "r");
	if (f == NULL)
		return tid;
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Tgid: %d", &tgid) == 1)
			break;
	(void)fclose(f);
	return tgid;
}

static struct thread *
thread_of(pid_t tid)
{
	struct thread *none = NULL;

	for (size_t i = 0; i < THREADS_MAX; i++) {
		if (threads[i].tid == tid)
			return &threads[i];
		if (none == NULL && threads[i].tid == 0)
			none = &threads[i];
	}
	if (none == NULL) {
		fprintf(stderr, "power: more than %d threads\n", THREADS_MAX);
		exit(FAILED);
	}
	*none = (struct thread){.tid = tid, .tgid = tgid_of(tid)};
	return none;
}

static void
thread_gone(pid_t tid)
{
	for (size_t i = 0; i < THREADS_MAX; i++)
		if (threads[i].tid == tid)
			threads[i].tid = 0;
}

/* ---- acting ---------------------------------------------------------------
 */

static void
say(const struct options *o, const char *word, const struct role *r,
    const struct point *p, const char *what)
{
	fprintf(o->report, "%s %s %s %llu %s %s %s\n", word, r->name,
	    kind_name[p->kind], (unsigned long long)r->n[p->kind],
	    p->call->name, p->target, what);
}

static void
die(const struct options *o, const struct thread *t)
{
	if (!o->whole) {
		(void)kill(t->tgid, SIGKILL);
		return;
	}
	for (size_t i = 0; i < THREADS_MAX; i++)
		if (threads[i].tid != 0)
			(void)kill(threads[i].tgid, SIGKILL);
}

/* Can it be done to this call? */
static bool
fits(const struct options *o, const struct point *p)
{
	bool writes = p->kind == KIND_STORE || p->kind == KIND_SEND;

	switch (o->act) {
	case ACT_COUNT:
		return false;
	case ACT_TORN:
		return writes && p->call->octets != OCTETS_NONE;
	case ACT_SHORT:
		return p->call->octets == OCTETS_COUNT && p->arg[2] > 1;
	case ACT_ERROR:
		return o->error != ENOSPC ||
		       (p->kind == KIND_STORE && p->call->needs_room);
	case ACT_KILL_BEFORE:
	case ACT_KILL_AFTER:
		return true;
	}
	return false;
}

/* A disk that is broken is broken for reading too; an end of a connection
 * works in both directions or in none. */
static bool
same_device(enum kind a, enum kind b)
{
	bool disk_a = a == KIND_STORE || a == KIND_LOAD;
	bool disk_b = b == KIND_STORE || b == KIND_LOAD;

	return disk_a == disk_b;
}

/* Is this the one, or one of those after it? */
static bool
meant(const struct options *o, struct role *r, const struct point *p)
{
	if (o->role == NULL || strcmp(o->role, r->name) != 0)
		return false;
	if (p->kind == o->kind && r->n[p->kind] >= o->at)
		armed = true;
	if (!armed || (over && !o->stay) || !fits(o, p))
		return false;
	if (over ? !same_device(p->kind, o->kind) : p->kind != o->kind)
		return false;
	if (!over || r->hits < 8)
		say(o, "hit", r, p,
		    o->act == ACT_ERROR ? o->error_name : "done");
	over = true;
	r->hits++;
	return true;
}

static struct role *
count(const struct options *o, const struct thread *t, const struct point *p)
{
	struct role *r = roles_of(t->tgid);

	if (r == NULL) {
		fprintf(stderr, "power: too many processes\n");
		exit(FAILED);
	}
	r->n[p->kind]++;
	if (o->role == NULL || strcmp(r->name, o->role) == 0)
		say(o, "point", r, p,
		    p->call->octets == OCTETS_NONE ? "-" : "octets");
	return r;
}

/* A connection that was taken and is not told of would stay open: refused
 * beforehand, it waits for the next call. */
static bool
refuses_accept(const struct options *o, const struct thread *t)
{
	const struct role *r = roles_of(t->tgid);

	return o->act == ACT_ERROR && (!over || o->stay) && r != NULL &&
	       o->role != NULL && strcmp(o->role, r->name) == 0 &&
	       o->kind == KIND_RECEIVE && t->point.call->look == LOOK_ACCEPT &&
	       r->n[KIND_RECEIVE] + 1 >= o->at;
}

/* Before the call; true: its end must be seen, too. */
static bool
before_call(const struct options *o, struct thread *t)
{
	struct role *r;

	if (t->point.kind == KIND_RECEIVE && !refuses_accept(o, t))
		return true;
	r = count(o, t, &t->point);
	if (!meant(o, r, &t->point))
		return false;
	switch (o->act) {
	case ACT_KILL_BEFORE:
		die(o, t);
		return false;
	case ACT_ERROR:
		(void)regs_refuse(t->tid, o->error);
		return false;
	case ACT_SHORT:
		(void)regs_set_count(t->tid, t->point.arg[2] / 2);
		return false;
	case ACT_TORN:
		if (!tear(t->tid, &t->point))
			perror("power: tear");
		t->dies = true;
		return true;
	case ACT_KILL_AFTER:
		t->dies = true;
		return true;
	case ACT_COUNT:
		break;
	}
	return false;
}

/* Its answer is there, and the program has not seen it yet. */
static void
after_call(const struct options *o, struct thread *t, int64_t answer)
{
	struct role *r;
	bool some =
	    t->point.call->look == LOOK_ACCEPT ? answer >= 0 : answer > 0;

	t->inside = false;
	if (t->dies) {
		die(o, t);
		return;
	}
	if (!some)
		return;
	r = count(o, t, &t->point);
	if (!meant(o, r, &t->point))
		return;
	if (o->act == ACT_ERROR)
		(void)regs_fail(t->tid, o->error);
	else if (o->act != ACT_SHORT)
		die(o, t);
}

/* ---- following ------------------------------------------------------------
 */

/* A thread has stopped; how it is to go on. */
static enum __ptrace_request
stopped(const struct options *o, pid_t tid, int status, long *sig)
{
	struct thread *t = thread_of(tid);
	struct __ptrace_syscall_info i;
	int event = status >> 16, s = WSTOPSIG(status);

	*sig = 0;
	if (event == PTRACE_EVENT_EXEC) {
		t->inside = t->dies = false;
		t->tgid = tgid_of(tid);
		return PTRACE_CONT;
	}
	if (event == PTRACE_EVENT_STOP)
		return s == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN;
	if (event != 0 && event != PTRACE_EVENT_SECCOMP)
		return PTRACE_CONT;
	if (event == 0 && s != AFTER_CALL) {
		*sig = s;
		return PTRACE_CONT;
	}
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(i), &i) <= 0)
		return PTRACE_CONT;
	if (event == 0) {
		if (t->inside && i.op == PTRACE_SYSCALL_INFO_EXIT)
			after_call(o, t, i.exit.rval);
		return PTRACE_CONT;
	}
	if (!calls_point(tid, (int)i.seccomp.nr,
		(const uint64_t *)i.seccomp.args, o, &t->point))
		return PTRACE_CONT;
	t->inside = before_call(o, t);
	return t->inside ? PTRACE_SYSCALL : PTRACE_CONT;
}

static void
totals(const struct options *o, int status)
{
	const struct role *r;

	for (size_t i = 0; (r = roles_each(i)) != NULL; i++)
		for (enum kind k = KIND_STORE; k < KINDS; k++)
			if (r->n[k] > 0)
				fprintf(o->report, "total %s %s %llu\n",
				    r->name, kind_name[k],
				    (unsigned long long)r->n[k]);
	if (o->role != NULL && !over)
		fprintf(o->report, "not-reached\n");
	fprintf(o->report, "end %d\n", status);
}

static int
exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

int
trace_run(const struct options *o)
{
	int status, end = FAILED;
	pid_t tid;

	signals_pass();
	if (!start(o->argv)) {
		perror("power: start");
		return FAILED;
	}
	for (;;) {
		enum __ptrace_request how;
		long sig;

		tid = waitpid(-1, &status, __WALL);
		if (tid < 0 && errno == EINTR)
			continue;
		if (tid < 0)
			break;
		if (!WIFSTOPPED(status)) {
			if (tid == main_pid)
				end = exit_status(status);
			thread_gone(tid);
			continue;
		}
		how = stopped(o, tid, status, &sig);
		/* it may have been killed meanwhile */
		(void)ptrace(how, tid, NULL, sig);
	}
	totals(o, end);
	return end;
}
