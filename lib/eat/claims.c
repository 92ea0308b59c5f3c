/*
 * claims: read, write and check a claims set.   [RFC 9711, docs/evidence.md]
 */
#include "eat_int.h"
#include <string.h>

// clang-format off
#define ROW(key, kind, member, min, max) \
	FIELD(key, kind, struct eat_claims, member, min, max)

static const struct cbor_field rows[] = {
	ROW(3, F_TSTR, aud, 1, 256),
	ROW(4, F_UINT, exp, 0, UINT32_MAX),
	ROW(5, F_UINT, nbf, 0, UINT32_MAX),
	ROW(6, F_UINT, iat, 0, UINT32_MAX),
	ROW(8, F_RAW_MAP, cnf, 0, 0),
	ROW(10, F_BSTR, nonce, 8, 64),
	ROW(256, F_BSTR, ueid, 7, 33),
	ROW(258, F_RAW, oemid, 0, 0),
	ROW(259, F_BSTR, hwmodel, 1, 32),
	ROW(260, F_RAW_ARRAY, hwversion, 0, 0),
	ROW(265, F_TSTR, profile, 1, 256),
	ROW(268, F_BSTR, bootseed, 32, 32),
	ROW(272, F_LIST_ARRAY, manifests, 1, EAT_MANIFESTS_MAX),
	ROW(273, F_LIST_ARRAY, measurements, 1, EAT_COMPONENTS_MAX),
	ROW(-80001, F_RAW_MAP, report_key, 0, 0),
	ROW(-80002, F_LIST_ARRAY, payload_keys, 1, EAT_PAYLOAD_KEYS_MAX),
	ROW(-80003, F_TSTR, counter, 1, 16),
	ROW(-80004, F_TSTR, assurance, 1, 32),
};
// clang-format on

_Static_assert(
    EAT_HAS_ASSURANCE == 1 << (ARRAY_LEN(rows) - 1), "a bit for each");

static const struct cbor_table table = {rows, ARRAY_LEN(rows), 0};

/* bstr of 3 (IEEE) or 16 (random), or a private enterprise number. */
static enum err
oemid_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);

	if (cbor_peek(&r) == CBOR_BSTR) {
		struct bytes b = cbor_bstr(&r, 3, 16);

		if (b.n != 3 && b.n != 16)
			cbor_fail(&r, ERR_RANGE);
	} else {
		(void)cbor_int(&r, INT64_MIN, INT64_MAX);
	}
	return cbor_close(&r);
}

/* [version, ? scheme]. */
static enum err
hwversion_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	size_t n = cbor_array_any(&r, 1, 2);

	(void)cbor_tstr(&r, 1, 256);
	if (n == 2)
		(void)cbor_int(&r, INT64_MIN, INT64_MAX);
	return cbor_close(&r);
}

/* [+ [content format, body]]; what a body holds is its reader's to say. */
static enum err
entries_check(struct list l)
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n && r.err == OK; i++) {
		cbor_array(&r, 2);
		(void)cbor_uint(&r, 0, UINT16_MAX);
		(void)cbor_bstr(&r, 0, LEN_ANY);
	}
	return cbor_close(&r);
}

/* [+ [authority, COSE_Key]], each authority once. */
static enum err
payload_keys_check(struct list l)
{
	struct cbor_in r = cbor_items(l);
	struct eat_payload_key k, other;

	for (size_t i = 0; i < l.n; i++) {
		struct cbor_in before = cbor_items(l);

		TRY(eat_payload_key_read(&r, &k));
		for (size_t j = 0; j < i; j++) {
			TRY(eat_payload_key_read(&before, &other));
			if (bytes_same(k.authority, other.authority))
				return ERR_DUPLICATE;
		}
	}
	return cbor_close(&r);
}

static enum err
counter_check(struct bytes t)
{
	if (bytes_same(t, BYTES_LIT("none")) ||
	    bytes_same(t, BYTES_LIT("tpm")) ||
	    bytes_same(t, BYTES_LIT("hardware")))
		return OK;
	return ERR_RANGE;
}

/* What the table cannot say of one claim. */
static enum err
shape_check(const struct eat_claims *c, uint32_t claim)
{
	switch (claim) {
	case EAT_HAS_OEMID:
		return oemid_check(c->oemid);
	case EAT_HAS_HWVERSION:
		return hwversion_check(c->hwversion);
	case EAT_HAS_MANIFESTS:
		return entries_check(c->manifests);
	case EAT_HAS_MEASUREMENTS:
		return entries_check(c->measurements);
	case EAT_HAS_PAYLOAD_KEYS:
		return payload_keys_check(c->payload_keys);
	case EAT_HAS_COUNTER:
		return counter_check(c->counter);
	}
	return OK;
}

/* Where the value of row i stands in the input; strings and lists both begin
 * with the view of it. */
static size_t
offset(const struct eat_claims *c, size_t i, struct bytes in)
{
	struct bytes b;

	memcpy(&b, (const uint8_t *)c + rows[i].off, sizeof(b));
	return (size_t)(b.p - in.p);
}

static enum err
shapes_check(const struct eat_claims *c, struct bytes in, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum err e = OK;

		if ((c->has >> i & 1) != 0)
			e = shape_check(c, UINT32_C(1) << i);
		if (e == OK)
			continue;
		(void)why_set(why, e, eat_claim_name(rows[i].key));
		if (why != NULL)
			why->at = offset(c, i, in);
		return e;
	}
	return OK;
}

enum err
eat_parse(struct bytes in, struct eat_claims *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, &table, out);
	e = cbor_close(&r);
	if (e != OK) {
		(void)why_set(why, e, eat_claim_at(in, r.err_at));
		if (why != NULL)
			why->at = r.err_at;
	} else {
		e = shapes_check(out, in, why);
	}
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

enum err
eat_read(const struct verified *v, struct eat_claims *out, struct why *why)
{
	return eat_parse(v->payload, out, why);
}

enum err
eat_write(struct cbor_out *w, const struct eat_claims *c)
{
	if (c->has >> ARRAY_LEN(rows) != 0)
		w->err = w->err == OK ? ERR_BUG : w->err;
	else if (shapes_check(c, BYTES_NONE, NULL) != OK)
		w->err = w->err == OK ? ERR_RANGE : w->err;
	else
		cbor_map_write(w, &table, c);
	return w->err;
}

const char *
eat_claim_absent(const struct eat_claims *c, uint32_t need)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (((need & ~c->has) >> i & 1) != 0)
			return eat_claim_name(rows[i].key);
	return NULL;
}

/* Is the profile there and another one? */
static bool
foreign_profile(const struct eat_claims *c, struct bytes profile)
{
	return (c->has & EAT_HAS_PROFILE) != 0 &&
	       !bytes_same(c->profile, profile);
}

enum err
eat_evidence_complete(const struct eat_claims *c, struct why *why)
{
	const char *what;

	/* Another profile first: its claims are none of ours to miss. */
	if (foreign_profile(c, BYTES_LIT(EAT_EVIDENCE_PROFILE)))
		return why_set(why, ERR_UNEXPECTED, "eat_profile");
	/* What makes it fresh: one of the two; which, whoever asked knows. */
	what = (c->has & EAT_HAS_IAT) != 0 ? NULL
					   : eat_claim_absent(c, EAT_HAS_NONCE);
	if (what != NULL)
		return why_set(why, ERR_MISSING, what);
	what = eat_claim_absent(
	    c, EAT_HAS_AUD | EAT_HAS_CNF | EAT_HAS_UEID | EAT_HAS_OEMID |
		   EAT_HAS_HWMODEL | EAT_HAS_HWVERSION | EAT_HAS_PROFILE |
		   EAT_HAS_BOOTSEED | EAT_HAS_MANIFESTS | EAT_HAS_MEASUREMENTS |
		   EAT_HAS_REPORT_KEY | EAT_HAS_COUNTER);
	if (what != NULL)
		return why_set(why, ERR_MISSING, what);
	if ((c->ueid.n != 17 && c->ueid.n != 33) || c->ueid.p[0] != 1)
		return why_set(why, ERR_RANGE, "ueid");
	return OK;
}

enum err
eat_result_complete(const struct eat_claims *c, struct why *why)
{
	const char *what = eat_claim_absent(
	    c, EAT_HAS_CNF | EAT_HAS_UEID | EAT_HAS_OEMID | EAT_HAS_HWMODEL |
		   EAT_HAS_HWVERSION | EAT_HAS_MANIFESTS);

	if (foreign_profile(c, BYTES_LIT(EAT_TEEP_PROFILE)))
		what = "eat_profile";
	return what == NULL ? OK : why_set(why, ERR_RESULT_CLAIMS, what);
}
