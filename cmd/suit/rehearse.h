/*
 * rehearse: an update on a device that has everything right and keeps nothing
 * but the manifests that others depend on.
 */
#ifndef SUIT_REHEARSE_H
#define SUIT_REHEARSE_H

#include "shelf.h"

/* Files that stand for what would be fetched. */
#define PAYLOADS_MAX 64
struct payload_files {
	size_t n;
	struct {
		struct bytes uri; /* empty: whatever is asked for */
		const char *path;
	} row[PAYLOADS_MAX];
};
/* Add [URI=]FILE; arg is taken apart and kept.  False: too many. */
MUST_CHECK bool payload_add(struct payload_files *p, char *arg);

/* Stream a file, - for standard input, to the open fetch of a run; *got are
 * its octets.  False: it cannot be read, and errno says why; the fetch is
 * still open. */
MUST_CHECK bool give_file(
    struct suit_run *run, const char *path, uint64_t *got);

/* A host's leave to fetch whatever a manifest names. */
enum err may_fetch_any(
    void *ctx, const struct suit_manifest *m, struct bytes uri);

/* What becomes of the payloads and dependencies. */
enum rehearsal {
	REHEARSAL_RIGHT, /* all are what the manifest says */
	REHEARSAL_WRONG, /* one is not; *why */
	REHEARSAL_OPEN,  /* the device decides */
};

struct rehearsing {
	/* Who may sign what it depends on; NULL: that is left open. */
	const struct keyring *ring;
	const struct payload_files *files; /* NULL: none */
	const struct shelf *shelf;         /* NULL: none */
	uint32_t compat;                   /* enum suit_compat */

	/* Of one that is open: what the device would fetch, or empty. */
	struct bytes uri;
	char subject[SUIT_ID_TEXT]; /* why's */
};

enum rehearsal rehearse(
    struct rehearsing *r, const struct suit_manifest *m, struct why *why);

#endif
