/*
 * region_store: a struct agent_store in one region of memory that outlives a
 * reset: memory with a battery, or what stands for flash in an emulation.
 *
 *   record 0, record 1   the sealed record, and the one before it
 *   blob 0 ..            REGION_BLOB octets each: one blob at most
 *
 * Crash-safe: a word at the head of each part says that it is whole; it is
 * cleared before the part is written and set after.  A record goes where the
 * older one is, so that the one in force stands until the new one does.  It is
 * sealed by AES-128-GCM with a generation number inside: whoever writes the
 * region can delete it or bring an old one back (only a counter in hardware
 * sees that), but not make one.  Blobs are not sealed: the record names them
 * by digest, and the reader hashes what it reads.
 */
#ifndef REGION_STORE_H
#define REGION_STORE_H

#include <tamarind/agent.h>

#define REGION_KEY 16
/* One part of the region, with its head. */
#define REGION_PART (AGENT_STATE_MAX + 4096)
#define REGION_HEAD 64
/* The largest blob. */
#define REGION_BLOB (REGION_PART - REGION_HEAD)
#define REGION_MIN  (8 * REGION_PART)

struct region_store {
	const struct crypto *crypto;
	struct span region;
	/* Writes octets of the region in order: a test's dies in between. */
	void (*put)(uint8_t *to, const uint8_t *from, size_t n);
	uint8_t key[REGION_KEY];
	uint64_t generation; /* of the record in force; 0: none */
	bool known;          /* load has looked */
	size_t current;      /* the record in force */
	size_t writing;      /* part of the blob under way; 0: none */
	size_t written;      /* octets of it */
	uint8_t box[8 + AGENT_STATE_MAX + 16];
};

/* Open the store in a region of at least REGION_MIN octets, all zero when it
 * is new.  Keeps c and region.  ERR_ROOM: it is too small. */
MUST_CHECK enum err region_store_open(struct region_store *s,
    const struct crypto *c, struct span region, const uint8_t key[REGION_KEY]);
/* The store as the agent sees it.  Keeps s.
 *   load       ERR_NOT_FOUND: there is no record.  ERR_STORE: there is one
 *              that is damaged, forged, or sealed by another key
 *   commit     ERR_BUG before the first load
 *   blob_more  ERR_ROOM: more than REGION_BLOB, or no part is free */
void region_store_port(struct region_store *s, struct agent_store *out);

#endif
