/*
 * write: the deterministic writer, which can also measure. [RFC 8949 4.2.1]
 */
#include "cbor_int.h"
#include <string.h>

struct cbor_out
cbor_into(struct span room)
{
	/* No room is not a wish to measure. */
	return (struct cbor_out){
	    .p = room.p, .n = room.n, .err = room.p == NULL ? ERR_ROOM : OK};
}

struct cbor_out
cbor_measure(void)
{
	return (struct cbor_out){.p = NULL};
}

/* Make room for n octets at the end; false if there is none. */
static bool
grow(struct cbor_out *w, size_t n)
{
	size_t room = w->p == NULL ? SIZE_MAX : w->n;

	if (w->err != OK)
		return false;
	if (n > room - w->at) {
		w->err = ERR_ROOM;
		return false;
	}
	w->at += n;
	return true;
}

void
cbor_put_raw(struct cbor_out *w, struct bytes b)
{
	if (grow(w, b.n) && w->p != NULL && b.n > 0)
		memcpy(w->p + w->at - b.n, b.p, b.n);
}

/* Octets of the head of v. */
static size_t
head_size(uint64_t v)
{
	if (v < 24)
		return 1;
	if (v <= UINT8_MAX)
		return 2;
	if (v <= UINT16_MAX)
		return 3;
	return v <= UINT32_MAX ? 5 : 9;
}

/* Store the head of v, of size octets, at p. */
static void
head_store(uint8_t *p, enum cbor_type type, uint64_t v, size_t size)
{
	unsigned info = (unsigned)v;

	if (size > 1)
		info = size == 2 ? 24 : size == 3 ? 25 : size == 5 ? 26 : 27;
	*p = (uint8_t)((unsigned)type << 5 | info);
	while (--size > 0) {
		p[size] = (uint8_t)v;
		v >>= 8;
	}
}

static void
head(struct cbor_out *w, enum cbor_type type, uint64_t v)
{
	size_t size = head_size(v);

	if (grow(w, size) && w->p != NULL)
		head_store(w->p + w->at - size, type, v, size);
}

void
cbor_put_uint(struct cbor_out *w, uint64_t v)
{
	head(w, CBOR_UINT, v);
}

void
cbor_put_int(struct cbor_out *w, int64_t v)
{
	if (v < 0)
		head(w, CBOR_NINT, (uint64_t)(-1 - v));
	else
		head(w, CBOR_UINT, (uint64_t)v);
}

void
cbor_put_bstr(struct cbor_out *w, struct bytes b)
{
	head(w, CBOR_BSTR, b.n);
	cbor_put_raw(w, b);
}

void
cbor_put_tstr(struct cbor_out *w, struct bytes b)
{
	head(w, CBOR_TSTR, b.n);
	cbor_put_raw(w, b);
}

void
cbor_put_text(struct cbor_out *w, const char *s)
{
	cbor_put_tstr(w, (struct bytes){(const uint8_t *)s, strlen(s)});
}

void
cbor_put_bool(struct cbor_out *w, bool v)
{
	head(w, CBOR_SIMPLE, v ? 21 : 20);
}

void
cbor_put_null(struct cbor_out *w)
{
	head(w, CBOR_SIMPLE, 22);
}

void
cbor_put_array(struct cbor_out *w, size_t n)
{
	head(w, CBOR_ARRAY, n);
}

void
cbor_put_map(struct cbor_out *w, size_t n)
{
	head(w, CBOR_MAP, n);
}

void
cbor_put_tag(struct cbor_out *w, uint64_t tag)
{
	head(w, CBOR_TAG, tag);
}

void
cbor_put_bstr_head(struct cbor_out *w, size_t n)
{
	head(w, CBOR_BSTR, n);
}

size_t
cbor_wrap_begin(struct cbor_out *w)
{
	size_t mark = w->at;

	(void)grow(w, 1); /* the smallest head; the end may need a larger */
	return mark;
}

void
cbor_wrap_end(struct cbor_out *w, size_t mark)
{
	size_t n, size;

	if (w->err != OK)
		return;
	n = w->at - mark - 1;
	size = head_size(n);
	if (!grow(w, size - 1) || w->p == NULL)
		return;
	memmove(w->p + mark + size, w->p + mark + 1, n);
	head_store(w->p + mark, CBOR_BSTR, n, size);
}

enum err
cbor_done(struct cbor_out *w, struct bytes *out)
{
	*out = BYTES_NONE;
	if (w->err == OK)
		*out = (struct bytes){w->p, w->at};
	return w->err;
}
