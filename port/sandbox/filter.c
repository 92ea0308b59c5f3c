/*
 * filter: from a table of system calls to a loaded seccomp program.
 *
 * The program is built before a child is copied and loaded in it without
 * allocating.  A forbidden call kills the whole process, at once: a program
 * that tries one has been taken over.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* libseccomp answers negative error numbers. */
static bool
done(int r)
{
	if (r < 0)
		errno = -r;
	return r == 0;
}

static bool
add_row(scmp_filter_ctx ctx, const struct sandbox_call *c, uint32_t verdict)
{
	uint32_t action =
	    c->answer == 0 ? verdict : SCMP_ACT_ERRNO((uint32_t)c->answer);
	struct scmp_arg_cmp same = {
	    c->arg, SCMP_CMP_MASKED_EQ, c->mask, c->value};
	struct scmp_arg_cmp other = {c->arg, SCMP_CMP_NE, c->value, 0};

	switch ((enum sandbox_test)c->test) {
	case SANDBOX_ALWAYS:
		return done(seccomp_rule_add(ctx, action, c->nr, 0));
	case SANDBOX_IF:
		return done(
		    seccomp_rule_add_array(ctx, action, c->nr, 1, &same));
	case SANDBOX_UNLESS:
		return done(
		    seccomp_rule_add_array(ctx, action, c->nr, 1, &other));
	}
	errno = EINVAL;
	return false;
}

static bool
add_rows(scmp_filter_ctx ctx, const struct sandbox_filter *f, int exec_fd)
{
	const struct scmp_arg_cmp image[] = {
	    {0, SCMP_CMP_EQ, (scmp_datum_t)exec_fd, 0},
	    {4, SCMP_CMP_EQ, AT_EMPTY_PATH, 0},
	};
	uint32_t verdict =
	    f->allow_only ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS;

	if (!done(seccomp_attr_set(
		ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS)))
		return false;
	for (size_t i = 0; i < f->n; i++) {
		if (!add_row(ctx, &f->row[i], verdict))
			return false;
	}
	/* By descriptor only.  The number is above the child's limit, closes
	 * as the program starts and cannot be had again; a path given besides
	 * it meets an empty root and a domain that executes nothing. */
	return exec_fd < 0 || done(seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW,
				  SCMP_SYS(execveat), 2, image));
}

/* Let libseccomp write its program into a memory file and take it back. */
static bool export(scmp_filter_ctx ctx, struct filter_code *out)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	struct stat st;
	bool ok = false;

	if (fd < 0)
		return false;
	if (done(seccomp_export_bpf(ctx, fd)) && fstat(fd, &st) == 0) {
		size_t n = (size_t)st.st_size;

		errno = E2BIG;
		ok = n <= sizeof(out->at) && n % sizeof(out->at[0]) == 0 &&
		     pread(fd, out->at, n, 0) == (ssize_t)n;
		out->prog = (struct sock_fprog){
		    (unsigned short)(n / sizeof(out->at[0])), out->at};
	}
	(void)close(fd);
	return ok;
}

enum err
filter_build(const struct sandbox_filter *f, int exec_fd,
    struct filter_code *out, struct why *why)
{
	scmp_filter_ctx ctx = seccomp_init(
	    f->allow_only ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
	enum err e = OK;

	if (ctx == NULL) {
		errno = ENOMEM;
		return sandbox_fault(why, "libseccomp");
	}
	if (!add_rows(ctx, f, exec_fd) || !export(ctx, out))
		e = sandbox_fault(why, "seccomp profile");
	seccomp_release(ctx);
	return e;
}

int
step_filter(const struct filter_code *code)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &code->prog, 0, 0);
}

enum err
sandbox_filter_load(const struct sandbox_filter *f, struct why *why)
{
	struct filter_code code;

	TRY(filter_build(f, -1, &code, why));
	if (step_no_new_privs() != 0)
		return sandbox_fault(why, "no_new_privs");
	if (step_filter(&code) != 0)
		return sandbox_fault(why, "seccomp");
	return OK;
}
