/*
 * shelf: envelopes that were handed in beside the one that is looked at, for
 * those that it depends on and that do not travel with it.
 */
#ifndef SUIT_SHELF_H
#define SUIT_SHELF_H

#include "gather.h"

#define SHELF_MAX 32

struct shelf {
	size_t n;
	struct {
		const char *path;
		struct bytes envelope;
		uint8_t digest[DIGEST_LEN]; /* as it says itself */
		struct bytes id;            /* of the manifest */
	} row[SHELF_MAX];
};

/* Read an envelope, or end the program with 1. */
void shelf_add(struct shelf *s, const char *path);
/* The same if a file is one; else nothing happens. */
void shelf_try(struct shelf *s, const char *path);
/* The place of the one with this digest, or of the one whose manifest has this
 * identifier; -1: there is none. */
int shelf_find(const struct shelf *s, struct bytes digest);
int shelf_named(const struct shelf *s, struct bytes id);
/* Give m, and whatever it depends on, those of the shelf that they depend on
 * by digest. */
void shelf_lend(const struct shelf *s, struct model *m, const struct crypto *c);
void shelf_free(struct shelf *s);

/* The file that a run waits for, if it is a dependency's: the one whose digest
 * its component must have; -1: none is. */
int shelf_wanted(
    const struct shelf *s, const struct suit_run *run, struct bytes id);
/* Tell of each manifest that m, or one that it depends on, depends on and that
 * is not here. */
void dependencies_absent(const struct model *m,
    void (*tell)(void *ctx, const struct model *m, const struct place *p),
    void *ctx);

/* The dependency that is meant at a place of m by the nth digest that is set
 * for it: *want is that digest.  NULL: it is not here.  False: there are no
 * more. */
bool dependency_meant(const struct gather *g, const struct model *m,
    const struct place *p, size_t nth, struct bytes *want,
    const struct model **out);

#endif
