/*
 * hardware: a maker of hardware of the test's own: keys on the curves that
 * hardware signs with, and certificates with extensions.
 */
#ifndef HARDWARE_H
#define HARDWARE_H

#include "rats_support.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

/* A key, and the certificate that somebody wrote for it. */
struct made {
	EVP_PKEY *key;
	X509 *cert;
	uint8_t der[2048];
	size_t n;
};

/* What a certificate says besides. */
struct says {
	const char *oid;
	struct bytes value;
};

struct wanted {
	const char *name;
	const struct made *by; /* NULL: itself */
	int64_t from, to;      /* seconds since 1970 */
	bool issues;           /* others */
	const char *usage;     /* or NULL */
	const struct says *says;
	size_t n_says;
};

static inline EVP_PKEY *
made_key(const char *curve)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);

	assert_non_null(key);
	return key;
}

static inline void
made_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

static inline void
made_saying(X509 *cert, const struct says *s)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(s->oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	assert_int_equal(
	    ASN1_OCTET_STRING_set(value, s->value.p, (int)s->value.n), 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
}

/* Its key is m->key if it has one, or a new one on the curve. */
static inline void
made_cert(struct made *m, const char *curve, const struct wanted *w)
{
	const struct made *by = w->by == NULL ? m : w->by;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	uint8_t *p = m->der;
	int n;

	if (m->key == NULL)
		m->key = made_key(curve);
	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(cert), 7), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			     (const unsigned char *)w->name, -1, -1, 0),
	    1);
	assert_int_equal(
	    X509_set_issuer_name(
		cert, w->by == NULL ? name : X509_get_subject_name(by->cert)),
	    1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(cert), w->from));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(cert), w->to));
	assert_int_equal(X509_set_pubkey(cert, m->key), 1);
	if (w->issues)
		made_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	if (w->usage != NULL)
		made_extension(cert, NID_key_usage, w->usage);
	for (size_t i = 0; i < w->n_says; i++)
		made_saying(cert, &w->says[i]);
	assert_true(X509_sign(cert, by->key, EVP_sha384()) > 0);
	n = i2d_X509(cert, NULL);
	assert_in_range(n, 1, (int)sizeof(m->der));
	m->n = (size_t)i2d_X509(cert, &p);
	X509_free(m->cert);
	m->cert = cert;
}

static inline struct bytes
made_der(const struct made *m)
{
	return (struct bytes){m->der, m->n};
}

static inline void
made_free(struct made *m)
{
	EVP_PKEY_free(m->key);
	X509_free(m->cert);
	memset(m, 0, sizeof(*m));
}

/* r || s over the digest of the octets; SHA-384 for half of 48. */
static inline void
made_sign(EVP_PKEY *key, struct bytes in, size_t half, uint8_t *raw)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	const uint8_t *p = der;
	size_t n = sizeof(der);
	ECDSA_SIG *sig;

	assert_int_equal(
	    EVP_DigestSignInit(
		ctx, NULL, half == 48 ? EVP_sha384() : EVP_sha256(), NULL, key),
	    1);
	assert_int_equal(EVP_DigestSign(ctx, der, &n, in.p, in.n), 1);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	assert_non_null(sig);
	assert_int_equal(
	    BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)half), half);
	assert_int_equal(
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, (int)half), half);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

/* x || y of its public half. */
static inline void
made_point(EVP_PKEY *key, uint8_t *xy, size_t half)
{
	uint8_t *raw = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(key, &raw);

	assert_int_equal(n, 1 + 2 * half);
	memcpy(xy, raw + 1, 2 * half);
	OPENSSL_free(raw);
}

/* test/vectors/NAME, whole. */
static inline struct bytes
published(const char *name, uint8_t *room, size_t n)
{
	char path[512];
	size_t got;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", VECTORS, name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s is not there", path);
	got = fread(room, 1, n, f);
	(void)fclose(f);
	assert_true(got > 0 && got < n);
	return (struct bytes){room, got};
}

#endif
