/*
 * logs: what a policy wants to see in a transparency log is not installed
 * before it is there.                          [RFC 9942; docs/policy.md]
 */
#include "agent_fake.h"

#define LOG   K_STRANGER
#define OTHER K_DEVICE2

static int
setup(void **state)
{
	(void)state;
	device(&(struct policy_opts){.log = LOG});
	return 0;
}

static struct bytes
hello(uint64_t sequence, unsigned signers)
{
	return manifest(&(struct manifest_opts){.id = "app/hello",
	    .sequence = sequence,
	    .payload = text("hello"),
	    .signers = signers});
}

/* The root of a log whose entries are those two, or the first alone. */
static void
root_of(struct bytes one, const uint8_t *sibling, uint8_t root[DIGEST_LEN])
{
	uint8_t leaf[DIGEST_LEN];
	struct bytes part[3] = {
	    BYTES_LIT("\x01"), BYTES_OF(leaf), {sibling, DIGEST_LEN}};

	assert_ok(cose_receipt_leaf(crypto, one, leaf));
	if (sibling != NULL)
		assert_ok(crypto->sha256(part, 3, root));
	else
		memcpy(root, leaf, DIGEST_LEN);
}

/* The log's word that it has this entry, left of the sibling. */
static struct bytes
receipt(enum key_name log, struct bytes entry, const uint8_t *sibling)
{
	uint8_t root[DIGEST_LEN], signed_room[256], proof_room[128];
	struct cbor_out w = cbor_into(SPAN_OF(signed_room));
	struct cose_signed s;
	struct bytes out;

	root_of(entry, sibling, root);
	assert_ok(cose_sign1_write_prot(&w, &keys[log].s,
	    BYTES_LIT("\xa2\x01\x28\x19\x01\x8b\x01"), BYTES_OF(root),
	    (unsigned)WRITE_TAGGED | WRITE_DETACHED));
	assert_ok(cbor_done(&w, &out));
	assert_ok(cose_signed_read(out, ACCEPT_SIGN1, &s, NULL));
	w = cbor_into(SPAN_OF(proof_room));
	cbor_put_array(&w, 3);
	cbor_put_uint(&w, sibling != NULL ? 2 : 1);
	cbor_put_uint(&w, 0);
	cbor_put_array(&w, sibling != NULL);
	if (sibling != NULL)
		cbor_put_bstr(&w, (struct bytes){sibling, DIGEST_LEN});
	assert_ok(cbor_done(&w, &out));
	w = begin();
	cbor_put_tag(&w, TAG_SIGN1);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, s.prot);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 396);
	cbor_put_map(&w, 1);
	cbor_put_int(&w, -1);
	cbor_put_array(&w, 1);
	cbor_put_bstr(&w, out);
	cbor_put_null(&w);
	cbor_put_bstr(&w, s.sig);
	return end(&w);
}

/* The first block with these receipts in its unprotected headers. */
static struct bytes
block_with(struct bytes block, const struct bytes *receipts, size_t n)
{
	struct cose_signed s;
	struct cbor_out w = begin();

	assert_ok(cose_signed_read(block, ACCEPT_SIGN1, &s, NULL));
	cbor_put_tag(&w, TAG_SIGN1);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, s.prot);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 4);
	cbor_put_bstr(&w, s.kid);
	cbor_put_uint(&w, 394);
	cbor_put_array(&w, n);
	for (size_t i = 0; i < n; i++)
		cbor_put_bstr(&w, receipts[i]);
	cbor_put_null(&w);
	cbor_put_bstr(&w, s.sig);
	return end(&w);
}

static struct bytes
with(struct bytes envelope, const struct bytes *receipts, size_t n)
{
	struct bytes digest, block, wrapper, out;
	struct suit_manifest m;
	struct cbor_out w;
	struct cbor_in r;
	size_t blocks, pairs;

	assert_ok(suit_parse(envelope, &m, NULL));
	r = cbor_open(m.wrapper);
	blocks = cbor_array_any(&r, 2, 9);
	digest = cbor_raw(&r, CBOR_BSTR);
	block = block_with(cbor_bstr(&r, 0, LEN_ANY), receipts, n);
	w = begin();
	cbor_put_array(&w, blocks);
	cbor_put_raw(&w, digest);
	cbor_put_bstr(&w, block);
	for (size_t i = 2; i < blocks; i++)
		cbor_put_raw(&w, cbor_raw(&r, CBOR_BSTR));
	wrapper = end(&w);
	r = cbor_open(m.envelope);
	pairs = cbor_map_any(&r, 2, 9);
	w = begin();
	cbor_put_tag(&w, TAG_SUIT_ENVELOPE);
	cbor_put_map(&w, pairs);
	for (size_t i = 0; i < pairs; i++) {
		struct bytes key = cbor_raw(&r, CBOR_ANY);

		out = cbor_raw(&r, CBOR_ANY);
		cbor_put_raw(&w, key);
		if (bytes_same(key, BYTES_LIT("\x02")))
			cbor_put_bstr(&w, wrapper);
		else
			cbor_put_raw(&w, out);
	}
	assert_ok(cbor_close(&r));
	return end(&w);
}

static struct bytes
digest_of(struct bytes envelope, uint8_t room[DIGEST_LEN])
{
	struct suit_manifest m;

	assert_ok(suit_parse(envelope, &m, NULL));
	memcpy(room, m.digest, DIGEST_LEN);
	return (struct bytes){room, DIGEST_LEN};
}

static struct link_frame
try(struct bytes envelope)
{
	static uint8_t at = 1;
	struct teep_message m;

	at++;
	connect_anew();
	exchange(at);
	m = update(at, at, &envelope, 1);
	return give_update(&m);
}

static void
refused(struct bytes envelope, enum err e)
{
	struct link_frame f = try(envelope);

	assert_int_equal(reply_message(&f).type, TEEP_ERROR);
	assert_string_equal(last_reason, err_name(e));
	assert_string_equal(last_what, "receipt");
	assert_int_equal(installed("app/hello"), 0);
}

static void
logged(void **state)
{
	uint8_t room[DIGEST_LEN], sibling[DIGEST_LEN] = {7};
	struct bytes plain = hello(3, 0), d = digest_of(plain, room), r[3];
	struct link_frame f;

	(void)state;
	refused(plain, ERR_MISSING);
	/* of a log that policy does not name */
	r[0] = receipt(OTHER, d, NULL);
	refused(with(plain, r, 1), ERR_SIGNATURE);
	/* of something else */
	r[1] = receipt(LOG, text("another entry"), NULL);
	refused(with(plain, r, 2), ERR_SIGNATURE);
	r[2] = BYTES_LIT("no receipt");
	refused(with(plain, r, 3), ERR_TRUNCATED);
	/* one is enough, and where it stands in the tree is the log's affair */
	r[2] = receipt(LOG, d, sibling);
	f = try(with(plain, r, 3));
	assert_success(&f);
	assert_int_equal(installed("app/hello"), 3);
	/* nobody else has to, and once is enough */
	f = try(manifest(&(struct manifest_opts){.id = "app/bolt",
	    .sequence = 1,
	    .payload = text("bolt"),
	    .signers = 1u << K_BOLT}));
	assert_success(&f);
	assert_int_equal(installed("app/bolt"), 1);
}

/* Every flipped bit of a receipt. */
static void
flips(void **state)
{
	uint8_t room[DIGEST_LEN], sibling[DIGEST_LEN] = {9};
	struct bytes plain = hello(3, 0), d = digest_of(plain, room);
	struct bytes good = receipt(LOG, d, sibling), bad, one;
	size_t mark = scratch_used, n = 0;
	struct link_frame f;

	(void)state;
	for (size_t i = 0; i < good.n; i++) {
		bad = flipped(good, i);
		one = with(plain, &bad, 1);
		f = try(one);
		assert_int_equal(reply_message(&f).type, TEEP_ERROR);
		assert_string_equal(last_what, "receipt");
		scratch_used = mark;
		n++;
	}
	assert_true(n > 100);
	assert_int_equal(installed("app/hello"), 0);
}

static void
policies(void **state)
{
	struct policy_opts o = {.log = LOG};
	static struct policy p;
	struct agent_ports none = ports;
	struct why why;

	(void)state;
	assert_ok(policy_read(crypto, policy_object(&o), &p, &why));
	assert_int_equal(p.logs.n, 1);
	assert_true(p.signer[0].logged);
	assert_false(p.signer[1].logged);
	assert_ok(policy_link(&p, &ports, &why));
	/* a device that cannot ask a log takes no policy with one */
	none.logs = NULL;
	assert_err(policy_link(&p, &none, &why), ERR_CANNOT);
	assert_string_equal(why.what, "logs");
	/* a log's key is nobody else's */
	o.log = K_ACME;
	assert_err(
	    policy_read(crypto, policy_object(&o), &p, &why), ERR_KEY_PURPOSE);
	o.log = LOG;
	o.twice = LOG;
	assert_err(
	    policy_read(crypto, policy_object(&o), &p, &why), ERR_KEY_PURPOSE);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, device_free)
	const struct CMUnitTest tests[] = {
	    T(logged),
	    T(flips),
	    T(policies),
	};

	return cmocka_run_group_tests(tests, keys_make, keys_free);
}
