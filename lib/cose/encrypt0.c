/*
 * encrypt0: open a COSE_Encrypt0: the key is one that both sides have.
 *                                                      [RFC 9052 5.2, 5.3]
 */
#include "cose_int.h"

#define TAG_ENCRYPT0 16

struct encrypt0 {
	struct bytes prot, unprot, ciphertext;
	struct headers h;
};

static enum err
encrypt0_read(struct bytes in, struct encrypt0 *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	cbor_tag(&r, TAG_ENCRYPT0);
	cbor_array(&r, 3);
	buckets_read(&r, &out->prot, &out->unprot);
	out->ciphertext = cbor_bstr(&r, 0, LEN_ANY);
	e = cbor_close(&r);
	if (e == OK)
		e = headers_read(
		    &out->prot, out->unprot, ALG_IN_EITHER, &out->h);
	if (e == OK && out->prot.n > PROT_MAX)
		e = ERR_COSE_HEADER;
	return e == OK ? OK : why_set(why, e, "COSE_Encrypt0");
}

bool
cose_is_encrypt0(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	return cbor_tag_if(&r, TAG_ENCRYPT0);
}

/* With a tag the algorithm is protected and all else with it; a cipher without
 * one protects nothing, so its bucket is empty.             [RFC 9459 4] */
static bool
fits(const struct encrypt0 *s, const struct content *k, struct bytes key)
{
	return k != NULL && k->key == key.n && k->iv == s->h.iv.n &&
	       s->ciphertext.n >= k->tag &&
	       (k->tag > 0 ? s->h.alg_protected : s->prot.n == 0);
}

enum err
cose_encrypt0_open(const struct crypto *c, struct bytes key, struct bytes in,
    struct span plain, struct bytes *out, struct why *why)
{
	uint8_t room[PROT_MAX + 32];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes aad = BYTES_NONE;
	const struct content *k;
	struct encrypt0 s;
	enum err e;

	*out = BYTES_NONE;
	TRY(encrypt0_read(in, &s, why));
	if (plain.n < s.ciphertext.n)
		return why_set(why, ERR_ROOM, "plaintext");
	k = content_of(c, s.h.alg);
	if (!fits(&s, k, key))
		return undecryptable(why, ERR_UNDECRYPTABLE);
	cbor_put_array(&w, 3);
	cbor_put_text(&w, "Encrypt0");
	cbor_put_bstr(&w, s.prot);
	cbor_put_bstr(&w, BYTES_NONE);
	e = k->tag > 0 ? cbor_done(&w, &aad) : OK;
	plain.n = s.ciphertext.n - k->tag;
	if (e == OK)
		e = c->open(s.h.alg, key, s.h.iv, aad, s.ciphertext, plain);
	if (e != OK) {
		wipe(plain.p, plain.n);
		return undecryptable(why, e);
	}
	*out = (struct bytes){plain.p, plain.n};
	return OK;
}
