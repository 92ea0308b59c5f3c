/*
 * show_int: between the files of the walk.
 */
#ifndef TEEP_SHOW_INT_H
#define TEEP_SHOW_INT_H

#include "show.h"

/* Where the next item of r stands. */
static inline const uint8_t *
here(const struct cbor_in *r)
{
	return r->in.p + r->at;
}

/* Numbers, simple values, and whatever has no line form of its own. */
void leaf_scalar(struct show *s, struct cbor_in *r, const struct label *l);
void leaf_text(struct show *s, struct cbor_in *r, const struct label *l);
void leaf_octets(
    struct show *s, struct cbor_in *r, const struct label *l, bool kid);
void leaf_time(struct show *s, struct cbor_in *r, const struct label *l);
void leaf_name(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape);
void leaf_bits(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape);
void leaf_inline(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape);
void leaf_id(struct show *s, struct cbor_in *r, const struct label *l);

/* A byte string that holds one item of a known shape; one that holds
 * something to be recognised. */
void show_wrap(struct show *s, struct cbor_in *r, const struct label *l,
    const struct shape *shape);
void show_open(struct show *s, struct cbor_in *r, const struct label *l);
/* Is what was shown one strict item, with nothing after it?  Tell if not. */
void show_check(struct show *s, struct bytes b);

#endif
