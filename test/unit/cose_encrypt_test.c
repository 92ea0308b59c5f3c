/*
 * cose_encrypt_test: encrypted messages, opened, written and refused.
 */
#include "cose_util.h"

static const struct crypto *c;
static const uint8_t text[] = "for one reader only";

/* The port, watched: what goes into the key derivation and comes out. */
static uint8_t seen_z[32], seen_kek[16], seen_cek[32];
static uint8_t seen_info[128];
static size_t seen_info_n;

static enum err
watched_hkdf(
    struct bytes salt, struct bytes ikm, struct bytes info, struct span out)
{
	assert_int_equal(salt.n, 0);
	assert_int_equal(ikm.n, 32);
	assert_int_equal(out.n, 16);
	assert_true(info.n <= sizeof(seen_info));
	memcpy(seen_z, ikm.p, 32);
	memcpy(seen_info, info.p, info.n);
	seen_info_n = info.n;
	TRY(c->hkdf(salt, ikm, info, out));
	memcpy(seen_kek, out.p, 16);
	return OK;
}

static enum err
watched_unwrap(struct bytes kek, struct bytes in, struct span out)
{
	TRY(c->kw_unwrap(kek, in, out));
	memcpy(seen_cek, out.p, out.n);
	return OK;
}

/* Intermediate values and plaintext of the drafts' examples.
 *                                                       [SUIT FE 3.3] */
static void
suit_examples(void **state)
{
	static const struct {
		const char *info, *payload, *z, *kek, *cek;
	} ex[] = {
	    {"fe-info-esdh-a128gcm.cose", "fe-payload-esdh-a128gcm.bin",
		"13bd7df22a0b2fa132a02083de47e209"
		"ae79231de158037f51aa663ae758fcd7",
		"bb63763fc3913868040a1d63cf3a72ba",
		"15f785b5c931414411b4b71373a9c0f7"},
	    {"fe-info-esdh-a128ctr.cose", "fe-payload-esdh-a128ctr.bin",
		"913b582d2b885968ce4083afda76912f"
		"ee4a81f01a9675d970f4091467cf5073",
		"209db9c2a780e84f7169162693fe2bac",
		"261de6165070fb8951ec5d7b92a065fe"},
	};
	static const char context[] =
	    "84 22 83f6f6f6 83f6f6f6 83 1880 44a101381c 57"
	    "53554954205061796c6f616420456e6372797074696f6e";
	struct agreer a = agreer_key("key-ecdh-recipient-kid-2.priv.pem");
	struct crypto w = *c;

	(void)state;
	w.hkdf = watched_hkdf;
	w.kw_unwrap = watched_unwrap;
	for (size_t i = 0; i < ARRAY_LEN(ex); i++) {
		uint8_t info[FILE_MAX], pay[FILE_MAX], want[FILE_MAX];
		struct bytes in = vector(ex[i].info, info), out;
		struct bytes ct = vector(ex[i].payload, pay);
		uint8_t plain[64];

		assert_int_equal(cose_decrypt_detached(&w, &a, COSE_CTX_PAYLOAD,
				     in, ct, SPAN_OF(plain), &out, NULL),
		    OK);
		assert_bytes(out, BYTES_LIT("This is a real firmware image."));
		assert_bytes(BYTES_OF(seen_z), hex(ex[i].z, want));
		assert_bytes(BYTES_OF(seen_kek), hex(ex[i].kek, want));
		assert_bytes(
		    ((struct bytes){seen_cek, 16}), hex(ex[i].cek, want));
		assert_bytes(((struct bytes){seen_info, seen_info_n}),
		    hex(context, want));
		/* Each form is refused by the opener of the other. */
		assert_int_equal(cose_decrypt(&w, &a, COSE_CTX_PAYLOAD, in,
				     SPAN_OF(plain), &out, NULL),
		    ERR_MISSING);
		assert_int_equal(cose_decrypt_detached(&w, &a, COSE_CTX_EAT, in,
				     ct, SPAN_OF(plain), &out, NULL),
		    ERR_UNDECRYPTABLE);
	}
	test_agreer_free(&a);
}

static const char *const eats[] = {
    "eat_encrypted_a128gcm.cbor",
    "eat_encrypted_chacha20poly1305.cbor",
    "eat_encrypted_a128ctr.cbor",
};

static enum err
open_it(const struct agreer *a, const char *ctx, struct bytes in,
    uint8_t plain[FILE_MAX], struct bytes *out)
{
	struct why why = {.err = OK};
	enum err e;

	memset(plain, 0x55, FILE_MAX);
	e = cose_decrypt(
	    c, a, ctx, in, (struct span){plain, FILE_MAX}, out, &why);
	if (e != OK) {
		assert_int_equal(why.err, e);
		assert_int_equal(out->n, 0);
		assert_null(out->p);
	}
	return e;
}

static void
eat_examples(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	struct agreer other = agreer_key("key-ecdh-recipient-kid-2.priv.pem");
	struct ring r = {
	    .key = {public_key("verifier-esp256.pub.pem")}, .n = 1};
	struct keyring ring = ring_of(&r);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(eats); i++) {
		uint8_t room[FILE_MAX], plain[FILE_MAX], want[FILE_MAX];
		struct bytes in = vector(eats[i], room), out;
		struct verified v;

		assert_true(cose_is_encrypt(in));
		assert_int_equal(
		    open_it(&a, COSE_CTX_EAT, in, plain, &out), OK);
		assert_bytes(
		    out, vector("attestation_result_untagged.cbor", want));
		assert_int_equal(
		    cose_verify(c, &ring, ACCEPT_SIGN1, out, &v, NULL), OK);
		/* Another purpose, another key. */
		assert_int_equal(open_it(&a, COSE_CTX_REPORT, in, plain, &out),
		    ERR_UNDECRYPTABLE);
		assert_zeroed(plain);
		assert_int_equal(open_it(&other, COSE_CTX_EAT, in, plain, &out),
		    ERR_UNDECRYPTABLE);
		assert_zeroed(plain);
	}
	test_agreer_free(&a);
	test_agreer_free(&other);
}

static void
report_example(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t room[FILE_MAX], plain[FILE_MAX];
	struct bytes in = vector("suit_report_encrypted_a128ctr.cbor", room);
	struct bytes out;
	size_t at;

	(void)state;
	assert_int_equal(open_it(&a, COSE_CTX_REPORT, in, plain, &out), OK);
	assert_int_equal(cbor_check(out, &at), OK);
	test_agreer_free(&a);
}

static enum err
agree_not(void *ctx, const struct cose_key *peer, uint8_t z[32])
{
	(void)peer;
	memset(z, 0, 32);
	return *(enum err *)ctx;
}

/* A key out of reach says nothing about the message; a peer's bad point is
 * the message's fault like any other. */
static void
holder_fails(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	static const struct {
		enum err says, want;
	} cases[] = {
	    {ERR_SYSTEM, ERR_SYSTEM},
	    {ERR_CRYPTO, ERR_CRYPTO},
	    {ERR_COSE_KEY, ERR_UNDECRYPTABLE},
	};
	uint8_t room[FILE_MAX], plain[FILE_MAX];
	struct bytes in = vector(eats[0], room), out;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum err says = cases[i].says;
		struct agreer broken = {.ctx = &says, .agree = agree_not};

		memcpy(broken.kid, a.kid, KID_LEN);
		assert_int_equal(
		    open_it(&broken, COSE_CTX_EAT, in, plain, &out),
		    cases[i].want);
		assert_zeroed(plain);
	}
	test_agreer_free(&a);
}

/*
 * With a tag, a flipped bit is refused or changed nothing that counts (the
 * kid of the only recipient); without one, only structure and keys are
 * protected.
 */
static void
every_bit(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t room[FILE_MAX], plain[FILE_MAX], good[FILE_MAX];
		struct bytes in = vector(eats[i], room), out, want;
		size_t accepted = 0;

		assert_int_equal(
		    open_it(&a, COSE_CTX_EAT, in, good, &want), OK);
		for (size_t bit = 0; bit < in.n * 8; bit += test_bit_step) {
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (open_it(&a, COSE_CTX_EAT, in, plain, &out) == OK) {
				assert_bytes(out, want);
				accepted++;
			}
			room[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		/* 32 octets of kid, its label and little else. */
		assert_in_range(
		    accepted, 256 / test_bit_step, 272 / test_bit_step + 1);
	}
	test_agreer_free(&a);
}

static void
every_length(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t room[FILE_MAX], plain[FILE_MAX];
	struct bytes in = vector(eats[0], room), out;

	(void)state;
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, BYTES_NONE, plain, &out), ERR_TRUNCATED);
	for (size_t n = 0; n < in.n; n++)
		assert_int_not_equal(open_it(&a, COSE_CTX_EAT,
					 (struct bytes){in.p, n}, plain, &out),
		    OK);
	test_agreer_free(&a);
}

static struct bytes
written(int32_t alg, const struct cose_key *to, const uint8_t *kid,
    struct span room)
{
	struct cbor_out w = cbor_into(room);
	struct bytes b;

	assert_int_equal(cose_encrypt_write(
			     &w, c, alg, to, kid, COSE_CTX_EAT, BYTES_OF(text)),
	    OK);
	assert_int_equal(cbor_done(&w, &b), OK);
	return b;
}

static const int32_t algs[] = {ALG_A128GCM, ALG_CHACHA20_POLY1305, ALG_A128CTR};

static void
write_and_open(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	struct cose_key to = public_key("tam-ecdh-p256.pub.pem");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
		uint8_t room[FILE_MAX], again[FILE_MAX], plain[FILE_MAX];
		struct bytes b = written(algs[i], &to, a.kid, SPAN_OF(room));
		struct bytes b2 = written(algs[i], &to, a.kid, SPAN_OF(again));
		struct cbor_out m = cbor_measure();
		struct cose_encrypted s;
		struct bytes out, n;
		size_t at;

		assert_int_equal(open_it(&a, COSE_CTX_EAT, b, plain, &out), OK);
		assert_bytes(out, BYTES_OF(text));
		assert_int_equal(cose_encrypted_read(b, &s, NULL), OK);
		assert_true(s.tagged && s.alg == algs[i]);
		assert_int_equal(s.recipients.n, 1);
		assert_int_equal(s.prot.n == 0, algs[i] == ALG_A128CTR);
		assert_int_equal(cbor_check(b, &at), OK);
		/* Nothing is used twice. */
		assert_int_equal(b.n, b2.n);
		assert_false(bytes_same(b, b2));
		/* Measured, it is as long. */
		assert_int_equal(cose_encrypt_write(&m, c, algs[i], &to, a.kid,
				     COSE_CTX_EAT, BYTES_OF(text)),
		    OK);
		assert_int_equal(cbor_done(&m, &n), OK);
		assert_int_equal(n.n, b.n);
		assert_true(b.n <= sizeof(text) + COSE_OVERHEAD);
		/* Any smaller room is refused. */
		for (size_t less = 0; less < b.n; less += 7) {
			struct cbor_out w =
			    cbor_into((struct span){again, less});

			assert_int_equal(
			    cose_encrypt_write(&w, c, algs[i], &to, a.kid,
				COSE_CTX_EAT, BYTES_OF(text)),
			    ERR_ROOM);
			assert_int_equal(cbor_done(&w, &out), ERR_ROOM);
		}
	}
	test_agreer_free(&a);
}

static void
write_refused(void **state)
{
	struct cose_key to = public_key("tam-ecdh-p256.pub.pem");
	struct cose_key off = to, ed = public_key("tam-ed25519.pub.pem");
	struct crypto small = *c;
	uint8_t room[FILE_MAX], kid[KID_LEN] = {0};
	struct cbor_out w;

	(void)state;
	off.y[31] ^= 1;
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_encrypt_write(&w, c, ALG_A128GCM, &off, kid,
			     COSE_CTX_EAT, BYTES_OF(text)),
	    ERR_COSE_KEY);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_encrypt_write(&w, c, ALG_A128GCM, &ed, kid,
			     COSE_CTX_EAT, BYTES_OF(text)),
	    ERR_COSE_KEY);
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_encrypt_write(&w, c, ALG_ESP256, &to, kid,
			     COSE_CTX_EAT, BYTES_OF(text)),
	    ERR_COSE_ALG);
	small.can &= ~(uint32_t)CAN_A128GCM;
	w = cbor_into(SPAN_OF(room));
	assert_int_equal(cose_encrypt_write(&w, &small, ALG_A128GCM, &to, kid,
			     COSE_CTX_EAT, BYTES_OF(text)),
	    ERR_COSE_ALG);
}

static void
plain_room(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t room[FILE_MAX], plain[FILE_MAX];
	struct bytes in = vector(eats[0], room), out;
	struct cose_encrypted s;

	(void)state;
	assert_int_equal(cose_encrypted_read(in, &s, NULL), OK);
	assert_int_equal(
	    cose_decrypt(c, &a, COSE_CTX_EAT, in,
		(struct span){plain, s.ciphertext.n - 1}, &out, NULL),
	    ERR_ROOM);
	assert_int_equal(cose_decrypt(c, &a, COSE_CTX_EAT, in,
			     (struct span){plain, s.ciphertext.n}, &out, NULL),
	    OK);
	test_agreer_free(&a);
}

/* A message of the parts of b, with these recipients. */
static struct bytes
rebuilt(const struct cose_encrypted *s, const char *prot, const char *unprot,
    const struct bytes *to, size_t n, uint8_t room[FILE_MAX])
{
	struct cbor_out w = cbor_into((struct span){room, FILE_MAX});
	uint8_t p[FILE_MAX], u[FILE_MAX];
	struct bytes out;

	cbor_put_tag(&w, TAG_ENCRYPT);
	cbor_put_array(&w, 4);
	cbor_put_bstr(&w, prot != NULL ? hex(prot, p) : s->prot);
	cbor_put_raw(&w, unprot != NULL ? hex(unprot, u) : s->unprot);
	cbor_put_bstr(&w, s->ciphertext);
	cbor_put_array(&w, n);
	for (size_t i = 0; i < n; i++)
		cbor_put_raw(&w, to[i]);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static void
several_recipients(void **state)
{
	/* An A128KW recipient, and ones of ours that hold another key. */
	static const uint8_t kw[] = {0x83, 0x40, 0xa1, 0x01, 0x22, 0x58, 0x18,
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	    0};
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	struct agreer b = agreer_key("key-ecdh-recipient-kid-2.priv.pem");
	struct cose_key to = public_key("tam-ecdh-p256.pub.pem");
	uint8_t room[FILE_MAX], room2[FILE_MAX], all[FILE_MAX];
	uint8_t plain[FILE_MAX];
	struct cose_encrypted s, s2;
	struct bytes list[9], out;

	(void)state;
	assert_int_equal(
	    cose_encrypted_read(
		written(ALG_A128GCM, &to, a.kid, SPAN_OF(room)), &s, NULL),
	    OK);
	/* The same reader, another message: a wrong content key. */
	assert_int_equal(
	    cose_encrypted_read(
		written(ALG_A128GCM, &to, b.kid, SPAN_OF(room2)), &s2, NULL),
	    OK);
	list[0] = BYTES_OF(kw);
	list[1] = s2.recipients.raw;
	list[2] = s.recipients.raw;
	/* By kid: the second one, which would unwrap too, is passed over. */
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, rebuilt(&s, NULL, NULL, list, 3, all),
		plain, &out),
	    OK);
	assert_bytes(out, BYTES_OF(text));
	/* No recipient names this key: all are tried. */
	memset(a.kid, 0, KID_LEN);
	list[1] = s.recipients.raw;
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, rebuilt(&s, NULL, NULL, list, 2, all),
		plain, &out),
	    OK);
	/* But not if one does. */
	memcpy(a.kid, b.kid, KID_LEN);
	list[1] = s.recipients.raw;
	list[2] = s2.recipients.raw;
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, rebuilt(&s, NULL, NULL, list, 3, all),
		plain, &out),
	    ERR_UNDECRYPTABLE);
	/* None of ours; none; too many. */
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, rebuilt(&s, NULL, NULL, list, 1, all),
		plain, &out),
	    ERR_UNDECRYPTABLE);
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, rebuilt(&s, NULL, NULL, list, 0, all),
		plain, &out),
	    ERR_RANGE);
	for (size_t i = 0; i < 9; i++)
		list[i] = BYTES_OF(kw);
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, rebuilt(&s, NULL, NULL, list, 9, all),
		plain, &out),
	    ERR_RANGE);
	test_agreer_free(&a);
	test_agreer_free(&b);
}

#define IV12 "4c 000000000000000000000000"
#define IV16 "50 00000000000000000000000000000000"

static void
header_rules(void **state)
{
	static const struct {
		const char *prot, *unprot;
		enum err e;
	} rule[] = {
	    {"a10101", "a1 05" IV12, ERR_UNDECRYPTABLE}, /* another iv */
	    {"a2 01 01 05" IV12, "a0", ERR_UNDECRYPTABLE},
	    {"a10101", "a0", ERR_UNDECRYPTABLE},
	    {"a10101", "a1 05" IV16, ERR_UNDECRYPTABLE},
	    {"a10103", "a1 05" IV12, ERR_UNDECRYPTABLE},
	    {"a10128", "a1 05" IV12, ERR_UNDECRYPTABLE},
	    /* an alg no tag covers; one where there is none to cover it */
	    {"", "a2 01 01 05" IV12, ERR_COSE_HEADER},
	    {"a0", "a2 01 01 05" IV12, ERR_COSE_HEADER},
	    {"a1 01 39fffd", "a1 05" IV16, ERR_COSE_HEADER},
	    {"a1 04 4131", "a2 01 39fffd 05" IV16, ERR_COSE_HEADER},
	    {"", "a1 05" IV12, ERR_COSE_HEADER},
	    {"a10101", "a2 01 01 05" IV12, ERR_COSE_HEADER},
	    {"a2 01 01 05" IV12, "a1 05" IV12, ERR_COSE_HEADER},
	    {"a2 01 01 02 81 18 63", "a1 05" IV12, ERR_COSE_CRIT},
	    {"a10101", "a2 02 81 01 05" IV12, ERR_COSE_HEADER},
	    {"a1 01 6141", "a1 05" IV12, ERR_COSE_ALG},
	    {"a10101", "80", ERR_TYPE},
	};
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t room[FILE_MAX], all[FILE_MAX], plain[FILE_MAX];
	struct bytes in = vector(eats[0], room), out;
	struct cose_encrypted s;

	(void)state;
	assert_int_equal(cose_encrypted_read(in, &s, NULL), OK);
	for (size_t i = 0; i < ARRAY_LEN(rule); i++) {
		struct bytes b = rebuilt(&s, rule[i].prot, rule[i].unprot,
		    &s.recipients.raw, 1, all);
		enum err e = rule[i].unprot[0] == '8'
				 ? cose_encrypted_read(b, &s, NULL)
				 : open_it(&a, COSE_CTX_EAT, b, plain, &out);

		if (e != rule[i].e)
			fail_msg("%s | %s: %s", rule[i].prot, rule[i].unprot,
			    err_name(e));
	}
	test_agreer_free(&a);
}

/* 41 A0 for an empty protected bucket; CTR has no tag to complain. */
static void
empty_map_protected(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t room[FILE_MAX], all[FILE_MAX], plain[FILE_MAX];
	uint8_t want[FILE_MAX];
	struct bytes in = vector(eats[2], room), out;
	struct cose_encrypted s;

	(void)state;
	assert_int_equal(cose_encrypted_read(in, &s, NULL), OK);
	in = rebuilt(&s, "a0", NULL, &s.recipients.raw, 1, all);
	assert_int_equal(open_it(&a, COSE_CTX_EAT, in, plain, &out), OK);
	assert_bytes(out, vector("attestation_result_untagged.cbor", want));
	test_agreer_free(&a);
}

/* Where the recipient of the first example has what. */
static void
recipient_rules(void **state)
{
	struct agreer a = agreer_key("tam-ecdh-p256.priv.pem");
	uint8_t room[FILE_MAX], all[FILE_MAX], plain[FILE_MAX];
	uint8_t bad[FILE_MAX];
	struct bytes in = vector(eats[0], room), out, r;
	struct cose_encrypted s;
	size_t n;

	(void)state;
	assert_int_equal(cose_encrypted_read(in, &s, NULL), OK);
	n = s.recipients.raw.n;
	r = (struct bytes){bad, n};
	memcpy(bad, s.recipients.raw.p, n);
	assert_memory_equal(bad, "\x83\x44\xa1\x01\x38\x1c\xa2\x20\xa4", 9);
	/* An ephemeral key that is no point, or is not there. */
	bad[20] ^= 1;
	in = rebuilt(&s, NULL, NULL, &r, 1, all);
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, in, plain, &out), ERR_UNDECRYPTABLE);
	bad[20] ^= 1;
	bad[7] = 0x37; /* label -24 */
	in = rebuilt(&s, NULL, NULL, &r, 1, all);
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, in, plain, &out), ERR_UNDECRYPTABLE);
	bad[7] = 0x20;
	/* ECDH-ES in the clear: 83 40 A3 01 381C ... */
	memcpy(bad, "\x83\x40\xa3\x01\x38\x1c", 6);
	memcpy(bad + 6, s.recipients.raw.p + 7, n - 7);
	r.n = n - 1;
	in = rebuilt(&s, NULL, NULL, &r, 1, all);
	assert_int_equal(
	    open_it(&a, COSE_CTX_EAT, in, plain, &out), ERR_COSE_HEADER);
	/* Recipients of recipients. */
	memcpy(bad, s.recipients.raw.p, n);
	bad[0] = 0x84;
	bad[n] = 0x80;
	r.n = n + 1;
	in = rebuilt(&s, NULL, NULL, &r, 1, all);
	assert_int_equal(open_it(&a, COSE_CTX_EAT, in, plain, &out), ERR_RANGE);
	test_agreer_free(&a);
}

static void
what_is_encrypt(void **state)
{
	static const struct {
		const char *in;
		bool is;
	} t[] = {
	    {"d8 60 84 40 a0 40 80", true},
	    {"84 40 a0 40 80", true},
	    {"84 40 a0 f6 80", true},
	    {"d8 60 83 40 a0 40", false},
	    {"84 40 a0 40 40", false},
	    {"d2 84 40 a0 40 80", false},
	    {"d8 62 84 40 a0 40 80", false},
	    {"83 40 a0 80", false},
	    {"a0", false},
	    {"", false},
	    {"d8 60", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		uint8_t room[FILE_MAX];

		if (cose_is_encrypt(hex(t[i].in, room)) != t[i].is)
			fail_msg("%s", t[i].in);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(suit_examples),
	    cmocka_unit_test(eat_examples),
	    cmocka_unit_test(report_example),
	    cmocka_unit_test(holder_fails),
	    cmocka_unit_test(every_bit),
	    cmocka_unit_test(every_length),
	    cmocka_unit_test(write_and_open),
	    cmocka_unit_test(write_refused),
	    cmocka_unit_test(plain_room),
	    cmocka_unit_test(several_recipients),
	    cmocka_unit_test(header_rules),
	    cmocka_unit_test(empty_map_protected),
	    cmocka_unit_test(recipient_rules),
	    cmocka_unit_test(what_is_encrypt),
	};

	c = test_crypto();
	return c == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
