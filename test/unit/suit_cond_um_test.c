/* suit_cond_um: conditions about the state of the device: each held, not
 * held, lacking its parameter, and on a device that cannot tell.  What was
 * measured stands in the record of the failure. */
#include "suit_fake.h"

static struct bench b;
static uint64_t number;        /* what the device's clock or battery says */
static struct bytes installed; /* its version */
static enum err answer;

static enum err
say_number(void *ctx, uint64_t *out)
{
	(void)ctx;
	*out = number;
	return answer;
}

static enum err
say_version(void *ctx, struct bytes id, struct bytes *ints)
{
	(void)ctx;
	assert_true(bytes_same(id, cbor("['a']")));
	*ints = installed;
	return answer;
}

static enum err
say_authorized(void *ctx, struct bytes id, int64_t priority)
{
	(void)ctx;
	assert_true(bytes_same(id, cbor("['a']")));
	/* the smaller, the more urgent */
	return priority <= (int64_t)number ? answer : ERR_CONDITION;
}

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	answer = OK;
	return 0;
}

static enum err
run(const char *validate)
{
	(void)bench_run(&b,
	    envelope(
		cbor(MANIFEST("['a']", "[]", "7:<<%s>>"), validate), "", 0),
	    SUIT_DO_INVOKE);
	assert_string_equal(b.fake.log, "");
	return b.run.why.err;
}

static void
measured(uint8_t label, const char *value)
{
	assert_true(b.run.by_condition);
	assert_int_equal(b.run.n_records, 1);
	assert_int_equal(b.run.last.measured, label);
	assert_true(
	    bytes_same((struct bytes){b.run.last.value, b.run.last.n_value},
		cbor("%s", value)));
	pool.used = 0;
}

static void
use_before(void **state)
{
	(void)state;
	pool.used = 0;
	/* nobody vouches for the time */
	assert_int_equal(run("[20,{4:10},4,15]"), ERR_CANNOT);
	assert_int_equal(b.run.last.measured, 0);
	b.fake.host.now = say_number;
	number = 9;
	assert_int_equal(run("[20,{4:10},4,15]"), OK);
	number = 10;
	assert_int_equal(run("[20,{4:10},4,15]"), ERR_CONDITION);
	measured(SUIT_PAR_USE_BEFORE, "10");
	assert_int_equal(run("[4,15]"), ERR_NEEDS);
	/* more than 32 bits of seconds */
	number = UINT64_C(1) << 33;
	assert_int_equal(run("[20,{4:8589934593},4,15]"), OK);
	assert_int_equal(run("[20,{4:8589934592},4,15]"), ERR_CONDITION);
	measured(SUIT_PAR_USE_BEFORE, "8589934592");
	/* and none of them cut off, on either side */
	assert_int_equal(run("[20,{4:10},4,15]"), ERR_CONDITION);
	number = 5;
	assert_int_equal(run("[20,{4:8589934592},4,15]"), OK);
	number = UINT64_C(1) << 33;
	/* a clock that is not trusted fails it, a broken one ends it */
	answer = ERR_CONDITION;
	assert_int_equal(run("[20,{4:8589934593},15,[<<[4,15]>>,<<[]>>]]"), OK);
	answer = ERR_SYSTEM;
	assert_int_equal(
	    run("[20,{4:8589934593},15,[<<[4,15]>>,<<[]>>]]"), ERR_SYSTEM);
}

/* What is not implemented refuses the manifest: no alternative is taken for
 * it, and one that is not reached does no harm. */
static void
not_implemented(void **state)
{
	static const char *const cases[] = {
	    "[20,{4:10},15,[<<[4,15]>>,<<[]>>]]",
	    "[20,{5:1},15,[<<[5,15]>>,<<[]>>]]",
	    "[20,{24:'0123456789abcdef'},15,[<<[24,15]>>,<<[]>>]]",
	    "[20,{26:500},15,[<<[26,15]>>,<<[]>>]]",
	    "[20,{27:-1},15,[<<[27,15]>>,<<[]>>]]",
	    "[20,{28:<<[3,[1]]>>},15,[<<[28,15]>>,<<[]>>]]",
	    "[20,{26:500},32,<<[20,{13:true},26,15]>>]",
	};

	(void)state;
	pool.used = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(run(cases[i]), ERR_CANNOT);
		assert_false(b.run.by_condition);
		assert_int_equal(b.run.n_records, 0);
	}
	assert_int_equal(suit_reason_name(suit_reason(ERR_CANNOT)),
	    suit_reason_name(suit_reason(ERR_COMMAND)));
	assert_true(suit_unsupported(ERR_CANNOT));
	assert_int_equal(run("[20,{26:500},15,[<<[]>>,<<[26,15]>>]]"), OK);
}

static void
battery(void **state)
{
	(void)state;
	pool.used = 0;
	assert_int_equal(run("[20,{26:500},26,15]"), ERR_CANNOT);
	b.fake.host.battery = say_number;
	number = 500;
	assert_int_equal(run("[20,{26:500},26,15]"), OK);
	number = 499;
	assert_int_equal(run("[20,{26:500},26,15]"), ERR_CONDITION);
	measured(SUIT_PAR_BATTERY, "499");
	assert_int_equal(run("[26,15]"), ERR_NEEDS);
}

static void
authorized(void **state)
{
	(void)state;
	pool.used = 0;
	assert_int_equal(run("[20,{27:-1},27,15]"), ERR_CANNOT);
	b.fake.host.authorized = say_authorized;
	number = 0;
	assert_int_equal(run("[20,{27:-1},27,15]"), OK);
	assert_int_equal(run("[20,{27:1},27,15]"), ERR_CONDITION);
	assert_int_equal(b.run.last.measured, 0);
	assert_int_equal(run("[27,15]"), ERR_NEEDS);
}

static void
version(void **state)
{
	(void)state;
	pool.used = 0;
	assert_int_equal(run("[20,{28:<<[3,[1]]>>},28,15]"), ERR_CANNOT);
	b.fake.host.version = say_version;
	installed = (struct bytes){(const uint8_t *)"\x83\x01\x02\x03", 4};
	assert_int_equal(run("[20,{28:<<[3,[1,2]]>>},28,15]"), OK);
	assert_int_equal(run("[20,{28:<<[1,[1,3]]>>},28,15]"), ERR_CONDITION);
	measured(SUIT_PAR_VERSION, "<<[3,[1,2,3]]>>");
	assert_int_equal(run("[28,15]"), ERR_NEEDS);
	/* nonsense from the device fulfils nothing */
	installed = (struct bytes){(const uint8_t *)"\x80", 1};
	assert_int_equal(run("[20,{28:<<[5,[9]]>>},28,15]"), ERR_CONDITION);
	answer = ERR_NOT_INSTALLED;
	assert_int_equal(
	    run("[20,{28:<<[3,[1,2]]>>},15,[<<[28,15]>>,<<[]>>]]"), OK);
	assert_int_equal(b.run.last.measured, 0);
}

/* The order of versions.                              [SUIT UM] */
static void
comparisons(void **state)
{
	static const struct {
		const char *want, *have;
		bool holds;
	} t[] = {
	    /* greater, or not */
	    {"[1,[1,2]]", "[1,3]", true},
	    {"[1,[1,2]]", "[1,2]", false},
	    {"[1,[1,2]]", "[1,2,5]", false}, /* what is beyond: no matter */
	    {"[1,[1,2,0]]", "[1,2,5]", true},
	    {"[2,[1,2]]", "[1,2]", true},
	    {"[2,[1,2]]", "[1,1,9]", false},
	    {"[3,[1]]", "[1,9,9]", true},
	    {"[3,[1,2]]", "[1]", false}, /* what lacks is 0 */
	    {"[3,[1,0]]", "[1]", true},
	    {"[4,[2]]", "[2,1]", true},
	    {"[4,[2]]", "[3]", false},
	    {"[5,[2]]", "[1,9]", true},
	    {"[5,[2]]", "[2]", false},
	    /* a release is above its candidates: 0 > rc > beta > alpha */
	    {"[1,[1,2,-1]]", "[1,2]", true},
	    {"[5,[1,2,-1,3]]", "[1,2,-1,2]", true},
	    {"[5,[1,2,-1]]", "[1,2,-2,9]", true},
	    {"[5,[1,2,-2]]", "[1,2,-3,9]", true},
	    /* nonsense on either side */
	    {"[0,[1]]", "[1]", false},
	    {"[6,[1]]", "[1]", false},
	    {"[3,[1,2,3,4]]", "[1,2,3,4]", false},
	    {"[3,[-1]]", "[-1]", false},
	    {"[3,[1,-4]]", "[1,-4]", false},
	    {"[3,[1]]", "1", false},
	    {"[3,[1]]", "[\"1\"]", false},
	    {"[3,[1,2,3,-1,0,0,0,0]]", "[1,2,3,-1]", true},
	    {"[3,[1,2,3,-1,0,0,0,0,0]]", "[1,2,3,-1]", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		pool.used = 0;
		if (suit_version_holds(cbor("%s", t[i].want),
			cbor("%s", t[i].have)) != t[i].holds)
			fail_msg("%s against %s", t[i].want, t[i].have);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(use_before, setup),
	    cmocka_unit_test_setup(not_implemented, setup),
	    cmocka_unit_test_setup(battery, setup),
	    cmocka_unit_test_setup(authorized, setup),
	    cmocka_unit_test_setup(version, setup),
	    cmocka_unit_test_setup(comparisons, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
