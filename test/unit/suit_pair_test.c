/* suit_pair: copy and swap: what they do, what they refuse, and what is known
 * of the contents afterwards. */
#include "suit_fake.h"

static struct bench b;
static size_t piece_max;
static bool lies; /* the storage hands out other octets than it hashes */

static enum err
read_piece(void *ctx, struct bytes id, uint64_t at, struct bytes *piece)
{
	static char other[] = "other octets";
	struct fake *f = ctx;
	struct fake_slot *s = fake_slot(f, id);
	size_t n = s->n - (size_t)at;

	assert_true(at < s->n);
	if (n > piece_max)
		n = piece_max;
	*piece = (struct bytes){
	    (const uint8_t *)(lies ? other : s->content + at), n};
	return OK;
}

static enum err
swap_contents(void *ctx, struct bytes one, struct bytes two)
{
	struct fake *f = ctx;
	struct fake_slot *x = fake_slot(f, one), *y = fake_slot(f, two), z;

	fake_log(f, "swap %s %s;", x->id, y->id);
	z = *x;
	memcpy(x->content, y->content, sizeof(x->content));
	x->n = y->n;
	x->there = y->there;
	memcpy(y->content, z.content, sizeof(y->content));
	y->n = z.n;
	y->there = z.there;
	return OK;
}

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	b.fake.host.read = read_piece;
	b.fake.host.swap = swap_contents;
	piece_max = 3;
	lies = false;
	pool.used = 0;
	return 0;
}

/* Components a, b, c; index 0 is selected. */
static enum err
install(const char *commands)
{
	b.fake.log[0] = 0;
	(void)bench_run(&b,
	    envelope(
		cbor(MANIFEST("['a'],['b'],['c']", "[]", "20:<<[12,0,%s]>>"),
		    commands),
		"", 0),
	    SUIT_DO_UPDATE);
	return b.run.why.err;
}

static void
copy(void **state)
{
	(void)state;
	fake_install(&b.fake, "b", "new image");
	assert_int_equal(install("20,{22:1},22,2"), OK);
	assert_string_equal(fake_content_of(&b.fake, "a"), "new image");
	assert_string_equal(b.fake.log, "digest b;begin a 9;end;");
	/* and it can be matched without reading it again */
	assert_int_equal(install("20,{22:1,14:9},22,2,20,{18:'new image'},"
				 "6,15"),
	    OK);
	/* the whole of it in one piece, and nothing at all */
	piece_max = 512;
	assert_int_equal(install("20,{22:1},22,2"), OK);
	fake_install(&b.fake, "b", "");
	assert_int_equal(install("20,{22:1},22,2"), OK);
	assert_string_equal(fake_content_of(&b.fake, "a"), "");
}

static void
copy_refused(void **state)
{
	(void)state;
	assert_int_equal(install("22,2"), ERR_NEEDS);
	assert_int_equal(install("20,{22:1},22,2"), ERR_NOT_INSTALLED);
	fake_install(&b.fake, "b", "new image");
	assert_int_equal(install("20,{22:0},22,2"), ERR_CONFLICT);
	assert_int_equal(install("20,{22:1,14:8},22,2"), ERR_IMAGE_SIZE);
	lies = true;
	assert_int_equal(install("20,{22:1},22,2"), ERR_STORE);
	lies = false;
	/* a directive that fails ends it all, soft failure or not */
	assert_int_equal(
	    install("15,[<<[20,{22:1,14:8,13:true},22,2]>>,<<[]>>]"),
	    ERR_IMAGE_SIZE);
	b.fake.may[SUIT_CMD_COPY] = ERR_SIGNER_ACCESS;
	assert_int_equal(install("20,{22:1},22,2"), ERR_SIGNER_ACCESS);
	b.fake.may[SUIT_CMD_COPY] = OK;
	b.fake.host.read = NULL;
	assert_int_equal(install("20,{22:1},22,2"), ERR_CANNOT);
	assert_null(strstr(b.fake.log, "begin"));
}

static bool only_a;

static enum err
may_only_a(void *ctx, const struct suit_manifest *m, enum suit_command cmd,
    struct bytes id)
{
	(void)ctx;
	(void)m;
	if (cmd == SUIT_CMD_SET_INDEX || bytes_same(id, cbor("['a']")))
		return OK;
	only_a = true;
	return ERR_SIGNER_ACCESS;
}

/* What is read is asked about like what is written. */
static void
source_access(void **state)
{
	(void)state;
	fake_install(&b.fake, "b", "secret");
	b.fake.host.may = may_only_a;
	only_a = false;
	assert_int_equal(install("20,{22:1},22,2"), ERR_SIGNER_ACCESS);
	assert_true(only_a);
	assert_int_equal(install("20,{22:1},31,2"), ERR_SIGNER_ACCESS);
	assert_string_equal(b.fake.log, "");
}

/* What came from a network stays unvouched and untold when it is copied. */
static void
copy_of_foreign(void **state)
{
	const char *want = digest_of("other");
	char text[512];

	(void)state;
	(void)snprintf(text, sizeof(text),
	    "12,1,20,{21:\"http://x/y\",14:4},21,2,12,0,20,{22:1,3:%s},22,2,"
	    "3,15",
	    want);
	assert_int_equal(install(text), OK);
	assert_int_equal(b.run.state, SUIT_WANT_FETCH);
	suit_give(&b.run, BYTES_LIT("four"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_IMAGE_DIGEST);
	assert_int_equal(b.run.last.measured, 0);
	assert_false(b.run.slot[0].vouched || b.run.slot[1].vouched);
	/* once matched, its copies are vouched for as well */
	(void)snprintf(text, sizeof(text),
	    "12,1,20,{21:\"http://x/y\",14:4,3:%s},21,2,3,15,12,0,20,{22:1},"
	    "22,2",
	    digest_of("four"));
	assert_int_equal(install(text), OK);
	suit_give(&b.run, BYTES_LIT("four"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_true(b.run.slot[0].vouched && b.run.slot[1].vouched);
	assert_true(b.run.slot[0].foreign && b.run.slot[1].foreign);
}

static void
swap(void **state)
{
	char text[512];

	(void)state;
	fake_install(&b.fake, "a", "old");
	fake_install(&b.fake, "b", "newer");
	(void)snprintf(text, sizeof(text),
	    "20,{22:1,3:%s},25,15,31,2,3,15,12,1,20,{3:%s},3,15",
	    digest_of("newer"), digest_of("old"));
	assert_int_equal(install(text), OK);
	assert_string_equal(fake_content_of(&b.fake, "a"), "newer");
	assert_string_equal(fake_content_of(&b.fake, "b"), "old");
	/* b's digest was not known, and is read where it is now */
	assert_string_equal(b.fake.log, "digest a;swap a b;digest a;");
}

static void
swap_refused(void **state)
{
	char text[640] = "20,{22:1}";

	(void)state;
	assert_int_equal(install("31,2"), ERR_NEEDS);
	assert_int_equal(install("20,{22:0},31,2"), ERR_CONFLICT);
	/* each is as much work as writing both */
	for (size_t i = 0; i < SUIT_FILLS_MAX; i++)
		(void)append(text, sizeof(text), ",31,2");
	assert_int_equal(install(text), OK);
	assert_int_equal(
	    install(append(text, sizeof(text), ",31,2")), ERR_LIMIT);
	b.fake.host.swap = NULL;
	assert_int_equal(install("20,{22:1},31,2"), ERR_CANNOT);
}

/* strict-order false: a component is not both target and source. */
static void
strict_order(void **state)
{
	(void)state;
	fake_install(&b.fake, "b", "b");
	fake_install(&b.fake, "c", "c");
	/* b -> a, then a -> c */
	assert_int_equal(install("20,{22:1},22,2,12,2,20,{22:0},22,2"), OK);
	assert_int_equal(install("20,{12:false,22:1},22,2,12,2,20,{22:0},22,2"),
	    ERR_CONFLICT);
	/* b -> a, then b is written */
	assert_int_equal(
	    install("20,{12:false,22:1},22,2,12,1,20,{18:'x'},18,2"),
	    ERR_CONFLICT);
	/* b -> a, b -> c: nobody reads what is written */
	assert_int_equal(
	    install("20,{12:false,22:1},22,2,12,2,20,{22:1},22,2"), OK);
	/* order again in between */
	assert_int_equal(install("20,{12:false,22:1},22,2,20,{12:true},12,2,"
				 "20,{22:0},22,2"),
	    OK);
}

/* What a section wrote is there when the next one begins. */
static void
order_of_sections(void **state)
{
	struct bytes env = envelope(cbor(MANIFEST("['a'],['b'],['c']", "[]",
					"16:<<[12,0,20,{12:false,22:1},22,2]>>,"
					"20:<<[12,2,20,{22:0},22,2]>>")),
	    "", 0);

	(void)state;
	fake_install(&b.fake, "b", "b");
	assert_int_equal(bench_run(&b, env, SUIT_DO_UPDATE), SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "c"), "b");
}

/* strict-order false: a run-sequence may be run beside what follows, so it is
 * about one component. */
static void
loose_sequences(void **state)
{
	static const struct {
		const char *commands;
		enum err e;
	} rows[] = {
	    /* it says at once about which */
	    {"20,{12:false,22:1},32,<<[12,0,22,2]>>", OK},
	    {"20,{12:false,22:1},32,<<[22,2]>>", ERR_ORDER},
	    {"20,{12:false,22:1},32,<<[34,{0:{14:1}},22,2]>>", ERR_ORDER},
	    {"20,{12:false,22:1},32,<<[]>>", ERR_ORDER},
	    /* and about no other, wherever that stands */
	    {"20,{12:false},32,<<[12,0,12,0]>>", ERR_PLACE},
	    {"20,{12:false},32,<<[12,0,15,[<<[12,1]>>,null]]>>", ERR_PLACE},
	    {"20,{12:false},32,<<[12,0,32,<<[12,1]>>]>>", ERR_PLACE},
	    {"20,{12:false},32,<<[12,0,34,{1:{14:1}}]>>", ERR_PLACE},
	    /* in it all is in order */
	    {"20,{12:false},32,<<[12,0,32,<<[20,{22:1},22,2]>>]>>", OK},
	    /* of several each has its turn */
	    {"20,{12:false},12,[0,2],20,{22:1},32,<<[22,2]>>", OK},
	    {"20,{12:false},12,[0,2],32,<<[12,0]>>", ERR_PLACE},
	    {"20,{12:false},12,true,32,<<[12,0]>>", ERR_PLACE},
	    /* beside others: none reads what another one writes */
	    {"20,{12:false},32,<<[12,0,20,{22:1},22,2]>>,"
	     "32,<<[12,2,20,{22:1},22,2]>>",
		OK},
	    {"20,{12:false},32,<<[12,0,20,{22:1},22,2]>>,"
	     "32,<<[12,2,20,{22:0},22,2]>>",
		ERR_CONFLICT},
	    {"20,{12:false},32,<<[12,0,20,{22:1},22,2]>>,"
	     "12,2,20,{22:0},22,2",
		ERR_CONFLICT},
	    /* what it says of order ends with it, however it ends */
	    {"20,{12:false},32,<<[12,0,20,{12:true}]>>,32,<<[14,15]>>",
		ERR_ORDER},
	    {"20,{12:false},15,[<<[32,<<[12,0,20,{12:true},14,15]>>]>>,"
	     "<<[32,<<[14,15]>>]>>]",
		ERR_ORDER},
	    /* in order there is no such rule */
	    {"20,{22:1},32,<<[22,2]>>", OK},
	    {"20,{12:false},20,{12:true},32,<<[12,0,12,1]>>", OK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum err e;

		(void)setup(NULL);
		fake_install(&b.fake, "b", "b");
		e = install(rows[i].commands);
		if (e != rows[i].e)
			fail_msg("%s: %s", rows[i].commands, err_name(e));
		assert_false(e != OK && b.run.by_condition);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(copy, setup),
	    cmocka_unit_test_setup(copy_refused, setup),
	    cmocka_unit_test_setup(source_access, setup),
	    cmocka_unit_test_setup(copy_of_foreign, setup),
	    cmocka_unit_test_setup(swap, setup),
	    cmocka_unit_test_setup(swap_refused, setup),
	    cmocka_unit_test_setup(strict_order, setup),
	    cmocka_unit_test_setup(order_of_sections, setup),
	    cmocka_unit_test_setup(loose_sequences, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
