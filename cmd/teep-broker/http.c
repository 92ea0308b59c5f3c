/*
 * One POST to a TAM.                                      [TEEP-HTTP 4, 5]
 */
#include "broker.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MEDIA_TYPE "application/teep+cbor"

struct body {
	uint8_t *p;
	size_t n, room;
	bool too_long;
};

static size_t
collect(char *p, size_t one, size_t n, void *arg)
{
	struct body *b = arg;

	n *= one;
	if (n > BROKER_MESSAGE_MAX - b->n) {
		b->too_long = true;
		return 0;
	}
	if (n > b->room - b->n) {
		size_t room = b->room == 0 ? 4096 : b->room;
		uint8_t *more;

		while (n > room - b->n)
			room *= 2;
		more = realloc(b->p, room);
		if (more == NULL)
			return 0;
		b->p = more;
		b->room = room;
	}
	memcpy(b->p + b->n, p, n);
	b->n += n;
	return n;
}

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
	CURL *curl = curl_easy_init();
	struct curl_slist *headers = NULL, *h;
	struct body got = {0};
	struct guard guard;
	char *type = NULL, detail[CURL_ERROR_SIZE] = "";
	char *text = strndup((const char *)uri.p, uri.n);
	CURLcode code;
	enum err e = ERR_MEMORY;

	*answer = BYTES_NONE;
	*status = 0;
	if (curl == NULL || text == NULL)
		goto out;
	e = guard_set(&guard, c, curl, text);
	if (e != OK)
		goto out;
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	trouble_clear();
	e = ERR_MEMORY;
	h = curl_slist_append(headers, "Accept: " MEDIA_TYPE);
	if (h == NULL)
		goto out;
	headers = h;
	/* An empty POST opens a session and has no media type; curl would
	 * otherwise call it a form. */
	h = curl_slist_append(
	    headers, has_body ? "Content-Type: " MEDIA_TYPE : "Content-Type:");
	if (h == NULL)
		goto out;
	headers = h;
	h = curl_slist_append(headers, "Expect:");
	if (h == NULL)
		goto out;
	headers = h;
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDS, has_body ? (const char *)body.p : "");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
	    (curl_off_t)(has_body ? body.n : 0));
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
	/* A TAM that answers nothing for a minute is a network failure. */
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		e = got.too_long                  ? ERR_TOO_LONG
		    : code == CURLE_OUT_OF_MEMORY ? ERR_MEMORY
						  : ERR_NET;
		if (*trouble() == 0) /* the guard may have spoken */
			trouble_set("%s: %s", text,
			    detail[0] != 0 ? detail : curl_easy_strerror(code));
		goto out;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	if (*status < 200 || *status > 299) {
		e = ERR_HTTP;
		trouble_set("%s: status %ld", text, *status);
		goto out;
	}
	if (got.n > 0 && !is_teep(type)) {
		e = ERR_TYPE;
		trouble_set("%s: not " MEDIA_TYPE, text);
		goto out;
	}
	*answer = (struct bytes){got.p, got.n};
	got.p = NULL;
	e = OK;
out:
	free(got.p);
	free(text);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return e;
}
