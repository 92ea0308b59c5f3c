/*
 * pool: scratch memory for one handler or one Update.
 */
#include "agent_int.h"

struct span
pool_rest(const struct pool *p)
{
	return (struct span){p->p + p->at, p->n - p->at};
}

enum err
pool_take(struct pool *p, size_t n, struct span *out)
{
	*out = (struct span){NULL, 0};
	if (n > p->n - p->at)
		return ERR_ROOM;
	*out = (struct span){p->p + p->at, n};
	p->at += n;
	return OK;
}

struct cbor_out
pool_begin(const struct pool *p)
{
	return cbor_into(pool_rest(p));
}

enum err
pool_end(struct pool *p, struct cbor_out *w, struct bytes *out)
{
	TRY(cbor_done(w, out));
	p->at += out->n;
	return OK;
}
