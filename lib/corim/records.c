/*
 * records: walk a CoRIM and answer flat records.           [CoRIM 5]
 *
 * The walk is four readers, one in the other: tags, triples of a tag,
 * records of a triple, measurements or keys of a record.  Every map is read
 * strictly: what is not understood here would be a condition left out.
 */
#include <string.h>
#include <tamarind/corim.h>

#define TAG_UEID     550
#define TAG_COSE_KEY 558
#define TAG_OPAQUE   560

#define NI_SHA256 1

/* Texts that a store keeps in 64 octets with their NUL. */
#define TEXT_MAX 63
#define MKEY_MAX 255

struct comid {
	uint32_t has;
	struct bytes language, identity, entities, triples;
};

struct identity {
	uint32_t has;
	struct bytes id;
	uint64_t version;
};

struct environment {
	uint32_t has;
	struct bytes class, instance;
};

struct class
{
	uint32_t has;
	struct bytes id, vendor;
};

struct measurement {
	uint32_t has;
	struct bytes mkey, mval;
};

struct mval {
	uint32_t has;
	struct bytes version, name;
	struct list digests;
};

struct version {
	uint32_t has;
	struct bytes text;
};

// clang-format off
static const struct cbor_field comid_rows[] = {
	FIELD(0, F_TSTR, struct comid, language, 1, TEXT_MAX),
	FIELD_REQ(1, F_RAW_MAP, struct comid, identity, 0, 0),
	FIELD(2, F_RAW_ARRAY, struct comid, entities, 0, 0),
	/* 3, linked-tags: may say that this tag replaces another one */
	FIELD_REQ(4, F_RAW_MAP, struct comid, triples, 0, 0),
};
static const struct cbor_field identity_rows[] = {
	FIELD_REQ(0, F_RAW, struct identity, id, 0, 0),
	FIELD(1, F_UINT, struct identity, version, 0, UINT32_MAX),
};
static const struct cbor_field environment_rows[] = {
	FIELD_REQ(0, F_RAW_MAP, struct environment, class, 0, 0),
	FIELD(1, F_RAW, struct environment, instance, 0, 0),
};
enum { E_INSTANCE = 1 << 1 };
static const struct cbor_field class_rows[] = {
	FIELD_REQ(0, F_RAW, struct class, id, 0, 0),
	FIELD_REQ(1, F_TSTR, struct class, vendor, 1, TEXT_MAX),
};
static const struct cbor_field measurement_rows[] = {
	FIELD(0, F_RAW, struct measurement, mkey, 0, 0),
	FIELD_REQ(1, F_RAW_MAP, struct measurement, mval, 0, 0),
};
static const struct cbor_field mval_rows[] = {
	FIELD(0, F_RAW_MAP, struct mval, version, 0, 0),
	FIELD(2, F_LIST_ARRAY, struct mval, digests, 1, 16),
	FIELD(11, F_TSTR, struct mval, name, 1, TEXT_MAX),
};
enum { V_VERSION = 1 << 0, V_DIGESTS = 1 << 1, V_NAME = 1 << 2 };
static const struct cbor_field version_rows[] = {
	FIELD_REQ(0, F_TSTR, struct version, text, 1, TEXT_MAX),
};

#define TABLE(rows) {rows, ARRAY_LEN(rows), 1}
static const struct cbor_table comid_table = TABLE(comid_rows);
static const struct cbor_table identity_table = TABLE(identity_rows);
static const struct cbor_table environment_table = TABLE(environment_rows);
static const struct cbor_table class_table = TABLE(class_rows);
static const struct cbor_table measurement_table = TABLE(measurement_rows);
static const struct cbor_table mval_table = TABLE(mval_rows);
static const struct cbor_table version_table = TABLE(version_rows);
// clang-format on

static enum err
map_read(struct bytes in, const struct cbor_table *t, void *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_map_read(&r, t, out);
	return cbor_close(&r);
}

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
environment_read(struct bytes in, struct corim_record *out)
{
	struct environment e = {0};
	struct class c = {0};

	TRY(map_read(in, &environment_table, &e));
	TRY(map_read(e.class, &class_table, &c));
	TRY(tagged_read(c.id, TAG_OPAQUE, 1, 32, &out->class_id));
	out->vendor = c.vendor;
	if ((e.has & E_INSTANCE) != 0)
		TRY(tagged_read(e.instance, TAG_UEID, 7, 33, &out->ueid));
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
	bool known;

	*sha256 = BYTES_NONE;
	cbor_array(items, 2);
	if (cbor_peek(items) == CBOR_TSTR)
		known = bytes_same(
		    cbor_tstr(items, 0, LEN_ANY), BYTES_LIT("sha-256"));
	else
		known = cbor_int(items, INT64_MIN, INT64_MAX) == NI_SHA256;
	if (!known)
		cbor_fail(items, ERR_UNEXPECTED);
	*sha256 = cbor_bstr(items, DIGEST_LEN, DIGEST_LEN);
	return items->err;
}

static enum err
digests_check(struct list l)
{
	struct cbor_in r = cbor_items(l);
	struct bytes d;

	for (size_t i = 0; i < l.n; i++)
		TRY(corim_digest_read(&r, &d));
	/* Twice one algorithm matches nothing.          [CoRIM 8.6.1.3.3] */
	return l.n == 1 ? cbor_close(&r) : ERR_DUPLICATE;
}

static enum err
mval_read(struct bytes in, struct corim_record *out)
{
	struct version version = {0};
	struct mval v = {0};

	TRY(map_read(in, &mval_table, &v));
	if (out->kind == CORIM_ENDORSED && v.has == V_NAME) {
		out->name = v.name;
		return OK;
	}
	if (out->kind == CORIM_REFERENCE && v.has == V_VERSION) {
		TRY(map_read(v.version, &version_table, &version));
		out->version = version.text;
		return OK;
	}
	if (out->kind == CORIM_REFERENCE && v.has == V_DIGESTS) {
		out->digests = v.digests;
		return digests_check(v.digests);
	}
	/* Two of them would have to hold together, which a flat record
	 * cannot say. */
	return ERR_UNEXPECTED;
}

static enum err
measurement_read(struct bytes in, struct corim_record *out)
{
	struct measurement m = {0};
	struct cbor_in r;

	TRY(map_read(in, &measurement_table, &m));
	r = cbor_open(m.mkey); /* absent: at its end */
	if (cbor_peek(&r) != CBOR_TSTR)
		return ERR_UNEXPECTED;
	out->mkey = cbor_tstr(&r, 1, MKEY_MAX);
	TRY(cbor_close(&r));
	return mval_read(m.mval, out);
}

/* #6.558(COSE_Key), bare or in a byte string.       [docs/evidence.md 5] */
static enum err
key_read(const struct crypto *c, struct bytes in, struct corim_record *out)
{
	struct cbor_in r = cbor_open(in);
	struct bytes key;

	if (!cbor_tag_if(&r, TAG_COSE_KEY))
		return ERR_UNEXPECTED;
	if (cbor_peek(&r) == CBOR_BSTR)
		key = cbor_bstr(&r, 1, LEN_ANY);
	else if (cbor_peek(&r) == CBOR_MAP)
		key = cbor_raw(&r, CBOR_MAP);
	else
		return ERR_UNEXPECTED; /* a set of keys */
	TRY(cbor_close(&r));
	TRY(cose_key_read(key, &out->key));
	TRY(c->key_check(&out->key));
	return cose_key_thumbprint(c, &out->key, out->kid);
}

/* ---- the four readers -------------------------------------------------- */

/* Note where the next item of r stands, for who has to explain a fault. */
static void
note(struct corim_iter *it, const struct cbor_in *r)
{
	it->at = (size_t)(r->in.p + r->at - it->tags.in.p);
}

/* A reader over the items of an encoded array. */
static enum err
enter(struct bytes array, struct cbor_in *r, size_t *left)
{
	*r = cbor_open(array);
	*left = cbor_array_any(r, 1, LEN_ANY);
	return r->err;
}

static enum err
tag_enter(struct corim_iter *it)
{
	struct identity id = {0};
	struct comid m = {0};
	struct cbor_in r;
	struct bytes b;

	note(it, &it->tags);
	it->tags_left--;
	if (!cbor_tag_if(&it->tags, TAG_COMID))
		return ERR_UNEXPECTED;
	b = cbor_bstr(&it->tags, 1, LEN_ANY);
	TRY(it->tags.err);
	TRY(map_read(b, &comid_table, &m));
	TRY(map_read(m.identity, &identity_table, &id));
	r = cbor_open(id.id);
	it->now = (struct corim_record){0};
	if (cbor_peek(&r) == CBOR_TSTR)
		it->now.tag_id = cbor_tstr(&r, 1, CORIM_ID_MAX);
	else
		it->now.tag_id = cbor_bstr(&r, 16, 16);
	TRY(cbor_close(&r));
	it->triples = cbor_open(m.triples);
	it->triples_left = cbor_map_any(&it->triples, 1, CBOR_PAIRS_MAX);
	return it->triples.err;
}

static enum err
triple_enter(struct corim_iter *it)
{
	note(it, &it->triples);
	it->triples_left--;
	switch (cbor_int(&it->triples, INT64_MIN, INT64_MAX)) {
	case 0:
		it->now.kind = CORIM_REFERENCE;
		break;
	case 1:
		it->now.kind = CORIM_ENDORSED;
		break;
	case 3:
		it->now.kind = CORIM_ATTEST_KEY;
		break;
	default:
		return ERR_UNEXPECTED;
	}
	TRY(it->triples.err);
	return enter(cbor_raw(&it->triples, CBOR_ARRAY), &it->records,
	    &it->records_left);
}

static enum err
record_enter(struct corim_iter *it)
{
	struct corim_record fresh = {
	    .kind = it->now.kind, .tag_id = it->now.tag_id};
	struct bytes environment, list;

	note(it, &it->records);
	it->records_left--;
	/* A third member narrows the record by a condition. */
	if (cbor_array_any(&it->records, 2, 3) == 3)
		return ERR_UNEXPECTED;
	environment = cbor_raw(&it->records, CBOR_MAP);
	list = cbor_raw(&it->records, CBOR_ARRAY);
	TRY(it->records.err);
	it->now = fresh;
	TRY(environment_read(environment, &it->now));
	return enter(list, &it->measurements, &it->measurements_left);
}

static enum err
item_read(struct corim_iter *it, struct corim_record *out)
{
	struct bytes item;

	note(it, &it->measurements);
	it->measurements_left--;
	item = cbor_raw(&it->measurements, CBOR_ANY);
	TRY(it->measurements.err);
	*out = it->now;
	if (out->kind == CORIM_ATTEST_KEY)
		return key_read(it->crypto, item, out);
	return measurement_read(item, out);
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
	for (;;) {
		if (it->measurements_left > 0)
			return item_read(it, out);
		if (it->records_left > 0)
			TRY(record_enter(it));
		else if (it->triples_left > 0)
			TRY(triple_enter(it));
		else if (it->tags_left > 0)
			TRY(tag_enter(it));
		else
			return ERR_NOT_FOUND;
	}
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
