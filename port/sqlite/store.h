/*
 * store: both databases as the engine's view, and the one writer.
 *                                     [docs/decisions/05-store.md]
 *
 * Readers are cheap and may be stale.  What a message leads to is handed to
 * the writer as a job; it commits many at once and only then says so.
 */
#ifndef SQLITE_STORE_H
#define SQLITE_STORE_H

#include "policy.h"
#include "state.h"

struct store;

/* How often and how long; in seconds. */
struct store_config {
	uint32_t mac_key_life; /* a new challenge key after: 86400 */
	uint32_t sweep_every;  /* expired rows: 60 */
};

/*
 * Open both; starts the writer's and the checkpointer's thread.  One process
 * only may have a state database open so (ERR_BUSY).
 */
MUST_CHECK enum err store_open(const char *policy_path, const char *state_path,
    const struct crypto *c, const struct store_config *config,
    struct store **out);
/* Commits what is queued and ends the threads; jobs that come later are done
 * at once, with ERR_STORE.  NULL is fine. */
void store_stop(struct store *s);
/* Stops and releases it; no reader may be left.  NULL is fine. */
void store_close(struct store *s);

/* ---- reading ---------------------------------------------------------------
 */

struct store_reader;

/* One for each thread. */
MUST_CHECK enum err store_reader_open(
    struct store *s, struct store_reader **out);
void store_reader_close(struct store_reader *r); /* NULL is fine */

/* Valid between begin and end only; end releases the policy's lock. */
const struct tam_view *store_view(struct store_reader *r);
const struct verifier_store *store_verifier(struct store_reader *r);
struct tam_results store_results(struct store_reader *r);
MUST_CHECK enum err store_begin(struct store_reader *r, uint64_t now);
void store_end(struct store_reader *r);
/* The name of the device that was looked up last since begin, or "". */
void store_device_name(const struct store_reader *r, char out[64]);

/* ---- writing ---------------------------------------------------------------
 */

/* Placed by the caller, who leaves it alone until done is called. */
struct store_job {
	const struct tam_reply *reply;
	/* From the writer's thread: result is OK, or ERR_REPLAY, ERR_TOKEN,
	 * ERR_BUSY (the reply must not leave), or CLASS_PORT. */
	void (*done)(struct store_job *job);
	enum err result;
	struct store_job *next; /* private */
};
void store_commit(struct store *s, struct store_job *job);
/* The same, waiting. */
MUST_CHECK enum err store_commit_wait(
    struct store *s, const struct tam_reply *reply);

/* What the writer did, for metrics. */
struct store_counts {
	uint64_t jobs, commits, refused, failed, waiting;
};
void store_counts(struct store *s, struct store_counts *out);

#endif
