/*
 * policy_cots: trust anchors of concise TA stores become anchors of ours.
 *                                      [Concise TA Stores 3; security 20]
 */
#include "policy_int.h"

#include <stdio.h>
#include <string.h>

/* One import under way. */
struct import {
	struct policy *p;
	const struct crypto *crypto;
	const struct verifier_crypto *more;
	const char *name;
	uint64_t now;
	struct policy_imported done;
	struct why *why;
};

/* Is it for those who sign CoRIMs?  A store without purposes is for any. */
static bool
is_ours(const struct cots_store *s)
{
	return cots_fits(&(struct cots_store){.purposes = s->purposes},
		   &(struct cots_ask){.purpose = BYTES_LIT("corim")}) ||
	       cots_fits(&(struct cots_store){.purposes = s->purposes},
		   &(struct cots_ask){.purpose = BYTES_LIT("comid")});
}

/* The class of an environment that has nothing else. */
static bool
class_of(const struct corim_environment *e, struct policy_scope *out)
{
	struct bytes class_id = e->part[ENV_CLASS_ID];
	struct bytes vendor = e->part[ENV_VENDOR];

	for (size_t i = 0; i < ARRAY_LEN(e->part); i++)
		if (i != ENV_CLASS_ID && i != ENV_VENDOR && e->part[i].n > 0)
			return false;
	if (class_id.n > 0) {
		class_id = policy_tagged(
		    class_id, CORIM_TAG_OPAQUE, sizeof(out->class_id));
		if (class_id.n == 0)
			return false;
		memcpy(out->class_id, class_id.p, class_id.n);
		out->class_id_n = class_id.n;
	}
	if (vendor.n > 0) {
		vendor = policy_text(vendor, sizeof(out->vendor) - 1);
		if (vendor.n == 0 || memchr(vendor.p, 0, vendor.n) != NULL)
			return false;
		memcpy(out->vendor, vendor.p, vendor.n);
	}
	return true;
}

/* A place is {0 or 1: environment}; names and software cannot be kept to. */
static bool
place_read(struct bytes in, struct policy_scope *out)
{
	struct corim_environment e;
	struct cbor_in r = cbor_open(in);
	struct bytes environment;

	*out = (struct policy_scope){.kinds = (unsigned)CORIM_REFERENCE |
					      (unsigned)CORIM_ENDORSED |
					      (unsigned)CORIM_ATTEST_KEY};
	if (cbor_map_any(&r, 1, 1) != 1)
		return false;
	(void)cbor_uint(&r, 0, 1);
	environment = cbor_raw(&r, CBOR_MAP);
	return cbor_close(&r) == OK &&
	       corim_environment_read(environment, &e) == OK &&
	       class_of(&e, out);
}

/* A store without places is for anywhere. */
static enum err
scopes_read(const struct cots_store *s, struct policy_anchor *out)
{
	struct cbor_in r = cbor_items(s->places);

	if (s->places.n > POLICY_SCOPES_MAX)
		return ERR_LIMIT;
	for (size_t i = 0; i < s->places.n; i++)
		if (!place_read(cbor_raw(&r, CBOR_MAP), &out->scope[i]))
			return ERR_UNEXPECTED;
	out->n_scopes = s->places.n;
	if (out->n_scopes > 0)
		return OK;
	out->n_scopes = 1;
	out->scope[0] = (struct policy_scope){
	    .kinds = (unsigned)CORIM_REFERENCE | (unsigned)CORIM_ENDORSED |
		     (unsigned)CORIM_ATTEST_KEY};
	return OK;
}

static enum err
take(struct import *m, enum cots_format format, struct bytes der,
    struct policy_anchor *a)
{
	struct verifier_public key;
	enum err e;
	int n = snprintf(
	    a->name, sizeof(a->name), "%s-%zu", m->name, m->done.anchors + 1);

	if (n < 0 || (size_t)n >= sizeof(a->name))
		return why_set(m->why, ERR_TOO_LONG, "name");
	if (format == COTS_CERTIFICATE) {
		TRY(policy_anchor_put_certificate(
		    m->p, m->crypto, m->more, a, der, m->why));
		m->done.anchors++;
		return OK;
	}
	/* constraints of a TrustAnchorInfo would have to be kept to */
	if (format != COTS_SPKI)
		return why_set(m->why, ERR_UNEXPECTED, "anchor");
	e = m->more->key(der, &key);
	if (e == OK)
		e = policy_public_key(m->crypto, &key, &a->key);
	if (e == OK)
		e = policy_anchor_put_key(m->p, m->crypto, a);
	if (e != OK)
		return why_set(m->why, e, "anchor");
	m->done.anchors++;
	return OK;
}

static enum err
store_take(struct import *m, const struct cots_store *s)
{
	struct policy_anchor a = {.added = m->now};
	struct cbor_in r = cbor_items(s->anchors);
	enum err e;

	if (!is_ours(s)) {
		m->done.elsewhere++;
		return OK;
	}
	if (s->permitted.n > 0 || s->excluded.n > 0)
		return why_set(m->why, ERR_UNEXPECTED, "claims");
	e = scopes_read(s, &a);
	if (e != OK)
		return why_set(m->why, e, "environments");
	for (size_t i = 0; i < s->anchors.n; i++) {
		enum cots_format format;
		struct bytes der;

		TRY(cots_anchor_read(&r, &format, &der));
		TRY(take(m, format, der, &a));
	}
	return OK;
}

static enum err
tag_take(struct import *m, struct bytes body)
{
	struct cbor_in r = cbor_open(body);
	size_t n = cbor_array_any(&r, 1, CBOR_PAIRS_MAX);
	struct cots_store s;

	for (size_t i = 0; i < n; i++) {
		if (cots_read(&r, &s) != OK)
			return why_set(m->why, r.err, "CoTS");
		TRY(store_take(m, &s));
	}
	return cbor_close(&r);
}

static enum err
all(struct import *m, const struct corim *corim)
{
	struct cbor_in r = cbor_items(corim->tags);
	struct corim_tag t;

	for (size_t i = 0; i < corim->tags.n; i++) {
		TRY(corim_tag_read(&r, &t));
		if (t.kind != CORIM_COTS)
			return why_set(m->why, ERR_UNEXPECTED, "tag");
		TRY(tag_take(m, t.body));
	}
	return m->done.anchors > 0
		   ? OK
		   : why_set(m->why, ERR_NOT_FOUND, "store for CoRIMs");
}

enum err
policy_cots_import(struct policy *p, const struct crypto *c,
    const struct verifier_crypto *more, const char *name, struct bytes in,
    uint64_t now, struct policy_imported *out, struct why *why)
{
	struct import m = {.p = p,
	    .crypto = c,
	    .more = more,
	    .name = name,
	    .now = now,
	    .why = why};
	struct corim corim;

	*out = (struct policy_imported){0};
	TRY(corim_parse(in, &corim, why));
	if (corim.profile.n > 0)
		return why_set(why, ERR_UNEXPECTED, "profile");
	if (now < corim.not_before || now > corim.not_after)
		return why_set(why, ERR_EXPIRED, "validity");
	TRY(corim_check(&corim, why));
	TRY(db_begin(&p->db));
	TRY(db_end(&p->db, all(&m, &corim)));
	*out = m.done;
	return OK;
}
