/*
 * envelope: authenticate, then parse.            [SUIT SUIT_Envelope]
 *
 * The order is the point of this file.  Before a signature holds, only the
 * outermost map, the wrapper and its COSE blocks are read.  Before the digest
 * holds, the manifest is a string of octets.
 */
#include "suit_int.h"

#include <string.h>

/* The outermost map, with nothing believed yet. */
struct outer {
	uint32_t has;
	struct bytes wrapper;    /* content */
	struct bytes manifest;   /* with its head, as it is hashed */
	struct bytes member[24]; /* severed members with their heads, by key */
};

// clang-format off
#define O(key, kind, member) \
	FIELD(key, kind, struct outer, member, 0, UINT32_MAX)

static const struct cbor_field outer_fields[] = {
	FIELD_REQ(2, F_BSTR, struct outer, wrapper, 0, SUIT_MANIFEST_MAX),
	FIELD_REQ(3, F_RAW, struct outer, manifest, 0, UINT32_MAX),
	O(SUIT_COSWID, F_RAW, member[SUIT_COSWID]),
	O(SUIT_DEPENDENCY_RESOLUTION, F_RAW,
	    member[SUIT_DEPENDENCY_RESOLUTION]),
	O(SUIT_PAYLOAD_FETCH, F_RAW, member[SUIT_PAYLOAD_FETCH]),
	O(SUIT_CANDIDATE_VERIFICATION, F_RAW,
	    member[SUIT_CANDIDATE_VERIFICATION]),
	O(SUIT_INSTALL, F_RAW, member[SUIT_INSTALL]),
	O(SUIT_TEXT, F_RAW, member[SUIT_TEXT]),
};
// clang-format on

static const struct cbor_table outer_table = {
    outer_fields, ARRAY_LEN(outer_fields), 0};

/* Members that a manifest may replace by their digest. */
static const uint8_t severable[] = {SUIT_COSWID, SUIT_DEPENDENCY_RESOLUTION,
    SUIT_PAYLOAD_FETCH, SUIT_CANDIDATE_VERIFICATION, SUIT_INSTALL, SUIT_TEXT};

/*
 * What the table does not know: text keys are payloads; 1 (delegation) has no
 * meaning any more and gets none; any other number is something that no
 * digest in the manifest covers.
 */
static enum err
outer_others(struct bytes map, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(map);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		const uint8_t *at = map.p + r.at;
		bool known = false;
		int64_t key;

		if (cbor_peek(&r) == CBOR_TSTR) {
			(void)cbor_tstr(&r, 0, SUIT_URI_MAX);
			(void)cbor_bstr(&r, 0, LEN_ANY);
			continue;
		}
		key = cbor_int(&r, INT64_MIN, INT64_MAX);
		(void)cbor_raw(&r, CBOR_ANY);
		for (size_t k = 0; k < ARRAY_LEN(outer_fields); k++)
			known |= outer_fields[k].key == key;
		if (!known && key != 1 && r.err == OK)
			return suit_refuse(
			    f, ERR_SEVERED, "envelope member", at);
	}
	return suit_close(f, &r, "envelope");
}

static enum err
outer_read(struct bytes in, struct outer *o, struct bytes *map,
    const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(in);

	memset(o, 0, sizeof(*o));
	if (in.n == 0)
		return suit_refuse(f, ERR_TRUNCATED, "envelope", NULL);
	if (in.n > SUIT_ENVELOPE_MAX)
		return suit_refuse(f, ERR_TOO_LONG, "envelope", in.p);
	(void)cbor_tag_if(&r, TAG_SUIT_ENVELOPE);
	*map = (struct bytes){in.p + r.at, in.n - r.at};
	cbor_map_read(&r, &outer_table, o);
	TRY(suit_close(f, &r, "envelope"));
	TRY(outer_others(*map, f));
	/* The wrapper first, whatever the order of the rest: a reader of a
	 * stream must know the digest before it meets the manifest. */
	if (o->wrapper.p > o->manifest.p)
		return suit_refuse(
		    f, ERR_ORDER, "authentication wrapper", o->wrapper.p);
	return OK;
}

/* Read [bstr digest, * bstr block]. */
static enum err
wrapper_read(struct bytes wrapper, struct bytes *digest_item,
    struct bytes *sha256, struct list *blocks, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(wrapper);
	size_t start;
	enum err e;

	blocks->n = cbor_array_any(&r, 1, 1 + SUIT_SIGNERS_MAX);
	*digest_item = cbor_bstr(&r, 0, LEN_ANY);
	blocks->n -= blocks->n > 0;
	start = r.at;
	for (size_t i = 0; i < blocks->n; i++)
		(void)cbor_bstr(&r, 1, LEN_ANY);
	TRY(suit_close(f, &r, "authentication wrapper"));
	blocks->raw = (struct bytes){wrapper.p + start, wrapper.n - start};
	e = suit_digest_read(*digest_item, sha256);
	if (e != OK)
		return suit_refuse(f, e, "manifest digest", digest_item->p);
	return OK;
}

/*
 * A block that did not verify: is it not for us, but for a receiver with other
 * keys or algorithms?  One under a key of ours that fails is no such thing:
 * somebody tampered.
 */
static bool
block_foreign(struct bytes block, enum err e)
{
	struct cose_signed s;

	if (e == ERR_UNKNOWN_KEY || e == ERR_COSE_TYPE) /* a MAC, say */
		return true;
	/* No key was sure to be the one, and kids are optional. */
	if (e == ERR_SIGNATURE && cose_is_mac0(block))
		return true;
	if ((e != ERR_SIGNATURE && e != ERR_COSE_ALG) ||
	    cose_signed_read(block, ACCEPT_SIGN1, &s, NULL) != OK)
		return false;
	return s.kid.n == 0 || (e == ERR_COSE_ALG && s.alg != ALG_ESP256 &&
				   s.alg != ALG_ED25519 && s.alg != ALG_ES256 &&
				   s.alg != ALG_EDDSA);
}

/* Blocks are tagged, always. */
static enum err
block_verify(const struct crypto *c, const struct keyring *ring,
    struct bytes block, struct bytes payload, struct verified *v,
    const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(block);
	enum err e;

	if (cbor_peek(&r) != CBOR_TAG)
		return suit_refuse(f, ERR_COSE_TYPE, "untagged block", block.p);
	if (suit_profile.mac != NULL && cose_is_mac0(block))
		e = suit_profile.mac(c, ring, block, payload, v, f->why);
	else
		e = cose_verify_detached(c, ring,
		    ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC, block, payload, v,
		    f->why);
	if (e != OK && f->why != NULL)
		f->why->at += (size_t)(block.p - f->base);
	return e;
}

/* Which keys of the ring signed?  At least one, or the reason why none. */
static enum err
authenticate(const struct crypto *c, const struct keyring *ring,
    struct list blocks, struct bytes payload, struct suit_manifest *out,
    const struct suit_fault *f)
{
	struct cbor_in r = cbor_items(blocks);
	struct why first = {.err = OK};
	enum err skipped = OK;

	for (size_t i = 0; i < blocks.n; i++) {
		struct bytes block = cbor_bstr(&r, 1, LEN_ANY);
		struct verified v;
		enum err e = block_verify(c, ring, block, payload, &v, f);
		size_t k = 0;

		if (e != OK && !block_foreign(block, e))
			return e;
		if (e != OK) {
			/* a wrong signature tells more than an odd block */
			if (skipped == OK || e == ERR_SIGNATURE) {
				skipped = e;
				if (f->why != NULL)
					first = *f->why;
			}
			continue;
		}
		/* two signatures by one key count once */
		while (k < out->n_signers &&
		       memcmp(out->signer[k], v.kid, KID_LEN) != 0)
			k++;
		if (k == out->n_signers)
			memcpy(out->signer[out->n_signers++], v.kid, KID_LEN);
	}
	if (out->n_signers > 0)
		return OK;
	if (skipped == OK)
		return suit_refuse(
		    f, ERR_UNSIGNED, "authentication wrapper", payload.p);
	if (f->why != NULL)
		*f->why = first;
	return skipped;
}

static enum err
digest_holds(
    const struct crypto *c, struct bytes raw, struct bytes sha256, bool *holds)
{
	uint8_t got[DIGEST_LEN];

	*holds = false;
	TRY(c->sha256(&raw, 1, got));
	*holds = bytes_same(BYTES_OF(got), sha256);
	return OK;
}

/* The content of a raw byte string. */
static enum err
unwrap(struct bytes raw, struct bytes *content, size_t max,
    const struct suit_fault *f, const char *what)
{
	struct cbor_in r = cbor_open(raw);

	*content = cbor_bstr(&r, 1, max);
	return suit_close(f, &r, what);
}

/*
 * Put a severable member in its place.  [SUIT SUIT_Severable_Members]
 *   bstr in the manifest      it is the member; the envelope has none
 *   digest in the manifest    the envelope's one counts if it matches, and
 *                             none there means: severed
 *   nothing in the manifest   nothing in the envelope either
 * c NULL (printing): the digest is not compared.
 */
static enum err
member_resolve(const struct crypto *c, const struct outer *o, unsigned key,
    struct suit_manifest *m, const struct suit_fault *f)
{
	struct bytes inside = m->section[key], outside = o->member[key];
	struct cbor_in r = cbor_open(inside);
	struct bytes sha256;
	bool holds = true;
	enum err e;

	if (cbor_peek(&r) == CBOR_ARRAY) {
		m->section[key] = BYTES_NONE;
		e = suit_digest_read(inside, &sha256);
		if (e != OK)
			return suit_refuse(
			    f, e, "digest of severed member", inside.p);
		if (outside.n == 0) {
			m->severed |= UINT32_C(1) << key;
			return OK;
		}
		if (c != NULL)
			TRY(digest_holds(c, outside, sha256, &holds));
		inside = outside;
		outside = BYTES_NONE;
	}
	if (outside.n > 0 || !holds)
		return suit_refuse(f, ERR_SEVERED, "severed member",
		    holds ? outside.p : inside.p);
	if (inside.n == 0)
		return OK;
	/* scan.c checks sequences; text is for people, and whoever shows it to
	 * them checks it */
	return unwrap(inside, &m->section[key], LEN_ANY, f, "severable member");
}

static enum err
members_resolve(const struct crypto *c, const struct outer *o,
    struct suit_manifest *m, const struct suit_fault *f)
{
	for (size_t i = 0; i < ARRAY_LEN(severable); i++)
		TRY(member_resolve(c, o, severable[i], m, f));
	m->text = m->section[SUIT_TEXT];
	return OK;
}

/* What stands around a manifest, with nothing believed yet. */
struct around {
	struct outer o;
	struct bytes digest_item, sha256, content;
	struct list blocks;
};

static enum err
open_around(struct bytes envelope, struct around *a, struct suit_manifest *m,
    const struct suit_fault *f)
{
	TRY(outer_read(envelope, &a->o, &m->envelope, f));
	m->wrapper = a->o.wrapper;
	TRY(wrapper_read(
	    a->o.wrapper, &a->digest_item, &a->sha256, &a->blocks, f));
	return unwrap(
	    a->o.manifest, &a->content, SUIT_MANIFEST_MAX, f, "manifest");
}

/* The manifest, once it is known who signed its digest, or that this does
 * not count. */
static enum err
open_manifest(const struct crypto *c, const struct around *a,
    struct suit_manifest *m, const struct suit_fault *f)
{
	bool holds;

	TRY(digest_holds(c, a->o.manifest, a->sha256, &holds));
	if (!holds)
		return suit_refuse(
		    f, ERR_MANIFEST_DIGEST, "manifest", a->o.manifest.p);
	memcpy(m->digest, a->sha256.p, DIGEST_LEN);
	TRY(suit_manifest_read(a->content, m, f));
	TRY(members_resolve(c, &a->o, m, f));
	return suit_scan(m, NULL, f, &m->own);
}

static enum err
opened(struct suit_manifest *m, enum err e, struct why *why)
{
	if (e != OK)
		memset(m, 0, sizeof(*m));
	else if (why != NULL) /* blocks of strangers are no refusal */
		memset(why, 0, sizeof(*why));
	return e;
}

enum err
suit_manifest_hash(
    const struct crypto *c, struct bytes envelope, uint8_t sha256[DIGEST_LEN])
{
	const struct suit_fault nobody = {NULL, envelope.p};
	struct bytes map;
	struct outer o;

	TRY(outer_read(envelope, &o, &map, &nobody));
	return c->sha256(&o.manifest, 1, sha256);
}

enum err
suit_open(const struct crypto *c, const struct keyring *ring,
    struct bytes envelope, struct suit_manifest *out, struct why *why)
{
	const struct suit_fault f = {why, envelope.p};
	struct around a;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = open_around(envelope, &a, out, &f);
	if (e == OK)
		e = authenticate(c, ring, a.blocks, a.digest_item, out, &f);
	if (e == OK)
		e = open_manifest(c, &a, out, &f);
	return opened(out, e, why);
}

enum err
suit_check(const struct crypto *c, struct bytes envelope,
    struct suit_manifest *out, struct why *why)
{
	const struct suit_fault f = {why, envelope.p};
	struct around a;
	enum err e;

	memset(out, 0, sizeof(*out));
	e = open_around(envelope, &a, out, &f);
	if (e == OK)
		e = open_manifest(c, &a, out, &f);
	return opened(out, e, why);
}

enum err
suit_parse(struct bytes envelope, struct suit_manifest *out, struct why *why)
{
	const struct suit_fault f = {why, envelope.p};
	struct around a;

	memset(out, 0, sizeof(*out));
	TRY(open_around(envelope, &a, out, &f));
	memcpy(out->digest, a.sha256.p, DIGEST_LEN); /* as claimed */
	TRY(suit_manifest_read(a.content, out, &f));
	return members_resolve(NULL, &a.o, out, &f);
}

struct bytes
suit_payload(const struct suit_manifest *m, struct bytes key)
{
	struct cbor_in r = cbor_open(m->envelope);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		bool text = cbor_peek(&r) == CBOR_TSTR;
		struct bytes k = text ? cbor_tstr(&r, 0, SUIT_URI_MAX)
				      : cbor_raw(&r, CBOR_ANY);
		struct bytes v =
		    text ? cbor_bstr(&r, 0, LEN_ANY) : cbor_raw(&r, CBOR_ANY);

		if (text && r.err == OK && bytes_same(k, key))
			return v;
	}
	return BYTES_NONE;
}
