/* suit_custom: commands and parameters of the device's own: those it has, and
 * those it has not, refused before anything runs. */
#include "suit_fake.h"

static struct bench b;
static enum err answer;
static struct bytes got_arg, got_parameter;

static enum err
own(void *ctx, struct bytes id, struct bytes arg, struct bytes parameter)
{
	struct fake *f = ctx;

	fake_log(f, "own %s;", fake_slot(f, id)->id);
	got_arg = arg;
	got_parameter = parameter;
	return answer;
}

/* A lamp to switch, and a key switch to look at. */
static const struct suit_custom rows[] = {
    {.code = -300,
	.arg = CBOR_TSTR,
	.parameter = -301,
	.type = CBOR_BSTR,
	.act = own},
    {.code = -302, .is_condition = true, .arg = CBOR_SIMPLE, .act = own},
    {.code = -303,
	.arg = CBOR_NINT,
	.parameter = -304,
	.type = CBOR_SIMPLE,
	.act = own},
};

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	b.fake.host.custom = rows;
	b.fake.host.n_custom = ARRAY_LEN(rows);
	answer = OK;
	pool.used = 0;
	return 0;
}

static enum err
install(const char *commands)
{
	b.fake.log[0] = 0;
	(void)bench_run(&b,
	    envelope(cbor(MANIFEST("['a'],['b']", "[]", "20:<<[12,true,%s]>>"),
			 commands),
		"", 0),
	    SUIT_DO_UPDATE);
	return b.run.why.err;
}

static void
directive(void **state)
{
	(void)state;
	assert_int_equal(install("20,{-301:'red'},-300,\"on\""), OK);
	assert_string_equal(b.fake.log, "own a;own b;");
	assert_true(bytes_same(got_arg, cbor("\"on\"")));
	assert_true(bytes_same(got_parameter, BYTES_LIT("red")));
	assert_int_equal(install("20,{-304:true},-303,-7"), OK);
	assert_true(bytes_same(got_parameter, cbor("true")));
	/* one that fails ends it all */
	answer = ERR_SYSTEM;
	assert_int_equal(
	    install("20,{-301:'red'},15,[<<[-300,\"on\"]>>,<<[]>>]"),
	    ERR_SYSTEM);
	answer = OK;
	assert_int_equal(install("-300,\"on\""), ERR_NEEDS);
	b.fake.may[SUIT_CMD_CUSTOM] = ERR_SIGNER_ACCESS;
	assert_int_equal(
	    install("20,{-301:'red'},-300,\"on\""), ERR_SIGNER_ACCESS);
	assert_string_equal(b.fake.log, "");
}

static void
condition(void **state)
{
	(void)state;
	assert_int_equal(install("-302,null"), OK);
	assert_string_equal(b.fake.log, "own a;own b;");
	answer = ERR_CONDITION;
	assert_int_equal(install("-302,null"), ERR_CONDITION);
	assert_true(b.run.by_condition);
	assert_int_equal(b.run.n_records, 1);
	assert_int_equal(install("15,[<<[-302,null]>>,<<[]>>]"), OK);
	answer = ERR_SYSTEM;
	assert_int_equal(install("15,[<<[-302,null]>>,<<[]>>]"), ERR_SYSTEM);
}

/* Wherever it stands: what comes first is not run either. */
static void
unknown(void **state)
{
	static const struct {
		const char *commands;
		enum err e;
	} t[] = {
	    {"20,{18:'x'},18,2,-305,null", ERR_COMMAND},
	    {"20,{18:'x'},18,2,15,[<<[]>>,<<[-305,null]>>]", ERR_COMMAND},
	    {"20,{18:'x'},18,2,-302,1", ERR_TYPE},
	    {"20,{18:'x'},18,2,-300,'on'", ERR_TYPE},
	    {"20,{18:'x'},18,2,-65836,null", ERR_COMMAND}, /* -300 in 16 bits */
	    {"20,{18:'x'},18,2,20,{-302:1}", ERR_PARAMETER},
	    {"20,{18:'x'},18,2,20,{-301:1}", ERR_TYPE},
	    {"20,{18:'x'},18,2,20,{-304:1}", ERR_TYPE},
	    {"20,{18:'x'},18,2,20,{-65837:'x'}", ERR_PARAMETER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_int_equal(install(t[i].commands), t[i].e);
		assert_string_equal(b.fake.log, "");
		assert_true(b.run.why.at > 100);
	}
	/* and by a device that has nothing of its own */
	b.fake.host.n_custom = 0;
	assert_int_equal(install("20,{18:'x'},18,2,-302,null"), ERR_COMMAND);
	assert_int_equal(
	    install("20,{18:'x'},18,2,20,{-301:'x'}"), ERR_PARAMETER);
	assert_string_equal(b.fake.log, "");
}

/* The shared sequence means the same everywhere. */
static void
not_shared(void **state)
{
	struct why why;

	(void)state;
	assert_int_equal(
	    open_it(envelope(cbor(MANIFEST("['a']", "[-302,null]", "")), "", 0),
		&b.m, &why),
	    ERR_PLACE);
	assert_int_equal(
	    open_it(
		envelope(cbor(MANIFEST("['a']", "[20,{-301:'x'}]", "")), "", 0),
		&b.m, &why),
	    ERR_PLACE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(directive, setup),
	    cmocka_unit_test_setup(condition, setup),
	    cmocka_unit_test_setup(unknown, setup),
	    cmocka_unit_test_setup(not_shared, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
