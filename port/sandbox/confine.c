/*
 * confine: a process shuts itself in, and what this kernel has for it.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif

enum err
sandbox_confine(const struct sandbox_rules *r, struct why *why)
{
	struct filter_code code;

	/* Built first: translating allocates and opens a memory file. */
	if (r->filter != NULL)
		TRY(filter_build(r->filter, -1, &code, why));
	if (r->uid != 0)
		TRY(sandbox_become(r->uid, r->caps, why));
	if (step_no_dump() != 0)
		return sandbox_fault(why, "PR_SET_DUMPABLE");
	if (step_no_new_privs() != 0)
		return sandbox_fault(why, "no_new_privs");
	if (step_landlock(r->path, r->n_paths, r->connects) != 0)
		return sandbox_fault(why, "Landlock");
	if (r->filter != NULL && step_filter(&code) != 0)
		return sandbox_fault(why, "seccomp");
	return OK;
}

/* The number in a file of /proc/sys; fallback if there is none. */
static long
setting(const char *path, long fallback)
{
	char text[24] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	long v = 0;

	if (fd < 0)
		return fallback;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0)
		return fallback;
	for (const char *p = text; *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (*p - '0');
	return v;
}

static bool
opens(int fd)
{
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

enum err
sandbox_probe(struct sandbox_host *out, struct why *why)
{
	*out = (struct sandbox_host){.landlock = landlock_abi()};
	/* EFAULT: it knows filters and misses only the program. */
	out->seccomp =
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 &&
	    errno == EFAULT;
	out->user_namespaces =
	    access("/proc/self/ns/user", F_OK) == 0 &&
	    setting("/proc/sys/user/max_user_namespaces", 1) > 0;
	out->admin_needed =
	    setting("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0;
	out->memfd_secret = opens((int)syscall(SYS_memfd_secret, O_CLOEXEC));
	out->memfd_exec = opens(memfd_create("probe", MFD_CLOEXEC | MFD_EXEC));
	out->mdwe = prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0;

	if (out->landlock < 1) {
		(void)syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);
		return sandbox_fault(why, "Landlock");
	}
	if (!out->seccomp)
		return sandbox_fault(why, "seccomp filters");
	if (!out->user_namespaces) {
		errno = ENOSYS;
		return sandbox_fault(
		    why, "user namespaces (user.max_user_namespaces)");
	}
	return OK;
}
