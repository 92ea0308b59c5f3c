/*
 * encrypt: write COSE_Encrypt.            [RFC 9052 5, 9053 6.4, SUIT FE 6]
 */
#include "cose_int.h"

#include <string.h>

/* Octets of <<{1: alg}>>, for any alg of ours. */
#define ALG_PROT 8

/* {1: alg} where alg is protected, nothing where nothing is. */
static struct bytes
prot_make(int32_t alg, bool protects, uint8_t room[ALG_PROT])
{
	struct cbor_out w = cbor_into((struct span){room, ALG_PROT});

	if (protects) {
		cbor_put_map(&w, 1);
		cbor_put_int(&w, HDR_ALG);
		cbor_put_int(&w, alg);
	}
	return (struct bytes){room, w.at};
}

enum err
sealing_keys(
    struct cose_sealing *s, const struct crypto *c, int32_t alg, bool secrets)
{
	const struct content *k = content_of(c, alg);

	memset(s, 0, sizeof(*s));
	if (k == NULL)
		return ERR_COSE_ALG;
	s->crypto = c;
	s->alg = alg;
	s->key = k->key;
	s->iv_n = k->iv;
	s->tag = k->tag;
	if (!secrets)
		return OK;
	TRY(c->random((struct span){s->cek, k->key}));
	return c->random((struct span){s->iv, k->iv});
}

/* The additional data of what is sealed: none without a tag. */
enum err
sealing_aad(const struct cose_sealing *s, struct span room, struct bytes *aad)
{
	uint8_t p[ALG_PROT];

	*aad = BYTES_NONE;
	if (s->tag == 0)
		return OK;
	return aad_make(prot_make(s->alg, true, p), room, aad);
}

/* 96([<<{1: alg}>>, {5: iv}, and for a cipher without a tag, which protects
 * nothing, 96(['', {1: alg, 5: iv},                         [RFC 9459 5] */
static void
put_head(struct cbor_out *w, const struct cose_sealing *s)
{
	uint8_t p[ALG_PROT];

	cbor_put_tag(w, TAG_ENCRYPT);
	cbor_put_array(w, 4);
	cbor_put_bstr(w, prot_make(s->alg, s->tag > 0, p));
	cbor_put_map(w, s->tag > 0 ? 1 : 2);
	if (s->tag == 0) {
		cbor_put_int(w, HDR_ALG);
		cbor_put_int(w, s->alg);
	}
	cbor_put_int(w, HDR_IV);
	cbor_put_bstr(w, (struct bytes){s->iv, s->iv_n});
}

/* A fresh key for one recipient by agreement. */
static enum err
agree(const struct cose_sealing *s, const struct cose_recipient *to,
    struct bytes prot, const char *ctx, struct span kek, struct cose_key *eph)
{
	uint8_t z[32] = {0};
	enum err e = s->crypto->ecdh_ephemeral(&to->key, eph, z);

	if (e == OK)
		e = kek_derive(s->crypto, z, BYTES_NONE, prot, ctx, kek);
	wipe(z, sizeof(z));
	return e;
}

/* [<<{1: alg}>>, {4: kid, -1: ephemeral}, wrapped], or, by a key that both
 * have, ['', {1: alg, 4: kid}, wrapped] */
static enum err
put_recipient(struct cbor_out *w, const struct cose_sealing *s,
    const struct cose_recipient *to, const char *ctx)
{
	uint8_t p[ALG_PROT], room[CEK_MAX] = {0}, wrapped[CEK_MAX + 8] = {0};
	struct cose_key eph = {.kty = to->key.kty, .crv = to->key.crv};
	struct bytes prot, kek = to->kek;
	bool agreed = false;
	size_t n = kek_length(s->crypto, to->alg, &agreed);
	enum err e = OK;

	if (n == 0 || (!agreed && kek.n != n))
		return ERR_COSE_ALG;
	prot = prot_make(to->alg, agreed, p);
	if (agreed && w->p != NULL) {
		e = agree(s, to, prot, ctx, (struct span){room, n}, &eph);
		kek = (struct bytes){room, n};
	}
	if (e == OK && w->p != NULL)
		e = s->crypto->kw_wrap(kek, (struct bytes){s->cek, s->key},
		    (struct span){wrapped, s->key + 8u});
	wipe(room, sizeof(room));
	if (e != OK)
		return e;
	cbor_put_array(w, 3);
	cbor_put_bstr(w, prot);
	cbor_put_map(w, 1u + (to->kid.n > 0));
	if (!agreed) {
		cbor_put_int(w, HDR_ALG);
		cbor_put_int(w, to->alg);
	}
	if (to->kid.n > 0) {
		cbor_put_int(w, HDR_KID);
		cbor_put_bstr(w, to->kid);
	}
	if (agreed) {
		cbor_put_int(w, HDR_EPHEMERAL);
		cose_key_write(w, &eph);
	}
	cbor_put_bstr(w, (struct bytes){wrapped, s->key + 8u});
	return w->err;
}

static enum err
put_recipients(struct cbor_out *w, const struct cose_sealing *s,
    const struct cose_recipient *to, size_t n, const char *ctx)
{
	cbor_put_array(w, n);
	for (size_t i = 0; i < n; i++)
		TRY(put_recipient(w, s, &to[i], ctx));
	return w->err;
}

enum err
cose_seal_info(const struct cose_sealing *s, const struct cose_recipient *to,
    size_t n, const char *ctx, struct cbor_out *w)
{
	enum err e = w->err;

	if (e == OK && (n == 0 || n > COSE_RECIPIENTS_MAX))
		e = ERR_RANGE;
	if (e == OK) {
		put_head(w, s);
		cbor_put_null(w);
		e = put_recipients(w, s, to, n, ctx);
	}
	w->err = e;
	return e;
}

/* The ciphertext, made where it will stand. */
static enum err
put_ciphertext(
    struct cbor_out *w, const struct cose_sealing *s, struct bytes plain)
{
	size_t n = plain.n + s->tag;
	uint8_t room[AAD_MAX];
	struct bytes aad;

	cbor_put_bstr_head(w, n);
	if (w->err != OK)
		return w->err;
	if (w->p != NULL) {
		if (n > w->n - w->at)
			return ERR_ROOM;
		TRY(sealing_aad(s, SPAN_OF(room), &aad));
		TRY(s->crypto->seal(s->alg, (struct bytes){s->cek, s->key},
		    (struct bytes){s->iv, s->iv_n}, aad, plain,
		    (struct span){w->p + w->at, n}));
	}
	w->at += n;
	return OK;
}

enum err
cose_encrypt_write(struct cbor_out *w, const struct crypto *c, int32_t alg,
    const struct cose_key *to, const uint8_t to_kid[KID_LEN], const char *ctx,
    struct bytes plain)
{
	const struct cose_recipient one = {
	    .alg = ALG_ECDH_ES_A128KW, .key = *to, .kid = {to_kid, KID_LEN}};
	struct cose_sealing s;
	enum err e = w->err;

	if (e == OK)
		/* A writer that only measures needs no secrets. */
		e = sealing_keys(&s, c, alg, w->p != NULL);
	if (e == OK && plain.n > SIZE_MAX - s.tag)
		e = ERR_ROOM;
	if (e == OK) {
		put_head(w, &s);
		e = put_ciphertext(w, &s, plain);
	}
	if (e == OK)
		e = put_recipients(w, &s, &one, 1, ctx);
	wipe(&s, sizeof(s));
	w->err = e;
	return e;
}
