/*
 * read: the sticky reader.  One function reads heads; every getter is that
 * and a comparison.                                         [RFC 8949 3]
 */
#include "cbor_int.h"

/* Where an argument follows the initial octet at in.p[at]. */
static enum err
long_head(const struct bytes *in, size_t at, struct cbor_head *h)
{
	unsigned info = h->first & 31;
	size_t n = (size_t)1 << (info & 3);
	uint64_t arg = 0;

	if (info > 27) {
		if (info == 31 && h->type >= CBOR_BSTR && h->type <= CBOR_MAP)
			return ERR_INDEFINITE;
		return ERR_RESERVED;
	}
	if (n > in->n - ++at)
		return ERR_TRUNCATED;
	h->next = at + n;
	while (at < h->next)
		arg = arg << 8 | in->p[at++];
	if (h->type == CBOR_SIMPLE) {
		if (n == 1 && arg < 32)
			return ERR_RESERVED;
	} else if (n == 1 ? arg < 24 : arg >> (4 * n) == 0) {
		return ERR_NOT_SHORTEST;
	}
	h->arg = arg;
	return OK;
}

enum err
cbor_head(const struct bytes *in, size_t at, struct cbor_head *h)
{
	unsigned info;

	if (at == in->n)
		return ERR_TRUNCATED;
	h->first = in->p[at];
	h->type = h->first >> 5;
	h->next = at + 1;
	info = h->first & 31;
	h->arg = info;
	if (info > 23)
		TRY(long_head(in, at, h));
	/* An item is an octet at least: no count or length may promise more
	 * than is there, or six octets could ask for a million steps. */
	if (h->type >= CBOR_BSTR && h->type <= CBOR_MAP &&
	    h->arg > (in->n - h->next) >> (h->type == CBOR_MAP))
		return ERR_TRUNCATED;
	return OK;
}

void
cbor_fail_at(struct cbor_in *r, size_t at, enum err e)
{
	if (r->err == OK) {
		r->err = e;
		r->err_at = at;
	}
}

void
cbor_fail(struct cbor_in *r, enum err e)
{
	cbor_fail_at(r, r->at, e);
}

struct cbor_in
cbor_open(struct bytes in)
{
	return (struct cbor_in){.in = in};
}

struct cbor_in
cbor_items(struct list l)
{
	return cbor_open(l.raw);
}

enum err
cbor_close(struct cbor_in *r)
{
	if (r->at != r->in.n)
		cbor_fail(r, ERR_TRAILING);
	return r->err;
}

enum cbor_type
cbor_peek(const struct cbor_in *r)
{
	if (r->err != OK || r->at == r->in.n)
		return CBOR_END;
	return (enum cbor_type)(r->in.p[r->at] >> 5);
}

bool
cbor_peek_null(const struct cbor_in *r)
{
	return cbor_peek(r) == CBOR_SIMPLE && r->in.p[r->at] == 0xf6;
}

/* Read a head of this type, CBOR_ANY for any, without passing it. */
static bool
head(struct cbor_in *r, enum cbor_type type, struct cbor_head *h)
{
	enum err e = r->err;

	if (e == OK)
		e = cbor_head(&r->in, r->at, h);
	if (e == OK && h->type != type && type != CBOR_ANY)
		e = ERR_TYPE;
	if (e != OK)
		cbor_fail(r, e);
	return e == OK;
}

uint64_t
cbor_uint(struct cbor_in *r, uint64_t min, uint64_t max)
{
	struct cbor_head h;

	if (!head(r, CBOR_UINT, &h))
		return 0;
	if (h.arg < min || h.arg > max) {
		cbor_fail(r, ERR_RANGE);
		return 0;
	}
	r->at = h.next;
	return h.arg;
}

int64_t
cbor_int(struct cbor_in *r, int64_t min, int64_t max)
{
	struct cbor_head h;
	int64_t v;

	if (!head(r, CBOR_ANY, &h))
		return 0;
	if (h.type > CBOR_NINT) {
		cbor_fail(r, ERR_TYPE);
		return 0;
	}
	v = (int64_t)(h.arg & INT64_MAX);
	if (h.type == CBOR_NINT)
		v = -1 - v;
	if (h.arg > INT64_MAX || v < min || v > max) {
		cbor_fail(r, ERR_RANGE);
		return 0;
	}
	r->at = h.next;
	return v;
}

/* Pass the head of a string or container of min..max octets, items or
 * pairs; answers how many, which fits: as many octets are there. */
static size_t
count(struct cbor_in *r, enum cbor_type type, size_t min, size_t max)
{
	struct cbor_head h;

	if (!head(r, type, &h))
		return 0;
	if ((size_t)h.arg < min || (size_t)h.arg > max) {
		cbor_fail(r, ERR_RANGE);
		return 0;
	}
	r->at = h.next;
	return (size_t)h.arg;
}

static struct bytes
string(struct cbor_in *r, enum cbor_type type, size_t min, size_t max)
{
	size_t start = r->at;
	size_t n = count(r, type, min, max);
	struct bytes b;

	if (r->err != OK)
		return BYTES_NONE;
	b = (struct bytes){r->in.p + r->at, n};
	if (type == CBOR_TSTR && !cbor_utf8(b)) {
		cbor_fail_at(r, start, ERR_UTF8);
		return BYTES_NONE;
	}
	r->at += b.n;
	return b;
}

struct bytes
cbor_string(struct cbor_in *r, enum cbor_type type)
{
	return string(r, type, 0, LEN_ANY);
}

struct bytes
cbor_bstr(struct cbor_in *r, size_t min, size_t max)
{
	return string(r, CBOR_BSTR, min, max);
}

struct bytes
cbor_tstr(struct cbor_in *r, size_t min, size_t max)
{
	return string(r, CBOR_TSTR, min, max);
}

/* Pass an item whose initial octet is one of first..last, and answer it. */
static unsigned
simple(struct cbor_in *r, unsigned first, unsigned last)
{
	struct cbor_head h;

	if (!head(r, CBOR_ANY, &h))
		return 0;
	if (h.first < first || h.first > last) {
		cbor_fail(r, ERR_TYPE);
		return 0;
	}
	r->at = h.next;
	return h.first;
}

bool
cbor_bool(struct cbor_in *r)
{
	return simple(r, 0xf4, 0xf5) == 0xf5;
}

void
cbor_null(struct cbor_in *r)
{
	(void)simple(r, 0xf6, 0xf6);
}

void
cbor_array(struct cbor_in *r, size_t n)
{
	(void)count(r, CBOR_ARRAY, n, n);
}

size_t
cbor_array_any(struct cbor_in *r, size_t min, size_t max)
{
	return count(r, CBOR_ARRAY, min, max);
}

size_t
cbor_map_any(struct cbor_in *r, size_t min, size_t max)
{
	return count(r, CBOR_MAP, min, max);
}

uint64_t
cbor_tag_any(struct cbor_in *r)
{
	struct cbor_head h;

	if (!head(r, CBOR_TAG, &h))
		return 0;
	r->at = h.next;
	return h.arg;
}

bool
cbor_tag_if(struct cbor_in *r, uint64_t tag)
{
	struct cbor_head h;

	/* A head at fault is left for the getter that reads it next. */
	if (cbor_peek(r) != CBOR_TAG || cbor_head(&r->in, r->at, &h) != OK ||
	    h.arg != tag)
		return false;
	r->at = h.next;
	return true;
}

void
cbor_tag(struct cbor_in *r, uint64_t tag)
{
	size_t start = r->at;

	if (cbor_tag_any(r) != tag)
		cbor_fail_at(r, start, ERR_TYPE);
}

struct bytes
cbor_raw(struct cbor_in *r, enum cbor_type type)
{
	size_t start = r->at, at = start;
	enum cbor_type found = cbor_peek(r);
	enum err e;

	if (r->err != OK)
		return BYTES_NONE;
	if (type != CBOR_ANY && found != type && found != CBOR_END)
		e = ERR_TYPE;
	else
		e = cbor_walk(&r->in, &at);
	if (e != OK) {
		cbor_fail_at(r, at, e);
		return BYTES_NONE;
	}
	r->at = at;
	return (struct bytes){r->in.p + start, at - start};
}

enum err
cbor_check(struct bytes in, size_t *at)
{
	*at = 0;
	TRY(cbor_walk(&in, at));
	return *at == in.n ? OK : ERR_TRAILING;
}
