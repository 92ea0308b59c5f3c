/*
 * crypto_port_test: a crypto port against published vectors, its keys, its
 * refusals.  The same for every port; what only one has is in a test named
 * after it.
 */
#include "cose_util.h"

static const struct crypto *c;

/* ---- digests ---- */

static void
sha256(void **state)
{
	struct bytes part[] = {
	    BYTES_LIT("a"), BYTES_NONE, BYTES_LIT("b"), BYTES_LIT("c")};
	uint8_t got[32], want[FILE_MAX];
	struct hash h;

	(void)state;
	(void)hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20"
		  "015ad",
	    want);
	assert_int_equal(c->sha256(part, 4, got), OK);
	assert_memory_equal(got, want, 32);
	assert_int_equal(c->hash_begin(&h), OK);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(c->hash_more(&h, part[i]), OK);
	assert_int_equal(c->hash_end(&h, got), OK);
	assert_memory_equal(got, want, 32);
	/* Given up; and ended twice. */
	assert_int_equal(c->hash_begin(&h), OK);
	assert_int_equal(c->hash_end(&h, NULL), OK);
	assert_int_equal(c->hash_end(&h, NULL), OK);
	assert_int_equal(c->hash_end(&h, got), ERR_BUG);
	assert_int_equal(c->hash_more(&h, part[0]), ERR_BUG);
	(void)hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b785"
		  "2b855",
	    want);
	assert_int_equal(c->sha256(NULL, 0, got), OK);
	assert_memory_equal(got, want, 32);
}

static void
hmac(void **state)
{
	uint8_t got[32], want[FILE_MAX];

	(void)state;
	/* RFC 4231 case 2 */
	assert_int_equal(c->hmac_sha256(BYTES_LIT("Jefe"),
			     BYTES_LIT("what do ya want for nothing?"), got),
	    OK);
	assert_bytes(BYTES_OF(got),
	    hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3"
		"843",
		want));
	assert_int_equal(c->hmac_sha256(BYTES_NONE, BYTES_NONE, got), OK);
	assert_bytes(BYTES_OF(got),
	    hex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292"
		"c5ad",
		want));
}

/* RFC 5869 A.1 to A.3 */
static void
hkdf(void **state)
{
	static const struct {
		const char *ikm, *salt, *info, *okm;
	} t[] = {
	    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		"000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
		"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c"
		"5bf34007208d5b887185865"},
	    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	     "404142434445464748494a4b4c4d4e4f",
		"606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7"
		"e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c"
		"9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
		"b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdc"
		"ecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebec"
		"edeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
		"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa"
		"97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9ac"
		"a3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
	    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
		"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738"
		"d2d9d201395faa4b61a96c8"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		uint8_t ikm[FILE_MAX], salt[FILE_MAX], info[FILE_MAX];
		uint8_t okm[FILE_MAX], got[FILE_MAX];
		struct bytes want = hex(t[i].okm, okm);

		assert_int_equal(
		    c->hkdf(hex(t[i].salt, salt), hex(t[i].ikm, ikm),
			hex(t[i].info, info), (struct span){got, want.n}),
		    OK);
		assert_memory_equal(got, want.p, want.n);
	}
}

/* ---- ciphers ---- */

static void
key_wrap(void **state)
{
	uint8_t room[FILE_MAX], in[FILE_MAX], want[FILE_MAX], out[40], back[32];
	struct bytes plain =
	    hex("00112233445566778899aabbccddeeff0001020304050607"
		"08090a0b0c0d0e0f",
		in);
	struct bytes k;

	(void)state;
	k = hex("000102030405060708090a0b0c0d0e0f", room);
	/* RFC 3394 4.1 */
	plain.n = 16;
	assert_int_equal(c->kw_wrap(k, plain, (struct span){out, 24}), OK);
	assert_bytes(((struct bytes){out, 24}),
	    hex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", want));
	assert_int_equal(
	    c->kw_unwrap(k, (struct bytes){out, 24}, (struct span){back, 16}),
	    OK);
	assert_memory_equal(back, in, 16);
	/* Every flipped bit, and another key, are refused. */
	for (size_t bit = 0; bit < 24 * 8; bit++) {
		out[bit / 8] ^= (uint8_t)(1u << bit % 8);
		memset(back, 0x55, 32);
		assert_int_equal(c->kw_unwrap(k, (struct bytes){out, 24},
				     (struct span){back, 16}),
		    ERR_UNDECRYPTABLE);
		for (size_t i = 0; i < 16; i++)
			assert_int_equal(back[i], 0);
		out[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	room[0] ^= 1;
	assert_int_equal(
	    c->kw_unwrap(k, (struct bytes){out, 24}, (struct span){back, 16}),
	    ERR_UNDECRYPTABLE);
	room[0] ^= 1;
	/* 32 octets, as for ChaCha20. */
	plain.n = 32;
	assert_int_equal(c->kw_wrap(k, plain, SPAN_OF(out)), OK);
	assert_int_equal(c->kw_unwrap(k, BYTES_OF(out), SPAN_OF(back)), OK);
	assert_memory_equal(back, in, 32);
	/* Lengths. */
	for (size_t n = 0; n < 40; n++)
		assert_int_equal(
		    c->kw_unwrap(k, (struct bytes){out, n}, SPAN_OF(back)),
		    ERR_UNDECRYPTABLE);
	assert_int_equal(
	    c->kw_unwrap(k, (struct bytes){out, 16}, (struct span){back, 8}),
	    ERR_UNDECRYPTABLE);
	plain.n = 15;
	assert_int_equal(c->kw_wrap(k, plain, (struct span){out, 23}), ERR_BUG);
}

static const struct {
	int32_t alg;
	const char *key, *iv, *aad, *plain, *cipher;
} content[] = {
    /* McGrew and Viega, test case 4 */
    {ALG_A128GCM, "feffe9928665731c6d6a8f9467308308",
	"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c"
	"0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d5"
	"14b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
	"5bc94fbc3221a5db94fae95ae7121a47"},
    /* test cases 10 and 16 */
    {ALG_A192GCM, "feffe9928665731c6d6a8f9467308308feffe9928665731c",
	"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c"
	"0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	"3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d77"
	"3d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710"
	"2519498e80f1478f37ba55bd6d27618c"},
    {ALG_A256GCM,
	"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c"
	"0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb0"
	"8e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	"76fc6ece0f4e1768cddf8853bb2d551b"},
    /* RFC 8439 2.8.2 */
    {ALG_CHACHA20_POLY1305,
	"808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
	"070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
	"4c616469657320616e642047656e746c656d656e206f662074686520636c61737320"
	"6f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c7920"
	"6f6e652074697020666f7220746865206675747572652c2073756e73637265656e20"
	"776f756c642062652069742e",
	"d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbe"
	"a45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f"
	"2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b"
	"7a9de576d26586cec64b6116"
	"1ae10b594f09e26a7e902ecbd0600691"},
    /* SP 800-38A F.5.1 */
    {ALG_A128CTR, "2b7e151628aed2a6abf7158809cf4f3c",
	"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "",
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	"874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"},
    /* F.5.3 and F.5.5 */
    {ALG_A192CTR, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "",
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	"1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"},
    {ALG_A256CTR,
	"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	"f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "",
	"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
	"601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"},
};

static void
content_ciphers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(content); i++) {
		uint8_t k[FILE_MAX], v[FILE_MAX], a[FILE_MAX], p[FILE_MAX];
		uint8_t w[FILE_MAX], out[FILE_MAX], back[FILE_MAX];
		int32_t alg = content[i].alg;
		struct bytes key = hex(content[i].key, k);
		struct bytes iv = hex(content[i].iv, v);
		struct bytes aad = hex(content[i].aad, a);
		struct bytes plain = hex(content[i].plain, p);
		struct bytes want = hex(content[i].cipher, w);
		struct bytes ct = {out, want.n};
		struct span to = {back, plain.n};

		assert_int_equal(c->seal(alg, key, iv, aad, plain,
				     (struct span){out, want.n}),
		    OK);
		assert_bytes(ct, want);
		assert_int_equal(c->open(alg, key, iv, aad, ct, to), OK);
		assert_memory_equal(back, p, plain.n);
		/* In place. */
		assert_int_equal(
		    c->open(alg, key, iv, aad, ct, (struct span){out, plain.n}),
		    OK);
		assert_memory_equal(out, p, plain.n);
		/* Wrong lengths. */
		iv.n--;
		assert_int_equal(
		    c->open(alg, key, iv, aad, want, to), ERR_UNDECRYPTABLE);
		assert_int_equal(c->seal(alg, key, iv, aad, plain,
				     (struct span){out, want.n}),
		    ERR_BUG);
		iv.n++;
		key.n--;
		assert_int_equal(c->open(alg, key, iv, aad, want, to), ERR_BUG);
		key.n++;
		if (want.n == plain.n) /* no tag */
			continue;
		/* Every flipped bit; nothing is left in the room. */
		for (size_t bit = 0; bit < want.n * 8; bit++) {
			w[bit / 8] ^= (uint8_t)(1u << bit % 8);
			memset(back, 0x55, plain.n);
			assert_int_equal(c->open(alg, key, iv, aad, want, to),
			    ERR_UNDECRYPTABLE);
			for (size_t j = 0; j < plain.n; j++)
				assert_int_equal(back[j], 0);
			w[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		a[0] ^= 1;
		assert_int_equal(
		    c->open(alg, key, iv, aad, want, to), ERR_UNDECRYPTABLE);
		assert_int_equal(
		    c->open(alg, key, iv, aad, (struct bytes){w, 15},
			(struct span){back, 0}),
		    ERR_UNDECRYPTABLE);
	}
	assert_int_equal(c->seal(ALG_ESP256, BYTES_NONE, BYTES_NONE, BYTES_NONE,
			     BYTES_NONE, (struct span){NULL, 0}),
	    ERR_COSE_ALG);
}

/* The whole of in through a running cipher, in pieces of step octets. */
static enum err
in_pieces(bool sealing, size_t i, struct bytes in, size_t step, uint8_t *out,
    struct span tag)
{
	uint8_t k[FILE_MAX], v[FILE_MAX], a[FILE_MAX];
	struct cipher s;

	TRY(c->cipher_begin(&s, sealing, content[i].alg, hex(content[i].key, k),
	    hex(content[i].iv, v), hex(content[i].aad, a)));
	for (size_t at = 0; at < in.n; at += step) {
		size_t n = in.n - at < step ? in.n - at : step;

		assert_int_equal(
		    c->cipher_more(&s, (struct bytes){in.p + at, n},
			(struct span){out + at, n}),
		    OK);
	}
	return c->cipher_end(&s, tag);
}

static void
running_ciphers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(content); i++) {
		uint8_t p[FILE_MAX], w[FILE_MAX], out[FILE_MAX], tag[16];
		struct bytes plain = hex(content[i].plain, p);
		struct bytes want = hex(content[i].cipher, w);
		struct bytes box = {w, plain.n};
		size_t t = want.n - plain.n;
		struct cipher s;

		for (size_t step = 16; step <= 64; step += 16) {
			assert_int_equal(in_pieces(true, i, plain, step, out,
					     (struct span){tag, t}),
			    OK);
			assert_memory_equal(out, w, plain.n);
			assert_memory_equal(tag, w + plain.n, t);
			assert_int_equal(in_pieces(false, i, box, step, out,
					     (struct span){tag, t}),
			    OK);
			assert_memory_equal(out, p, plain.n);
		}
		for (size_t bit = 0; bit < 8 * t; bit++) {
			tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(in_pieces(false, i, box, 32, out,
					     (struct span){tag, t}),
			    ERR_UNDECRYPTABLE);
			tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		if (t > 0) {
			w[0] ^= 1;
			assert_int_equal(in_pieces(false, i, box, 32, out,
					     (struct span){tag, t}),
			    ERR_UNDECRYPTABLE);
			w[0] ^= 1;
		}
		/* A tag of another length; given up; ended twice. */
		assert_int_equal(in_pieces(true, i, plain, 32, out,
				     (struct span){tag, t == 0 ? 16 : 15}),
		    ERR_BUG);
		assert_int_equal(in_pieces(false, i, box, 32, out,
				     (struct span){tag, t == 0 ? 16 : 0}),
		    ERR_BUG);
		assert_int_equal(
		    in_pieces(true, i, plain, 32, out, (struct span){NULL, 0}),
		    OK);
		memset(&s, 0, sizeof(s));
		assert_int_equal(c->cipher_end(&s, (struct span){NULL, 0}), OK);
		assert_int_equal(c->cipher_end(&s, SPAN_OF(tag)), ERR_BUG);
		assert_int_equal(
		    c->cipher_more(&s, plain, (struct span){out, plain.n}),
		    ERR_BUG);
	}
}

/* What a message says wrongly is its fault, what the caller does a bug. */
static void
running_refused(void **state)
{
	static const uint8_t key[16] = {1}, iv[16] = {2};
	const struct bytes k = BYTES_OF(key), iv12 = {iv, 12}, iv16 = {iv, 16};
	struct cipher s;

	(void)state;
	assert_int_equal(
	    c->cipher_begin(&s, false, ALG_ESP256, k, iv12, BYTES_NONE),
	    ERR_COSE_ALG);
	assert_int_equal(
	    c->cipher_begin(&s, false, ALG_A128GCM, k, iv16, BYTES_NONE),
	    ERR_UNDECRYPTABLE);
	assert_int_equal(
	    c->cipher_begin(&s, true, ALG_A128GCM, k, iv16, BYTES_NONE),
	    ERR_BUG);
	assert_int_equal(
	    c->cipher_begin(&s, false, ALG_A128CTR, k, iv16, BYTES_LIT("aad")),
	    ERR_BUG);
	assert_int_equal(
	    c->cipher_begin(&s, false, ALG_A256GCM, k, iv12, BYTES_NONE),
	    ERR_BUG);
}

/* RFC 3394 4.2, 4.3, 4.6 */
static void
key_wrap_long(void **state)
{
	static const struct {
		size_t kek, cek;
		const char *want;
	} t[] = {
	    {24, 16, "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d"},
	    {32, 16, "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
	    {32, 32,
		"28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f"
		"43bfb988b9b7a02dd21"},
	};
	uint8_t in[FILE_MAX], kek[32], want[FILE_MAX], out[40], back[32];

	(void)state;
	(void)hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d"
		  "0e0f",
	    in);
	for (size_t i = 0; i < 32; i++)
		kek[i] = (uint8_t)i;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		const struct bytes k = {kek, t[i].kek};
		struct bytes box = {out, t[i].cek + 8};
		struct span to = {back, t[i].cek};

		assert_int_equal(c->kw_wrap(k, (struct bytes){in, t[i].cek},
				     (struct span){out, box.n}),
		    OK);
		assert_bytes(box, hex(t[i].want, want));
		assert_int_equal(c->kw_unwrap(k, box, to), OK);
		assert_memory_equal(back, in, t[i].cek);
		out[5] ^= 1;
		assert_int_equal(c->kw_unwrap(k, box, to), ERR_UNDECRYPTABLE);
	}
	for (size_t n = 0; n <= 32; n++)
		if (n % 8 != 0 || n < 16)
			assert_int_equal(c->kw_unwrap((struct bytes){kek, n},
					     BYTES_OF(out), SPAN_OF(back)),
			    ERR_BUG);
}

/* RFC 7748 6.1, and a point of small order: the secret would be zero. */
static void
x25519(void **state)
{
	static const char pem[] =
	    "-----BEGIN PRIVATE KEY-----\n"
	    "MC4CAQAwBQYDK2VuBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq\n"
	    "-----END PRIVATE KEY-----\n";
	struct cose_key bob = {.kty = KTY_OKP, .crv = CRV_X25519}, eph;
	struct cose_key small = bob, p256 = public_key("tam-ecdh-p256.pub.pem");
	uint8_t room[FILE_MAX], z[32], z2[32];
	struct agreer a;
	struct signer s;

	(void)state;
	memcpy(bob.x,
	    hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f88"
		"2b4f",
		room)
		.p,
	    32);
	if ((c->can & CAN_X25519) == 0) {
		assert_int_equal(c->key_check(&bob), ERR_COSE_ALG);
		assert_int_equal(
		    c->ecdh_ephemeral(&bob, &eph, z), ERR_COSE_ALG);
		return;
	}
	assert_int_equal(c->key_check(&bob), OK);
	assert_int_equal(test_agreer_load(BYTES_LIT(pem), &a), OK);
	assert_int_equal(a.agree(a.ctx, &bob, z), OK);
	assert_bytes(BYTES_OF(z),
	    hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e16"
		"1742",
		room));
	assert_int_equal(c->ecdh_ephemeral(&bob, &eph, z2), OK);
	assert_int_equal(eph.crv, CRV_X25519);
	/* Zero, and another curve. */
	memset(z, 0x55, 32);
	assert_int_equal(a.agree(a.ctx, &small, z), ERR_COSE_KEY);
	assert_zeroed(z);
	assert_int_equal(c->ecdh_ephemeral(&small, &eph, z), ERR_COSE_KEY);
	assert_int_equal(a.agree(a.ctx, &p256, z), ERR_COSE_KEY);
	/* It signs for nobody. */
	assert_int_equal(test_signer_load(BYTES_LIT(pem), &s), ERR_COSE_KEY);
	test_agreer_free(&a);
}

/* An empty message has a tag all the same. */
static void
empty_content(void **state)
{
	static const uint8_t key[16] = {1}, iv[12] = {2};
	uint8_t tag[16], none[1];

	(void)state;
	assert_int_equal(c->seal(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv),
			     BYTES_NONE, BYTES_NONE, SPAN_OF(tag)),
	    OK);
	assert_int_equal(c->open(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv),
			     BYTES_NONE, BYTES_OF(tag), (struct span){none, 0}),
	    OK);
	tag[0] ^= 1;
	assert_int_equal(c->open(ALG_A128GCM, BYTES_OF(key), BYTES_OF(iv),
			     BYTES_NONE, BYTES_OF(tag), (struct span){none, 0}),
	    ERR_UNDECRYPTABLE);
}

static void
randomness(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};

	(void)state;
	assert_int_equal(c->random(SPAN_OF(a)), OK);
	assert_int_equal(c->random(SPAN_OF(b)), OK);
	assert_memory_not_equal(a, b, 32);
	assert_int_equal(c->random((struct span){NULL, 0}), OK);
}

/* ---- signatures ---- */

static const struct {
	int32_t alg;
	const char *x, *y, *msg, *sig;
} signatures[] = {
    /* RFC 6979 A.2.5 */
    {ALG_ESP256,
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
	"73616d706c65",
	"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"},
    {ALG_ESP256,
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
	"74657374",
	"f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
	"019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"},
    /* RFC 8032 7.1 */
    {ALG_ED25519,
	"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	"",
	"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8"
	"821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {ALG_ED25519,
	"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "",
	"72",
	"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085a"
	"c1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
};

static struct cose_key
key_of(int32_t alg, const char *x, const char *y)
{
	bool ec = alg == ALG_ESP256;
	struct cose_key k = {
	    ec ? KTY_EC2 : KTY_OKP, ec ? CRV_P256 : CRV_ED25519, {0}, {0}};
	uint8_t room[FILE_MAX] = {0};

	memcpy(k.x, hex(x, room).p, 32);
	if (ec)
		memcpy(k.y, hex(y, room).p, 32);
	return k;
}

static void
verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		int32_t alg = signatures[i].alg;
		struct cose_key k =
		    key_of(alg, signatures[i].x, signatures[i].y);
		uint8_t m[FILE_MAX], s[FILE_MAX];
		struct bytes msg = hex(signatures[i].msg, m);
		struct bytes sig = hex(signatures[i].sig, s);
		struct bytes part[] = {
		    {msg.p, msg.n / 2},
		    BYTES_NONE,
		    {msg.p + msg.n / 2, msg.n - msg.n / 2},
		};

		if (alg == ALG_ED25519 && !has_ed25519()) {
			assert_int_equal(c->key_check(&k), ERR_COSE_ALG);
			assert_int_equal(
			    c->verify(alg, &k, &msg, 1, sig), ERR_COSE_ALG);
			continue;
		}
		assert_int_equal(c->key_check(&k), OK);
		assert_int_equal(c->verify(alg, &k, &msg, 1, sig), OK);
		assert_int_equal(c->verify(alg, &k, part, 3, sig), OK);
		for (size_t bit = 0; bit < 512; bit++) {
			s[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_int_equal(
			    c->verify(alg, &k, &msg, 1, sig), ERR_SIGNATURE);
			s[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t n = 0; n < 66; n++) {
			if (n == 64)
				continue;
			sig.n = n;
			assert_int_equal(
			    c->verify(alg, &k, &msg, 1, sig), ERR_SIGNATURE);
		}
		sig.n = 64;
		part[1] = BYTES_LIT("x");
		assert_int_equal(
		    c->verify(alg, &k, part, 3, sig), ERR_SIGNATURE);
		/* Algorithms that do not fit. */
		assert_int_equal(
		    c->verify(alg == ALG_ESP256 ? ALG_ED25519 : ALG_ESP256, &k,
			&msg, 1, sig),
		    ERR_COSE_ALG);
		assert_int_equal(
		    c->verify(ALG_ES256, &k, &msg, 1, sig), ERR_COSE_ALG);
		k.crv = 2;
		assert_int_equal(
		    c->verify(alg, &k, &msg, 1, sig), ERR_COSE_ALG);
	}
}

/* r and s at the edges of their range; S of Ed25519 not reduced. */
static void
verify_edges(void **state)
{
	static const char order[] = "ffffffff00000000ffffffffffffffffbce6faada7"
				    "179e84f3b9cac2fc632551";
	static const char zero[] =
	    "00000000000000000000000000000000000000000000"
	    "00000000000000000000";
	static const char one[] = "00000000000000000000000000000000000000000000"
				  "00000000000000000001";
	static const char all[] = "ffffffffffffffffffffffffffffffffffffffffffff"
				  "ffffffffffffffffffff";
	const char *const v[] = {zero, one, order, all};
	struct cose_key k =
	    key_of(ALG_ESP256, signatures[0].x, signatures[0].y);
	struct bytes msg = BYTES_LIT("sample");
	uint8_t s[FILE_MAX];

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		(void)hex(v[i / 4], s);
		(void)hex(v[i % 4], s + 32);
		assert_int_equal(
		    c->verify(ALG_ESP256, &k, &msg, 1, (struct bytes){s, 64}),
		    ERR_SIGNATURE);
	}
	/* The same signature with S + L, which a lax reader takes. */
	k = key_of(ALG_ED25519, signatures[2].x, "");
	(void)hex(signatures[2].sig, s);
	{
		uint8_t l[FILE_MAX];
		unsigned carry = 0;

		(void)hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000"
			  "000000000010",
		    l);
		for (size_t i = 0; i < 32; i++) {
			carry += (unsigned)s[32 + i] + l[i];
			s[32 + i] = (uint8_t)carry;
			carry >>= 8;
		}
	}
	assert_int_equal(c->verify(ALG_ED25519, &k, &(struct bytes){s, 0}, 1,
			     (struct bytes){s, 64}),
	    has_ed25519() ? ERR_SIGNATURE : ERR_COSE_ALG);
}

static void
points_refused(void **state)
{
	/* p of each curve, and values beside it. */
	static const char p256[] =
	    "ffffffff00000001000000000000000000000000ffff"
	    "ffffffffffffffffffff";
	static const char *const ed[] = {
	    /* small order: 1, -1, 0, and order 8 with either sign */
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    /* not reduced: p, p + 1, 2^255 - 1 */
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    /* y = 2: no such point */
	    "0200000000000000000000000000000000000000000000000000000000000000",
	};
	struct cose_key good =
	    key_of(ALG_ESP256, signatures[0].x, signatures[0].y);
	struct cose_key k, eph;
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t sig[64] = {1}, z[32], room[FILE_MAX];
	struct bytes msg = BYTES_LIT("sample");
	struct cose_key bad[5];
	/* A port without Ed25519 refuses the good ones as well. */
	enum err no_ed = has_ed25519() ? ERR_COSE_KEY : ERR_COSE_ALG;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		bad[i] = good;
	bad[0].y[31] ^= 1;
	bad[1].x[0] ^= 1;
	memset(bad[2].x, 0, 32);
	memset(bad[2].y, 0, 32);
	memcpy(bad[3].x, hex(p256, room).p, 32);
	memset(bad[4].y, 0xff, 32);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		k = bad[i];
		assert_int_equal(c->key_check(&k), ERR_COSE_KEY);
		assert_int_equal(
		    c->verify(ALG_ESP256, &k, &msg, 1, BYTES_OF(sig)),
		    ERR_COSE_KEY);
		assert_int_equal(a.agree(a.ctx, &k, z), ERR_COSE_KEY);
		assert_zeroed(z);
		assert_int_equal(c->ecdh_ephemeral(&k, &eph, z), ERR_COSE_KEY);
		assert_zeroed(z);
	}
	for (size_t i = 0; i < ARRAY_LEN(ed); i++) {
		k = key_of(ALG_ED25519, ed[i], "");
		if (c->key_check(&k) != no_ed)
			fail_msg("%s", ed[i]);
		assert_int_equal(
		    c->verify(ALG_ED25519, &k, &msg, 1, BYTES_OF(sig)), no_ed);
	}
	/* Identity as key and commitment, S = 0: forged for every message. */
	memset(sig, 0, 64);
	sig[0] = 1;
	k = key_of(ALG_ED25519, ed[0], "");
	assert_int_equal(
	    c->verify(ALG_ED25519, &k, &msg, 1, BYTES_OF(sig)), no_ed);
	k.kty = 4;
	assert_int_equal(c->key_check(&k), ERR_COSE_KEY);
	test_agreer_free(&a);
}

/* Half of all y have a point; of those nobody is refused. */
static void
points_accepted(void **state)
{
	(void)state;
	for (int i = 0; i < 16; i++) {
		int32_t crv = i & 1 ? CRV_P256 : CRV_ED25519;
		uint8_t room[TEST_PEM_MAX];
		struct bytes pem;
		struct cose_key k;
		enum err e = test_key_generate(crv, SPAN_OF(room), &pem, &k);

		if (crv == CRV_ED25519 && !has_ed25519()) {
			assert_int_equal(e, ERR_COSE_ALG);
			assert_int_equal(pem.n, 0);
			assert_zeroed(k);
			continue;
		}
		assert_int_equal(e, OK);
		assert_int_equal(c->key_check(&k), OK);
	}
}

/* ---- agreement ---- */

static void
agreement(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	struct cose_key pub = public_key("tam-ecdh-p256.pub.pem");
	struct cose_key ed = public_key("tam-ed25519.pub.pem");
	struct cose_key e1, e2;
	uint8_t z1[32], z2[32], z3[32];

	(void)state;
	assert_int_equal(c->ecdh_ephemeral(&pub, &e1, z1), OK);
	assert_int_equal(a.agree(a.ctx, &e1, z2), OK);
	assert_memory_equal(z1, z2, 32);
	assert_int_equal(c->ecdh_ephemeral(&pub, &e2, z3), OK);
	assert_memory_not_equal(&e1, &e2, sizeof(e1));
	assert_memory_not_equal(z1, z3, 32);
	assert_int_equal(c->key_check(&e1), OK);
	assert_int_equal(a.agree(a.ctx, &ed, z2), ERR_COSE_KEY);
	assert_int_equal(c->ecdh_ephemeral(&ed, &e1, z2), ERR_COSE_KEY);
	test_agreer_free(&a);
}

/* x = 0 is on the curve: the peer can choose that the secret be zero only
 * with the scalar in hand, so the check is shown on its own. */
static void
zero_secret(void **state)
{
	/* y = sqrt(b): the point with x = 0. */
	struct cose_key k = key_of(ALG_ESP256,
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4");
	/* PKCS#8 of the scalar one. */
	static const char pem[] =
	    "-----BEGIN PRIVATE KEY-----\n"
	    "MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCAAAAAAAAAAAAAAAAAA\n"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAQ==\n"
	    "-----END PRIVATE KEY-----\n";
	struct agreer a;
	uint8_t z[32];

	(void)state;
	assert_int_equal(test_agreer_load(BYTES_LIT(pem), &a), OK);
	assert_int_equal(c->key_check(&k), OK);
	memset(z, 0x55, 32);
	assert_int_equal(a.agree(a.ctx, &k, z), ERR_COSE_KEY);
	assert_zeroed(z);
	test_agreer_free(&a);
}

/* ---- keys ---- */

static void
key_files(void **state)
{
	static const char *const pub[] = {
	    "tam-ecdh-p256.pub.pem", "tam-ecdh-p256.cert.pem"};
	struct cose_key k = public_of_signer("tam-ecdh-p256.priv.pem"), got;
	uint8_t room[FILE_MAX];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct signer s = signer_key("key-es256-distributor.priv.pem");
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pub); i++) {
		got = public_key(pub[i]);
		assert_memory_equal(&got, &k, sizeof(k));
	}
	b = vector("compressed.pub.pem", room);
	if (test_reads_compressed) {
		assert_int_equal(test_public_read(b, &got), OK);
		assert_memory_equal(&got, &k, sizeof(k));
	} else {
		assert_int_equal(test_public_read(b, &got), ERR_COSE_KEY);
		assert_zeroed(got);
	}
	cose_key_write(&w, &k);
	assert_int_equal(cbor_done(&w, &b), OK);
	assert_int_equal(test_public_read(b, &got), OK);
	assert_memory_equal(&got, &k, sizeof(k));
	assert_int_equal(s.alg, ALG_ESP256);
	test_signer_free(&s);
	assert_zeroed(s);
	test_signer_free(&s);
}

static void
keys_refused(void **state)
{
	static const struct {
		const char *file;
		enum err priv, pub;
	} t[] = {
	    {"p384.priv.pem", ERR_COSE_KEY, ERR_SYNTAX},
	    {"p384.pub.pem", ERR_SYNTAX, ERR_COSE_KEY},
	    {"encrypted.priv.pem", ERR_SYNTAX, ERR_SYNTAX},
	    {"mismatch.priv.pem", ERR_COSE_KEY, ERR_SYNTAX},
	    {"trailing.priv.pem", ERR_SYNTAX, ERR_SYNTAX},
	    {"tam-esp256.pub.pem", ERR_SYNTAX, OK},
	    {"tam-ecdh-p256.cert.pem", ERR_SYNTAX, OK},
	    {"tam-ecdh-p256.priv.pem", OK, ERR_SYNTAX},
	    {"README.md", ERR_SYNTAX, ERR_SYNTAX},
	    {"eat_encrypted_a128gcm.cbor", ERR_SYNTAX, ERR_SYNTAX},
	};
	static const uint8_t cbor[] = {0xa1, 0x01, 0x04};
	uint8_t room[FILE_MAX];
	struct cose_key k;
	struct signer s;
	struct agreer a;
	struct bytes b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		b = vector(t[i].file, room);
		if (test_signer_load(b, &s) != t[i].priv ||
		    test_public_read(b, &k) != t[i].pub)
			fail_msg("%s", t[i].file);
		test_signer_free(&s);
		assert_int_equal(test_agreer_load(b, &a), t[i].priv);
		test_agreer_free(&a);
		assert_int_equal(test_private_public(b, &k), t[i].priv);
		if (t[i].priv != OK)
			assert_zeroed(k);
	}
	/* Ed25519 agrees with nobody. */
	b = vector("tam-ed25519.priv.pem", room);
	assert_int_equal(test_agreer_load(b, &a),
	    has_ed25519() ? ERR_COSE_KEY : ERR_COSE_ALG);
	assert_zeroed(a);
	/* And where it is absent it also signs for nobody. */
	assert_int_equal(
	    test_signer_load(b, &s), has_ed25519() ? OK : ERR_COSE_ALG);
	test_signer_free(&s);
	b = vector("tam-ed25519.pub.pem", room);
	assert_int_equal(
	    test_public_read(b, &k), has_ed25519() ? OK : ERR_COSE_ALG);
	assert_int_equal(test_public_read(BYTES_OF(cbor), &k), ERR_COSE_KEY);
	assert_int_equal(test_public_read(BYTES_NONE, &k), ERR_SYNTAX);
	assert_int_equal(test_signer_load(BYTES_NONE, &s), ERR_SYNTAX);
	/* A point off the curve, in a COSE_Key. */
	{
		struct cbor_out w = cbor_into(SPAN_OF(room));

		k = public_key("tam-esp256.pub.pem");
		w = cbor_into(SPAN_OF(room));
		k.x[3] ^= 4;
		cose_key_write(&w, &k);
		assert_int_equal(cbor_done(&w, &b), OK);
		assert_int_equal(test_public_read(b, &k), ERR_COSE_KEY);
		assert_zeroed(k);
	}
	/* Every shorter file. */
	b = vector("tam-ecdh-p256.priv.pem", room);
	for (size_t n = 0; n + 27 < b.n; n++)
		assert_int_equal(
		    test_signer_load((struct bytes){b.p, n}, &s), ERR_SYNTAX);
}

static void
generated(void **state)
{
	static const int32_t crv[] = {CRV_P256, CRV_ED25519};

	(void)state;
	for (size_t i = 0; i < (has_ed25519() ? 2 : 1); i++) {
		uint8_t priv[TEST_PEM_MAX], pub[TEST_PEM_MAX];
		uint8_t kid[KID_LEN], sig[SIG_LEN];
		struct bytes pem, ppem, msg = BYTES_LIT("message");
		struct cose_key k, got;
		struct signer s;

		assert_int_equal(
		    test_key_generate(crv[i], SPAN_OF(priv), &pem, &k), OK);
		assert_int_equal(pem.p[pem.n], 0);
		assert_int_equal(test_signer_load(pem, &s), OK);
		assert_int_equal(cose_key_thumbprint(c, &k, kid), OK);
		assert_memory_equal(s.kid, kid, KID_LEN);
		assert_int_equal(s.alg, cose_key_alg(&k));
		assert_int_equal(s.sign(s.ctx, &msg, 1, sig), OK);
		assert_int_equal(
		    c->verify(s.alg, &k, &msg, 1, BYTES_OF(sig)), OK);
		assert_int_equal(
		    test_public_write(&k, SPAN_OF(pub), &ppem), OK);
		assert_int_equal(pub[ppem.n], 0);
		assert_int_equal(test_public_read(ppem, &got), OK);
		assert_memory_equal(&got, &k, sizeof(k));
		/* Rooms too small. */
		for (size_t n = 0; n <= ppem.n; n++)
			assert_int_equal(
			    test_public_write(&k, (struct span){priv, n}, &pem),
			    ERR_ROOM);
		assert_int_equal(test_key_generate(
				     crv[i], (struct span){priv, 60}, &pem, &k),
		    ERR_ROOM);
		assert_zeroed(k);
		assert_int_equal(pem.n, 0);
		test_signer_free(&s);
	}
	assert_int_equal(test_key_generate(5, (struct span){NULL, 0},
			     &(struct bytes){NULL, 0}, NULL),
	    ERR_BUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sha256),
	    cmocka_unit_test(hmac),
	    cmocka_unit_test(hkdf),
	    cmocka_unit_test(key_wrap),
	    cmocka_unit_test(content_ciphers),
	    cmocka_unit_test(running_ciphers),
	    cmocka_unit_test(running_refused),
	    cmocka_unit_test(key_wrap_long),
	    cmocka_unit_test(x25519),
	    cmocka_unit_test(empty_content),
	    cmocka_unit_test(randomness),
	    cmocka_unit_test(verify),
	    cmocka_unit_test(verify_edges),
	    cmocka_unit_test(points_refused),
	    cmocka_unit_test(points_accepted),
	    cmocka_unit_test(agreement),
	    cmocka_unit_test(zero_secret),
	    cmocka_unit_test(key_files),
	    cmocka_unit_test(keys_refused),
	    cmocka_unit_test(generated),
	};

	c = test_crypto();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
