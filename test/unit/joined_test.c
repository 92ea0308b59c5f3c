/*
 * joined: whole sessions of the real agent with the real TAM, from
 * RequestPolicyCheck to 204, in both cipher suites.
 */
#include "joined_stock.h"

/* ---- stories ---------------------------------------------------------------
 */

static void
nothing_to_do(void **state)
{
	(void)state;
	assert_string_equal(check(device()), "QR-");
	assert_string_equal(device()->event, "query-answered");
	assert_settled(device(), "");
}

/* Attest, install, report, and prove it, in one session. */
static void
installed_and_proven(void **state)
{
	const struct tam_device *row = &j.store.row[0];

	(void)state;
	wants(WANTED, A1);
	wants(WANTED, B1);
	assert_string_equal(check(device()), "QRUPPSQR-");
	assert_set(device(), "a1 b1 ");
	assert_string_equal(j.believed, "a1 b1 ");
	assert_true(j.proven);
	assert_true(j.fate[A1].reported && j.fate[B1].reported);
	assert_int_equal(j.fate[A1].outcome, OK);
	assert_int_equal(j.fate[B1].outcome, OK);
	assert_true(row->has_report_key && row->proven_at == j.now);
	assert_settled(device(), "a1 b1 ");
}

/* What leaves the device in public says nothing of it.        [TEEP 8.2] */
static void
evidence_result_and_reports(void **state)
{
	struct cose_signed s;
	struct teep_message m;
	struct cbor_in r;

	(void)state;
	wants(WANTED, A1);
	(void)check(device());
	assert_ok(cose_signed_read(first_of('R'), ACCEPT_SIGN1, &s, NULL));
	assert_ok(teep_parse(s.payload, NULL, &m, NULL));
	assert_true(cose_is_encrypt(m.attestation));
	/* The Result goes without tags.                         [TEEP 5] */
	assert_ok(cose_signed_read(first_of('U'), ACCEPT_SIGN1, &s, NULL));
	assert_ok(teep_parse(s.payload, NULL, &m, NULL));
	assert_int_equal(m.attestation.p[0], 0x84);
	assert_ok(cose_signed_read(first_of('S'), ACCEPT_SIGN1, &s, NULL));
	assert_ok(teep_parse(s.payload, NULL, &m, NULL));
	assert_int_equal(m.reports.n, 1);
	r = cbor_items(m.reports);
	assert_ok(cose_signed_read(
	    cbor_bstr(&r, 1, LEN_ANY), ACCEPT_SIGN1, &s, NULL));
	assert_true(cose_is_encrypt(s.payload));
}

static void
upgraded(void **state)
{
	(void)state;
	wants(WANTED, A1);
	(void)check(device());
	WANTED->n = 0;
	wants(WANTED, A2);
	wants(UNWANTED, A1);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a2 ");
}

/* The operator's mistake stops at the device, which says why. */
static void
rollback_refused(void **state)
{
	(void)state;
	wants(WANTED, A2);
	(void)check(device());
	WANTED->n = 0;
	wants(WANTED, A1);
	wants(UNWANTED, A2);
	assert_string_equal(check(device()), "QRUEQR-");
	assert_int_equal(j.reply.why.err, ERR_EXCHANGE_LIMIT);
	assert_set(device(), "a2 ");
	assert_string_equal(j.believed, "a2 ");
	assert_true(j.fate[A1].reported);
	assert_int_equal(j.fate[A1].outcome, ERR_PEER_ERROR);
	assert_int_equal(j.fate[A1].reason, suit_reason(ERR_ROLLBACK));
	assert_int_equal(j.fate[A2].outcome, OK);
	/* The mistake undone, all is well. */
	WANTED->n = 0;
	UNWANTED->n = 0;
	wants(WANTED, A2);
	assert_settled(device(), "a2 ");
}

/* The session after a refusal that was cut short starts with a clean slate. */
static void
refused_and_cut_short(void **state)
{
	(void)state;
	wants(WANTED, A2);
	(void)check(device());
	WANTED->n = 0;
	wants(WANTED, A1);
	j.k = 5;
	j.fault = FAULT_DROP;
	assert_string_equal(check(device()), "QRUEQR");
	j.k = SIZE_MAX;
	WANTED->n = 0;
	wants(WANTED, A2);
	wants(WANTED, C1);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a2 c1 ");
}

static void
ten_hours(struct side *d)
{
	(void)d;
	j.now += 36000;
}

/* A slow link: the Update is under way for hours.             [TEEP 7.1] */
static void
takes_hours(void **state)
{
	(void)state;
	wants(WANTED, A1);
	wants(WANTED, B1);
	j.k = 4;
	j.meanwhile = ten_hours;
	assert_string_equal(check(device()), "QRUPPSQR-");
	assert_int_equal(j.fate[B1].outcome, OK);
	j.meanwhile = NULL;
	assert_settled(device(), "a1 b1 ");
}

/* One manifest that cannot be applied: none is, and each has its report. */
static void
all_or_nothing(void **state)
{
	size_t bad;

	(void)state;
	bad = shelve("bad", &(struct manifest_opts){.id = "app/b",
				.sequence = 9,
				.payload = text("bad"),
				.bad_class = true});
	wants(WANTED, A1);
	wants(WANTED, bad);
	assert_string_equal(check(device()), "QRUEQR-");
	assert_set(device(), "");
	assert_int_equal(j.fate[bad].reason, suit_reason(ERR_CLASS));
	assert_int_equal(j.fate[A1].outcome, ERR_PEER_ERROR);
	assert_int_equal(j.fate[A1].reason, suit_reason(ERR_DEPENDENCY));
	WANTED->n = 1;
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a1 ");
}

static void
removed_and_proven_gone(void **state)
{
	(void)state;
	wants(WANTED, A1);
	wants(WANTED, C1);
	(void)check(device());
	WANTED->n = 1;
	wants(UNWANTED, C1);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_true(j.fate[C1].removed);
	assert_int_equal(j.fate[C1].outcome, OK);
	assert_int_equal(UNWANTED->n, 0);
	assert_settled(device(), "a1 ");
}

/* The manifest has conditions that do not hold: the device says which, and
 * the TAM knows that it is still there. */
static void
removal_refused(void **state)
{
	struct list mine = device()->ports.class_ids;

	(void)state;
	wants(WANTED, C1);
	(void)check(device());
	WANTED->n = 0;
	wants(UNWANTED, C1);
	device()->ports.class_ids = (struct list){BYTES_NONE, 0};
	assert_string_equal(check(device()), "QRUEQR-");
	assert_set(device(), "c1 ");
	assert_string_equal(j.believed, "c1 ");
	assert_true(j.fate[C1].removed);
	assert_int_equal(j.fate[C1].outcome, ERR_PEER_ERROR);
	assert_true(j.fate[C1].reason != 0);
	assert_int_equal(UNWANTED->n, 1);
	device()->ports.class_ids = mine;
	assert_string_equal(check(device()), "QRUSQR-");
	assert_int_equal(j.fate[C1].outcome, OK);
	assert_settled(device(), "");
}

static struct link_frame
ask_for(enum link_op op, const char *name)
{
	j.n = 0;
	j.story[0] = '\0';
	return run(
	    device(), (struct link_frame){.op = op, .component = id(name)});
}

static void
requested_and_granted(void **state)
{
	struct link_frame f;

	(void)state;
	wants(&j.store.granted, C1);
	f = ask_for(LINK_REQUEST_TA, "app/c");
	assert_int_equal(f.op, LINK_NONE);
	assert_string_equal(j.story, "QRUSQR-");
	assert_int_equal(j.asked, 1);
	assert_set(device(), "c1 ");
	/* There already: not even a connection. */
	(void)ask_for(LINK_REQUEST_TA, "app/c");
	assert_string_equal(j.story, "");
	assert_settled(device(), "c1 ");
}

/* The wish is heard and kept, until somebody grants it. */
static void
requested_and_not_granted(void **state)
{
	(void)state;
	(void)ask_for(LINK_REQUEST_TA, "app/c");
	assert_string_equal(j.story, "QR-");
	assert_int_equal(j.asked, 1);
	assert_string_equal(check(device()), "QR-");
	assert_int_equal(j.asked, 2);
	assert_set(device(), "");
	wants(&j.store.granted, C1);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "c1 ");
}

/* What was assigned stays, whatever the device calls it.    [security 13] */
static void
unneeded_but_assigned(void **state)
{
	(void)state;
	wants(WANTED, A1);
	(void)check(device());
	(void)ask_for(LINK_UNREQUEST_TA, "app/a");
	assert_string_equal(j.story, "QR-");
	assert_settled(device(), "a1 ");
}

/* A new policy: the agent forgets the exchange, the TAM asks again anyway. */
static void
policy_replaced(void **state)
{
	struct policy_opts o = {.acme_narrow = true};
	uint8_t old[DIGEST_LEN], *now;
	size_t i;

	(void)state;
	now = device()->agent->policy[0].digest;
	memcpy(old, now, DIGEST_LEN);
	i = shelve("p2", &(struct manifest_opts){.id = "policy",
			     .sequence = 2,
			     .payload = policy_object(&o),
			     .signers = 7u << K_ADMIN0});
	wants(WANTED, A1);
	wants(WANTED, i);
	assert_string_equal(check(device()), "QRUSQR-");
	assert_string_equal(j.believed, "a1 p2 ");
	assert_true(j.proven);
	assert_memory_not_equal(
	    device()->agent->policy[device()->agent->current].digest, old,
	    DIGEST_LEN);
	/* From now on acme writes app/free only. */
	wants(WANTED, C1);
	assert_string_equal(check(device()), "QRUEQR-");
	assert_int_equal(j.fate[C1].reason, suit_reason(ERR_SIGNER_ACCESS));
	assert_set(device(), "a1 ");
}

/* ---- refusals --------------------------------------------------------------
 */

/* Another agent binary: it gets nothing, and learns that it must attest. */
static void
wrong_agent(void **state)
{
	(void)state;
	wants(WANTED, A1);
	device()->image = 0x99;
	assert_string_equal(check(device()), "QRUS-");
	assert_string_equal(device()->event, "tam-error");
	assert_set(device(), "");
	assert_int_equal(j.store.row[0].verdict, REFUSED);
	device()->image = 0x22;
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a1 ");
}

/* A policy without the TAM's encryption key: Evidence in the clear. */
static void
unencrypted_evidence(void **state)
{
	(void)state;
	begin_with(&(struct policy_opts){
	    .no_enc = true, .dialect = {.evidence = DIALECT_IF_KEY}});
	wants(WANTED, A1);
	assert_string_equal(check(device()), "QRUS-");
	assert_string_equal(device()->reason, "peer-error");
	assert_set(device(), "");
	j.tam.dialect.evidence = DIALECT_IF_KEY;
	assert_string_equal(check(device()), "QRUSQR-");
	assert_settled(device(), "a1 ");
}

static void
unknown_device(void **state)
{
	(void)state;
	wants(WANTED, A1);
	memset(j.store.row[0].kid, 0, KID_LEN);
	assert_string_equal(check(device()), "QR-");
	assert_int_equal(j.reply.why.err, ERR_UNKNOWN_KEY);
	assert_int_equal(j.store.n_used, 0);
	assert_set(device(), "");
}

/* A TAM that policy does not know: one Error that says nothing, then none. */
static void
unknown_tam(void **state)
{
	(void)state;
	j.tam.esp256 = &keys[K_STRANGER].s;
	j.tam.ed25519 = &keys[K_DEVICE2_ED].s;
	assert_string_equal(check(device()), "QE-");
	assert_string_equal(device()->reason, "unknown-key");
	assert_int_equal(j.reply.n_effects, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(nothing_to_do),
	    TEST(installed_and_proven),
	    TEST(evidence_result_and_reports),
	    TEST(upgraded),
	    TEST(rollback_refused),
	    TEST(refused_and_cut_short),
	    TEST(takes_hours),
	    TEST(all_or_nothing),
	    TEST(removed_and_proven_gone),
	    TEST(removal_refused),
	    TEST(requested_and_granted),
	    TEST(requested_and_not_granted),
	    TEST(unneeded_but_assigned),
	    TEST(policy_replaced),
	    TEST(wrong_agent),
	    TEST(unencrypted_evidence),
	    TEST(unknown_device),
	    TEST(unknown_tam),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
