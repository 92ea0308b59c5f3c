/*
 * sign: write COSE_Sign1 and COSE_Sign.                   [RFC 9052 4]
 */
#include "cose_int.h"

#include <string.h>

void
tbs_make(struct tbs *t, struct bytes body_prot, const struct bytes *sign_prot,
    struct bytes payload)
{
	struct cbor_out w = cbor_into(SPAN_OF(t->head));
	size_t from = 0;

	t->n = 0;
	cbor_put_array(&w, sign_prot == NULL ? 4 : 5);
	cbor_put_text(&w, sign_prot == NULL ? "Signature1" : "Signature");
	cbor_put_bstr_head(&w, body_prot.n);
	t->part[t->n++] = (struct bytes){t->head, w.at};
	t->part[t->n++] = body_prot;
	from = w.at;
	if (sign_prot != NULL) {
		cbor_put_bstr_head(&w, sign_prot->n);
		t->part[t->n++] = (struct bytes){t->head + from, w.at - from};
		t->part[t->n++] = *sign_prot;
		from = w.at;
	}
	cbor_put_bstr(&w, BYTES_NONE); /* external_aad */
	cbor_put_bstr_head(&w, payload.n);
	t->part[t->n++] = (struct bytes){t->head + from, w.at - from};
	t->part[t->n++] = payload;
}

/* Write a signature over t.  A writer that only measures, or that is full,
 * asks nobody to sign. */
static void
put_signature(struct cbor_out *w, const struct signer *s, const struct tbs *t)
{
	uint8_t sig[SIG_LEN] = {0};
	enum err e = OK;

	if (w->p != NULL && w->err == OK)
		e = s->sign(s->ctx, t->part, t->n, sig);
	if (e != OK)
		w->err = e;
	cbor_put_bstr(w, BYTES_OF(sig));
}

static void
put_unprot(struct cbor_out *w, const struct signer *s, unsigned flags)
{
	if ((flags & WRITE_NO_KID) != 0) {
		cbor_put_map(w, 0);
		return;
	}
	cbor_put_map(w, 1);
	cbor_put_int(w, HDR_KID);
	cbor_put_bstr(w, BYTES_OF(s->kid));
}

/* The protected header says the algorithm the signer will use, in its own
 * words or, for peers of old, in the polymorphic ones. */
static enum err
prot_check(struct bytes prot, int32_t alg)
{
	static const uint8_t none[] = {0xa0};
	struct headers h;

	TRY(headers_read(&prot, BYTES_OF(none), ALG_IN_PROT, &h));
	if (h.alg == alg || (h.alg == ALG_ES256 && alg == ALG_ESP256) ||
	    (h.alg == ALG_EDDSA && alg == ALG_ED25519))
		return OK;
	return ERR_COSE_ALG;
}

enum err
cose_sign1_write_prot(struct cbor_out *w, const struct signer *s,
    struct bytes prot, struct bytes payload, unsigned flags)
{
	struct tbs t;

	if (w->err == OK)
		w->err = prot_check(prot, s->alg);
	tbs_make(&t, prot, NULL, payload);
	if ((flags & WRITE_TAGGED) != 0)
		cbor_put_tag(w, TAG_SIGN1);
	cbor_put_array(w, 4);
	cbor_put_bstr(w, prot);
	put_unprot(w, s, flags);
	if ((flags & WRITE_DETACHED) != 0)
		cbor_put_null(w);
	else
		cbor_put_bstr(w, payload);
	put_signature(w, s, &t);
	return w->err;
}

/* {1: alg, ? 3: content type} */
static void
prot_make(struct cbor_out *p, const struct signer *s, const char *type)
{
	cbor_put_map(p, type == NULL ? 1 : 2);
	cbor_put_int(p, HDR_ALG);
	cbor_put_int(p, s->alg);
	if (type != NULL) {
		cbor_put_int(p, HDR_CONTENT_TYPE);
		cbor_put_text(p, type);
	}
}

enum err
cose_sign1_write(struct cbor_out *w, const struct signer *s,
    struct bytes payload, const char *content_type, unsigned flags)
{
	uint8_t room[PROT_MAX];
	struct cbor_out p = cbor_into(SPAN_OF(room));
	struct bytes prot;

	prot_make(&p, s, content_type);
	if (cbor_done(&p, &prot) != OK && w->err == OK)
		w->err = p.err;
	return cose_sign1_write_prot(w, s, prot, payload, flags);
}

enum err
cose_sign_write(struct cbor_out *w, const struct signer *const *s, size_t n,
    struct bytes payload)
{
	if (w->err == OK && (n == 0 || n > COSE_SIGNERS_MAX))
		w->err = ERR_BUG;
	cbor_put_raw(w, BYTES_LIT("\xd8\x62\x84\x40\xa0")); /* 98(['', {}, */
	cbor_put_bstr(w, payload);
	cbor_put_array(w, n);
	for (size_t i = 0; i < n && w->err == OK; i++) {
		uint8_t room[16];
		struct cbor_out p = cbor_into(SPAN_OF(room));
		struct bytes prot;
		struct tbs t;

		prot_make(&p, s[i], NULL);
		TRY(cbor_done(&p, &prot));
		tbs_make(&t, BYTES_NONE, &prot, payload);
		cbor_put_array(w, 3);
		cbor_put_bstr(w, prot);
		put_unprot(w, s[i], 0);
		put_signature(w, s[i], &t);
	}
	return w->err;
}
