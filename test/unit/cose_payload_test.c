/*
 * cose_payload_test: detached ciphertexts of any size: the drafts' examples
 * in every split, each algorithm there and back, and what is refused.
 */
#include "cose_util.h"

static const struct crypto *c;

#define FIRMWARE "This is a real firmware image."

/* The drafts' symmetric key: 16 times 'a'. */
static const uint8_t kek_a[16] = {0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61,
    0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61};

/* Open in through room octets at a time, in pieces that end at the cuts. */
static enum err
open_cut(const struct cose_opener *key, struct bytes info, struct bytes in,
    size_t cut, size_t cut2, size_t room, uint8_t *plain, size_t *n)
{
	struct cose_opening o;
	struct why why = {.err = OK};
	uint8_t work[256];
	struct bytes out;
	enum err e;

	*n = 0;
	e = cose_open_begin(&o, c, key, COSE_CTX_PAYLOAD, info, &why);
	if (e != OK) {
		assert_int_equal(why.err, e);
		return e;
	}
	for (int part = 0; part < 3; part++) {
		size_t from = part == 0 ? 0 : part == 1 ? cut : cut2;
		size_t to = part == 0 ? cut : part == 1 ? cut2 : in.n;
		struct bytes left = {in.p + from, to - from};

		while (left.n > 0) {
			size_t before = left.n;

			assert_int_equal(cose_open_more(&o, &left,
					     (struct span){work, room}, &out),
			    OK);
			assert_true(left.n < before);
			memcpy(plain + *n, out.p, out.n);
			*n += out.n;
		}
	}
	e = cose_open_end(&o, (struct span){work, room}, &out);
	assert_zeroed(o);
	if (e != OK) {
		assert_null(out.p);
		return e;
	}
	if (out.n > 0)
		memcpy(plain + *n, out.p, out.n);
	*n += out.n;
	return OK;
}

static void
suit_examples(void **state)
{
	static const char *const names[][2] = {
	    {"fe-info-aeskw-a128gcm.cose", "fe-payload-aeskw-a128gcm.bin"},
	    {"fe-info-aeskw-a128ctr.cose", "fe-payload-aeskw-a128ctr.bin"},
	    {"fe-info-esdh-a128gcm.cose", "fe-payload-esdh-a128gcm.bin"},
	    {"fe-info-esdh-a128ctr.cose", "fe-payload-esdh-a128ctr.bin"},
	};
	struct agreer a = agreer_key("key-ecdh-recipient-kid-2.priv.pem");
	size_t splits = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct cose_opener key = {.kid = BYTES_LIT("kid-1")};
		uint8_t room[FILE_MAX], pay[FILE_MAX], plain[64];
		struct bytes info = vector(names[i][0], room);
		struct bytes ct = vector(names[i][1], pay);
		size_t n, tag;

		if (i >= 2)
			key = (struct cose_opener){.agree = &a};
		else
			key.kek = BYTES_OF(kek_a);
		assert_int_equal(cose_info_tag(c, info, &tag, NULL), OK);
		assert_int_equal(tag, ct.n - strlen(FIRMWARE));
		/* Every split in three; agreement is slow on one port. */
		for (size_t cut = 0; cut <= ct.n; cut += i >= 2 ? 9 : 1)
			for (size_t cut2 = cut; cut2 <= ct.n;
			     cut2 += i >= 2 ? 9 : 1) {
				assert_int_equal(
				    open_cut(&key, info, ct, cut, cut2,
					16 + cut % 64, plain, &n),
				    OK);
				assert_bytes(((struct bytes){plain, n}),
				    BYTES_LIT(FIRMWARE));
				splits++;
			}
	}
	assert_true(splits > 1000);
	test_agreer_free(&a);
}

/* ---- there and back ---------------------------------------------------- */

static const int32_t algs[] = {ALG_A128GCM, ALG_A192GCM, ALG_A256GCM,
    ALG_CHACHA20_POLY1305, ALG_A128CTR, ALG_A192CTR, ALG_A256CTR};

#define BIG 1500

/* Seal BIG octets for to; the ciphertext goes to ct. */
static struct bytes
sealed(int32_t alg, const struct cose_recipient *to, size_t n, uint8_t *ct,
    size_t *ct_n, struct span room)
{
	static uint8_t plain[BIG];
	struct cbor_out w = cbor_into(room);
	struct cose_sealing s;
	struct bytes tag, info;
	uint8_t tag_room[CIPHER_TAG];

	for (size_t i = 0; i < BIG; i++)
		plain[i] = (uint8_t)(i * 7);
	assert_int_equal(cose_seal_begin(&s, c, alg), OK);
	for (size_t at = 0; at < BIG; at += 160) {
		size_t k = BIG - at < 160 ? BIG - at : 160;

		assert_int_equal(
		    cose_seal_more(&s, (struct bytes){plain + at, k},
			(struct span){ct + at, k}),
		    OK);
	}
	assert_int_equal(cose_seal_end(&s, tag_room, &tag), OK);
	assert_int_equal(cose_seal_end(&s, tag_room, &tag), ERR_BUG);
	tag = (struct bytes){tag_room, s.tag};
	memcpy(ct + BIG, tag.p, tag.n);
	*ct_n = BIG + tag.n;
	assert_int_equal(cose_seal_info(&s, to, n, COSE_CTX_PAYLOAD, &w), OK);
	assert_int_equal(cbor_done(&w, &info), OK);
	cose_seal_wipe(&s);
	assert_zeroed(s);
	return info;
}

static bool
right(const uint8_t *plain, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (plain[i] != (uint8_t)(i * 7))
			return false;
	return n == BIG;
}

static void
there_and_back(void **state)
{
	static const int32_t wraps[] = {ALG_ECDH_ES_A128KW, ALG_ECDH_ES_A192KW,
	    ALG_ECDH_ES_A256KW, ALG_A128KW, ALG_A192KW, ALG_A256KW};
	static const uint8_t kek[32] = {9, 8, 7};
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t ct[BIG + 16], plain[BIG + 16], room[FILE_MAX];
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++)
		for (size_t j = 0; j < ARRAY_LEN(wraps); j++) {
			struct cose_recipient to = {.alg = wraps[j],
			    .key = public_key("tam-ecdh-p256.pub.pem"),
			    .kek = {kek, 16 + 8 * (j % 3)},
			    .kid = BYTES_OF(a.kid)};
			struct cose_opener key = {.kid = to.kid};
			struct bytes info;
			size_t n, m;

			if (j < 3)
				key.agree = &a;
			else
				key.kek = to.kek;
			info = sealed(algs[i], &to, 1, ct, &n, SPAN_OF(room));
			assert_int_equal(
			    open_cut(&key, info, (struct bytes){ct, n}, 33 * i,
				500 + j, 64, plain, &m),
			    OK);
			assert_true(right(plain, m));
			/* Another key of the same kind. */
			if (j >= 3) {
				key.kek.p = room;
				assert_int_equal(
				    open_cut(&key, info, (struct bytes){ct, n},
					0, 0, 64, plain, &m),
				    ERR_UNDECRYPTABLE);
				key.kek = (struct bytes){kek, to.kek.n - 8};
				assert_int_equal(
				    open_cut(&key, info, (struct bytes){ct, n},
					0, 0, 64, plain, &m),
				    ERR_UNDECRYPTABLE);
			}
			done++;
		}
	assert_int_equal(done, 42);
	test_agreer_free(&a);
}

/* Each opens it with its own key, and finds itself by kid or without. */
static void
many(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	struct agreer b = agreer_key("key-ecdh-recipient-kid-2.priv.pem");
	struct cose_recipient to[COSE_RECIPIENTS_MAX + 1] = {
	    {.alg = ALG_A128KW,
		.kek = BYTES_OF(kek_a),
		.kid = BYTES_LIT("kid-1")},
	    {.alg = ALG_ECDH_ES_A128KW,
		.key = public_key("tam-ecdh-p256.pub.pem"),
		.kid = BYTES_OF(a.kid)},
	    {.alg = ALG_ECDH_ES_A128KW},
	};
	uint8_t ct[BIG + 16], plain[BIG + 16], room[FILE_MAX], pem[FILE_MAX];
	struct cose_opener key;
	struct cose_sealing s;
	struct cbor_out w = cbor_measure();
	struct bytes info, box;
	size_t n, m;

	(void)state;
	assert_int_equal(
	    test_private_public(
		vector("key-ecdh-recipient-kid-2.priv.pem", pem), &to[2].key),
	    OK);
	info = sealed(ALG_A128GCM, to, 3, ct, &n, SPAN_OF(room));
	box = (struct bytes){ct, n};
	key = (struct cose_opener){.kek = BYTES_OF(kek_a)};
	assert_int_equal(open_cut(&key, info, box, 0, 0, 64, plain, &m), OK);
	assert_true(right(plain, m));
	key = (struct cose_opener){.kid = BYTES_OF(a.kid), .agree = &a};
	assert_int_equal(open_cut(&key, info, box, 0, 0, 64, plain, &m), OK);
	key = (struct cose_opener){.kid = BYTES_OF(b.kid), .agree = &b};
	assert_int_equal(open_cut(&key, info, box, 0, 0, 64, plain, &m), OK);
	assert_true(right(plain, m));
	/* Who is named gets no second try with what is another's. */
	key = (struct cose_opener){.kid = BYTES_OF(a.kid), .agree = &b};
	assert_int_equal(
	    open_cut(&key, info, box, 0, 0, 64, plain, &m), ERR_UNDECRYPTABLE);
	/* None, and too many. */
	assert_int_equal(cose_seal_begin(&s, c, ALG_A128GCM), OK);
	assert_int_equal(
	    cose_seal_info(&s, to, 0, COSE_CTX_PAYLOAD, &w), ERR_RANGE);
	w = cbor_measure();
	assert_int_equal(cose_seal_info(&s, to, COSE_RECIPIENTS_MAX + 1,
			     COSE_CTX_PAYLOAD, &w),
	    ERR_RANGE);
	/* An algorithm that is none, and a key of another length. */
	w = cbor_measure();
	to[0].alg = ALG_A128GCM;
	assert_int_equal(
	    cose_seal_info(&s, to, 1, COSE_CTX_PAYLOAD, &w), ERR_COSE_ALG);
	w = cbor_measure();
	to[0].alg = ALG_A256KW;
	assert_int_equal(
	    cose_seal_info(&s, to, 1, COSE_CTX_PAYLOAD, &w), ERR_COSE_ALG);
	cose_seal_wipe(&s);
	test_agreer_free(&a);
	test_agreer_free(&b);
}

/* Every plaintext has a key and an IV of its own.        [SUIT FE 5, 11] */
static void
never_twice(void **state)
{
	uint8_t seen[16][COSE_CEK_MAX + 16] = {{0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		struct cose_sealing s;

		assert_int_equal(
		    cose_seal_begin(&s, c, algs[i % ARRAY_LEN(algs)]), OK);
		assert_true(s.key >= 16 && s.iv_n >= 12);
		memcpy(seen[i], s.cek, s.key);
		memcpy(seen[i] + COSE_CEK_MAX, s.iv, s.iv_n);
		cose_seal_wipe(&s);
		/* 12 octets that are the same by chance: never */
		for (size_t k = 0; k < i; k++) {
			assert_memory_not_equal(seen[k], seen[i], 12);
			assert_memory_not_equal(
			    seen[k] + COSE_CEK_MAX, seen[i] + COSE_CEK_MAX, 12);
		}
	}
}

/* What the draft's example becomes when its content key is wrapped anew.
 *                                                      [SUIT FE 5.2.4] */
struct rewrap {
	const char *prot, *context; /* of the recipient, in hex */
	size_t kek;
	struct bytes salt;
	bool told; /* in the header */
	enum err e;
};

#define OTHER "57 53554954205061796c6f616420456e6372797074696f6e"

static void
rewrapped(struct agreer *a, const struct rewrap *t)
{
	static const char z[] = "13bd7df22a0b2fa132a02083de47e209"
				"ae79231de158037f51aa663ae758fcd7";
	struct cose_opener key = {.agree = a};
	uint8_t room[FILE_MAX], pay[FILE_MAX], one[FILE_MAX], two[FILE_MAX];
	uint8_t kek[32], wrapped[24], plain[64];
	struct bytes in = vector("fe-info-esdh-a128gcm.cose", room);
	struct bytes ct = vector("fe-payload-esdh-a128gcm.bin", pay);
	struct cbor_in r = cbor_open(in);
	struct cbor_out w = cbor_into(SPAN_OF(two));
	struct bytes prot, unprot, eph, info;
	size_t n;

	assert_int_equal(c->hkdf(t->salt, hex(z, one), hex(t->context, two),
			     (struct span){kek, t->kek}),
	    OK);
	assert_int_equal(
	    c->kw_wrap((struct bytes){kek, t->kek},
		hex("15f785b5c931414411b4b71373a9c0f7", one), SPAN_OF(wrapped)),
	    OK);
	cbor_tag(&r, TAG_ENCRYPT);
	cbor_array(&r, 4);
	prot = cbor_raw(&r, CBOR_BSTR);
	unprot = cbor_raw(&r, CBOR_MAP);
	cbor_null(&r);
	cbor_array(&r, 1);
	cbor_array(&r, 3);
	(void)cbor_raw(&r, CBOR_BSTR);
	assert_true(cbor_map_any(&r, 1, 2) > 0);
	assert_int_equal(cbor_int(&r, -1, -1), -1);
	eph = cbor_raw(&r, CBOR_MAP);
	assert_int_equal(r.err, OK);

	cbor_put_tag(&w, TAG_ENCRYPT);
	cbor_put_array(&w, 4);
	cbor_put_raw(&w, prot);
	cbor_put_raw(&w, unprot);
	cbor_put_null(&w);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 3);
	cbor_put_bstr(&w, hex(t->prot, one));
	cbor_put_map(&w, t->told ? 2 : 1);
	cbor_put_int(&w, -1);
	cbor_put_raw(&w, eph);
	if (t->told) {
		cbor_put_int(&w, -20);
		cbor_put_bstr(&w, t->salt);
	}
	cbor_put_bstr(&w, BYTES_OF(wrapped));
	assert_int_equal(cbor_done(&w, &info), OK);
	if (open_cut(&key, info, ct, 0, 0, 64, plain, &n) != t->e)
		fail_msg("%s %s", t->prot, t->context);
	if (t->e == OK)
		assert_bytes(((struct bytes){plain, n}), BYTES_LIT(FIRMWARE));
}

/* The context names the key wrap, its bits and the recipient's protected
 * header; a salt goes into the derivation. */
static void
contexts(void **state)
{
#define CONTEXT(wrap, bits, prot) \
	"84 " wrap " 83f6f6f6 83f6f6f6 83 " bits " 44" prot OTHER
	const struct rewrap rows[] = {
	    {"a101381c", CONTEXT("22", "1880", "a101381c"), 16, BYTES_NONE,
		false, OK},
	    {"a101381d", CONTEXT("23", "18c0", "a101381d"), 24, BYTES_NONE,
		false, OK},
	    {"a101381e", CONTEXT("24", "190100", "a101381e"), 32, BYTES_NONE,
		false, OK},
	    /* each of them wrong */
	    {"a101381e", CONTEXT("22", "190100", "a101381e"), 32, BYTES_NONE,
		false, ERR_UNDECRYPTABLE},
	    {"a101381e", CONTEXT("24", "1880", "a101381e"), 32, BYTES_NONE,
		false, ERR_UNDECRYPTABLE},
	    {"a101381e", CONTEXT("24", "190100", "a101381c"), 32, BYTES_NONE,
		false, ERR_UNDECRYPTABLE},
	    /* salted, and not told so */
	    {"a101381c", CONTEXT("22", "1880", "a101381c"), 16,
		BYTES_LIT("pepper"), true, OK},
	    {"a101381c", CONTEXT("22", "1880", "a101381c"), 16,
		BYTES_LIT("pepper"), false, ERR_UNDECRYPTABLE},
	};
#undef CONTEXT
	struct agreer a = agreer_key("key-ecdh-recipient-kid-2.priv.pem");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		rewrapped(&a, &rows[i]);
	test_agreer_free(&a);
}

static void
x25519(void **state)
{
	struct cose_recipient to = {.alg = ALG_ECDH_ES_A128KW};
	uint8_t ct[BIG + 16], plain[BIG + 16], room[FILE_MAX];
	uint8_t pem_room[TEST_PEM_MAX];
	struct cose_opener key;
	struct agreer a;
	struct bytes info, pem;
	size_t n, m;

	(void)state;
	if ((c->can & CAN_X25519) == 0)
		return;
	assert_int_equal(
	    test_key_generate(CRV_X25519, SPAN_OF(pem_room), &pem, &to.key),
	    OK);
	assert_int_equal(test_agreer_load(pem, &a), OK);
	info = sealed(ALG_CHACHA20_POLY1305, &to, 1, ct, &n, SPAN_OF(room));
	key = (struct cose_opener){.agree = &a};
	assert_int_equal(open_cut(&key, info, (struct bytes){ct, n}, 100, 200,
			     64, plain, &m),
	    OK);
	assert_true(right(plain, m));
	test_agreer_free(&a);
}

/* ---- what is refused --------------------------------------------------- */

/* A bit of the ciphertext or its tag; of everything that a tag covers. */
static void
every_bit(void **state)
{
	static const char *const infos[] = {
	    "fe-info-aeskw-a128gcm.cose", "fe-info-aeskw-a128ctr.cose"};
	static const char *const payloads[] = {
	    "fe-payload-aeskw-a128gcm.bin", "fe-payload-aeskw-a128ctr.bin"};
	const struct cose_opener key = {
	    .kid = BYTES_LIT("kid-1"), .kek = BYTES_OF(kek_a)};
	size_t accepted = 0;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t room[FILE_MAX], pay[FILE_MAX], plain[64];
		struct bytes info = vector(infos[i], room);
		struct bytes ct = vector(payloads[i], pay);
		size_t n;

		for (size_t bit = 0; bit < 8 * ct.n; bit++) {
			enum err e;

			pay[bit / 8] ^= (uint8_t)(1u << bit % 8);
			e = open_cut(&key, info, ct, 7, 20, 32, plain, &n);
			pay[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(e, i == 0 ? ERR_UNDECRYPTABLE : OK);
		}
		/* Of the tag and before. */
		for (size_t less = 0; less < ct.n; less++)
			assert_int_equal(
			    open_cut(&key, info, (struct bytes){ct.p, less}, 0,
				0, 32, plain, &n),
			    i == 0 ? ERR_UNDECRYPTABLE : OK);
		for (size_t bit = 0; i == 0 && bit < 8 * info.n; bit++) {
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			accepted +=
			    open_cut(&key, info, ct, 0, 0, 32, plain, &n) == OK;
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
	/* The kid, its label, and the labels of what nobody needs. */
	assert_in_range(accepted, 40, 60);
}

/* A COSE_Encrypt of these parts, each in hex. */
static struct bytes
info_of(const char *prot, const char *unprot, const char *ciphertext,
    const char *recipient, uint8_t room[FILE_MAX])
{
	struct cbor_out w = cbor_into((struct span){room, FILE_MAX});
	uint8_t part[FILE_MAX];
	struct bytes out;

	cbor_put_tag(&w, TAG_ENCRYPT);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, hex(prot, part));
	cbor_put_raw(&w, hex(unprot, part));
	cbor_put_raw(&w, hex(ciphertext, part));
	cbor_put_array(&w, 1);
	cbor_put_raw(&w, hex(recipient, part));
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

#define KEK_OF(n)                           \
	"83 40 a2 01" n "04 45 6b69642d31 " \
	"58 18 75603ffc9518d794713c8ca8a115a7fb32565a6d59534d62"
#define IV12 "4c f14aab9d81d51f7ad943fe87"
#define IV16 "50 f14aab9d81d51f7ad943fe87af4f70cd"

static void
header_rules(void **state)
{
	static const struct {
		const char *prot, *unprot, *ciphertext, *to;
		enum err e;
	} rule[] = {
	    {"a10101", "a1 05" IV12, "f6", KEK_OF("22"), OK},
	    /* without a tag: in either place, never in both */
	    {"", "a2 01 39fffd 05" IV16, "f6", KEK_OF("22"), OK},
	    {"a1 01 39fffd", "a1 05" IV16, "f6", KEK_OF("22"), OK},
	    {"a1 01 39fffd", "a2 01 39fffd 05" IV16, "f6", KEK_OF("22"),
		ERR_COSE_HEADER},
	    {"a1 05" IV16, "a1 01 39fffd", "f6", KEK_OF("22"), ERR_COSE_HEADER},
	    /* with one: protected */
	    {"", "a2 01 01 05" IV12, "f6", KEK_OF("22"), ERR_COSE_HEADER},
	    {"a10101", "a1 05" IV16, "f6", KEK_OF("22"), ERR_UNDECRYPTABLE},
	    {"a10101", "a0", "f6", KEK_OF("22"), ERR_UNDECRYPTABLE},
	    /* AES-CBC, and the ciphertext inside */
	    {"", "a2 01 39fffa 05" IV16, "f6", KEK_OF("22"), ERR_COSE_ALG},
	    {"a10101", "a1 05" IV12, "4101", KEK_OF("22"), ERR_UNEXPECTED},
	    /* key wrap protects nothing, and wraps whole keys */
	    {"a10101", "a1 05" IV12, "f6",
		"83 43a10122 a0 58 18 "
		"75603ffc9518d794713c8ca8a115a7fb32565a6d59534d62",
		ERR_COSE_HEADER},
	    {"a10101", "a1 05" IV12, "f6", KEK_OF("24"), ERR_UNDECRYPTABLE},
	    {"a10103", "a1 05" IV12, "f6", KEK_OF("22"), ERR_UNDECRYPTABLE},
	};
	const struct cose_opener key = {
	    .kid = BYTES_LIT("kid-1"), .kek = BYTES_OF(kek_a)};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rule); i++) {
		uint8_t room[FILE_MAX];
		struct bytes info = info_of(rule[i].prot, rule[i].unprot,
		    rule[i].ciphertext, rule[i].to, room);
		struct cose_opening o;
		enum err e =
		    cose_open_begin(&o, c, &key, COSE_CTX_PAYLOAD, info, NULL);

		if (e != rule[i].e)
			fail_msg("%zu: %s", i, err_name(e));
		if (e == OK)
			cose_open_drop(&o);
		assert_false(o.running);
	}
}

static void
misuse(void **state)
{
	uint8_t room[FILE_MAX], small[15];
	const struct cose_opener key = {.kek = BYTES_OF(kek_a)};
	struct bytes info = vector("fe-info-aeskw-a128gcm.cose", room), out;
	struct bytes in = BYTES_LIT("0123456789abcdef");
	struct crypto less = *c;
	struct cose_opening o;
	size_t tag;

	(void)state;
	assert_int_equal(
	    cose_open_begin(&o, c, &key, COSE_CTX_PAYLOAD, info, NULL), OK);
	assert_int_equal(
	    cose_open_more(&o, &in, SPAN_OF(small), &out), ERR_BUG);
	cose_open_drop(&o);
	assert_int_equal(cose_open_more(&o, &in, SPAN_OF(room), &out), ERR_BUG);
	assert_int_equal(cose_open_end(&o, SPAN_OF(room), &out), ERR_BUG);
	cose_open_drop(&o);
	/* What the port lacks is said by name. */
	less.can &= ~(uint32_t)CAN_A128GCM;
	assert_int_equal(
	    cose_open_begin(&o, &less, &key, COSE_CTX_PAYLOAD, info, NULL),
	    ERR_COSE_ALG);
	assert_int_equal(cose_info_tag(&less, info, &tag, NULL), ERR_COSE_ALG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(suit_examples),
	    cmocka_unit_test(there_and_back),
	    cmocka_unit_test(many),
	    cmocka_unit_test(never_twice),
	    cmocka_unit_test(contexts),
	    cmocka_unit_test(x25519),
	    cmocka_unit_test(every_bit),
	    cmocka_unit_test(header_rules),
	    cmocka_unit_test(misuse),
	};

	c = test_crypto();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
