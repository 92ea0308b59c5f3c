/*
 * verifier: hashes, keys and signatures of those who make hardware.
 */
#include "openssl_int.h"
#include "verifier_openssl_int.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

/* ---- hashes ------------------------------------------------------------ */

static const struct {
	enum verifier_hash hash;
	const char *name;
	uint8_t len;
} hashes[] = {
    {HASH_SHA256, "SHA2-256", 32},
    {HASH_SHA384, "SHA2-384", 48},
    {HASH_SHA512, "SHA2-512", 64},
};

static enum err
digest_with(
    const char *name, const struct bytes *part, size_t n, uint8_t out[HASH_MAX])
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok =
	    md != NULL && ctx != NULL && EVP_DigestInit_ex2(ctx, md, NULL) == 1;

	for (size_t i = 0; i < n && ok; i++)
		ok = EVP_DigestUpdate(ctx, part[i].p, part[i].n) == 1;
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return ok ? OK : fail(ERR_CRYPTO);
}

static enum err
v_hash(enum verifier_hash h, const struct bytes *part, size_t n,
    uint8_t out[HASH_MAX], size_t *len)
{
	*len = 0;
	begin();
	for (size_t i = 0; i < ARRAY_LEN(hashes); i++) {
		if (hashes[i].hash != h)
			continue;
		TRY(digest_with(hashes[i].name, part, n, out));
		*len = hashes[i].len;
		return OK;
	}
	return ERR_COSE_ALG;
}

/* ---- keys -------------------------------------------------------------- */

/* Of a kind that is used here, and no weaker than 112 bits. */
static bool
key_fits(const EVP_PKEY *key)
{
	char group[32];
	size_t n;

	if (EVP_PKEY_is_a(key, "RSA"))
		return EVP_PKEY_get_bits(key) >= 2048 &&
		       EVP_PKEY_get_bits(key) <= 4096;
	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1 &&
	       (strcmp(group, "prime256v1") == 0 ||
		   strcmp(group, "secp384r1") == 0);
}

enum err
verifier_public_of(EVP_PKEY *key, struct verifier_public *out)
{
	uint8_t *p = out->spki;
	int n;

	memset(out, 0, sizeof(*out));
	if (key == NULL || !key_fits(key))
		return ERR_COSE_KEY;
	n = i2d_PUBKEY(key, NULL);
	if (n <= 0 || n > VERIFIER_SPKI_MAX)
		return ERR_COSE_KEY;
	out->n = (size_t)i2d_PUBKEY(key, &p);
	return OK;
}

static EVP_PKEY *
from_spki(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &p, (long)n);

	if (key != NULL && p != end) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

static enum err
v_key(struct bytes in, struct verifier_public *out)
{
	struct certs c;
	EVP_PKEY *key = NULL;
	enum err e = ERR_COSE_KEY;

	memset(out, 0, sizeof(*out));
	if (in.n == 0 || in.n > CERT_MAX)
		return ERR_COSE_KEY;
	begin();
	key = bytes_prefix(in, BYTES_LIT("-----BEGIN PUBLIC KEY-----"))
		  ? verifier_pem_key(in)
		  : from_spki(in.p, in.n);
	if (key != NULL) {
		e = verifier_public_of(key, out);
	} else if (certs_read(&c, &in, 1) == OK) {
		e = verifier_public_of(X509_get0_pubkey(c.cert[0]), out);
		certs_free(&c);
	}
	EVP_PKEY_free(key);
	return e == OK ? OK : fail(e);
}

static enum err
v_point(int32_t crv, struct bytes xy, struct verifier_public *out)
{
	const char *group = crv == CRV_P256 ? "P-256" : "P-384";
	size_t n = crv == CRV_P256 ? 64 : 96;
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	uint8_t raw[1 + 96] = {4};
	OSSL_PARAM p[3];
	enum err e = ERR_COSE_KEY;

	memset(out, 0, sizeof(*out));
	if ((crv != CRV_P256 && crv != CRV_P384) || xy.n != n)
		return ERR_COSE_KEY;
	begin();
	memcpy(raw + 1, xy.p, n);
	p[0] = OSSL_PARAM_construct_utf8_string(
	    OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group, 0);
	p[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_PKEY_PARAM_PUB_KEY, raw, 1 + n);
	p[2] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	if (ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, p) == 1)
		e = verifier_public_of(key, out);
	EVP_PKEY_free(key);
	EVP_PKEY_CTX_free(ctx);
	return e == OK ? OK : fail(e);
}

/* ---- signatures -------------------------------------------------------- */

static const struct {
	enum verifier_alg alg;
	enum verifier_hash hash;
	const char *kind; /* of key */
	int bits;         /* of the curve */
	bool der, pss;
} algs[] = {
    {VERIFY_ES256, HASH_SHA256, "EC", 256, false, false},
    {VERIFY_ES384, HASH_SHA384, "EC", 384, false, false},
    {VERIFY_ES256_DER, HASH_SHA256, "EC", 256, true, false},
    {VERIFY_ES384_DER, HASH_SHA384, "EC", 384, true, false},
    {VERIFY_RS256, HASH_SHA256, "RSA", 0, false, false},
    {VERIFY_RS384, HASH_SHA384, "RSA", 0, false, false},
    {VERIFY_PS256, HASH_SHA256, "RSA", 0, false, true},
    {VERIFY_PS384, HASH_SHA384, "RSA", 0, false, true},
};

#define ECDSA_DER_MAX 112 /* SEQUENCE of two INTEGER of 49 octets, and more */

/* r || s as OpenSSL wants it. */
static bool
ecdsa_der(struct bytes raw, uint8_t der[ECDSA_DER_MAX], size_t *n)
{
	int half = (int)(raw.n / 2), len = 0;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.p, half, NULL);
	BIGNUM *s = BN_bin2bn(raw.p + half, half, NULL);
	uint8_t *p = der;

	if (sig == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else if (i2d_ECDSA_SIG(sig, NULL) <= ECDSA_DER_MAX) {
		len = i2d_ECDSA_SIG(sig, &p);
	}
	ECDSA_SIG_free(sig);
	*n = len > 0 ? (size_t)len : 0;
	return len > 0;
}

static bool
pss_set(EVP_PKEY_CTX *ctx, bool pss)
{
	if (!pss)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		       1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) ==
		   1;
}

static enum err
verify_row(size_t row, EVP_PKEY *key, const struct bytes *part, size_t n,
    struct bytes sig)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool rsa = algs[row].bits == 0;
	EVP_MD *md = NULL;
	uint8_t digest[HASH_MAX], der[ECDSA_DER_MAX];
	size_t len = 0, der_n = 0;
	enum err e = v_hash(algs[row].hash, part, n, digest, &len);

	if (e == OK && rsa) {
		md = EVP_MD_fetch(
		    NULL, len == 32 ? "SHA2-256" : "SHA2-384", NULL);
		e = md == NULL ? ERR_CRYPTO : OK;
	} else if (e == OK && !algs[row].der) {
		if (sig.n != (size_t)algs[row].bits / 4)
			e = ERR_SIGNATURE;
		else if (!ecdsa_der(sig, der, &der_n))
			e = ERR_CRYPTO;
		sig = (struct bytes){der, der_n};
	}
	if (e == OK &&
	    (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1 ||
		(rsa && (!pss_set(ctx, algs[row].pss) ||
			    EVP_PKEY_CTX_set_signature_md(ctx, md) != 1))))
		e = ERR_CRYPTO;
	if (e == OK && EVP_PKEY_verify(ctx, sig.p, sig.n, digest, len) != 1)
		e = ERR_SIGNATURE;
	EVP_MD_free(md);
	EVP_PKEY_CTX_free(ctx);
	return e;
}

static enum err
v_verify(enum verifier_alg alg, const struct verifier_public *k,
    const struct bytes *part, size_t n, struct bytes sig)
{
	enum err e = ERR_COSE_ALG;
	EVP_PKEY *key;

	if (k->n == 0 || k->n > sizeof(k->spki))
		return ERR_COSE_KEY;
	begin();
	key = from_spki(k->spki, k->n);
	if (key == NULL || !key_fits(key)) {
		EVP_PKEY_free(key);
		return fail(ERR_COSE_KEY);
	}
	for (size_t i = 0; i < ARRAY_LEN(algs); i++)
		if (algs[i].alg == alg && EVP_PKEY_is_a(key, algs[i].kind) &&
		    (algs[i].bits == 0 ||
			algs[i].bits == EVP_PKEY_get_bits(key)))
			e = verify_row(i, key, part, n, sig);
	EVP_PKEY_free(key);
	return e == OK ? OK : fail(e);
}

static const struct verifier_crypto table = {
    .hash = v_hash,
    .key = v_key,
    .point = v_point,
    .verify = v_verify,
    .path = verifier_path_find,
};

const struct verifier_crypto *
verifier_openssl(void)
{
	return crypto_openssl() == NULL ? NULL : &table;
}
