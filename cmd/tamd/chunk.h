/*
 * chunk: memory of one request, from a pool.
 *
 * A chunk is taken when a message is judged and given back when its reply
 * has left; what does not fit is mapped for itself.  All chunks and mappings
 * together stay under a limit: beyond it a request gets none, and 503.
 */
#ifndef TAMD_CHUNK_H
#define TAMD_CHUNK_H

#include <pthread.h>
#include <tamarind/arena.h>

#define CHUNK_SIZE (256u << 10)

struct chunk;

struct chunk_pool {
	pthread_mutex_t lock;
	struct chunk *spare;
	size_t n_spare;
	uint64_t used, limit; /* octets mapped */
};

void chunk_pool_init(struct chunk_pool *p, uint64_t limit);
void chunk_pool_free(struct chunk_pool *p);

/* NULL: no memory, or the limit is reached. */
struct chunk *chunk_take(struct chunk_pool *p);
/* Wiped as far as it was used.  NULL is fine. */
void chunk_give(struct chunk_pool *p, struct chunk *c);
/* Nothing but b is needed any more: what else was mapped for itself goes. */
void chunk_keep(struct chunk *c, struct bytes b);
/* Memory of the chunk; valid until chunk_give. */
struct arena chunk_arena(struct chunk *c);

#endif
