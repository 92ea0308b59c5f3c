/*
 * make: what `teep make` reads from a recipe and builds.     [docs/make.md]
 *
 * The reader is sticky: after its first fault everything is empty, and
 * m->message says what is wrong and in which line.
 */
#ifndef TEEP_MAKE_H
#define TEEP_MAKE_H

#include "fault.h"

#include <yaml.h>

/* Octets of a recipe; items of one list; keys of one recipe. */
#define MAKE_RECIPE_MAX (1u << 20)
#define MAKE_LIST_MAX   64
#define MAKE_KEYS_MAX   64

struct make {
	struct build b; /* memory of all that is made */
	yaml_document_t doc;
	bool loaded;
	const char *file; /* files count from its folder */
	/* if set, instead of every key: and no file is opened or written */
	const struct signer *pretend;
	uint64_t now;
	struct signer signer[MAKE_KEYS_MAX]; /* released at the end */
	size_t n_signers;
	char message[512]; /* empty: no fault */
};

/* A value of the recipe, node NULL: absent; and its name. */
struct spot {
	yaml_node_t *node;
	const char *name;
};

/* Read a recipe; false: m->message.  make_free afterwards all the same. */
MUST_CHECK bool make_load(struct make *m, const char *file, struct bytes text);
void make_free(struct make *m);
struct spot make_root(struct make *m);
/* Build one thing of this kind from its recipe, with the faults of the
 * recipe and those named besides, which NULL ends.  Empty: m->message. */
struct bytes make_thing(
    struct make *m, struct spot at, unsigned made, const char *const *more);
/* A commented recipe of this kind. */
const char *make_example(unsigned made);

/* ---- reading ----------------------------------------------------------------
 */

/* Keep the first fault, with file and line. */
void make_bad(struct make *m, struct spot at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline bool
make_good(const struct make *m)
{
	return m->message[0] == 0 && m->b.err == OK;
}

/* It is a mapping with these members at most (NULL ends the list), each once.
 */
void make_fields(struct make *m, struct spot at, const char *const *names);
struct spot make_may(struct make *m, struct spot at, const char *name);
struct spot make_need(struct make *m, struct spot at, const char *name);
/* How many items it has: a sequence of min..max.  One of them. */
size_t make_list(struct make *m, struct spot at, size_t min, size_t max);
struct spot make_item(struct make *m, struct spot at, size_t i);
bool make_is_map(struct spot at);
bool make_is_list(struct spot at);
bool make_is_scalar(struct spot at);

/* Scalars: text with a NUL; numbers; yes and no. */
const char *make_word(struct make *m, struct spot at);
bool make_integer(struct spot at, int64_t *out);
uint64_t make_uint(struct make *m, struct spot at, uint64_t max);
bool make_flag(struct make *m, struct spot at);
/* 2026-01-31T12:00:00Z, 2026-01-31, seconds since 1970, now, now+3600. */
uint64_t make_time(struct make *m, struct spot at);
/* Octets: hex text, or {hex|base64|text|file|random: ...}. */
struct bytes make_octets(struct make *m, struct spot at, size_t max);
/* The SHA-256: 32 octets in hex, or the digest of octets as above. */
void make_digest(struct make *m, struct spot at, uint8_t out[DIGEST_LEN]);
/* An identifier such as ta/hello, encoded. */
struct bytes make_id(struct make *m, struct spot at);

/* The key of a file, private or public; {file, new, public} makes it when it
 * is not there. */
void make_public(
    struct make *m, struct spot at, struct cose_key *key, uint8_t kid[KID_LEN]);
/* Its private half; NULL on error. */
const struct signer *make_signer(struct make *m, struct spot at);
/* sign: one key or a list of them; how many. */
size_t make_signers(
    struct make *m, struct spot at, const struct signer *by[COSE_SIGNERS_MAX]);
/* encrypt: {to, alg}; absent: in the clear. */
struct build_seal make_seal(
    struct make *m, struct spot at, const char *context, struct cose_key *to);

/* ---- lists of a message: sizes are those of the recipe ------------------ */

struct list make_suites(struct make *m, struct spot at);
struct list make_profiles(struct make *m, struct spot at);
struct list make_numbers(struct make *m, struct spot at);
/* Freshness mechanisms; data-item-requested. */
struct list make_mechanisms(struct make *m, struct spot at);
uint64_t make_items(struct make *m, struct spot at);
/* Identifiers, tc-list, requested-tc-list. */
struct list make_ids(struct make *m, struct spot at);
struct list make_tc_list(struct make *m, struct spot at);
struct list make_requested(struct make *m, struct spot at);

/* ---- things
 * ------------------------------------------------------------------- */

struct bytes make_message(struct make *m, struct spot at, enum teep_type type);
struct bytes make_evidence(struct make *m, struct spot at);
struct bytes make_result(struct make *m, struct spot at);
struct bytes make_report(struct make *m, struct spot at);
struct bytes make_manifest(struct make *m, struct spot at);

#endif
