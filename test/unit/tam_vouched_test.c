/*
 * vouched: what an agent that demands it is told of this TAM, where another
 * Verifier vouches for it: its Result, and nothing that the agent could not
 * believe.                                        [docs/evidence.md 7]
 */
#include "tam_support.h"

#define CHALLENGE BYTES_LIT("what the agent asks of the TAM")

/* The other Verifier, and who measures this TAM. */
static struct {
	enum err asked, checked, measured; /* their answers */
	struct bytes result;
	size_t questions, checks;
	struct verifier_remote remote;
	struct tam_attester attester;
} other;

static const uint8_t *
mine(void)
{
	return w.suite == 0 ? w.esp256.kid : w.ed25519.kid;
}

static enum err
evidence(void *ctx, struct bytes challenge, const uint8_t kid[KID_LEN],
    const struct arena *mem, struct bytes *out)
{
	(void)ctx;
	(void)mem;
	assert_true(bytes_same(challenge, CHALLENGE));
	/* of the key that is to sign the QueryRequest */
	assert_memory_equal(kid, mine(), KID_LEN);
	*out = BYTES_LIT("Evidence");
	return other.measured;
}

static enum err
ask(void *ctx, const struct verifier_ask *q, struct bytes in,
    struct bytes *result, struct why *why)
{
	(void)ctx;
	(void)why;
	other.questions++;
	assert_true(bytes_same(q->challenge, CHALLENGE));
	assert_memory_equal(q->teep_kid, mine(), KID_LEN);
	assert_true(bytes_same(q->media, BYTES_LIT(EAT_EVIDENCE_FORMAT)));
	assert_true(bytes_same(in, BYTES_LIT("Evidence")));
	*result = other.result;
	return other.asked;
}

static enum err
check(void *ctx, struct result_ask *want, struct bytes result,
    struct verifier_said *said, struct why *why)
{
	(void)ctx;
	(void)said;
	other.checks++;
	assert_true(bytes_same(want->nonce, CHALLENGE));
	assert_memory_equal(want->kid, mine(), KID_LEN);
	assert_int_equal(want->now, w.now);
	assert_true(bytes_same(result, other.result));
	return other.checked == OK ? OK
				   : why_set(why, other.checked, "executables");
}

static struct bytes
signed_claims(struct bytes claims)
{
	static uint8_t room[1024];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(
	    cose_sign1_write(&o, &w.result.s, claims, NULL, 0), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

static void
begin(void)
{
	memset(&other, 0, sizeof(other));
	other.remote = (struct verifier_remote){
	    .ask = ask, .check = check, .least = EAR_AFFIRMING};
	other.attester.evidence = evidence;
	/* no profile: the TEEP profile's */
	other.result = signed_claims(BYTES_LIT("\xa1\x06\x01"));
	w.verifier.remote = &other.remote;
	w.tam.attester = &other.attester;
	w.tam.result = NULL; /* it signs nothing here */
}

static struct bytes
demand(void)
{
	const struct teep_message m = {
	    .type = TEEP_ERROR,
	    .err_code = TEEP_ERR_ATTESTATION_REQUIRED,
	    .has = TEEP_HAS_CHALLENGE,
	    .challenge = CHALLENGE,
	};

	return sign_message(&teep_of(0)->s, &m);
}

static void
is_handed_on(void **state)
{
	struct teep_message q;

	(void)state;
	begin();
	assert_int_equal(hand_in(demand()), OK);
	assert_int_equal(w.reply.why.err, OK);
	q = reply(TEEP_QUERY_REQUEST);
	assert_int_equal(q.has, TEEP_HAS_CHALLENGE | TEEP_HAS_ATTESTATION);
	assert_true(bytes_same(q.attestation, other.result));
	assert_int_equal(other.checks, 1);
	/* an EAR says what it is */
	other.result =
	    signed_claims(BYTES_LIT("\xa1\x19\x01\x09\x78\x1d" EAR_PROFILE));
	assert_int_equal(apply(), OK);
	assert_int_equal(hand_in(demand()), OK);
	q = reply(TEEP_QUERY_REQUEST);
	assert_true((q.has & TEEP_HAS_FORMAT) != 0);
	assert_true(bytes_same(q.format, BYTES_LIT(EAR_MEDIA_TYPE)));
}

/* It is asked, and then it has answered: the same message twice. */
static void
is_waited_for(void **state)
{
	(void)state;
	begin();
	other.asked = ERR_BUSY;
	assert_int_equal(hand_in(demand()), ERR_NET);
	assert_int_equal(w.reply.n_effects, 0);
	is_silent();
	assert_int_equal(other.questions, 1);
	assert_int_equal(other.checks, 0);
	other.asked = OK;
	assert_int_equal(hand_in(demand()), OK);
	assert_int_equal(w.reply.why.err, OK);
	(void)reply(TEEP_QUERY_REQUEST);
}

static void
ends(enum err e, const char *what)
{
	refused(demand(), e, 0, NULL);
	assert_string_equal(w.reply.why.what, what);
}

/* What no agent could believe is told to nobody but the operator. */
static void
is_no_use(void **state)
{
	(void)state;
	begin();
	other.checked = ERR_NOT_ATTESTED;
	ends(ERR_NOT_ATTESTED, "executables");
	other.checked = ERR_SIGNATURE;
	ends(ERR_SIGNATURE, "executables");
	other.checked = OK;
	other.result = BYTES_LIT("eyJhbGciOiJFUzI1NiJ9.e30.AA");
	assert_int_equal(hand_in(demand()), OK);
	assert_int_not_equal(w.reply.why.err, OK);
	is_silent();
	other.asked = ERR_HTTP;
	ends(ERR_HTTP, "TAM attestation");
	/* these pass */
	other.asked = ERR_NET;
	assert_int_equal(hand_in(demand()), ERR_NET);
	other.measured = ERR_SYSTEM;
	assert_int_equal(hand_in(demand()), ERR_SYSTEM);
	/* set up wrongly */
	other.measured = OK;
	w.verifier.remote = NULL;
	assert_int_equal(hand_in(demand()), ERR_BUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(is_handed_on),
	    TEST(is_waited_for),
	    TEST(is_no_use),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
