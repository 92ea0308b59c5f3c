/*
 * headers: the two header buckets of a layer and the rules for them.
 *                                                        [RFC 9052 3]
 */
#include "cose_int.h"

#include <string.h>

/* The labels understood here, in one bucket. */
struct bucket {
	uint32_t has;
	struct bytes alg, crit, content_type, kid, iv, ephemeral, salt;
};

static const struct cbor_field bucket_fields[] = {
    FIELD(HDR_ALG, F_RAW, struct bucket, alg, 0, UINT32_MAX),
    FIELD(HDR_CRIT, F_RAW_ARRAY, struct bucket, crit, 0, UINT32_MAX),
    FIELD(HDR_CONTENT_TYPE, F_RAW, struct bucket, content_type, 0, UINT32_MAX),
    FIELD(HDR_KID, F_BSTR, struct bucket, kid, 1, COSE_HDR_MAX),
    FIELD(HDR_IV, F_BSTR, struct bucket, iv, 1, COSE_HDR_MAX),
    FIELD(HDR_EPHEMERAL, F_RAW_MAP, struct bucket, ephemeral, 0, UINT32_MAX),
    FIELD(HDR_SALT, F_BSTR, struct bucket, salt, 0, COSE_HDR_MAX),
};
enum { B_ALG, B_CRIT, B_CONTENT_TYPE, B_KID, B_IV, B_EPHEMERAL, B_SALT };

static const struct cbor_table bucket_table = {
    bucket_fields, ARRAY_LEN(bucket_fields), 0};

static bool
has(const struct bucket *b, unsigned row)
{
	return (b->has >> row & 1) != 0;
}

static enum err
bucket_read(struct bytes map, struct bucket *b)
{
	struct cbor_in r = cbor_open(map);

	memset(b, 0, sizeof(*b));
	cbor_map_read(&r, &bucket_table, b);
	return cbor_close(&r);
}

/*
 * A label in both buckets: which one a reader believes is what an attacker
 * chooses.  Labels are in shortest form, so equal ones have equal octets.
 */
static enum err
buckets_disjoint(struct bytes prot, struct bytes unprot)
{
	struct cbor_in a = cbor_open(prot);
	size_t n = cbor_map_any(&a, 0, HDR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct bytes label = cbor_raw(&a, CBOR_ANY);
		struct cbor_in b = cbor_open(unprot);
		size_t m = cbor_map_any(&b, 0, HDR_PAIRS_MAX);

		(void)cbor_raw(&a, CBOR_ANY);
		for (size_t j = 0; j < m; j++) {
			if (bytes_same(label, cbor_raw(&b, CBOR_ANY)))
				return ERR_COSE_HEADER;
			(void)cbor_raw(&b, CBOR_ANY);
		}
		TRY(cbor_close(&b));
	}
	return cbor_close(&a);
}

/* crit lists labels of this protected bucket, and only such as are
 * understood here: a stranger's demand is met or the message refused. */
static enum err
crit_check(const struct bucket *prot)
{
	struct cbor_in r = cbor_open(prot->crit);
	size_t n = cbor_array_any(&r, 0, HDR_PAIRS_MAX);

	if (n == 0)
		cbor_fail(&r, ERR_COSE_CRIT);
	for (size_t i = 0; i < n; i++) {
		struct bytes label = cbor_raw(&r, CBOR_ANY);
		bool alg = bytes_same(label, BYTES_LIT("\x01"));
		bool kid = bytes_same(label, BYTES_LIT("\x04"));

		if (!(alg && has(prot, B_ALG)) && !(kid && has(prot, B_KID)))
			cbor_fail(&r, ERR_COSE_CRIT);
	}
	return cbor_close(&r);
}

/* Names of algorithms may be text; those used here are numbers. */
static enum err
alg_read(struct bytes raw, int32_t *alg)
{
	struct cbor_in r = cbor_open(raw);

	*alg = (int32_t)cbor_int(&r, INT32_MIN, INT32_MAX);
	return cbor_close(&r) == OK && *alg != 0 ? OK : ERR_COSE_ALG;
}

static enum err
alg_place(const struct bucket *p, const struct bucket *u, enum alg_rule rule,
    struct headers *out)
{
	if (rule != ALG_IN_EITHER && has(u, B_ALG))
		return ERR_COSE_HEADER;
	if (rule == ALG_IN_PROT && !has(p, B_ALG))
		return ERR_COSE_HEADER;
	out->alg_protected = has(p, B_ALG);
	if (has(p, B_ALG))
		return alg_read(p->alg, &out->alg);
	if (has(u, B_ALG))
		return alg_read(u->alg, &out->alg);
	return OK;
}

static struct bytes
either(struct bytes prot, struct bytes unprot)
{
	return prot.n > 0 ? prot : unprot;
}

enum err
headers_read(struct bytes *prot, struct bytes unprot, enum alg_rule rule,
    struct headers *out)
{
	static const uint8_t empty_map[] = {0xa0};
	struct bytes map = prot->n > 0 ? *prot : BYTES_OF(empty_map);
	struct bucket p, u;

	memset(out, 0, sizeof(*out));
	TRY(bucket_read(map, &p));
	TRY(bucket_read(unprot, &u));
	TRY(buckets_disjoint(map, unprot));
	if (has(&u, B_CRIT))
		return ERR_COSE_HEADER;
	if (has(&p, B_CRIT))
		TRY(crit_check(&p));
	TRY(alg_place(&p, &u, rule, out));
	if (has(&p, B_CONTENT_TYPE)) {
		struct cbor_in r = cbor_open(p.content_type);

		if (cbor_peek(&r) == CBOR_TSTR)
			out->content_type = cbor_tstr(&r, 0, LEN_ANY);
		else
			(void)cbor_uint(&r, 0, UINT16_MAX);
		TRY(cbor_close(&r));
	}
	out->kid = either(p.kid, u.kid);
	out->iv = either(p.iv, u.iv);
	out->salt = either(p.salt, u.salt);
	out->ephemeral = either(p.ephemeral, u.ephemeral);
	if (map.n == 1)
		prot->n = 0;
	return OK;
}

void
buckets_read(struct cbor_in *r, struct bytes *prot, struct bytes *unprot)
{
	*prot = cbor_bstr(r, 0, COSE_HDR_MAX);
	*unprot = cbor_raw(r, CBOR_MAP);
	if (unprot->n > COSE_HDR_MAX)
		cbor_fail(r, ERR_RANGE);
}

struct list
layers_read(struct cbor_in *r, size_t max)
{
	struct list l = {BYTES_NONE, 0};
	size_t start;

	l.n = cbor_array_any(r, 1, max);
	start = r->at;
	for (size_t i = 0; i < l.n; i++)
		(void)cbor_raw(r, CBOR_ARRAY);
	if (r->err == OK)
		l.raw = (struct bytes){r->in.p + start, r->at - start};
	return l;
}

enum err
refuse(struct why *why, enum err e, const char *what, struct bytes in,
    const uint8_t *at)
{
	e = why_set(why, e, what);
	if (why != NULL && at != NULL)
		why->at = (size_t)(at - in.p);
	return e;
}
