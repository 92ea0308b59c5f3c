/* suit_several: parameters of several components in one directive. */
#include "suit_fake.h"

static struct bench b;

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	pool.used = 0;
	return 0;
}

static enum err
install(const char *commands)
{
	(void)bench_run(&b,
	    envelope(
		cbor(MANIFEST("['a'],['b'],['c']", "[]", "20:<<[12,0,%s]>>"),
		    commands),
		"", 0),
	    SUIT_DO_UPDATE);
	return b.run.why.err;
}

static void
override_multiple(void **state)
{
	(void)state;
	assert_int_equal(install("20,{14:9},34,{0:{14:1},2:{14:3,21:\"u\"},"
				 "1:{14:2}}"),
	    OK);
	assert_int_equal(param_size(&b.run, &b.run.slot[0]), 1);
	assert_int_equal(param_size(&b.run, &b.run.slot[1]), 2);
	assert_int_equal(param_size(&b.run, &b.run.slot[2]), 3);
	/* the last one stays selected */
	assert_int_equal(
	    install("34,{2:{14:1},1:{14:1}},20,{18:'x'},18,2"), OK);
	assert_string_equal(fake_content_of(&b.fake, "b"), "x");
	/* soft-failure is of the sequence, whichever component says it */
	assert_int_equal(
	    install("32,<<[12,0,34,{1:{13:true,14:1}},14,15]>>"), OK);
}

static void
copy_params(void **state)
{
	(void)state;
	assert_int_equal(install("20,{14:7,21:\"u\"},12,1,20,{14:8},"
				 "12,[1,2],35,{0:[14,21]}"),
	    OK);
	assert_int_equal(param_size(&b.run, &b.run.slot[1]), 7);
	assert_int_equal(param_size(&b.run, &b.run.slot[2]), 7);
	assert_int_equal(param_get(&b.run, &b.run.slot[2], SUIT_PAR_URI).n, 1);
	/* what the source lacks */
	assert_int_equal(install("12,1,35,{0:[14]}"), ERR_NEEDS);
	assert_int_equal(
	    install("12,1,15,[<<[35,{0:[14]}]>>,<<[]>>]"), ERR_NEEDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(override_multiple, setup),
	    cmocka_unit_test_setup(copy_params, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
