/*
 * ecdh: key agreement on P-256 and X25519, with a kept key and with a fresh
 * one.
 */
#include "openssl_int.h"

#include <openssl/ec.h>
#include <string.h>

#define Z_LEN 32

/* Is it a key for agreement? */
static bool
agrees(const struct cose_key *k)
{
	return k->crv == CRV_P256 || k->crv == CRV_X25519;
}

/* A fresh private key on that curve; NULL: none could be made. */
static EVP_PKEY *
fresh(int32_t crv)
{
	EVP_PKEY_CTX *make =
	    crv == CRV_X25519
		? EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL)
		: EVP_PKEY_CTX_new_from_pkey(NULL, lib.p256, NULL);
	EVP_PKEY *key = NULL;

	if (make == NULL || EVP_PKEY_keygen_init(make) != 1 ||
	    EVP_PKEY_generate(make, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(make);
	return key;
}

/*
 * z = x of the shared point.  Setting the peer without a second validation:
 * public_from has made it.  X25519 needs none: any 32 octets are a point, and
 * one of small order gives the zero that is refused below.   [RFC 7748 6.1]
 */
static enum err
derive(EVP_PKEY_CTX *ctx, const struct cose_key *peer, uint8_t z[Z_LEN])
{
	static const uint8_t none[Z_LEN] = {0};
	EVP_PKEY *other = NULL;
	enum err e = ERR_CRYPTO;
	size_t n = Z_LEN;

	if (!agrees(peer) || (other = public_from(peer)) == NULL)
		return fail(ERR_COSE_KEY);
	/* Keys on two curves do not agree: the library says so here. */
	if (EVP_PKEY_derive_set_peer_ex(ctx, other, 0) != 1)
		e = ERR_COSE_KEY;
	else if (EVP_PKEY_derive(ctx, z, &n) == 1 && n == Z_LEN)
		e = OK;
	else if (peer->kty == KTY_OKP) /* it sees the zero itself */
		e = ERR_COSE_KEY;
	EVP_PKEY_free(other);
	/* A shared point with x = 0 would be the peer's choice, not luck. */
	if (e == OK && bytes_same_ct((struct bytes){z, Z_LEN}, BYTES_OF(none)))
		e = ERR_COSE_KEY;
	if (e == OK)
		return OK;
	wipe(z, Z_LEN);
	return fail(e);
}

enum err
agreer_agree(void *ctx, const struct cose_key *peer, uint8_t z[Z_LEN])
{
	struct private_key *k = ctx;
	EVP_PKEY_CTX *op;
	enum err e;

	begin();
	count(N_AGREE, 1);
	memset(z, 0, Z_LEN);
	op = private_take(k);
	if (op == NULL)
		return fail(ERR_CRYPTO);
	e = derive(op, peer, z);
	private_give(k, op);
	return e;
}

enum err
port_ephemeral(
    const struct cose_key *peer, struct cose_key *eph, uint8_t z[Z_LEN])
{
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	enum err e = ERR_CRYPTO;

	count(N_EPHEMERAL, 1);
	memset(eph, 0, sizeof(*eph));
	memset(z, 0, Z_LEN);
	begin();
	if (!agrees(peer))
		return ERR_COSE_KEY;
	key = fresh(peer->crv);
	if (key != NULL)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1)
		goto out;
	e = derive(ctx, peer, z);
	if (e == OK)
		e = public_of(key, eph);
	if (e != OK)
		wipe(z, Z_LEN);
out:
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key); /* wipes the private half */
	return e == OK ? OK : fail(e);
}
