/*
 * author: write the CoRIMs that this Verifier reads. [docs/evidence.md 5]
 */
#include "corim_int.h"
#include <string.h>

#define TAG_EPOCH_TIME 1

/* The triples in the order of their keys. */
static const struct {
	uint8_t key;
	enum corim_kind kind;
} triples[] = {
    {0, CORIM_REFERENCE},
    {1, CORIM_ENDORSED},
    {3, CORIM_ATTEST_KEY},
};

static size_t
count(const struct corim_entry *e, size_t n, enum corim_kind kind)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (e[i].kind == kind)
			found++;
	return found;
}

/* Does the entry say exactly what its kind needs?  A reader would refuse
 * anything else. */
static bool
entry_fits(const struct corim_entry *e)
{
	if (e->class_id.n == 0 || e->vendor.n == 0)
		return false;
	if (e->kind == CORIM_ATTEST_KEY)
		return e->ueid.n > 0 && cose_key_alg(&e->key) != 0;
	if (e->mkey.n == 0 || e->ueid.n > 0)
		return false;
	if (e->kind == CORIM_ENDORSED)
		return e->name.n > 0;
	return e->kind == CORIM_REFERENCE && e->name.n == 0 &&
	       (e->digest.n == DIGEST_LEN) == (e->version.n == 0);
}

void
corim_environment_put(struct cbor_out *w, const struct corim_entry *e)
{
	cbor_put_map(w, e->ueid.n > 0 ? 2 : 1);
	cbor_put_uint(w, 0);
	cbor_put_map(w, 2);
	cbor_put_uint(w, 0);
	cbor_put_tag(w, CORIM_TAG_OPAQUE);
	cbor_put_bstr(w, e->class_id);
	cbor_put_uint(w, 1);
	cbor_put_tstr(w, e->vendor);
	if (e->ueid.n > 0) {
		cbor_put_uint(w, 1);
		cbor_put_tag(w, CORIM_TAG_UEID);
		cbor_put_bstr(w, e->ueid);
	}
}

static void
put_mval(struct cbor_out *w, const struct corim_entry *e)
{
	cbor_put_map(w, 1);
	if (e->kind == CORIM_ENDORSED) {
		cbor_put_uint(w, 11);
		cbor_put_tstr(w, e->name);
	} else if (e->version.n > 0) {
		cbor_put_uint(w, 0);
		cbor_put_map(w, 1);
		cbor_put_uint(w, 0);
		cbor_put_tstr(w, e->version);
	} else {
		cbor_put_uint(w, 2);
		cbor_put_array(w, 1);
		cbor_put_array(w, 2);
		cbor_put_uint(w, 1); /* SHA-256, Named Information */
		cbor_put_bstr(w, e->digest);
	}
}

void
corim_measurement_put(struct cbor_out *w, const struct corim_entry *e)
{
	cbor_put_map(w, 2);
	cbor_put_uint(w, 0);
	cbor_put_tstr(w, e->mkey);
	cbor_put_uint(w, 1);
	put_mval(w, e);
}

/* One record: [environment, [measurement or key]]. */
static void
put_record(struct cbor_out *w, const struct corim_entry *e)
{
	cbor_put_array(w, 2);
	corim_environment_put(w, e);
	cbor_put_array(w, 1);
	if (e->kind == CORIM_ATTEST_KEY) {
		cbor_put_tag(w, CORIM_TAG_COSE_KEY);
		cose_key_write(w, &e->key);
		return;
	}
	corim_measurement_put(w, e);
}

static void
put_triples(struct cbor_out *w, const struct corim_entry *e, size_t n)
{
	size_t kinds = 0;

	for (size_t i = 0; i < ARRAY_LEN(triples); i++)
		kinds += count(e, n, triples[i].kind) > 0;
	cbor_put_map(w, kinds);
	for (size_t i = 0; i < ARRAY_LEN(triples); i++) {
		size_t here = count(e, n, triples[i].kind);

		if (here == 0)
			continue;
		cbor_put_uint(w, triples[i].key);
		cbor_put_array(w, here);
		for (size_t k = 0; k < n; k++)
			if (e[k].kind == triples[i].kind)
				put_record(w, &e[k]);
	}
}

static void
put_comid(struct cbor_out *w, const char *tag_id, const struct corim_entry *e,
    size_t n)
{
	size_t mark;

	cbor_put_tag(w, TAG_COMID);
	mark = cbor_wrap_begin(w);
	cbor_put_map(w, 2);
	cbor_put_uint(w, 1);
	cbor_put_map(w, 1);
	cbor_put_uint(w, 0);
	cbor_put_text(w, tag_id);
	cbor_put_uint(w, 4);
	put_triples(w, e, n);
	cbor_wrap_end(w, mark);
}

static void
put_validity(struct cbor_out *w, uint64_t not_before, uint64_t not_after)
{
	cbor_put_uint(w, 4);
	cbor_put_map(w, not_before > 0 ? 2 : 1);
	if (not_before > 0) {
		cbor_put_uint(w, 0);
		cbor_put_tag(w, TAG_EPOCH_TIME);
		cbor_put_uint(w, not_before);
	}
	cbor_put_uint(w, 1);
	cbor_put_tag(w, TAG_EPOCH_TIME);
	cbor_put_uint(w, not_after);
}

enum err
corim_author(struct cbor_out *w, const char *id, const char *tag_id,
    uint64_t not_before, uint64_t not_after, const struct corim_entry *e,
    size_t n)
{
	bool forever = not_before == 0 && not_after == UINT64_MAX;
	size_t id_n = strlen(id), tag_n = strlen(tag_id);

	if (n == 0 || id_n == 0 || id_n > CORIM_ID_MAX || tag_n == 0 ||
	    tag_n > CORIM_ID_MAX || not_before > not_after)
		return ERR_RANGE;
	for (size_t i = 0; i < n; i++)
		if (!entry_fits(&e[i]))
			return ERR_RANGE;
	cbor_put_tag(w, TAG_CORIM);
	cbor_put_map(w, forever ? 2 : 3);
	cbor_put_uint(w, 0);
	cbor_put_text(w, id);
	cbor_put_uint(w, 1);
	cbor_put_array(w, 1);
	put_comid(w, tag_id, e, n);
	if (!forever)
		put_validity(w, not_before, not_after);
	return w->err;
}

enum err
corim_author_sign_certified(struct cbor_out *w, const struct signer *s,
    const char *signer_name, struct bytes x5chain, struct bytes corim)
{
	uint8_t room[COSE_HDR_MAX];
	struct cbor_out p = cbor_into(SPAN_OF(room));
	struct bytes prot;
	size_t mark;

	if (strlen(signer_name) == 0 || strlen(signer_name) > 255)
		return ERR_RANGE;
	cbor_put_map(&p, x5chain.n > 0 ? 4 : 3);
	cbor_put_uint(&p, 1);
	cbor_put_int(&p, s->alg);
	cbor_put_uint(&p, 3);
	cbor_put_text(&p, CORIM_MEDIA_TYPE);
	cbor_put_uint(&p, 8);
	mark = cbor_wrap_begin(&p);
	cbor_put_map(&p, 1);
	cbor_put_uint(&p, 0);
	cbor_put_map(&p, 1);
	cbor_put_uint(&p, 0);
	cbor_put_text(&p, signer_name);
	cbor_wrap_end(&p, mark);
	if (x5chain.n > 0) {
		cbor_put_uint(&p, 33);
		cbor_put_raw(&p, x5chain);
	}
	if (cbor_done(&p, &prot) != OK)
		return ERR_RANGE;
	/* a wrapper stands around a signature, never within */
	return cose_sign1_write_prot(
	    w, s, prot, corim_unwrap(corim), WRITE_TAGGED);
}

enum err
corim_author_sign(struct cbor_out *w, const struct signer *s,
    const char *signer_name, struct bytes corim)
{
	return corim_author_sign_certified(
	    w, s, signer_name, BYTES_NONE, corim);
}
