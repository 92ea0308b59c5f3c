/*
 * corim_certified: a CoRIM by a signer whose certificate leads to no anchor.
 *                                     [docs/decisions/42-corim-certificates]
 */
#include "corim.h"
#include "hardware.h"

#include <crypto_openssl.h>
#include <openssl/pem.h>

static struct made issuer, other, signer;

#define DAY 86400

/* One more extension, which looks at both certificates. */
static void
relate(X509 *issuer_cert, X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer_cert, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* With all that RFC 5280 wants in it, and signed again. */
static void
certify(struct made *m, const struct wanted *w)
{
	const struct made *by = w->by == NULL ? m : w->by;
	uint8_t *p = m->der;
	int n;

	made_cert(m, "P-256", w);
	relate(by->cert, m->cert, NID_subject_key_identifier, "hash");
	relate(by->cert, m->cert, NID_authority_key_identifier, "keyid");
	assert_true(X509_sign(m->cert, by->key, EVP_sha256()) > 0);
	n = i2d_X509(m->cert, NULL);
	assert_in_range(n, 1, (int)sizeof(m->der));
	m->n = (size_t)i2d_X509(m->cert, &p);
}

static int
certified_begins(void **state)
{
	struct policy_anchor a = {.n_scopes = 1, .added = NOW};
	struct why why = {0};
	int e = begins(state);

	certify(&issuer, &(struct wanted){.name = "maker",
			     .from = NOW - DAY,
			     .to = NOW + DAY,
			     .issues = true,
			     .usage = "critical,keyCertSign,cRLSign"});
	certify(&other, &(struct wanted){.name = "maker",
			    .from = NOW - DAY,
			    .to = NOW + DAY,
			    .issues = true,
			    .usage = "critical,keyCertSign,cRLSign"});
	(void)snprintf(a.name, sizeof(a.name), "issuer");
	a.scope[0].kinds = CORIM_REFERENCE;
	if (policy_anchor_add_certificate(b.p, b.c, verifier_openssl(), &a,
		made_der(&issuer), &why) != OK)
		fail_msg("%s in %s", err_name(why.err), why.what);
	return e;
}

static int
certified_ends(void **state)
{
	made_free(&issuer);
	made_free(&other);
	made_free(&signer);
	return bench_close(state);
}

static void
certified_sees(const struct row *r, struct seen *out)
{
	struct bytes in;
	struct policy_corim row = {0};
	struct why why = {0};

	made_free(&signer);
	in = r->make(r);
	out->e =
	    policy_corim_add(b.p, b.c, verifier_openssl(), in, NOW, &row, &why);
	if (out->e != OK && why.what != NULL)
		(void)snprintf(out->what, sizeof(out->what), "%s", why.what);
	if (out->e == OK)
		assert_int_equal(policy_corim_remove(b.p, row.id), OK);
}

/* ---- what is wrong ------------------------------------------------------- */

/* By the key of m, with the certificate of shown. */
static struct bytes
signed_by(const struct made *m, const struct made *shown)
{
	static uint8_t plain[2048], chain[2100];
	struct cbor_out w = cbor_into(SPAN_OF(plain));
	struct corim_entry e = version();
	BIO *bio = BIO_new(BIO_s_mem());
	struct bytes corim, x5chain, out;
	struct signer s;
	char *pem;
	long n;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
			     bio, m->key, NULL, NULL, 0, NULL, NULL),
	    1);
	n = BIO_get_mem_data(bio, &pem);
	assert_int_equal(
	    openssl_signer_load(
		(struct bytes){(const uint8_t *)pem, (size_t)n}, &s),
	    OK);
	BIO_free(bio);
	assert_int_equal(
	    corim_author(&w, "i", "tag", NOW - 5, NOW + 5, &e, 1), OK);
	assert_int_equal(cbor_done(&w, &corim), OK);
	w = cbor_into(SPAN_OF(chain));
	cbor_put_bstr(&w, made_der(shown));
	assert_int_equal(cbor_done(&w, &x5chain), OK);
	w = cbor_into(SPAN_OF(envelope_room));
	assert_int_equal(
	    corim_author_sign_certified(&w, &s, "maker", x5chain, corim), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	openssl_signer_free(&s);
	return out;
}

static struct bytes
by(const struct made *issued, int64_t from, int64_t to, const char *usage)
{
	certify(&signer, &(struct wanted){.name = "signer",
			     .by = issued,
			     .from = NOW + from,
			     .to = NOW + to,
			     .usage = usage});
	return signed_by(&signer, &signer);
}

#define SIGNS "critical,digitalSignature"

static struct bytes
good(const struct row *r)
{
	(void)r;
	return by(&issuer, -DAY, DAY, SIGNS);
}

static struct bytes
from(const struct row *r)
{
	return by(&issuer, r->key, DAY, SIGNS);
}

static struct bytes
until(const struct row *r)
{
	return by(&issuer, -DAY, r->key, SIGNS);
}

static struct bytes
by_other(const struct row *r)
{
	(void)r;
	return by(&other, -DAY, DAY, SIGNS);
}

static struct bytes
by_itself(const struct row *r)
{
	(void)r;
	return by(NULL, -DAY, DAY, SIGNS);
}

static struct bytes
not_to_sign(const struct row *r)
{
	(void)r;
	return by(&issuer, -DAY, DAY, "critical,keyAgreement");
}

/* A good certificate, but of another key. */
static struct bytes
of_another(const struct row *r)
{
	(void)good(r);
	return signed_by(&other, &signer);
}

static struct bytes
changed(const struct row *r)
{
	struct bytes in = good(r);

	envelope_room[in.n - 1] ^= 1;
	return in;
}

static struct bytes
revoked(const struct row *r)
{
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *one = X509_REVOKED_new();
	ASN1_TIME *t = ASN1_TIME_set(NULL, NOW - 10);
	struct bytes in = good(r);
	uint8_t der[1024], *p = der;
	struct why why = {0};
	size_t dropped;
	int n;

	assert_int_equal(X509_CRL_set_version(crl, X509_CRL_VERSION_2), 1);
	assert_int_equal(
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer.cert)),
	    1);
	assert_int_equal(X509_CRL_set1_lastUpdate(crl, t), 1);
	assert_int_equal(X509_REVOKED_set_revocationDate(one, t), 1);
	assert_int_equal(X509_REVOKED_set_serialNumber(
			     one, X509_get_serialNumber(signer.cert)),
	    1);
	assert_int_equal(X509_CRL_add0_revoked(crl, one), 1);
	assert_non_null(ASN1_TIME_set(t, NOW + DAY));
	assert_int_equal(X509_CRL_set1_nextUpdate(crl, t), 1);
	assert_true(X509_CRL_sign(crl, issuer.key, EVP_sha256()) > 0);
	n = i2d_X509_CRL(crl, NULL);
	assert_in_range(n, 1, (int)sizeof(der));
	(void)i2d_X509_CRL(crl, &p);
	X509_CRL_free(crl);
	ASN1_TIME_free(t);
	if (policy_anchor_crl(b.p, b.c, verifier_openssl(), "issuer",
		(struct bytes){der, (size_t)n}, NOW, &dropped, &why) != OK)
		fail_msg("%s in %s", err_name(why.err), why.what);
	return in;
}

/* The last one revokes. */
static const struct row certified[] = {
    ROW("nothing", good, OK, NULL, 0),
    ROW("its certificate begins in a minute", from, ERR_EXPIRED,
	"certificate not yet valid", 60),
    ROW("its certificate has ended a minute ago", until, ERR_EXPIRED,
	"certificate expired", -60),
    ROW("its certificate ends in a minute", until, OK, NULL, 60),
    ROW("its issuer only has the name of the anchor", by_other, ERR_CERTIFICATE,
	"certificate issuer", 0),
    ROW("it has issued its certificate itself", by_itself, ERR_CERTIFICATE,
	"certificate issuer", 0),
    ROW("its certificate is not for signatures", not_to_sign, ERR_KEY_PURPOSE,
	"certificate usage", 0),
    ROW("its certificate is of another key", of_another, ERR_SIGNATURE,
	"signature", 0),
    ROW("last octet of the signature", changed, ERR_SIGNATURE, "signature", 0),
    ROW("its issuer has revoked its certificate", revoked, ERR_CERTIFICATE,
	"certificate revoked", 0),
};

static const struct section on_certified = {"CoRIM: signers with certificates",
    "The anchor is a certificate, of who issues those of signers.", NULL, NULL,
    certified, ARRAY_LEN(certified), certified_sees};
static const struct section *const sections[] = {&on_certified};
const struct file file_certified = {
    sections, ARRAY_LEN(sections), certified_begins, certified_ends};
