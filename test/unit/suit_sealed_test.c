/*
 * suit_sealed_test: content that comes encrypted: written, fetched and
 * copied; in every split; and what never becomes visible.
 */
#include "suit_fake.h"

static struct bench b;

#define PLAIN "a secret for this device and no other one"

static const uint8_t kek[16] = {3, 1, 4, 1, 5};

/* Ciphertext and encryption-info of PLAIN, in hex. */
static char *ct_hex, *info_hex;
static uint8_t ct[128], plain_room[64];
static size_t ct_n;

static enum err
opener(void *ctx, const struct suit_manifest *by, size_t nth,
    struct cose_opener *out)
{
	struct fake *f = ctx;

	assert_ptr_equal(by, &b.m);
	fake_log(f, "key %zu;", nth);
	/* The first one is not the right one. */
	static const uint8_t other[16] = {9};

	if (nth > 1)
		return ERR_UNKNOWN_KEY;
	*out = (struct cose_opener){
	    .kek = nth == 0 ? BYTES_OF(other) : BYTES_OF(kek)};
	return OK;
}

static enum err
no_right(void *ctx, const struct suit_manifest *by, size_t nth,
    struct cose_opener *out)
{
	(void)ctx;
	(void)by;
	(void)nth;
	(void)out;
	return ERR_SIGNER_ACCESS;
}

static enum err
read_piece(void *ctx, struct bytes id, uint64_t at, struct bytes *piece)
{
	struct fake_slot *s = fake_slot(ctx, id);
	size_t n = s->n - at < 5 ? s->n - (size_t)at : 5;

	*piece = (struct bytes){(const uint8_t *)s->content + at, n};
	return OK;
}

static void
seal(int32_t alg)
{
	const struct cose_recipient to = {
	    .alg = ALG_A128KW, .kek = BYTES_OF(kek)};
	uint8_t room[256], tag_room[CIPHER_TAG];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes tag, info, in = BYTES_LIT(PLAIN);
	struct cose_sealing s;

	pool.used = 0;
	assert_int_equal(cose_seal_begin(&s, test_crypto(), alg), OK);
	assert_int_equal(cose_seal_info(&s, &to, 1, COSE_CTX_PAYLOAD, &w), OK);
	assert_int_equal(cbor_done(&w, &info), OK);
	assert_int_equal(cose_seal_more(&s, in, (struct span){ct, in.n}), OK);
	assert_int_equal(cose_seal_end(&s, tag_room, &tag), OK);
	memcpy(ct + in.n, tag.p, tag.n);
	ct_n = in.n + tag.n;
	cose_seal_wipe(&s);
	ct_hex = (char *)(uintptr_t)hexed((struct bytes){ct, ct_n});
	info_hex = (char *)(uintptr_t)hexed(info);
}

static int
setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof(b));
	fake_make(&b.fake);
	b.fake.host.opener = opener;
	b.fake.host.read = read_piece;
	b.fake.host.plain_room = SPAN_OF(plain_room);
	memset(plain_room, 0, sizeof(plain_room));
	seal(ALG_A128GCM);
	return 0;
}

/* Run install with these parameters of component a and these commands. */
static enum suit_state
install(const char *pars, const char *commands)
{
	struct bytes m = cbor(MANIFEST("['a'],['c']", "[]",
				  "20:<<[12,0, 20,{%s 19:h'%s'}, %s]>>"),
	    pars, info_hex, commands);

	b.fake.log[0] = 0;
	return bench_run(&b, envelope(m, "", 0), SUIT_DO_UPDATE);
}

/* Nothing of it is in the device, nor in the room it was decrypted in. */
static void
nothing_left(void)
{
	assert_null(fake_content_of(&b.fake, "a"));
	assert_null(b.fake.open);
	for (size_t i = 0; i < sizeof(plain_room); i++)
		assert_int_equal(plain_room[i], 0);
	assert_false(b.run.opening.running);
}

static void
written(void **state)
{
	static const int32_t algs[] = {ALG_A128GCM, ALG_A128CTR};
	char pars[512];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		seal(algs[i]);
		(void)snprintf(pars, sizeof(pars), "18:h'%s',", ct_hex);
		assert_int_equal(install(pars, "18,2"), SUIT_DONE);
		assert_string_equal(fake_content_of(&b.fake, "a"), PLAIN);
		assert_string_equal(b.fake.log, "key 0;key 1;begin a 41;end;");
		assert_true(b.run.slot[0].vouched && b.run.slot[0].foreign);
		assert_int_equal(b.run.slot[0].size, strlen(PLAIN));
		for (size_t k = 0; k < sizeof(plain_room); k++)
			assert_int_equal(plain_room[k], 0);
	}
}

/* The draft's own, by agreement. */
static struct agreer recipient;

static enum err
recipient_of(void *ctx, const struct suit_manifest *by, size_t nth,
    struct cose_opener *out)
{
	(void)ctx;
	(void)by;
	*out = (struct cose_opener){
	    .kid = BYTES_LIT("kid-2"), .agree = &recipient};
	return nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

static void
draft_example(void **state)
{
	char pem[1024];
	FILE *f =
	    fopen(VECTORS "/cose/key-ecdh-recipient-kid-2.priv.pem", "rb");
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	assert_int_equal(
	    test_agreer_load((struct bytes){(uint8_t *)pem, n}, &recipient),
	    OK);
	b.fake.host.opener = recipient_of;
	assert_int_equal(
	    bench_run(&b, suit_file("fe-esdh-write.suit"), SUIT_DO_UPDATE),
	    SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "decrypted-firmware"),
	    "This is a real firmware image.");
	test_agreer_free(&recipient);
}

/* The symmetric profile: one key authenticates, another one decrypts; both
 * are 'a' many times in the drafts. */
static const uint8_t key_a[32] = {0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61,
    0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61,
    0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61,
    0x61};

static enum err
mac_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	(void)ctx;
	(void)kid;
	if (alg != ALG_HMAC256 || nth > 0)
		return ERR_UNKNOWN_KEY;
	*out = (struct cose_key){.kty = KTY_SYMMETRIC};
	memcpy(out->x, key_a, 32);
	return OK;
}

static enum err
kek_of(void *ctx, const struct suit_manifest *by, size_t nth,
    struct cose_opener *out)
{
	(void)ctx;
	(void)by;
	*out =
	    (struct cose_opener){.kid = BYTES_LIT("kid-1"), .kek = {key_a, 16}};
	return nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

static void
draft_symmetric(void **state)
{
	static const char *const files[] = {
	    "fe-aeskw-write.suit", "fe-aeskw-copy.suit", "fe-aeskw-slot.suit"};
	const struct keyring ring = {NULL, mac_key};
	uint8_t payload[64];
	FILE *f = fopen(VECTORS "/cose/fe-payload-aeskw-a128gcm.bin", "rb");
	size_t n;

	(void)state;
	assert_non_null(f);
	n = fread(payload, 1, sizeof(payload), f);
	(void)fclose(f);
	b.fake.host.opener = kek_of;
	for (size_t i = 0; i < 3; i++) {
		struct bytes env = suit_file(files[i]);
		struct why why;
		const char *got;

		assert_int_equal(
		    suit_open(test_crypto(), &ring, env, &b.m, &why), OK);
		if (i == 2) /* components 00 and 01: no names to the fake */
			break;
		assert_int_equal(suit_start(&b.run, test_crypto(), &b.fake.host,
				     &b.m, SUIT_DO_UPDATE),
		    OK);
		if (suit_next(&b.run, &b.ask) == SUIT_WANT_FETCH)
			suit_give(&b.run, (struct bytes){payload, n}, true);
		if (suit_next(&b.run, &b.ask) != SUIT_DONE)
			fail_msg("%s: %s", files[i], err_name(b.run.why.err));
		got = fake_content_of(&b.fake, "decrypted-firmware");
		if (got == NULL)
			got = fake_content_of(&b.fake, "plaintext-firmware");
		if (got == NULL)
			fail_msg("%s: %s", files[i], b.fake.log);
		assert_string_equal(got, "This is a real firmware image.");
	}
}

/* Every split of what comes gives the same. */
static void
fetched(void **state)
{
	static const char digest[] = "14:41, 21:\"https://x/\",";

	(void)state;
	for (size_t cut = 0; cut <= ct_n; cut++) {
		struct bytes one = {ct, cut}, two = {ct + cut, ct_n - cut};

		assert_int_equal(install(digest, "21,2"), SUIT_WANT_FETCH);
		assert_int_equal(b.ask.limit, ct_n);
		suit_give(&b.run, one, false);
		assert_null(fake_content_of(&b.fake, "a"));
		suit_give(&b.run, two, true);
		assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
		assert_string_equal(fake_content_of(&b.fake, "a"), PLAIN);
		assert_true(b.run.slot[0].vouched);
		fake_slot(&b.fake, cbor("['a']"))->there = false;
		seal(ALG_A128GCM);
	}
}

static void
every_bit(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < 8 * ct_n; bit += 7) {
		assert_int_equal(install("14:41, 21:\"https://x/\",", "21,2"),
		    SUIT_WANT_FETCH);
		ct[bit / 8] ^= (uint8_t)(1u << bit % 8);
		suit_give(&b.run, (struct bytes){ct, ct_n}, true);
		assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
		assert_int_equal(b.run.why.err, ERR_UNDECRYPTABLE);
		nothing_left();
		seal(ALG_A128GCM);
	}
	/* Cut short, and too long. */
	assert_int_equal(
	    install("14:41, 21:\"https://x/\",", "21,2"), SUIT_WANT_FETCH);
	suit_give(&b.run, (struct bytes){ct, ct_n - 1}, true);
	assert_int_equal(b.run.why.err, ERR_IMAGE_SIZE);
	nothing_left();
	assert_int_equal(
	    install("14:41, 21:\"https://x/\",", "21,2"), SUIT_WANT_FETCH);
	suit_give(&b.run, (struct bytes){ct, ct_n}, false);
	suit_give(&b.run, BYTES_LIT("x"), true);
	assert_int_equal(b.run.why.err, ERR_IMAGE_SIZE);
	nothing_left();
}

/* The exchange ends in the middle. */
static void
given_up(void **state)
{
	(void)state;
	assert_int_equal(
	    install("14:41, 21:\"https://x/\",", "21,2"), SUIT_WANT_FETCH);
	suit_give(&b.run, (struct bytes){ct, 40}, false);
	suit_fail(&b.run, ERR_FETCH);
	assert_int_equal(b.run.why.err, ERR_FETCH);
	nothing_left();
}

static void
counter_mode(void **state)
{
	char pars[512];

	(void)state;
	/* No tag and no digest: nobody vouches for what a network sends. */
	seal(ALG_A128CTR);
	assert_int_equal(
	    install("14:41, 21:\"https://x/\",", "21,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_NEEDS);
	nothing_left();
	seal(ALG_A128CTR);
	(void)snprintf(pars, sizeof(pars), "3:%s, 14:41, 21:\"https://x/\",",
	    digest_of(PLAIN));
	assert_int_equal(install(pars, "21,2"), SUIT_WANT_FETCH);
	suit_give(&b.run, (struct bytes){ct, ct_n}, true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "a"), PLAIN);
	fake_slot(&b.fake, cbor("['a']"))->there = false;
	assert_int_equal(install(pars, "21,2"), SUIT_WANT_FETCH);
	ct[3] ^= 1;
	suit_give(&b.run, (struct bytes){ct, ct_n}, true);
	assert_int_equal(b.run.why.err, ERR_IMAGE_DIGEST);
	nothing_left();
}

static void
copied(void **state)
{
	struct fake_slot *from = fake_slot(&b.fake, cbor("['c']"));

	(void)state;
	memcpy(from->content, ct, ct_n);
	from->n = ct_n;
	from->there = true;
	assert_int_equal(install("14:41, 22:1,", "22,2"), SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "a"), PLAIN);
	assert_true(b.run.slot[0].vouched);
	fake_slot(&b.fake, cbor("['a']"))->there = false;
	seal(ALG_A128GCM); /* another key than that ciphertext's */
	assert_int_equal(install("14:41, 22:1,", "22,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_UNDECRYPTABLE);
	nothing_left();
	assert_int_equal(install("14:42, 22:1,", "22,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_IMAGE_SIZE);
}

/* Match the ciphertext in c, do as said, and copy it. */
static const char *
matched_and(const char *more)
{
	const struct bytes in = {ct, ct_n};
	char *text = pool_take(256);
	uint8_t digest[DIGEST_LEN];

	assert_int_equal(test_crypto()->sha256(&in, 1, digest), OK);
	(void)snprintf(text, 256,
	    "12,1, 20,{3:<<[-16,h'%s']>>,14:%zu,21:\"https://x/\"}, 3,15, "
	    "%s 12,0, 22,2",
	    hexed(BYTES_OF(digest)), ct_n, more);
	return text;
}

/* Nothing but a digest of the ciphertext, which is matched before. */
static bool changes;

static enum err
read_changing(void *ctx, struct bytes id, uint64_t at, struct bytes *piece)
{
	enum err e = read_piece(ctx, id, at, piece);
	struct fake_slot *s = fake_slot(ctx, id);

	if (changes && at == 5)
		s->content[5] ^= 1;
	return e;
}

static void
matched_before(void **state)
{
	struct fake_slot *from = fake_slot(&b.fake, cbor("['c']"));

	(void)state;
	seal(ALG_A128CTR);
	memcpy(from->content, ct, ct_n);
	from->n = ct_n;
	from->there = true;
	/* nobody looked */
	assert_int_equal(install("22:1,", "22,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_NEEDS);
	nothing_left();
	assert_int_equal(install("22:1,", matched_and("")), SUIT_DONE);
	assert_string_equal(fake_content_of(&b.fake, "a"), PLAIN);
	assert_true(b.run.slot[0].vouched && b.run.slot[0].foreign);
	assert_false(b.run.matching);
	/* it is another one by the time it is decrypted */
	fake_slot(&b.fake, cbor("['a']"))->there = false;
	b.fake.host.read = read_changing;
	changes = true;
	assert_int_equal(install("22:1,", matched_and("")), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_STORE);
	assert_false(b.run.matching);
	nothing_left();
	changes = false;
	/* and now it does not match, or was looked at and written anew */
	assert_int_equal(install("22:1,", matched_and("")), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_IMAGE_DIGEST);
	nothing_left();
	from->content[5] ^= 1;
	assert_int_equal(
	    install("22:1,", matched_and("21,2,")), SUIT_WANT_FETCH);
	suit_give(&b.run, (struct bytes){ct, ct_n}, true);
	assert_int_equal(suit_next(&b.run, &b.ask), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_NEEDS);
	nothing_left();
}

static void
refused(void **state)
{
	char pars[512];

	(void)state;
	(void)snprintf(pars, sizeof(pars), "18:h'%s',", ct_hex);
	b.fake.host.opener = no_right;
	assert_int_equal(install(pars, "18,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_SIGNER_ACCESS);
	b.fake.host.opener = recipient_of; /* no key of this kind */
	assert_int_equal(install(pars, "18,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_UNDECRYPTABLE);
	b.fake.host.opener = NULL;
	assert_int_equal(install(pars, "18,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_ENCRYPTION);
	b.fake.host.opener = opener;
	b.fake.host.plain_room.n = 15;
	assert_int_equal(install(pars, "18,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_ENCRYPTION);
	b.fake.host.plain_room = SPAN_OF(plain_room);
	assert_int_equal(install("18:h'00',", "18,2"), SUIT_FAILED);
	assert_int_equal(b.run.why.err, ERR_UNDECRYPTABLE);
	info_hex[13] = '3'; /* A256GCM */
	assert_int_equal(install(pars, "18,2"), SUIT_FAILED);
	nothing_left();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(written, setup),
	    cmocka_unit_test_setup(draft_example, setup),
	    cmocka_unit_test_setup(draft_symmetric, setup),
	    cmocka_unit_test_setup(fetched, setup),
	    cmocka_unit_test_setup(every_bit, setup),
	    cmocka_unit_test_setup(given_up, setup),
	    cmocka_unit_test_setup(counter_mode, setup),
	    cmocka_unit_test_setup(copied, setup),
	    cmocka_unit_test_setup(matched_before, setup),
	    cmocka_unit_test_setup(refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
