/*
 * make: what `teep make` reads from a recipe and builds.     [docs/make.md]
 *
 * The reader is sticky: after its first fault everything is empty, and
 * m->doc.message says what is wrong and where.
 */
#ifndef TEEP_MAKE_H
#define TEEP_MAKE_H

#include "fault.h"

#include <document.h>

/* Items of one list; keys of one recipe. */
#define MAKE_LIST_MAX 64
#define MAKE_KEYS_MAX 64

struct make {
	struct build b; /* memory of all that is made */
	struct doc doc;
	/* if set, instead of every key, and no file is opened or written */
	const struct signer *pretend;
	struct signer signer[MAKE_KEYS_MAX]; /* released at the end */
	size_t n_signers;
};

/* Read a recipe; false: m->doc.message.  make_free afterwards all the same. */
MUST_CHECK bool make_load(struct make *m, const char *file, struct bytes text);
void make_free(struct make *m);
/* Build one thing of this kind from its recipe, with the faults of the
 * recipe and those named besides, which NULL ends.  Empty: m->doc.message. */
struct bytes make_thing(
    struct make *m, struct spot at, unsigned made, const char *const *more);
/* A commented recipe of this kind. */
const char *make_example(unsigned made);

/* ---- reading: see document.h --------------------------------------------- */

static inline bool
make_good(const struct make *m)
{
	return doc_good(&m->doc) && m->b.err == OK;
}

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
