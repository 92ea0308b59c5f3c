/*
 * joined_stock: what the joined tests install, and when they are content.
 */
#ifndef JOINED_STOCK_H
#define JOINED_STOCK_H

#include "joined_wire.h"

enum { A1, A2, B1, B2, C1 };

static inline void
stock(void)
{
	static const struct {
		const char *name, *id, *uri;
		uint64_t sequence;
	} all[] = {
	    [A1] = {"a1", "app/a", NULL, 1},
	    [A2] = {"a2", "app/a", NULL, 2},
	    [B1] = {"b1", "app/b", "https://cdn.example/b", 1},
	    [B2] = {"b2", "app/b", "https://cdn.example/b", 2},
	    [C1] = {"c1", "app/c", NULL, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct manifest_opts o = {
		    .id = all[i].id,
		    .sequence = all[i].sequence,
		    .uri = all[i].uri,
		    .payload =
			all[i].uri != NULL ? j.payload : text(all[i].name),
		};

		assert_int_equal(shelve(all[i].name, &o), i);
	}
}

static inline void
begin_with(const struct policy_opts *o)
{
	world(o);
	stock();
	set_old = NULL;
}

static inline int
usual(void **state)
{
	(void)state;
	begin_with(&(struct policy_opts){0});
	return 0;
}

#define WANTED   (&j.store.wanted)
#define UNWANTED (&j.store.unwanted)

static inline struct side *
device(void)
{
	return &j.dev[0];
}

/* Both sides are sure of the same set, and have nothing more to say. */
static inline void
assert_settled(struct side *d, const char *set)
{
	const struct tam_device *row = &j.store.row[d - j.dev];

	assert_set(d, set);
	assert_string_equal(check(d), "QR-");
	assert_int_equal(j.reply.why.err, OK);
	assert_string_equal(j.believed, set);
	assert_true(j.proven);
	assert_int_equal(row->verdict, ACCEPTED);
	assert_true(row->proven_at >= row->reported_at);
	assert_int_equal(UNWANTED->n, 0);
}

/* End main with a group of tests that is run in both suites. */
#define RETURN_FROM_BOTH_SUITES(tests)                                        \
	do {                                                                  \
		int failed_;                                                  \
                                                                              \
		j.suite = 0;                                                  \
		failed_ = cmocka_run_group_tests_name(                        \
		    "ESP256", tests, keys_make, keys_free);                   \
		/* A device without Ed25519 is in the other suite only. */    \
		if (!has_ed25519())                                           \
			return failed_;                                       \
		j.suite = 1;                                                  \
		return failed_ + cmocka_run_group_tests_name(                 \
				     "Ed25519", tests, keys_make, keys_free); \
	} while (0)

#define TEST(f) cmocka_unit_test_setup_teardown(f, usual, world_end)

#endif
