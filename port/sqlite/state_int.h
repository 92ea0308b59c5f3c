/*
 * state_int: what the files of the state database and the store share.
 */
#ifndef SQLITE_STATE_INT_H
#define SQLITE_STATE_INT_H

#include "db.h"
#include "policy.h"
#include "state.h"

struct state {
	struct db db;
};

/* Open requests of one key: a session has one at a time, and those whose
 * answer got lost expire. */
#define TOKENS_MAX 8
/* Octets of measurements kept of one Evidence. */
#define MEASUREMENTS_MAX 8192

/* Open for reading or, with the settings a writer needs, for writing. */
MUST_CHECK enum err state_connect(struct db *d, const char *path, bool write);

/* All effects of one message, inside the caller's transaction: whatever it
 * answers but OK, the caller must undo. */
MUST_CHECK enum err state_apply(
    struct db *d, struct policy *p, const struct tam_reply *r);

/* Delete what has expired, at most `most` rows of each kind; *gone is how
 * many were. */
MUST_CHECK enum err state_sweep(
    struct db *d, uint64_t now, size_t most, size_t *gone);

/* The device's row without name, kid and key; zeroed if there is none. */
MUST_CHECK enum err state_row(
    struct db *d, uint64_t device, struct tam_device *out);
MUST_CHECK enum err state_token(struct db *d, struct bytes token,
    const uint8_t kid[KID_LEN], const struct arena *mem, struct tam_token *out);
/* OK: unused; ERR_REPLAY. */
MUST_CHECK enum err state_challenge(struct db *d,
    const uint8_t challenge[TAM_CHALLENGE_LEN], const uint8_t kid[KID_LEN]);
/* Everything sent and not proven gone, as the engine wants it. */
MUST_CHECK enum err state_held(struct db *d, uint64_t device,
    enum err (*each)(void *ctx, const struct tam_manifest *row), void *ctx);
/* Encoded ids of what the device asked for. */
MUST_CHECK enum err state_asked(struct db *d, uint64_t device,
    enum err (*each)(void *ctx, struct bytes id), void *ctx);

/* ---- MAC keys of challenges -------------------------------------------------
 */

#define MAC_KEYS_MAX 4
struct mac_keys {
	uint8_t key[MAC_KEYS_MAX][32]; /* the newest first */
	uint64_t made[MAC_KEYS_MAX];
	size_t n;
};
MUST_CHECK enum err state_mac_load(struct db *d, struct mac_keys *out);
/* Add one and forget all but MAC_KEYS_MAX. */
MUST_CHECK enum err state_mac_add(
    struct db *d, const uint8_t key[32], uint64_t now);

#endif
