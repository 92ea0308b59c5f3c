/*
 * asked: SUIT Reports for a TAM that asks for them.
 */
#include "agent_fake.h"

static uint8_t kept[2048];
static struct agent_reports reports;
static struct manifest_opts hello;

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	reports = (struct agent_reports){.room = SPAN_OF(kept)};
	agent_reports_init(&reports);
	ports.reports = &reports;
	hello = (struct manifest_opts){.id = "app/hello",
	    .sequence = 1,
	    .payload = text("hello"),
	    .invoke = true};
	return 0;
}

static struct teep_message
ask(enum key_name tam, uint64_t items, struct bytes nonce, bool token)
{
	struct teep_message q = query(
	    items, token ? BYTES_NONE : nonce, token ? nonce : BYTES_NONE);
	struct link_frame f;

	connect_anew();
	f = give_message(tam == K_TAM ? query_signed(&q) : sign(tam, &q));
	return reply_message(&f);
}

static struct teep_message
asked(uint8_t nonce)
{
	return ask(K_TAM, TEEP_ITEM_REPORTS, nonce32(nonce), true);
}

static struct link_frame
call(const char *name)
{
	return give((struct link_frame){.op = LINK_CALL,
	    .component = id(name),
	    .number = 1000,
	    .body = text("abc")});
}

static void
digest_of(const struct manifest_opts *o, uint8_t out[DIGEST_LEN])
{
	struct suit_manifest m;

	assert_ok(suit_parse(manifest(o), &m, NULL));
	memcpy(out, m.digest, DIGEST_LEN);
}

/* One report: of the policy, with what the device can do. */
static void
capabilities(void **state)
{
	struct suit_capabilities can;
	struct teep_message m = asked(3);
	struct suit_report r;
	struct cbor_in in;
	struct bytes prefix;
	bool depends = false;

	(void)state;
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_int_equal(m.has, TEEP_HAS_TOKEN | TEEP_HAS_REPORTS);
	assert_int_equal(m.reports.n, 1);
	r = report_at(&m, 0, true);
	assert_true(r.success);
	assert_int_equal(r.records.n, 0);
	assert_true(bytes_same(r.nonce, m.token));
	assert_true(bytes_same(r.nonce, nonce32(3)));
	assert_ok(suit_capabilities_read(r.capabilities, &can, NULL));
	assert_int_equal(can.list[1].n, 2);
	in = cbor_items(can.list[1]);
	cbor_array(&in, 2);
	prefix = cbor_bstr(&in, 1, 64);
	assert_ok(in.err);
	assert_true(bytes_same(prefix, text("app")));
	assert_true(can.list[2].n > 15);
	in = cbor_items(can.list[2]);
	for (size_t i = 0; i < can.list[2].n; i++)
		depends |= cbor_int(&in, INT64_MIN, INT64_MAX) ==
			   SUIT_CMD_PROCESS_DEPENDENCY;
	assert_true(depends);
}

/* Without a token it is the challenge that makes it fresh. */
static void
with_evidence(void **state)
{
	struct teep_message m =
	    ask(K_TAM, ITEMS_USUAL | TEEP_ITEM_REPORTS, nonce32(7), false);

	(void)state;
	assert_int_equal(m.has, TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT |
				    TEEP_HAS_TC_LIST | TEEP_HAS_REPORTS);
	assert_true(bytes_same(report_at(&m, 0, true).nonce, nonce32(7)));
}

static void
nobody_to_ask(void **state)
{
	struct teep_message m;

	(void)state;
	ports.reports = NULL;
	m = asked(3);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_int_equal(m.has, TEEP_HAS_TOKEN);
}

/* Encrypted with what the TAM takes, or not at all. */
static void
profile_not_offered(void **state)
{
	struct teep_message q =
	    query(TEEP_ITEM_REPORTS, BYTES_NONE, nonce32(3));
	struct cbor_out w = begin();
	struct link_frame f;

	(void)state;
	cbor_put_array(&w, 4);
	cbor_put_int(&w, ALG_SHA256);
	cbor_put_int(&w, ALG_ED25519);
	cbor_put_int(&w, ALG_ECDH_ES_A128KW);
	cbor_put_int(&w, ALG_CHACHA20_POLY1305);
	q.profiles = (struct list){end(&w), 1};
	f = give_message(query_signed(&q));
	assert_error(&f, TEEP_ERR_SUIT_REPORT, ERR_NO_PROFILE);
}

/* How each was started, last; and only what is this TAM's. */
static void
starts(void **state)
{
	uint8_t digest[DIGEST_LEN];
	struct teep_message m;
	struct suit_report r;
	struct link_frame f;

	(void)state;
	install(&hello);
	m = asked(3);
	assert_int_equal(m.reports.n, 1);
	f = call("app/hello");
	assert_result(&f, OK);
	m = asked(4);
	assert_int_equal(m.reports.n, 2);
	r = report_at(&m, 1, true);
	digest_of(&hello, digest);
	assert_true(r.success);
	assert_true(bytes_same(r.digest, BYTES_OF(digest)));
	assert_true(bytes_same(r.nonce, nonce32(4)));
	assert_int_equal(r.capabilities.n, 0);
	/* it is another TAM's neither to own nor to hear of */
	m = ask(K_OTHER, TEEP_ITEM_REPORTS, nonce32(5), true);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_int_equal(m.reports.n, 1);
	/* the same one again, in place of the first */
	app.running = false;
	app.fail_start = true;
	f = call("app/hello");
	assert_result(&f, ERR_INVOKE);
	m = asked(6);
	assert_int_equal(m.reports.n, 2);
	r = report_at(&m, 1, true);
	assert_false(r.success);
	assert_true(bytes_same(r.digest, BYTES_OF(digest)));
	/* another one has its place */
	hello.sequence = 2;
	hello.payload = text("hello again");
	install(&hello);
	assert_int_equal(asked(7).reports.n, 1);
	/* and a new agent knows of none */
	app.fail_start = false;
	f = call("app/hello");
	assert_result(&f, OK);
	assert_int_equal(asked(8).reports.n, 2);
	device_restart();
	assert_int_equal(asked(9).reports.n, 1);
}

/* The oldest give way; none is kept where there is no room. */
static void
little_room(void **state)
{
	static const char *const names[] = {
	    "app/free/a", "app/free/b", "app/free/c"};
	uint8_t digest[DIGEST_LEN];
	struct teep_message m;
	struct link_frame f;

	(void)state;
	reports.room.n = 900; /* two are some 800 */
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		hello.id = names[i];
		install(&hello);
		f = call(names[i]);
		assert_result(&f, OK);
	}
	m = asked(3);
	assert_int_equal(m.reports.n, 3);
	digest_of(&hello, digest);
	assert_true(
	    bytes_same(report_at(&m, 2, true).digest, BYTES_OF(digest)));
	for (size_t n = 0; n < 8; n++) {
		device_restart();
		reports.room.n = n;
		app.running = false;
		f = call(names[0]);
		assert_result(&f, OK);
		assert_int_equal(asked((uint8_t)(20 + n)).reports.n, 1);
	}
}

/* One that is larger than all the room takes no place of others. */
static void
too_large(void **state)
{
	static char reference[1200];
	struct manifest_opts large = {.id = "app/free/large",
	    .sequence = 1,
	    .payload = text("large"),
	    .invoke = true,
	    .reference = reference};
	uint8_t digest[DIGEST_LEN];
	struct teep_message m;
	struct link_frame f;

	(void)state;
	memset(reference, 'r', sizeof(reference) - 1);
	memcpy(reference, "https://a.example/", 18);
	reports.room.n = 1000;
	install(&hello);
	install(&large);
	f = call("app/hello");
	assert_result(&f, OK);
	app.running = false;
	f = call("app/free/large");
	assert_result(&f, OK);
	assert_string_equal(last_what, "SUIT Report");
	m = asked(3);
	assert_int_equal(m.reports.n, 2);
	digest_of(&hello, digest);
	assert_true(
	    bytes_same(report_at(&m, 1, true).digest, BYTES_OF(digest)));
}

/* Nor is there what was true of an earlier start. */
static void
outgrown(void **state)
{
	size_t fits = sizeof(kept), wants = 4;
	struct link_frame f;

	(void)state;
	install(&hello);
	while (fits - wants > 1) {
		reports.room.n = (fits + wants) / 2;
		device_restart();
		app.running = false;
		f = call("app/hello");
		assert_result(&f, OK);
		if (asked((uint8_t)(reports.room.n)).reports.n == 2)
			fits = reports.room.n;
		else
			wants = reports.room.n;
	}
	reports.room.n = fits;
	device_restart();
	app.running = false;
	f = call("app/hello");
	assert_result(&f, OK);
	assert_int_equal(asked(3).reports.n, 2);
	/* that it failed takes more words */
	app.running = false;
	app.fail_start = true;
	f = call("app/hello");
	assert_result(&f, ERR_INVOKE);
	assert_int_equal(asked(4).reports.n, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, device_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(capabilities),
	    T(with_evidence),
	    T(nobody_to_ask),
	    T(profile_not_offered),
	    T(starts),
	    T(little_room),
	    T(too_large),
	    T(outgrown),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
