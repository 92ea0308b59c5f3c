/*
 * policy: read it, seal the first one, replace it.     [docs/policy.md]
 */
#include "agent_fake.h"

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

/* ---- reading ------------------------------------------------------------- */

static struct policy p;

static void
reads_and_indexes(void **state)
{
	struct bytes in = policy_object(&(struct policy_opts){.quota = 77});
	uint8_t digest[DIGEST_LEN];
	struct why why;

	(void)state;
	assert_ok(policy_read(crypto, in, &p, &why));
	assert_int_equal(p.threshold, 2);
	assert_int_equal(p.n_admins, 3);
	assert_int_equal(p.n_tams, 2);
	assert_true(bytes_same(p.tam[0].name, text("main")));
	assert_int_equal(p.tam[0].sign.n, 2);
	assert_true(p.tam[0].has_enc);
	assert_memory_equal(p.tam[0].enc_kid, kid(K_ENC).p, KID_LEN);
	assert_int_equal(p.tam[0].quota, 77);
	assert_int_equal(p.tam[1].quota, UINT64_MAX);
	assert_int_equal(p.tam[0].dialect.update, DIALECT_BOUND);
	assert_int_equal(p.tam[0].dialect.evidence, DIALECT_ENCRYPTED);
	assert_int_equal(p.tam[1].dialect.evidence, DIALECT_IF_KEY);
	assert_true(bytes_same(p.recovery.name, text("recovery")));
	assert_int_equal(p.n_signers, 2);
	assert_int_equal(p.signer[0].hosts.n, 1);
	assert_int_equal(p.n_callers, 2);
	assert_false(p.caller[0].anybody);
	assert_true(p.caller[1].anybody);
	assert_ok(crypto->sha256(&in, 1, digest));
	assert_memory_equal(p.digest, digest, DIGEST_LEN);
}

static void
unread(const struct policy_opts *o, enum err e, const char *what)
{
	static const struct policy nothing;
	struct why why;

	assert_err(policy_read(crypto, policy_object(o), &p, &why), e);
	assert_string_equal(why.what, what);
	assert_memory_equal(&p, &nothing, sizeof(p));
}

static void
refuses(void **state)
{
	(void)state;
	unread(&(struct policy_opts){.threshold = 4}, ERR_RANGE, "admins");
	unread(&(struct policy_opts){.version = 2}, ERR_RANGE, "policy");
	unread(&(struct policy_opts){.twice = K_ADMIN0}, ERR_KEY_PURPOSE,
	    "verifier");
	unread(&(struct policy_opts){.twice = K_TAM_ED}, ERR_KEY_PURPOSE,
	    "verifier");
	unread(
	    &(struct policy_opts){.twice = K_ENC}, ERR_KEY_PURPOSE, "verifier");
	unread(&(struct policy_opts){.twice = K_ACME}, ERR_KEY_PURPOSE,
	    "verifier");
	unread(&(struct policy_opts){.twice = K_RECOVERY}, ERR_KEY_PURPOSE,
	    "verifier");
	/* https://cdn.example would cover https://cdn.example.evil.test */
	unread(&(struct policy_opts){.host = "https://cdn.example"}, ERR_URI,
	    "signer");
	unread(&(struct policy_opts){.recovery_prefix = "app"}, ERR_UNEXPECTED,
	    "recovery");
}

/* No octet may be missing, and none too many. */
static void
cut_short(void **state)
{
	struct bytes in = policy_object(&(struct policy_opts){0});
	struct why why;

	(void)state;
	for (size_t i = 0; i < in.n; i++)
		assert_int_not_equal(
		    policy_read(crypto, (struct bytes){in.p, i}, &p, &why), OK);
	memcpy(scratch + scratch_used, in.p, in.n);
	scratch[scratch_used + in.n] = 0;
	in = (struct bytes){scratch + scratch_used, in.n + 1};
	assert_err(policy_read(crypto, in, &p, &why), ERR_TRAILING);
}

/* A port that lacks the algorithm of some keys: a mask of enum key_name. */
static unsigned beyond_port;

static enum err
check_what_is_there(const struct cose_key *k)
{
	for (unsigned i = 0; i < K_MAX; i++)
		if ((beyond_port >> i & 1) != 0 &&
		    memcmp(k, &keys[i].pub, sizeof(*k)) == 0)
			return ERR_COSE_ALG;
	return crypto->key_check(k);
}

/*
 * One policy serves devices that can do different algorithms: a key beyond
 * ours is taken as long as whoever it belongs to can still be heard.
 */
static void
keys_beyond_the_port(void **state)
{
	static const struct {
		unsigned beyond;
		const char *what; /* NULL: accepted */
	} t[] = {
	    {1u << K_TAM_ED, NULL},
	    {1u << K_TAM | 1u << K_TAM_ED, "tam"},
	    {1u << K_OTHER, "tam"},
	    {1u << K_ENC, "tam"},
	    {1u << K_ADMIN1, NULL},
	    {1u << K_ADMIN0 | 1u << K_ADMIN2, "admins"},
	    {1u << K_RECOVERY, "recovery"},
	    {1u << K_BOLT, "signer"},
	    {1u << K_VERIFIER, NULL},
	};
	struct bytes in = policy_object(&(struct policy_opts){0});
	struct crypto small = *crypto;
	struct why why;

	(void)state;
	small.key_check = check_what_is_there;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		beyond_port = t[i].beyond;
		if (t[i].what == NULL) {
			assert_ok(policy_read(&small, in, &p, &why));
			assert_int_equal(p.n_admins, 3);
			assert_int_equal(p.tam[0].sign.n, 2);
			continue;
		}
		assert_err(policy_read(&small, in, &p, &why), ERR_COSE_ALG);
		assert_string_equal(why.what, t[i].what);
	}
	/* Its place is taken all the same. */
	beyond_port = 1u << K_TAM_ED;
	in = policy_object(&(struct policy_opts){.twice = K_TAM_ED});
	assert_err(policy_read(&small, in, &p, &why), ERR_KEY_PURPOSE);
}

/* A point off its curve. */
static void
bad_point(void **state)
{
	struct bytes in = policy_object(&(struct policy_opts){0});
	struct why why;
	size_t at = offset_of(in, BYTES_OF(keys[K_ACME].pub.y));

	(void)state;
	assert_err(
	    policy_read(crypto, flipped(in, at + 31), &p, &why), ERR_COSE_KEY);
	assert_string_equal(why.what, "signer");
}

static void
unknown_member(void **state)
{
	struct bytes in = policy_object(&(struct policy_opts){0});
	struct cbor_out w = begin();
	struct why why;

	(void)state;
	cbor_put_map(&w, 8);
	cbor_put_raw(&w, (struct bytes){in.p + 1, in.n - 1});
	cbor_put_uint(&w, 9);
	cbor_put_bool(&w, true);
	assert_err(policy_read(crypto, end(&w), &p, &why), ERR_UNEXPECTED);
}

/* ---- the first one ------------------------------------------------------- */

static enum err
seal(struct bytes envelope)
{
	struct why why;

	return agent_seal_policy(&ports, SPAN_OF(work), envelope, &why);
}

static void
seals_once(void **state)
{
	struct bytes object = policy_object(&(struct policy_opts){0});

	(void)state;
	assert_err(seal(policy_envelope(object, 2, 7)), ERR_EXISTS);
	disk_free();
	assert_ok(seal(policy_envelope(object, 2, 6)));
	device_restart();
	assert_int_equal(installed("policy"), 2);
}

static void
not_sealed(void **state)
{
	struct agent *fresh = malloc(agent_size());

	(void)state;
	disk_free();
	assert_err(agent_init(fresh, &ports, SPAN_OF(work), SPAN_OF(outbox)),
	    ERR_NOT_FOUND);
	assert_err(agent_init(fresh, &ports,
		       (struct span){work, sizeof(work) - 1}, SPAN_OF(outbox)),
	    ERR_ROOM);
	free(fresh);
}

static void
first_is_refused(void **state)
{
	struct bytes object = policy_object(&(struct policy_opts){0});
	struct bytes other = text("another payload");
	uint8_t digest[DIGEST_LEN];

	(void)state;
	disk_free();
	assert_err(seal(policy_envelope(object, 1, 1)), ERR_THRESHOLD);
	/* An administrator whom the object does not name. */
	assert_err(seal(policy_envelope(object, 1, 9)), ERR_THRESHOLD);
	assert_err(seal(policy_envelope(object, 1, 8)), ERR_UNKNOWN_KEY);
	assert_err(
	    seal(policy_envelope(object, UINT64_MAX, 3)), ERR_SEQUENCE_JUMP);
	assert_err(seal(manifest(&(struct manifest_opts){.id = "app/hello",
		       .sequence = 1,
		       .payload = object,
		       .signers = 3u << K_ADMIN0})),
	    ERR_COMPONENT);
	assert_err(seal(manifest(&(struct manifest_opts){.id = "policy",
		       .manifest_id = "app/policy",
		       .sequence = 1,
		       .payload = object,
		       .signers = 3u << K_ADMIN0})),
	    ERR_COMPONENT);
	/* Signed, but about another object. */
	assert_ok(crypto->sha256(&other, 1, digest));
	assert_err(seal(manifest(&(struct manifest_opts){.id = "policy",
		       .sequence = 1,
		       .payload = object,
		       .digest = BYTES_OF(digest),
		       .signers = 3u << K_ADMIN0})),
	    ERR_IMAGE_DIGEST);
	assert_err(seal(manifest(&(struct manifest_opts){.id = "policy",
		       .sequence = 1,
		       .payload = object,
		       .uri = "https://cdn.example/policy",
		       .signers = 3u << K_ADMIN0})),
	    ERR_MISSING);
	assert_null(disk.state.p);
	disk.fail_commit = true;
	assert_err(seal(policy_envelope(object, 1, 3)), ERR_STORE);
}

static void
first_flipped(void **state)
{
	struct bytes good =
	    policy_envelope(policy_object(&(struct policy_opts){0}), 1, 3);
	size_t mark = scratch_used;
	/* Unsigned: the kids, and what the one payload is called. */
	size_t last = good.n - policy_object(&(struct policy_opts){0}).n - 11;
	size_t hint[2] = {offset_of(good, kid(K_ADMIN0)) - 4,
	    offset_of(good, kid(K_ADMIN1)) - 4};

	(void)state;
	assert_memory_equal(good.p + last, "#payload", 8);
	disk_free();
	for (size_t i = 0; i < good.n; i++) {
		if ((i >= hint[0] && i < hint[0] + 4 + KID_LEN) ||
		    (i >= hint[1] && i < hint[1] + 4 + KID_LEN))
			continue;
		if (i >= last && i < last + 8)
			continue;
		assert_int_not_equal(seal(flipped(good, i)), OK);
		scratch_used = mark;
	}
	assert_null(disk.state.p);
}

/* The object on the disk is not sealed, but named. */
static void
object_swapped_on_disk(void **state)
{
	struct bytes object = policy_object(&(struct policy_opts){0});
	struct agent *again = malloc(agent_size());
	uint8_t digest[DIGEST_LEN];
	size_t i;

	(void)state;
	assert_ok(crypto->sha256(&object, 1, digest));
	i = fs_find(&disk, digest);
	assert_true(i < disk.n_blobs);
	disk.blob[i].p[100] ^= 1;
	assert_err(agent_init(again, &ports, SPAN_OF(work), SPAN_OF(outbox)),
	    ERR_STORE);
	free(again);
}

/* ---- the next one -------------------------------------------------------- */

static struct link_frame
replace(const struct policy_opts *o, uint64_t sequence, unsigned admins)
{
	static uint8_t n = 1;
	struct bytes envelope =
	    policy_envelope(policy_object(o), sequence, admins);
	struct teep_message m;

	n++;
	connect_anew();
	exchange(n);
	m = update(n, n, &envelope, 1);
	return give_update(&m);
}

static void
replaced(void **state)
{
	struct manifest_opts o = {
	    .id = "app/hello", .sequence = 1, .payload = text("hello")};
	struct bytes envelope = manifest(&o);
	struct teep_message m;
	struct link_frame f;

	(void)state;
	f = replace(&(struct policy_opts){.no_acme = true}, 2, 3);
	assert_success(&f);
	assert_int_equal(installed("policy"), 2);
	/* In force at once, but the TAM has to ask again. */
	m = update(2, 200, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_NO_EXCHANGE);
	exchange(3);
	m = update(3, 201, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNKNOWN_KEY);
	device_restart();
	exchange(3);
	m = update(3, 201, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNKNOWN_KEY);
	f = replace(&(struct policy_opts){0}, 3, 6);
	assert_success(&f);
	install(&o);
}

static void
kept(struct link_frame f, enum err e)
{
	assert_error(&f, TEEP_ERR_MANIFEST, e);
	assert_int_equal(installed("policy"), 1);
	assert_int_equal(disk.commits, 1);
	assert_int_equal(disk.n_blobs, 2);
}

static void
too_few_admins(void **state)
{
	struct policy_opts same = {0};
	struct policy_opts newer = {.admins = 0xc}; /* 2 and 3 */

	(void)state;
	kept(replace(&same, 2, 1), ERR_THRESHOLD);
	/* One old and a stranger. */
	kept(replace(&same, 2, 9), ERR_THRESHOLD);
	/* Two of the new ones, and one of them old. */
	kept(replace(&newer, 2, 0xc), ERR_THRESHOLD);
	/* Two old ones, but one of the new only. */
	kept(replace(&newer, 2, 0x6), ERR_THRESHOLD);
	/* A higher threshold binds those who set it. */
	kept(replace(&(struct policy_opts){.threshold = 3}, 2, 3),
	    ERR_THRESHOLD);
	/* A lower one does not help. */
	kept(replace(&(struct policy_opts){.threshold = 1}, 2, 1),
	    ERR_THRESHOLD);
}

static void
admins_change(void **state)
{
	struct policy_opts newer = {.admins = 0xc};
	struct link_frame f;

	(void)state;
	/* 1 and 2 are two old ones, 2 and 3 two new ones. */
	f = replace(&newer, 2, 0xe);
	assert_success(&f);
	f = replace(&newer, 3, 0x3);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNKNOWN_KEY);
	f = replace(&newer, 3, 0xc);
	assert_success(&f);
	assert_int_equal(installed("policy"), 3);
}

static void
policy_rules_hold(void **state)
{
	struct policy_opts bad = {.threshold = 4};
	struct link_frame f;

	(void)state;
	kept(replace(&bad, 2, 3), ERR_RANGE);
	kept(replace(&(struct policy_opts){.twice = K_ACME}, 2, 3),
	    ERR_KEY_PURPOSE);
	kept(replace(&(struct policy_opts){.quota = 1}, 1, 3),
	    ERR_SEQUENCE_CLASH);
	f = replace(&(struct policy_opts){0}, 5, 3);
	assert_success(&f);
	f = replace(&(struct policy_opts){0}, 4, 3);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ROLLBACK);
}

/* A signer of everything is still no administrator. */
static void
signers_write_no_policy(void **state)
{
	struct bytes object = policy_object(&(struct policy_opts){0});
	struct bytes envelope[2];
	struct teep_message m;
	struct link_frame f;

	(void)state;
	envelope[0] = manifest(&(struct manifest_opts){.id = "policy",
	    .sequence = 2,
	    .payload = object,
	    .signers = 1u << K_ACME});
	exchange(1);
	m = update(1, 1, envelope, 1);
	kept(give_update(&m), ERR_THRESHOLD);
	/* Nor under another name. */
	envelope[0] = manifest(&(struct manifest_opts){.id = "policy",
	    .manifest_id = "app/policy",
	    .sequence = 2,
	    .payload = object,
	    .signers = 3u << K_ADMIN0});
	m = update(1, 2, envelope, 1);
	kept(give_update(&m), ERR_SIGNER_ACCESS);
	envelope[0] = manifest(&(struct manifest_opts){.id = "app/x",
	    .manifest_id = "policy",
	    .sequence = 2,
	    .payload = object,
	    .signers = 3u << K_ADMIN0});
	m = update(1, 3, envelope, 1);
	kept(give_update(&m), ERR_SIGNER_ACCESS);
	/* And there is one policy in an Update. */
	envelope[0] = policy_envelope(object, 2, 3);
	envelope[1] = policy_envelope(object, 3, 3);
	m = update(1, 4, envelope, 2);
	f = give_update(&m);
	kept(f, ERR_DUPLICATE);
}

static void
policy_needs_a_tam_with_access(void **state)
{
	struct bytes envelope =
	    policy_envelope(policy_object(&(struct policy_opts){0}), 2, 3);
	struct teep_message q = query(ITEMS_USUAL, nonce32(1), BYTES_NONE);
	struct teep_message m = update(1, 1, &envelope, 1);
	struct link_frame f;

	(void)state;
	f = give_message(sign(K_OTHER, &q));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	f = give_message(sign(K_OTHER, &m));
	kept(f, ERR_TAM_ACCESS);
}

/* The recovery TAM: speaks first, brings a policy, and nothing else. */
static void
recovery(void **state)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(1), BYTES_NONE), m;
	struct bytes envelope[2];
	struct link_frame f;

	(void)state;
	envelope[0] = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	envelope[1] = policy_envelope(
	    policy_object(&(struct policy_opts){.no_acme = true}), 2, 3);
	f = give_message(sign(K_RECOVERY, &q));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	m = update(1, 1, &envelope[0], 1);
	f = give_message(sign(K_RECOVERY, &m));
	kept(f, ERR_TAM_ACCESS);
	m = update(1, 2, &envelope[1], 1);
	f = give_message(sign(K_RECOVERY, &m));
	assert_success(&f);
	assert_int_equal(installed("policy"), 2);
}

/* What those who author a policy are told is what the agent does. */
static void
opened_as_next(void **state)
{
	static const struct {
		struct policy_opts o;
		uint64_t sequence;
		unsigned admins;
		enum err e;
	} t[] = {
	    {{0}, 6, 3, OK},
	    {{0}, 5, 6, OK}, /* the same once more */
	    {{.quota = 1}, 5, 3, ERR_SEQUENCE_CLASH},
	    {{0}, 4, 3, ERR_ROLLBACK},
	    {{0}, UINT64_C(1) << 34, 3, ERR_SEQUENCE_JUMP},
	    {{0}, 6, 1, ERR_THRESHOLD},
	    {{.admins = 0xc}, 6, 0xe, OK},
	    {{.admins = 0xc}, 6, 0xc, ERR_THRESHOLD},
	    {{.admins = 0xc}, 6, 0x6, ERR_THRESHOLD},
	    {{.threshold = 3}, 6, 3, ERR_THRESHOLD},
	    {{0}, 6, 8, ERR_UNKNOWN_KEY},
	    {{.threshold = 4}, 6, 3, ERR_RANGE},
	};
	static const struct suit_manifest no_manifest;
	static const struct policy nothing;
	static struct suit_manifest m, at;
	static struct policy now, next;
	struct bytes object, in;
	struct why why = {0};

	(void)state;
	assert_ok(policy_open_first(crypto,
	    policy_envelope(policy_object(&(struct policy_opts){0}), 5, 3),
	    &now, &at, &object, &why));
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		in = policy_object(&t[i].o);
		assert_err(policy_open_next(crypto, &now, &at,
			       policy_envelope(in, t[i].sequence, t[i].admins),
			       &next, &m, &object, &why),
		    t[i].e);
		if (t[i].e == OK) {
			assert_true(bytes_same(object, in));
			assert_int_equal(m.sequence, t[i].sequence);
			continue;
		}
		assert_memory_equal(&next, &nothing, sizeof(next));
		assert_memory_equal(&m, &no_manifest, sizeof(m));
		assert_null(object.p);
	}
	/* About something else, or with the object elsewhere. */
	in = policy_object(&(struct policy_opts){0});
	assert_err(policy_signed(crypto, &now,
		       manifest(&(struct manifest_opts){.id = "app/hello",
			   .sequence = 6,
			   .payload = in,
			   .signers = 3u << K_ADMIN0}),
		       &m, &why),
	    ERR_COMPONENT);
	assert_err(policy_open_next(crypto, &now, &at,
		       manifest(&(struct manifest_opts){.id = "policy",
			   .sequence = 6,
			   .payload = in,
			   .uri = "https://cdn.example/policy",
			   .signers = 3u << K_ADMIN0}),
		       &next, &m, &object, &why),
	    ERR_MISSING);
	/* Who has signed is told, also when they are too few. */
	assert_err(
	    policy_signed(crypto, &now, policy_envelope(in, 6, 2), &m, &why),
	    ERR_THRESHOLD);
	assert_int_equal(m.n_signers, 1);
	assert_memory_equal(m.signer[0], kid(K_ADMIN1).p, KID_LEN);
}

/* The old policy judges the Update that brings the new one; if that Update
 * fails, nothing has changed. */
static void
policy_in_a_failed_update(void **state)
{
	struct bytes envelope[2];
	struct teep_message m;
	struct link_frame f;

	(void)state;
	envelope[0] = policy_envelope(
	    policy_object(&(struct policy_opts){.no_acme = true}), 2, 3);
	envelope[1] = manifest(&(struct manifest_opts){.id = "app/hello",
	    .sequence = 1,
	    .payload = text("hello"),
	    .bad_class = true});
	exchange(1);
	m = update(1, 1, envelope, 2);
	kept(give_update(&m), ERR_CLASS);
	install(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 1, .payload = text("hello")});
	envelope[1] = manifest(&(struct manifest_opts){
	    .id = "app/hello", .sequence = 2, .payload = text("two")});
	exchange(2);
	m = update(2, 220, envelope, 2);
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(installed("policy"), 2);
	/* Installed under the old one, and gone under the new one at once. */
	assert_int_equal(installed("app/hello"), 0);
	assert_int_equal(disk.n_blobs, 2);
	assert_false(app.running);
}

/* What nobody in the new policy speaks for goes with the commit that brings
 * it, and is told of nowhere.                                [security 13] */
static void
signer_gone(void **state)
{
	struct manifest_opts o = {.id = "app/hello",
	    .sequence = 4,
	    .payload = text("hello"),
	    .invoke = true};
	struct manifest_opts bolts = {.id = "app/bolt/x",
	    .sequence = 1,
	    .payload = text("bolt"),
	    .signers = 1u << K_BOLT};
	struct teep_message q, m;
	struct link_frame f;

	(void)state;
	install(&o);
	install(&bolts);
	o.id = "app/second";
	install(&o);
	f = give((struct link_frame){
	    .op = LINK_UNREQUEST_TA, .component = id("app/second")});
	assert_op(&f, LINK_CONNECT);
	assert_int_equal(status_list(5).n, 1);
	disk.fail_commit = true;
	f = replace(&(struct policy_opts){.no_acme = true}, 2, 3);
	assert_int_equal(reply_message(&f).type, TEEP_ERROR);
	disk.fail_commit = false;
	assert_int_equal(status_list(3).n, 4);
	f = replace(&(struct policy_opts){.no_acme = true}, 2, 3);
	assert_success(&f);
	assert_int_equal(installed("policy"), 2);
	assert_int_equal(installed("app/hello"), 0);
	assert_int_equal(installed("app/second"), 0);
	assert_int_equal(installed("app/bolt/x"), 1);
	assert_int_equal(status_list(3).n, 2);
	assert_int_equal(status_list(5).n, 0);
	assert_int_equal(disk.n_blobs, 4);
	q = query(ITEMS_USUAL, nonce32(200), BYTES_NONE);
	f = give_message(query_signed(&q));
	m = reply_message(&f);
	assert_int_equal(m.tc_list.n, 2);
	device_restart();
	assert_int_equal(status_list(3).n, 2);
	/* Its numbers are still known when it comes back. */
	f = replace(&(struct policy_opts){0}, 3, 3);
	assert_success(&f);
	assert_int_equal(installed("app/hello"), 0);
	o.id = "app/hello";
	install(&o);
	assert_int_equal(installed("app/hello"), 4);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(reads_and_indexes),
	    T(refuses),
	    T(cut_short),
	    T(bad_point),
	    T(keys_beyond_the_port),
	    T(unknown_member),
	    T(seals_once),
	    T(not_sealed),
	    T(first_is_refused),
	    T(first_flipped),
	    T(object_swapped_on_disk),
	    T(replaced),
	    T(too_few_admins),
	    T(admins_change),
	    T(policy_rules_hold),
	    T(signers_write_no_policy),
	    T(opened_as_next),
	    T(policy_needs_a_tam_with_access),
	    T(recovery),
	    T(policy_in_a_failed_update),
	    T(signer_gone),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
