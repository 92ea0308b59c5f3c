/* suit_sequence: may this number follow that one? */
#include "suit_fake.h"

static void
all_rules(void **state)
{
	static const uint8_t a[DIGEST_LEN] = {1}, b[DIGEST_LEN] = {2};
	const uint64_t step = UINT64_C(1) << 32;

	(void)state;
	assert_int_equal(suit_sequence_ok(true, 9, a, 0, b), OK);
	assert_int_equal(suit_sequence_ok(true, 9, NULL, step, b), OK);
	assert_int_equal(
	    suit_sequence_ok(true, 9, a, step + 1, b), ERR_SEQUENCE_JUMP);
	assert_int_equal(
	    suit_sequence_ok(true, 0, a, UINT64_MAX, b), ERR_SEQUENCE_JUMP);
	assert_int_equal(suit_sequence_ok(false, 0, a, 0, a), OK);
	assert_int_equal(
	    suit_sequence_ok(false, 0, a, 0, b), ERR_SEQUENCE_CLASH);
	assert_int_equal(suit_sequence_ok(false, 5, a, 4, a), ERR_ROLLBACK);
	assert_int_equal(suit_sequence_ok(false, 5, a, 5, a), OK);
	assert_int_equal(
	    suit_sequence_ok(false, 5, a, 5, b), ERR_SEQUENCE_CLASH);
	assert_int_equal(suit_sequence_ok(false, 5, a, 6, b), OK);
	assert_int_equal(suit_sequence_ok(false, 5, a, 5 + step, b), OK);
	assert_int_equal(
	    suit_sequence_ok(false, 5, a, 6 + step, b), ERR_SEQUENCE_JUMP);
	assert_int_equal(
	    suit_sequence_ok(false, 0, a, UINT64_MAX, b), ERR_SEQUENCE_JUMP);
	assert_int_equal(
	    suit_sequence_ok(false, UINT64_MAX, a, 0, a), ERR_ROLLBACK);
	assert_int_equal(
	    suit_sequence_ok(false, UINT64_MAX - 1, a, UINT64_MAX, b), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
