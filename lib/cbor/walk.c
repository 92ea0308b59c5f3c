/*
 * walk: check one whole item strictly, without recursion.   [RFC 8949 5.3]
 */
#include "cbor_int.h"
#include <string.h>

/* An array, map or tag whose items are being walked. */
struct frame {
	size_t left;  /* items still to end */
	size_t start; /* of its first item */
	size_t key;   /* start of the key that comes or just ended; 0: no map */
	size_t
	    prev; /* start of the key before, or of this if it is the first */
	bool unsorted;
};

/* Read a head and pass the octets of a string; answers how many items stand
 * inside. */
static enum err
enter(const struct bytes *in, size_t at, struct cbor_head *h, size_t *items)
{
	TRY(cbor_head(in, at, h));
	*items = 0;
	switch (h->type) {
	case CBOR_BSTR:
	case CBOR_TSTR:
		h->next += (size_t)h->arg;
		break;
	case CBOR_MAP:
		*items = (size_t)h->arg * 2;
		break;
	case CBOR_ARRAY:
		*items = (size_t)h->arg;
		break;
	case CBOR_TAG:
		*items = 1;
		break;
	}
	return OK;
}

/* The string that enter has passed. */
static struct bytes
string(const struct bytes *in, const struct cbor_head *h)
{
	size_t n = (size_t)h->arg;

	return (struct bytes){in->p + h->next - n, n};
}

/* Pass one item that was checked before. */
static enum err
skip(const struct bytes *in, size_t *at)
{
	struct cbor_head h;
	size_t items;

	for (size_t left = 1; left > 0; left += items - 1) {
		TRY(enter(in, *at, &h, &items));
		*at = h.next;
	}
	return OK;
}

/* Order of the keys at a and b.  An encoding is never the beginning of
 * another one, so the n octets of the first decide. */
static int
order(const struct bytes *in, size_t a, size_t n, size_t b)
{
	return memcmp(in->p + a, in->p + b, n);
}

/* Sort the keys by insertion: CBOR_PAIRS_MAX bounds steps and stack, and the
 * values are passed once, whatever they hold. */
enum err
cbor_keys_distinct(const struct bytes *in, size_t *at, size_t end)
{
	size_t sorted[CBOR_PAIRS_MAX];

	for (size_t n = 0; *at < end; n++) {
		size_t key = *at, i = n;

		if (n == ARRAY_LEN(sorted))
			return ERR_BUG;
		TRY(skip(in, at));
		for (; i > 0; i--) {
			int c = order(in, key, *at - key, sorted[i - 1]);

			if (c == 0) {
				*at = key;
				return ERR_DUPLICATE;
			}
			if (c > 0)
				break;
			sorted[i] = sorted[i - 1];
		}
		sorted[i] = key;
		TRY(skip(in, at));
	}
	return OK;
}

/* An item of the map f has ended at *at.  Keys in order cost one comparison
 * each; others are looked at when the map ends. */
static enum err
end_in_map(const struct bytes *in, struct frame *f, size_t *at)
{
	if (f->left % 2 != 0) { /* a key */
		int c = 1;

		if (f->key != f->prev)
			c = order(in, f->key, *at - f->key, f->prev);
		if (c == 0) {
			*at = f->key;
			return ERR_DUPLICATE;
		}
		if (c < 0)
			f->unsorted = true;
		return OK;
	}
	f->prev = f->key;
	f->key = *at;
	if (f->left == 0 && f->unsorted) {
		size_t first = f->start;
		enum err e = cbor_keys_distinct(in, &first, *at);

		*at = first; /* the end again if OK */
		return e;
	}
	return OK;
}

enum err
cbor_walk(const struct bytes *in, size_t *at)
{
	struct frame stack[1 + CBOR_DEPTH_MAX];
	struct frame *f = stack;

	*f = (struct frame){.left = 1};
	for (;;) {
		struct cbor_head h;
		size_t items;

		TRY(enter(in, *at, &h, &items));
		if (h.type == CBOR_TSTR && !cbor_utf8(string(in, &h)))
			return ERR_UTF8;
		if (h.type == CBOR_MAP && h.arg > CBOR_PAIRS_MAX)
			return ERR_RANGE;
		/* Tags are a level, and so are empty containers: whoever
		 * descends into checked input may rely on the bound. */
		if (h.type >= CBOR_ARRAY && h.type <= CBOR_TAG &&
		    f == stack + CBOR_DEPTH_MAX)
			return ERR_DEPTH;
		*at = h.next;
		if (items > 0) {
			size_t key = h.type == CBOR_MAP ? *at : 0;

			*++f = (struct frame){items, *at, key, key, false};
			continue;
		}
		/* An item has ended, and perhaps what it stands in. */
		for (;;) {
			f->left--;
			if (f->key != 0)
				TRY(end_in_map(in, f, at));
			if (f->left > 0)
				break;
			if (f == stack)
				return OK;
			f--;
		}
	}
}
