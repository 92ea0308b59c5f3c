/*
 * mbedtls_openssl_test: what one port makes the other one takes, both ways.
 */
#include "cose_util.h"

#include <crypto_openssl.h>
#include <mbedtls_pem.h>

/* One side: a port with its keys, all read from the same files. */
struct side {
	const char *name;
	const struct crypto *c;
	struct signer s;
	struct agreer a;
};

static struct side side[2];
static struct cose_key s_pub, a_pub;

static int
sides(void **state)
{
	uint8_t sk[FILE_MAX], ak[FILE_MAX];
	struct bytes s = vector("key-es256-author.priv.pem", sk);
	struct bytes a = vector("tam-ecdh-p256.priv.pem", ak);
	struct cose_key again;

	(void)state;
	side[0].name = "OpenSSL";
	side[0].c = crypto_openssl();
	side[1].name = "Mbed TLS";
	side[1].c = crypto_mbedtls();
	assert_non_null(side[0].c);
	assert_non_null(side[1].c);
	assert_int_equal(openssl_signer_load(s, &side[0].s), OK);
	assert_int_equal(mbed_signer_load(s, &side[1].s), OK);
	assert_int_equal(openssl_agreer_load(a, &side[0].a), OK);
	assert_int_equal(mbed_agreer_load(a, &side[1].a), OK);
	assert_memory_equal(side[0].s.kid, side[1].s.kid, KID_LEN);
	assert_memory_equal(side[0].a.kid, side[1].a.kid, KID_LEN);
	assert_int_equal(openssl_private_public(s, &s_pub), OK);
	assert_int_equal(mbed_private_public(s, &again), OK);
	assert_memory_equal(&s_pub, &again, sizeof(s_pub));
	assert_int_equal(openssl_private_public(a, &a_pub), OK);
	return 0;
}

static int
no_sides(void **state)
{
	(void)state;
	openssl_signer_free(&side[0].s);
	mbed_signer_free(&side[1].s);
	openssl_agreer_free(&side[0].a);
	mbed_agreer_free(&side[1].a);
	return 0;
}

/* Octets that differ with seed and place. */
static struct bytes
noise(uint8_t *room, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1103515245u + 12345u;
		room[i] = (uint8_t)(seed >> 16);
	}
	return (struct bytes){room, n};
}

/* Same input, same octets. */
static void
digests(void **state)
{
	uint8_t key[200], msg[300], out[2][64];

	(void)state;
	for (size_t n = 0; n <= 200; n++) {
		struct bytes k = noise(key, n, (unsigned)n);
		struct bytes m = noise(msg, n + n / 2, 7);
		struct bytes part[3] = {m, k, m};

		for (size_t i = 0; i < 2; i++)
			assert_int_equal(
			    side[i].c->sha256(part, 3, out[i]), OK);
		assert_memory_equal(out[0], out[1], 32);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(
			    side[i].c->hmac_sha256(k, m, out[i]), OK);
		assert_memory_equal(out[0], out[1], 32);
		if (n == 0)
			continue;
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(side[i].c->hkdf(m, k, m,
					     (struct span){out[i], 1 + n % 64}),
			    OK);
		assert_memory_equal(out[0], out[1], 1 + n % 64);
	}
}

static void
ciphers(void **state)
{
	static const struct {
		int32_t alg;
		size_t key, iv, tag;
	} t[] = {
	    {ALG_A128GCM, 16, 12, 16},
	    {ALG_CHACHA20_POLY1305, 32, 12, 16},
	    {ALG_A128CTR, 16, 16, 0},
	};
	uint8_t kr[32], vr[16], ar[40], pr[100], out[2][116], back[100];
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		for (size_t n = 0; n <= sizeof(pr); n++) {
			struct bytes k = noise(kr, t[i].key, (unsigned)n);
			struct bytes v = noise(vr, t[i].iv, (unsigned)n + 1);
			struct bytes a =
			    noise(ar, t[i].tag > 0 ? n % 40 : 0, 3);
			struct bytes p = noise(pr, n, 4);

			for (size_t j = 0; j < 2; j++)
				assert_int_equal(
				    side[j].c->seal(t[i].alg, k, v, a, p,
					(struct span){out[j], n + t[i].tag}),
				    OK);
			assert_memory_equal(out[0], out[1], n + t[i].tag);
			for (size_t j = 0; j < 2; j++) {
				assert_int_equal(
				    side[j].c->open(t[i].alg, k, v, a,
					(struct bytes){out[!j], n + t[i].tag},
					(struct span){back, n}),
				    OK);
				assert_memory_equal(back, pr, n);
				done++;
			}
		}
	assert_int_equal(done, 3 * 101 * 2);
}

static void
key_wrap(void **state)
{
	uint8_t kek[16], in[64], out[2][72], back[64];

	(void)state;
	for (size_t n = 16; n <= sizeof(in); n += 8) {
		struct bytes plain = noise(in, n, (unsigned)n);

		(void)noise(kek, sizeof(kek), (unsigned)n + 9);
		for (size_t i = 0; i < 2; i++)
			assert_int_equal(
			    side[i].c->kw_wrap(BYTES_OF(kek), plain,
				(struct span){out[i], n + 8}),
			    OK);
		assert_memory_equal(out[0], out[1], n + 8);
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(side[i].c->kw_unwrap(BYTES_OF(kek),
					     (struct bytes){out[!i], n + 8},
					     (struct span){back, n}),
			    OK);
			assert_memory_equal(back, in, n);
		}
	}
}

static void
signatures(void **state)
{
	uint8_t msg[64], sig[SIG_LEN];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < 32; n++) {
			struct bytes m = noise(msg, n, (unsigned)n);
			struct side *by = &side[i], *to = &side[!i];

			assert_int_equal(by->s.sign(by->s.ctx, &m, 1, sig), OK);
			assert_int_equal(to->c->verify(ALG_ESP256, &s_pub, &m,
					     1, BYTES_OF(sig)),
			    OK);
			sig[n] ^= 0x10;
			assert_int_equal(to->c->verify(ALG_ESP256, &s_pub, &m,
					     1, BYTES_OF(sig)),
			    ERR_SIGNATURE);
		}
}

static void
agreement(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < 16; n++) {
			struct side *by = &side[i], *to = &side[!i];
			uint8_t z1[32], z2[32];
			struct cose_key eph;

			assert_int_equal(
			    by->c->ecdh_ephemeral(&a_pub, &eph, z1), OK);
			assert_int_equal(to->a.agree(to->a.ctx, &eph, z2), OK);
			assert_memory_equal(z1, z2, 32);
		}
}

/* Keys made by one are files to the other, private and public. */
static void
key_files(void **state)
{
	uint8_t room[2][TEST_PEM_MAX], pub_room[2][TEST_PEM_MAX];
	struct cose_key k[2], got;
	struct bytes pem[2], pub[2];

	(void)state;
	assert_int_equal(
	    openssl_key_generate(CRV_P256, SPAN_OF(room[0]), &pem[0], &k[0]),
	    OK);
	assert_int_equal(
	    mbed_key_generate(CRV_P256, SPAN_OF(room[1]), &pem[1], &k[1]), OK);
	assert_int_equal(mbed_private_public(pem[0], &got), OK);
	assert_memory_equal(&got, &k[0], sizeof(got));
	assert_int_equal(openssl_private_public(pem[1], &got), OK);
	assert_memory_equal(&got, &k[1], sizeof(got));
	/* One public key has one form. */
	assert_int_equal(
	    openssl_public_write(&k[0], SPAN_OF(pub_room[0]), &pub[0]), OK);
	assert_int_equal(
	    mbed_public_write(&k[0], SPAN_OF(pub_room[1]), &pub[1]), OK);
	assert_bytes(pub[0], pub[1]);
}

/* Whole COSE, signed by one and encrypted by one, for the other. */
static void
whole_messages(void **state)
{
	static const int32_t algs[] = {
	    ALG_A128GCM, ALG_CHACHA20_POLY1305, ALG_A128CTR};
	struct bytes msg = BYTES_LIT("a whole message");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct side *by = &side[i], *to = &side[!i];
		struct ring r = {.key = {s_pub}, .n = 1};
		struct keyring ring = ring_of(&r);
		uint8_t room[512], plain[512];
		struct cbor_out w = cbor_into(SPAN_OF(room));
		struct verified v;
		struct bytes out;
		struct why why;

		assert_int_equal(
		    cose_sign1_write(&w, &by->s, msg, NULL, WRITE_TAGGED), OK);
		assert_int_equal(cbor_done(&w, &out), OK);
		assert_int_equal(
		    cose_verify(to->c, &ring, ACCEPT_SIGN1, out, &v, &why), OK);
		assert_bytes(v.payload, msg);
		for (size_t j = 0; j < ARRAY_LEN(algs); j++) {
			w = cbor_into(SPAN_OF(room));
			assert_int_equal(
			    cose_encrypt_write(&w, by->c, algs[j], &a_pub,
				to->a.kid, COSE_CTX_REPORT, msg),
			    OK);
			assert_int_equal(cbor_done(&w, &out), OK);
			assert_int_equal(
			    cose_decrypt(to->c, &to->a, COSE_CTX_REPORT, out,
				SPAN_OF(plain), &out, &why),
			    OK);
			assert_bytes(out, msg);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(digests),
	    cmocka_unit_test(ciphers),
	    cmocka_unit_test(key_wrap),
	    cmocka_unit_test(signatures),
	    cmocka_unit_test(agreement),
	    cmocka_unit_test(key_files),
	    cmocka_unit_test(whole_messages),
	};

	return cmocka_run_group_tests(tests, sides, no_sides);
}
