/*
 * verify: the only maker of struct verified.            [RFC 9052 4.4]
 */
#include "cose_int.h"

#include <string.h>

/* The fully specified algorithm that alg means to this receiver, if the
 * port can do it; 0 if not. */
static int32_t
settle(const struct crypto *c, int32_t alg, unsigned accept)
{
	if ((accept & ACCEPT_POLYMORPHIC) != 0) {
		if (alg == ALG_ES256)
			alg = ALG_ESP256;
		else if (alg == ALG_EDDSA)
			alg = ALG_ED25519;
	}
	if (alg == ALG_ESP256 && (c->can & CAN_ESP256) != 0)
		return alg;
	if (alg == ALG_ED25519 && (c->can & CAN_ED25519) != 0)
		return alg;
	return 0;
}

/*
 * Verify with the keys the ring has for kid, one after the other.
 * ERR_UNKNOWN_KEY: it has none.
 */
static enum err
try_keys(const struct crypto *c, const struct keyring *ring, int32_t alg,
    struct bytes kid, const struct tbs *t, struct bytes sig,
    struct cose_key *used)
{
	enum err e, worst = ERR_UNKNOWN_KEY;

	for (size_t nth = 0;; nth++) {
		e = ring->find(ring->ctx, kid, alg, nth, used);
		if (e == ERR_UNKNOWN_KEY)
			return worst;
		if (e != OK)
			return e;
		e = cose_key_alg(used) == alg
			? c->verify(alg, used, t->part, t->n, sig)
			: ERR_COSE_ALG;
		if (e == OK || err_class(e) == CLASS_PORT)
			return e;
		/* Under no kid another key may still be the one. */
		if (worst != ERR_SIGNATURE)
			worst = e;
	}
}

/*
 * The first signature that can be checked here decides; a COSE_Sign1 has
 * but one.  One without a kid may be another receiver's: if no key fits it,
 * the next one is looked at.  *one is the one that was looked at last.
 */
static enum err
try_signatures(const struct crypto *c, const struct keyring *ring,
    unsigned accept, const struct cose_signed *s, struct bytes payload,
    struct cose_signature *one, struct cose_key *used)
{
	struct cbor_in items = cbor_items(s->signatures);
	size_t n = s->multi ? s->signatures.n : 1;
	enum err e, worst = ERR_COSE_ALG;
	struct tbs t;

	for (size_t i = 0; i < n; i++) {
		int32_t alg;

		if (s->multi)
			TRY(cose_signature_read(&items, one));
		else
			*one = (struct cose_signature){
			    s->prot, s->unprot, s->sig, s->kid, s->alg};
		alg = settle(c, one->alg, accept);
		if (alg == 0)
			continue;
		tbs_make(&t, s->prot, s->multi ? &one->prot : NULL, payload);
		e = try_keys(c, ring, alg, one->kid, &t, one->sig, used);
		if (e != ERR_UNKNOWN_KEY &&
		    !(e == ERR_SIGNATURE && one->kid.n == 0))
			return e;
		if (worst != ERR_SIGNATURE)
			worst = e;
	}
	return worst;
}

static enum err
verify(const struct crypto *c, const struct keyring *ring, unsigned accept,
    struct bytes in, const struct bytes *detached, struct verified *out,
    struct why *why)
{
	struct cose_signed s;
	struct cose_signature one;
	struct cose_key used;
	struct bytes payload;
	uint8_t kid[KID_LEN];
	enum err e;

	memset(out, 0, sizeof(*out));
	TRY(cose_signed_read(in, accept, &s, why));
	if (detached == NULL && s.payload.p == NULL)
		return why_set(why, ERR_MISSING, "payload");
	if (detached != NULL && s.payload.p != NULL)
		return why_set(why, ERR_UNEXPECTED, "payload");
	payload = detached != NULL ? *detached : s.payload;
	e = try_signatures(c, ring, accept, &s, payload, &one, &used);
	if (e == OK)
		e = cose_key_thumbprint(c, &used, kid);
	if (e != OK) {
		(void)why_set(why, e, "signature");
		if (why != NULL)
			why->subject = one.kid;
		return e;
	}
	out->payload = payload;
	out->alg = one.alg;
	memcpy(out->kid, kid, KID_LEN);
	return OK;
}

enum err
cose_verify(const struct crypto *c, const struct keyring *ring, unsigned accept,
    struct bytes in, struct verified *out, struct why *why)
{
	return verify(c, ring, accept, in, NULL, out, why);
}

enum err
cose_verify_detached(const struct crypto *c, const struct keyring *ring,
    unsigned accept, struct bytes in, struct bytes payload,
    struct verified *out, struct why *why)
{
	accept &= ~(unsigned)ACCEPT_SIGN;
	return verify(c, ring, accept, in, &payload, out, why);
}
