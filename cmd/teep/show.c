/*
 * show: the walk.  One function for each kind of shape.
 */
#include "show.h"

#include <string.h>
#include <tamarind/suit.h>
#include <time.h>

const struct shape shape_any = {.kind = S_ANY};
const struct shape shape_uint = {.kind = S_UINT};
const struct shape shape_int = {.kind = S_INT};
const struct shape shape_bool = {.kind = S_BOOL};
const struct shape shape_text = {.kind = S_TEXT};
const struct shape shape_bstr = {.kind = S_BSTR};
const struct shape shape_kid = {.kind = S_KID};
const struct shape shape_time = {.kind = S_TIME};
const struct shape shape_id = {.kind = S_ID};
const struct shape shape_open = {.kind = S_OPEN};
const struct shape shape_ints = {.kind = S_INLINE};

/* Where the next item of r stands. */
static const uint8_t *
here(const struct cbor_in *r)
{
	return r->in.p + r->at;
}

/* Tell what r met, if it failed; answers whether it has. */
static bool
failed(struct show *s, const struct cbor_in *r)
{
	if (r->err == OK)
		return false;
	show_fault(s, r->err, NULL, r->in.p + r->err_at);
	return true;
}

/* ---- leaves ------------------------------------------------------------ */

/* Numbers, simple values, and whatever has no line form of its own. */
static void
show_scalar(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ANY);

	if (failed(s, r))
		return;
	line_begin(s, l, p);
	put_diag(s, raw);
	line_end(s);
}

static void
show_text(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes b = cbor_tstr(r, 0, LEN_ANY);

	if (failed(s, r))
		return;
	line_begin(s, l, p);
	put_foreign(s, b);
	line_end(s);
}

/* Octets; those that make a name of their own are shown as text as well. */
static void
show_octets(struct show *s, struct cbor_in *r, const struct label *l, bool kid)
{
	const uint8_t *p = here(r);
	struct bytes b = cbor_bstr(r, 0, LEN_ANY);
	bool text = b.n > 0 && b.n != KID_LEN && kid;

	if (failed(s, r))
		return;
	for (size_t i = 0; i < b.n; i++)
		text = text && b.p[i] >= 0x20 && b.p[i] < 0x7f;
	line_begin(s, l, p);
	if (kid)
		put_kid(s, b);
	else
		put_hex(s, b);
	if (text) {
		put(s, " ");
		put_foreign(s, b);
	}
	line_end(s);
}

static void
show_time(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ANY);
	struct cbor_in in = cbor_open(raw);
	char text[40];
	struct tm tm;
	int64_t v;
	time_t t;

	if (failed(s, r))
		return;
	(void)cbor_tag_if(&in, 1);
	v = cbor_int(&in, INT64_MIN, INT64_MAX);
	t = (time_t)v;
	line_begin(s, l, p);
	/* fractions and years of more than four digits stay numbers */
	if (cbor_close(&in) == OK && v <= INT64_C(253402300799) &&
	    v >= INT64_C(-62135596800) && gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		put(s, "%s (%lld)", text, (long long)v);
	else
		put_diag(s, raw);
	line_end(s);
}

static void
put_named(struct show *s, int64_t v, const char *(*name)(int64_t))
{
	const char *n = name == NULL ? NULL : name(v);

	if (n != NULL)
		put(s, "%s (%lld)", n, (long long)v);
	else
		put(s, "%lld", (long long)v);
}

static void
show_name(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	int64_t v;

	if (cbor_peek(r) == CBOR_TSTR) {
		show_text(s, r, l);
		return;
	}
	v = cbor_int(r, INT64_MIN, INT64_MAX);
	if (failed(s, r))
		return;
	line_begin(s, l, p);
	put_named(s, v, shape->name);
	line_end(s);
}

static void
show_bits(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	uint64_t v = cbor_uint(r, 0, UINT64_MAX), left = v;

	if (failed(s, r))
		return;
	line_begin(s, l, p);
	put(s, "%llu", (unsigned long long)v);
	for (size_t i = 0; i < shape->n; i++) {
		uint64_t bit = (uint64_t)shape->member[i].key;

		if ((v & bit) == 0)
			continue;
		put(s, "%s%s", left == v ? " = " : " | ",
		    shape->member[i].name);
		left &= ~bit;
	}
	if (left != 0 && left != v)
		put(s, " | %llu", (unsigned long long)left);
	line_end(s);
}

/* Arrays of arrays of numbers in one line; r holds what was checked. */
static void
put_inline(struct show *s, struct cbor_in *r, const struct shape *shape)
{
	const uint8_t *p = here(r);
	size_t n;

	switch (cbor_peek(r)) {
	case CBOR_UINT:
	case CBOR_NINT:
		put_named(s, cbor_int(r, INT64_MIN, INT64_MAX), shape->name);
		break;
	case CBOR_ARRAY:
		n = cbor_array_any(r, 0, LEN_ANY);
		put(s, "[");
		for (size_t i = 0; i < n && r->err == OK; i++) {
			if (i > 0)
				put(s, ", ");
			put_inline(s, r, shape);
		}
		put(s, "]");
		break;
	default:
		(void)cbor_raw(r, CBOR_ANY);
		if (r->err == OK)
			put_diag(s, (struct bytes){p, (size_t)(here(r) - p)});
		break;
	}
}

static void
show_inline(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ANY);
	struct cbor_in in = cbor_open(raw);

	if (failed(s, r))
		return;
	line_begin(s, l, p);
	put_inline(s, &in, shape);
	line_end(s);
	(void)failed(s, &in); /* a number beyond 64 bits with sign */
}

static void
show_id(struct show *s, struct cbor_in *r, const struct label *l)
{
	const uint8_t *p = here(r);
	struct bytes raw = cbor_raw(r, CBOR_ARRAY);
	char text[SUIT_ID_TEXT];

	if (failed(s, r))
		return;
	line_begin(s, l, p);
	if (suit_id_text(raw, text) == OK)
		put(s, "%.500s%s", text, strlen(text) > 500 ? "..." : "");
	else
		put_diag(s, raw);
	line_end(s);
}

/* ---- containers -------------------------------------------------------- */

/* One line for a container whose items follow. */
static void
open_line(struct show *s, const struct label *l, const uint8_t *p, size_t n)
{
	line_begin(s, l, p);
	if (n == 0)
		put(s, "empty");
	line_end(s);
}

static void
show_list(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *of)
{
	const uint8_t *p = here(r);
	size_t n = cbor_array_any(r, 0, LEN_ANY);

	if (failed(s, r))
		return;
	open_line(s, l, p, n);
	level_in(s);
	for (size_t i = 0; i < n && r->err == OK; i++) {
		const struct label item = INDEXED(i);

		show_item(s, r, &item, of);
	}
	level_out(s);
}

/* The items of an array whose head was at p. */
static void
array_items(struct show *s, struct cbor_in *r, const struct shape *shape,
    size_t n, const uint8_t *p)
{
	size_t min = shape->min > 0 ? shape->min : shape->n;

	level_in(s);
	if (n < min || n > shape->n)
		show_fault(s, ERR_RANGE, NULL, p);
	for (size_t i = 0; i < n && r->err == OK; i++) {
		struct label item = INDEXED(i);

		if (i < shape->n && shape->member[i].name != NULL)
			item = NAMED(shape->member[i].name);
		show_item(s, r, &item,
		    i < shape->n ? shape->member[i].shape : &shape_any);
	}
	level_out(s);
}

static void
show_array(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	size_t n = cbor_array_any(r, 0, LEN_ANY);

	if (failed(s, r))
		return;
	open_line(s, l, p, n);
	array_items(s, r, shape, n, p);
}

static const struct member *
member_of(const struct shape *shape, int64_t key)
{
	for (size_t i = 0; i < shape->n; i++)
		if (shape->member[i].key == key)
			return &shape->member[i];
	return NULL;
}

/* Read a key, and find what it is called and what it stands for. */
static const struct shape *
key_read(struct cbor_in *r, const struct shape *shape, struct label *l)
{
	const struct member *m;
	struct cbor_in copy = *r;
	int64_t key = cbor_int(&copy, INT64_MIN, INT64_MAX);

	if (copy.err == OK) {
		*r = copy;
		*l = (struct label){.kind = LABEL_KEY, .number = key};
		m = member_of(shape, key);
		if (m != NULL)
			l->name = m->name;
		if (l->name == NULL && shape->name != NULL)
			l->name = shape->name(key);
		if (m != NULL)
			return m->shape;
		return shape->of != NULL ? shape->of : &shape_any;
	}
	if (cbor_peek(r) == CBOR_TSTR)
		*l = (struct label){
		    .kind = LABEL_TEXT, .text = cbor_tstr(r, 0, LEN_ANY)};
	else
		*l = (struct label){
		    .kind = LABEL_RAW, .text = cbor_raw(r, CBOR_ANY)};
	return shape->text != NULL ? shape->text : &shape_any;
}

static void
map_items(
    struct show *s, struct cbor_in *r, const struct shape *shape, size_t n)
{
	level_in(s);
	for (size_t i = 0; i < n && r->err == OK; i++) {
		struct label item;
		const struct shape *of = key_read(r, shape, &item);

		if (failed(s, r))
			break;
		show_item(s, r, &item, of);
	}
	level_out(s);
}

static void
show_map(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	size_t n = cbor_map_any(r, 0, LEN_ANY);

	if (failed(s, r))
		return;
	open_line(s, l, p, n);
	map_items(s, r, shape, n);
}

void
show_inside(struct show *s, struct cbor_in *r, const struct shape *shape)
{
	const uint8_t *p = here(r);
	bool map = cbor_peek(r) == CBOR_MAP;
	size_t n;

	if (shape->kind != (map ? S_MAP : S_ARRAY))
		cbor_fail(r, ERR_TYPE);
	n = map ? cbor_map_any(r, 0, LEN_ANY) : cbor_array_any(r, 0, LEN_ANY);
	if (failed(s, r))
		return;
	if (map)
		map_items(s, r, shape, n);
	else
		array_items(s, r, shape, n, p);
}

/* ---- byte strings that hold something ---------------------------------- */

/* A byte string; of one that ends too early, what is there. */
static struct bytes
string_or_rest(struct cbor_in *r, bool *cut)
{
	struct cbor_in copy = *r;
	struct bytes b = cbor_bstr(&copy, 0, LEN_ANY);
	size_t left = r->in.n - r->at, head = 1;

	*cut = false;
	if (copy.err == ERR_TRUNCATED && left > 0) {
		unsigned info = r->in.p[r->at] & 31;

		if (info >= 24)
			head += (size_t)1 << (info & 3);
		if (head < left) {
			*cut = true;
			b = (struct bytes){here(r) + head, left - head};
			r->at = r->in.n;
			return b;
		}
	}
	*r = copy;
	return b;
}

/* Is what was shown one strict item, with nothing after it? */
static void
check_whole(struct show *s, struct bytes b)
{
	size_t at;
	enum err e = cbor_check(b, &at);

	if (e != OK)
		show_fault(s, e, NULL, b.p + at);
}

static void
show_wrap(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const uint8_t *p = here(r);
	bool cut;
	struct bytes b = string_or_rest(r, &cut);
	struct cbor_in in = cbor_open(b);

	if (failed(s, r))
		return;
	if (b.n == 0) {
		open_line(s, l, p, 0);
		return;
	}
	s->wrapped = b.n;
	s->is_wrapped = true;
	show_item(s, &in, l, shape->of);
	s->is_wrapped = false;
	check_whole(s, b);
	if (cut)
		cbor_fail(r, ERR_TRUNCATED);
	(void)failed(s, r);
}

/* May b be opened though nobody knows what it is?  Containers only: a short
 * octet string is too easily a number. */
static bool
opens(struct bytes b)
{
	struct cbor_in r = cbor_open(b);
	enum cbor_type t = cbor_peek(&r);
	size_t at;

	return b.n > 1 && t >= CBOR_ARRAY && t <= CBOR_TAG &&
	       cbor_check(b, &at) == OK;
}

void
show_content(struct show *s, struct bytes b, const struct label *l)
{
	const struct kind *k = kind_of(b);
	struct cbor_in in = cbor_open(b);

	if (k == NULL && !opens(b)) {
		line_begin(s, l, b.p);
		put_hex(s, b);
		line_end(s);
		return;
	}
	s->wrapped = b.n;
	s->is_wrapped = true;
	show_item(s, &in, l, k == NULL ? &shape_any : k->shape);
	s->is_wrapped = false;
	check_whole(s, b);
}

static void
show_open(struct show *s, struct cbor_in *r, const struct label *l)
{
	bool cut;
	struct bytes b = string_or_rest(r, &cut);

	if (failed(s, r))
		return;
	show_content(s, b, l);
	if (cut)
		cbor_fail(r, ERR_TRUNCATED);
	(void)failed(s, r);
}

/* ---- dispatch ---------------------------------------------------------- */

static void
show_any(struct show *s, struct cbor_in *r, const struct label *l)
{
	uint64_t tag;

	switch (cbor_peek(r)) {
	case CBOR_BSTR:
		show_open(s, r, l);
		break;
	case CBOR_TSTR:
		show_text(s, r, l);
		break;
	case CBOR_ARRAY:
		show_list(s, r, l, &shape_any);
		break;
	case CBOR_MAP:
		show_map(s, r, l, &shape_any);
		break;
	case CBOR_TAG:
		tag = cbor_tag_any(r);
		if (failed(s, r))
			break;
		line_tag(s, tag, NULL);
		show_item(s, r, l, &shape_any);
		break;
	default:
		show_scalar(s, r, l);
		break;
	}
}

static void
show_tagged(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const struct member *m;
	struct cbor_in copy = *r;
	uint64_t tag;

	if (cbor_peek(r) != CBOR_TAG) {
		show_item(s, r, l, shape->of == NULL ? &shape_any : shape->of);
		return;
	}
	tag = cbor_tag_any(&copy);
	m = tag > INT64_MAX ? NULL : member_of(shape, (int64_t)tag);
	if (copy.err != OK || m == NULL) {
		show_any(s, r, l);
		return;
	}
	*r = copy;
	line_tag(s, tag, m->name);
	show_item(s, r, l, m->shape);
}

#define T(t) (1u << (t))
/* Types of CBOR that may stand where a shape is. */
static const uint16_t types[] = {
    [S_UINT] = T(CBOR_UINT),
    [S_INT] = T(CBOR_UINT) | T(CBOR_NINT),
    [S_BOOL] = T(CBOR_SIMPLE),
    [S_TEXT] = T(CBOR_TSTR),
    [S_BSTR] = T(CBOR_BSTR),
    [S_KID] = T(CBOR_BSTR),
    [S_TIME] = T(CBOR_UINT) | T(CBOR_NINT) | T(CBOR_SIMPLE) | T(CBOR_TAG),
    [S_NAME] = T(CBOR_UINT) | T(CBOR_NINT) | T(CBOR_TSTR),
    [S_BITS] = T(CBOR_UINT),
    [S_INLINE] = T(CBOR_ARRAY) | T(CBOR_UINT) | T(CBOR_NINT),
    [S_ID] = T(CBOR_ARRAY),
    [S_MAP] = T(CBOR_MAP),
    [S_ARRAY] = T(CBOR_ARRAY),
    [S_LIST] = T(CBOR_ARRAY),
    [S_WRAP] = T(CBOR_BSTR),
    [S_OPEN] = T(CBOR_BSTR),
    [S_CALL] = 0,
};
#undef T

static bool
fits(const struct cbor_in *r, const struct shape *shape)
{
	uint16_t may = types[shape->kind];
	enum cbor_type t = cbor_peek(r);

	if (shape->null && cbor_peek_null(r))
		return true;
	if (shape->kind == S_BOOL)
		return t == CBOR_SIMPLE && (*here(r) | 1) == 0xf5;
	if (shape->kind == S_EITHER)
		return member_of(shape, t) != NULL;
	return may == 0 || (may >> t & 1) != 0;
}

static void
dispatch(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	switch (shape->kind) {
	case S_ANY:
		show_any(s, r, l);
		break;
	case S_UINT:
	case S_INT:
	case S_BOOL:
		show_scalar(s, r, l);
		break;
	case S_TEXT:
		show_text(s, r, l);
		break;
	case S_BSTR:
	case S_KID:
		show_octets(s, r, l, shape->kind == S_KID);
		break;
	case S_TIME:
		show_time(s, r, l);
		break;
	case S_NAME:
		show_name(s, r, l, shape);
		break;
	case S_BITS:
		show_bits(s, r, l, shape);
		break;
	case S_INLINE:
		show_inline(s, r, l, shape);
		break;
	case S_ID:
		show_id(s, r, l);
		break;
	case S_MAP:
		show_map(s, r, l, shape);
		break;
	case S_ARRAY:
		show_array(s, r, l, shape);
		break;
	case S_LIST:
		show_list(s, r, l, shape->of);
		break;
	case S_WRAP:
		show_wrap(s, r, l, shape);
		break;
	case S_OPEN:
		show_open(s, r, l);
		break;
	case S_EITHER:
		show_item(s, r, l, member_of(shape, cbor_peek(r))->shape);
		break;
	case S_TAGGED:
		show_tagged(s, r, l, shape);
		break;
	case S_CALL:
		shape->show(s, r, l);
		break;
	}
}

void
show_item(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape)
{
	const char *around = s->field;

	if (r->err != OK)
		return;
	if (l->name != NULL)
		s->field = l->name;
	if (s->depth == SHOW_DEPTH_MAX) {
		cbor_fail(r, ERR_DEPTH);
		(void)failed(s, r);
	} else if (cbor_peek(r) == CBOR_END) {
		cbor_fail(r, ERR_TRUNCATED);
		(void)failed(s, r);
	} else {
		s->depth++;
		if (shape->null && cbor_peek_null(r)) {
			show_scalar(s, r, l);
		} else if (fits(r, shape)) {
			dispatch(s, r, l, shape);
		} else {
			show_fault(s, ERR_TYPE, NULL, here(r));
			show_any(s, r, l);
		}
		s->depth--;
	}
	s->field = around;
}

enum err
show_whole(struct show *s, struct bytes in, const struct kind *kind)
{
	struct cbor_in r = cbor_open(in);
	const struct label l = NAMED(kind->title);

	s->file = in;
	show_item(s, &r, &l, kind->shape);
	check_whole(s, in);
	return s->fault.err;
}
