/*
 * lines: how many lines of the log somebody else can make us write.
 */
#ifndef SERVICE_LINES_H
#define SERVICE_LINES_H

#include <cmdline.h>
#include <pthread.h>

struct lines {
	pthread_mutex_t lock;
	struct bucket left;
	uint64_t unsaid;
};

/* At most so many a second, and twice as many at once. */
void lines_init(struct lines *l, uint32_t a_second);
/* May one be written?  *unsaid: how many were not since the last one. */
bool lines_take(struct lines *l, uint64_t *unsaid);

#endif
