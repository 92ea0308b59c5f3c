/*
 * decide: what is sent, what is removed, and what is left alone.
 */
#include "tam_support.h"

static struct qr q;
static uint8_t challenge[TAM_CHALLENGE_LEN];

/* A healthy device with these manifests; it answers a fresh session. */
static void
with(size_t n, const size_t *has)
{
	w.dev[0].n_has = n;
	for (size_t i = 0; i < n; i++)
		w.dev[0].has[i] = has[i];
	qr_make(&q, 0, connected(challenge));
}

static void
answers(void)
{
	assert_int_equal(hand_in(qr_octets(&q)), OK);
	assert_int_equal(w.reply.why.err, OK);
}

/* Is exactly this sent, in this order? */
static void
sends(const struct teep_message *m, size_t n, const size_t *manifests)
{
	struct cbor_in r = cbor_items(m->manifests);

	assert_int_equal(m->manifests.n, n);
	for (size_t i = 0; i < n; i++) {
		struct shelf *f = &w.store.shelf[manifests[i]];

		assert_true(bytes_same(cbor_bstr(&r, 0, LEN_ANY), f->envelope));
	}
}

#define SET(...)                                                     \
	ARRAY_LEN(((const size_t[]){__VA_ARGS__})), (const size_t[]) \
	{                                                            \
		__VA_ARGS__                                          \
	}

static void
nothing_to_do(void **state)
{
	(void)state;
	wants(&w.store.wanted, 0);
	with(SET(0));
	answers();
	is_silent();
	assert_int_equal(w.reply.n_effects, 3);
	assert_null(effect(TAM_NEW_TOKEN, 0));
}

static void
only_what_is_missing(void **state)
{
	struct teep_message m;

	(void)state;
	wants(&w.store.wanted, 0);
	wants(&w.store.wanted, 2);
	wants(&w.store.wanted, 4);
	with(SET(2));
	answers();
	m = reply(TEEP_UPDATE);
	sends(&m, SET(0, 4));
	assert_int_equal(effect(TAM_NEW_TOKEN, 0)->token.n_manifests, 2);
}

/* Another version is installed: the wanted one is sent, and the old one is
 * not unlinked, which would take the new one with it. */
static void
upgrade_is_no_removal(void **state)
{
	struct teep_message m;

	(void)state;
	wants(&w.store.wanted, 1);
	wants(&w.store.unwanted, 0);
	with(SET(0));
	answers();
	m = reply(TEEP_UPDATE);
	sends(&m, SET(1));
	assert_int_equal(m.has & TEEP_HAS_UNNEEDED, 0);
	assert_int_equal(apply(), OK);
	/* Nor while the old one is still listed beside the new one. */
	with(SET(0, 1));
	answers();
	is_silent();
}

static void
requests_need_a_grant(void **state)
{
	uint8_t room[512];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct teep_requested r = {0};
	struct teep_message m;

	(void)state;
	wants(&w.store.granted, 4);
	for (size_t i = 4; i <= 6; i += 2) {
		r.component = (struct bytes){w.store.shelf[i].m.id, 7};
		teep_requested_write(&o, NULL, &r);
	}
	with(0, NULL);
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){{room, o.at}, 2};
	answers();
	m = reply(TEEP_UPDATE);
	sends(&m, SET(4));
	/* Both were asked for, and that is known. */
	assert_true(bytes_same(effect(TAM_REQUESTED, 0)->component,
	    (struct bytes){w.store.shelf[4].m.id, 7}));
	assert_true(bytes_same(effect(TAM_REQUESTED, 1)->component,
	    (struct bytes){w.store.shelf[6].m.id, 7}));
	assert_null(effect(TAM_REQUESTED, 2));
	/* Granted, but installed already. */
	with(SET(4));
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){{room, o.at}, 2};
	answers();
	is_silent();
}

static void
requests_may_want_it_newer(void **state)
{
	uint8_t room[512];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct teep_requested r = {.has = TEEP_REQUESTED_SEQUENCE};
	struct teep_message m;

	(void)state;
	wants(&w.store.granted, 4);
	r.component = (struct bytes){w.store.shelf[4].m.id, 7};
	r.sequence = w.store.shelf[4].m.sequence + 1;
	teep_requested_write(&o, NULL, &r);
	with(0, NULL);
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){{room, o.at}, 1};
	answers();
	is_silent();
	r.sequence--;
	o = cbor_into(SPAN_OF(room));
	teep_requested_write(&o, NULL, &r);
	with(0, NULL);
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){{room, o.at}, 1};
	answers();
	m = reply(TEEP_UPDATE);
	sends(&m, SET(4));
}

/* Wanted and asked for: once. */
static void
nothing_is_sent_twice(void **state)
{
	uint8_t room[512];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct teep_requested r = {0};
	struct teep_message m;

	(void)state;
	wants(&w.store.wanted, 4);
	wants(&w.store.wanted, 4);
	wants(&w.store.granted, 4);
	r.component = (struct bytes){w.store.shelf[4].m.id, 7};
	teep_requested_write(&o, NULL, &r);
	teep_requested_write(&o, NULL, &r);
	with(0, NULL);
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){{room, o.at}, 2};
	answers();
	m = reply(TEEP_UPDATE);
	sends(&m, SET(4));
}

static void
too_many_requests(void **state)
{
	uint8_t room[8192];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct teep_requested r = {0};
	size_t n = 0;

	(void)state;
	r.component = (struct bytes){w.store.shelf[4].m.id, 7};
	for (size_t i = 0; i < 200; i++)
		teep_requested_write(&o, NULL, &r);
	with(0, NULL);
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){{room, o.at}, 200};
	answers();
	while (effect(TAM_REQUESTED, n) != NULL)
		n++;
	assert_int_equal(n, 32);
	/* A name that no manifest could bear is passed over. */
	with(0, NULL);
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){BYTES_LIT("\xa1\x0f\x81\x40"), 1};
	answers();
	assert_null(effect(TAM_REQUESTED, 0));
}

/* The device's own idea of what it does not need removes nothing. */
static void
devices_do_not_decide(void **state)
{
	(void)state;
	wants(&w.store.wanted, 4);
	with(SET(4));
	q.m.has |= TEEP_HAS_UNNEEDED;
	q.m.unneeded = (struct list){{w.store.shelf[4].m.id, 7}, 1};
	answers();
	is_silent();
	/* What this TAM never assigned stays too. */
	with(SET(4, 6));
	answers();
	is_silent();
}

static void
install_and_remove_together(void **state)
{
	struct teep_message m;
	const struct tam_effect *e;

	(void)state;
	wants(&w.store.wanted, 0);
	wants(&w.store.unwanted, 2);
	wants(&w.store.unwanted, 3); /* the same id */
	wants(&w.store.unwanted, 6);
	with(SET(2, 3, 6));
	answers();
	m = reply(TEEP_UPDATE);
	sends(&m, SET(0));
	assert_int_equal(m.unneeded.n, 2);
	e = effect(TAM_NEW_TOKEN, 0);
	assert_true(bytes_same(e->token.unneeded, m.unneeded.raw));
	assert_int_equal(e->token.n_manifests, 1);
}

/* What was asked for and granted is not removed in the same breath. */
static void
granted_is_not_dropped(void **state)
{
	uint8_t room[512];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct teep_requested r = {0};
	struct teep_message m;

	(void)state;
	wants(&w.store.granted, 5);
	wants(&w.store.unwanted, 4);
	r.component = (struct bytes){w.store.shelf[4].m.id, 7};
	teep_requested_write(&o, NULL, &r);
	with(SET(4));
	q.m.has |= TEEP_HAS_REQUESTED;
	q.m.requested = (struct list){{room, o.at}, 1};
	answers();
	m = reply(TEEP_UPDATE);
	sends(&m, SET(5));
	assert_int_equal(m.has & TEEP_HAS_UNNEEDED, 0);
}

/* More than one Update holds: the rest comes after the next proof. */
static void
many(void **state)
{
	struct teep_message m;

	(void)state;
	for (size_t i = 0; i < MANIFESTS; i++)
		wants(&w.store.wanted, i);
	with(0, NULL);
	answers();
	m = reply(TEEP_UPDATE);
	assert_int_equal(m.manifests.n, TAM_MANIFESTS_MAX);
	assert_int_equal(
	    effect(TAM_NEW_TOKEN, 0)->token.n_manifests, TAM_MANIFESTS_MAX);
	/* Too many to remove at once. */
	w.store.wanted.n = 0;
	for (size_t i = 0; i < MANIFESTS; i += 2)
		wants(&w.store.unwanted, i);
	with(0, NULL);
	for (size_t i = 0; i < MANIFESTS; i += 2)
		w.dev[0].has[w.dev[0].n_has++] = i;
	qr_make(&q, 0, connected(challenge));
	answers();
	m = reply(TEEP_UPDATE);
	assert_int_equal(m.unneeded.n, 24);
}

/* Large ones do not go together. */
static void
large(void **state)
{
	struct teep_message m;

	(void)state;
	wants(&w.store.wanted, 0);
	wants(&w.store.wanted, 2);
	wants(&w.store.wanted, 4);
	w.store.shelf[0].m.envelope_n = 20u << 20;
	w.store.shelf[2].m.envelope_n = 20u << 20;
	with(0, NULL);
	answers();
	m = reply(TEEP_UPDATE);
	assert_int_equal(m.manifests.n, 2);
	/* One that alone is too much goes alone. */
	w.store.shelf[0].m.envelope_n = SIZE_MAX;
	with(0, NULL);
	answers();
	m = reply(TEEP_UPDATE);
	assert_int_equal(m.manifests.n, 1);
}

/* A store that contradicts itself is broken; the device is not. */
static void
broken_rows(void **state)
{
	static const struct {
		uint8_t id[7];
		size_t n;
	} bad[] = {
	    {{0x82, 0x43, 'a', 'p', 'p', 0x41, 0}, SUIT_ID_MAX + 1},
	    {{0x82, 0x43, 'a', 'p', 'p', 0x41, 0}, 6},
	    {{0}, 1},
	    {{0}, 0},
	};

	(void)state;
	wants(&w.store.wanted, 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		memcpy(w.store.shelf[0].m.id, bad[i].id, 7);
		w.store.shelf[0].m.id_n = bad[i].n;
		with(0, NULL);
		assert_int_equal(hand_in(qr_octets(&q)), ERR_STORE);
		assert_int_equal(w.reply.n_effects, 0);
		is_silent();
	}
}

/* Wanted, but the envelope is not there. */
static void
lost_envelope(void **state)
{
	(void)state;
	wants(&w.store.wanted, 0);
	with(0, NULL);
	w.store.lost = true;
	assert_int_equal(hand_in(qr_octets(&q)), ERR_STORE);
	assert_int_equal(w.reply.n_effects, 0);
	is_silent();
}

/* At most four questions in one exchange, and none that leads nowhere. */
static void
an_exchange_ends(void **state)
{
	struct teep_message m;
	uint8_t token[TAM_TOKEN_LEN];
	unsigned updates = 0;

	(void)state;
	wants(&w.store.wanted, 0);
	with(0, NULL);
	/* It says that it installed, and never does. */
	for (;;) {
		assert_int_equal(hand_in(qr_octets(&q)), OK);
		assert_int_equal(apply(), OK);
		if (w.reply.message.n == 0)
			break;
		updates++;
		m = reply(TEEP_UPDATE);
		memcpy(token, m.token.p, sizeof(token));
		m = (struct teep_message){.type = TEEP_SUCCESS,
		    .has = TEEP_HAS_TOKEN,
		    .token = BYTES_OF(token)};
		assert_int_equal(hand_in(sign_message(q.by, &m)), OK);
		assert_int_equal(w.reply.why.err, OK);
		assert_int_equal(apply(), OK);
		m = reply(TEEP_QUERY_REQUEST);
		memcpy(challenge, m.challenge.p, sizeof(challenge));
		qr_make(&q, 0, BYTES_OF(challenge));
	}
	assert_int_equal(updates, 3);
	assert_int_equal(w.reply.why.err, ERR_EXCHANGE_LIMIT);
	assert_int_equal(effect(TAM_APPRAISED, 0)->outcome, OK);
	assert_int_equal(effect(TAM_DEVICE, 0)->row.requests, 0);
	/* Next time is another time. */
	with(0, NULL);
	answers();
	(void)reply(TEEP_UPDATE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(nothing_to_do),
	    TEST(only_what_is_missing),
	    TEST(upgrade_is_no_removal),
	    TEST(requests_need_a_grant),
	    TEST(requests_may_want_it_newer),
	    TEST(nothing_is_sent_twice),
	    TEST(too_many_requests),
	    TEST(devices_do_not_decide),
	    TEST(install_and_remove_together),
	    TEST(granted_is_not_dropped),
	    TEST(many),
	    TEST(large),
	    TEST(broken_rows),
	    TEST(lost_envelope),
	    TEST(an_exchange_ends),
	};

	RETURN_FROM_BOTH_SUITES(tests);
}
