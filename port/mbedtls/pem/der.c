/*
 * der: P-256 keys in PKCS#8, SEC 1, SPKI and certificates.
 *                                   [RFC 5958, RFC 5915, RFC 5480, RFC 5280]
 */
#include "pem_int.h"

#include <mbedtls/asn1.h>
#include <string.h>

#define SEQ (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define CONTEXT(n) \
	(MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | (n))

/* What is left to read.  The library's reader moves a pointer of its own
 * type and never writes through it. */
struct der {
	unsigned char *p;
	const unsigned char *end;
};

static struct der
der_open(struct bytes b)
{
	return (struct der){(unsigned char *)(uintptr_t)b.p, b.p + b.n};
}

static bool
at_end(const struct der *r)
{
	return r->p == r->end;
}

/* Enter the next item, which must have this tag. */
static bool
item(struct der *r, int tag, struct der *in)
{
	size_t n = 0;

	if (mbedtls_asn1_get_tag(&r->p, r->end, &n, tag) != 0)
		return false;
	*in = (struct der){r->p, r->p + n};
	r->p += n;
	return true;
}

static bool
content(struct der *r, int tag, struct bytes *out)
{
	struct der in;

	if (!item(r, tag, &in))
		return false;
	*out = (struct bytes){in.p, (size_t)(in.end - in.p)};
	return true;
}

/* The next item if it has this tag; nothing otherwise. */
static bool
maybe(struct der *r, int tag, struct der *in)
{
	return !at_end(r) && *r->p == tag && item(r, tag, in);
}

static bool
number(struct der *r, int want)
{
	int v = -1;

	return mbedtls_asn1_get_int(&r->p, r->end, &v) == 0 && v == want;
}

#define OID_EC      BYTES_LIT("\x2a\x86\x48\xce\x3d\x02\x01")
#define OID_P256    BYTES_LIT("\x2a\x86\x48\xce\x3d\x03\x01\x07")
#define OID_ED25519 BYTES_LIT("\x2b\x65\x70")

/* AlgorithmIdentifier: an EC key on P-256, or which refusal. */
static enum err
algorithm(struct der *r)
{
	struct bytes oid, curve;
	struct der in;

	if (!item(r, SEQ, &in) || !content(&in, MBEDTLS_ASN1_OID, &oid))
		return ERR_SYNTAX;
	if (bytes_same(oid, OID_ED25519))
		return ERR_COSE_ALG;
	if (!bytes_same(oid, OID_EC))
		return ERR_COSE_KEY;
	/* Parameters written out are not taken: only curves with a name. */
	if (!content(&in, MBEDTLS_ASN1_OID, &curve) || !at_end(&in) ||
	    !bytes_same(curve, OID_P256))
		return ERR_COSE_KEY;
	return OK;
}

/* BIT STRING { 04 || x || y } */
static enum err
point(struct der *r, struct cose_key *pub)
{
	struct bytes b;

	if (!content(r, MBEDTLS_ASN1_BIT_STRING, &b) || b.n < 2 || b.p[0] != 0)
		return ERR_SYNTAX;
	if (b.n != 66 || b.p[1] != 4)
		return ERR_COSE_KEY;
	pub->kty = KTY_EC2;
	pub->crv = CRV_P256;
	memcpy(pub->x, b.p + 2, 32);
	memcpy(pub->y, b.p + 34, 32);
	return OK;
}

enum err
der_sec1(struct bytes in, uint8_t d[MBED_SCALAR_LEN], struct cose_key *pub)
{
	struct der all = der_open(in), key, part;
	struct bytes scalar, curve;

	memset(pub, 0, sizeof(*pub));
	if (!item(&all, SEQ, &key) || !at_end(&all) || !number(&key, 1) ||
	    !content(&key, MBEDTLS_ASN1_OCTET_STRING, &scalar))
		return ERR_SYNTAX;
	if (maybe(&key, CONTEXT(0), &part) &&
	    (!content(&part, MBEDTLS_ASN1_OID, &curve) ||
		!bytes_same(curve, OID_P256)))
		return ERR_COSE_KEY;
	if (scalar.n != MBED_SCALAR_LEN)
		return ERR_COSE_KEY;
	if (maybe(&key, CONTEXT(1), &part))
		TRY(point(&part, pub));
	if (!at_end(&key))
		return ERR_SYNTAX;
	memcpy(d, scalar.p, MBED_SCALAR_LEN);
	return OK;
}

enum err
der_pkcs8(struct bytes in, uint8_t d[MBED_SCALAR_LEN], struct cose_key *pub)
{
	struct der all = der_open(in), info;
	struct bytes key;

	memset(pub, 0, sizeof(*pub));
	/* What may follow the key, attributes, is of no use here. */
	if (!item(&all, SEQ, &info) || !at_end(&all) || !number(&info, 0))
		return ERR_SYNTAX;
	TRY(algorithm(&info));
	if (!content(&info, MBEDTLS_ASN1_OCTET_STRING, &key))
		return ERR_SYNTAX;
	return der_sec1(key, d, pub);
}

static enum err
spki(struct der *r, struct cose_key *pub)
{
	struct der in;

	if (!item(r, SEQ, &in))
		return ERR_SYNTAX;
	TRY(algorithm(&in));
	TRY(point(&in, pub));
	return at_end(&in) ? OK : ERR_SYNTAX;
}

enum err
der_spki(struct bytes in, struct cose_key *pub)
{
	struct der all = der_open(in);

	memset(pub, 0, sizeof(*pub));
	TRY(spki(&all, pub));
	return at_end(&all) ? OK : ERR_SYNTAX;
}

enum err
der_certificate(struct bytes in, struct cose_key *pub)
{
	struct der all = der_open(in), cert, tbs, skipped;

	memset(pub, 0, sizeof(*pub));
	if (!item(&all, SEQ, &cert) || !at_end(&all) || !item(&cert, SEQ, &tbs))
		return ERR_SYNTAX;
	/* version, serial number, signature, issuer, validity, subject */
	(void)maybe(&tbs, CONTEXT(0), &skipped);
	if (!item(&tbs, MBEDTLS_ASN1_INTEGER, &skipped) ||
	    !item(&tbs, SEQ, &skipped) || !item(&tbs, SEQ, &skipped) ||
	    !item(&tbs, SEQ, &skipped) || !item(&tbs, SEQ, &skipped))
		return ERR_SYNTAX;
	return spki(&tbs, pub);
}
