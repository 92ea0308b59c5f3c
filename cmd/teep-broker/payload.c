/*
 * A payload for the agent: mapped, guarded, spooled, handed over in pieces.
 *
 * The whole payload is on disk before its first piece leaves, so that the
 * agent never waits on a slow server while it holds a staged component.
 */
#include "broker.h"

#include <stdlib.h>
#include <string.h>

static bool
spool(void *ctx, struct bytes piece)
{
	struct fetch *f = ctx;

	if (fwrite(piece.p, 1, piece.n, f->spool) != piece.n)
		return false;
	f->size += piece.n;
	return true;
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
	struct fetch_request q = {
	    .method = "GET",
	    .max = c->fetch_max,
	    .sink = spool,
	    .ctx = f,
	    /* Slow retrieval: below 1 KiB/s for half a minute is a failure. */
	    .slow_octets = 1024,
	    .slow_seconds = 30,
	};
	struct fetch_answer got = {0};
	char *uri = NULL;
	enum err e = mapped(c, f->uri, &uri);

	if (e == OK) {
		f->spool = tmpfile();
		e = f->spool == NULL ? ERR_SYSTEM : OK;
	}
	q.uri = uri;
	if (e == OK)
		e = fetch_do(&c->rules, &q, &got);
	if (e == ERR_NET || e == ERR_CERTIFICATE || e == ERR_SYSTEM)
		e = ERR_FETCH;
	if (e == OK && got.status != 200) {
		e = ERR_FETCH;
		trouble_set("%s: status %ld", uri, got.status);
	}
	fetch_release(&got);
	free(uri);
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
