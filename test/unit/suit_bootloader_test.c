/*
 * suit_bootloader: the bootloader's profile: two slots, the new image moved
 * into the one that is started, and nothing else.
 */
#include "suit_fake.h"

/* In the place of the full one, as on a device's link line. */
#include <suit/bootloader/commands.c>

static struct bench b;
static uint64_t current; /* slot of both components */
static uint64_t energy;

static enum err
slot(void *ctx, struct bytes id, uint64_t *out)
{
	(void)ctx;
	(void)id;
	*out = current;
	return OK;
}

static enum err
battery(void *ctx, uint64_t *mwh)
{
	(void)ctx;
	*mwh = energy;
	return OK;
}

static enum err
swap(void *ctx, struct bytes one, struct bytes two)
{
	struct fake *f = ctx;
	struct fake_slot *x = fake_slot(f, one), *y = fake_slot(f, two);
	struct fake_slot z = *x;

	fake_log(f, "swap %s %s;", x->id, y->id);
	memcpy(x->content, y->content, sizeof(x->content));
	x->n = y->n;
	memcpy(y->content, z.content, sizeof(y->content));
	y->n = z.n;
	return OK;
}

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	b.fake.host.slot = slot;
	b.fake.host.battery = battery;
	b.fake.host.swap = swap;
	energy = 100;
	pool.used = 0;
	return 0;
}

/* The new image waits in b; a is started. */
static struct bytes
upgrade(void)
{
	return envelope(
	    cbor(MANIFEST("['a'],['b']",
		     "[12,true,20,{1:" VENDOR ",2:" CLASS
		     "},1,15,2,15,12,0,20,{3:%s,14:3},12,1,20,{3:%s,14:3}]",
		     "20:<<[12,1,3,15,12,0,20,{22:1,26:50},"
		     "15,[<<[25,15,26,15,31,2]>>,<<[3,15]>>]]>>,"
		     "7:<<[12,0,3,15]>>,9:<<[12,0,20,{23:'go'},23,2]>>"),
		digest_of("new"), digest_of("new")),
	    "", 0);
}

static void
moved_and_started(void **state)
{
	struct bytes env = upgrade();

	(void)state;
	fake_install(&b.fake, "a", "old");
	fake_install(&b.fake, "b", "new");
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "a"), "new");
	assert_string_equal(fake_content_of(&b.fake, "b"), "old");
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_DONE);
	assert_non_null(strstr(b.fake.log, "invoke a 'go';"));
	/* again, after a loss of power: it is there, nothing moves */
	b.fake.log[0] = 0;
	fake_install(&b.fake, "b", "new");
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_DONE);
	assert_null(strstr(b.fake.log, "swap"));
}

static void
not_moved(void **state)
{
	struct bytes env = upgrade();

	(void)state;
	fake_install(&b.fake, "a", "old");
	fake_install(&b.fake, "b", "bad");
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_IMAGE_DIGEST);
	fake_install(&b.fake, "b", "new");
	energy = 49;
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_FAILED);
	assert_string_equal(fake_content_of(&b.fake, "a"), "old");
}

static void
slots(void **state)
{
	struct bytes env =
	    envelope(cbor(MANIFEST("['a'],['b']", "[]",
			 "9:<<[12,0,20,{5:0},15,[<<[5,15,23,2]>>,"
			 "<<[12,1,20,{5:1},5,15,23,2]>>]]>>")),
		"", 0);

	(void)state;
	current = 0;
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_DONE);
	assert_string_equal(b.fake.log, "invoke a '';");
	current = 1;
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_DONE);
	assert_string_equal(b.fake.log, "invoke a '';invoke b '';");
	current = 2;
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_FAILED);
	assert_int_equal(b.run.last.measured, SUIT_PAR_SLOT);
}

/* Nothing is relative here, even if the host knows to what. */
static void
relative(void **state)
{
	static uint8_t room[64];

	(void)state;
	b.fake.host.base = BYTES_LIT("https://h/a");
	b.fake.host.uri_room = SPAN_OF(room);
	b.fake.may_fetch = ERR_URI;
	assert_int_equal(bench_run(&b,
			     envelope(cbor(MANIFEST("['a']", "[]",
					  "20:<<[20,{21:\"x\",14:1},21,2]>>")),
				 "", 0),
			     SUIT_DO_UPDATE),
	    SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_URI);
	assert_string_equal(b.fake.log, "may-fetch x;");
}

/* Commands and parameters that are not in the list, wherever they stand. */
static void
refused(void **state)
{
	static const char *const bad[] = {"[14,15]", "[18,2]", "[19,{14:1}]",
	    "[24,15]", "[27,15]", "[28,15]", "[29,2]", "[32,<<[]>>]",
	    "[34,{0:{14:1}}]", "[35,{0:[14]}]", "[-300,null]", "[20,{18:''}]",
	    "[20,{12:true}]", "[20,{24:" CLASS "}]", "[20,{30:<<{5:1}>>}]",
	    "[20,{-300:1}]", "[15,[<<[18,2]>>,null]]", "[4,15]", "[6,15]"};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++, n++) {
		struct why why = {.err = OK};
		enum err e = open_it(
		    envelope(cbor(MANIFEST("['a']", "[]", "20:<<%s>>"), bad[i]),
			"", 0),
		    &b.m, &why);

		if (e != ERR_COMMAND && e != ERR_PARAMETER)
			fail_msg("%s: %s", bad[i], err_name(e));
		pool.used = 0;
	}
	assert_true(n > 15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(moved_and_started, setup),
	    cmocka_unit_test_setup(not_moved, setup),
	    cmocka_unit_test_setup(slots, setup),
	    cmocka_unit_test_setup(relative, setup),
	    cmocka_unit_test_setup(refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
