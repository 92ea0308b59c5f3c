/*
 * pace: how often something may happen.
 *
 * A token bucket: it fills with time up to a limit, and what happens is taken
 * out of it.  It may go below empty, for what cannot be refused; that is made
 * up for by waiting.
 */
#include "cmdline.h"

#include <time.h>

#define THOUSAND 1000 /* tokens are counted in thousandths */

int64_t
now_ms(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
		return INT64_MAX; /* without a clock every deadline is over */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct bucket
bucket_full(uint32_t most, uint32_t a_second)
{
	return (struct bucket){
	    .most = (int64_t)most * THOUSAND,
	    .a_second = a_second,
	    .level = (int64_t)most * THOUSAND,
	};
}

bool
bucket_open(struct bucket *b, int64_t now_ms)
{
	int64_t missing = b->most - b->level;

	if (now_ms > b->at_ms) {
		/* Thousandths a millisecond are tokens a second.  Divided, as
		 * a product could overflow. */
		if ((now_ms - b->at_ms) > missing / b->a_second)
			b->level = b->most;
		else
			b->level += (now_ms - b->at_ms) * b->a_second;
		b->at_ms = now_ms;
	}
	return b->level > 0;
}

void
bucket_take(struct bucket *b, uint32_t n)
{
	b->level -= (int64_t)n * THOUSAND;
}

int64_t
bucket_opens_at(const struct bucket *b)
{
	return b->level > 0 ? b->at_ms : b->at_ms + 1 - b->level / b->a_second;
}
