/*
 * verifier_crypto: hashes, signatures and paths of a Verifier, with what
 * makers of hardware have published and with a maker of the test's own.
 */
#include "hardware.h"

#include <openssl/rsa.h>

static const struct verifier_crypto *v;
static struct made root, middle, leaf, stranger;
static uint8_t ark[8192], vcek[4096];
static struct bytes amd, chip;

#define DAY 86400
/* The certificates of the chip hold from January 2023 on. */
#define AMD_NOW 1700000000u

static const struct says says[] = {
    {"1.2.3.4.1", {(const uint8_t *)"\x02\x01\x07", 3}},
    {"1.2.3.4.2", {(const uint8_t *)"chip", 4}},
    {"1.2.3.4.3", {(const uint8_t *)"a", 1}},
    {"1.2.3.4.3", {(const uint8_t *)"b", 1}},
};

static struct wanted
want(const char *name, const struct made *by, bool issues)
{
	return (struct wanted){.name = name,
	    .by = by,
	    .from = NOW - DAY,
	    .to = NOW + DAY,
	    .issues = issues};
}

static int
setup(void **state)
{
	struct wanted w = want("root", NULL, true);

	(void)state;
	v = verifier_openssl();
	assert_non_null(v);
	made_cert(&root, "P-384", &w);
	w = want("stranger", NULL, true);
	made_cert(&stranger, "P-384", &w);
	w = want("middle", &root, true);
	made_cert(&middle, "P-384", &w);
	w = want("leaf", &middle, false);
	w.usage = "critical,digitalSignature";
	w.says = says;
	w.n_says = ARRAY_LEN(says);
	made_cert(&leaf, "P-384", &w);
	amd = published("cc/snp-milan-ask-ark-asvk.pem", ark, sizeof(ark));
	chip = published("cc/snp-vcek.der", vcek, sizeof(vcek));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	made_free(&root);
	made_free(&middle);
	made_free(&leaf);
	made_free(&stranger);
	return 0;
}

/* ---- hashes ------------------------------------------------------------ */

static void
hashes(void **state)
{
	static const struct {
		enum verifier_hash h;
		size_t n;
		uint8_t first[4]; /* of the digest of "abc" */
	} known[] = {
	    {HASH_SHA256, 32, {0xba, 0x78, 0x16, 0xbf}},
	    {HASH_SHA384, 48, {0xcb, 0x00, 0x75, 0x3f}},
	    {HASH_SHA512, 64, {0xdd, 0xaf, 0x35, 0xa1}},
	};
	const struct bytes part[] = {BYTES_LIT("a"), BYTES_LIT("bc")};
	uint8_t out[HASH_MAX];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		assert_int_equal(v->hash(known[i].h, part, 2, out, &n), OK);
		assert_int_equal(n, known[i].n);
		assert_memory_equal(out, known[i].first, 4);
	}
	assert_int_equal(
	    v->hash((enum verifier_hash)2, part, 2, out, &n), ERR_COSE_ALG);
	assert_int_equal(n, 0);
}

/* ---- keys and signatures ------------------------------------------------ */

static void
ecdsa(void **state)
{
	static const struct {
		const char *curve;
		int32_t crv;
		size_t half;
		enum verifier_alg alg, other;
	} kind[] = {
	    {"P-256", CRV_P256, 32, VERIFY_ES256, VERIFY_ES384},
	    {"P-384", CRV_P384, 48, VERIFY_ES384, VERIFY_ES256},
	};
	const struct bytes msg = BYTES_LIT("signed octets");
	const struct bytes part[] = {{msg.p, 3}, {msg.p + 3, msg.n - 3}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kind); i++) {
		EVP_PKEY *key = made_key(kind[i].curve);
		size_t n = 2 * kind[i].half;
		uint8_t sig[96], xy[97] = {0};
		struct verifier_public k;

		made_sign(key, msg, kind[i].half, sig);
		made_point(key, xy, kind[i].half);
		EVP_PKEY_free(key);
		assert_int_equal(
		    v->point(kind[i].crv, (struct bytes){xy, n}, &k), OK);
		assert_int_equal(
		    v->verify(kind[i].alg, &k, part, 2, (struct bytes){sig, n}),
		    OK);
		for (size_t bit = 0; bit < 8 * n; bit += 31) {
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(v->verify(kind[i].alg, &k, part, 2,
					     (struct bytes){sig, n}),
			    ERR_SIGNATURE);
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(
		    v->verify(kind[i].alg, &k, part, 1, (struct bytes){sig, n}),
		    ERR_SIGNATURE);
		assert_int_equal(v->verify(kind[i].alg, &k, part, 2,
				     (struct bytes){sig, n - 1}),
		    ERR_SIGNATURE);
		assert_int_equal(
		    v->verify(kind[i].alg, &k, part, 2, BYTES_NONE),
		    ERR_SIGNATURE);
		assert_int_equal(v->verify(kind[i].other, &k, part, 2,
				     (struct bytes){sig, n}),
		    ERR_COSE_ALG);
		assert_int_equal(v->verify(VERIFY_RS256, &k, part, 2,
				     (struct bytes){sig, n}),
		    ERR_COSE_ALG);
		/* What is no point is no key. */
		xy[5] ^= 1;
		assert_int_equal(
		    v->point(kind[i].crv, (struct bytes){xy, n}, &k),
		    ERR_COSE_KEY);
		assert_int_equal(k.n, 0);
		assert_int_equal(
		    v->verify(kind[i].alg, &k, part, 2, BYTES_OF(sig)),
		    ERR_COSE_KEY);
		assert_int_equal(
		    v->point(kind[i].crv, (struct bytes){xy, n - 1}, &k),
		    ERR_COSE_KEY);
	}
	{
		struct verifier_public k;
		uint8_t xy[132] = {0};

		assert_int_equal(v->point(3, BYTES_OF(xy), &k), ERR_COSE_KEY);
	}
}

static void
der_and_rsa(void **state)
{
	static const struct {
		enum verifier_alg alg;
		const char *digest;
		int padding; /* 0: ECDSA */
	} kind[] = {
	    {VERIFY_ES256_DER, "SHA2-256", 0},
	    {VERIFY_ES384_DER, "SHA2-384", 0},
	    {VERIFY_RS256, "SHA2-256", RSA_PKCS1_PADDING},
	    {VERIFY_RS384, "SHA2-384", RSA_PKCS1_PADDING},
	    {VERIFY_PS256, "SHA2-256", RSA_PKCS1_PSS_PADDING},
	    {VERIFY_PS384, "SHA2-384", RSA_PKCS1_PSS_PADDING},
	};
	const struct bytes msg = BYTES_LIT("signed octets");
	EVP_PKEY *rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kind); i++) {
		EVP_PKEY *key = kind[i].padding != 0 ? rsa
				: i == 0             ? made_key("P-256")
						     : made_key("P-384");
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();
		EVP_PKEY_CTX *op = NULL;
		uint8_t sig[512], spki[VERIFIER_SPKI_MAX], *p = spki;
		size_t n = sizeof(sig);
		struct verifier_public k;
		int len = i2d_PUBKEY(key, &p);

		assert_int_equal(EVP_DigestSignInit_ex(ctx, &op, kind[i].digest,
				     NULL, NULL, key, NULL),
		    1);
		if (kind[i].padding != 0)
			assert_int_equal(
			    EVP_PKEY_CTX_set_rsa_padding(op, kind[i].padding),
			    1);
		if (kind[i].padding == RSA_PKCS1_PSS_PADDING)
			assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(
					     op, RSA_PSS_SALTLEN_DIGEST),
			    1);
		assert_int_equal(EVP_DigestSign(ctx, sig, &n, msg.p, msg.n), 1);
		assert_int_equal(
		    v->key((struct bytes){spki, (size_t)len}, &k), OK);
		assert_int_equal(
		    v->verify(kind[i].alg, &k, &msg, 1, (struct bytes){sig, n}),
		    OK);
		/* By no other row than its own. */
		for (size_t j = 0; j < ARRAY_LEN(kind); j++)
			assert_true(
			    (v->verify(kind[j].alg, &k, &msg, 1,
				 (struct bytes){sig, n}) == OK) == (i == j));
		sig[n - 1] ^= 1;
		assert_int_equal(
		    v->verify(kind[i].alg, &k, &msg, 1, (struct bytes){sig, n}),
		    ERR_SIGNATURE);
		done++;
		EVP_MD_CTX_free(ctx);
		if (key != rsa)
			EVP_PKEY_free(key);
	}
	EVP_PKEY_free(rsa);
	assert_int_equal(done, 6);
}

static void
keys_of_other_kinds(void **state)
{
	static const char pem[] =
	    "-----BEGIN PUBLIC KEY-----\n"
	    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMKBCTNIcKUSDii11ySs3526iDZ8A\n"
	    "iTo7Tu6KPAqv7D7gS2XpJFbZiItSs3m9+9Ue6GnvHw/GW2ZZaVtszggXIw==\n"
	    "-----END PUBLIC KEY-----";
	const char *const no[] = {"", "octets", "-----BEGIN PUBLIC KEY-----\n",
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"};
	uint8_t room[2048], *p = room;
	struct verifier_public k;
	EVP_PKEY *key;

	(void)state;
	assert_int_equal(v->key(BYTES_LIT(pem), &k), OK);
	assert_int_equal(k.n, 91);
	assert_int_equal(v->key(made_der(&leaf), &k), OK);
	assert_int_equal(v->key(chip, &k), OK);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_int_equal(v->key((struct bytes){(const uint8_t *)no[i],
					    strlen(no[i])},
				     &k),
		    ERR_COSE_KEY);
	key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
	assert_int_equal(
	    v->key((struct bytes){room, (size_t)i2d_PUBKEY(key, &p)}, &k),
	    ERR_COSE_KEY);
	EVP_PKEY_free(key);
	key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	p = room;
	assert_int_equal(
	    v->key((struct bytes){room, (size_t)i2d_PUBKEY(key, &p)}, &k),
	    ERR_COSE_KEY);
	EVP_PKEY_free(key);
	key = made_key("P-521");
	p = room;
	assert_int_equal(
	    v->key((struct bytes){room, (size_t)i2d_PUBKEY(key, &p)}, &k),
	    ERR_COSE_KEY);
	EVP_PKEY_free(key);
}

/* ---- paths -------------------------------------------------------------- */

static struct why why;

/* Certificates of ours to an anchor. */
static enum err
leads(struct bytes *cert, size_t n, struct bytes anchor, uint64_t now)
{
	struct verifier_path p = {.cert = cert,
	    .n_cert = n,
	    .anchor = &anchor,
	    .n_anchor = anchor.n == 0 ? 0 : 1,
	    .now = now,
	    .signs = true};
	struct verifier_public k;
	enum err e;

	memset(&k, 0xff, sizeof(k));
	memset(&why, 0, sizeof(why));
	e = v->path(&p, &k, NULL, 0, &why);
	assert_int_equal(why.err, e);
	assert_true((k.n != 0) == (e == OK));
	return e;
}

static void
refused(enum err got, enum err e, const char *what)
{
	if (got != e)
		fail_msg("%s instead of %s", err_name(got), err_name(e));
	assert_non_null(why.what);
	assert_string_equal(why.what, what);
}

static void
of_ours(void **state)
{
	struct bytes c[] = {
	    made_der(&leaf), made_der(&middle), made_der(&root)};
	struct bytes a = made_der(&root);
	uint8_t bad[2048];

	(void)state;
	assert_int_equal(leads(c, 2, a, NOW), OK);
	assert_int_equal(leads(c, 3, a, NOW), OK);
	/* An anchor is one, whoever signed it. */
	assert_int_equal(leads(c, 1, made_der(&middle), NOW), OK);
	refused(leads(c, 2, a, NOW - 2 * DAY), ERR_EXPIRED,
	    "certificate not yet valid");
	refused(
	    leads(c, 2, a, NOW + 2 * DAY), ERR_EXPIRED, "certificate expired");
	refused(leads(c, 1, a, NOW), ERR_CERTIFICATE, "certificate issuer");
	refused(leads(c, 3, made_der(&stranger), NOW), ERR_CERTIFICATE,
	    "certificate issuer");
	refused(leads(c, 2, BYTES_NONE, NOW), ERR_CERTIFICATE,
	    "certificate issuer");
	memcpy(bad, leaf.der, leaf.n);
	bad[leaf.n - 1] ^= 1;
	c[0] = (struct bytes){bad, leaf.n};
	refused(leads(c, 2, a, NOW), ERR_SIGNATURE, "certificate signature");
	c[0].n--;
	refused(leads(c, 2, a, NOW), ERR_CERTIFICATE, "certificate form");
	c[0] = BYTES_NONE;
	refused(leads(c, 2, a, NOW), ERR_CERTIFICATE, "certificate form");
	refused(leads(c, 0, a, NOW), ERR_CERTIFICATE, "certificate form");
}

static void
constraints(void **state)
{
	struct made end = {0}, under = {0};
	struct wanted w = want("end", &root, false);
	struct bytes c[PATH_CERTS_MAX + 1], a = made_der(&root);

	(void)state;
	w.usage = "critical,keyAgreement";
	made_cert(&end, "P-256", &w);
	c[0] = made_der(&end);
	refused(leads(c, 1, a, NOW), ERR_KEY_PURPOSE, "certificate usage");
	/* Who may sign no certificates vouches for nobody. */
	w = want("under", &end, false);
	made_cert(&under, "P-256", &w);
	c[0] = made_der(&under);
	c[1] = made_der(&end);
	refused(
	    leads(c, 2, a, NOW), ERR_KEY_PURPOSE, "certificate of no issuer");
	made_free(&under);
	w = want("other", &root, false);
	made_cert(&under, "P-521", &w);
	c[0] = made_der(&under);
	refused(leads(c, 1, a, NOW), ERR_COSE_KEY, "certificate key");
	for (size_t i = 0; i < ARRAY_LEN(c); i++)
		c[i] = a;
	refused(leads(c, ARRAY_LEN(c), a, NOW), ERR_LIMIT, "certificate form");
	made_free(&end);
	made_free(&under);
}

static void
revocation(void **state)
{
	struct bytes c[] = {made_der(&leaf), made_der(&middle)};
	struct bytes a = made_der(&root);
	uint8_t room[4][1024];
	struct bytes crl[4];
	struct verifier_path p = {.cert = c,
	    .n_cert = 2,
	    .anchor = &a,
	    .n_anchor = 1,
	    .n_crl = 1,
	    .now = NOW};
	struct verifier_public k;

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct made *by = i == 2 ? &stranger : &middle;
		X509_CRL *l = X509_CRL_new();
		ASN1_TIME *t = ASN1_TIME_new();
		uint8_t *at = room[i];

		assert_int_equal(
		    X509_CRL_set_version(l, X509_CRL_VERSION_2), 1);
		assert_int_equal(X509_CRL_set_issuer_name(
				     l, X509_get_subject_name(by->cert)),
		    1);
		ASN1_TIME_set(t, NOW - DAY);
		assert_int_equal(X509_CRL_set1_lastUpdate(l, t), 1);
		ASN1_TIME_set(t, i == 3 ? NOW - 1 : NOW + DAY);
		assert_int_equal(X509_CRL_set1_nextUpdate(l, t), 1);
		if (i == 1) {
			X509_REVOKED *r = X509_REVOKED_new();

			ASN1_TIME_set(t, NOW - 1);
			assert_int_equal(X509_REVOKED_set_serialNumber(r,
					     X509_get_serialNumber(leaf.cert)),
			    1);
			assert_int_equal(
			    X509_REVOKED_set_revocationDate(r, t), 1);
			assert_int_equal(X509_CRL_add0_revoked(l, r), 1);
		}
		assert_true(X509_CRL_sign(l, by->key, EVP_sha384()) > 0);
		crl[i] = (struct bytes){room[i], (size_t)i2d_X509_CRL(l, &at)};
		ASN1_TIME_free(t);
		X509_CRL_free(l);
	}
	p.crl = &crl[0];
	assert_int_equal(v->path(&p, &k, NULL, 0, &why), OK);
	p.crl = &crl[1];
	refused(v->path(&p, &k, NULL, 0, &why), ERR_CERTIFICATE,
	    "certificate revoked");
	p.crl = &crl[2];
	refused(v->path(&p, &k, NULL, 0, &why), ERR_CERTIFICATE,
	    "revocation list of the issuer");
	p.crl = &crl[3];
	refused(v->path(&p, &k, NULL, 0, &why), ERR_EXPIRED,
	    "revocation list expired");
	room[0][crl[0].n - 1] ^= 1;
	p.crl = &crl[0];
	refused(v->path(&p, &k, NULL, 0, &why), ERR_SIGNATURE,
	    "revocation list signature");
	crl[0].n--;
	assert_int_equal(v->path(&p, &k, NULL, 0, &why), ERR_CERTIFICATE);
}

static void
extensions(void **state)
{
	struct bytes c[] = {made_der(&leaf), made_der(&middle)};
	struct bytes a = made_der(&root);
	struct verifier_path p = {
	    .cert = c, .n_cert = 2, .anchor = &a, .n_anchor = 1, .now = NOW};
	uint8_t room[3][8];
	struct verifier_extension e[] = {{"1.2.3.4.1", SPAN_OF(room[0]), 0, 0},
	    {"1.2.3.4.2", SPAN_OF(room[1]), 0, 0},
	    {"1.2.3.4.9", SPAN_OF(room[2]), 9, true}};
	struct verifier_public k;

	(void)state;
	assert_int_equal(v->path(&p, &k, e, 3, &why), OK);
	assert_true(e[0].there && e[1].there && !e[2].there);
	assert_true(
	    bytes_same((struct bytes){room[1], e[1].n}, BYTES_LIT("chip")));
	assert_int_equal(e[0].n, 3);
	assert_int_equal(e[2].n, 0);
	e[2].oid = "1.2.3.4.3";
	refused(v->path(&p, &k, e, 3, &why), ERR_DUPLICATE,
	    "certificate extension");
	assert_false(e[0].there);
	assert_int_equal(k.n, 0);
	e[1].room.n = 3;
	assert_int_equal(v->path(&p, &k, e, 2, &why), ERR_ROOM);
	e[1].oid = "no number";
	assert_int_equal(v->path(&p, &k, e, 2, &why), ERR_BUG);
	/* They keep to no form in which issuers are named twice. */
	p.strict = true;
	refused(v->path(&p, &k, NULL, 0, &why), ERR_CERTIFICATE,
	    "certificate form");
}

/* The chip leads to AMD's root; each altered certificate does not. */
static void
of_amd(void **state)
{
	uint8_t room[4096];
	struct bytes c[] = {chip, amd};
	struct bytes altered;
	const char *const bad[] = {
	    "cc/snp-vcek-bad-1.der", "cc/snp-vcek-bad-2.der"};
	const uint8_t *at = amd.p + 1;
	struct bytes root_pem;

	(void)state;
	/* The second of the file is the root. */
	while (memcmp(at, "-----BEGIN", 10) != 0)
		at++;
	root_pem = (struct bytes){at, (size_t)(amd.p + amd.n - at)};
	assert_int_equal(leads(c, 2, root_pem, AMD_NOW), OK);
	refused(leads(c, 1, root_pem, AMD_NOW), ERR_CERTIFICATE,
	    "certificate issuer");
	refused(leads(c, 2, root_pem, AMD_NOW + 3650u * DAY), ERR_EXPIRED,
	    "certificate expired");
	refused(leads(c, 2, root_pem, 1600000000u), ERR_EXPIRED,
	    "certificate not yet valid");
	refused(leads(c, 2, made_der(&root), AMD_NOW), ERR_CERTIFICATE,
	    "certificate issuer");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		altered = published(bad[i], room, sizeof(room));
		c[0] = altered;
		assert_int_not_equal(leads(c, 2, root_pem, AMD_NOW), OK);
		print_message(
		    "%s: %s (%s)\n", bad[i], err_name(why.err), why.what);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes),
	    cmocka_unit_test(ecdsa),
	    cmocka_unit_test(der_and_rsa),
	    cmocka_unit_test(keys_of_other_kinds),
	    cmocka_unit_test(of_ours),
	    cmocka_unit_test(constraints),
	    cmocka_unit_test(revocation),
	    cmocka_unit_test(extensions),
	    cmocka_unit_test(of_amd),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
