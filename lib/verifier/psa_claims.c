/*
 * psa_claims: read a PSA attestation token's claims, of RFC 9783 and of the
 * profile before it.                                       [RFC 9783 4]
 */
#include "psa.h"

#include <string.h>

#define CLAIM(key, kind, member, min, max) \
	FIELD(key, kind, struct psa_claims, member, min, max)

// clang-format off
static const struct cbor_field rows[] = {
	CLAIM(10, F_BSTR, nonce, 32, 64),
	CLAIM(256, F_BSTR, ueid, 33, 33),
	CLAIM(265, F_TSTR, profile, 1, 255),
	CLAIM(268, F_BSTR, seed, 8, 32),
	CLAIM(2394, F_INT, client, FIELD_NO_MIN, INT32_MAX),
	CLAIM(2395, F_UINT, lifecycle, 0, UINT16_MAX),
	CLAIM(2396, F_BSTR, id, 32, 32),
	CLAIM(2398, F_TSTR, certified, 13, 19),
	CLAIM(2399, F_LIST_MAP, software, 1, HARDWARE_SOFTWARE_MAX),
	CLAIM(2400, F_TSTR, service, 1, 2048),
};
static const struct cbor_field old_rows[] = {
	CLAIM(-75000, F_TSTR, profile, 1, 255),
	CLAIM(-75001, F_INT, client, FIELD_NO_MIN, INT32_MAX),
	CLAIM(-75002, F_UINT, lifecycle, 0, UINT16_MAX),
	CLAIM(-75003, F_BSTR, id, 32, 32),
	CLAIM(-75004, F_BSTR, seed, 32, 32),
	CLAIM(-75005, F_TSTR, certified, 13, 19),
	CLAIM(-75006, F_LIST_MAP, software, 1, HARDWARE_SOFTWARE_MAX),
	CLAIM(-75007, F_UINT, unmeasured, 1, 1),
	CLAIM(-75008, F_BSTR, nonce, 32, 64),
	CLAIM(-75009, F_BSTR, ueid, 33, 33),
	CLAIM(-75010, F_TSTR, service, 1, 2048),
};
// clang-format on
static const struct cbor_table table = {rows, ARRAY_LEN(rows), 0};
static const struct cbor_table old_table = {old_rows, ARRAY_LEN(old_rows), 0};

/* The second is of drafts of the RFC, and of the published example. */
static const char *const profiles[] = {
    "tag:psacertified.org,2023:psa#tfm", "http://arm.com/psa/2.0.0"};

static bool
has_profile(const struct psa_claims *c, const char *name)
{
	return c->profile.n == strlen(name) &&
	       memcmp(c->profile.p, name, c->profile.n) == 0;
}

static bool
is_known(const struct psa_claims *c, bool old)
{
	/* The old form need not say what it is. */
	if (old)
		return c->profile.n == 0 || has_profile(c, "PSA_IOT_PROFILE_1");
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++)
		if (has_profile(c, profiles[i]))
			return true;
	return false;
}

/* What an appraisal cannot do without. */
static enum err
complete(const struct psa_claims *c, struct why *why)
{
	if (c->nonce.n == 0)
		return why_set(why, ERR_MISSING, "nonce");
	if (c->nonce.n != 32 && c->nonce.n != 48 && c->nonce.n != 64)
		return why_set(why, ERR_RANGE, "nonce");
	if (c->ueid.n == 0)
		return why_set(why, ERR_MISSING, "instance-id");
	if (c->ueid.p[0] != 1)
		return why_set(why, ERR_RANGE, "instance-id");
	if (c->id.n == 0)
		return why_set(why, ERR_MISSING, "implementation-id");
	return OK;
}

/* The numbers of claims that are there whatever their value. */
static enum err
stated(const struct psa_claims *c, bool old, struct why *why)
{
	const struct cbor_field *row = old ? old_rows : rows;
	size_t n = old ? ARRAY_LEN(old_rows) : ARRAY_LEN(rows);

	for (size_t i = 0; i < n; i++) {
		if ((c->has >> i & 1) != 0)
			continue;
		if (row[i].off == offsetof(struct psa_claims, client))
			return why_set(why, ERR_MISSING, "client-id");
		if (row[i].off == offsetof(struct psa_claims, lifecycle))
			return why_set(why, ERR_MISSING, "security-lifecycle");
	}
	/* That nothing was measured is no proof of anything. */
	if (c->unmeasured != 0 || c->software.n == 0)
		return why_set(why, ERR_MISSING, "software-components");
	return OK;
}

static enum err
read_by(struct bytes in, const struct cbor_table *t, struct psa_claims *out)
{
	struct cbor_in r = cbor_open(in);

	memset(out, 0, sizeof(*out));
	cbor_map_read(&r, t, out);
	return cbor_close(&r);
}

static enum err
claims_read(struct bytes in, struct psa_claims *out, struct why *why)
{
	enum err e = read_by(in, &table, out);
	bool old = e == OK && out->has == 0;

	if (old)
		e = read_by(in, &old_table, out);
	if (e != OK)
		return why_set(why, e, "claims");
	if (!is_known(out, old))
		return why_set(why, ERR_UNEXPECTED, "profile");
	TRY(complete(out, why));
	return stated(out, old, why);
}

enum err
psa_claims_read(struct bytes in, struct psa_claims *out, struct why *why)
{
	enum err e = claims_read(in, out, why);

	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}
