/*
 * build_eat: Evidence and Attestation Results.          [docs/evidence.md]
 */
#include "build.h"

#include <string.h>

/* Room for the entries of claims 272 and 273 of n things installed. */
#define ENTRIES_ROOM(n) (1024 + (n) * (SUIT_ID_TEXT + 256))

static void
measure(
    struct cbor_out *w, size_t *count, const char *name, struct bytes digest)
{
	const struct eat_component c = {
	    .name = bytes_of_text(name), .digest = digest};

	eat_component_put(w, &c);
	++*count;
}

static void
reference(struct cbor_out *w, size_t *count, struct bytes digest)
{
	const struct eat_manifest m = {BYTES_NONE, ALG_SHA256, digest};

	eat_manifest_put(w, &m);
	++*count;
}

static void
installed(struct build *b, struct eat_claims *c, const struct build_device *d,
    const struct build_has *has, size_t n)
{
	struct cbor_out m = cbor_into(build_room(b, ENTRIES_ROOM(n)));
	struct cbor_out k = cbor_into(build_room(b, ENTRIES_ROOM(n)));
	char name[SUIT_ID_TEXT + 16];

	/* the agent's own manifest stands first, the policy's second */
	reference(&m, &c->manifests.n, BYTES_OF(d->agent));
	reference(&m, &c->manifests.n, BYTES_OF(d->policy));
	measure(&k, &c->measurements.n, "launcher", BYTES_OF(d->launcher));
	measure(&k, &c->measurements.n, "agent", BYTES_OF(d->agent));
	measure(&k, &c->measurements.n, "policy", BYTES_OF(d->policy));
	for (size_t i = 0; i < n; i++) {
		reference(&m, &c->manifests.n, has[i].manifest);
		(void)snprintf(
		    name, sizeof(name), "component:%s", has[i].component);
		measure(&k, &c->measurements.n, name, has[i].image);
	}
	c->manifests.raw = build_done(b, &m);
	c->measurements.raw = build_done(b, &k);
}

static struct bytes
claims_put(struct build *b, enum part part, const struct eat_claims *c)
{
	struct cbor_out measured = cbor_measure(), w;

	build_fail(b, eat_write(&measured, c));
	w = cbor_into(build_room(b, measured.at));
	if (b->err == OK)
		build_fail(b, eat_write(&w, c));
	return build_step(b, part, STEP_BODY, build_done(b, &w));
}

static struct bytes
cnf_key(struct build *b, const struct cose_key *k)
{
	struct cbor_out w = cbor_into(build_room(b, 128));

	eat_cnf_put_key(&w, k);
	return build_done(b, &w);
}

static struct list
payload_key(struct build *b, const struct cose_key *k)
{
	const struct eat_payload_key one = {BYTES_LIT("author"), *k};
	struct cbor_out w = cbor_into(build_room(b, 192));

	eat_payload_key_put(&w, &one);
	return (struct list){build_done(b, &w), 1};
}

struct bytes
build_evidence(struct build *b, const struct build_device *d,
    struct bytes challenge, const uint8_t audience[KID_LEN],
    const struct build_has *has, size_t n, struct build_seal seal)
{
	char aud[KID_TEXT];
	struct eat_claims c = {
	    .has = EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_NONCE | EAT_HAS_UEID |
		   EAT_HAS_OEMID | EAT_HAS_HWMODEL | EAT_HAS_HWVERSION |
		   EAT_HAS_PROFILE | EAT_HAS_BOOTSEED | EAT_HAS_MANIFESTS |
		   EAT_HAS_MEASUREMENTS | EAT_HAS_REPORT_KEY | EAT_HAS_COUNTER,
	    .nonce = challenge,
	    .ueid = d->ueid,
	    .oemid = d->oemid,
	    .hwmodel = d->hwmodel,
	    .hwversion = d->hwversion,
	    .profile = BYTES_LIT(EAT_EVIDENCE_PROFILE),
	    .bootseed = BYTES_OF(d->bootseed),
	    .counter = BYTES_LIT("none"),
	};
	struct bytes body, signed_;

	kid_text(audience, aud);
	c.aud = bytes_of_text(aud);
	c.cnf = cnf_key(b, &d->teep_pub);
	c.report_key = build_key(b, &d->report_pub);
	if (d->encryption != NULL) {
		c.has |= EAT_HAS_PAYLOAD_KEYS;
		c.payload_keys = payload_key(b, d->encryption);
	}
	installed(b, &c, d, has, n);
	body = claims_put(b, PART_EVIDENCE, &c);
	if (b->err != OK)
		return BYTES_NONE;
	signed_ = build_sign1(
	    b, PART_EVIDENCE, build_sign_usual(b, d->evidence, body));
	signed_ = build_step(b, PART_EVIDENCE, STEP_SIGNED, signed_);
	return build_seal(b, PART_EVIDENCE, seal, signed_);
}

struct bytes
build_result(struct build *b, const struct build_result *r)
{
	struct cbor_out w = cbor_into(build_room(b, 64));
	struct eat_claims c = {
	    .has = EAT_HAS_EXP | EAT_HAS_IAT | EAT_HAS_CNF | EAT_HAS_NONCE |
		   EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_HWVERSION | EAT_HAS_PROFILE | EAT_HAS_MANIFESTS,
	    .exp = r->exp,
	    .iat = r->iat,
	    .nonce = r->nonce,
	    .ueid = r->ueid,
	    .oemid = r->oemid,
	    .hwmodel = r->hwmodel,
	    .hwversion = r->hwversion,
	    .profile = BYTES_LIT(EAT_TEEP_PROFILE),
	    .manifests = r->manifests,
	};
	struct build_sign s;
	struct bytes body;

	eat_cnf_put_kid(&w, r->cnf);
	c.cnf = build_done(b, &w);
	body = claims_put(b, PART_RESULT, &c);
	if (b->err != OK)
		return BYTES_NONE;
	s = build_sign_usual(b, r->by, body);
	s.tag = 0;
	return build_step(
	    b, PART_RESULT, STEP_SIGNED, build_sign1(b, PART_RESULT, s));
}
