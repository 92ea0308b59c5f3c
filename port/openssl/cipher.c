/*
 * cipher: AES key wrap and the content ciphers.
 *
 * A context for each call: freeing it wipes the key schedule.
 */
#include "openssl_int.h"

#include <string.h>

#define KW_MORE 8

/* EVP counts in int; a payload may be longer. */
#define STEP ((size_t)1 << 30)

struct row {
	const EVP_CIPHER *evp;
	size_t key, iv, tag;
};

static enum err
row_of(int32_t alg, struct row *out)
{
	switch (alg) {
	case ALG_A128GCM:
		*out = (struct row){lib.gcm[0], 16, 12, CIPHER_TAG};
		return OK;
	case ALG_A192GCM:
		*out = (struct row){lib.gcm[1], 24, 12, CIPHER_TAG};
		return OK;
	case ALG_A256GCM:
		*out = (struct row){lib.gcm[2], 32, 12, CIPHER_TAG};
		return OK;
	case ALG_CHACHA20_POLY1305:
		*out = (struct row){lib.chacha, 32, 12, CIPHER_TAG};
		return OK;
	case ALG_A128CTR:
		*out = (struct row){lib.ctr[0], 16, 16, 0};
		return OK;
	case ALG_A192CTR:
		*out = (struct row){lib.ctr[1], 24, 16, 0};
		return OK;
	case ALG_A256CTR:
		*out = (struct row){lib.ctr[2], 32, 16, 0};
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
	struct row c;
	enum err e = ERR_CRYPTO;

	TRY(row_of(alg, &c));
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
	struct row c;
	struct bytes body;
	uint8_t tag[CIPHER_TAG];
	enum err e = ERR_CRYPTO;

	TRY(row_of(alg, &c));
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

/* ---- in pieces --------------------------------------------------------- */

enum err
port_cipher_begin(struct cipher *s, bool sealing, int32_t alg, struct bytes key,
    struct bytes iv, struct bytes aad)
{
	EVP_CIPHER_CTX *ctx;
	struct row c;

	s->u.p = NULL;
	TRY(row_of(alg, &c));
	if (key.n != c.key || (c.tag == 0 && aad.n > 0))
		return ERR_BUG;
	if (iv.n != c.iv)
		return sealing ? ERR_BUG : ERR_UNDECRYPTABLE;
	begin();
	count(sealing ? N_SEAL : N_OPEN, 1);
	ctx = EVP_CIPHER_CTX_new();
	if (ctx == NULL ||
	    EVP_CipherInit_ex2(ctx, c.evp, key.p, iv.p, sealing, NULL) != 1 ||
	    !run(ctx, NULL, aad))
		return leave(ctx, (struct span){NULL, 0}, ERR_CRYPTO);
	s->u.p = ctx;
	return OK;
}

enum err
port_cipher_more(struct cipher *s, struct bytes in, struct span out)
{
	EVP_CIPHER_CTX *ctx = s->u.p;

	if (ctx == NULL || in.n != out.n)
		return ERR_BUG;
	begin();
	count(EVP_CIPHER_CTX_is_encrypting(ctx) ? N_SEAL_OCTETS : N_OPEN_OCTETS,
	    in.n);
	return run(ctx, out.p, in) ? OK : fail(ERR_CRYPTO);
}

/* Does the tag have the cipher's length?  EVP checks it when opening only
 * against what it was told. */
static bool
tag_fits(EVP_CIPHER_CTX *ctx, size_t n)
{
	uint64_t flags = EVP_CIPHER_get_flags(EVP_CIPHER_CTX_get0_cipher(ctx));

	return n == ((flags & EVP_CIPH_FLAG_AEAD_CIPHER) != 0 ? CIPHER_TAG : 0);
}

enum err
port_cipher_end(struct cipher *s, struct span tag)
{
	EVP_CIPHER_CTX *ctx = s->u.p;
	enum err e = OK;
	bool sealing;

	s->u.p = NULL;
	if (ctx == NULL)
		return tag.p == NULL ? OK : ERR_BUG;
	begin();
	sealing = EVP_CIPHER_CTX_is_encrypting(ctx);
	if (tag.p == NULL)
		e = OK;
	else if (!tag_fits(ctx, tag.n))
		e = ERR_BUG;
	else if (!sealing && tag.n > 0 &&
		 EVP_CIPHER_CTX_ctrl(
		     ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag.n, tag.p) != 1)
		e = ERR_CRYPTO;
	else if (!finish(ctx))
		e = sealing ? ERR_CRYPTO : ERR_UNDECRYPTABLE;
	else if (sealing && tag.n > 0 &&
		 EVP_CIPHER_CTX_ctrl(
		     ctx, EVP_CTRL_AEAD_GET_TAG, (int)tag.n, tag.p) != 1)
		e = ERR_CRYPTO;
	EVP_CIPHER_CTX_free(ctx);
	return e == OK ? OK : fail(e);
}

/* ---- key wrap ---------------------------------------------------------- */

/* RFC 3394 wants whole blocks, two at least; the library also bounds n. */
static bool
kw_fits(size_t plain, size_t wrapped)
{
	return plain >= 16 && plain % 8 == 0 && plain <= 1024 &&
	       wrapped == plain + KW_MORE;
}

static bool
kek_fits(size_t n)
{
	return n == 16 || n == 24 || n == 32;
}

static enum err
kw(struct bytes kek, struct bytes in, struct span out, int wrapping)
{
	EVP_CIPHER_CTX *ctx;
	enum err e = ERR_CRYPTO;
	int got = 0;

	begin();
	count(N_KW, 1);
	ctx = EVP_CIPHER_CTX_new();
	if (ctx != NULL) {
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
		if (EVP_CipherInit_ex2(ctx, lib.wrap[kek.n / 8 - 2], kek.p,
			NULL, wrapping, NULL) == 1) {
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
port_kw_wrap(struct bytes kek, struct bytes in, struct span out)
{
	if (!kek_fits(kek.n) || !kw_fits(in.n, out.n))
		return ERR_BUG;
	return kw(kek, in, out, 1);
}

enum err
port_kw_unwrap(struct bytes kek, struct bytes in, struct span out)
{
	if (!kek_fits(kek.n))
		return ERR_BUG;
	if (!kw_fits(out.n, in.n))
		return ERR_UNDECRYPTABLE;
	return kw(kek, in, out, 0);
}
