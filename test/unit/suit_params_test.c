/* suit_params: every parameter by its row: what is accepted, what is refused;
 * set against override; the memory they are kept in. */
#include "suit_fake.h"

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

/* Open a manifest that sets this map, in a try-each (soft-failure is not for
 * a section). */
static enum err
opens(const char *map)
{
	struct why why = {.err = OK};

	pool.used = 0;
	return open_it(envelope(cbor(MANIFEST("['a'],['b']", "[]",
					 "20:<<[12,0,15,[<<[20,%s]>>,<<[]>>]]"
					 ">>"),
				    map),
			   "", 0),
	    &b.m, &why);
}

#define UUID  "h'000102030405060708090a0b0c0d0e0f'"
#define UUID1 "h'000102030405060708090a0b0c0d0e'"

/* One that is right and some that are not, of each. */
static void
every_parameter(void **state)
{
	static const struct {
		int label;
		const char *good[4], *bad[6];
	} all[] = {
	    {SUIT_PAR_VENDOR, {UUID, "112(h'01')"},
		{UUID1, "112(h'')", "111(h'01')", "'x'", "1", "[]"}},
	    {SUIT_PAR_CLASS, {UUID}, {UUID1, "\"0123456789abcdef\"", "7"}},
	    {SUIT_PAR_IMAGE_DIGEST,
		{"<<[-16,h'0000000000000000000000000000000000000000000000000"
		 "000000000000000']>>"},
		{"<<[-16,h'00000000000000000000000000000000']>>", "<<[]>>",
		    "''", "[-16,'']",
		    "<<[-44,h'000000000000000000000000000000000000000000000"
		    "0000000000000000000']>>"}},
	    {SUIT_PAR_USE_BEFORE, {"0", "18446744073709551615"},
		{"-1", "'x'", "1(5)"}},
	    {SUIT_PAR_SLOT, {"0", "300"}, {"-1", "true"}},
	    {SUIT_PAR_STRICT_ORDER, {"true", "false"}, {"1", "null"}},
	    {SUIT_PAR_SOFT_FAILURE, {"true", "false"}, {"0", "null"}},
	    {SUIT_PAR_IMAGE_SIZE, {"0", "4294967296"}, {"-1", "'5'"}},
	    {SUIT_PAR_CONTENT, {"''", "'x'"}, {"\"x\"", "null"}},
	    {SUIT_PAR_URI, {"\"u\""}, {"\"\"", "'u'", "32(\"u\")"}},
	    {SUIT_PAR_SOURCE, {"0", "1"}, {"2", "32", "-1", "true"}},
	    {SUIT_PAR_INVOKE_ARGS, {"''", "'x'"}, {"\"x\"", "[]"}},
	    {SUIT_PAR_DEVICE, {UUID}, {UUID1, "1", "112(h'01')"}},
	    {SUIT_PAR_FETCH_ARGS, {"''", "'x'"}, {"\"x\"", "1"}},
	    {SUIT_PAR_BATTERY, {"0", "4294967296"}, {"-1", "'x'"}},
	    {SUIT_PAR_PRIORITY, {"-3", "0", "9"}, {"'x'", "true"}},
	    {SUIT_PAR_VERSION, {"<<[1,[1]]>>", "<<[5,[1,2,-3,0]]>>"},
		{"<<[0,[1]]>>", "<<[6,[1]]>>", "<<[1,[]]>>", "<<[1,[-1]]>>",
		    "[1,[1]]", "<<[1,[1],1]>>"}},
	    {SUIT_PAR_WAIT_INFO, {"<<{1:0}>>", "<<{5:1,9:6}>>"},
		{"<<{}>>", "<<{10:1}>>", "{5:1}", "<<{9:7}>>", "<<[5]>>",
		    "<<{5:-1}>>"}},
	    {SUIT_PAR_METADATA, {"<<{5:2}>>", "<<{1:7,8:37(" UUID ")}>>"},
		{"<<{}>>", "<<{5:4}>>", "<<{9:1}>>", "{5:2}", "<<{6:1}>>",
		    "<<{2:{}}>>"}},
	};
	size_t accepted = 0, refused = 0;
	char map[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_non_null(suit_param(all[i].label));
		for (size_t k = 0; k < 4 && all[i].good[k] != NULL; k++) {
			(void)snprintf(map, sizeof(map), "{%d:%s}",
			    all[i].label, all[i].good[k]);
			if (opens(map) != OK)
				fail_msg("%s is refused", map);
			accepted++;
		}
		for (size_t k = 0; k < 6 && all[i].bad[k] != NULL; k++) {
			enum err e;

			(void)snprintf(map, sizeof(map), "{%d:%s}",
			    all[i].label, all[i].bad[k]);
			e = opens(map);
			if (e == OK || e == ERR_PARAMETER)
				fail_msg("%s: %s", map, err_name(e));
			refused++;
		}
	}
	/* encryption-info has tests of its own */
	for (size_t i = 0; i < suit_profile.n_params; i++) {
		size_t k = 0;

		while (k < ARRAY_LEN(all) &&
		       all[k].label != suit_profile.param[i].label)
			k++;
		assert_true(k < ARRAY_LEN(all) || suit_profile.param[i].label ==
						      SUIT_PAR_ENCRYPTION_INFO);
	}
	assert_true(accepted > ARRAY_LEN(all) && refused > accepted);
}

static void
unknown_labels(void **state)
{
	static const char *const bad[] = {"{0:1}", "{6:1}", "{11:1}", "{17:1}",
	    "{31:1}", "{255:1}", "{-1:1}", "{-256:1}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(opens(bad[i]), ERR_PARAMETER);
	assert_int_equal(opens("{}"), ERR_MISSING);
	assert_int_equal(opens("{14:1,14:2}"), ERR_DUPLICATE);
	assert_int_equal(opens("{\"uri\":1}"), ERR_PARAMETER);
}

/* What components 0 and 1 have as URI and size after some commands. */
static void
after(const char *commands, const char *uri0, uint64_t size0, const char *uri1,
    uint64_t size1)
{
	const char *uri[] = {uri0, uri1};
	uint64_t size[] = {size0, size1};

	pool.used = 0;
	assert_int_equal(
	    bench_run(&b,
		envelope(
		    cbor(MANIFEST("['a'],['b']", "[]", "20:<<%s>>"), commands),
		    "", 0),
		SUIT_DO_UPDATE),
	    SUIT_DONE);
	for (uint8_t i = 0; i < 2; i++) {
		struct bytes is =
		    param_get(&b.run, &b.run.slot[i], SUIT_PAR_URI);

		assert_int_equal(is.n, strlen(uri[i]));
		assert_memory_equal(
		    is.p != NULL ? is.p : (const void *)"", uri[i], is.n);
		assert_int_equal(param_size(&b.run, &b.run.slot[i]), size[i]);
	}
}

static void
set_and_override(void **state)
{
	const uint64_t none = UINT64_MAX;

	(void)state;
	after("[12,0,20,{21:\"u\"}]", "u", none, "", none);
	after("[12,0,20,{21:\"u\"},20,{21:\"v\",14:1}]", "v", 1, "", none);
	/* label by label: what is set stays, what is not is set */
	after("[12,0,19,{21:\"u\"},19,{21:\"v\",14:1}]", "u", 1, "", none);
	after("[12,true,20,{21:\"u\"},12,1,19,{21:\"v\",14:2}]", "u", none, "u",
	    2);
	after("[12,[1,0],19,{14:3},12,0,20,{14:4}]", "", 4, "", 3);
}

/* What an alternative set stays set when it fails. */
static void
failed_alternative(void **state)
{
	(void)state;
	after("[12,0,15,[<<[20,{14:1,21:\"u\"},14,15]>>,<<[20,{14:2}]>>]]", "u",
	    2, "", UINT64_MAX);
}

/* 19 labels that count for 32 components are more than are kept. */
static void
too_many(void **state)
{
	char ids[512] = "", shared[2048];

	(void)state;
	for (size_t i = 0; i < SUIT_COMPONENTS_MAX; i++)
		(void)append(ids, sizeof(ids), "['c%zu'],", i);
	(void)snprintf(shared, sizeof(shared),
	    "[12,true,20,{1:" VENDOR ",2:" CLASS ",4:9,5:1,14:1,18:''}]");
	assert_int_equal(
	    bench_run(&b,
		envelope(cbor("{1:1,2:7,3:<<{2:[%s],4:<<%s>>}>>}", ids, shared),
		    "", 0),
		SUIT_DO_UPDATE),
	    SUIT_DONE);
	assert_int_equal(b.run.n_values, SUIT_VALUES_MAX);
	pool.used = 0;
	(void)snprintf(shared, sizeof(shared),
	    "[12,true,20,{1:" VENDOR ",2:" CLASS
	    ",4:9,5:1,14:1,18:'',21:\"u\"}]");
	assert_int_equal(
	    bench_run(&b,
		envelope(cbor("{1:1,2:7,3:<<{2:[%s],4:<<%s>>}>>}", ids, shared),
		    "", 0),
		SUIT_DO_UPDATE),
	    SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(every_parameter, setup),
	    cmocka_unit_test_setup(unknown_labels, setup),
	    cmocka_unit_test_setup(set_and_override, setup),
	    cmocka_unit_test_setup(failed_alternative, setup),
	    cmocka_unit_test_setup(too_many, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
