/*
 * counters: numbers that were seen are remembered as long as there is room,
 * and nobody takes it all.                                    [security 6]
 */
#include "agent_fake.h"

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

/* Install prefix/n with this number, in place of prefix/(n - 1). */
static struct link_frame
another(const char *prefix, unsigned n, uint64_t sequence, enum key_name k)
{
	static uint8_t at;
	char name[32], before[32];
	size_t mark = scratch_used;
	struct teep_message m;
	struct bytes envelope;
	struct link_frame f;

	(void)snprintf(name, sizeof(name), "%s/%u", prefix, n);
	(void)snprintf(before, sizeof(before), "%s/%u", prefix, n - 1);
	envelope = manifest(&(struct manifest_opts){.id = name,
	    .sequence = sequence,
	    .payload = text("x"),
	    .signers = 1u << k});
	at++;
	agent_hangup(agent);
	exchange(at);
	m = update(at, at, &envelope, 1);
	if (installed(before) != 0)
		add_unneeded(&m, before);
	f = give_update(&m);
	scratch_used = mark;
	return f;
}

/* Of acme, until it is refused; how many it had. */
static unsigned
as_many_as_go(void)
{
	for (unsigned n = 0;; n++) {
		struct link_frame f = another("app/many", n, n % 7 + 1, K_ACME);

		if (reply_message(&f).type == TEEP_SUCCESS)
			continue;
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_LIMIT);
		return n;
	}
}

static void
new_policy(const struct policy_opts *o, uint64_t sequence)
{
	struct bytes envelope = policy_envelope(policy_object(o), sequence, 3);
	struct teep_message m = update(250, 250, &envelope, 1);
	struct link_frame f;

	agent_hangup(agent);
	exchange(250);
	f = give_update(&m);
	assert_success(&f);
}

/* One signer that makes up names does not shut the others out. */
static void
places_for_all(void **state)
{
	struct link_frame f;
	unsigned n;

	(void)state;
	n = as_many_as_go();
	/* The policy has one, too. */
	assert_true(n > AGENT_COUNTERS_MAX / 2 && n < AGENT_COUNTERS_MAX - 1);
	for (unsigned i = 0; i < AGENT_COUNTERS_MAX - 1 - n; i++) {
		f = another("app/bolt", i, 1, K_BOLT);
		assert_success(&f);
	}
	f = another("app/bolt", 63, 1, K_BOLT);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_LIMIT);
	/* What has a counter goes on. */
	f = another("app/many", 0, 2, K_ACME);
	assert_success(&f);
	/* And it counts. */
	f = another("app/many", 2, 2, K_ACME);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ROLLBACK);
}

/* A signer that is gone leaves its numbers, all of them if there is room. */
static void
back_again(void **state)
{
	struct link_frame f;

	(void)state;
	f = another("app/many", 1, 5, K_ACME);
	assert_success(&f);
	f = another("app/many", 2, 7, K_ACME);
	assert_success(&f);
	new_policy(&(struct policy_opts){.no_acme = true}, 2);
	f = another("app/bolt", 1, 1, K_BOLT);
	assert_success(&f);
	new_policy(&(struct policy_opts){0}, 3);
	f = another("app/many", 1, 4, K_ACME);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ROLLBACK);
	f = another("app/many", 1, 5, K_ACME);
	assert_success(&f);
}

/* Else only the greatest stays, and is there for all its manifests. */
static void
back_from_one_number(void **state)
{
	struct link_frame f;
	unsigned n;

	(void)state;
	n = as_many_as_go();
	new_policy(&(struct policy_opts){.no_acme = true}, 2);
	for (unsigned i = 0; i < AGENT_COUNTERS_MAX - n; i++) {
		f = another("app/bolt", i, 1, K_BOLT);
		assert_success(&f);
	}
	new_policy(&(struct policy_opts){0}, 3);
	f = another("app/many", 0, 1, K_ACME);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ROLLBACK);
	f = another("app/many", 1000, 6, K_ACME);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ROLLBACK);
	f = another("app/many", 6, 7, K_ACME);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_SEQUENCE_CLASH);
	f = another("app/many", 0, 8, K_ACME);
	assert_success(&f);
	f = another("app/many", 0, 8, K_ACME);
	assert_success(&f);
	/* Which holds for nobody else. */
	f = another("app/bolt", 100, 1, K_BOLT);
	assert_success(&f);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(places_for_all),
	    T(back_again),
	    T(back_from_one_number),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
