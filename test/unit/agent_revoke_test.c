/*
 * revoke: keys and sequence numbers that a new policy takes back from a
 * signer that keeps its name.                         [security 6, 12, 13]
 */
#include "agent_fake.h"

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

/* [+ [manifest id / null, sequence]] */
#define FLOORS(...)                               \
	floors((const struct one[]){__VA_ARGS__}, \
	    ARRAY_LEN(((const struct one[]){__VA_ARGS__})))

struct one {
	const char *id; /* NULL: all others */
	uint64_t sequence;
};

static struct bytes
floors(const struct one *f, size_t n)
{
	struct cbor_out w = begin();

	cbor_put_array(&w, n);
	for (size_t i = 0; i < n; i++) {
		cbor_put_array(&w, 2);
		if (f[i].id != NULL)
			put_id(&w, f[i].id);
		else
			cbor_put_null(&w);
		cbor_put_uint(&w, f[i].sequence);
	}
	return end(&w);
}

static uint8_t at = 1;

static struct link_frame
try(const char *name, uint64_t sequence, enum key_name k)
{
	struct bytes envelope = manifest(&(struct manifest_opts){.id = name,
	    .sequence = sequence,
	    .payload = text("x"),
	    .signers = 1u << k});
	struct teep_message m;

	at++;
	connect_anew();
	exchange(at);
	m = update(at, at, &envelope, 1);
	return give_update(&m);
}

static void
takes(const char *name, uint64_t sequence, enum key_name k)
{
	struct link_frame f = try(name, sequence, k);

	assert_success(&f);
	assert_int_equal(installed(name), sequence);
}

static void
refuses(const char *name, uint64_t sequence, enum key_name k, enum err e)
{
	struct link_frame f = try(name, sequence, k);

	assert_error(&f, TEEP_ERR_MANIFEST, e);
}

static struct link_frame
try_policy(const struct policy_opts *o, uint64_t sequence)
{
	struct bytes envelope = policy_envelope(policy_object(o), sequence, 3);
	struct teep_message m;

	at++;
	connect_anew();
	exchange(at);
	m = update(at, at, &envelope, 1);
	return give_update(&m);
}

static void
new_policy(const struct policy_opts *o, uint64_t sequence)
{
	struct link_frame f = try_policy(o, sequence);

	assert_success(&f);
	assert_int_equal(installed("policy"), sequence);
}

/* The thief used the numbers up: the floors stand in their place. */
static void
stolen_key(void **state)
{
	struct policy_opts o = {
	    .acme = {K_STRANGER}, .floors = FLOORS({"app/a", 3}, {"app/c", 9})};

	(void)state;
	takes("app/a", UINT32_MAX, K_ACME);
	takes("app/b", 5, K_ACME);
	takes("app/bolt", 4, K_BOLT);
	refuses("app/a", 3, K_ACME, ERR_ROLLBACK);
	new_policy(&o, 2);
	/* all that the lost key had signed is gone, by the records */
	assert_int_equal(installed("app/a"), 0);
	assert_int_equal(installed("app/b"), 0);
	assert_int_equal(installed("app/bolt"), 4);
	refuses("app/a", 7, K_ACME, ERR_UNKNOWN_KEY);
	refuses("app/a", 2, K_STRANGER, ERR_SEQUENCE_CLASH);
	refuses("app/a", 1, K_STRANGER, ERR_ROLLBACK);
	refuses("app/c", 7, K_STRANGER, ERR_ROLLBACK);
	takes("app/a", 3, K_STRANGER);
	takes("app/c", 9, K_STRANGER);
	/* what has no floor goes on from what was seen */
	refuses("app/b", 4, K_STRANGER, ERR_ROLLBACK);
	takes("app/b", 5, K_STRANGER);
	/* nor does the same floor fall a second time */
	takes("app/a", 6, K_STRANGER);
	o.quota = 1000;
	new_policy(&o, 3);
	assert_int_equal(installed("app/a"), 6);
	refuses("app/a", 5, K_STRANGER, ERR_ROLLBACK);
	device_restart();
	refuses("app/a", 5, K_STRANGER, ERR_ROLLBACK);
}

/* One floor for all: no number of before is left. */
static void
one_for_all(void **state)
{
	struct policy_opts o = {
	    .acme = {K_STRANGER}, .floors = FLOORS({NULL, 10}, {"app/b", 2})};

	(void)state;
	takes("app/a", 500, K_ACME);
	takes("app/b", 600, K_ACME);
	new_policy(&o, 2);
	refuses("app/a", 9, K_STRANGER, ERR_SEQUENCE_CLASH);
	refuses("app/never", 8, K_STRANGER, ERR_ROLLBACK);
	takes("app/a", 10, K_STRANGER);
	takes("app/b", 2, K_STRANGER);
	takes("app/never", 11, K_STRANGER);
	takes("app/bolt", 1, K_BOLT);
}

/* A bad manifest of a good signer: n + 1, and n is out. */
static void
one_manifest(void **state)
{
	struct policy_opts o = {.floors = FLOORS({"app/a", 6}, {"app/b", 2})};

	(void)state;
	takes("app/a", 5, K_ACME);
	takes("app/b", 7, K_ACME);
	new_policy(&o, 2);
	assert_int_equal(installed("app/a"), 0);
	assert_int_equal(installed("app/b"), 7);
	/* the very same one is another one now */
	refuses("app/a", 5, K_ACME, ERR_SEQUENCE_CLASH);
	/* a signer that has lost nothing is not lowered */
	refuses("app/b", 6, K_ACME, ERR_ROLLBACK);
	takes("app/a", 6, K_ACME);
	/* and all at once */
	o.floors = FLOORS({NULL, 7});
	new_policy(&o, 3);
	assert_int_equal(installed("app/a"), 0);
	assert_int_equal(installed("app/b"), 7);
	refuses("app/a", 6, K_ACME, ERR_SEQUENCE_CLASH);
	refuses("app/c", 5, K_ACME, ERR_ROLLBACK);
	takes("app/a", 7, K_ACME);
	/* a lower one for one alone does not get below that for all */
	o.floors = FLOORS({"app/c", 3});
	new_policy(&o, 4);
	refuses("app/c", 5, K_ACME, ERR_ROLLBACK);
	takes("app/c", 7, K_ACME);
}

/* Keys overlap while everything is signed anew; then the old one goes, and
 * with it what nobody has signed again. */
static void
planned(void **state)
{
	struct link_frame f;
	struct bytes envelope;
	struct teep_message m;

	(void)state;
	takes("app/a", 5, K_ACME);
	takes("app/b", 5, K_ACME);
	new_policy(&(struct policy_opts){.acme = {K_ACME, K_STRANGER}}, 2);
	assert_int_equal(installed("app/a"), 5);
	takes("app/a", 5, K_STRANGER); /* the same manifest, signed anew */
	/* in the same Update as the policy, still under the old one */
	envelope = policy_envelope(
	    policy_object(&(struct policy_opts){.acme = {K_STRANGER}}), 3, 3);
	at++;
	connect_anew();
	exchange(at);
	m = update(at, at, &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(installed("app/a"), 5);
	assert_int_equal(installed("app/b"), 0);
	assert_int_equal(installed("policy"), 3);
}

/* Out, and back: the floors count when it comes. */
static void
back(void **state)
{
	(void)state;
	takes("app/a", 500, K_ACME);
	new_policy(&(struct policy_opts){.no_acme = true}, 2);
	assert_int_equal(installed("app/a"), 0);
	new_policy(&(struct policy_opts){.acme = {K_STRANGER},
		       .floors = FLOORS({"app/a", 20})},
	    3);
	refuses("app/a", 19, K_STRANGER, ERR_SEQUENCE_CLASH);
	takes("app/a", 20, K_STRANGER);
}

/* A device that is made, or reset, starts from them. */
static void
first_policy(void **state)
{
	struct bytes object = policy_object(&(struct policy_opts){
	    .floors = FLOORS({NULL, 3}, {"app/a", 20}, {"app/b", 30})});
	struct why why;

	(void)state;
	disk_free();
	assert_ok(agent_seal_policy(
	    &ports, SPAN_OF(work), policy_envelope(object, 8, 3), &why));
	device_restart();
	assert_int_equal(installed("policy"), 8);
	refuses("app/a", 19, K_ACME, ERR_SEQUENCE_CLASH);
	refuses("app/b", 28, K_ACME, ERR_ROLLBACK);
	refuses("app/c", 1, K_ACME, ERR_ROLLBACK);
	takes("app/a", 20, K_ACME);
	takes("app/b", 31, K_ACME);
	takes("app/c", 3, K_ACME);
}

static void
bad_floors(void **state)
{
	const struct {
		struct bytes floors;
		enum err e;
	} t[] = {
	    {FLOORS({"app/a", 1}, {NULL, 2}), ERR_ORDER},
	    {FLOORS({NULL, 1}, {NULL, 2}), ERR_ORDER},
	    {FLOORS({"app/a", 1}, {"app/b", 1}, {"app/a", 2}), ERR_DUPLICATE},
	    {FLOORS({"app/a", 0}), ERR_RANGE},
	    {BYTES_LIT("\x81\x81\xf6"), ERR_RANGE},
	    {BYTES_LIT("\x81\x82\x81\x01\x02"), ERR_TYPE},
	    {BYTES_LIT("\x80"), ERR_RANGE},
	};
	struct link_frame f;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct policy_opts o = {.floors = t[i].floors};
		size_t mark = scratch_used;

		f = try_policy(&o, 2);
		assert_int_equal(reply_message(&f).type, TEEP_ERROR);
		assert_string_equal(last_reason, err_name(t[i].e));
		scratch_used = mark;
		assert_int_equal(installed("policy"), 1);
	}
}

/* A device that cannot keep to floors takes no policy that has them. */
static void
cannot(void **state)
{
	struct policy_opts o = {.floors = FLOORS({"app/a", 6})};
	struct link_frame f;
	struct why why;

	(void)state;
	takes("app/a", 7, K_ACME);
	ports.revoking = NULL;
	f = try_policy(&o, 2);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_CANNOT);
	assert_int_equal(installed("policy"), 1);
	/* a key that goes, it knows by refusing to start what it signed */
	new_policy(&(struct policy_opts){.acme = {K_STRANGER}}, 2);
	assert_int_equal(installed("app/a"), 7);
	disk_free();
	assert_err(agent_seal_policy(&ports, SPAN_OF(work),
		       policy_envelope(policy_object(&o), 1, 3), &why),
	    ERR_CANNOT);
	assert_string_equal(why.what, "floors");
}

static void
removed(const char *name)
{
	struct teep_message m;
	struct link_frame f;

	at++;
	connect_anew();
	exchange(at);
	m = update(at, at, NULL, 0);
	add_unneeded(&m, name);
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(installed(name), 0);
}

/* Floors that were left in the row after they had done their work: keys that
 * are changed for another reason bring no old number back. */
static void
left_standing(void **state)
{
	struct policy_opts o = {
	    .acme = {K_STRANGER}, .floors = FLOORS({NULL, 2}, {"app/a", 3})};

	(void)state;
	takes("app/a", UINT32_MAX, K_ACME);
	new_policy(&o, 2);
	takes("app/a", 50, K_STRANGER);
	takes("app/b", 40, K_STRANGER);
	takes("app/c", 30, K_STRANGER);
	removed("app/b");
	o.acme[1] = K_ACME;
	new_policy(&o, 3);
	takes("app/a", 50, K_ACME); /* the same one, signed anew */
	o.acme[0] = K_ACME;
	o.acme[1] = 0;
	new_policy(&o, 4);
	assert_int_equal(installed("app/a"), 50);
	assert_int_equal(installed("app/c"), 0);
	refuses("app/a", 49, K_ACME, ERR_ROLLBACK);
	refuses("app/b", 39, K_ACME, ERR_ROLLBACK);
	refuses("app/c", 29, K_ACME, ERR_ROLLBACK);
	takes("app/b", 40, K_ACME);
	/* another one is news: it stands in the place of all that */
	o.acme[0] = K_STRANGER;
	o.floors = FLOORS({NULL, 4}, {"app/a", 3});
	new_policy(&o, 5);
	refuses("app/b", 3, K_STRANGER, ERR_SEQUENCE_CLASH);
	takes("app/b", 4, K_STRANGER);
	refuses("app/a", 49, K_STRANGER, ERR_ROLLBACK);
	takes("app/a", 50, K_STRANGER);
}

/* What a key that stays has signed, counts for more than a floor. */
static void
survives(void **state)
{
	struct policy_opts o = {.acme = {K_ACME, K_STRANGER}};

	(void)state;
	new_policy(&o, 2);
	takes("app/a", 50, K_STRANGER);
	takes("app/b", 60, K_ACME);
	takes("app/c", 70, K_STRANGER);
	o.acme[0] = K_STRANGER;
	o.acme[1] = 0;
	o.floors = FLOORS({NULL, 3}, {"app/a", 4});
	new_policy(&o, 3);
	assert_int_equal(installed("app/a"), 50);
	assert_int_equal(installed("app/b"), 0);
	assert_int_equal(installed("app/c"), 70);
	refuses("app/a", 49, K_STRANGER, ERR_ROLLBACK);
	refuses("app/c", 69, K_STRANGER, ERR_ROLLBACK);
	takes("app/b", 3, K_STRANGER);
	takes("app/c", 70, K_STRANGER);
}

/* The floor for all others is of no manifest that has one of its own. */
static void
own_is_lower(void **state)
{
	struct policy_opts o = {
	    .floors = FLOORS({NULL, 10}, {"app/b", 2}, {"app/c", 3})};

	(void)state;
	takes("app/a", 5, K_ACME);
	takes("app/b", 5, K_ACME);
	new_policy(&o, 2);
	assert_int_equal(installed("app/a"), 0);
	assert_int_equal(installed("app/b"), 5);
	refuses("app/b", 4, K_ACME, ERR_ROLLBACK);
	takes("app/b", 6, K_ACME);
	refuses("app/c", 1, K_ACME, ERR_ROLLBACK);
	takes("app/c", 3, K_ACME);
	refuses("app/d", 8, K_ACME, ERR_ROLLBACK);
	/* the same once more; and what counted for all before, did for one */
	o.floors = FLOORS({NULL, 20}, {"app/b", 2}, {"app/d", 4});
	new_policy(&o, 3);
	assert_int_equal(installed("app/b"), 6);
	assert_int_equal(installed("app/c"), 0);
	refuses("app/c", 18, K_ACME, ERR_ROLLBACK);
	refuses("app/d", 8, K_ACME, ERR_ROLLBACK);
	takes("app/d", 10, K_ACME);
}

/* What counts for all of a signer may be more than its floor for them: that
 * is raised where it stands. */
static void
all_is_higher(void **state)
{
	struct policy_opts o = {.floors = FLOORS({NULL, 30}, {"app/a", 5})};

	(void)state;
	new_policy(&o, 2);
	takes("app/a", 7, K_ACME);
	o.floors = FLOORS({NULL, 10});
	new_policy(&o, 3);
	assert_int_equal(installed("app/a"), 0);
	refuses("app/b", 28, K_ACME, ERR_ROLLBACK);
	refuses("app/a", 8, K_ACME, ERR_ROLLBACK);
	takes("app/a", 10, K_ACME);
}

/* If the store fails at the commit, nothing was revoked. */
static void
store_fails(void **state)
{
	struct policy_opts o = {
	    .acme = {K_STRANGER}, .floors = FLOORS({"app/a", 3})};
	struct link_frame f;

	(void)state;
	takes("app/a", 50, K_ACME);
	disk.fail_commit = true;
	f = try_policy(&o, 2);
	assert_error(&f, TEEP_ERR_TEMPORARY, ERR_STORE);
	disk.fail_commit = false;
	assert_int_equal(installed("app/a"), 50);
	refuses("app/a", 49, K_ACME, ERR_ROLLBACK);
}

/* A policy that revokes takes effect, whatever the store has lost of what it
 * would have to look at: what that was about goes, too. */
static void
store_lost(void **state)
{
	struct policy_opts o = {.acme = {K_ACME, K_STRANGER}};
	size_t gone[2] = {0}, blobs = 1;

	for (size_t n = 0; n < 2 * blobs; n++) {
		device_free(state);
		device(&o);
		takes("app/a", 5, K_STRANGER);
		takes("app/b", 5, K_STRANGER);
		blobs = disk.n_blobs;
		if (n < blobs)
			disk.blob[n].p[disk.blob[n].n / 2] ^= 1;
		else
			disk.blob[n - blobs].name[0] ^= 1;
		new_policy(&(struct policy_opts){.acme = {K_STRANGER}}, 2);
		gone[n / blobs] += installed("app/a") == 0;
		gone[n / blobs] += installed("app/b") == 0;
	}
	assert_int_equal(gone[0], 2);
	assert_int_equal(gone[1], 2);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(stolen_key),
	    T(one_for_all),
	    T(one_manifest),
	    T(planned),
	    T(back),
	    T(first_policy),
	    T(bad_floors),
	    T(cannot),
	    T(left_standing),
	    T(survives),
	    T(own_is_lower),
	    T(all_is_higher),
	    T(store_fails),
	    T(store_lost),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
