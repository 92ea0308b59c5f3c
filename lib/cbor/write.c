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

/* Encode a head; answers its size, 1..9. */
static size_t
encode(uint8_t to[9], enum cbor_type type, uint64_t v)
{
	unsigned info = (unsigned)v;
	size_t n = 0;

	if (v > 23) {
		info = v <= UINT8_MAX    ? 24
		       : v <= UINT16_MAX ? 25
		       : v <= UINT32_MAX ? 26
					 : 27;
		n = (size_t)1 << (info - 24);
	}
	to[0] = (uint8_t)((unsigned)type << 5 | info);
	for (size_t i = n; i > 0; i--) {
		to[i] = (uint8_t)v;
		v >>= 8;
	}
	return 1 + n;
}

static void
head(struct cbor_out *w, enum cbor_type type, uint64_t v)
{
	uint8_t h[9];

	cbor_put_raw(w, (struct bytes){h, encode(h, type, v)});
}

void
cbor_put_string(struct cbor_out *w, enum cbor_type type, struct bytes b)
{
	head(w, type, b.n);
	cbor_put_raw(w, b);
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
	cbor_put_string(w, CBOR_BSTR, b);
}

void
cbor_put_tstr(struct cbor_out *w, struct bytes b)
{
	cbor_put_string(w, CBOR_TSTR, b);
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
	size_t n = w->at - mark - 1, size;
	uint8_t h[9];

	if (w->err != OK)
		return;
	size = encode(h, CBOR_BSTR, n);
	if (!grow(w, size - 1) || w->p == NULL)
		return;
	memmove(w->p + mark + size, w->p + mark + 1, n);
	memcpy(w->p + mark, h, size);
}

enum err
cbor_done(struct cbor_out *w, struct bytes *out)
{
	*out = BYTES_NONE;
	if (w->err == OK)
		*out = (struct bytes){w->p, w->at};
	return w->err;
}
