/*
 * rules_book: a Verifier's rules in all their versions, and the devices it
 * knows.
 */
#ifndef SQLITE_RULES_BOOK_H
#define SQLITE_RULES_BOOK_H

#include <tamarind/verifier.h>

#define RULES_TEXT_MAX 32768

struct rules_book;

MUST_CHECK enum err rules_create(const char *path);
MUST_CHECK enum err rules_open(
    const char *path, bool write, struct rules_book **out);
void rules_close(struct rules_book *b); /* NULL is fine */

/* The newest version; 0: there is none. */
MUST_CHECK enum err rules_newest(struct rules_book *b, uint64_t *version);
/* *text views room.  ERR_NOT_FOUND; ERR_STORE: too long for it. */
MUST_CHECK enum err rules_get(struct rules_book *b, uint64_t version,
    struct span room, struct bytes *text, uint64_t *time);
/* A new version, in force from the next appraisal on. */
MUST_CHECK enum err rules_add(
    struct rules_book *b, struct bytes text, uint64_t time, uint64_t *version);

/* What was last proven of a device, whatever the rules made of it. */
struct rules_device {
	uint8_t ueid[33];
	size_t ueid_n;
	char vendor[64];
	uint8_t model[32];
	size_t model_n;
	unsigned kind;
	enum assurance assurance;
	enum err proven; /* OK, or why not */
	uint64_t time;
};
/* Remember it.  One that is as it was an hour ago is not written again. */
MUST_CHECK enum err rules_device_put(
    struct rules_book *b, const struct rules_device *d);
MUST_CHECK enum err rules_device_list(struct rules_book *b,
    enum err (*each)(void *ctx, const struct rules_device *d), void *ctx);

#endif
