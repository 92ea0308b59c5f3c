/*
 * decrypt: open a COSE_Encrypt as a whole.                   [RFC 9052 5]
 */
#include "cose_int.h"

static enum err
open_content(const struct crypto *c, const struct agreer *key, const char *ctx,
    const struct cose_encrypted *s, const struct content *k,
    struct bytes ciphertext, struct span plain)
{
	const struct cose_opener opener = {
	    .kid = BYTES_OF(key->kid), .agree = key};
	uint8_t cek[CEK_MAX], room[AAD_MAX];
	struct bytes aad = BYTES_NONE;
	enum err e = OK;

	if (k->tag > 0)
		e = aad_make(s->prot, SPAN_OF(room), &aad);
	if (e == OK)
		e = cek_find(
		    c, &opener, ctx, s->recipients, (struct span){cek, k->key});
	if (e == OK)
		e = c->open(s->alg, (struct bytes){cek, k->key}, s->iv, aad,
		    ciphertext, plain);
	wipe(cek, sizeof(cek));
	return e;
}

enum err
undecryptable(struct why *why, enum err e)
{
	/* One reason for all that is in the message: more would help who is
	 * probing.  What failed here is not in it. */
	if (err_class(e) != CLASS_PORT)
		e = ERR_UNDECRYPTABLE;
	return why_set(why, e, "encrypted message");
}

static enum err
decrypt(const struct crypto *c, const struct agreer *key, const char *ctx,
    struct bytes in, const struct bytes *detached, struct span plain,
    struct bytes *out, struct why *why)
{
	const struct content *k;
	struct cose_encrypted s;
	struct bytes ciphertext;
	enum err e = ERR_UNDECRYPTABLE;

	*out = BYTES_NONE;
	TRY(cose_encrypted_read(in, &s, why));
	if (detached == NULL && s.ciphertext.p == NULL)
		return why_set(why, ERR_MISSING, "ciphertext");
	if (detached != NULL && s.ciphertext.p != NULL)
		return why_set(why, ERR_UNEXPECTED, "ciphertext");
	ciphertext = detached != NULL ? *detached : s.ciphertext;
	if (plain.n < ciphertext.n)
		return why_set(why, ERR_ROOM, "plaintext");
	k = content_of(c, s.alg);
	if (k != NULL && s.iv.n == k->iv && ciphertext.n >= k->tag)
		e = open_content(c, key, ctx, &s, k, ciphertext,
		    (struct span){plain.p, ciphertext.n - k->tag});
	if (e != OK) {
		wipe(plain.p, plain.n);
		return undecryptable(why, e);
	}
	*out = (struct bytes){plain.p, ciphertext.n - k->tag};
	return OK;
}

enum err
cose_decrypt(const struct crypto *c, const struct agreer *key, const char *ctx,
    struct bytes in, struct span plain, struct bytes *out, struct why *why)
{
	return decrypt(c, key, ctx, in, NULL, plain, out, why);
}

enum err
cose_decrypt_detached(const struct crypto *c, const struct agreer *key,
    const char *ctx, struct bytes in, struct bytes ciphertext,
    struct span plain, struct bytes *out, struct why *why)
{
	return decrypt(c, key, ctx, in, &ciphertext, plain, out, why);
}
