/*
 * show_envelope: SUIT envelopes: who signed what, and whether the manifest is
 * what was signed.                                   [SUIT SUIT_Envelope]
 */
#include "show.h"

#include <tamarind/suit.h>

// clang-format off
static const struct shape wrapped_digest = {
	.kind = S_WRAP, .of = &shape_digest};
static const struct shape wrapped_sequence = {
	.kind = S_WRAP, .of = &shape_sequence};
static const struct shape wrapped_text = {
	.kind = S_WRAP, .of = &shape_text_map};
static const struct shape wrapped_cose = {.kind = S_WRAP, .of = &shape_cose};
// clang-format on

/* The digest that the blocks sign: keep what was signed, for them. */
static void
show_signed_digest(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in in = *r, inner;

	s->detached = cbor_bstr(&in, 0, LEN_ANY);
	inner = cbor_open(s->detached);
	cbor_array(&inner, 2);
	(void)cbor_int(&inner, ALG_SHA256, ALG_SHA256);
	s->digest = cbor_bstr(&inner, DIGEST_LEN, DIGEST_LEN);
	show_item(s, r, l, &wrapped_digest);
}

static void
show_wrapper(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = r->in.p + r->at;
	size_t n = cbor_array_any(r, 1, LEN_ANY);
	static const struct shape signed_digest = {
	    .kind = S_CALL, .show = show_signed_digest, .of = &wrapped_digest};

	line_begin(s, l, p);
	if (r->err == OK && n == 1)
		put(s, "unsigned");
	line_end(s);
	if (show_failed(s, r))
		return;
	level_in(s);
	show_item(s, r, &NAMED("digest"), &signed_digest);
	for (size_t i = 1; i < n && r->err == OK; i++) {
		show_item(s, r, &NAMED("authentication block"), &wrapped_cose);
	}
	s->detached = BYTES_NONE;
	level_out(s);
}

/* The manifest, held against the digest that was signed. */
static void
show_digested(struct show *s, struct cbor_in *r, const struct label *l)
{
	static const struct shape wrapped = {
	    .kind = S_WRAP, .of = &shape_manifest};
	struct cbor_in probe = *r;
	struct bytes raw = cbor_raw(&probe, CBOR_BSTR), digest = s->digest;
	uint8_t got[DIGEST_LEN];
	bool same;

	show_item(s, r, l, &wrapped);
	if (raw.p == NULL || digest.p == NULL ||
	    s->crypto->sha256(&raw, 1, got) != OK)
		return;
	same = bytes_same(BYTES_OF(got), digest);
	level_in(s);
	line_begin(s, &NAMED("manifest digest"), raw.p);
	put(s, "%s ", same ? "as signed" : "DIFFERS from the signed one:");
	put_hex(s, BYTES_OF(got));
	line_end(s);
	if (!same)
		show_fault(s, ERR_MANIFEST_DIGEST, "manifest digest", raw.p);
	level_out(s);
}

// clang-format off
/* The digest, and blocks. */
static const struct member wrapper_rows[] = {{0, NULL, &wrapped_digest}};
static const struct shape blocks = {
	SHAPE_ARRAY(wrapper_rows), .of = &wrapped_cose};
static const struct shape wrapper = {
	.kind = S_CALL, .show = show_wrapper, .of = &blocks};
static const struct shape wrapped_wrapper = {.kind = S_WRAP, .of = &wrapper};
static const struct shape wrapped_manifest = {
	.kind = S_WRAP, .of = &shape_manifest};
static const struct shape digested = {
	.kind = S_CALL, .show = show_digested, .of = &wrapped_manifest};

static const struct member envelope_rows[] = {
	{1, "delegation", &shape_any},
	{2, "authentication-wrapper", &wrapped_wrapper},
	{3, "manifest", &digested},
	{14, "coswid", &shape_open},
	{15, "dependency-resolution", &wrapped_sequence},
	{16, "payload-fetch", &wrapped_sequence},
	{18, "candidate-verification", &wrapped_sequence},
	{20, "install", &wrapped_sequence},
	{23, "text", &wrapped_text},
};
/* Text keys: integrated payloads, perhaps envelopes themselves. */
static const struct shape envelope = {
	SHAPE_MAP(envelope_rows), .text = &shape_open};
// clang-format on

/* What the room's own reader says of it.  That this profile lacks something
 * is no fault of the envelope. */
static void
check_envelope(struct show *s, struct bytes raw)
{
	struct suit_manifest m;
	struct why why = {0};
	enum err e = suit_parse(raw, &m, &why);

	if (err_class(e) == CLASS_INPUT && e != ERR_UNEXPECTED &&
	    e != ERR_COSE_ALG)
		show_why(s, &why, raw.p);
}

static void
show_envelope(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct bytes detached = s->detached, digest = s->digest;
	struct cbor_in probe = *r;
	struct bytes raw = cbor_raw(&probe, CBOR_ANY);
	const uint8_t *p = r->in.p + r->at;

	s->digest = BYTES_NONE;
	(void)cbor_tag_if(r, TAG_SUIT_ENVELOPE);
	line_begin(s, l, p);
	put(s, "SUIT_Envelope");
	line_end(s);
	show_inside(s, r, &envelope);
	if (raw.p != NULL) {
		level_in(s);
		check_envelope(s, raw);
		level_out(s);
	}
	s->detached = detached;
	s->digest = digest;
}

static const struct member envelope_tags[] = {
    {TAG_SUIT_ENVELOPE, "SUIT_Envelope", &envelope}};
static const struct shape tagged_envelope = {
    .kind = S_TAGGED, .member = envelope_tags, .n = 1, .of = &envelope};
const struct shape shape_envelope = {
    .kind = S_CALL, .show = show_envelope, .of = &tagged_envelope};
