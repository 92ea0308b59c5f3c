/*
 * opening: open what a detached COSE_Encrypt is about, in pieces of any size.
 *                                                 [SUIT FE 6, RFC 9052 5.3]
 *
 * The tag stands at the end of the ciphertext, and nobody knows where that is
 * before it has come.  So the last CIPHER_TAG octets that have come are held,
 * with the beginning of a step of the cipher, until more shows that they are
 * not the tag.
 */
#include "cose_int.h"

#include <string.h>

/* Beyond it GCM's counter comes round.               [SP 800-38D 5.2.1.1] */
#define AEAD_MAX ((UINT64_C(1) << 36) - 32)

static enum err
begin(struct cose_opening *o, const struct cose_opener *key, const char *ctx,
    const struct cose_encrypted *s)
{
	const struct content *k = content_of(o->crypto, s->alg);
	uint8_t cek[CEK_MAX], room[AAD_MAX];
	struct bytes aad = BYTES_NONE;
	enum err e;

	if (k == NULL)
		return ERR_COSE_ALG;
	if (k->tag > 0)
		TRY(aad_make(s->prot, SPAN_OF(room), &aad));
	e = cek_find(
	    o->crypto, key, ctx, s->recipients, (struct span){cek, k->key});
	if (e == OK)
		e = o->crypto->cipher_begin(&o->cipher, false, s->alg,
		    (struct bytes){cek, k->key}, s->iv, aad);
	wipe(cek, sizeof(cek));
	if (e != OK)
		return e;
	o->tag = k->tag;
	o->left = k->tag > 0 ? AEAD_MAX : UINT64_MAX;
	o->running = true;
	return OK;
}

enum err
cose_open_begin(struct cose_opening *o, const struct crypto *c,
    const struct cose_opener *key, const char *ctx, struct bytes info,
    struct why *why)
{
	struct cose_encrypted s;
	enum err e;

	memset(o, 0, sizeof(*o));
	o->crypto = c;
	TRY(encrypted_read(info, BARE_EITHER, &s, why));
	if (s.ciphertext.p != NULL)
		return why_set(why, ERR_UNEXPECTED, "ciphertext");
	e = begin(o, key, ctx, &s);
	if (e == ERR_COSE_ALG)
		return why_set(why, e, "content encryption algorithm");
	return e == OK ? OK : undecryptable(why, e);
}

enum err
cose_info_tag(
    const struct crypto *c, struct bytes info, size_t *tag, struct why *why)
{
	const struct content *k;
	struct cose_encrypted s;

	*tag = 0;
	TRY(encrypted_read(info, BARE_EITHER, &s, why));
	k = content_of(c, s.alg);
	if (k == NULL)
		return why_set(
		    why, ERR_COSE_ALG, "content encryption algorithm");
	*tag = k->tag;
	return OK;
}

/* Run n octets from p to *at in room. */
static enum err
feed(struct cose_opening *o, const uint8_t *p, size_t n, struct span room,
    size_t *at)
{
	if (n > o->left)
		return ERR_UNDECRYPTABLE;
	o->left -= n;
	TRY(o->crypto->cipher_more(
	    &o->cipher, (struct bytes){p, n}, (struct span){room.p + *at, n}));
	*at += n;
	return OK;
}

/* Take n octets of *in into what is held. */
static void
hold(struct cose_opening *o, struct bytes *in, size_t n)
{
	if (n > in->n)
		n = in->n;
	memcpy(o->held + o->n_held, in->p, n);
	o->n_held += (uint8_t)n;
	*in = (struct bytes){in->p + n, in->n - n};
}

enum err
cose_open_more(struct cose_opening *o, struct bytes *in, struct span room,
    struct bytes *out)
{
	const size_t full = CIPHER_STEP + (size_t)o->tag;
	size_t at = 0;

	*out = BYTES_NONE;
	if (!o->running || room.n < CIPHER_STEP)
		return ERR_BUG;
	while (in->n > 0 && room.n - at >= CIPHER_STEP) {
		size_t n;

		/* What is held goes first, a step at a time; once it is only
		 * a tag's length, it and all that follows goes at once. */
		hold(o, in, full - o->n_held);
		if (o->n_held < full)
			break;
		TRY(feed(o, o->held, CIPHER_STEP, room, &at));
		o->n_held -= CIPHER_STEP;
		memmove(o->held, o->held + CIPHER_STEP, o->n_held);
		if (in->n < full || room.n - at < 2 * CIPHER_STEP)
			continue;
		if (o->tag > 0)
			TRY(feed(o, o->held, o->tag, room, &at));
		o->n_held = 0;
		n = in->n - o->tag;
		if (n > room.n - at)
			n = room.n - at;
		n -= n % CIPHER_STEP;
		TRY(feed(o, in->p, n, room, &at));
		*in = (struct bytes){in->p + n, in->n - n};
		hold(o, in, o->tag);
	}
	*out = (struct bytes){room.p, at};
	return OK;
}

enum err
cose_open_end(struct cose_opening *o, struct span room, struct bytes *out)
{
	size_t n = 0, at = 0;
	enum err e = OK;

	*out = BYTES_NONE;
	if (!o->running || room.n < CIPHER_STEP)
		return ERR_BUG;
	if (o->n_held < o->tag)
		e = ERR_UNDECRYPTABLE; /* too short to have one */
	else
		n = o->n_held - o->tag;
	if (e == OK && n > 0)
		e = feed(o, o->held, n, room, &at);
	if (e == OK) {
		o->running = false;
		e = o->crypto->cipher_end(
		    &o->cipher, (struct span){o->held + n, o->tag});
	}
	if (e == OK)
		*out = (struct bytes){room.p, at};
	else
		wipe(room.p, at);
	cose_open_drop(o);
	return e;
}

void
cose_open_drop(struct cose_opening *o)
{
	if (o->running)
		(void)o->crypto->cipher_end(&o->cipher, (struct span){NULL, 0});
	wipe(o, sizeof(*o));
}
