/*
 * decrypt: read and open COSE_Encrypt.            [RFC 9052 5, 9053 6.4]
 */
#include "cose_int.h"

#include <string.h>

#define RECIPIENTS_MAX 8

/* AES in counter and chaining modes, which have no tag.  [RFC 9459] */
#define CIPHERS_FIRST (-65534)
#define CIPHERS_LAST  (-65529)

bool
cose_is_encrypt(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	bool tagged = cbor_tag_if(&r, TAG_ENCRYPT);

	cbor_array(&r, 4);
	if (tagged)
		return r.err == OK;
	(void)cbor_bstr(&r, 0, LEN_ANY);
	(void)cbor_raw(&r, CBOR_MAP);
	(void)nil_or_bstr(&r);
	return cbor_peek(&r) == CBOR_ARRAY;
}

/* A cipher without a tag has an empty protected bucket, anything else has
 * alg in it: what a tag does not cover must not choose the algorithm. */
static enum err
content_header(struct cose_encrypted *out)
{
	struct headers h;
	bool bare;

	TRY(headers_read(&out->prot, out->unprot, ALG_IN_EITHER, &h));
	bare = h.alg >= CIPHERS_FIRST && h.alg <= CIPHERS_LAST;
	if (h.alg == 0 || h.alg_protected == bare ||
	    (bare && out->prot.n > 0) || out->prot.n > PROT_MAX)
		return ERR_COSE_HEADER;
	out->alg = h.alg;
	out->iv = h.iv;
	return OK;
}

/* One COSE_recipient; those with recipients of their own are not used. */
struct recipient {
	struct bytes prot, wrapped;
	struct headers h;
};

static enum err
recipient_read(struct cbor_in *items, struct recipient *out)
{
	struct bytes unprot;
	enum err e;

	cbor_array(items, 3);
	buckets_read(items, &out->prot, &unprot);
	out->wrapped = cbor_bstr(items, 0, LEN_ANY);
	e = items->err;
	if (e == OK)
		e = headers_read(&out->prot, unprot, ALG_IN_EITHER, &out->h);
	if (e == OK &&
	    (out->h.alg == 0 || out->prot.n > PROT_MAX ||
		(out->h.alg == ALG_ECDH_ES_A128KW && !out->h.alg_protected)))
		e = ERR_COSE_HEADER;
	if (e != OK)
		cbor_fail(items, e);
	return e;
}

static enum err
recipients_check(struct list l, const uint8_t **at)
{
	struct cbor_in items = cbor_items(l);
	struct recipient one;

	for (size_t i = 0; i < l.n; i++) {
		*at = l.raw.p + items.at;
		TRY(recipient_read(&items, &one));
	}
	return cbor_close(&items);
}

static enum err
encrypted_read(struct bytes in, struct cose_encrypted *out, const uint8_t **at)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	*at = in.p;
	if (in.n > 0 && !cose_is_encrypt(in))
		return ERR_COSE_TYPE;
	out->tagged = cbor_tag_if(&r, TAG_ENCRYPT);
	cbor_array(&r, 4);
	buckets_read(&r, &out->prot, &out->unprot);
	out->ciphertext = nil_or_bstr(&r);
	out->recipients = layers_read(&r, RECIPIENTS_MAX);
	e = cbor_close(&r);
	if (e != OK) {
		if (r.err_at > 0) /* or in may be nothing at all */
			*at = in.p + r.err_at;
		return e;
	}
	*at = out->prot.p;
	TRY(content_header(out));
	return recipients_check(out->recipients, at);
}

enum err
cose_encrypted_read(
    struct bytes in, struct cose_encrypted *out, struct why *why)
{
	const uint8_t *at;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = encrypted_read(in, out, &at);
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return refuse(why, e, "encrypted message", in, at);
}

/* The content key as one recipient has it, of n octets. */
static enum err
cek_unwrap(const struct crypto *c, const struct agreer *key, const char *ctx,
    const struct recipient *to, struct span cek)
{
	uint8_t z[32] = {0}, kek[16] = {0};
	struct cose_key eph;
	enum err e;

	if (to->wrapped.n != cek.n + 8)
		return ERR_UNDECRYPTABLE;
	TRY(cose_key_read(to->h.ephemeral, &eph));
	e = key->agree(key->ctx, &eph, z);
	if (e == OK)
		e = kek_derive(c, z, to->h.salt, to->prot, ctx, kek);
	if (e == OK)
		e = c->kw_unwrap(kek, to->wrapped, cek);
	wipe(z, sizeof(z));
	wipe(kek, sizeof(kek));
	return e;
}

/*
 * Try the recipients that name this key or, if none does, all of them: kids
 * are optional, and not everybody's are thumbprints.  Key wrap tells a wrong
 * key from the right one.
 */
static enum err
cek_find(const struct crypto *c, const struct agreer *key, const char *ctx,
    struct list recipients, struct span cek)
{
	bool named = false;

	for (int pass = 0; pass < 2 && !named; pass++) {
		struct cbor_in items = cbor_items(recipients);
		struct recipient to;
		enum err e;

		for (size_t i = 0; i < recipients.n; i++) {
			TRY(recipient_read(&items, &to));
			if (to.h.alg != ALG_ECDH_ES_A128KW)
				continue;
			if (pass == 0 &&
			    !bytes_same(to.h.kid, BYTES_OF(key->kid)))
				continue;
			named = pass == 0;
			e = cek_unwrap(c, key, ctx, &to, cek);
			if (e == OK || err_class(e) == CLASS_PORT)
				return e;
		}
	}
	return ERR_UNDECRYPTABLE;
}

static enum err
open_content(const struct crypto *c, const struct agreer *key, const char *ctx,
    const struct cose_encrypted *s, const struct content *k,
    struct bytes ciphertext, struct span plain)
{
	uint8_t cek[CEK_MAX], room[AAD_MAX];
	struct bytes aad = BYTES_NONE;
	enum err e = OK;

	if (k->tag > 0)
		e = aad_make(s->prot, SPAN_OF(room), &aad);
	if (e == OK)
		e = cek_find(
		    c, key, ctx, s->recipients, (struct span){cek, k->key});
	if (e == OK)
		e = c->open(s->alg, (struct bytes){cek, k->key}, s->iv, aad,
		    ciphertext, plain);
	wipe(cek, sizeof(cek));
	return e;
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
	k = content_of(s.alg);
	if (k != NULL && (c->can & k->can) != 0 && s.iv.n == k->iv &&
	    ciphertext.n >= k->tag)
		e = open_content(c, key, ctx, &s, k, ciphertext,
		    (struct span){plain.p, ciphertext.n - k->tag});
	if (e != OK) {
		wipe(plain.p, plain.n);
		/* One reason for all that is in the message: more would help
		 * who is probing.  What failed here is not in it. */
		if (err_class(e) != CLASS_PORT)
			e = ERR_UNDECRYPTABLE;
		return why_set(why, e, "encrypted message");
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
