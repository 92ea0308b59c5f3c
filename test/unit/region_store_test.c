/*
 * region_store: sealed, and whole whenever the power goes.
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
#include <region_store.h>

#define assert_ok(e)        assert_string_equal(err_name(e), "ok")
#define assert_err(e, want) assert_string_equal(err_name(e), err_name(want))

static const uint8_t key[REGION_KEY] = "0123456789abcdef";
static uint8_t memory[REGION_MIN], room[AGENT_STATE_MAX];
static struct region_store store;
static struct agent_store port;

static struct bytes
text(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void
name_of(struct bytes b, uint8_t out[DIGEST_LEN])
{
	assert_ok(crypto_openssl()->sha256(&b, 1, out));
}

static void
open_it(void)
{
	assert_ok(
	    region_store_open(&store, crypto_openssl(), SPAN_OF(memory), key));
	region_store_port(&store, &port);
}

static void
load_is(const char *want)
{
	struct bytes got;

	assert_ok(port.load(port.ctx, SPAN_OF(room), &got));
	assert_true(bytes_same(got, text(want)));
}

static int
setup(void **state)
{
	struct bytes got;

	(void)state;
	memset(memory, 0, sizeof(memory));
	open_it();
	assert_err(port.commit(port.ctx, text("too early")), ERR_BUG);
	assert_err(port.load(port.ctx, SPAN_OF(room), &got), ERR_NOT_FOUND);
	return 0;
}

static enum err
write_blob(const char *content)
{
	struct bytes b = text(content);
	uint8_t name[DIGEST_LEN];

	name_of(b, name);
	TRY(port.blob_begin(port.ctx, b.n));
	TRY(port.blob_more(port.ctx, (struct bytes){b.p, b.n / 2}));
	TRY(port.blob_more(
	    port.ctx, (struct bytes){b.p + b.n / 2, b.n - b.n / 2}));
	return port.blob_end(port.ctx, name);
}

static bool
has_blob(const char *content)
{
	struct bytes b = text(content);
	uint8_t name[DIGEST_LEN], got[64];
	size_t n = 0;
	enum err e;

	name_of(b, name);
	e = port.blob_read(port.ctx, name, 0, SPAN_OF(got), &n);
	if (e == ERR_NOT_FOUND)
		return false;
	assert_ok(e);
	assert_true(bytes_same((struct bytes){got, n}, b));
	return true;
}

static void
records(void **state)
{
	(void)state;
	assert_ok(port.commit(port.ctx, text("one")));
	load_is("one");
	for (char c = 'a'; c <= 'z'; c++) {
		char s[] = {'r', c, 0};

		assert_ok(port.commit(port.ctx, text(s)));
		open_it();
		load_is(s);
	}
	assert_err(
	    port.commit(port.ctx, (struct bytes){memory, AGENT_STATE_MAX + 1}),
	    ERR_ROOM);
}

static void
largest(void **state)
{
	static uint8_t big[AGENT_STATE_MAX];
	struct bytes got;

	(void)state;
	memset(big, 0x5a, sizeof(big));
	assert_ok(port.commit(port.ctx, BYTES_OF(big)));
	open_it();
	assert_ok(port.load(port.ctx, SPAN_OF(room), &got));
	assert_true(bytes_same(got, BYTES_OF(big)));
	assert_err(
	    port.load(port.ctx, (struct span){room, 16}, &got), ERR_ROOM);
}

static void
every_flip(void **state)
{
	struct bytes got;
	size_t n = REGION_HEAD + 8 + 3 + 16, refused = 0;

	(void)state;
	assert_ok(port.commit(port.ctx, text("one")));
	for (size_t i = 4; i < n; i++) {
		/* what is beyond the IV in a head means nothing */
		if (i >= 8 + 12 && i < REGION_HEAD)
			continue;
		memory[i] ^= 1;
		open_it();
		assert_err(port.load(port.ctx, SPAN_OF(room), &got), ERR_STORE);
		assert_err(port.commit(port.ctx, text("two")), ERR_BUG);
		memory[i] ^= 1;
		refused++;
	}
	assert_int_equal(refused, 16 + 27);
	open_it();
	load_is("one");
}

static void
another_key(void **state)
{
	static const uint8_t other[REGION_KEY] = "another key 0123";
	struct bytes got;

	(void)state;
	assert_ok(port.commit(port.ctx, text("one")));
	assert_ok(region_store_open(
	    &store, crypto_openssl(), SPAN_OF(memory), other));
	assert_err(port.load(port.ctx, SPAN_OF(room), &got), ERR_STORE);
	assert_err(region_store_open(&store, crypto_openssl(),
		       (struct span){memory, REGION_MIN - 1}, key),
	    ERR_ROOM);
}

static bool
keep_first(void *arg, const uint8_t sha256[DIGEST_LEN])
{
	uint8_t name[DIGEST_LEN];

	(void)arg;
	name_of(text("first"), name);
	return memcmp(name, sha256, DIGEST_LEN) == 0;
}

static void
blobs(void **state)
{
	char s[8];
	unsigned n = 0;

	(void)state;
	assert_ok(write_blob("first"));
	assert_ok(write_blob("first"));
	assert_ok(write_blob("second"));
	assert_true(has_blob("first") && has_blob("second"));
	assert_false(has_blob("third"));
	open_it();
	assert_true(has_blob("first") && has_blob("second"));
	assert_ok(port.sweep(port.ctx, keep_first, NULL));
	assert_true(has_blob("first"));
	assert_false(has_blob("second"));
	/* six parts: one is taken */
	do
		(void)snprintf(s, sizeof(s), "b%u", n++);
	while (write_blob(s) == OK);
	assert_int_equal(n, 6);
	assert_ok(port.sweep(port.ctx, keep_first, NULL));
	assert_ok(write_blob("again"));
	assert_err(port.blob_begin(port.ctx, REGION_BLOB + 1), ERR_ROOM);
	assert_ok(port.blob_begin(port.ctx, 0));
	assert_err(
	    port.blob_more(port.ctx, (struct bytes){memory, REGION_BLOB + 1}),
	    ERR_ROOM);
	port.blob_drop(port.ctx);
	assert_err(port.blob_more(port.ctx, text("x")), ERR_BUG);
}

/* ---- the power goes ------------------------------------------------------ */

static size_t left;
static jmp_buf dark;

static void
dying_put(uint8_t *to, const uint8_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (left == 0)
			longjmp(dark, 1);
		left--;
		to[i] = from[i];
	}
}

/* An update: a blob, then the record that names it. */
static bool
update(size_t octets)
{
	left = octets;
	store.put = dying_put;
	if (setjmp(dark) != 0)
		return false;
	assert_ok(write_blob("new image"));
	assert_ok(port.commit(port.ctx, text("new")));
	return true;
}

static void
power_cuts(void **state)
{
	static uint8_t before[sizeof(memory)];
	size_t cuts = 0, old = 0;
	struct bytes got;
	bool done = false;

	(void)state;
	assert_ok(write_blob("old image"));
	assert_ok(port.commit(port.ctx, text("older")));
	assert_ok(port.commit(port.ctx, text("old")));
	memcpy(before, memory, sizeof(memory));
	for (; !done; cuts++) {
		memcpy(memory, before, sizeof(memory));
		open_it();
		load_is("old");
		done = update(cuts);
		open_it();
		assert_ok(port.load(port.ctx, SPAN_OF(room), &got));
		if (bytes_same(got, text("old"))) {
			old++;
			assert_true(has_blob("old image"));
		} else {
			assert_true(bytes_same(got, text("new")));
			assert_true(has_blob("new image"));
		}
		/* and it can be done again */
		assert_true(update(SIZE_MAX));
		open_it();
		load_is("new");
		assert_true(has_blob("new image"));
	}
	print_message("%zu cuts, %zu left the old record\n", cuts, old);
	assert_true(cuts > 150 && old > 100 && old < cuts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(records, setup),
	    cmocka_unit_test_setup(largest, setup),
	    cmocka_unit_test_setup(every_flip, setup),
	    cmocka_unit_test_setup(another_key, setup),
	    cmocka_unit_test_setup(blobs, setup),
	    cmocka_unit_test_setup(power_cuts, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
