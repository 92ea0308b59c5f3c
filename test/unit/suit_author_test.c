/* suit_author: what is written opens and runs. */
#include "suit_fake.h"

static struct bench b;

static struct suit_recipe
recipe(struct bytes payload, uint8_t digest[DIGEST_LEN])
{
	struct suit_recipe r = {.sequence = 3,
	    .component = cbor("['ta','x']"),
	    .size = payload.n,
	    .payload = payload,
	    .uri = BYTES_LIT("#p")};

	assert_int_equal(test_crypto()->sha256(&payload, 1, digest), OK);
	r.digest = (struct bytes){digest, DIGEST_LEN};
	r.vendor = (struct bytes){cbor(VENDOR).p + 1, 16};
	r.class_id = (struct bytes){cbor(CLASS).p + 1, 16};
	return r;
}

/* Author it, measure it, sign it. */
static struct bytes
author_it(const struct suit_recipe *r)
{
	uint8_t *room = pool_take(4096), *signed_room = pool_take(4096);
	struct cbor_out w = cbor_into((struct span){room, 4096});
	struct cbor_out measure = cbor_measure();
	struct cbor_out tight;
	struct signer s = author();
	struct bytes out, signed_out;
	struct suit_manifest m;

	assert_int_equal(suit_author(&w, test_crypto(), r), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(suit_author(&measure, test_crypto(), r), OK);
	assert_int_equal(measure.at, out.n);
	tight = cbor_into((struct span){signed_room, out.n - 1});
	assert_int_equal(suit_author(&tight, test_crypto(), r), ERR_ROOM);
	assert_int_equal(open_it(out, &m, NULL), ERR_UNSIGNED);
	w = cbor_into((struct span){signed_room, 4096});
	assert_int_equal(suit_author_sign(&w, test_crypto(), out, &s), OK);
	assert_int_equal(cbor_done(&w, &signed_out), OK);
	test_signer_free(&s);
	return signed_out;
}

/* The maps of one item, and of what it wraps, are in order. */
static size_t
maps_in_order(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct bytes prev = BYTES_NONE;
	size_t n, maps = 0, at;

	(void)cbor_tag_if(&r, TAG_SUIT_ENVELOPE);
	if (cbor_peek(&r) == CBOR_BSTR) {
		struct bytes inside = cbor_bstr(&r, 0, LEN_ANY);

		return inside.n > 0 && cbor_check(inside, &at) == OK
			   ? maps_in_order(inside)
			   : 0;
	}
	if (cbor_peek(&r) == CBOR_ARRAY) {
		n = cbor_array_any(&r, 0, LEN_ANY);
		for (size_t i = 0; i < n; i++)
			maps += maps_in_order(cbor_raw(&r, CBOR_ANY));
		return maps;
	}
	if (cbor_peek(&r) != CBOR_MAP)
		return 0;
	n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);
	for (size_t i = 0; i < n; i++) {
		struct bytes key = cbor_raw(&r, CBOR_ANY);

		assert_true(i == 0 || bytes_order(key, prev) > 0);
		prev = key;
		maps += maps_in_order(cbor_raw(&r, CBOR_ANY));
	}
	assert_int_equal(r.err, OK);
	return maps + 1;
}

/* [RFC 8949 4.2.1] */
static void
sorted_maps(void **state)
{
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r;

	(void)state;
	pool.used = 0;
	fake_make(&b.fake);
	r = recipe(BYTES_LIT("payload"), digest);
	r.invoke = true;
	r.args = BYTES_LIT("-v");
	r.text_version = BYTES_LIT("1.2");
	r.reference_uri = BYTES_LIT("https://m");
	/* envelope, manifest, common, five of parameters and of text */
	assert_in_range(maps_in_order(author_it(&r)), 8, 12);
}

static void
integrated(void **state)
{
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r;

	(void)state;
	pool.used = 0;
	fake_make(&b.fake);
	r = recipe(BYTES_LIT("payload"), digest);
	r.invoke = true;
	r.args = BYTES_LIT("-v");
	r.text_version = BYTES_LIT("1.2");
	r.reference_uri = BYTES_LIT("https://m");
	r.manifest_id = cbor("['manifest']");
	assert_int_equal(
	    bench_run(&b, author_it(&r), SUIT_DO_UPDATE), SUIT_DONE);
	assert_string_equal(b.fake.log, "begin ta 7;end;");
	assert_int_equal(b.m.sequence, 3);
	assert_true(bytes_same(b.m.component_id, r.manifest_id));
	assert_true(bytes_same(b.m.uri, r.reference_uri));
	assert_true(b.m.text.n > 0);
	assert_int_equal(suit_start(&b.run, test_crypto(), &b.fake.host, &b.m,
			     SUIT_DO_INVOKE),
	    OK);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_string_equal(
	    b.fake.log, "begin ta 7;end;digest ta;invoke ta '-v';");
	assert_int_equal(suit_start(&b.run, test_crypto(), &b.fake.host, &b.m,
			     SUIT_DO_UNINSTALL),
	    OK);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_null(fake_content_of(&b.fake, "ta"));
}

static void
by_uri(void **state)
{
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r;

	(void)state;
	pool.used = 0;
	fake_make(&b.fake);
	r = recipe(BYTES_LIT("payload"), digest);
	r.uri = BYTES_LIT("https://x/p");
	r.payload = BYTES_NONE;
	assert_int_equal(
	    bench_run(&b, author_it(&r), SUIT_DO_UPDATE), SUIT_WANT_FETCH);
	assert_int_equal(b.ask.limit, 7);
	suit_give(&b.run, BYTES_LIT("payload"), true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_true(bytes_same(b.m.component_id, r.component));
}

static void
by_content(void **state)
{
	uint8_t digest[DIGEST_LEN];
	struct suit_recipe r;

	(void)state;
	pool.used = 0;
	fake_make(&b.fake);
	r = recipe(BYTES_LIT("cfg"), digest);
	r.content = r.payload;
	r.vendor = BYTES_NONE;
	r.class_id = BYTES_NONE;
	assert_int_equal(
	    bench_run(&b, author_it(&r), SUIT_DO_UPDATE), SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "ta"), "cfg");
	assert_null(suit_payload(&b.m, BYTES_LIT("#p")).p);
}

static void
bad_recipes(void **state)
{
	uint8_t digest[DIGEST_LEN], room[1024];
	struct suit_recipe good, r;
	struct cbor_out w;

	(void)state;
	pool.used = 0;
	good = recipe(BYTES_LIT("payload"), digest);
#define REFUSED(e, change)                                               \
	do {                                                             \
		r = good;                                                \
		change;                                                  \
		w = cbor_into(SPAN_OF(room));                            \
		assert_int_equal(suit_author(&w, test_crypto(), &r), e); \
	} while (0)
	REFUSED(OK, (void)0);
	REFUSED(ERR_IMAGE_SIZE, r.size = 8);
	REFUSED(ERR_RANGE, r.digest.n = 31);
	REFUSED(ERR_RANGE, r.vendor.n = 15);
	REFUSED(ERR_RANGE, r.class_id.n = 17);
	REFUSED(ERR_MISSING, r.uri = BYTES_NONE);
	REFUSED(ERR_URI, r.payload = BYTES_NONE);
	REFUSED(ERR_RANGE, r.component = cbor("['']"));
	REFUSED(ERR_TYPE, r.manifest_id = cbor("'a'"));
#undef REFUSED
}

/* Nobody signs what does not match its digest, nor without end. */
static void
signing(void **state)
{
	struct bytes in = suit_file("m0-secure-boot.unsigned.suit");
	uint8_t *copy, room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct signer s = author();
	struct suit_manifest m;

	(void)state;
	copy = pool_take(in.n);
	memcpy(copy, in.p, in.n);
	assert_int_equal(suit_parse(in, &m, NULL), OK);
	copy[m.manifest.p - in.p + 4] ^= 1; /* the sequence number */
	assert_int_equal(
	    suit_author_sign(&w, test_crypto(), (struct bytes){copy, in.n}, &s),
	    ERR_MANIFEST_DIGEST);
	assert_int_equal(w.at, 0);
	assert_int_equal(suit_author_sign(&w, test_crypto(), in, &s), OK);
	assert_int_equal(open_it((struct bytes){room, w.at}, &m, NULL), OK);
	assert_int_equal(
	    suit_author_sign(&w, test_crypto(), (struct bytes){room, w.at}, &s),
	    ERR_EXISTS);
	test_signer_free(&s);
}

/* The one key of a MAC ring. */
static enum err
mac_find(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)kid;
	*out = *(const struct cose_key *)ctx;
	return alg == ALG_HMAC256 && nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

/* A MAC stands beside signatures, once for each key. */
static void
macs(void **state)
{
	struct bytes in = suit_file("m0-secure-boot.unsigned.suit"), once;
	struct cose_key key = {.kty = KTY_SYMMETRIC, .x = {1, 2, 3}};
	const struct keyring ring = {&key, mac_find};
	uint8_t room[4096], again[4096], kid[KID_LEN];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct suit_manifest m;
	struct signer s = author();
	uint8_t other[32] = {9};

	(void)state;
	assert_int_equal(
	    suit_author_mac(&w, test_crypto(), in, key.x, BYTES_LIT("name")),
	    OK);
	assert_int_equal(cbor_done(&w, &once), OK);
	assert_int_equal(suit_open(test_crypto(), &ring, once, &m, NULL), OK);
	assert_int_equal(cose_mac_thumbprint(test_crypto(), &key, kid), OK);
	assert_int_equal(m.n_signers, 1);
	assert_memory_equal(m.signer[0], kid, KID_LEN);
	w = cbor_into(SPAN_OF(again));
	assert_int_equal(
	    suit_author_mac(&w, test_crypto(), once, key.x, BYTES_NONE),
	    ERR_EXISTS);
	w = cbor_into(SPAN_OF(again));
	assert_int_equal(
	    suit_author_mac(&w, test_crypto(), once, other, BYTES_NONE), OK);
	w = cbor_into(SPAN_OF(again));
	assert_int_equal(suit_author_sign(&w, test_crypto(), once, &s), OK);
	assert_int_equal(open_it((struct bytes){again, w.at}, &m, NULL), OK);
	key.x[31] ^= 1;
	assert_int_not_equal(
	    suit_open(test_crypto(), &ring, once, &m, NULL), OK);
	test_signer_free(&s);
}

static void
eight_signers(void **state)
{
	struct bytes env = suit_file("m0-secure-boot.unsigned.suit");
	struct bytes pem;
	uint8_t pem_room[TEST_PEM_MAX];

	(void)state;
	for (size_t i = 0; i <= SUIT_SIGNERS_MAX; i++) {
		struct cbor_out w =
		    cbor_into((struct span){pool_take(4096), 4096});
		struct signer s;
		enum err e;

		assert_int_equal(
		    test_key_generate(
			i % 2 && has_ed25519() ? CRV_ED25519 : CRV_P256,
			SPAN_OF(pem_room), &pem, NULL),
		    OK);
		assert_int_equal(test_signer_load(pem, &s), OK);
		e = suit_author_sign(&w, test_crypto(), env, &s);
		test_signer_free(&s);
		assert_int_equal(e, i < SUIT_SIGNERS_MAX ? OK : ERR_LIMIT);
		if (e == OK)
			assert_int_equal(cbor_done(&w, &env), OK);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sorted_maps),
	    cmocka_unit_test(integrated),
	    cmocka_unit_test(by_uri),
	    cmocka_unit_test(by_content),
	    cmocka_unit_test(bad_recipes),
	    cmocka_unit_test(signing),
	    cmocka_unit_test(macs),
	    cmocka_unit_test(eight_signers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
