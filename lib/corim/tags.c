/*
 * tags: what stands in the list of a CoRIM: CoSWID, CoMID, trust anchors,
 * and lists of tags.                             [CoRIM 4.1.2; 5.1; 6]
 */
#include "corim_int.h"

#include <string.h>

#define LANGUAGE_MAX 63
#define LINKS_MAX    64
/* A creator, others who made it, who maintains it.        [CoRIM 5.1.2] */
#define COMID_ROLES 7u

struct comid {
	uint32_t has;
	struct bytes language, identity, entities, triples;
	struct list linked;
};

struct link {
	uint32_t has;
	struct bytes target;
	uint64_t relation;
};

struct cotl {
	uint32_t has;
	struct bytes identity, validity;
	struct list listed;
};

struct coswid {
	uint32_t has;
	struct bytes id;
	uint64_t version;
};

// clang-format off
static const struct cbor_field comid_rows[] = {
	FIELD(0, F_TSTR, struct comid, language, 1, LANGUAGE_MAX),
	FIELD_REQ(1, F_RAW_MAP, struct comid, identity, 0, 0),
	FIELD(2, F_RAW_ARRAY, struct comid, entities, 0, 0),
	FIELD(3, F_LIST_MAP, struct comid, linked, 1, LINKS_MAX),
	FIELD_REQ(4, F_RAW_MAP, struct comid, triples, 0, 0),
};
enum { C_ENTITIES = 1 << 2 };
static const struct cbor_field link_rows[] = {
	FIELD_REQ(0, F_RAW, struct link, target, 0, 0),
	FIELD_REQ(1, F_UINT, struct link, relation, 0, 1),
};
static const struct cbor_field cotl_rows[] = {
	FIELD_REQ(0, F_RAW_MAP, struct cotl, identity, 0, 0),
	FIELD_REQ(1, F_LIST_MAP, struct cotl, listed, 1, CORIM_TAGS_MAX),
	FIELD_REQ(2, F_RAW_MAP, struct cotl, validity, 0, 0),
};
/* Of a CoSWID nothing else is needed here.               [RFC 9393 2.3] */
static const struct cbor_field coswid_rows[] = {
	FIELD_REQ(0, F_RAW, struct coswid, id, 0, 0),
	FIELD(12, F_UINT, struct coswid, version, 0, UINT32_MAX),
};

#define TABLE(rows, strict) {rows, ARRAY_LEN(rows), strict}
static const struct cbor_table comid_table = TABLE(comid_rows, 1);
static const struct cbor_table link_table = TABLE(link_rows, 1);
static const struct cbor_table cotl_table = TABLE(cotl_rows, 1);
static const struct cbor_table coswid_table = TABLE(coswid_rows, 0);
// clang-format on

static enum err
comid_read(struct bytes in, struct corim_tag *out)
{
	struct comid m = {0};

	TRY(corim_map_read(in, &comid_table, &m));
	TRY(corim_identity_read(m.identity, &out->identity));
	if ((m.has & C_ENTITIES) != 0)
		TRY(corim_entities_check(m.entities, COMID_ROLES, 0));
	out->linked = m.linked;
	out->triples = m.triples;
	return OK;
}

static enum err
cotl_read(struct bytes in, struct corim_tag *out)
{
	struct cotl m = {0};

	TRY(corim_map_read(in, &cotl_table, &m));
	TRY(corim_identity_read(m.identity, &out->identity));
	TRY(corim_validity_read(m.validity, &out->not_before, &out->not_after));
	out->listed = m.listed;
	return OK;
}

static enum err
coswid_read(struct bytes in, struct corim_tag *out)
{
	struct coswid m = {0};

	TRY(corim_map_read(in, &coswid_table, &m));
	out->identity.version = m.version;
	return corim_id_read(m.id, &out->identity.id, &out->identity.is_text);
}

/* Each store in it has a name of its own, or none. */
static enum err
cots_tag_read(struct bytes in, struct corim_tag *out)
{
	(void)out;
	return corim_cots_check(in);
}

static const struct {
	enum corim_tag_kind kind;
	const char *name;
	enum err (*read)(struct bytes in, struct corim_tag *out);
} rows[] = {
    {CORIM_COSWID, "CoSWID", coswid_read},
    {CORIM_COMID, "CoMID", comid_read},
    {CORIM_COTS, "CoTS", cots_tag_read},
    {CORIM_COTL, "CoTL", cotl_read},
};

/* Tag and byte string, one in the other: 507(bstr), or as the sample of the
 * CoTS draft has it, bstr(507(array)). */
static size_t
head_read(struct cbor_in *items, struct bytes *body)
{
	struct cbor_in inside;
	uint64_t tag;
	size_t i;

	if (cbor_peek(items) == CBOR_BSTR) {
		*body = cbor_bstr(items, 1, LEN_ANY);
		inside = cbor_open(*body);
		if (!cbor_tag_if(&inside, CORIM_COTS))
			return ARRAY_LEN(rows);
		tag = CORIM_COTS;
		body->p += inside.at;
		body->n -= inside.at;
	} else if (cbor_peek(items) == CBOR_TAG) {
		tag = cbor_tag_any(items);
		*body = cbor_bstr(items, 1, LEN_ANY);
	} else {
		return ARRAY_LEN(rows);
	}
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if ((uint64_t)rows[i].kind == tag)
			break;
	return i;
}

enum err
corim_tag_read(struct cbor_in *items, struct corim_tag *out)
{
	struct bytes body = BYTES_NONE;
	enum err e = OK;
	size_t i;

	memset(out, 0, sizeof(*out));
	i = head_read(items, &body);
	TRY(items->err);
	if (i == ARRAY_LEN(rows)) {
		cbor_fail(items, ERR_UNEXPECTED);
		return items->err;
	}
	out->kind = rows[i].kind;
	out->body = body;
	out->not_after = UINT64_MAX;
	e = rows[i].read(body, out);
	if (e != OK) {
		cbor_fail(items, e);
		memset(out, 0, sizeof(*out));
	}
	return items->err;
}

enum err
corim_link_read(
    struct cbor_in *items, struct corim_identity *target, bool *replaces)
{
	struct bytes raw = cbor_raw(items, CBOR_MAP);
	struct link l = {0};
	enum err e;

	memset(target, 0, sizeof(*target));
	TRY(items->err);
	e = corim_map_read(raw, &link_table, &l);
	if (e == OK)
		e = corim_id_read(l.target, &target->id, &target->is_text);
	if (e != OK)
		cbor_fail(items, e);
	*replaces = l.relation == 1;
	return items->err;
}

const char *
corim_tag_name(enum corim_tag_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].kind == kind)
			return rows[i].name;
	return "tag";
}

/* ---- all of it --------------------------------------------------------- */

/* Every statement of a CoMID, and every link. */
static enum err
comid_check(const struct corim_tag *t, const uint8_t **at, const char **what)
{
	struct cbor_in r = cbor_items(t->linked);
	struct corim_triples it;
	struct corim_triple one;
	enum err e;

	*what = "linked-tags";
	for (size_t i = 0; i < t->linked.n; i++) {
		struct corim_identity target;
		bool replaces;

		TRY(corim_link_read(&r, &target, &replaces));
	}
	corim_triples_begin(&it, t->triples);
	do
		e = corim_triple_next(&it, &one);
	while (e == OK);
	if (e == ERR_NOT_FOUND)
		return OK;
	*what = it.at == NULL ? "triples" : corim_triples_name(&it);
	*at = it.at;
	return e;
}

static enum err
cotl_check(const struct corim_tag *t)
{
	struct cbor_in r = cbor_items(t->listed);
	struct corim_identity id;

	for (size_t i = 0; i < t->listed.n; i++)
		TRY(corim_identity_read(cbor_raw(&r, CBOR_MAP), &id));
	return cbor_close(&r);
}

enum err
corim_check(const struct corim *m, struct why *why)
{
	struct cbor_in r = cbor_items(m->tags);

	if (m->tags.n > CORIM_TAGS_MAX)
		return why_set(why, ERR_LIMIT, "tags");
	for (size_t i = 0; i < m->tags.n; i++) {
		const uint8_t *at = r.in.p + r.at;
		const char *what = "tag";
		struct corim_tag t;
		enum err e = corim_tag_read(&r, &t);

		if (e == OK && t.kind == CORIM_COMID)
			e = comid_check(&t, &at, &what);
		else if (e == OK && t.kind == CORIM_COTL)
			e = cotl_check(&t);
		if (e == OK)
			continue;
		(void)why_set(why, e, what);
		if (why != NULL) {
			if (at != NULL)
				why->at = (size_t)(at - m->tags.raw.p);
			why->kind = WHY_TEXT;
			why->source =
			    t.identity.is_text ? t.identity.id : BYTES_NONE;
		}
		return e;
	}
	return OK;
}
