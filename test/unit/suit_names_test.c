/* suit_names: names of what is run, and of what is refused. */
#include "suit_fake.h"

static void
names(void **state)
{
	(void)state;
	assert_string_equal(suit_command_name(3), "image-match");
	assert_string_equal(suit_command_name(22), "copy");
	assert_string_equal(suit_command_name(0), "unknown");
	assert_string_equal(suit_command_name(259), "unknown");
	assert_string_equal(suit_parameter_name(19), "encryption-info");
	assert_string_equal(suit_parameter_name(17), "unknown");
	assert_string_equal(suit_member_name(20), "install");
	assert_string_equal(suit_member_name(17), "unknown");
	assert_string_equal(suit_reason_name(10), "condition-failed");
	assert_string_equal(suit_reason_name(13), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
