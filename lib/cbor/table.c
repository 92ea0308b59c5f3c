/*
 * table: read and write a map by its table.
 */
#include "cbor_int.h"
#include <string.h>

/* The type of a list's items. */
static enum cbor_type
item_type(uint8_t kind)
{
	switch (kind) {
	case F_LIST_BSTR:
		return CBOR_BSTR;
	case F_LIST_UINT:
		return CBOR_UINT;
	case F_LIST_MAP:
		return CBOR_MAP;
	case F_LIST_ARRAY:
		return CBOR_ARRAY;
	}
	return CBOR_ANY;
}

static uint64_t
bound(uint32_t max)
{
	return max == UINT32_MAX ? UINT64_MAX : max;
}

/* Bounds of F_INT are written as int32_t; its two ends mean none. */
static int64_t
int_min(const struct cbor_field *f)
{
	return f->min == (uint32_t)INT32_MIN ? INT64_MIN : (int32_t)f->min;
}

static int64_t
int_max(const struct cbor_field *f)
{
	return f->max == UINT32_MAX ? INT64_MAX : (int32_t)f->max;
}

static struct list
read_list(struct cbor_in *r, const struct cbor_field *f)
{
	enum cbor_type type = item_type(f->kind);
	struct list l;
	size_t start;

	l.n = cbor_array_any(r, f->min, (size_t)bound(f->max));
	start = r->at;
	for (size_t i = 0; i < l.n && r->err == OK; i++)
		(void)cbor_raw(r, type);
	if (r->err != OK)
		return (struct list){BYTES_NONE, 0};
	l.raw = (struct bytes){r->in.p + start, r->at - start};
	return l;
}

/* The content of a byte string, which must be one item. */
static struct bytes
read_wrap(struct cbor_in *r, size_t min, size_t max)
{
	struct bytes b = cbor_bstr(r, min, max);
	size_t at;
	enum err e;

	if (r->err != OK)
		return b;
	e = cbor_check(b, &at);
	if (e == OK)
		return b;
	cbor_fail_at(r, r->at - b.n + at, e);
	return BYTES_NONE;
}

static void
read_value(struct cbor_in *r, const struct cbor_field *f, uint8_t *to)
{
	size_t max = (size_t)bound(f->max);
	struct bytes b;

	switch ((enum cbor_kind)f->kind) {
	case F_UINT: {
		uint64_t v = cbor_uint(r, f->min, bound(f->max));

		memcpy(to, &v, sizeof(v));
		return;
	}
	case F_INT: {
		int64_t v = cbor_int(r, int_min(f), int_max(f));

		memcpy(to, &v, sizeof(v));
		return;
	}
	case F_BOOL: {
		bool v = cbor_bool(r);

		memcpy(to, &v, sizeof(v));
		return;
	}
	case F_LIST:
	case F_LIST_BSTR:
	case F_LIST_UINT:
	case F_LIST_MAP:
	case F_LIST_ARRAY: {
		struct list l = read_list(r, f);

		memcpy(to, &l, sizeof(l));
		return;
	}
	case F_BSTR:
		b = cbor_bstr(r, f->min, max);
		break;
	case F_TSTR:
		b = cbor_tstr(r, f->min, max);
		break;
	case F_RAW:
		b = cbor_raw(r, CBOR_ANY);
		break;
	case F_RAW_MAP:
		b = cbor_raw(r, CBOR_MAP);
		break;
	case F_RAW_ARRAY:
		b = cbor_raw(r, CBOR_ARRAY);
		break;
	case F_WRAP:
		b = read_wrap(r, f->min, max);
		break;
	default:
		cbor_fail(r, ERR_BUG);
		return;
	}
	memcpy(to, &b, sizeof(b));
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
		enum err e = cbor_keys_distinct(r->in, &first, n);

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
check(struct cbor_out *w, bool ok, enum err e)
{
	if (!ok && w->err == OK)
		w->err = e;
}

static bool
in_bounds(const struct cbor_field *f, uint64_t n)
{
	return n >= f->min && n <= bound(f->max);
}

static void
write_value(struct cbor_out *w, const struct cbor_field *f, const uint8_t *from)
{
	struct bytes b;

	switch ((enum cbor_kind)f->kind) {
	case F_UINT: {
		uint64_t v;

		memcpy(&v, from, sizeof(v));
		check(w, in_bounds(f, v), ERR_RANGE);
		cbor_put_uint(w, v);
		return;
	}
	case F_INT: {
		int64_t v;

		memcpy(&v, from, sizeof(v));
		check(w, v >= int_min(f) && v <= int_max(f), ERR_RANGE);
		cbor_put_int(w, v);
		return;
	}
	case F_BOOL: {
		bool v;

		memcpy(&v, from, sizeof(v));
		cbor_put_bool(w, v);
		return;
	}
	case F_LIST:
	case F_LIST_BSTR:
	case F_LIST_UINT:
	case F_LIST_MAP:
	case F_LIST_ARRAY: {
		struct list l;

		memcpy(&l, from, sizeof(l));
		check(w, in_bounds(f, l.n), ERR_RANGE);
		cbor_put_array(w, l.n);
		cbor_put_raw(w, l.raw);
		return;
	}
	default:
		break;
	}
	memcpy(&b, from, sizeof(b));
	switch ((enum cbor_kind)f->kind) {
	case F_BSTR:
	case F_WRAP:
		check(w, in_bounds(f, b.n), ERR_RANGE);
		cbor_put_bstr(w, b);
		return;
	case F_TSTR:
		check(w, in_bounds(f, b.n), ERR_RANGE);
		cbor_put_tstr(w, b);
		return;
	case F_RAW:
	case F_RAW_MAP:
	case F_RAW_ARRAY:
		/* Nothing encoded is not an item: the map would be broken. */
		check(w, b.n > 0, ERR_RANGE);
		cbor_put_raw(w, b);
		return;
	default:
		check(w, false, ERR_BUG);
		return;
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
		check(
		    w, !t->row[i].required || (has >> i & 1) != 0, ERR_MISSING);
	}
	cbor_put_map(w, n);
	for (unsigned i = 0; i < t->n; i++) {
		if ((has >> i & 1) == 0)
			continue;
		cbor_put_int(w, t->row[i].key);
		write_value(w, &t->row[i], (const uint8_t *)in + t->row[i].off);
	}
}
