/*
 * records: a CoRIM as flat records, for a store that compares no more than
 * these.                                             [docs/evidence.md 5]
 *
 * Whatever a flat record cannot say refuses the CoRIM: half of it believed
 * would be a condition left out.
 */
#include "corim_int.h"

#include <string.h>

#define NI_SHA256 1

/* Texts that a store keeps in 64 octets with their NUL. */
#define TEXT_MAX     63
#define CLASS_ID_MAX 32

/* The parts of an environment that a flat record has. */
#define CLASS_PARTS (1u << ENV_CLASS_ID | 1u << ENV_VENDOR)

/* A byte string of min..max octets under a tag; what stands under another
 * tag cannot be compared. */
static enum err
tagged_read(
    struct bytes in, uint64_t tag, size_t min, size_t max, struct bytes *out)
{
	struct cbor_in r = cbor_open(in);

	if (!cbor_tag_if(&r, tag))
		return ERR_UNEXPECTED;
	*out = cbor_bstr(&r, min, max);
	return cbor_close(&r);
}

static enum err
text_read(struct bytes in, size_t max, struct bytes *out)
{
	struct cbor_in r = cbor_open(in);

	if (cbor_peek(&r) != CBOR_TSTR)
		return in.n == 0 ? ERR_MISSING : ERR_UNEXPECTED;
	*out = cbor_tstr(&r, 1, max);
	return cbor_close(&r);
}

static enum err
environment_flat(struct bytes in, struct corim_record *out)
{
	struct corim_environment e;

	TRY(corim_environment_read(in, &e));
	if (e.part[ENV_GROUP].n > 0 || (e.has & ~CLASS_PARTS) != 0)
		return ERR_UNEXPECTED;
	if (e.part[ENV_CLASS_ID].n == 0)
		return ERR_MISSING;
	TRY(tagged_read(e.part[ENV_CLASS_ID], CORIM_TAG_OPAQUE, 1, CLASS_ID_MAX,
	    &out->class_id));
	TRY(text_read(e.part[ENV_VENDOR], TEXT_MAX, &out->vendor));
	if (e.part[ENV_INSTANCE].n > 0)
		TRY(tagged_read(
		    e.part[ENV_INSTANCE], CORIM_TAG_UEID, 7, 33, &out->ueid));
	/* A key is endorsed for one device; a value for a class, or it would
	 * be taken for everybody's. */
	if (out->kind == CORIM_ATTEST_KEY && out->ueid.n == 0)
		return ERR_MISSING;
	if (out->kind != CORIM_ATTEST_KEY && out->ueid.n > 0)
		return ERR_UNEXPECTED;
	return OK;
}

enum err
corim_digest_read(struct cbor_in *items, struct bytes *sha256)
{
	struct eat_digest d;

	*sha256 = BYTES_NONE;
	TRY(eat_digest_read(items, &d));
	if (d.alg != NI_SHA256) {
		cbor_fail(items, ERR_UNEXPECTED);
		return items->err;
	}
	*sha256 = d.value;
	return OK;
}

static enum err
digests_flat(struct bytes in, struct list *out)
{
	struct cbor_in r;
	struct bytes d;

	TRY(corim_list_read(in, 1, out));
	/* All of them would have to agree. */
	if (out->n != 1)
		return ERR_UNEXPECTED;
	r = cbor_items(*out);
	return corim_digest_read(&r, &d);
}

static enum err
mval_flat(const struct corim_mval *v, struct corim_record *out)
{
	struct version version;

	if (v->foreign)
		return ERR_UNEXPECTED;
	if (out->kind == CORIM_ENDORSED && v->has == 1u << MVAL_NAME)
		return text_read(v->value[MVAL_NAME], TEXT_MAX, &out->name);
	if (out->kind == CORIM_REFERENCE && v->has == 1u << MVAL_VERSION) {
		TRY(corim_version_read(v->value[MVAL_VERSION], &version));
		out->version = version.text;
		return version.scheme.n > 0 || version.text.n > TEXT_MAX
			   ? ERR_UNEXPECTED
			   : OK;
	}
	if (out->kind == CORIM_REFERENCE && v->has == 1u << MVAL_DIGESTS)
		return digests_flat(v->value[MVAL_DIGESTS], &out->digests);
	/* Two of them would have to hold together, which a flat record
	 * cannot say. */
	return ERR_UNEXPECTED;
}

static enum err
measurement_flat(struct bytes in, struct corim_record *out)
{
	struct corim_measurement m;

	TRY(corim_measurement_read(in, &m));
	if (m.mkey.n == 0 || m.authority.n > 0)
		return ERR_UNEXPECTED;
	TRY(text_read(m.mkey, NAME_MAX, &out->mkey));
	return mval_flat(&m.mval, out);
}

enum err
corim_cose_key_bare(struct bytes in, struct cose_key *out)
{
	struct cbor_in r = cbor_open(in);
	struct bytes key;

	if (!cbor_tag_if(&r, CORIM_TAG_COSE_KEY))
		return ERR_UNEXPECTED;
	if (cbor_peek(&r) == CBOR_BSTR)
		key = cbor_bstr(&r, 1, LEN_ANY);
	else
		key = cbor_raw(&r, CBOR_MAP);
	TRY(cbor_close(&r));
	return cose_key_read(key, out);
}

enum err
corim_cose_key_read(
    const struct crypto *c, struct bytes in, struct cose_key *out)
{
	TRY(corim_cose_key_bare(in, out));
	return c->key_check(out);
}

static enum err
key_flat(const struct crypto *c, struct bytes in, struct corim_record *out)
{
	TRY(corim_cose_key_read(c, in, &out->key));
	return cose_key_thumbprint(c, &out->key, out->kid);
}

/* ---- the walk: tags, statements, measurements or keys ------------------ */

/* Note what is under way, for who has to explain a fault. */
static void
note(struct corim_iter *it, const uint8_t *p)
{
	if (p != NULL)
		it->at = (size_t)(p - it->tags.in.p);
}

static enum err
tag_enter(struct corim_iter *it)
{
	struct corim_tag t;

	note(it, it->tags.in.p + it->tags.at);
	it->tags_left--;
	TRY(corim_tag_read(&it->tags, &t));
	/* A tag that replaces another one would change what that one says. */
	if (t.kind != CORIM_COMID || t.linked.n > 0)
		return ERR_UNEXPECTED;
	it->now.tag_id = t.identity.id;
	corim_triples_begin(&it->triples, t.triples);
	return it->triples.map.err;
}

static const struct {
	enum corim_statement says;
	enum corim_kind kind;
} kinds[] = {
    {SAYS_REFERENCE, CORIM_REFERENCE},
    {SAYS_ENDORSED, CORIM_ENDORSED},
    {SAYS_ATTEST_KEY, CORIM_ATTEST_KEY},
};

/* The next statement; ERR_NOT_FOUND at the end of a tag. */
static enum err
statement_enter(struct corim_iter *it)
{
	struct corim_triple t;
	enum err e = corim_triple_next(&it->triples, &t);

	note(it, it->triples.at);
	TRY(e);
	it->now = (struct corim_record){.tag_id = it->now.tag_id};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (kinds[i].says == t.kind)
			it->now.kind = kinds[i].kind;
	/* Of no kind here; or a condition narrows it. */
	if (it->now.kind == 0 || t.mkey.n > 0 || t.authority.n > 0)
		return ERR_UNEXPECTED;
	TRY(environment_flat(t.environment, &it->now));
	it->items = cbor_items(t.items);
	it->items_left = t.items.n;
	return OK;
}

static enum err
item_read(struct corim_iter *it, struct corim_record *out)
{
	struct bytes item;

	note(it, it->items.in.p + it->items.at);
	it->items_left--;
	item = cbor_raw(&it->items, CBOR_ANY);
	TRY(it->items.err);
	*out = it->now;
	if (out->kind == CORIM_ATTEST_KEY)
		return key_flat(it->crypto, item, out);
	return measurement_flat(item, out);
}

void
corim_begin(
    struct corim_iter *it, const struct crypto *c, const struct corim *m)
{
	memset(it, 0, sizeof(*it));
	it->tags = cbor_items(m->tags);
	it->tags_left = m->tags.n;
	it->crypto = c;
}

/* Go on until there is a record, the end, or a fault. */
static enum err
advance(struct corim_iter *it, struct corim_record *out)
{
	while (it->items_left == 0) {
		enum err e = ERR_NOT_FOUND;

		if (it->triples.map.in.n > 0)
			e = statement_enter(it);
		if (e == ERR_NOT_FOUND && it->tags_left == 0)
			return e;
		if (e == ERR_NOT_FOUND)
			e = tag_enter(it);
		TRY(e);
	}
	return item_read(it, out);
}

enum err
corim_next(struct corim_iter *it, struct corim_record *out)
{
	enum err e = it->tags.err;

	if (e == OK)
		e = advance(it, out);
	if (e == OK)
		return OK;
	/* A caller that goes on after a fault gets nothing more. */
	if (e != ERR_NOT_FOUND)
		cbor_fail(&it->tags, e);
	memset(out, 0, sizeof(*out));
	return e;
}
