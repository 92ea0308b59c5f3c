/*
 * hardware_psa: PSA tokens that are not what they should be. [RFC 9783]
 */
#include "psa_make.h"

#include "hardware_token.h"

/* ---- who signed, and how ------------------------------------------------- */

static struct bytes
last_octet(const struct row *r)
{
	struct bytes in;

	(void)r;
	(void)state_and_sign();
	in = sign1(key, 32);
	token[in.n - 1] ^= 1;
	return wrap(&box, TYPE, in, cast_states(&cast), BYTES_NONE);
}

static struct bytes
cut(const struct row *r)
{
	struct bytes in;

	(void)r;
	(void)state_and_sign();
	in = sign1(key, 32);
	in.n--;
	return wrap(&box, TYPE, in, cast_states(&cast), BYTES_NONE);
}

static struct bytes
other_key(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	return wrap(
	    &box, TYPE, sign1(other, 48), cast_states(&cast), BYTES_NONE);
}

/* ---- claims -------------------------------------------------------------- */

static struct bytes
other_profile(const struct row *r)
{
	(void)r;
	t.profile = "tag:psacertified.org,2019:psa#legacy";
	return state_and_sign();
}

static struct bytes
old_profile(const struct row *r)
{
	(void)r;
	t.profile = "PSA_IOT_PROFILE_1";
	return state_and_sign();
}

static struct bytes
nonce_long(const struct row *r)
{
	t.nonce_n = (size_t)r->key;
	return wrap(&box, TYPE, sign1(key, 32), cast_states(&cast), BYTES_NONE);
}

static struct bytes
client(const struct row *r)
{
	t.client = r->key;
	return state_and_sign();
}

static struct bytes
many(const struct row *r)
{
	t.components = (size_t)r->key;
	return state_and_sign();
}

static struct bytes
spoilt(uint8_t *octet)
{
	struct bytes out;

	*octet ^= 1;
	out = state_and_sign();
	*octet ^= 1;
	return out;
}

static struct bytes
other_software(const struct row *r)
{
	(void)r;
	return spoilt(&digests[1][3]);
}

static struct bytes
other_signer(const struct row *r)
{
	(void)r;
	return spoilt(&signer_id[1]);
}

/* ---- binding ------------------------------------------------------------- */

static struct bytes
other_statement(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	t.nonce[0] ^= 1;
	return wrap(&box, TYPE, sign1(key, 32), cast_states(&cast), BYTES_NONE);
}

static struct bytes
alone(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	return wrap(&box, TYPE, sign1(key, 32), BYTES_NONE, BYTES_NONE);
}

static const struct row rows[] = {
    HEALTHY,
    ROW("last octet of the signature", last_octet, ERR_SIGNATURE,
	"token signature", 0),
    ROW("an octet too few", cut, ERR_TRUNCATED, "COSE_Sign1", 0),
    ROW("another key signs", other_key, ERR_SIGNATURE, "token signature", 0),
    ROW("a COSE_Mac0: whoever checks it could make it", tagged, ERR_COSE_TYPE,
	"COSE_Mac0", 17),
    ROW("a COSE_Sign", tagged, ERR_COSE_TYPE, "COSE_Sign1", 98),
    ROW("algorithm EdDSA", alg, ERR_COSE_ALG, "token signature", -8),
    ROW("algorithm of another curve", alg, ERR_COSE_ALG, "token signature",
	-51),
    ROW("an instance that nobody endorsed", other_device, ERR_EVIDENCE_KEY,
	"evidence key", 5),
    ROW("an implementation that nobody endorsed", other_model, ERR_EVIDENCE_KEY,
	"evidence key", 5),
    ROW("no nonce (10)", without, ERR_MISSING, "nonce", 1),
    ROW("no instance-id (256)", without, ERR_MISSING, "instance-id", 2),
    ROW("no profile (265)", without, ERR_UNEXPECTED, "profile", 3),
    ROW("no client-id (2394)", without, ERR_MISSING, "client-id", 4),
    ROW("no security-lifecycle (2395)", without, ERR_MISSING,
	"security-lifecycle", 5),
    ROW("no implementation-id (2396)", without, ERR_MISSING,
	"implementation-id", 6),
    ROW("no software-components (2399)", without, ERR_MISSING,
	"software-components", 7),
    ROW("an unknown profile", other_profile, ERR_UNEXPECTED, "profile", 0),
    ROW("the old profile, with the claims of the new one", old_profile,
	ERR_UNEXPECTED, "profile", 0),
    ROW("instance-id of type 02", ueid_type, ERR_RANGE, "instance-id", 2),
    ROW("a nonce of 33 octets", nonce_long, ERR_RANGE, "nonce", 33),
    ROW("25 software components", many, ERR_RANGE, "claims", 25),
    ROW("lifecycle unknown", lifecycle, ERR_EVIDENCE_STATE, "lifecycle", 0),
    ROW("lifecycle assembly and test", lifecycle, ERR_EVIDENCE_STATE,
	"lifecycle", 0x1000),
    ROW("lifecycle provisioning", lifecycle, ERR_EVIDENCE_STATE, "lifecycle",
	0x2000),
    ROW("lifecycle non-PSA-RoT debug", lifecycle, ERR_EVIDENCE_STATE,
	"lifecycle", 0x4000),
    ROW("lifecycle recoverable debug", lifecycle, ERR_EVIDENCE_STATE,
	"lifecycle", 0x5000),
    ROW("lifecycle decommissioned", lifecycle, ERR_EVIDENCE_STATE, "lifecycle",
	0x6000),
    ROW("the normal world asked for it", client, ERR_EVIDENCE_STATE,
	"client-id", -1),
    ROW("another digest of software", other_software, ERR_MEASUREMENT,
	"software component", 0),
    ROW("another signer of software", other_signer, ERR_MEASUREMENT,
	"software component", 0),
    ROW("the nonce is of another statement", other_statement, ERR_EVIDENCE_CNF,
	"report data", 0),
    ROW("no statement beside it", alone, ERR_EVIDENCE_CNF, "report data", 0),
    STATEMENT_ROWS,
};

static const struct section on_rows = {"Hardware: PSA tokens",
    "A token (RFC 9783) beside a statement, whose digest is its nonce; the "
    "device's key is endorsed.",
    NULL, NULL, rows, ARRAY_LEN(rows), hardware_sees};
static const struct section *const sections[] = {&on_rows};
const struct file file_psa = {sections, ARRAY_LEN(sections), setup, teardown};
