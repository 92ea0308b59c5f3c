/*
 * item_code: octets to trees and back.                    [RFC 8949 3, App. C]
 */
#include "item.h"

#include <cmdline.h>

/* Argument 31: an indefinite length, or the break that ends one. */
#define INFO_INDEFINITE 31

struct reader {
	struct pool *pool;
	struct bytes in;
	size_t at;
	unsigned depth;
	enum err err;
	size_t err_at;
};

/* An initial octet and its argument. */
struct start {
	uint8_t type, info;
	uint64_t arg;
};

static bool
fail(struct reader *r, enum err e, size_t at)
{
	if (r->err == OK) {
		r->err = e;
		r->err_at = at;
	}
	return false;
}

static bool
start_read(struct reader *r, struct start *s)
{
	size_t left = r->in.n - r->at, n, at = r->at;

	if (left == 0)
		return fail(r, ERR_TRUNCATED, at);
	s->type = r->in.p[at] >> 5;
	s->info = r->in.p[at] & 31;
	s->arg = s->info;
	r->at++;
	if (s->info < 24 || s->info == INFO_INDEFINITE)
		return true;
	if (s->info > 27)
		return fail(r, ERR_RESERVED, at);
	n = (size_t)1 << (s->info - 24);
	if (n > left - 1)
		return fail(r, ERR_TRUNCATED, at);
	for (s->arg = 0; n > 0; n--)
		s->arg = s->arg << 8 | r->in.p[r->at++];
	if (s->type == CBOR_SIMPLE && s->info == 24 && s->arg < 32)
		return fail(r, ERR_RESERVED, at);
	return true;
}

/* Octets that an argument needs. */
static uint8_t
needs(uint64_t arg)
{
	return arg < 24            ? 0
	       : arg <= UINT8_MAX  ? 1
	       : arg <= UINT16_MAX ? 2
	       : arg <= UINT32_MAX ? 4
				   : 8;
}

static struct item *item_next(struct reader *r);

/* Is the next octet a break?  Pass it. */
static bool
at_break(struct reader *r)
{
	if (r->at < r->in.n && r->in.p[r->at] == 0xff) {
		r->at++;
		return true;
	}
	return false;
}

/* The items of i: n of them, or up to the break. */
static void
inside(struct reader *r, struct item *i, uint64_t n)
{
	struct item **at = &i->first;
	uint64_t got = 0;
	size_t start = r->at;

	while (r->err == OK && (i->indefinite || got < n)) {
		if (i->indefinite && at_break(r))
			break;
		start = r->at;
		*at = item_next(r);
		if (*at == NULL)
			return;
		/* chunks are definite strings of the same type */
		if ((i->type == CBOR_BSTR || i->type == CBOR_TSTR) &&
		    ((*at)->type != i->type || (*at)->indefinite))
			fail(r, ERR_TYPE, start);
		at = &(*at)->next;
		got++;
	}
	if (i->indefinite && i->type == CBOR_MAP && got % 2 != 0)
		fail(r, ERR_TYPE, r->at - 1);
}

static struct item *
item_body(struct reader *r, const struct start *s, size_t start)
{
	bool container = s->type == CBOR_ARRAY || s->type == CBOR_MAP;
	bool string = s->type == CBOR_BSTR || s->type == CBOR_TSTR;
	size_t left = r->in.n - r->at;
	struct item *i;

	if (pool_full(r->pool)) {
		fail(r, ERR_LIMIT, start);
		return NULL;
	}
	i = item_new(r->pool, (enum cbor_type)s->type, s->arg);
	i->at = r->in.p + start;
	i->indefinite = s->info == INFO_INDEFINITE;
	if (i->indefinite && !container && !string) {
		fail(
		    r, s->type == CBOR_SIMPLE ? ERR_TYPE : ERR_RESERVED, start);
		return NULL;
	}
	if (s->info >= 24 && s->info <= 27) {
		i->width = (uint8_t)(1 << (s->info - 24));
		if (i->type == CBOR_SIMPLE ? i->width == 1
					   : i->width == needs(s->arg))
			i->width = 0;
	}
	if (container || string)
		i->arg = 0;
	if (i->indefinite) {
		inside(r, i, 0);
	} else if (container || string) {
		/* an item is an octet at least */
		if (s->arg > left >> (s->type == CBOR_MAP)) {
			fail(r, ERR_TRUNCATED, start);
			return NULL;
		}
		if (string) {
			i->text =
			    (struct bytes){r->in.p + r->at, (size_t)s->arg};
			r->at += i->text.n;
		} else {
			inside(r, i, s->arg << (s->type == CBOR_MAP));
		}
	} else if (s->type == CBOR_TAG) {
		inside(r, i, 1);
	}
	return r->err == OK ? i : NULL;
}

static struct item *
item_next(struct reader *r)
{
	size_t start = r->at;
	struct start s;
	struct item *i;

	if (r->depth == ITEM_DEPTH_MAX) {
		fail(r, ERR_DEPTH, start);
		return NULL;
	}
	if (!start_read(r, &s))
		return NULL;
	r->depth++;
	i = item_body(r, &s, start);
	r->depth--;
	return i;
}

enum err
item_read(struct pool *p, struct bytes in, size_t *used, struct item **out,
    size_t *at)
{
	struct reader r = {.pool = p, .in = in};

	*out = item_next(&r);
	*used = r.at;
	*at = r.err_at;
	return r.err;
}

enum err
item_read_all(struct pool *p, struct bytes in, struct item **out, size_t *at)
{
	size_t used;

	TRY(item_read(p, in, &used, out, at));
	if (used == in.n)
		return OK;
	*at = used;
	*out = NULL;
	return ERR_TRAILING;
}

/* ---- writing ----------------------------------------------------------- */

/* What stands in the head of i. */
static uint64_t
head_arg(const struct item *i)
{
	switch ((enum cbor_type)i->type) {
	case CBOR_BSTR:
	case CBOR_TSTR:
		return i->content != NULL ? item_size(i->content) : i->text.n;
	case CBOR_ARRAY:
		return item_count(i);
	case CBOR_MAP:
		return item_count(i) / 2;
	default:
		return i->arg;
	}
}

/* Octets of the argument: as it was, or as it must be. */
static uint8_t
head_width(const struct item *i, uint64_t arg)
{
	uint8_t n = needs(arg);

	if (i->type == CBOR_SIMPLE)
		return i->width > 0 ? i->width : n;
	return i->width > n ? i->width : n;
}

size_t
item_size_head(const struct item *i)
{
	return needs(head_arg(i));
}

size_t
item_size(const struct item *i)
{
	uint64_t arg = head_arg(i);
	size_t n = i->indefinite ? 2 : 1u + head_width(i, arg);
	const struct item *in;

	if (i->content != NULL)
		return n + (size_t)arg;
	for (in = i->first; in != NULL; in = in->next)
		n += item_size(in);
	return i->indefinite ? n : n + i->text.n;
}

static void
head_put(struct cbor_out *w, const struct item *i, uint64_t arg)
{
	uint8_t head[9], n = head_width(i, arg);
	unsigned first = (unsigned)i->type << 5;

	if (i->indefinite)
		first |= INFO_INDEFINITE;
	else if (n == 0)
		first |= (unsigned)arg;
	else
		first |= n == 1 ? 24 : n == 2 ? 25 : n == 4 ? 26 : 27;
	head[0] = (uint8_t)first;
	if (i->indefinite)
		n = 0;
	for (unsigned b = 0; b < n; b++)
		head[1 + b] = (uint8_t)(arg >> (8 * (n - 1u - b)));
	cbor_put_raw(w, (struct bytes){head, 1u + n});
}

void
item_put(struct cbor_out *w, const struct item *i)
{
	const struct item *in;

	head_put(w, i, head_arg(i));
	if (i->content != NULL) {
		item_put(w, i->content);
		return;
	}
	for (in = i->first; in != NULL; in = in->next)
		item_put(w, in);
	if (i->indefinite)
		cbor_put_raw(w, BYTES_LIT("\xff"));
	else if (i->text.n > 0)
		cbor_put_raw(w, i->text);
}

struct bytes
item_bytes(struct pool *p, const struct item *i)
{
	size_t n = item_size(i);
	struct span room = {pool_get(p, n + 1), n};
	struct cbor_out w = cbor_into(room);
	struct bytes out;

	item_put(&w, i);
	if (cbor_done(&w, &out) != OK)
		die("item", EXIT_REFUSED, "an item outgrew its own size");
	return out;
}
