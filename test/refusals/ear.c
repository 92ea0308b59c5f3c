/*
 * ear: a signed EAR that a Relying Party must not act on.   [EAR; AR4SI]
 */
#include "rats_support.h"
#include "refusals.h"

static struct pair verifier, teep, stranger;

/* An affirming Result in the making, about the key of this agent. */
static struct draft_ear {
	struct ear e;
	struct ear_appraisal a;
	uint8_t cnf[64];
	const struct signer *by;
} d;

#define NONCE BYTES_LIT("0123456789abcdef")

static int
begins(void **state)
{
	(void)state;
	pair_make(&verifier, CRV_P256, false);
	pair_make(&teep, CRV_P256, false);
	pair_make(&stranger, CRV_P256, false);
	return 0;
}

static int
ends(void **state)
{
	(void)state;
	pair_free(&verifier);
	pair_free(&teep);
	pair_free(&stranger);
	return 0;
}

/* ---- the Relying Party --------------------------------------------------- */

static enum err
believes(struct bytes in, struct why *why)
{
	const struct keyring ring = ring_of_one(&verifier);
	const struct result_ask ask = {.form = &result_ear,
	    .verifiers = &ring,
	    .kid = teep.kid,
	    .key = &teep.pub,
	    .nonce = NONCE,
	    .now = NOW,
	    .submod = BYTES_LIT("tamarind")};
	struct believed r;

	return result_check(crypto_openssl(), &ask, in, &r, why);
}

static void
party_sees(const struct row *r, struct seen *out)
{
	struct cbor_out w = cbor_into(SPAN_OF(d.cnf));
	struct why why = {0};

	eat_cnf_put_kid(&w, teep.kid);
	d.by = &verifier.s;
	d.e = (struct ear){.has = EAR_RESULT_HAS_EXP | EAR_RESULT_HAS_CNF |
				  EAR_RESULT_HAS_NONCE,
	    .exp = NOW + 60,
	    .iat = NOW,
	    .cnf = {d.cnf, w.at},
	    .nonce = NONCE,
	    .developer = BYTES_LIT("d"),
	    .build = BYTES_LIT("b")};
	d.a = (struct ear_appraisal){.has = EAR_HAS_STATUS | EAR_HAS_VECTOR,
	    .name = BYTES_LIT("tamarind"),
	    .status = EAR_AFFIRMING,
	    .vector = {1u << EAR_EXECUTABLES, {0}}};
	d.a.vector.value[EAR_EXECUTABLES] = 2;
	out->e = believes(r->make(r), &why);
	if (out->e == OK)
		return;
	assert_int_equal(why.err, out->e);
	if (why.what != NULL)
		(void)snprintf(out->what, sizeof(out->what), "%s", why.what);
}

/* ---- what is wrong --------------------------------------------------------
 */

static struct bytes
sign(struct bytes claims, unsigned flags)
{
	static uint8_t room[4096];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(cose_sign1_write(&w, d.by, claims, NULL, flags), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static struct bytes
claims(void)
{
	static uint8_t room[2048];
	uint8_t scratch[1024];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;

	assert_int_equal(ear_write(&w, &d.e, &d.a, 1, SPAN_OF(scratch)), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

static struct bytes
good(const struct row *r)
{
	(void)r;
	return sign(claims(), WRITE_TAGGED);
}

static struct bytes
changed(const struct row *r)
{
	static uint8_t room[4096];
	struct bytes in = good(r);

	memcpy(room, in.p, in.n);
	room[in.n - (size_t)r->key] ^= 1;
	return (struct bytes){room, in.n};
}

static struct bytes
by_stranger(const struct row *r)
{
	d.by = &stranger.s;
	return good(r);
}

/* The agent vouches for itself. */
static struct bytes
by_itself(const struct row *r)
{
	d.by = &teep.s;
	return good(r);
}

static struct bytes
not_signed(const struct row *r)
{
	(void)r;
	return claims();
}

/* Claims that ear_write would not write. */
static struct bytes
octets(const struct row *r)
{
	return sign(r->raw, WRITE_TAGGED);
}

static struct bytes
without(const struct row *r)
{
	d.e.has &= ~(uint32_t)r->key;
	return good(r);
}

static struct bytes
over(const struct row *r)
{
	d.e.exp = (uint64_t)((int64_t)NOW + r->key);
	return good(r);
}

static struct bytes
nonce(const struct row *r)
{
	d.e.nonce = r->raw;
	return good(r);
}

/* The nonce of the Evidence it is about. */
static struct bytes
inner_nonce(const struct row *r)
{
	d.a.has |= EAR_HAS_NONCE;
	d.a.nonce = r->raw;
	return good(r);
}

static struct bytes
about_another(const struct row *r)
{
	struct cbor_out w = cbor_into(SPAN_OF(d.cnf));

	eat_cnf_put_kid(&w, stranger.kid);
	return good(r);
}

static struct bytes
attested_key(const struct row *r)
{
	d.e.has &= ~(uint32_t)EAR_RESULT_HAS_CNF;
	d.a.has |= EAR_HAS_KEY;
	d.a.key = r->raw;
	return good(r);
}

static struct bytes
name(const struct row *r)
{
	d.a.name = r->raw;
	return good(r);
}

static struct bytes
status(const struct row *r)
{
	d.a.status = (uint64_t)r->key;
	d.a.has &= ~(uint32_t)EAR_HAS_VECTOR;
	return good(r);
}

static struct bytes
vector(const struct row *r)
{
	d.a.vector.value[EAR_EXECUTABLES] = (int)r->key;
	d.a.status = ear_worst(&d.a.vector);
	return good(r);
}

/* ---- rows ---------------------------------------------------------------- */

// clang-format off
#define ROW(wrong, make, e, what, key) \
	{wrong, make, e, what, NULL, false, key, {0}}
#define RAW(wrong, make, e, what, raw) \
	{wrong, make, e, what, NULL, false, 0, BYTES_LIT(raw)}
#define HEALTHY \
	{"nothing", good, OK, NULL, NULL, false, 0, {0}}
// clang-format on

/* One after the other: iat, profile, submodule, who says so. */
#define IAT     "\x06\x1a\x6b\x49\xd2\x00"
#define PROFILE "\x19\x01\x09\x78\x1d" EAR_PROFILE
#define WHO                        \
	"\x19\x03\xec\xa2\x00\x61" \
	"d\x01\x61"                \
	"b"
#define SUB(a) "\x19\x01\x0a\xa1\x68tamarind" a
#define GOOD   "\xa1\x19\x03\xe8\x02"
#define VECTOR "\xa2\x19\x03\xe8\x02\x19\x03\xe9"

static const struct row who[] = {
    HEALTHY,
    ROW("last octet of the signature", changed, ERR_SIGNATURE, "signature", 1),
    ROW("one bit of a claim", changed, ERR_SIGNATURE, "signature", 80),
    ROW("not signed", not_signed, ERR_UNSIGNED, "signed message", 0),
    ROW("signed by a Verifier that nobody believes", by_stranger,
	ERR_UNKNOWN_KEY, "Verifier", 0),
    ROW("signed by the agent itself", by_itself, ERR_UNKNOWN_KEY, "Verifier",
	0),
    ROW("cnf is another agent", about_another, ERR_RESULT_CNF, "cnf", 0),
    ROW("no cnf, and no attested key", without, ERR_RESULT_CNF, "cnf",
	EAR_RESULT_HAS_CNF),
    RAW("no cnf, and another attested key", attested_key, ERR_RESULT_CNF,
	"akpub", "0123456789abcdef"),
    RAW("about another part of the device", name, ERR_NOT_FOUND, "submods",
	"android"),
    ROW("exp in a second", over, OK, NULL, 1),
    ROW("exp now", over, ERR_EXPIRED, "exp", 0),
    RAW("another eat_nonce", nonce, ERR_RESULT_NONCE, "eat_nonce",
	"0123456789abcdee"),
    RAW("eat_nonce an octet short", nonce, ERR_RESULT_NONCE, "eat_nonce",
	"0123456789abcde"),
    RAW("eat_nonce an octet long", nonce, ERR_RESULT_NONCE, "eat_nonce",
	"0123456789abcdef0"),
    ROW("no eat_nonce anywhere", without, ERR_RESULT_NONCE, "eat_nonce",
	EAR_RESULT_HAS_NONCE),
    RAW("about Evidence for another nonce", inner_nonce, ERR_RESULT_NONCE,
	"eat_nonce", "0123456789abcdee"),
};

static const struct row verdicts[] = {
    HEALTHY,
    ROW("status none", status, ERR_NOT_ATTESTED, "ear_status", EAR_NONE),
    ROW("status warning", status, ERR_NOT_ATTESTED, "ear_status", EAR_WARNING),
    ROW("status contraindicated", status, ERR_NOT_ATTESTED, "ear_status",
	EAR_CONTRAINDICATED),
    ROW("executables 32: a warning", vector, ERR_NOT_ATTESTED, "executables",
	32),
    ROW("executables 96: contraindicated", vector, ERR_NOT_ATTESTED,
	"executables", 96),
    ROW("executables -1: nobody could judge", vector, ERR_NOT_ATTESTED,
	"executables", -1),
    RAW("a status better than its vector", octets, ERR_RESULT_CLAIMS, "submods",
	"\xa4" IAT PROFILE SUB(VECTOR "\xa1\x02\x18\x20") WHO),
    RAW("a vector of nothing", octets, ERR_RANGE, "submods",
	"\xa4" IAT PROFILE SUB(VECTOR "\xa0") WHO),
    RAW("a value of 128", octets, ERR_RANGE, "submods",
	"\xa4" IAT PROFILE SUB(VECTOR "\xa1\x02\x18\x80") WHO),
    RAW("a status of another type", octets, ERR_TYPE, "submods",
	"\xa4" IAT PROFILE SUB("\xa1\x19\x03\xe8\x61"
			       "2") WHO),
    RAW("a status that is none of the four", octets, ERR_RANGE, "submods",
	"\xa4" IAT PROFILE SUB("\xa1\x19\x03\xe8\x03") WHO),
    RAW("no status", octets, ERR_MISSING, "submods",
	"\xa4" IAT PROFILE SUB("\xa0") WHO),
    RAW("no submodules", octets, ERR_MISSING, "submods",
	"\xa3" IAT PROFILE WHO),
    RAW("a list of none", octets, ERR_RANGE, "submods",
	"\xa4" IAT PROFILE "\x19\x01\x0a\xa0" WHO),
    RAW("no iat", octets, ERR_MISSING, "iat", "\xa3" PROFILE SUB(GOOD) WHO),
    RAW("iat of another type", octets, ERR_TYPE, "iat",
	"\xa4\x06\x61"
	"1" PROFILE SUB(GOOD) WHO),
    RAW("no profile", octets, ERR_MISSING, "eat_profile",
	"\xa3" IAT SUB(GOOD) WHO),
    RAW("an unknown profile", octets, ERR_UNEXPECTED, "eat_profile",
	"\xa4" IAT "\x19\x01\x09\x61p" SUB(GOOD) WHO),
    RAW("nobody says who appraised", octets, ERR_MISSING, "ear_verifier_id",
	"\xa3" IAT PROFILE SUB(GOOD)),
    RAW("a claim twice", octets, ERR_DUPLICATE, "iat",
	"\xa5" IAT IAT PROFILE SUB(GOOD) WHO),
    RAW("an octet after the claims", octets, ERR_TRAILING, "ear_verifier_id",
	"\xa4" IAT PROFILE SUB(GOOD) WHO "\x00"),
    RAW("nested too deep", octets, ERR_DEPTH, "submods",
	"\xa4" IAT PROFILE SUB("\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
			       "\x81\x81\x81\x81\x81\x80") WHO),
};

static const struct section on_who = {"Results: EAR, whose and when",
    "An EAR as a signed CWT, at a Relying Party that knows one Verifier and "
    "asked with a nonce about the key of an agent.",
    NULL, NULL, who, ARRAY_LEN(who), party_sees};
static const struct section on_verdicts = {"Results: EAR, what it says",
    "The Verifier's signature holds; but this is not a verdict to act on.",
    NULL, NULL, verdicts, ARRAY_LEN(verdicts), party_sees};

static const struct section *const sections[] = {&on_who, &on_verdicts};
const struct file file_ear = {sections, ARRAY_LEN(sections), begins, ends};
