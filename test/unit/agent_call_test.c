/*
 * call: who may call what, and what has to hold each time something starts.
 */
#include "agent_fake.h"

static struct manifest_opts hello;

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	hello = (struct manifest_opts){.id = "app/hello",
	    .sequence = 1,
	    .payload = text("hello"),
	    .invoke = true};
	return 0;
}

static struct link_frame
call_as(const char *name, uint64_t uid, const char *in)
{
	return give((struct link_frame){.op = LINK_CALL,
	    .component = id(name),
	    .number = uid,
	    .body = text(in)});
}

static void
assert_answer(const struct link_frame *f, const char *want)
{
	assert_result(f, OK);
	assert_true(bytes_same(f->body, text(want)));
}

static void
starts_once(void **state)
{
	struct link_frame f;

	(void)state;
	install(&hello);
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	f = call_as("app/hello", 1000, "xy");
	assert_answer(&f, "yx");
	assert_int_equal(app.starts, 1);
	assert_int_equal(app.calls, 2);
}

static void
callers(void **state)
{
	struct link_frame f;

	(void)state;
	install(&hello);
	f = call_as("app/hello", 1001, "abc");
	assert_result(&f, ERR_PEER);
	f = call_as("app/hello", 0, "abc");
	assert_result(&f, ERR_PEER);
	hello.id = "app/free/one";
	install(&hello);
	f = call_as("app/free/one", 4711, "abc");
	assert_answer(&f, "cba");
	hello.id = "app/second";
	install(&hello);
	/* No row, nobody. */
	f = call_as("app/second", 1000, "abc");
	assert_result(&f, ERR_PEER);
	f = call_as("policy", 1000, "abc");
	assert_result(&f, ERR_PEER);
}

static void
not_there(void **state)
{
	struct link_frame f = call_as("app/hello", 1000, "abc");

	(void)state;
	assert_result(&f, ERR_NOT_INSTALLED);
	f = give((struct link_frame){
	    .op = LINK_CALL, .component = text("\xff"), .number = 1000});
	assert_result(&f, ERR_PEER);
}

static void
without_invoke_section(void **state)
{
	struct link_frame f;

	(void)state;
	hello.invoke = false;
	install(&hello);
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_INVOKE);
	assert_int_equal(app.starts, 0);
}

/* The image is read again before it runs. */
static void
image_changed_on_disk(void **state)
{
	struct link_frame f;
	uint8_t digest[DIGEST_LEN];
	size_t i;

	(void)state;
	install(&hello);
	assert_ok(crypto->sha256(&hello.payload, 1, digest));
	i = fs_find(&disk, digest);
	assert_true(i < disk.n_blobs);
	disk.blob[i].p[0] ^= 1;
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_IMAGE_DIGEST);
	assert_int_equal(app.starts, 0);
	disk.blob[i].p[0] ^= 1;
	disk.blob[i].n--;
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_IMAGE_DIGEST);
}

/* And so is the manifest. */
static void
envelope_changed_on_disk(void **state)
{
	struct link_frame f;

	(void)state;
	install(&hello);
	for (size_t i = 0; i < disk.n_blobs; i++)
		if (disk.blob[i].n > 50 && disk.blob[i].p[0] == 0xa2)
			disk.blob[i].p[disk.blob[i].n - 1] ^= 1;
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_STORE);
	assert_int_equal(app.starts, 0);
}

static void
starting_fails(void **state)
{
	struct link_frame f;

	(void)state;
	install(&hello);
	app.fail_start = true;
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_INVOKE);
	app.fail_start = false;
	app.dead_start = true;
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_INVOKE);
	app.dead_start = false;
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	/* It dies, and is started anew. */
	app.fail_call = true;
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_INVOKE);
	app.fail_call = false;
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	assert_int_equal(app.starts, 4);
}

static void
stopped_when_replaced(void **state)
{
	struct teep_message m;
	struct link_frame f;

	(void)state;
	install(&hello);
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	assert_int_equal(app.stops, 0);
	/* Another component is none of its business. */
	hello.id = "app/second";
	install(&hello);
	assert_int_equal(app.stops, 0);
	hello.id = "app/hello";
	hello.sequence = 2;
	hello.payload = text("two");
	install(&hello);
	assert_int_equal(app.stops, 1);
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	assert_int_equal(app.starts, 2);
	exchange(1);
	m = update(1, 240, NULL, 0);
	add_unneeded(&m, "app/hello");
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(app.stops, 2);
	assert_false(app.running);
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_NOT_INSTALLED);
}

static void
new_policy(const struct policy_opts *o, uint64_t sequence)
{
	struct bytes envelope = policy_envelope(policy_object(o), sequence, 3);
	struct teep_message m;
	struct link_frame f;

	exchange((uint8_t)sequence);
	m = update((uint8_t)sequence, (uint8_t)(220 + sequence), &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
}

/* What was installed under the old policy runs under the new one, or not. */
static void
signer_checked_against_todays_policy(void **state)
{
	struct link_frame f;

	(void)state;
	install(&hello);
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	new_policy(&(struct policy_opts){.no_acme = true}, 2);
	assert_false(app.running);
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_NOT_INSTALLED);
	new_policy(&(struct policy_opts){0}, 3);
	install(&hello);
	new_policy(&(struct policy_opts){.acme_narrow = true}, 4);
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_SIGNER_ACCESS);
	new_policy(&(struct policy_opts){0}, 5);
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	assert_int_equal(app.starts, 2);
}

/* Two signed, and the first one's name is on it: when that one may no more, it
 * does not become the other one's. */
static void
not_another_authoritys(void **state)
{
	struct link_frame f;

	(void)state;
	hello.signers = 1u << K_ACME | 1u << K_BOLT;
	install(&hello);
	f = call_as("app/hello", 1000, "abc");
	assert_answer(&f, "cba");
	new_policy(&(struct policy_opts){.acme_narrow = true}, 2);
	f = call_as("app/hello", 1000, "abc");
	assert_result(&f, ERR_SIGNER_ACCESS);
	assert_int_equal(app.starts, 1);
}

/* A call does not disturb an exchange. */
static void
between_messages(void **state)
{
	struct bytes envelope;
	struct teep_message m;
	struct link_frame f;

	(void)state;
	install(&hello);
	hello.sequence = 2;
	envelope = manifest(&hello);
	exchange(5);
	f = give((struct link_frame){.op = LINK_CALL,
	    .session = 9,
	    .component = id("app/hello"),
	    .number = 1000,
	    .body = text("abc")});
	assert_answer(&f, "cba");
	m = update(5, 230, &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(starts_once),
	    T(callers),
	    T(not_there),
	    T(without_invoke_section),
	    T(image_changed_on_disk),
	    T(envelope_changed_on_disk),
	    T(starting_fails),
	    T(stopped_when_replaced),
	    T(signer_checked_against_todays_policy),
	    T(not_another_authoritys),
	    T(between_messages),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
