/*
 * One POST to a TAM.                                      [TEEP-HTTP 4, 5]
 */
#include "broker.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MEDIA_TYPE "application/teep+cbor"

/* Is type the TEEP media type, whatever parameters follow? */
static bool
is_teep(const char *type)
{
	size_t n = strlen(MEDIA_TYPE);

	return type != NULL && strncasecmp(type, MEDIA_TYPE, n) == 0 &&
	       (type[n] == 0 || type[n] == ';' || type[n] == ' ');
}

enum err
http_post(const struct config *c, struct bytes uri, struct bytes body,
    bool has_body, struct bytes *answer, long *status)
{
	char *text = strndup((const char *)uri.p, uri.n);
	const struct fetch_request q = {
	    .method = "POST",
	    .uri = text,
	    /* an empty POST opens a session and has no media type */
	    .type = has_body ? MEDIA_TYPE : NULL,
	    .accept = MEDIA_TYPE,
	    .body = has_body ? body : BYTES_NONE,
	    .max = BROKER_MESSAGE_MAX,
	    /* A TAM that answers nothing for a minute is a network failure. */
	    .slow_octets = 1,
	    .slow_seconds = 60,
	};
	struct fetch_answer got = {0};
	enum err e = text == NULL ? ERR_MEMORY : OK;

	*answer = BYTES_NONE;
	*status = 0;
	if (e == OK)
		e = fetch_do(&c->rules, &q, &got);
	/* The agent is told what it can do something about. */
	if (e == ERR_CERTIFICATE)
		e = ERR_NET;
	*status = got.status;
	if (e == OK && (got.status < 200 || got.status > 299)) {
		e = ERR_HTTP;
		trouble_set("%s: status %ld", text, got.status);
	} else if (e == OK && got.body.n > 0 && !is_teep(got.type)) {
		e = ERR_TYPE;
		trouble_set("%s: not " MEDIA_TYPE, text);
	}
	if (e == OK) {
		*answer = got.body;
		got.body = BYTES_NONE;
	}
	fetch_release(&got);
	free(text);
	return e;
}
