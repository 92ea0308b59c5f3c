/*
 * item: any well-formed CBOR as a tree that remembers how it was encoded, so
 * that octets -> tree -> octets changes nothing.        [RFC 8949 3, 5.3.1]
 *
 * The strict reader (lib/cbor) refuses what is not deterministic; those who
 * make test messages want exactly that: long heads, indefinite lengths,
 * duplicate keys, text that is not UTF-8.  For tools only: heap, recursion.
 */
#ifndef TAMARIND_ITEM_H
#define TAMARIND_ITEM_H

#include <tamarind/cbor.h>

/* Items within each other, opened byte strings counted; bounds recursion. */
#define ITEM_DEPTH_MAX 128
/* Items of one tree, bounds memory: an item is a hundred octets. */
#define ITEMS_MAX (1u << 20)

/* Memory of trees, released as a whole.  {0} is an empty one.  Running out
 * of memory ends the program. */
struct pool {
	struct pool_part *part;
	size_t items; /* made so far; see pool_full */
};
void *pool_get(struct pool *p, size_t n);
struct bytes pool_copy(struct pool *p, struct bytes b);
void pool_free(struct pool *p);
/* Has it made ITEMS_MAX items? */
bool pool_full(const struct pool *p);

struct item {
	struct item *next;    /* after it, in the same container */
	struct item *first;   /* inside: items; keys and values by turns; the
			       * tagged one; chunks of an indefinite string */
	struct item *content; /* a bstr that was opened: the item in it */
	struct bytes text;    /* a string that was not; borrows or in pool */
	const uint8_t *at;    /* where it was read; NULL: it was not */
	uint64_t arg;         /* number (-1 - arg if negative), tag, simple
			       * value, or the bits of a float */
	uint8_t type;         /* enum cbor_type */
	uint8_t width;        /* octets of the argument if more than needed,
			       * else 0; of a float always: 2, 4 or 8 */
	bool indefinite;
};

/* Read the well-formed item at the start of in; *used octets of it.  Strings
 * borrow from in.  *at: offset of the fault.
 * ERR_TRUNCATED, ERR_RESERVED, ERR_DEPTH, ERR_LIMIT, ERR_TYPE (a break or a
 * chunk that must not stand there). */
MUST_CHECK enum err item_read(struct pool *p, struct bytes in, size_t *used,
    struct item **out, size_t *at);
/* The same for exactly one item: ERR_TRAILING. */
MUST_CHECK enum err item_read_all(
    struct pool *p, struct bytes in, struct item **out, size_t *at);

/* Octets of the argument that i's head needs. */
size_t item_size_head(const struct item *i);
/* Octets that item_put writes. */
size_t item_size(const struct item *i);
void item_put(struct cbor_out *w, const struct item *i);
/* Write into the pool. */
struct bytes item_bytes(struct pool *p, const struct item *i);

/* ---- made by hand -------------------------------------------------------- */

struct item *item_new(struct pool *p, enum cbor_type type, uint64_t arg);
struct item *item_int(struct pool *p, int64_t v);
struct item *item_string(struct pool *p, enum cbor_type type, struct bytes b);
struct item *item_words(struct pool *p, const char *text);
/* A bstr around content. */
struct item *item_wrap(struct pool *p, struct item *content);
struct item *item_tag(struct pool *p, uint64_t tag, struct item *inside);
/* The end of an array; a key and its value at the end of a map. */
void item_add(struct item *array, struct item *i);
void item_add_pair(struct item *map, struct item *key, struct item *value);

/* How many items stand directly inside (a pair is two). */
size_t item_count(const struct item *i);
/* The nth item inside, or NULL, also of no item. */
struct item *item_at(const struct item *i, size_t n);
/* Is it this number? */
bool item_is(const struct item *i, int64_t v);
/* The value of a key of a map, or NULL, also for what is no map or no item.
 */
struct item *item_get(const struct item *map, int64_t key);
/* Replace or add; take out, answers whether it was there.  Sorted maps stay
 * sorted. */
void item_set(
    struct pool *p, struct item *map, int64_t key, struct item *value);
bool item_drop(struct item *map, int64_t key);
/* The item in a byte string, opened now if it was not; NULL if it holds none.
 * What is changed in it is written. */
struct item *item_open(struct pool *p, struct item *bstr);
/* A copy that shares nothing but the octets of strings. */
struct item *item_copy(struct pool *p, const struct item *i);

#endif
