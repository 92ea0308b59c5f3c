/*
 * headers: the two header buckets of a layer and the rules for them.
 *                                                        [RFC 9052 3]
 */
#include "cose_int.h"

#include <string.h>

static const struct cbor_field fields[] = {
    FIELD(HDR_ALG, F_RAW, struct headers, raw_alg, 0, UINT32_MAX),
    FIELD(HDR_CRIT, F_RAW_ARRAY, struct headers, crit, 0, UINT32_MAX),
    FIELD(HDR_CONTENT_TYPE, F_RAW, struct headers, content_type, 0, UINT32_MAX),
    FIELD(HDR_KID, F_BSTR, struct headers, kid, 0, COSE_HDR_MAX),
    FIELD(HDR_IV, F_BSTR, struct headers, iv, 1, COSE_HDR_MAX),
    FIELD(HDR_EPHEMERAL, F_RAW_MAP, struct headers, ephemeral, 0, UINT32_MAX),
    FIELD(HDR_SALT, F_BSTR, struct headers, salt, 0, COSE_HDR_MAX),
};
enum { HAS_ALG = 1, HAS_CRIT = 2, HAS_CONTENT_TYPE = 4, HAS_KID = 8 };

static const struct cbor_table table = {fields, ARRAY_LEN(fields), 0};

/* Adds what map says; *has are its rows. */
static enum err
bucket_read(struct bytes map, struct headers *h, uint32_t *has)
{
	struct cbor_in r = cbor_open(map);

	cbor_map_read(&r, &table, h);
	*has = h->has;
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

/* crit lists labels of the protected bucket, and only such as are
 * understood here: a stranger's demand is met or the message refused. */
static enum err
crit_check(struct bytes crit, uint32_t prot)
{
	struct cbor_in r = cbor_open(crit);
	size_t n = cbor_array_any(&r, 1, HDR_PAIRS_MAX);

	for (size_t i = 0; i < n; i++) {
		int64_t label = cbor_int(&r, HDR_ALG, HDR_KID);

		if (!(label == HDR_ALG && (prot & HAS_ALG) != 0) &&
		    !(label == HDR_KID && (prot & HAS_KID) != 0))
			return ERR_COSE_CRIT;
	}
	return cbor_close(&r) == OK ? OK : ERR_COSE_CRIT;
}

/* Names of algorithms may be text; those used here are numbers. */
static enum err
alg_read(struct bytes raw, int32_t *alg)
{
	struct cbor_in r = cbor_open(raw);

	*alg = (int32_t)cbor_int(&r, INT32_MIN, INT32_MAX);
	return cbor_close(&r) == OK && *alg != 0 ? OK : ERR_COSE_ALG;
}

enum err
headers_read(struct bytes *prot, struct bytes unprot, enum alg_rule rule,
    struct headers *out)
{
	struct bytes map = prot->n > 0 ? *prot : BYTES_LIT("\xa0");
	uint32_t p, u;

	memset(out, 0, sizeof(*out));
	TRY(bucket_read(map, out, &p));
	TRY(bucket_read(unprot, out, &u));
	TRY(buckets_disjoint(map, unprot));
	if ((u & HAS_CRIT) != 0)
		return ERR_COSE_HEADER;
	if ((p & HAS_CRIT) != 0)
		TRY(crit_check(out->crit, p));
	if (rule != ALG_IN_EITHER && (u & HAS_ALG) != 0)
		return ERR_COSE_HEADER;
	if (rule == ALG_IN_PROT && (p & HAS_ALG) == 0)
		return ERR_COSE_HEADER;
	if (((p | u) & HAS_ALG) != 0)
		TRY(alg_read(out->raw_alg, &out->alg));
	out->alg_protected = (p & HAS_ALG) != 0;
	/* Nobody vouches for a content type outside. */
	if ((p & HAS_CONTENT_TYPE) == 0)
		out->content_type = BYTES_NONE;
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

struct bytes
nil_or_bstr(struct cbor_in *r)
{
	if (!cbor_peek_null(r))
		return cbor_bstr(r, 0, LEN_ANY);
	cbor_null(r);
	return BYTES_NONE;
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
