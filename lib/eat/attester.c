/*
 * attester: Evidence about a device, for one challenge.  docs/evidence.md
 *
 * An attester says what it knows: device, boot, its own digest, the agent's
 * digest and manifest.  The rest is stated by the agent and signed as such;
 * nothing of it may look as if the attester had measured it.
 */
#include <string.h>
#include <tamarind/eat.h>

#define SMALL 256

struct draft {
	uint8_t cnf[SMALL], oemid[SMALL], hwversion[SMALL], report[SMALL];
};

static bool
key_same(const struct cose_key *a, const struct cose_key *b)
{
	return a->kty == b->kty && a->crv == b->crv &&
	       memcmp(a->x, b->x, 32) == 0 && memcmp(a->y, b->y, 32) == 0;
}

static enum err
key_ok(const struct crypto *c, const struct cose_key *k, const char *what,
    struct why *why)
{
	enum err e = c->key_check(k);

	return e == OK ? OK : why_set(why, e, what);
}

/* One key, one purpose: and none of them is the evidence key. */
static enum err
keys_ok(const struct eat_attester *a, const struct attest_request *r,
    struct why *why)
{
	TRY(key_ok(a->crypto, &r->teep, "teep key", why));
	TRY(key_ok(a->crypto, &r->report, "report key", why));
	if (key_same(&r->teep, &r->report) || key_same(&r->teep, &a->key) ||
	    key_same(&r->report, &a->key))
		return why_set(why, ERR_KEY_PURPOSE, "teep key");
	return OK;
}

/* What opens payloads does nothing else, and each for one authority. */
static enum err
payload_key_ok(const struct eat_attester *a, const struct attest_request *r,
    size_t nth, const struct cose_key *k)
{
	struct cbor_in items = cbor_items(r->payload_keys);
	struct eat_payload_key before;

	TRY(a->crypto->key_check(k));
	if (key_same(k, &r->teep) || key_same(k, &r->report) ||
	    key_same(k, &a->key))
		return ERR_KEY_PURPOSE;
	for (size_t i = 0; i < nth; i++) {
		TRY(eat_payload_key_read(&items, &before));
		if (key_same(k, &before.key))
			return ERR_KEY_PURPOSE;
	}
	return OK;
}

static enum err
payload_keys_ok(const struct eat_attester *a, const struct attest_request *r,
    struct why *why)
{
	struct cbor_in items = cbor_items(r->payload_keys);
	struct eat_payload_key k;
	enum err e = OK;

	for (size_t i = 0; i < r->payload_keys.n && e == OK; i++) {
		e = eat_payload_key_read(&items, &k);
		if (e == OK)
			e = payload_key_ok(a, r, i, &k.key);
	}
	if (e == OK)
		e = cbor_close(&items);
	return e == OK ? OK : why_set(why, e, "payload keys");
}

/* base64url, as the name of a key is. */
static bool
audience_ok(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

static enum err
manifests_ok(struct list l, struct why *why)
{
	struct cbor_in items = cbor_items(l);
	enum err e = OK;

	for (size_t i = 0; i < l.n && e == OK; i++) {
		struct eat_manifest m;

		e = eat_manifest_read(&items, &m);
	}
	if (e == OK)
		e = cbor_close(&items);
	return e == OK ? OK : why_set(why, e, "manifests");
}

/* The agent may state the policy and components, and nothing under a name
 * that is the launcher's to give. */
static enum err
measurements_ok(struct list l, struct why *why)
{
	struct cbor_in items = cbor_items(l);
	enum err e = OK;

	for (size_t i = 0; i < l.n && e == OK; i++) {
		struct eat_component m;

		e = eat_component_read(&items, &m);
		if (e == OK && !bytes_same(m.name, BYTES_LIT("policy")) &&
		    !bytes_prefix(m.name, BYTES_LIT("component:")))
			e = ERR_PEER;
	}
	if (e == OK)
		e = cbor_close(&items);
	return e == OK ? OK : why_set(why, e, "measurements");
}

/* The members of claims that have a form of their own. */
static enum err
put_small(const struct eat_attester *a, const struct attest_request *r,
    struct draft *d, struct eat_claims *c)
{
	struct cbor_out w = cbor_into(SPAN_OF(d->cnf));

	eat_cnf_put_key(&w, &r->teep);
	TRY(cbor_done(&w, &c->cnf));
	w = cbor_into(SPAN_OF(d->oemid));
	cbor_put_bstr(&w, a->oemid);
	TRY(cbor_done(&w, &c->oemid));
	w = cbor_into(SPAN_OF(d->hwversion));
	cbor_put_array(&w, 1);
	cbor_put_tstr(&w, a->hwversion);
	TRY(cbor_done(&w, &c->hwversion));
	w = cbor_into(SPAN_OF(d->report));
	cose_key_write(&w, &r->report);
	return cbor_done(&w, &c->report_key);
}

static struct list
put_manifests(struct cbor_out *w, const struct eat_attester *a,
    const struct attest_request *r)
{
	const struct eat_manifest own = {
	    a->manifest_uri, ALG_SHA256, a->manifest};
	size_t start = w->at;

	eat_manifest_put(w, &own);
	cbor_put_raw(w, r->manifests.raw);
	return (struct list){{w->p + start, w->at - start}, 1 + r->manifests.n};
}

static struct list
put_measurements(struct cbor_out *w, const struct eat_attester *a,
    const struct attest_request *r)
{
	const struct eat_component launcher = {
	    BYTES_LIT("launcher"), BYTES_NONE, a->launcher};
	const struct eat_component agent = {
	    BYTES_LIT("agent"), BYTES_NONE, a->agent};
	size_t start = w->at;

	eat_component_put(w, &launcher);
	eat_component_put(w, &agent);
	cbor_put_raw(w, r->measurements.raw);
	return (struct list){
	    {w->p + start, w->at - start}, 2 + r->measurements.n};
}

/* Lists first, then the claims that hold them, then the signed whole: each in
 * its own part of the scratch memory. */
static enum err
write_all(const struct eat_attester *a, const struct attest_request *r,
    struct eat_claims *c, struct span scratch, struct bytes *out)
{
	size_t third = scratch.n / 3;
	struct cbor_out lists = cbor_into((struct span){scratch.p, third});
	struct cbor_out claims =
	    cbor_into((struct span){scratch.p + third, third});
	struct cbor_out whole =
	    cbor_into((struct span){scratch.p + 2 * third, third});
	struct bytes done;

	c->manifests = put_manifests(&lists, a, r);
	c->measurements = put_measurements(&lists, a, r);
	TRY(cbor_done(&lists, &done));
	TRY(eat_write(&claims, c));
	TRY(cbor_done(&claims, &done));
	TRY(cose_sign1_write(&whole, a->signer, done, NULL, WRITE_TAGGED));
	return cbor_done(&whole, out);
}

enum err
eat_attest(const struct eat_attester *a, const struct attest_request *r,
    struct span scratch, struct bytes *out, struct why *why)
{
	struct draft draft;
	struct eat_claims c = {
	    .has = EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_UEID |
		   EAT_HAS_OEMID | EAT_HAS_HWMODEL | EAT_HAS_HWVERSION |
		   EAT_HAS_PROFILE | EAT_HAS_BOOTSEED | EAT_HAS_MANIFESTS |
		   EAT_HAS_MEASUREMENTS | EAT_HAS_REPORT_KEY | EAT_HAS_COUNTER,
	    .aud = r->audience,
	    .nonce = r->challenge,
	    .ueid = a->ueid,
	    .hwmodel = a->hwmodel,
	    .profile = BYTES_LIT(EAT_EVIDENCE_PROFILE),
	    .bootseed = a->bootseed,
	    .counter = a->counter,
	    .payload_keys = r->payload_keys,
	};

	*out = BYTES_NONE;
	if (!audience_ok(r->audience))
		return why_set(why, ERR_TEXT, "audience");
	TRY(keys_ok(a, r, why));
	TRY(payload_keys_ok(a, r, why));
	if (r->payload_keys.n > 0)
		c.has |= EAT_HAS_PAYLOAD_KEYS;
	if (r->challenge.n == 0) {
		if (a->now == 0)
			return why_set(why, ERR_NO_FRESHNESS, "challenge");
		c.has &= ~(uint32_t)EAT_HAS_NONCE;
		c.has |= EAT_HAS_IAT;
		c.iat = a->now;
	}
	TRY(manifests_ok(r->manifests, why));
	TRY(measurements_ok(r->measurements, why));
	TRY(put_small(a, r, &draft, &c));
	return write_all(a, r, &c, scratch, out);
}
