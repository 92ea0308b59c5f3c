/*
 * scheme: find the scheme that takes some Evidence, and have it appraised;
 * what schemes share.                  [RFC 9334 8; docs/evidence.md 5]
 */
#include "scheme.h"

#include <string.h>

/* ---- refusals ---------------------------------------------------------- */

struct bytes
job_text(const char *s, size_t room)
{
	const char *end = memchr(s, '\0', room);

	return (struct bytes){
	    (const uint8_t *)s, end == NULL ? room : (size_t)(end - s)};
}

/* Copy what fits, so that the reason outlives this call's locals. */
static struct bytes
keep(char *room, size_t n, struct bytes b)
{
	if (b.n > n)
		b.n = n;
	if (b.n > 0)
		memcpy(room, b.p, b.n);
	return (struct bytes){(const uint8_t *)room, b.n};
}

enum err
job_refuse(struct job *j, enum err e, const char *what)
{
	return why_set(&j->out->why, e, what);
}

enum err
job_differs(struct job *j, enum err e, const char *what, enum why_kind kind,
    struct bytes expected, struct bytes found)
{
	struct appraisal *o = j->out;

	(void)why_set(&o->why, e, what);
	o->why.kind = kind;
	o->why.expected = keep(o->expected, sizeof(o->expected), expected);
	o->why.found = keep(o->found, sizeof(o->found), found);
	return e;
}

void
job_source(struct job *j, struct bytes corim)
{
	struct appraisal *o = j->out;

	o->why.source = keep(o->source, sizeof(o->source), corim);
}

/* ---- who vouches for it ------------------------------------------------ */

enum err
job_key(struct job *j, const uint8_t kid[KID_LEN])
{
	TRY(j->store->key(j->store->ctx, kid, &j->key));
	/* The store's word, not the sender's: but never past its buffers. */
	if (j->key.ueid_n > sizeof(j->key.ueid) ||
	    j->key.class_id_n > sizeof(j->key.class_id))
		return job_refuse(j, ERR_BUG, "endorsement");
	return OK;
}

static enum err
library(struct job *j)
{
	enum err e = OK;

	if (j->library == NULL)
		e = j->store->library(j->store->ctx, &j->library);
	return e == OK ? OK : job_refuse(j, e, "CoRIMs");
}

enum err
job_anchors(
    struct job *j, struct bytes environment, acs_key_visit *f, void *ctx)
{
	TRY(library(j));
	return acs_library_keys(j->library, environment, f, ctx);
}

void
job_key_named(struct job *j, const uint8_t kid[KID_LEN])
{
	memcpy(j->out->kid, kid, KID_LEN);
	j->out->has_kid = true;
}

enum err
job_devices(struct job *j, struct bytes class_id, struct bytes ueid,
    acs_visit *f, void *ctx)
{
	TRY(library(j));
	return acs_library_device(j->library, class_id, ueid, f, ctx);
}

enum err
job_purpose(struct job *j, const struct cose_key *key, const char *what,
    uint8_t kid[KID_LEN])
{
	enum err e = j->crypto->key_check(key);

	if (e == OK)
		e = cose_key_thumbprint(j->crypto, key, kid);
	if (e == OK &&
	    ((j->out->has_kid && memcmp(kid, j->out->kid, KID_LEN) == 0) ||
		memcmp(kid, j->v.kid, KID_LEN) == 0))
		e = ERR_KEY_PURPOSE;
	return e == OK ? OK : job_refuse(j, e, what);
}

/* ---- what it says ------------------------------------------------------ */

static enum err
copy(struct job *j, struct bytes in, struct bytes *out)
{
	*out = BYTES_NONE;
	if (in.n > sizeof(j->room) - j->used)
		return job_refuse(j, ERR_LIMIT, "claims");
	memcpy(j->room + j->used, in.p, in.n);
	*out = (struct bytes){j->room + j->used, in.n};
	j->used += in.n;
	return OK;
}

/* The tuple is whole: make Evidence of it. */
static enum err
tuple_end(struct job *j)
{
	static const struct acs_voice attester;
	struct list l = j->measurements;
	enum err e;

	j->measurements = (struct list){BYTES_NONE, 0};
	if (l.n == 0)
		return OK;
	e = acs_evidence(&j->set, j->environment, l, &attester);
	return e == OK ? OK : job_refuse(j, e, "claims");
}

enum err
job_about(struct job *j, struct bytes environment)
{
	TRY(tuple_end(j));
	return copy(j, environment, &j->environment);
}

enum err
job_say(struct job *j, const char *what, struct bytes measurement)
{
	struct corim_measurement m;
	struct bytes at;
	enum err e;

	if (j->n_said == JOB_SAID_MAX)
		return job_refuse(j, ERR_LIMIT, what);
	TRY(copy(j, measurement, &at));
	e = corim_measurement_read(at, &m);
	if (e != OK)
		return job_refuse(j, e, what);
	if (j->measurements.n == 0)
		j->measurements.raw = at;
	else
		j->measurements.raw.n += at.n;
	j->measurements.n++;
	j->said[j->n_said].what = what;
	j->said[j->n_said++].mkey = m.mkey;
	return OK;
}

enum err
job_about_device(struct job *j)
{
	const struct corim_entry e = {
	    .class_id = {j->key.class_id, j->key.class_id_n},
	    .vendor = TEXT_OF(j->key.vendor),
	    .ueid = {j->key.ueid, j->key.ueid_n}};
	uint8_t room[256];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err err;

	corim_environment_put(&w, &e);
	err = cbor_done(&w, &out);
	return err == OK ? job_about(j, out)
			 : job_refuse(j, err, "environment");
}

enum err
job_say_digest(struct job *j, const char *what, struct bytes mkey, uint64_t alg,
    struct bytes digest)
{
	uint8_t room[JOB_MKEY_MAX + 192];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err e;

	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_tstr(&w, mkey);
	cbor_put_uint(&w, 1);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 2); /* digests */
	cbor_put_array(&w, 1);
	cbor_put_array(&w, 2);
	cbor_put_uint(&w, alg);
	cbor_put_bstr(&w, digest);
	e = cbor_done(&w, &out);
	return e == OK ? job_say(j, what, out) : job_refuse(j, e, what);
}

enum err
job_say_version(
    struct job *j, const char *what, struct bytes mkey, struct bytes version)
{
	uint8_t room[512];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes out;
	enum err e;

	cbor_put_map(&w, 2);
	cbor_put_uint(&w, 0);
	cbor_put_tstr(&w, mkey);
	cbor_put_uint(&w, 1);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 0); /* version */
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 0);
	cbor_put_tstr(&w, version);
	e = cbor_done(&w, &out);
	return e == OK ? job_say(j, what, out) : job_refuse(j, e, what);
}

enum err
job_refers(struct job *j, struct bytes mkey)
{
	uint8_t room[JOB_MKEY_MAX + 8];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes key;

	cbor_put_tstr(&w, mkey);
	if (cbor_done(&w, &key) != OK)
		return ERR_NOT_FOUND;
	TRY(library(j));
	return acs_library_refers(j->library, j->environment, key);
}

enum err
job_keep(struct job *j, struct bytes in, struct bytes *out)
{
	struct appraisal *o = j->out;

	*out = BYTES_NONE;
	if (in.n > sizeof(o->room) - o->used)
		return job_refuse(j, ERR_LIMIT, "claims");
	memcpy(o->room + o->used, in.p, in.n);
	*out = (struct bytes){o->room + o->used, in.n};
	o->used += in.n;
	return OK;
}

/* ---- the row ----------------------------------------------------------- */

/* The next octet that counts, in lower case; -1 at the end.  Quotes and
 * blanks make no difference to what a media type is called here: a sender
 * gains nothing by them. */
static int
next(struct bytes *in)
{
	while (in->n > 0) {
		uint8_t c = *in->p;

		in->p++;
		in->n--;
		if (c >= 'A' && c <= 'Z')
			return c + ('a' - 'A');
		if (c != ' ' && c != '\t' && c != '"')
			return c;
	}
	return -1;
}

static bool
same_media(struct bytes a, const char *row)
{
	struct bytes b = {(const uint8_t *)row, strlen(row)};
	int x, y;

	do {
		x = next(&a);
		y = next(&b);
	} while (x == y && x != -1);
	return x == y;
}

const struct scheme *
verifier_scheme(const struct verifier *v, struct bytes media)
{
	for (size_t i = 0; v->schemes[i] != NULL; i++)
		for (size_t k = 0; v->schemes[i]->media[k] != NULL; k++)
			if (same_media(media, v->schemes[i]->media[k]))
				return v->schemes[i];
	return NULL;
}

const char *
verifier_scheme_name(const struct verifier *v, struct bytes media)
{
	const struct scheme *s = verifier_scheme(v, media);

	return s == NULL ? "none" : s->name;
}

const char *
verifier_media(const struct verifier *v, size_t nth)
{
	for (size_t i = 0; v->schemes[i] != NULL; i++)
		for (size_t k = 0; v->schemes[i]->media[k] != NULL; k++)
			if (nth-- == 0)
				return v->schemes[i]->media[k];
	return NULL;
}

/* What is taken, and what came. */
static enum err
not_taken(const struct verifier *v, struct bytes media, struct why *why)
{
	const char *first = verifier_media(v, 0);

	(void)why_set(why, ERR_NOT_ATTESTED, "media type");
	if (why == NULL)
		return ERR_NOT_ATTESTED;
	why->kind = WHY_TEXT;
	if (first != NULL)
		why->expected = job_text(first, strlen(first));
	why->found = media;
	return ERR_NOT_ATTESTED;
}

enum err
verifier_nonce(const struct verifier *v, struct bytes media,
    struct bytes evidence, struct bytes *nonce, struct why *why)
{
	const struct scheme *s = verifier_scheme(v, media);

	*nonce = BYTES_NONE;
	if (s == NULL)
		return not_taken(v, media, why);
	if (s->nonce == NULL)
		return why_set(why, ERR_MISSING, "nonce");
	return s->nonce(evidence, nonce, why);
}

static enum err
appraise(struct job *j, const struct verifier *v, struct bytes evidence)
{
	enum err e;

	if (j->ask->teep_kid != NULL)
		job_key_named(j, j->ask->teep_kid);
	if (v->remote != NULL)
		return job_remote(j, v->remote, evidence);
	TRY(j->scheme->appraise(j, evidence));
	j->out->bound = true;
	TRY(tuple_end(j));
	TRY(library(j));
	e = job_judge(j);
	if (e != OK && j->scheme->explain != NULL)
		j->scheme->explain(j, evidence);
	if (e == OK && v->rules != NULL)
		e = job_rules(j, v->rules);
	return e;
}

enum err
verifier_appraise(const struct verifier *v, const struct verifier_ask *ask,
    struct bytes evidence, struct appraisal *out)
{
	struct job j;
	enum err e;

	/* Up to its rooms: clearing those would cost as much as the rest. */
	memset(&j, 0, offsetof(struct job, entry));
	j.crypto = v->crypto;
	j.more = v->more;
	j.store = v->store;
	j.ask = ask;
	j.scheme = verifier_scheme(v, ask->media);
	j.out = out;
	memset(out, 0, sizeof(*out));
	acs_begin(&j.set, j.entry, JOB_CLAIMS_MAX);
	e = j.scheme == NULL ? not_taken(v, ask->media, &out->why)
			     : appraise(&j, v, evidence);
	if (e == OK) {
		memset(&out->why, 0, sizeof(out->why));
		out->verdict = ACCEPTED;
	}
	if (!out->bound) {
		memset(&out->report_key, 0, sizeof(out->report_key));
		memset(out->report_kid, 0, sizeof(out->report_kid));
		memset(out->kid, 0, sizeof(out->kid));
		out->has_kid = false;
	}
	return e;
}
