/* recipient: the encryption key of a device, on its endorser's word. */
#include "recipient.h"

#include <string.h>
#include <tamarind/verifier.h>

/* What is looked for in the CoRIMs: the key with this id. */
struct endorsed {
	const struct crypto *crypto;
	const struct keyring *endorsers;
	const struct bytes *corim;
	size_t n;
	uint64_t now;
	struct bytes authority; /* or empty: the only one */
	struct why *why;
	struct corim_record found; /* views the CoRIM */
};

static enum err
look_in(struct endorsed *x, struct bytes in, struct bytes kid)
{
	struct corim_record r;
	struct corim_iter it;
	struct verified v;
	struct corim m;
	enum err e;

	TRY(corim_open(x->crypto, x->endorsers, x->now, in, &v, &m, x->why));
	corim_begin(&it, x->crypto, &m);
	while ((e = corim_next(&it, &r)) == OK) {
		if (r.kind != CORIM_ATTEST_KEY ||
		    !bytes_same(BYTES_OF(r.kid), kid))
			continue;
		x->found = r;
		return OK;
	}
	return e == ERR_NOT_FOUND ? ERR_UNKNOWN_KEY
				  : why_set(x->why, e, "CoRIM");
}

static enum err
find(void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	struct endorsed *x = ctx;

	(void)alg; /* cose compares it with the key */
	if (nth > 0 || kid.n != KID_LEN)
		return ERR_UNKNOWN_KEY;
	for (size_t i = 0; i < x->n; i++) {
		enum err e = look_in(x, x->corim[i], kid);

		if (e == OK)
			*out = x->found.key;
		if (e != ERR_UNKNOWN_KEY)
			return e;
	}
	return ERR_UNKNOWN_KEY;
}

/* Is it about the device that the key was endorsed for? */
static enum err
device_check(const struct endorsed *x, const struct eat_claims *c)
{
	const struct corim_record *r = &x->found;
	char vendor[64];

	if (!bytes_same(c->ueid, r->ueid))
		return why_set(x->why, ERR_EVIDENCE_CLAIM, "ueid");
	if (!bytes_same(c->hwmodel, r->class_id))
		return why_set(x->why, ERR_EVIDENCE_CLAIM, "hwmodel");
	TRY(verifier_vendor(c->oemid, vendor));
	if (!bytes_same((struct bytes){(const uint8_t *)vendor, strlen(vendor)},
		r->vendor))
		return why_set(x->why, ERR_EVIDENCE_CLAIM, "oemid");
	return OK;
}

/* One key, one purpose: is none of the others this one? */
static enum err
purpose_check(const struct endorsed *x, const struct eat_claims *c,
    const struct verified *v, const struct cose_key *key)
{
	uint8_t kid[KID_LEN], other[KID_LEN];
	struct cose_key report;

	TRY(cose_key_thumbprint(x->crypto, key, kid));
	TRY(eat_cnf_kid(x->crypto, c->cnf, other));
	if (bytes_same(BYTES_OF(kid), BYTES_OF(other)) ||
	    bytes_same(BYTES_OF(kid), BYTES_OF(v->kid)))
		return ERR_KEY_PURPOSE;
	TRY(cose_key_read(c->report_key, &report));
	TRY(cose_key_thumbprint(x->crypto, &report, other));
	return bytes_same(BYTES_OF(kid), BYTES_OF(other)) ? ERR_KEY_PURPOSE
							  : OK;
}

/* What is encrypted to the key of one authority no other can have opened;
 * so it has to be the right one, and with several nobody guesses. */
static enum err
key_find(const struct endorsed *x, const struct eat_claims *c,
    struct eat_payload_key *out)
{
	struct cbor_in r = cbor_items(c->payload_keys);
	enum err e = ERR_MISSING;

	if (x->authority.n == 0 && c->payload_keys.n > 1)
		e = ERR_DUPLICATE;
	for (size_t i = 0; e == ERR_MISSING && i < c->payload_keys.n; i++) {
		TRY(eat_payload_key_read(&r, out));
		if (x->authority.n == 0 ||
		    bytes_same(out->authority, x->authority))
			return OK;
	}
	(void)why_set(x->why, e, "payload-keys");
	x->why->kind = WHY_TEXT;
	x->why->expected = e == ERR_DUPLICATE
			       ? BYTES_LIT("--authority, the name of one")
			       : x->authority;
	if (c->payload_keys.n > 0) {
		r = cbor_items(c->payload_keys);
		TRY(eat_payload_key_read(&r, out));
		x->why->found = out->authority;
	}
	return e;
}

static enum err
key_take(const struct endorsed *x, const struct eat_claims *c,
    const struct verified *v, struct cose_key *out)
{
	struct eat_payload_key k;
	enum err e;

	TRY(key_find(x, c, &k));
	e = x->crypto->key_check(&k.key);
	if (e == OK)
		e = purpose_check(x, c, v, &k.key);
	*out = k.key;
	return e == OK ? OK : why_set(x->why, e, "payload-keys");
}

enum err
recipient_of_evidence(const struct crypto *c, const struct keyring *endorsers,
    const struct bytes *corim, size_t n, uint64_t now, struct bytes authority,
    struct bytes evidence, struct cose_key *out, struct why *why)
{
	struct endorsed x = {.crypto = c,
	    .endorsers = endorsers,
	    .corim = corim,
	    .n = n,
	    .now = now,
	    .authority = authority,
	    .why = why};
	const struct keyring ring = {&x, find};
	struct eat_claims claims;
	struct verified v;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = cose_verify(c, &ring, ACCEPT_SIGN1, evidence, &v, why);
	if (e == ERR_UNKNOWN_KEY)
		return why_set(why, ERR_EVIDENCE_KEY, "evidence key");
	TRY(e);
	TRY(eat_read(&v, &claims, why));
	TRY(eat_evidence_complete(&claims, why));
	TRY(device_check(&x, &claims));
	e = key_take(&x, &claims, &v, out);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}
