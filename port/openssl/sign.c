/*
 * sign: ESP256 and Ed25519, made and checked.
 *
 * OpenSSL derives an ECDSA nonce from the private key, the digest and fresh
 * random octets together (since 1.1.0, BN_generate_dsa_nonce), so that a
 * generator that repeats itself does not give the key away.  Ed25519 needs
 * no nonce.
 */
#include "openssl_int.h"

#include <openssl/ec.h>
#include <stdlib.h>
#include <string.h>

#define DER_MAX 72 /* SEQUENCE of two INTEGER of 33 octets */

/* r || s as the DER that OpenSSL wants. */
static bool
der_from_raw(const uint8_t raw[SIG_LEN], uint8_t der[DER_MAX], size_t *n)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, 32, NULL);
	BIGNUM *s = BN_bin2bn(raw + 32, 32, NULL);
	uint8_t *p = der;
	int len = 0;

	if (sig == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else if (i2d_ECDSA_SIG(sig, NULL) <= DER_MAX) {
		len = i2d_ECDSA_SIG(sig, &p);
	}
	ECDSA_SIG_free(sig);
	*n = len > 0 ? (size_t)len : 0;
	return len > 0;
}

static bool
raw_from_der(const uint8_t *der, size_t n, uint8_t raw[SIG_LEN])
{
	const uint8_t *p = der;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	bool ok = sig != NULL && p == der + n &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32) == 32 &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32) == 32;

	ECDSA_SIG_free(sig);
	return ok;
}

enum err
openssl_signature_raw(struct bytes der, uint8_t sig[SIG_LEN])
{
	if (der.n > 0 && der.n <= DER_MAX && raw_from_der(der.p, der.n, sig))
		return OK;
	return fail(ERR_SYNTAX);
}

/*
 * The parts as one piece, which Ed25519 needs: it reads its input twice.
 * A single part is used where it is.  The copy is released by unjoin.
 */
struct joined {
	struct bytes all;
	uint8_t *copy;
};

static enum err
join(const struct bytes *part, size_t n, struct joined *j)
{
	size_t sum, at = 0;

	*j = (struct joined){{(const uint8_t *)"", 0}, NULL};
	if (!parts_sum(part, n, &sum))
		return ERR_BUG;
	if (sum == 0)
		return OK;
	if (n == 1) {
		j->all = part[0];
		return OK;
	}
	j->copy = malloc(sum);
	if (j->copy == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < n; i++) {
		if (part[i].n > 0)
			memcpy(j->copy + at, part[i].p, part[i].n);
		at += part[i].n;
	}
	j->all = (struct bytes){j->copy, sum};
	return OK;
}

static void
unjoin(struct joined *j)
{
	if (j->copy != NULL)
		wipe(j->copy, j->all.n);
	free(j->copy);
}

enum err
signer_esp256(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	uint8_t digest[DIGEST_LEN], der[DER_MAX];
	struct private_key *k = ctx;
	size_t len = sizeof(der), sum;
	EVP_PKEY_CTX *op;
	enum err e = ERR_CRYPTO;

	if (!parts_sum(part, n, &sum))
		return ERR_BUG;
	begin();
	count(N_SIGN_ESP256, 1);
	count(N_SIGN_OCTETS, sum);
	TRY(digest_parts(part, n, digest));
	op = private_take(k);
	if (op != NULL &&
	    EVP_PKEY_sign(op, der, &len, digest, sizeof(digest)) == 1 &&
	    raw_from_der(der, len, sig))
		e = OK;
	private_give(k, op);
	if (e == OK)
		return OK;
	wipe(sig, SIG_LEN);
	return fail(e);
}

enum err
signer_ed25519(
    void *ctx, const struct bytes *part, size_t n, uint8_t sig[SIG_LEN])
{
	struct private_key *k = ctx;
	EVP_MD_CTX *op;
	struct joined j;
	size_t len = SIG_LEN;
	enum err e = ERR_CRYPTO;

	begin();
	TRY(join(part, n, &j));
	count(N_SIGN_ED25519, 1);
	count(N_SIGN_OCTETS, j.all.n);
	op = EVP_MD_CTX_new();
	if (op != NULL &&
	    EVP_DigestSignInit_ex(op, NULL, NULL, NULL, NULL, k->pkey, NULL) ==
		1 &&
	    EVP_DigestSign(op, sig, &len, j.all.p, j.all.n) == 1 &&
	    len == SIG_LEN)
		e = OK;
	EVP_MD_CTX_free(op);
	unjoin(&j);
	if (e == OK)
		return OK;
	wipe(sig, SIG_LEN);
	return fail(e);
}

static enum err
verify_esp256(EVP_PKEY *key, const struct bytes *part, size_t n,
    const uint8_t sig[SIG_LEN])
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	uint8_t digest[DIGEST_LEN], der[DER_MAX];
	size_t len;
	enum err e = digest_parts(part, n, digest);

	if (e == OK && (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1 ||
			   !der_from_raw(sig, der, &len)))
		e = ERR_CRYPTO;
	if (e == OK &&
	    EVP_PKEY_verify(ctx, der, len, digest, sizeof(digest)) != 1)
		e = ERR_SIGNATURE;
	EVP_PKEY_CTX_free(ctx);
	return e;
}

static enum err
verify_ed25519(EVP_PKEY *key, const struct bytes *part, size_t n,
    const uint8_t sig[SIG_LEN])
{
	EVP_MD_CTX *ctx;
	struct joined j;
	enum err e = OK;

	TRY(join(part, n, &j));
	ctx = EVP_MD_CTX_new();
	if (ctx == NULL || EVP_DigestVerifyInit_ex(
			       ctx, NULL, NULL, NULL, NULL, key, NULL) != 1)
		e = ERR_CRYPTO;
	else if (EVP_DigestVerify(ctx, sig, SIG_LEN, j.all.p, j.all.n) != 1)
		e = ERR_SIGNATURE;
	EVP_MD_CTX_free(ctx);
	unjoin(&j);
	return e;
}

enum err
port_verify(int32_t alg, const struct cose_key *k, const struct bytes *part,
    size_t n, struct bytes sig)
{
	bool p256 = k->kty == KTY_EC2 && k->crv == CRV_P256;
	bool ed = k->kty == KTY_OKP && k->crv == CRV_ED25519;
	EVP_PKEY *key;
	size_t sum;
	enum err e;

	if (!(alg == ALG_ESP256 && p256) && !(alg == ALG_ED25519 && ed))
		return ERR_COSE_ALG;
	if (!parts_sum(part, n, &sum))
		return ERR_BUG;
	if (sig.n != SIG_LEN)
		return ERR_SIGNATURE;
	begin();
	count(p256 ? N_VERIFY_ESP256 : N_VERIFY_ED25519, 1);
	count(N_VERIFY_OCTETS, sum);
	key = public_from(k);
	if (key == NULL)
		return fail(ERR_COSE_KEY);
	e = p256 ? verify_esp256(key, part, n, sig.p)
		 : verify_ed25519(key, part, n, sig.p);
	EVP_PKEY_free(key);
	/* Only now, so that a good signature does not pay for it. */
	if (e == ERR_SIGNATURE && ed && !edpoint_exists(k->x))
		e = ERR_COSE_KEY;
	return e == OK ? OK : fail(e);
}
