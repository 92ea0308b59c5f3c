/*
 * parts: what several maps of CoRIM, CoMID and CoTL have in common.
 *                                                         [CoRIM 4.1; 7]
 */
#include "corim_int.h"

#define TAG_EPOCH_TIME 1
#define ROLES_MAX      16
#define THUMBPRINTS    16

struct identity {
	uint32_t has;
	struct bytes id;
	uint64_t version;
};

struct validity {
	uint32_t has;
	struct bytes not_before, not_after;
};

struct entity {
	uint32_t has;
	struct bytes name, reg_id;
	struct list roles;
};

struct locator {
	uint32_t has;
	struct bytes href, thumbprint;
};

// clang-format off
static const struct cbor_field identity_rows[] = {
	FIELD_REQ(0, F_RAW, struct identity, id, 0, 0),
	FIELD(1, F_UINT, struct identity, version, 0, UINT32_MAX),
};
static const struct cbor_field validity_rows[] = {
	FIELD(0, F_RAW, struct validity, not_before, 0, 0),
	FIELD_REQ(1, F_RAW, struct validity, not_after, 0, 0),
};
enum { V_NOT_BEFORE = 1 << 0 };
static const struct cbor_field entity_rows[] = {
	FIELD_REQ(0, F_TSTR, struct entity, name, 1, NAME_MAX),
	FIELD(1, F_RAW, struct entity, reg_id, 0, 0),
	FIELD_REQ(2, F_LIST_UINT, struct entity, roles, 1, ROLES_MAX),
};
enum { E_REG_ID = 1 << 1 };
static const struct cbor_field locator_rows[] = {
	FIELD_REQ(0, F_RAW, struct locator, href, 0, 0),
	FIELD(1, F_RAW, struct locator, thumbprint, 0, 0),
};
enum { L_THUMBPRINT = 1 << 1 };

/* Strict where an unknown key may change what the known ones mean; what an
 * entity says of itself besides changes nothing. */
#define TABLE(rows, strict) {rows, ARRAY_LEN(rows), strict}
static const struct cbor_table identity_table = TABLE(identity_rows, 1);
static const struct cbor_table validity_table = TABLE(validity_rows, 1);
static const struct cbor_table entity_table = TABLE(entity_rows, 0);
static const struct cbor_table locator_table = TABLE(locator_rows, 1);
// clang-format on

enum err
corim_map_read(struct bytes in, const struct cbor_table *t, void *out)
{
	struct cbor_in r = cbor_open(in);

	cbor_map_read(&r, t, out);
	return cbor_close(&r);
}

enum err
corim_list_read(struct bytes array, size_t min, struct list *out)
{
	struct cbor_in r = cbor_open(array);
	size_t n = cbor_array_any(&r, min, LEN_ANY);

	*out = (struct list){BYTES_NONE, 0};
	if (r.err != OK)
		return r.err;
	out->raw = (struct bytes){array.p + r.at, array.n - r.at};
	out->n = n;
	return OK;
}

struct list
corim_list_take(struct cbor_in *r, size_t min)
{
	struct bytes raw = cbor_raw(r, CBOR_ARRAY);
	struct list l = {BYTES_NONE, 0};
	enum err e;

	if (r->err != OK)
		return l;
	e = corim_list_read(raw, min, &l);
	if (e != OK)
		cbor_fail(r, e);
	return l;
}

enum err
corim_each(struct list l, enum err (*check)(struct bytes))
{
	struct cbor_in r = cbor_items(l);

	for (size_t i = 0; i < l.n; i++) {
		struct bytes item = cbor_raw(&r, CBOR_ANY);

		TRY(r.err);
		TRY(check(item));
	}
	return cbor_close(&r);
}

enum err
corim_id_read(struct bytes raw, struct bytes *id, bool *is_text)
{
	struct cbor_in r = cbor_open(raw);

	*is_text = cbor_peek(&r) == CBOR_TSTR;
	*id = *is_text ? cbor_tstr(&r, 1, CORIM_ID_MAX) : cbor_bstr(&r, 16, 16);
	return cbor_close(&r);
}

enum err
corim_identity_read(struct bytes raw, struct corim_identity *out)
{
	struct identity m = {0};

	TRY(corim_map_read(raw, &identity_table, &m));
	out->version = m.version;
	return corim_id_read(m.id, &out->id, &out->is_text);
}

/* Whole seconds; a fraction or a time before 1970 is refused. */
static enum err
time_read(struct bytes raw, uint64_t *out)
{
	struct cbor_in r = cbor_open(raw);

	cbor_tag(&r, TAG_EPOCH_TIME);
	*out = cbor_uint(&r, 0, UINT64_MAX);
	return cbor_close(&r);
}

enum err
corim_validity_read(struct bytes raw, uint64_t *from, uint64_t *to)
{
	struct validity v = {0};

	*from = 0;
	TRY(corim_map_read(raw, &validity_table, &v));
	if ((v.has & V_NOT_BEFORE) != 0)
		TRY(time_read(v.not_before, from));
	return time_read(v.not_after, to);
}

enum err
corim_entities_check(struct bytes array, unsigned roles, unsigned once)
{
	struct cbor_in r;
	unsigned seen = 0;
	struct list l;

	TRY(corim_list_read(array, 1, &l));
	r = cbor_items(l);
	for (size_t i = 0; i < l.n; i++) {
		struct entity e = {0};
		struct cbor_in role;

		TRY(corim_map_read(cbor_raw(&r, CBOR_MAP), &entity_table, &e));
		if ((e.has & E_REG_ID) != 0)
			TRY(corim_choice_check(e.reg_id, USE_URI));
		role = cbor_items(e.roles);
		for (size_t k = 0; k < e.roles.n; k++) {
			uint64_t bit = cbor_uint(&role, 0, 31);

			TRY(role.err);
			if ((roles >> bit & 1) == 0)
				return ERR_UNEXPECTED;
			if ((once & seen) >> bit & 1)
				return ERR_DUPLICATE;
			seen |= 1u << bit;
		}
	}
	return cbor_close(&r);
}

static enum err
uri_check(struct bytes in)
{
	return corim_choice_check(in, USE_URI);
}

static enum err
thumbprint_check(struct bytes in)
{
	struct cbor_in r = cbor_open(in);
	struct eat_digest d;

	TRY(eat_digest_read(&r, &d));
	return cbor_close(&r);
}

/* One, or an array of them: a digest is an array too, but begins with no
 * array. */
static enum err
one_or_more(struct bytes in, enum err (*check)(struct bytes), bool array)
{
	struct cbor_in r = cbor_open(in);
	struct list l;

	if (cbor_peek(&r) != CBOR_ARRAY)
		return check(in);
	TRY(corim_list_read(in, 1, &l));
	r = cbor_items(l);
	if (array && cbor_peek(&r) != CBOR_ARRAY)
		return check(in);
	return l.n > THUMBPRINTS ? ERR_RANGE : corim_each(l, check);
}

static enum err
locator_check(struct bytes in)
{
	struct locator m = {0};

	TRY(corim_map_read(in, &locator_table, &m));
	TRY(one_or_more(m.href, uri_check, false));
	if ((m.has & L_THUMBPRINT) == 0)
		return OK;
	return one_or_more(m.thumbprint, thumbprint_check, true);
}

enum err
corim_locators_check(struct bytes array)
{
	struct list l;

	TRY(corim_list_read(array, 1, &l));
	return corim_each(l, locator_check);
}
