/*
 * signed: read COSE_Sign1 and COSE_Sign.  Verifies nothing. [RFC 9052 4]
 */
#include "cose_int.h"

#include <string.h>

#define TAG_CWT 61

/*
 * Read the head: which structure it claims to be.  *tag is 0 if it does not
 * say.  ERR_UNSIGNED: what follows is no COSE, as an unsigned message is.
 */
static enum err
head_read(struct cbor_in *r, unsigned accept, uint64_t *tag)
{
	/* A CWT's tag stands around a COSE tag.             [RFC 8392 6] */
	bool tagged = cbor_tag_if(r, TAG_CWT);
	size_t n;

	*tag = 0;
	if (tagged && (accept & ACCEPT_CWT_TAG) == 0)
		return ERR_COSE_TYPE;
	if (cbor_peek(r) == CBOR_TAG) {
		*tag = cbor_tag_any(r);
		tagged = true;
	}
	n = cbor_array_any(r, 0, LEN_ANY);
	if (r->err != OK)
		return r->err == ERR_TYPE ? ERR_UNSIGNED : r->err;
	if (tagged && *tag != TAG_SIGN1 && *tag != TAG_SIGN)
		return ERR_COSE_TYPE;
	if (n != 4 || cbor_peek(r) != CBOR_BSTR)
		return tagged ? ERR_COSE_TYPE : ERR_UNSIGNED;
	return OK;
}

enum err
cose_signature_read(struct cbor_in *items, struct cose_signature *out)
{
	struct headers h;
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_array(items, 3);
	buckets_read(items, &out->prot, &out->unprot);
	out->sig = cbor_bstr(items, 0, LEN_ANY);
	e = items->err;
	if (e == OK)
		e = headers_read(&out->prot, out->unprot, ALG_IN_PROT, &h);
	if (e != OK) {
		cbor_fail(items, e);
		memset(out, 0, sizeof(*out));
		return e;
	}
	out->alg = h.alg;
	out->kid = h.kid;
	return OK;
}

/* Every signature obeys the header rules, also those nobody will verify. */
static enum err
signatures_check(struct list l, const uint8_t **at)
{
	struct cbor_in items = cbor_items(l);
	struct cose_signature s;

	for (size_t i = 0; i < l.n; i++) {
		*at = l.raw.p + items.at;
		TRY(cose_signature_read(&items, &s));
	}
	return cbor_close(&items);
}

/* Text or a number; only text is shown. */
static enum err
content_type_read(struct bytes raw, struct bytes *text)
{
	struct cbor_in r = cbor_open(raw);

	if (raw.n == 0 || cbor_peek(&r) == CBOR_UINT)
		return OK;
	*text = cbor_tstr(&r, 0, LEN_ANY);
	return r.err;
}

static enum err
signed_read(
    struct bytes in, unsigned accept, struct cose_signed *s, const uint8_t **at)
{
	struct cbor_in r = cbor_open(in);
	struct headers h;
	uint64_t tag;
	enum err e;

	*at = in.p;
	e = head_read(&r, accept, &tag);
	if (e == OK) {
		buckets_read(&r, &s->prot, &s->unprot);
		s->payload = nil_or_bstr(&r);
		s->multi = cbor_peek(&r) == CBOR_ARRAY;
		if (s->multi)
			s->signatures = layers_read(&r, COSE_SIGNERS_MAX);
		else
			s->sig = cbor_bstr(&r, 0, LEN_ANY);
		e = cbor_close(&r);
	}
	if (e != OK) {
		if (r.err_at > 0) /* or in may be nothing at all */
			*at = in.p + r.err_at;
		return e;
	}
	s->tagged = tag != 0;
	if ((s->tagged && s->multi != (tag == TAG_SIGN)) ||
	    (accept & (s->multi ? ACCEPT_SIGN : ACCEPT_SIGN1)) == 0)
		return ERR_COSE_TYPE;
	*at = s->prot.p;
	TRY(headers_read(
	    &s->prot, s->unprot, s->multi ? ALG_NOT_UNPROT : ALG_IN_PROT, &h));
	TRY(content_type_read(h.content_type, &s->content_type));
	if (s->multi)
		return signatures_check(s->signatures, at);
	s->alg = h.alg;
	s->kid = h.kid;
	return OK;
}

enum err
cose_signed_read(
    struct bytes in, unsigned accept, struct cose_signed *out, struct why *why)
{
	const uint8_t *at;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = signed_read(in, accept, out, &at);
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return refuse(why, e, "signed message", in, at);
}
