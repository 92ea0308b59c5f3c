/* suit_cond: each condition held, not held, and lacking its parameter; none
 * of them changes anything. */
#include "suit_fake.h"

static struct bench b;

static enum err
run(const char *shared, const char *validate)
{
	const char *log;

	pool.used = 0;
	(void)bench_run(&b,
	    envelope(
		cbor(MANIFEST("['a']", "%s", "7:<<%s>>"), shared, validate), "",
		0),
	    SUIT_DO_INVOKE);
	for (log = b.fake.log; *log != 0; log += strcspn(log, ";") + 1)
		assert_memory_equal(log, "digest ", 7);
	return b.run.why.err;
}

static void
vendor(void **state)
{
	(void)state;
	assert_int_equal(run("[20,{1:" VENDOR "}]", "[1,15]"), OK);
	assert_int_equal(run("[20,{1:112(h'0102')}]", "[1,15]"), OK);
	assert_int_equal(run("[20,{1:112(h'0101')}]", "[1,15]"), ERR_VENDOR);
	assert_int_equal(run("[20,{1:" CLASS "}]", "[1,15]"), ERR_VENDOR);
	assert_int_equal(run("[20,{2:" CLASS "}]", "[1,15]"), ERR_NEEDS);
	assert_true(b.run.by_condition);
}

static void
class_id(void **state)
{
	(void)state;
	assert_int_equal(run("[20,{2:" CLASS "}]", "[2,15]"), OK);
	assert_int_equal(run("[20,{2:" VENDOR "}]", "[2,15]"), ERR_CLASS);
	assert_int_equal(run("[20,{1:" VENDOR "}]", "[2,15]"), ERR_NEEDS);
}

static void
image_match(void **state)
{
	char shared[256];

	(void)state;
	(void)snprintf(
	    shared, sizeof(shared), "[20,{3:%s}]", digest_of("image"));
	assert_int_equal(run(shared, "[3,15]"), ERR_NOT_INSTALLED);
	assert_int_equal(b.run.last.measured, 0);
	fake_install(&b.fake, "a", "image");
	assert_int_equal(run(shared, "[3,15]"), OK);
	assert_int_equal(run(shared, "[20,{14:5},3,15]"), OK);
	assert_int_equal(run(shared, "[20,{14:6},3,15]"), ERR_IMAGE_SIZE);
	assert_int_equal(run("[]", "[3,15]"), ERR_NEEDS);
	fake_install(&b.fake, "a", "imago");
	assert_int_equal(run(shared, "[3,15]"), ERR_IMAGE_DIGEST);
	/* what is installed may be told: its owner put it there */
	assert_int_equal(b.run.last.measured, SUIT_PAR_IMAGE_DIGEST);
	assert_true(bytes_same(b.run.why.found, record_digest(&b.run.last)));
	assert_int_equal(b.run.why.found.n, DIGEST_LEN);
}

static void
check_content(void **state)
{
	(void)state;
	memset(&b.fake.slot, 0, sizeof(b.fake.slot));
	assert_int_equal(run("[20,{18:'x'}]", "[6,15]"), ERR_NOT_INSTALLED);
	fake_install(&b.fake, "a", "x");
	assert_int_equal(run("[20,{18:'x'}]", "[6,15]"), OK);
	assert_int_equal(run("[20,{18:'y'}]", "[6,15]"), ERR_CONDITION);
	assert_int_equal(run("[20,{18:'xx'}]", "[6,15]"), ERR_CONDITION);
	assert_int_equal(run("[]", "[6,15]"), ERR_NEEDS);
}

static void
abort_never_holds(void **state)
{
	(void)state;
	assert_int_equal(run("[]", "[14,15]"), ERR_CONDITION);
	assert_int_equal(run("[]", "[15,[<<[14,15]>>,null]]"), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vendor),
	    cmocka_unit_test(class_id),
	    cmocka_unit_test(image_match),
	    cmocka_unit_test(check_content),
	    cmocka_unit_test(abort_never_holds),
	};

	fake_make(&b.fake);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
