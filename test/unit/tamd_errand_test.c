/*
 * cmd/tamd remote.c: errands to another Verifier, and whose turn it is.
 */
#include "rats_support.h"

#include <courier.h>
#include <crypto_openssl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct remote r;
static struct settings s;
static int courier; /* its end of the one socket */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static size_t done; /* errands; under the lock */

static void
on_done(struct errand *e)
{
	(void)e;
	(void)pthread_mutex_lock(&lock);
	done++;
	(void)pthread_cond_signal(&more);
	(void)pthread_mutex_unlock(&lock);
}

static void
wait_done(size_t n)
{
	(void)pthread_mutex_lock(&lock);
	while (done < n)
		(void)pthread_cond_wait(&more, &lock);
	(void)pthread_mutex_unlock(&lock);
}

static int
begin(void **state)
{
	int pair[2];

	(void)state;
	memset(&r, 0, sizeof(r));
	done = 0;
	s.verifier.seconds = 60;
	r.s = &s;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	courier = pair[1];
	assert_int_equal(remote_start(&r, pair, 1, crypto_openssl()), OK);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	remote_stop(&r);
	assert_int_equal(close(r.carrier[0].fd), 0);
	assert_int_equal(close(courier), 0);
	return 0;
}

static void
hand_in(struct errand *e, uint8_t key)
{
	uint8_t *question = malloc(1);

	assert_non_null(question);
	*question = key;
	*e = (struct errand){
	    .state = ERRAND_ASKED, .question = {question, 1}, .done = on_done};
	memset(e->kid, key, KID_LEN);
	remote_send(&r, e);
}

/* The next question, and the courier's answer to it. */
static void
answer(uint8_t expected)
{
	static const uint8_t nothing[] = {0x84, 0, 0, 0x60, 0x41, 'x'};
	struct span room = {NULL, 0};
	const struct bytes head = {nothing, sizeof(nothing)};
	struct bytes in;

	assert_int_equal(frame_receive(courier, 64, &room, &in), OK);
	assert_int_equal(in.n, 1);
	assert_int_equal(in.p[0], expected);
	free(room.p);
	assert_int_equal(frame_send(courier, head, NULL, 0), OK);
}

static void
has_come_back(struct errand *e)
{
	assert_int_equal(e->state, ERRAND_DONE);
	assert_int_equal(e->err, OK);
	assert_true(bytes_same(e->result, BYTES_LIT("x")));
	errand_free(e);
}

/* However often a message is repeated, its sender has one session. */
static void
one_for_each_key(void **state)
{
	static struct errand first, other, again[100];
	size_t n = ARRAY_LEN(again);

	(void)state;
	hand_in(&first, 1);
	/* whether it waits still or is under way */
	for (size_t i = 0; i < n; i++) {
		hand_in(&again[i], 1);
		assert_int_equal(again[i].state, ERRAND_AWAY);
	}
	wait_done(n);
	assert_int_equal(r.waiting + (r.carrier[0].errand != NULL), 1);
	hand_in(&other, 2);
	assert_int_equal(other.state, ERRAND_ASKED);
	answer(1);
	wait_done(n + 1);
	has_come_back(&first);
	/* and then it may again, while the other is under way */
	hand_in(&first, 1);
	assert_int_equal(first.state, ERRAND_ASKED);
	answer(2);
	answer(1);
	wait_done(n + 3);
	has_come_back(&other);
	has_come_back(&first);
	for (size_t i = 0; i < n; i++)
		errand_free(&again[i]);
}

/* More keys than may wait are turned away, too: nobody was asked. */
static void
so_many_wait(void **state)
{
	enum { ALL = 1100 };
	static struct errand e[ALL];
	size_t away = 0, failed = 0;

	(void)state;
	for (size_t i = 0; i < ALL; i++) {
		uint8_t *question = malloc(1);

		assert_non_null(question);
		*question = 0;
		e[i] = (struct errand){.state = ERRAND_ASKED,
		    .question = {question, 1},
		    .done = on_done};
		memcpy(e[i].kid, &i, sizeof(i));
		remote_send(&r, &e[i]);
	}
	remote_stop(&r);
	wait_done(ALL);
	for (size_t i = 0; i < ALL; i++) {
		away += e[i].state == ERRAND_AWAY;
		failed += e[i].state == ERRAND_DONE && e[i].err == ERR_NET;
		errand_free(&e[i]);
	}
	assert_true(away >= ALL - 1024 - 1 && away <= ALL - 1024);
	assert_int_equal(away + failed, ALL);
	r.last = NULL; /* it has ended */
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_for_each_key),
	    TEST(so_many_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
