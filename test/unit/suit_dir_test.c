/* suit_dir: the directives of one component: each done, and each refused. */
#include "suit_fake.h"

static struct bench b;
static uint8_t room[64];

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
update(const char *install)
{
	b.fake.log[0] = 0;
	(void)bench_run(&b,
	    envelope(cbor(MANIFEST("['a']", "[]", "20:<<%s>>"), install),
		"\"#p\":'hello',\"x/y\":'there'", 2),
	    SUIT_DO_UPDATE);
	return b.run.why.err;
}

static void
write_content(void **state)
{
	(void)state;
	assert_int_equal(update("[20,{18:'hello'},18,2]"), OK);
	assert_string_equal(fake_content_of(&b.fake, "a"), "hello");
	assert_true(b.run.slot[0].vouched);
	assert_int_equal(update("[18,2]"), ERR_NEEDS);
	b.fake.may[SUIT_CMD_WRITE] = ERR_SIGNER_ACCESS;
	assert_int_equal(update("[20,{18:'x'},18,2]"), ERR_SIGNER_ACCESS);
	assert_string_equal(b.fake.log, "");
}

static void
fetch(void **state)
{
	(void)state;
	assert_int_equal(update("[20,{21:\"#p\"},21,2]"), OK);
	assert_string_equal(fake_content_of(&b.fake, "a"), "hello");
	assert_int_equal(update("[20,{21:\"#q\"},21,2]"), ERR_FETCH);
	assert_int_equal(update("[20,{21:\"#p\",14:4},21,2]"), ERR_IMAGE_SIZE);
	assert_int_equal(update("[21,2]"), ERR_NEEDS);
	/* so much as the manifest says, or nothing */
	assert_int_equal(update("[20,{21:\"https://h/\"},21,2]"), ERR_NEEDS);
	b.fake.may_fetch = ERR_URI;
	assert_int_equal(update("[20,{21:\"https://h/\",14:4},21,2]"), ERR_URI);
	assert_string_equal(b.fake.log, "may-fetch https://h/;");
}

/* Arguments go with the request; whoever fetches knows what they mean. */
static void
fetch_arguments(void **state)
{
	(void)state;
	assert_int_equal(
	    update("[20,{21:\"https://h/\",14:4,25:'arg'},21,2]"), OK);
	assert_int_equal(b.run.state, SUIT_WANT_FETCH);
	assert_true(bytes_same(b.ask.args, BYTES_LIT("arg")));
	suit_fail(&b.run, ERR_FETCH);
	assert_int_equal(update("[20,{21:\"https://h/\",14:4},21,2]"), OK);
	assert_null(b.ask.args.p);
	suit_fail(&b.run, ERR_FETCH);
}

/* A relative reference means what it means beside the envelope, and that is
 * what the host judges. */
static void
fetch_relative(void **state)
{
	const char *commands = "[20,{21:\"../y?z\",14:4},21,2]";

	(void)state;
	b.fake.host.base = BYTES_LIT("https://h/a/b/c.suit");
	b.fake.host.uri_room = SPAN_OF(room);
	assert_int_equal(update(commands), OK);
	assert_int_equal(b.run.state, SUIT_WANT_FETCH);
	assert_true(bytes_same(b.ask.uri, BYTES_LIT("https://h/a/y?z")));
	assert_string_equal(b.fake.log, "may-fetch https://h/a/y?z;begin a 4;");
	suit_give(&b.run, BYTES_LIT("four"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	/* a key of the envelope that happens to look like one is that key */
	assert_int_equal(update("[20,{21:\"x/y\"},21,2]"), OK);
	assert_string_equal(fake_content_of(&b.fake, "a"), "there");
	/* nobody knows where the envelope came from, or has room */
	b.fake.host.base = BYTES_NONE;
	assert_int_equal(update(commands), ERR_URI);
	b.fake.host.base = BYTES_LIT("https://h/a/b/c.suit");
	b.fake.host.uri_room = (struct span){room, 8};
	assert_int_equal(update(commands), ERR_TOO_LONG);
	assert_string_equal(b.fake.log, "");
}

static void
invoke(void **state)
{
	struct bytes env = envelope(
	    cbor(MANIFEST("['a']", "[]", "9:<<[20,{23:'args'},23,2]>>")), "",
	    0);

	(void)state;
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_DONE);
	assert_string_equal(b.fake.log, "invoke a 'args';");
	b.fake.may[SUIT_CMD_INVOKE] = ERR_SIGNER_ACCESS;
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_SIGNER_ACCESS);
	assert_string_equal(b.fake.log, "invoke a 'args';");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(write_content, setup),
	    cmocka_unit_test_setup(fetch, setup),
	    cmocka_unit_test_setup(fetch_arguments, setup),
	    cmocka_unit_test_setup(fetch_relative, setup),
	    cmocka_unit_test_setup(invoke, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
