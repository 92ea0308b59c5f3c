/*
 * conform_play: what both roles share: verdicts, and what a reply is.
 */
#include "conform.h"

#include <stdarg.h>
#include <string.h>

bool
play_fail(struct play *p, const char *format, ...)
{
	va_list ap;

	if (p->outcome == FAILED)
		return false; /* the first reason counts */
	p->outcome = FAILED;
	va_start(ap, format);
	(void)vsnprintf(p->why, sizeof(p->why), format, ap);
	va_end(ap);
	return false;
}

void
play_skip(struct play *p, const char *why)
{
	p->outcome = SKIPPED;
	(void)snprintf(p->why, sizeof(p->why), "%s", why);
}

void
play_wrong(struct play *p)
{
	for (size_t i = 0; i < CASE_CHANGES; i++) {
		const struct change *c = &p->c->change[i];

		if (c->op == EDIT_NONE && c->octets == NULL &&
		    c->sign == NULL && c->seal == NULL)
			continue;
		p->change[i] = *c;
		p->change[i].ctx = p;
		build_change(&p->b, &p->change[i]);
	}
}

/* ---- what is seen ------------------------------------------------------- */

static const struct {
	unsigned bit;
	const char *text;
} words[] = {
    {SEEN_EMPTY, "nothing"},
    {SEEN_ERROR, "an error"},
    {SEEN_INSTALL, "an Update that installs or removes"},
    {SEEN_BARE, "an Update without manifests and err-code"},
    {SEEN_REQUEST, "a QueryRequest"},
    {SEEN_ANSWER, "a QueryResponse"},
    {SEEN_SUCCESS, "Success"},
    {SEEN_HTTP, "an HTTP error"},
    {SEEN_INVALID, "something that is no valid message"},
};

static void
seen_text(unsigned seen, char *out, size_t n)
{
	size_t at = 0;

	out[0] = 0;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if ((seen & words[i].bit) != 0 && at < n)
			at += (size_t)snprintf(out + at, n - at, "%s%s",
			    at > 0 ? " or " : "", words[i].text);
}

static enum err
find_peer(
    void *ctx, struct bytes kid, int32_t alg, size_t nth, struct cose_key *out)
{
	const struct play *p = ctx;
	const struct pair *const keys[] = {
	    &p->w->tam[0], &p->w->tam[1], &p->w->agent_teep};
	/* a TAM is verified under its keys, an agent under its own */
	size_t from = p->agent != NULL ? 2 : 0, to = p->agent != NULL ? 3 : 2;

	(void)alg;
	for (size_t i = from; i < to; i++)
		if ((kid.n == 0 || bytes_same(kid, BYTES_OF(keys[i]->kid))) &&
		    nth-- == 0) {
			*out = keys[i]->pub;
			return OK;
		}
	return ERR_UNKNOWN_KEY;
}

unsigned
play_see(struct play *p)
{
	const struct keyring ring = {p, find_peer};
	struct why why = {0};
	enum err e;

	p->m = (struct teep_message){0};
	if (p->reply.status >= 400)
		return SEEN_HTTP;
	if (p->reply.body.n == 0)
		return SEEN_EMPTY;
	e = cose_verify(p->w->crypto, &ring, ACCEPT_SIGN1 | ACCEPT_SIGN,
	    p->reply.body, &p->v, &why);
	if (e == OK)
		e = teep_read(&p->v, NULL, &p->m, &why);
	if (e != OK) {
		(void)snprintf(p->why, sizeof(p->why), "%s (%s)", err_name(e),
		    why.what != NULL ? why.what : "");
		return SEEN_INVALID;
	}
	switch (p->m.type) {
	case TEEP_QUERY_REQUEST:
		return SEEN_REQUEST;
	case TEEP_QUERY_RESPONSE:
		return SEEN_ANSWER;
	case TEEP_SUCCESS:
		return SEEN_SUCCESS;
	case TEEP_ERROR:
		return SEEN_ERROR;
	case TEEP_UPDATE:
		break;
	}
	if ((p->m.has & (TEEP_HAS_MANIFESTS | TEEP_HAS_UNNEEDED)) != 0)
		return SEEN_INSTALL;
	return (p->m.has & TEEP_HAS_ERR_CODE) != 0 ? SEEN_ERROR : SEEN_BARE;
}

bool
play_expect(struct play *p, unsigned expect, const char *of_what)
{
	char want[256], got[128], detail[96], says[160] = "";
	unsigned seen = play_see(p);

	if ((seen & expect) != 0)
		return true;
	(void)snprintf(detail, sizeof(detail), "%.90s", p->why);
	seen_text(expect, want, sizeof(want));
	seen_text(seen, got, sizeof(got));
	if (seen == SEEN_ERROR) {
		char safe[100];

		(void)snprintf(says, sizeof(says), ": err-code %llu, %s",
		    (unsigned long long)p->m.err_code,
		    safe_text(safe, sizeof(safe), p->m.err_msg));
	} else if (seen == SEEN_INVALID) {
		(void)snprintf(says, sizeof(says), ": %s", detail);
	} else if (seen == SEEN_HTTP) {
		(void)snprintf(
		    says, sizeof(says), ": status %ld", p->reply.status);
	}
	return play_fail(
	    p, "%s is answered by %s%s; wanted: %s", of_what, got, says, want);
}

bool
play_judge(struct play *p)
{
	if (!play_expect(p, p->c->expect, "the message"))
		return false;
	if (p->c->code == 0 || (p->m.has & TEEP_HAS_ERR_CODE) == 0)
		if (p->c->code == 0 || p->m.type != TEEP_ERROR)
			return true;
	if (p->m.err_code == p->c->code)
		return true;
	return play_fail(p, "the err-code is %llu; wanted: %u",
	    (unsigned long long)p->m.err_code, p->c->code);
}
