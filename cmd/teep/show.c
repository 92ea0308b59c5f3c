/*
 * show: the walk: containers, and which function for which shape.
 */
#include "show_int.h"

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

	if (show_failed(s, r))
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

	if (show_failed(s, r))
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

		if (show_failed(s, r))
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

	if (show_failed(s, r))
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
	if (show_failed(s, r))
		return;
	if (map)
		map_items(s, r, shape, n);
	else
		array_items(s, r, shape, n, p);
}

/* ---- dispatch ---------------------------------------------------------- */

/* A byte string that nobody has said anything about: opened only if it is
 * CBOR to its end, or the first octets of a key would do. */
static void
show_string(struct show *s, struct cbor_in *r, const struct label *l)
{
	struct cbor_in copy = *r;
	struct bytes b = cbor_bstr(&copy, 0, LEN_ANY);
	size_t at;

	if (copy.err == OK && cbor_check(b, &at) != OK)
		show_item(s, r, l, &shape_bstr);
	else
		show_open(s, r, l);
}

static void
show_any(struct show *s, struct cbor_in *r, const struct label *l)
{
	uint64_t tag;

	switch (cbor_peek(r)) {
	case CBOR_BSTR:
		show_string(s, r, l);
		break;
	case CBOR_TSTR:
		leaf_text(s, r, l);
		break;
	case CBOR_ARRAY:
		show_list(s, r, l, &shape_any);
		break;
	case CBOR_MAP:
		show_map(s, r, l, &shape_any);
		break;
	case CBOR_TAG:
		tag = cbor_tag_any(r);
		if (show_failed(s, r))
			break;
		line_tag(s, tag, NULL);
		show_item(s, r, l, &shape_any);
		break;
	default:
		leaf_scalar(s, r, l);
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
    [S_PAIRS] = 0,
    [S_ONE_OF] = 0,
};
#undef T

uint16_t
show_types(enum shape_kind k)
{
	return k < ARRAY_LEN(types) ? types[k] : 0;
}

static bool
fits(const struct cbor_in *r, const struct shape *shape)
{
	uint16_t may = show_types(shape->kind);
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
		leaf_scalar(s, r, l);
		break;
	case S_TEXT:
		leaf_text(s, r, l);
		break;
	case S_BSTR:
	case S_KID:
		leaf_octets(s, r, l, shape->kind == S_KID);
		break;
	case S_TIME:
		leaf_time(s, r, l);
		break;
	case S_NAME:
		leaf_name(s, r, l, shape);
		break;
	case S_BITS:
		leaf_bits(s, r, l, shape);
		break;
	case S_INLINE:
		leaf_inline(s, r, l, shape);
		break;
	case S_ID:
		leaf_id(s, r, l);
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
	case S_PAIRS:
	case S_ONE_OF:
		show_any(s, r, l);
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
		(void)show_failed(s, r);
	} else if (cbor_peek(r) == CBOR_END) {
		cbor_fail(r, ERR_TRUNCATED);
		(void)show_failed(s, r);
	} else {
		s->depth++;
		if (shape->null && cbor_peek_null(r)) {
			leaf_scalar(s, r, l);
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
	show_check(s, in);
	return s->fault.err;
}
