/* suit_watch: every step is told once, in order, with how it went. */
#include "suit_fake.h"

static struct bench b;
static char told[4096];

static int
set_up(void **state)
{
	(void)state;
	pool.used = 0;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	told[0] = 0;
	return 0;
}

static void __attribute__((format(printf, 1, 2))) tell(const char *format, ...)
{
	size_t at = strlen(told);
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(told + at, sizeof(told) - at, format, ap);
	va_end(ap);
}

static void
seen(void *ctx, const struct suit_run *run, const struct suit_seen *s)
{
	static const char *const kinds[] = {"section", "", "try", "nil", "run"};

	assert_ptr_equal(ctx, &b);
	assert_ptr_equal(run, &b.run);
	if (s->kind == SUIT_SEEN_SECTION)
		tell("section %u;", s->section);
	else if (s->kind != SUIT_SEEN_COMMAND)
		tell("%s %u/%u;", kinds[s->kind], s->depth, s->component);
	else
		tell("%u@%u/%u/%u%s%s;", (unsigned)s->code, s->offset, s->depth,
		    s->component, s->err == OK ? "" : " ",
		    s->err == OK ? "" : err_name(s->err));
}

static enum suit_state
watch(const char *manifest, enum suit_procedure procedure)
{
	const struct suit_watcher w = {&b, seen};

	assert_int_equal(
	    open_it(envelope(cbor("%s", manifest), "", 0), &b.m, NULL), OK);
	assert_int_equal(
	    suit_start(&b.run, test_crypto(), &b.fake.host, &b.m, procedure),
	    OK);
	return suit_watch(&b.run, &b.ask, &w);
}

static void
commands(void **state)
{
	(void)state;
	assert_int_equal(watch(MANIFEST("['a'],['b']", "[12,0,20,{18:'x'}]",
				   "20:<<[12,true,20,{18:'y'},18,2,6,15]>>,"
				   "7:<<[12,1,20,{18:'z'},6,15]>>"),
			     SUIT_DO_UPDATE),
	    SUIT_FAILED);
	assert_string_equal(told,
	    "section 3;12@1/1/0;20@3/1/0;"
	    "section 20;12@1/1/0;20@3/1/0;18@8/1/0;18@8/1/1;6@10/1/0;6@10/1/1;"
	    "section 3;12@1/1/0;20@3/1/0;"
	    "section 7;12@1/1/0;20@3/1/1;6@8/1/1 condition-failed;");
}

static void
alternatives(void **state)
{
	(void)state;
	assert_int_equal(
	    watch(MANIFEST("['a']", "[]",
		      "20:<<[15,[<<[14,15]>>,<<[32,<<[20,{18:'x'},18,2]>>]>>],"
		      "15,[<<[14,15]>>,<<[14,15]>>,null]]>>"),
		SUIT_DO_UPDATE),
	    SUIT_DONE);
	assert_string_equal(told,
	    "section 3;section 20;15@1/1/0;try 2/0;14@5/2/0 condition-failed;"
	    "try 2/0;32@9/2/0;run 3/0;20@13/3/0;18@18/3/0;"
	    "15@20/1/0;try 2/0;14@24/2/0 condition-failed;try 2/0;"
	    "14@28/2/0 condition-failed;nil 2/0;");
}

/* A fetch is told when it is asked for, and not again. */
static void
fetches(void **state)
{
	const struct suit_watcher w = {&b, seen};

	(void)state;
	assert_int_equal(watch(MANIFEST("['a']", "[]",
				   "20:<<[20,{14:3,21:\"coap://x\"},21,2]>>,"
				   "7:<<[14,15]>>"),
			     SUIT_DO_UPDATE),
	    SUIT_WANT_FETCH);
	assert_string_equal(told, "section 3;section 20;20@1/1/0;21@15/1/0;");
	assert_int_equal(b.ask.limit, 3);
	told[0] = 0;
	suit_give(&b.run, BYTES_LIT("abc"), true);
	assert_int_equal(suit_watch(&b.run, &b.ask, &w), SUIT_FAILED);
	assert_string_equal(
	    told, "section 3;section 7;14@1/1/0 condition-failed;");
}

/* What a directive refused is told with its reason. */
static void
refusals(void **state)
{
	(void)state;
	b.fake.may[SUIT_CMD_UNLINK] = ERR_OWNER;
	assert_int_equal(
	    watch(MANIFEST("['a']", "[]", "24:<<[33,2]>>"), SUIT_DO_UNINSTALL),
	    SUIT_FAILED);
	assert_string_equal(
	    told, "section 3;section 24;33@1/1/0 component-has-another-owner;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(commands, set_up),
	    cmocka_unit_test_setup(alternatives, set_up),
	    cmocka_unit_test_setup(fetches, set_up),
	    cmocka_unit_test_setup(refusals, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
