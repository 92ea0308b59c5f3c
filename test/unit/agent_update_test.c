/*
 * update: what an Update may install and remove, and what the TAM hears.
 */
#include "agent_fake.h"

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){0});
	return 0;
}

static const struct manifest_opts *
hello(uint64_t sequence)
{
	static struct manifest_opts o;

	o = (struct manifest_opts){.id = "app/hello",
	    .sequence = sequence,
	    .payload = sequence % 2 ? BYTES_LIT("hello, odd world")
				    : BYTES_LIT("hello, even world")};
	return &o;
}

/* One manifest in an exchange of its own. */
static struct link_frame
try_install(const struct manifest_opts *o)
{
	static uint8_t n = 100;
	struct bytes envelope = manifest(o);
	struct teep_message m;

	n++;
	exchange(n);
	m = update(n, n, &envelope, 1);
	return give_update(&m);
}

static void
refused(const struct manifest_opts *o, enum err e)
{
	unsigned commits = disk.commits;
	size_t blobs = disk.n_blobs;
	struct link_frame f = try_install(o);

	assert_error(&f, TEEP_ERR_MANIFEST, e);
	assert_int_equal(disk.commits, commits);
	assert_int_equal(disk.n_blobs, blobs);
}

static void
success_carries_report(void **state)
{
	struct bytes envelope = manifest(hello(5));
	struct teep_message m, s;
	struct suit_report r;
	struct link_frame f;
	struct suit_manifest parsed;

	(void)state;
	exchange(1);
	m = update(1, 2, &envelope, 1);
	f = give_update(&m);
	assert_success(&f);
	s = reply_message(&f);
	assert_int_equal(s.has, TEEP_HAS_TOKEN | TEEP_HAS_REPORTS);
	assert_true(bytes_same(s.token, m.token));
	assert_int_equal(s.reports.n, 1);
	r = report_at(&s, 0, true);
	assert_true(r.success);
	assert_true(bytes_same(r.nonce, m.token));
	assert_ok(suit_parse(envelope, &parsed, NULL));
	assert_true(bytes_same(r.digest, BYTES_OF(parsed.digest)));
	assert_int_equal(installed("app/hello"), 5);
	assert_int_equal(disk.commits, 2);
	/* policy, payload, and both stripped envelopes */
	assert_int_equal(disk.n_blobs, 4);
	/* It is still there after a restart. */
	device_restart();
	assert_int_equal(installed("app/hello"), 5);
}

static void
plain_report_without_encryption_key(void **state)
{
	struct teep_message s;
	struct link_frame f;

	(void)state;
	device(&(struct policy_opts){
	    .no_enc = true, .dialect = {.evidence = DIALECT_IF_KEY}});
	f = try_install(hello(5));
	assert_success(&f);
	s = reply_message(&f);
	assert_true(report_at(&s, 0, false).success);
}

static void
upgrade_replaces(void **state)
{
	(void)state;
	install(hello(1));
	install(hello(2));
	assert_int_equal(installed("app/hello"), 2);
	/* The old payload and envelope are swept. */
	assert_int_equal(disk.n_blobs, 4);
	/* The same again is no rollback. */
	install(hello(2));
	assert_int_equal(disk.n_blobs, 4);
}

static void
rollback(void **state)
{
	struct teep_message m, s;
	struct link_frame f;

	(void)state;
	install(hello(7));
	refused(hello(6), ERR_ROLLBACK);
	assert_int_equal(installed("app/hello"), 7);
	/* The counter outlives the component. */
	exchange(1);
	m = update(1, 1, NULL, 0);
	add_unneeded(&m, "app/hello");
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(installed("app/hello"), 0);
	assert_int_equal(disk.n_blobs, 2);
	device_restart();
	f = try_install(hello(6));
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ROLLBACK);
	s = reply_message(&f);
	assert_false(report_at(&s, 0, true).success);
	install(hello(7));
}

static void
sequence_clash(void **state)
{
	struct manifest_opts o = *hello(7);

	(void)state;
	install(&o);
	o.payload = text("something else");
	refused(&o, ERR_SEQUENCE_CLASH);
}

static void
sequence_jump(void **state)
{
	(void)state;
	refused(hello((UINT64_C(1) << 32) + 1), ERR_SEQUENCE_JUMP);
	install(hello(7));
	refused(hello((UINT64_C(1) << 32) + 8), ERR_SEQUENCE_JUMP);
	install(hello((UINT64_C(1) << 32) + 7));
}

/* A counter belongs to a signer row, not to one of its keys, and not to a
 * device: another id starts anew. */
static void
counters_are_apart(void **state)
{
	struct manifest_opts o = *hello(1);

	(void)state;
	install(hello(7));
	o.id = "app/second";
	install(&o);
	assert_int_equal(installed("app/second"), 1);
}

static void
wrong_tam_prefix(void **state)
{
	struct manifest_opts o = *hello(1);
	struct bytes envelope;
	struct teep_message m, q;
	struct link_frame f;

	(void)state;
	/* The main TAM has no right to other/... */
	o.id = "other/thing";
	o.signers = 1u << K_BOLT;
	refused(&o, ERR_TAM_ACCESS);
	/* The other one has; it has none to app/hello. */
	q = query(ITEMS_USUAL, nonce32(1), BYTES_NONE);
	f = give_message(sign(K_OTHER, &q));
	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	envelope = manifest(hello(1));
	m = update(1, 1, &envelope, 1);
	f = give_message(sign(K_OTHER, &m));
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_TAM_ACCESS);
	envelope = manifest(&o);
	m = update(1, 2, &envelope, 1);
	f = give_message(sign(K_OTHER, &m));
	assert_success(&f);
	assert_int_equal(installed("other/thing"), 1);
}

static void
manifest_id_needs_rights_too(void **state)
{
	struct manifest_opts o = *hello(1);

	(void)state;
	o.manifest_id = "other/thing";
	refused(&o, ERR_TAM_ACCESS);
	o.manifest_id = "app/manifest";
	o.id = "other/thing";
	refused(&o, ERR_TAM_ACCESS);
	o.id = "app/hello";
	install(&o);
	assert_int_equal(installed("app/manifest"), 1);
}

static void
signer_without_right(void **state)
{
	struct manifest_opts o = *hello(1);

	(void)state;
	o.id = "app/third";
	o.signers = 1u << K_BOLT;
	refused(&o, ERR_SIGNER_ACCESS);
	/* Nor may it name a manifest it has no right to. */
	o.id = "app/bolt/x";
	o.manifest_id = "app/third";
	refused(&o, ERR_SIGNER_ACCESS);
	o.manifest_id = NULL;
	install(&o);
}

/* Administrators write the policy, and nothing but the policy. */
static void
admins_are_no_signers(void **state)
{
	struct manifest_opts o = *hello(1);

	(void)state;
	o.signers = 3u << K_ADMIN0;
	refused(&o, ERR_SIGNER_ACCESS);
}

static void
unknown_signer(void **state)
{
	struct manifest_opts o = *hello(1);

	(void)state;
	o.signers = 1u << K_STRANGER;
	refused(&o, ERR_UNKNOWN_KEY);
	/* A TAM's key signs no manifests. */
	o.signers = 1u << K_TAM;
	refused(&o, ERR_UNKNOWN_KEY);
}

/* One component, one owner: another authority with every right to write it is
 * still another one. */
static void
other_authority(void **state)
{
	struct manifest_opts o = *hello(9);

	(void)state;
	install(hello(1));
	o.signers = 1u << K_BOLT;
	refused(&o, ERR_OWNER);
}

/* Two manifests cannot have one component. */
static void
component_of_another_manifest(void **state)
{
	struct manifest_opts o = *hello(9);

	(void)state;
	install(hello(1));
	o.manifest_id = "app/thief";
	refused(&o, ERR_OWNER);
}

/* As the other TAM. */
static struct link_frame
other_says(uint8_t n, struct teep_message *m)
{
	struct teep_message q = query(ITEMS_USUAL, nonce32(n), BYTES_NONE);
	struct link_frame f = give_message(sign(K_OTHER, &q));

	assert_int_equal(reply_message(&f).type, TEEP_QUERY_RESPONSE);
	return give_message(sign(K_OTHER, m));
}

static void
other_tam(void **state)
{
	struct manifest_opts o = *hello(1);
	struct bytes envelope;
	struct teep_message m;
	struct link_frame f;

	(void)state;
	o.id = "app/shared/x";
	install(&o);
	/* Both TAMs reach it; it is the main one's. */
	m = update(1, 1, NULL, 0);
	add_unneeded(&m, "app/shared/x");
	f = other_says(1, &m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_OWNER);
	o.sequence = 2;
	o.payload = text("two");
	envelope = manifest(&o);
	m = update(2, 2, &envelope, 1);
	f = other_says(2, &m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_OWNER);
	assert_int_equal(installed("app/shared/x"), 1);
}

static void
unlink_refusals(void **state)
{
	struct bytes envelope = manifest(hello(1));
	struct teep_message m, s;
	struct link_frame f;

	(void)state;
	exchange(1);
	m = update(1, 1, NULL, 0);
	add_unneeded(&m, "app/hello");
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_NOT_INSTALLED);
	m = update(1, 2, NULL, 0);
	add_unneeded(&m, "policy");
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_OWNER);
	assert_int_equal(installed("policy"), 1);
	/* One removal that fails stops what was to be installed. */
	m = update(1, 3, &envelope, 1);
	add_unneeded(&m, "app/absent");
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_NOT_INSTALLED);
	s = reply_message(&f);
	assert_int_equal(s.reports.n, 1);
	assert_int_equal(report_at(&s, 0, true).result_code, ERR_DEPENDENCY);
	assert_int_equal(installed("app/hello"), 0);
}

static void
removal_and_install_in_one(void **state)
{
	struct manifest_opts o = *hello(1);
	struct bytes envelope;
	struct teep_message m;
	struct link_frame f;

	(void)state;
	install(hello(1));
	o.id = "app/second";
	envelope = manifest(&o);
	exchange(1);
	m = update(1, 1, &envelope, 1);
	add_unneeded(&m, "app/hello");
	f = give_update(&m);
	assert_success(&f);
	assert_int_equal(installed("app/hello"), 0);
	assert_int_equal(installed("app/second"), 1);
}

/* All of an Update, or nothing: the good one waits for the bad one. */
static void
all_or_nothing(void **state)
{
	struct manifest_opts bad = *hello(1);
	struct bytes envelope[3];
	struct teep_message m, s;
	struct link_frame f;

	(void)state;
	install(hello(1));
	envelope[0] = manifest(hello(2));
	bad.id = "app/second";
	bad.bad_class = true;
	envelope[1] = manifest(&bad);
	bad.id = "app/third";
	bad.bad_class = false;
	envelope[2] = manifest(&bad);
	exchange(1);
	m = update(1, 1, envelope, 3);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_CLASS);
	s = reply_message(&f);
	assert_true(bytes_same(s.token, m.token));
	assert_int_equal(s.reports.n, 3);
	for (size_t i = 0; i < 3; i++) {
		struct suit_report r = report_at(&s, i, true);
		struct suit_manifest parsed;

		assert_false(r.success);
		assert_true(bytes_same(r.nonce, m.token));
		assert_ok(suit_parse(envelope[i], &parsed, NULL));
		assert_true(bytes_same(r.digest, BYTES_OF(parsed.digest)));
		if (i != 1)
			assert_int_equal(r.result_code, ERR_DEPENDENCY);
	}
	assert_int_equal(installed("app/hello"), 1);
	assert_int_equal(installed("app/second"), 0);
	assert_int_equal(installed("app/third"), 0);
	assert_int_equal(disk.n_blobs, 4);
	/* Nor did the counters move: the same number may come again. */
	bad.sequence = 2;
	bad.id = "app/hello";
	bad.payload = text("hello, another even world");
	install(&bad);
}

static void
several_at_once(void **state)
{
	struct manifest_opts o = *hello(1);
	struct bytes envelope[3];
	struct teep_message m, s;
	struct link_frame f;

	(void)state;
	envelope[0] = manifest(&o);
	o.id = "app/second";
	o.payload = text("two");
	envelope[1] = manifest(&o);
	/* A later one sees what an earlier one did. */
	o.sequence = 2;
	o.payload = text("three");
	envelope[2] = manifest(&o);
	exchange(1);
	m = update(1, 1, envelope, 3);
	f = give_update(&m);
	assert_success(&f);
	s = reply_message(&f);
	assert_int_equal(s.reports.n, 3);
	assert_int_equal(installed("app/hello"), 1);
	assert_int_equal(installed("app/second"), 2);
	assert_int_equal(disk.commits, 2);
	/* The other way round the last one is a rollback. */
	exchange(2);
	o.id = "app/third";
	envelope[0] = manifest(&o);
	o.sequence = 1;
	envelope[1] = manifest(&o);
	m = update(2, 2, envelope, 2);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ROLLBACK);
	assert_int_equal(installed("app/third"), 0);
}

static void
quota(void **state)
{
	struct manifest_opts o = *hello(1); /* 16 octets */

	(void)state;
	device(&(struct policy_opts){.quota = 40});
	install(&o);
	o.id = "app/second";
	install(&o);
	o.id = "app/third";
	refused(&o, ERR_QUOTA);
	/* Replacing needs room for the new one only. */
	o.id = "app/second";
	o.sequence = 2;
	o.payload = text("twenty-four octets in it");
	install(&o);
	o.sequence = 3;
	o.payload = text("twenty-five octets in it.");
	refused(&o, ERR_QUOTA);
}

/* No flipped octet of an envelope is ever installed as something else. */
static void
flipped_envelope(void **state)
{
	struct bytes good = manifest(hello(1));
	struct suit_manifest parsed;
	size_t payload, hint, mark;

	(void)state;
	payload = offset_of(good, hello(1)->payload);
	/* The kid is not signed: it only helps to find the key. */
	hint = offset_of(good, kid(K_ACME)) - 4;
	mark = scratch_used;
	assert_ok(suit_parse(good, &parsed, NULL));
	for (size_t i = 0; i < good.n; i++) {
		struct bytes bad = flipped(good, i);
		struct teep_message m;
		struct link_frame f;

		if (i >= hint && i < hint + 4 + KID_LEN)
			continue;
		agent_hangup(agent);
		exchange(1);
		m = update(1, (uint8_t)i, &bad, 1);
		f = give_update(&m);
		assert_int_equal(reply_message(&f).type, TEEP_ERROR);
		if (i >= payload && i < payload + hello(1)->payload.n)
			assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_DIGEST);
		assert_int_equal(disk.commits, 1);
		scratch_used = mark;
	}
	assert_int_equal(installed("app/hello"), 0);
}

static void
wrong_class_and_vendor(void **state)
{
	struct manifest_opts o = *hello(1);

	(void)state;
	o.bad_class = true;
	refused(&o, ERR_CLASS);
}

/* Evidence could not name it. */
static void
name_too_long(void **state)
{
	struct manifest_opts o = *hello(1);
	char name[256] = "app/";

	(void)state;
	memset(name + 4, 'x', 242);
	o.id = name;
	install(&o);
	name[246] = 'x';
	refused(&o, ERR_LIMIT);
}

static void
store_fails(void **state)
{
	struct teep_message m;
	struct bytes envelope = manifest(hello(2));
	struct link_frame f;

	(void)state;
	install(hello(1));
	/* In the payload, in the envelope, and at the end. */
	for (unsigned i = 1; i <= 2; i++) {
		exchange(1);
		m = update(1, (uint8_t)i, &envelope, 1);
		disk.fail_write = i;
		f = give_update(&m);
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_STORE);
		assert_int_equal(disk.n_blobs, 4);
	}
	disk.fail_commit = true;
	exchange(2);
	m = update(2, 7, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_TEMPORARY, ERR_STORE);
	assert_int_equal(installed("app/hello"), 1);
	/* Nobody knows which record is on the disk: both sets stay. */
	assert_int_equal(disk.n_blobs, 6);
	disk.fail_commit = false;
	install(hello(4));
	assert_int_equal(disk.n_blobs, 4);
}

/* ---- fetching ------------------------------------------------------------ */

static const char uri[] = "https://cdn.example/hello.bin";

static struct manifest_opts
remote(uint64_t sequence, struct bytes payload)
{
	return (struct manifest_opts){.id = "app/hello",
	    .sequence = sequence,
	    .payload = payload,
	    .uri = uri};
}

/* Begin; the first fetch. */
static struct link_frame
begin_fetch(uint8_t n, const struct manifest_opts *o)
{
	struct bytes envelope = manifest(o);
	struct teep_message m;
	struct link_frame f;

	exchange(n);
	m = update(n, n, &envelope, 1);
	f = give_update(&m);
	assert_op(&f, LINK_FETCH);
	assert_true(bytes_same(f.uri, text(uri)));
	assert_int_equal(f.offset, 0);
	return f;
}

static struct bytes
big(void)
{
	static uint8_t octets[150000];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + (i >> 8));
	return BYTES_OF(octets);
}

static void
fetch_in_pieces(void **state)
{
	struct manifest_opts o = remote(1, big());
	struct link_frame f = begin_fetch(1, &o);
	uint64_t at = 0;

	(void)state;
	while (f.op == LINK_FETCH) {
		uint64_t n = o.payload.n - at;

		assert_int_equal(f.offset, at);
		assert_in_range(f.number, 1, LINK_PIECE_MAX);
		if (n > f.number)
			n = f.number;
		f = give_data(at, (struct bytes){o.payload.p + at, (size_t)n},
		    at + n == o.payload.n);
		at += n;
	}
	assert_success(&f);
	assert_int_equal(installed("app/hello"), 1);
}

static void
fetch_wrong_octet(void **state)
{
	struct manifest_opts o = remote(1, text("a small payload"));
	struct link_frame f = begin_fetch(1, &o);
	struct suit_report r;
	struct teep_message s;

	(void)state;
	f = give_data(0, flipped(o.payload, 3), true);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_DIGEST);
	/* The digest of what the network gave is not told on. */
	s = reply_message(&f);
	r = report_at(&s, 0, true);
	assert_false(r.success);
	assert_int_equal(r.reason, suit_reason(ERR_IMAGE_DIGEST));
	assert_int_equal(disk.n_blobs, 2);
	assert_int_equal(installed("app/hello"), 0);
}

static void
fetch_wrong_size(void **state)
{
	struct manifest_opts o = remote(1, text("a small payload"));
	struct link_frame f = begin_fetch(1, &o);
	struct bytes more = text("a small payload!");

	(void)state;
	f = give_data(0, (struct bytes){more.p, o.payload.n - 1}, true);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_SIZE);
	f = begin_fetch(2, &o);
	/* More than was asked for. */
	f = give_data(0, more, true);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_FETCH);
	f = begin_fetch(3, &o);
	/* All of it, and no end. */
	f = give_data(0, o.payload, false);
	assert_op(&f, LINK_FETCH);
	assert_int_equal(f.number, 1);
	f = give_data(o.payload.n, text("!"), false);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_SIZE);
	f = begin_fetch(4, &o);
	f = give_data(0, o.payload, false);
	f = give_data(o.payload.n, BYTES_NONE, true);
	assert_success(&f);
}

static void
fetch_out_of_order(void **state)
{
	struct manifest_opts o = remote(1, big());
	struct link_frame f = begin_fetch(1, &o);

	(void)state;
	f = give_data(1, (struct bytes){o.payload.p, 100}, false);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_FETCH);
	/* Nothing, for ever. */
	f = begin_fetch(2, &o);
	f = give_data(0, BYTES_NONE, false);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_FETCH);
	assert_int_equal(disk.n_blobs, 2);
}

static void
fetch_fails(void **state)
{
	struct manifest_opts o = remote(1, big());
	struct link_frame f;
	struct teep_message m;

	(void)state;
	install(hello(1));
	o.sequence = 2;
	f = begin_fetch(1, &o);
	f = give_data(0, (struct bytes){o.payload.p, 65536}, false);
	assert_op(&f, LINK_FETCH);
	f = give((struct link_frame){.op = LINK_ERROR, .number = ERR_FETCH});
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_FETCH);
	assert_int_equal(installed("app/hello"), 1);
	assert_int_equal(disk.n_blobs, 4);
	/* The exchange is over: the TAM asks first. */
	m = update(1, 9, NULL, 0);
	add_unneeded(&m, "app/hello");
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_PERMANENT, ERR_NO_EXCHANGE);
}

static void
hangup_in_mid_fetch(void **state)
{
	struct manifest_opts o = remote(2, big());
	struct link_frame f;

	(void)state;
	install(hello(1));
	f = begin_fetch(1, &o);
	f = give_data(0, (struct bytes){o.payload.p, 65536}, false);
	assert_op(&f, LINK_FETCH);
	assert_true(disk.is_open);
	agent_hangup(agent);
	assert_false(disk.is_open);
	assert_false(agent_holds_message(agent));
	assert_int_equal(disk.n_blobs, 4);
	assert_int_equal(installed("app/hello"), 1);
	f = give_data(65536, (struct bytes){o.payload.p, 1000}, false);
	assert_result(&f, ERR_NO_EXCHANGE);
	/* And all over again. */
	f = begin_fetch(2, &o);
	agent_hangup(agent);
	device_restart();
	assert_int_equal(installed("app/hello"), 1);
}

static void
fetch_from_forbidden_host(void **state)
{
	struct manifest_opts o = remote(1, text("a small payload"));

	(void)state;
	o.uri = "https://cdn.example.evil.test/hello.bin";
	refused(&o, ERR_URI);
	o.uri = "https://evil.test/hello.bin";
	refused(&o, ERR_URI);
	o.uri = "http://cdn.example/hello.bin";
	refused(&o, ERR_URI);
}

static void
declared_size_over_quota(void **state)
{
	struct manifest_opts o = remote(1, text("a small payload"));

	(void)state;
	device(&(struct policy_opts){.quota = 14});
	refused(&o, ERR_QUOTA);
}

/* Two manifests, the second one from the network: the first is not there
 * until both are. */
static void
fetch_as_second(void **state)
{
	struct manifest_opts first = *hello(1), second;
	struct bytes envelope[2];
	struct teep_message m;
	struct link_frame f;

	(void)state;
	first.id = "app/first";
	second = remote(1, text("a small payload"));
	envelope[0] = manifest(&first);
	envelope[1] = manifest(&second);
	exchange(1);
	m = update(1, 1, envelope, 2);
	f = give_update(&m);
	assert_op(&f, LINK_FETCH);
	assert_int_equal(installed("app/first"), 0);
	f = give_data(0, second.payload, true);
	assert_success(&f);
	m = reply_message(&f);
	assert_int_equal(m.reports.n, 2);
	assert_int_equal(installed("app/first"), 1);
	assert_int_equal(installed("app/hello"), 1);
}

static void
error_from_the_tam(void **state)
{
	struct teep_message m = {
	    .type = TEEP_UPDATE,
	    .has = TEEP_HAS_TOKEN | TEEP_HAS_ERR_CODE | TEEP_HAS_ERR_MSG,
	    .token = nonce32(4),
	    .err_code = TEEP_ERR_ATTESTATION_REQUIRED,
	    .err_msg = text("not healthy"),
	};
	struct link_frame f;

	(void)state;
	exchange(1);
	f = give_update(&m);
	assert_success(&f);
	assert_true(bytes_same(reply_message(&f).token, m.token));
	assert_string_equal(last_event, "tam-error");
	assert_int_equal(disk.commits, 1);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(success_carries_report),
	    T(plain_report_without_encryption_key),
	    T(upgrade_replaces),
	    T(rollback),
	    T(sequence_clash),
	    T(sequence_jump),
	    T(counters_are_apart),
	    T(wrong_tam_prefix),
	    T(manifest_id_needs_rights_too),
	    T(signer_without_right),
	    T(admins_are_no_signers),
	    T(unknown_signer),
	    T(other_authority),
	    T(component_of_another_manifest),
	    T(other_tam),
	    T(unlink_refusals),
	    T(removal_and_install_in_one),
	    T(all_or_nothing),
	    T(several_at_once),
	    T(quota),
	    T(flipped_envelope),
	    T(wrong_class_and_vendor),
	    T(name_too_long),
	    T(store_fails),
	    T(fetch_in_pieces),
	    T(fetch_wrong_octet),
	    T(fetch_wrong_size),
	    T(fetch_out_of_order),
	    T(fetch_fails),
	    T(hangup_in_mid_fetch),
	    T(fetch_from_forbidden_host),
	    T(declared_size_over_quota),
	    T(fetch_as_second),
	    T(error_from_the_tam),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
