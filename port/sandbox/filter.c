/*
 * filter: from a table of system calls to a loaded seccomp program.
 *
 * Row by row, without allocating: a filter that was cut short for want of
 * memory would be loaded like any other.  (The usual library answers "done"
 * with rows missing, or never, when its allocations fail.)  A forbidden call
 * kills the whole process, at once: a program that tries one has been taken
 * over.
 */
#include "sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
/* A second set of numbers for the same calls, from here on. */
#define FOREIGN 0x40000000
#elif defined(__aarch64__)
#define ARCH    AUDIT_ARCH_AARCH64
#define FOREIGN UINT32_MAX
#else
#error "name this machine as linux/audit.h does"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the halves of an argument stand the other way round"
#endif

#define AT(member) ((uint32_t)offsetof(struct seccomp_data, member))
#define HALF       ((uint32_t)sizeof(uint32_t))
#define NOWHERE    0xff /* a jump whose target is not known yet */

/* (argument & mask) == value. */
struct test {
	uint8_t arg;
	uint64_t mask, value;
};

static void
put(struct filter_code *c, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	if (c->prog.len < FILTER_MAX) /* filter_build looks at it */
		c->at[c->prog.len++] = (struct sock_filter){code, yes, no, k};
}

static void
put_load(struct filter_code *c, uint32_t from)
{
	put(c, BPF_LD | BPF_W | BPF_ABS, from, 0, 0);
}

static void
put_answer(struct filter_code *c, uint32_t answer)
{
	put(c, BPF_RET | BPF_K, answer, 0, 0);
}

/* Go on if the half of an argument is as it should be. */
static void
put_half(struct filter_code *c, uint32_t from, uint32_t mask, uint32_t value)
{
	put_load(c, from);
	put(c, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	put(c, BPF_JMP | BPF_JEQ | BPF_K, value, 0, NOWHERE);
}

/* Let every jump since begin that leads nowhere lead to the next. */
static void
land(struct filter_code *c, size_t begin)
{
	for (size_t i = begin; i < c->prog.len; i++) {
		if (BPF_CLASS(c->at[i].code) == BPF_JMP &&
		    c->at[i].jf == NOWHERE)
			c->at[i].jf = (uint8_t)(c->prog.len - i - 1);
	}
}

/* The number is loaded; answer if it is nr and every test holds (or, with
 * unless, one does not). */
static void
put_row(struct filter_code *c, int nr, const struct test *t, size_t n,
    bool unless, uint32_t answer)
{
	const size_t begin = c->prog.len;

	if (nr < 0) /* this machine has no such call */
		return;
	put(c, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, NOWHERE);
	for (size_t i = 0; i < n; i++) {
		const uint32_t low = AT(args) + 8 * t[i].arg;

		put_half(c, low + HALF, (uint32_t)(t[i].mask >> 32),
		    (uint32_t)(t[i].value >> 32));
		put_half(c, low, (uint32_t)t[i].mask, (uint32_t)t[i].value);
	}
	if (unless) { /* over the answer */
		put(c, BPF_JMP | BPF_JA, 1, 0, 0);
		land(c, begin + 1);
	}
	put_answer(c, answer);
	if (!unless)
		land(c, begin + 1);
	if (n > 0) /* the tests have replaced it */
		put_load(c, AT(nr));
	if (c->prog.len > begin)
		c->at[begin].jf = (uint8_t)(c->prog.len - begin - 1);
}

static void
put_call(
    struct filter_code *c, const struct sandbox_call *row, uint32_t verdict)
{
	const uint32_t answer =
	    row->answer == 0 ? verdict : SECCOMP_RET_ERRNO | row->answer;
	const bool unless = row->test == SANDBOX_UNLESS;
	const struct test t = {
	    row->arg, unless ? UINT64_MAX : row->mask, row->value};

	put_row(c, row->nr, &t, row->test == SANDBOX_ALWAYS ? 0 : 1, unless,
	    answer);
}

enum err
filter_build(const struct sandbox_filter *f, int exec_fd,
    struct filter_code *out, struct why *why)
{
	const uint32_t others =
	    f->allow_only ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW;
	const uint32_t verdict =
	    f->allow_only ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS;
	/* By descriptor only.  The number is above the child's limit, closes
	 * as the program starts and cannot be had again; a path given besides
	 * it meets an empty root and a domain that executes nothing. */
	const struct test image[] = {
	    {0, UINT64_MAX, (uint64_t)exec_fd},
	    {4, UINT64_MAX, AT_EMPTY_PATH},
	};

	out->prog = (struct sock_fprog){0, out->at};
	put_load(out, AT(arch));
	put(out, BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	put_answer(out, SECCOMP_RET_KILL_PROCESS);
	put_load(out, AT(nr));
	put(out, BPF_JMP | BPF_JGE | BPF_K, FOREIGN, 0, 1);
	put_answer(out, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < f->n; i++)
		put_call(out, &f->row[i], verdict);
	if (exec_fd >= 0)
		put_row(out, SYS_execveat, image, ARRAY_LEN(image), false,
		    SECCOMP_RET_ALLOW);
	put_answer(out, others);
	if (out->prog.len < FILTER_MAX)
		return OK;
	errno = E2BIG;
	return sandbox_fault(why, "seccomp profile");
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
