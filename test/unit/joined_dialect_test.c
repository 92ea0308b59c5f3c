/*
 * joined_dialect: whole sessions of both engines in every dialect, and the two
 * that were not told the same.                       [docs/interop.md]
 */
#include "joined_stock.h"

/* Both engines anew, the agent pinned to one dialect and the TAM's endpoint
 * to another. */
static void
begin_in(const struct dialect *agent, const struct dialect *tam)
{
	begin_with(&(struct policy_opts){
	    .dialect = *agent, .no_enc = agent->evidence == DIALECT_IF_KEY});
	j.tam.dialect = *tam;
	assert_ok(dialect_link(&j.tam.dialect, &dialect_others));
	j.spoken = *agent;
	assert_ok(dialect_link(&j.spoken, &dialect_others));
}

/* What a device goes through, from nothing to nothing. */
static void
life(const struct dialect *d)
{
	begin_in(d, d);
	/* installed, reported, proven */
	wants(WANTED, A1);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a1 ");
	/* replaced */
	WANTED->n = 0;
	wants(WANTED, A2);
	wants(UNWANTED, A1);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a2 ");
	/* a failing agent hears why, and mends nothing */
	device()->image = 0x99;
	assert_string_equal(check(device()), "QRUS-");
	assert_string_equal(device()->event, "tam-error");
	device()->image = 0x22;
	assert_string_equal(check(device()), "QR-");
	assert_settled(device(), "a2 ");
}

static void
every_axis(void **state)
{
	struct dialect d;
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i < DIALECT_AXES; i++)
		for (size_t v = 0; v < 3; v++) {
			const struct dialect_axis *a = &dialect_axes[i];

			if (a->value[v] == NULL)
				continue;
			assert_ok(dialect_named("default", &d));
			assert_ok(dialect_set(&d, a->name, a->value[v]));
			life(&d);
			done++;
		}
	assert_int_equal(done, 15);
}

static void
all_legacy(void **state)
{
	struct dialect d;

	(void)state;
	assert_ok(dialect_named("legacy", &d));
	life(&d);
	d.update = DIALECT_UNBOUND;
	life(&d);
	/* with a key of the TAM, and protected the other way round */
	d.evidence = DIALECT_ENCRYPTED;
	d.reports = DIALECT_REPORT_SEALED;
	life(&d);
}

/* A pending request is asked for again in every answer, until it is there. */
static void
request_survives(void **state)
{
	struct dialect d;

	(void)state;
	assert_ok(dialect_named("legacy", &d));
	begin_in(&d, &d);
	wants(WANTED, A1);
	j.n = 0;
	(void)run(device(), (struct link_frame){.op = LINK_REQUEST_TA,
				.component = id("app/c")});
	/* in the first answer, and in that to the second QueryRequest */
	assert_string_equal(j.story, "QRUSQR-");
	assert_int_equal(j.asked, 2);
	wants(&j.store.granted, C1);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_int_equal(j.asked, 3);
	assert_settled(device(), "a1 c1 ");
}

/* ---- two who were not told the same ---------------------------------------
 */

/* The session comes to nothing on either side; the axis is named by the
 * agent, or by the TAM if it is the first to see it. */
static void
apart(const char *axis, const char *value)
{
	const struct dialect standard = {0};
	struct dialect d;

	for (size_t way = 0; way < 2; way++) {
		assert_ok(dialect_named("default", &d));
		assert_ok(dialect_set(&d, axis, value));
		begin_in(way == 0 ? &d : &standard, way == 0 ? &standard : &d);
		wants(WANTED, A1);
		(void)check(device());
		assert_set(device(), "");
		assert_int_equal(j.store.row[0].proven_at, 0);
		if (strcmp(device()->reason, err_name(ERR_DIALECT)) != 0 &&
		    j.reply.why.err != ERR_DIALECT)
			fail_msg("%s %zu: %s, %s", axis, way, device()->reason,
			    err_name(j.reply.why.err));
	}
}

static void
strangers(void **state)
{
	(void)state;
	apart("algorithms", "polymorphic");
	apart("profiles", "two");
}

/* The numberings part ways where a message has a label that moved. */
static void
numbers_apart(void **state)
{
	const struct dialect standard = {0};
	struct dialect d;

	(void)state;
	assert_ok(dialect_named("default", &d));
	assert_ok(dialect_set(&d, "numbering", "legacy"));
	/* the first QueryRequest reads the same; its answer does not */
	begin_in(&d, &standard);
	wants(WANTED, A1);
	assert_string_equal(check(device()), "QR-");
	assert_err(j.reply.why.err, ERR_DIALECT);
	assert_string_equal(j.reply.why.what, "numbering");
	assert_int_equal(j.store.n_used, 0);
	begin_in(&standard, &d);
	wants(WANTED, A1);
	assert_string_equal(check(device()), "QR-");
	assert_err(j.reply.why.err, ERR_DIALECT);
	assert_set(device(), "");
}

/* A first Sign1 is understood everywhere, a COSE_Sign is not. */
static void
first_apart(void **state)
{
	const struct dialect standard = {0};
	struct dialect d;

	(void)state;
	assert_ok(dialect_named("default", &d));
	assert_ok(dialect_set(&d, "first", "sign1"));
	begin_in(&d, &standard);
	wants(WANTED, A1);
	(void)check(device());
	assert_string_equal(device()->reason, "wrong-dialect");
	assert_set(device(), "");
	begin_in(&standard, &d);
	wants(WANTED, A1);
	/* signed by one key: an agent of the other suite has no use for it */
	if (j.suite == 0)
		assert_string_equal(check(device()), "QRUSQR-");
}

/* What the first Error of the session said. */
static struct bytes
first_error(void)
{
	struct bytes in = first_of('E');
	struct teep_message m;
	struct cose_signed s;

	assert_ok(cose_signed_read(in, ACCEPT_SIGN1, &s, NULL));
	assert_ok(teep_parse(s.payload, &j.spoken, &m, NULL));
	return m.err_msg;
}

/* What protects is checked by who is to be protected. */
static void
protection_apart(void **state)
{
	static const char *const values[] = {"signed", "sealed", "bare"};
	struct dialect standard = {0}, d;
	size_t done = 0;

	(void)state;
	/* reports of every other form */
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 3; k++) {
			struct dialect a = {0}, t = {0};

			if (i == k)
				continue;
			assert_ok(dialect_set(&a, "reports", values[i]));
			assert_ok(dialect_set(&t, "reports", values[k]));
			begin_in(&a, &t);
			wants(WANTED, A1);
			/* refused, and told so; nothing counts as reported */
			assert_string_equal(check(device()), "QRUSUS-");
			assert_string_equal(device()->event, "tam-error");
			assert_int_equal(j.store.row[0].reported_at, 0);
			assert_false(j.fate[A1].reported);
			done++;
		}
	assert_int_equal(done, 6);
	/* Evidence in the clear, to one who wants it encrypted */
	assert_ok(dialect_named("default", &d));
	assert_ok(dialect_set(&d, "evidence", "if-key"));
	begin_in(&d, &standard);
	wants(WANTED, A1);
	assert_string_equal(check(device()), "QRUS-");
	assert_string_equal(device()->reason, "peer-error");
	/* an unbound Update, to one who wants it bound */
	assert_ok(dialect_named("default", &d));
	assert_ok(dialect_set(&d, "update", "unbound"));
	begin_in(&standard, &d);
	wants(WANTED, A1);
	assert_memory_equal(check(device()), "QRUE", 4);
	assert_true(bytes_same(first_error(), text("unbound-update")));
	assert_set(device(), "");
}

/* ---- endpoints ------------------------------------------------------------
 */

/* A device is heard where it is pinned to, whatever it speaks. */
static void
endpoints(void **state)
{
	struct tam_device *row;
	struct dialect d;

	(void)state;
	assert_ok(dialect_named("legacy", &d));
	begin_in(&d, &d);
	wants(WANTED, A1);
	j.tam.dialect_name = "legacy";
	assert_string_equal(check(device()), "QR-");
	assert_err(j.reply.why.err, ERR_DIALECT);
	assert_string_equal(j.reply.why.what, "endpoint");
	assert_true(bytes_same(j.reply.why.expected, text("default")));
	assert_true(bytes_same(j.reply.why.found, text("legacy")));
	assert_true(j.reply.known);
	assert_int_equal(j.reply.message.n, 0);
	assert_int_equal(j.reply.n_effects, 0);
	row = &j.store.row[0];
	(void)snprintf(row->dialect, sizeof(row->dialect), "older");
	assert_string_equal(check(device()), "QR-");
	assert_true(bytes_same(j.reply.why.expected, text("older")));
	(void)snprintf(row->dialect, sizeof(row->dialect), "legacy");
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a1 ");
	j.tam.dialect_name = NULL;
	assert_string_equal(check(device()), "QR-");
	assert_err(j.reply.why.err, ERR_DIALECT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_axis),
	    TEST(all_legacy),
	    TEST(request_survives),
	    TEST(strangers),
	    TEST(numbers_apart),
	    TEST(first_apart),
	    TEST(protection_apart),
	    TEST(endpoints),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
