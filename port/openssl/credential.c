/*
 * credential: a secret that only a TPM can read that has both the endorsement
 * key of a certificate and another key of a given name.
 *                                    [TPM 2.0 part 1, 24 and B.10.4]
 */
#include "openssl_int.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

#define SEED    16 /* of AES-128, which template L-1 has */
#define LABEL   "IDENTITY"
#define NAME    34
#define SECRET  32
#define WRAPPED (2 + SECRET)
#define BLOB    (2 + 32 + WRAPPED)

/* KDFa: one block is enough for all that is asked of it.  [part 1, 11.4.10] */
static enum err
kdfa(const uint8_t seed[SEED], const char *label, struct bytes context,
    uint16_t bits, uint8_t out[32])
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
	if (HMAC(EVP_sha256(), seed, SEED, in, n, out, &len) == NULL ||
	    len != 32)
		return ERR_CRYPTO;
	return OK;
}

/* The secret with its length, under the seed. */
static enum err
encrypt(const uint8_t seed[SEED], struct bytes name, struct bytes secret,
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
blob_make(const uint8_t seed[SEED], struct bytes name, struct bytes secret,
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

static enum err
rsa_2048(struct bytes certificate, X509 **cert, EVP_PKEY **ek)
{
	const uint8_t *p = certificate.p;

	*ek = NULL;
	*cert = certificate.n > INT32_MAX
		    ? NULL
		    : d2i_X509(NULL, &p, (long)certificate.n);
	if (*cert == NULL)
		return ERR_SYNTAX;
	*ek = X509_get0_pubkey(*cert);
	if (*ek == NULL || EVP_PKEY_get_base_id(*ek) != EVP_PKEY_RSA ||
	    EVP_PKEY_get_bits(*ek) != 2048)
		return ERR_COSE_KEY;
	return OK;
}

enum err
openssl_tpm_credential(struct bytes certificate, struct bytes name,
    struct bytes secret, struct span room, struct bytes *blob,
    struct bytes *seed)
{
	uint8_t value[SEED];
	X509 *cert = NULL;
	EVP_PKEY *ek;
	enum err e;

	*blob = *seed = BYTES_NONE;
	if (name.n != NAME || secret.n != SECRET || room.n < OPENSSL_TPM_ROOM)
		return ERR_RANGE;
	begin();
	e = rsa_2048(certificate, &cert, &ek);
	if (e == OK && RAND_priv_bytes(value, SEED) != 1)
		e = ERR_RANDOM;
	if (e == OK)
		e = blob_make(value, name, secret, room.p);
	if (e == OK)
		e = seed_encrypt(ek, value,
		    (struct span){room.p + BLOB, room.n - BLOB}, seed);
	if (e == OK)
		*blob = (struct bytes){room.p, BLOB};
	X509_free(cert);
	wipe(value, sizeof(value));
	return e == OK ? OK : fail(e);
}
