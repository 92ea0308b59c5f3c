/*
 * store_int: the parts of the store.
 */
#ifndef SQLITE_STORE_INT_H
#define SQLITE_STORE_INT_H

#include "state_int.h"
#include "store.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>

struct store {
	char policy_path[PATH_MAX], state_path[PATH_MAX];
	const struct crypto *crypto;
	struct store_config config;

	/* the writer's own */
	struct db db;
	struct policy *policy;
	int lock_fd;
	uint64_t sweep_at;  /* seconds */
	int64_t restart_at; /* of the WAL, not before; now_ms() */
	pthread_t writer, checkpointer;
	bool writing, checkpointing;

	pthread_mutex_t lock; /* queue, stop, counts */
	pthread_cond_t wake;  /* the writer */
	pthread_cond_t tick;  /* the checkpointer */
	struct store_job *first, **last;
	bool stop;
	struct store_counts counts;
	_Atomic int wal_pages;

	pthread_mutex_t checkpoint; /* one checkpoint at a time */
	pthread_rwlock_t mac_lock;
	struct mac_keys mac;
};

/* Threads: arg is the store. */
void *store_writer(void *arg);
void *store_checkpointer(void *arg);

/* Load the MAC keys, making a new one when the newest is too old. */
MUST_CHECK enum err store_mac_refresh(struct store *s, uint64_t now);

#endif
