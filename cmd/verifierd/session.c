/*
 * session: challenges, whose they are, and what became of them.
 *                                                          [security 20]
 */
#include "front.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t
now(void)
{
	return (uint64_t)time(NULL);
}

void
session_end(struct front *f, struct session *x)
{
	f->evidence -= x->evidence.n;
	free((void *)(uintptr_t)x->evidence.p);
	free((void *)(uintptr_t)x->teep.p);
	free((void *)(uintptr_t)x->ear.p);
	free(x->jwt);
	free(x->refusal);
	wipe(x, sizeof(*x));
}

void
session_sweep(struct front *f)
{
	uint64_t t = now();

	for (size_t i = 0; i < f->s->sessions; i++) {
		struct session *x = &f->session[i];

		if (x->state == SESSION_FREE || t < x->expires)
			continue;
		session_end(f, x);
		f->n.expired++;
	}
}

/* A place, unless this source has its share. */
static struct session *
place(struct front *f, const char *source)
{
	struct session *free_one = NULL;
	size_t own = 0;

	for (size_t i = 0; i < f->s->sessions; i++) {
		struct session *x = &f->session[i];

		if (x->state == SESSION_FREE)
			free_one = x;
		else if (strcmp(x->source, source) == 0)
			own++;
	}
	return own < f->s->source_sessions ? free_one : NULL;
}

enum err
session_new(struct front *f, const char *owner, const char *source,
    struct session **out)
{
	uint8_t id[32];
	struct session *x;

	session_sweep(f);
	x = place(f, source);
	*out = x;
	if (x == NULL) {
		f->n.full++;
		return ERR_BUSY;
	}
	TRY(f->verifier.crypto->random(SPAN_OF(id)));
	if (!text_set(x->owner, sizeof(x->owner), owner) ||
	    !text_set(x->source, sizeof(x->source), source))
		return ERR_TOO_LONG;
	base64url_text(x->id, sizeof(x->id), BYTES_OF(id));
	x->state = SESSION_WAITING;
	x->expires = now() + f->s->session_life;
	f->n.sessions++;
	return OK;
}

struct session *
session_find(struct front *f, const char *id, const char *owner)
{
	session_sweep(f);
	for (size_t i = 0; i < f->s->sessions; i++) {
		struct session *x = &f->session[i];

		/* Both are secrets of who made it. */
		if (x->state != SESSION_FREE &&
		    bytes_same_ct(bytes_of_text(x->id), bytes_of_text(id)) &&
		    bytes_same_ct(
			bytes_of_text(x->owner), bytes_of_text(owner)))
			return x;
	}
	return NULL;
}

char *
base64_text(struct bytes b)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((b.n + 2) / 3 * 4 + 1), *to = text;

	for (size_t i = 0; text != NULL && i < b.n; i += 3) {
		size_t left = b.n - i;
		uint32_t v = (uint32_t)b.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)b.p[i + 1] << 8;
		if (left > 2)
			v |= b.p[i + 2];
		*to++ = set[v >> 18];
		*to++ = set[v >> 12 & 63];
		*to++ = left > 1 ? set[v >> 6 & 63] : '=';
		*to++ = left > 2 ? set[v & 63] : '=';
	}
	if (to != NULL)
		*to = 0;
	return text;
}

static json_t *
base64_json(struct bytes b)
{
	char *text = base64_text(b);
	json_t *o = text == NULL ? NULL : json_string(text);

	free(text);
	return o;
}

json_t *
session_json(const struct front *f, const struct session *x)
{
	char expiry[32];
	time_t t = (time_t)x->expires;
	struct tm tm;
	json_t *accept = json_array(), *o;

	(void)strftime(
	    expiry, sizeof(expiry), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &tm));
	for (size_t i = 0; verifier_media(&f->verifier, i) != NULL; i++)
		(void)json_array_append_new(
		    accept, json_string(verifier_media(&f->verifier, i)));
	o = json_pack("{s:o,s:s,s:o,s:s}", "nonce",
	    base64_json((struct bytes){x->nonce, x->nonce_n}), "expiry", expiry,
	    "accept", accept, "status",
	    x->state == SESSION_COMPLETE ? "complete" : "waiting");
	if (o == NULL || x->state != SESSION_COMPLETE)
		return o;
	(void)json_object_set_new(o, "evidence",
	    json_pack("{s:s,s:o}", "type", x->media, "value",
		base64_json(x->evidence)));
	(void)json_object_set_new(o, "result", json_string(x->jwt));
	if (x->refusal[0] != 0)
		(void)json_object_set_new(
		    o, "refusal", json_loads(x->refusal, 0, NULL));
	return o;
}
