/*
 * show_cose: signed, encrypted and authenticated structures.
 *                                              [RFC 9052, RFC 9053, RFC 8392]
 */
#include "item.h"
#include "show.h"

#include <string.h>

/* ---- headers ----------------------------------------------------------- */

static const struct shape alg = {.kind = S_NAME, .name = cose_alg_name};
static const struct member text_or_number_rows[] = {
    {CBOR_TSTR, NULL, &shape_text},
    {CBOR_UINT, NULL, &shape_uint},
};
static const struct shape text_or_number = {.kind = S_EITHER,
    .member = text_or_number_rows,
    .n = ARRAY_LEN(text_or_number_rows)};

// clang-format off
static const struct member header_rows[] = {
	{1, "alg", &alg},
	{2, "crit", &shape_ints},
	{3, "content type", &text_or_number},
	{4, "kid", &shape_kid},
	{5, "IV", &shape_bstr},
	{6, "Partial IV", &shape_bstr},
	{8, "corim-meta", &shape_corim_meta},
	{15, "CWT claims", &shape_cwt_claims},
	{32, "x5bag", &shape_any},
	{33, "x5chain", &shape_any},
	{34, "x5t", &shape_any},
	{35, "x5u", &shape_any},
	{258, "payload hash alg", &alg},
	{259, "payload preimage content type", &text_or_number},
	{260, "payload location", &shape_text},
	{394, "receipts", &shape_any},
	{395, "vds", &shape_int},
	{396, "vdp", &shape_any},
	{-1, "ephemeral key", &shape_cose_key},
	{-20, "salt", &shape_bstr},
};
// clang-format on

static const struct shape header = {SHAPE_MAP(header_rows)};
static const struct shape protected = {.kind = S_WRAP, .of = &header};

/* ---- who signed --------------------------------------------------------- */

static void
trust_verified(struct show *s, const struct verified *v)
{
	char brief[KID_SHORT];

	kid_short(brief, v->kid);
	s->trust = TRUST_VERIFIED;
	(void)snprintf(s->trust_text, sizeof(s->trust_text),
	    "signature verified by %.120s (%s)", keydir_name(s->keys, v->kid),
	    brief);
}

/*
 * Fill in who answers for the payload.  A signature that is wrong is a fault;
 * one that cannot be checked with the keys at hand is not.
 */
static enum err
find_trust(struct show *s, struct bytes raw, bool detached)
{
	unsigned accept = (unsigned)ACCEPT_SIGN1 | ACCEPT_SIGN |
			  ACCEPT_CWT_TAG | ACCEPT_POLYMORPHIC;
	struct verified v;
	struct why why = {0};
	enum err e = ERR_TRUNCATED;

	s->trust = TRUST_NOT_VERIFIED;
	(void)snprintf(
	    s->trust_text, sizeof(s->trust_text), "signature not verified");
	if (s->keys == NULL)
		return OK;
	if (raw.p != NULL && !detached)
		e = cose_verify(
		    s->crypto, &s->keys->view, accept, raw, &v, &why);
	else if (raw.p != NULL)
		e = cose_verify_detached(s->crypto, &s->keys->view, accept, raw,
		    s->detached, &v, &why);
	if (e == OK) {
		trust_verified(s, &v);
	} else if (e == ERR_SIGNATURE && why.subject.n == 0) {
		/* without a key id it may be any other key's */
		e = ERR_UNKNOWN_KEY;
		(void)snprintf(s->trust_text, sizeof(s->trust_text),
		    "signature not verified by any of these keys");
	} else if (e == ERR_SIGNATURE) {
		s->trust = TRUST_WRONG;
		(void)snprintf(
		    s->trust_text, sizeof(s->trust_text), "signature WRONG");
	} else {
		(void)snprintf(s->trust_text, sizeof(s->trust_text),
		    "signature not verified (%s)", err_name(e));
	}
	return e == ERR_SIGNATURE ? e : OK;
}

/* ---- structures --------------------------------------------------------- */

// clang-format off
static const struct shape payload = {.kind = S_OPEN, .null = true};
static const struct shape octets = {.kind = S_BSTR, .null = true};

static const struct member signature_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "signature", &shape_bstr},
};
static const struct shape signature = {SHAPE_ARRAY(signature_rows)};
static const struct shape signatures = {.kind = S_LIST, .of = &signature};

static const struct member sign1_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "payload", &payload},
	{0, "signature", &shape_bstr},
};
static const struct member sign_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "payload", &payload},
	{0, "signatures", &signatures},
};
static const struct member mac0_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "payload", &payload},
	{0, "tag", &shape_bstr},
};

static const struct shape recipients;
static const struct member recipient_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "ciphertext", &octets},
	{0, "recipients", &recipients},
};
static const struct shape recipient = {SHAPE_ARRAY(recipient_rows), .min = 3};
static const struct shape recipients = {.kind = S_LIST, .of = &recipient};

static const struct member mac_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "payload", &payload},
	{0, "tag", &shape_bstr},
	{0, "recipients", &recipients},
};
static const struct member encrypt0_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "ciphertext", &octets},
};
static const struct member encrypt_rows[] = {
	{0, "protected", &protected},
	{0, "unprotected", &header},
	{0, "ciphertext", &octets},
	{0, "recipients", &recipients},
};

#define ROW(tag, name, rows) {tag, name, {SHAPE_ARRAY(rows)}}
static const struct structure {
	uint64_t tag;
	const char *name;
	struct shape shape;
} structures[] = {
	ROW(18, "COSE_Sign1", sign1_rows),
	ROW(98, "COSE_Sign", sign_rows),
	ROW(96, "COSE_Encrypt", encrypt_rows),
	ROW(16, "COSE_Encrypt0", encrypt0_rows),
	ROW(17, "COSE_Mac0", mac0_rows),
	ROW(97, "COSE_Mac", mac_rows),
};
enum { SIGN1, SIGN, ENCRYPT };
// clang-format on

/* Without a tag: a Sign1 ends in octets; of the others, an Encrypt has an IV
 * or an algorithm that encrypts. */
static const struct structure *
untagged(struct bytes in)
{
	struct cose_encrypted e;
	struct cbor_in r = cbor_open(in);

	(void)cbor_array_any(&r, 0, LEN_ANY);
	for (size_t i = 0; i < 3; i++)
		(void)cbor_raw(&r, CBOR_ANY);
	if (cbor_peek(&r) != CBOR_ARRAY)
		return &structures[SIGN1];
	if (cose_encrypted_read(in, &e, NULL) == OK)
		return &structures[ENCRYPT];
	return &structures[SIGN];
}

/* The rules between the headers, where all of it is there.  What this
 * profile has no room or algorithm for is no fault. */
static void
check_headers(struct show *s, struct bytes raw, uint64_t tag)
{
	unsigned accept = (unsigned)ACCEPT_SIGN1 | ACCEPT_SIGN | ACCEPT_CWT_TAG;
	struct cose_signed sig;
	struct cose_encrypted enc;
	struct why why = {0};
	enum err e = OK;

	if (tag == 18 || tag == 98)
		e = cose_signed_read(raw, accept, &sig, &why);
	else if (tag == 96)
		e = cose_encrypted_read(raw, &enc, &why);
	if (e != OK && e != ERR_COSE_ALG && e != ERR_RANGE)
		show_why(s, &why, raw.p);
}

static bool
has_payload(struct bytes raw)
{
	struct cose_signed c;
	unsigned accept = (unsigned)ACCEPT_SIGN1 | ACCEPT_SIGN | ACCEPT_CWT_TAG;

	return cose_signed_read(raw, accept, &c, NULL) != OK ||
	       c.payload.p != NULL;
}

/* What a COSE_Encrypt holds, where a private key opens it. */
static void
show_plain(struct show *s, struct bytes raw)
{
	static const char *const contexts[] = {
	    COSE_CTX_EAT, COSE_CTX_REPORT, COSE_CTX_PAYLOAD};
	struct bytes plain = BYTES_NONE, file = s->file;
	enum err e = ERR_UNKNOWN_KEY;

	for (size_t i = 0; i < ARRAY_LEN(contexts); i++) {
		e = keydir_open(s->keys, contexts[i], raw, &plain, NULL);
		if (e == OK)
			break;
	}
	line_begin(s, &NAMED("plaintext"), NULL);
	put(s, "%s",
	    e == OK ? "decrypted; offsets count from its start" : err_name(e));
	line_end(s);
	if (e != OK)
		return;
	level_in(s);
	s->file = plain;
	show_content(s, plain, &NAMED("plaintext"));
	s->file = file;
	s->told_at = NULL;
	level_out(s);
	release_bytes(&plain);
}

/* Go past the tags; answers which structure it is, NULL if none. */
static const struct structure *
structure_of(struct cbor_in *r)
{
	uint64_t tag;

	(void)cbor_tag_if(r, 61);
	if (cbor_peek(r) != CBOR_TAG)
		return untagged(
		    (struct bytes){r->in.p + r->at, r->in.n - r->at});
	tag = cbor_tag_any(r);
	for (size_t i = 0; i < ARRAY_LEN(structures); i++)
		if (structures[i].tag == tag)
			return &structures[i];
	return NULL;
}

static void
show_cose(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in probe = *r;
	struct bytes raw = cbor_raw(&probe, CBOR_ANY);
	const uint8_t *p = r->in.p + r->at;
	const struct structure *c = structure_of(r);
	bool detached = s->detached.p != NULL && !has_payload(raw);
	enum err e = OK;

	if (r->err != OK || c == NULL) {
		show_fault(s, r->err != OK ? r->err : ERR_COSE_TYPE, NULL, p);
		cbor_fail(r, ERR_COSE_TYPE);
		return;
	}
	s->trust = TRUST_UNSIGNED;
	line_begin(s, l, p);
	put(s, "%s", c->name);
	if (c->tag == 18 || c->tag == 98) {
		e = find_trust(s, raw, detached);
		put(s, ", %s", s->trust_text);
	}
	line_end(s);
	level_in(s);
	if (e != OK)
		show_fault(s, e, "signature", p);
	level_out(s);
	show_inside(s, r, &c->shape);
	level_in(s);
	s->trust = TRUST_UNSIGNED;
	if (raw.p != NULL)
		check_headers(s, raw, c->tag);
	if (c->tag == 96 && raw.p != NULL && s->keys != NULL)
		show_plain(s, raw);
	level_out(s);
}

/* ---- for those who do not print ----------------------------------------- */

static const struct member untagged_rows[] = {
    {0, "COSE_Sign1", &structures[SIGN1].shape},
    {0, "COSE_Sign", &structures[SIGN].shape},
    {0, "COSE_Encrypt", &structures[ENCRYPT].shape},
};

static const struct shape *
pick_untagged(const struct item *i)
{
	const struct item *fourth = item_at(i, 3), *headers = item_at(i, 1);

	if (i->type != CBOR_ARRAY || fourth == NULL)
		return NULL;
	if (fourth->type != CBOR_ARRAY)
		return untagged_rows[SIGN1].shape;
	/* an Encrypt has an IV */
	return item_get(headers, 5) != NULL ? untagged_rows[ENCRYPT].shape
					    : untagged_rows[SIGN].shape;
}

static const struct shape one_untagged = {.kind = S_ONE_OF,
    .member = untagged_rows,
    .n = ARRAY_LEN(untagged_rows),
    .pick = pick_untagged};
static const struct member tag_rows[] = {
    {61, "CWT", &shape_cose},
    {18, "COSE_Sign1", &structures[0].shape},
    {98, "COSE_Sign", &structures[1].shape},
    {96, "COSE_Encrypt", &structures[2].shape},
    {16, "COSE_Encrypt0", &structures[3].shape},
    {17, "COSE_Mac0", &structures[4].shape},
    {97, "COSE_Mac", &structures[5].shape},
};
static const struct shape tagged = {.kind = S_TAGGED,
    .member = tag_rows,
    .n = ARRAY_LEN(tag_rows),
    .of = &one_untagged};
const struct shape shape_cose = {
    .kind = S_CALL, .show = show_cose, .of = &tagged};
