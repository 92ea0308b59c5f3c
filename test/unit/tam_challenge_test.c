/*
 * challenge: carries its own proof, for as long as it should.
 */
#include "tam_support.h"

static enum err
check(struct bytes c, uint64_t now, uint64_t *issued)
{
	return tam_challenge_check(
	    crypto_openssl(), &w.view, &w.tam.config, now, c, issued);
}

static void
fresh_and_ours(void **state)
{
	uint8_t a[TAM_CHALLENGE_LEN], b[TAM_CHALLENGE_LEN];
	uint64_t issued;

	(void)state;
	assert_int_equal(
	    tam_challenge_make(crypto_openssl(), w.store.mac[0], NOW, a), OK);
	assert_int_equal(
	    tam_challenge_make(crypto_openssl(), w.store.mac[0], NOW, b), OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(check(BYTES_OF(a), NOW, &issued), OK);
	assert_int_equal(issued, NOW);
	assert_int_equal(check(BYTES_OF(a), NOW + 600, &issued), OK);
	assert_int_equal(check(BYTES_OF(a), NOW - 300, &issued), OK);
}

static void
too_old_or_from_tomorrow(void **state)
{
	uint8_t a[TAM_CHALLENGE_LEN];
	uint64_t issued;

	(void)state;
	assert_int_equal(
	    tam_challenge_make(crypto_openssl(), w.store.mac[0], NOW, a), OK);
	assert_int_equal(check(BYTES_OF(a), NOW + 601, &issued), ERR_EXPIRED);
	assert_int_equal(check(BYTES_OF(a), UINT64_MAX, &issued), ERR_EXPIRED);
	assert_int_equal(check(BYTES_OF(a), NOW - 301, &issued), ERR_CHALLENGE);
	assert_int_equal(check(BYTES_OF(a), 0, &issued), ERR_CHALLENGE);
}

static void
every_octet_counts(void **state)
{
	uint8_t a[TAM_CHALLENGE_LEN + 1];
	uint64_t issued;

	(void)state;
	assert_int_equal(
	    tam_challenge_make(crypto_openssl(), w.store.mac[0], NOW, a), OK);
	for (size_t i = 0; i < 8 * TAM_CHALLENGE_LEN; i++) {
		a[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(
		    check((struct bytes){a, TAM_CHALLENGE_LEN}, NOW, &issued),
		    ERR_CHALLENGE);
		a[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	a[TAM_CHALLENGE_LEN] = 0;
	for (size_t n = 0; n <= TAM_CHALLENGE_LEN + 1; n++)
		assert_int_equal(check((struct bytes){a, n}, NOW, &issued),
		    n == TAM_CHALLENGE_LEN ? OK : ERR_CHALLENGE);
}

/* The old key is honoured until it is gone; a third never was ours. */
static void
keys_rotate(void **state)
{
	uint8_t a[TAM_CHALLENGE_LEN], other[32];
	uint64_t issued;

	(void)state;
	assert_int_equal(
	    tam_challenge_make(crypto_openssl(), w.store.mac[1], NOW, a), OK);
	assert_int_equal(check(BYTES_OF(a), NOW, &issued), OK);
	w.store.n_mac = 1;
	assert_int_equal(check(BYTES_OF(a), NOW, &issued), ERR_CHALLENGE);
	assert_int_equal(issued, 0);
	memset(other, 0x77, sizeof(other));
	assert_int_equal(
	    tam_challenge_make(crypto_openssl(), other, NOW, a), OK);
	assert_int_equal(check(BYTES_OF(a), NOW, &issued), ERR_CHALLENGE);
}

static void
a_store_that_fails_is_no_answer(void **state)
{
	uint8_t a[TAM_CHALLENGE_LEN];
	uint64_t issued;
	struct bytes m;

	(void)state;
	assert_int_equal(
	    tam_challenge_make(crypto_openssl(), w.store.mac[0], NOW, a), OK);
	w.store.fail_at = 1;
	w.store.asked = 0;
	assert_int_equal(check(BYTES_OF(a), NOW, &issued), ERR_STORE);
	w.store.asked = 0;
	assert_int_equal(tam_connect(&w.tam, NOW, &w.arena, &m), ERR_STORE);
	assert_int_equal(m.n, 0);
	/* No key at all is a store that is not set up. */
	w.store.fail_at = 0;
	w.store.n_mac = 0;
	assert_int_equal(tam_connect(&w.tam, NOW, &w.arena, &m), ERR_STORE);
}

static void
time_beyond_the_stamp(void **state)
{
	uint8_t a[TAM_CHALLENGE_LEN];

	(void)state;
	assert_int_equal(tam_challenge_make(crypto_openssl(), w.store.mac[0],
			     (uint64_t)UINT32_MAX + 1, a),
	    ERR_BUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(fresh_and_ours),
	    TEST(too_old_or_from_tomorrow),
	    TEST(every_octet_counts),
	    TEST(keys_rotate),
	    TEST(a_store_that_fails_is_no_answer),
	    TEST(time_beyond_the_stamp),
	};

	w_suite = 0;
	return cmocka_run_group_tests(tests, suite_begin, world_end);
}
