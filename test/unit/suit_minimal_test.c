/*
 * suit_minimal: a program that links the minimal profile runs what it lists,
 * and refuses everything else before anything runs.
 */
#include "suit_fake.h"

/* In the place of the full one, as on a device's link line. */
#include <suit/minimal/commands.c>

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

/* Each command of the full profile, with an argument that suits it. */
static void
every_command(void **state)
{
	static const struct {
		int code;
		const char *arg;
	} all[] = {
	    {1, "15"},
	    {2, "15"},
	    {3, "15"},
	    {6, "15"},
	    {12, "0"},
	    {14, "15"},
	    {15, "[<<[]>>,null]"},
	    {18, "2"},
	    {19, "{14:1}"},
	    {20, "{14:1}"},
	    {21, "2"},
	    {23, "2"},
	    {32, "<<[]>>"},
	    {33, "2"},
	};
	size_t there = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		bool listed = suit_row(all[i].code) != NULL;
		/* invoke has its own section, all others may stand in this */
		const char *text =
		    all[i].code == 23
			? MANIFEST("['a']", "[]", "9:<<[%d,%s]>>")
			: MANIFEST("['a']", "[]", "20:<<[%d,%s]>>");
		char manifest[256];
		struct why why = {.err = OK};
		enum err e;

		pool.used = 0;
		(void)snprintf(
		    manifest, sizeof(manifest), text, all[i].code, all[i].arg);
		e = open_it(envelope(cbor("%s", manifest), "", 0), &b.m, &why);
		assert_string_equal(
		    err_name(e), err_name(listed ? OK : ERR_COMMAND));
		there += listed;
	}
	assert_int_equal(there, ARRAY_LEN(rows));
}

/* A microcontroller has eight components.            [design section 6] */
static void
components(void **state)
{
	(void)state;
	for (size_t n = 1; n < 11; n++) {
		char list[128] = "[";

		pool.used = 0;
		for (size_t i = 0; i < n; i++)
			(void)append(
			    list, sizeof(list), "['%c']", 'a' + (int)i);
		(void)append(list, sizeof(list), "]");
		assert_int_equal(
		    open_it(
			envelope(cbor("{1:1,2:7,3:<<{2:%s}>>}", list), "", 0),
			&b.m, NULL),
		    n <= 8 ? OK : ERR_LIMIT);
	}
}

/* And a thousand commands to spend in a procedure. */
static void
commands(void **state)
{
	static char text[16384];

	(void)state;
	for (size_t n = 999; n < 1002; n++) {
		text[0] = '\0';
		pool.used = 0;
		for (size_t i = 0; i < n; i++)
			(void)append(text, sizeof(text), "20,{14:1},");
		fake_make(&b.fake);
		(void)bench_run(&b,
		    envelope(
			cbor("{1:1,2:7,3:<<{2:[['a']]}>>,20:<<[%s]>>}", text),
			"", 0),
		    SUIT_DO_UPDATE);
		assert_int_equal(b.run.why.err, n <= 1000 ? OK : ERR_LIMIT);
	}
}

/* One that is hidden is found as well: nothing here nests. */
static void
nesting(void **state)
{
	struct why why = {.err = OK};

	(void)state;
	assert_null(suit_profile.nesting);
	assert_int_equal(
	    open_it(
		envelope(cbor(MANIFEST("['a']", "[15,[<<[14,15]>>,null]]", "")),
		    "", 0),
		&b.m, &why),
	    ERR_COMMAND);
}

/* Nor does anything depend on anything. */
static void
no_dependencies(void **state)
{
	struct why why = {.err = OK};

	(void)state;
	assert_null(suit_profile.depending);
	assert_int_equal(
	    open_it(
		envelope(cbor("{1:1,2:7,3:<<{1:{0:{}},2:[['a']]}>>}"), "", 0),
		&b.m, &why),
	    ERR_DEPENDENCY);
	assert_int_equal(open_it(envelope(cbor("{1:1,2:7,3:<<{1:{1:{1:['b']}},"
					       "2:[['a']]}>>}"),
				     "", 0),
			     &b.m, &why),
	    ERR_DEPENDENCY);
}

/* It does not look what a shared sequence asks for, and says so. */
static void
no_demands(void **state)
{
	(void)state;
	b.fake.host.compat = SUIT_DEMAND_IDENTITY;
	assert_int_equal(
	    bench_run(&b, envelope(cbor(MANIFEST("['a']", "[]", "")), "", 0),
		SUIT_DO_UPDATE),
	    SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_CANNOT);
	b.fake.host.compat = SUIT_COMPAT_ALL;
	assert_int_equal(
	    bench_run(&b, envelope(cbor(MANIFEST("['a']", "[]", "")), "", 0),
		SUIT_DO_UPDATE),
	    SUIT_DONE);
}

/* What `suit create` writes runs to its end: fetched, matched, started,
 * given up. */
static void
whole_life(void **state)
{
	const char *digest = digest_of("hello");
	struct bytes manifest =
	    cbor(MANIFEST("['a']",
		     "[20,{1:" VENDOR ",2:" CLASS ",3:%s,14:5},1,15,2,15]",
		     "7:<<[3,15]>>,9:<<[23,2]>>,20:<<[20,{21:\"#p\"},21,15,"
		     "3,15]>>,24:<<[33,2]>>"),
		digest);
	struct bytes env = envelope(manifest, "\"#p\":'hello'", 1);

	(void)state;
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "a"), "hello");
	assert_int_equal(bench_run(&b, env, SUIT_DO_INVOKE), SUIT_DONE);
	assert_int_equal(bench_run(&b, env, SUIT_DO_UNINSTALL), SUIT_DONE);
	assert_non_null(strstr(b.fake.log, "invoke a"));
	assert_non_null(strstr(b.fake.log, "unlink a"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(every_command, setup),
	    cmocka_unit_test_setup(components, setup),
	    cmocka_unit_test_setup(commands, setup),
	    cmocka_unit_test_setup(nesting, setup),
	    cmocka_unit_test_setup(no_dependencies, setup),
	    cmocka_unit_test_setup(no_demands, setup),
	    cmocka_unit_test_setup(whole_life, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
