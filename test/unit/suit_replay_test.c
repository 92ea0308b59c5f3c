/* suit_replay: each rule that a report keeps, kept and broken. */
#include "suit_fake.h"

static struct bench b;
static struct suit_replay r;
static struct bytes env; /* of the manifest under test */
static const struct suit_shelf *shelf;

static int
set_up(void **state)
{
	(void)state;
	pool.used = 0;
	return 0;
}

static enum err
replay(struct bytes in, enum suit_procedure procedure)
{
	static struct suit_report report;
	struct why why = {.err = OK};
	enum err e;

	assert_int_equal(suit_report_read(in, &report, &why), OK);
	e = suit_replay(
	    &r, test_crypto(), env, shelf, &report, procedure, &why);
	if (e == OK) {
		assert_int_equal(r.broken, SUIT_RULE_NONE);
		assert_true(r.readings > 0);
		return OK;
	}
	assert_int_equal(why.err, e);
	if (e == ERR_REPORT_REPLAY) {
		assert_int_not_equal(r.broken, SUIT_RULE_NONE);
		assert_string_equal(why.what, suit_rule_name(r.broken));
		assert_int_equal(r.readings, 0);
	}
	return e;
}

static void
manifest(const char *text)
{
	struct why why;

	env = envelope(cbor("%s", text), "", 0);
	assert_int_equal(open_it(env, &b.m, &why), OK);
}

/* Replay a report of the manifest with these records and this result, and
 * expect this rule to be broken. */
static void
expect_of(enum suit_procedure procedure, const char *records,
    const char *result, enum suit_rule rule)
{
	struct bytes in = cbor("{3:[%s],4:%s,99:[\"\",[-16,h'%s']]}", records,
	    result, hexed(BYTES_OF(b.m.digest)));
	enum err e = replay(in, procedure);

	if (r.broken != rule)
		fail_msg("[%s] %s: %s, not %s", records, result,
		    suit_rule_name(r.broken), suit_rule_name(rule));
	assert_int_equal(e, rule == SUIT_RULE_NONE ? OK : ERR_REPORT_REPLAY);
}

static void
expect(const char *records, const char *result, enum suit_rule rule)
{
	expect_of(SUIT_DO_UPDATE, records, result, rule);
}

/* Is this, and nothing else, claimed? */
static void
claims(const char *diag)
{
	uint8_t room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out, want = cbor("%s", diag);

	suit_replay_put(&w, &r.claims);
	assert_int_equal(cbor_done(&w, &out), OK);
	if (!bytes_same(out, want))
		fail_msg("%s\n%s", hexed(out), hexed(want));
}

/* The two vectors, against their manifest. */
static void
vectors(void **state)
{
	struct suit_report report;
	struct bytes failure = suit_file("own-report-failure.cbor");
	struct why why;

	(void)state;
	env = suit_file("m0-secure-boot.signed.suit");
	assert_int_equal(
	    replay(suit_file("own-report-success.cbor"), SUIT_DO_INVOKE), OK);
	assert_int_equal(r.readings, 1);
	claims("[{0:[h'00'],1:h'fa6b4a53d5ad5fdfbe9de663e4d41ffe'},"
	       "{0:[h'00'],2:h'1492af1425695e48bf429b2d51f2ab45'},"
	       "{0:[h'00'],3:<<[-16,h'00112233445566778899aabbccddeeff"
	       "0123456789abcdeffedcba9876543210']>>},{0:[h'00'],14:34768}]");
	assert_int_equal(replay(failure, SUIT_DO_UPDATE), OK);
	claims("[{0:[h'00'],1:h'fa6b4a53d5ad5fdfbe9de663e4d41ffe'},"
	       "{0:[h'00'],2:h'1492af1425695e48bf429b2d51f2ab45'},"
	       "{0:[h'00'],3:<<[-16,h'00000000000000000000000000000000"
	       "00000000000000000000000000000000']>>}]");
	/* a report about another manifest */
	env = suit_file("m1-download.signed.suit");
	assert_int_equal(suit_report_read(failure, &report, &why), OK);
	assert_int_equal(replay(failure, SUIT_DO_INVOKE), ERR_REPORT_REPLAY);
	assert_int_equal(r.broken, SUIT_RULE_REFERENCE);
	/* a manifest that is not what its own digest says */
	env = suit_file("m0-secure-boot.signed.suit");
	((uint8_t *)env.p)[env.n - 1] ^= 1;
	assert_int_equal(replay(failure, SUIT_DO_INVOKE), ERR_MANIFEST_DIGEST);
}

/* ['a'] is written or fetched; alternatives on vendor and class. */
#define TRIES                                                           \
	MANIFEST("['a'],['b']", "[12,0,20,{1:" VENDOR ",2:" CLASS "}]", \
	    "20:<<[12,0,15,[<<[1,2]>>,<<[2,2]>>,null],"                 \
	    "12,1,20,{18:'x'},18,1]>>,7:<<[12,1,6,15]>>")

static void
places(void **state)
{
	(void)state;
	manifest(TRIES);
	/* the conditions stand at 7 and 11, the write at 21 */
	expect("", "true", SUIT_RULE_NONE);
	claims("[{0:['a'],1:" VENDOR "},"
	       "{0:['b'],3:<<[-16,h'2d711642b726b04401627ca9fbac32f5"
	       "c8530fb1903cc4db02258717921a4881']>>},{0:['b'],14:1}]");
	expect("[[],20,7,0,{}]", "true", SUIT_RULE_NONE);
	claims("[{0:['a'],2:" CLASS "},"
	       "{0:['b'],3:<<[-16,h'2d711642b726b04401627ca9fbac32f5"
	       "c8530fb1903cc4db02258717921a4881']>>},{0:['b'],14:1}]");
	expect("[[],20,7,0,{}],[[],20,11,0,{}]", "true", SUIT_RULE_NONE);
	/* another vendor was measured */
	expect("[[],20,7,0,{1:h'00000000000000000000000000000000'}]", "true",
	    SUIT_RULE_NONE);
	claims("[{0:['a'],1:h'00000000000000000000000000000000'},"
	       "{0:['a'],2:" CLASS "},"
	       "{0:['b'],3:<<[-16,h'2d711642b726b04401627ca9fbac32f5"
	       "c8530fb1903cc4db02258717921a4881']>>},{0:['b'],14:1}]");
	/* the very one that was asked for, or none at all */
	expect("[[],20,7,0,{1:" VENDOR "}]", "true", SUIT_RULE_VALUE);
	expect("[[],20,7,0,{1:'short'}]", "true", SUIT_RULE_VALUE);
	expect("[[],20,7,0,{1:7}]", "true", SUIT_RULE_VALUE);
	/* out of order, twice, of nothing */
	expect("[[],20,11,0,{}],[[],20,7,0,{}]", "true", SUIT_RULE_ORDER);
	expect("[[],20,11,0,{}]", "true", SUIT_RULE_ORDER);
	expect("[[],20,7,0,{}],[[],20,7,0,{}]", "true", SUIT_RULE_ORDER);
	expect("[[],20,7,1,{}]", "true", SUIT_RULE_ORDER);
	expect("[[],20,7,2,{}]", "true", SUIT_RULE_PLACE);
	expect("[[],20,5,0,{}]", "true", SUIT_RULE_PLACE);
	expect("[[],20,1,0,{}]", "true", SUIT_RULE_PLACE);
	expect("[[],20,4000,0,{}]", "true", SUIT_RULE_PLACE);
	expect("[[],9,1,0,{}]", "true", SUIT_RULE_SECTION);
	expect("[[],16,1,0,{}]", "true", SUIT_RULE_SECTION);
	expect("[[],1,1,0,{}]", "true", SUIT_RULE_SECTION);
	expect("[[0],20,7,0,{}]", "true", SUIT_RULE_MANIFEST);
	assert_int_equal(r.at.n_path, 1);
	/* what was written is there */
	expect("[[],7,3,1,{}]", "{5:-1,6:[[],7,3,1,{}],7:10}", SUIT_RULE_HOLDS);
	assert_int_equal(r.at.section, 7);
	assert_int_equal(r.record.p[0], 0x85);
	/* claims of its own say nothing about the run */
	expect("{0:['b'],5:1},[[],20,7,0,{}],{0:['x'],14:7}", "true",
	    SUIT_RULE_NONE);
}

static void
results(void **state)
{
	(void)state;
	manifest(TRIES);
	/* a directive */
	expect("", "{5:7,6:[[],20,21,1,{}],7:11}", SUIT_RULE_NONE);
	claims("[{0:['a'],1:" VENDOR "}]");
	expect("", "{5:7,6:[[],20,21,0,{}],7:11}", SUIT_RULE_RESULT_PLACE);
	expect("", "{5:7,6:[[],20,21,1,{}],7:10}", SUIT_RULE_RESULT_PLACE);
	expect("", "{5:7,6:[[],20,21,1,{}],7:12}", SUIT_RULE_RESULT_PLACE);
	/* a condition that nobody could look at */
	expect("", "{5:7,6:[[],7,3,1,{}],7:11}", SUIT_RULE_NONE);
	claims("[{0:['a'],1:" VENDOR "}]");
	/* before anything: no run tells of it, and it tells of none */
	expect("", "{5:7,6:[[],0,0,0,{}],7:6}", SUIT_RULE_NONE);
	claims("[]");
	expect("[[],20,7,0,{}]", "{5:7,6:[[],0,0,0,{}],7:6}",
	    SUIT_RULE_RESULT_PLACE);
	expect("", "{5:7,6:[[],0,0,0,{}],7:12}", SUIT_RULE_REASON);

	manifest(MANIFEST("['a']", "[20,{1:" VENDOR "},1,15]", ""));
	expect("", "true", SUIT_RULE_NONE);
	expect("[[],3,21,0,{}]", "true", SUIT_RULE_RESULT);
	expect(
	    "[[],3,21,0,{}]", "{5:-1,6:[[],3,21,0,{}],7:10}", SUIT_RULE_NONE);
	expect(
	    "[[],3,21,0,{}]", "{5:-1,6:[[],3,21,0,{}],7:11}", SUIT_RULE_REASON);
	expect("[[],3,21,0,{}]", "{5:-1,6:[[],3,1,0,{}],7:10}",
	    SUIT_RULE_RESULT_PLACE);
	/* one tale of it */
	expect("[[],3,21,0,{1:h'00000000000000000000000000000000'}]",
	    "{5:-1,6:[[],3,21,0,{1:h'00000000000000000000000000000001'}],"
	    "7:10}",
	    SUIT_RULE_VALUE);
	/* what no device passes */
	manifest(MANIFEST("['a']", "[]", "20:<<[14,15]>>"));
	expect("", "true", SUIT_RULE_FAILS);
	assert_int_equal(r.at.section, 20);
	assert_int_equal(r.at.offset, 1);
	manifest(MANIFEST("['a']", "[]", "20:<<[1,15]>>"));
	expect("", "true", SUIT_RULE_FAILS);
	expect(
	    "[[],20,1,0,{}]", "{5:-1,6:[[],20,1,0,{}],7:10}", SUIT_RULE_NONE);
	expect("[[],20,1,0,{1:" VENDOR "}]", "{5:-1,6:[[],20,1,0,{}],7:10}",
	    SUIT_RULE_VALUE);
	manifest(MANIFEST("['a']", "[]", "20:<<[18,15]>>"));
	expect("", "true", SUIT_RULE_FAILS);
	expect("", "{5:1,6:[[],20,1,0,{}],7:11}", SUIT_RULE_NONE);
	manifest(MANIFEST("['a']", "[]", "20:<<[20,{21:\"#p\"},21,15]>>"));
	expect("", "true", SUIT_RULE_FAILS);
}

/* Records that a policy asks for on success. */
static void
told_of_success(void **state)
{
	(void)state;
	manifest(MANIFEST("['a']", "[]",
	    "20:<<[20,{1:" VENDOR "},15,[<<[1,1]>>,null],18,1,1,2]>>"));
	expect("", "true", SUIT_RULE_FAILS); /* nothing to write */
	manifest(MANIFEST("['a']", "[]",
	    "20:<<[20,{1:" VENDOR ",18:'x'},15,[<<[1,1]>>,null],18,1,"
	    "6,2]>>"));
	expect("[[],20,28,0,{1:" VENDOR "}]", "true", SUIT_RULE_NONE);
	expect("[[],20,28,0,{1:" VENDOR "}],[[],20,31,0,{}]", "true",
	    SUIT_RULE_NONE);
	expect("[[],20,31,0,{}]", "true", SUIT_RULE_NONE);
	/* who did not ask for it is not told */
	manifest(MANIFEST("['a']", "[]",
	    "20:<<[20,{1:" VENDOR ",18:'x'},15,[<<[1,2]>>,null],18,2]>>"));
	expect("[[],20,28,0,{1:" VENDOR "}]", "true", SUIT_RULE_VALUE);
	expect("[[],20,31,0,{}]", "true", SUIT_RULE_PLACE);
}

static void
invoke_pending(void **state)
{
	(void)state;
	manifest(
	    MANIFEST("['a']", "[]", "7:<<[20,{18:'x'},6,15]>>,9:<<[23,2]>>"));
	expect_of(
	    SUIT_DO_INVOKE, "", "{5:0,6:[[],9,1,0,{}],7:12}", SUIT_RULE_NONE);
	claims("[{0:['a'],3:<<[-16,h'2d711642b726b04401627ca9fbac32f5"
	       "c8530fb1903cc4db02258717921a4881']>>},{0:['a'],14:1}]");
	expect_of(SUIT_DO_INVOKE, "", "{5:0,6:[[],7,6,0,{}],7:12}",
	    SUIT_RULE_RESULT_PLACE);
}

/* A shared sequence is passed before each section: a record of it may be of
 * one pass or the other.  What is not so in both is not claimed. */
static void
two_readings(void **state)
{
	(void)state;
	manifest(MANIFEST("['a']", "[15,[<<[20,{18:'x'},6,15]>>,null]]",
	    "20:<<[20,{18:'y'},18,2]>>,7:<<[20,{18:'y'},6,15]>>"));
	/* before install, or before validate, where it is sure to fail */
	expect("[[],3,10,0,{}]", "true", SUIT_RULE_NONE);
	assert_int_equal(r.readings, 1);
	expect("[[],3,10,0,{}],[[],3,10,0,{}]", "true", SUIT_RULE_NONE);
	expect("", "true", SUIT_RULE_FAILS);
	/* where it is fetched nobody knows */
	manifest(
	    MANIFEST("['a']", "[20,{14:1},15,[<<[20,{18:'x'},6,15]>>,null]]",
		"20:<<[20,{21:\"https://x\"},21,2]>>,7:<<[]>>"));
	expect("[[],3,14,0,{}]", "true", SUIT_RULE_NONE);
	assert_int_equal(r.readings, 2);
	assert_true(r.complete);
	claims("[]"); /* it holds 'x' now, or did before */
	expect("", "true", SUIT_RULE_NONE);
	assert_int_equal(r.readings, 1);
	claims("[{0:['a'],3:<<[-16,h'2d711642b726b04401627ca9fbac32f5"
	       "c8530fb1903cc4db02258717921a4881']>>},{0:['a'],14:1}]");
}

/* ---- dependencies -------------------------------------------------------- */

static struct bytes inner;

static enum err
inner_of(void *ctx, const uint8_t digest[DIGEST_LEN], struct bytes *out)
{
	struct suit_manifest m;

	(*(int *)ctx)++;
	assert_int_equal(suit_parse(inner, &m, NULL), OK);
	*out = inner;
	return memcmp(m.digest, digest, DIGEST_LEN) == 0 ? OK : ERR_NOT_FOUND;
}

/* ['d'] holds the manifest inner, and is checked in many ways. */
static void
depending(const char *uri, const char *members)
{
	struct suit_manifest m;
	char *more = pool_take(4096);

	inner =
	    envelope(cbor("{1:1,2:3,3:<<{2:[['b']]}>>,%s}", members), "", 0);
	assert_int_equal(suit_parse(inner, &m, NULL), OK);
	(void)snprintf(more, 4096, "\"#d\":h'%s'", hexed(inner));
	env = envelope(
	    cbor("{1:1,2:7,3:<<{1:{0:{}},2:[['d'],['a']],4:<<[12,0,20,{3:<<"
		 "[-16,h'%s']>>,14:900,21:\"%s\"}]>>}>>,20:<<[12,0,21,2,3,15,"
		 "8,15,7,15,11,15,12,1,20,{18:'x'},18,2]>>}",
		hexed(BYTES_OF(m.digest)), uri),
	    more, uri[0] == '#');
	assert_int_equal(open_it(env, &b.m, NULL), OK);
}

/* What a device tells that runs it. */
static struct bytes
device_tells(void)
{
	uint8_t *room = pool_take(2048);
	struct cbor_out w = cbor_into((struct span){room, 2048});
	struct bytes out;

	memset(&b.fake, 0, sizeof(b.fake));
	fake_make(&b.fake);
	fake_depend(&b.fake);
	if (bench_run(&b, env, SUIT_DO_UPDATE) == SUIT_WANT_FETCH) {
		suit_give(&b.run, inner, true);
		(void)suit_next(&b.run, &b.ask);
	}
	assert_int_equal(suit_report_write(&w, &b.run, BYTES_NONE), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

#define HOLDS_X                                                        \
	"3:<<[-16,h'2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db0" \
	"2258717921a4881']>>"

static void
dependencies(void **state)
{
	static int asked;
	static const struct suit_shelf has = {&asked, inner_of};
	struct suit_manifest m;
	struct bytes in = BYTES_NONE;
	char text[512];

	(void)state;
	for (int fetched = 0; fetched < 2; fetched++) {
		depending(fetched ? "https://x/d" : "#d",
		    "20:<<[20,{18:'x'},18,2,6,15]>>");
		shelf = fetched ? &has : NULL;
		in = device_tells();
		assert_int_equal(b.run.state, SUIT_DONE);
		assert_int_equal(replay(in, SUIT_DO_UPDATE), OK);
		assert_int_equal(r.readings, 1);
		assert_true(r.complete);
		assert_int_equal(suit_parse(inner, &m, NULL), OK);
		(void)snprintf(text, sizeof(text),
		    "[{0:['d'],3:<<[-16,h'%s']>>},"
		    "{0:['a']," HOLDS_X "},{0:['a'],14:1},"
		    "{0:['b']," HOLDS_X "},{0:['b'],14:1}]",
		    hexed(BYTES_OF(m.digest)));
		claims(text);
	}
	assert_int_equal(asked, 1);
	/* nobody has it: neither believed nor refused */
	shelf = NULL;
	assert_int_equal(replay(in, SUIT_DO_UPDATE), ERR_NOT_FOUND);
	/* but a device that could not open it says what may be, of nothing */
	expect("", "{5:0,6:[[],20,9,0,{}],7:11}", SUIT_RULE_NONE);
	assert_false(r.complete);
	claims("[]");
	/* it cannot be opened here, but somewhere else perhaps */
	shelf = &has;
	((uint8_t *)inner.p)[inner.n - 1] ^= 1;
	assert_int_equal(replay(in, SUIT_DO_UPDATE), ERR_MANIFEST_DIGEST);
	shelf = NULL;

	/* a condition of the dependency fails */
	depending("#d", "20:<<[20,{18:'x'},18,2,20,{18:'y'},6,15]>>");
	in = device_tells();
	assert_int_equal(b.run.state, SUIT_FAILED);
	assert_int_equal(replay(in, SUIT_DO_UPDATE), OK);
	claims("[]");
	expect("", "true", SUIT_RULE_FAILS);
	expect("[[0],20,13,0,{}]", "{5:0,6:[[0],20,13,0,{}],7:10}",
	    SUIT_RULE_NONE);
	/* of another manifest, section, command, component */
	expect("[[1],20,13,0,{}]", "{5:0,6:[[1],20,13,0,{}],7:10}",
	    SUIT_RULE_FAILS);
	expect("", "{5:0,6:[[0],20,13,0,{}],7:10}", SUIT_RULE_FAILS);
	expect("[[0,0],20,13,0,{}]", "true", SUIT_RULE_FAILS);
	/* a directive of it, and one that cannot fail there */
	expect("", "{5:0,6:[[0],20,6,0,{}],7:11}", SUIT_RULE_NONE);
	expect("", "{5:0,6:[[],20,3,0,{}],7:11}", SUIT_RULE_NONE);

	depending("#d", "20:<<[20,{18:'x'},18,2]>>");
	expect("[[1],20,1,0,{}]", "true", SUIT_RULE_MANIFEST);
	expect("[[0],7,1,0,{}]", "true", SUIT_RULE_SECTION);
	expect("[[0],20,1,0,{}]", "true", SUIT_RULE_PLACE);
	expect("[[0],20,6,1,{}]", "true", SUIT_RULE_PLACE);
	/* is-dependency has one answer */
	expect("[[],20,7,0,{}]", "{5:0,6:[[],20,7,0,{}],7:10}",
	    SUIT_RULE_RESULT_PLACE);
	/* what is not a dependency's */
	expect("", "{5:0,6:[[],20,9,0,{}],7:11}", SUIT_RULE_NONE);
}

static void
names(void **state)
{
	(void)state;
	assert_string_equal(suit_rule_name(SUIT_RULE_NONE), "none");
	assert_string_equal(suit_rule_name(SUIT_RULE_REASON), "result-reason");
	assert_string_equal(suit_rule_name((enum suit_rule)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(vectors, set_up),
	    cmocka_unit_test_setup(places, set_up),
	    cmocka_unit_test_setup(results, set_up),
	    cmocka_unit_test_setup(told_of_success, set_up),
	    cmocka_unit_test_setup(invoke_pending, set_up),
	    cmocka_unit_test_setup(two_readings, set_up),
	    cmocka_unit_test_setup(dependencies, set_up),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
