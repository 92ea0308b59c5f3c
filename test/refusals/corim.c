/*
 * corim: a CoRIM that is not let in. [docs/evidence.md 5; security 20]
 */
#include "corim.h"

/* ---- let in or not ------------------------------------------------------- */

static enum err
count_said(void *ctx, const struct policy_corim *row)
{
	*(size_t *)ctx += 1 + row->keys + row->statements;
	return OK;
}

/* CoRIMs and all that they say. */
static size_t
records(void)
{
	size_t n = 0;

	assert_int_equal(
	    policy_corim_list(b.p, NULL, 1000, count_said, &n), OK);
	return n;
}

/* What tamctl corim add does. */
static void
store_sees(const struct row *r, struct seen *out)
{
	struct bytes in = r->make(r);
	struct policy_corim row = {0};
	struct why why = {0};
	size_t before = records();

	out->e = policy_corim_add(b.p, b.c, NULL, in, NOW, &row, &why);
	if (out->e != OK && why.what != NULL)
		(void)snprintf(out->what, sizeof(out->what), "%s", why.what);
	if (out->e != OK)
		assert_int_equal(records(), before);
	else
		assert_int_equal(policy_corim_remove(b.p, row.id), OK);
}

/* As policy and state were before a row. */
static void
fresh_store_sees(const struct row *r, struct seen *out)
{
	assert_int_equal(bench_close(NULL), 0);
	assert_int_equal(begins(NULL), 0);
	store_sees(r, out);
}

/* ---- signed octets ------------------------------------------------------- */

// clang-format off
#define META "\x08\x47\xa1\x00\xa1\x00\x62" "Hi"
#define TYPE "\x03\x74" "application/rim+cbor"
#define HEAD "\xd9\x01\xf5"
#define SHA     "\x58\x20" "0123456789abcdef0123456789abcdef"
#define ID      "\x01\xa1\x00\x61t"
#define CLASS   "\x00\xa2\x00\xd9\x02\x30\x41m\x01\x61" "5"
#define OTHERS  "\x00\xa2\x00\xd9\x02\x30\x41m\x01\x61" "6"
#define ENV     "\xa1" CLASS
#define DEVICE  "\xa2" CLASS "\x01\xd9\x02\x26\x47" "1234567"
#define MM      "\xa2\x00\x61k\x01\xa1"
#define VERSION MM "\x00\xa1\x00\x61v"
#define REF(env, mm) "\xa2" ID "\x04\xa1\x00\x81\x82" env "\x81" mm
#define END(env, mm) "\xa2" ID "\x04\xa1\x01\x81\x82" env "\x81" mm
#define KEY(env, k)  "\xa2" ID "\x04\xa1\x03\x81\x82" env "\x81" k
#define GOOD    REF(ENV, VERSION)
// clang-format on

static struct bytes
signed_with(const struct signer *by, struct bytes prot, struct bytes body)
{
	struct cbor_out o = cbor_into(SPAN_OF(envelope_room));
	struct bytes out;

	assert_int_equal(
	    cose_sign1_write_prot(&o, by, prot, body, WRITE_TAGGED), OK);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

#define HEADER BYTES_LIT("\xa3\x01\x28" TYPE META)

/* A CoRIM with these pairs beside id and the good tag. */
static struct bytes
map_of(struct bytes comid, struct bytes pairs, size_t n)
{
	static uint8_t room[4096];
	struct cbor_out o = cbor_into(SPAN_OF(room));
	struct bytes out;

	cbor_put_tag(&o, TAG_CORIM);
	cbor_put_map(&o, 2 + n);
	cbor_put_uint(&o, 0);
	cbor_put_text(&o, "i");
	cbor_put_uint(&o, 1);
	cbor_put_array(&o, 1);
	cbor_put_tag(&o, TAG_COMID);
	cbor_put_bstr(&o, comid);
	if (n > 0)
		cbor_put_raw(&o, pairs);
	assert_int_equal(cbor_done(&o, &out), OK);
	return out;
}

static struct bytes
good(const struct row *r)
{
	(void)r;
	return signed_with(
	    &b.maker.s, HEADER, map_of(BYTES_LIT(GOOD), BYTES_NONE, 0));
}

static struct bytes
header(const struct row *r)
{
	return signed_with(
	    &b.maker.s, r->raw, map_of(BYTES_LIT(GOOD), BYTES_NONE, 0));
}

static struct bytes
not_signed(const struct row *r)
{
	(void)r;
	return map_of(BYTES_LIT(GOOD), BYTES_NONE, 0);
}

static struct bytes
changed(const struct row *r)
{
	struct bytes in = good(r);

	envelope_room[in.n - (size_t)r->key] ^= 1;
	return in;
}

static struct bytes
by_stranger(const struct row *r)
{
	static struct signer s;

	(void)r;
	s = b.author.s;
	return signed_with(&s, HEADER, map_of(BYTES_LIT(GOOD), BYTES_NONE, 0));
}

static struct bytes
oversize(const struct row *r)
{
	static uint8_t big[CORIM_MAX + 1];

	(void)r;
	return BYTES_OF(big);
}

static struct bytes
body(const struct row *r)
{
	return signed_with(&b.maker.s, HEADER, r->raw);
}

/* One more pair. */
static struct bytes
pair(const struct row *r)
{
	return signed_with(
	    &b.maker.s, HEADER, map_of(BYTES_LIT(GOOD), r->raw, 1));
}

static struct bytes
comid(const struct row *r)
{
	return signed_with(&b.maker.s, HEADER, map_of(r->raw, BYTES_NONE, 0));
}

/* By the one who may only say reference values, in its own header. */
static struct bytes
comid_of_other(const struct row *r)
{
	return signed_with(&b.other.s, BYTES_LIT("\xa3\x01\x32" TYPE META),
	    map_of(r->raw, BYTES_NONE, 0));
}

/* From and until so many seconds from now. */
static struct bytes
valid_from(const struct row *r)
{
	struct corim_entry e = version();

	return written(&b.maker, "i", (uint64_t)((int64_t)NOW + r->key),
	    NOW + 1000, &e, 1);
}

static struct bytes
valid_until(const struct row *r)
{
	struct corim_entry e = version();

	return written(&b.maker, "i", NOW - 1000,
	    (uint64_t)((int64_t)NOW + r->key), &e, 1);
}

static struct bytes
key_of_another(const struct row *r)
{
	struct corim_entry e = endorsement(&b.evidence[0], 7);

	(void)r;
	let_in(written(&b.maker, "one", NOW, NOW + 10, &e, 1));
	e = endorsement(&b.evidence[0], 8);
	return written(&b.maker, "two", NOW, NOW + 10, &e, 1);
}

static struct bytes
key_by_other(const struct row *r)
{
	struct corim_entry e = endorsement(&b.evidence[0], 7);

	(void)r;
	return written(&b.other, "one", NOW, NOW + 10, &e, 1);
}

static struct bytes
id_of_another(const struct row *r)
{
	struct corim_entry e = version();

	(void)r;
	let_in(written(&b.maker, "one", NOW, NOW + 10, &e, 1));
	return written(&b.other, "one", NOW, NOW + 10, &e, 1);
}

static struct bytes
signer_gone(const struct row *r)
{
	assert_int_equal(policy_anchor_remove(b.p, "maker"), OK);
	return good(r);
}

/* ---- rows ---------------------------------------------------------------- */

#define HEALTHY ROW("nothing", good, OK, NULL, 0)

static const struct row signature[] = {
    HEALTHY,
    ROW("last octet of the signature", changed, ERR_SIGNATURE, "signature", 1),
    ROW("one bit of what was signed", changed, ERR_SIGNATURE, "signature", 80),
    ROW("not signed", not_signed, ERR_UNSIGNED, "signed message", 0),
    ROW("a signer that is no anchor", by_stranger, ERR_UNKNOWN_KEY, "signature",
	0),
    ROW("a signer that is none any more", signer_gone, ERR_UNKNOWN_KEY,
	"signature", 0),
    ROW("more than 1 MiB", oversize, ERR_TOO_LONG, "CoRIM", 0),
    RAW("no content type", header, ERR_COSE_HEADER, "content type",
	"\xa2\x01\x28" META),
    RAW("another content type", header, ERR_COSE_HEADER, "content type",
	"\xa3\x01\x28\x03\x68text/foo" META),
    RAW("nobody is named as its signer", header, ERR_COSE_HEADER, "corim-meta",
	"\xa2\x01\x28" TYPE),
    RAW("two signers are named", header, ERR_COSE_HEADER, "iss",
	"\xa4\x01\x28" TYPE META "\x0f\xa1\x01\x62Ho"),
    RAW("only a hash is signed", header, ERR_UNEXPECTED, "hash envelope",
	"\xa4\x01\x28" TYPE META "\x19\x01\x02\x2f"),
    RAW("a certificate chain to no anchor", header, ERR_UNEXPECTED, "x5chain",
	"\xa4\x01\x28" TYPE META "\x18\x21\x41\x30"),
    RAW("the signature has expired", header, ERR_EXPIRED, "not-after",
	"\xa3\x01\x28" TYPE "\x0f\xa2\x01\x62Hi\x04\x18\x78"),
    ROW("valid from now", valid_from, OK, NULL, 0),
    ROW("valid in a second", valid_from, ERR_EXPIRED, "not-before", 1),
    ROW("valid until now", valid_until, OK, NULL, 0),
    ROW("valid until a second ago", valid_until, ERR_EXPIRED, "not-after", -1),
};

static const struct row whole[] = {
    HEALTHY,
    RAW("any profile: all are unknown", pair, ERR_UNEXPECTED, "profile",
	"\x03\xd8\x20\x61p"),
    RAW("an unknown member", pair, ERR_UNEXPECTED, "corim-map", "\x07\x00"),
    RAW("no id", body, ERR_MISSING, "corim-map",
	HEAD "\xa1\x01\x81\xd9\x01\xfa\x41\xa0"),
    RAW("no tags", body, ERR_MISSING, "corim-map", HEAD "\xa1\x00\x61i"),
    RAW("another tag around it", body, ERR_TYPE, "tag 501",
	"\xd9\x01\xf6\xa2\x00\x61i\x01\x81\xd9\x01\xfa\x41\xa0"),
    RAW("an octet after it", body, ERR_TRAILING, "corim-map",
	HEAD "\xa2\x00\x61i\x01\x81\xd9\x01\xfa\x41\xa0\x00"),
    RAW("nested too deep", pair, ERR_DEPTH, "corim-map",
	"\x05\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
	"\x80"),
    RAW("no tag identity", comid, ERR_MISSING, "tag",
	"\xa1\x04\xa1\x00\x81\x82" ENV "\x81" VERSION),
    RAW("a value in place of a key", comid, ERR_UNEXPECTED, "identity-triples",
	"\xa2" ID "\x04\xa1\x02\x81\x82" ENV "\x81" VERSION),
    RAW("nobody's vendor: it would speak of all", comid, ERR_SCOPE,
	"environment", REF("\xa1\x00\xa1\x00\xd9\x02\x30\x41m", VERSION)),
    RAW("digest of 3 octets", comid, ERR_RANGE, "reference-triples",
	REF(ENV, MM "\x02\x81\x82\x01\x43"
		    "abc")),
    RAW("two digests by one algorithm", comid, ERR_DUPLICATE,
	"reference-triples",
	REF(ENV, MM "\x02\x82\x82\x01" SHA "\x82\x01" SHA)),
    RAW("a key that is no point of the curve", comid, ERR_COSE_KEY,
	"attest-key",
	KEY(DEVICE, "\xd9\x02\x2e\xa4\x01\x02\x20\x01\x21" SHA "\x22" SHA)),
    RAW("another vendor than the signer's", comid, ERR_SCOPE, "environment",
	REF("\xa1" OTHERS, VERSION)),
    RAW("an endorsement by a signer of values", comid_of_other, ERR_SCOPE,
	"environment", END(ENV, MM "\x0b\x61n")),
    ROW("a key by a signer of values", key_by_other, ERR_SCOPE, "environment",
	0),
    ROW("a key that is endorsed as another device", key_of_another, ERR_EXISTS,
	"attest-key of another environment", 0),
    ROW("the id of another signer's", id_of_another, ERR_OWNER, "corim-id", 0),
};

static const struct section on_signature = {"CoRIM: who says so, and when",
    "What `tamctl corim add` answers.  It is taken as a whole or not at all.",
    NULL, NULL, signature, ARRAY_LEN(signature), fresh_store_sees};
static const struct section on_whole = {"CoRIM: what it says",
    "By a signer that may speak about devices of one vendor.", NULL, NULL,
    whole, ARRAY_LEN(whole), fresh_store_sees};
static const struct section *const sections[] = {&on_signature, &on_whole};
const struct file file_corim = {
    sections, ARRAY_LEN(sections), begins, bench_close};
