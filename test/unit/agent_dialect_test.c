/*
 * dialect: a TAM row says how that TAM speaks, and the key that verified a
 * message decides which row it is.          [docs/policy.md, docs/interop.md]
 */
#include "agent_fake.h"

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

/* ---- a TAM that speaks ----------------------------------------------------
 */

static struct dialect
linked(struct dialect d)
{
	assert_ok(dialect_link(&d, &dialect_others));
	return d;
}

static struct bytes
say(enum key_name k, const struct dialect *d, const struct teep_message *m)
{
	struct signer s = keys[k].s;
	struct cbor_out w = begin();
	struct bytes payload;

	s.alg = dialect_alg(d, s.alg);
	assert_ok(teep_write(&w, d, m));
	payload = end(&w);
	w = begin();
	assert_ok(cose_sign1_write(&w, &s, payload, NULL, WRITE_TAGGED));
	return end(&w);
}

/* The reply, which must be of d in every way. */
static struct teep_message
hear(const struct dialect *d, const struct link_frame *f)
{
	struct keyring ring = {&keys[K_TEEP].pub, only_key};
	struct teep_message m;
	struct verified v;
	struct why why;

	assert_op(f, LINK_REPLY);
	assert_ok(cose_verify(crypto, &ring, ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC,
	    f->body, &v, &why));
	assert_int_equal(v.alg, dialect_alg(d, ALG_ESP256));
	assert_ok(teep_read(&v, d, &m, &why));
	assert_null(dialect_other(d, &dialect_others, v.payload, OK));
	return m;
}

static struct teep_message
ask(const struct dialect *d, uint8_t challenge)
{
	struct teep_message q =
	    query(ITEMS_USUAL, nonce32(challenge), BYTES_NONE);

	q.suites = dialect_offer(d)->both;
	q.profiles = dialect_offer(d)->profiles;
	return q;
}

/* A device whose main TAM speaks d. */
static void
device_of(const struct dialect *d)
{
	device(&(struct policy_opts){
	    .dialect = *d, .no_enc = d->evidence == DIALECT_IF_KEY});
}

static const struct manifest_opts *
hello(void)
{
	static const struct manifest_opts o = {
	    .id = "app/hello", .sequence = 1, .payload = BYTES_LIT("hello")};

	return &o;
}

static void
assert_refused(const struct dialect *d, const struct link_frame *f, enum err e,
    const char *what)
{
	struct teep_message m = hear(d, f);

	assert_int_equal(m.type, TEEP_ERROR);
	assert_int_equal(m.err_code, TEEP_ERR_PERMANENT);
	assert_true(bytes_same(m.err_msg, text(err_name(e))));
	assert_string_equal(last_reason, err_name(e));
	assert_string_equal(last_what, what);
}

/* ---- whole exchanges ------------------------------------------------------
 */

/* The plain report in what Success carries, by the dialect's protection. */
static struct suit_report
report_of(const struct dialect *d, const struct teep_message *m)
{
	bool enc = d->evidence != DIALECT_IF_KEY;
	struct cbor_in r = cbor_items(m->reports);
	struct bytes in = cbor_bstr(&r, 0, LEN_ANY);
	struct suit_report out;
	struct why why;

	assert_int_equal(m->reports.n, 1);
	if (d->reports == DIALECT_REPORT_SIGNED)
		return report_at(m, 0, enc);
	if (d->reports == DIALECT_REPORT_SEALED) {
		assert_true(cose_is_encrypt(in) == enc);
		if (enc) {
			assert_ok(cose_decrypt(crypto, &keys[K_ENC].agree,
			    COSE_CTX_REPORT, in,
			    (struct span){scratch + scratch_used, in.n}, &in,
			    &why));
			scratch_used += in.n;
		}
		in = verified_by(K_REPORT, in).payload;
	}
	assert_ok(suit_report_read(in, &out, &why));
	return out;
}

/* Ask, install and be told, all of it in d. */
static void
session(const struct dialect *d)
{
	struct teep_message q, m;
	struct bytes envelope;
	struct link_frame f;

	device_of(d);
	envelope = manifest(hello());
	q = ask(d, 7);
	f = give_message(say(K_TAM, d, &q));
	m = hear(d, &f);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	assert_true(cose_is_encrypt(m.attestation) ==
		    (d->evidence == DIALECT_ENCRYPTED));
	m = update(7, 1, &envelope, 1);
	if (d->update == DIALECT_UNBOUND)
		m.has &= ~(uint32_t)TEEP_HAS_ATTESTATION;
	f = give_message(say(K_TAM, d, &m));
	m = hear(d, &f);
	assert_int_equal(m.type, TEEP_SUCCESS);
	assert_true(report_of(d, &m).success);
	assert_int_equal(installed("app/hello"), 1);
}

static void
sessions(void **state)
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
			session(&d);
			done++;
		}
	/* all of them, and with Evidence and reports that are encrypted */
	assert_ok(dialect_named("legacy", &d));
	session(&d);
	d.update = DIALECT_UNBOUND;
	session(&d);
	d.reports = DIALECT_REPORT_SEALED;
	d.evidence = DIALECT_ENCRYPTED;
	session(&d);
	assert_int_equal(done, 15);
}

/* Requests and Errors are written with the row's numbers, too. */
static void
legacy_numbers(void **state)
{
	struct dialect d =
	    linked((struct dialect){.numbering = DIALECT_LEGACY});
	struct teep_message q, m;
	struct teep_requested r;
	struct link_frame f;
	struct cbor_in items;

	(void)state;
	device_of(&d);
	q = ask(&d, 7);
	f = give((struct link_frame){
	    .op = LINK_REQUEST_TA, .component = id("app/hello")});
	assert_op(&f, LINK_CONNECT);
	f = give_message(say(K_TAM, &d, &q));
	m = hear(&d, &f);
	assert_int_equal(m.requested.n, 1);
	items = cbor_items(m.requested);
	assert_ok(teep_requested_read(&items, &d, &r));
	assert_true(bytes_same(r.component, id("app/hello")));
	/* no suite in common */
	q = ask(&d, 8);
	q.suites = dialect_offer(&d)->ed25519;
	f = give_message(say(K_TAM, &d, &q));
	m = hear(&d, &f);
	assert_int_equal(m.err_code, TEEP_ERR_CIPHER_SUITES);
	assert_true(teep_suites_have(m.suites, ALG_ESP256));
}

/* An Error 5 and an Error 8 offer what the peer can read. */
static void
offers(void **state)
{
	struct dialect d = linked((struct dialect){
	    .algs = DIALECT_POLYMORPHIC, .profiles = DIALECT_TWO});
	struct teep_message q, m;
	struct link_frame f;

	(void)state;
	device_of(&d);
	q = ask(&d, 7);
	q.suites = dialect_offer(&d)->ed25519;
	f = give_message(say(K_TAM, &d, &q));
	m = hear(&d, &f);
	assert_int_equal(m.err_code, TEEP_ERR_CIPHER_SUITES);
	assert_true(teep_suites_have(m.suites, ALG_ES256));
	assert_false(teep_suites_have(m.suites, ALG_ESP256));
	q = ask(&d, 8);
	/* [-7, A128CTR] only */
	q.profiles = (struct list){{q.profiles.raw.p, 5}, 1};
	f = give_message(say(K_TAM, &d, &q));
	m = hear(&d, &f);
	assert_int_equal(m.err_code, TEEP_ERR_SUIT_REPORT);
	assert_int_equal(m.profiles.n, 1);
	assert_true(bytes_same(m.profiles.raw, dialect_offer(&d)->profile.raw));
}

/* ---- what is of another dialect -------------------------------------------
 */

/* To a device pinned to d, a QueryRequest and an Update of other. */
static void
refused_both(const struct dialect *d, const struct dialect *other,
    const char *axis, bool query_too)
{
	struct teep_message q, m;
	struct bytes envelope;
	struct link_frame f;

	device_of(d);
	envelope = manifest(hello());
	q = ask(d, 7);
	f = give_message(say(K_TAM, d, &q));
	assert_int_equal(hear(d, &f).type, TEEP_QUERY_RESPONSE);
	m = update(7, 1, &envelope, 1);
	if (other->profiles == d->profiles) {
		f = give_message(say(K_TAM, other, &m));
		assert_refused(d, &f, ERR_DIALECT, axis);
		assert_int_equal(installed("app/hello"), 0);
	}
	if (query_too) {
		q = ask(other, 8);
		q.has |= TEEP_HAS_TOKEN;
		q.token = nonce32(3);
		f = give_message(say(K_TAM, other, &q));
		assert_refused(d, &f, ERR_DIALECT, axis);
	}
}

static void
refusals(void **state)
{
	const struct dialect standard = {0};
	const struct dialect numbers = linked(
				 (struct dialect){.numbering = DIALECT_LEGACY}),
			     algs = linked(
				 (struct dialect){.algs = DIALECT_POLYMORPHIC}),
			     shape = linked(
				 (struct dialect){.profiles = DIALECT_TWO});

	(void)state;
	refused_both(&standard, &numbers, "numbering", true);
	refused_both(&numbers, &standard, "numbering", true);
	refused_both(&standard, &algs, "algorithms", true);
	refused_both(&algs, &standard, "algorithms", true);
	refused_both(&standard, &shape, "profiles", true);
	refused_both(&shape, &standard, "profiles", true);
}

/* Who knows COSE_Sign1 only has nothing to do with a COSE_Sign. */
static void
first_message(void **state)
{
	const struct dialect d = {.first = DIALECT_SIGN1}, standard = {0};
	struct teep_message q;
	struct link_frame f;

	(void)state;
	device_of(&d);
	q = ask(&d, 7);
	f = give_message(query_signed(&q));
	assert_refused(&d, &f, ERR_DIALECT, "first");
	/* A Sign1 is taken in any dialect: the TAM may know the suite. */
	device_of(&standard);
	q = ask(&d, 7);
	f = give_message(say(K_TAM, &d, &q));
	assert_int_equal(hear(&d, &f).type, TEEP_QUERY_RESPONSE);
}

/* Unbound is a word of the row, and no dialect's. */
static void
legacy_is_bound(void **state)
{
	struct teep_message m;
	struct bytes envelope;
	struct dialect d;
	struct link_frame f;

	(void)state;
	assert_ok(dialect_named("legacy", &d));
	device_of(&d);
	envelope = manifest(hello());
	m = ask(&d, 7);
	f = give_message(say(K_TAM, &d, &m));
	assert_int_equal(hear(&d, &f).type, TEEP_QUERY_RESPONSE);
	m = update(7, 1, &envelope, 1);
	m.has &= ~(uint32_t)TEEP_HAS_ATTESTATION;
	f = give_message(say(K_TAM, &d, &m));
	assert_refused(&d, &f, ERR_UNBOUND, "attestation-payload");
}

/* The main TAM's dialect is not the other's. */
static void
by_key(void **state)
{
	struct dialect d, standard = {0};
	struct teep_message q;
	struct link_frame f;

	(void)state;
	assert_ok(dialect_named("legacy", &d));
	device_of(&d);
	q = ask(&standard, 7);
	f = give_message(say(K_OTHER, &standard, &q));
	assert_int_equal(hear(&standard, &f).type, TEEP_QUERY_RESPONSE);
	q = ask(&d, 8);
	f = give_message(say(K_OTHER, &d, &q));
	assert_refused(&standard, &f, ERR_DIALECT, "algorithms");
	f = give_message(say(K_TAM, &d, &q));
	assert_int_equal(hear(&d, &f).type, TEEP_QUERY_RESPONSE);
	/* Nobody's message is answered as before dialects. */
	q = ask(&d, 9);
	f = give_message(say(K_BOLT, &d, &q));
	assert_int_equal(hear(&standard, &f).type, TEEP_ERROR);
}

/* ---- policies -------------------------------------------------------------
 */

static struct policy p;

static void
unread(const struct policy_opts *o, enum err e)
{
	struct why why;

	assert_err(policy_read(crypto, policy_object(o), &p, &why), e);
	assert_string_equal(why.what, "tam");
}

static void
policies(void **state)
{
	struct agent_ports none = ports;
	struct policy_opts o = {0};
	struct why why;

	(void)state;
	none.dialects = NULL;
	assert_ok(dialect_named("legacy", &o.dialect));
	assert_ok(policy_read(crypto, policy_object(&o), &p, &why));
	assert_true(dialect_same(&p.tam[0].dialect, &o.dialect));
	assert_null(p.tam[0].dialect.tables);
	assert_ok(policy_link(&p, &ports, &why));
	assert_non_null(p.tam[0].dialect.tables);
	/* a device that has no other tables says so, and takes none */
	assert_err(policy_link(&p, &none, &why), ERR_DIALECT);
	assert_string_equal(why.what, "dialect");
	o.dialect.numbering = 2;
	unread(&o, ERR_RANGE);
	o.dialect.numbering = 0;
	o.dialect.reports = 3;
	unread(&o, ERR_RANGE);
	/* Evidence that goes out in the clear is written out */
	unread(&(struct policy_opts){.no_enc = true}, ERR_MISSING);
	/* one key, one dialect: a key stands in one row only */
	unread(&(struct policy_opts){.other = K_TAM_ED}, ERR_KEY_PURPOSE);
}

static void
without_tables(void **state)
{
	struct policy_opts o = {0};
	struct bytes envelope;
	struct teep_message m;
	struct link_frame f;
	struct why why;

	(void)state;
	/* a new policy is refused as a whole */
	ports.dialects = NULL;
	assert_ok(dialect_named("legacy", &o.dialect));
	envelope = policy_envelope(policy_object(&o), 2, 3);
	exchange(1);
	m = update(1, 1, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_DIALECT);
	/* what needs no table is spoken */
	envelope =
	    policy_envelope(policy_object(&(struct policy_opts){
				.dialect = {.reports = DIALECT_REPORT_SEALED}}),
		3, 3);
	m = update(1, 2, &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
	/* and the first one too */
	disk_free();
	device_ports();
	ports.dialects = NULL;
	envelope = policy_envelope(policy_object(&o), 1, 3);
	assert_err(agent_seal_policy(&ports, SPAN_OF(work), envelope, &why),
	    ERR_DIALECT);
	assert_int_equal(disk.commits, 0);
}

/* ---- several QueryRequests ------------------------------------------------
 */

/* A second question is answered, and its answer is the one that counts. */
static void
asked_again(void **state)
{
	struct bytes envelope = manifest(hello());
	struct dialect d = {0};
	struct teep_message q, m;
	struct link_frame f;

	(void)state;
	f = give((struct link_frame){
	    .op = LINK_REQUEST_TA, .component = id("app/hello")});
	assert_op(&f, LINK_CONNECT);
	for (uint8_t i = 1; i <= AGENT_QUERIES_MAX; i++) {
		q = ask(&d, i);
		f = give_message(i == 1 ? query_signed(&q) : sign(K_TAM, &q));
		m = hear(&d, &f);
		assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
		/* what was asked for is asked for until it is there */
		assert_int_equal(m.requested.n, 1);
	}
	m = update(AGENT_QUERIES_MAX - 1, 1, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_RESULT_NONCE);
	m = update(AGENT_QUERIES_MAX, 2, &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
}

static void
asked_too_often(void **state)
{
	struct bytes envelope = manifest(hello());
	struct teep_message q = query(ITEMS_USUAL, nonce32(9), BYTES_NONE), m;
	struct link_frame f;

	(void)state;
	for (uint8_t i = 1; i <= AGENT_QUERIES_MAX; i++)
		exchange(i);
	for (size_t i = 0; i < 300; i++) {
		size_t mark = scratch_used;

		f = give_message(sign(K_TAM, &q));
		assert_error(&f, TEEP_ERR_PERMANENT, ERR_EXCHANGE_LIMIT);
		scratch_used = mark;
	}
	assert_int_equal(app.attests, AGENT_QUERIES_MAX);
	/* the old answer is void, and so is what was bound to it */
	m = update(AGENT_QUERIES_MAX, 1, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_NO_EXCHANGE);
	/* another exchange, another count */
	connect_anew();
	exchange(1);
	assert_int_equal(app.attests, AGENT_QUERIES_MAX + 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(sessions),
	    T(legacy_numbers),
	    T(offers),
	    T(refusals),
	    T(first_message),
	    T(legacy_is_bound),
	    T(by_key),
	    T(policies),
	    T(without_tables),
	    T(asked_again),
	    T(asked_too_often),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
