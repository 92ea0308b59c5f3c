/*
 * head: the protected header of a signed CoRIM: that it is one, whose, and
 * for how long.                                              [CoRIM 4.2]
 */
#include "corim_int.h"

/* What stands in a header bucket besides alg. */
struct head {
	uint32_t has;
	struct bytes content_type, meta, cwt, x5chain, hash_alg, hashed_type;
};

struct meta {
	uint32_t has;
	struct bytes signer, validity;
};

struct signer_map {
	uint32_t has;
	struct bytes name, uri;
};

struct cwt {
	uint32_t has;
	struct bytes iss;
	uint64_t exp, nbf;
};

// clang-format off
static const struct cbor_field head_rows[] = {
	FIELD(3, F_TSTR, struct head, content_type, 1, NAME_MAX),
	FIELD(8, F_WRAP, struct head, meta, 1, COSE_HDR_MAX),
	FIELD(15, F_RAW_MAP, struct head, cwt, 0, 0),
	FIELD(33, F_RAW, struct head, x5chain, 0, 0),
	FIELD(258, F_RAW, struct head, hash_alg, 0, 0),
	FIELD(259, F_RAW, struct head, hashed_type, 0, 0),
};
enum {
	H_CONTENT_TYPE = 1 << 0,
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
	FIELD(1, F_RAW, struct signer_map, uri, 0, 0),
};
enum { S_URI = 1 << 1 };

static const struct cbor_field cwt_rows[] = {
	FIELD_REQ(1, F_TSTR, struct cwt, iss, 1, NAME_MAX),
	FIELD(4, F_UINT, struct cwt, exp, 0, UINT32_MAX),
	FIELD(5, F_UINT, struct cwt, nbf, 0, UINT32_MAX),
};
enum { W_EXP = 1 << 1, W_NBF = 1 << 2 };

#define TABLE(rows) {rows, ARRAY_LEN(rows), 0}
static const struct cbor_table head_table = TABLE(head_rows);
static const struct cbor_table meta_table = TABLE(meta_rows);
static const struct cbor_table signer_table = TABLE(signer_rows);
static const struct cbor_table cwt_table = TABLE(cwt_rows);
// clang-format on

enum err
corim_part_read(struct bytes in, const struct cbor_table *t, void *out,
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

enum err
corim_narrow(struct bytes validity, const uint8_t *base, struct corim *m,
    struct why *why)
{
	uint64_t from, to;
	enum err e = corim_validity_read(validity, &from, &to);

	if (e != OK) {
		(void)why_set(why, e, "validity");
		if (why != NULL)
			why->at = (size_t)(validity.p - base);
		return e;
	}
	if (from > m->not_before)
		m->not_before = from;
	if (to < m->not_after)
		m->not_after = to;
	return OK;
}

/* corim-meta: who signs, and how long that is meant to hold. */
static enum err
meta_read(
    struct bytes raw, const uint8_t *base, struct corim *out, struct why *why)
{
	struct signer_map s = {0};
	struct meta m = {0};

	TRY(corim_part_read(raw, &meta_table, &m, "corim-meta", base, why));
	TRY(corim_part_read(
	    m.signer, &signer_table, &s, "corim-meta", base, why));
	if ((s.has & S_URI) != 0 && corim_choice_check(s.uri, USE_URI) != OK)
		return why_set(why, ERR_COSE_HEADER, "signer-uri");
	out->signer_name = s.name;
	if ((m.has & M_VALIDITY) == 0)
		return OK;
	return corim_narrow(m.validity, base, out, why);
}

/* CWT claims say the same; beside corim-meta they must not contradict. */
static enum err
cwt_read(
    struct bytes raw, const uint8_t *base, struct corim *out, struct why *why)
{
	struct cwt c = {.exp = UINT64_MAX};

	TRY(corim_part_read(raw, &cwt_table, &c, "CWT claims", base, why));
	if (out->signer_name.n > 0 && !bytes_same(out->signer_name, c.iss))
		return why_set(why, ERR_COSE_HEADER, "iss");
	if (out->not_after != UINT64_MAX &&
	    (((c.has & W_EXP) != 0 && c.exp != out->not_after) ||
		((c.has & W_NBF) != 0 && c.nbf != out->not_before)))
		return why_set(why, ERR_COSE_HEADER, "CWT claims");
	out->signer_name = c.iss;
	if (c.nbf > out->not_before)
		out->not_before = c.nbf;
	if (c.exp < out->not_after)
		out->not_after = c.exp;
	return OK;
}

/* The payload is the CoRIM, and says so. */
static enum err
inline_check(const struct head *h, struct why *why)
{
	/* Here the payload is a digest of something that is not here, and
	 * nothing goes to fetch it. */
	if ((h->has & H_HASH_ALG) != 0)
		return why_set(why, ERR_UNEXPECTED, "hash envelope");
	if (!bytes_same(h->content_type, BYTES_LIT(CORIM_MEDIA_TYPE)))
		return why_set(why, ERR_COSE_HEADER, "content type");
	return OK;
}

/* The payload is the SHA-256 of the CoRIM, and says so.     [RFC 9995] */
static enum err
envelope_check(const struct head *h, struct why *why)
{
	struct cbor_in r = cbor_open(h->hash_alg);
	struct bytes type;

	if ((h->has & H_HASH_ALG) == 0 || (h->has & H_CONTENT_TYPE) != 0)
		return why_set(why, ERR_COSE_HEADER, "hash envelope");
	if (cbor_int(&r, INT64_MIN, INT64_MAX) != ALG_SHA256 ||
	    cbor_close(&r) != OK)
		return why_set(why, ERR_COSE_ALG, "hash envelope");
	r = cbor_open(h->hashed_type);
	type = cbor_tstr(&r, 1, NAME_MAX);
	if (cbor_close(&r) != OK ||
	    !bytes_same(type, BYTES_LIT(CORIM_MEDIA_TYPE)))
		return why_set(why, ERR_COSE_HEADER, "content type");
	return OK;
}

enum err
corim_head_read(const struct cose_signed *s, const uint8_t *base, bool envelope,
    bool chain, struct corim *out, struct why *why)
{
	struct head h = {0}, outside = {0};

	TRY(corim_part_read(
	    s->prot, &head_table, &h, "COSE header", base, why));
	TRY(corim_part_read(
	    s->unprot, &head_table, &outside, "COSE header", base, why));
	/* A chain has to end at an anchor, and none is followed here: who has
	 * followed it says so. */
	if (((h.has | outside.has) & H_X5CHAIN) != 0 && !chain)
		return why_set(why, ERR_UNEXPECTED, "x5chain");
	TRY(envelope ? envelope_check(&h, why) : inline_check(&h, why));
	if ((h.has & (H_META | H_CWT)) == 0)
		return why_set(why, ERR_COSE_HEADER, "corim-meta");
	if ((h.has & H_META) != 0)
		TRY(meta_read(h.meta, base, out, why));
	if ((h.has & H_CWT) != 0)
		TRY(cwt_read(h.cwt, base, out, why));
	return OK;
}
