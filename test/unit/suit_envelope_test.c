/* suit_envelope: what opens, and everything that must not. */
#include "suit_fake.h"

static struct suit_ring everyone;

static int
set_up(void **state)
{
	(void)state;
	trust(&everyone, "key-es256-author.pub.pem");
	trust(&everyone, "key-es256-distributor.pub.pem");
	trust(&everyone, "key-teep-signer.pub.pem");
	return 0;
}

static enum err
open_with(struct suit_ring *ring, struct bytes env, struct suit_manifest *m)
{
	struct keyring k = ring_view(ring);
	struct why why = {.err = OK};
	enum err e = suit_open(test_crypto(), &k, env, m, &why);

	/* an error is told in both ways, and leaves nothing behind */
	assert_int_equal(e, why.err);
	if (e != OK) {
		assert_int_equal(m->n_signers, 0);
		assert_null(m->manifest.p);
		assert_true(why.at <= env.n);
	}
	return e;
}

static void
every_vector(void **state)
{
	char line[256], name[64], verdict[64], file[80];
	FILE *f = fopen(VECTORS "/suit/index", "r");
	struct suit_manifest m;
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		enum err e;

		if (line[0] == '#')
			continue;
		assert_int_equal(
		    sscanf(line, "%63s %*s %63s", name, verdict), 2);
		(void)snprintf(file, sizeof(file), "%s.suit", name);
		e = open_with(&everyone, suit_file(file), &m);
		if (strcmp(err_name(e), verdict) != 0)
			fail_msg("%s: %s, not %s", name, err_name(e), verdict);
		n++;
	}
	(void)fclose(f);
	assert_true(n >= 20);
}

/* Flip each bit in turn: nothing that differs may open, but for what the
 * digests do not cover, which is the text of the payload and its key. */
static void
every_bit(void **state)
{
	static const char *const names[] = {"m0-secure-boot.signed.suit",
	    "m2-severable.severed-signed.suit", "teep-uri.suit"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct bytes in = suit_file(names[i]);
		uint8_t *p = pool_take(in.n);
		struct suit_manifest m;

		memcpy(p, in.p, in.n);
		for (size_t bit = 0; bit < 8 * in.n; bit += test_bit_step) {
			p[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (open_with(&everyone, (struct bytes){p, in.n}, &m) ==
			    OK)
				fail_msg("%s: bit %zu", names[i], bit);
			p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		/* and every truncation, and one octet more */
		for (size_t n = 0; n < in.n; n++)
			assert_int_not_equal(
			    open_with(&everyone, (struct bytes){p, n}, &m), OK);
	}
}

static size_t
offset_of(struct bytes in, struct bytes part)
{
	for (size_t i = 0; i + part.n <= in.n; i++)
		if (memcmp(in.p + i, part.p, part.n) == 0)
			return i;
	fail_msg("not there");
	return 0;
}

/* What exactly is said about a flipped bit. */
static void
named_flips(void **state)
{
	struct bytes in = suit_file("m2-severable.signed.suit");
	uint8_t *p = pool_take(in.n);
	struct suit_manifest m, whole;
	struct bytes out = {p, in.n};
	size_t sig, install;

	(void)state;
	memcpy(p, in.p, in.n);
	assert_int_equal(open_with(&everyone, in, &whole), OK);
	sig = offset_of(in, whole.wrapper) + whole.wrapper.n - 1;
	p[sig] ^= 1;
	assert_int_equal(open_with(&everyone, out, &m), ERR_SIGNATURE);
	p[sig] ^= 1;
	p[offset_of(in, BYTES_OF(whole.digest))] ^= 1;
	assert_int_equal(open_with(&everyone, out, &m), ERR_SIGNATURE);
	p[offset_of(in, BYTES_OF(whole.digest))] ^= 1;
	p[offset_of(in, whole.manifest)] ^= 1;
	assert_int_equal(open_with(&everyone, out, &m), ERR_MANIFEST_DIGEST);
	p[offset_of(in, whole.manifest)] ^= 1;
	install = offset_of(in, whole.section[SUIT_INSTALL]);
	p[install + 3] ^= 1;
	assert_int_equal(open_with(&everyone, out, &m), ERR_SEVERED);
	p[install + 3] ^= 1;
	assert_int_equal(open_with(&everyone, out, &m), OK);
}

static void
unknown_key(void **state)
{
	struct suit_ring other = {.n = 0}, none = {.n = 0};
	struct suit_manifest m;

	(void)state;
	trust(&other, "key-es256-distributor.pub.pem");
	/* without a kid every key that fits was tried */
	assert_int_equal(
	    open_with(&other, suit_file("m0-secure-boot.signed.suit"), &m),
	    ERR_SIGNATURE);
	assert_int_equal(
	    open_with(&none, suit_file("m0-secure-boot.signed.suit"), &m),
	    ERR_UNKNOWN_KEY);
}

static void
severed(void **state)
{
	struct suit_manifest m;

	(void)state;
	assert_int_equal(
	    open_with(&everyone, suit_file("m2-severable.signed.suit"), &m),
	    OK);
	assert_int_equal(m.severed, 0);
	assert_true(m.text.n > 0 && m.section[SUIT_INSTALL].n > 0);
	assert_int_equal(open_with(&everyone,
			     suit_file("m2-severable.severed-signed.suit"), &m),
	    OK);
	assert_int_equal(m.severed, 1u << SUIT_INSTALL | 1u << SUIT_TEXT);
	assert_int_equal(m.text.n + m.section[SUIT_INSTALL].n, 0);
}

#define PLAIN MANIFEST("['a']", "[]", "")

static void
envelope_members(void **state)
{
	static const struct {
		const char *more;
		size_t n;
		enum err e;
	} cases[] = {
	    {"", 0, OK},
	    {"\"#a\":'payload'", 1, OK},
	    {"1:'delegation'", 1, OK},
	    /* nothing in the manifest covers these */
	    {"20:<<[33,2]>>", 1, ERR_SEVERED},
	    {"23:<<{\"en\":{1:\"x\"}}>>", 1, ERR_SEVERED},
	    {"15:<<[33,2]>>", 1, ERR_SEVERED},
	    {"17:<<[33,2]>>", 1, ERR_SEVERED},
	    {"-1:''", 1, ERR_SEVERED},
	    /* a payload is a byte string */
	    {"\"#a\":\"payload\"", 1, ERR_TYPE},
	    {"\"#a\":'x',\"#a\":'y'", 2, ERR_DUPLICATE},
	    {"2:'x'", 1, ERR_DUPLICATE},
	    {"3:'x'", 1, ERR_DUPLICATE},
	};
	struct suit_manifest m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err e = open_with(&everyone,
		    envelope(cbor(PLAIN), cases[i].more, cases[i].n), &m);

		if (e != cases[i].e)
			fail_msg("%s: %s", cases[i].more, err_name(e));
	}
}

/* A member both inline and outside. */
static void
member_twice(void **state)
{
	struct suit_manifest m;

	(void)state;
	assert_int_equal(
	    open_with(&everyone,
		envelope(
		    cbor(MANIFEST("['a']", "[]", "20:<<[]>>")), "20:<<[]>>", 1),
		&m),
	    ERR_SEVERED);
}

static void
tagged_or_bare(void **state)
{
	struct bytes bare = envelope(cbor(PLAIN), "", 0);
	uint8_t *p = pool_take(bare.n + 2);
	struct suit_manifest m;

	(void)state;
	p[0] = 0xd8;
	p[1] = TAG_SUIT_ENVELOPE;
	memcpy(p + 2, bare.p, bare.n);
	assert_int_equal(
	    open_with(&everyone, (struct bytes){p, bare.n + 2}, &m), OK);
	assert_ptr_equal(m.envelope.p, p + 2);
	p[1] = 108;
	assert_int_equal(
	    open_with(&everyone, (struct bytes){p, bare.n + 2}, &m), ERR_TYPE);
}

/* The manifest before its wrapper. */
static void
wrong_order(void **state)
{
	struct bytes env = envelope(cbor(PLAIN), "", 0);
	struct cbor_in r = cbor_open(env);
	struct bytes item[4];
	uint8_t *p = pool_take(env.n);
	struct suit_manifest m;
	size_t at = 1;

	(void)state;
	assert_int_equal(cbor_map_any(&r, 2, 2), 2);
	for (size_t i = 0; i < 4; i++)
		item[i] = cbor_raw(&r, CBOR_ANY);
	p[0] = env.p[0];
	for (size_t i = 0; i < 4; i++) {
		const struct bytes *b = &item[(i + 2) % 4];

		memcpy(p + at, b->p, b->n);
		at += b->n;
	}
	assert_int_equal(
	    open_with(&everyone, (struct bytes){p, at}, &m), ERR_ORDER);
}

/* Blocks: by strangers they are skipped, by friends they must hold. */
static void
several_blocks(void **state)
{
	struct bytes one = suit_file("m0-secure-boot.signed.suit");
	struct suit_ring a = {.n = 0};
	struct suit_manifest m;
	struct signer d, author_key = author();
	uint8_t *room = pool_take(1024), *bad;
	struct cbor_out w = cbor_into((struct span){room, 1024});
	struct bytes two;

	(void)state;
	trust(&a, "key-es256-author.pub.pem");
	assert_int_equal(
	    test_signer_load(suit_file("key-es256-distributor.priv.pem"), &d),
	    OK);
	assert_int_equal(suit_author_sign(&w, test_crypto(), one, &d), OK);
	assert_int_equal(cbor_done(&w, &two), OK);
	assert_int_equal(open_with(&a, two, &m), OK);
	assert_int_equal(m.n_signers, 1);
	assert_int_equal(open_with(&everyone, two, &m), OK);
	assert_int_equal(m.n_signers, 2);
	assert_memory_equal(m.signer[1], d.kid, KID_LEN);
	/* the same signer twice is one signer: refuse to make it so */
	w = cbor_into((struct span){pool_take(1024), 1024});
	assert_int_equal(
	    suit_author_sign(&w, test_crypto(), two, &d), ERR_EXISTS);
	/* a good block by A does not excuse a bad one by D */
	bad = pool_take(two.n);
	memcpy(bad, two.p, two.n);
	assert_int_equal(open_with(&everyone, two, &m), OK);
	bad[offset_of(two, m.wrapper) + m.wrapper.n - 1] ^= 1;
	assert_int_equal(open_with(&everyone, (struct bytes){bad, two.n}, &m),
	    ERR_SIGNATURE);
	/* but who does not know D cannot tell */
	assert_int_equal(open_with(&a, (struct bytes){bad, two.n}, &m), OK);
	test_signer_free(&d);
	test_signer_free(&author_key);
}

/* The envelope with another list of blocks: those of picks, by number. */
static struct bytes
with_blocks(struct bytes env, const size_t *picks, size_t n)
{
	uint8_t *room = pool_take(env.n + 512);
	struct cbor_out w = cbor_into((struct span){room, env.n + 512});
	struct suit_manifest m;
	struct cbor_in r, top;
	struct bytes block[SUIT_SIGNERS_MAX], digest, out;
	size_t mark, there, pairs;

	assert_int_equal(suit_parse(env, &m, NULL), OK);
	r = cbor_open(m.wrapper);
	there = cbor_array_any(&r, 2, SUIT_SIGNERS_MAX + 1) - 1;
	digest = cbor_raw(&r, CBOR_BSTR);
	for (size_t i = 0; i < there; i++)
		block[i] = cbor_raw(&r, CBOR_BSTR);
	assert_int_equal(cbor_close(&r), OK);
	top = cbor_open(m.envelope);
	pairs = cbor_map_any(&top, 2, CBOR_PAIRS_MAX);
	cbor_put_map(&w, pairs);
	for (size_t i = 0; i < pairs; i++) {
		struct bytes key = cbor_raw(&top, CBOR_ANY);
		struct bytes value = cbor_raw(&top, CBOR_ANY);

		cbor_put_raw(&w, key);
		if (i > 0) {
			cbor_put_raw(&w, value);
			continue;
		}
		mark = cbor_wrap_begin(&w);
		cbor_put_array(&w, n + 1);
		cbor_put_raw(&w, digest);
		for (size_t k = 0; k < n; k++) {
			assert_true(picks[k] < there);
			cbor_put_raw(&w, block[picks[k]]);
		}
		cbor_wrap_end(&w, mark);
	}
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

/* However often one signs, it is one signer. */
static void
one_key_twice(void **state)
{
	static const size_t twice[] = {0, 0}, thrice[] = {0, 0, 0};
	struct bytes one = suit_file("m0-secure-boot.signed.suit");
	struct suit_manifest m;

	(void)state;
	assert_int_equal(
	    open_with(&everyone, with_blocks(one, twice, 1), &m), OK);
	assert_int_equal(m.n_signers, 1);
	assert_int_equal(
	    open_with(&everyone, with_blocks(one, twice, 2), &m), OK);
	assert_int_equal(m.n_signers, 1);
	assert_int_equal(
	    open_with(&everyone, with_blocks(one, thrice, 3), &m), OK);
	assert_int_equal(m.n_signers, 1);
	/* none is none */
	assert_int_equal(
	    open_with(&everyone, with_blocks(one, twice, 0), &m), ERR_UNSIGNED);
}

static enum err
wrong_mac_key(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct keyring k = ring_view(ctx);

	if (alg != ALG_HMAC256)
		return k.find(k.ctx, kid, alg, nth, out);
	*out = (struct cose_key){.kty = KTY_SYMMETRIC, .x = {9}};
	return nth == 0 ? OK : ERR_UNKNOWN_KEY;
}

/* A MAC for others, which no key id tells from one for us. */
static void
mac_of_others(void **state)
{
	struct keyring ring = {&everyone, wrong_mac_key};
	struct bytes one = suit_file("fe-aeskw-write.suit"), two;
	uint8_t *room = pool_take(one.n + 256);
	struct cbor_out w = cbor_into((struct span){room, one.n + 256});
	struct signer s = author();
	struct suit_manifest m;

	(void)state;
	assert_int_equal(
	    suit_open(test_crypto(), &ring, one, &m, NULL), ERR_SIGNATURE);
	assert_int_equal(suit_author_sign(&w, test_crypto(), one, &s), OK);
	assert_int_equal(cbor_done(&w, &two), OK);
	assert_int_equal(suit_open(test_crypto(), &ring, two, &m, NULL), OK);
	assert_int_equal(m.n_signers, 1);
	assert_memory_equal(m.signer[0], s.kid, KID_LEN);
	test_signer_free(&s);
}

/* A block without its tag could be anything. */
static void
untagged_block(void **state)
{
	struct bytes env = envelope(cbor(PLAIN), "", 0);
	uint8_t *p = pool_take(env.n);
	struct suit_manifest m;
	size_t tag = offset_of(env, BYTES_LIT("\xd2\x84"));

	(void)state;
	/* the octets stay as many: what was the tag is a COSE_Sign1's head */
	memcpy(p, env.p, env.n);
	p[tag] = 0x84;
	p[tag + 1] = 0x43;
	assert_int_equal(
	    open_with(&everyone, (struct bytes){p, env.n}, &m), ERR_COSE_TYPE);
	/* nor is another tag one of ours */
	p[tag] = 0xd3;
	p[tag + 1] = 0x84;
	assert_int_not_equal(
	    open_with(&everyone, (struct bytes){p, env.n}, &m), OK);
}

/* Whoever did not sign does not reach the parser of manifests: what is wrong
 * there is never what a stranger hears. */
static void
authenticated_first(void **state)
{
	struct suit_ring nobody = {.n = 0}, other = {.n = 0};
	struct bytes env = envelope(BYTES_LIT("\xff\xff"), "", 0);
	uint8_t *p = pool_take(env.n);
	struct suit_manifest m;

	(void)state;
	trust(&other, "key-es256-distributor.pub.pem");
	memcpy(p, env.p, env.n);
	assert_int_equal(open_with(&nobody, env, &m), ERR_UNKNOWN_KEY);
	assert_int_not_equal(open_with(&other, env, &m), ERR_RESERVED);
	/* nor what is not as its digest says */
	p[env.n - 1] = 0xfe;
	assert_int_equal(open_with(&everyone, (struct bytes){p, env.n}, &m),
	    ERR_MANIFEST_DIGEST);
	/* signed, it is parsed, and is no manifest */
	assert_int_equal(open_with(&everyone, env, &m), ERR_RESERVED);
}

static void
payloads(void **state)
{
	struct suit_manifest m;

	(void)state;
	assert_int_equal(
	    open_with(&everyone,
		envelope(cbor(PLAIN), "\"#a\":'one',\"#b\":''", 2), &m),
	    OK);
	assert_true(
	    bytes_same(suit_payload(&m, BYTES_LIT("#a")), BYTES_LIT("one")));
	assert_non_null(suit_payload(&m, BYTES_LIT("#b")).p);
	assert_int_equal(suit_payload(&m, BYTES_LIT("#b")).n, 0);
	assert_null(suit_payload(&m, BYTES_LIT("#")).p);
	assert_null(suit_payload(&m, BYTES_LIT("#ab")).p);
	assert_null(suit_payload(&m, BYTES_LIT("#A")).p);
}

static void
parse_believes_nothing(void **state)
{
	struct suit_manifest m;
	struct suit_run run;
	struct fake fake;
	struct why why;

	(void)state;
	fake_make(&fake);
	assert_int_equal(
	    suit_parse(suit_file("m0-secure-boot.unsigned.suit"), &m, &why),
	    OK);
	assert_int_equal(m.n_signers, 0);
	assert_int_equal(
	    suit_start(&run, test_crypto(), &fake.host, &m, SUIT_DO_INVOKE),
	    ERR_UNSIGNED);
	/* it shows what suit_open refuses */
	assert_int_equal(
	    suit_parse(suit_file("td1-process.suit"), &m, &why), OK);
	assert_true(m.dependencies.n > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_vector),
	    cmocka_unit_test(every_bit),
	    cmocka_unit_test(named_flips),
	    cmocka_unit_test(unknown_key),
	    cmocka_unit_test(severed),
	    cmocka_unit_test(envelope_members),
	    cmocka_unit_test(member_twice),
	    cmocka_unit_test(tagged_or_bare),
	    cmocka_unit_test(wrong_order),
	    cmocka_unit_test(several_blocks),
	    cmocka_unit_test(one_key_twice),
	    cmocka_unit_test(mac_of_others),
	    cmocka_unit_test(untagged_block),
	    cmocka_unit_test(authenticated_first),
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(parse_believes_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
