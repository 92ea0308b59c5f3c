/*
 * keyfile: public keys read and written, key pairs made.
 */
#include "openssl_int.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <tamarind/cose.h>

static enum err
from_pem(struct bytes in, struct cose_key *out)
{
	BIO *bio = NULL;
	char *name = NULL, *header = NULL;
	uint8_t *der = NULL;
	const uint8_t *p;
	long n = 0;
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;
	enum err e = ERR_SYNTAX;

	if (in.n == 0 || in.n > 65536)
		return ERR_SYNTAX;
	begin();
	bio = BIO_new_mem_buf(in.p, (int)in.n);
	if (bio == NULL)
		return fail(ERR_MEMORY);
	/* It may be a private key given by mistake: wiped when freed. */
	if (PEM_read_bio_ex(bio, &name, &header, &der, &n, PEM_FLAG_SECURE) !=
	    1)
		goto out;
	p = der;
	if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
		key = d2i_PUBKEY(NULL, &p, n);
	} else if (strcmp(name, PEM_STRING_X509) == 0) {
		cert = d2i_X509(NULL, &p, n);
		if (cert != NULL)
			key = X509_get_pubkey(cert);
	}
	if (key != NULL && p == der + n)
		e = public_of(key, out);
out:
	EVP_PKEY_free(key);
	X509_free(cert);
	OPENSSL_secure_clear_free(der, n > 0 ? (size_t)n : 0);
	OPENSSL_secure_free(header);
	OPENSSL_secure_free(name);
	BIO_free(bio);
	return e == OK ? OK : fail(e);
}

enum err
openssl_public_read(struct bytes in, struct cose_key *out)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	if (!lib_ready())
		return ERR_CRYPTO;
	/* No PEM begins like a CBOR map. */
	if (in.n > 0 && in.p[0] >> 5 == CBOR_MAP)
		e = cose_key_read(in, out);
	else
		e = from_pem(in, out);
	if (e == OK)
		e = port_key_check(out);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

/* Move what was written to bio into room, with a NUL. */
static enum err
deliver(BIO *bio, struct span room, struct bytes *out)
{
	char *p = NULL;
	long n = BIO_get_mem_data(bio, &p);

	if (n <= 0)
		return fail(ERR_CRYPTO);
	if (room.n == 0 || (size_t)n > room.n - 1)
		return ERR_ROOM;
	memcpy(room.p, p, (size_t)n);
	room.p[n] = '\0';
	*out = (struct bytes){room.p, (size_t)n};
	return OK;
}

enum err
openssl_key_generate(
    int32_t crv, struct span room, struct bytes *pem, struct cose_key *pub)
{
	const struct crypto *c = crypto_openssl();
	struct cose_key k;
	EVP_PKEY *key = NULL;
	BIO *bio = NULL;
	enum err e = ERR_CRYPTO;

	*pem = BYTES_NONE;
	memset(&k, 0, sizeof(k));
	if (c == NULL)
		return ERR_RANDOM;
	begin();
	if (crv == CRV_P256)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	else if (crv == CRV_ED25519)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (crv == CRV_X25519)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	else
		return ERR_BUG;
	bio = BIO_new(BIO_s_secmem()); /* wipes when freed */
	if (key == NULL || bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(
		bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		goto out;
	e = public_of(key, &k);
	if (e == OK)
		e = deliver(bio, room, pem);
out:
	BIO_free(bio);
	EVP_PKEY_free(key);
	if (pub != NULL)
		*pub = k;
	if (e == OK)
		return OK;
	if (pub != NULL)
		memset(pub, 0, sizeof(*pub));
	return fail(e);
}

enum err
openssl_public_write(
    const struct cose_key *k, struct span room, struct bytes *pem)
{
	EVP_PKEY *key;
	BIO *bio;
	enum err e = ERR_CRYPTO;

	*pem = BYTES_NONE;
	if (!lib_ready())
		return ERR_CRYPTO;
	begin();
	key = public_from(k);
	if (key == NULL)
		return fail(ERR_COSE_KEY);
	bio = BIO_new(BIO_s_mem());
	if (bio != NULL && PEM_write_bio_PUBKEY(bio, key) == 1)
		e = deliver(bio, room, pem);
	BIO_free(bio);
	EVP_PKEY_free(key);
	return e == OK ? OK : fail(e);
}
