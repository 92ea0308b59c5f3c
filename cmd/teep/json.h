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

/* Where a value stands. */
struct trail {
	const struct trail *up;
	const char *name; /* member, or NULL: */
	size_t index;     /* item of an array */
};
/* Keep the first message, with the place in front; answers NULL. */
void *json_bad(struct json *j, const struct trail *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
