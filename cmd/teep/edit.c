/*
 * edit: change encoded CBOR at one place and leave the rest as it is.
 *
 * The input is what this program has just written, or what a peer sent and
 * passed the strict reader; the output may be anything.
 */
#include "build.h"

#include <stdlib.h>
#include <string.h>

/* The head of an item. */
struct head {
	unsigned major;
	uint64_t value;
	size_t n; /* octets of the head */
};

static bool
head_read(struct bytes in, struct head *h)
{
	unsigned info;

	if (in.n == 0)
		return false;
	h->major = in.p[0] >> 5;
	info = in.p[0] & 31u;
	h->n = info < 24 ? 1 : 1 + ((size_t)1 << (info - 24));
	if (info > 27 || h->n > in.n)
		return false;
	h->value = info;
	if (info >= 24)
		h->value = 0;
	for (size_t i = 1; i < h->n; i++)
		h->value = h->value << 8 | in.p[i];
	return true;
}

static void
head_put(struct cbor_out *w, unsigned major, uint64_t value)
{
	uint8_t room[9];
	struct cbor_out one = cbor_into(SPAN_OF(room));

	cbor_put_uint(&one, value);
	room[0] |= (uint8_t)(major << 5);
	cbor_put_raw(w, (struct bytes){room, one.at});
}

/* One item at the front of in, and what follows. */
static bool
split(struct bytes *in, struct bytes *item)
{
	struct cbor_in r = cbor_open(*in);

	*item = cbor_raw(&r, CBOR_ANY);
	if (r.err != OK)
		return false;
	in->p += item->n;
	in->n -= item->n;
	return true;
}

static struct bytes
skip(struct bytes in, size_t n)
{
	return (struct bytes){in.p + n, in.n - n};
}

/* ---- paths -------------------------------------------------------------- */

/* The first element of a path. */
struct element {
	bool text;
	int64_t number;
	struct bytes name;
	const char *rest; /* of the path */
};

static struct element
element(const char *path)
{
	size_t n = strcspn(path, "/");
	struct element e = {.rest = path + n + (path[n] == '/')};

	if (path[0] == '\'' && n >= 2) {
		e.text = true;
		e.name = (struct bytes){(const uint8_t *)path + 1, n - 2};
	} else {
		e.number = strtoll(path, NULL, 10);
	}
	return e;
}

static bool
key_is(struct bytes key, const struct element *e)
{
	struct cbor_in r = cbor_open(key);

	if (e->text)
		return bytes_same(cbor_tstr(&r, 0, LEN_ANY), e->name) &&
		       r.err == OK;
	return cbor_int(&r, INT64_MIN, INT64_MAX) == e->number && r.err == OK;
}

static void
key_put(struct cbor_out *w, const struct element *e)
{
	if (e->text)
		cbor_put_tstr(w, e->name);
	else
		cbor_put_int(w, e->number);
}

struct bytes
edit_find(struct bytes item, const char *path)
{
	struct element e;
	struct bytes left, key, value;
	struct head h;

	if (!head_read(item, &h))
		return BYTES_NONE;
	if (*path == 0)
		return item;
	left = skip(item, h.n);
	if (h.major == CBOR_TAG || h.major == CBOR_BSTR)
		return edit_find(left, path);
	e = element(path);
	for (uint64_t i = 0; i < h.value; i++) {
		if (h.major == CBOR_MAP && !split(&left, &key))
			return BYTES_NONE;
		if (!split(&left, &value))
			return BYTES_NONE;
		if (h.major == CBOR_MAP ? key_is(key, &e)
					: (int64_t)i == e.number)
			return edit_find(value, e.rest);
	}
	return BYTES_NONE;
}

/* ---- operations on a whole item ----------------------------------------- */

struct job {
	struct build *b;
	enum edit_op op;
	int32_t n;
	struct bytes value;
	bool done;
};

static void
loose(struct cbor_out *w, struct bytes item, const struct head *h)
{
	uint8_t head[9];
	size_t n = h->n == 1 ? 1 : 2 * (h->n - 1);

	head[0] = (uint8_t)(h->major << 5 | (n == 1      ? 24u
						: n == 2 ? 25u
						: n == 4 ? 26u
							 : 27u));
	for (size_t i = 0; i < n; i++)
		head[1 + i] = (uint8_t)(h->value >> 8 * (n - 1 - i));
	cbor_put_raw(w, (struct bytes){head, 1 + n});
	cbor_put_raw(w, skip(item, h->n));
}

static void
indefinite(struct cbor_out *w, struct bytes item, const struct head *h)
{
	uint8_t first = (uint8_t)(h->major << 5 | 31u);

	cbor_put_raw(w, (struct bytes){&first, 1});
	cbor_put_raw(w, skip(item, h->n));
	cbor_put_raw(w, BYTES_LIT("\xff"));
}

static void
flip(struct cbor_out *w, struct bytes item, int32_t n)
{
	size_t at = n < 0 ? item.n + (size_t)n : (size_t)n;
	size_t from = w->at;

	cbor_put_raw(w, item);
	if (w->err == OK && w->p != NULL && at < item.n)
		w->p[from + at] ^= 1;
}

static void
reverse(
    struct job *j, struct cbor_out *w, struct bytes item, const struct head *h)
{
	struct bytes pair[CBOR_PAIRS_MAX], left = skip(item, h->n), one;
	size_t n = 0;

	head_put(w, h->major, h->value);
	while (n < h->value && n < CBOR_PAIRS_MAX) {
		pair[n].p = left.p;
		if (!split(&left, &one) || !split(&left, &one)) {
			build_fail(j->b, ERR_TYPE);
			return;
		}
		pair[n].n = (size_t)(left.p - pair[n].p);
		n++;
	}
	while (n-- > 0)
		cbor_put_raw(w, pair[n]);
}

static void
string_cut(
    struct job *j, struct cbor_out *w, struct bytes item, const struct head *h)
{
	struct bytes s = skip(item, h->n);

	if ((uint64_t)j->n > s.n) {
		build_fail(j->b, ERR_RANGE);
		return;
	}
	s.n -= (size_t)j->n;
	head_put(w, h->major, s.n);
	cbor_put_raw(w, s);
}

static void
whole(struct job *j, struct cbor_out *w, struct bytes item)
{
	struct bytes rest;
	struct head h;

	j->done = true;
	if (!head_read(item, &h)) {
		build_fail(j->b, ERR_TYPE);
		return;
	}
	rest = skip(item, h.n);
	switch (j->op) {
	case EDIT_SET:
		cbor_put_raw(w, j->value);
		break;
	case EDIT_FLIP:
		flip(w, item, j->n);
		break;
	case EDIT_CUT:
		string_cut(j, w, item, &h);
		break;
	case EDIT_GROW:
		head_put(w, h.major, rest.n + j->value.n);
		cbor_put_raw(w, rest);
		cbor_put_raw(w, j->value);
		break;
	case EDIT_APPEND:
		head_put(w, h.major, h.value + 1);
		cbor_put_raw(w, rest);
		cbor_put_raw(w, j->value);
		break;
	case EDIT_LOOSE:
		loose(w, item, &h);
		break;
	case EDIT_INDEF:
		indefinite(w, item, &h);
		break;
	case EDIT_LIES:
		head_put(w, h.major, h.value + (uint64_t)j->n);
		cbor_put_raw(w, rest);
		break;
	case EDIT_TAG:
		cbor_put_tag(w, (uint64_t)j->n);
		cbor_put_raw(w, item);
		break;
	case EDIT_UNTAG:
	case EDIT_OPEN:
		cbor_put_raw(w, rest);
		break;
	case EDIT_AFTER:
		cbor_put_raw(w, item);
		cbor_put_raw(w, j->value);
		break;
	case EDIT_REVERSE:
		reverse(j, w, item, &h);
		break;
	case EDIT_NONE:
	case EDIT_DROP:
	case EDIT_RENAME:
	case EDIT_TWICE:
		build_fail(j->b, ERR_BUG); /* these want a container */
		break;
	}
}

/* ---- the walk ----------------------------------------------------------- */

static bool
of_container(enum edit_op op)
{
	return op == EDIT_DROP || op == EDIT_RENAME || op == EDIT_TWICE;
}

/* The pair or item that an operation of its container is about. */
static void
member(struct job *j, struct cbor_out *w, struct bytes key, struct bytes value)
{
	j->done = true;
	if (j->op == EDIT_DROP)
		return;
	cbor_put_raw(w, j->op == EDIT_RENAME ? j->value : key);
	cbor_put_raw(w, value);
	if (j->op != EDIT_TWICE)
		return;
	cbor_put_raw(w, key);
	cbor_put_raw(w, value);
}

static void walk(
    struct job *j, struct cbor_out *w, struct bytes item, const char *path);

static void
container(struct job *j, struct cbor_out *w, struct bytes item,
    const struct head *h, const char *path)
{
	struct element e = element(path);
	struct span room = build_room(j->b, 2 * item.n + j->value.n + 64);
	struct cbor_out inside = cbor_into(room);
	struct bytes left = skip(item, h->n), key = BYTES_NONE, value;
	uint64_t n = h->value;

	for (uint64_t i = 0; i < h->value; i++) {
		bool here;

		if ((h->major == CBOR_MAP && !split(&left, &key)) ||
		    !split(&left, &value)) {
			build_fail(j->b, ERR_TYPE);
			return;
		}
		here = h->major == CBOR_MAP ? key_is(key, &e)
					    : (int64_t)i == e.number;
		if (here && !j->done && *e.rest == 0 && of_container(j->op)) {
			member(j, &inside, key, value);
			n += j->op == EDIT_TWICE;
			n -= j->op == EDIT_DROP;
		} else if (here && !j->done) {
			cbor_put_raw(&inside, key);
			walk(j, &inside, value, e.rest);
		} else {
			cbor_put_raw(&inside, key);
			cbor_put_raw(&inside, value);
		}
	}
	if (!j->done && h->major == CBOR_MAP && *e.rest == 0 &&
	    j->op == EDIT_SET) {
		key_put(&inside, &e);
		cbor_put_raw(&inside, j->value);
		j->done = true;
		n++;
	}
	head_put(w, h->major, n);
	cbor_put_raw(w, build_done(j->b, &inside));
}

static void
walk(struct job *j, struct cbor_out *w, struct bytes item, const char *path)
{
	struct cbor_out inside;
	struct bytes content;
	struct head h;

	if (*path == 0) {
		whole(j, w, item);
		return;
	}
	if (!head_read(item, &h)) {
		build_fail(j->b, ERR_TYPE);
		return;
	}
	switch (h.major) {
	case CBOR_TAG:
		cbor_put_tag(w, h.value);
		walk(j, w, skip(item, h.n), path);
		break;
	case CBOR_BSTR:
		inside =
		    cbor_into(build_room(j->b, 2 * item.n + j->value.n + 64));
		walk(j, &inside, skip(item, h.n), path);
		content = build_done(j->b, &inside);
		cbor_put_bstr(w, content);
		break;
	case CBOR_ARRAY:
	case CBOR_MAP:
		container(j, w, item, &h, path);
		break;
	default:
		build_fail(j->b, ERR_NOT_FOUND);
		break;
	}
}

struct bytes
edit(struct build *b, struct bytes item, enum edit_op op, const char *path,
    int32_t n, struct bytes value)
{
	struct job j = {.b = b, .op = op, .n = n, .value = value};
	struct cbor_out w = cbor_into(build_room(b, 2 * item.n + value.n + 64));

	if (b->err != OK)
		return BYTES_NONE;
	walk(&j, &w, item, path == NULL ? "" : path);
	if (!j.done)
		build_fail(b, ERR_NOT_FOUND);
	return build_done(b, &w);
}
