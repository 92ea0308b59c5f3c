/*
 * msglog: one line for every message: what came, from whom, what was decided
 * and why.  Never Evidence, never keys.
 */
#include "front.h"

#include <string.h>
#include <time.h>

#define FIELDS_MAX 24

/*
 * Is there to be a line?  Neither a stranger nor whoever sends a recorded
 * message again and again must be able to fill the disk; what left a trace
 * in the store always has one.
 */
static bool
shown(struct front *f, const struct tam_reply *o, enum err fate, uint64_t *n)
{
	*n = 0;
	if (fate != OK || o->n_effects > 0)
		return true;
	return lines_take(o->known ? &f->nothings : &f->strangers, n);
}

struct line {
	struct log_field f[FIELDS_MAX];
	size_t n;
};

static void
add(struct line *l, struct log_field f)
{
	if (l->n < FIELDS_MAX)
		l->f[l->n++] = f;
}

/* A circumstance is shown where there is one. */
static void
add_text(struct line *l, const char *key, const char *text)
{
	if (text[0] != 0)
		add(l, LOG_S(key, text));
}

static void
add_why(struct line *l, const struct why *w, char expected[256],
    char found[256], char source[128])
{
	if (w->what != NULL)
		add(l, LOG_S("what", w->what));
	add_text(l, "expected", why_expected(expected, 256, w));
	add_text(l, "found", why_found(found, 256, w));
	add_text(l, "source", safe_text(source, 128, w->source));
	if (w->at != 0)
		add(l, LOG_N("at", w->at));
	if (w->subject.n == KID_LEN)
		add(l, LOG_KID("subject", w->subject.p));
}

/* Somebody has to look into this: which device it is about, and whose
 * attester spoke last.                                     [security 23] */
static void
clone_log(const struct request *r)
{
	const struct tam_reply *o = r->reply;

	log_event(LEVEL_ERROR, "clone", LOG_S("device", r->device),
	    LOG_KID("kid", o->kid), LOG_H("ueid", o->appraisal.claims.ueid),
	    LOG_S("note", "refused until it is removed and added again"));
}

static uint64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void
message_log(struct request *r, unsigned status, enum err fate)
{
	static const struct tam_reply nothing;
	const struct tam_reply *o = r->reply != NULL ? r->reply : &nothing;
	enum err reason = fate != OK ? fate : o->why.err;
	char expected[256], found[256], source[128];
	struct line l = {.n = 0};
	uint64_t unsaid;

	if (!shown(r->f, o, fate, &unsaid))
		return;
	add(&l, LOG_N("status", status));
	add(&l, LOG_S("type", o->type == 0 ? "" : teep_type_name(o->type)));
	if (r->endpoint > 0)
		add(&l,
		    LOG_S("dialect", r->f->s->dialect[r->endpoint - 1].name));
	if (o->known) {
		add(&l, LOG_S("device", r->device));
		add(&l, LOG_KID("kid", o->kid));
	}
	add(&l, LOG_ERR("reason", reason));
	if (reason != OK && reason == o->why.err)
		add_why(&l, &o->why, expected, found, source);
	if (o->peer_code != 0) {
		add(&l, LOG_N("peer-code", o->peer_code));
		add(&l, LOG_B("peer-text", o->peer_text));
	}
	if (o->appraisal.verdict == ACCEPTED)
		add(&l,
		    LOG_S("assurance", assurance_name(o->appraisal.assurance)));
	if (o->passport || o->appraisal.until != 0)
		add(&l, LOG_KID("verifier", o->verifier));
	if (r->message.n > 0)
		add(&l, LOG_S("sent", teep_type_name(o->sent)));
	if (o->repair)
		add_text(&l, "for", "repair");
	if (unsaid > 0)
		add(&l, LOG_N("unlogged", unsaid));
	add(&l, LOG_N("octets-in", r->n));
	add(&l, LOG_N("octets-out", r->message.n));
	add(&l, LOG_N("us", now_us() - r->began));
	if (o->clone && fate == OK)
		clone_log(r);
	log_write(reason == OK                      ? LEVEL_INFO
		  : err_class(reason) >= CLASS_ROOM ? LEVEL_ERROR
						    : LEVEL_WARN,
	    "message", l.f, l.n);
}
