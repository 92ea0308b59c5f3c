/*
 * origin: a URI taken apart, and whether another one lies beneath it.
 */
#include "fetch.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum err
origin_read(const char *uri, struct origin *out)
{
	CURLU *u = curl_url();
	char *port = NULL, *part = NULL;
	CURLUcode c;
	enum err e = ERR_URI;

	*out = (struct origin){0};
	if (u == NULL)
		return ERR_MEMORY;
	c = curl_url_set(u, CURLUPART_URL, uri, CURLU_NON_SUPPORT_SCHEME);
	if (c != CURLUE_OK)
		goto out;
	/* Credentials in a URI end in logs and are never wanted here. */
	c = curl_url_get(u, CURLUPART_USER, &part, 0);
	if (c != CURLUE_NO_USER)
		goto out;
	c = curl_url_get(u, CURLUPART_SCHEME, &out->scheme, 0);
	if (c == CURLUE_OK)
		c = curl_url_get(u, CURLUPART_HOST, &out->host, 0);
	if (c == CURLUE_OK)
		c = curl_url_get(u, CURLUPART_PATH, &out->path, 0);
	if (c == CURLUE_OK)
		c = curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	if (c != CURLUE_OK)
		goto out;
	out->port = (unsigned)strtoul(port, NULL, 10);
	e = OK;
out:
	curl_free(part);
	curl_free(port);
	curl_url_cleanup(u);
	if (c == CURLUE_OUT_OF_MEMORY)
		e = ERR_MEMORY;
	if (e != OK)
		origin_free(out);
	return e;
}

void
origin_free(struct origin *o)
{
	curl_free(o->scheme);
	curl_free(o->host);
	curl_free(o->path);
	*o = (struct origin){0};
}

/* Does every server take the path as it stands?  The URL parser has resolved
 * plain dot segments; one that is spelled otherwise is taken out of its
 * folder by the servers that understand the spelling. */
static bool
path_plain(const char *path)
{
	for (const char *p = path; *p != 0; p++)
		if (*p == '\\' || strncmp(p, "/..", 3) == 0 ||
		    strncasecmp(p, "%2e", 3) == 0 ||
		    strncasecmp(p, "%2f", 3) == 0 ||
		    strncasecmp(p, "%5c", 3) == 0)
			return false;
	return true;
}

bool
origin_covers(const struct origin *o, const struct origin *uri)
{
	size_t n = strlen(o->path);

	if (!path_plain(uri->path))
		return false;
	if (strcmp(o->scheme, uri->scheme) != 0 || o->port != uri->port ||
	    strcmp(o->host, uri->host) != 0)
		return false;
	if (strncmp(o->path, uri->path, n) != 0)
		return false;
	/* "/a" covers "/a" and "/a/b", not "/ab". */
	return n == 0 || o->path[n - 1] == '/' || uri->path[n] == 0 ||
	       uri->path[n] == '/';
}

enum err
origin_resolve(const char *base, const char *to, char **out)
{
	CURLU *u = curl_url();
	struct origin from = {0}, is = {0};
	char *text = NULL;
	enum err e = u == NULL ? ERR_MEMORY : OK;

	*out = NULL;
	if (e == OK &&
	    (curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK ||
		curl_url_set(u, CURLUPART_URL, to, 0) != CURLUE_OK ||
		curl_url_get(u, CURLUPART_URL, &text, 0) != CURLUE_OK))
		e = ERR_URI;
	if (e == OK)
		e = origin_read(base, &from);
	if (e == OK)
		e = origin_read(text, &is);
	if (e == OK &&
	    (strcmp(from.scheme, is.scheme) != 0 ||
		strcmp(from.host, is.host) != 0 || from.port != is.port))
		e = ERR_URI;
	if (e == OK && (*out = strdup(text)) == NULL)
		e = ERR_MEMORY;
	curl_free(text);
	curl_url_cleanup(u);
	origin_free(&from);
	origin_free(&is);
	return e;
}
