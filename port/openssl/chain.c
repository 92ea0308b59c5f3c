/*
 * chain: does a chain of certificates lead to an anchor, and what is the key
 * of its first?                                        [RFC 5280, RFC 9360]
 */
#include "openssl_int.h"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct openssl_anchors {
	X509_STORE *store;
};

enum err
openssl_anchors_add(struct openssl_anchors **a, struct bytes pem)
{
	X509 *cert = NULL;
	BIO *bio = NULL;
	size_t n = 0;
	enum err e = ERR_MEMORY;

	if (pem.n == 0 || pem.n > 65536)
		return ERR_SYNTAX;
	if (!lib_ready())
		return ERR_CRYPTO;
	begin();
	if (*a == NULL) {
		*a = calloc(1, sizeof(**a));
		if (*a == NULL)
			return ERR_MEMORY;
	}
	if ((*a)->store == NULL)
		(*a)->store = X509_STORE_new();
	bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	if ((*a)->store == NULL || bio == NULL)
		goto out;
	e = OK;
	while (e == OK &&
	       (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		if (X509_STORE_add_cert((*a)->store, cert) != 1)
			e = ERR_MEMORY;
		X509_free(cert);
		n++;
	}
	if (e == OK && n == 0)
		e = ERR_SYNTAX;
out:
	BIO_free(bio);
	(void)fail(OK); /* the end of a PEM is an error in the queue */
	return e;
}

void
openssl_anchors_free(struct openssl_anchors *a)
{
	if (a != NULL)
		X509_STORE_free(a->store);
	free(a);
}

static enum err
verify(const struct openssl_anchors *a, X509 *leaf, STACK_OF(X509) * others,
    int64_t now, const char **said)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	enum err e = ERR_MEMORY;

	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, a->store, leaf, others) != 1)
		goto out;
	param = X509_STORE_CTX_get0_param(ctx);
	/* an anchor is one, whether it signed itself or not; nothing weaker
	 * than 112 bits, and no SHA-1 */
	(void)X509_VERIFY_PARAM_set_flags(
	    param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	X509_VERIFY_PARAM_set_depth(param, COSE_CHAIN_MAX);
	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	e = OK;
	if (X509_verify_cert(ctx) != 1) {
		e = ERR_UNKNOWN_KEY;
		*said = X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx));
	}
out:
	X509_STORE_CTX_free(ctx);
	return e;
}

enum err
openssl_chain_key(const struct openssl_anchors *a,
    const struct cose_chain *chain, int64_t now, struct cose_key *out,
    const char **said)
{
	STACK_OF(X509) *others = NULL;
	X509 *leaf = NULL;
	EVP_PKEY *key;
	enum err e = ERR_SYNTAX;

	*said = "it is no certificate";
	memset(out, 0, sizeof(*out));
	if (chain->n == 0 || chain->n > COSE_CHAIN_MAX || a == NULL ||
	    a->store == NULL)
		return ERR_BUG;
	begin();
	leaf = cert_from_der(chain->cert[0]);
	others = sk_X509_new_null();
	if (leaf == NULL || others == NULL)
		goto out;
	for (size_t i = 1; i < chain->n; i++) {
		X509 *cert = cert_from_der(chain->cert[i]);

		if (cert == NULL || sk_X509_push(others, cert) == 0) {
			X509_free(cert);
			goto out;
		}
	}
	e = verify(a, leaf, others, now, said);
	if (e == OK && !cert_may_sign(leaf)) {
		e = ERR_KEY_PURPOSE;
		*said = "its key usage is not that of a signer of code";
	}
	key = X509_get0_pubkey(leaf);
	if (e == OK) {
		*said = "its key is neither P-256 nor Ed25519";
		e = key == NULL ? ERR_COSE_KEY : public_of(key, out);
	}
	if (e == OK)
		e = port_key_check(out);
out:
	sk_X509_pop_free(others, X509_free);
	X509_free(leaf);
	if (e != OK) {
		memset(out, 0, sizeof(*out));
		return fail(e);
	}
	*said = NULL;
	return OK;
}
