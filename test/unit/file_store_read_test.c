/*
 * file_store_read: a store that cannot be read is never taken for one that is
 * empty, and nothing is removed or replaced on the strength of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <crypto_openssl.h>
#include <errno.h>
#include <fcntl.h>
#include <file_store.h>
#include <unistd.h>

#define assert_err(e, want) assert_string_equal(err_name(e), err_name(want))

static const uint8_t key[FILE_STORE_KEY] = "0123456789abcdef";
static const int errors[] = {EIO, EMFILE, ENOMEM, EACCES};
static const struct crypto *crypto;
static char path[64];
static int dir;
static struct file_store store;
static struct agent_store port;
static uint8_t room[AGENT_STATE_MAX];

/* Operations that read are numbered from 1; number `fail_at` fails. */
static unsigned count, fail_at;
static int fail_errno;

static bool
fails(void)
{
	if (++count != fail_at)
		return false;
	errno = fail_errno;
	return true;
}

static int
read_openat(void *ctx, int d, const char *name, int flags, mode_t mode)
{
	if ((flags & O_CREAT) == 0 && fails())
		return -1;
	return file_ops_posix.openat(ctx, d, name, flags, mode);
}

static ssize_t
read_pread(void *ctx, int fd, void *p, size_t n, off_t at)
{
	return fails() ? -1 : file_ops_posix.pread(ctx, fd, p, n, at);
}

static int
read_list(
    void *ctx, int d, void (*each)(void *arg, const char *name), void *arg)
{
	return fails() ? -1 : file_ops_posix.list(ctx, d, each, arg);
}

static struct file_ops ops;

static enum err
open_store(void)
{
	enum err e;

	ops = file_ops_posix;
	ops.openat = read_openat;
	ops.pread = read_pread;
	ops.list = read_list;
	e = file_store_open(&store, crypto, &ops, dir, key);
	if (e == OK)
		file_store_port(&store, &port);
	return e;
}

static const struct bytes record = {(const uint8_t *)"record", 6};
static const struct bytes blob = {(const uint8_t *)"blob", 4};
static uint8_t name[DIGEST_LEN];

static bool
keep_none(void *arg, const uint8_t sha256[DIGEST_LEN])
{
	(void)arg;
	(void)sha256;
	return false;
}

static int
setup(void **state)
{
	struct bytes out;

	(void)state;
	crypto = crypto_openssl();
	assert_non_null(crypto);
	count = fail_at = 0;
	(void)snprintf(path, sizeof(path), "/tmp/file_store_XXXXXX");
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	assert_int_equal(open_store(), OK);
	assert_err(port.load(port.ctx, SPAN_OF(room), &out), ERR_NOT_FOUND);
	assert_int_equal(crypto->sha256(&blob, 1, name), OK);
	assert_int_equal(port.blob_begin(port.ctx, blob.n), OK);
	assert_int_equal(port.blob_more(port.ctx, blob), OK);
	assert_int_equal(port.blob_end(port.ctx, name), OK);
	assert_int_equal(port.commit(port.ctx, record), OK);
	file_store_close(&store);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	close(dir);
	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
	return 0;
}

/* All that a start and an installation read; OK, or the first refusal. */
static enum err
read_all(void)
{
	struct bytes out;
	uint8_t piece[16];
	size_t got;
	enum err e = open_store();

	if (e != OK)
		return e;
	e = port.load(port.ctx, SPAN_OF(room), &out);
	if (e != OK) /* what is not known is not replaced */
		assert_err(port.commit(port.ctx, record), ERR_BUG);
	if (e == OK)
		e = port.blob_read(port.ctx, name, 0, SPAN_OF(piece), &got);
	if (e == OK && (got != blob.n || out.n != record.n))
		e = ERR_BUG;
	file_store_close(&store);
	return e;
}

static void
each_read(void **state)
{
	unsigned n;

	(void)state;
	count = 0;
	assert_int_equal(read_all(), OK);
	n = count;
	print_message("%u points\n", n);
	assert_true(n >= 5); /* folder; record: open, read; blob: open, read */
	for (size_t i = 0; i < ARRAY_LEN(errors); i++)
		for (fail_at = 1; fail_at <= n; fail_at++) {
			count = 0;
			fail_errno = errors[i];
			assert_err(read_all(), ERR_STORE);
		}
	fail_at = 0;
	assert_int_equal(read_all(), OK);
}

/* A folder that cannot be listed keeps what is in it. */
static void
sweep(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		fail_at = 0;
		assert_int_equal(open_store(), OK);
		count = 0;
		fail_at = 1;
		fail_errno = errors[i];
		assert_err(port.sweep(port.ctx, keep_none, NULL), ERR_STORE);
		assert_int_equal(count, 1);
		file_store_close(&store);
		fail_at = 0;
		assert_int_equal(read_all(), OK);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(each_read),
	    T(sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
