/*
 * cca_token: read a token of Arm CCA: the platform's and the realm's.
 *                                         [draft-ffm-rats-cca-token 4]
 */
#include "cca.h"

#include <string.h>

#define TAG_CCA      399
#define KEY_PLATFORM 44234
#define KEY_REALM    44241
#define TOKEN_MAX    65536

struct pair {
	uint32_t has;
	struct bytes platform, realm;
};

#define PLATFORM(key, kind, member, min, max) \
	FIELD(key, kind, struct cca_platform, member, min, max)
#define PLATFORM_REQ(key, kind, member, min, max) \
	FIELD_REQ(key, kind, struct cca_platform, member, min, max)
#define REALM(key, kind, member, min, max) \
	FIELD(key, kind, struct cca_realm, member, min, max)
#define REALM_REQ(key, kind, member, min, max) \
	FIELD_REQ(key, kind, struct cca_realm, member, min, max)
// clang-format off
static const struct cbor_field pair_rows[] = {
	FIELD_REQ(KEY_PLATFORM, F_BSTR, struct pair, platform, 1, TOKEN_MAX),
	FIELD_REQ(KEY_REALM, F_BSTR, struct pair, realm, 1, TOKEN_MAX),
};
static const struct cbor_field platform_rows[] = {
	PLATFORM_REQ(10, F_BSTR, nonce, 32, 64),
	PLATFORM_REQ(256, F_BSTR, ueid, 33, 33),
	PLATFORM_REQ(265, F_TSTR, profile, 1, 255),
	PLATFORM_REQ(2395, F_UINT, lifecycle, 0, UINT16_MAX),
	PLATFORM_REQ(2396, F_BSTR, id, 32, 32),
	PLATFORM_REQ(2399, F_LIST_MAP, software, 1, HARDWARE_SOFTWARE_MAX),
	PLATFORM(2400, F_TSTR, service, 1, 2048),
	PLATFORM_REQ(2401, F_BSTR, config, 1, 1024),
	PLATFORM_REQ(2402, F_TSTR, alg, 1, 32),
};
static const struct cbor_field realm_rows[] = {
	REALM_REQ(10, F_BSTR, challenge, 64, 64),
	REALM(265, F_TSTR, profile, 1, 255),
	REALM_REQ(44235, F_BSTR, personal, 64, 64),
	REALM_REQ(44236, F_TSTR, alg, 1, 32),
	REALM_REQ(44237, F_BSTR, key, 97, 255),
	REALM_REQ(44238, F_BSTR, initial, 32, 64),
	REALM_REQ(44239, F_LIST_BSTR, extensible, CCA_REMS, CCA_REMS),
	REALM_REQ(44240, F_TSTR, key_alg, 1, 32),
};
// clang-format on
#define TABLE(rows, strict)                   \
	{                                     \
		rows, ARRAY_LEN(rows), strict \
	}
static const struct cbor_table pair_table = TABLE(pair_rows, 1);
static const struct cbor_table platform_table = TABLE(platform_rows, 0);
static const struct cbor_table realm_table = TABLE(realm_rows, 0);

static enum err
map_read(struct bytes in, const struct cbor_table *t, void *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_map_read(&r, t, out);
	return cbor_close(&r);
}

enum err
cca_token_read(struct bytes in, struct cca_token *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	struct pair p = {0};
	enum err e;

	memset(out, 0, sizeof(*out));
	cbor_tag(&r, TAG_CCA);
	cbor_map_read(&r, &pair_table, &p);
	e = cbor_close(&r);
	if (e != OK)
		return why_set(why, e, "CCA token");
	e = hardware_sign1_read(p.platform, &out->platform, why);
	if (e == OK)
		e = hardware_sign1_read(p.realm, &out->realm, why);
	if (e != OK)
		memset(out, 0, sizeof(*out));
	return e;
}

static bool
is_one_of(struct bytes text, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text.n == strlen(names[i]) &&
		    memcmp(text.p, names[i], text.n) == 0)
			return true;
	return false;
}

enum err
cca_platform_read(struct bytes in, struct cca_platform *out, struct why *why)
{
	static const char *const profiles[] = {"http://arm.com/CCA-SSD/1.0.0",
	    "tag:arm.com,2023:cca_platform#1.0.0"};
	const char *what = "platform claims";
	enum err e;

	memset(out, 0, sizeof(*out));
	e = map_read(in, &platform_table, out);
	if (e == OK &&
	    !is_one_of(out->profile, profiles, ARRAY_LEN(profiles))) {
		e = ERR_UNEXPECTED;
		what = "platform profile";
	} else if (e == OK && out->ueid.p[0] != 1) {
		e = ERR_RANGE;
		what = "instance-id";
	} else if (e == OK && hardware_hash(out->alg) == 0) {
		e = ERR_COSE_ALG;
		what = "platform hash";
	}
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return why_set(why, e, what);
}

/* ---- the realm --------------------------------------------------------- */

struct point {
	uint32_t has;
	int64_t kty, crv;
	struct bytes x, y;
};
// clang-format off
static const struct cbor_field point_rows[] = {
	FIELD_REQ(1, F_INT, struct point, kty, 2, 2),
	FIELD_REQ(-1, F_INT, struct point, crv, CRV_P384, CRV_P384),
	FIELD_REQ(-2, F_BSTR, struct point, x, 48, 48),
	FIELD_REQ(-3, F_BSTR, struct point, y, 48, 48),
};
// clang-format on
static const struct cbor_table point_table = TABLE(point_rows, 0);

/* 04 || x || y, as the first tokens had it, or a COSE_Key. */
static enum err
key_read(struct cca_realm *c)
{
	struct point p = {0};

	if (c->key.n == 97 && c->key.p[0] == 4) {
		memcpy(c->point, c->key.p + 1, sizeof(c->point));
		return OK;
	}
	if (map_read(c->key, &point_table, &p) != OK)
		return ERR_COSE_KEY;
	memcpy(c->point, p.x.p, 48);
	memcpy(c->point + 48, p.y.p, 48);
	return OK;
}

/* Every measurement is as long as its hash. */
static enum err
measured_check(const struct cca_realm *c)
{
	enum verifier_hash h = hardware_hash(c->alg);
	size_t n = h == HASH_SHA256 ? 32 : h == HASH_SHA384 ? 48 : 64;
	struct cbor_in r = cbor_items(c->extensible);

	if (h == 0)
		return ERR_COSE_ALG;
	if (c->initial.n != n)
		return ERR_RANGE;
	for (size_t i = 0; i < c->extensible.n; i++)
		(void)cbor_bstr(&r, n, n);
	return r.err;
}

enum err
cca_realm_read(struct bytes in, struct cca_realm *out, struct why *why)
{
	static const char *const profiles[] = {"tag:arm.com,2023:realm#1.0.0"};
	const char *what = "realm claims";
	enum err e;

	memset(out, 0, sizeof(*out));
	e = map_read(in, &realm_table, out);
	if (e == OK && out->profile.n > 0 &&
	    !is_one_of(out->profile, profiles, ARRAY_LEN(profiles))) {
		e = ERR_UNEXPECTED;
		what = "realm profile";
	}
	if (e == OK) {
		what = "realm key";
		e = hardware_hash(out->key_alg) == 0 ? ERR_COSE_ALG
						     : key_read(out);
	}
	if (e == OK) {
		what = "realm measurements";
		e = measured_check(out);
	}
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	return why_set(why, e, what);
}
