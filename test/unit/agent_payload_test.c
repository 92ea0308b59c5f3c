/*
 * payload: content that a signer encrypted to this device: whose key opens
 * it, what is told of it, and what is left of it when it is refused.
 */
#include "agent_fake.h"
#include "agent_sections.h"

#define PLAIN "1234: the door's number, and of no concern to the TAM"

static uint8_t secret[32] = {42};
static uint8_t plain_room[64];
static struct agent_payloads payloads;

static void
device_with(unsigned payload_key)
{
	device(&(struct policy_opts){.payload_key = payload_key});
	payloads = (struct agent_payloads){
	    .secret = BYTES_OF(secret),
	    .pair = test_agreer_from,
	    .drop = test_agreer_free,
	    .room = SPAN_OF(plain_room),
	};
	agent_payloads_init(&payloads);
	ports.payloads = &payloads;
	memset(plain_room, 0, sizeof(plain_room));
}

static int
setup(void **state)
{
	(void)state;
	secret[0] = 42;
	device_with(1);
	return 0;
}

/* ---- what the device says of its keys ------------------------------------ */

static struct eat_claims
claims_now(uint8_t challenge)
{
	struct teep_message q =
	    query(ITEMS_USUAL, nonce32(challenge), BYTES_NONE);
	struct link_frame f;
	struct teep_message m;
	struct eat_claims c;
	struct bytes plain;
	struct span room;
	struct verified v;
	struct why why;

	connect_anew();
	f = give_message(query_signed(&q));
	m = reply_message(&f);
	assert_int_equal(m.type, TEEP_QUERY_RESPONSE);
	room = (struct span){scratch + scratch_used, m.attestation.n};
	assert_ok(cose_decrypt(crypto, &keys[K_ENC].agree, COSE_CTX_EAT,
	    m.attestation, room, &plain, &why));
	scratch_used += room.n;
	v = verified_by(K_EVIDENCE, plain);
	assert_ok(eat_read(&v, &c, &why));
	return c;
}

static struct cose_key
key_of(const struct eat_claims *c, const char *authority)
{
	struct cbor_in r = cbor_items(c->payload_keys);
	struct eat_payload_key k;

	for (size_t i = 0; i < c->payload_keys.n; i++) {
		assert_ok(eat_payload_key_read(&r, &k));
		if (bytes_same(k.authority, text(authority)))
			return k.key;
	}
	fail_msg("no key for %s", authority);
	return k.key;
}

static bool
key_differs(const struct cose_key *a, const struct cose_key *b)
{
	return memcmp(a->x, b->x, 32) != 0;
}

static void
a_key_for_each(void **state)
{
	struct eat_claims c = claims_now(1);
	struct cose_key acme = key_of(&c, "acme"), bolt = key_of(&c, "bolt");
	struct cose_key again;

	(void)state;
	assert_int_equal(c.payload_keys.n, 2);
	assert_true(key_differs(&acme, &bolt));
	/* The same at every start; another one by number or device. */
	device_restart();
	c = claims_now(2);
	again = key_of(&c, "acme");
	assert_false(key_differs(&acme, &again));
	device_with(2);
	c = claims_now(3);
	again = key_of(&c, "acme");
	assert_true(key_differs(&acme, &again));
	secret[0]++;
	device_with(1);
	c = claims_now(4);
	again = key_of(&c, "acme");
	assert_true(key_differs(&acme, &again));
}

static void
no_key(void **state)
{
	struct eat_claims c;

	(void)state;
	device_with(0);
	c = claims_now(1);
	assert_int_equal(c.has & EAT_HAS_PAYLOAD_KEYS, 0);
	device_with(1);
	ports.payloads = NULL;
	device_restart();
	c = claims_now(1);
	assert_int_equal(c.has & EAT_HAS_PAYLOAD_KEYS, 0);
}

/* A scalar that is none is passed over, and the next one taken. */
static unsigned refusals;

static enum err
choosy(const uint8_t d[32], struct agreer *out, struct cose_key *pub)
{
	if (refusals > 0) {
		refusals--;
		memset(out, 0, sizeof(*out));
		return ERR_COSE_KEY;
	}
	return test_agreer_from(d, out, pub);
}

static void
out_of_range(void **state)
{
	struct eat_claims c = claims_now(1);
	struct cose_key usual = key_of(&c, "acme"), next;
	struct teep_message q;
	struct link_frame f;

	(void)state;
	payloads.pair = choosy;
	refusals = 1;
	c = claims_now(2);
	next = key_of(&c, "acme");
	assert_int_equal(refusals, 0);
	assert_true(key_differs(&usual, &next));
	refusals = 100;
	connect_anew();
	q = query(ITEMS_USUAL, nonce32(3), BYTES_NONE);
	f = give_message(query_signed(&q));
	assert_error(&f, teep_err_code(ERR_COSE_KEY), ERR_COSE_KEY);
	assert_int_equal(refusals, 96);
}

/* ---- encrypted to it ----------------------------------------------------- */

static uint8_t ct_room[256], info_room[512];
static struct bytes ct, info;

/* PLAIN to this key. */
static void
seal(const struct cose_key *to)
{
	uint8_t to_kid[KID_LEN], tag_room[CIPHER_TAG];
	struct bytes in = BYTES_LIT(PLAIN), tag;
	struct cose_recipient r = {.alg = ALG_ECDH_ES_A128KW, .key = *to};
	struct cose_sealing s;
	struct cbor_out w;

	assert_ok(cose_key_thumbprint(crypto, to, to_kid));
	r.kid = BYTES_OF(to_kid);
	assert_ok(cose_seal_begin(&s, crypto, ALG_A128GCM));
	w = cbor_into(SPAN_OF(info_room));
	assert_ok(cose_seal_info(&s, &r, 1, COSE_CTX_PAYLOAD, &w));
	assert_ok(cbor_done(&w, &info));
	assert_ok(cose_seal_more(&s, in, (struct span){ct_room, in.n}));
	assert_ok(cose_seal_end(&s, tag_room, &tag));
	memcpy(ct_room + in.n, tag.p, tag.n);
	ct = (struct bytes){ct_room, in.n + tag.n};
	cose_seal_wipe(&s);
}

static void
seal_to(const char *authority)
{
	struct eat_claims c = claims_now(77);
	struct cose_key k = key_of(&c, authority);

	seal(&k);
}

/* Install section of four items: what to open it with, where it is. */
static void
put_sealed(struct section *s, const char *uri)
{
	struct cbor_out *w = section(s);

	cbor_put_uint(w, SUIT_CMD_OVERRIDE);
	cbor_put_map(w, 3);
	cbor_put_uint(w, SUIT_PAR_IMAGE_SIZE);
	cbor_put_uint(w, strlen(PLAIN));
	cbor_put_uint(w, SUIT_PAR_ENCRYPTION_INFO);
	cbor_put_bstr(w, info);
	cbor_put_uint(w, SUIT_PAR_URI);
	cbor_put_text(w, uri);
	cbor_put_uint(w, SUIT_CMD_FETCH);
	cbor_put_uint(w, 2);
}

static struct link_frame
try(const struct sectioned *o, const char *uri)
{
	struct section s;
	struct bytes envelope;
	struct teep_message m;

	put_sealed(&s, uri);
	envelope = with_install(o, &s, 4);
	connect_anew();
	exchange(1);
	m = update(1, 1, &envelope, 1);
	return give_update(&m);
}

static size_t
stored(struct bytes content)
{
	size_t n = 0;

	for (size_t i = 0; i < disk.n_blobs; i++)
		for (size_t k = 0; k + content.n <= disk.blob[i].n; k++)
			n += memcmp(disk.blob[i].p + k, content.p, content.n) ==
			     0;
	return n;
}

/* Neither in the store, nor half written, nor where it passed. */
static void
nothing_left(void)
{
	assert_int_equal(installed("app/hello"), 0);
	assert_int_equal(stored(BYTES_LIT(PLAIN)), 0);
	assert_false(disk.is_open);
	for (size_t i = 0; i < sizeof(plain_room); i++)
		assert_int_equal(plain_room[i], 0);
}

static bool
in(struct bytes hay, struct bytes needle)
{
	for (size_t i = 0; i + needle.n <= hay.n; i++)
		if (memcmp(hay.p + i, needle.p, needle.n) == 0)
			return true;
	return false;
}

/* ---- tests --------------------------------------------------------------- */

static void
integrated(void **state)
{
	struct link_frame f;

	(void)state;
	seal_to("acme");
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_success(&f);
	assert_int_equal(installed("app/hello"), 1);
	assert_int_equal(stored(BYTES_LIT(PLAIN)), 1);
	for (size_t i = 0; i < sizeof(plain_room); i++)
		assert_int_equal(plain_room[i], 0);
}

static void
fetched(void **state)
{
	struct link_frame f;

	(void)state;
	seal_to("acme");
	/* In every way to cut it in two. */
	for (size_t cut = 1; cut < ct.n; cut += 7) {
		f = try(&(struct sectioned){.sequence = cut},
		    "https://cdn.example/x");
		assert_op(&f, LINK_FETCH);
		f = give_data(0, (struct bytes){ct.p, cut}, false);
		assert_op(&f, LINK_FETCH);
		f = give_data(
		    cut, (struct bytes){ct.p + cut, ct.n - cut}, true);
		assert_success(&f);
		assert_int_equal(installed("app/hello"), cut);
		assert_int_equal(stored(BYTES_LIT(PLAIN)), 1);
	}
}

/* Nobody else's manifest has it opened, though he may write the component,
 * nor one of its own signer after his key has changed.  [security 11] */
static void
re_wrapped(void **state)
{
	struct link_frame f;

	(void)state;
	seal_to("acme");
	f = try(&(struct sectioned){.first = ct, .by = K_BOLT}, "#1");
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNDECRYPTABLE);
	nothing_left();
	seal_to("bolt");
	f = try(&(struct sectioned){.first = ct, .by = K_BOLT}, "#1");
	assert_success(&f);
	/* What was sealed to key 1 is lost to key 2. */
	seal_to("acme");
	device_with(2);
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNDECRYPTABLE);
	nothing_left();
}

/* Under no name, and under the right one but wrapped for somebody else. */
static void
wrong_kid(void **state)
{
	struct eat_claims c = claims_now(1);
	struct cose_key bolt = key_of(&c, "bolt");
	uint8_t right[KID_LEN], wrong[KID_LEN];
	struct cose_key acme = key_of(&c, "acme");
	struct link_frame f;
	struct bytes named;

	(void)state;
	assert_ok(cose_key_thumbprint(crypto, &acme, right));
	assert_ok(cose_key_thumbprint(crypto, &bolt, wrong));
	seal(&bolt);
	named = flipped(info, 0);
	((uint8_t *)(uintptr_t)named.p)[0] ^= 1; /* a copy to write in */
	memcpy((uint8_t *)(uintptr_t)named.p + offset_of(info, BYTES_OF(wrong)),
	    right, KID_LEN);
	info = named;
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNDECRYPTABLE);
	nothing_left();
}

static void
wrong_tag(void **state)
{
	struct link_frame f;
	struct bytes good;

	(void)state;
	seal_to("acme");
	good = ct;
	for (size_t at = 0; at < good.n; at += 5) {
		ct = flipped(good, at);
		f = try(&(struct sectioned){.first = ct}, "#1");
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNDECRYPTABLE);
		nothing_left();
		f = try(&(struct sectioned){0}, "https://cdn.example/x");
		f = give_data(0, (struct bytes){ct.p, 16}, false);
		f = give_data(16, (struct bytes){ct.p + 16, ct.n - 16}, true);
		assert_error(&f, TEEP_ERR_MANIFEST, ERR_UNDECRYPTABLE);
		nothing_left();
	}
}

/* Cut off on its way; and the broker gone. */
static void
interrupted(void **state)
{
	struct link_frame f;

	(void)state;
	seal_to("acme");
	f = try(&(struct sectioned){0}, "https://cdn.example/x");
	f = give_data(0, (struct bytes){ct.p, 40}, true);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_SIZE);
	nothing_left();
	f = try(&(struct sectioned){0}, "https://cdn.example/x");
	f = give_data(0, (struct bytes){ct.p, 40}, false);
	assert_op(&f, LINK_FETCH);
	agent_hangup(agent);
	nothing_left();
}

/* Policy gives the signer no key; the device can do nothing of the kind. */
static void
nobodys(void **state)
{
	struct link_frame f;

	(void)state;
	seal_to("acme");
	device_with(0);
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_SIGNER_ACCESS);
	nothing_left();
	device_with(1);
	ports.payloads = NULL;
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_ENCRYPTION);
	nothing_left();
}

/* Neither Evidence nor tc-list nor status nor report tells the digest of what
 * was encrypted; of everything else they do. */
static void
digest_is_told_to_nobody(void **state)
{
	struct bytes plain = BYTES_LIT(PLAIN), open = BYTES_LIT("open");
	uint8_t secret_digest[DIGEST_LEN], open_digest[DIGEST_LEN];
	struct eat_claims c;
	struct link_frame f;
	struct list l;

	(void)state;
	assert_ok(crypto->sha256(&plain, 1, secret_digest));
	assert_ok(crypto->sha256(&open, 1, open_digest));
	seal_to("acme");
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_success(&f);
	install(&(struct manifest_opts){
	    .id = "app/free", .sequence = 1, .payload = open});
	c = claims_now(9);
	assert_true(in(c.measurements.raw, BYTES_LIT("component:app/free")));
	assert_true(in(c.measurements.raw, BYTES_OF(open_digest)));
	assert_false(in(c.measurements.raw, BYTES_LIT("component:app/hello")));
	assert_false(in(c.measurements.raw, BYTES_OF(secret_digest)));
	assert_int_equal(c.manifests.n, 3);
	l = status_list(3);
	assert_true(in(l.raw, BYTES_OF(open_digest)));
	assert_false(in(l.raw, BYTES_OF(secret_digest)));
	/* The record knows, also after a restart. */
	device_restart();
	c = claims_now(10);
	assert_false(in(c.measurements.raw, BYTES_LIT("component:app/hello")));
}

static void
tc_list(void **state)
{
	struct bytes plain = BYTES_LIT(PLAIN);
	uint8_t digest[DIGEST_LEN];
	struct teep_message q, m;
	struct link_frame f;

	(void)state;
	assert_ok(crypto->sha256(&plain, 1, digest));
	seal_to("acme");
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_success(&f);
	connect_anew();
	q = query(TEEP_ITEM_COMPONENTS, BYTES_NONE, nonce32(3));
	f = give_message(query_signed(&q));
	m = reply_message(&f);
	assert_int_equal(m.tc_list.n, 2);
	assert_true(in(m.tc_list.raw, id("app/hello")));
	assert_false(in(m.tc_list.raw, BYTES_OF(digest)));
}

/* A condition that does not hold reports what it found, but not of this. */
static void
not_measured(void **state)
{
	struct bytes plain = BYTES_LIT(PLAIN);
	uint8_t digest[DIGEST_LEN];
	struct suit_report r;
	struct bytes envelope;
	struct teep_message m;
	struct link_frame f;
	struct section s;
	size_t mark;

	(void)state;
	assert_ok(crypto->sha256(&plain, 1, digest));
	seal_to("acme");
	f = try(&(struct sectioned){.first = ct}, "#1");
	assert_success(&f);
	/* The next manifest looks at what the first one brought. */
	(void)section(&s);
	cbor_put_uint(&s.w, SUIT_CMD_OVERRIDE);
	cbor_put_map(&s.w, 1);
	cbor_put_uint(&s.w, SUIT_PAR_IMAGE_DIGEST);
	mark = cbor_wrap_begin(&s.w);
	cbor_put_array(&s.w, 2);
	cbor_put_int(&s.w, ALG_SHA256);
	cbor_put_bstr(&s.w, BYTES_OF(secret));
	cbor_wrap_end(&s.w, mark);
	cbor_put_uint(&s.w, SUIT_CMD_IMAGE_MATCH);
	cbor_put_uint(&s.w, 15);
	envelope = with_install(&(struct sectioned){.sequence = 2}, &s, 4);
	connect_anew();
	exchange(5);
	m = update(5, 5, &envelope, 1);
	f = give_update(&m);
	assert_error(&f, TEEP_ERR_MANIFEST, ERR_IMAGE_DIGEST);
	m = reply_message(&f);
	r = report_at(&m, 0, true);
	assert_false(in(r.records.raw, BYTES_OF(digest)));
	assert_int_equal(installed("app/hello"), 1);
}

/* Start app/hello by a call. */
static void
call(void)
{
	struct link_frame f = give((struct link_frame){
	    .op = LINK_CALL, .component = id("app/hello"), .number = 1000});

	assert_result(&f, OK);
}

/* An application gets what its own authority has installed as its data, and
 * is started anew when that changes or goes. */
static void
data_of_an_application(void **state)
{
	struct bytes plain = BYTES_LIT(PLAIN);
	struct teep_message m;
	struct link_frame f;

	(void)state;
	install(&(struct manifest_opts){.id = "app/hello",
	    .sequence = 1,
	    .payload = text("image"),
	    .invoke = true});
	call();
	assert_int_equal(app.data_n, 0);
	seal_to("acme");
	f = try(&(struct sectioned){.id = "app/hello/data", .first = ct}, "#1");
	assert_success(&f);
	assert_false(app.running);
	call();
	assert_int_equal(app.starts, 2);
	assert_int_equal(app.data_n, plain.n);
	assert_memory_equal(app.data, plain.p, plain.n);
	/* Nothing of it stays in the agent's memory. */
	assert_false(in((struct bytes){work, sizeof(work)}, plain));
	/* Other data. */
	install(&(struct manifest_opts){
	    .id = "app/hello/data", .sequence = 2, .payload = text("open")});
	assert_false(app.running);
	call();
	assert_int_equal(app.data_n, 4);
	/* None any more. */
	connect_anew();
	exchange(7);
	m = update(7, 7, NULL, 0);
	add_unneeded(&m, "app/hello/data");
	f = give_update(&m);
	assert_success(&f);
	assert_false(app.running);
	call();
	assert_int_equal(app.data_n, 0);
}

/* Who may write beneath another's application lays no data before it. */
static void
data_of_another(void **state)
{
	struct link_frame f;

	(void)state;
	install(&(struct manifest_opts){.id = "app/hello",
	    .sequence = 1,
	    .payload = text("image"),
	    .invoke = true});
	seal_to("bolt");
	f = try(
	    &(struct sectioned){
		.id = "app/hello/data", .first = ct, .by = K_BOLT},
	    "#1");
	assert_success(&f);
	call();
	assert_int_equal(app.starts, 1);
	assert_int_equal(app.data_n, 0);
}

/* Larger than one piece: said, not cut. */
static void
data_too_long(void **state)
{
	static uint8_t big[LINK_CALL_MAX + 1];
	struct link_frame f;

	(void)state;
	install(&(struct manifest_opts){.id = "app/hello",
	    .sequence = 1,
	    .payload = text("image"),
	    .invoke = true});
	install(&(struct manifest_opts){
	    .id = "app/hello/data", .sequence = 1, .payload = BYTES_OF(big)});
	f = give((struct link_frame){
	    .op = LINK_CALL, .component = id("app/hello"), .number = 1000});
	assert_result(&f, ERR_TOO_LONG);
	assert_int_equal(app.starts, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_key_for_each, setup, device_free),
	    cmocka_unit_test_setup_teardown(no_key, setup, device_free),
	    cmocka_unit_test_setup_teardown(out_of_range, setup, device_free),
	    cmocka_unit_test_setup_teardown(integrated, setup, device_free),
	    cmocka_unit_test_setup_teardown(fetched, setup, device_free),
	    cmocka_unit_test_setup_teardown(re_wrapped, setup, device_free),
	    cmocka_unit_test_setup_teardown(wrong_kid, setup, device_free),
	    cmocka_unit_test_setup_teardown(wrong_tag, setup, device_free),
	    cmocka_unit_test_setup_teardown(interrupted, setup, device_free),
	    cmocka_unit_test_setup_teardown(nobodys, setup, device_free),
	    cmocka_unit_test_setup_teardown(
		digest_is_told_to_nobody, setup, device_free),
	    cmocka_unit_test_setup_teardown(
		data_of_an_application, setup, device_free),
	    cmocka_unit_test_setup_teardown(
		data_of_another, setup, device_free),
	    cmocka_unit_test_setup_teardown(data_too_long, setup, device_free),
	    cmocka_unit_test_setup_teardown(tc_list, setup, device_free),
	    cmocka_unit_test_setup_teardown(not_measured, setup, device_free),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
