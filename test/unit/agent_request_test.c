/*
 * request: RequestTA, UnrequestTA, RequestPolicyCheck, and the sessions they
 * open.                                                          [TEEP 2.1]
 */
#include "agent_fake.h"

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

static struct link_frame
request(const char *name, const char *hint)
{
	return give((struct link_frame){.op = LINK_REQUEST_TA,
	    .component = id(name),
	    .uri = hint != NULL ? text(hint) : BYTES_NONE,
	    .has_uri = hint != NULL});
}

static struct link_frame
unrequest(const char *name)
{
	return give((struct link_frame){
	    .op = LINK_UNREQUEST_TA, .component = id(name)});
}

static struct link_frame
check(bool first)
{
	return give(
	    (struct link_frame){.op = LINK_POLICY_CHECK, .flag = first});
}

static void
assert_connect(const struct link_frame *f, const char *uri)
{
	assert_op(f, LINK_CONNECT);
	assert_true(bytes_same(f->uri, text(uri)));
	assert_false(f->has_body);
}

#define MAIN  "https://tam.example/tep"
#define OTHER "https://other.example/tep"

static void
policy_chooses_the_tam(void **state)
{
	struct link_frame f = request("app/hello", NULL);

	(void)state;
	assert_connect(&f, MAIN);
	f = request("other/thing", NULL);
	assert_connect(&f, OTHER);
	/* A hint chooses among those only. */
	f = request("app/second", "https://evil.test/tep");
	assert_connect(&f, MAIN);
	f = request("app/third", OTHER);
	assert_connect(&f, MAIN);
	f = request("app/shared/a", NULL);
	assert_connect(&f, MAIN);
	f = request("app/shared/b", OTHER);
	assert_connect(&f, OTHER);
	assert_int_equal(status_list(4).n, 6);
}

static void
nobody_serves_it(void **state)
{
	struct link_frame f = request("nobody/here", NULL);

	(void)state;
	assert_result(&f, ERR_TAM_ACCESS);
	/* The recovery TAM serves no wishes. */
	f = request("policy/x", NULL);
	assert_connect(&f, MAIN);
	assert_int_equal(status_list(4).n, 1);
}

static void
not_an_identifier(void **state)
{
	struct link_frame f;

	(void)state;
	f = give((struct link_frame){
	    .op = LINK_REQUEST_TA, .component = text("\xff")});
	assert_result(&f, ERR_RESERVED);
	f = give((struct link_frame){
	    .op = LINK_UNREQUEST_TA, .component = text("\xff")});
	assert_result(&f, ERR_RESERVED);
	assert_int_equal(disk.commits, 1);
}

static void
installed_already(void **state)
{
	struct link_frame f;

	(void)state;
	install(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	f = request("app/hello", NULL);
	assert_op(&f, LINK_NONE);
	assert_int_equal(status_list(4).n, 0);
	f = request("policy", NULL);
	assert_op(&f, LINK_NONE);
}

static void
repeated(void **state)
{
	struct link_frame f = request("app/hello", NULL);
	unsigned commits = disk.commits;

	(void)state;
	assert_connect(&f, MAIN);
	for (int i = 0; i < 5; i++) {
		f = request("app/hello", NULL);
		assert_result(&f, ERR_EXISTS);
	}
	assert_int_equal(disk.commits, commits);
	/* It failed: then it may be tried again, without another write. */
	f = give((struct link_frame){.op = LINK_ERROR, .number = ERR_NET});
	assert_op(&f, LINK_NONE);
	f = request("app/hello", NULL);
	assert_connect(&f, MAIN);
	f = request("app/hello", NULL);
	assert_result(&f, ERR_EXISTS);
	device_restart();
	assert_int_equal(status_list(4).n, 1);
	f = request("app/hello", NULL);
	assert_connect(&f, MAIN);
	assert_int_equal(disk.commits, commits);
}

static void
too_many(void **state)
{
	struct link_frame f;
	char name[32];

	(void)state;
	for (int i = 0; i < AGENT_REQUESTS_MAX; i++) {
		snprintf(name, sizeof(name), "app/n%d", i);
		f = request(name, NULL);
		assert_connect(&f, MAIN);
	}
	f = request("app/one-more", NULL);
	assert_result(&f, ERR_LIMIT);
	f = unrequest("app/n3");
	assert_op(&f, LINK_NONE);
	f = request("app/one-more", NULL);
	assert_connect(&f, MAIN);
}

/* It is told to its TAM, until the TAM has given it. */
static void
asked_for_until_installed(void **state)
{
	struct teep_message q = query(0, BYTES_NONE, nonce32(1)), m;
	struct teep_requested r;
	struct link_frame f;
	struct cbor_in items;

	(void)state;
	f = request("app/hello", NULL);
	f = request("other/thing", NULL);
	f = give_message(query_signed(&q));
	m = reply_message(&f);
	assert_int_equal(m.requested.n, 1);
	items = cbor_items(m.requested);
	assert_ok(teep_requested_read(&items, NULL, &r));
	assert_true(bytes_same(r.component, id("app/hello")));
	install(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	f = give_message(query_signed(&q));
	assert_int_equal(reply_message(&f).has & TEEP_HAS_REQUESTED, 0);
	assert_int_equal(status_list(4).n, 1);
}

static void
unneeded(void **state)
{
	struct teep_message q = query(0, BYTES_NONE, nonce32(1)), m;
	struct link_frame f;

	(void)state;
	f = unrequest("app/hello");
	assert_result(&f, ERR_NOT_INSTALLED);
	f = unrequest("policy");
	assert_result(&f, ERR_OWNER);
	install(&(struct manifest_opts){.id = "app/hello",
	    .manifest_id = "app/manifest",
	    .sequence = 1,
	    .payload = text("hello")});
	f = unrequest("app/hello");
	assert_connect(&f, MAIN);
	f = unrequest("app/hello");
	assert_op(&f, LINK_NONE);
	/* The owner hears of the manifest, nobody else. */
	f = give_message(query_signed(&q));
	m = reply_message(&f);
	assert_int_equal(m.unneeded.n, 1);
	assert_true(bytes_same(m.unneeded.raw, id("app/manifest")));
	f = give_message(sign(K_OTHER, &q));
	assert_int_equal(reply_message(&f).has & TEEP_HAS_UNNEEDED, 0);
	/* It is not gone before the TAM says so. */
	assert_int_equal(installed("app/manifest"), 1);
	/* Wanted again. */
	f = request("app/hello", NULL);
	assert_op(&f, LINK_NONE);
	f = give_message(query_signed(&q));
	assert_int_equal(reply_message(&f).has & TEEP_HAS_UNNEEDED, 0);
}

static void
round_of_checks(void **state)
{
	struct link_frame f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		f = check(true);
		assert_connect(&f, MAIN);
		f = check(false);
		assert_connect(&f, OTHER);
		f = check(false);
		assert_op(&f, LINK_NONE);
		f = check(false);
		assert_op(&f, LINK_NONE);
	}
}

static void
store_fails(void **state)
{
	struct link_frame f;

	(void)state;
	disk.fail_commit = true;
	f = request("app/hello", NULL);
	assert_result(&f, ERR_STORE);
	assert_int_equal(status_list(4).n, 0);
	disk.fail_commit = false;
	f = request("app/hello", NULL);
	assert_connect(&f, MAIN);
}

/* ---- sessions ------------------------------------------------------------ */

static void
the_tam_is_done(void **state)
{
	struct link_frame f;

	(void)state;
	exchange(1);
	f = give_message(BYTES_NONE);
	assert_op(&f, LINK_NONE);
}

/* Another session ends the one that waits, with its exchange. */
static void
another_session(void **state)
{
	struct bytes envelope = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	struct teep_message m = update(1, 1, &envelope, 1);
	struct link_frame f;

	(void)state;
	exchange(1);
	f = give((struct link_frame){
	    .op = LINK_POLICY_CHECK, .session = 2, .flag = true});
	assert_connect(&f, MAIN);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_NO_EXCHANGE);
}

/* While a fetch is open nobody else is served, and nothing else is said. */
static void
busy_while_fetching(void **state)
{
	static const enum link_op ops[] = {LINK_REQUEST_TA, LINK_UNREQUEST_TA,
	    LINK_POLICY_CHECK, LINK_MESSAGE, LINK_CALL};
	struct bytes payload = text("hello"), envelope;
	struct teep_message m;
	struct link_frame f;

	(void)state;
	envelope = manifest(&(struct manifest_opts){.id = "app/hello",
	    .sequence = 1,
	    .payload = payload,
	    .uri = "https://cdn.example/x"});
	exchange(1);
	m = update(1, 1, &envelope, 1);
	f = give_update(&m);
	assert_op(&f, LINK_FETCH);
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		for (uint64_t session = 1; session <= 2; session++) {
			f = give((struct link_frame){.op = ops[i],
			    .session = session,
			    .component = id("app/x"),
			    .body = text("xx")});
			assert_result(&f, ERR_BUSY);
		}
	f = give((struct link_frame){
	    .op = LINK_DATA, .session = 2, .body = payload, .flag = true});
	assert_result(&f, ERR_BUSY);
	f = give((struct link_frame){
	    .op = LINK_ERROR, .session = 2, .number = ERR_NET});
	assert_result(&f, ERR_BUSY);
	assert_int_equal(installed("app/hello"), 0); /* status is served */
	f = give_data(0, payload, true);
	assert_success(&f);
}

/* Frames that only an agent sends, and data nobody asked for. */
static void
senseless(void **state)
{
	static const enum link_op ops[] = {LINK_NONE, LINK_CONNECT, LINK_REPLY,
	    LINK_FETCH, LINK_ABORT, LINK_RESULT, LINK_DATA, 0, 99};
	struct link_frame f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		f = give((struct link_frame){.op = ops[i], .flag = true});
		assert_result(&f, ERR_NO_EXCHANGE);
	}
	exchange(1);
	f = give_data(0, BYTES_NONE, true);
	assert_result(&f, ERR_NO_EXCHANGE);
}

/* Any frame at any time: one answer each, and nothing is ever installed that
 * no TAM has sent. */
static void
random_frames(void **state)
{
	const char *seed_text = getenv("TEST_SEED");
	unsigned seed =
	    seed_text != NULL ? (unsigned)strtoul(seed_text, NULL, 0) : 1;
	struct bytes envelope =
	    manifest(&(struct manifest_opts){.id = "app/hello",
		.sequence = 1,
		.payload = text("hello"),
		.uri = "https://cdn.example/x"});
	struct teep_message q = query(ITEMS_USUAL, nonce32(1), BYTES_NONE);
	struct teep_message m = update(1, 1, &envelope, 1);
	struct bytes words[] = {query_signed(&q), sign(K_TAM, &m),
	    sign(K_OTHER, &q), sign(K_STRANGER, &q), text("hello"), text("x"),
	    BYTES_NONE};
	struct bytes ids[] = {id("app/hello"), id("app/x"), id("policy"),
	    id("other/y"), text("\xff")};
	size_t mark = scratch_used;

	(void)state;
	print_message("TEST_SEED=%u\n", seed);
	srand(seed);
	for (int i = 0; i < 3000; i++) {
		struct link_frame in = {
		    .op = (enum link_op)(rand() % 10),
		    .session = (uint64_t)(1 + rand() % 3),
		    .component = ids[(size_t)rand() % ARRAY_LEN(ids)],
		    .body = words[(size_t)rand() % ARRAY_LEN(words)],
		    .flag = rand() % 2,
		    .number = (uint64_t)(rand() % 4),
		    .offset = (uint64_t)(rand() % 2 * 5),
		};
		struct link_frame f = give(in);

		assert_true(f.op >= LINK_NONE && f.op <= LINK_RESULT);
		if (rand() % 50 == 0)
			agent_hangup(agent);
		scratch_used = mark;
	}
	assert_in_range(installed("app/hello"), 0, 1);
	assert_int_equal(installed("app/x"), 0);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(policy_chooses_the_tam),
	    T(nobody_serves_it),
	    T(not_an_identifier),
	    T(installed_already),
	    T(repeated),
	    T(too_many),
	    T(asked_for_until_installed),
	    T(unneeded),
	    T(round_of_checks),
	    T(store_fails),
	    T(the_tam_is_done),
	    T(another_session),
	    T(busy_while_fetching),
	    T(senseless),
	    T(random_frames),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
