/*
 * credential: a secret that only a TPM can read that has both the endorsement
 * key of a certificate and another key of a given name.
 *                                    [TPM 2.0 part 1, 24 and B.10.4]
 */
#include "openssl_int.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#define SEED    16 /* to an RSA key: of AES-128, which template L-1 has */
#define P256    32 /* to a P-256 key: what KDFe gives */
#define LABEL   "IDENTITY"
#define NAME    34
#define SECRET  32
#define WRAPPED (2 + SECRET)
#define BLOB    (2 + 32 + WRAPPED)

/* KDFa: one block is enough for all that is asked of it.  [part 1, 11.4.10] */
static enum err
kdfa(struct bytes seed, const char *label, struct bytes context, uint16_t bits,
    uint8_t out[32])
{
	uint8_t in[4 + 16 + NAME + 4] = {0, 0, 0, 1};
	size_t n = 4, text = strlen(label) + 1;
	unsigned len = 0;

	if (text > 16 || context.n > NAME)
		return ERR_BUG;
	memcpy(in + n, label, text);
	n += text;
	if (context.n > 0)
		memcpy(in + n, context.p, context.n);
	n += context.n;
	in[n + 2] = (uint8_t)(bits >> 8);
	in[n + 3] = (uint8_t)bits;
	n += 4;
	if (HMAC(EVP_sha256(), seed.p, (int)seed.n, in, n, out, &len) == NULL ||
	    len != 32)
		return ERR_CRYPTO;
	return OK;
}

/* The secret with its length, under the seed. */
static enum err
encrypt(struct bytes seed, struct bytes name, struct bytes secret,
    uint8_t out[WRAPPED])
{
	static const uint8_t iv[16];
	uint8_t plain[WRAPPED] = {0, SECRET}, key[32];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	enum err e = kdfa(seed, "STORAGE", name, 128, key);
	int n = 0;

	memcpy(plain + 2, secret.p, SECRET);
	if (c == NULL)
		e = ERR_MEMORY;
	if (e == OK &&
	    (EVP_EncryptInit_ex2(c, EVP_aes_128_cfb128(), key, iv, NULL) != 1 ||
		EVP_EncryptUpdate(c, out, &n, plain, WRAPPED) != 1 ||
		n != WRAPPED))
		e = ERR_CRYPTO;
	EVP_CIPHER_CTX_free(c);
	wipe(plain, sizeof(plain));
	wipe(key, sizeof(key));
	return e;
}

/* TPMS_ID_OBJECT: a MAC with its length, and what it is over. */
static enum err
blob_make(struct bytes seed, struct bytes name, struct bytes secret,
    uint8_t out[BLOB])
{
	uint8_t key[32], over[WRAPPED + NAME];
	unsigned len = 0;
	enum err e;

	TRY(encrypt(seed, name, secret, out + 34));
	TRY(kdfa(seed, "INTEGRITY", BYTES_NONE, 256, key));
	memcpy(over, out + 34, WRAPPED);
	memcpy(over + WRAPPED, name.p, NAME);
	out[0] = 0;
	out[1] = 32;
	e = HMAC(EVP_sha256(), key, 32, over, sizeof(over), out + 2, &len) ==
			NULL ||
		    len != 32
		? ERR_CRYPTO
		: OK;
	wipe(key, sizeof(key));
	return e;
}

/* The seed to the endorsement key: OAEP, whose label has its NUL. */
static enum err
seed_encrypt(
    EVP_PKEY *ek, const uint8_t seed[SEED], struct span room, struct bytes *out)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(ek, NULL);
	uint8_t *label = OPENSSL_memdup(LABEL, sizeof(LABEL));
	size_t n = room.n;
	enum err e = c == NULL || label == NULL ? ERR_MEMORY : OK;

	if (e == OK &&
	    (EVP_PKEY_encrypt_init(c) != 1 ||
		EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) != 1 ||
		EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha256()) != 1 ||
		EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) != 1))
		e = ERR_CRYPTO;
	/* The context owns the label from here on. */
	if (e == OK &&
	    EVP_PKEY_CTX_set0_rsa_oaep_label(c, label, sizeof(LABEL)) == 1)
		label = NULL;
	if (e == OK &&
	    (label != NULL || EVP_PKEY_encrypt(c, room.p, &n, seed, SEED) != 1))
		e = ERR_CRYPTO;
	OPENSSL_free(label);
	EVP_PKEY_CTX_free(c);
	*out = e == OK ? (struct bytes){room.p, n} : BYTES_NONE;
	return e;
}

/* ---- to a P-256 key ------------------------------------------------------ */

static enum err
point(EVP_PKEY *key, uint8_t out[1 + 2 * P256])
{
	size_t n = 0;

	if (EVP_PKEY_get_octet_string_param(
		key, OSSL_PKEY_PARAM_PUB_KEY, out, 1 + 2 * P256, &n) != 1 ||
	    n != 1 + 2 * P256 || out[0] != 4)
		return ERR_COSE_KEY;
	return OK;
}

static enum err
shared(EVP_PKEY *mine, EVP_PKEY *ek, uint8_t z[P256])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(mine, NULL);
	size_t n = P256;
	enum err e = ERR_CRYPTO;

	if (c != NULL && EVP_PKEY_derive_init(c) == 1 &&
	    EVP_PKEY_derive_set_peer(c, ek) == 1 &&
	    EVP_PKEY_derive(c, z, &n) == 1 && n == P256)
		e = OK;
	EVP_PKEY_CTX_free(c);
	return e;
}

/* KDFe: one block.                                     [part 1, 11.4.10.3] */
static enum err
kdfe(const uint8_t z[P256], const uint8_t *ours, const uint8_t *theirs,
    uint8_t out[P256])
{
	uint8_t in[4 + P256 + sizeof(LABEL) + 2 * P256] = {0, 0, 0, 1};
	uint8_t *p = in + 4;
	unsigned n = 0;
	bool done;

	memcpy(p, z, P256);
	p += P256;
	memcpy(p, LABEL, sizeof(LABEL));
	p += sizeof(LABEL);
	memcpy(p, ours, P256);
	memcpy(p + P256, theirs, P256);
	done = EVP_Digest(in, sizeof(in), out, &n, EVP_sha256(), NULL) == 1;
	wipe(in, sizeof(in));
	return done ? OK : ERR_CRYPTO;
}

/* The seed is agreed upon, with a key of ours that is used once: what goes to
 * the TPM is its point, TPMS_ECC_POINT. */
static enum err
seed_agree(
    EVP_PKEY *ek, uint8_t seed[P256], struct span room, struct bytes *out)
{
	uint8_t ours[1 + 2 * P256], theirs[1 + 2 * P256], z[P256] = {0};
	EVP_PKEY *mine = EVP_EC_gen("P-256");
	enum err e = mine == NULL ? ERR_RANDOM : point(mine, ours);

	if (e == OK)
		e = point(ek, theirs);
	if (e == OK)
		e = shared(mine, ek, z);
	if (e == OK)
		e = kdfe(z, ours + 1, theirs + 1, seed);
	if (e == OK && room.n < 2 * (2 + P256))
		e = ERR_ROOM;
	for (size_t i = 0; i < 2 && e == OK; i++) {
		room.p[i * (2 + P256)] = 0;
		room.p[i * (2 + P256) + 1] = P256;
		memcpy(room.p + i * (2 + P256) + 2, ours + 1 + i * P256, P256);
	}
	EVP_PKEY_free(mine);
	wipe(z, sizeof(z));
	*out = e == OK ? (struct bytes){room.p, 2 * (2 + P256)} : BYTES_NONE;
	return e;
}

/* ---- whose key it is ----------------------------------------------------- */

/* tcg-kp-EKCertificate, and for what it is used here; no CA's.
 *                                        [TCG EK Credential, 3.2] */
static enum err
purpose(X509 *cert, bool rsa)
{
	const uint32_t use = rsa ? KU_KEY_ENCIPHERMENT : KU_KEY_AGREEMENT;
	EXTENDED_KEY_USAGE *all =
	    X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	enum err e = ERR_KEY_PURPOSE;
	char oid[32];

	for (int i = 0; i < sk_ASN1_OBJECT_num(all); i++)
		if (OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(all, i),
			1) > 0 &&
		    strcmp(oid, "2.23.133.8.1") == 0)
			e = OK;
	EXTENDED_KEY_USAGE_free(all);
	if ((X509_get_key_usage(cert) & use) == 0 || X509_check_ca(cert) == 1)
		e = ERR_KEY_PURPOSE;
	return e;
}

/* RSA 2048 or P-256, as the templates L-1 and L-2 have them. */
static enum err
ek_of(struct bytes certificate, X509 **cert, EVP_PKEY **ek, bool *rsa)
{
	const uint8_t *p = certificate.p;
	char group[32] = "";
	size_t n;

	*ek = NULL;
	*rsa = false;
	*cert = certificate.n > INT32_MAX
		    ? NULL
		    : d2i_X509(NULL, &p, (long)certificate.n);
	if (*cert == NULL)
		return ERR_SYNTAX;
	*ek = X509_get0_pubkey(*cert);
	if (*ek == NULL)
		return ERR_COSE_KEY;
	*rsa = EVP_PKEY_get_base_id(*ek) == EVP_PKEY_RSA;
	if (*rsa)
		return EVP_PKEY_get_bits(*ek) == 2048 ? OK : ERR_COSE_KEY;
	if (EVP_PKEY_get_base_id(*ek) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(*ek, group, sizeof(group), &n) != 1 ||
	    strcmp(group, "prime256v1") != 0)
		return ERR_COSE_KEY;
	return OK;
}

enum err
openssl_tpm_credential(struct bytes certificate, struct bytes name,
    struct bytes secret, struct span room, struct bytes *blob,
    struct bytes *seed)
{
	uint8_t value[P256];
	struct bytes all = {value, P256};
	struct span rest;
	X509 *cert = NULL;
	EVP_PKEY *ek;
	bool rsa;
	enum err e;

	*blob = *seed = BYTES_NONE;
	if (name.n != NAME || secret.n != SECRET || room.n < OPENSSL_TPM_ROOM)
		return ERR_RANGE;
	rest = (struct span){room.p + BLOB, room.n - BLOB};
	begin();
	e = ek_of(certificate, &cert, &ek, &rsa);
	if (e == OK)
		e = purpose(cert, rsa);
	if (e == OK && rsa) {
		all.n = SEED;
		if (RAND_priv_bytes(value, SEED) != 1)
			e = ERR_RANDOM;
	}
	if (e == OK)
		e = rsa ? seed_encrypt(ek, value, rest, seed)
			: seed_agree(ek, value, rest, seed);
	if (e == OK)
		e = blob_make(all, name, secret, room.p);
	if (e == OK)
		*blob = (struct bytes){room.p, BLOB};
	else
		*seed = BYTES_NONE;
	X509_free(cert);
	wipe(value, sizeof(value));
	return e == OK ? OK : fail(e);
}
