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

static struct link_frame
try_policy(const struct policy_opts *o, uint64_t sequence)
{
	struct bytes envelope = policy_envelope(policy_object(o), sequence, 3);
	struct teep_message m = update(250, 250, &envelope, 1);

	agent_hangup(agent);
	exchange(250);
	return give_update(&m);
}

static void
new_policy(const struct policy_opts *o, uint64_t sequence)
{
	struct link_frame f = try_policy(o, sequence);

	assert_success(&f);
}

static uint64_t
installed_at(const char *prefix, unsigned n)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "%s/%u", prefix, n);
	return installed(name);
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

/* n floors of acme: app/f/0 from number `first` on, each one more; for all
 * others, too, if that is not 0. */
static struct bytes
floors(unsigned n, uint64_t first, uint64_t others)
{
	struct cbor_out w = begin();
	char name[32];

	cbor_put_array(&w, n + (others != 0));
	if (others != 0) {
		cbor_put_array(&w, 2);
		cbor_put_null(&w);
		cbor_put_uint(&w, others);
	}
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "app/f/%u", i);
		cbor_put_array(&w, 2);
		put_id(&w, name);
		cbor_put_uint(&w, first + i);
	}
	return end(&w);
}

static void
fill(void)
{
	unsigned n = as_many_as_go();

	assert_true(n > 20);
	for (unsigned i = 0; i < AGENT_COUNTERS_MAX; i++) {
		struct link_frame f = another("app/bolt", i, i + 1, K_BOLT);

		if (reply_message(&f).type == TEEP_SUCCESS)
			continue;
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_LIMIT);
		return;
	}
	fail();
}

static void
refuses(const char *prefix, unsigned n, uint64_t sequence, enum key_name k)
{
	struct link_frame f = another(prefix, n, sequence, k);

	assert_error(&f, TEEP_ERR_MANIFEST,
	    strcmp(last_reason, err_name(ERR_ROLLBACK)) == 0
		? ERR_ROLLBACK
		: ERR_SEQUENCE_CLASH);
}

static void
takes(const char *prefix, unsigned n, uint64_t sequence, enum key_name k)
{
	struct link_frame f = another(prefix, n, sequence, k);

	assert_success(&f);
}

/* A table that a thief has filled does not keep out the policy that takes the
 * key from him: what he had counted becomes one number. */
static void
full_of_the_thief(void **state)
{
	(void)state;
	fill();
	new_policy(&(struct policy_opts){.acme = {K_STRANGER},
		       .floors = floors(5, 3, 0)},
	    2);
	refuses("app/f", 1, 3, K_STRANGER);
	refuses("app/f", 4, 6, K_STRANGER);
	refuses("app/many", 1000, 6, K_STRANGER);
	takes("app/f", 1, 4, K_STRANGER);
	takes("app/f", 4, 7, K_STRANGER);
	takes("app/many", 1000, 8, K_STRANGER);
	/* nobody else's */
	refuses("app/bolt", 7, 7, K_BOLT);
	takes("app/bolt", 7, 8, K_BOLT);
}

/* If those are not enough, other signers' of what is not installed. */
static void
full_of_others(void **state)
{
	unsigned last = 0;

	(void)state;
	fill();
	while (installed_at("app/bolt", last) == 0)
		last++;
	new_policy(&(struct policy_opts){.acme = {K_STRANGER},
		       .floors = floors(55, 3, 0)},
	    2);
	assert_int_equal(installed_at("app/bolt", last), last + 1);
	refuses("app/f", 54, 56, K_STRANGER);
	takes("app/f", 54, 57, K_STRANGER);
	refuses("app/bolt", last, last, K_BOLT);
	refuses("app/bolt", 0, last, K_BOLT);
	takes("app/bolt", 0, last + 1, K_BOLT);
}

/* If it must be, floors: then the greatest of those counts for them. */
static void
full_of_floors(void **state)
{
	const unsigned n = AGENT_COUNTERS_MAX - 1;
	struct link_frame f;

	(void)state;
	takes("app/bolt", 1, 5, K_BOLT);
	takes("app/many", 1, 5, K_ACME);
	new_policy(&(struct policy_opts){.acme = {K_STRANGER},
		       .floors = floors(n, 3, 0)},
	    2);
	assert_int_equal(installed_at("app/bolt", 1), 5);
	refuses("app/f", 0, n / 2, K_STRANGER);
	refuses("app/f", n - 1, n + 1, K_STRANGER);
	refuses("app/many", 1, n / 2, K_STRANGER);
	takes("app/f", 0, n + 2, K_STRANGER);
	takes("app/f", n - 1, n + 2, K_STRANGER);
	takes("app/bolt", 1, 6, K_BOLT);
	/* and more than there is room for in any record, nobody takes */
	f = try_policy(&(struct policy_opts){.acme = {K_STRANGER},
			   .floors = floors(n, 3, 7)},
	    3);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_LIMIT);
	assert_string_equal(last_what, "floors");
}

/* What is installed and stays, counts: there is room for that, too. */
static void
full_and_installed(void **state)
{
	struct policy_opts o = {.acme = {K_ACME, K_STRANGER}};
	(void)state;
	new_policy(&o, 2);
	for (unsigned i = 0; i < 10; i++)
		takes("app/stay", 2 * i, 9, K_STRANGER);
	fill();
	o.acme[0] = K_STRANGER;
	o.acme[1] = 0;
	o.floors = floors(AGENT_COUNTERS_MAX - 2, 3, 2);
	new_policy(&o, 3);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(installed_at("app/stay", 2 * i), 9);
		refuses("app/stay", 2 * i, 8, K_STRANGER);
	}
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(places_for_all),
	    T(back_again),
	    T(back_from_one_number),
	    T(full_of_the_thief),
	    T(full_of_others),
	    T(full_of_floors),
	    T(full_and_installed),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
