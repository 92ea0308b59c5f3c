/* suit_cond: each condition held, not held, and lacking its parameter; none
 * of them changes anything. */
#include "suit_fake.h"

static struct bench b;

static enum err
run(const char *shared, const char *validate)
{
	const char *log;

	pool.used = 0;
	(void)bench_run(&b,
	    envelope(
		cbor(MANIFEST("['a']", "%s", "7:<<%s>>"), shared, validate), "",
		0),
	    SUIT_DO_INVOKE);
	for (log = b.fake.log; *log != 0; log += strcspn(log, ";") + 1)
		assert_memory_equal(log, "digest ", 7);
	return b.run.why.err;
}

static void
vendor(void **state)
{
	(void)state;
	assert_int_equal(run("[20,{1:" VENDOR "}]", "[1,15]"), OK);
	assert_int_equal(run("[20,{1:112(h'0102')}]", "[1,15]"), OK);
	assert_int_equal(run("[20,{1:112(h'0101')}]", "[1,15]"), ERR_VENDOR);
	assert_int_equal(run("[20,{1:" CLASS "}]", "[1,15]"), ERR_VENDOR);
	assert_int_equal(run("[20,{2:" CLASS "}]", "[1,15]"), ERR_NEEDS);
	assert_true(b.run.by_condition);
}

static void
class_id(void **state)
{
	(void)state;
	assert_int_equal(run("[20,{2:" CLASS "}]", "[2,15]"), OK);
	assert_int_equal(run("[20,{2:" VENDOR "}]", "[2,15]"), ERR_CLASS);
	assert_int_equal(run("[20,{1:" VENDOR "}]", "[2,15]"), ERR_NEEDS);
}

static void
image_match(void **state)
{
	char shared[256];

	(void)state;
	(void)snprintf(
	    shared, sizeof(shared), "[20,{3:%s}]", digest_of("image"));
	assert_int_equal(run(shared, "[3,15]"), ERR_NOT_INSTALLED);
	assert_int_equal(b.run.last.measured, 0);
	fake_install(&b.fake, "a", "image");
	assert_int_equal(run(shared, "[3,15]"), OK);
	assert_int_equal(run(shared, "[20,{14:5},3,15]"), OK);
	assert_int_equal(run(shared, "[20,{14:6},3,15]"), ERR_IMAGE_SIZE);
	assert_int_equal(run("[]", "[3,15]"), ERR_NEEDS);
	fake_install(&b.fake, "a", "imago");
	assert_int_equal(run(shared, "[3,15]"), ERR_IMAGE_DIGEST);
	/* what is installed may be told: its owner put it there */
	assert_int_equal(b.run.last.measured, SUIT_PAR_IMAGE_DIGEST);
	assert_true(bytes_same(b.run.why.found, record_digest(&b.run.last)));
	assert_int_equal(b.run.why.found.n, DIGEST_LEN);
}

static void
check_content(void **state)
{
	(void)state;
	memset(&b.fake.slot, 0, sizeof(b.fake.slot));
	assert_int_equal(run("[20,{18:'x'}]", "[6,15]"), ERR_NOT_INSTALLED);
	fake_install(&b.fake, "a", "x");
	assert_int_equal(run("[20,{18:'x'}]", "[6,15]"), OK);
	assert_int_equal(run("[20,{18:'y'}]", "[6,15]"), ERR_CONDITION);
	assert_int_equal(run("[20,{18:'xx'}]", "[6,15]"), ERR_CONDITION);
	assert_int_equal(run("[]", "[6,15]"), ERR_NEEDS);
}

static void
image_not_match(void **state)
{
	char shared[256];

	(void)state;
	(void)snprintf(
	    shared, sizeof(shared), "[20,{3:%s,14:5}]", digest_of("image"));
	memset(&b.fake.slot, 0, sizeof(b.fake.slot));
	/* nothing is not the image */
	assert_int_equal(run(shared, "[25,15]"), OK);
	fake_install(&b.fake, "a", "imago");
	assert_int_equal(run(shared, "[25,15]"), OK);
	assert_int_equal(b.run.n_records, 0);
	fake_install(&b.fake, "a", "image");
	assert_int_equal(run(shared, "[25,15]"), ERR_CONDITION);
	assert_int_equal(b.run.last.measured, SUIT_PAR_IMAGE_DIGEST);
	/* another size is another image */
	assert_int_equal(run(shared, "[20,{14:6},25,15]"), OK);
	assert_int_equal(run("[]", "[25,15]"), ERR_NEEDS);
	/* a store that failed tells nothing */
	b.fake.digest = ERR_STORE;
	assert_int_equal(run(shared, "[25,15]"), ERR_STORE);
	b.fake.digest = OK;
	/* what does not match is not vouched for */
	assert_false(b.run.slot[0].vouched);
}

/* A slot of flash has no length: so much is hashed as the manifest says. */
static enum err
flash_digest(
    void *ctx, struct bytes id, uint8_t sha256[DIGEST_LEN], uint64_t *size)
{
	struct fake *f = ctx;
	struct fake_slot *s = fake_slot(f, id);
	struct bytes part = {(const uint8_t *)s->content, s->n};

	fake_log(f, "digest %s;", s->id);
	if (*size > sizeof(s->content))
		return ERR_IMAGE_SIZE;
	part.n = (size_t)*size;
	return test_crypto()->sha256(&part, 1, sha256);
}

static void
storage_without_length(void **state)
{
	char shared[256];
	char many[700] = "[15,[";

	(void)state;
	(void)snprintf(
	    shared, sizeof(shared), "[20,{3:%s}]", digest_of("image"));
	fake_install(&b.fake, "a", "image and more");
	b.fake.host.digest = flash_digest;
	b.fake.log[0] = 0;
	assert_int_equal(
	    run(shared, "[20,{14:5},3,15,3,15,25,15]"), ERR_CONDITION);
	assert_string_equal(b.fake.log, "digest a;");
	b.fake.log[0] = 0;
	assert_int_equal(run(shared, "[20,{14:6},25,15,20,{14:5},3,15]"), OK);
	assert_string_equal(b.fake.log, "digest a;digest a;");
	b.fake.log[0] = 0;
	assert_int_equal(run(shared, "[20,{14:6},3,15]"), ERR_IMAGE_DIGEST);
	/* nobody said how much */
	assert_int_equal(run(shared, "[3,15]"), ERR_IMAGE_SIZE);
	/* nor is it read as often as an author likes */
	for (size_t i = 0; i < 20; i++)
		(void)append(
		    many, sizeof(many), "<<[20,{14:%zu},3,15]>>,", 6 + i % 2);
	(void)append(many, sizeof(many), "null]]");
	assert_int_equal(run(shared, many), ERR_LIMIT);
	b.fake.host.digest = fake_digest;
	b.fake.log[0] = 0;
}

static uint64_t current;

static enum err
say_slot(void *ctx, struct bytes id, uint64_t *slot)
{
	(void)ctx;
	*slot = current;
	return bytes_same(id, cbor("['a']")) ? OK : ERR_COMPONENT;
}

static void
component_slot(void **state)
{
	(void)state;
	b.fake.host.slot = NULL;
	assert_int_equal(run("[20,{5:1}]", "[5,15]"), ERR_CANNOT);
	b.fake.host.slot = say_slot;
	current = 1;
	assert_int_equal(run("[20,{5:1}]", "[5,15]"), OK);
	current = 0;
	assert_int_equal(run("[20,{5:1}]", "[5,15]"), ERR_CONDITION);
	assert_int_equal(b.run.last.measured, SUIT_PAR_SLOT);
	assert_int_equal(b.run.last.n_value, 1);
	assert_int_equal(b.run.last.value[0], 0);
	assert_int_equal(run("[]", "[5,15]"), ERR_NEEDS);
	/* A or B */
	assert_int_equal(
	    run("[15,[<<[20,{5:1},5,15]>>,<<[20,{5:0},5,15]>>]]", "[14,15]"),
	    ERR_CONDITION);
	assert_int_equal(b.run.last.section, SUIT_VALIDATE);
}

static bool
say_device(void *ctx, struct bytes id, struct bytes value)
{
	(void)ctx;
	(void)id;
	return bytes_same(value, BYTES_LIT("0123456789abcdef"));
}

static struct bytes
say_mine(void *ctx, enum suit_parameter which, struct bytes id)
{
	(void)ctx;
	(void)id;
	return which == SUIT_PAR_DEVICE   ? BYTES_LIT("0123456789abcdef")
	       : which == SUIT_PAR_VENDOR ? cbor("112(h'0102')")
					  : BYTES_NONE;
}

static void
device(void **state)
{
	(void)state;
	assert_int_equal(
	    run("[20,{24:'0123456789abcdef'}]", "[24,15]"), ERR_CANNOT);
	b.fake.host.device_is = say_device;
	assert_int_equal(run("[20,{24:'0123456789abcdef'}]", "[24,15]"), OK);
	assert_int_equal(
	    run("[20,{24:'0123456789abcdeg'}]", "[24,15]"), ERR_CONDITION);
	assert_int_equal(b.run.last.measured, 0);
	assert_int_equal(run("[]", "[24,15]"), ERR_NEEDS);
}

/* A device that says who it is has it in its reports. */
static void
identity_measured(void **state)
{
	struct bytes seen;

	(void)state;
	b.fake.host.mine = say_mine;
	assert_int_equal(
	    run("[20,{24:'0123456789abcdeg'}]", "[24,15]"), ERR_CONDITION);
	seen = (struct bytes){b.run.last.value, b.run.last.n_value};
	assert_int_equal(b.run.last.measured, SUIT_PAR_DEVICE);
	assert_true(bytes_same(seen, cbor("'0123456789abcdef'")));
	assert_int_equal(run("[20,{1:" CLASS "}]", "[1,15]"), ERR_VENDOR);
	seen = (struct bytes){b.run.last.value, b.run.last.n_value};
	assert_int_equal(b.run.last.measured, SUIT_PAR_VENDOR);
	assert_true(bytes_same(seen, cbor("112(h'0102')")));
	assert_int_equal(run("[20,{2:" VENDOR "}]", "[2,15]"), ERR_CLASS);
	assert_int_equal(b.run.last.measured, 0);
	b.fake.host.mine = NULL;
}

/* The device that does not know who it is is nobody's. */
static void
nobody(void **state)
{
	(void)state;
	b.fake.host.vendor_is = NULL;
	b.fake.host.class_is = NULL;
	assert_int_equal(run("[20,{1:" VENDOR "}]", "[1,15]"), ERR_CANNOT);
	assert_int_equal(run("[20,{2:" CLASS "}]", "[2,15]"), ERR_CANNOT);
	b.fake.host.vendor_is = fake_vendor;
	b.fake.host.class_is = fake_class;
}

static void
abort_never_holds(void **state)
{
	(void)state;
	assert_int_equal(run("[]", "[14,15]"), ERR_CONDITION);
	assert_int_equal(run("[]", "[15,[<<[14,15]>>,null]]"), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vendor),
	    cmocka_unit_test(class_id),
	    cmocka_unit_test(image_match),
	    cmocka_unit_test(check_content),
	    cmocka_unit_test(image_not_match),
	    cmocka_unit_test(storage_without_length),
	    cmocka_unit_test(component_slot),
	    cmocka_unit_test(device),
	    cmocka_unit_test(identity_measured),
	    cmocka_unit_test(nobody),
	    cmocka_unit_test(abort_never_holds),
	};

	fake_make(&b.fake);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
