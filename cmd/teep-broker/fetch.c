/*
 * A payload for the agent: mapped, guarded, spooled, handed over in pieces.
 *
 * The whole payload is on disk before its first piece leaves, so that the
 * agent never waits on a slow server while it holds a staged component.
 */
#include "broker.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct sink {
	struct fetch *f;
	uint64_t max;
	bool too_long;
};

static size_t
spool(char *p, size_t one, size_t n, void *arg)
{
	struct sink *s = arg;

	n *= one;
	if (n > s->max - s->f->size) {
		s->too_long = true;
		return 0;
	}
	if (fwrite(p, 1, n, s->f->spool) != n)
		return 0;
	s->f->size += n;
	return n;
}

/* TO and what is left of the path, with one slash between them: without it
 * the rest would become a part of the host's name. */
static char *
join(const char *to, const char *rest)
{
	size_t n = strlen(to);
	bool slash = n > 0 && to[n - 1] == '/';
	char *out;

	rest += slash && *rest == '/';
	if (asprintf(&out, "%s%s%s", to,
		slash || *rest == '/' || *rest == 0 ? "" : "/", rest) < 0)
		return NULL;
	return out;
}

/* Apply the first mapping that covers uri; *out is on the heap. */
static enum err
mapped(const struct config *c, const char *uri, char **out)
{
	struct origin o;
	size_t i = 0;

	*out = NULL;
	TRY(origin_read(uri, &o));
	while (i < c->n_map && !origin_covers(&c->map[i].from, &o))
		i++;
	if (i < c->n_map)
		*out = join(c->map[i].to, o.path + strlen(c->map[i].from.path));
	else
		*out = strdup(uri);
	origin_free(&o);
	return *out != NULL ? OK : ERR_MEMORY;
}

static enum err
download(const struct config *c, struct fetch *f)
{
	CURL *curl = curl_easy_init();
	struct sink s = {f, c->fetch_max, false};
	char *uri = NULL;
	struct guard guard;
	char detail[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURLcode code;
	enum err e = ERR_MEMORY;

	if (curl == NULL)
		goto out;
	e = mapped(c, f->uri, &uri);
	if (e != OK)
		goto out;
	e = guard_set(&guard, c, curl, uri);
	if (e != OK)
		goto out;
	f->spool = tmpfile();
	e = ERR_SYSTEM;
	if (f->spool == NULL)
		goto out;
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, spool);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &s);
	/* Slow retrieval: below 1 KiB/s for half a minute is a failure. */
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 30L);
	e = ERR_FETCH;
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail);
	trouble_clear();
	code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		e = s.too_long                    ? ERR_TOO_LONG
		    : code == CURLE_OUT_OF_MEMORY ? ERR_MEMORY
						  : ERR_FETCH;
		if (*trouble() == 0)
			trouble_set("%s: %s", uri,
			    detail[0] != 0 ? detail : curl_easy_strerror(code));
		goto out;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status == 200)
		e = OK;
	else
		trouble_set("%s: status %ld", uri, status);
out:
	free(uri);
	curl_easy_cleanup(curl);
	return e;
}

enum err
fetch_piece(const struct config *c, struct fetch *f, struct bytes uri,
    uint64_t offset, uint8_t *room, size_t max, size_t *got, bool *last)
{
	*got = 0;
	*last = false;
	/* Cut at the NUL it would be another URI, fetched for each piece. */
	if (memchr(uri.p, 0, uri.n) != NULL)
		return ERR_URI;
	if (f->uri == NULL || strlen(f->uri) != uri.n ||
	    memcmp(f->uri, uri.p, uri.n) != 0) {
		enum err e;

		fetch_close(f);
		f->uri = strndup((const char *)uri.p, uri.n);
		if (f->uri == NULL)
			return ERR_MEMORY;
		e = download(c, f);
		if (e != OK) {
			fetch_close(f);
			return e;
		}
	}
	if (offset > f->size)
		return ERR_RANGE;
	if (fseeko(f->spool, (off_t)offset, SEEK_SET) != 0)
		return ERR_SYSTEM;
	if (max > f->size - offset)
		max = (size_t)(f->size - offset);
	*got = fread(room, 1, max, f->spool);
	if (*got != max)
		return ERR_SYSTEM;
	*last = offset + *got == f->size;
	return OK;
}

void
fetch_close(struct fetch *f)
{
	if (f->spool != NULL)
		fclose(f->spool);
	free(f->uri);
	*f = (struct fetch){0};
}
