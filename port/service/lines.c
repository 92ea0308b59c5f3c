/* lines: how many lines of the log somebody else can make us write. */
#include "lines.h"

void
lines_init(struct lines *l, uint32_t a_second)
{
	*l = (struct lines){.left = bucket_full(2 * a_second, a_second)};
	(void)pthread_mutex_init(&l->lock, NULL);
}

bool
lines_take(struct lines *l, uint64_t *unsaid)
{
	bool ok;

	(void)pthread_mutex_lock(&l->lock);
	ok = bucket_open(&l->left, now_ms());
	if (ok) {
		bucket_take(&l->left, 1);
		*unsaid = l->unsaid;
		l->unsaid = 0;
	} else {
		l->unsaid++;
	}
	(void)pthread_mutex_unlock(&l->lock);
	return ok;
}
