/*
 * identity: user, groups, capabilities, and what they could be regained by.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* With this, user 0 is a user as any other: neither becoming root nor
 * executing a program as root gives a capability. */
#define ROOT_IS_NOBODY                                                        \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
	    SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

enum err
sandbox_fault(struct why *why, const char *what)
{
	int saved = errno;

	if (why != NULL)
		*why = (struct why){.err = ERR_SYSTEM,
		    .what = what,
		    .kind = WHY_UINT,
		    .found_n = (uint64_t)saved};
	return ERR_SYSTEM;
}

int
step_no_dump(void)
{
	const struct rlimit none = {0, 0};

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return -1;
	return setrlimit(RLIMIT_CORE, &none);
}

int
step_no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int
step_drop_bounding(uint64_t keep)
{
	if (prctl(PR_SET_SECUREBITS, ROOT_IS_NOBODY, 0, 0, 0) != 0)
		return -1;
	for (int cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		/* Above the last one this kernel knows. */
		return errno == EINVAL && cap > CAP_AUDIT_READ ? 0 : -1;
	}
	return 0;
}

int
step_set_caps(uint64_t keep)
{
	struct __user_cap_header_struct head = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
	    {.effective = (uint32_t)keep, .permitted = (uint32_t)keep},
	    {.effective = (uint32_t)(keep >> 32),
		.permitted = (uint32_t)(keep >> 32)},
	};

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return -1;
	return (int)syscall(SYS_capset, &head, data);
}

void
step_mdwe(void)
{
	(void)prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
}

enum err
sandbox_become(uid_t uid, uint64_t keep_caps, struct why *why)
{
	uid_t r, e, s;

	if (uid == 0)
		return why_set(why, ERR_BUG, "a uid above 0");
	if (step_drop_bounding(keep_caps) != 0)
		return sandbox_fault(why, "capability bounding set");
	/* What is not dropped here would survive the change of user. */
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		return sandbox_fault(why, "PR_SET_KEEPCAPS");
	if (setgroups(0, NULL) != 0)
		return sandbox_fault(why, "setgroups");
	if (setresgid(uid, uid, uid) != 0)
		return sandbox_fault(why, "setresgid");
	if (setresuid(uid, uid, uid) != 0)
		return sandbox_fault(why, "setresuid");
	if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0)
		return sandbox_fault(why, "PR_SET_KEEPCAPS");
	if (step_set_caps(keep_caps) != 0)
		return sandbox_fault(why, "capset");
	if (step_no_new_privs() != 0)
		return sandbox_fault(why, "no_new_privs");
	if (step_no_dump() != 0)
		return sandbox_fault(why, "PR_SET_DUMPABLE");
	if (getresuid(&r, &e, &s) != 0 || r != uid || e != uid || s != uid)
		return sandbox_fault(why, "change of user");
	return OK;
}
