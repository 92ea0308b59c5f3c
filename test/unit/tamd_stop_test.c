/* tamd_stop: how a process of a service hears that it is to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <service.h>
#include <signal.h>
#include <unistd.h>

static int
stop_open(void)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	fd = stop_fd();
	assert_true(fd >= 0);
	return fd;
}

/* By others. */
static void
told(void **state)
{
	int fd = stop_open();

	(void)state;
	assert_int_equal(pthread_kill(pthread_self(), SIGTERM), 0);
	assert_int_equal(stop_wait(fd), OK);
	assert_false(stop_is_broken());
	(void)close(fd);
}

static void *
breaks(void *arg)
{
	stop_broken();
	return arg;
}

/* By a thread of its own; the process stays broken. */
static void
broken(void **state)
{
	int fd = stop_open();
	pthread_t other;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, breaks, NULL), 0);
	assert_int_equal(pthread_join(other, NULL), 0);
	assert_int_equal(stop_wait(fd), ERR_SYSTEM);
	assert_true(stop_is_broken());
	(void)close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(told),
	    cmocka_unit_test(broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
