/*
 * hardware_tdx: TDX quotes that are not what they should be.
 */
#include "tdx_make.h"

#include "hardware_report.h"

/* The extension of the published platform, with which all others are made. */
static void
extension_take(void)
{
	struct verifier_extension x = {says.oid, SPAN_OF(says_room), 0, false};
	struct verifier_path p = {.n_cert = 1, .n_anchor = 1, .now = TDX_NOW};
	struct verifier_public k;
	struct tdx_quote parts;
	struct bytes anchor;

	sample = published("cc/tdx-quote-v4.bin", quote, sizeof(quote));
	assert_int_equal(tdx_quote_read(sample, &parts, NULL), OK);
	anchor = last_of(parts.certificates);
	p.cert = &parts.certificates;
	p.anchor = &anchor;
	assert_int_equal(verifier_openssl()->path(&p, &k, &x, 1, NULL), OK);
	says.value.n = x.n;
}

static int
begins(void **state)
{
	int e = setup(state);

	extension_take();
	return e;
}

/* ---- who signed ---------------------------------------------------------- */

/* One octet, after all was signed. */
static struct bytes
octet(const struct row *r)
{
	struct bytes s = cast_states(&cast);

	(void)state_and_sign();
	quote[r->key] ^= 1;
	return wrap(&box, TYPE, sample, s, BYTES_NONE);
}

static struct bytes
other_root(const struct row *r)
{
	static struct made second;
	struct wanted w = {.name = "other",
	    .from = NOW - 100,
	    .to = NOW + 100,
	    .issues = true};

	(void)r;
	made_cert(&second, "P-256", &w);
	shelf_fill(made_der(&second));
	made_free(&second);
	return state_and_sign();
}

static struct bytes
without_extension(const struct row *r)
{
	struct bytes kept = says.value, out;

	says.value.n = r->key == 0 ? 0 : kept.n - 1;
	pck_make();
	qe_sign();
	out = state_and_sign();
	says.value = kept;
	return out;
}

/* ---- what it says -------------------------------------------------------- */

/* One octet of the domain's part, before it is signed. */
static struct bytes
domain(const struct row *r)
{
	quote[BODY + r->key] ^= 1;
	return state_and_sign();
}

/* And of the enclave's. */
static struct bytes
enclave(const struct row *r)
{
	quote[QE + r->key] ^= r->raw.p[0];
	qe_sign();
	return state_and_sign();
}

static struct bytes
number(const struct row *r)
{
	put(r->raw.p[0] | (size_t)r->raw.p[1] << 8, (uint64_t)r->key, 2);
	return state_and_sign();
}

static struct bytes
other_statement(const struct row *r)
{
	struct bytes s = cast_states(&cast);

	(void)r;
	(void)state_and_sign();
	quote[BODY + 520] ^= 1;
	quote_sign();
	return wrap(&box, TYPE, sample, s, BYTES_NONE);
}

static struct bytes
alone(const struct row *r)
{
	(void)r;
	(void)state_and_sign();
	return wrap(&box, TYPE, sample, BYTES_NONE, BYTES_NONE);
}

// clang-format off
#define ENCLAVE(wrong, e, what, place, bits) \
	{wrong, enclave, e, what, NULL, false, place, BYTES_LIT(bits)}
#define NUMBER(wrong, e, what, value, place) \
	{wrong, number, e, what, NULL, false, value, BYTES_LIT(place)}
// clang-format on

static const struct row rows[] = {
    HEALTHY,
    ROW("one bit of the signature", octet, ERR_SIGNATURE, "quote signature",
	SIG),
    ROW("one bit of the quote, after signing", octet, ERR_SIGNATURE,
	"quote signature", BODY + 136),
    ROW("one bit of the enclave's report, after signing", octet, ERR_SIGNATURE,
	"QE report signature", QE + 100),
    ROW("the enclave vouches for another attestation key", octet,
	ERR_KEY_PURPOSE, "attestation key", QE_SIG + 64 + 2),
    ROW("an octet too few", length, ERR_TRAILING, "signature data", -1),
    ROW("an octet too many", length, ERR_TRAILING, "signature data", 1),
    ROW("the platform's certificate has ended", at, ERR_EXPIRED,
	"certificate expired", 1000),
    ROW("the platform's certificate begins later", at, ERR_EXPIRED,
	"certificate not yet valid", -1000),
    ROW("another root is endorsed", other_root, ERR_CERTIFICATE,
	"certificate issuer", 0),
    ROW("no platform in the certificate", without_extension, ERR_MISSING,
	"certificate extension", 0),
    ROW("half a platform in the certificate", without_extension, ERR_TRUNCATED,
	"certificate extension", 1),
    NUMBER("an unknown version", ERR_VERSION, "quote version", 5, "\x00\x00"),
    NUMBER("an unknown algorithm", ERR_COSE_ALG, "attestation key type", 3,
	"\x02\x00"),
    NUMBER("another kind of TEE", ERR_UNEXPECTED, "TEE type", 0, "\x04\x00"),
    ROW("the domain may be debugged", domain, ERR_EVIDENCE_STATE,
	"TD attributes debug", 120),
    ROW("a module with attributes", domain, ERR_EVIDENCE_STATE, "TDX module",
	112),
    ROW("a module that somebody else has signed", domain, ERR_EVIDENCE_STATE,
	"TDX module", 64),
    ENCLAVE("the enclave may be debugged", ERR_EVIDENCE_STATE, "QE debug", 48,
	"\x02"),
    ENCLAVE("an enclave of another product", ERR_KEY_PURPOSE, "QE product", 256,
	"\x03"),
    ENCLAVE("an enclave of another signer", ERR_MEASUREMENT, "qe signer", 128,
	"\x01"),
    ROW("another module", domain, ERR_MEASUREMENT, "mrseam", 16),
    ROW("another initial measurement", domain, ERR_MEASUREMENT, "mrtd", 136),
    ROW("another rtmr0", domain, ERR_MEASUREMENT, "rtmr0", 328),
    ROW("another rtmr3", domain, ERR_MEASUREMENT, "rtmr3", 328 + 144),
    ROW("the report data are of another statement", other_statement,
	ERR_EVIDENCE_CNF, "report data", 0),
    ROW("no statement beside it", alone, ERR_EVIDENCE_CNF, "report data", 0),
    STATEMENT_ROWS,
};

static const struct section on_rows = {"Hardware: TDX quotes",
    "A quote beside a statement, whose digest is its report data; the root of "
    "the maker of its platform is endorsed.",
    NULL, NULL, rows, ARRAY_LEN(rows), hardware_sees};
static const struct section *const sections[] = {&on_rows};
const struct file file_tdx = {sections, ARRAY_LEN(sections), begins, teardown};
