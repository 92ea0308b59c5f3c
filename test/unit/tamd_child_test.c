/*
 * port/service child.c: what a supervisor hands over, in a folder whose owner
 * may have put anything there.
 */
#include "rats_support.h"

#include <child.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static const char *
at(const char *name)
{
	static char path[2][128];
	static size_t turn;

	turn = !turn;
	(void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static int
open_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/tamd-child-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(mkdir(at("state"), 0700), 0);
	assert_int_equal(close(open(at("db"), O_WRONLY | O_CREAT, 0600)), 0);
	assert_int_equal(close(open(at("root"), O_WRONLY | O_CREAT, 0600)), 0);
	assert_int_equal(symlink(at("root"), at("link")), 0);
	assert_int_equal(symlink(at("state"), at("folder")), 0);
	assert_int_equal(mkfifo(at("pipe"), 0600), 0);
	return 0;
}

static int
close_dir(void **state)
{
	static const char *const names[] = {
	    "db", "root", "link", "folder", "pipe"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(unlink(at(names[i])), 0);
	assert_int_equal(rmdir(at("state")), 0);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static bool
hand(const char *name, mode_t mode)
{
	return hand_over("test", at(name), getuid(), getgid(), mode);
}

static mode_t
mode_of(const char *name)
{
	struct stat s;

	assert_int_equal(lstat(at(name), &s), 0);
	return s.st_mode & 07777;
}

static void
hands_over(void **state)
{
	(void)state;
	assert_true(hand("db", 0640));
	assert_int_equal(mode_of("db"), 0640);
	assert_true(hand("state", 0750));
	assert_int_equal(mode_of("state"), 0750);
}

static void
follows_no_link(void **state)
{
	(void)state;
	assert_false(hand("link", 0644));
	assert_int_equal(mode_of("root"), 0600);
	assert_false(hand("folder", 0755));
	assert_int_equal(mode_of("state"), 0700);
	/* nor waits for anybody */
	assert_false(hand("pipe", 0644));
	assert_int_equal(mode_of("pipe"), 0600);
	assert_false(hand("nothing", 0644));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_dir, close_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(hands_over),
	    TEST(follows_no_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
