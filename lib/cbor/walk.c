/*
 * walk: check one whole item strictly, without recursion.   [RFC 8949 5.3]
 */
#include "cbor_int.h"
#include <string.h>

/* An array, map or tag whose items are being walked. */
struct frame {
	size_t left;  /* items still to end */
	size_t start; /* of its first item */
	size_t item;  /* maps: start of the key that comes or just ended */
	size_t prev;  /* maps: start of the key before */
	uint16_t pairs;
	bool map;
	bool unsorted;
};

/*
 * Order of two encoded items that both lie in memory up to end.  An encoding
 * is never the beginning of another, so n octets of the first one decide.
 */
static int
key_order(struct bytes in, size_t a, size_t b, size_t n)
{
	return memcmp(in.p + a, in.p + b, n);
}

/* Pass one item that was checked before. */
static enum err
skip(struct bytes in, size_t *at)
{
	struct cbor_head h;

	for (uint64_t todo = 1; todo > 0; todo--) {
		TRY(cbor_head(in, *at, &h));
		*at = h.next;
		switch (h.type) {
		case CBOR_BSTR:
		case CBOR_TSTR:
			*at += (size_t)h.arg;
			break;
		case CBOR_ARRAY:
			todo += h.arg;
			break;
		case CBOR_MAP:
			todo += 2 * h.arg;
			break;
		case CBOR_TAG:
			todo++;
			break;
		}
	}
	return OK;
}

/* Sort the keys by insertion: CBOR_PAIRS_MAX bounds the steps and the stack,
 * and one pass over the values does, whatever they hold. */
enum err
cbor_keys_distinct(struct bytes in, size_t *at, size_t n)
{
	size_t seen[CBOR_PAIRS_MAX];

	if (n > ARRAY_LEN(seen))
		return ERR_BUG;
	for (size_t i = 0; i < n; i++) {
		size_t key = *at, j = i;

		TRY(skip(in, at));
		for (; j > 0; j--) {
			int c = key_order(in, key, seen[j - 1], *at - key);

			if (c == 0) {
				*at = key;
				return ERR_DUPLICATE;
			}
			if (c > 0)
				break;
			seen[j] = seen[j - 1];
		}
		seen[j] = key;
		TRY(skip(in, at));
	}
	return OK;
}

/* An item of the map f has ended at *at.  Sorted keys cost one comparison
 * each; others are left for the end of the map. */
static enum err
pair_step(struct bytes in, struct frame *f, size_t *at)
{
	if (f->left % 2 == 0) { /* a value */
		f->prev = f->item;
		f->item = *at;
		return OK;
	}
	if (f->item != f->start && !f->unsorted) {
		int c = key_order(in, f->item, f->prev, *at - f->item);

		if (c == 0) {
			*at = f->item;
			return ERR_DUPLICATE;
		}
		f->unsorted = c < 0;
	}
	return OK;
}

/* An item has ended at *at; so may have what it stands in.  Answers the new
 * depth by *depth, 0 when the outermost one has ended. */
static enum err
end_item(struct bytes in, struct frame *stack, size_t *depth, size_t *at)
{
	while (*depth > 0) {
		struct frame *f = &stack[*depth - 1];

		f->left--;
		if (f->map)
			TRY(pair_step(in, f, at));
		if (f->left > 0)
			break;
		if (f->unsorted) {
			size_t key = f->start;
			enum err e = cbor_keys_distinct(in, &key, f->pairs);

			if (e != OK) {
				*at = key;
				return e;
			}
		}
		(*depth)--;
	}
	return OK;
}

enum err
cbor_walk(struct bytes in, size_t *at)
{
	struct frame stack[CBOR_DEPTH_MAX];
	size_t depth = 0;

	do {
		struct cbor_head h;
		size_t left = 0;

		TRY(cbor_head(in, *at, &h));
		switch (h.type) {
		case CBOR_TSTR:
			if (!cbor_utf8(
				(struct bytes){in.p + h.next, (size_t)h.arg}))
				return ERR_UTF8;
			h.next += (size_t)h.arg;
			break;
		case CBOR_BSTR:
			h.next += (size_t)h.arg;
			break;
		case CBOR_MAP:
			if (h.arg > CBOR_PAIRS_MAX)
				return ERR_RANGE;
			left = (size_t)h.arg * 2;
			break;
		case CBOR_ARRAY:
			left = (size_t)h.arg;
			break;
		case CBOR_TAG:
			left = 1;
			break;
		}
		/* Tags count as a level, and empty containers too: whoever
		 * recurses over checked input may rely on the bound. */
		if (h.type >= CBOR_ARRAY && h.type <= CBOR_TAG &&
		    depth == CBOR_DEPTH_MAX)
			return ERR_DEPTH;
		*at = h.next;
		if (left == 0) {
			TRY(end_item(in, stack, &depth, at));
			continue;
		}
		stack[depth++] = (struct frame){
		    .left = left,
		    .start = h.next,
		    .item = h.next,
		    .pairs = (uint16_t)(left / 2),
		    .map = h.type == CBOR_MAP,
		};
	} while (depth > 0);
	return OK;
}
