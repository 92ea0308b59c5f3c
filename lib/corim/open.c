/*
 * open: authenticate a CoRIM and read its outermost map.    [CoRIM 4]
 *
 * What its tags say is read one record at a time, see records.c.
 */
#include <string.h>
#include <tamarind/corim.h>

#define TAG_OLD_WRAPPER 500
#define TAG_EPOCH_TIME  1

/* Makers of today sign with -7, which under a P-256 key is ESP256; the kind
 * of key is pinned by the anchor, not by the message.      [RFC 9864] */
#define ACCEPT ((unsigned)ACCEPT_SIGN1 | ACCEPT_POLYMORPHIC)

/* Names of people and organisations, shown and stored. */
#define NAME_MAX 255

struct corim_map {
	uint32_t has;
	struct bytes id, dependents, profile, validity, entities;
	struct list tags;
};

/* What stands in the protected header besides alg. */
struct head {
	uint32_t has;
	struct bytes content_type, meta, cwt, x5chain, hash_alg;
};

struct meta {
	uint32_t has;
	struct bytes signer, validity;
};

struct signer_map {
	uint32_t has;
	struct bytes name;
};

struct cwt {
	uint32_t has;
	struct bytes iss;
	uint64_t exp, nbf;
};

struct validity {
	uint32_t has;
	struct bytes not_before, not_after;
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
enum { C_PROFILE = 1 << 3, C_VALIDITY = 1 << 4 };

static const struct cbor_field head_rows[] = {
	FIELD(3, F_TSTR, struct head, content_type, 1, NAME_MAX),
	FIELD(8, F_WRAP, struct head, meta, 1, COSE_HDR_MAX),
	FIELD(15, F_RAW_MAP, struct head, cwt, 0, 0),
	FIELD(33, F_RAW, struct head, x5chain, 0, 0),
	FIELD(258, F_RAW, struct head, hash_alg, 0, 0),
};
enum {
	H_META = 1 << 1,
	H_CWT = 1 << 2,
	H_X5CHAIN = 1 << 3,
	H_HASH_ALG = 1 << 4,
};

static const struct cbor_field meta_rows[] = {
	FIELD_REQ(0, F_RAW_MAP, struct meta, signer, 0, 0),
	FIELD(1, F_RAW_MAP, struct meta, validity, 0, 0),
};
enum { M_VALIDITY = 1 << 1 };

static const struct cbor_field signer_rows[] = {
	FIELD_REQ(0, F_TSTR, struct signer_map, name, 1, NAME_MAX),
};

static const struct cbor_field cwt_rows[] = {
	FIELD_REQ(1, F_TSTR, struct cwt, iss, 1, NAME_MAX),
	FIELD(4, F_UINT, struct cwt, exp, 0, UINT32_MAX),
	FIELD(5, F_UINT, struct cwt, nbf, 0, UINT32_MAX),
};
enum { W_EXP = 1 << 1, W_NBF = 1 << 2 };

static const struct cbor_field validity_rows[] = {
	FIELD(0, F_RAW, struct validity, not_before, 0, 0),
	FIELD_REQ(1, F_RAW, struct validity, not_after, 0, 0),
};
enum { V_NOT_BEFORE = 1 << 0 };

#define TABLE(rows, strict) {rows, ARRAY_LEN(rows), strict}
/* Strict where an unknown key may change what the known ones mean. */
static const struct cbor_table corim_table = TABLE(corim_rows, 1);
static const struct cbor_table head_table = TABLE(head_rows, 0);
static const struct cbor_table meta_table = TABLE(meta_rows, 0);
static const struct cbor_table signer_table = TABLE(signer_rows, 0);
static const struct cbor_table cwt_table = TABLE(cwt_rows, 0);
static const struct cbor_table validity_table = TABLE(validity_rows, 1);
// clang-format on

/* Read one map by its table; base is what why->at counts from. */
static enum err
map_read(struct bytes in, const struct cbor_table *t, void *out,
    const char *what, const uint8_t *base, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	cbor_map_read(&r, t, out);
	e = cbor_close(&r);
	if (e == OK)
		return OK;
	(void)why_set(why, e, what);
	if (why != NULL && in.p != NULL)
		why->at = (size_t)(in.p - base) + r.err_at;
	return e;
}

/* Whole seconds; a fraction or a time before 1970 is refused. */
static enum err
time_read(struct bytes raw, uint64_t *out)
{
	struct cbor_in r = cbor_open(raw);

	cbor_tag(&r, TAG_EPOCH_TIME);
	*out = cbor_uint(&r, 0, UINT64_MAX);
	return cbor_close(&r);
}

static enum err
validity_read(struct bytes raw, const uint8_t *base, uint64_t *from,
    uint64_t *to, struct why *why)
{
	struct validity v = {0};
	enum err e = OK;

	TRY(map_read(raw, &validity_table, &v, "validity", base, why));
	*from = 0;
	if ((v.has & V_NOT_BEFORE) != 0)
		e = time_read(v.not_before, from);
	if (e == OK)
		e = time_read(v.not_after, to);
	return e == OK ? OK : why_set(why, e, "validity");
}

/* Every validity that is stated holds: keep what they have in common. */
static void
narrow(struct corim *m, uint64_t from, uint64_t to)
{
	if (from > m->not_before)
		m->not_before = from;
	if (to < m->not_after)
		m->not_after = to;
}

/* corim-meta: who signs, and how long that is meant to hold. */
static enum err
meta_read(
    struct bytes raw, const uint8_t *base, struct corim *out, struct why *why)
{
	struct signer_map s = {0};
	struct meta m = {0};
	uint64_t from, to;

	TRY(map_read(raw, &meta_table, &m, "corim-meta", base, why));
	TRY(map_read(m.signer, &signer_table, &s, "corim-meta", base, why));
	out->signer_name = s.name;
	if ((m.has & M_VALIDITY) == 0)
		return OK;
	TRY(validity_read(m.validity, base, &from, &to, why));
	narrow(out, from, to);
	return OK;
}

/* CWT claims say the same; beside corim-meta they must not contradict. */
static enum err
cwt_read(
    struct bytes raw, const uint8_t *base, struct corim *out, struct why *why)
{
	struct cwt c = {.exp = UINT64_MAX};

	TRY(map_read(raw, &cwt_table, &c, "CWT claims", base, why));
	if (out->signer_name.n > 0 && !bytes_same(out->signer_name, c.iss))
		return why_set(why, ERR_COSE_HEADER, "iss");
	if (out->not_after != UINT64_MAX &&
	    (((c.has & W_EXP) != 0 && c.exp != out->not_after) ||
		((c.has & W_NBF) != 0 && c.nbf != out->not_before)))
		return why_set(why, ERR_COSE_HEADER, "CWT claims");
	out->signer_name = c.iss;
	narrow(out, c.nbf, c.exp);
	return OK;
}

/* The protected header: that this is a CoRIM, and whose.      [CoRIM 4.2] */
static enum err
head_read(const struct cose_signed *s, const uint8_t *base, struct corim *out,
    struct why *why)
{
	struct head h = {0}, outside = {0};

	TRY(map_read(s->prot, &head_table, &h, "COSE header", base, why));
	TRY(map_read(
	    s->unprot, &head_table, &outside, "COSE header", base, why));
	/* A chain has to end at an anchor, and none is followed here: anchors
	 * are keys. */
	if (((h.has | outside.has) & H_X5CHAIN) != 0)
		return why_set(why, ERR_UNEXPECTED, "x5chain");
	/* With a hash envelope the payload is a digest of something that is
	 * not here, and nothing here goes to fetch it. */
	if ((h.has & H_HASH_ALG) != 0)
		return why_set(why, ERR_UNEXPECTED, "hash envelope");
	if (!bytes_same(h.content_type, BYTES_LIT(CORIM_MEDIA_TYPE)))
		return why_set(why, ERR_COSE_HEADER, "content type");
	if ((h.has & (H_META | H_CWT)) == 0)
		return why_set(why, ERR_COSE_HEADER, "corim-meta");
	if ((h.has & H_META) != 0)
		TRY(meta_read(h.meta, base, out, why));
	if ((h.has & H_CWT) != 0)
		TRY(cwt_read(h.cwt, base, out, why));
	return OK;
}

/* corim-id: text, or the 16 octets of a UUID. */
static enum err
id_read(struct bytes raw, struct corim *out)
{
	struct cbor_in r = cbor_open(raw);

	out->id_is_text = cbor_peek(&r) == CBOR_TSTR;
	out->id = out->id_is_text ? cbor_tstr(&r, 1, CORIM_ID_MAX)
				  : cbor_bstr(&r, 16, 16);
	return cbor_close(&r);
}

/* The map inside tag 501.  *profiled: it names a profile. */
static enum err
body_read(struct bytes in, const uint8_t *base, struct corim *out,
    bool *profiled, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	struct corim_map m = {0};
	uint64_t from, to;
	enum err e;

	cbor_tag(&r, TAG_CORIM);
	if (r.err != OK)
		return why_set(why, r.err, "tag 501");
	in = (struct bytes){in.p + r.at, in.n - r.at};
	TRY(map_read(in, &corim_table, &m, "corim-map", base, why));
	e = id_read(m.id, out);
	if (e != OK)
		return why_set(why, e, "corim-id");
	out->tags = m.tags;
	*profiled = (m.has & C_PROFILE) != 0;
	if ((m.has & C_VALIDITY) == 0)
		return OK;
	TRY(validity_read(m.validity, base, &from, &to, why));
	narrow(out, from, to);
	return OK;
}

/* Old writers put a tag around all of it. */
static struct bytes
unwrap(struct bytes in)
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

static enum err
authentic_read(const struct verified *v, struct bytes in, struct corim *out,
    struct why *why)
{
	struct cose_signed s;
	bool profiled;

	TRY(cose_signed_read(in, ACCEPT, &s, why));
	TRY(head_read(&s, in.p, out, why));
	TRY(body_read(v->payload, in.p, out, &profiled, why));
	/* A profile changes what its tags mean, and none is known here. */
	if (profiled)
		return why_set(why, ERR_UNEXPECTED, "profile");
	return OK;
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

enum err
corim_open(const struct crypto *c, const struct keyring *anchors, uint64_t now,
    struct bytes in, struct verified *v, struct corim *out, struct why *why)
{
	enum err e;

	begin(out);
	memset(v, 0, sizeof(*v));
	if (in.n > CORIM_MAX)
		return why_set(why, ERR_TOO_LONG, "CoRIM");
	in = unwrap(in);
	e = cose_verify(c, anchors, ACCEPT, in, v, why);
	if (e == OK)
		e = authentic_read(v, in, out, why);
	if (e == OK)
		e = validity_check(out, now, why);
	if (e != OK) {
		begin(out);
		memset(v, 0, sizeof(*v));
	}
	return e;
}

static enum err
any_read(struct bytes in, struct corim *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	struct cose_signed s;
	bool profiled;

	if (cbor_tag_if(&r, TAG_CORIM))
		return body_read(in, in.p, out, &profiled, why);
	TRY(cose_signed_read(in, ACCEPT, &s, why));
	TRY(head_read(&s, in.p, out, why));
	if (s.payload.p == NULL)
		return why_set(why, ERR_MISSING, "payload");
	return body_read(s.payload, in.p, out, &profiled, why);
}

enum err
corim_parse(struct bytes in, struct corim *out, struct why *why)
{
	enum err e;

	begin(out);
	if (in.n > CORIM_MAX)
		return why_set(why, ERR_TOO_LONG, "CoRIM");
	e = any_read(unwrap(in), out, why);
	if (e != OK)
		begin(out);
	return e;
}
