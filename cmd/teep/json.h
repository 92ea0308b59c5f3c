/*
 * json: CBOR as JSON with the names of the specifications, and back to the
 * same octets.  docs/json.md is the format.
 *
 * The tables of `teep show` say what stands where; what they do not say, and
 * every encoding that is not the deterministic one, has a form of its own:
 * an object whose first member's name begins with $.
 */
#ifndef TEEP_JSON_H
#define TEEP_JSON_H

#include "item.h"
#include "show.h"

#include <jansson.h>

/* Octets of CBOR and of JSON that are taken. */
#define JSON_CBOR_MAX (8u << 20)
#define JSON_TEXT_MAX (32u << 20)
/* JSON within JSON; bounds the recursion. */
#define JSON_DEPTH_MAX 1024
/* Looks at items: some are tried by one shape and shown by another. */
#define JSON_WORK_MAX (8u << 20)
/* Items within each other below which byte strings are opened. */
#define JSON_OPEN_MAX 64

struct json {
	struct pool pool;
	bool secret; /* a private key is in it */
	unsigned depth;
	size_t work;       /* items looked at, some of them twice */
	char message[512]; /* of the first fault; empty: none */
};
void json_free(struct json *j);

/* The whole of a file: kind by structure, or as; also what follows the first
 * item.  j->message says what is wrong; *at is the offset of a fault in the
 * CBOR.  NULL on error.  Release with json_decref. */
json_t *json_from_cbor(
    struct json *j, struct bytes in, const struct kind *as, size_t *at);
/* And back; *out is in the pool.  False: j->message says what and where. */
MUST_CHECK bool json_to_cbor(
    struct json *j, const json_t *doc, struct bytes *out);
/* Read text strictly; NULL: j->message says what and where. */
json_t *json_text_read(struct json *j, struct bytes text);

/* Print it, short things in one line; only printable ASCII is written. */
void json_text_put(FILE *f, const json_t *v);

/* ---- between the files -----------------------------------------------------
 */

/* One item by its shape. */
json_t *json_out(
    struct json *j, const struct item *i, const struct shape *shape);

/* Where a value stands. */
struct trail {
	const struct trail *up;
	const char *name; /* member, or NULL: */
	size_t index;     /* item of an array */
};
/* NULL: j->message is filled. */
struct item *json_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *at);
/* Keep the first message, with the place in front; answers NULL. */
void *json_bad(struct json *j, const struct trail *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first member's name if it begins with $, else NULL. */
const char *json_word(const json_t *v);
/* The CBOR type that such a form stands for; CBOR_ANY: any, or unknown. */
enum cbor_type json_form_type(const char *word);
/* What is behind functions of the printer. */
const struct shape *json_behind(const struct shape *shape);
const struct shape *json_value_shape(
    const struct shape *shape, const struct item *key);
const struct shape *json_argument_shape(
    const struct shape *shape, int64_t code);
/* May an item of this type stand where shape is? */
bool json_fits(const struct shape *shape, const struct item *i);
/* The alternative that a reader takes for v; NULL: none. */
const struct shape *json_pick(const struct shape *shape, const json_t *v);

/* The name of a number of this shape, if that leads back; and back. */
const char *json_name(const struct shape *shape, int64_t v);
bool json_number(const struct shape *shape, const char *name, int64_t *out);
/* A number as text without anything else: -5, 0, 17. */
bool json_decimal(const char *text, int64_t *out);

/* Floats: the value of bits of a width of 2, 4 or 8 octets; and the bits of
 * one, false if that width does not hold it. */
double json_float(uint64_t bits, unsigned width);
bool json_float_bits(double v, unsigned width, uint64_t *bits);

#endif
