/*
 * path: from a certificate to an anchor, for a Verifier.      [RFC 5280 6]
 *
 * Makers of hardware write certificates in their own way (without key
 * identifiers, with serial number 0), so that only what is asked for is held
 * to the form.  Names, dates, signatures and constraints always are.
 */
#include "openssl_int.h"
#include "verifier_openssl_int.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

/* ---- certificates ------------------------------------------------------ */

static enum err
certs_add(struct certs *c, X509 *cert)
{
	if (cert == NULL)
		return ERR_CERTIFICATE;
	if (c->n == PATH_CERTS_MAX) {
		X509_free(cert);
		return ERR_LIMIT;
	}
	c->cert[c->n++] = cert;
	return OK;
}

/* Never ask a terminal: there is nothing here that has a passphrase. */
static int
no_passphrase(char *room, int n, int writing, void *ctx)
{
	(void)room;
	(void)n;
	(void)writing;
	(void)ctx;
	return -1;
}

static enum err
add_pem(struct certs *c, struct bytes pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	enum err e = bio == NULL ? ERR_MEMORY : OK;
	X509 *cert = NULL;
	size_t before = c->n;

	while (e == OK && (cert = PEM_read_bio_X509(
			       bio, NULL, no_passphrase, NULL)) != NULL)
		e = certs_add(c, cert);
	/* It ends where nothing begins any more; all else is a fault. */
	if (e == OK &&
	    (c->n == before ||
		ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
		e = ERR_CERTIFICATE;
	BIO_free(bio);
	ERR_clear_error();
	return e;
}

X509 *
cert_from_der(struct bytes der)
{
	const uint8_t *p = der.p;
	X509 *cert;

	if (der.n == 0 || der.n > CERT_MAX)
		return NULL;
	cert = d2i_X509(NULL, &p, (long)der.n);
	if (cert != NULL && p != der.p + der.n) {
		X509_free(cert);
		cert = NULL;
	}
	return cert;
}

bool
cert_may_sign(X509 *cert)
{
	uint32_t extended = X509_get_extended_key_usage(cert);

	if ((X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE) == 0)
		return false;
	return extended == UINT32_MAX ||
	       (extended & (XKU_CODE_SIGN | XKU_ANYEKU)) != 0;
}

enum err
certs_read(struct certs *c, const struct bytes *in, size_t n)
{
	enum err e = OK;

	c->n = 0;
	for (size_t i = 0; i < n && e == OK; i++) {
		if (in[i].n == 0 || in[i].n > CERT_MAX)
			e = ERR_CERTIFICATE;
		else if (bytes_prefix(in[i], BYTES_LIT("-----BEGIN ")))
			e = add_pem(c, in[i]);
		else
			e = certs_add(c, cert_from_der(in[i]));
	}
	if (e == OK && c->n == 0)
		e = ERR_CERTIFICATE;
	if (e != OK)
		certs_free(c);
	return e;
}

void
certs_free(struct certs *c)
{
	for (size_t i = 0; i < c->n; i++)
		X509_free(c->cert[i]);
	c->n = 0;
}

EVP_PKEY *
verifier_pem_key(struct bytes pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *key =
	    bio == NULL ? NULL
			: PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);

	BIO_free(bio);
	return key;
}

/* ---- the path ---------------------------------------------------------- */

static const struct {
	int error; /* X509_V_ERR_ */
	enum err e;
	const char *what;
} faults[] = {
    {X509_V_ERR_CERT_NOT_YET_VALID, ERR_EXPIRED, "certificate not yet valid"},
    {X509_V_ERR_CERT_HAS_EXPIRED, ERR_EXPIRED, "certificate expired"},
    {X509_V_ERR_CRL_NOT_YET_VALID, ERR_EXPIRED,
	"revocation list not yet valid"},
    {X509_V_ERR_CRL_HAS_EXPIRED, ERR_EXPIRED, "revocation list expired"},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, ERR_SIGNATURE, "certificate signature"},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, ERR_SIGNATURE,
	"revocation list signature"},
    {X509_V_ERR_CERT_REVOKED, ERR_CERTIFICATE, "certificate revoked"},
    {X509_V_ERR_UNABLE_TO_GET_CRL, ERR_CERTIFICATE,
	"revocation list of the issuer"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, ERR_CERTIFICATE,
	"certificate issuer"},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ERR_CERTIFICATE,
	"certificate issuer"},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_CERTIFICATE,
	"certificate issuer"},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, ERR_CERTIFICATE,
	"certificate issuer"},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, ERR_CERTIFICATE,
	"certificate issuer"},
    {X509_V_ERR_CERT_UNTRUSTED, ERR_CERTIFICATE, "certificate issuer"},
    {X509_V_ERR_INVALID_CA, ERR_KEY_PURPOSE, "certificate of no issuer"},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, ERR_KEY_PURPOSE,
	"certificate of no issuer"},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, ERR_KEY_PURPOSE,
	"certificate path length"},
    {X509_V_ERR_EE_KEY_TOO_SMALL, ERR_COSE_KEY, "certificate key"},
    {X509_V_ERR_CA_KEY_TOO_SMALL, ERR_COSE_KEY, "certificate key"},
    {X509_V_ERR_CA_MD_TOO_WEAK, ERR_COSE_ALG, "certificate signature"},
    {X509_V_ERR_OUT_OF_MEM, ERR_MEMORY, "certificate"},
};

static enum err
fault(int error, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (faults[i].error == error)
			return why_set(why, faults[i].e, faults[i].what);
	return why_set(why, ERR_CERTIFICATE, "certificate form");
}

/* Revocation lists, DER, into the store. */
static enum err
crls_add(X509_STORE *store, const struct verifier_path *p)
{
	for (size_t i = 0; i < p->n_crl; i++) {
		const uint8_t *at = p->crl[i].p;
		X509_CRL *crl;
		bool ok;

		if (p->crl[i].n == 0 || p->crl[i].n > CERT_MAX)
			return ERR_CERTIFICATE;
		crl = d2i_X509_CRL(NULL, &at, (long)p->crl[i].n);
		ok = crl != NULL && at == p->crl[i].p + p->crl[i].n &&
		     X509_STORE_add_crl(store, crl) == 1;
		X509_CRL_free(crl);
		if (!ok)
			return ERR_CERTIFICATE;
	}
	return OK;
}

/* The earliest end of what stands on the path; one that cannot be read ends
 * at once. */
static uint64_t
ends(X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	uint64_t until = UINT64_MAX;

	for (int i = 0; i < sk_X509_num(path); i++) {
		struct tm tm;
		time_t t = 0;

		if (ASN1_TIME_to_tm(
			X509_get0_notAfter(sk_X509_value(path, i)), &tm) == 1)
			t = timegm(&tm);
		if (t < 0)
			t = 0;
		if ((uint64_t)t < until)
			until = (uint64_t)t;
	}
	return until;
}

static enum err
find(const struct verifier_path *p, X509_STORE *store, const struct certs *c,
    STACK_OF(X509) * others, struct why *why)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	X509_VERIFY_PARAM *param;
	enum err e = ERR_MEMORY;

	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, store, c->cert[0], others) != 1)
		goto out;
	param = X509_STORE_CTX_get0_param(ctx);
	if (p->strict)
		flags |= X509_V_FLAG_X509_STRICT;
	if (p->n_crl > 0)
		flags |= X509_V_FLAG_CRL_CHECK;
	(void)X509_VERIFY_PARAM_set_flags(param, flags);
	/* nothing weaker than 112 bits, and no SHA-1 */
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	X509_VERIFY_PARAM_set_depth(param, PATH_CERTS_MAX);
	X509_VERIFY_PARAM_set_time(param, (time_t)p->now);
	e = OK;
	if (X509_verify_cert(ctx) != 1)
		e = fault(X509_STORE_CTX_get_error(ctx), why);
	else if (p->until != NULL)
		*p->until = ends(ctx);
out:
	X509_STORE_CTX_free(ctx);
	return e == ERR_MEMORY ? why_set(why, e, "certificate") : e;
}

/* Anchors and lists are the store's; all but the first certificate may stand
 * between. */
static enum err
lead(const struct verifier_path *p, const struct certs *c,
    const struct certs *anchors, struct why *why)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *others = sk_X509_new_null();
	enum err e = store == NULL || others == NULL ? ERR_MEMORY : OK;

	for (size_t i = 0; i < anchors->n && e == OK; i++)
		if (X509_STORE_add_cert(store, anchors->cert[i]) != 1)
			e = ERR_MEMORY;
	for (size_t i = 1; i < c->n && e == OK; i++)
		if (sk_X509_push(others, c->cert[i]) == 0)
			e = ERR_MEMORY;
	if (e == OK)
		e = crls_add(store, p);
	if (e != OK)
		(void)why_set(why, e, "certificate");
	else
		e = find(p, store, c, others, why);
	sk_X509_free(others);
	X509_STORE_free(store);
	return e;
}

/* ---- what the first one says ------------------------------------------- */

static enum err
extension(const X509 *cert, struct verifier_extension *ext)
{
	ASN1_OBJECT *oid = OBJ_txt2obj(ext->oid, 1);
	int at = oid == NULL ? -1 : X509_get_ext_by_OBJ(cert, oid, -1);
	int again = at < 0 ? -1 : X509_get_ext_by_OBJ(cert, oid, at);
	const ASN1_OCTET_STRING *value;

	ASN1_OBJECT_free(oid);
	if (oid == NULL)
		return ERR_BUG;
	if (at < 0)
		return OK;
	if (again >= 0)
		return ERR_DUPLICATE;
	value = X509_EXTENSION_get_data(X509_get_ext(cert, at));
	if ((size_t)ASN1_STRING_length(value) > ext->room.n)
		return ERR_ROOM;
	ext->n = (size_t)ASN1_STRING_length(value);
	if (ext->n > 0)
		memcpy(ext->room.p, ASN1_STRING_get0_data(value), ext->n);
	ext->there = true;
	return OK;
}

static enum err
first(const struct verifier_path *p, X509 *cert, struct verifier_public *out,
    struct verifier_extension *ext, size_t n, struct why *why)
{
	if (p->signs && !cert_may_sign(cert))
		return why_set(why, ERR_KEY_PURPOSE, "certificate usage");
	if (verifier_public_of(X509_get0_pubkey(cert), out) != OK)
		return why_set(why, ERR_COSE_KEY, "certificate key");
	for (size_t i = 0; i < n; i++) {
		enum err e = extension(cert, &ext[i]);

		if (e != OK)
			return why_set(why, e, "certificate extension");
	}
	return OK;
}

enum err
verifier_path_find(const struct verifier_path *p, struct verifier_public *out,
    struct verifier_extension *ext, size_t n, struct why *why)
{
	struct certs anchors = {.n = 0}, c = {.n = 0};
	enum err e;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		ext[i].n = 0;
		ext[i].there = false;
	}
	begin();
	if (p->n_anchor == 0)
		return why_set(why, ERR_CERTIFICATE, "certificate issuer");
	e = certs_read(&c, p->cert, p->n_cert);
	if (e == OK)
		e = certs_read(&anchors, p->anchor, p->n_anchor);
	if (e != OK)
		(void)why_set(why, e, "certificate form");
	else
		e = lead(p, &c, &anchors, why);
	if (e == OK)
		e = first(p, c.cert[0], out, ext, n, why);
	certs_free(&c);
	certs_free(&anchors);
	if (e == OK)
		return OK;
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		ext[i].n = 0;
		ext[i].there = false;
	}
	e = fail(e);
	if (why != NULL)
		why->err = e;
	return e;
}
