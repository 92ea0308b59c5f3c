/*
 * veraison: one session with a Verifier, by the challenge-response API of
 * Veraison: the challenge handed in, Evidence posted, the Result taken.
 *
 * Nothing here is believed: the front looks at the Result.
 */
#include "courier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NEW_SESSION "/challenge-response/v1/newSession"
#define SESSION     "application/vnd.veraison.challenge-response-session+json"
#define JWT         "application/eat+jwt"
#define TEEP        "application/eat+cwt; eat_profile=\"" EAT_TEEP_PROFILE "\""
/* Octets of an answer; a session has the Evidence in it, in base64. */
#define SESSION_MAX (2 * EVIDENCE_MAX)
#define POLL_MS     200
/* Nothing for so long is a failure. */
#define SILENCE 10
/* For the end of a session, seconds: the front waits for what comes next, and
 * gives a courier up that takes much longer than a session may. */
#define END_SECONDS 2

static const char *const forms[] = {
    [FORM_JWT] = SESSION,
    [FORM_EAR] = EAR_MEDIA_TYPE,
    [FORM_TEEP] = TEEP,
};

/* One session under way. */
struct turn {
	const struct veraison *v;
	const struct question *q;
	struct veraison_result *out;
	int64_t until; /* ms */
	struct fetch_answer got;
};

/* What text the Verifier has a part in: the front ends with a courier whose
 * answer is not well-formed. */
static enum err
fail(struct turn *t, enum err e, const char *text)
{
	(void)safe_text(
	    t->out->text, sizeof(t->out->text), bytes_of_text(text));
	return e;
}

static enum err
http_failed(struct turn *t, const char *what)
{
	char said[160];

	/* safe already */
	veraison_problem_read(t->got.body, said, sizeof(said));
	(void)snprintf(t->out->text, sizeof(t->out->text), "%s: status %ld%s%s",
	    what, t->got.status, said[0] == 0 ? "" : ": ", said);
	return ERR_HTTP;
}

/* The last trouble without the URI, which is long. */
static const char *
detail(const char *uri)
{
	const char *text = trouble();
	size_t n = strlen(uri);

	return strncmp(text, uri, n) == 0 && strncmp(text + n, ": ", 2) == 0
		   ? text + n + 2
		   : text;
}

/* One request, within what is left of the time. */
static enum err
ask(struct turn *t, struct fetch_request *q)
{
	struct fetch_rules rules = t->v->rules;
	int64_t left = t->until - now_ms();
	enum err e;

	fetch_release(&t->got);
	if (left <= 0)
		return fail(t, ERR_NET, "it took too long");
	rules.seconds = (long)(left + 999) / 1000;
	q->authorization = t->v->authorization;
	q->max = SESSION_MAX;
	q->slow_octets = 1;
	q->slow_seconds = SILENCE;
	e = fetch_do(&rules, q, &t->got);
	return e == OK ? OK : fail(t, e, detail(q->uri));
}

static bool
is_type(const struct turn *t, const char *type)
{
	size_t n = strlen(type);
	const char *is = t->got.type;

	return is != NULL && strncasecmp(is, type, n) == 0 &&
	       (is[n] == 0 || is[n] == ';' || is[n] == ' ');
}

/* ---- a new session ------------------------------------------------------- */

static char *
new_uri(const struct turn *t)
{
	const struct verifier_ask *a = &t->q->ask;
	char nonce[96], kid[KID_TEXT] = "", *uri = NULL;
	size_t size = 0;
	FILE *o = open_memstream(&uri, &size);

	if (o == NULL)
		return NULL;
	base64url_text(nonce, sizeof(nonce), a->challenge);
	if (a->teep_kid != NULL)
		kid_text(a->teep_kid, kid);
	(void)fprintf(o, "%s" NEW_SESSION "?nonce=%s", t->v->uri, nonce);
	/* ours enforces them; others do not know them */
	for (size_t i = 0; i < a->n_audience; i++)
		(void)fprintf(o, "&audience=%s", a->audience[i]);
	if (kid[0] != 0)
		(void)fprintf(o, "&kid=%s", kid);
	if (fclose(o) != 0) {
		free(uri);
		return NULL;
	}
	return uri;
}

static enum err
session_read(struct turn *t, struct veraison_session *s)
{
	if (!is_type(t, SESSION) && !is_type(t, "application/json"))
		return fail(t, ERR_TYPE, "not a session of this API");
	if (veraison_session_read(t->got.body, s) != OK)
		return fail(t, ERR_TEXT, "not a session of this API");
	if (!bytes_same_ct(
		(struct bytes){s->nonce, s->nonce_n}, t->q->ask.challenge)) {
		free(s->result);
		s->result = NULL;
		return fail(t, ERR_RESULT_NONCE,
		    "the session is for another challenge");
	}
	return OK;
}

static enum err
session_new(struct turn *t)
{
	struct veraison_session s = {.result = NULL};
	char *uri = new_uri(t);
	struct fetch_request q = {
	    .method = "POST", .uri = uri, .accept = SESSION};
	enum err e = uri == NULL ? ERR_MEMORY : ask(t, &q);

	if (e == OK && t->got.status != 201)
		e = http_failed(t, "new session");
	if (e == OK)
		e = session_read(t, &s);
	free(s.result);
	if (e == OK && t->got.location == NULL)
		e = fail(t, ERR_TEXT, "the session has no location");
	if (e == OK &&
	    origin_resolve(uri, t->got.location, &t->out->session) != OK)
		e = fail(t, ERR_URI, "the session's location is elsewhere");
	free(uri);
	return e;
}

/* ---- Evidence, and what comes of it -------------------------------------- */

static enum err
body_take(struct turn *t, enum courier_form form)
{
	if (t->got.body.n == 0 || t->got.body.n > COURIER_RESULT_MAX)
		return fail(t, t->got.body.n == 0 ? ERR_TEXT : ERR_TOO_LONG,
		    "the Result");
	t->out->form = form;
	t->out->result = t->got.body;
	t->got.body = BYTES_NONE;
	return OK;
}

/* It is there; or ERR_BUSY. */
static enum err
session_take(struct turn *t)
{
	struct veraison_session s;
	struct bytes text;
	enum err e = session_read(t, &s);

	if (e != OK)
		return e;
	text = bytes_of_text(s.result);
	if (s.state == VERAISON_WAITING)
		e = ERR_BUSY;
	else if (s.state == VERAISON_FAILED)
		e = fail(t, ERR_HTTP, "the session has failed");
	else if (text.n == 0 || text.n > COURIER_RESULT_MAX)
		e = fail(
		    t, text.n == 0 ? ERR_TEXT : ERR_TOO_LONG, "the Result");
	if (e != OK) {
		free(s.result);
		return e;
	}
	t->out->form = FORM_JWT;
	t->out->result = text;
	return OK;
}

/* What is asked for, or a session that will have it. */
static enum err
answer_take(struct turn *t)
{
	if (t->got.status == 202)
		return ERR_BUSY;
	if (t->got.status != 200)
		return http_failed(t, "Evidence");
	if (is_type(t, JWT))
		return body_take(t, FORM_JWT);
	if (t->v->form != FORM_JWT && is_type(t, "application/eat+cwt"))
		return body_take(t, t->v->form);
	return session_take(t);
}

static enum err
result_get(struct turn *t, const char *accept)
{
	struct fetch_request q = {
	    .method = "GET", .uri = t->out->session, .accept = accept};

	TRY(ask(t, &q));
	return answer_take(t);
}

static enum err
evidence_post(struct turn *t)
{
	const struct timespec nap = {0, POLL_MS * 1000000L};
	char media[256];
	struct fetch_request q = {
	    .method = "POST",
	    .uri = t->out->session,
	    .type = media,
	    .accept = forms[t->v->form],
	    .body = t->q->evidence,
	};
	enum err e;

	(void)snprintf(media, sizeof(media), "%.*s", (int)t->q->ask.media.n,
	    (const char *)t->q->ask.media.p);
	/* it becomes a header's value */
	if (media[strcspn(media, "\r\n")] != 0)
		return fail(t, ERR_TYPE, "media type");
	e = ask(t, &q);
	if (e == OK)
		e = answer_take(t);
	while (e == ERR_BUSY) {
		(void)nanosleep(&nap, NULL);
		e = result_get(t, forms[t->v->form]);
	}
	/* The TEEP profile can say nothing but that all is well: a JWT says
	 * why it does not. */
	if (e == ERR_HTTP && t->got.status == 406)
		e = result_get(t, JWT);
	return e;
}

enum err
veraison_ask(const struct veraison *v, const struct question *q,
    struct veraison_result *out)
{
	struct turn t = {
	    .v = v,
	    .q = q,
	    .out = out,
	    .until = now_ms() + (int64_t)v->seconds * 1000,
	};
	enum err e;

	*out = (struct veraison_result){.session = NULL};
	e = session_new(&t);
	if (e == OK)
		e = evidence_post(&t);
	fetch_release(&t.got);
	if (e == ERR_BUSY)
		e = fail(&t, ERR_NET, "it took too long");
	return e;
}

void
veraison_end(const struct veraison *v, struct veraison_result *out)
{
	struct fetch_rules rules = v->rules;
	struct fetch_request q = {
	    .method = "DELETE",
	    .uri = out->session,
	    .authorization = v->authorization,
	    .max = SESSION_MAX,
	    .slow_octets = 1,
	    .slow_seconds = SILENCE,
	};
	struct fetch_answer got = {0};

	rules.seconds = v->seconds < END_SECONDS ? v->seconds : END_SECONDS;
	/* it ends by itself, too */
	if (out->session != NULL && fetch_do(&rules, &q, &got) == OK)
		fetch_release(&got);
	free(out->session);
	free((void *)(uintptr_t)out->result.p);
	*out = (struct veraison_result){.session = NULL};
}
