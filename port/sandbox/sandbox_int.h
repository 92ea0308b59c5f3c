/*
 * sandbox_int: steps shared by the files of this port.
 */
#ifndef TAMARIND_SANDBOX_INT_H
#define TAMARIND_SANDBOX_INT_H

#include "sandbox.h"

#include <linux/filter.h>

/* Where a child finds its image while it executes it: above its limit of
 * descriptors, so that the number can never come back. */
#define EXEC_FD     900
#define CHILD_FILES 64

#define FILTER_MAX 1024 /* BPF instructions */

struct filter_code {
	struct sock_filter at[FILTER_MAX];
	struct sock_fprog prog;
};

/* ERR_SYSTEM with errno; what is a static sentence. */
MUST_CHECK enum err sandbox_fault(struct why *why, const char *what);

/* Translate a profile; exec_fd >= 0 adds execveat of that descriptor. */
MUST_CHECK enum err filter_build(const struct sandbox_filter *f, int exec_fd,
    struct filter_code *out, struct why *why);

/* The steps below allocate nothing: a child copied from its parent may call
 * them.  0, or -1 with errno. */
int step_no_dump(void);
int step_no_new_privs(void);
int step_drop_bounding(uint64_t keep);
int step_set_caps(uint64_t keep);
/* 0: the kernel has none. */
int landlock_abi(void);
int step_landlock(const struct sandbox_path *path, size_t n, bool connects);
int step_filter(const struct filter_code *code);
/* W^X by the kernel too, where it can; never fails. */
void step_mdwe(void);

#endif
