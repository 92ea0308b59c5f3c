/*
 * request: one request of the agent and its answer.
 *
 * Whatever the agent asks is checked as if it had been taken over: what it
 * says, how often it asks, and how much it makes us write.
 */
#include "agentd.h"

#include <unistd.h>

#define REQUEST_MS 5000

/* Evidence is asked for once in each exchange, and by every broker that
 * repeats a TAM's message.  A start copies and hashes up to 32 MiB.  What is
 * written for the agent fills a gigabyte in three days: long enough for
 * somebody to look. */
#define ATTEST_MOST     512
#define ATTEST_A_SECOND 16
#define START_MOST      64
#define START_A_SECOND  2
#define OTHER_MOST      128
#define OTHER_A_SECOND  16
#define LOG_MOST        (1u << 20)
#define LOG_A_SECOND    4096

/* What a request writes: a line on its refusal, or on the beginning and the
 * end of an application. */
#define LINE_OCTETS 512

struct throttle
throttle_full(void)
{
	return (struct throttle){
	    .attest = bucket_full(ATTEST_MOST, ATTEST_A_SECOND),
	    .start = bucket_full(START_MOST, START_A_SECOND),
	    .other = bucket_full(OTHER_MOST, OTHER_A_SECOND),
	    .log = bucket_full(LOG_MOST, LOG_A_SECOND),
	};
}

static struct bucket *
bucket_of(struct throttle *t, uint64_t op)
{
	switch (op) {
	case CHANNEL_ATTEST:
		return &t->attest;
	case CHANNEL_START:
		return &t->start;
	default:
		return &t->other;
	}
}

static enum err
serve(struct launcher *l, const struct channel_frame *f, int image,
    struct channel_frame *answer, int *pass, struct why *why)
{
	switch (f->op) {
	case CHANNEL_ATTEST:
		return attest(l, f, &answer->evidence, why);
	case CHANNEL_START:
		return app_start(l, f, image, &answer->slot, pass, why);
	case CHANNEL_STOP:
		app_stop(l, f->slot);
		return OK;
	default:
		return why_set(why, ERR_UNEXPECTED, "request");
	}
}

/* A stop is never refused: an application would stay. */
static enum err
serve_or_refuse(struct launcher *l, const struct channel_frame *f, int image,
    int64_t now, struct channel_frame *answer, int *pass, struct why *why)
{
	struct bucket *b = bucket_of(&l->throttle, f->op);
	bool open = bucket_open(b, now);
	bool take = open || b == &l->throttle.other;

	if (take)
		bucket_take(b, 1);
	/* What could not be served is not worth waking up for either. */
	if (!open)
		l->throttle.deaf_until = bucket_opens_at(b);
	if (!take)
		return why_set(why, ERR_RATE, "agent");
	return serve(l, f, image, answer, pass, why);
}

enum err
request_take(struct launcher *l, int64_t now)
{
	struct channel_frame f;
	struct channel_frame answer = {.op = CHANNEL_ANSWER};
	struct why why = {0};
	int image, pass = -1;
	enum err e;

	TRY(channel_receive(l->channel, l->room, REQUEST_MS, &f, &image));
	e = serve_or_refuse(l, &f, image, now, &answer, &pass, &why);
	answer.err = (uint64_t)e;
	if (image >= 0)
		(void)close(image);
	if (e != OK)
		log_event(LEVEL_WARN, "request-refused",
		    LOG_S("request", channel_op_name(f.op)),
		    LOG_ERR("reason", e),
		    LOG_S("what", why.what != NULL ? why.what : ""),
		    LOG_N("errno", why.found_n));
	if (e != OK || f.op == CHANNEL_START)
		bucket_take(&l->throttle.log, LINE_OCTETS);
	e = channel_send(l->channel, l->room, &answer, pass);
	if (pass >= 0)
		(void)close(pass);
	return e;
}
