/* suit_metadata: files, directories and links, as the host is told of them. */
#include "suit_fake.h"

#define UUID "h'000102030405060708090a0b0c0d0e0f'"

static struct bench b;
static struct suit_metadata seen;
static size_t told;
static enum err answer;

static enum err
metadata(void *ctx, struct bytes id, const struct suit_metadata *m)
{
	struct fake *f = ctx;

	fake_log(f, "metadata %s;", fake_slot(f, id)->id);
	seen = *m;
	told++;
	return answer;
}

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	b.fake.host.metadata = metadata;
	answer = OK;
	told = 0;
	pool.used = 0;
	return 0;
}

static enum err
install(const char *commands)
{
	b.fake.log[0] = 0;
	(void)bench_run(&b,
	    envelope(cbor(MANIFEST("['a']", "[]", "20:<<%s>>"), commands),
		"\"#p\":'hello'", 1),
	    SUIT_DO_UPDATE);
	return b.run.why.err;
}

/* Told before anything is written, and of everything that is. */
static void
regular(void **state)
{
	(void)state;
	assert_int_equal(install("[20,{18:'x',30:<<{1:5,2:{37(" UUID
				 "):1,7:2,\"u\":3,'g':4},6:1(9),7:1(8),"
				 "8:\"me\"}>>},18,2]"),
	    OK);
	assert_string_equal(b.fake.log, "metadata a;begin a 1;end;");
	assert_int_equal(seen.permissions, 5);
	assert_int_equal(seen.file_type, SUIT_FILE_REGULAR);
	assert_true(bytes_same(seen.modified, cbor("1(9)")));
	assert_true(bytes_same(seen.creator, cbor("\"me\"")));
	assert_int_equal(seen.group.n, 0);
	assert_int_equal(install("[20,{21:\"#p\",30:<<{5:1}>>},21,2]"), OK);
	assert_int_equal(told, 2);
	/* without the parameter nobody is told */
	assert_int_equal(install("[20,{18:'x'},18,2]"), OK);
	assert_int_equal(told, 2);
}

static void
directory(void **state)
{
	(void)state;
	assert_int_equal(install("[20,{18:'',30:<<{5:2}>>},18,2]"), OK);
	assert_int_equal(seen.file_type, SUIT_FILE_DIRECTORY);
	assert_int_equal(
	    install("[20,{18:'x',30:<<{5:2}>>},18,2]"), ERR_IMAGE_SIZE);
	/* nor does a network know what is in it */
	assert_int_equal(
	    install("[20,{21:\"http://x/\",14:0,30:<<{5:2}>>},21,2]"),
	    ERR_IMAGE_SIZE);
	assert_int_equal(told, 1);
}

static void
symlink_target(void **state)
{
	(void)state;
	assert_int_equal(install("[20,{18:'../b',30:<<{5:3}>>},18,2]"), OK);
	assert_int_equal(seen.file_type, SUIT_FILE_SYMLINK);
	assert_true(bytes_same(seen.target, BYTES_LIT("../b")));
	assert_int_equal(install("[20,{18:'',30:<<{5:3}>>},18,2]"), ERR_TEXT);
	assert_int_equal(
	    install("[20,{18:h'610062',30:<<{5:3}>>},18,2]"), ERR_TEXT);
	/* a link to wherever a network says */
	assert_int_equal(
	    install("[20,{21:\"http://x/\",14:4,30:<<{5:3}>>},21,2]"),
	    ERR_TEXT);
	/* where a link may point is for the host to say */
	answer = ERR_SIGNER_ACCESS;
	assert_int_equal(install("[20,{18:'/etc/passwd',30:<<{5:3}>>},18,2]"),
	    ERR_SIGNER_ACCESS);
	assert_null(strstr(b.fake.log, "begin"));
}

static void
refused_by_default(void **state)
{
	(void)state;
	b.fake.host.metadata = NULL;
	assert_int_equal(
	    install("[20,{18:'x',30:<<{1:5}>>},18,2]"), ERR_CANNOT);
	assert_string_equal(b.fake.log, "");
}

static void
types(void **state)
{
	static const char *const good[] = {"{1:0}", "{1:16383}", "{2:{1:1}}",
	    "{3:{'g':1}}", "{4:{\"r\":0}}", "{5:1}", "{6:1(0)}", "{7:1(0)}",
	    "{8:-5}", "{8:'x'}", "{8:\"x\"}", "{8:37(" UUID ")}"};
	static const char *const bad[] = {"{}", "1", "{0:1}", "{9:1}", "{1:-1}",
	    "{1:16384}", "{2:{}}", "{2:{1:16384}}", "{2:{1:-1}}", "{2:{[]:1}}",
	    "{2:[1,1]}", "{3:{37('x'):1}}", "{4:{38(" UUID "):1}}", "{5:0}",
	    "{5:4}", "{6:0}", "{6:1(-1)}", "{6:0(1)}", "{7:\"x\"}", "{8:true}",
	    "{8:''}", "{8:[]}", "{1:1,1:1}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct bytes v = cbor("%s", good[i]);

		if (param_metadata(&v) != OK)
			fail_msg("%s is refused", good[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct bytes v = cbor("%s", bad[i]);

		if (param_metadata(&v) == OK)
			fail_msg("%s is accepted", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(regular, setup),
	    cmocka_unit_test_setup(directory, setup),
	    cmocka_unit_test_setup(symlink_target, setup),
	    cmocka_unit_test_setup(refused_by_default, setup),
	    cmocka_unit_test_setup(types, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
