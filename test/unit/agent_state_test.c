/*
 * state: the sealed record, its copies and its limits.
 */
#include "agent_fake.h"
#include <agent/agent_int.h>

static uint8_t room[2][AGENT_STATE_MAX + 1024];
static const struct state nothing;

static struct installed
entry(struct bytes name, uint64_t sequence, struct list components)
{
	static const uint8_t digest[DIGEST_LEN] = {7};

	return (struct installed){
	    .id = name,
	    .sequence = sequence,
	    .digest = BYTES_OF(digest),
	    .owner = text("main"),
	    .authority = text("acme"),
	    .uri = text("u"),
	    .envelope = BYTES_OF(digest),
	    .envelope_size = 9,
	    .components = components,
	};
}

static struct list
one_component(struct bytes name)
{
	static const uint8_t digest[DIGEST_LEN] = {8};
	struct component c = {name, BYTES_OF(digest), 100, false};
	struct cbor_out w = begin();

	component_put(&w, &c);
	return (struct list){end(&w), 1};
}

/* Edit *s in place, by way of the other room. */
static enum err
change(struct state *s, struct state_edit e)
{
	static unsigned at;
	struct state next;
	struct bytes raw;

	TRY(state_edit(s, &e, SPAN_OF(room[1 - at]), &raw, &next));
	at = 1 - at;
	*s = next;
	return OK;
}

static void
put(struct state *s, const char *name, uint64_t sequence)
{
	struct installed m = entry(id(name), sequence, one_component(id(name)));

	assert_ok(change(s, (struct state_edit){.put = &m}));
}

static void
entries_keep_their_place(void **state)
{
	struct state s = nothing;
	struct installed m;
	struct counter c;
	struct cbor_in r;

	(void)state;
	put(&s, "a", 1);
	put(&s, "b", 1);
	put(&s, "c", 1);
	put(&s, "a", 5);
	assert_int_equal(s.installed.n, 3);
	r = cbor_items(s.installed);
	assert_true(installed_next(&r, &m));
	assert_true(bytes_same(m.id, id("a")));
	assert_int_equal(m.sequence, 5);
	assert_true(bytes_same(m.owner, text("main")));
	assert_int_equal(state_usage(&s, text("main"), id("b")), 200);
	assert_int_equal(state_usage(&s, text("other"), id("b")), 0);
	assert_true(state_counter(&s, text("acme"), id("a"), &c));
	assert_int_equal(c.sequence, 5);
	assert_false(state_counter(&s, text("bolt"), id("a"), &c));
	/* Dropped, but not forgotten. */
	assert_ok(change(&s, (struct state_edit){.drop = id("a")}));
	assert_false(state_manifest(&s, id("a"), &m));
	assert_true(state_counter(&s, text("acme"), id("a"), &c));
	assert_int_equal(c.sequence, 5);
}

static void
limits(void **state)
{
	struct state s = nothing;
	struct installed m;
	char name[16];

	(void)state;
	for (int i = 0; i < AGENT_INSTALLED_MAX; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		put(&s, name, 1);
	}
	m = entry(id("more"), 1, one_component(id("more")));
	assert_err(change(&s, (struct state_edit){.put = &m}), ERR_LIMIT);
	for (int i = 0; i < AGENT_COUNTERS_MAX - AGENT_INSTALLED_MAX; i++) {
		snprintf(name, sizeof(name), "m%d", i);
		assert_ok(change(&s, (struct state_edit){.drop = id(name)}));
		snprintf(name, sizeof(name), "n%d", i);
		put(&s, name, 1);
	}
	assert_int_equal(s.counters.n, AGENT_COUNTERS_MAX);
	assert_ok(change(&s, (struct state_edit){.drop = id("n0")}));
	assert_err(change(&s, (struct state_edit){.put = &m}), ERR_LIMIT);
	/* A known one may still be installed. */
	put(&s, "m0", 2);
}

/* More components than Evidence has place for. */
static void
too_many_components(void **state)
{
	static const uint8_t digest[DIGEST_LEN] = {8};
	struct state s = nothing;
	struct installed m;
	struct list l = {.n = 20};
	char name[32];

	(void)state;
	for (int k = 0; k < 4; k++) {
		struct bytes ids[20];
		struct cbor_out w;

		for (int i = 0; i < 20; i++) {
			snprintf(name, sizeof(name), "c%d/%d", k, i);
			ids[i] = id(name);
		}
		w = begin();
		for (int i = 0; i < 20; i++) {
			struct component c = {
			    ids[i], BYTES_OF(digest), 1, false};

			component_put(&w, &c);
		}
		l.raw = end(&w);
		snprintf(name, sizeof(name), "m%d", k);
		m = entry(id(name), 1, l);
		assert_err(change(&s, (struct state_edit){.put = &m}),
		    k < 3 ? OK : ERR_LIMIT);
		if (k == 2)
			break;
	}
	assert_int_equal(s.installed.n, 3);
	m = entry(id("last"), 1, one_component(id("last")));
	assert_err(change(&s, (struct state_edit){.put = &m}), ERR_LIMIT);
}

static void
requests_and_unneeded(void **state)
{
	struct state s = nothing;

	(void)state;
	put(&s, "a", 1);
	assert_ok(change(&s, (struct state_edit){.request = id("b"),
				 .request_tam = text("main")}));
	assert_ok(change(&s, (struct state_edit){.request = id("c"),
				 .request_tam = text("main")}));
	assert_ok(change(&s, (struct state_edit){.unneeded = id("a")}));
	assert_true(state_unneeded(&s, id("a")));
	assert_true(state_requested(&s, id("b")));
	put(&s, "b", 1);
	assert_false(state_requested(&s, id("b")));
	assert_ok(change(&s, (struct state_edit){.unrequest = id("c")}));
	assert_int_equal(s.requests.n, 0);
	assert_true(state_unneeded(&s, id("a")));
	/* Installed anew, it is needed. */
	put(&s, "a", 2);
	assert_false(state_unneeded(&s, id("a")));
	assert_ok(change(&s, (struct state_edit){.unneeded = id("a")}));
	assert_ok(change(&s, (struct state_edit){.needed = id("a")}));
	assert_int_equal(s.unneeded.n, 0);
	assert_ok(change(&s, (struct state_edit){.unneeded = id("a")}));
	assert_ok(change(&s, (struct state_edit){.drop = id("a")}));
	assert_int_equal(s.unneeded.n, 0);
}

static const uint8_t kid_of_all[KID_LEN] = {1};

static enum err
raise_floor(struct state *s, struct bytes kid_of, uint64_t iat, uint8_t token,
    const struct policy *p)
{
	return change(s, (struct state_edit){.floor_kid = kid_of,
			     .floor_iat = iat,
			     .floor_token = nonce32(token),
			     .policy = p});
}

static void
floors(void **state)
{
	struct bytes k = BYTES_OF(kid_of_all);
	struct state s = nothing;
	struct floor f;

	(void)state;
	assert_false(state_floor(&s, k, &f));
	assert_ok(raise_floor(&s, k, 5, 1, NULL));
	assert_ok(raise_floor(&s, k, 5, 2, NULL));
	put(&s, "a", 1);
	assert_true(state_floor(&s, k, &f));
	assert_int_equal(f.iat, 5);
	assert_int_equal(f.tokens.n, 2);
	assert_ok(raise_floor(&s, k, 6, 3, NULL));
	assert_true(state_floor(&s, k, &f));
	assert_int_equal(f.iat, 6);
	assert_int_equal(f.tokens.n, 1);
	for (uint8_t i = 1; i < AGENT_UPDATES_MAX; i++)
		assert_ok(raise_floor(&s, k, 6, (uint8_t)(10 + i), NULL));
	assert_err(raise_floor(&s, k, 6, 99, NULL), ERR_STORE);
}

/* Those of keys that policy names stay; the rest stay as long as they can. */
static void
floors_full(void **state)
{
	static struct policy p;
	struct state s = nothing;
	struct floor f;

	(void)state;
	memset(&p, 0, sizeof(p));
	p.n_tams = 1;
	p.tam[0].sign.n = 1;
	memcpy(p.tam[0].sign.kid[0], kid_of_all, KID_LEN);
	for (uint8_t i = 0; i < FLOORS_MAX; i++)
		assert_ok(raise_floor(
		    &s, i == 7 ? BYTES_OF(kid_of_all) : nonce32(i), 5, 1, &p));
	assert_int_equal(s.floors.n, FLOORS_MAX);
	assert_ok(raise_floor(&s, nonce32(3), 6, 1, &p));
	assert_int_equal(s.floors.n, FLOORS_MAX);
	assert_true(state_floor(&s, nonce32(4), &f));
	assert_ok(raise_floor(&s, nonce32(200), 5, 1, &p));
	assert_int_equal(s.floors.n, 2);
	assert_true(state_floor(&s, BYTES_OF(kid_of_all), &f));
	assert_true(state_floor(&s, nonce32(200), &f));
	assert_false(state_floor(&s, nonce32(4), &f));
}

/* A record of the first agents, which knew no floors. */
static void
without_floors(void **state)
{
	struct state s;

	(void)state;
	assert_ok(state_read(
	    BYTES_LIT("\xa5\x01\x01\x02\x80\x03\x80\x04\x80\x05\x80"), &s));
	assert_int_equal(s.floors.n, 0);
	put(&s, "a", 1);
	assert_ok(raise_floor(&s, BYTES_OF(kid_of_all), 5, 1, NULL));
	assert_int_equal(s.floors.n, 1);
	assert_int_equal(s.installed.n, 1);
}

/* Nothing that is not a record is taken for one. */
static void
cut_and_flipped(void **state)
{
	struct state s = nothing, t;
	struct installed m = entry(id("a"), 1, one_component(id("a")));
	struct state_edit e = {.put = &m,
	    .request = id("b"),
	    .request_tam = text("main"),
	    .unneeded = id("x"),
	    .floor_kid = BYTES_OF(kid_of_all),
	    .floor_token = nonce32(1)};
	struct bytes raw;

	(void)state;
	assert_ok(state_edit(&s, &e, SPAN_OF(room[0]), &raw, &t));
	assert_ok(state_read(raw, &t));
	for (size_t i = 0; i < raw.n; i++)
		assert_err(state_read((struct bytes){raw.p, i}, &t), ERR_STORE);
	for (size_t i = 0; i < raw.n; i++) {
		size_t mark = scratch_used;
		struct bytes bad = flipped(raw, i);

		/* Read or refused; if read, every walk ends. */
		if (state_read(bad, &t) == OK) {
			struct cbor_in r = cbor_items(t.installed);
			size_t n = 0;

			while (installed_next(&r, &m))
				n++;
			assert_int_equal(n, t.installed.n);
		}
		scratch_used = mark;
	}
}

static void
no_room(void **state)
{
	struct state s = nothing, t;
	struct installed m = entry(id("a"), 1, one_component(id("a")));
	struct state_edit e = {.put = &m};
	struct bytes raw;

	(void)state;
	assert_ok(state_edit(&s, &e, SPAN_OF(room[0]), &raw, &t));
	for (size_t n = 0; n < raw.n; n++) {
		struct bytes cut;

		assert_err(
		    state_edit(&s, &e, (struct span){room[1], n}, &cut, &t),
		    ERR_ROOM);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(entries_keep_their_place),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(too_many_components),
	    cmocka_unit_test(requests_and_unneeded),
	    cmocka_unit_test(floors),
	    cmocka_unit_test(floors_full),
	    cmocka_unit_test(without_floors),
	    cmocka_unit_test(cut_and_flipped),
	    cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
