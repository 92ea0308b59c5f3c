/*
 * cipher: AES key wrap and the content ciphers.
 *
 * A context for each call: freeing it wipes the key schedule.
 */
#include "openssl_int.h"

#include <string.h>

#define TAG_LEN 16
#define KW_MORE 8

/* EVP counts in int; a payload may be longer. */
#define STEP ((size_t)1 << 30)

struct cipher {
	const EVP_CIPHER *evp;
	size_t key, iv, tag;
};

static enum err
cipher_of(int32_t alg, struct cipher *out)
{
	switch (alg) {
	case ALG_A128GCM:
		*out = (struct cipher){lib.gcm, 16, 12, TAG_LEN};
		return OK;
	case ALG_CHACHA20_POLY1305:
		*out = (struct cipher){lib.chacha, 32, 12, TAG_LEN};
		return OK;
	case ALG_A128CTR:
		*out = (struct cipher){lib.ctr, 16, 16, 0};
		return OK;
	default:
		return ERR_COSE_ALG;
	}
}

/* Run in through ctx to out (NULL: it is additional data). */
static bool
run(EVP_CIPHER_CTX *ctx, uint8_t *out, struct bytes in)
{
	int got;

	for (size_t at = 0; at < in.n;) {
		size_t n = in.n - at < STEP ? in.n - at : STEP;

		if (EVP_CipherUpdate(ctx, out != NULL ? out + at : NULL, &got,
			in.p + at, (int)n) != 1 ||
		    (size_t)got != n)
			return false;
		at += n;
	}
	return true;
}

static bool
finish(EVP_CIPHER_CTX *ctx)
{
	uint8_t none[EVP_MAX_BLOCK_LENGTH];
	int got = 0;

	return EVP_CipherFinal_ex(ctx, none, &got) == 1 && got == 0;
}

/* What is not wholly right is not there. */
static enum err
leave(EVP_CIPHER_CTX *ctx, struct span out, enum err e)
{
	EVP_CIPHER_CTX_free(ctx);
	if (e == OK)
		return OK;
	wipe(out.p, out.n);
	return fail(e);
}

enum err
port_seal(int32_t alg, struct bytes key, struct bytes iv, struct bytes aad,
    struct bytes in, struct span out)
{
	EVP_CIPHER_CTX *ctx = NULL;
	struct cipher c;
	enum err e = ERR_CRYPTO;

	TRY(cipher_of(alg, &c));
	if (key.n != c.key || iv.n != c.iv || (c.tag == 0 && aad.n > 0) ||
	    out.n < c.tag || out.n - c.tag != in.n)
		return ERR_BUG;
	begin();
	count(N_SEAL, 1);
	count(N_SEAL_OCTETS, in.n);
	ctx = EVP_CIPHER_CTX_new();
	if (ctx != NULL &&
	    EVP_EncryptInit_ex2(ctx, c.evp, key.p, iv.p, NULL) == 1 &&
	    run(ctx, NULL, aad) && run(ctx, out.p, in) && finish(ctx) &&
	    (c.tag == 0 || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
			       (int)c.tag, out.p + in.n) == 1))
		e = OK;
	return leave(ctx, out, e);
}

enum err
port_open(int32_t alg, struct bytes key, struct bytes iv, struct bytes aad,
    struct bytes in, struct span out)
{
	EVP_CIPHER_CTX *ctx = NULL;
	struct cipher c;
	struct bytes body;
	uint8_t tag[TAG_LEN];
	enum err e = ERR_CRYPTO;

	TRY(cipher_of(alg, &c));
	if (key.n != c.key || (c.tag == 0 && aad.n > 0))
		return ERR_BUG;
	/* These two come from the message. */
	if (iv.n != c.iv || in.n < c.tag)
		return ERR_UNDECRYPTABLE;
	body = (struct bytes){in.p, in.n - c.tag};
	if (out.n != body.n)
		return ERR_BUG;
	if (c.tag > 0)
		memcpy(tag, in.p + body.n, c.tag);
	begin();
	count(N_OPEN, 1);
	count(N_OPEN_OCTETS, body.n);
	ctx = EVP_CIPHER_CTX_new();
	/* The last one compares the tag, in constant time. */
	if (ctx != NULL &&
	    EVP_DecryptInit_ex2(ctx, c.evp, key.p, iv.p, NULL) == 1 &&
	    (c.tag == 0 || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
			       (int)c.tag, tag) == 1) &&
	    run(ctx, NULL, aad) && run(ctx, out.p, body))
		e = finish(ctx) ? OK : ERR_UNDECRYPTABLE;
	return leave(ctx, out, e);
}

/* RFC 3394 wants whole blocks, two at least; the library also bounds n. */
static bool
kw_fits(size_t plain, size_t wrapped)
{
	return plain >= 16 && plain % 8 == 0 && plain <= 1024 &&
	       wrapped == plain + KW_MORE;
}

static enum err
kw(const uint8_t kek[16], struct bytes in, struct span out, int wrapping)
{
	EVP_CIPHER_CTX *ctx;
	enum err e = ERR_CRYPTO;
	int got = 0;

	begin();
	count(N_KW, 1);
	ctx = EVP_CIPHER_CTX_new();
	if (ctx != NULL) {
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
		if (EVP_CipherInit_ex2(
			ctx, lib.wrap, kek, NULL, wrapping, NULL) == 1) {
			e = wrapping ? ERR_CRYPTO : ERR_UNDECRYPTABLE;
			if (EVP_CipherUpdate(
				ctx, out.p, &got, in.p, (int)in.n) == 1 &&
			    (size_t)got == out.n)
				e = OK;
		}
	}
	return leave(ctx, out, e);
}

enum err
port_kw_wrap(const uint8_t kek[16], struct bytes in, struct span out)
{
	if (!kw_fits(in.n, out.n))
		return ERR_BUG;
	return kw(kek, in, out, 1);
}

enum err
port_kw_unwrap(const uint8_t kek[16], struct bytes in, struct span out)
{
	if (!kw_fits(out.n, in.n))
		return ERR_UNDECRYPTABLE;
	return kw(kek, in, out, 0);
}
