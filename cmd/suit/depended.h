/*
 * depended: the manifests that one depends on, and those that these depend on:
 * verified where they are here, named where they are not.
 */
#ifndef SUIT_DEPENDED_H
#define SUIT_DEPENDED_H

#include "shelf.h"

#define DEPENDED_MAX 64

struct depended {
	size_t n;
	struct {
		const struct place *place;
		const struct model *model; /* NULL: it is not here */
		struct bytes uri;          /* then: from where, or empty */
		struct suit_manifest m;
	} row[DEPENDED_MAX];
	/* After a refusal: whose it is, and in which file. */
	const struct place *bad;
	struct bytes file; /* p NULL: that of the root */
};

/*
 * Every dependency of m in every alternative that is here, integrated or lent:
 * signed by one of the ring, and of the digest that its dependent has for it.
 * Errors of suit_open.  ERR_MANIFEST_DIGEST: what stands under its URI is
 * another one.  ERR_LIMIT: there are too many.
 */
MUST_CHECK enum err depended_check(struct depended *d, const struct crypto *c,
    const struct keyring *ring, const struct model *m, struct why *why);

#endif
