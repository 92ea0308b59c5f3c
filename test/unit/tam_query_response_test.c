/*
 * query_response: everything that is no answer of a healthy device to a
 * question of ours is refused, by name, and leaves no trace.
 */
#include "tam_support.h"

static struct qr q;
static uint8_t challenge[TAM_CHALLENGE_LEN];

/* A healthy device's answer that waits to be spoiled. */
static void
begin(void)
{
	qr_make(&q, 0, connected(challenge));
}

/*
 * Refused for this reason, which the peer hears under this code; and then the
 * challenge is spent, so that the same octets get no second answer.
 */
static void
spends(struct bytes in, enum err e, const char *what, uint32_t code,
    const char *word)
{
	assert_int_equal(hand_in(in), OK);
	if (w.reply.why.err != e)
		fail_msg(
		    "%s instead of %s", err_name(w.reply.why.err), err_name(e));
	assert_string_equal(w.reply.why.what, what);
	assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	is_told(code, word);
	assert_int_equal(w.reply.n_effects, 1);
	assert_non_null(effect(TAM_USE_CHALLENGE, 0));
	assert_int_equal(apply(), OK);
	assert_int_equal(hand_in(in), OK);
	is_silent();
	assert_int_equal(w.reply.n_effects, 0);
}

/* ---- octets and signature --------------------------------------------------
 */

static void
not_a_message(void **state)
{
	static uint8_t big[(1 << 20) + 1];

	(void)state;
	refused(BYTES_NONE, ERR_TRUNCATED, 0, NULL);
	refused(BYTES_LIT("\x65hello"), ERR_UNSIGNED, 0, NULL);
	refused(BYTES_LIT("\xff\xff"), ERR_RESERVED, 0, NULL);
	refused(BYTES_LIT("\xd2\x84\x40"), ERR_TRUNCATED, 0, NULL);
	refused(BYTES_OF(big), ERR_TOO_LONG, 0, NULL);
	begin();
	(void)qr_octets(&q);
	refused(encode(&q.m), ERR_UNSIGNED, 0, NULL);
	assert_false(w.reply.known);
}

static void
several_signatures(void **state)
{
	uint8_t room[8192];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	const struct signer *s[1];
	struct bytes in;

	(void)state;
	begin();
	s[0] = q.by;
	(void)qr_octets(&q);
	assert_int_equal(cose_sign_write(&o, s, 1, encode(&q.m)), OK);
	assert_int_equal(cbor_done(&o, &in), OK);
	refused(in, ERR_COSE_TYPE, 0, NULL);
}

static void
unknown_sender(void **state)
{
	(void)state;
	begin();
	q.by = &w.stranger.s;
	refused(qr_octets(&q), ERR_UNKNOWN_KEY, 0, NULL);
	assert_false(w.reply.known);
	assert_true(bytes_same(w.reply.why.subject, BYTES_OF(w.stranger.kid)));
}

static void
sign_flags(const struct signer *s, unsigned flags, struct bytes *in)
{
	static uint8_t room[8192];
	struct cbor_out o = cbor_into(SPAN_OF(room));

	(void)qr_octets(&q);
	assert_int_equal(
	    cose_sign1_write(&o, s, encode(&q.m), NULL, flags), OK);
	assert_int_equal(cbor_done(&o, in), OK);
}

static void
sender_without_name(void **state)
{
	struct bytes in;

	(void)state;
	begin();
	sign_flags(q.by, WRITE_TAGGED | WRITE_NO_KID, &in);
	refused(in, ERR_UNKNOWN_KEY, 0, NULL);
	sign_flags(q.by, WRITE_TAGGED | WRITE_DETACHED, &in);
	refused(in, ERR_MISSING, 0, NULL);
}

/* One device under another's name. */
static void
sender_under_false_name(void **state)
{
	struct signer liar;
	struct bytes in;

	(void)state;
	begin();
	liar = teep_of(1)->s;
	memcpy(liar.kid, teep_of(0)->kid, KID_LEN);
	sign_flags(&liar, WRITE_TAGGED, &in);
	refused(in, ERR_SIGNATURE, 0, NULL);
	assert_false(w.reply.known);
	/* Under the name of its key for the other suite. */
	liar = q.by[0];
	memcpy(liar.kid, w.dev[0].teep[1 - w.suite].kid, KID_LEN);
	sign_flags(&liar, WRITE_TAGGED, &in);
	refused(in, ERR_COSE_ALG, 0, NULL);
}

/* Algorithms of old mean two things, hence none here. */
static void
polymorphic_algorithm(void **state)
{
	uint8_t room[8192];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes in;

	(void)state;
	begin();
	(void)qr_octets(&q);
	assert_int_equal(cose_sign1_write_prot(&o, q.by,
			     w.suite == 0 ? BYTES_LIT("\xa1\x01\x26")
					  : BYTES_LIT("\xa1\x01\x27"),
			     encode(&q.m), WRITE_TAGGED),
	    OK);
	assert_int_equal(cbor_done(&o, &in), OK);
	refused(in, ERR_DIALECT, 0, NULL);
	assert_string_equal(w.reply.why.what, "algorithms");
}

static void
flipped_signature(void **state)
{
	uint8_t room[65536];
	struct bytes in;

	(void)state;
	begin();
	in = qr_octets(&q);
	memcpy(room, in.p, in.n);
	room[in.n - 1] ^= 1;
	in.p = room;
	refused(in, ERR_SIGNATURE, 0, NULL);
	refused((struct bytes){room, in.n - 1}, ERR_TRUNCATED, 0, NULL);
}

/* ---- the message ------------------------------------------------------------
 */

static void
not_for_a_tam(void **state)
{
	uint8_t zero[TAM_CHALLENGE_LEN] = {0};
	struct teep_message m = {
	    .type = TEEP_QUERY_REQUEST,
	    .has = TEEP_HAS_CHALLENGE,
	    .challenge = BYTES_OF(zero),
	    .suites = dialect_offer(NULL)->both,
	    .profiles = dialect_offer(NULL)->profiles,
	    .items = TEEP_ITEM_ATTESTATION,
	};

	(void)state;
	refused(sign_message(&teep_of(0)->s, &m), ERR_TEEP_TYPE, 0, NULL);
	m = (struct teep_message){.type = TEEP_UPDATE,
	    .has = TEEP_HAS_TOKEN,
	    .token = {zero, TAM_TOKEN_LEN}};
	refused(sign_message(&teep_of(0)->s, &m), ERR_TEEP_TYPE, 0, NULL);
	assert_true(w.reply.known);
}

static void
malformed(void **state)
{
	static const struct {
		struct bytes payload;
		enum err e;
	} bad[] = {
	    {BYTES_LIT(""), ERR_TRUNCATED},
	    {BYTES_LIT("\x80"), ERR_RANGE},
	    {BYTES_LIT("\xa0"), ERR_TYPE},
	    {BYTES_LIT("\x82\x00\xa0"), ERR_TEEP_TYPE},
	    {BYTES_LIT("\x82\x06\xa0"), ERR_TEEP_TYPE},
	    {BYTES_LIT("\x83\x02\xa0\x00"), ERR_RANGE},
	    {BYTES_LIT("\x82\x02\x80"), ERR_TYPE},
	    {BYTES_LIT("\x82\x02\xa2\x07\x80\x07\x80"), ERR_DUPLICATE},
	    {BYTES_LIT("\x82\x02\xa1\x05\x18\x01"), ERR_NOT_SHORTEST},
	    {BYTES_LIT("\x82\x02\xbf\xff"), ERR_INDEFINITE},
	    {BYTES_LIT("\x82\x02\xa0\x00"), ERR_TRAILING},
	    {BYTES_LIT("\x82\x02\xa1\x0c\x61x"), ERR_TEEP_RULE},
	    {BYTES_LIT("\x82\x02\xa1\x0d\x80"), ERR_RANGE},
	    {BYTES_LIT("\x82\x04\x80"), ERR_TYPE},
	    {BYTES_LIT("\x83\x05\xa0\x00"), ERR_RANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		refused(sign_octets(&teep_of(0)->s, bad[i].payload), bad[i].e,
		    0, NULL);
}

static void
unknown_options_are_no_fault(void **state)
{
	uint8_t room[8192];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes in, body;

	(void)state;
	begin();
	(void)qr_octets(&q);
	in = encode(&q.m);
	/* One more option at the end of the map. */
	cbor_put_raw(&o, in);
	assert_int_equal(room[2], 0xa3);
	room[2] = 0xa4;
	cbor_put_uint(&o, 999);
	cbor_put_null(&o);
	assert_int_equal(cbor_done(&o, &body), OK);
	assert_int_equal(hand_in(sign_octets(q.by, body)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
another_version(void **state)
{
	(void)state;
	begin();
	q.m.has |= TEEP_HAS_SELECTED_VERSION;
	q.m.selected_version = 1;
	spends(qr_octets(&q), ERR_VERSION, "selected-version",
	    TEEP_ERR_PERMANENT, "unsupported-version");
	begin();
	q.m.has |= TEEP_HAS_SELECTED_VERSION;
	q.m.selected_version = 0;
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
token_nobody_gave(void **state)
{
	(void)state;
	begin();
	q.m.has |= TEEP_HAS_TOKEN;
	q.m.token = BYTES_LIT("0123456789abcdef");
	refused(qr_octets(&q), ERR_TOKEN, 0, NULL);
}

static void
unsolicited(void **state)
{
	struct teep_message m = {
	    .type = TEEP_QUERY_RESPONSE, .has = TEEP_HAS_TC_LIST};

	(void)state;
	refused(sign_message(&teep_of(0)->s, &m), ERR_UNSOLICITED, 0, NULL);
}

static void
asked_for_and_absent(void **state)
{
	(void)state;
	begin();
	q.m.has &= ~(uint32_t)TEEP_HAS_TC_LIST;
	spends(qr_octets(&q), ERR_MISSING, "tc-list", TEEP_ERR_PERMANENT,
	    "missing-field");
}

/* ---- the payload ------------------------------------------------------------
 */

static void
silently(enum err e)
{
	refused(qr_octets(&q), e, 0, NULL);
}

/* A Result is somebody else's verdict, and nobody is believed here. */
static void
passports(void **state)
{
	(void)state;
	begin();
	q.m.has &= ~(uint32_t)TEEP_HAS_FORMAT;
	q.m.format = BYTES_NONE;
	/* What is encrypted is not looked into. */
	silently(ERR_NOT_ATTESTED);
	assert_string_equal(w.reply.why.what, "attestation-payload-format");
	q.plain = true;
	spends(qr_octets(&q), ERR_NOT_ATTESTED, "attestation-payload-format",
	    TEEP_ERR_ATTESTATION_REQUIRED, "attestation-required");
	begin();
	q.plain = true;
	q.m.format =
	    BYTES_LIT("application/eat+cwt; eat_profile=" EAT_TEEP_PROFILE);
	spends(qr_octets(&q), ERR_NOT_ATTESTED, "attestation-payload-format",
	    TEEP_ERR_ATTESTATION_REQUIRED, "attestation-required");
}

static void
foreign_evidence(void **state)
{
	static const struct bytes formats[] = {
	    BYTES_LIT("application/cmw+cbor"),
	    BYTES_LIT("application/eat+cwt"),
	    BYTES_LIT("application/eat+cwt; eat_profile=\"urn:x\""),
	    BYTES_LIT("text/plain; eat_profile=\"" EAT_EVIDENCE_PROFILE "\""),
	};

	(void)state;
	begin();
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		q.m.format = formats[i];
		silently(ERR_NOT_ATTESTED);
		assert_true(bytes_same(w.reply.why.found, formats[i]));
	}
	/* Nothing that could be an EAT: no answer either. */
	q.plain = true;
	refused(qr_with(&q, BYTES_LIT("\x80")), ERR_NOT_ATTESTED, 0, NULL);
	q.ev.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	silently(ERR_NOT_ATTESTED);
}

static void
not_encrypted(void **state)
{
	(void)state;
	begin();
	q.plain = true;
	spends(qr_octets(&q), ERR_COSE_TYPE, "Evidence encryption",
	    TEEP_ERR_PERMANENT, "undecryptable");
}

static void
not_decryptable(void **state)
{
	static const int32_t algs[] = {
	    ALG_A128GCM, ALG_CHACHA20_POLY1305, ALG_A128CTR};
	struct bytes in;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		struct cose_encrypted c;
		uint8_t room[32768];
		struct why why;

		begin();
		q.alg = algs[i];
		q.to = &w.stranger;
		refused(qr_octets(&q), ERR_UNDECRYPTABLE, 0, NULL);
		q.to = &w.enc;
		q.ctx = COSE_CTX_REPORT;
		refused(qr_octets(&q), ERR_UNDECRYPTABLE, 0, NULL);
		q.ctx = COSE_CTX_EAT;
		/* Flip what is encrypted; a tag, or the signature inside,
		 * knows it. */
		(void)qr_octets(&q);
		in = q.m.attestation;
		memcpy(room, in.p, in.n);
		in.p = room;
		assert_int_equal(cose_encrypted_read(in, &c, &why), OK);
		room[(size_t)(c.ciphertext.p - room) + c.ciphertext.n - 20] ^=
		    1;
		q.m.attestation = in;
		refused(sign_message(q.by, &q.m),
		    algs[i] == ALG_A128CTR ? ERR_SIGNATURE : ERR_UNDECRYPTABLE,
		    0, NULL);
	}
	q.m.attestation = BYTES_NONE;
	refused(sign_message(q.by, &q.m), ERR_COSE_TYPE, 0, NULL);
	begin();
	w.tam.agree = NULL;
	refused(qr_octets(&q), ERR_UNDECRYPTABLE, 0, NULL);
}

static enum err
agree_not(void *ctx, const struct cose_key *peer, uint8_t z[32])
{
	(void)ctx;
	(void)peer;
	memset(z, 0, 32);
	return ERR_SYSTEM;
}

/* That the key cannot be asked is no judgement: the device comes again with
 * the same message. */
static void
keeper_out_of_reach(void **state)
{
	struct agreer lost = w.enc.a, *kept = &w.enc.a;
	struct bytes in;

	(void)state;
	lost.agree = agree_not;
	begin();
	in = qr_octets(&q);
	w.tam.agree = &lost;
	assert_int_equal(hand_in(in), ERR_SYSTEM);
	assert_int_equal(w.reply.n_effects, 0);
	assert_int_equal(w.reply.message.n, 0);
	w.tam.agree = kept;
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_true(w.reply.n_effects > 0);
}

/* The octets of a message whose CTR-encrypted Evidence was changed at an octet
 * of its plaintext, as anybody can who has seen it on its way. */
static struct bytes
ctr_flipped(size_t at)
{
	static uint8_t room[32768];
	struct cose_encrypted c;
	struct bytes in;
	struct why why;

	q.alg = ALG_A128CTR;
	(void)qr_octets(&q);
	in = q.m.attestation;
	assert_true(in.n <= sizeof(room));
	memcpy(room, in.p, in.n);
	in.p = room;
	assert_int_equal(cose_encrypted_read(in, &c, &why), OK);
	assert_true(at < c.ciphertext.n);
	room[(size_t)(c.ciphertext.p - room) + at] ^= 1;
	q.m.attestation = in;
	return sign_message(q.by, &q.m);
}

/*
 * Whatever such a change hits, there is no answer, or a device that sends
 * another's Evidence on would learn from it what that says.
 */
static void
malleable_evidence(void **state)
{
	struct bytes plain;
	struct cose_signed s;
	struct eat_claims c;
	struct why why;

	(void)state;
	begin();
	plain = evidence_sign(&q.ev);
	assert_int_equal(cose_signed_read(plain, ACCEPT_SIGN1, &s, &why), OK);
	assert_int_equal(eat_parse(s.payload, &c, &why), OK);
	/* the shape */
	refused(ctr_flipped(0), ERR_COSE_TYPE, 0, NULL);
	/* the key id */
	refused(ctr_flipped((size_t)(s.kid.p - plain.p)), ERR_EVIDENCE_KEY, 0,
	    NULL);
	/* the challenge */
	refused(
	    ctr_flipped((size_t)(c.nonce.p - plain.p)), ERR_SIGNATURE, 0, NULL);
	assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	/* any other claim, the signature */
	refused(ctr_flipped((size_t)(c.ueid.p - plain.p) + 1), ERR_SIGNATURE, 0,
	    NULL);
	refused(ctr_flipped(plain.n - 1), ERR_SIGNATURE, 0, NULL);
	/* Whole it is as good as any. */
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

/* Decrypts well, but what is inside is not signed Evidence. */
static void
nonsense_inside(void **state)
{
	struct bytes in;

	(void)state;
	begin();
	refused(qr_with(&q, BYTES_LIT("\x00")), ERR_UNSIGNED, 0, NULL);
	refused(qr_with(&q, BYTES_LIT("\xd2\x84\x43\xa1\x01\x28\xa0\x41\xa0"
				      "\x40")),
	    ERR_MISSING, 0, NULL);
	in = evidence_sign(&q.ev);
	q.ev.room[in.n - 1] ^= 1;
	refused(qr_with(&q, in), ERR_SIGNATURE, 0, NULL);
	q.ev.room[in.n - 1] ^= 1;
	refused(qr_with(&q, (struct bytes){in.p, in.n - 1}), ERR_TRUNCATED, 0,
	    NULL);
	q.ev.c.has &= ~(uint32_t)EAT_HAS_NONCE;
	refused(qr_octets(&q), ERR_MISSING, 0, NULL);
	assert_string_equal(w.reply.why.what, "eat_nonce");
}

/* ---- the challenge
 * ----------------------------------------------------------- */

static void
foreign_challenges(void **state)
{
	static const uint8_t own[TAM_CHALLENGE_LEN] = {1, 2, 3};

	(void)state;
	begin();
	q.ev.c.nonce = BYTES_OF(own);
	refused(qr_octets(&q), ERR_CHALLENGE, 0, NULL);
	q.ev.c.nonce = (struct bytes){challenge, TAM_CHALLENGE_LEN - 1};
	refused(qr_octets(&q), ERR_CHALLENGE, 0, NULL);
	q.ev.c.nonce = BYTES_OF(challenge);
	challenge[0] ^= 1;
	refused(qr_octets(&q), ERR_CHALLENGE, 0, NULL);
	challenge[0] ^= 1;
	challenge[31] ^= 1;
	refused(qr_octets(&q), ERR_CHALLENGE, 0, NULL);
	assert_string_equal(w.reply.why.what, "challenge");
}

static void
old_and_future_challenges(void **state)
{
	(void)state;
	begin();
	w.now = NOW + 601;
	refused(qr_octets(&q), ERR_EXPIRED, 0, NULL);
	w.now = NOW - 301;
	refused(qr_octets(&q), ERR_CHALLENGE, 0, NULL);
	w.now = NOW + 600;
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

static void
replays(void **state)
{
	static uint8_t copy[65536];
	struct bytes in;

	(void)state;
	begin();
	in = qr_octets(&q);
	memcpy(copy, in.p, in.n);
	in.p = copy;
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(w.reply.why.err, OK);
	/* The same octets again, before and after the first are durable:
	 * the transaction finds out, or the view does. */
	assert_int_equal(hand_in(in), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
	assert_int_equal(apply(), ERR_REPLAY);
	refused(in, ERR_REPLAY, 0, NULL);
	/* New Evidence for the old challenge is no better. */
	qr_make(&q, 0, BYTES_OF(challenge));
	refused(qr_octets(&q), ERR_REPLAY, 0, NULL);
	/* Nor is it after its life: the store has forgotten it by then. */
	w.now += 2000;
	w.store.n_used = 0;
	refused(in, ERR_EXPIRED, 0, NULL);
}

/* ---- the appraisal
 * ------------------------------------------------------------ */

/*
 * Failed attestation: the challenge is spent, the verdict recorded, the peer
 * told by name, and no manifest leaves though one is wanted.
 */
static void
fails_with(enum err e, const char *what)
{
	const struct tam_effect *f;
	struct teep_message m;

	w.store.wanted.n = 0;
	wants(&w.store.wanted, 0);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	if (w.reply.why.err != e)
		fail_msg("%s (%s) instead of %s", err_name(w.reply.why.err),
		    w.reply.why.what == NULL ? "" : w.reply.why.what,
		    err_name(e));
	assert_string_equal(w.reply.why.what, what);
	assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	/* Only a device that is who it says it is may be repaired. */
	assert_int_equal(w.reply.appraisal.bound,
	    e == ERR_MEASUREMENT || e == ERR_NO_REFERENCE);
	is_told(TEEP_ERR_ATTESTATION_REQUIRED, err_name(e));
	m = reply(TEEP_UPDATE);
	assert_int_equal(m.manifests.n, 0);
	assert_int_equal(w.reply.n_effects, 3);
	assert_non_null(effect(TAM_USE_CHALLENGE, 0));
	f = effect(TAM_APPRAISED, 0);
	assert_int_equal(f->outcome, e);
	assert_int_equal(f->manifests.n, 0);
	assert_false(f->proves);
	f = effect(TAM_DEVICE, 0);
	assert_int_equal(f->row.verdict, REFUSED);
	assert_false(f->row.has_report_key);
	assert_int_equal(f->row.requests, 0);
	assert_int_equal(apply(), OK);
	/* Once. */
	refused(qr_octets(&q), ERR_REPLAY, 0, NULL);
}

static void
unendorsed_key(void **state)
{
	(void)state;
	begin();
	q.ev.by = &w.stranger.s;
	fails_with(ERR_EVIDENCE_KEY, "evidence key");
}

static void
another_audience(void **state)
{
	(void)state;
	begin();
	draft_aud(&q.ev, w.stranger.kid);
	fails_with(ERR_EVIDENCE_AUDIENCE, "aud");
	/* Failed attestation is not hidden by what else is wrong. */
	begin();
	q.m.has &= ~(uint32_t)TEEP_HAS_TC_LIST;
	draft_aud(&q.ev, w.stranger.kid);
	fails_with(ERR_EVIDENCE_AUDIENCE, "aud");
}

/* A healthy device's Evidence under another's signature. */
static void
borrowed_evidence(void **state)
{
	(void)state;
	begin();
	draft_cnf(&q.ev, &teep_of(1)->pub);
	fails_with(ERR_EVIDENCE_CNF, "cnf");
	begin();
	q.by = &teep_of(1)->s;
	fails_with(ERR_EVIDENCE_CNF, "cnf");
}

static void
missing_claim(void **state)
{
	(void)state;
	begin();
	q.ev.c.has &= ~(uint32_t)EAT_HAS_BOOTSEED;
	fails_with(ERR_MISSING, "bootseed");
}

static void
another_profile_inside(void **state)
{
	(void)state;
	begin();
	q.ev.c.profile = BYTES_LIT("tag:else,2026:x");
	fails_with(ERR_UNEXPECTED, "eat_profile");
}

static void
expired_evidence(void **state)
{
	(void)state;
	begin();
	q.ev.c.has |= EAT_HAS_EXP;
	q.ev.c.exp = NOW - 1;
	fails_with(ERR_EXPIRED, "exp");
}

static void
claims_not_endorsed(void **state)
{
	(void)state;
	begin();
	q.ev.ueid[5] ^= 1;
	fails_with(ERR_EVIDENCE_CLAIM, "ueid");
	begin();
	q.ev.c.oemid = BYTES_LIT("\x05");
	fails_with(ERR_EVIDENCE_CLAIM, "oemid");
	begin();
	q.ev.c.hwmodel = BYTES_LIT("model-9");
	fails_with(ERR_EVIDENCE_CLAIM, "hwmodel");
}

static void
teep_key_signs_reports(void **state)
{
	(void)state;
	begin();
	draft_report_key(&q.ev, &teep_of(0)->pub);
	fails_with(ERR_KEY_PURPOSE, "report-key");
}

static void
other_measurements(void **state)
{
	(void)state;
	begin();
	q.ev.c.hwversion = BYTES_LIT("\x81\x65rev-z");
	fails_with(ERR_MEASUREMENT, "hwversion");
	begin();
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", 0x12);
	draft_measure(&q.ev, "agent", 0x22);
	fails_with(ERR_MEASUREMENT, "measurement launcher");
	begin();
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", 0x11);
	draft_measure(&q.ev, "agent", 0x12);
	fails_with(ERR_MEASUREMENT, "measurement agent");
	begin();
	w.lib.n_values = 0;
	fails_with(ERR_NO_REFERENCE, "hwversion");
}

/* A key that was certified, and is no more: healthy or not, it is told so, and
 * nothing that it said is remembered. */
static void
certificates(void **state)
{
	static const struct {
		const char *bad;
		int64_t until; /* from now on */
		enum err e;
		uint32_t code;
	} rows[] = {
	    {NULL, 0, OK, 0},
	    {NULL, 1000, OK, 0},
	    {NULL, -1, ERR_EXPIRED, TEEP_ERR_CERTIFICATE_EXPIRED},
	    {"certificate revoked", 1000, ERR_CERTIFICATE,
		TEEP_ERR_BAD_CERTIFICATE},
	    {"certificate issuer", -1, ERR_CERTIFICATE,
		TEEP_ERR_BAD_CERTIFICATE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		begin();
		row_of(0)->certified = true;
		row_of(0)->uncertified = rows[i].bad;
		row_of(0)->certified_until =
		    (uint64_t)((int64_t)w.now + rows[i].until);
		if (rows[i].e != OK) {
			spends(qr_octets(&q), rows[i].e,
			    rows[i].bad != NULL ? rows[i].bad
						: "certificate expired",
			    rows[i].code, err_name(rows[i].e));
			continue;
		}
		assert_int_equal(hand_in(qr_octets(&q)), OK);
		assert_int_equal(w.reply.why.err, OK);
		assert_non_null(effect(TAM_APPRAISED, 0));
	}
}

/* A second device of the same maker, endorsed, healthy, with its Evidence
 * bound to the first one's TEEP key: a clone of the broker's making. */
static void
another_device(void **state)
{
	(void)state;
	attested(0);
	begin();
	draft_make(&q.ev, &w.dev[1].evidence, teep_of(0), &w.dev[1].report,
	    w.esp256.kid, BYTES_OF(challenge), w.dev[1].no);
	w.store.wanted.n = 0;
	wants(&w.store.wanted, 0);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, ERR_EVIDENCE_CLAIM);
	assert_string_equal(w.reply.why.what, "ueid");
	assert_true(bytes_same(
	    w.reply.why.source, BYTES_LIT("Evidence accepted before")));
	assert_int_equal(w.reply.why.expected.n, 17);
	assert_int_equal(w.reply.why.expected.p[1], w.dev[0].no);
	assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	is_told(TEEP_ERR_ATTESTATION_REQUIRED, "claim-mismatch");
	assert_int_equal(effect(TAM_APPRAISED, 0)->outcome, ERR_EVIDENCE_CLAIM);
	/* What was recorded of the first stays. */
	assert_memory_equal(&effect(TAM_DEVICE, 0)->row.report_key,
	    &w.dev[0].report.pub, sizeof(struct cose_key));
	/* Refused before it was ever accepted, nothing is pinned. */
	(void)world_reset(NULL);
	begin();
	draft_measure(&q.ev, "agent", 0x22);
	fails_with(ERR_DUPLICATE, "measurement agent");
	assert_int_equal(row_of(0)->evidence_ueid_n, 0);
}

/* ---- repair
 * -------------------------------------------------------------- */

/* The device fails for its agent, for which there is a repair set. */
static void
begin_stale(struct pair *evidence, uint8_t no)
{
	begin();
	draft_make(&q.ev, evidence, teep_of(0), &w.dev[0].report,
	    w.suite == 0 ? w.esp256.kid : w.ed25519.kid, BYTES_OF(challenge),
	    no);
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", 0x11);
	draft_measure(&q.ev, "agent", 0x77);
	w.store.repairs = BYTES_LIT("agent");
	w.store.repair.n = 0;
	wants(&w.store.repair, 4);
}

/* Signature, endorsement, binding, and the device of before: without any of
 * them nothing is sent, whatever fails beside it. */
static void
repair_needs_the_device(void **state)
{
	(void)state;
	memset(row_of(0)->evidence_ueid, w.dev[0].no, 17);
	row_of(0)->evidence_ueid[0] = 1;
	row_of(0)->evidence_ueid_n = 17;
	begin_stale(&w.dev[1].evidence, w.dev[1].no);
	fails_with(ERR_EVIDENCE_CLAIM, "ueid");
	begin_stale(&w.dev[0].evidence, w.dev[0].no);
	draft_cnf(&q.ev, &teep_of(1)->pub);
	fails_with(ERR_EVIDENCE_CNF, "cnf");
	begin_stale(&w.dev[0].evidence, w.dev[0].no);
	q.ev.c.hwmodel = BYTES_LIT("model-2");
	fails_with(ERR_EVIDENCE_CLAIM, "hwmodel");
	row_of(0)->cloned = true;
	begin_stale(&w.dev[0].evidence, w.dev[0].no);
	fails_with(ERR_CLONE, "bootseed");
}

/* What the store says is set aside and cannot be looked into goes nowhere. */
static void
repair_is_looked_into(void **state)
{
	(void)state;
	begin_stale(&w.dev[0].evidence, w.dev[0].no);
	assert_int_equal(hand_in(qr_octets(&q)), ERR_STORE);
	is_silent();
	assert_int_equal(w.reply.n_effects, 0);
	/* and nothing that is no set at all */
	begin_stale(&w.dev[0].evidence, w.dev[0].no);
	w.store.repair.n = 0;
	fails_with(ERR_MEASUREMENT, "measurement agent");
}

/* ---- the device of before
 * --------------------------------------------------- */

/* What the maker endorses this class of devices with. */
static void
endorsed_as(const char *class)
{
	for (size_t i = 0; i < w.lib.n_values; i++)
		if (w.lib.value[i].e.kind == CORIM_ENDORSED)
			w.lib.value[i].e.name = (struct bytes){
			    (const uint8_t *)class, strlen(class)};
}

static void
not_as_before(enum err e, const char *what)
{
	w.store.wanted.n = 0;
	wants(&w.store.wanted, 0);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	if (w.reply.why.err != e)
		fail_msg(
		    "%s instead of %s", err_name(w.reply.why.err), err_name(e));
	assert_string_equal(w.reply.why.what, what);
	assert_int_equal(w.reply.appraisal.verdict, REFUSED);
	assert_false(w.reply.appraisal.bound);
	is_told(TEEP_ERR_ATTESTATION_REQUIRED, err_name(e));
	assert_int_equal(effect(TAM_APPRAISED, 0)->outcome, e);
	assert_int_equal(apply(), OK);
	assert_int_equal(row_of(0)->verdict, REFUSED);
	w.store.wanted.n = 0;
}

static void
weaker_assurance(void **state)
{
	(void)state;
	attested(0);
	assert_int_equal(row_of(0)->assured, ASSURE_PROCESS);
	endorsed_as("TPM-measured");
	attested(0);
	assert_int_equal(row_of(0)->assured, ASSURE_TPM);
	endorsed_as("process-grade");
	begin();
	not_as_before(ERR_ASSURANCE, "assurance");
	assert_true(
	    bytes_same(w.reply.why.expected, BYTES_LIT("TPM-measured")));
	assert_true(bytes_same(w.reply.why.found, BYTES_LIT("process-grade")));
	assert_int_equal(row_of(0)->assured, ASSURE_TPM);
	/* Another device may be what it always was. */
	attested(1);
	endorsed_as("hardware-rooted");
	attested(0);
	assert_int_equal(row_of(0)->assured, ASSURE_HARDWARE);
}

/* A session of a device that has booted with this seed. */
static void
booted(uint8_t seed)
{
	begin();
	memset(q.ev.seed, seed, sizeof(q.ev.seed));
}

static void
boots(uint8_t seed)
{
	w.now += 1000;
	w.store.n_used = 0; /* long forgotten */
	booted(seed);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
	assert_false(w.reply.clone);
}

/* A device may boot as often as it likes; but no boot comes back. */
static void
clones(void **state)
{
	(void)state;
	boots(1);
	boots(1);
	assert_int_equal(row_of(0)->n_seeds, 1);
	boots(2);
	boots(2);
	boots(3);
	w.now += 1000;
	booted(2);
	not_as_before(ERR_CLONE, "bootseed");
	assert_true(w.reply.clone);
	assert_true(row_of(0)->cloned);
	/* Nobody knows which of them is which. */
	booted(3);
	not_as_before(ERR_CLONE, "bootseed");
	assert_false(w.reply.clone);
	booted(4);
	not_as_before(ERR_CLONE, "bootseed");
	/* Another device is another device. */
	attested(1);
}

/* What somebody held back until the device had booted again is late; that
 * makes no clone of it. */
static void
held_back(void **state)
{
	static uint8_t copy[65536];
	struct bytes held;

	(void)state;
	boots(1);
	w.now += 1000;
	booted(1);
	held = qr_octets(&q);
	memcpy(copy, held.p, held.n);
	held.p = copy;
	w.now += 1;
	booted(2);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_int_equal(apply(), OK);
	w.now += 500;
	assert_int_equal(hand_in(held), OK);
	assert_int_equal(w.reply.why.err, ERR_EXPIRED);
	assert_string_equal(w.reply.why.what, "bootseed");
	assert_int_equal(apply(), OK);
	assert_false(w.reply.clone);
	assert_false(row_of(0)->cloned);
	boots(2);
	boots(3);
}

/* As many boots as it takes, and memory that does not grow. */
static void
many_boots(void **state)
{
	(void)state;
	for (uint8_t i = 1; i <= 2 * TAM_SEEDS_MAX; i++)
		boots(i);
	assert_int_equal(row_of(0)->n_seeds, TAM_SEEDS_MAX);
	w.now += 1000;
	booted(TAM_SEEDS_MAX + 1);
	not_as_before(ERR_CLONE, "bootseed");
}

/* A failed device that is healthy again is accepted again. */
static void
recovers(void **state)
{
	(void)state;
	attested(0);
	begin();
	draft_measure_none(&q.ev);
	draft_measure(&q.ev, "launcher", 0x11);
	draft_measure(&q.ev, "agent", 0x12);
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, ERR_MEASUREMENT);
	assert_int_equal(apply(), OK);
	assert_int_equal(row_of(0)->verdict, REFUSED);
	attested(0);
	assert_int_equal(row_of(0)->verdict, ACCEPTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(not_a_message),
	    TEST(several_signatures),
	    TEST(unknown_sender),
	    TEST(sender_without_name),
	    TEST(sender_under_false_name),
	    TEST(polymorphic_algorithm),
	    TEST(flipped_signature),
	    TEST(not_for_a_tam),
	    TEST(malformed),
	    TEST(unknown_options_are_no_fault),
	    TEST(another_version),
	    TEST(token_nobody_gave),
	    TEST(unsolicited),
	    TEST(asked_for_and_absent),
	    TEST(passports),
	    TEST(foreign_evidence),
	    TEST(not_encrypted),
	    TEST(not_decryptable),
	    TEST(keeper_out_of_reach),
	    TEST(malleable_evidence),
	    TEST(nonsense_inside),
	    TEST(foreign_challenges),
	    TEST(old_and_future_challenges),
	    TEST(replays),
	    TEST(unendorsed_key),
	    TEST(another_audience),
	    TEST(borrowed_evidence),
	    TEST(missing_claim),
	    TEST(another_profile_inside),
	    TEST(expired_evidence),
	    TEST(claims_not_endorsed),
	    TEST(teep_key_signs_reports),
	    TEST(other_measurements),
	    TEST(certificates),
	    TEST(another_device),
	    TEST(repair_needs_the_device),
	    TEST(repair_is_looked_into),
	    TEST(weaker_assurance),
	    TEST(clones),
	    TEST(held_back),
	    TEST(many_boots),
	    TEST(recovers),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
