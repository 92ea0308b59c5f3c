/*
 * mbedtls_test: what only the Mbed TLS port has: nonces of RFC 6979, keys
 * from scalars, key slots.  The rest is in crypto_port_test.
 */
#include "cose_util.h"

#include <mbedtls_pem.h>
#include <psa/crypto.h>

static const struct crypto *c;

/* RFC 6979 A.2.5: the same key and message give the same signature. */
static void
nonces(void **state)
{
	static const struct {
		const char *msg, *sig;
	} t[] = {
	    {"sample",
		"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf37"
		"16f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843a"
		"cda8"},
	    {"test",
		"f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d383"
		"67019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f"
		"0083"},
	};
	uint8_t d[FILE_MAX], want[FILE_MAX], sig[SIG_LEN];
	struct cose_key pub;
	struct signer s;

	(void)state;
	(void)hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f"
		  "6721",
	    d);
	assert_int_equal(mbed_scalar_public(d, &pub), OK);
	assert_bytes(BYTES_OF(pub.x),
	    hex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29"
		"fb6",
		want));
	assert_int_equal(mbed_signer_from(d, &s), OK);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct bytes msg = {
		    (const uint8_t *)t[i].msg, strlen(t[i].msg)};
		struct bytes part[2] = {{msg.p, 1}, {msg.p + 1, msg.n - 1}};

		assert_int_equal(s.sign(s.ctx, &msg, 1, sig), OK);
		assert_bytes(BYTES_OF(sig), hex(t[i].sig, want));
		assert_int_equal(s.sign(s.ctx, part, 2, sig), OK);
		assert_bytes(BYTES_OF(sig), hex(t[i].sig, want));
	}
	mbed_signer_free(&s);
}

/* 1 .. n-1 are keys; 0, n and what is above are none. */
static void
scalars(void **state)
{
	static const struct {
		const char *d;
		enum err e;
	} t[] = {
	    {"0000000000000000000000000000000000000000000000000000000000000000",
		ERR_COSE_KEY},
	    {"0000000000000000000000000000000000000000000000000000000000000001",
		OK},
	    {"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550",
		OK},
	    {"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
		ERR_COSE_KEY},
	    {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		ERR_COSE_KEY},
	};
	uint8_t d[FILE_MAX], a[MBED_SCALAR_LEN], b[MBED_SCALAR_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct cose_key pub;
		struct signer s;
		struct agreer ag;

		(void)hex(t[i].d, d);
		assert_int_equal(mbed_scalar_public(d, &pub), t[i].e);
		assert_int_equal(mbed_signer_from(d, &s), t[i].e);
		assert_int_equal(mbed_agreer_from(d, &ag), t[i].e);
		if (t[i].e != OK) {
			assert_zeroed(pub);
			assert_zeroed(s);
			assert_zeroed(ag);
		} else {
			assert_memory_equal(s.kid, ag.kid, KID_LEN);
			assert_int_equal(c->key_check(&pub), OK);
		}
		mbed_signer_free(&s);
		mbed_agreer_free(&ag);
		assert_zeroed(s);
		assert_zeroed(ag);
	}
	assert_int_equal(mbed_scalar_make(a), OK);
	assert_int_equal(mbed_scalar_make(b), OK);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* A signer's key does not agree, and an agreer's does not sign: PSA holds
 * both to the purpose they were given. */
static void
one_purpose(void **state)
{
	uint8_t d[MBED_SCALAR_LEN], sig[SIG_LEN], z[32];
	struct bytes msg = BYTES_LIT("message");
	struct cose_key pub;
	struct signer s, crossed_s;
	struct agreer a, crossed_a;

	(void)state;
	assert_int_equal(mbed_scalar_make(d), OK);
	assert_int_equal(mbed_scalar_public(d, &pub), OK);
	assert_int_equal(mbed_signer_from(d, &s), OK);
	assert_int_equal(mbed_agreer_from(d, &a), OK);
	crossed_s = s;
	crossed_s.ctx = a.ctx;
	crossed_a = a;
	crossed_a.ctx = s.ctx;
	memset(sig, 0x55, sizeof(sig));
	assert_int_equal(
	    crossed_s.sign(crossed_s.ctx, &msg, 1, sig), ERR_CRYPTO);
	assert_zeroed(sig);
	assert_int_equal(crossed_a.agree(crossed_a.ctx, &pub, z), ERR_CRYPTO);
	assert_zeroed(z);
	mbed_signer_free(&s);
	mbed_agreer_free(&a);
	/* Freed keys do nothing any more. */
	crossed_s.ctx = crossed_a.ctx;
	assert_int_not_equal(crossed_s.sign(crossed_s.ctx, &msg, 1, sig), OK);
}

/* The library has few slots: whatever is done, also what fails, gives its
 * own back. */
static void
slots(void **state)
{
	static const uint8_t key[32] = {1}, iv[16] = {2};
	struct cose_key pub = public_key("tam-ecdh-p256.pub.pem"), off = pub;
	struct bytes k16 = {key, 16}, iv12 = {iv, 12}, msg = BYTES_LIT("m");
	struct cose_key eph;
	uint8_t out[64], z[32], sig[64] = {1};
	struct signer s[64];
	size_t n = 0;
	enum err e;

	(void)state;
	off.x[0] ^= 1;
	for (size_t i = 0; i < 70; i++) {
		assert_int_equal(c->key_check(&pub), OK);
		assert_int_equal(c->key_check(&off), ERR_COSE_KEY);
		assert_int_equal(
		    c->verify(ALG_ESP256, &pub, &msg, 1, BYTES_OF(sig)),
		    ERR_SIGNATURE);
		assert_int_equal(
		    c->ecdh_ephemeral(&off, &eph, z), ERR_COSE_KEY);
		assert_int_equal(c->hmac_sha256(k16, msg, z), OK);
		assert_int_equal(c->hkdf(k16, k16, k16, SPAN_OF(z)), OK);
		assert_int_equal(
		    c->kw_wrap(k16, k16, (struct span){out, 24}), OK);
		out[3] ^= 1;
		assert_int_equal(c->kw_unwrap(k16, (struct bytes){out, 24},
				     (struct span){z, 16}),
		    ERR_UNDECRYPTABLE);
		assert_int_equal(c->seal(ALG_A128GCM, k16, iv12, BYTES_NONE,
				     msg, (struct span){out, 17}),
		    OK);
		out[3] ^= 1;
		assert_int_equal(
		    c->open(ALG_A128GCM, k16, iv12, BYTES_NONE,
			(struct bytes){out, 17}, (struct span){z, 1}),
		    ERR_UNDECRYPTABLE);
		assert_int_equal(c->seal(ALG_A128CTR, k16, BYTES_OF(iv),
				     BYTES_NONE, msg, (struct span){out, 1}),
		    OK);
	}
	/* And when they are used up, that is said and nothing breaks. */
	memcpy(out, key, 32);
	do
		e = mbed_signer_from(out, &s[n]);
	while (e == OK && ++n < ARRAY_LEN(s));
	assert_in_range(n, 8, ARRAY_LEN(s) - 1);
	assert_int_equal(e, ERR_MEMORY);
	assert_int_equal(
	    c->verify(ALG_ESP256, &pub, &msg, 1, BYTES_OF(sig)), ERR_MEMORY);
	assert_int_equal(c->key_check(&pub), ERR_MEMORY);
	for (size_t i = 0; i < n; i++)
		mbed_signer_free(&s[i]);
	assert_int_equal(c->key_check(&pub), OK);
}

/* In place, whatever the length and however it stands in memory. */
static void
counter_mode_in_place(void **state)
{
	static const uint8_t key[16] = {1}, iv[16] = {[15] = 0xfe};
	uint8_t plain[80], apart[80], same[84];

	(void)state;
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n <= sizeof(plain); n++)
		for (size_t shift = 0; shift < 4; shift++) {
			struct bytes in = {same + shift, n};

			memcpy(same + shift, plain, n);
			assert_int_equal(
			    c->seal(ALG_A128CTR, BYTES_OF(key), BYTES_OF(iv),
				BYTES_NONE, (struct bytes){plain, n},
				(struct span){apart, n}),
			    OK);
			assert_int_equal(
			    c->seal(ALG_A128CTR, BYTES_OF(key), BYTES_OF(iv),
				BYTES_NONE, in, (struct span){same + shift, n}),
			    OK);
			assert_memory_equal(same + shift, apart, n);
			assert_int_equal(
			    c->open(ALG_A128CTR, BYTES_OF(key), BYTES_OF(iv),
				BYTES_NONE, in, (struct span){same + shift, n}),
			    OK);
			assert_memory_equal(same + shift, plain, n);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nonces),
	    cmocka_unit_test(scalars),
	    cmocka_unit_test(one_purpose),
	    cmocka_unit_test(slots),
	    cmocka_unit_test(counter_mode_in_place),
	};

	c = test_crypto();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
