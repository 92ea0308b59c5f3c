/*
 * tpm: structures of a TPM and of the firmware, each as it should be and in
 * every way in which it can be wrong.
 */
#include "tpm_make.h"

#include "rats_support.h"
#include <tamarind/eat.h>

#define SEPARATOR 4
#define EVENT_TAG 6
#define NO_ACTION 3

static const uint8_t nonce[32] = "a challenge of thirty-two octets";
static const uint8_t digest[32] = {1, 2, 3};
static const uint8_t zeros[4];

/* Every octet less is refused, and one more. */
static void
whole_only(struct bytes in, enum err (*read)(struct bytes in))
{
	uint8_t copy[8193];

	assert_int_equal(read(in), OK);
	for (size_t n = 0; n < in.n; n++)
		assert_int_not_equal(read((struct bytes){in.p, n}), OK);
	memcpy(copy, in.p, in.n);
	copy[in.n] = 0;
	assert_int_not_equal(read((struct bytes){copy, in.n + 1}), OK);
}

/* ---- quote --------------------------------------------------------------- */

static struct quote_parts
good_quote(void)
{
	return (struct quote_parts){.magic = 0xff544347,
	    .type = 0x8018,
	    .bank = TPM_SHA256,
	    .pcrs = TPM_PCR_MASK,
	    .extra = BYTES_OF(nonce),
	    .digest = BYTES_OF(digest)};
}

static enum err
quote_read(struct bytes in)
{
	struct tpm_quote q;

	return tpm_quote_read(in, &q, NULL);
}

static void
test_quote(void **state)
{
	struct quote_parts p = good_quote();
	struct tpm_quote q;
	struct tpm_out o;

	(void)state;
	quote_make(&o, &p);
	assert_int_equal(tpm_quote_read(made(&o), &q, NULL), OK);
	assert_true(bytes_same(q.extra, BYTES_OF(nonce)));
	assert_true(bytes_same(q.digest, BYTES_OF(digest)));
	assert_int_equal(q.pcrs, TPM_PCR_MASK);
	assert_int_equal(q.clock, 123456);
	assert_int_equal(q.resets, 3);
	assert_int_equal(q.restarts, 1);
	assert_int_equal(q.firmware, 0x2020);
	assert_int_equal(q.signer.n, TPM_NAME_LEN);
	whole_only(made(&o), quote_read);
}

static void
test_quote_refused(void **state)
{
	static const uint8_t big[65];
	const struct {
		const char *name;
		struct quote_parts p;
		enum err err;
	} row[] = {
	    {"not a TPM's",
		{0xff544348, TPM_PCR_MASK, 0x8018, TPM_SHA256, BYTES_OF(nonce),
		    BYTES_OF(digest)},
		ERR_TYPE},
	    {"a certified key",
		{0xff544347, TPM_PCR_MASK, 0x8017, TPM_SHA256, BYTES_OF(nonce),
		    BYTES_OF(digest)},
		ERR_TYPE},
	    {"another bank",
		{0xff544347, TPM_PCR_MASK, 0x8018, 4, BYTES_OF(nonce),
		    BYTES_OF(digest)},
		ERR_UNEXPECTED},
	    {"challenge too long",
		{0xff544347, TPM_PCR_MASK, 0x8018, TPM_SHA256, BYTES_OF(big),
		    BYTES_OF(digest)},
		ERR_RANGE},
	    {"digest too short",
		{0xff544347, TPM_PCR_MASK, 0x8018, TPM_SHA256, BYTES_OF(nonce),
		    {digest, 20}},
		ERR_RANGE},
	};
	uint8_t large[TPM_QUOTE_MAX + 1] = {0};
	struct tpm_quote q;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct tpm_out o;
		struct why why = {0};
		enum err e;

		quote_make(&o, &row[i].p);
		e = tpm_quote_read(made(&o), &q, &why);
		if (e != row[i].err)
			fail_msg("%s: %s", row[i].name, err_name(e));
		assert_string_equal(why.what, "quote");
	}
	assert_int_equal(
	    tpm_quote_read(BYTES_OF(large), &q, NULL), ERR_TOO_LONG);
}

static enum err
signature_read(struct bytes in)
{
	uint8_t sig[SIG_LEN];

	return tpm_signature_read(in, sig, NULL);
}

static void
test_signature(void **state)
{
	uint8_t sig[SIG_LEN], got[SIG_LEN];
	struct tpm_out o;

	(void)state;
	for (size_t i = 0; i < SIG_LEN; i++)
		sig[i] = (uint8_t)(i + 1);
	signature_make(&o, sig);
	assert_int_equal(tpm_signature_read(made(&o), got, NULL), OK);
	assert_memory_equal(sig, got, SIG_LEN);
	whole_only(made(&o), signature_read);
	/* A TPM leaves leading zeros out. */
	o = (struct tpm_out){0};
	put_n(&o, 2, TPM_ECDSA);
	put_n(&o, 2, TPM_SHA256);
	put_2b(&o, (struct bytes){sig, 31});
	put_2b(&o, (struct bytes){sig, 1});
	assert_int_equal(tpm_signature_read(made(&o), got, NULL), OK);
	assert_int_equal(got[0], 0);
	assert_memory_equal(got + 1, sig, 31);
	assert_int_equal(got[62], 0);
	assert_int_equal(got[63], 1);
	/* RSA; ECDSA with SHA-384; a number that is too long. */
	o.p[1] = 0x14;
	assert_int_equal(signature_read(made(&o)), ERR_COSE_ALG);
	o.p[1] = TPM_ECDSA;
	o.p[3] = 0x0c;
	assert_int_equal(signature_read(made(&o)), ERR_COSE_ALG);
	o.p[3] = TPM_SHA256;
	o.p[5] = 33;
	assert_int_equal(signature_read(made(&o)), ERR_RANGE);
}

/* ---- keys of a TPM ------------------------------------------------------- */

static enum err
public_read(struct bytes in)
{
	struct tpm_public p;

	return tpm_public_read(in, &p, NULL);
}

static void
test_public(void **state)
{
	const struct crypto *c = crypto_openssl();
	uint8_t name[TPM_NAME_LEN], want[DIGEST_LEN];
	struct tpm_public p;
	struct cose_key k;
	struct tpm_out o;
	struct bytes all;
	struct pair ak;

	(void)state;
	pair_make(&ak, CRV_P256, false);
	public_make(&o, AK_ATTRIBUTES, TPM_SHA256, &ak.pub);
	all = made(&o);
	assert_int_equal(tpm_public_read(all, &p, NULL), OK);
	assert_int_equal(tpm_ak_check(&p, &k, NULL), OK);
	assert_memory_equal(k.x, ak.pub.x, 32);
	assert_memory_equal(k.y, ak.pub.y, 32);
	assert_int_equal(c->key_check(&k), OK);
	assert_int_equal(tpm_name(c, all, name), OK);
	assert_int_equal(c->sha256(&all, 1, want), OK);
	assert_int_equal(name[0] << 8 | name[1], TPM_SHA256);
	assert_memory_equal(name + 2, want, DIGEST_LEN);
	whole_only(all, public_read);
	pair_free(&ak);
}

/* One that signs octets of anybody's, that somebody outside has, that is a
 * parent; another digest. */
static void
test_ak_refused(void **state)
{
	const struct {
		uint32_t attributes;
		uint16_t hash;
		enum err err;
	} row[] = {
	    {AK_ATTRIBUTES & ~(uint32_t)TPM_RESTRICTED, TPM_SHA256,
		ERR_KEY_PURPOSE},
	    {AK_ATTRIBUTES & ~(uint32_t)TPM_FIXED_TPM, TPM_SHA256,
		ERR_KEY_PURPOSE},
	    {AK_ATTRIBUTES & ~(uint32_t)TPM_FIXED_PARENT, TPM_SHA256,
		ERR_KEY_PURPOSE},
	    {AK_ATTRIBUTES & ~(uint32_t)TPM_ORIGIN, TPM_SHA256,
		ERR_KEY_PURPOSE},
	    {AK_ATTRIBUTES & ~(uint32_t)TPM_SIGN, TPM_SHA256, ERR_KEY_PURPOSE},
	    {AK_ATTRIBUTES | TPM_DECRYPT, TPM_SHA256, ERR_KEY_PURPOSE},
	    {AK_ATTRIBUTES, 0x0c, ERR_COSE_ALG},
	};
	struct cose_key k = {.kty = KTY_EC2, .crv = CRV_P256};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row); i++) {
		struct tpm_public p;
		struct cose_key got;
		struct tpm_out o;

		public_make(&o, row[i].attributes, row[i].hash, &k);
		assert_int_equal(tpm_public_read(made(&o), &p, NULL), OK);
		assert_int_equal(tpm_ak_check(&p, &got, NULL), row[i].err);
	}
}

/* An endorsement key: RSA, a parent. */
static void
test_public_rsa(void **state)
{
	uint8_t n[256] = {0x80}, policy[32] = {0x83};
	struct tpm_public p;
	struct cose_key k;
	struct tpm_out o = {0};

	(void)state;
	put_n(&o, 2, TPM_RSA);
	put_n(&o, 2, TPM_SHA256);
	put_n(&o, 4, 0x000300b2);
	put_2b(&o, BYTES_OF(policy));
	put_n(&o, 2, TPM_AES);
	put_n(&o, 2, 128);
	put_n(&o, 2, TPM_CFB);
	put_n(&o, 2, TPM_NULL);
	put_n(&o, 2, 2048);
	put_n(&o, 4, 0);
	put_2b(&o, BYTES_OF(n));
	assert_int_equal(tpm_public_read(made(&o), &p, NULL), OK);
	assert_int_equal(p.exponent, 65537);
	assert_int_equal(p.n.n, 256);
	assert_int_equal(tpm_ak_check(&p, &k, NULL), ERR_KEY_PURPOSE);
	whole_only(made(&o), public_read);
	o.p[50] ^= 8; /* the number of bits */
	assert_int_equal(public_read(made(&o)), ERR_RANGE);
}

/* ---- the event log ------------------------------------------------------- */

static enum err
log_read(struct bytes in)
{
	struct tpm_event e;
	struct tpm_log l;
	enum err err = tpm_log_begin(&l, in, NULL);

	while (err == OK)
		err = tpm_log_next(&l, &e, NULL);
	return err == ERR_NOT_FOUND ? OK : err;
}

static void
test_log(void **state)
{
	const struct crypto *c = crypto_openssl();
	const struct bytes zero = BYTES_OF(zeros);
	uint8_t pcr4[DIGEST_LEN] = {0}, hash[DIGEST_LEN];
	struct tpm_event e;
	struct tpm_pcrs p;
	struct tpm_out o;
	struct tpm_log l;

	(void)state;
	log_begin(&o);
	log_put(&o, 4, EVENT_TAG, BYTES_OF(digest), BYTES_LIT("a kernel"));
	log_add(&o, c, 4, SEPARATOR, BYTES_OF(zeros));
	assert_int_equal(tpm_log_begin(&l, made(&o), NULL), OK);
	assert_int_equal(tpm_log_next(&l, &e, NULL), OK);
	assert_int_equal(e.nth, 1);
	assert_int_equal(e.pcr, 4);
	assert_true(bytes_same(e.data, BYTES_LIT("a kernel")));
	assert_string_equal(tpm_event_name(e.type), "EV_EVENT_TAG");
	assert_int_equal(tpm_log_next(&l, &e, NULL), OK);
	assert_string_equal(tpm_event_name(e.type), "EV_SEPARATOR");
	assert_int_equal(tpm_log_next(&l, &e, NULL), ERR_NOT_FOUND);
	assert_int_equal(tpm_replay(c, made(&o), &p, NULL), OK);
	assert_int_equal(c->sha256(&zero, 1, hash), OK);
	assert_int_equal(tpm_extend(c, pcr4, BYTES_OF(digest)), OK);
	assert_int_equal(tpm_extend(c, pcr4, BYTES_OF(hash)), OK);
	assert_memory_equal(p.value[4], pcr4, DIGEST_LEN);
	assert_int_equal(p.events[4], 2);
	assert_int_equal(p.events[5], 0);
	assert_int_equal(tpm_extend(c, pcr4, BYTES_LIT("short")), ERR_RANGE);
}

/* Cut anywhere but between events it is refused. */
static void
test_log_cut(void **state)
{
	const struct crypto *c = crypto_openssl();
	struct tpm_out o;
	size_t head, first;

	(void)state;
	log_begin(&o);
	head = o.n;
	log_add(&o, c, 0, SEPARATOR, BYTES_OF(zeros));
	first = o.n;
	log_add(&o, c, 1, SEPARATOR, BYTES_OF(zeros));
	for (size_t n = 0; n <= o.n; n++) {
		enum err e = log_read((struct bytes){o.p, n});

		if (n == head || n == first || n == o.n)
			assert_int_equal(e, OK);
		else
			assert_int_not_equal(e, OK);
	}
}

static void
test_log_refused(void **state)
{
	static uint8_t large[TPM_LOG_MAX + 1];
	const struct crypto *c = crypto_openssl();
	struct tpm_out o, good;
	struct tpm_pcrs p;
	struct why why = {0};

	(void)state;
	log_begin(&good);
	/* Data that are not what was extended. */
	o = good;
	log_put(&o, 4, SEPARATOR, BYTES_OF(digest), BYTES_OF(zeros));
	assert_int_equal(tpm_replay(c, made(&o), &p, &why), ERR_MEASUREMENT);
	assert_string_equal(why.what, "EV_SEPARATOR");
	assert_int_equal(why.at, 1);
	/* A PCR that there is not. */
	o = good;
	log_add(&o, c, TPM_PCRS, SEPARATOR, BYTES_OF(zeros));
	assert_int_equal(log_read(made(&o)), ERR_RANGE);
	/* No digest of our bank; twice the same; one that was not announced. */
	o = good;
	log_add(&o, c, 0, SEPARATOR, BYTES_OF(zeros));
	o.p[good.n + 8 + 4 + 2 + 20] = 4;
	assert_int_equal(log_read(made(&o)), ERR_MISSING);
	o = good;
	put_n(&o, 4, 0);
	put_n(&o, 4, SEPARATOR);
	put_n(&o, 4, 0);
	put_n(&o, 4, 0);
	assert_int_equal(log_read(made(&o)), ERR_MISSING);
	o = good;
	put_n(&o, 4, 0);
	put_n(&o, 4, SEPARATOR);
	put_n(&o, 4, 2);
	for (size_t i = 0; i < 2; i++) {
		put_n(&o, 2, TPM_SHA256);
		put(&o, BYTES_OF(digest));
	}
	put_n(&o, 4, 0);
	assert_int_equal(log_read(made(&o)), ERR_DUPLICATE);
	o = good;
	put_n(&o, 4, 0);
	put_n(&o, 4, SEPARATOR);
	put_n(&o, 4, 1);
	put_n(&o, 2, 0x0d);
	put_n(&o, 4, 0);
	assert_int_equal(log_read(made(&o)), ERR_COSE_ALG);
	o = good;
	put_n(&o, 4, 0);
	put_n(&o, 4, SEPARATOR);
	put_n(&o, 4, 3);
	assert_int_equal(log_read(made(&o)), ERR_RANGE);
	/* Data without end. */
	o = good;
	log_add(&o, c, 0, SEPARATOR, BYTES_OF(zeros));
	o.p[o.n - 5] = 1; /* the length is little-endian */
	assert_int_equal(log_read(made(&o)), ERR_RANGE);
	/* Another kind of log. */
	o = good;
	o.p[32] ^= 1;
	assert_int_equal(log_read(made(&o)), ERR_TYPE);
	assert_int_equal(log_read(BYTES_OF(large)), ERR_TOO_LONG);
	/* Without a type that we know nobody can say what was extended. */
	assert_string_equal(tpm_event_name(0x1234), "event of an unknown type");
}

/* Who started the TPM stands in PCR 0, and only before anything else. */
static void
test_locality(void **state)
{
	static const uint8_t three[17] = "StartupLocality\0\3";
	static const uint8_t five[17] = "StartupLocality\0\5";
	const struct crypto *c = crypto_openssl();
	uint8_t start[DIGEST_LEN];
	struct tpm_out o;
	struct tpm_pcrs p;

	(void)state;
	log_begin(&o);
	log_put(&o, 0, NO_ACTION, BYTES_OF(digest), BYTES_OF(three));
	log_put(&o, 0, NO_ACTION, BYTES_OF(digest), BYTES_LIT("other"));
	assert_int_equal(tpm_replay(c, made(&o), &p, NULL), OK);
	assert_int_equal(p.value[0][31], 3);
	assert_int_equal(tpm_pcr_start(made(&o), start, NULL), OK);
	assert_memory_equal(start, p.value[0], DIGEST_LEN);
	assert_int_equal(p.events[0], 0);
	log_add(&o, c, 0, SEPARATOR, BYTES_OF(zeros));
	log_put(&o, 0, NO_ACTION, BYTES_OF(digest), BYTES_OF(three));
	assert_int_equal(tpm_replay(c, made(&o), &p, NULL), ERR_RANGE);
	log_begin(&o);
	log_put(&o, 0, NO_ACTION, BYTES_OF(digest), BYTES_OF(five));
	assert_int_equal(tpm_replay(c, made(&o), &p, NULL), ERR_RANGE);
	log_begin(&o);
	log_put(&o, 1, NO_ACTION, BYTES_OF(digest), BYTES_OF(three));
	assert_int_equal(tpm_replay(c, made(&o), &p, NULL), ERR_RANGE);
}

static void
test_composite(void **state)
{
	const struct crypto *c = crypto_openssl();
	struct tpm_pcrs p = {0};
	uint8_t got[DIGEST_LEN], want[DIGEST_LEN];
	struct bytes part[2];

	(void)state;
	p.value[3][0] = 1;
	p.value[15][0] = 2;
	p.value[4][0] = 9;
	part[0] = BYTES_OF(p.value[3]);
	part[1] = BYTES_OF(p.value[15]);
	assert_int_equal(c->sha256(part, 2, want), OK);
	assert_int_equal(
	    tpm_composite(c, &p, UINT32_C(1) << 3 | UINT32_C(1) << 15, got),
	    OK);
	assert_memory_equal(got, want, DIGEST_LEN);
}

/* Worked out elsewhere; that a TPM works out the same, system.tpm shows. */
static void
test_policy(void **state)
{
	static const uint8_t want[DIGEST_LEN] = {0xab, 0x75, 0x46, 0x15, 0xc6,
	    0x39, 0xd0, 0xc6, 0xa4, 0xf0, 0x00, 0xf3, 0xc1, 0xfb, 0xfc, 0x4c,
	    0xa9, 0x1f, 0xf4, 0x1c, 0xbd, 0x85, 0xd3, 0xa6, 0x7b, 0x79, 0xd0,
	    0x27, 0x68, 0xba, 0x3a, 0xd6};
	const struct crypto *c = crypto_openssl();
	struct tpm_pcrs p = {0};
	uint8_t got[DIGEST_LEN];

	(void)state;
	for (size_t i = 0; i < TPM_PCRS; i++)
		memset(p.value[i], (int)i, DIGEST_LEN);
	assert_int_equal(tpm_policy_pcrs(c, &p, TPM_PCR_MASK, got), OK);
	assert_memory_equal(got, want, DIGEST_LEN);
	p.value[TPM_LAUNCHER_PCR][0] ^= 1; /* the cap */
	assert_int_equal(tpm_policy_pcrs(c, &p, TPM_PCR_MASK, got), OK);
	assert_memory_not_equal(got, want, DIGEST_LEN);
}

/* ---- what the launcher says ---------------------------------------------- */

static void
keys_make(struct tpm_keys *k, struct pair pair[4])
{
	memset(k, 0, sizeof(*k));
	for (size_t i = 0; i < 4; i++)
		pair_make(&pair[i], i == 2 ? CRV_ED25519 : CRV_P256, false);
	k->evidence = pair[0].pub;
	k->teep[0] = pair[1].pub;
	k->teep[1] = pair[2].pub;
	k->n_teep = 2;
	k->report = pair[3].pub;
}

static enum err
keys_read(struct bytes in)
{
	struct tpm_keys k;

	return tpm_keys_read(in, &k);
}

static void
test_keys(void **state)
{
	uint8_t room[TPM_KEYS_MAX], payload[256];
	struct cbor_out w = cbor_into(SPAN_OF(payload));
	struct eat_payload_key one = {.authority = BYTES_LIT("author")};
	struct tpm_keys k, got;
	struct pair pair[4], other;
	struct bytes out;

	(void)state;
	keys_make(&k, pair);
	pair_make(&other, CRV_P256, false);
	one.key = other.pub;
	eat_payload_key_put(&w, &one);
	assert_int_equal(cbor_done(&w, &k.payload.raw), OK);
	k.payload.n = 1;
	w = cbor_into(SPAN_OF(room));
	tpm_keys_put(&w, &k);
	assert_int_equal(cbor_done(&w, &out), OK);
	assert_int_equal(tpm_keys_read(out, &got), OK);
	assert_int_equal(got.n_teep, 2);
	assert_memory_equal(&got.evidence, &k.evidence, sizeof(k.evidence));
	assert_memory_equal(&got.teep[1], &k.teep[1], sizeof(k.report));
	assert_memory_equal(&got.report, &k.report, sizeof(k.report));
	assert_int_equal(got.payload.n, 1);
	assert_true(bytes_same(got.payload.raw, k.payload.raw));
	whole_only(out, keys_read);
	assert_int_equal(
	    keys_read((struct bytes){room, TPM_KEYS_MAX + 1}), ERR_TOO_LONG);
	for (size_t i = 0; i < 4; i++)
		pair_free(&pair[i]);
	pair_free(&other);
}

static void
test_steps(void **state)
{
	const struct crypto *c = crypto_openssl();
	uint8_t a[TPM_STEPS][DIGEST_LEN], b[TPM_STEPS][DIGEST_LEN];

	(void)state;
	assert_int_equal(
	    tpm_steps(c, BYTES_OF(digest), BYTES_LIT("keys"), a), OK);
	assert_int_equal(
	    tpm_steps(c, BYTES_OF(digest), BYTES_LIT("others"), b), OK);
	assert_memory_equal(a[TPM_STEP_AGENT], digest, DIGEST_LEN);
	assert_memory_equal(a[TPM_STEP_CAP], b[TPM_STEP_CAP], DIGEST_LEN);
	assert_memory_not_equal(a[TPM_STEP_KEYS], b[TPM_STEP_KEYS], DIGEST_LEN);
	assert_int_equal(
	    tpm_steps(c, BYTES_LIT("agent"), BYTES_LIT("k"), a), ERR_RANGE);
	assert_string_equal(tpm_step_name(TPM_STEP_AGENT), "agent");
	assert_string_equal(tpm_step_name(TPM_STEP_KEYS), "keys");
	assert_string_equal(tpm_step_name(TPM_STEP_CAP), "cap");
	assert_string_equal(tpm_step_name(TPM_STEPS), "nothing");
}

static enum err
evidence_read(struct bytes in)
{
	struct tpm_evidence e;
	struct why why = {0};
	enum err err = tpm_evidence_read(in, &e, &why);

	if (err != OK)
		assert_string_equal(why.what, "TPM evidence");
	return err;
}

static void
test_evidence(void **state)
{
	uint8_t room[1024], values[TPM_PCRS * 34];
	struct cbor_out w = cbor_into(SPAN_OF(values));
	struct tpm_evidence e = {.ak = BYTES_OF(digest),
	    .quote = BYTES_LIT("q"),
	    .signature = BYTES_LIT("s"),
	    .pcrs.n = TPM_BOOT_PCRS + 1,
	    .agent = BYTES_OF(digest),
	    .keys = BYTES_LIT("k"),
	    .eat = BYTES_LIT("e")};
	struct bytes out;

	(void)state;
	for (size_t i = 0; i < e.pcrs.n; i++)
		cbor_put_bstr(&w, BYTES_OF(digest));
	assert_int_equal(cbor_done(&w, &e.pcrs.raw), OK);
	w = cbor_into(SPAN_OF(room));
	tpm_evidence_put(&w, &e);
	assert_int_equal(cbor_done(&w, &out), OK);
	whole_only(out, evidence_read);
	room[1] = 2; /* the version */
	assert_int_equal(evidence_read(out), ERR_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_quote),
	    cmocka_unit_test(test_quote_refused),
	    cmocka_unit_test(test_signature),
	    cmocka_unit_test(test_public),
	    cmocka_unit_test(test_ak_refused),
	    cmocka_unit_test(test_public_rsa),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_log_cut),
	    cmocka_unit_test(test_log_refused),
	    cmocka_unit_test(test_locality),
	    cmocka_unit_test(test_composite),
	    cmocka_unit_test(test_policy),
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_steps),
	    cmocka_unit_test(test_evidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
