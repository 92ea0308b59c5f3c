/*
 * cbor_int: what the files of this room share.
 */
#ifndef TAMARIND_CBOR_INT_H
#define TAMARIND_CBOR_INT_H

#include <tamarind/cbor.h>

/* The head of one item, in shortest form. */
struct cbor_head {
	uint64_t arg;  /* value, length, count, tag, or bits of a float */
	size_t next;   /* offset of the octet after the head */
	uint8_t type;  /* enum cbor_type, 0..7 */
	uint8_t first; /* the initial octet */
};

/*
 * Read the head at in.p[at], at <= in.n.  On OK the octets of a string are
 * there, and an array or map has no more items than octets follow.
 */
MUST_CHECK enum err cbor_head(
    const struct bytes *in, size_t at, struct cbor_head *h);

/* Check the item at in.p[*at]; *at becomes its end, or the place of the
 * fault. */
MUST_CHECK enum err cbor_walk(const struct bytes *in, size_t *at);

/*
 * Are the keys of the pairs from in.p[*at] to in.p[end] distinct?  The pairs
 * were checked before and are CBOR_PAIRS_MAX at most.  *at becomes the second
 * one of two equal keys.
 */
MUST_CHECK enum err cbor_keys_distinct(
    const struct bytes *in, size_t *at, size_t end);

/* A string of this type, of any length. */
struct bytes cbor_string(struct cbor_in *r, enum cbor_type type);
void cbor_put_string(struct cbor_out *w, enum cbor_type type, struct bytes b);

/* As cbor_fail, but at an offset that was passed already. */
void cbor_fail_at(struct cbor_in *r, size_t at, enum err e);

bool cbor_utf8(struct bytes text);

#endif
