/*
 * joined_repair: a device that fails gets what is set aside for the cause,
 * nothing else, and proves itself again.                  [security 1, 16]
 */
#include "joined_stock.h"

static const char cause[] = "component:app/a";

/* From now on only this payload of app/a is known to be good. */
static void
only_good(const char *payload)
{
	struct said *v = library_add(&j.lib, CORIM_REFERENCE, cause);
	struct bytes content = text(payload);

	assert_ok(crypto->sha256(&content, 1, v->digest));
	v->e.digest = BYTES_OF(v->digest);
}

static void
set_aside(const char *name, size_t manifest)
{
	j.store.repairs = text(name);
	wants(&j.store.repair, manifest);
}

/* a1 is there and proven; then its maker finds fault with it. */
static int
stale(void **state)
{
	(void)usual(state);
	wants(WANTED, A1);
	(void)check(device());
	assert_settled(device(), "a1 ");
	only_good("a2");
	WANTED->n = 0;
	wants(WANTED, A2);
	wants(WANTED, C1);
	wants(UNWANTED, A1);
	return 0;
}

static struct teep_message
first_update(void)
{
	struct cose_signed s;
	struct teep_message m;

	assert_ok(cose_signed_read(first_of('U'), ACCEPT_SIGN1, &s, NULL));
	assert_ok(teep_parse(s.payload, NULL, &m, NULL));
	return m;
}

/* Only its repair set, though more is wanted; then the rest. */
static void
repaired(void **state)
{
	const struct bytes profile = BYTES_LIT(EAR_PROFILE);
	struct tam_device *row = &j.store.row[0];
	struct ear_appraisal a;
	struct cose_signed s;
	struct teep_message m;
	struct cbor_in r;
	struct ear e;
	size_t n;

	(void)state;
	set_aside(cause, A2);
	memset(j.first, 0, sizeof(j.first));
	assert_string_equal(check(device()), "QRUSQRUSQR-");
	assert_int_equal(j.reply.why.err, OK);
	assert_int_equal(row->verdict, ACCEPTED);
	m = first_update();
	assert_int_equal(m.manifests.n, 1);
	assert_int_equal(m.has & TEEP_HAS_UNNEEDED, 0);
	r = cbor_items(m.manifests);
	assert_true(
	    bytes_same(cbor_bstr(&r, 0, LEN_ANY), j.store.shelf[A2].envelope));
	/* What binds it is no passport: it says that the device failed. */
	assert_true(teep_format_is(m.format, EAR_PROFILE));
	assert_ok(cose_signed_read(m.attestation, ACCEPT_SIGN1, &s, NULL));
	assert_ok(ear_parse(s.payload, &profile, 1, &e, NULL));
	assert_int_equal(e.status, EAR_CONTRAINDICATED);
	r = ear_appraisals(&e, &n);
	assert_int_equal(n, 1);
	assert_ok(ear_appraisal_read(&r, &a));
	assert_int_equal(a.status, EAR_CONTRAINDICATED);
	assert_int_equal(
	    eat_parse(s.payload, &(struct eat_claims){0}, NULL), OK);
	assert_settled(device(), "a2 c1 ");
}

/* What is set aside for another cause is for that. */
static void
another_cause(void **state)
{
	(void)state;
	set_aside("component:app/b", A2);
	assert_string_equal(check(device()), "QRUS-");
	assert_int_equal(first_update().manifests.n, 1); /* of before */
	assert_set(device(), "a1 ");
	assert_string_equal(device()->reason, "peer-error");
	assert_int_equal(j.store.row[0].verdict, REFUSED);
	/* nor does it help against another agent */
	j.store.repairs = text(cause);
	device()->image = 0x23;
	assert_string_equal(check(device()), "QRUS-");
	assert_set(device(), "a1 ");
}

/* It hears that it has to attest, and the name of the reason. */
static void
no_repair_set(void **state)
{
	struct teep_message m;

	(void)state;
	memset(j.first, 0, sizeof(j.first));
	assert_string_equal(check(device()), "QRUS-");
	m = first_update();
	assert_int_equal(m.has, TEEP_HAS_ERR_CODE | TEEP_HAS_ERR_MSG);
	assert_int_equal(m.err_code, TEEP_ERR_ATTESTATION_REQUIRED);
	assert_true(bytes_same(m.err_msg, BYTES_LIT("measurement-mismatch")));
}

/* What did not help is not sent twice in one session. */
static void
in_vain(void **state)
{
	(void)state;
	set_aside(cause, C1);
	assert_string_equal(check(device()), "QRUSQRUS-");
	assert_set(device(), "a1 c1 ");
	assert_int_equal(j.store.row[0].verdict, REFUSED);
	/* The next one tries once more. */
	j.store.repair.n = 0;
	set_aside(cause, A2);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a2 c1 ");
}

/* A device that is asked with no challenge, and fails: it is known of it, and
 * nothing is sent before it has answered one. */
static void
by_its_time(void **state)
{
	static const enum dialect_update dialects[] = {
	    DIALECT_BOUND, DIALECT_UNBOUND};

	(void)state;
	library_text(&j.lib, CORIM_ENDORSED, "clock", "trusted");
	j.tam.config.fresh = TAM_FRESH_TIME;
	device()->launcher.timed = true;
	set_aside(cause, A2);
	j.tam.config.exchange_requests = 1;
	for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
		j.now += 10;
		j.store.row[0].verdict = ACCEPTED;
		j.tam.dialect.update = (uint8_t)dialects[i];
		assert_string_equal(check(device()), "QR-");
		assert_int_equal(j.reply.why.err, ERR_EXCHANGE_LIMIT);
		assert_int_equal(j.store.row[0].verdict, REFUSED);
		assert_set(device(), "a1 ");
	}
	j.tam.dialect.update = DIALECT_BOUND;
	j.tam.config.exchange_requests = 8;
	j.now += 10;
	assert_string_equal(check(device()), "QRQRUSQRUSQR-");
	j.tam.config.fresh = TAM_FRESH_NONCE;
	assert_settled(device(), "a2 c1 ");
}

int
main(void)
{
#define STALE(f) cmocka_unit_test_setup_teardown(f, stale, world_end)
	const struct CMUnitTest tests[] = {
	    STALE(repaired),
	    STALE(another_cause),
	    STALE(no_repair_set),
	    STALE(in_vain),
	    STALE(by_its_time),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
