/*
 * judge: from a body to the engine's word on it.
 */
#include "front.h"

#include <string.h>
#include <time.h>

static uint64_t
now(void)
{
	return (uint64_t)time(NULL);
}

static enum err
chunk_of(struct request *r)
{
	if (r->chunk == NULL)
		r->chunk = chunk_take(&r->f->pool);
	return r->chunk == NULL ? ERR_MEMORY : OK;
}

/* Make the message anew, in its own memory. */
static enum err
flood_refill(
    struct tam *tam, struct flood *f, const struct arena *mem, uint64_t t)
{
	struct bytes m;

	f->n = 0;
	TRY(tam_connect(tam, t, mem, &m));
	if (m.n > sizeof(f->message))
		return ERR_ROOM;
	memcpy(f->message, m.p, m.n);
	f->n = m.n;
	f->made = t;
	return OK;
}

/* The shared message, at most a second old; all wait for the one who makes
 * it. */
static enum err
shared(struct tam *tam, struct flood *f, const struct arena *mem, uint64_t t,
    struct bytes *out)
{
	struct span to;

	if (f->n == 0 || f->made != t)
		TRY(flood_refill(tam, f, mem, t));
	to = arena_span(mem, f->n);
	if (to.p == NULL)
		return ERR_MEMORY;
	memcpy(to.p, f->message, f->n);
	*out = (struct bytes){to.p, f->n};
	return OK;
}

enum err
judge_connect(struct worker *w, struct request *r)
{
	struct flood *f = &r->f->flood[r->endpoint];
	struct tam *tam = &w->tam[r->endpoint];
	struct arena mem;
	uint64_t t = now();
	bool alone;
	enum err e = OK;

	TRY(chunk_of(r));
	mem = chunk_arena(r->chunk);
	(void)pthread_mutex_lock(&f->lock);
	if (f->second != t) {
		f->second = t;
		f->count = 0;
	}
	alone = f->count++ < r->f->s->connects;
	if (!alone)
		e = shared(tam, f, &mem, t, &r->message);
	(void)pthread_mutex_unlock(&f->lock);
	if (alone)
		e = tam_connect(tam, t, &mem, &r->message);
	return e;
}

enum err
judge_message(struct worker *w, struct request *r)
{
	struct arena mem;
	uint64_t t = now();
	enum err e;

	TRY(chunk_of(r));
	mem = chunk_arena(r->chunk);
	r->reply = mem.get(mem.ctx, sizeof(*r->reply));
	if (r->reply == NULL)
		return ERR_MEMORY;
	w->remote.errand = &r->errand;
	TRY(store_begin(w->reader, t));
	e = tam_message(&w->tam[r->endpoint], t, (struct bytes){r->body, r->n},
	    &mem, r->reply);
	store_device_name(w->reader, r->device);
	/* before the commit: the operator's writer waits for readers */
	store_end(w->reader);
	w->remote.errand = NULL;
	if (e == OK)
		r->message = r->reply->message;
	return e;
}
