/*
 * file_store: sealed, crash-safe, never silently empty.
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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define assert_ok(e)        assert_string_equal(err_name(e), "ok")
#define assert_err(e, want) assert_string_equal(err_name(e), err_name(want))

static const uint8_t key[FILE_STORE_KEY] = "0123456789abcdef";
static const struct crypto *crypto;
static char path[64];
static int dir;
static uint8_t room[AGENT_STATE_MAX];

static struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

/* ---- file operations that fail ------------------------------------------- */

enum when { BEFORE, IN_THE_MIDDLE, AFTER };

/* Operations that change the disk are numbered from 1. */
static struct trouble {
	unsigned count;
	unsigned fail_at; /* answer -1 with fail_errno; 0: never */
	int fail_errno;
	unsigned die_at; /* _exit; 0: never */
	enum when when;
	bool short_writes; /* one octet at a time */
} trouble;

#define DIED 77

/* Before an operation: shall it fail? */
static bool
fails(void)
{
	trouble.count++;
	if (trouble.count == trouble.die_at && trouble.when == BEFORE)
		_exit(DIED);
	if (trouble.count != trouble.fail_at)
		return false;
	errno = trouble.fail_errno;
	return true;
}

static void
after(void)
{
	if (trouble.count == trouble.die_at)
		_exit(DIED);
}

static int
bad_openat(void *ctx, int d, const char *name, int flags, mode_t mode)
{
	int fd;

	if ((flags & O_CREAT) == 0)
		return file_ops_posix.openat(ctx, d, name, flags, mode);
	if (fails())
		return -1;
	fd = file_ops_posix.openat(ctx, d, name, flags, mode);
	after();
	return fd;
}

static ssize_t
bad_write(void *ctx, int fd, const void *p, size_t n)
{
	ssize_t done;

	if (fails())
		return -1;
	if (trouble.short_writes && n > 1)
		n = 1;
	if (trouble.count == trouble.die_at && trouble.when == IN_THE_MIDDLE)
		n /= 2;
	done = file_ops_posix.write(ctx, fd, p, n);
	after();
	return done;
}

static int
bad_fsync(void *ctx, int fd)
{
	int r;

	if (fails())
		return -1;
	r = file_ops_posix.fsync(ctx, fd);
	after();
	return r;
}

static int
bad_mkdirat(void *ctx, int d, const char *name, mode_t mode)
{
	int r;

	if (fails())
		return -1;
	r = file_ops_posix.mkdirat(ctx, d, name, mode);
	after();
	return r;
}

static int
bad_renameat(void *ctx, int d, const char *from, const char *to)
{
	int r;

	if (fails())
		return -1;
	r = file_ops_posix.renameat(ctx, d, from, to);
	after();
	return r;
}

static int
bad_unlinkat(void *ctx, int d, const char *name)
{
	int r;

	if (fails())
		return -1;
	r = file_ops_posix.unlinkat(ctx, d, name);
	after();
	return r;
}

static struct file_ops
bad_ops(void)
{
	struct file_ops o = file_ops_posix;

	o.openat = bad_openat;
	o.write = bad_write;
	o.fsync = bad_fsync;
	o.mkdirat = bad_mkdirat;
	o.renameat = bad_renameat;
	o.unlinkat = bad_unlinkat;
	return o;
}

/* ---- a directory of its own for each test -------------------------------- */

static void
remove_all(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

static int
setup(void **state)
{
	(void)state;
	crypto = crypto_openssl();
	assert_non_null(crypto);
	memset(&trouble, 0, sizeof(trouble));
	(void)snprintf(path, sizeof(path), "/tmp/file_store_XXXXXX");
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	close(dir);
	remove_all();
	return 0;
}

static struct file_store store;
static struct agent_store port;
static struct file_ops ops;

static void
start_with(const uint8_t *k)
{
	ops = bad_ops();
	assert_ok(file_store_open(&store, crypto, &ops, dir, k));
	file_store_port(&store, &port);
}

static void
start(void)
{
	start_with(key);
}

static enum err
load(struct bytes *out)
{
	return port.load(port.ctx, SPAN_OF(room), out);
}

static void
assert_loads(const char *want)
{
	struct bytes out;

	assert_ok(load(&out));
	assert_true(bytes_same(out, text(want)));
}

static enum err
save(struct bytes content, uint8_t name[DIGEST_LEN])
{
	assert_ok(crypto->sha256(&content, 1, name));
	TRY(port.blob_begin(port.ctx, content.n));
	TRY(port.blob_more(port.ctx, content));
	return port.blob_end(port.ctx, name);
}

static bool
has_blob(const char *content)
{
	struct bytes want = text(content);
	uint8_t name[DIGEST_LEN], buf[256];
	size_t got;

	assert_ok(crypto->sha256(&want, 1, name));
	if (port.blob_read(port.ctx, name, 0, SPAN_OF(buf), &got) != OK)
		return false;
	assert_true(bytes_same((struct bytes){buf, got}, want));
	return true;
}

/* ---- tests --------------------------------------------------------------- */

static void
empty_then_kept(void **state)
{
	struct bytes out;

	(void)state;
	start();
	assert_err(port.commit(port.ctx, text("too early")), ERR_BUG);
	assert_err(load(&out), ERR_NOT_FOUND);
	assert_ok(port.commit(port.ctx, text("one")));
	assert_loads("one");
	assert_ok(port.commit(port.ctx, text("two")));
	file_store_close(&store);
	start();
	assert_loads("two");
	assert_int_equal(store.generation, 2);
	file_store_close(&store);
}

static void
largest_record(void **state)
{
	static uint8_t big[AGENT_STATE_MAX + 1];
	struct bytes out;

	(void)state;
	memset(big, 0x5a, sizeof(big));
	start();
	assert_err(load(&out), ERR_NOT_FOUND);
	assert_err(port.commit(port.ctx, BYTES_OF(big)), ERR_ROOM);
	assert_ok(port.commit(port.ctx, (struct bytes){big, AGENT_STATE_MAX}));
	assert_ok(load(&out));
	assert_int_equal(out.n, AGENT_STATE_MAX);
	assert_err(
	    port.load(port.ctx, (struct span){room, AGENT_STATE_MAX - 1}, &out),
	    ERR_ROOM);
	file_store_close(&store);
}

static void
secret_on_disk(void **state)
{
	struct bytes out;
	uint8_t raw[256];
	ssize_t n;
	int fd;

	(void)state;
	start();
	assert_err(load(&out), ERR_NOT_FOUND);
	assert_ok(port.commit(port.ctx, text("nobody reads this")));
	fd = openat(dir, "state", O_RDONLY);
	n = read(fd, raw, sizeof(raw));
	close(fd);
	assert_true(n > 17);
	for (ssize_t i = 0; i + 6 <= n; i++)
		assert_memory_not_equal(raw + i, "nobody", 6);
	file_store_close(&store);
}

static void
put_file(const uint8_t *p, size_t n)
{
	int fd = openat(dir, "state", O_WRONLY | O_TRUNC | O_CREAT, 0600);

	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

/* Every octet flipped, every length, another key: refused, and never taken
 * for a store that is new. */
static void
forged(void **state)
{
	uint8_t raw[512], other[FILE_STORE_KEY] = "another key!!!!!";
	struct bytes out;
	ssize_t n;
	int fd;

	(void)state;
	start();
	assert_err(load(&out), ERR_NOT_FOUND);
	assert_ok(port.commit(port.ctx, text("a record")));
	file_store_close(&store);
	fd = openat(dir, "state", O_RDONLY);
	n = read(fd, raw, sizeof(raw));
	close(fd);
	assert_true(n > 0);
	start();
	for (ssize_t i = 0; i < n; i++) {
		raw[i] ^= 1;
		put_file(raw, (size_t)n);
		raw[i] ^= 1;
		assert_err(load(&out), ERR_STORE);
		assert_int_equal(out.n, 0);
		put_file(raw, (size_t)i);
		assert_err(load(&out), ERR_STORE);
	}
	raw[n] = 0;
	put_file(raw, (size_t)n + 1);
	assert_err(load(&out), ERR_STORE);
	put_file(raw, (size_t)n);
	assert_loads("a record");
	file_store_close(&store);
	start_with(other);
	assert_err(load(&out), ERR_STORE);
	/* A record that could not be read cannot be replaced either. */
	assert_err(port.commit(port.ctx, text("mine")), ERR_BUG);
	file_store_close(&store);
}

static void
longer_than_any(void **state)
{
	static uint8_t huge[FILE_STORE_BOX + 100];
	struct bytes out;

	(void)state;
	start();
	put_file(huge, sizeof(huge));
	assert_err(load(&out), ERR_STORE);
	file_store_close(&store);
}

static void
not_a_link(void **state)
{
	struct bytes out;

	(void)state;
	start();
	assert_int_equal(symlinkat("/etc/passwd", dir, "state"), 0);
	assert_err(load(&out), ERR_STORE);
	file_store_close(&store);
}

static bool
keep_first(void *arg, const uint8_t sha256[DIGEST_LEN])
{
	return memcmp(arg, sha256, DIGEST_LEN) == 0;
}

static void
blobs(void **state)
{
	uint8_t name[2][DIGEST_LEN], buf[8];
	struct bytes parts[] = {text("in two "), text("parts")};
	size_t got;

	(void)state;
	start();
	assert_ok(save(text("first"), name[0]));
	assert_ok(crypto->sha256(parts, 2, name[1]));
	assert_ok(port.blob_begin(port.ctx, 0));
	assert_ok(port.blob_more(port.ctx, parts[0]));
	assert_ok(port.blob_more(port.ctx, parts[1]));
	assert_false(has_blob("in two parts"));
	assert_ok(port.blob_end(port.ctx, name[1]));
	assert_true(has_blob("in two parts"));
	assert_ok(port.blob_read(port.ctx, name[1], 7, SPAN_OF(buf), &got));
	assert_int_equal(got, 5);
	assert_memory_equal(buf, "parts", 5);
	assert_ok(port.blob_read(port.ctx, name[1], 12, SPAN_OF(buf), &got));
	assert_int_equal(got, 0);
	assert_err(
	    port.blob_read(port.ctx, name[1], UINT64_MAX, SPAN_OF(buf), &got),
	    ERR_STORE);
	/* Saved again, it is the same. */
	assert_ok(save(text("first"), name[0]));
	assert_ok(port.sweep(port.ctx, keep_first, name[0]));
	assert_true(has_blob("first"));
	assert_false(has_blob("in two parts"));
	assert_err(port.blob_read(port.ctx, name[1], 0, SPAN_OF(buf), &got),
	    ERR_NOT_FOUND);
	file_store_close(&store);
}

static void
dropped(void **state)
{
	uint8_t name[DIGEST_LEN];

	(void)state;
	start();
	assert_err(port.blob_more(port.ctx, text("x")), ERR_BUG);
	assert_err(port.blob_end(port.ctx, name), ERR_BUG);
	assert_ok(port.blob_begin(port.ctx, 0));
	assert_ok(port.blob_more(port.ctx, text("half of")));
	port.blob_drop(port.ctx);
	port.blob_drop(port.ctx);
	assert_int_equal(faccessat(dir, "blobs/new", F_OK, 0), -1);
	/* One begun anew starts from nothing. */
	assert_ok(port.blob_begin(port.ctx, 0));
	assert_ok(port.blob_more(port.ctx, text("garbage")));
	assert_ok(save(text("good"), name));
	assert_true(has_blob("good"));
	/* A crash left one: the sweep takes it. */
	close(openat(dir, "blobs/new", O_CREAT | O_WRONLY, 0600));
	assert_ok(port.sweep(port.ctx, keep_first, name));
	assert_int_equal(faccessat(dir, "blobs/new", F_OK, 0), -1);
	assert_true(has_blob("good"));
	file_store_close(&store);
}

static void
short_writes(void **state)
{
	struct bytes out;
	uint8_t name[DIGEST_LEN];

	(void)state;
	trouble.short_writes = true;
	start();
	assert_err(load(&out), ERR_NOT_FOUND);
	assert_ok(port.commit(port.ctx, text("a record in octets")));
	assert_ok(save(text("a blob in octets"), name));
	assert_loads("a record in octets");
	assert_true(has_blob("a blob in octets"));
	file_store_close(&store);
}

/* Each operation of a commit fails once; the old record stays readable, or,
 * where only the last flush failed, the new one is. */
static void
commit_fails_anywhere(void **state)
{
	static const int errors[] = {ENOSPC, EIO};
	struct bytes out;
	unsigned n;

	(void)state;
	start();
	assert_err(load(&out), ERR_NOT_FOUND);
	assert_ok(port.commit(port.ctx, text("old")));
	trouble.count = 0;
	assert_ok(port.commit(port.ctx, text("old")));
	n = trouble.count;
	assert_int_equal(n, 5); /* open write fsync rename fsync */
	for (size_t e = 0; e < ARRAY_LEN(errors); e++)
		for (unsigned i = 1; i <= n; i++) {
			trouble.count = 0;
			trouble.fail_at = i;
			trouble.fail_errno = errors[e];
			assert_err(
			    port.commit(port.ctx, text("new")), ERR_STORE);
			assert_loads(i < n ? "old" : "new");
			assert_int_equal(
			    faccessat(dir, "state.new", F_OK, 0), -1);
			trouble.fail_at = 0;
			assert_ok(port.commit(port.ctx, text("old")));
		}
	file_store_close(&store);
}

static void
blob_fails_anywhere(void **state)
{
	uint8_t name[DIGEST_LEN];
	unsigned n;

	(void)state;
	start();
	assert_ok(save(text("old"), name));
	trouble.count = 0;
	assert_ok(save(text("old"), name));
	n = trouble.count;
	for (unsigned i = 1; i <= n; i++) {
		trouble.count = 0;
		trouble.fail_at = i;
		trouble.fail_errno = ENOSPC;
		assert_err(save(text("new"), name), ERR_STORE);
		port.blob_drop(port.ctx);
		trouble.fail_at = 0;
		assert_true(has_blob("old"));
		assert_int_equal(faccessat(dir, "blobs/new", F_OK, 0), -1);
		/* It came, whole, or not at all. */
		assert_true(has_blob("new") == (i == n));
	}
	file_store_close(&store);
}

static void
open_fails(void **state)
{
	unsigned n;

	(void)state;
	start();
	file_store_close(&store);
	remove_all();
	assert_int_equal(mkdir(path, 0700), 0);
	close(dir);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	n = 2;
	for (unsigned i = 1; i <= n; i++) {
		trouble.count = 0;
		trouble.fail_at = i;
		trouble.fail_errno = ENOSPC;
		(void)unlinkat(dir, "blobs", AT_REMOVEDIR);
		assert_err(
		    file_store_open(&store, crypto, &ops, dir, key), ERR_STORE);
	}
}

/* What an installation does: new blobs, one commit, away with the old. */
static void
replace(const char *new)
{
	struct bytes out;
	uint8_t name[DIGEST_LEN];

	start();
	assert_ok(load(&out));
	assert_ok(save(text(new), name));
	assert_ok(port.commit(port.ctx, text(new)));
	assert_ok(port.sweep(port.ctx, keep_first, name));
	file_store_close(&store);
}

/* Run it in a process that dies at operation i; false: it lived. */
static bool
dies_in_replace(unsigned i, enum when when)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		trouble.count = 0;
		trouble.die_at = i;
		trouble.when = when;
		replace("new");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIED);
	return WEXITSTATUS(status) == DIED;
}

/* Afterwards the record is the old or the new one, and its blob is there. */
static void
killed_at_each_operation(void **state)
{
	unsigned points = 0, news = 0;

	(void)state;
	for (int when = BEFORE; when <= AFTER; when++)
		for (unsigned i = 1;; i++) {
			struct bytes out;
			uint8_t name[DIGEST_LEN];
			bool died;

			start();
			if (load(&out) == ERR_STORE)
				fail_msg("unreadable");
			assert_ok(save(text("old"), name));
			assert_ok(port.commit(port.ctx, text("old")));
			assert_ok(port.sweep(port.ctx, keep_first, name));
			file_store_close(&store);
			died = dies_in_replace(i, (enum when)when);
			start();
			assert_ok(load(&out));
			if (bytes_same(out, text("new"))) {
				assert_true(has_blob("new"));
				news++;
			} else {
				assert_true(bytes_same(out, text("old")));
				assert_true(has_blob("old"));
			}
			file_store_close(&store);
			points += died;
			if (!died)
				break;
		}
	assert_true(points >= 30);
	assert_true(news > 3 && news < points);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(empty_then_kept),
	    T(largest_record),
	    T(secret_on_disk),
	    T(forged),
	    T(longer_than_any),
	    T(not_a_link),
	    T(blobs),
	    T(dropped),
	    T(short_writes),
	    T(commit_fails_anywhere),
	    T(blob_fails_anywhere),
	    T(open_fails),
	    T(killed_at_each_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
