/*
 * sandbox_filter_test: a filter decides what its table says, for every system
 * call and for arguments on both sides of every test.  The program is run as
 * the kernel would; sandbox_test has the kernel run it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../port/sandbox/sandbox_int.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CALLS 600 /* more than there are */

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#else
#define ARCH AUDIT_ARCH_AARCH64
#endif

static struct filter_code code;

/* The answer of the program, which must end. */
static uint32_t
run(const struct seccomp_data *d)
{
	uint32_t a = 0;

	for (size_t at = 0; at < code.prog.len; at++) {
		const struct sock_filter *i = &code.at[at];

		switch (i->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(i->k <= sizeof(*d) - sizeof(a));
			memcpy(&a, (const char *)d + i->k, sizeof(a));
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_JMP | BPF_JA:
			at += i->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == i->k ? i->jt : i->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		default:
			fail_msg("instruction %zu: %#x", at, i->code);
		}
	}
	fail_msg("the program does not end");
	return 0;
}

static bool
matches(const struct sandbox_call *r, const struct seccomp_data *d)
{
	const uint64_t arg = d->args[r->arg];

	if (r->nr < 0 || r->nr != d->nr)
		return false;
	switch ((enum sandbox_test)r->test) {
	case SANDBOX_ALWAYS:
		return true;
	case SANDBOX_IF:
		return (arg & r->mask) == r->value;
	case SANDBOX_UNLESS:
		return arg != r->value;
	}
	return false;
}

/* What the table says. */
static uint32_t
want(const struct sandbox_filter *f, const struct seccomp_data *d)
{
	const uint32_t yes = SECCOMP_RET_ALLOW, no = SECCOMP_RET_KILL_PROCESS;

	for (size_t i = 0; i < f->n; i++) {
		if (!matches(&f->row[i], d))
			continue;
		if (f->row[i].answer != 0)
			return SECCOMP_RET_ERRNO | f->row[i].answer;
		return f->allow_only ? yes : no;
	}
	return f->allow_only ? no : yes;
}

static void
build(const struct sandbox_filter *f, int exec_fd)
{
	struct why why;

	memset(&code, 0xa5, sizeof(code));
	assert_int_equal(filter_build(f, exec_fd, &code, &why), OK);
}

static unsigned long tried;

static void
same(const struct sandbox_filter *f, const struct seccomp_data *d)
{
	if (run(d) != want(f, d))
		fail_msg("%s: call %d, arguments %#llx %#llx %#llx: %#x, not "
			 "%#x",
		    f->name, d->nr, d->args[0], d->args[1], d->args[2], run(d),
		    want(f, d));
	tried++;
}

/* Every call with arguments of zero; then each row that looks at one with
 * every single bit of it turned, which is on the other side of some test. */
static void
agrees(const struct sandbox_filter *f)
{
	struct seccomp_data d = {.arch = ARCH};

	build(f, -1);
	for (d.nr = 0; d.nr < CALLS; d.nr++)
		same(f, &d);
	for (size_t i = 0; i < f->n; i++) {
		const struct sandbox_call *r = &f->row[i];

		if (r->nr < 0)
			continue;
		d.nr = r->nr;
		for (int bit = 0; bit < 64; bit++) {
			memset(d.args, 0, sizeof(d.args));
			d.args[r->arg] = r->value;
			same(f, &d);
			d.args[r->arg] ^= UINT64_C(1) << bit;
			same(f, &d);
			d.args[r->arg] = UINT64_C(1) << bit;
			same(f, &d);
			d.args[r->arg] = ~d.args[r->arg];
			same(f, &d);
		}
	}
}

static void
test_profiles(void **state)
{
	(void)state;
	tried = 0;
	agrees(&sandbox_agent_filter);
	agrees(&sandbox_app_filter);
	agrees(&sandbox_launcher_filter);
	print_message("%lu calls\n", tried);
	assert_true(tried > 3 * CALLS);
}

/* Every kind of row in both kinds of profile, some for the same call. */
static void
test_rows(void **state)
{
	static const struct sandbox_call rows[] = {
	    SANDBOX_CALL_UNLESS(socket, 0, AF_UNIX),
	    SANDBOX_CALL_IF(fcntl, 1, UINT64_MAX, F_GETFL),
	    SANDBOX_CALL_IF(fcntl, 1, UINT64_MAX, F_SETFD),
	    SANDBOX_CALL_IF(mmap, 2, UINT64_C(0x8000000000000004), 0),
	    SANDBOX_CALL_IF(lseek, 5, UINT64_MAX, UINT64_C(0x100000001)),
	    SANDBOX_CALL_FAILS(ioctl, ENOTTY),
	    {-1, SANDBOX_ALWAYS, 0, 0, 0, 0},
	    SANDBOX_CALL(read),
	};
	const struct sandbox_filter allow = {
	    "allow", true, rows, ARRAY_LEN(rows)};
	const struct sandbox_filter deny = {
	    "deny", false, rows, ARRAY_LEN(rows)};

	(void)state;
	agrees(&allow);
	agrees(&deny);
}

/* Another machine's numbers are other calls. */
static void
test_foreign(void **state)
{
	struct seccomp_data d = {.nr = SYS_read, .arch = ARCH};

	(void)state;
	build(&sandbox_launcher_filter, -1);
	assert_int_equal(run(&d), SECCOMP_RET_ALLOW);
	d.arch = AUDIT_ARCH_I386;
	assert_int_equal(run(&d), SECCOMP_RET_KILL_PROCESS);
	d.arch = ARCH;
#if defined(__x86_64__)
	d.nr |= 0x40000000;
	assert_int_equal(run(&d), SECCOMP_RET_KILL_PROCESS);
#endif
}

static void
test_image(void **state)
{
	struct seccomp_data d = {.nr = SYS_execveat, .arch = ARCH};

	(void)state;
	d.args[0] = EXEC_FD;
	d.args[4] = AT_EMPTY_PATH;
	build(&sandbox_app_filter, -1);
	assert_int_equal(run(&d), SECCOMP_RET_KILL_PROCESS);
	build(&sandbox_app_filter, EXEC_FD);
	assert_int_equal(run(&d), SECCOMP_RET_ALLOW);
	d.args[0]++;
	assert_int_equal(run(&d), SECCOMP_RET_KILL_PROCESS);
	d.args[0]--;
	d.args[4] = 0;
	assert_int_equal(run(&d), SECCOMP_RET_KILL_PROCESS);
}

/* What does not fit is refused, never cut. */
static void
test_too_long(void **state)
{
	static struct sandbox_call rows[FILTER_MAX];
	struct sandbox_filter f = {"long", true, rows, 0};
	struct why why;
	size_t fits = 0;

	(void)state;
	for (size_t i = 0; i < FILTER_MAX; i++)
		rows[i] = (struct sandbox_call)SANDBOX_CALL_IF(
		    fcntl, 1, UINT64_MAX, i);
	for (f.n = 0; f.n < FILTER_MAX; f.n++) {
		if (filter_build(&f, -1, &code, &why) != OK)
			continue;
		assert_int_equal(f.n, fits);
		fits++;
	}
	assert_true(fits > 64 && fits < FILTER_MAX / 8);
	f.n = fits;
	assert_int_equal(filter_build(&f, -1, &code, &why), ERR_SYSTEM);
	assert_int_equal(why.found_n, E2BIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_profiles),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_foreign),
	    cmocka_unit_test(test_image),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
