/*
 * hardware_snp: SNP reports that are not what they should be.
 */
#include "snp_make.h"

#include "hardware_report.h"

/* ---- who signed ---------------------------------------------------------- */

/* One octet of what was signed, or of the signature. */
static struct bytes
octet(const struct row *r)
{
	(void)state_and_sign();
	report[r->key] ^= 1;
	return wrap(&box, TYPE, sample, cast_states(&cast), chain);
}

static struct bytes
no_certificates(const struct row *r)
{
	(void)r;
	chain = BYTES_NONE;
	return state_and_sign();
}

static struct bytes
broken_certificates(const struct row *r)
{
	(void)r;
	chain = BYTES_LIT("-----BEGIN CERTIFICATE-----\nAAAA\n");
	return state_and_sign();
}

static struct bytes
own_certificate(const struct row *r)
{
	static uint8_t room[4096];
	const struct made *c[] = {&vcek};

	(void)r;
	chain = pem_of(c, 1, SPAN_OF(room));
	return state_and_sign();
}

/* By the maker's words, of whoever is not the maker. */
static struct bytes
other_maker(const struct row *r)
{
	struct bytes k;

	(void)r;
	memset(&shelf, 0, sizeof(shelf));
	k = key_is(&shelf, 562, made_der(&ark));
	shelf_say(&shelf, SAYS_ATTEST_KEY,
	    about(&shelf, 0, BYTES_NONE, "343", BYTES_NONE), &k, 1);
	return state_and_sign();
}

/* ---- what it says -------------------------------------------------------- */

/* A number of the report, of so many octets: raw has both places. */
static struct bytes
number(const struct row *r)
{
	put(r->raw.p[0] | (size_t)r->raw.p[1] << 8, (uint64_t)r->key,
	    r->raw.p[2]);
	return state_and_sign();
}

/* One octet, before it is signed. */
static struct bytes
says_other(const struct row *r)
{
	report[r->key] ^= 1;
	return state_and_sign();
}

static struct bytes
old_family(const struct row *r)
{
	put(0, 3, 4);
	report[0x188] = (uint8_t)r->key;
	return state_and_sign();
}

static struct bytes
other_statement(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	report[0x50] ^= 1;
	return sign(cast_states(&cast));
}

static struct bytes
alone(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	return wrap(&box, TYPE, sample, BYTES_NONE, chain);
}

// clang-format off
#define NUMBER(wrong, e, what, value, place) \
	{wrong, number, e, what, NULL, false, value, BYTES_LIT(place)}
// clang-format on

static const struct row rows[] = {
    HEALTHY,
    ROW("one bit of the signature", octet, ERR_SIGNATURE, "report signature",
	0x2a0),
    ROW("one bit of the report, after signing", octet, ERR_SIGNATURE,
	"report signature", 0x90),
    ROW("a signature longer than the curve", octet, ERR_RANGE, "signature",
	0x2a0 + 50),
    ROW("an octet too few", length, ERR_TRUNCATED, "report", -1),
    ROW("an octet too many", length, ERR_TRAILING, "report", 1),
    ROW("no certificates", no_certificates, ERR_MISSING, "certificates", 0),
    ROW("certificates that are none", broken_certificates, ERR_CERTIFICATE,
	"certificate form", 0),
    ROW("the chip's certificate alone", own_certificate, ERR_CERTIFICATE,
	"certificate issuer", 0),
    ROW("the chip's certificate has ended", at, ERR_EXPIRED,
	"certificate expired", 1000),
    ROW("the chip's certificate begins later", at, ERR_EXPIRED,
	"certificate not yet valid", -1000),
    ROW("the root of another maker is endorsed alone", other_maker,
	ERR_EVIDENCE_KEY, "anchor of the maker", 0),
    NUMBER(
	"an unknown version", ERR_VERSION, "report version", 4, "\x00\x00\x04"),
    ROW("an unknown processor", old_family, ERR_VERSION, "processor family",
	0x1a),
    NUMBER("an unknown algorithm", ERR_COSE_ALG, "signature algorithm", 2,
	"\x34\x00\x04"),
    NUMBER("debugging is allowed", ERR_EVIDENCE_STATE, "policy debug", 0xb0000,
	"\x08\x00\x08"),
    NUMBER("migration is allowed", ERR_EVIDENCE_STATE, "policy migration",
	0x70000, "\x08\x00\x08"),
    NUMBER("a policy without its fixed bit", ERR_RANGE, "policy", 0x10000,
	"\x08\x00\x08"),
    NUMBER("another privilege level asked", ERR_EVIDENCE_STATE, "vmpl", 1,
	"\x30\x00\x04"),
    NUMBER(
	"a VLEK has signed", ERR_KEY_PURPOSE, "signing key", 4, "\x48\x00\x04"),
    NUMBER("the chip's id is masked", ERR_EVIDENCE_STATE, "chip id", 2,
	"\x48\x00\x04"),
    ROW("another chip than that of the certificate", says_other,
	ERR_EVIDENCE_CLAIM, "chip id", 0x1a0),
    ROW("another bootloader than that of the certificate", says_other,
	ERR_EVIDENCE_CLAIM, "tcb bootloader", 0x180),
    ROW("another microcode than that of the certificate", says_other,
	ERR_EVIDENCE_CLAIM, "tcb microcode", 0x187),
    ROW("another measurement", says_other, ERR_MEASUREMENT, "measurement",
	0x90),
    ROW("the report data are of another statement", other_statement,
	ERR_EVIDENCE_CNF, "report data", 0),
    ROW("no statement beside it", alone, ERR_EVIDENCE_CNF, "report data", 0),
    STATEMENT_ROWS,
};

static const struct section on_rows = {"Hardware: SEV-SNP reports",
    "A report beside a statement, whose digest is its report data, and the "
    "certificates of the chip; the maker's root is endorsed.",
    NULL, NULL, rows, ARRAY_LEN(rows), hardware_sees};
static const struct section *const sections[] = {&on_rows};
const struct file file_snp = {sections, ARRAY_LEN(sections), setup, teardown};
