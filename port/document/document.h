/*
 * document: what a person wrote in YAML or JSON, read with its places.
 *
 * The reader is sticky: after its first fault everything is empty, and
 * d->message says what is wrong and where: FILE:LINE:COLUMN: name: what.
 * For shells only: heap, stdio.  A text that is JSON is read as JSON
 * (RFC 8259), anything else as YAML 1.1 without its tags and types: what a
 * scalar means is said by who asks for it.
 */
#ifndef TAMARIND_DOCUMENT_H
#define TAMARIND_DOCUMENT_H

#include "item.h"

#include <jansson.h>
#include <stdio.h>
#include <tamarind/port.h>
#include <yaml.h>

/* Octets of a document, which may carry payloads in base64; collections
 * within each other. */
#define DOC_MAX       (48u << 20)
#define DOC_DEPTH_MAX 64

struct doc {
	struct pool pool; /* memory of all that is read */
	yaml_document_t yaml;
	bool loaded;
	bool closed;      /* refuse to open any file */
	const char *file; /* its name; others count from its folder */
	const struct crypto *crypto; /* for {random} and digests */
	uint64_t now;                /* for times */
	char message[512];           /* empty: no fault */
};

/* A value of the document, node NULL: absent; and its name. */
struct spot {
	yaml_node_t *node;
	const char *name;
};

/* Read a document; false: d->message.  doc_free afterwards all the same.
 * Keeps file and text. */
MUST_CHECK bool doc_load(struct doc *d, const char *file, struct bytes text);
void doc_free(struct doc *d);
struct spot doc_root(struct doc *d);

/* Keep the first fault, with file, line and column. */
void doc_bad(struct doc *d, struct spot at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline bool
doc_good(const struct doc *d)
{
	return d->message[0] == 0;
}

/* ---- members and items -------------------------------------------------- */

bool doc_is_map(struct spot at);
bool doc_is_list(struct spot at);
bool doc_is_scalar(struct spot at);
/* It stands there and says nothing: null, ~ or nothing, without quotes. */
bool doc_is_null(struct spot at);
/* A scalar without quotes, which may be a number. */
bool doc_is_plain(struct spot at);

/* It is a mapping with these members at most (NULL ends the list), each once.
 */
void doc_fields(struct doc *d, struct spot at, const char *const *names);
struct spot doc_may(struct doc *d, struct spot at, const char *name);
struct spot doc_need(struct doc *d, struct spot at, const char *name);
/* How many members a mapping has, each name once; the nth of them. */
size_t doc_pairs(struct doc *d, struct spot at, size_t max);
struct spot doc_pair(struct doc *d, struct spot at, size_t i, struct spot *key);
/* How many items it has: a sequence of min..max.  One of them. */
size_t doc_list(struct doc *d, struct spot at, size_t min, size_t max);
struct spot doc_item(struct doc *d, struct spot at, size_t i);

/* ---- scalars ------------------------------------------------------------ */

/* Text with a NUL. */
const char *doc_word(struct doc *d, struct spot at);
/* A number in plain digits; false: it is none. */
bool doc_integer(struct spot at, int64_t *out);
uint64_t doc_uint(struct doc *d, struct spot at, uint64_t max);
bool doc_flag(struct doc *d, struct spot at);
/* 2026-01-31T12:00:00Z, 2026-01-31, seconds since 1970, now, now+3600. */
uint64_t doc_time(struct doc *d, struct spot at);

/* ---- octets ------------------------------------------------------------- */

/* Hex text, or {hex|base64|text|file|random: ...}; in the pool. */
struct bytes doc_octets(struct doc *d, struct spot at, size_t max);
/* What stands under one of these words. */
struct bytes doc_octets_of(
    struct doc *d, struct spot in, const char *word, size_t max);
/* The SHA-256: 32 octets in hex, or the digest of octets as above. */
void doc_digest(struct doc *d, struct spot at, uint8_t out[DIGEST_LEN]);
/* A component identifier such as ta/hello, encoded. */
struct bytes doc_id(struct doc *d, struct spot at);
/* The file that a scalar names, counted from the document's folder. */
const char *doc_path(struct doc *d, struct spot at);
struct bytes doc_file(struct doc *d, struct spot at, size_t max);

/* ---- the other way ------------------------------------------------------ */

/* Members and items that take their value over; out of memory ends the
 * program. */
void doc_put_member(json_t *object, const char *name, json_t *v);
void doc_put_item(json_t *array, json_t *v);
/* Octets in hex, in base64 (of URLs). */
json_t *doc_put_hex(struct bytes b);
json_t *doc_put_base64(struct bytes b);
/* Print a value as YAML, as JSON.  In a mapping a member called "#" is a
 * comment before it; it may stand first in its mapping. */
void doc_put_yaml(FILE *f, const json_t *v);
void doc_put_json(FILE *f, const json_t *v);

#endif
