/*
 * ear: read and write Attestation Results in EAR's CWT form.        [EAR]
 */
#include "eat_int.h"

#include <string.h>

#define TEXT_MAX     255
#define POLICIES_MAX 64

struct verifier_id {
	uint32_t has;
	struct bytes developer, build;
};

/* A Result as it stands in the map, ear_has by rows. */
struct result {
	uint32_t has;
	uint64_t exp, iat, status;
	struct bytes cnf, nonce, profile, submods, evidence, verifier;
};

/* An appraisal, ear_appraisal_has by rows. */
struct appraised {
	uint32_t has;
	uint64_t status;
	struct bytes nonce, profile, vector, teep, key;
	struct list policies;
};

// clang-format off
#define ROW(key, kind, member, min, max) \
	FIELD(key, kind, struct result, member, min, max)
static const struct cbor_field result_rows[] = {
	ROW(4, F_UINT, exp, 0, UINT32_MAX),
	ROW(6, F_UINT, iat, 0, UINT32_MAX),
	ROW(8, F_RAW_MAP, cnf, 0, 0),
	ROW(10, F_BSTR, nonce, 8, 64),
	ROW(265, F_TSTR, profile, 1, TEXT_MAX),
	ROW(266, F_RAW_MAP, submods, 0, 0),
	ROW(1000, F_UINT, status, 0, EAR_CONTRAINDICATED),
	ROW(1002, F_BSTR, evidence, 0, UINT32_MAX),
	ROW(1004, F_RAW_MAP, verifier, 0, 0),
};

#undef ROW
#define ROW(key, kind, member, min, max) \
	FIELD(key, kind, struct appraised, member, min, max)
static const struct cbor_field appraisal_rows[] = {
	ROW(10, F_BSTR, nonce, 8, 64),
	ROW(265, F_TSTR, profile, 1, TEXT_MAX),
	FIELD_REQ(1000, F_UINT, struct appraised, status, 0,
	    EAR_CONTRAINDICATED),
	ROW(1001, F_RAW_MAP, vector, 0, 0),
	ROW(1003, F_LIST, policies, 1, POLICIES_MAX),
	ROW(65000, F_RAW_MAP, teep, 0, 0),
	ROW(-70002, F_RAW_MAP, key, 0, 0),
};

#define CLAIM(n) FIELD(n, F_INT, struct ear_vector, value[n], -128, 127)
static const struct cbor_field vector_rows[] = {
	CLAIM(0), CLAIM(1), CLAIM(2), CLAIM(3),
	CLAIM(4), CLAIM(5), CLAIM(6), CLAIM(7),
};
static const struct cbor_field verifier_rows[] = {
	FIELD_REQ(0, F_TSTR, struct verifier_id, developer, 1, TEXT_MAX),
	FIELD_REQ(1, F_TSTR, struct verifier_id, build, 1, TEXT_MAX),
};

/* Receivers ignore what they do not know. */
#define TABLE(rows) {rows, ARRAY_LEN(rows), 0}
static const struct cbor_table result_table = TABLE(result_rows);
static const struct cbor_table appraisal_table = TABLE(appraisal_rows);
static const struct cbor_table vector_table = TABLE(vector_rows);
static const struct cbor_table verifier_table = TABLE(verifier_rows);
// clang-format on

/* iat, eat_profile, submods, ear_verifier_id. */
#define ALWAYS (1u << 1 | 1u << 4 | 1u << 5 | 1u << 8)
_Static_assert(ARRAY_LEN(vector_rows) == EAR_CLAIMS, "a row for each");
_Static_assert(EAR_HAS_KEY == 1 << (ARRAY_LEN(appraisal_rows) - 1), "rows");

static enum err
map_read(struct bytes in, const struct cbor_table *t, void *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_map_read(&r, t, out);
	return cbor_close(&r);
}

static bool
is_tier(uint64_t v)
{
	return v == EAR_NONE || v == EAR_AFFIRMING || v == EAR_WARNING ||
	       v == EAR_CONTRAINDICATED;
}

/* A summary may be worse than what it stands on, never better. */
static bool
better(uint64_t status, enum ear_tier worst)
{
	return ear_rank((enum ear_tier)status) < ear_rank(worst);
}

/* {"akpub": octets, ...}.  A key of another name is none of ours. */
static enum err
key_read(struct bytes in, struct bytes *out)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_map_any(&r, 0, CBOR_PAIRS_MAX);

	*out = BYTES_NONE;
	for (size_t i = 0; i < n && r.err == OK; i++) {
		struct bytes key = BYTES_NONE;

		if (cbor_peek(&r) == CBOR_TSTR)
			key = cbor_tstr(&r, 0, LEN_ANY);
		else
			(void)cbor_raw(&r, CBOR_ANY);
		if (bytes_same(key, BYTES_LIT("akpub")))
			*out = cbor_bstr(&r, 1, 1024);
		else
			(void)cbor_raw(&r, CBOR_ANY);
	}
	return cbor_close(&r);
}

static enum err
policies_check(struct list l)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++)
		(void)cbor_tstr(&r, 1, 2048);
	return cbor_close(&r);
}

static enum err
vector_read(struct bytes in, struct ear_vector *out)
{
	struct cbor_in r = cbor_open(in);

	(void)cbor_map_any(&r, 1, CBOR_PAIRS_MAX);
	TRY(r.err);
	return map_read(in, &vector_table, out);
}

/* A claim of value 0 is as good as absent. */
static bool
says_something(const struct ear_vector *v)
{
	for (size_t i = 0; i < EAR_CLAIMS; i++)
		if ((v->has >> i & 1) != 0 && v->value[i] != 0)
			return true;
	return false;
}

static enum err
appraisal_check(const struct ear_appraisal *a)
{
	if (!is_tier(a->status))
		return ERR_RANGE;
	if ((a->has & EAR_HAS_VECTOR) != 0 && says_something(&a->vector) &&
	    better(a->status, ear_worst(&a->vector)))
		return ERR_RESULT_CLAIMS;
	return OK;
}

static enum err
appraisal_take(struct bytes in, struct ear_appraisal *out)
{
	struct appraised m = {0};
	struct eat_claims teep;

	TRY(map_read(in, &appraisal_table, &m));
	out->has = m.has;
	out->status = m.status;
	out->policies = m.policies;
	out->nonce = m.nonce;
	out->profile = m.profile;
	out->teep = m.teep;
	TRY(policies_check(m.policies));
	if ((m.has & EAR_HAS_VECTOR) != 0)
		TRY(vector_read(m.vector, &out->vector));
	if ((m.has & EAR_HAS_TEEP) != 0)
		TRY(eat_parse(m.teep, &teep, NULL));
	if ((m.has & EAR_HAS_KEY) != 0)
		TRY(key_read(m.key, &out->key));
	if (out->key.n == 0)
		out->has &= ~(uint32_t)EAR_HAS_KEY;
	return appraisal_check(out);
}

enum err
ear_appraisal_read(struct cbor_in *items, struct ear_appraisal *out)
{
	struct bytes name, body;
	enum err e = OK;

	memset(out, 0, sizeof(*out));
	name = cbor_tstr(items, 1, TEXT_MAX);
	body = cbor_raw(items, CBOR_MAP);
	if (items->err == OK)
		e = appraisal_take(body, out);
	if (e != OK)
		cbor_fail(items, e);
	if (items->err != OK)
		memset(out, 0, sizeof(*out));
	else
		out->name = name;
	return items->err;
}

struct cbor_in
ear_appraisals(const struct ear *e, size_t *n)
{
	struct cbor_in r = cbor_open(e->submods);

	*n = cbor_map_any(&r, 1, EAR_SUBMODS_MAX);
	return r;
}

static enum err
submods_check(const struct ear *e)
{
	struct ear_appraisal a;
	size_t n;
	struct cbor_in r = ear_appraisals(e, &n);

	for (size_t i = 0; i < n; i++) {
		TRY(ear_appraisal_read(&r, &a));
		if ((e->has & EAR_RESULT_HAS_STATUS) != 0 &&
		    better(e->status, (enum ear_tier)a.status))
			return ERR_RESULT_CLAIMS;
	}
	return cbor_close(&r);
}

static bool
known_profile(struct bytes is, const struct bytes *profile, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_same(is, profile[i]))
			return true;
	return false;
}

/* The table could refuse it, too, but would not say which. */
static const char *
absent(uint32_t has)
{
	static const uint8_t needed[] = {1, 4, 5, 8}; /* rows */

	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if ((has >> needed[i] & 1) == 0)
			return eat_claim_name(result_rows[needed[i]].key);
	return NULL;
}

static enum err
take(struct bytes in, const struct bytes *profile, size_t n, struct ear *out,
    struct why *why)
{
	struct verifier_id id = {0};
	struct result m = {0};
	struct cbor_in r = cbor_open(in);
	enum err e;

	cbor_map_read(&r, &result_table, &m);
	e = cbor_close(&r);
	if (e != OK) {
		(void)why_set(why, e, eat_claim_at(in, r.err_at));
		if (why != NULL)
			why->at = r.err_at;
		return e;
	}
	if (absent(m.has) != NULL)
		return why_set(why, ERR_MISSING, absent(m.has));
	if (!known_profile(m.profile, profile, n))
		return why_set(why, ERR_UNEXPECTED, "eat_profile");
	if (!is_tier(m.status))
		return why_set(why, ERR_RANGE, "ear_status");
	e = map_read(m.verifier, &verifier_table, &id);
	if (e != OK)
		return why_set(why, e, "ear_verifier_id");
	*out = (struct ear){m.has, m.exp, m.iat, m.cnf, m.nonce, m.profile,
	    m.submods, m.status, m.evidence, id.developer, id.build};
	e = submods_check(out);
	return e == OK ? OK : why_set(why, e, "submods");
}

enum err
ear_parse(struct bytes in, const struct bytes *profile, size_t n,
    struct ear *out, struct why *why)
{
	enum err e;

	memset(out, 0, sizeof(*out));
	e = take(in, profile, n, out, why);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

enum err
ear_read(const struct verified *v, const struct bytes *profile, size_t n,
    struct ear *out, struct why *why)
{
	return ear_parse(v->payload, profile, n, out, why);
}

/* ---- writing ----------------------------------------------------------- */

static void
appraisal_put(struct cbor_out *w, const struct ear_appraisal *a)
{
	struct appraised m = {.has = a->has,
	    .status = a->status,
	    .nonce = a->nonce,
	    .profile = a->profile,
	    .teep = a->teep,
	    .policies = a->policies};
	uint8_t vector[64], key[1100];
	struct cbor_out v = cbor_into(SPAN_OF(vector));
	struct cbor_out k = cbor_into(SPAN_OF(key));

	cbor_map_write(&v, &vector_table, &a->vector);
	m.vector = (struct bytes){vector, v.at};
	cbor_put_map(&k, 1);
	cbor_put_text(&k, "akpub");
	cbor_put_bstr(&k, a->key);
	m.key = (struct bytes){key, k.at};
	if (v.err != OK || k.err != OK ||
	    ((a->has & EAR_HAS_VECTOR) != 0 && a->vector.has == 0))
		w->err = w->err == OK ? ERR_RANGE : w->err;
	cbor_put_tstr(w, a->name);
	cbor_map_write(w, &appraisal_table, &m);
}

/* As CBOR sorts text: by length, then by octets. */
static bool
in_order(struct bytes a, struct bytes b)
{
	return a.n != b.n ? a.n < b.n : bytes_order(a, b) < 0;
}

static enum err
write_check(const struct ear *e, const struct ear_appraisal *a, size_t n)
{
	if (n == 0 || n > EAR_SUBMODS_MAX || !is_tier(e->status))
		return ERR_RANGE;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && !in_order(a[i - 1].name, a[i].name))
			return ERR_BUG;
		if (a[i].name.n == 0 || a[i].name.n > TEXT_MAX ||
		    appraisal_check(&a[i]) != OK ||
		    policies_check(a[i].policies) != OK ||
		    ((e->has & EAR_RESULT_HAS_STATUS) != 0 &&
			better(e->status, (enum ear_tier)a[i].status)))
			return ERR_RANGE;
	}
	return OK;
}

enum err
ear_write(struct cbor_out *w, const struct ear *e,
    const struct ear_appraisal *a, size_t n, struct span scratch)
{
	struct cbor_out s = cbor_into(scratch), v;
	struct verifier_id id = {3, e->developer, e->build};
	uint8_t verifier[2 * TEXT_MAX + 16];
	struct result m = {e->has | ALWAYS, e->exp, e->iat, e->status, e->cnf,
	    e->nonce, BYTES_LIT(EAR_PROFILE), BYTES_NONE, e->evidence,
	    BYTES_NONE};

	TRY(write_check(e, a, n));
	v = cbor_into(SPAN_OF(verifier));
	cbor_map_write(&v, &verifier_table, &id);
	TRY(cbor_done(&v, &m.verifier));
	cbor_put_map(&s, n);
	for (size_t i = 0; i < n; i++)
		appraisal_put(&s, &a[i]);
	TRY(cbor_done(&s, &m.submods));
	cbor_map_write(w, &result_table, &m);
	return w->err;
}
