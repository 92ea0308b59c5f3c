/* tell: every reporting policy of every kind of command, under every choice
 * of what the host heeds. */
#include "suit_fake.h"

static struct bench b;

#define ONE         \
	"<<[-16,h'" \
	"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed']>>"
#define XYZ         \
	"<<[-16,h'" \
	"3608bca1e44ea6c4d268eb6db02260269892c0b42b86bbf1e77a6fa16c3c9282']>>"
#define OTHER       \
	"<<[-16,h'" \
	"0000000000000000000000000000000000000000000000000000000000000000']>>"

struct row {
	unsigned command;
	const char *parameters; /* set in the shared sequence */
	/* Properties of its record, and claims of component a; NULL: none. */
	const char *record, *claims;
	bool fails;
	unsigned section; /* 0: install */
};

// clang-format off
static const struct row rows[] = {
	{1, "1:" VENDOR, "1:" VENDOR, "1:" VENDOR, false, 0},
	{1, "1:112(h'0102')", "1:112(h'0102')", "1:112(h'0102')", false, 0},
	{2, "2:" CLASS, "2:" CLASS, "2:" CLASS, false, 0},
	{24, "24:" CLASS, "24:" CLASS, "24:" CLASS, false, 0},
	{5, "5:7", "5:7", "5:7", false, 0},
	{3, "3:" ONE ",14:3", "3:" ONE, "3:" ONE ",14:3", false, 0},
	{3, "3:" ONE, "3:" ONE, "3:" ONE ",14:3", false, 7},
	/* a record of these would read as that of a failure */
	{6, "18:'one'", NULL, "3:" ONE ",14:3", false, 0},
	{25, "3:" OTHER, NULL, "3:" ONE ",14:3", false, 0},
	{26, "26:5", NULL, NULL, false, 0},
	{4, "4:5", NULL, NULL, false, 0},
	/* directives */
	{18, "18:'xyz'", "", "3:" XYZ ",14:3", false, 0},
	{21, "21:\"#p\"", "", "3:" XYZ ",14:3", false, 0},
	{21, "21:\"https://n\",14:3", "", NULL, false, 16}, /* of a network */
	{33, "14:3", "", NULL, false, 0},
	{23, "23:'x'", "", NULL, false, 9},
	/* and what does not hold: the record is there whatever is asked */
	{1, "1:" CLASS, "", NULL, true, 0},
	{3, "3:" OTHER, "3:" ONE, "3:" ONE, true, 0},
	{25, "3:" ONE, "3:" ONE, "3:" ONE, true, 0},
	{5, "5:8", "5:7", "5:7", true, 0},
	{26, "26:500", "26:50", "26:50", true, 0},
	{14, "14:3", "", NULL, true, 0},
};
// clang-format on

static bool
device_is(void *ctx, struct bytes id, struct bytes value)
{
	return fake_class(ctx, id, value);
}

static enum err
slot(void *ctx, struct bytes id, uint64_t *out)
{
	(void)ctx;
	(void)id;
	*out = 7;
	return OK;
}

static enum err
battery(void *ctx, uint64_t *out)
{
	(void)ctx;
	*out = 50;
	return OK;
}

static enum err
now(void *ctx, uint64_t *out)
{
	(void)ctx;
	*out = 1;
	return OK;
}

static void
device(uint8_t heeds)
{
	fake_make(&b.fake);
	fake_install(&b.fake, "a", "one");
	b.fake.host.device_is = device_is;
	b.fake.host.slot = slot;
	b.fake.host.battery = battery;
	b.fake.host.now = now;
	b.fake.host.heeds = heeds;
}

static void
run(struct bytes env, unsigned section)
{
	enum suit_state s =
	    bench_run(&b, env, section == 9 ? SUIT_DO_INVOKE : SUIT_DO_UPDATE);

	if (s == SUIT_WANT_FETCH) {
		suit_give(&b.run, BYTES_LIT("xyz"), true);
		(void)suit_next(&b.run, &b.ask);
	}
}

/* The records are those of this text, which ends with a comma. */
static void
expect(const char *records)
{
	static uint8_t room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct suit_report r;
	struct bytes out, want;

	assert_int_equal(suit_report_write(&w, &b.run, BYTES_NONE), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(suit_report_read(out, &r, NULL), OK);
	want = cbor("[%s]", records);
	want.p++;
	want.n--;
	if (!bytes_same(r.records.raw, want))
		fail_msg(
		    "%s:\n%s\n%s", records, hexed(want), hexed(r.records.raw));
}

/* What is left must be what a replay believes. */
static void
replayed(struct bytes env, unsigned section)
{
	static struct suit_replay replay;
	static uint8_t room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct suit_report r;
	struct bytes out;
	struct why why;

	assert_int_equal(suit_report_write(&w, &b.run, BYTES_NONE), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(suit_report_read(out, &r, NULL), OK);
	assert_int_equal(
	    suit_replay(&replay, test_crypto(), env, NULL, &r,
		section == 9 ? SUIT_DO_INVOKE : SUIT_DO_UPDATE, &why),
	    OK);
}

static void
every_policy(void **state)
{
	size_t n = 0, told = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *x = &rows[i];
		unsigned section = x->section == 0 ? 20 : x->section;

		for (unsigned policy = 0; policy < 16; policy++) {
			size_t mark = pool.used;
			struct bytes env = envelope(
			    cbor(MANIFEST(
				     "['a']", "[20,{%s}]", "%u:<<[%u,%u]>>"),
				x->parameters, section, x->command, policy),
			    "\"#p\":'xyz'", 1);

			for (unsigned heeds = 0; heeds < 16; heeds++, n++) {
				unsigned p = policy & heeds;
				char text[512] = "";
				size_t at = 0;

				device((uint8_t)heeds);
				run(env, section);
				if (b.run.state !=
				    (x->fails ? SUIT_FAILED : SUIT_DONE))
					fail_msg("%u {%s}: %s", x->command,
					    x->parameters,
					    err_name(b.run.why.err));
				if (x->record != NULL &&
				    (x->fails || (p & 1) != 0))
					at += (size_t)snprintf(text,
					    sizeof(text), "[[],%u,1,0,{%s}],",
					    section, x->record);
				if (x->claims != NULL &&
				    (p & (x->fails ? 8 : 4)) != 0)
					(void)snprintf(text + at,
					    sizeof(text) - at, "{0:['a'],%s},",
					    x->claims);
				expect(text);
				/* each combination once: a replay verifies */
				if (policy == heeds)
					replayed(env, section);
				told += text[0] != 0;
			}
			pool.used = mark;
		}
	}
	assert_int_equal(n, ARRAY_LEN(rows) * 256);
	assert_true(told > 1000);
	(void)printf("%zu runs, %zu told of something\n", n, told);
}

/* What policies ask for has a share of the log; failures have it all. */
static void
full(void **state)
{
	static char text[4096];
	struct bytes env;
	size_t last;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		(void)append(text, sizeof(text), "1,5,");
	for (size_t i = 0; i < 40; i++)
		(void)append(text, sizeof(text), "15,[<<[14,15]>>,null],");
	env = envelope(
	    cbor(MANIFEST("['a']", "[20,{1:" VENDOR "}]", "20:<<[%s1,5]>>"),
		text),
	    "", 0);
	device(15);
	run(env, 20);
	assert_int_equal(b.run.state, SUIT_DONE);
	assert_true(b.run.told_all);
	/* 26 octets a record, 22 the claims, and 40 failures of 8 or 9 */
	last = b.run.log_n;
	assert_true(last > SUIT_LOG_MAX / 4 && last < SUIT_LOG_MAX);
	assert_true(b.run.n_records > 40 + 15 && b.run.n_records < 40 + 30);
	replayed(env, 20);
}

static bool
secret(void *ctx, struct bytes id)
{
	(void)ctx;
	(void)id;
	return true;
}

/* Nothing is told of what a secret holds, nor of what a network sent before it
 * is known to be what the author signed. */
static void
not_told(void **state)
{
	struct bytes env =
	    envelope(cbor("%s", MANIFEST("['a']", "[20,{18:'xyz',3:" XYZ "}]",
				    "20:<<[18,5,3,5,6,5]>>")),
		"", 0);

	(void)state;
	device(15);
	b.fake.host.secret = secret;
	run(env, 20);
	assert_int_equal(b.run.state, SUIT_DONE);
	expect("[[],20,1,0,{}],");
	device(15);
	run(env, 20);
	expect("[[],20,1,0,{}],{0:['a'],3:" XYZ ",14:3},"
	       "[[],20,3,0,{3:" XYZ "}],{0:['a'],3:" XYZ ",14:3},"
	       "{0:['a'],3:" XYZ ",14:3},");
	env = envelope(cbor("%s", MANIFEST("['a']",
				      "[20,{21:\"https://n\",14:3,3:" XYZ "}]",
				      "20:<<[21,5,3,5]>>")),
	    "", 0);
	device(15);
	run(env, 20);
	assert_int_equal(b.run.state, SUIT_DONE);
	expect("[[],20,1,0,{}],[[],20,3,0,{3:" XYZ "}],"
	       "{0:['a'],3:" XYZ ",14:3},");
}

/* The components of a list have one each, in order, with its index. */
static void
each_component(void **state)
{
	struct bytes env = envelope(
	    cbor("%s", MANIFEST("['a'],['b']", "[12,true,20,{18:'xyz'}]",
			   "20:<<[12,true,18,5]>>")),
	    "", 0);

	(void)state;
	device(15);
	run(env, 20);
	assert_int_equal(b.run.state, SUIT_DONE);
	expect("[[],20,3,0,{}],{0:['a'],3:" XYZ ",14:3},"
	       "[[],20,3,1,{}],{0:['b'],3:" XYZ ",14:3},");
	replayed(env, 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_policy),
	    cmocka_unit_test(full),
	    cmocka_unit_test(not_told),
	    cmocka_unit_test(each_component),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
