/*
 * hardware_key: who vouches for a maker's hardware, and what it has signed.
 *                                                    [docs/evidence.md 10]
 */
#include "hardware.h"

#include <string.h>

#define TAG_SPKI_PEM   554
#define TAG_CERT_PEM   555
#define TAG_CERT_DER   562
#define ANCHORS_MAX    8
#define SIGN1_PART_MAX 65536

/* ---- anchors ----------------------------------------------------------- */

/* A certificate in one of the forms that CoRIM has; else nothing. */
static struct bytes
certificate_of(struct bytes key)
{
	struct cbor_in r = cbor_open(key);
	struct bytes b = BYTES_NONE;

	if (cbor_tag_if(&r, TAG_CERT_PEM))
		b = cbor_tstr(&r, 1, LEN_ANY);
	else if (cbor_tag_if(&r, TAG_CERT_DER))
		b = cbor_bstr(&r, 1, LEN_ANY);
	return cbor_close(&r) == OK ? b : BYTES_NONE;
}

/* {0: {1: vendor}}: all that a maker makes. */
static enum err
maker(uint64_t oemid, uint8_t room[48], struct bytes *out)
{
	struct cbor_out w = cbor_into((struct span){room, 48});

	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 0);
	cbor_put_map(&w, 1);
	cbor_put_uint(&w, 1);
	hardware_vendor_put(&w, oemid);
	return cbor_done(&w, out);
}

struct anchors {
	struct bytes at[ANCHORS_MAX];
	size_t n;
	struct bytes source; /* of the first */
};

/* Ends the walk with ERR_EXISTS when there is no room for more. */
static enum err
anchor_of(void *ctx, struct bytes key, struct bytes source)
{
	struct anchors *a = ctx;

	a->at[a->n] = certificate_of(key);
	if (a->at[a->n].n == 0)
		return OK;
	if (a->n == 0)
		a->source = source;
	return ++a->n == ANCHORS_MAX ? ERR_EXISTS : OK;
}

static enum err
anchors(struct job *j, uint64_t oemid, struct anchors *out)
{
	struct bytes environment;
	uint8_t room[48];
	enum err e = maker(oemid, room, &environment);

	if (e == OK)
		e = job_anchors(j, environment, anchor_of, out);
	if (e != OK && e != ERR_EXISTS)
		return job_refuse(j, e, "anchors");
	if (out->n == 0)
		return job_refuse(j, ERR_EVIDENCE_KEY, "anchor of the maker");
	return OK;
}

enum err
hardware_path(struct job *j, uint64_t oemid, struct bytes certificates,
    struct verifier_public *out, struct verifier_extension *ext, size_t n)
{
	struct anchors a = {.n = 0};
	struct verifier_path p = {.cert = &certificates,
	    .n_cert = 1,
	    .anchor = a.at,
	    .now = j->ask->now};
	enum err e;

	if (j->more == NULL)
		return job_refuse(j, ERR_BUG, "certificate");
	if (certificates.n == 0)
		return job_refuse(j, ERR_MISSING, "certificates");
	TRY(anchors(j, oemid, &a));
	p.n_anchor = a.n;
	e = j->more->path(&p, out, ext, n, &j->out->why);
	if (e != OK)
		job_source(j, a.source);
	return e;
}

/* ---- the key of one device --------------------------------------------- */

/* A key in one of the forms that CoRIM has. */
static enum err
key_read(struct job *j, struct bytes in, struct verifier_public *out)
{
	struct cbor_in r = cbor_open(in);
	struct bytes b = BYTES_NONE;
	struct cose_key k;

	if (cbor_tag_if(&r, TAG_SPKI_PEM) || cbor_tag_if(&r, TAG_CERT_PEM))
		b = cbor_tstr(&r, 1, LEN_ANY);
	else if (cbor_tag_if(&r, TAG_CERT_DER))
		b = cbor_bstr(&r, 1, LEN_ANY);
	if (b.n > 0)
		return cbor_close(&r) == OK ? j->more->key(b, out)
					    : ERR_COSE_KEY;
	TRY(corim_cose_key_read(j->crypto, in, &k));
	if (k.kty != KTY_EC2)
		return ERR_COSE_KEY;
	{
		uint8_t xy[64];

		memcpy(xy, k.x, 32);
		memcpy(xy + 32, k.y, 32);
		return j->more->point(CRV_P256, BYTES_OF(xy), out);
	}
}

/* ---- COSE_Sign1 -------------------------------------------------------- */

struct head {
	uint32_t has;
	int64_t alg;
	struct bytes crit;
};
// clang-format off
static const struct cbor_field head_rows[] = {
	FIELD_REQ(1, F_INT, struct head, alg, FIELD_NO_MIN, INT32_MAX),
	FIELD(2, F_RAW, struct head, crit, 0, 0),
};
// clang-format on
static const struct cbor_table head_table = {
    head_rows, ARRAY_LEN(head_rows), 0};

#define TAG_MAC0 17
#define TAG_CWT  61

static enum err
head_read(struct bytes prot, int64_t *alg)
{
	struct cbor_in r = cbor_open(prot);
	struct head h = {0};

	cbor_map_read(&r, &head_table, &h);
	TRY(cbor_close(&r));
	if (h.crit.n > 0)
		return ERR_COSE_CRIT;
	*alg = h.alg;
	return OK;
}

enum err
hardware_sign1_read(
    struct bytes in, struct hardware_sign1 *out, struct why *why)
{
	struct cbor_in r = cbor_open(in);
	enum err e;

	*out = (struct hardware_sign1){.alg = 0};
	(void)cbor_tag_if(&r, TAG_CWT);
	if (cbor_tag_if(&r, TAG_MAC0))
		return why_set(why, ERR_COSE_TYPE, "COSE_Mac0");
	(void)cbor_tag_if(&r, TAG_SIGN1);
	if (cbor_peek(&r) != CBOR_ARRAY)
		return why_set(why, ERR_COSE_TYPE, "COSE_Sign1");
	cbor_array(&r, 4);
	out->prot = cbor_bstr(&r, 1, COSE_HDR_MAX);
	(void)cbor_raw(&r, CBOR_MAP);
	out->payload = cbor_bstr(&r, 1, SIGN1_PART_MAX);
	out->sig = cbor_bstr(&r, 1, 2 * 48);
	e = cbor_close(&r);
	if (e == OK)
		e = head_read(out->prot, &out->alg);
	if (e == OK)
		return OK;
	*out = (struct hardware_sign1){.alg = 0};
	return why_set(why, e, "COSE_Sign1");
}

enum err
hardware_sign1_verify(struct job *j, const struct hardware_sign1 *s,
    const struct verifier_public *key, const char *what)
{
	static const struct {
		int64_t number;
		enum verifier_alg alg;
	} algs[] = {
	    {-7, VERIFY_ES256}, /* polymorphic: the key says the curve */
	    {-9, VERIFY_ES256},
	    {-35, VERIFY_ES384},
	    {-51, VERIFY_ES384},
	};
	uint8_t room[64];
	struct cbor_out w = cbor_into(SPAN_OF(room));
	struct bytes part[4];
	enum err e = ERR_COSE_ALG;
	size_t at;

	/* Sig_structure.                               [RFC 9052 4.4] */
	cbor_put_array(&w, 4);
	cbor_put_text(&w, "Signature1");
	cbor_put_bstr_head(&w, s->prot.n);
	part[0] = (struct bytes){room, w.at};
	part[1] = s->prot;
	at = w.at;
	cbor_put_bstr(&w, BYTES_NONE);
	cbor_put_bstr_head(&w, s->payload.n);
	part[2] = (struct bytes){room + at, w.at - at};
	part[3] = s->payload;
	for (size_t i = 0; i < ARRAY_LEN(algs) && w.err == OK; i++)
		if (algs[i].number == s->alg)
			e = j->more->verify(
			    algs[i].alg, key, part, ARRAY_LEN(part), s->sig);
	return e == OK ? OK : job_refuse(j, e, what);
}

/* ---- a device that has signed ------------------------------------------ */

/* Keys of one device by one authority that are tried: of a change of keys
 * there are two. */
#define KEYS_TRIED 4

/* Who has spoken of the device how often. */
struct heard {
	size_t n;
	struct {
		struct bytes authority;
		size_t times;
	} by[ACS_SOURCES_MAX];
};

/* Whoever says much is not heard more: it takes the time of others. */
static bool
is_heard(struct heard *h, struct bytes authority)
{
	size_t i = 0;

	while (i < h->n && !bytes_same(h->by[i].authority, authority))
		i++;
	if (i == ARRAY_LEN(h->by))
		return false;
	if (i == h->n) {
		h->by[h->n].authority = authority;
		h->by[h->n++].times = 0;
	}
	return h->by[i].times++ < KEYS_TRIED;
}

static enum err
signed_as(struct job *j, const struct acs_saying *s,
    const struct hardware_sign1 *sign1, const char *what)
{
	struct cbor_in r = cbor_items(s->triple.items);
	struct verifier_public key;
	enum err e = s->triple.items.n != 1
			 ? ERR_COSE_KEY
			 : key_read(j, cbor_raw(&r, CBOR_TAG), &key);

	return e == OK ? hardware_sign1_verify(j, sign1, &key, what)
		       : job_refuse(j, e, "evidence key");
}

struct trial {
	struct job *j;
	const struct hardware_sign1 *sign1;
	const char *what;
	struct heard heard;
	struct bytes environment; /* of the one that is right */
	struct bytes source;      /* of the first that is wrong */
	struct why first;
};

/* Ends the walk with ERR_EXISTS. */
static enum err
try_key(void *ctx, const struct acs_saying *s)
{
	struct trial *t = ctx;

	if (!is_heard(&t->heard, s->voice.authority.raw))
		return OK;
	if (signed_as(t->j, s, t->sign1, t->what) == OK) {
		t->environment = s->triple.environment;
		return ERR_EXISTS;
	}
	if (t->first.err == OK) {
		t->first = t->j->out->why;
		t->source = s->voice.source;
	}
	return OK;
}

enum err
hardware_device_signed(struct job *j, struct bytes class_id, struct bytes ueid,
    const struct hardware_sign1 *sign1, const char *what,
    struct bytes *environment)
{
	struct trial t = {.j = j, .sign1 = sign1, .what = what};
	enum err e;

	*environment = BYTES_NONE;
	if (j->more == NULL)
		return job_refuse(j, ERR_BUG, "evidence key");
	e = job_devices(j, class_id, ueid, try_key, &t);
	if (e == ERR_EXISTS) {
		*environment = t.environment;
		return OK;
	}
	if (e != OK)
		return job_refuse(j, e, "anchors");
	if (t.first.err != OK) {
		j->out->why = t.first;
		job_source(j, t.source);
		return t.first.err;
	}
	return job_differs(
	    j, ERR_EVIDENCE_KEY, "evidence key", WHY_HEX, BYTES_NONE, ueid);
}
