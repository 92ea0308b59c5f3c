/* suit_wait: waiting: for nothing, for something, for ever, and where nobody
 * can tell. */
#include "suit_fake.h"

static struct bench b;
static uint32_t holding; /* bit event: it holds */
static uint32_t asked;

static enum err
event(void *ctx, enum suit_event which, struct bytes value, bool *holds)
{
	(void)ctx;
	assert_true(value.n > 0);
	asked |= UINT32_C(1) << which;
	/* no local time here */
	if (which == SUIT_EVENT_TIME_OF_DAY || which == SUIT_EVENT_DAY_OF_WEEK)
		return ERR_CANNOT;
	*holds = (holding >> which & 1) != 0;
	return OK;
}

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	b.fake.host.event = event;
	holding = asked = 0;
	pool.used = 0;
	return 0;
}

static enum suit_state
install(const char *commands)
{
	return bench_run(&b,
	    envelope(
		cbor(MANIFEST("['a']", "[]", "20:<<%s>>"), commands), "", 0),
	    SUIT_DO_UPDATE);
}

static void
held_at_once(void **state)
{
	(void)state;
	holding = 1 << SUIT_EVENT_POWER | 1 << SUIT_EVENT_TIME;
	assert_int_equal(
	    install("[20,{29:<<{2:1,5:1700000000}>>},29,2]"), SUIT_DONE);
	assert_int_equal(asked, holding);
}

/* All must hold; the run goes on where it was. */
static void
until_all_hold(void **state)
{
	uint32_t commands;

	(void)state;
	assert_int_equal(install("[20,{29:<<{1:3,3:1}>>,18:'x'},18,2,29,2,"
				 "18,2]"),
	    SUIT_WANT_EVENT);
	assert_true(bytes_same(b.ask.events, cbor("{1:3,3:1}")));
	assert_true(bytes_same(b.ask.component, cbor("['a']")));
	assert_string_equal(b.fake.log, "begin a 1;end;");
	commands = b.run.commands;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(suit_next(&b.run, &b.ask), SUIT_WANT_EVENT);
	holding = 1 << SUIT_EVENT_NETWORK;
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_WANT_EVENT);
	/* pieces are for a fetch */
	suit_give(&b.run, BYTES_LIT("x"), true);
	assert_int_equal(b.run.state, SUIT_WANT_EVENT);
	/* a patient device does not use up its commands */
	assert_int_equal(b.run.commands, commands);
	holding |= 1 << SUIT_EVENT_AUTHORIZATION;
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_string_equal(b.fake.log, "begin a 1;end;begin a 1;end;");
}

static void
given_up(void **state)
{
	(void)state;
	assert_int_equal(install("[20,{29:<<{3:1}>>},15,[<<[29,2]>>,<<[]>>]]"),
	    SUIT_WANT_EVENT);
	suit_fail(&b.run, ERR_WAIT);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_WAIT);
	assert_string_equal(b.run.why.what, "wait");
	assert_false(b.run.by_condition);
}

static void
refused(void **state)
{
	(void)state;
	assert_int_equal(install("[29,2]"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_NEEDS);
	/* one that can never be told here, though another is awaited first */
	assert_int_equal(install("[20,{29:<<{3:1,6:0}>>},29,2]"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_CANNOT);
	b.fake.may[SUIT_CMD_WAIT] = ERR_SIGNER_ACCESS;
	assert_int_equal(install("[20,{29:<<{3:1}>>},29,2]"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_SIGNER_ACCESS);
	b.fake.may[SUIT_CMD_WAIT] = OK;
	b.fake.host.event = NULL;
	assert_int_equal(install("[20,{29:<<{3:1}>>},29,2]"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_CANNOT);
}

/* Every event, of its type and of another. */
static void
types(void **state)
{
	static const char *const good[] = {"{1:-1}", "{2:1}", "{3:0}",
	    "{4:['d',[[1,[1]],[5,[2,0]]]]}", "{5:18446744073709551615}",
	    "{6:86399}", "{7:6}", "{8:0}", "{9:0}",
	    "{1:0,2:0,3:0,4:['d',[[3,[1]]]],5:0,6:0,7:0,8:0,9:0}"};
	static const char *const bad[] = {"{}", "[]", "1", "{0:1}", "{10:1}",
	    "{-1:1}", "{\"x\":1}", "{1:'x'}", "{2:true}", "{3:null}", "{4:[]}",
	    "{4:['',[[1,[1]]]]}", "{4:['d',[]]}", "{4:['d',[[9,[1]]]]}",
	    "{4:['d',[[1,[1]]],1]}", "{5:-1}", "{6:86400}", "{7:7}",
	    "{8:86400}", "{9:7}", "{5:1,5:2}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct bytes v = cbor("%s", good[i]);

		assert_int_equal(param_wait(&v), OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bytes v = cbor("%s", bad[i]);

		if (param_wait(&v) == OK)
			fail_msg("%s is accepted", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(held_at_once, setup),
	    cmocka_unit_test_setup(until_all_hold, setup),
	    cmocka_unit_test_setup(given_up, setup),
	    cmocka_unit_test_setup(refused, setup),
	    cmocka_unit_test_setup(types, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
