/*
 * fetch: one HTTP request under the guard.
 */
#include "fetch.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What comes, on its way. */
struct inflow {
	const struct fetch_request *q;
	uint8_t *p; /* collected */
	size_t n, room;
	uint64_t got;
	enum err err;
};

static enum err
collect(struct inflow *in, const char *p, size_t n)
{
	if (n > in->room - in->n) {
		size_t room = in->room == 0 ? 4096 : in->room;
		uint8_t *more;

		while (n > room - in->n)
			room *= 2;
		more = realloc(in->p, room);
		if (more == NULL)
			return ERR_MEMORY;
		in->p = more;
		in->room = room;
	}
	memcpy(in->p + in->n, p, n);
	in->n += n;
	return OK;
}

static size_t
take(char *p, size_t one, size_t n, void *arg)
{
	struct inflow *in = arg;
	struct bytes piece = {(const uint8_t *)p, one * n};

	if (piece.n > in->q->max - in->got)
		in->err = ERR_TOO_LONG;
	else if (in->q->sink == NULL)
		in->err = collect(in, p, piece.n);
	else if (!in->q->sink(in->q->ctx, piece))
		in->err = ERR_SYSTEM;
	if (in->err != OK)
		return 0;
	in->got += piece.n;
	return piece.n;
}

static bool
header(struct curl_slist **all, const char *name, const char *value)
{
	size_t n = strlen(name) + (value == NULL ? 0 : strlen(value)) + 3;
	struct curl_slist *more;
	char *line = malloc(n);

	if (line == NULL)
		return false;
	/* "Name:" alone: curl has one of its own, and shall not */
	(void)snprintf(line, n, "%s:%s%s", name, value == NULL ? "" : " ",
	    value == NULL ? "" : value);
	more = curl_slist_append(*all, line);
	free(line);
	if (more != NULL)
		*all = more;
	return more != NULL;
}

static enum err
headers_set(CURL *curl, const struct fetch_request *q, struct curl_slist **all)
{
	bool ok = true;

	if (q->accept != NULL)
		ok = header(all, "Accept", q->accept);
	if (q->authorization != NULL)
		ok = ok && header(all, "Authorization", q->authorization);
	/* An empty POST may have no media type; curl would call it a form. */
	if (strcmp(q->method, "POST") == 0)
		ok = ok && header(all, "Content-Type", q->type) &&
		     header(all, "Expect", NULL);
	if (!ok)
		return ERR_MEMORY;
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *all);
	return OK;
}

static void
method_set(CURL *curl, const struct fetch_request *q)
{
	if (strcmp(q->method, "POST") == 0) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
		    q->body.n > 0 ? (const char *)q->body.p : "");
		curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body.n);
	} else if (strcmp(q->method, "GET") != 0) {
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, q->method);
	}
}

static enum err
failed(CURLcode code, const struct inflow *in)
{
	if (in->err != OK)
		return in->err;
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		return ERR_MEMORY;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return ERR_CERTIFICATE;
	default:
		return ERR_NET;
	}
}

static enum err
answer_take(CURL *curl, struct inflow *in, struct fetch_answer *out)
{
	struct curl_header *location = NULL;
	char *type = NULL;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out->status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	if (type != NULL && (out->type = strdup(type)) == NULL)
		return ERR_MEMORY;
	if (curl_easy_header(curl, "Location", 0, CURLH_HEADER, -1,
		&location) == CURLHE_OK &&
	    (out->location = strdup(location->value)) == NULL)
		return ERR_MEMORY;
	out->body = (struct bytes){in->p, in->n};
	in->p = NULL;
	return OK;
}

enum err
fetch_do(const struct fetch_rules *rules, const struct fetch_request *q,
    struct fetch_answer *out)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers = NULL;
	struct inflow in = {.q = q};
	struct guard guard;
	char detail[CURL_ERROR_SIZE] = "";
	CURLcode code;
	enum err e = ERR_MEMORY;

	*out = (struct fetch_answer){0};
	trouble_clear();
	if (curl == NULL)
		goto out;
	e = guard_set(&guard, rules, curl, q->uri);
	if (e == OK)
		e = headers_set(curl, q, &headers);
	if (e != OK)
		goto out;
	method_set(curl, q);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &in);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, q->slow_octets);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, q->slow_seconds);
	code = curl_easy_perform(curl);
	e = code == CURLE_OK ? answer_take(curl, &in, out) : failed(code, &in);
	/* the guard may have spoken */
	if (e != OK && *trouble() == 0)
		trouble_set("%s: %s", q->uri,
		    detail[0] != 0 ? detail : curl_easy_strerror(code));
out:
	if (e != OK)
		fetch_release(out);
	free(in.p);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return e;
}

void
fetch_release(struct fetch_answer *a)
{
	free(a->type);
	free(a->location);
	free((void *)(uintptr_t)a->body.p);
	*a = (struct fetch_answer){0};
}
