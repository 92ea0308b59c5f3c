/* regs: arguments and answers of a stopped thread's system call (x86-64). */
#include "power.h"

#include <sys/ptrace.h>
#include <sys/user.h>

bool
regs_set_count(pid_t tid, uint64_t n)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0)
		return false;
	r.rdx = n;
	return ptrace(PTRACE_SETREGS, tid, NULL, &r) == 0;
}

bool
regs_refuse(pid_t tid, int error)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0)
		return false;
	/* no such call: the kernel leaves it out and keeps our answer */
	r.orig_rax = (unsigned long long)-1;
	r.rax = (unsigned long long)-(long long)error;
	return ptrace(PTRACE_SETREGS, tid, NULL, &r) == 0;
}

bool
regs_fail(pid_t tid, int error)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, tid, NULL, &r) != 0)
		return false;
	r.rax = (unsigned long long)-(long long)error;
	return ptrace(PTRACE_SETREGS, tid, NULL, &r) == 0;
}
