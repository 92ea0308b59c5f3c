/*
 * report: SUIT Reports of a QueryResponse: what a device can do, and how it
 * started what it has.
 */
#include "tam_support.h"

static struct reports r;
static struct qr q;
static uint8_t challenge[TAM_CHALLENGE_LEN];

/* An Update has succeeded; *items: what the proof is asked for with. */
static uint64_t
told(void)
{
	static uint8_t token[TAM_TOKEN_LEN];
	struct teep_message m;

	w.dev[0].n_has = 0;
	w.store.wanted.n = 0;
	wants(&w.store.wanted, 0);
	attested(0);
	m = reply(TEEP_UPDATE);
	memcpy(token, m.token.p, sizeof(token));
	m = (struct teep_message){.type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN,
	    .token = BYTES_OF(token)};
	assert_int_equal(hand_in(sign_message(&teep_of(0)->s, &m)), OK);
	assert_int_equal(w.reply.why.err, OK);
	m = reply(TEEP_QUERY_REQUEST);
	memcpy(challenge, m.challenge.p, sizeof(challenge));
	assert_int_equal(apply(), OK);
	w.dev[0].has[w.dev[0].n_has++] = 0;
	qr_make(&q, 0, BYTES_OF(challenge));
	reports_begin(&r);
	return m.items;
}

static struct bytes
capable(struct bytes can, struct bytes nonce)
{
	static uint8_t room[8192];
	uint8_t digest[DIGEST_LEN] = {9};
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(
	    suit_report_brief(&o, OK, BYTES_NONE, digest, nonce, can), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

static void
add(struct bytes plain)
{
	reports_add(
	    &r, report_sign(&w.dev[0].report.s,
		    encrypt_to(&w.enc, ALG_A128GCM, COSE_CTX_REPORT, plain)));
}

/* Hand in the answer with the reports; what it says of the device. */
static enum err
answer(void)
{
	q.m.has |= TEEP_HAS_REPORTS;
	q.m.reports = reports_list(&r);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	return w.reply.why.err;
}

#define CAN BYTES_LIT("\xa4\x01\x81\x80\x02\x81\x01\x03\x81\x01\x04\x81\x2f")

static void
asked_when_not_known(void **state)
{
	(void)state;
	assert_int_equal(told() & TEEP_ITEM_REPORTS, TEEP_ITEM_REPORTS);
	row_of(0)->capable_at = w.now - 86400;
	assert_int_equal(told() & TEEP_ITEM_REPORTS, 0);
	row_of(0)->capable_at = w.now - 30 * UINT64_C(86400);
	assert_int_equal(told() & TEEP_ITEM_REPORTS, TEEP_ITEM_REPORTS);
	/* told in a time that is not yet */
	row_of(0)->capable_at = w.now + 86400;
	assert_int_equal(told() & TEEP_ITEM_REPORTS, TEEP_ITEM_REPORTS);
}

static void
capabilities(void **state)
{
	const struct tam_effect *e;

	(void)state;
	(void)told();
	add(capable(CAN, BYTES_OF(challenge)));
	assert_int_equal(answer(), OK);
	e = effect(TAM_CAPABLE, 0);
	assert_non_null(e);
	assert_true(bytes_same(e->capabilities, CAN));
	assert_null(effect(TAM_CAPABLE, 1));
	assert_int_equal(effect(TAM_DEVICE, 0)->row.capable_at, w.now);
	/* nothing had to make it fresh but the message */
	(void)told();
	add(capable(CAN, BYTES_NONE));
	assert_int_equal(answer(), OK);
	assert_non_null(effect(TAM_CAPABLE, 0));
}

static void
capabilities_refused(void **state)
{
	uint8_t other[TAM_CHALLENGE_LEN] = {1};

	(void)state;
	(void)told();
	add(capable(CAN, BYTES_OF(other)));
	assert_int_equal(answer(), ERR_REPORT_NONCE);
	assert_null(effect(TAM_CAPABLE, 0));
	(void)told();
	add(capable(BYTES_LIT("\xa1\x01\x81\x80"), BYTES_NONE));
	assert_int_not_equal(answer(), OK);
	assert_null(effect(TAM_CAPABLE, 0));
	/* by the key of another device */
	(void)told();
	reports_add(&r,
	    report_sign(&w.dev[1].report.s, capable(CAN, BYTES_OF(challenge))));
	assert_int_equal(answer(), ERR_REPORT_KEY);
	assert_null(effect(TAM_CAPABLE, 0));
	is_told(TEEP_ERR_PERMANENT, "undecryptable");
}

/* How it was started; what is not known here, nobody judges. */
static void
starts(void **state)
{
	const struct tam_effect *e;
	const uint8_t *digest;

	(void)state;
	(void)told();
	digest = w.store.shelf[0].m.digest;
	add(report_on(digest, BYTES_OF(challenge), OK));
	add(report_on(
	    w.store.shelf[2].m.digest, BYTES_OF(challenge), ERR_INVOKE));
	assert_int_equal(answer(), OK);
	e = effect(TAM_STARTED, 0);
	assert_non_null(e);
	assert_memory_equal(e->digest, digest, DIGEST_LEN);
	assert_int_equal(e->outcome, OK);
	assert_int_equal(e->reason, 0);
	e = effect(TAM_STARTED, 1);
	assert_non_null(e);
	assert_int_equal(e->outcome, ERR_PEER_ERROR);
	assert_int_equal(e->reason, suit_reason(ERR_INVOKE));
	assert_null(effect(TAM_STARTED, 2));
	assert_null(effect(TAM_REPORTED, 0));
}

/* No more than there is room for, whatever a device sends. */
static void
many(void **state)
{
	(void)state;
	(void)told();
	for (size_t i = 0; i < 26; i++)
		reports_add(&r,
		    report_sign(&w.dev[0].report.s,
			report_on(w.store.shelf[0].m.digest, BYTES_NONE, OK)));
	assert_int_equal(answer(), OK);
	assert_non_null(effect(TAM_STARTED, 23));
	assert_null(effect(TAM_STARTED, 24));
}

/* Nobody asked in the message that began the session. */
static void
not_asked_for(void **state)
{
	(void)state;
	qr_make(&q, 0, connected(challenge));
	reports_begin(&r);
	reports_add(&r, BYTES_LIT("\x00"));
	assert_int_equal(answer(), OK);
	assert_null(effect(TAM_CAPABLE, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(asked_when_not_known),
	    TEST(capabilities),
	    TEST(capabilities_refused),
	    TEST(starts),
	    TEST(many),
	    TEST(not_asked_for),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
