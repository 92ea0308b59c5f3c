/* chunk: memory of one request, from a pool. */
#include "chunk.h"

#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

#define SPARE_MAX 64 /* 16 MiB stay when nothing goes on */
#define ALIGN     alignof(max_align_t)
/* What one request may take: four copies of the largest Update. */
#define SHARE_MAX (144u << 20)

/* Stands at the start of its own memory. */
struct chunk {
	struct chunk_pool *pool;
	struct chunk *next; /* spare */
	struct big *big;
	size_t at;    /* octets taken, this head included */
	size_t share; /* octets of big ones */
};

/* A mapping of its own, head first. */
struct big {
	struct big *next;
	size_t n;
};

static size_t
round_up(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* n octets of zeros, within the limit. */
static void *
map(struct chunk_pool *p, size_t n)
{
	void *at;
	bool ok;

	(void)pthread_mutex_lock(&p->lock);
	ok = n <= p->limit - p->used;
	if (ok)
		p->used += n;
	(void)pthread_mutex_unlock(&p->lock);
	if (!ok)
		return NULL;
	at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);
	if (at != MAP_FAILED)
		return at;
	(void)pthread_mutex_lock(&p->lock);
	p->used -= n;
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
unmap(struct chunk_pool *p, void *at, size_t n)
{
	(void)munmap(at, n);
	(void)pthread_mutex_lock(&p->lock);
	p->used -= n;
	(void)pthread_mutex_unlock(&p->lock);
}

void
chunk_pool_init(struct chunk_pool *p, uint64_t limit)
{
	*p = (struct chunk_pool){.limit = limit};
	(void)pthread_mutex_init(&p->lock, NULL);
}

void
chunk_pool_free(struct chunk_pool *p)
{
	while (p->spare != NULL) {
		struct chunk *c = p->spare;

		p->spare = c->next;
		unmap(p, c, CHUNK_SIZE);
	}
	(void)pthread_mutex_destroy(&p->lock);
}

struct chunk *
chunk_take(struct chunk_pool *p)
{
	struct chunk *c;

	(void)pthread_mutex_lock(&p->lock);
	c = p->spare;
	if (c != NULL) {
		p->spare = c->next;
		p->n_spare--;
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (c == NULL)
		c = map(p, CHUNK_SIZE);
	if (c != NULL)
		*c = (struct chunk){
		    .pool = p, .at = round_up(sizeof(*c), ALIGN)};
	return c;
}

void
chunk_keep(struct chunk *c, struct bytes b)
{
	uintptr_t at = (uintptr_t)b.p;
	struct big **link = &c->big;

	while (*link != NULL) {
		struct big *one = *link;

		if (b.n > 0 && at - (uintptr_t)one < one->n) {
			link = &one->next;
			continue;
		}
		*link = one->next;
		c->share -= one->n;
		unmap(c->pool, one, one->n);
	}
}

void
chunk_give(struct chunk_pool *p, struct chunk *c)
{
	bool keep;

	if (c == NULL)
		return;
	chunk_keep(c, BYTES_NONE);
	/* the next request gets zeros, and nothing of this one */
	wipe((uint8_t *)c + sizeof(*c), c->at - sizeof(*c));
	(void)pthread_mutex_lock(&p->lock);
	keep = p->n_spare < SPARE_MAX;
	if (keep) {
		c->next = p->spare;
		p->spare = c;
		p->n_spare++;
	}
	(void)pthread_mutex_unlock(&p->lock);
	if (!keep)
		unmap(p, c, CHUNK_SIZE);
}

static void *
get_big(struct chunk *c, size_t n)
{
	size_t head = round_up(sizeof(struct big), ALIGN);
	struct big *b;

	if (n > SHARE_MAX - head || head + n > SHARE_MAX - c->share)
		return NULL;
	b = map(c->pool, head + n);
	if (b == NULL)
		return NULL;
	*b = (struct big){c->big, head + n};
	c->big = b;
	c->share += head + n;
	return (uint8_t *)b + head;
}

static void *
get(void *ctx, size_t n)
{
	struct chunk *c = ctx;
	uint8_t *at;

	if (n > CHUNK_SIZE - c->at)
		return get_big(c, n);
	at = (uint8_t *)c + c->at;
	/* within the chunk: its size and c->at are multiples of ALIGN */
	c->at += round_up(n, ALIGN);
	return at;
}

struct arena
chunk_arena(struct chunk *c)
{
	return (struct arena){c, get};
}
