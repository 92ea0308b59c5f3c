/*
 * hardware: a maker of hardware of the test's own: keys on the curves that
 * hardware signs with, and certificates with extensions.
 */
#ifndef HARDWARE_H
#define HARDWARE_H

#include "rats_support.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
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

/* ---- what a Verifier was told, as CoMIDs of one statement each ---------- */

struct shelf {
	uint8_t room[1 << 17]; /* encodings, and tags from the middle on */
	size_t used, tags_used, n_tags;
	struct corim corim;
	struct acs_source source;
	struct acs_library library;
	struct acs_saying index[64];
};

static inline struct cbor_out
shelf_room(struct shelf *s)
{
	return cbor_into(
	    (struct span){s->room + s->used, sizeof(s->room) / 2 - s->used});
}

static inline struct bytes
shelf_keep(struct shelf *s, struct cbor_out *w)
{
	struct bytes out;

	assert_int_equal(cbor_done(w, &out), OK);
	s->used += out.n;
	return out;
}

/* {0: {? 0: tag(class_id), ? 1: vendor}, ? 1: 550(ueid)}. */
static inline struct bytes
about(struct shelf *s, uint64_t tag, struct bytes class_id, const char *vendor,
    struct bytes ueid)
{
	struct cbor_out w = shelf_room(s);

	cbor_put_map(&w, ueid.n > 0 ? 2 : 1);
	cbor_put_uint(&w, 0);
	cbor_put_map(&w, (size_t)(class_id.n > 0) + (vendor != NULL));
	if (class_id.n > 0) {
		cbor_put_uint(&w, 0);
		cbor_put_tag(&w, tag);
		cbor_put_bstr(&w, class_id);
	}
	if (vendor != NULL) {
		cbor_put_uint(&w, 1);
		cbor_put_text(&w, vendor);
	}
	if (ueid.n > 0) {
		cbor_put_uint(&w, 1);
		cbor_put_tag(&w, CORIM_TAG_UEID);
		cbor_put_bstr(&w, ueid);
	}
	return shelf_keep(s, &w);
}

static inline void
element_put(struct cbor_out *w, const char *mkey, uint64_t value)
{
	cbor_put_map(w, 2);
	cbor_put_uint(w, 0);
	cbor_put_text(w, mkey);
	cbor_put_uint(w, 1);
	cbor_put_map(w, 1);
	cbor_put_uint(w, value);
}

/* A version that is high enough. */
static inline struct bytes
at_least(struct shelf *s, const char *mkey, uint64_t svn)
{
	struct cbor_out w = shelf_room(s);

	element_put(&w, mkey, 1);
	cbor_put_tag(&w, 553);
	cbor_put_uint(&w, svn);
	return shelf_keep(s, &w);
}

static inline struct bytes
digest_is(struct shelf *s, const char *mkey, uint64_t alg, struct bytes d)
{
	struct cbor_out w = shelf_room(s);

	element_put(&w, mkey, 2);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, alg);
	cbor_put_bstr(&w, d);
	return shelf_keep(s, &w);
}

static inline struct bytes
raw_is(struct shelf *s, const char *mkey, struct bytes v)
{
	struct cbor_out w = shelf_room(s);

	element_put(&w, mkey, 4);
	cbor_put_tag(&w, CORIM_TAG_OPAQUE);
	cbor_put_bstr(&w, v);
	return shelf_keep(s, &w);
}

static inline struct bytes
worth(struct shelf *s, const char *class)
{
	struct cbor_out w = shelf_room(s);

	element_put(&w, "assurance", 11);
	cbor_put_text(&w, class);
	return shelf_keep(s, &w);
}

/* A key under its tag: text or octets. */
static inline struct bytes
key_is(struct shelf *s, uint64_t tag, struct bytes key)
{
	struct cbor_out w = shelf_room(s);

	cbor_put_tag(&w, tag);
	if (tag == 562)
		cbor_put_bstr(&w, key);
	else
		cbor_put_tstr(&w, key);
	return shelf_keep(s, &w);
}

static inline void
shelf_say(struct shelf *s, enum corim_statement kind, struct bytes environment,
    const struct bytes *item, size_t n)
{
	size_t at = sizeof(s->room) / 2 + s->tags_used;
	struct cbor_out w =
	    cbor_into((struct span){s->room + at, sizeof(s->room) - at});
	char name[16];
	size_t mark;

	(void)snprintf(name, sizeof(name), "tag-%zu", s->n_tags++);
	cbor_put_tag(&w, TAG_COMID);
	mark = cbor_wrap_begin(&w);
	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 1);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 0);
	cbor_put_text(&w, name);
	cbor_put_uint(&w, 4);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, (uint64_t)kind);
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_raw(&w, environment);
	cbor_put_array(&w, n);
	for (size_t i = 0; i < n; i++)
		cbor_put_raw(&w, item[i]);
	cbor_wrap_end(&w, mark);
	assert_int_equal(w.err, OK);
	s->tags_used += w.at;
}

static inline enum err
shelf_key(void *ctx, const uint8_t kid[KID_LEN], struct verifier_key *out)
{
	(void)ctx;
	(void)kid;
	(void)out;
	return ERR_UNKNOWN_KEY;
}

static inline enum err
shelf_all(void *ctx, const struct acs_library **out)
{
	struct shelf *s = ctx;
	struct why why = {0};

	/* One that is there already came from elsewhere. */
	if (s->n_tags > 0)
		s->corim.tags = (struct list){
		    {s->room + sizeof(s->room) / 2, s->tags_used}, s->n_tags};
	s->corim.not_after = UINT64_MAX;
	s->source = (struct acs_source){
	    .corim = &s->corim, .scope = &library_scope, .n_scope = 1};
	if (acs_library_begin(&s->library, &s->source, 1, NOW, false, &why) !=
	    OK)
		fail_msg("%s: %s", err_name(why.err), why.what);
	assert_int_equal(
	    acs_library_index(&s->library, s->index, ARRAY_LEN(s->index)), OK);
	*out = &s->library;
	return OK;
}

/* ---- Evidence, and what is made of it ---------------------------------- */

/* A wrapper around a report. */
struct wrapped {
	uint8_t room[32768];
	struct bytes all;
};

static inline void
wrapped_put(struct cbor_out *w, const char *label, struct bytes value)
{
	if (value.n == 0)
		return;
	cbor_put_text(w, label);
	cbor_put_array(w, 2);
	cbor_put_text(w, "application/octet-stream");
	cbor_put_bstr(w, value);
}

static inline struct bytes
wrap(struct wrapped *o, const char *type, struct bytes report,
    struct bytes statement, struct bytes certificates)
{
	struct cbor_out w = cbor_into(SPAN_OF(o->room));

	cbor_put_map(&w, 1 + (size_t)(report.n > 0) + (statement.n > 0) +
			     (certificates.n > 0));
	cbor_put_text(&w, "__cmwc_t");
	cbor_put_text(&w, type);
	wrapped_put(&w, "report", report);
	wrapped_put(&w, "statement", statement);
	wrapped_put(&w, "certificates", certificates);
	assert_int_equal(cbor_done(&w, &o->all), OK);
	return o->all;
}

/* The people and keys of these tests. */
struct cast {
	struct pair evidence, teep, report, tam;
	char audience[1][KID_TEXT];
	struct draft d;
	uint8_t statement[16384];
};
static const uint8_t hardware_challenge[32] = {0xcc, 7};

static inline void
cast_make(struct cast *c)
{
	assert_non_null(crypto_openssl());
	pair_make(&c->evidence, CRV_P256, false);
	pair_make(&c->teep, CRV_P256, false);
	pair_make(&c->report, CRV_P256, false);
	pair_make(&c->tam, CRV_P256, false);
	kid_text(c->tam.kid, c->audience[0]);
}

static inline void
cast_free(struct cast *c)
{
	pair_free(&c->evidence);
	pair_free(&c->teep);
	pair_free(&c->report);
	pair_free(&c->tam);
}

static inline void
cast_draft(struct cast *c)
{
	draft_make(&c->d, &c->evidence, &c->teep, &c->report, c->tam.kid,
	    BYTES_OF(hardware_challenge), 7);
}

/* The claims as they stand, that nobody signs. */
static inline struct bytes
cast_states(struct cast *c)
{
	struct cbor_out w = cbor_into(SPAN_OF(c->statement));
	struct bytes out;

	cbor_put_tag(&w, 601);
	assert_int_equal(eat_write(&w, &c->d.c), OK);
	assert_int_equal(cbor_done(&w, &out), OK);
	return out;
}

/* A digest of it, as long as the report has room. */
static inline void
digest_of(struct bytes in, size_t n, uint8_t *out)
{
	uint8_t room[HASH_MAX];
	size_t len;

	assert_int_equal(verifier_openssl()->hash(n == 64   ? HASH_SHA512
						  : n == 48 ? HASH_SHA384
							    : HASH_SHA256,
			     &in, 1, room, &len),
	    OK);
	assert_int_equal(len, n);
	memcpy(out, room, n);
}

struct asking {
	const struct scheme *scheme;
	const char *media;
	struct shelf *shelf;
	struct cast *cast;
	bool bind; /* a TEEP key is wanted */
	struct bytes challenge;
	uint64_t now;
	struct appraisal a;
};

/* The media type of what is wrapped for this type of report. */
#define CMW_OF(type) "application/cmw+cbor; cmwc_t=\"" type "\""

/* A question to which the report has to be bound. */
static inline struct asking
asking_bound(const struct scheme *scheme, const char *media, uint64_t now,
    struct shelf *shelf, struct cast *cast)
{
	return (struct asking){.scheme = scheme,
	    .media = media,
	    .shelf = shelf,
	    .cast = cast,
	    .bind = true,
	    .challenge = BYTES_OF(hardware_challenge),
	    .now = now};
}

static inline enum err
asked(struct asking *q, struct bytes evidence)
{
	const struct scheme *const schemes[] = {q->scheme, NULL};
	const struct verifier_store store = {q->shelf, shelf_key, shelf_all};
	const struct verifier v = {.crypto = crypto_openssl(),
	    .more = verifier_openssl(),
	    .store = &store,
	    .schemes = schemes};
	const struct verifier_ask ask = {
	    .media = {(const uint8_t *)q->media, strlen(q->media)},
	    .challenge = q->challenge,
	    .audience = (const char(*)[KID_TEXT])q->cast->audience,
	    .n_audience = 1,
	    .teep_kid = q->bind ? q->cast->teep.kid : NULL,
	    .now = q->now};
	enum err e = verifier_appraise(&v, &ask, evidence, &q->a);

	assert_int_equal(q->a.why.err, e);
	assert_true((q->a.verdict == ACCEPTED) == (e == OK));
	return e;
}

static inline void
accepts(struct asking *q, struct bytes evidence, enum assurance is)
{
	enum err e = asked(q, evidence);

	if (e != OK)
		fail_msg("%s: %s", err_name(e),
		    q->a.why.what == NULL ? "" : q->a.why.what);
	assert_int_equal(q->a.assurance, is);
}

/* The same, and the keys are those that the report is bound to. */
static inline void
accepts_bound(struct asking *q, struct bytes evidence)
{
	accepts(q, evidence, ASSURE_HARDWARE);
	assert_true(q->a.bound);
	assert_memory_equal(q->a.report_kid, q->cast->report.kid, KID_LEN);
}

/* Refused for this reason, and no other. */
static inline void
refuses(struct asking *q, struct bytes evidence, enum err e, const char *what)
{
	enum err got = asked(q, evidence);

	if (got != e || q->a.why.what == NULL ||
	    strcmp(q->a.why.what, what) != 0)
		fail_msg("%s (%s) instead of %s (%s)", err_name(got),
		    q->a.why.what == NULL ? "" : q->a.why.what, err_name(e),
		    what);
}

#endif
