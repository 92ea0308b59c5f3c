/*
 * table: read and write a map by its table.
 */
#include "cbor_int.h"
#include <string.h>

/* What a row's member holds. */
union value {
	uint64_t u;
	int64_t i;
	bool b;
	struct bytes bytes;
	struct list list;
};

/* The same for each kind: its CBOR type, or for lists that of the items, and
 * the size of the member. */
static const struct {
	uint8_t type, size;
} kinds[] = {
    [F_UINT] = {CBOR_UINT, sizeof(uint64_t)},
    [F_INT] = {CBOR_ANY, sizeof(int64_t)},
    [F_BOOL] = {CBOR_SIMPLE, sizeof(bool)},
    [F_BSTR] = {CBOR_BSTR, sizeof(struct bytes)},
    [F_TSTR] = {CBOR_TSTR, sizeof(struct bytes)},
    [F_RAW] = {CBOR_ANY, sizeof(struct bytes)},
    [F_RAW_MAP] = {CBOR_MAP, sizeof(struct bytes)},
    [F_RAW_ARRAY] = {CBOR_ARRAY, sizeof(struct bytes)},
    [F_LIST] = {CBOR_ANY, sizeof(struct list)},
    [F_LIST_BSTR] = {CBOR_BSTR, sizeof(struct list)},
    [F_LIST_UINT] = {CBOR_UINT, sizeof(struct list)},
    [F_LIST_MAP] = {CBOR_MAP, sizeof(struct list)},
    [F_LIST_ARRAY] = {CBOR_ARRAY, sizeof(struct list)},
    [F_WRAP] = {CBOR_BSTR, sizeof(struct bytes)},
};

static void
refuse(struct cbor_out *w, enum err e)
{
	if (w->err == OK)
		w->err = e;
}

/* Is v within the bounds of its row? */
static bool
in_bounds(const struct cbor_field *f, const union value *v)
{
	uint64_t n;

	switch ((enum cbor_kind)f->kind) {
	case F_UINT:
		n = v->u;
		break;
	case F_INT:
		return (f->min == FIELD_NO_MIN || v->i >= f->min) &&
		       (f->max == UINT32_MAX || v->i <= (int32_t)f->max);
	case F_BSTR:
	case F_TSTR:
	case F_WRAP:
		n = v->bytes.n;
		break;
	case F_RAW:
	case F_RAW_MAP:
	case F_RAW_ARRAY:
		/* Nothing is not an item: written, it would break the map. */
		return v->bytes.n > 0;
	case F_LIST:
	case F_LIST_BSTR:
	case F_LIST_UINT:
	case F_LIST_MAP:
	case F_LIST_ARRAY:
		n = v->list.n;
		break;
	default:
		return true;
	}
	return n >= (uint64_t)f->min && (n <= f->max || f->max == UINT32_MAX);
}

static void
read_list(struct cbor_in *r, enum cbor_type type, struct list *l)
{
	size_t start;

	l->n = cbor_array_any(r, 0, LEN_ANY);
	start = r->at;
	for (size_t i = 0; i < l->n && r->err == OK; i++)
		(void)cbor_raw(r, type);
	l->raw = (struct bytes){r->in.p + start, r->at - start};
}

/* The content of a byte string just read must be one item. */
static void
check_wrap(struct cbor_in *r, struct bytes b)
{
	size_t at;
	enum err e;

	if (r->err != OK)
		return;
	e = cbor_check(b, &at);
	if (e != OK)
		cbor_fail_at(r, r->at - b.n + at, e);
}

/* Read a value into its member, which is left alone after a fault. */
static void
read_value(struct cbor_in *r, const struct cbor_field *f, uint8_t *member)
{
	enum cbor_type type = (enum cbor_type)kinds[f->kind].type;
	size_t start = r->at;
	union value v;

	switch ((enum cbor_kind)f->kind) {
	case F_UINT:
		v.u = cbor_uint(r, 0, UINT64_MAX);
		break;
	case F_INT:
		v.i = cbor_int(r, INT64_MIN, INT64_MAX);
		break;
	case F_BOOL:
		v.b = cbor_bool(r);
		break;
	case F_BSTR:
	case F_TSTR:
		v.bytes = cbor_string(r, type);
		break;
	case F_WRAP:
		v.bytes = cbor_string(r, type);
		check_wrap(r, v.bytes);
		break;
	case F_RAW:
	case F_RAW_MAP:
	case F_RAW_ARRAY:
		v.bytes = cbor_raw(r, type);
		break;
	default:
		read_list(r, type, &v.list);
		break;
	}
	if (!in_bounds(f, &v))
		cbor_fail_at(r, start, ERR_RANGE);
	if (r->err == OK)
		memcpy(member, &v, kinds[f->kind].size);
}

/* Read a key; answers its row or t->n.  Rows are tried from hint on, which
 * finds a key in order at once. */
static unsigned
read_key(struct cbor_in *r, const struct cbor_table *t, unsigned hint)
{
	int64_t key;

	if (cbor_peek(r) == CBOR_TSTR) {
		(void)cbor_tstr(r, 0, LEN_ANY);
		return t->n;
	}
	key = cbor_int(r, INT64_MIN, INT64_MAX);
	for (unsigned i = 0; i < t->n; i++, hint++) {
		if (hint >= t->n)
			hint = 0;
		if (t->row[hint].key == key)
			return hint;
	}
	return t->n;
}

void
cbor_map_read(struct cbor_in *r, const struct cbor_table *t, void *out)
{
	size_t start = r->at, first, n;
	struct bytes prev = BYTES_NONE;
	bool unknown = false, unsorted = false;
	uint32_t has = 0;
	unsigned row = 0;

	n = cbor_map_any(r, 0, CBOR_PAIRS_MAX);
	first = r->at;
	for (size_t i = 0; i < n; i++) {
		size_t at = r->at;
		struct bytes key;

		row = read_key(r, t, row);
		if (r->err != OK)
			return;
		key = (struct bytes){r->in.p + at, r->at - at};
		if (bytes_order(key, prev) <= 0)
			unsorted = true;
		prev = key;
		if (row < t->n) {
			if ((has >> row & 1) != 0)
				cbor_fail_at(r, at, ERR_DUPLICATE);
			has |= UINT32_C(1) << row;
			read_value(
			    r, &t->row[row], (uint8_t *)out + t->row[row].off);
			row++;
		} else {
			unknown = true;
			if (t->strict)
				cbor_fail_at(r, at, ERR_UNEXPECTED);
			(void)cbor_raw(r, CBOR_ANY);
		}
	}
	/* A table knows its own keys; two equal ones may hide among others. */
	if (unknown && unsorted && r->err == OK) {
		enum err e = cbor_keys_distinct(&r->in, &first, r->at);

		if (e != OK)
			cbor_fail_at(r, first, e);
	}
	for (unsigned i = 0; i < t->n; i++)
		if (t->row[i].required && (has >> i & 1) == 0)
			cbor_fail_at(r, start, ERR_MISSING);
	if (r->err == OK)
		memcpy(out, &has, sizeof(has));
}

static void
write_value(
    struct cbor_out *w, const struct cbor_field *f, const uint8_t *member)
{
	enum cbor_type type = (enum cbor_type)kinds[f->kind].type;
	union value v;

	memcpy(&v, member, kinds[f->kind].size);
	if (!in_bounds(f, &v))
		refuse(w, ERR_RANGE);
	switch ((enum cbor_kind)f->kind) {
	case F_UINT:
		cbor_put_uint(w, v.u);
		break;
	case F_INT:
		cbor_put_int(w, v.i);
		break;
	case F_BOOL:
		cbor_put_bool(w, v.b);
		break;
	case F_BSTR:
	case F_TSTR:
	case F_WRAP:
		cbor_put_string(w, type, v.bytes);
		break;
	case F_RAW:
	case F_RAW_MAP:
	case F_RAW_ARRAY:
		cbor_put_raw(w, v.bytes);
		break;
	default:
		cbor_put_array(w, v.list.n);
		cbor_put_raw(w, v.list.raw);
		break;
	}
}

void
cbor_map_write(struct cbor_out *w, const struct cbor_table *t, const void *in)
{
	uint32_t has;
	size_t n = 0;

	memcpy(&has, in, sizeof(has));
	for (unsigned i = 0; i < t->n; i++) {
		n += has >> i & 1;
		if (t->row[i].required && (has >> i & 1) == 0)
			refuse(w, ERR_MISSING);
	}
	cbor_put_map(w, n);
	for (unsigned i = 0; i < t->n; i++) {
		if ((has >> i & 1) == 0)
			continue;
		cbor_put_int(w, t->row[i].key);
		write_value(w, &t->row[i], (const uint8_t *)in + t->row[i].off);
	}
}
