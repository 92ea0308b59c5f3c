/*
 * hardware_cca: CCA tokens that are not what they should be.
 */
#include "cca_make.h"

#include "hardware_token.h"

static struct bytes
other_platform(const struct row *r)
{
	(void)r;
	t.by = other;
	return state_and_sign();
}

static struct bytes
other_realm(const struct row *r)
{
	(void)r;
	t.realm_by = other;
	return state_and_sign();
}

static struct bytes
not_vouched(const struct row *r)
{
	(void)r;
	t.bad_nonce = true;
	return state_and_sign();
}

static struct bytes
key_hash(const struct row *r)
{
	t.key_alg = r->key == 0 ? "sha-512" : "md5";
	return state_and_sign();
}

static struct bytes
empty(const struct row *r)
{
	(void)r;
	return BYTES_LIT("\xd9\x01\x8f\xa0");
}

static struct bytes
platform_profile(const struct row *r)
{
	(void)r;
	t.profile = "tag:arm.com,2030:cca_platform#9";
	return state_and_sign();
}

static struct bytes
realm_profile(const struct row *r)
{
	(void)r;
	t.realm_profile = "tag:arm.com,2030:realm#9";
	return state_and_sign();
}

static struct bytes
measures_by(const struct row *r)
{
	t.alg_name = r->key == 0 ? "sha-512" : "sha-1";
	return state_and_sign();
}

static struct bytes
software(const struct row *r)
{
	(void)r;
	t.software[1] ^= 1;
	return state_and_sign();
}

static struct bytes
config(const struct row *r)
{
	(void)r;
	t.config[1] ^= 1;
	return state_and_sign();
}

static struct bytes
rim(const struct row *r)
{
	(void)r;
	t.initial[1] ^= 1;
	return state_and_sign();
}

static struct bytes
rem(const struct row *r)
{
	(void)r;
	t.rem[1] = 1;
	return state_and_sign();
}

static struct bytes
personal(const struct row *r)
{
	(void)r;
	t.personal[1] = 1;
	return state_and_sign();
}

static struct bytes
other_statement(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	t.challenge[0] ^= 1;
	return wrap(&box, TYPE, token_make(), cast_states(&cast), BYTES_NONE);
}

static struct bytes
alone(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	return wrap(&box, TYPE, token_make(), BYTES_NONE, BYTES_NONE);
}

static const struct row rows[] = {
    HEALTHY,
    ROW("another key signs for the platform", other_platform, ERR_SIGNATURE,
	"platform signature", 0),
    ROW("another key signs for the realm", other_realm, ERR_SIGNATURE,
	"realm signature", 0),
    ROW("the platform vouches for another realm's key", not_vouched,
	ERR_KEY_PURPOSE, "realm key", 0),
    ROW("the realm's key by another hash than the platform has", key_hash,
	ERR_KEY_PURPOSE, "realm key", 0),
    ROW("the realm's key by a hash that nobody takes", key_hash, ERR_COSE_ALG,
	"realm key", 1),
    ROW("algorithm of another curve", alg, ERR_COSE_ALG, "platform signature",
	-7),
    ROW("an instance that nobody endorsed", other_device, ERR_EVIDENCE_KEY,
	"evidence key", 4),
    ROW("an implementation that nobody endorsed", other_model, ERR_EVIDENCE_KEY,
	"evidence key", 4),
    ROW("another tag around it", tagged, ERR_TYPE, "CCA token", 400),
    ROW("neither of the two tokens in it", empty, ERR_MISSING, "CCA token", 0),
    ROW("an unknown profile of the platform", platform_profile, ERR_UNEXPECTED,
	"platform profile", 0),
    ROW("an unknown profile of the realm", realm_profile, ERR_UNEXPECTED,
	"realm profile", 0),
    ROW("no challenge in the realm's", without, ERR_MISSING, "realm claims", 1),
    ROW("no key in the realm's", without, ERR_MISSING, "realm claims", 2),
    ROW("measurements shorter than their hash", measures_by, ERR_RANGE,
	"realm measurements", 0),
    ROW("measured by a hash that nobody takes", measures_by, ERR_COSE_ALG,
	"platform hash", 1),
    ROW("instance-id of type 02", ueid_type, ERR_RANGE, "instance-id", 2),
    ROW("lifecycle unknown", lifecycle, ERR_EVIDENCE_STATE, "lifecycle", 0),
    ROW("lifecycle non-CCA-platform debug", lifecycle, ERR_EVIDENCE_STATE,
	"lifecycle", 0x4000),
    ROW("another digest of the platform's software", software, ERR_MEASUREMENT,
	"software component", 0),
    ROW("another configuration of the platform", config, ERR_MEASUREMENT,
	"platform config", 0),
    ROW("another initial measurement of the realm", rim, ERR_NO_REFERENCE,
	"cca.rim", 0),
    ROW("a measurement of the realm was extended", rem, ERR_NO_REFERENCE,
	"cca.rem0", 0),
    ROW("the realm was personalized", personal, ERR_NO_REFERENCE, "cca.rpv", 0),
    ROW("the challenge is of another statement", other_statement,
	ERR_EVIDENCE_CNF, "report data", 0),
    ROW("no statement beside it", alone, ERR_EVIDENCE_CNF, "report data", 0),
    STATEMENT_ROWS,
};

static const struct section on_rows = {"Hardware: CCA tokens",
    "A platform's token and that of a realm on it, whose challenge is the "
    "digest of a statement; the platform's key is endorsed.",
    NULL, NULL, rows, ARRAY_LEN(rows), hardware_sees};
static const struct section *const sections[] = {&on_rows};
const struct file file_cca = {sections, ARRAY_LEN(sections), setup, teardown};
