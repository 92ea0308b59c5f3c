/*
 * open: authenticate a CoRIM and read its outermost map.    [CoRIM 4]
 *
 * What its tags say is read by tags.c and triples.c.
 */
#include "corim_int.h"

#include <string.h>

#define TAG_URI         32
#define TAG_OLD_WRAPPER 500

/* Makers of today sign with -7, which under a P-256 key is ESP256; the kind
 * of key is pinned by the anchor, not by the message.      [RFC 9864] */
#define ACCEPT ((unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC)

/* Creators and at most one signer.                        [CoRIM 4.1.5] */
#define ROLES    (1u << 1 | 1u << 2)
#define ONE_ONLY (1u << 2)

struct corim_map {
	uint32_t has;
	struct bytes id, dependents, profile, validity, entities;
	struct list tags;
};

// clang-format off
static const struct cbor_field corim_rows[] = {
	FIELD_REQ(0, F_RAW, struct corim_map, id, 0, 0),
	FIELD_REQ(1, F_LIST, struct corim_map, tags, 1, UINT32_MAX),
	FIELD(2, F_RAW_ARRAY, struct corim_map, dependents, 0, 0),
	FIELD(3, F_RAW, struct corim_map, profile, 0, 0),
	FIELD(4, F_RAW_MAP, struct corim_map, validity, 0, 0),
	FIELD(5, F_RAW_ARRAY, struct corim_map, entities, 0, 0),
};
enum {
	C_DEPENDENTS = 1 << 2,
	C_PROFILE = 1 << 3,
	C_VALIDITY = 1 << 4,
	C_ENTITIES = 1 << 5,
};
// clang-format on
/* Strict: an unknown key may change what the known ones mean. */
static const struct cbor_table corim_table = {
    corim_rows, ARRAY_LEN(corim_rows), 1};

/* Fail for the member that stands at raw. */
static enum err
fault(enum err e, const char *what, struct bytes raw, const uint8_t *base,
    struct why *why)
{
	if (e == OK)
		return OK;
	(void)why_set(why, e, what);
	if (why != NULL)
		why->at = (size_t)(raw.p - base);
	return e;
}

/* A URI or an OID; makers of today leave out the tag of a URI. */
static enum err
profile_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	if (cbor_peek(&r) != CBOR_TSTR)
		return corim_choice_check(in, USE_PROFILE);
	(void)cbor_tstr(&r, 1, URI_MAX);
	return cbor_close(&r);
}

/* The members that only tell where it comes from are well-formed. */
static enum err
provenance_check(
    const struct corim_map *m, const uint8_t *base, struct why *why)
{
	if ((m->has & C_DEPENDENTS) != 0)
		TRY(fault(corim_locators_check(m->dependents), "dependent-rims",
		    m->dependents, base, why));
	if ((m->has & C_PROFILE) != 0)
		TRY(fault(profile_check(m->profile), "profile", m->profile,
		    base, why));
	if ((m->has & C_ENTITIES) != 0)
		TRY(fault(corim_entities_check(m->entities, ROLES, ONE_ONLY),
		    "entities", m->entities, base, why));
	return OK;
}

/* The map, with its tag or, as the sample of the CoTS draft has it inside a
 * signature, without. */
static enum err
body_read(struct bytes in, const uint8_t *base, bool tagged, struct corim *out,
    struct why *why)
{
	struct cbor_in r = cbor_open(in);
	struct corim_map m = {0};

	if (tagged || cbor_peek(&r) == CBOR_TAG)
		cbor_tag(&r, TAG_CORIM);
	if (r.err != OK)
		return why_set(why, r.err, "tag 501");
	in = (struct bytes){in.p + r.at, in.n - r.at};
	TRY(corim_part_read(in, &corim_table, &m, "corim-map", base, why));
	TRY(fault(corim_id_read(m.id, &out->id, &out->id_is_text), "corim-id",
	    m.id, base, why));
	TRY(provenance_check(&m, base, why));
	out->tags = m.tags;
	out->profile = m.profile;
	if ((m.has & C_VALIDITY) == 0)
		return OK;
	return corim_narrow(m.validity, base, out, why);
}

struct bytes
corim_unwrap(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	if (!cbor_tag_if(&r, TAG_OLD_WRAPPER))
		return in;
	return (struct bytes){in.p + r.at, in.n - r.at};
}

static void
begin(struct corim *out)
{
	memset(out, 0, sizeof(*out));
	out->not_after = UINT64_MAX;
}

/* What the signature covers by its digest. */
static enum err
preimage_check(const struct crypto *c, const struct verified *v,
    struct bytes preimage, struct why *why)
{
	uint8_t digest[DIGEST_LEN];

	TRY(c->sha256(&preimage, 1, digest));
	if (bytes_same(v->payload, BYTES_OF(digest)))
		return OK;
	(void)why_set(why, ERR_MANIFEST_DIGEST, "hash envelope");
	return ERR_MANIFEST_DIGEST;
}

static enum err
validity_check(const struct corim *m, uint64_t now, struct why *why)
{
	bool early = now < m->not_before;

	if (!early && now <= m->not_after)
		return OK;
	(void)why_set(why, ERR_EXPIRED, early ? "not-before" : "not-after");
	if (why != NULL) {
		why->kind = WHY_UINT;
		why->expected_n = early ? m->not_before : m->not_after;
		why->found_n = now;
	}
	return ERR_EXPIRED;
}

/* A profile changes what tags mean, and one that is not known refuses all.
 * These, of PSA and CCA, name elements and nothing else.  [evidence.md 10] */
static bool
profile_known(struct bytes profile)
{
	static const char *const known[] = {
	    "http://arm.com/psa/iot/1",
	    "tag:arm.com,2025:psa#1.0.0",
	    "tag:arm.com,2025:cca_platform#1.0.0",
	    "tag:arm.com,2025:cca_realm#1.0.0",
	};
	struct cbor_in r = cbor_open(profile);
	struct bytes uri;

	(void)cbor_tag_if(&r, TAG_URI);
	uri = cbor_tstr(&r, 1, URI_MAX);
	for (size_t i = 0; i < ARRAY_LEN(known) && r.err == OK; i++)
		if (uri.n == strlen(known[i]) &&
		    memcmp(uri.p, known[i], uri.n) == 0)
			return true;
	return false;
}

/* One signed CoRIM; with a preimage, its signature is over the digest. */
struct opening {
	const struct crypto *crypto;
	const struct keyring *anchors;
	uint64_t now;
	struct bytes in;
	const struct bytes *preimage;
	bool chain; /* of certificates, which was followed */
};

static enum err
authentic_read(const struct opening *o, struct verified *v, struct corim *out,
    struct why *why)
{
	struct bytes body;
	struct cose_signed s;

	TRY(cose_verify(o->crypto, o->anchors, ACCEPT, o->in, v, why));
	TRY(cose_signed_read(o->in, ACCEPT, &s, why));
	TRY(corim_head_read(
	    &s, o->in.p, o->preimage != NULL, o->chain, out, why));
	body = v->payload;
	if (o->preimage != NULL) {
		body = *o->preimage;
		TRY(preimage_check(o->crypto, v, body, why));
	}
	TRY(body_read(
	    body, o->preimage != NULL ? body.p : o->in.p, false, out, why));
	memcpy(out->signer, v->kid, KID_LEN);
	if (out->profile.n > 0 && !profile_known(out->profile))
		return why_set(why, ERR_UNEXPECTED, "profile");
	return validity_check(out, o->now, why);
}

static enum err
open_one(
    struct opening *o, struct verified *v, struct corim *out, struct why *why)
{
	enum err e = ERR_TOO_LONG;

	begin(out);
	memset(v, 0, sizeof(*v));
	o->in = corim_unwrap(o->in);
	if (o->in.n > CORIM_MAX ||
	    (o->preimage != NULL && o->preimage->n > CORIM_MAX))
		(void)why_set(why, e, "CoRIM");
	else
		e = authentic_read(o, v, out, why);
	if (e != OK) {
		begin(out);
		memset(v, 0, sizeof(*v));
	}
	return e;
}

enum err
corim_open(const struct crypto *c, const struct keyring *anchors, uint64_t now,
    struct bytes in, struct verified *v, struct corim *out, struct why *why)
{
	struct opening o = {c, anchors, now, in, NULL, false};

	return open_one(&o, v, out, why);
}

enum err
corim_chain_read(struct bytes in, struct cose_chain *out)
{
	return cose_chain_read(corim_unwrap(in), out);
}

enum err
corim_open_certified(const struct crypto *c, const struct keyring *signer,
    uint64_t now, struct bytes in, struct verified *v, struct corim *out,
    struct why *why)
{
	struct opening o = {c, signer, now, in, NULL, true};

	return open_one(&o, v, out, why);
}

enum err
corim_open_hashed(const struct crypto *c, const struct keyring *anchors,
    uint64_t now, struct bytes in, struct bytes preimage, struct verified *v,
    struct corim *out, struct why *why)
{
	struct opening o = {c, anchors, now, in, &preimage, false};

	return open_one(&o, v, out, why);
}

static enum err
any_read(struct bytes in, struct corim *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	struct cose_signed s;

	if (cbor_tag_if(&r, TAG_CORIM))
		return body_read(in, in.p, true, out, why);
	TRY(cose_signed_read(in, ACCEPT, &s, why));
	/* Read without believing: the chain is only told of. */
	TRY(corim_head_read(&s, in.p, false, true, out, why));
	if (s.payload.p == NULL)
		return why_set(why, ERR_MISSING, "payload");
	return body_read(s.payload, in.p, false, out, why);
}

enum err
corim_parse(struct bytes in, struct corim *out, struct why *why)
{
	enum err e;

	begin(out);
	if (in.n > CORIM_MAX)
		return why_set(why, ERR_TOO_LONG, "CoRIM");
	e = any_read(corim_unwrap(in), out, why);
	if (e != OK)
		begin(out);
	return e;
}
