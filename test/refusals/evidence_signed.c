/*
 * evidence_signed: who signed the Evidence, and how it travels.
 *                                                    [docs/evidence.md 1]
 */
#include "evidence.h"

/* ---- signature and key ---------------------------------------------------
 */

static struct bytes
signed_octet(const struct row *r)
{
	struct bytes in = evidence_sign(&q.ev);

	(void)r;
	q.ev.room[in.n - 1] ^= 1;
	return qr_with(&q, in);
}

static struct bytes
claimed_octet(const struct row *r)
{
	struct bytes in = evidence_sign(&q.ev);
	struct cose_signed s;
	struct eat_claims c;

	(void)r;
	assert_int_equal(cose_signed_read(in, ACCEPT_SIGN1, &s, NULL), OK);
	assert_int_equal(eat_parse(s.payload, &c, NULL), OK);
	q.ev.room[c.ueid.p - in.p + 3] ^= 1;
	return qr_with(&q, in);
}

static struct bytes
unsigned_claims(const struct row *r)
{
	(void)r;
	return qr_with(&q, claims_of());
}

static struct bytes
two_layers(const struct row *r)
{
	const struct signer *s[] = {q.ev.by};
	struct cbor_out o = cbor_into(SPAN_OF(q.ev.room));
	struct bytes in;

	(void)r;
	assert_int_equal(cose_sign_write(&o, s, 1, claims_of()), OK);
	assert_int_equal(cbor_done(&o, &in), OK);
	return qr_with(&q, in);
}

static struct bytes
with_flags(unsigned flags)
{
	struct cbor_out o = cbor_into(SPAN_OF(q.ev.room));
	struct bytes in;

	assert_int_equal(
	    cose_sign1_write(&o, q.ev.by, claims_of(), NULL, flags), OK);
	assert_int_equal(cbor_done(&o, &in), OK);
	return qr_with(&q, in);
}

static struct bytes
tagged_mac0(const struct row *r)
{
	struct bytes in = evidence_sign(&q.ev);

	(void)r;
	assert_int_equal(in.p[0], 0xd2);
	q.ev.room[0] = 0xd1;
	return qr_with(&q, in);
}

static struct bytes
no_kid(const struct row *r)
{
	(void)r;
	return with_flags(WRITE_TAGGED | WRITE_NO_KID);
}

static struct bytes
detached(const struct row *r)
{
	(void)r;
	return with_flags(WRITE_TAGGED | WRITE_DETACHED);
}

/* With this protected header, which no writer of ours would write. */
static struct bytes
header(const struct row *r)
{
	static const uint8_t sig[64];
	struct cbor_out o = cbor_into(SPAN_OF(q.ev.room));
	struct bytes claims = claims_of(), in;

	cbor_put_tag(&o, TAG_SIGN1);
	cbor_put_array(&o, 4);
	cbor_put_bstr(&o, r->raw);
	cbor_put_map(&o, 1);
	cbor_put_uint(&o, 4);
	cbor_put_bstr(&o, BYTES_OF(w.dev[0].evidence.kid));
	cbor_put_bstr(&o, claims);
	cbor_put_bstr(&o, BYTES_OF(sig));
	assert_int_equal(cbor_done(&o, &in), OK);
	return qr_with(&q, in);
}

static struct bytes
stranger(const struct row *r)
{
	(void)r;
	q.ev.by = &w.stranger.s;
	return qr_octets(&q);
}

/* Under the name of the endorsed key. */
static struct bytes
false_name(const struct row *r)
{
	static struct signer liar;

	(void)r;
	liar = w.stranger.s;
	memcpy(liar.kid, w.dev[0].evidence.kid, KID_LEN);
	q.ev.by = &liar;
	return qr_octets(&q);
}

static struct bytes
teep_key_signs(const struct row *r)
{
	(void)r;
	q.ev.by = &teep_of(0)->s;
	return qr_octets(&q);
}

static struct bytes
other_device_signs(const struct row *r)
{
	(void)r;
	q.ev.by = &w.dev[1].evidence.s;
	return qr_octets(&q);
}

static struct bytes
withdrawn_key(const struct row *r)
{
	(void)r;
	w.lib.n_endorsed = 0;
	return qr_octets(&q);
}

static struct bytes
cut(const struct row *r)
{
	struct bytes in = evidence_sign(&q.ev);

	(void)r;
	return qr_with(&q, (struct bytes){in.p, in.n - 1});
}

static struct bytes
octet_more(const struct row *r)
{
	struct bytes in = evidence_sign(&q.ev);

	(void)r;
	q.ev.room[in.n] = 0;
	return qr_with(&q, (struct bytes){in.p, in.n + 1});
}

static struct bytes
nothing_at_all(const struct row *r)
{
	(void)r;
	return qr_with(&q, BYTES_NONE);
}

/* The headers are those of a key of P-256. */
static const struct row signature[] = {
    HEALTHY,
    SILENT("last octet of the signature", signed_octet, ERR_SIGNATURE,
	"signature"),
    SILENT("one bit of a claim, after signing", claimed_octet, ERR_SIGNATURE,
	"signature"),
    SILENT("not signed: claims alone", unsigned_claims, ERR_UNSIGNED,
	"signed message"),
    SILENT("signed as COSE_Sign", two_layers, ERR_COSE_TYPE, "signed message"),
    SILENT("tagged as COSE_Mac0", tagged_mac0, ERR_COSE_TYPE, "signed message"),
    SILENT("no payload in it", detached, ERR_TRUNCATED, "claims"),
    SILENT("nothing inside the encryption", nothing_at_all, ERR_TRUNCATED,
	"signed message"),
    SILENT("an octet too few", cut, ERR_TRUNCATED, "signed message"),
    SILENT("an octet too many", octet_more, ERR_TRAILING, "signed message"),
    {"algorithm -7, which says no curve", header, ERR_COSE_ALG, "signature",
	NULL, false, 0, BYTES_LIT("\xa1\x01\x26")},
    {"algorithm of another kind of key", header, ERR_COSE_ALG, "signature",
	NULL, false, 0, BYTES_LIT("\xa1\x01\x32")},
    {"no algorithm", header, ERR_COSE_HEADER, "signed message", NULL, false, 0,
	BYTES_LIT("\xa0")},
    {"a critical header that nobody knows", header, ERR_COSE_CRIT,
	"signed message", NULL, false, 0,
	BYTES_LIT("\xa3\x01\x28\x02\x81\x19\x03\xe7\x19\x03\xe7\x00")},
    TOLD("no key id", no_kid, ERR_EVIDENCE_KEY, "evidence key",
	"evidence-key-not-endorsed"),
    TOLD("a key that nobody endorsed", stranger, ERR_EVIDENCE_KEY,
	"evidence key", "evidence-key-not-endorsed"),
    TOLD("a key whose endorsement was withdrawn", withdrawn_key,
	ERR_EVIDENCE_KEY, "evidence key", "evidence-key-not-endorsed"),
    SILENT("another key under the endorsed one's id", false_name, ERR_SIGNATURE,
	"signature"),
    TOLD("the TEEP key signs it", teep_key_signs, ERR_EVIDENCE_KEY,
	"evidence key", "evidence-key-not-endorsed"),
    TOLD("the endorsed key of another device", other_device_signs,
	ERR_EVIDENCE_CLAIM, "ueid", "claim-mismatch"),
};

/* ---- encryption and format -----------------------------------------------
 */

static struct bytes
in_the_clear(const struct row *r)
{
	(void)r;
	q.plain = true;
	return qr_octets(&q);
}

static struct bytes
for_another(const struct row *r)
{
	(void)r;
	q.to = &w.stranger;
	return qr_octets(&q);
}

static struct bytes
as_a_report(const struct row *r)
{
	(void)r;
	q.ctx = COSE_CTX_REPORT;
	return qr_octets(&q);
}

/* Flip what was encrypted under r->key as algorithm. */
static struct bytes
flipped(const struct row *r)
{
	static uint8_t room[32768];
	struct cose_encrypted c;
	struct bytes in;

	q.alg = (int32_t)r->key;
	(void)qr_octets(&q);
	in = q.m.attestation;
	assert_true(in.n <= sizeof(room));
	memcpy(room, in.p, in.n);
	in.p = room;
	assert_int_equal(cose_encrypted_read(in, &c, NULL), OK);
	room[(size_t)(c.ciphertext.p - room) + c.ciphertext.n - 20] ^= 1;
	q.m.attestation = in;
	return sign_message(q.by, &q.m);
}

static struct bytes
unendorsed_ctr(const struct row *r)
{
	q.alg = ALG_A128CTR;
	return stranger(r);
}

static struct bytes
format(const struct row *r)
{
	q.m.format = r->raw;
	return qr_octets(&q);
}

static struct bytes
format_in_the_clear(const struct row *r)
{
	q.plain = true;
	return format(r);
}

static struct bytes
no_format(const struct row *r)
{
	(void)r;
	q.m.has &= ~(uint32_t)TEEP_HAS_FORMAT;
	q.m.format = BYTES_NONE;
	return qr_octets(&q);
}

static struct bytes
no_evidence(const struct row *r)
{
	(void)r;
	q.m.has &= ~(uint32_t)(TEEP_HAS_ATTESTATION | TEEP_HAS_FORMAT);
	return sign_message(q.by, &q.m);
}

static struct bytes
oversize(const struct row *r)
{
	static uint8_t big[(1 << 20) + 1];

	(void)r;
	return BYTES_OF(big);
}

#define FORMAT "attestation-payload-format"
static const struct row encryption[] = {
    HEALTHY,
    {"in the clear", in_the_clear, ERR_COSE_TYPE, "Evidence encryption",
	"1 undecryptable", false, 0, {0}},
    SILENT("for another TAM's key", for_another, ERR_UNDECRYPTABLE,
	"encrypted message"),
    SILENT("in the context of a SUIT Report", as_a_report, ERR_UNDECRYPTABLE,
	"encrypted message"),
    {"one bit of it, A128GCM", flipped, ERR_UNDECRYPTABLE, "encrypted message",
	NULL, false, ALG_A128GCM, {0}},
    {"one bit of it, ChaCha20/Poly1305", flipped, ERR_UNDECRYPTABLE,
	"encrypted message", NULL, false, ALG_CHACHA20_POLY1305, {0}},
    {"one bit of it, A128CTR", flipped, ERR_SIGNATURE, "signature", NULL, false,
	ALG_A128CTR, {0}},
    SILENT("a key that nobody endorsed, A128CTR", unendorsed_ctr,
	ERR_EVIDENCE_KEY, "evidence key"),
    {"another format", format, ERR_NOT_ATTESTED, FORMAT, NULL, false, 0,
	BYTES_LIT("application/cmw+cbor")},
    {"a format without profile", format, ERR_NOT_ATTESTED, FORMAT, NULL, false,
	0, BYTES_LIT("application/eat+cwt")},
    {"a format with an unknown profile", format, ERR_NOT_ATTESTED, FORMAT, NULL,
	false, 0, BYTES_LIT("application/eat+cwt; eat_profile=\"urn:x\"")},
    {"the same in the clear", format_in_the_clear, ERR_NOT_ATTESTED, FORMAT,
	"7 attestation-required", false, 0,
	BYTES_LIT("application/eat+cwt; eat_profile=\"urn:x\"")},
    SILENT("no format: an Attestation Result", no_format, ERR_NOT_ATTESTED,
	FORMAT),
    SILENT("no Evidence", no_evidence, ERR_UNSOLICITED, "attestation-payload"),
    SILENT(
	"a message of 1 MiB and an octet", oversize, ERR_TOO_LONG, "message"),
};

static const struct section on_signature = {"Evidence: signature and key",
    "COSE_Sign1 by a key that a CoRIM endorses.  Before the signature holds, "
    "nobody hears a reason.",
    AT_THE_TAM(signature)};
static const struct section on_encryption = {"Evidence: format and encryption",
    "What carries it, in the QueryResponse.", AT_THE_TAM(encryption)};

static const struct section *const sections[] = {&on_signature, &on_encryption};
const struct file file_signed = {
    sections, ARRAY_LEN(sections), world_make, world_end};
