/*
 * Property: nobody gets manifests out of a TAM with anything but a healthy
 * device's own, fresh, unaltered answer.  Seeded; the seed is printed.
 */
#include "tam_support.h"

#define ROUNDS 3000

static uint64_t seed;
static uint8_t room[65536];

/* One to three changes of a kind that a broker could make. */
static struct bytes
mutate(struct bytes in)
{
	uint32_t n = 1 + chance(&seed) % 3;

	assert_true(in.n > 16 && in.n + 16 < sizeof(room));
	memcpy(room, in.p, in.n);
	in.p = room;
	while (n-- > 0 && in.n > 2) {
		/* Not the first octet: without the tag it is the same. */
		size_t at = 1 + chance(&seed) % (in.n - 1);
		size_t len = 1 + chance(&seed) % 8;

		if (len > in.n - at)
			len = in.n - at;
		switch (chance(&seed) % 5) {
		case 0:
			room[at] ^= (uint8_t)(1 << chance(&seed) % 8);
			break;
		case 1:
			room[at] = (uint8_t)chance(&seed);
			break;
		case 2: /* leave out */
			memmove(room + at, room + at + len, in.n - at - len);
			in.n -= len;
			break;
		case 3: /* say twice */
			if (in.n + len > sizeof(room))
				break;
			memmove(room + at + len, room + at, in.n - at);
			in.n += len;
			break;
		case 4: /* break off */
			in.n = at;
			break;
		}
	}
	return in;
}

static bool
gives_manifests(void)
{
	struct teep_message m;
	struct verified v;

	if (w.reply.message.n == 0)
		return false;
	read_from_tam(w.reply.message, ACCEPT_SIGN1, &v, &m);
	return m.type == TEEP_UPDATE &&
	       (m.has & (TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED |
			    TEEP_HAS_ATTESTATION)) != 0;
}

static void
begin(void)
{
	seed = 20260722 + (uint64_t)w.suite;
	print_message("seed %llu\n", (unsigned long long)seed);
	w.store.wanted.n = 0;
	wants(&w.store.wanted, 0);
}

/* The signed message changed on its way. */
static void
altered_messages(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static uint8_t good[65536];
	static struct qr q;
	struct bytes in, bad;

	(void)state;
	begin();
	qr_make(&q, 0, connected(challenge));
	in = qr_octets(&q);
	memcpy(good, in.p, in.n);
	in.p = good;
	for (int i = 0; i < ROUNDS; i++) {
		bad = mutate(in);
		if (bytes_same(bad, in))
			continue;
		assert_int_equal(hand_in(bad), OK);
		assert_int_not_equal(w.reply.why.err, OK);
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
		take_back();
	}
	assert_int_equal(hand_in(in), OK);
	assert_true(gives_manifests());
}

/* The device's agent itself lies: it alters the Evidence of its attester
 * and signs and encrypts what came of it. */
static void
altered_evidence(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static struct qr q;
	struct bytes in, bad;

	(void)state;
	begin();
	qr_make(&q, 0, connected(challenge));
	in = evidence_sign(&q.ev);
	for (int i = 0; i < ROUNDS / 3; i++) {
		bad = mutate(in);
		if (bytes_same(bad, in))
			continue;
		assert_int_equal(hand_in(qr_with(&q, bad)), OK);
		assert_int_not_equal(w.reply.why.err, OK);
		assert_false(gives_manifests());
		take_back();
	}
	assert_int_equal(hand_in(qr_with(&q, in)), OK);
	assert_true(gives_manifests());
}

/* A signed message of any content: judged, and never given anything unless
 * the Evidence in it is untouched. */
static void
altered_payloads(void **state)
{
	uint8_t challenge[TAM_CHALLENGE_LEN];
	static uint8_t good[65536];
	static struct qr q;
	struct bytes in, bad;
	size_t given = 0;

	(void)state;
	begin();
	qr_make(&q, 0, connected(challenge));
	(void)qr_octets(&q);
	in = encode(&q.m);
	memcpy(good, in.p, in.n);
	in.p = good;
	for (int i = 0; i < ROUNDS; i++) {
		bad = mutate(in);
		assert_int_equal(hand_in(sign_octets(q.by, bad)), OK);
		if (gives_manifests()) {
			/* Only where the change does not matter. */
			assert_int_equal(w.reply.appraisal.verdict, ACCEPTED);
			assert_int_equal(w.reply.why.err, OK);
			assert_non_null(effect(TAM_USE_CHALLENGE, 0));
			given++;
		} else if (w.reply.why.err != OK) {
			assert_int_equal(w.reply.n_effects, 0);
		}
		take_back();
	}
	assert_true(given < ROUNDS / 10);
}

/* Altered answers to an Update spend and record nothing. */
static void
altered_outcomes(void **state)
{
	static uint8_t good[65536];
	static struct reports r;
	struct teep_message m;
	uint8_t token[TAM_TOKEN_LEN];
	struct bytes in, bad;

	(void)state;
	begin();
	attested(0);
	m = reply(TEEP_UPDATE);
	memcpy(token, m.token.p, sizeof(token));
	reports_begin(&r);
	reports_good(&r, 0, 0, BYTES_OF(token), OK);
	m = (struct teep_message){
	    .type = TEEP_SUCCESS,
	    .has = TEEP_HAS_TOKEN | TEEP_HAS_REPORTS,
	    .token = BYTES_OF(token),
	    .reports = reports_list(&r),
	};
	in = sign_message(&teep_of(0)->s, &m);
	memcpy(good, in.p, in.n);
	in.p = good;
	for (int i = 0; i < ROUNDS; i++) {
		bad = mutate(in);
		if (bytes_same(bad, in))
			continue;
		assert_int_equal(hand_in(bad), OK);
		assert_int_not_equal(w.reply.why.err, OK);
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
		take_back();
	}
	/* Under the device's own signature: either a report it signed, or
	 * none that counts. */
	in = encode(&m);
	memcpy(good, in.p, in.n);
	in.p = good;
	for (int i = 0; i < ROUNDS; i++) {
		bad = mutate(in);
		assert_int_equal(hand_in(sign_octets(&teep_of(0)->s, bad)), OK);
		assert_false(gives_manifests());
		if (w.reply.why.err != OK)
			assert_null(effect(TAM_REPORTED, 0));
		take_back();
	}
	assert_int_equal(hand_in(sign_octets(&teep_of(0)->s, in)), OK);
	assert_int_equal(w.reply.why.err, OK);
	assert_non_null(effect(TAM_REPORTED, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(altered_messages),
	    TEST(altered_evidence),
	    TEST(altered_payloads),
	    TEST(altered_outcomes),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
